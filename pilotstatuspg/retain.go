package pilotstatuspg

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	retainBatch = 1000
	retainEvery = time.Minute // while there is nothing to do
	retainShare = 20          // at most a twentieth of the time is spent with it
)

// retain empties and deletes what is old enough until ctx ends, in small batches. Any
// number of processes may run it: one works. It tells onError what went wrong and goes on.
func (o *Outbox) retain(ctx context.Context, pool *pgxpool.Pool, onError func(error)) {
	for {
		began := time.Now()
		more, err := o.retainBatch(ctx, pool)
		pause := retainEvery
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			onError(err)
		case more:
			pause = (retainShare - 1) * time.Since(began)
		}
		if sleep(ctx, pause) != nil {
			return
		}
	}
}

// retainBatch does one batch of each kind, in one transaction. It reports whether there
// may be more to do; false as well where another process is at it.
func (o *Outbox) retainBatch(ctx context.Context, pool *pgxpool.Pool) (more bool, err error) {
	err = pgx.BeginTxFunc(ctx, pool, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(tx pgx.Tx) error {
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
