package pilotstatuspg

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pilotstatus/pilotstatus-go"
)

// cancelTimeout bounds the wish to end a statement that outlasted its delivery.
const cancelTimeout = 2 * time.Second

// frozenShare is the part of Timeout after which, beyond Timeout, the server ends the
// transaction of a process that cannot do so, because it is frozen or its machine is gone.
const frozenShare = 3

// delivery is one request. Its goroutine works on it; expire runs beside.
type delivery struct {
	receiver *receiver
	tx       pgx.Tx
	deadline time.Time
	timer    *time.Timer
	called   atomic.Bool // the application has the event, and has not returned

	mu      sync.Mutex
	conn    *pgxpool.Conn // nil without one
	expired *pgx.Conn     // the connection that was taken away
}

// claim takes a place and a connection, begins the transaction, and claims the key in it.
func (d *delivery) claim(ctx context.Context, key string) (pilotstatus.ClaimState, error) {
	r := d.receiver
	if !r.place(ctx) {
		return pilotstatus.ClaimBusy, nil
	}
	d.deadline = time.Now().Add(r.options.Timeout)
	ctx, cancel := d.limit(ctx)
	defer cancel()
	conn, err := r.pool.Acquire(ctx)
	if err != nil {
		<-r.places
		renew(r.pool, err)
		return pilotstatus.ClaimBusy, failed(receiving, err)
	}
	d.conn = conn
	inner := conn.Conn() // before expire may change conn
	d.timer = time.AfterFunc(r.options.Timeout, d.expire)
	state, err := d.begin(ctx, inner, key)
	if err != nil {
		d.rollback()
		renew(r.pool, err)
		return pilotstatus.ClaimBusy, failed(receiving, r.cause(ctx, err))
	}
	return state, nil
}

// cause returns a *SchemaError for tables that are missing.
func (r *receiver) cause(ctx context.Context, err error) error {
	if !hasCode(err, codeUndefinedTable) {
		return err
	}
	if wrong := r.outbox.checkVersion(ctx, r.pool); wrong != nil {
		return wrong
	}
	return err
}

const receiving = "receiving an event"

// place waits for a place.
func (r *receiver) place(ctx context.Context) bool {
	select {
	case r.places <- struct{}{}:
		return true
	default:
	}
	wait := time.NewTimer(r.options.Timeout / placeShare)
	defer wait.Stop()
	select {
	case r.places <- struct{}{}:
		return true
	case <-wait.C:
	case <-ctx.Done():
	}
	return false
}

// limit returns the context of the transaction, which outlasts the request.
func (d *delivery) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithDeadline(context.WithoutCancel(ctx), d.deadline)
}

// begin begins the transaction and claims the key. Of two at once, one does not wait for
// the other: it is told to come again.
func (d *delivery) begin(ctx context.Context, conn *pgx.Conn, key string) (pilotstatus.ClaimState, error) {
	r := d.receiver
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted, AccessMode: pgx.ReadWrite})
	if err != nil {
		return pilotstatus.ClaimBusy, err
	}
	d.tx = tx
	frozen := (r.options.Timeout + r.options.Timeout/frozenShare).Milliseconds()
	return claimed(tx.QueryRow(ctx, r.outbox.in(receiveSQL), key, r.outbox.lockOf("event", key), fmt.Sprint(frozen)))
}

// claimed reads the answer to a claim.
func claimed(row pgx.Row) (pilotstatus.ClaimState, error) {
	var fresh, done bool
	switch err := row.Scan(&fresh, &done); {
	case err != nil:
		return pilotstatus.ClaimBusy, err
	case fresh:
		return pilotstatus.ClaimFresh, nil
	case done:
		return pilotstatus.ClaimDone, nil
	}
	return pilotstatus.ClaimBusy, nil
}

