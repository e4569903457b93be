package pilotstatus

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/internal/repeat"
)

// wireLimit ends what would otherwise hang for ever. No test that passes waits for
// it.
const wireLimit = 20 * time.Second

// wireHandler answers request number n (from 1), whose body was read.
type wireHandler func(w http.ResponseWriter, r *http.Request, n int)

// wireServer is a server on a real listener that records what it sees.
type wireServer struct {
	*httptest.Server

	mu       sync.Mutex
	seen     []recordedRequest
	accepted int
	open     map[net.Conn]bool
}

// newWireServer starts a server on 127.0.0.1. configure, where given, changes it
// before the start or starts it.
func newWireServer(t *testing.T, handler wireHandler, configure ...func(*httptest.Server)) *wireServer {
	t.Helper()
	s := &wireServer{open: map[net.Conn]bool{}}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.seen = append(s.seen, recordedRequest{
			Method: r.Method, URL: r.URL.String(), Header: r.Header.Clone(), Body: body,
		})
		n := len(s.seen)
		s.mu.Unlock()
		handler(w, r, n)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Config.ConnState = s.track
	for _, change := range configure {
		change(s.Server)
	}
	if s.URL == "" {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s
}

func (s *wireServer) track(conn net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch state {
	case http.StateNew:
		s.accepted++
		s.open[conn] = true
	case http.StateClosed, http.StateHijacked:
		delete(s.open, conn)
	case http.StateActive, http.StateIdle:
	}
}

// Requests returns what the server saw so far.
func (s *wireServer) Requests() []recordedRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]recordedRequest(nil), s.seen...)
}

// Accepted returns how many connections were made to the server.
func (s *wireServer) Accepted() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.accepted
}

// Open returns how many of them are open.
func (s *wireServer) Open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open)
}

// wireTransport returns a transport of its own for one test.
func wireTransport(t *testing.T) *http.Transport {
	t.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: defaultMaxIdleConns}
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

func wireOptions(base string, transport http.RoundTripper, opts []Option) []Option {
	return append([]Option{WithBaseURL(base), WithHTTPClient(&http.Client{Transport: transport}), fastRetries()}, opts...)
}

// wireNumber returns a number client for base with quick retries.
func wireNumber(t *testing.T, base string, transport http.RoundTripper, opts ...Option) *NumberClient {
	t.Helper()
	client, err := NewNumberClient(APIKey(testNumberKey), wireOptions(base, transport, opts)...)
	require.NoError(t, err)
	knownKind(client.Client)
	return client
}

// answerJSON writes a JSON answer.
func answerJSON(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

func answerAccepted(w http.ResponseWriter) { answerJSON(w, http.StatusAccepted, testAccepted) }

// answerPart writes an answer that announces more than it brings.
func answerPart(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)+100))
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
	_ = http.NewResponseController(w).Flush()
}

// hang keeps a request without the rest of its answer until the client gives up.
func hang(r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-time.After(wireLimit):
	}
}

// hijack takes the connection of a request from the server.
func hijack(t *testing.T, w http.ResponseWriter) net.Conn {
	t.Helper()
	conn, _, err := http.NewResponseController(w).Hijack()
	if !assert.NoError(t, err) {
		panic(http.ErrAbortHandler)
	}
	return conn
}

// reset ends the connection of a request with a TCP reset.
func reset(t *testing.T, w http.ResponseWriter) {
	t.Helper()
	conn := hijack(t, w)
	tcp, ok := conn.(*net.TCPConn)
	if assert.True(t, ok, "a TCP connection") {
		assert.NoError(t, tcp.SetLinger(0))
	}
	conn.Close()
}

// countedConn counts how often a connection is written to.
type countedConn struct {
	net.Conn

	writes *atomic.Int64
}

func (c countedConn) Write(p []byte) (int, error) {
	c.writes.Add(1)
	return c.Conn.Write(p)
}

// reuse returns a context under which the connections of calls are counted: all
// of them, and those that served before.
func reuse(ctx context.Context) (_ context.Context, all, reused *atomic.Int64) {
	all, reused = new(atomic.Int64), new(atomic.Int64)
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		all.Add(1)
		if info.Reused {
			reused.Add(1)
		}
	}}), all, reused
}

