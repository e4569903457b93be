package pilotstatuspg

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	windowSize = 100
	wideWindow = 1000 // while rows are held, or all of them wait

	// rereadEvery is how often a number's rows are read from the beginning: what
	// committed late has an id that was passed, and what waited is due.
	rereadEvery = 2 * time.Second
)

// reading is where a worker is in its number's open rows. It reads windows of them, and
// chooses from each until nothing is left in it.
type reading struct {
	window  []row
	firsts  map[chain]int64
	size    int            // of the next window
	from    [3]int64       // the last id before the window, by priority
	to      [3]int64       // the last id in it
	last    bool           // no rows are behind it
	started bool           // it is the first one, from the beginning
	began   time.Time      // when the first one was read
	drained bool           // nothing in the last one can be taken now
	waits   bool           // because it waits
	later   time.Time      // the first time at which one of them is due, by the database; zero: none of them waits for one
	blocked map[chain]bool // an outcome is not in the table as the window shows it
	upTo    int16          // only rows of this priority, and more urgent ones, are looked for
}

// restart has the rows read from the beginning.
func (r *reading) restart() {
	*r = reading{size: windowSize, upTo: anyPriority, blocked: r.blocked}
}

// advance goes on to the next window, after one in which nothing can be taken.
func (w *worker) advance(hard context.Context, c choice) error {
	w.waits = w.waits || c.waits
	if !c.later.IsZero() && (w.later.IsZero() || c.later.Before(w.later)) {
		w.later = c.later
	}
	switch {
	case w.window == nil:
		return w.read(hard)
	case !w.last:
		w.from = w.to
		if w.waits {
			w.size = wideWindow
		}
		return w.read(hard)
	case !w.started && time.Since(w.began) >= rereadEvery/2: // rows before the window may be due by now
		w.restart()
		return nil
	}
	w.drained = true
	return nil
}

func (w *worker) forChoice(limit int) numberState {
	return numberState{
		lease: w.clock.lease, limit: limit, unknowns: w.pace.unknowns,
		holds: w.holds, blocked: w.blocked,
	}
}

const windowSQL = `
SELECT w.id, w.priority, w.recipient, coalesce(w.template, ''), w.not_before, w.deliver_until, w.first_at,
	w.lease = $2, coalesce(f.id, 0)
FROM (VALUES (0::smallint, $3::bigint), (1::smallint, $4::bigint), (2::smallint, $5::bigint)) p(priority, after)
CROSS JOIN LATERAL (
	SELECT m.id, m.priority, m.recipient, ` + effectiveTemplate + ` AS template, m.not_before, m.deliver_until, m.first_at, m.lease
	FROM pilotstatus.message m
	WHERE m.open AND m.number_id = $1 AND (m.priority, m.id) > (p.priority, p.after) AND m.priority <= p.priority
	ORDER BY m.priority, m.id LIMIT $6) w
LEFT JOIN LATERAL (
	SELECT e.id FROM pilotstatus.message e
	WHERE p.after > 0 AND e.open AND e.number_id = $1 AND e.lease <> $2
		AND (e.recipient, e.priority, e.id) > (w.recipient, w.priority, 0::bigint)
		AND (e.recipient, e.priority, e.id) <= (w.recipient, w.priority, p.after)
	ORDER BY e.recipient, e.priority, e.id LIMIT 1) f ON true
WHERE p.priority <= $7
LIMIT $6`

// read reads the window after from: its rows, and for each the first open one of its
// chain where that is before the window and not ours.
func (w *worker) read(hard context.Context) error {
	if w.from == [3]int64{} {
		w.began, w.started = time.Now(), true
	} else {
		w.started = false
	}
	w.blocked = map[chain]bool{}
	for _, r := range w.results {
		w.blocked[r.chain] = w.blocked[r.chain] || r.open()
	}
	w.window, w.firsts, w.to = []row{}, map[chain]int64{}, w.from
	return w.do(hard, func(ctx context.Context, conn *pgx.Conn) error {
		rows, err := conn.Query(ctx, w.r.outbox.in(windowSQL), w.number, w.token, w.from[0], w.from[1], w.from[2], w.size, w.upTo)
		if err != nil {
			return err
		}
		var r row
		var deadline, firstAt *time.Time
		var first int64
		fields := []any{&r.id, &r.priority, &r.recipient, &r.template, &r.notBefore, &deadline, &firstAt, &r.ours, &first}
		_, err = pgx.ForEachRow(rows, fields, func() error {
			r.deliverUntil, r.firstAt = orZero(deadline), orZero(firstAt)
			w.window = append(w.window, r)
			w.to[r.priority] = max(w.to[r.priority], r.id)
			if first > 0 {
				w.firsts[r.chain] = first
			}
			return nil
		})
		w.last = len(w.window) < w.size
		return err
	})
}