// receiveSQL claims the key $1 for the transaction, whose lock is $2. Its last line reads
// the state before the statement: what another one commits at this moment looks busy.
const receiveSQL = `
WITH turn AS MATERIALIZED (
  SELECT pg_try_advisory_xact_lock($2::bigint) AS mine, set_config('idle_in_transaction_session_timeout', $3::text, true)
), claimed AS (
  INSERT INTO pilotstatus.event AS e (key) SELECT $1::text FROM turn WHERE turn.mine
  ON CONFLICT (key) DO UPDATE SET received_at = now(), lease = 0, lease_until = NULL
  WHERE e.lease_until <= clock_timestamp()
  RETURNING e.key
)
SELECT EXISTS (SELECT FROM claimed),
  EXISTS (SELECT FROM pilotstatus.event e WHERE e.key = $1::text AND e.lease_until IS NULL)`

// handle does what the event asks for, and commits.
func (d *delivery) handle(ctx context.Context, event pilotstatus.Event) error {
	ctx, cancel := d.limit(ctx)
	defer cancel()
	err := d.work(ctx, storableEvent(event))
	if err == nil {
		err = d.tx.Commit(ctx)
	}
	if d.isExpired() && err != nil {
		return fmt.Errorf("pilotstatuspg: an event was not handled within %s: it is rolled back: %w",
			d.receiver.options.Timeout, withoutValues(err))
	}
	return withoutValues(err)
}

// work records the event and calls the application. Where the event has the turn of its
// contact, the records come first, so that the application reads them: the turn keeps others
// from waiting for their rows. Without one they come last.
func (d *delivery) work(ctx context.Context, event pilotstatus.Event) error {
	first, last := d.record, d.call
	hasTurn, err := d.takeTurn(ctx, event)
	if err != nil {
		return err
	}
	if !hasTurn {
		first, last = last, first
	}
	if err := first(ctx, d.tx, event); err != nil {
		return err
	}
	return last(ctx, d.tx, event)
}

// call calls the application.
func (d *delivery) call(ctx context.Context, tx pgx.Tx, event pilotstatus.Event) error {
	d.called.Store(true)
	defer d.called.Store(false)
	return d.receiver.handle(ctx, tx, event)
}

func (d *delivery) record(ctx context.Context, tx pgx.Tx, event pilotstatus.Event) error {
	return d.receiver.outbox.record(ctx, tx, event)
}

// takeTurn waits for the contact's turn, which ends with the transaction. It reports false
// for an event that needs none.
func (d *delivery) takeTurn(ctx context.Context, event pilotstatus.Event) (bool, error) {
	number, contact := contactOf(event)
	if contact == "" || d.receiver.options.NoOrder {
		return false, nil
	}
	lock := d.receiver.outbox.lockOf("contact", number, contact)
	if _, err := d.tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1::bigint)", lock); err != nil {
		return false, failed(receiving, err)
	}
	return true, nil
}

// end ends what the delivery has left.
func (d *delivery) end() {
	if d.timer != nil {
		d.rollback()
	}
}

// rollback ends the transaction unless it is committed, and gives the connection back.
func (d *delivery) rollback() {
	d.timer.Stop()
	d.mu.Lock()
	defer d.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), cancelTimeout)
	defer cancel()
	if d.expired != nil {
		_ = d.expired.Close(ctx) // its socket is closed
		return
	}
	if d.conn == nil {
		return
	}
	if d.tx != nil {
		_ = d.tx.Rollback(ctx) // where it fails, Release closes the connection
	}
	d.conn.Release()
	d.conn = nil
	<-d.receiver.places
}

// expire takes the connection away from a handler that does not end. The goroutine of the
// delivery may be using it: closing the socket is safe.
func (d *delivery) expire() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.conn == nil {
		return
	}
	d.expired = d.conn.Hijack()
	d.conn = nil
	ctx, cancel := context.WithTimeout(context.Background(), cancelTimeout)
	defer cancel()
	// A server that works on a statement does not look whether its client is there; what is
	// canceled later does not get through a pooler.
	_ = d.expired.PgConn().CancelRequest(ctx)
	_ = d.expired.PgConn().Conn().Close()
	<-d.receiver.places
	if d.called.Load() { // a handler that heeds its context has returned meanwhile
		d.receiver.options.Logger.LogAttrs(ctx, slog.LevelError, "the handler of an event goes on after its timeout",
			slog.Duration("timeout", d.receiver.options.Timeout))
	}
}

func (d *delivery) isExpired() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.expired != nil
}
