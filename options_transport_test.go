package pilotstatus

import (
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// crowdServer answers only where as many calls as it has workers wait for it. So each
// round of calls needs that many connections.
type crowdServer struct {
	*httptest.Server

	opened  atomic.Int64 // connections so far
	workers int

	mu      sync.Mutex
	waiting int
	full    chan struct{}
}

func newCrowdServer(t *testing.T, workers int) *crowdServer {
	t.Helper()
	s := &crowdServer{workers: workers, full: make(chan struct{})}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/api-keys" {
			answerJSON(w, http.StatusOK, `[{"numberId":"num_1","keyId":"key_1","key":"ps_first_key_0123456789","revealable":true}]`)
			return
		}
		s.wait()
		answerJSON(w, http.StatusOK, `{"id":"msg_1","status":"SENT"}`)
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.opened.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func (s *crowdServer) wait() {
	s.mu.Lock()
	full := s.full
	if s.waiting++; s.waiting == s.workers {
		s.waiting, s.full = 0, make(chan struct{})
		close(full)
	}
	s.mu.Unlock()
	<-full
}

// round makes one call a worker and returns how many connections were opened for it.
func (s *crowdServer) round(t *testing.T, number *NumberClient) int64 {
	t.Helper()
	before := s.opened.Load()
	var calls sync.WaitGroup
	for range s.workers {
		calls.Go(func() { assert.NoError(t, errorOf(number.Messages.Get(t.Context(), "msg_1"))) })
	}
	calls.Wait()
	return s.opened.Load() - before
}

func crowdNumber(t *testing.T, base string, opts ...Option) *NumberClient {
	t.Helper()
	number, err := NewNumberClient(APIKey(testNumberKey), append(opts, WithBaseURL(base))...)
	require.NoError(t, err)
	knownKind(number.Client)
	t.Cleanup(number.CloseIdleConnections)
	return number
}

// Many workers use the same connections in each round, unless fewer are kept.
func TestIdleConnections(t *testing.T) {
	t.Parallel()
	const workers, spare = 256, 4 // net/http may open one more for a call that then gets another
	server := newCrowdServer(t, workers)
	number := crowdNumber(t, server.URL)
	for range 4 {
		server.round(t, number)
	}
	assert.LessOrEqual(t, server.opened.Load(), int64(workers+spare))

	const few, kept = 32, 8
	server = newCrowdServer(t, few)
	number = crowdNumber(t, server.URL, WithMaxIdleConns(kept))
	assert.Equal(t, int64(few), server.round(t, number))
	for range 3 {
		assert.Equal(t, int64(few-kept), server.round(t, number))
	}
}

// What is made from a tenant client shares its connections, and has its own with the
// option.
func TestIdleConnectionsAreShared(t *testing.T) {
	t.Parallel()
	server := newCrowdServer(t, 2)
	tenant, err := NewTenantClient(APIKey(testTenantKey), WithBaseURL(server.URL), WithMaxIdleConns(16))
	require.NoError(t, err)
	knownKind(tenant.Client)
	t.Cleanup(tenant.CloseIdleConnections)
	for _, opts := range [][]Option{nil, {WithUserAgent("orders/1")}, {WithMaxIdleConns(1)}, {WithHTTPClient(&http.Client{Transport: new(http.Transport)})}} {
		pool, err := NewNumberPool(tenant, opts...)
		require.NoError(t, err)
		pooled, err := pool.Get(t.Context(), "num_1")
		require.NoError(t, err)
		opened, err := tenant.OpenNumber(t.Context(), "num_1", opts...)
		require.NoError(t, err)
		shared, view := tenant.core().options.transport, tenant.Number("num_1")
		assert.Same(t, shared, view.core().options.transport)
		for _, number := range []*NumberClient{pooled, opened} {
			t.Cleanup(number.CloseIdleConnections)
			own := number.current().core().options
			opened := server.round(t, number)
			if len(opts) == 0 || own.userAgent != userAgent {
				assert.Same(t, shared, own.transport)
				assert.LessOrEqual(t, opened, int64(1), "the list of the keys has opened one")
				continue
			}
			assert.NotSame(t, shared, own.transport)
		}
	}
}

func TestMaxIdleConnsRefuses(t *testing.T) {
	t.Parallel()
	foreign, idle := WithHTTPClient(new(http.Client)), WithMaxIdleConns(8)
	for _, opts := range [][]Option{{foreign, idle}, {idle, foreign}, {WithMaxIdleConns(0)}, {WithMaxIdleConns(-1)}} {
		requireValidation(t, errorOf(NewNumberClient(APIKey(testNumberKey), opts...)), "max idle conns")
		requireValidation(t, errorOf(NewPublicClient(opts...)), "max idle conns")
	}
	tenant, err := NewTenantClient(APIKey(testTenantKey), foreign)
	require.NoError(t, err)
	requireValidation(t, errorOf(NewNumberPool(tenant, idle)), "max idle conns")
	requireValidation(t, errorOf(tenant.OpenNumber(t.Context(), "num_1", idle)), "max idle conns")
}

func TestDefaultTransportKeepsConnections(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]int{0: 512, 8: 8, 1000: 1000} {
		transport, ok := defaultTransport(n).(*http.Transport)
		require.True(t, ok)
		assert.Equal(t, want, transport.MaxIdleConnsPerHost)
		assert.Equal(t, want, transport.MaxIdleConns)
		assert.Equal(t, idleConnTimeout, transport.IdleConnTimeout)
	}
}
