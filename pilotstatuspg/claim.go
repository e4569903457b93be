package pilotstatuspg

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// beginAhead is the part of a lease within which a claimed message is begun with the claim
// or the write before: 3 s of 30.
const beginAhead = 10

const leaseSQL = `
WITH mine AS (
	SELECT k.number_id, CASE WHEN k.lease = 0 THEN 'epoch' ELSE least(k.lease_until, now()) END AS crashed_at
	FROM pilotstatus.number k
	WHERE k.number_id = $1 AND (k.paused IS NULL OR k.paused_until NOT BETWEEN now() AND now() + make_interval(secs => $6))
		AND k.next_at NOT BETWEEN now() AND now() + make_interval(secs => $5)
		AND k.lease_until NOT BETWEEN now() AND now() + make_interval(secs => $4)
	FOR UPDATE SKIP LOCKED
)
UPDATE pilotstatus.number k SET lease = $2, lease_until = now() + make_interval(secs => $3)
FROM mine WHERE k.number_id = mine.number_id
RETURNING now(), extract(epoch FROM mine.crashed_at - now())::float8,
	k.interval_ms, k.jitter_ms, k.parallel, k.unknowns, k.probes, k.paused IS NOT NULL,
	ARRAY(SELECT h.template FROM pilotstatus.hold h WHERE h.number_id = $1),
	ARRAY(SELECT h.template FROM pilotstatus.hold h
		WHERE h.number_id = $1 AND h.probe_at NOT BETWEEN now() AND now() + make_interval(secs => $6))`

// lease takes the number, and reports whether it could. Held templates whose time has
// come are tried with one of their messages. Where the last holder did not release the
// number, its last request may have begun as late as its lease ended: the pace counts
// from there.
func (w *worker) lease(hard context.Context) (leased bool, err error) {
	asked, lease := time.Now(), w.r.options.lease()
	var holds, due []string
	err = w.do(hard, func(ctx context.Context, conn *pgx.Conn) error {
		if w.isNew {
			if _, err := conn.Exec(ctx, w.r.outbox.in(makeSQL), w.number); err != nil {
				return err
			}
		}
		var now time.Time
		var crashed float64
		var interval, jitter int64
		row := conn.QueryRow(ctx, w.r.outbox.in(leaseSQL), w.number, w.token, lease.Seconds(),
			maxLease.Seconds(), maxNextAt.Seconds(), maxProbePause.Seconds())
		err := row.Scan(&now, &crashed, &interval, &jitter, &w.pace.parallel, &w.pace.unknowns, &w.pace.probes, &w.probing, &holds, &due)
		if err == pgx.ErrNoRows { //nolint:errorlint // pgx returns this very error
			return nil
		}
		leased = err == nil
		w.clock.set(now, asked)
		w.pace.interval, w.pace.jitter = milliseconds(interval), milliseconds(jitter)
		w.next = asked.Add(seconds(crashed) + w.pace.interval)
		return err
	})
	w.clock.lease = lease
	w.setHolds(holds)
	w.restart()
	if leased && !w.probing {
		for _, template := range due {
			if err := w.tryTemplate(hard, template); err != nil {
				return true, err
			}
		}
	}
	return leased, err
}

func milliseconds(n int64) time.Duration { return time.Duration(n) * time.Millisecond }

// limit is how many more messages may be claimed. A paced number claims those of its next
// slots in half a lease, and one that tries claims one.
func (w *worker) limit() int {
	claimed := 0
	for _, c := range w.queue {
		if c.priority <= w.upTo {
			claimed++
		}
	}
	most := batch
	switch {
	case w.probing || w.outage():
		claimed += w.running
		most = 1
	case w.pace.interval > 0:
		most = min(batch, max(1, int(w.clock.lease/2/w.pace.interval)))
	}
	return most - claimed
}

// fill claims messages where few are left, until there are enough or nothing can be taken.
func (w *worker) fill(hard context.Context) {
	if w.window != nil && time.Since(w.began) >= rereadEvery {
		w.restart()
	}
	for !w.stopping && !w.drained {
		limit := w.limit()
		if limit <= 0 || w.upTo == anyPriority && len(w.queue) >= w.parallel() {
			break
		}
		c := choose(w.window, w.firsts, w.forChoice(limit), w.clock.now())
		var err error
		switch {
		case len(c.hold) > 0:
			err = w.holdRows(hard, c.hold)
		case len(c.send)+len(c.end) > 0:
			err = w.take(hard, c)
		default:
			err = w.advance(hard, c)
		}
		if err != nil {
			w.failed("claim", err)
		}
	}
	if w.upTo != anyPriority { // the urgent ones are claimed, now for the others again
		w.restart()
	}
}

