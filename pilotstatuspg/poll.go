package pilotstatuspg

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// pollEvery is how long Run does not look at its tables at most.
	pollEvery = 500 * time.Millisecond

	// moveEvery is how often scheduled and held rows are looked at, and moveBatch how
	// many of them move with one statement.
	moveEvery = 400 * time.Millisecond
	moveBatch = 1000

	// pollShare is the part of the time that looks may take, as its inverse.
	pollShare = 5
)

// look finds work for the workers until ctx ends. hard outlasts it.
func (r *runner) look(ctx, hard context.Context) {
	wait := newBackoff()
	for ctx.Err() == nil {
		next, took, err := r.poll(ctx, hard)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			r.log.database("poll", err)
			wait.sleep(ctx)
			continue
		}
		wait = newBackoff()
		if sleep(ctx, (pollShare-1)*took) != nil { // wake-ups collect meanwhile
			return
		}
		timer := time.NewTimer(next)
		select {
		case <-r.wake:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// poll moves what is due, and starts or tells the workers of the numbers that have open
// rows. It returns how long to wait for the next number that becomes due, and how long its
// statements took: without the wait for a connection, which may be an outage.
func (r *runner) poll(ctx, hard context.Context) (next, took time.Duration, err error) {
	var found []listed
	err = r.lookDB.withSettings(ctx, hard, func(ctx context.Context, conn *pgx.Conn) error {
		began := time.Now()
		defer func() { took = time.Since(began) }()
		if err := r.outbox.checkOwner(ctx, conn, r.outbox.options.Deployment); err != nil { // a copy may have been restored meanwhile
			return err
		}
		if err := r.move(ctx, conn); err != nil {
			return err
		}
		found, err = listNumbers(ctx, conn, r.outbox.in(listSQL))
		return err
	})
	if err != nil {
		return 0, 0, err
	}
	next = pollEvery
	for _, n := range found {
		if again := r.visit(ctx, hard, n); again > 0 {
			next = min(next, again)
		}
	}
	return next, took, nil
}

// move makes scheduled rows that are due, and held rows whose template is no longer held,
// pending. Where there may be more, the next look moves them.
func (r *runner) move(ctx context.Context, conn *pgx.Conn) error {
	if time.Since(r.moved) < moveEvery {
		return nil
	}
	more := false
	for _, statement := range []string{r.outbox.in(dueSQL), r.outbox.in(unholdSQL)} {
		tag, err := conn.Exec(ctx, statement, moveBatch)
		if err != nil {
			return err
		}
		more = more || tag.RowsAffected() == moveBatch
	}
	if !more {
		r.moved = time.Now()
	}
	return nil
}

const dueSQL = `
UPDATE pilotstatus.message SET state = 'pending' WHERE id = ANY(ARRAY(
	SELECT m.id FROM pilotstatus.message m WHERE m.due_at <= now()
	ORDER BY m.due_at, m.id LIMIT $1 FOR UPDATE SKIP LOCKED))`

const unholdSQL = `
UPDATE pilotstatus.message SET state = 'pending' WHERE id = ANY(ARRAY(
	WITH RECURSIVE t AS (
		(SELECT m.number_id, m.held FROM pilotstatus.message m WHERE m.held IS NOT NULL
		 ORDER BY m.number_id, m.held, m.id LIMIT 1)
		UNION ALL
		SELECT x.number_id, x.held FROM t CROSS JOIN LATERAL (
			SELECT m.number_id, m.held FROM pilotstatus.message m
			WHERE m.held IS NOT NULL AND (m.number_id, m.held) > (t.number_id, t.held)
			ORDER BY m.number_id, m.held, m.id LIMIT 1) x
	)
	SELECT m.id FROM t CROSS JOIN LATERAL (
		SELECT m.id FROM pilotstatus.message m
		WHERE m.held IS NOT NULL AND m.number_id = t.number_id AND m.held = t.held
			AND NOT EXISTS (SELECT FROM pilotstatus.hold h WHERE h.number_id = t.number_id AND h.template = t.held)
		ORDER BY m.number_id, m.held, m.id LIMIT $1 FOR UPDATE SKIP LOCKED) m
	LIMIT $1))`

// listed is a number that has open rows, or a held template to try.
type listed struct {
	id       string
	priority int16         // of its first open row
	due      bool          // that row can be taken
	missing  bool          // it has no row of its own yet
	leased   bool          // by a process, perhaps this one
	wait     time.Duration // until its next_at
}

// listSQL reads the first open row of each number, and steps from number to number: its
// cost is that of the numbers that have open rows, however many those are.
const listSQL = `
WITH RECURSIVE n AS (
	(SELECT m.number_id, m.priority, m.state = 'pending' AND m.not_before <= now() AS due
	 FROM pilotstatus.message m WHERE m.open ORDER BY m.number_id, m.priority, m.id LIMIT 1)
	UNION ALL
	SELECT x.number_id, x.priority, x.due FROM n CROSS JOIN LATERAL (
		SELECT m.number_id, m.priority, m.state = 'pending' AND m.not_before <= now() AS due
		FROM pilotstatus.message m WHERE m.open AND m.number_id > n.number_id
		ORDER BY m.number_id, m.priority, m.id LIMIT 1) x
), all_of_them AS (
	SELECT n.number_id, n.priority, n.due FROM n
	UNION ALL
	SELECT h.number_id, 2::smallint, false FROM pilotstatus.hold h WHERE h.probe_at NOT BETWEEN now() AND now() + make_interval(secs => $2)
)
SELECT n.number_id, n.priority, n.due, k.number_id IS NULL,
	coalesce(k.lease_until BETWEEN now() AND now() + make_interval(secs => $1), false),
	coalesce(extract(epoch FROM k.next_at - now())::float8, 0)
FROM all_of_them n LEFT JOIN LATERAL (
	SELECT k.number_id, k.lease_until, k.next_at, k.paused, k.paused_until
	FROM pilotstatus.number k WHERE k.number_id = n.number_id LIMIT 1) k ON true
WHERE k.paused IS NULL OR k.paused_until NOT BETWEEN now() AND now() + make_interval(secs => $2)`

func listNumbers(ctx context.Context, conn *pgx.Conn, statement string) ([]listed, error) {
	rows, err := conn.Query(ctx, statement, maxLease.Seconds(), maxProbePause.Seconds())
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(rows pgx.CollectableRow) (n listed, err error) {
		var wait float64
		err = rows.Scan(&n.id, &n.priority, &n.due, &n.missing, &n.leased, &wait)
		n.wait = seconds(wait)
		return n, err
	})
}

// makeSQL makes the row of a number that has none. A user's open transaction may be making
// it: each worker makes its own, so that others do not wait.
const makeSQL = `INSERT INTO pilotstatus.number (number_id) VALUES ($1) ON CONFLICT DO NOTHING`

// seconds is a duration of PostgreSQL's, none longer than a year.
func seconds(s float64) time.Duration {
	const year = 365 * 24 * 3600
	return time.Duration(max(-year, min(s, year)) * float64(time.Second))
}

// visit tells the worker of a number, or starts one. It returns in how long the number
// needs another look, 0 where nobody knows.
func (r *runner) visit(ctx, hard context.Context, n listed) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if w := r.workers[n.id]; w != nil {
		if n.due {
			w.tell(n.priority)
		}
		return 0
	}
	quiet := time.Until(r.quiet[n.id])
	switch {
	case n.leased:
		return 0
	case n.wait > 0 && n.wait < maxNextAt:
		return n.wait
	case quiet > 0:
		return quiet
	}
	delete(r.quiet, n.id)
	w := newWorker(r, n.id, n.missing)
	r.workers[n.id] = w
	r.working.Go(func() {
		w.run(ctx, hard)
		r.left(w)
		w.rest(hard)
		r.count(w)
	})
	return 0
}

// left forgets a worker. Where it did something, another look finds what came meanwhile.
func (r *runner) left(w *worker) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.workers, w.number)
	switch {
	case w.took > 0 || len(w.told) > 0:
		r.wakeUp()
	case w.waits:
		r.quiet[w.number] = time.Now().Add(w.quietFor())
		r.wakeUp()
	}
}

// count notes the results that could not be written.
func (r *runner) count(w *worker) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lost += len(w.results)
}