func TestOneWriteForOneRequest(t *testing.T) {
	t.Parallel()
	answers := map[string]string{
		"/v1/messages/send":       testAccepted,
		"/v1/messages/msg_1":      `{"id":"msg_1","status":"SENT"}`,
		"/v1/messages/cancel":     `{"cancelled":1}`,
		"/v1/remote-pairing/x":    `{}`,
		"/v1/api-keys/regenerate": `{"id":"key_1","key":"ps_rotated_0123456789"}`,
	}
	for name, call := range map[string]func(*NumberClient) error{
		"keyed POST": func(c *NumberClient) error {
			_, err := c.Messages.Send(t.Context(), testSend())
			return err
		},
		"safe GET": func(c *NumberClient) error {
			_, err := c.Messages.Get(t.Context(), "msg_1")
			return err
		},
		"unsent DELETE with a body": func(c *NumberClient) error {
			_, err := c.Messages.Cancel(t.Context(), "msg_1")
			return err
		},
		"unsent GET": func(c *NumberClient) error {
			return c.Do(t.Context(), Request{Method: http.MethodGet, Path: "/v1/remote-pairing/x", Retry: RetryUnsent}, nil)
		},
		"once POST without a body": func(c *NumberClient) error {
			_, err := c.Key.Rotate(t.Context())
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := newWireServer(t, func(w http.ResponseWriter, r *http.Request, _ int) {
				answerJSON(w, http.StatusOK, answers[r.URL.Path])
			})
			var writes atomic.Int64
			transport := wireTransport(t)
			transport.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
				conn, err := new(net.Dialer).DialContext(ctx, network, addr)
				return countedConn{conn, &writes}, err
			}
			client := wireNumber(t, server.URL, transport)
			for n := range 3 {
				require.NoError(t, call(client))
				require.EqualValues(t, n+1, writes.Load(), "writes after so many calls")
			}
			require.Len(t, server.Requests(), 3)
		})
	}
}

// A POST without a body says so: servers and proxies that know no chunked requests
// answer 411 or 501 to what could be longer than nothing.
func TestRequestWithoutBodyIsNotChunked(t *testing.T) {
	t.Parallel()
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		for _, class := range []RetryClass{RetryNever, RetryUnsent, RetrySafe, RetryKeyed} {
			t.Run(method+" "+class.String(), func(t *testing.T) {
				t.Parallel()
				var encoding atomic.Value
				server := newWireServer(t, func(w http.ResponseWriter, r *http.Request, _ int) {
					encoding.Store(strings.Join(r.TransferEncoding, ","))
					answerJSON(w, http.StatusOK, `{}`)
				})
				client := wireNumber(t, server.URL, wireTransport(t))
				require.NoError(t, client.Do(t.Context(), Request{Method: method, Path: "/v1/things", Retry: class}, nil))
				seen := server.Requests()
				require.Len(t, seen, 1)
				assert.Empty(t, seen[0].Body)
				assert.Empty(t, encoding.Load(), "Transfer-Encoding")
				assert.Empty(t, seen[0].Header.Values("Content-Type"), "of no content")
			})
		}
	}
}

func TestConnectionIsReused(t *testing.T) {
	t.Parallel()
	const calls = 50
	problem := `{"error":"no","code":"SOME_CODE"}`
	server := newWireServer(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		switch n % 10 {
		case 1:
			answerJSON(w, http.StatusNotFound, problem)
		case 2:
			answerJSON(w, http.StatusTooManyRequests, problem)
		case 3:
			answerJSON(w, http.StatusInternalServerError, problem)
		case 4:
			answerJSON(w, http.StatusServiceUnavailable, "")
		case 5:
			answerJSON(w, http.StatusBadGateway, "<html>"+strings.Repeat("bad gateway ", 4000)+"</html>")
		case 6:
			answerJSON(w, http.StatusAccepted, `{"broken":`)
		case 7:
			w.WriteHeader(http.StatusForbidden)
		case 8:
			w.Header().Set("Location", "http://127.0.0.2/")
			w.WriteHeader(http.StatusFound)
		default:
			answerAccepted(w)
		}
	})
	client := wireNumber(t, server.URL, wireTransport(t))
	ctx, all, reused := reuse(t.Context())
	var failed int
	for range calls {
		if _, err := client.Messages.Send(ctx, testSend()); err != nil {
			failed++
		}
	}
	requests := len(server.Requests())
	assert.Equal(t, 1, server.Accepted(), "connections")
	assert.Greater(t, requests, calls, "retries took place")
	assert.NotZero(t, failed, "some calls failed")
	assert.Less(t, failed, calls, "some calls succeeded")
	assert.EqualValues(t, requests, all.Load(), "the caller's trace sees every attempt")
	assert.EqualValues(t, requests-1, reused.Load(), "every attempt but the first on a connection that served before")
}

