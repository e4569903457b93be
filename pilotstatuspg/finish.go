package pilotstatuspg

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// begins is no state: the row becomes sending, and stays with its holder.
const begins State = "begin"

// result is what becomes of a message that is taken.
type result struct {
	chain

	of         *claim // whose end it may be
	id         int64
	state      State
	acceptedID string        // "": none
	reason     string        // "": what there was stays
	wait       time.Duration // before the next attempt
	attempts   int16         // to count
}

// open reports whether the message is still to be sent.
func (r *result) open() bool { return r.state == StatePending || r.state == StateSending }

// back hands a message back as it was.
func (c *claim) back() result {
	r := result{chain: c.chain, of: c, id: c.id, state: StatePending}
	if c.wasTried {
		r.state = StateSending
	}
	return r
}

// end is the end of a message that got no request: it is too late, or too long in doubt.
func (c *claim) end(now time.Time) result {
	r := result{chain: c.chain, of: c, id: c.id, state: StateExpired, reason: "deliver_until passed"}
	switch late := !c.deliverUntil.IsZero() && !now.Before(c.deliverUntil); {
	case c.wasTried && late:
		r.state, r.reason = StateParked, "expired_unknown"
	case c.wasTried:
		r.state, r.reason = StateParked, "unknown for 23 hours"
	}
	return r
}

// add notes a result for the next write.
func (w *worker) add(r result) {
	if len(w.results) == 0 {
		w.since = time.Now()
	}
	w.results = append(w.results, r)
	if r.open() {
		w.blocked[r.chain] = true
	}
}

// finishSQL writes results where the rows are still ours, and what they mean for the
// number where that is. An acceptance is a fact: it is written while the row is open,
// whoever has it. Rows that another transaction has locked are left for the next time.
const finishSQL = `
WITH r AS MATERIALIZED (
	SELECT r.id, r.state, nullif(r.accepted_id, '') AS accepted_id, nullif(r.reason, '') AS reason, r.wait, r.attempts
	FROM unnest($3::bigint[], $4::text[], $5::text[], $6::text[], $7::float8[], $8::smallint[])
		r(id, state, accepted_id, reason, wait, attempts)
), l AS MATERIALIZED (
	SELECT r.id, r.state, r.accepted_id, r.reason, r.wait, r.attempts, m.falls FROM r CROSS JOIN LATERAL (
		SELECT m.id, CASE WHEN r.state = 'begin' THEN ` + falls + ` END AS falls FROM pilotstatus.message m
		WHERE m.id = r.id AND m.open AND (m.lease = $2 OR r.state = 'accepted') LIMIT 1 FOR UPDATE SKIP LOCKED) m
), gone AS MATERIALIZED (
	SELECT r.id FROM r WHERE NOT EXISTS (
		SELECT FROM pilotstatus.message m WHERE m.id = r.id AND m.open AND (m.lease = $2 OR r.state = 'accepted'))
), upd AS (
	UPDATE pilotstatus.message m SET
		state = CASE l.state WHEN 'begin' THEN 'sending' ELSE l.state END,
		lease = CASE l.state WHEN 'begin' THEN m.lease ELSE 0 END,
		attempts = m.attempts + l.attempts,
		first_at = CASE WHEN l.state = 'begin' THEN coalesce(m.first_at, now()) WHEN l.state NOT IN ('pending', 'held') THEN m.first_at END,
		not_before = CASE WHEN l.wait > 0 THEN now() + make_interval(secs => l.wait) ELSE m.not_before END,
		accepted_id = coalesce(l.accepted_id, m.accepted_id),
		error = CASE WHEN l.state <> 'accepted' THEN coalesce(l.reason, m.error) END,
		settled_at = CASE WHEN l.state IN ('accepted', 'refused', 'expired', 'parked') THEN now() END,
		` + chosen + `
	FROM l WHERE m.id = l.id AND m.id = ANY(ARRAY(SELECT l.id FROM l))
	RETURNING m.id, l.falls
), n AS (
	SELECT now() + make_interval(secs => $9) AS lease_until, now() + make_interval(secs => $10) AS next_at,
		now() + make_interval(secs => $11) AS last_legal, $12::text AS pause, now() + make_interval(secs => $13) AS probe_at,
		$14::boolean AS unpause
), num AS (
	UPDATE pilotstatus.number k SET
		lease = CASE WHEN n.lease_until > now() THEN k.lease ELSE 0 END,
		lease_until = n.lease_until,
		next_at = CASE WHEN n.next_at > k.next_at OR k.next_at > n.last_legal THEN n.next_at ELSE k.next_at END,
		unknowns = $15,
		paused = CASE WHEN n.pause <> '' THEN coalesce(k.paused, n.pause)
			WHEN n.unpause AND k.paused_until IS NOT NULL THEN (
				SELECT 'number.disconnected' FROM pilotstatus.number_event e WHERE e.number_id = $1 AND e.down LIMIT 1)
			ELSE k.paused END,
		paused_until = CASE WHEN n.unpause THEN NULL WHEN n.pause <> '' AND (k.paused IS NULL OR k.paused_until IS NOT NULL) THEN n.probe_at
			ELSE k.paused_until END,
		probes = CASE WHEN n.unpause THEN 0 WHEN n.pause <> '' THEN k.probes + 1 ELSE k.probes END
	FROM n WHERE k.number_id = $1 AND k.lease = $2
	RETURNING k.interval_ms, k.jitter_ms, k.parallel, k.paused IS NOT NULL AS paused
)
SELECT now(), ARRAY(SELECT upd.id FROM upd), ARRAY(SELECT gone.id FROM gone), num.interval_ms IS NOT NULL,
	coalesce(num.interval_ms, 0), coalesce(num.jitter_ms, 0), coalesce(num.parallel, 0), coalesce(num.paused, false),
	ARRAY(SELECT h.template FROM pilotstatus.hold h WHERE h.number_id = $1),
	ARRAY(SELECT upd.id FROM upd WHERE upd.falls)
FROM (SELECT 1) one LEFT JOIN num ON true`

