package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pilotstatus/pilotstatus-go"
)

// deduper is a pilotstatus.Deduper for any number of receivers on one database. Only
// the clock of the database counts, so that receivers need not agree on the time.
type deduper struct {
	pool       *pgxpool.Pool
	owner      string // of this process
	deliveries atomic.Uint64
}

func newDeduper(pool *pgxpool.Pool) *deduper {
	// A process id is not unique, in containers it is always the same.
	owner := strconv.Itoa(os.Getpid()) + "-" + rand.Text()
	if host, err := os.Hostname(); err == nil {
		owner = host + "-" + owner
	}
	return &deduper{pool: pool, owner: owner}
}

type ownerKey struct{}

// perDelivery gives each delivery an owner of its own. With one for the whole process,
// a slow delivery that has lost its lease to another one in the same process would
// release that one's claim. It relies on NewWebhookHandler passing the values of the
// request's context to Claim, Done and Release.
func (d *deduper) perDelivery(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		owner := d.owner + "/" + strconv.FormatUint(d.deliveries.Add(1), 10)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), ownerKey{}, owner)))
	})
}

// ownerIn returns the owner of the delivery, or of the process outside of perDelivery.
func (d *deduper) ownerIn(ctx context.Context) string {
	if owner, ok := ctx.Value(ownerKey{}).(string); ok {
		return owner
	}
	return d.owner
}

// claimSQL decides by the INSERT alone. Its last line reads the state before the
// statement: an event that was done just now still looks busy, which does no harm,
// because what is busy is delivered again.
const claimSQL = `
WITH claimed AS (
    INSERT INTO webhook_claims AS c (key, owner, lease_until)
    VALUES ($1, $2, clock_timestamp() + $3::interval)
    ON CONFLICT (key) DO UPDATE
    SET owner = excluded.owner,
        lease_until = clock_timestamp() + $3::interval
    WHERE c.done_at IS NULL
      AND c.lease_until <= clock_timestamp()
    RETURNING c.key
)
SELECT EXISTS (SELECT FROM claimed),
       EXISTS (SELECT FROM webhook_claims WHERE key = $1 AND done_at IS NOT NULL)`

// Claim implements pilotstatus.Deduper. The lease of a receiver that was killed ends
// by itself; nobody has to notice its death.
func (d *deduper) Claim(ctx context.Context, key string, lease time.Duration) (pilotstatus.ClaimState, error) {
	var fresh, done bool
	err := d.pool.QueryRow(ctx, claimSQL, key, d.ownerIn(ctx), lease).Scan(&fresh, &done)
	switch {
	case err != nil:
		return pilotstatus.ClaimBusy, fmt.Errorf("claiming: %w", err)
	case fresh:
		return pilotstatus.ClaimFresh, nil
	case done:
		return pilotstatus.ClaimDone, nil
	}
	return pilotstatus.ClaimBusy, nil
}

// Done implements pilotstatus.Deduper. It asks for no owner: who has lost the lease
// has handled the event all the same, and saying so keeps a third from doing it. Who has
// the claim now cannot undo that, Release leaves what is done, and learns it from finish.
func (d *deduper) Done(ctx context.Context, key string) error {
	_, err := d.finish(ctx, d.pool, key)
	return err
}

const doneSQL = `
INSERT INTO webhook_claims AS c (key, owner, lease_until, done_at)
VALUES ($1, $2, clock_timestamp(), clock_timestamp())
ON CONFLICT (key) DO UPDATE
SET owner = excluded.owner,
    done_at = excluded.done_at
WHERE c.done_at IS NULL`

// execer is a pool or a transaction.
type execer interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

// finish is Done, inside of a transaction, and reports whether it was the first to say
// so. Of all transactions that finish an event, one alone commits with that answer.
func (d *deduper) finish(ctx context.Context, db execer, key string) (first bool, err error) {
	tag, err := db.Exec(ctx, doneSQL, key, d.ownerIn(ctx))
	if err != nil {
		return false, fmt.Errorf("marking as done: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

const releaseSQL = `
DELETE FROM webhook_claims
WHERE key = $1
  AND owner = $2
  AND done_at IS NULL`

// Release implements pilotstatus.Deduper. It leaves alone what is done and what
// another delivery has claimed meanwhile.
func (d *deduper) Release(ctx context.Context, key string) error {
	if _, err := d.pool.Exec(ctx, releaseSQL, key, d.ownerIn(ctx)); err != nil {
		return fmt.Errorf("releasing: %w", err)
	}
	return nil
}

const pruneSQL = `
DELETE FROM webhook_claims
WHERE coalesce(done_at, lease_until) < clock_timestamp() - $1::interval`

// prune forgets events that were done longer ago than retention, and claims that were
// given up as long ago. An event that is delivered again after that is handled again.
func (d *deduper) prune(ctx context.Context, retention time.Duration) (deleted int64, err error) {
	if retention <= 0 {
		return 0, errors.New("pruning: the retention must be positive")
	}
	tag, err := d.pool.Exec(ctx, pruneSQL, retention)
	if err != nil {
		return 0, fmt.Errorf("pruning: %w", err)
	}
	return tag.RowsAffected(), nil
}