func TestLargeErrorBodyIsCut(t *testing.T) {
	t.Parallel()
	chunk := strings.Repeat("x", 1<<20)
	server := newWireServer(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		if n > 1 {
			answerAccepted(w)
			return
		}
		w.WriteHeader(http.StatusBadRequest)
		for range 10 {
			if _, err := io.WriteString(w, chunk); err != nil {
				return // the client has seen enough
			}
		}
	})
	client := wireNumber(t, server.URL, wireTransport(t))
	_, err := client.Messages.Send(t.Context(), testSend())
	var apiErr *APIError
	require.ErrorAs(t, err, &apiErr)
	assert.Equal(t, http.StatusBadRequest, apiErr.StatusCode)
	assert.Len(t, apiErr.Body, 64<<10)
	assert.LessOrEqual(t, cap(apiErr.Body), 72<<10, "what the error keeps in memory")
	_, err = client.Messages.Send(t.Context(), testSend())
	require.NoError(t, err)
	assert.Equal(t, 2, server.Accepted(), "the rest was not read: that costs the connection, and less than the rest")
}

//nolint:paralleltest // it counts the goroutines of the process
func TestSendsLeaveNothingBehind(t *testing.T) {
	const sends, senders = 10_000, 24
	server := newWireServer(t, func(w http.ResponseWriter, _ *http.Request, _ int) { answerAccepted(w) })
	before := runtime.NumGoroutine()
	// The default transport of the client.
	client, err := NewNumberClient(APIKey(testNumberKey), WithBaseURL(server.URL), fastRetries())
	require.NoError(t, err)

	var next, failed atomic.Int64
	var wg sync.WaitGroup
	for range senders {
		wg.Go(func() {
			for next.Add(1) <= sends {
				if _, err := client.Messages.Send(t.Context(), testSend()); err != nil {
					failed.Add(1)
				}
			}
		})
	}
	wg.Wait()
	require.Zero(t, failed.Load())
	require.Len(t, server.Requests(), sends)
	assert.Less(t, server.Accepted(), sends/50, "connections: one for each sender, and some dialled in vain")
	require.Positive(t, server.Open(), "connections are kept for the next call")

	client.CloseIdleConnections()
	eventually(t, func() bool { return server.Open() == 0 }, "a connection is still open")
	eventually(t, func() bool { return runtime.NumGoroutine() <= before }, "a goroutine is still there")
	_, err = client.Messages.Send(t.Context(), testSend())
	require.NoError(t, err, "the client goes on working")
	client.CloseIdleConnections()
}

// eventually polls without a goroutine of its own.
func eventually(t *testing.T, condition func() bool, message string) {
	t.Helper()
	deadline := time.Now().Add(wireLimit)
	for !condition() {
		if time.Now().After(deadline) {
			require.Fail(t, message)
		}
		time.Sleep(time.Millisecond)
	}
}

func TestManyGoroutinesOnOneClient(t *testing.T) {
	t.Parallel()
	const goroutines, calls = 100, 6
	server := newWireServer(t, func(w http.ResponseWriter, r *http.Request, n int) {
		switch {
		case n%3 == 0:
			answerJSON(w, http.StatusServiceUnavailable, `{"error":"later"}`)
		case r.Method == http.MethodGet:
			answerJSON(w, http.StatusOK, `{"id":"msg_1","status":"SENT"}`)
		default:
			answerAccepted(w)
		}
	})
	client := wireNumber(t, server.URL, wireTransport(t),
		WithRetry(RetryPolicy{MaxRetries: 30, MinWait: time.Microsecond, MaxWait: time.Millisecond}))
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for range calls / 2 {
				accepted, err := client.Messages.Send(t.Context(), testSend())
				if assert.NoError(t, err) {
					assert.Equal(t, "msg_1", accepted.ID)
				}
				message, err := client.Messages.Get(t.Context(), "msg_1")
				if assert.NoError(t, err) {
					assert.Equal(t, MessageStatusSent, message.Status)
				}
			}
		})
	}
	wg.Wait()
	// One key and one text of bytes for each send, however often it went out.
	bodies := map[string]string{}
	for _, request := range server.Requests() {
		if request.Method != http.MethodPost {
			continue
		}
		key := request.Header.Get("Idempotency-Key")
		if body, ok := bodies[key]; ok {
			assert.Equal(t, body, string(request.Body))
		}
		bodies[key] = string(request.Body)
	}
	assert.Len(t, bodies, goroutines*calls/2)
	assert.Greater(t, len(server.Requests()), goroutines*calls, "retries took place")
}