// written is the answer of a write.
type written struct {
	now              time.Time
	ids, gone        []int64
	held             bool // the number is ours
	interval, jitter int64
	parallel         int
	paused           bool
	holds            []string
	fellBack         []int64 // of those that began
}

// write writes the results and the effect on the number, begins the messages that start
// before the next write, and renews the lease, or releases the number. Afterwards results
// are left whose rows another transaction has locked.
func (w *worker) write(hard context.Context, release bool) error {
	if err := w.writeHolds(hard); err != nil {
		return err
	}
	results := slices.Clone(w.results)
	if !release && !w.stopping {
		place := 0
		for _, c := range w.queue {
			switch {
			case w.busy[c.chain]: // others start before it
				continue
			case !c.begun && w.startsSoon(place):
				results = append(results, result{chain: c.chain, id: c.id, state: begins})
			}
			place++
		}
	}
	asked := time.Now()
	var answer written
	err := w.do(hard, func(ctx context.Context, conn *pgx.Conn) error {
		row := conn.QueryRow(ctx, w.r.outbox.in(finishSQL), w.finishArgs(results, release)...)
		return row.Scan(&answer.now, &answer.ids, &answer.gone, &answer.held, &answer.interval, &answer.jitter,
			&answer.parallel, &answer.paused, &answer.holds, &answer.fellBack)
	})
	if err != nil {
		return err
	}
	w.wrote(answer, results, asked)
	w.observe(hard, answer, results)
	return nil
}

// finishArgs are the arguments of finishSQL. Rows are locked in order of id.
func (w *worker) finishArgs(results []result, release bool) []any {
	slices.SortFunc(results, func(a, b result) int { return int(a.id - b.id) })
	n := len(results)
	ids, waits, attempts := make([]int64, n), make([]float64, n), make([]int16, n)
	states, accepted, reasons := make([]string, n), make([]string, n), make([]string, n)
	for i, r := range results {
		ids[i], states[i], waits[i], attempts[i] = r.id, string(r.state), r.wait.Seconds(), r.attempts
		accepted[i], reasons[i] = storable(r.acceptedID), storable(r.reason)
	}
	lease := w.clock.lease
	if release {
		lease = 0
	}
	var next time.Time
	if w.pace.interval > 0 {
		next = w.next
	}
	if w.effect.nextAt.After(next) {
		next = w.effect.nextAt
	}
	wait := 0.0
	if !next.IsZero() {
		wait = max(0, time.Until(next).Seconds())
	}
	return []any{
		w.number, w.token, ids, states, accepted, reasons, waits, attempts,
		lease.Seconds(), wait, maxNextAt.Seconds(),
		storable(w.effect.pause), probeAfter(w.pace.probes).Seconds(), w.effect.unpause, w.pace.unknowns,
	}
}

// wrote takes in the answer of a write.
func (w *worker) wrote(answer written, results []result, asked time.Time) {
	done := make(map[int64]bool, len(results))
	for _, id := range slices.Concat(answer.ids, answer.gone) {
		done[id] = true
	}
	w.results = slices.DeleteFunc(w.results, func(r result) bool { return done[r.id] })
	w.since = time.Now()
	begun := make(map[int64]bool, len(results))
	for _, r := range results {
		begun[r.id] = r.state == begins
	}
	locked := map[chain]bool{} // a row of it could not be begun
	for _, c := range w.queue {
		switch {
		case !begun[c.id]:
		case done[c.id]:
			c.begun, c.firstAt = true, answer.now
			c.choose(slices.Contains(answer.fellBack, c.id))
		default:
			locked[c.chain] = true
		}
	}
	w.queue = slices.DeleteFunc(w.queue, func(c *claim) bool {
		return begun[c.id] && slices.Contains(answer.gone, c.id) // it was canceled
	})
	w.giveBack(func(c *claim) bool { return locked[c.chain] })
	if !answer.held {
		w.stopping, w.broken = true, true
		return
	}
	w.clock.set(answer.now, asked)
	w.pace.interval, w.pace.jitter = milliseconds(answer.interval), milliseconds(answer.jitter)
	w.pace.parallel = answer.parallel
	w.setHolds(answer.holds)
	w.giveBack(w.isHeldBack)
	if answer.paused && !w.probing {
		w.stopping = true
	}
	w.effect = effect{}
}

func (w *worker) setHolds(templates []string) {
	w.holds = make(map[string]bool, len(templates))
	for _, template := range templates {
		w.holds[template] = true
	}
}
