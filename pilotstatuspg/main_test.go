package pilotstatuspg

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatuspg/pilotstatuspgtest/pgserver"
)

// shared is the one server of the test binary, started by the first test that needs it.
var shared struct {
	sync.Mutex

	server *pgserver.Server
	err    error
}

func TestMain(m *testing.M) {
	status := m.Run()
	if shared.server != nil {
		if err := shared.server.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			status = max(status, 1)
		}
	}
	os.Exit(status)
}

// database returns the server that tests share. A test that stops its server starts its own.
func database(tb testing.TB) *pgserver.Server {
	tb.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.server == nil && shared.err == nil {
		shared.server, shared.err = pgserver.Start(context.Background()) // it outlives the test
	}
	require.NoError(tb, shared.err, "the tests need a PostgreSQL")
	return shared.server
}

// newPool returns a small pool. Settings are run-time parameters as in "search_path=".
func newPool(tb testing.TB, dsn string, settings ...string) *pgxpool.Pool {
	tb.Helper()
	config, err := pgxpool.ParseConfig(dsn)
	require.NoError(tb, err)
	config.MaxConns = 10
	for _, setting := range settings {
		name, value, _ := strings.Cut(setting, "=")
		config.ConnConfig.RuntimeParams[name] = value
	}
	pool, err := pgxpool.NewWithConfig(tb.Context(), config)
	require.NoError(tb, err)
	tb.Cleanup(pool.Close)
	return pool
}

// newSchema returns the name of a schema of the test's own, which does not exist yet and is
// dropped at its end. It needs quotes.
func newSchema(tb testing.TB) string {
	tb.Helper()
	schema := "Test_" + strings.ToLower(rand.Text())
	server := database(tb)
	tb.Cleanup(func() {
		conn, err := pgx.Connect(context.Background(), server.DSN)
		require.NoError(tb, err)
		_, err = conn.Exec(context.Background(), "DROP SCHEMA IF EXISTS "+pgx.Identifier{schema}.Sanitize()+" CASCADE")
		require.NoError(tb, err)
		require.NoError(tb, conn.Close(context.Background()))
	})
	return schema
}

// newOutbox returns an outbox with tables of its own, and a pool with an empty search_path.
func newOutbox(tb testing.TB, options ...func(*Options)) (*Outbox, *pgxpool.Pool) {
	tb.Helper()
	o := Options{Schema: newSchema(tb), Deployment: "test"}
	for _, option := range options {
		option(&o)
	}
	pool := newPool(tb, database(tb).DSN, "search_path=")
	require.NoError(tb, Migrate(tb.Context(), pool, o.Schema))
	outbox, err := New(o)
	require.NoError(tb, err)
	return outbox, pool
}

// value returns the one value of a query.
func value[T any](tb testing.TB, db DB, statement string, args ...any) T {
	tb.Helper()
	rows, err := db.Query(tb.Context(), statement, args...)
	require.NoError(tb, err)
	v, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[T])
	require.NoError(tb, err)
	return v
}