// watchedTransport counts what is asked of a caller's transport.
type watchedTransport struct {
	*http.Transport

	closed atomic.Int64
}

func (w *watchedTransport) CloseIdleConnections() {
	w.closed.Add(1)
	w.Transport.CloseIdleConnections()
}

func TestCallersClientIsLeftAlone(t *testing.T) {
	t.Parallel()
	jar := new(watchedJar)
	redirected := func(*http.Request, []*http.Request) error { return errors.New("asked about a redirect") }
	transport := &watchedTransport{Transport: wireTransport(t)}
	own := &http.Client{Transport: transport, CheckRedirect: redirected, Jar: jar, Timeout: wireLimit}

	server := newWireServer(t, func(w http.ResponseWriter, r *http.Request, n int) {
		switch {
		case r.Method == http.MethodGet:
			answerAccepted(w)
		case n%5 == 0:
			w.Header().Set("Location", "/v1/elsewhere")
			w.WriteHeader(http.StatusTemporaryRedirect)
		case n%2 == 0:
			answerJSON(w, http.StatusInternalServerError, `{"error":"no"}`)
		default:
			w.Header().Set("Set-Cookie", "session=1")
			answerAccepted(w)
		}
	})
	client, err := NewNumberClient(APIKey(testNumberKey), WithBaseURL(server.URL), WithHTTPClient(own), fastRetries())
	require.NoError(t, err)
	for range 20 {
		_, _ = client.Messages.Send(t.Context(), testSend())
	}
	assert.Greater(t, len(server.Requests()), 20)
	assert.Same(t, transport, own.Transport)
	assert.Same(t, jar, own.Jar)
	assert.Equal(t, wireLimit, own.Timeout)
	require.NotNil(t, own.CheckRedirect)
	require.EqualError(t, own.CheckRedirect(nil, nil), "asked about a redirect")
	assert.Zero(t, jar.asked.Load(), "the cookie jar is not used")
	for _, request := range server.Requests() {
		assert.Empty(t, request.Header.Values("Cookie"))
	}

	// What the caller does afterwards with its client does not reach ours.
	own.Transport, own.Timeout = nil, time.Nanosecond
	_, err = client.Messages.Get(t.Context(), "msg_1")
	require.NoError(t, err)

	assert.Zero(t, transport.closed.Load(), "CloseIdleConnections of the transport")
	assert.Equal(t, 1, server.Accepted())
	client.CloseIdleConnections()
	assert.EqualValues(t, 1, transport.closed.Load(), "only where the caller asks for it")
}

func TestFailuresKeepIdleConnections(t *testing.T) {
	t.Parallel()
	server := newWireServer(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		switch r.URL.Path {
		case "/v1/fine":
			answerJSON(w, http.StatusOK, `{}`)
		case "/v1/resets":
			reset(t, w)
		case "/v1/hangs":
			hang(r)
		default:
			answerJSON(w, http.StatusInternalServerError, `{"error":"no"}`)
		}
	})
	transport := &watchedTransport{Transport: wireTransport(t)}
	client := wireNumber(t, server.URL, transport, WithAttemptTimeout(20*time.Millisecond))
	refused := wireNumber(t, refusedURL, transport)
	get := func(ctx context.Context, c *NumberClient, path string) error {
		return c.Do(ContextWithAttemptTimeout(ctx, wireLimit), Request{Method: http.MethodGet, Path: path, Retry: RetrySafe}, nil)
	}
	hanging := Request{Method: http.MethodGet, Path: "/v1/hangs", Retry: RetrySafe}

	require.NoError(t, get(t.Context(), client, "/v1/fine"))
	for name, fail := range map[string]func() error{
		"500 after all retries": func() error { return get(t.Context(), client, "/v1/fails") },
		"refused":               func() error { return get(t.Context(), refused, "/v1/fine") },
		"resets":                func() error { return get(t.Context(), client, "/v1/resets") },
		"attempt timeout":       func() error { return client.Do(t.Context(), hanging, nil) },
		"ended context": func() error {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			return get(ctx, client, "/v1/fine")
		},
		"context that ends": func() error {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
			defer cancel()
			return get(ctx, client, "/v1/hangs")
		},
	} {
		require.Error(t, fail(), name)
		assert.Zero(t, transport.closed.Load(), name)
	}
	require.NoError(t, get(t.Context(), client, "/v1/fine"))
	require.Error(t, get(t.Context(), client, "/v1/fails"))
	ctx, all, reused := reuse(t.Context())
	require.NoError(t, get(ctx, client, "/v1/fine"))
	assert.EqualValues(t, 1, all.Load())
	assert.EqualValues(t, 1, reused.Load(), "after a 500 the next call has its connection")
	assert.Zero(t, transport.closed.Load())
}

