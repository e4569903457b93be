package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatuspg"
	"github.com/pilotstatus/pilotstatus-go/pilotstatuspg/pilotstatuspgtest"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	return listener
}

// A request that has begun when the service ends is answered, and the worker ends after it.
func TestShutdown(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	began, release := make(chan struct{}), make(chan struct{})
	s.webhook = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(began)
		<-release
		_, _, err := s.createOrder(r.Context(), "cart-7", newOrder{Phone: "+5511988880000", Name: "Lia", Item: "a lamp"})
		assert.NoError(t, err)
		assert.NoError(t, poll(r.Context(), func() (bool, error) { return len(s.sent()) == 1, nil }))
		w.WriteHeader(http.StatusNoContent)
	})
	ctx, end := context.WithCancel(t.Context())
	defer end()
	listener := listen(t)
	ended := make(chan error, 1)
	go func() { ended <- s.run(ctx, listener) }()
	answered := make(chan int, 1)
	go func() {
		status, err := call(t.Context(), http.MethodPost, "http://"+listener.Addr().String()+webhookPath, "", nil, nil)
		assert.NoError(t, err)
		answered <- status
	}()
	<-began
	end()
	select {
	case <-ended:
		t.Error("it ended before it answered")
	case <-time.After(50 * time.Millisecond):
	}
	close(release)
	assert.Equal(t, http.StatusNoContent, <-answered)
	require.NoError(t, <-ended)
	assert.Equal(t, pilotstatuspg.StateAccepted, s.order(t, 1).Confirmation.State)
}

// A service on a copy of the database of another deployment ends, and sends nothing.
func TestOtherDeployment(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.post(t, "/orders", "cart-7", lia)
	s.drain(t) // the first Run writes its name
	s.post(t, "/orders", "cart-8", lia)
	var err error
	s.outbox, err = pilotstatuspg.New(pilotstatuspg.Options{Deployment: "staging"})
	require.NoError(t, err)
	var other *pilotstatuspg.DeploymentError
	require.ErrorAs(t, s.run(t.Context(), listen(t)), &other)
	assert.Len(t, s.sent(), 1)
}

// A message of another number in the same tables does not leave from this one.
func TestOtherNumber(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	client, err := s.clients.Get(t.Context(), numberID)
	require.NoError(t, err)
	assert.Same(t, s.number, client)
	client, err = s.clients.Get(t.Context(), "num_2")
	require.Error(t, err)
	assert.Nil(t, client)
}

// A key that can send nothing ends the start; an API that is down does not.
func TestCheckKey(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t)
	for name, key := range map[string]string{"unknown": "ps_unknown", "tenant": fake.TenantKey()} {
		number, err := pilotstatus.NewNumberClient(pilotstatus.APIKey(key), pilotstatus.WithBaseURL(fake.URL))
		require.NoError(t, err)
		s := &service{config: config{number: number}}
		require.Error(t, s.checkKey(t.Context()), name)
	}
	s := &service{config: config{number: fake.NumberClient(numberID)}, logger: slog.New(slog.NewTextHandler(t.Output(), nil))}
	require.NoError(t, s.checkKey(t.Context()))
	fake.Inject(pilotstatustest.Fault{Status: http.StatusBadRequest, Times: -1})
	require.NoError(t, s.checkKey(t.Context()))
}

func TestHealth(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.post(t, "/orders", "cart-7", lia)
	require.NoError(t, s.outbox.Pause(t.Context(), s.pool, numberID, "stocktaking"))
	status, answer := s.call(t, http.MethodGet, "/health", "", "")
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, answer, `"numberId":"num_1","queued":1,`)
	assert.Contains(t, answer, "stocktaking")
}

// What cannot be answered now says that it may be repeated, and nothing of the cause.
func TestWithoutDatabase(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.pool.Close()
	for path, body := range map[string]string{"/orders": lia, "/codes": `{"phone": "+5511988880000"}`} {
		status, answer := s.call(t, http.MethodPost, path, "k", body)
		assert.Equal(t, http.StatusServiceUnavailable, status)
		assert.JSONEq(t, `{"error": "try again later; repeat a POST with the same Idempotency-Key"}`, answer)
	}
	status, _ := s.call(t, http.MethodGet, "/health", "", "")
	assert.Equal(t, http.StatusServiceUnavailable, status)
}

// Two processes may start at the same time, on an empty database: they wait for each other.
func TestMigrateTogether(t *testing.T) {
	t.Parallel()
	dsn, err := postgres.NewDatabase(t.Context())
	require.NoError(t, err)
	pool, err := openPool(t.Context(), dsn)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	other, err := pool.Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = other.Rollback(context.Background()) }() // it has ended, unless the test fails
	_, err = other.Exec(t.Context(), "SELECT pg_advisory_xact_lock($1)", migrationLock)
	require.NoError(t, err)
	ended := make(chan error, 4)
	for range cap(ended) {
		go func() { ended <- migrate(t.Context(), pool) }()
	}
	const waiting = `SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
		WHERE d.datname = current_database() AND l.locktype = 'advisory' AND l.objid = $1 AND NOT l.granted`
	require.NoError(t, poll(t.Context(), func() (bool, error) {
		var n int
		err := pool.QueryRow(t.Context(), waiting, migrationLock).Scan(&n)
		return n == cap(ended), err
	}))
	require.NoError(t, other.Rollback(t.Context()))
	for range cap(ended) {
		require.NoError(t, <-ended)
	}
}

// A transaction that is rolled back leaves no message. A test of your own code may look
// into its transaction before it ends.
func TestRollback(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	tx, err := s.pool.Begin(t.Context())
	require.NoError(t, err)
	_, err = s.outbox.Enqueue(t.Context(), tx, numberID, confirmation(1, "order-1-confirmed", newOrder{Phone: "+5511988880000", Name: "Lia"}))
	require.NoError(t, err)
	messages, err := pilotstatuspgtest.Enqueued(t.Context(), s.outbox, tx)
	require.NoError(t, err)
	require.Len(t, messages, 1)
	assert.Equal(t, pilotstatus.Phone("+5511988880000"), messages[0].Recipient)
	assert.Contains(t, string(messages[0].Body), "Lia")
	require.NoError(t, tx.Rollback(t.Context()))
	s.drain(t)
	assert.Empty(t, s.sent())
}

func TestOpenPoolRefuses(t *testing.T) {
	t.Parallel()
	for _, dsn := range []string{"host=/nowhere password=hush", "postgres://user:hush@host:port"} {
		_, err := openPool(t.Context(), dsn)
		require.ErrorContains(t, err, "DATABASE_URL")
		assert.NotContains(t, err.Error(), "hush")
	}
}
