package pilotstatuspg

import (
	"context"
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
	_, rest, found := strings.Cut(string(text), "```go\n")
	require.True(t, found)
	code, _, _ := strings.Cut(rest, "```")
	source, err := os.ReadFile("outbox_docs_test.go")
	require.NoError(t, err)
	require.Contains(t, string(source), strings.ReplaceAll(code, "pilotstatuspg.", ""))

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