func TestClientTimeoutBecomesAttemptTimeout(t *testing.T) {
	t.Parallel()
	server := newWireServer(t, func(_ http.ResponseWriter, r *http.Request, _ int) { hang(r) })
	const short = 20 * time.Millisecond
	for name, c := range map[string]struct {
		clientTimeout time.Duration
		before, after []Option
	}{
		"client timeout": {clientTimeout: short},
		"attempt timeout after the longer client":  {clientTimeout: time.Hour, after: []Option{WithAttemptTimeout(short)}},
		"attempt timeout before the longer client": {clientTimeout: time.Hour, before: []Option{WithAttemptTimeout(short)}},
		"attempt timeout and no client timeout":    {after: []Option{WithAttemptTimeout(short)}},
		"attempt timeout longer than the client's": {clientTimeout: time.Nanosecond, before: []Option{WithAttemptTimeout(short)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			own := &http.Client{Transport: wireTransport(t), Timeout: c.clientTimeout}
			opts := []Option{WithBaseURL(server.URL), WithHTTPClient(own), WithRetry(RetryPolicy{})}
			client, err := NewNumberClient(APIKey(testNumberKey), slices.Concat(c.before, opts, c.after)...)
			require.NoError(t, err)
			start := time.Now()
			_, err = client.Messages.Get(t.Context(), "msg_1")
			requireTimeout(t, err)
			require.ErrorContains(t, err, "attempt timeout of "+short.String())
			assert.GreaterOrEqual(t, time.Since(start), short)
		})
	}
	require.Equal(t, defaultAttemptTimeout, wireNumber(t, server.URL, nil).core().timeout(), "without either")
}

// requireTimeout checks that err says in both usual ways that time ran out.
func requireTimeout(t *testing.T, err error) {
	t.Helper()
	var timeout net.Error
	require.ErrorAs(t, err, &timeout)
	require.True(t, timeout.Timeout())
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestDefaultTransportIsOurOwn(t *testing.T) {
	t.Parallel()
	tenant, err := NewTenantClient(APIKey(testTenantKey))
	require.NoError(t, err)
	other, err := NewNumberClient(APIKey(testNumberKey), WithHTTPClient(&http.Client{Timeout: time.Second}))
	require.NoError(t, err)
	mine, ok := tenant.core().transport.(*http.Transport)
	require.True(t, ok)
	assert.NotSame(t, http.DefaultTransport, mine)
	assert.NotSame(t, other.core().transport, mine, "one for each root client")
	assert.Equal(t, 512, mine.MaxIdleConnsPerHost)
	assert.Equal(t, pingAfter, mine.HTTP2.SendPingTimeout, "a dead HTTP/2 connection is found")
	assert.Equal(t, pingAfter, mine.HTTP2.PingTimeout)
	assert.Same(t, mine, tenant.Number("num_1").core().transport, "a view shares it")
	assert.Same(t, mine, tenant.Pairing.client.core().transport)
}

func TestHTTP2(t *testing.T) {
	t.Parallel()
	second := newWireServer(t, func(w http.ResponseWriter, _ *http.Request, _ int) { answerAccepted(w) })
	server := newHTTP2Server(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		assert.Equal(t, 2, r.ProtoMajor)
		switch r.URL.Path {
		case "/v1/messages/send":
			answerAccepted(w)
		case "/v1/moved":
			http.Redirect(w, r, second.URL+"/v1/moved", http.StatusTemporaryRedirect)
		case "/v1/busy":
			answerJSON(w, http.StatusServiceUnavailable, `{"error":"later"}`)
		default:
			answerJSON(w, http.StatusOK, `{}`)
		}
	})
	client := wireNumber(t, server.URL, http2Transport(t, server))
	accepted, err := client.Messages.Send(t.Context(), testSend())
	require.NoError(t, err)
	seen := server.Requests()
	require.Len(t, seen, 1)
	assert.Equal(t, []string{testNumberKey}, seen[0].Header.Values("X-Api-Key"))
	assert.Equal(t, []string{accepted.IdempotencyKey}, seen[0].Header.Values("Idempotency-Key"))

	for _, class := range []RetryClass{RetryNever, RetryUnsent, RetrySafe, RetryKeyed} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
			require.NoError(t, client.Do(t.Context(), Request{Method: method, Path: "/v1/fine", Retry: class}, nil))
		}
	}
	before := len(server.Requests())
	err = client.Do(t.Context(), Request{Method: http.MethodPost, Path: "/v1/moved", Body: map[string]string{}, Retry: RetryKeyed}, nil)
	var apiErr *APIError
	require.ErrorAs(t, err, &apiErr)
	assert.Equal(t, http.StatusTemporaryRedirect, apiErr.StatusCode)
	assert.Len(t, server.Requests(), before+1)
	assert.Empty(t, second.Requests())

	require.Error(t, client.Do(t.Context(), Request{Method: http.MethodGet, Path: "/v1/busy", Retry: RetrySafe}, nil))
	assert.Len(t, server.Requests(), before+5, "503: four attempts")
	assert.Equal(t, 1, server.Accepted(), "one connection for all of it")
}