// takeSQL takes the rows that can still be taken, under the lease, and renews that.
const takeSQL = `
WITH num AS (
	UPDATE pilotstatus.number k SET lease_until = now() + make_interval(secs => $3)
	WHERE k.number_id = $1 AND k.lease = $2
		AND (k.paused IS NULL OR k.paused_until NOT BETWEEN now() AND now() + make_interval(secs => $6))
	RETURNING k.number_id
), l AS MATERIALIZED (
	SELECT m.id, m.first_at, x.begins, m.falls FROM unnest($4::bigint[], $5::boolean[]) x(id, begins)
	CROSS JOIN LATERAL (
		SELECT m.id, m.first_at, CASE WHEN x.begins OR m.first_at IS NOT NULL THEN ` + falls + ` END AS falls
		FROM pilotstatus.message m
		WHERE m.id = x.id AND m.open AND m.lease <> $2 LIMIT 1 FOR UPDATE SKIP LOCKED) m
	WHERE EXISTS (SELECT FROM num)
), took AS (
	UPDATE pilotstatus.message m SET lease = $2,
		state = CASE WHEN l.begins OR m.first_at IS NOT NULL THEN 'sending' ELSE 'claimed' END,
		first_at = CASE WHEN l.begins THEN coalesce(m.first_at, now()) ELSE m.first_at END,
		` + chosen + `
	FROM l WHERE m.id = l.id AND m.id = ANY(ARRAY(SELECT l.id FROM l))
	RETURNING m.id, m.wire_key, m.body,
		m.attempts, m.created_at, m.deliver_until, m.first_at, l.first_at AS was_first_at,
		m.template, m.fallback, m.fallback_template
)
SELECT now(), EXISTS (SELECT FROM num), coalesce(t.id, 0), coalesce(t.wire_key, ''), t.body,
	coalesce(t.attempts, 0), coalesce(t.created_at, now()), t.deliver_until, t.first_at, t.was_first_at,
	coalesce(t.template, ''), t.fallback, coalesce(t.fallback_template, '')
FROM (SELECT 1) one LEFT JOIN took t ON true`

// take takes the rows of a choice. Those to end become results, the others the queue.
func (w *worker) take(hard context.Context, c choice) error {
	ids := slices.Concat(c.send, c.end)
	slices.Sort(ids) // rows are locked in this order everywhere
	begins := make([]bool, len(ids))
	for i, id := range ids {
		position := slices.Index(c.send, id)
		begins[i] = position >= 0 && w.startsSoon(len(w.queue)+position)
	}
	held := false
	taken := map[int64]*claim{}
	asked := time.Now()
	err := w.do(hard, func(ctx context.Context, conn *pgx.Conn) error {
		rows, err := conn.Query(ctx, w.r.outbox.in(takeSQL), w.number, w.token, w.clock.lease.Seconds(), ids, begins,
			maxProbePause.Seconds())
		if err != nil {
			return err
		}
		return w.scanTaken(rows, asked, &held, taken)
	})
	if err != nil {
		return err
	}
	if !held {
		w.stopping = true
	}
	w.sort(c, taken)
	return nil
}

// startsSoon reports whether the message at that place of the queue starts before the
// second write from now.
func (w *worker) startsSoon(place int) bool {
	return max(0, time.Until(w.next))+time.Duration(place)*w.pace.interval <= w.clock.lease/beginAhead
}

func (w *worker) scanTaken(rows pgx.Rows, asked time.Time, held *bool, taken map[int64]*claim) error {
	var c claim
	var now time.Time
	var deadline, firstAt, wasFirstAt *time.Time
	fields := []any{&now, held, &c.id, &c.key, &c.body, &c.attempts, &c.createdAt, &deadline, &firstAt, &wasFirstAt,
		&c.template, &c.fallback, &c.fallbackTemplate}
	_, err := pgx.ForEachRow(rows, fields, func() error {
		if *held {
			w.clock.set(now, asked)
		}
		if c.id == 0 {
			return nil
		}
		found := c
		found.body, found.fallback = slices.Clone(c.body), slices.Clone(c.fallback)
		found.deliverUntil, found.firstAt = orZero(deadline), orZero(firstAt)
		found.begun, found.wasTried = firstAt != nil, wasFirstAt != nil
		taken[c.id] = &found
		return nil
	})
	return err
}

// sort puts what was taken where it belongs, and notes in the window what became of it.
func (w *worker) sort(c choice, taken map[int64]*claim) {
	got := map[int64]bool{}
	for id := range taken {
		got[id] = true
	}
	back := overtaking(w.window, c.send, got)
	for i := range w.window {
		r := &w.window[i]
		found := taken[r.id]
		chosen := slices.Contains(c.send, r.id)
		if found == nil {
			r.locked = r.locked || chosen || slices.Contains(c.end, r.id)
			continue
		}
		found.chain, found.notBefore = r.chain, r.notBefore
		if found.fallback != nil { // nothing is chosen yet
			found.template = r.template
		}
		r.ours = true
		w.took++
		switch {
		case !chosen:
			w.add(found.end(w.clock.now()))
		case slices.Contains(back, r.id) || w.isHeldBack(found):
			w.add(found.back())
		default:
			w.enqueue(found)
		}
	}
}
