// Package pilotstatuspgtest helps to test programs that enqueue messages: what did a
// transaction enqueue, and what becomes of it on a fake of the API.
//
//	func TestOrderIsConfirmed(t *testing.T) {
//		t.Parallel()
//		outbox := pilotstatuspgtest.NewOutbox(t, pool) // tables of its own
//		fake := pilotstatustest.NewServer(t)
//
//		// ... the program's own code confirms the order, with the outbox ...
//
//		if err := pilotstatuspgtest.Drain(t.Context(), outbox, pool, fake); err != nil {
//			t.Fatal(err)
//		}
//		if sent := fake.Messages(); len(sent) != 1 {
//			t.Errorf("sent %v", sent)
//		}
//	}
//
// Package pgserver, below it, starts a PostgreSQL for the tests.
package pilotstatuspgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatuspg"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// cleanupTimeout bounds the removal of a test's tables.
const cleanupTimeout = time.Minute

// look is how often Drain looks whether all is sent.
const look = 5 * time.Millisecond

// NewOutbox returns an outbox with tables in a schema of the test's own, so that tests may
// run in parallel. They are dropped when the test ends.
//
// The schema has another name in each test. A program with SQL on the view
// pilotstatus.delivery builds that name from [pilotstatuspg.Outbox.Schema], or its tests use a
// database of their own, as pgserver.Server.NewDatabase makes it, with
// [pilotstatuspg.Migrate] and [pilotstatuspg.New].
func NewOutbox(tb pilotstatustest.TB, pool *pgxpool.Pool) *pilotstatuspg.Outbox {
	tb.Helper()
	ctx := context.Background()
	schema := "outbox_test_" + strings.ToLower(rand.Text())
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(ctx, cleanupTimeout)
		defer cancel()
		if _, err := pool.Exec(ctx, "DROP SCHEMA IF EXISTS "+quoted(schema)+" CASCADE"); err != nil {
			tb.Fatalf("pilotstatuspgtest: %v", err)
		}
	})
	if err := pilotstatuspg.Migrate(ctx, pool, schema); err != nil {
		tb.Fatalf("pilotstatuspgtest: %v", err)
	}
	outbox, err := pilotstatuspg.New(pilotstatuspg.Options{Schema: schema, Deployment: "test"})
	if err != nil {
		tb.Fatalf("pilotstatuspgtest: %v", err)
	}
	return outbox
}

func quoted(names ...string) string { return pgx.Identifier(names).Sanitize() }

// Enqueued returns the messages that the transaction has enqueued and not committed, in
// their order. It reads the whole table.
func Enqueued(ctx context.Context, o *pilotstatuspg.Outbox, tx pilotstatuspg.Tx) ([]pilotstatuspg.Message, error) {
	// A row that is visible and whose transaction has not ended is of this transaction, or
	// of a savepoint in it.
	rows, err := tx.Query(ctx, "SELECT number_id, key FROM "+quoted(o.Schema(), "message")+
		" WHERE pg_xact_status(xmin::text::xid8) = 'in progress' ORDER BY id")
	if err != nil {
		return nil, fmt.Errorf("pilotstatuspgtest: %w", err)
	}
	type name struct{ numberID, key string }
	names, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (n name, err error) {
		err = row.Scan(&n.numberID, &n.key)
		return n, err
	})
	if err != nil {
		return nil, fmt.Errorf("pilotstatuspgtest: %w", err)
	}
	messages := make([]pilotstatuspg.Message, len(names))
	for i, n := range names {
		m, err := o.Get(ctx, tx, n.numberID, n.key)
		if err != nil {
			return nil, err
		}
		messages[i] = *m
	}
	return messages, nil
}

// Drain sends to the fake until nothing is left that is due, or ctx ends. Messages of
// paused numbers, held, parked and later ones stay: see [Advance].
func Drain(ctx context.Context, o *pilotstatuspg.Outbox, pool *pgxpool.Pool, fake *pilotstatustest.Server) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ended := make(chan error, 1)
	go func() {
		err := o.Run(ctx, pool, clients{fake}, pilotstatuspg.RunOptions{Logger: slog.New(slog.DiscardHandler)})
		cancel(err)
		ended <- err
	}()
	err := wait(ctx, o, pool)
	cancel(nil)
	if ran := <-ended; ran != nil {
		return ran
	}
	return err
}

// wait returns when no message is due.
func wait(ctx context.Context, o *pilotstatuspg.Outbox, pool *pgxpool.Pool) error {
	due := `SELECT EXISTS (SELECT FROM ` + quoted(o.Schema(), "message") + ` m WHERE (m.open OR m.due_at <= now())
		AND NOT EXISTS (SELECT FROM ` + quoted(o.Schema(), "number") + ` n WHERE n.number_id = m.number_id AND n.paused IS NOT NULL))`
	for {
		var more bool
		err := pool.QueryRow(ctx, due).Scan(&more)
		answer, _ := errors.AsType[*pgconn.PgError](err)
		switch noTables := answer != nil && answer.Code == "42P01"; {
		case noTables: // Run says more about it, and ends ctx
		case err != nil:
			return fmt.Errorf("pilotstatuspgtest: %w", err)
		case !more:
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(look):
		}
	}
}

// clients are the fake's.
type clients struct{ fake *pilotstatustest.Server }

// Get returns the client of a number.
func (c clients) Get(_ context.Context, numberID string) (*pilotstatus.NumberClient, error) {
	return c.fake.NumberClient(numberID), nil
}

// Advance lets that much time pass in the tables, where PostgreSQL's clock cannot be set:
// all their times go back, but not the leases of workers. [pilotstatuspg.NotBefore], DeliverUntil, back-offs, pauses and
// the questions of Reconcile come nearer, and the windows of contacts close. It does not
// advance the fake.
func Advance(ctx context.Context, o *pilotstatuspg.Outbox, pool *pgxpool.Pool, d time.Duration) error {
	_, err := pool.Exec(ctx, `WITH n AS (UPDATE `+quoted(o.Schema(), "number")+` SET next_at = greatest(next_at - $1::interval, 'epoch'),
			paused_until = paused_until - $1::interval),
		h AS (UPDATE `+quoted(o.Schema(), "hold")+` SET probe_at = probe_at - $1::interval),
		e AS (UPDATE `+quoted(o.Schema(), "event")+` SET received_at = received_at - $1::interval,
			lease_until = lease_until - $1::interval),
		c AS (UPDATE `+quoted(o.Schema(), "contact")+` SET last_inbound_at = last_inbound_at - $1::interval),
		v AS (UPDATE `+quoted(o.Schema(), "number_event")+` SET created_at = created_at - $1::interval),
		r AS (UPDATE `+quoted(o.Schema(), "receipt")+` SET recorded_at = recorded_at - $1::interval),
		u AS (UPDATE `+quoted(o.Schema(), "unconfirmed")+` SET settled_at = settled_at - $1::interval, check_at = check_at - $1::interval),
		p AS (UPDATE `+quoted(o.Schema(), "reconcile")+` SET seen_at = greatest(seen_at - $1::interval, 'epoch'))
		UPDATE `+quoted(o.Schema(), "message")+` SET not_before = greatest(not_before - $1::interval, 'epoch'),
			deliver_until = deliver_until - $1::interval, first_at = first_at - $1::interval,
			settled_at = settled_at - $1::interval, created_at = created_at - $1::interval`, d)
	if err != nil {
		return fmt.Errorf("pilotstatuspgtest: %w", err)
	}
	return nil
}