func TestHTTP2ConnectionThatEnds(t *testing.T) {
	t.Parallel()
	goAway := make(chan bool, 1)
	server := newHTTP2Server(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		select {
		case <-goAway:
			// The server of net/http answers and says GOAWAY.
			w.Header().Set("Connection", "close")
		default:
		}
		answerJSON(w, http.StatusAccepted, testAccepted)
	})
	client := wireNumber(t, server.URL, http2Transport(t, server))
	call := func() {
		t.Helper()
		_, err := client.Messages.Get(t.Context(), "msg_1")
		require.NoError(t, err)
		_, err = client.Messages.Send(t.Context(), testSend())
		require.NoError(t, err)
	}
	call()
	for range 5 {
		server.CloseClientConnections()
		call()
	}
	assert.GreaterOrEqual(t, server.Accepted(), 6)
	for range 5 {
		before := server.Accepted()
		goAway <- true
		eventually(t, func() bool {
			call()
			return server.Accepted() > before
		}, "the connection is used on and on")
	}
}

// newHTTP2Server starts a server that speaks HTTP/2.
func newHTTP2Server(t *testing.T, handler wireHandler) *wireServer {
	t.Helper()
	return newWireServer(t, handler, func(s *httptest.Server) {
		s.EnableHTTP2 = true
		s.StartTLS()
	})
}

// http2Transport returns a transport that trusts the server.
func http2Transport(t *testing.T, server *wireServer) *http.Transport {
	t.Helper()
	shared, ok := server.Client().Transport.(*http.Transport)
	require.True(t, ok)
	transport := shared.Clone()
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

// stubAnswer is a transport that answers what the function says.
type stubAnswer func(*http.Request) (*http.Response, error)

func (f stubAnswer) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// A caller's transport may be sloppier than net/http: http.Client puts up with an
// answer without a body, and so does this package.
func TestSloppyTransports(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer *http.Response
		err    error
		check  func(*testing.T, error)
	}{
		"success without a body": {
			answer: &http.Response{StatusCode: http.StatusAccepted},
			check: func(t *testing.T, err error) {
				var unread *DecodeError
				require.ErrorAs(t, err, &unread)
				assert.True(t, unread.Accepted())
			},
		},
		"refusal without a body": {
			answer: &http.Response{StatusCode: http.StatusNotFound},
			check: func(t *testing.T, err error) {
				var missing *NotFoundError
				require.ErrorAs(t, err, &missing)
			},
		},
		"neither answer nor error": {
			check: func(t *testing.T, err error) {
				var failed *TransportError
				require.ErrorAs(t, err, &failed)
			},
		},
		"answer and error": {
			answer: &http.Response{StatusCode: http.StatusAccepted, Body: io.NopCloser(strings.NewReader(testAccepted))},
			err:    io.ErrUnexpectedEOF,
			check: func(t *testing.T, err error) {
				var unknown *OutcomeUnknownError
				require.ErrorAs(t, err, &unknown)
				require.ErrorIs(t, err, io.ErrUnexpectedEOF)
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := wireNumber(t, testBase, stubAnswer(func(*http.Request) (*http.Response, error) { return c.answer, c.err }))
			var err error
			require.NotPanics(t, func() { _, err = client.Messages.Send(t.Context(), testSend()) })
			c.check(t, err)
		})
	}
}

