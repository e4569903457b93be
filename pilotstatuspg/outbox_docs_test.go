package pilotstatuspg

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// The code of docs/outbox.md stands in this file, and does what that says.
func TestOutboxCode(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/outbox.md")
	require.NoError(t, err)
	source, err := os.ReadFile("outbox_docs_test.go")
	require.NoError(t, err)
	for _, before := range []string{"# The outbox", "### Move a scheduled message"} {
		_, rest, found := strings.Cut(string(text), before)
		require.True(t, found, before)
		_, rest, found = strings.Cut(rest, "```go\n")
		require.True(t, found, before)
		code, _, _ := strings.Cut(rest, "```")
		require.Contains(t, string(source), strings.ReplaceAll(code, "pilotstatuspg.", ""))
	}

	pool, outbox, err := setUp(t.Context(), database(t).DSN)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := pool.Exec(context.Background(), "DROP SCHEMA pilotstatus CASCADE")
		assert.NoError(t, err)
		pool.Close()
	})
	fake := pilotstatustest.NewServer(t)
	number := "num_1"
	fake.Number(number)
	require.NoError(t, pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
		return ship(t.Context(), tx, outbox, number)
	}))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- work(ctx, pool, outbox, fake.TenantClient(), number) }()
	require.Eventually(t, func() bool {
		m, err := outbox.Get(t.Context(), pool, number, "order-42-shipped")
		require.NoError(t, err)
		return m.State == StateRefused && strings.Contains(m.Error, "Template not found") // the fake has no such template
	}, 30*time.Second, 10*time.Millisecond)
	cancel()
	require.NoError(t, <-ended)
}

// setUp runs at every start of your program.
func setUp(ctx context.Context, dsn string) (*pgxpool.Pool, *Outbox, error) {
	pool, err := pgxpool.New(ctx, dsn) // of github.com/jackc/pgx/v5/pgxpool
	if err != nil {
		return nil, nil, err
	}
	if err := Migrate(ctx, pool, "pilotstatus"); err != nil {
		return nil, nil, err
	}
	outbox, err := New(Options{Deployment: "production"})
	return pool, outbox, err
}

// ship enqueues in the transaction that changes the order.
func ship(ctx context.Context, tx pgx.Tx, outbox *Outbox, numberID string) error {
	_, err := outbox.Enqueue(ctx, tx, numberID, pilotstatus.SendRequest{
		To:             pilotstatus.Phone("+5511999999999"),
		Content:        pilotstatus.TemplateContent{ID: "order_shipped"},
		IdempotencyKey: "order-42-shipped",
	})
	return err
}

// work sends until ctx ends. It runs in one or more processes.
func work(ctx context.Context, pool *pgxpool.Pool, outbox *Outbox, tenant *pilotstatus.TenantClient, numberID string) error {
	pace := Pace{Every: time.Second} // without SetPace a number sends as fast as it can
	if err := outbox.SetPace(ctx, pool, numberID, pace); err != nil {
		return err
	}
	numbers, err := pilotstatus.NewNumberPool(tenant)
	if err != nil {
		return err
	}
	return outbox.Run(ctx, pool, numbers, RunOptions{})
}

// A key with a revision moves a message. The same key does not: neither with another time or
// priority, nor after Cancel.
func TestMoveScheduled(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t)
	key := func(revision int) string { return fmt.Sprintf("appointment-42-reminder-%d", revision) }
	scheduled := enqueueOne(t, o, pool, request(key(1)), NotBeforeIn(time.Hour))
	first := get(t, o, pool, key(1))
	again := enqueueOne(t, o, pool, request(key(1)), NotBeforeIn(2*time.Hour), WithPriority(Urgent))
	assert.Equal(t, Queued{ID: scheduled.ID, Key: key(1), State: StateScheduled, Duplicate: true}, again)
	assert.Equal(t, first, get(t, o, pool, key(1)), "nothing has changed")

	at := time.Now().Add(3 * time.Hour).Truncate(time.Millisecond)
	moveTo := func(revision int) (moved bool, err error) {
		err = inTx(t, pool, func(tx pgx.Tx) error {
			moved, err = move(t.Context(), tx, o, testNumber, request(""), revision, at)
			return err
		})
		return moved, err
	}
	moved, err := moveTo(2)
	require.NoError(t, err)
	assert.True(t, moved)
	assert.Equal(t, StateCanceled, get(t, o, pool, key(1)).State)
	assert.True(t, at.Equal(get(t, o, pool, key(2)).NotBefore))

	again = enqueueOne(t, o, pool, request(key(1)))
	assert.Equal(t, Queued{ID: scheduled.ID, Key: key(1), State: StateCanceled, Duplicate: true}, again)
	moved, err = moveTo(2)
	require.NoError(t, err)
	assert.False(t, moved, "there is nothing to cancel any more")
	enqueueOne(t, o, pool, request(key(3)))
	_, err = moveTo(3)
	require.ErrorContains(t, err, "revision 3 is in use")
	assert.Equal(t, StateScheduled, get(t, o, pool, key(2)).State, "it was rolled back")
}

// move sends the reminder of an appointment at another time. The row of the appointment counts
// the revisions. It reports false where the reminder has begun: nothing is left to move.
func move(ctx context.Context, tx pgx.Tx, outbox *Outbox, numberID string, reminder pilotstatus.SendRequest, revision int, at time.Time) (bool, error) {
	canceled, err := outbox.Cancel(ctx, tx, numberID, fmt.Sprintf("appointment-42-reminder-%d", revision-1))
	if err != nil || !canceled {
		return false, err
	}
	reminder.IdempotencyKey = fmt.Sprintf("appointment-42-reminder-%d", revision)
	queued, err := outbox.Enqueue(ctx, tx, numberID, reminder, NotBefore(at))
	if err != nil {
		return false, err
	}
	if queued.Duplicate { // an old message has the key, and its time stands
		return false, fmt.Errorf("revision %d is in use: message %d is %s", revision, queued.ID, queued.State)
	}
	return true, nil
}
