package pilotstatuspg

import (
	"context"
	"maps"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pilotstatus/pilotstatus-go"
)

// Deduper is a [pilotstatus.Deduper] on the table of [Outbox.Receive], for those who have a
// handler already. Any number of processes share it; the database's clock decides when a
// lease ends. It is safe for concurrent use. Make it with [NewDeduper].
//
// The handler's effects do not commit together with Done: a process that is killed between
// them handles the event again after the lease. Use [Outbox.Receive] where that matters.
type Deduper struct {
	outbox *Outbox
	pool   *pgxpool.Pool
	pruner pruner

	mu     sync.Mutex
	claims map[string]openClaim // of this process, by key
	sweep  int                  // the number of claims at which lost ones are removed
}

// openClaim is a claim of this process that is neither done nor released.
type openClaim struct {
	lease  int64     // its token in the table
	until  time.Time // the end of the lease, by the clock of this process
	shared bool      // claimed again after the lease of another delivery of this process
}

// NewDeduper returns a deduper on the tables in a schema, which [Migrate] makes. It opens no
// connection. Of the options it uses Schema and KeepEvents; those that cannot be used are a
// [*pilotstatus.ValidationError].
//
// Done deletes old events, a batch of 1,000 at a time, and spends at most a twentieth of the
// time with it.
func NewDeduper(pool *pgxpool.Pool, o Options) (*Deduper, error) {
	if pool == nil {
		return nil, invalid("pool", "it is nil")
	}
	outbox, err := New(o)
	if err != nil {
		return nil, err
	}
	return &Deduper{
		outbox: outbox, pool: pool, claims: map[string]openClaim{},
		pruner: pruner{retain: outbox.retainEvents, every: outbox.retainEvery},
	}, nil
}

// Claim implements [pilotstatus.Deduper].
func (d *Deduper) Claim(ctx context.Context, key string, lease time.Duration) (pilotstatus.ClaimState, error) {
	until := time.Now().Add(lease)
	token := rand.Int64() + 1 //nolint:gosec // it tells claims apart, and keeps nobody out
	state, err := claimed(d.pool.QueryRow(ctx, d.outbox.in(claimEventSQL), key, token, lease.Seconds()))
	if err != nil {
		renew(d.pool, err)
		return pilotstatus.ClaimBusy, failed("claiming an event", err)
	}
	if state == pilotstatus.ClaimFresh {
		d.open(key, openClaim{lease: token, until: until})
	}
	return state, nil
}

// open notes a claim.
func (d *Deduper) open(key string, c openClaim) {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, c.shared = d.claims[key]
	d.claims[key] = c
	if len(d.claims) > d.sweep {
		now := time.Now()
		maps.DeleteFunc(d.claims, func(_ string, c openClaim) bool { return !now.Before(c.until) })
		d.sweep = 2 * len(d.claims)
	}
}

// settle forgets the claim of a key.
func (d *Deduper) settle(key string) openClaim {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := d.claims[key]
	delete(d.claims, key)
	return c
}

// Done implements [pilotstatus.Deduper]. A delivery that has lost its lease has handled the
// event as well.
func (d *Deduper) Done(ctx context.Context, key string) error {
	d.settle(key)
	if _, err := d.outbox.exec(ctx, d.pool, "marking an event as handled", handledEventSQL, key); err != nil {
		return err
	}
	return d.pruner.prune(ctx, d.pool)
}

// Release implements [pilotstatus.Deduper]. It changes nothing that is done, or that another
// delivery has claimed meanwhile. Where that may be one of this process, which the key alone
// does not tell, the claim ends with its lease.
func (d *Deduper) Release(ctx context.Context, key string) error {
	c := d.settle(key)
	if c.lease == 0 || c.shared {
		return nil
	}
	_, err := d.outbox.exec(ctx, d.pool, "releasing an event", releaseEventSQL, key, c.lease)
	return err
}

const (
	// claimEventSQL claims the key $1 with the token $2 for $3 seconds. Its last line reads the
	// state before the statement: an event that was done just now looks busy, which does no
	// harm, because what is busy is delivered again.
	claimEventSQL = `
WITH claimed AS (
  INSERT INTO pilotstatus.event AS e (key, lease, lease_until)
  VALUES ($1::text, $2::bigint, clock_timestamp() + make_interval(secs => $3::float8))
  ON CONFLICT (key) DO UPDATE
  SET received_at = now(), lease = $2::bigint, lease_until = clock_timestamp() + make_interval(secs => $3::float8)
  WHERE e.lease_until <= clock_timestamp()
  RETURNING e.key
)
SELECT EXISTS (SELECT FROM claimed),
  EXISTS (SELECT FROM pilotstatus.event e WHERE e.key = $1::text AND e.lease_until IS NULL)`

	handledEventSQL = `
INSERT INTO pilotstatus.event AS e (key) VALUES ($1)
ON CONFLICT (key) DO UPDATE SET received_at = now(), lease = 0, lease_until = NULL WHERE e.lease_until IS NOT NULL`

	releaseEventSQL = `DELETE FROM pilotstatus.event WHERE key = $1 AND lease = $2 AND lease_until IS NOT NULL`
)