// A transport that edits what it was given, down to the values of the headers, changes
// neither the next attempt nor another call.
func TestTransportThatEditsItsRequest(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	seen := map[string][]string{}
	attempts := 0
	edit := stubAnswer(func(req *http.Request) (*http.Response, error) {
		mu.Lock()
		for name, values := range req.Header {
			seen[name] = append(seen[name], values...)
		}
		attempts++
		n := attempts
		mu.Unlock()
		for _, values := range req.Header {
			values[0] = "spoiled"
			_ = append(values, "spoiled")
		}
		req.Header.Set("Accept", "spoiled")
		req.URL.Path, req.URL.Host, req.Method = "/spoiled", "spoiled.example", http.MethodPatch
		if n%3 != 0 {
			return &http.Response{StatusCode: http.StatusServiceUnavailable, Body: http.NoBody, Request: req}, nil
		}
		return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(answerOf)), Request: req}, nil
	})
	number := wireNumber(t, testBase, edit)
	view := wireTenant(t, wireOptions(testBase, edit, nil)).Number("num_1")
	for range 3 {
		request := testSend()
		request.IdempotencyKey = "order-42-shipped"
		_, err := number.Messages.Send(t.Context(), request)
		require.NoError(t, err)
		require.NoError(t, view.Do(t.Context(), Request{Method: http.MethodPost, Path: "/v1/x", Body: "x", Retry: RetrySafe}, nil))
	}
	for name, want := range map[string][]string{
		"Accept": {"application/json"}, "Content-Type": {"application/json"}, "User-Agent": {userAgent},
		"Idempotency-Key": {"order-42-shipped"}, "X-Whatsapp-Number-Id": {"num_1"},
		"X-Api-Key": {testNumberKey, testTenantKey},
	} {
		assert.Subset(t, want, seen[name], name)
		assert.NotEmpty(t, seen[name], name)
	}
}

func TestAuthTransportStaysAtItsOrigin(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	next := stubAnswer(func(req *http.Request) (*http.Response, error) {
		asked.Add(1)
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: req}, nil
	})
	for _, base := range []string{"https://api.example", "https://api.example:8443", "http://127.0.0.1:8080"} {
		client := wireNumber(t, base, next)
		send := func(url string, change func(*http.Request)) (http.Header, error) {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
			require.NoError(t, err)
			if change != nil {
				change(req)
			}
			resp, err := client.transport.send(req, new([2]string))
			if resp != nil {
				resp.Body.Close()
			}
			return req.Header, err
		}
		asked.Store(0)
		header, err := send(base+"/v1/messages/1", nil)
		require.NoError(t, err)
		require.EqualValues(t, 1, asked.Load())
		assert.Equal(t, []string{testNumberKey}, header.Values("X-Api-Key"))

		for _, url := range []string{
			"http://api.example/v1/x", "https://api.example:444/v1/x", "https://api.example:8080/v1/x",
			"https://evil.example/v1/x", "https://api.example.evil.example/v1/x", "https://evil-api.example/v1/x",
			"https://sub.api.example/v1/x", "https://example/v1/x", "http://127.0.0.1/v1/x", "http://127.0.0.1:8081/v1/x",
			"http://127.0.0.2:8080/v1/x", "https://127.0.0.1:8080/v1/x", "http://localhost:8080/v1/x", "/v1/x", "//api.example",
			"http://api.example:8443/v1/x", "https://api.example@evil.example/v1/x", "https:api.example/v1/x",
		} {
			header, err := send(url, nil)
			requireValidation(t, err, "url")
			assert.Empty(t, header.Values("X-Api-Key"), url)
		}
		// The URL is right, and the request is for somebody else.
		header, err = send(base+"/v1/x", func(req *http.Request) { req.Host = "evil.example" })
		requireValidation(t, err, "url")
		assert.Empty(t, header.Values("X-Api-Key"))
		_, err = send(base+"/v1/x", func(req *http.Request) { req.URL = nil })
		requireValidation(t, err, "url")
		require.EqualValues(t, 1, asked.Load(), "no further request")
	}
}

