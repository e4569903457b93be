package pilotstatuspgtest_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatuspg"
	"github.com/pilotstatus/pilotstatus-go/pilotstatuspg/pilotstatuspgtest"
	"github.com/pilotstatus/pilotstatus-go/pilotstatuspg/pilotstatuspgtest/pgserver"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

var pool *pgxpool.Pool

func TestMain(m *testing.M) {
	status, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status)
}

func run(m *testing.M) (status int, err error) {
	server, err := pgserver.Start(context.Background())
	if err != nil {
		return 1, err
	}
	defer func() {
		if stopErr := server.Stop(); err == nil {
			err = stopErr
		}
	}()
	config, err := pgxpool.ParseConfig(server.DSN)
	if err != nil {
		return 1, err
	}
	config.MaxConns = 30
	if pool, err = pgxpool.NewWithConfig(context.Background(), config); err != nil {
		return 1, err
	}
	defer pool.Close()
	return m.Run(), nil
}

const numberID = "num_1"

func request(key string) pilotstatus.SendRequest {
	return pilotstatus.SendRequest{
		To:             pilotstatus.Phone("+5511999990001"),
		Content:        pilotstatus.TextContent{Body: "hello"},
		IdempotencyKey: key,
	}
}

func enqueue(t *testing.T, o *pilotstatuspg.Outbox, key string, opts ...pilotstatuspg.EnqueueOption) {
	t.Helper()
	require.NoError(t, pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
		_, err := o.Enqueue(t.Context(), tx, numberID, request(key), opts...)
		return err
	}))
}

func TestEnqueued(t *testing.T) {
	t.Parallel()
	o := pilotstatuspgtest.NewOutbox(t, pool)
	enqueue(t, o, "committed before")
	keys := func(tx pilotstatuspg.Tx) (keys []string) {
		messages, err := pilotstatuspgtest.Enqueued(t.Context(), o, tx)
		require.NoError(t, err)
		for _, m := range messages {
			keys = append(keys, m.Key)
		}
		return keys
	}
	tx, err := pool.Begin(t.Context())
	require.NoError(t, err)
	defer func() { assert.NoError(t, tx.Rollback(t.Context())) }()
	assert.Empty(t, keys(tx))
	_, err = o.Enqueue(t.Context(), tx, numberID, request("b"))
	require.NoError(t, err)
	require.NoError(t, pgx.BeginFunc(t.Context(), tx, func(savepoint pgx.Tx) error {
		_, err := o.Enqueue(t.Context(), savepoint, numberID, request("a"))
		return err
	}))
	enqueue(t, o, "of another transaction")
	assert.Equal(t, []string{"b", "a"}, keys(tx))

	db := stdlib.OpenDBFromPool(pool)
	defer func() { assert.NoError(t, db.Close()) }()
	other, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	defer func() { assert.NoError(t, other.Rollback()) }()
	_, err = o.Enqueue(t.Context(), pilotstatuspg.SQL(other), numberID, request("sql"))
	require.NoError(t, err)
	assert.Equal(t, []string{"sql"}, keys(pilotstatuspg.SQL(other)))
}

func TestDrain(t *testing.T) {
	t.Parallel()
	for range 3 {
		t.Run("in parallel", func(t *testing.T) {
			t.Parallel()
			o := pilotstatuspgtest.NewOutbox(t, pool)
			fake := pilotstatustest.NewServer(t)
			enqueue(t, o, "now")
			enqueue(t, o, "later", pilotstatuspg.NotBeforeIn(time.Hour))
			require.NoError(t, pilotstatuspgtest.Drain(t.Context(), o, pool, fake))
			assert.Len(t, fake.Messages(), 1)
			require.NoError(t, pilotstatuspgtest.Advance(t.Context(), o, pool, time.Hour))
			require.NoError(t, pilotstatuspgtest.Drain(t.Context(), o, pool, fake))
			assert.Len(t, fake.Messages(), 2)
			m, err := o.Get(t.Context(), pool, numberID, "later")
			require.NoError(t, err)
			assert.Equal(t, pilotstatuspg.StateAccepted, m.State)
		})
	}
}

func TestAdvanceClosesWindows(t *testing.T) {
	t.Parallel()
	o := pilotstatuspgtest.NewOutbox(t, pool)
	event, err := pilotstatus.ParseEvent([]byte(`{"event":"message.received","data":{"id":"msg_1","numberId":"` + numberID + `","fromMe":false,
		"createdAt":"` + time.Now().UTC().Format(time.RFC3339) + `","from":"+5511999999999","to":"+5511900000001"}}`))
	require.NoError(t, err)
	require.NoError(t, o.Record(t.Context(), pool, event))
	for _, want := range []bool{true, false} {
		open, err := o.WindowOpen(t.Context(), pool, numberID, pilotstatus.Phone("+5511999999999"))
		require.NoError(t, err)
		assert.Equal(t, want, open)
		require.NoError(t, pilotstatuspgtest.Advance(t.Context(), o, pool, 24*time.Hour))
	}
}

// A pause with a next probe is over after Advance, as after the time itself.
func TestAdvanceEndsPauses(t *testing.T) {
	t.Parallel()
	o := pilotstatuspgtest.NewOutbox(t, pool)
	enqueue(t, o, "k")
	require.NoError(t, o.Pause(t.Context(), pool, numberID, "closed"))
	number := pgx.Identifier{o.Schema(), "number"}.Sanitize()
	_, err := pool.Exec(t.Context(), "UPDATE "+number+" SET paused_until = now() + interval '10 minutes'")
	require.NoError(t, err)
	require.NoError(t, pilotstatuspgtest.Advance(t.Context(), o, pool, 10*time.Minute))
	var over bool
	require.NoError(t, pool.QueryRow(t.Context(), "SELECT paused_until <= now() FROM "+number).Scan(&over))
	assert.True(t, over)
}

func TestDrainEndsWithItsContext(t *testing.T) {
	t.Parallel()
	o := pilotstatuspgtest.NewOutbox(t, pool)
	fake := pilotstatustest.NewServer(t)
	fake.Inject(pilotstatustest.Fault{Op: "Messages.Send", Status: 503, Times: 1000})
	enqueue(t, o, "k")
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, pilotstatuspgtest.Drain(ctx, o, pool, fake), context.DeadlineExceeded)
	require.NoError(t, o.Pause(t.Context(), pool, numberID, "closed"))
	require.NoError(t, pilotstatuspgtest.Drain(t.Context(), o, pool, fake), "a paused number has nothing to send")
}

func TestDrainSaysWhyItCannotRun(t *testing.T) {
	t.Parallel()
	o, err := pilotstatuspg.New(pilotstatuspg.Options{Schema: "missing", Deployment: "test"})
	require.NoError(t, err)
	var refused *pilotstatuspg.SchemaError
	require.ErrorAs(t, pilotstatuspgtest.Drain(t.Context(), o, pool, pilotstatustest.NewServer(t)), &refused)
}
