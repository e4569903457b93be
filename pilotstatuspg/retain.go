package pilotstatuspg

import (
	"context"
	"math/rand/v2"
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

// retainBatch does one batch of each kind, in one transaction. It reports whether there
// may be more to do; false as well where another process is at it.
func (o *Outbox) retainBatch(ctx context.Context, db beginner) (more bool, err error) {
	err = pgx.BeginTxFunc(ctx, db, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(tx pgx.Tx) error {
		var locked bool
		lock := "SELECT pg_try_advisory_xact_lock(hashtextextended($1, 1))"
		if err := tx.QueryRow(ctx, lock, o.channel).Scan(&locked); err != nil || !locked {
			return err
		}
		for _, step := range []struct {
			statement string
			after     time.Duration
		}{
			{emptySQL, o.options.KeepBodies},
			{deleteSQL, o.options.KeepMessages},
			{deleteReceiptsSQL, o.options.KeepMessages},
		} {
			done, err := tx.Exec(ctx, o.in(step.statement), step.after.Seconds(), retainBatch)
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