func TestCredentialHeaders(t *testing.T) {
	t.Parallel()
	server := newWireServer(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		w.Header().Set("Set-Cookie", "session=1; Path=/")
		switch {
		case strings.HasPrefix(r.URL.Path, "/v1/numbers/check"):
			answerJSON(w, http.StatusOK, `[]`)
		case r.URL.Path == "/v1/numbers":
			answerJSON(w, http.StatusOK, `[]`)
		case strings.HasPrefix(r.URL.Path, "/v1/remote-pairing/"):
			answerJSON(w, http.StatusOK, `{"valid":true}`)
		default:
			answerJSON(w, http.StatusOK, testAccepted)
		}
	})
	transport := wireTransport(t)
	opts := wireOptions(server.URL, transport, nil)
	const keyID = "key_id_0123456789"
	do := Request{Method: http.MethodGet, Path: "/v1/things", Retry: RetrySafe}
	for name, c := range map[string]struct {
		call func(ctx context.Context) error
		want map[string]string
	}{
		"number client, key": {
			call: func(ctx context.Context) error {
				_, err := wireNumber(t, server.URL, transport).Messages.Send(ctx, testSend())
				return err
			},
			want: map[string]string{"X-Api-Key": testNumberKey},
		},
		"number client, key id": {
			call: func(ctx context.Context) error {
				client, err := NewNumberClient(APIKeyID(keyID), opts...)
				require.NoError(t, err)
				_, err = client.Messages.Send(ctx, testSend())
				return err
			},
			want: map[string]string{"X-Api-Key-Id": keyID},
		},
		"tenant client": {
			call: func(ctx context.Context) error {
				_, err := wireTenant(t, opts).Numbers.List(ctx)
				return err
			},
			want: map[string]string{"X-Api-Key": testTenantKey},
		},
		"view": {
			call: func(ctx context.Context) error {
				_, err := wireTenant(t, opts).Number("num_1").Contacts.Check(ctx, "+5511999990000")
				return err
			},
			want: map[string]string{"X-Api-Key": testTenantKey, "X-Whatsapp-Number-Id": "num_1"},
		},
		"view, key id and Do": {
			call: func(ctx context.Context) error {
				client, err := NewTenantClient(APIKeyID(keyID), opts...)
				require.NoError(t, err)
				knownKind(client.Client)
				return client.Number("num_2").Do(ctx, do, nil)
			},
			want: map[string]string{"X-Api-Key-Id": keyID, "X-Whatsapp-Number-Id": "num_2"},
		},
		"public client": {
			call: func(ctx context.Context) error {
				client, err := NewPublicClient(opts...)
				require.NoError(t, err)
				_, err = client.Pairing.Info(ctx, "token_1")
				return err
			},
		},
		"public client, Do": {
			call: func(ctx context.Context) error {
				client, err := NewPublicClient(opts...)
				require.NoError(t, err)
				return client.Do(ctx, do, nil)
			},
		},
		"pairing of a tenant client": {
			call: func(ctx context.Context) error {
				_, err := wireTenant(t, opts).Pairing.Info(ctx, "token_1")
				return err
			},
		},
	} {
		before := len(server.Requests())
		require.NoError(t, c.call(t.Context()), name)
		seen := server.Requests()[before:]
		require.Len(t, seen, 1, name)
		for _, header := range []string{"X-Api-Key", "X-Api-Key-Id", "X-Whatsapp-Number-Id"} {
			var want []string
			if value, ok := c.want[header]; ok {
				want = []string{value}
			}
			assert.Equal(t, want, seen[0].Header.Values(header), "%s: %s", name, header)
		}
		for _, header := range []string{"Authorization", "Proxy-Authorization", "Cookie", "Referer"} {
			assert.Empty(t, seen[0].Header.Values(header), "%s: %s", name, header)
		}
		all := strings.Join(append(seen[0].Header.Values("User-Agent"), seen[0].URL, string(seen[0].Body)), "\n")
		for _, secret := range []string{testNumberKey, testTenantKey, keyID} {
			assert.NotContains(t, all, secret, name)
		}
	}
}

func wireTenant(t *testing.T, opts []Option) *TenantClient {
	t.Helper()
	client, err := NewTenantClient(APIKey(testTenantKey), opts...)
	require.NoError(t, err)
	knownKind(client.Client)
	return client
}

func TestAttemptTransportNeedsACall(t *testing.T) {
	t.Parallel()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, testBase, http.NoBody)
	require.NoError(t, err)
	_, err = repeat.Transport{}.RoundTrip(req)
	require.Error(t, err)
}

// trusting returns a transport that accepts every certificate, so that nothing but
// the client itself keeps a request from a TLS server.
func trusting(t *testing.T) *http.Transport {
	t.Helper()
	transport := wireTransport(t)
	transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: true}
	return transport
}
