package main

import (
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pilotstatus/pilotstatus-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var events = flag.Int("events", 2000, "the number of events of the storm of deliveries")

const (
	testSecret = "example-numbers-secret"

	// patience is how long a test waits for what must happen: long, the machine may be
	// slow. It is never waited for in full.
	patience = 3 * time.Minute
)

// shared is the throw-away server of all tests, started by the first that needs it.
var shared struct {
	sync.Mutex

	started bool
	server  *throwaway
	err     error
}

func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		if err := playRole(context.Background(), role); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	status := m.Run()
	if shared.server != nil {
		if err := shared.server.stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			status = max(status, 1)
		}
	}
	os.Exit(status)
}

// database returns the DSN of the server that the tests run on. Without one, the test
// fails: nothing is skipped.
func database(t *testing.T) string {
	t.Helper()
	if dsn := os.Getenv("PILOT_STATUS_PG_DSN"); dsn != "" {
		return dsn
	}
	shared.Lock()
	defer shared.Unlock()
	if !shared.started {
		shared.started = true
		shared.server, shared.err = startPostgres(context.Background()) // it outlives the test
	}
	require.NoError(t, shared.err, "the tests need a PostgreSQL")
	return shared.server.dsn
}

// newSchema creates the tables in a schema of the test's own and returns its name.
func newSchema(t *testing.T) (schema string) {
	t.Helper()
	schema = "test_" + strings.ToLower(rand.Text())
	admin, err := openPool(t.Context(), database(t), inSchema("public"))
	require.NoError(t, err)
	t.Cleanup(func() {
		defer admin.Close()
		_, err := admin.Exec(context.Background(), "DROP SCHEMA "+schema+" CASCADE") // t.Context has ended
		assert.NoError(t, err)
	})
	_, err = admin.Exec(t.Context(), "CREATE SCHEMA "+schema)
	require.NoError(t, err)
	require.NoError(t, createSchema(t.Context(), newPool(t, schema)))
	return schema
}

func inSchema(schema string) func(*pgxpool.Config) {
	return func(config *pgxpool.Config) {
		config.MaxConns = 4 // many tests and receivers share a server
		config.ConnConfig.RuntimeParams["search_path"] = schema
	}
}

func newPool(t *testing.T, schema string) *pgxpool.Pool {
	t.Helper()
	pool, err := openPool(t.Context(), database(t), inSchema(schema))
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return pool
}

// newTestStore returns a store as another process has it: with a pool and an owner of
// its own.
func newTestStore(t *testing.T, schema string) *store {
	t.Helper()
	return newStore(newPool(t, schema), time.Hour)
}

// newReceiver starts a receiver and returns its URL.
func newReceiver(t *testing.T, s *store, lease time.Duration, handle func(context.Context, pilotstatus.Event) error) (url string) {
	t.Helper()
	handler, err := s.newHandler(testSecret, lease, slog.New(slog.DiscardHandler), handle)
	require.NoError(t, err)
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

func newHTTPClient(t *testing.T) *http.Client {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}, Timeout: patience}
	t.Cleanup(client.CloseIdleConnections)
	return client
}

// body returns a delivery.
func body(t *testing.T, name, id string, more map[string]any) string {
	t.Helper()
	text, err := sample(name, id, more)
	require.NoError(t, err)
	return text
}

// event returns what a delivery is parsed to. Events of failures have an error.
func event(t *testing.T, name, id string, more map[string]any) pilotstatus.Event {
	t.Helper()
	if name == pilotstatus.EventMessageFailed && more == nil {
		more = map[string]any{"error": "why", "errorCode": pilotstatus.FailureDeliveredNotConfirmed}
	}
	parsed, err := pilotstatus.ParseEvent([]byte(body(t, name, id, more)))
	require.NoError(t, err)
	return parsed
}

// row is what a test looks at in the table of messages.
type row struct {
	status pilotstatus.MessageStatus
	code   pilotstatus.FailureCode
	events int
}

func message(t *testing.T, s *store, id string) (r row) {
	t.Helper()
	err := s.pool.QueryRow(t.Context(), "SELECT status, error_code, events FROM messages WHERE id = $1", id).
		Scan(&r.status, &r.code, &r.events)
	require.NoError(t, err, id)
	return r
}

func count(t *testing.T, s *store, from string) (n int) {
	t.Helper()
	require.NoError(t, s.pool.QueryRow(t.Context(), "SELECT count(*) FROM "+from).Scan(&n))
	return n
}

func execute(t *testing.T, s *store, sql string, args ...any) {
	t.Helper()
	_, err := s.pool.Exec(t.Context(), sql, args...)
	require.NoError(t, err)
}

func eventually(t *testing.T, condition func() bool, what string) {
	t.Helper()
	require.Eventually(t, condition, patience, 5*time.Millisecond, what)
}
