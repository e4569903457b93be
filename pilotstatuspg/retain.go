package pilotstatuspg

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	retainBatch = 1000
	retainEvery = time.Minute
	retainShare = 20 // at most a twentieth of the time is spent with it
)

// retain empties and deletes what is old enough until ctx ends, in small batches. Any
// number of processes may do it: one works. hard outlasts ctx.
func (r *runner) retain(ctx, hard context.Context) {
	pause := rand.N(r.outbox.retainEvery) //nolint:gosec // jitter
	for sleep(ctx, pause) == nil {
		more, took := false, time.Duration(0)
		err := r.db.do(hard, hard, func(ctx context.Context, conn *pgx.Conn) (err error) {
			began := time.Now()
			more, err = r.outbox.retainBatch(ctx, conn)
			took = time.Since(began)
			return err
		})
		pause = r.outbox.retainEvery
		switch {
		case err != nil:
			r.log.database("retention", err)
		case more:
			pause = (retainShare - 1) * took
		}
	}
}

// retention is a statement that ends what is older than keep, at most retainBatch rows.
type retention struct {
	statement string
	keep      time.Duration
}

// retainBatch does one batch of each kind. It reports whether there may be more to do;
// false as well where another process is at it.
func (o *Outbox) retainBatch(ctx context.Context, db beginner) (more bool, err error) {
	more, err = o.retainSome(ctx, db, 1, retention{emptySQL, o.options.KeepBodies}, retention{deleteSQL, o.options.KeepMessages})
	if err != nil {
		return false, err
	}
	inbox, err := o.retainInbox(ctx, db)
	return more || inbox, err
}

// retainInbox is retainBatch for what a program that only receives writes.
func (o *Outbox) retainInbox(ctx context.Context, db beginner) (more bool, err error) {
	return o.retainSome(ctx, db, 2,
		retention{deleteEventsSQL, o.options.KeepEvents}, retention{deleteContactsSQL, keepContacts},
		// A message is recorded as accepted up to a day after its first receipt.
		retention{deleteReceiptsSQL, o.options.KeepMessages + day})
}

// retainEvents is retainInbox for a program that writes events only. How long messages and
// their receipts are kept is not its to say.
func (o *Outbox) retainEvents(ctx context.Context, db beginner) (more bool, err error) {
	return o.retainSome(ctx, db, 2, retention{deleteEventsSQL, o.options.KeepEvents})
}

// retainSome does one batch of each kind in one transaction, under the lock of that number.
func (o *Outbox) retainSome(ctx context.Context, db beginner, lock int, kinds ...retention) (more bool, err error) {
	err = pgx.BeginTxFunc(ctx, db, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(tx pgx.Tx) error {
		var locked bool
		try := "SELECT pg_try_advisory_xact_lock(hashtextextended($1, $2::bigint))"
		if err := tx.QueryRow(ctx, try, o.channel, lock).Scan(&locked); err != nil || !locked {
			return err
		}
		for _, kind := range kinds {
			done, err := tx.Exec(ctx, o.in(kind.statement), kind.keep.Seconds(), retainBatch)
			if err != nil {
				return err
			}
			more = more || done.RowsAffected() == retainBatch
		}
		return nil
	})
	if err != nil {
		return false, failed("retention", err)
	}
	return more, nil
}

// deleteEventsSQL forgets events that were handled $1 seconds ago, and claims as old that
// were given up, at most $2.
const deleteEventsSQL = `
DELETE FROM pilotstatus.event d
WHERE d.key = ANY(ARRAY(
  SELECT e.key FROM pilotstatus.event e
  WHERE e.received_at < now() - make_interval(secs => $1::float8) AND (e.lease_until IS NULL OR e.lease_until < now())
  ORDER BY e.received_at LIMIT $2 FOR UPDATE SKIP LOCKED))`

// pruner does retention in the course of other work, for programs without a Run.
type pruner struct {
	retain func(ctx context.Context, db beginner) (more bool, err error) // a batch
	every  time.Duration

	mu   sync.Mutex
	next time.Time
}

// prune does a batch if it is time for one.
func (p *pruner) prune(ctx context.Context, db beginner) error {
	began := time.Now()
	if !p.isDue(began) {
		return nil
	}
	more, err := p.retain(ctx, db)
	if err != nil {
		return err
	}
	if more {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.next = time.Now().Add((retainShare - 1) * time.Since(began))
	}
	return nil
}

// isDue reports whether it is time for a batch, and no longer afterwards.
func (p *pruner) isDue(now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.Before(p.next) {
		return false
	}
	p.next = now.Add(p.every)
	return true
}
