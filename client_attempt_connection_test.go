package pilotstatus

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// refusedURL is a port that nobody listens on: tcpmux, which needs a privilege. A
// port that was closed a moment ago may be another test's by now.
const refusedURL = "http://127.0.0.1:1"

// wireCalls is one call of each class.
var wireCalls = map[RetryClass]func(context.Context, *NumberClient) error{
	RetrySafe: func(ctx context.Context, c *NumberClient) error {
		_, err := c.Messages.Get(ctx, "msg_1")
		return err
	},
	RetryKeyed: func(ctx context.Context, c *NumberClient) error {
		request := testSend()
		request.IdempotencyKey = "order-42-shipped"
		_, err := c.Messages.Send(ctx, request)
		return err
	},
	RetryUnsent: func(ctx context.Context, c *NumberClient) error {
		_, err := c.Messages.Cancel(ctx, "msg_1")
		return err
	},
	RetryNever: func(ctx context.Context, c *NumberClient) error {
		_, err := c.Key.Rotate(ctx)
		return err
	},
}

// requireUnknown checks that err leaves the outcome open and hands back the key of
// a keyed call.
func requireUnknown(t *testing.T, err error, class RetryClass) {
	t.Helper()
	var unknown *OutcomeUnknownError
	require.ErrorAs(t, err, &unknown)
	if class == RetryKeyed {
		require.Equal(t, "order-42-shipped", unknown.IdempotencyKey)
	} else {
		require.Empty(t, unknown.IdempotencyKey)
	}
}

// requireSettled checks that err says that the call had no effect.
func requireSettled(t *testing.T, err error) {
	t.Helper()
	require.Error(t, err)
	var unknown *OutcomeUnknownError
	require.NotErrorAs(t, err, &unknown)
}

// hangOptions give up on a server that hangs, twice. The timeout has to leave room
// for what comes before the hanging, on a busy machine too.
func hangOptions() []Option {
	return []Option{
		WithAttemptTimeout(100 * time.Millisecond),
		WithRetry(RetryPolicy{MaxRetries: 1, MinWait: time.Microsecond, MaxWait: time.Millisecond}),
	}
}

func TestServerHangsBeforeTheHeaders(t *testing.T) {
	t.Parallel()
	for class, attempts := range map[RetryClass]int{RetrySafe: 2, RetryKeyed: 2, RetryUnsent: 1, RetryNever: 1} {
		t.Run(class.String(), func(t *testing.T) {
			t.Parallel()
			server := newWireServer(t, func(_ http.ResponseWriter, r *http.Request, _ int) { hang(r) })
			client := wireNumber(t, server.URL, wireTransport(t), hangOptions()...)
			ctx := t.Context()
			err := wireCalls[class](ctx, client)
			requireTimeout(t, err)
			require.NoError(t, ctx.Err())
			var failed *TransportError
			require.ErrorAs(t, err, &failed)
			assert.Equal(t, attempts, failed.Attempts)
			assert.Len(t, server.Requests(), attempts)
			if class == RetrySafe {
				requireSettled(t, err)
			} else {
				requireUnknown(t, err, class)
			}
		})
	}
}

func TestServerHangsInTheBody(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		begin  string
		check  func(*testing.T, RetryClass, error)
	}{
		"accepted, half a body": {status: http.StatusAccepted, begin: testAccepted[:20], check: requireAccepted},
		"accepted, no body":     {status: http.StatusAccepted, check: requireAccepted},
		"all but the end":       {status: http.StatusAccepted, begin: testAccepted, check: requireAccepted},
		"failed": {status: http.StatusServiceUnavailable, begin: `{"error"`, check: func(t *testing.T, class RetryClass, err error) {
			answer := requireAnswer(t, err)
			assert.Equal(t, http.StatusServiceUnavailable, answer.StatusCode)
			assert.Equal(t, `{"error"`, string(answer.Body))
			if class != RetrySafe {
				requireUnknown(t, err, class)
			}
		}},
		"refused": {status: http.StatusBadRequest, begin: `{"error"`, check: func(t *testing.T, _ RetryClass, err error) {
			var apiErr *APIError
			require.ErrorAs(t, err, &apiErr)
			assert.Equal(t, http.StatusBadRequest, apiErr.StatusCode)
			assert.Equal(t, 1, apiErr.Attempts)
			requireSettled(t, err)
		}},
	} {
		for class, attempts := range map[RetryClass]int{RetrySafe: 2, RetryKeyed: 2, RetryUnsent: 1, RetryNever: 1} {
			if c.status == http.StatusBadRequest {
				attempts = 1
			}
			t.Run(name+", "+class.String(), func(t *testing.T) {
				t.Parallel()
				server := newWireServer(t, func(w http.ResponseWriter, r *http.Request, _ int) {
					answerPart(w, c.status, c.begin)
					hang(r)
				})
				client := wireNumber(t, server.URL, wireTransport(t), hangOptions()...)
				ctx := t.Context()
				err := wireCalls[class](ctx, client)
				require.NoError(t, ctx.Err())
				c.check(t, class, err)
				assert.Len(t, server.Requests(), attempts)
			})
		}
	}
}

func requireAccepted(t *testing.T, _ RetryClass, err error) {
	t.Helper()
	requireTimeout(t, err)
	var unread *DecodeError
	require.ErrorAs(t, err, &unread)
	require.True(t, unread.Accepted())
	// Accepted is an answer: nothing is unknown.
	requireSettled(t, err)
}

func TestAttemptTimeoutOfOneCall(t *testing.T) {
	t.Parallel()
	server := newWireServer(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		select {
		case <-r.Context().Done():
		case <-time.After(300 * time.Millisecond):
			answerAccepted(w)
		}
	})
	client := wireNumber(t, server.URL, wireTransport(t), WithAttemptTimeout(100*time.Millisecond), WithRetry(RetryPolicy{}))
	_, err := client.Messages.Send(t.Context(), testSend())
	requireTimeout(t, err)
	_, err = client.Messages.Send(ContextWithAttemptTimeout(t.Context(), wireLimit), testSend())
	require.NoError(t, err)
	assert.Len(t, server.Requests(), 2)
	_, err = client.Messages.Send(t.Context(), testSend())
	requireTimeout(t, err)

	patient := wireNumber(t, server.URL, wireTransport(t), WithRetry(RetryPolicy{}))
	_, err = patient.Messages.Send(ContextWithAttemptTimeout(t.Context(), 100*time.Millisecond), testSend())
	requireTimeout(t, err)
}

func TestConnectionRefused(t *testing.T) {
	t.Parallel()
	for class, attempts := range map[RetryClass]int{RetrySafe: 4, RetryKeyed: 4, RetryUnsent: 4, RetryNever: 1} {
		t.Run(class.String(), func(t *testing.T) {
			t.Parallel()
			var dials atomic.Int64
			transport := wireTransport(t)
			transport.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
				dials.Add(1)
				return new(net.Dialer).DialContext(ctx, network, addr)
			}
			err := wireCalls[class](t.Context(), wireNumber(t, refusedURL, transport))
			requireSettled(t, err)
			require.ErrorIs(t, err, syscall.ECONNREFUSED)
			var op *net.OpError
			require.ErrorAs(t, err, &op)
			assert.Equal(t, "dial", op.Op)
			var failed *TransportError
			require.ErrorAs(t, err, &failed)
			assert.Equal(t, attempts, failed.Attempts)
			assert.EqualValues(t, attempts, dials.Load())
		})
	}
}

// A server that is not who it should be stays so: one attempt, and no key was sent.
func TestServerThatCannotBeTrusted(t *testing.T) {
	t.Parallel()
	answer := func(w http.ResponseWriter, _ *http.Request, _ int) { answerAccepted(w) }
	for name, c := range map[string]struct {
		start func(*httptest.Server)
		url   func(*wireServer) string
		trust func(*wireServer, *http.Transport)
		check func(*testing.T, error)
	}{
		"unknown authority": {
			start: (*httptest.Server).StartTLS,
			check: func(t *testing.T, err error) {
				var unknown x509.UnknownAuthorityError
				require.ErrorAs(t, err, &unknown)
			},
		},
		"unknown authority, HTTP/2": {
			start: func(s *httptest.Server) { s.EnableHTTP2 = true; s.StartTLS() },
			trust: func(_ *wireServer, transport *http.Transport) { transport.ForceAttemptHTTP2 = true },
			check: func(t *testing.T, err error) {
				var unknown x509.UnknownAuthorityError
				require.ErrorAs(t, err, &unknown)
			},
		},
		"another name": {
			start: (*httptest.Server).StartTLS,
			url:   func(s *wireServer) string { return strings.Replace(s.URL, "127.0.0.1", "localhost", 1) },
			trust: func(s *wireServer, transport *http.Transport) {
				roots := x509.NewCertPool()
				roots.AddCert(s.Certificate())
				transport.TLSClientConfig = &tls.Config{RootCAs: roots}
			},
			check: func(t *testing.T, err error) {
				var hostname x509.HostnameError
				require.ErrorAs(t, err, &hostname)
			},
		},
		"http behind https": {
			start: (*httptest.Server).Start,
			url:   func(s *wireServer) string { return strings.Replace(s.URL, "http://", "https://", 1) },
			check: func(t *testing.T, err error) {
				var record tls.RecordHeaderError
				require.ErrorAs(t, err, &record)
			},
		},
	} {
		for class, call := range wireCalls {
			t.Run(name+", "+class.String(), func(t *testing.T) {
				t.Parallel()
				server := newWireServer(t, answer, c.start)
				url := server.URL
				if c.url != nil {
					url = c.url(server)
				}
				transport := wireTransport(t)
				if c.trust != nil {
					c.trust(server, transport)
				}
				var dials atomic.Int64
				transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
					dials.Add(1)
					return new(net.Dialer).DialContext(ctx, network, server.Listener.Addr().String())
				}
				err := call(t.Context(), wireNumber(t, url, transport))
				requireSettled(t, err)
				c.check(t, err)
				var failed *TransportError
				require.ErrorAs(t, err, &failed)
				assert.Equal(t, 1, failed.Attempts)
				assert.EqualValues(t, 1, dials.Load(), "one handshake")
				assert.Empty(t, server.Requests())
			})
		}
	}
}

// A handshake that breaks off is no verdict about the server, and nothing was sent.
func TestHandshakeThatBreaksOff(t *testing.T) {
	t.Parallel()
	for class, attempts := range map[RetryClass]int{RetrySafe: 4, RetryKeyed: 4, RetryUnsent: 4, RetryNever: 1} {
		t.Run(class.String(), func(t *testing.T) {
			t.Parallel()
			address, accepted := rawServer(t, func(conn net.Conn) {
				_, _ = conn.Read(make([]byte, 1))
			})
			err := wireCalls[class](t.Context(), wireNumber(t, "https://"+address, wireTransport(t)))
			requireSettled(t, err)
			assert.EqualValues(t, attempts, accepted.Load())
		})
	}
}

// A port that accepts and never says a word keeps a handshake waiting: the attempt
// timeout ends it, and nothing was sent. The connections are pipes, so that the time is
// the test's: on a busy machine a short timeout would end before the dialing.
func TestHandshakeThatHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var accepted atomic.Int64
		transport := wireTransport(t)
		transport.DialContext = func(context.Context, string, string) (net.Conn, error) {
			near, far := net.Pipe()
			accepted.Add(1)
			go func() { _, _ = io.Copy(io.Discard, far) }()
			return near, nil
		}
		client := wireNumber(t, "https://api.example", transport, WithAttemptTimeout(20*time.Millisecond))
		err := wireCalls[RetryUnsent](t.Context(), client)
		requireSettled(t, err)
		requireTimeout(t, err)
		assert.EqualValues(t, 4, accepted.Load())
	})
}

// rawServer serves connections with a function and closes them after it. It
// returns its address and the number of connections so far.
func rawServer(t *testing.T, serve func(net.Conn)) (string, *atomic.Int64) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var accepted atomic.Int64
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			accepted.Add(1)
			go func() {
				defer conn.Close()
				_ = conn.SetDeadline(time.Now().Add(wireLimit))
				serve(conn)
			}()
		}
	}()
	t.Cleanup(func() {
		listener.Close()
		<-ended
	})
	return listener.Addr().String(), &accepted
}

// What is no answer of HTTP at all, or one that never ends, ends the attempt.
func TestBrokenServers(t *testing.T) {
	t.Parallel()
	const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	for name, answer := range map[string]string{
		"nothing":                  "",
		"no HTTP":                  "220 mail.example ESMTP\r\n",
		"half a status line":       "HTTP/1.1 20",
		"half a header":            head + "Content-Le",
		"a body that is missing":   head + "Content-Length: 10\r\n\r\n",
		"half a chunk":             head + "Transfer-Encoding: chunked\r\n\r\n1f\r\n{\"id\"",
		"two lengths":              head + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
		"broken chunks":            head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
		"protocol switch":          "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
		"protocol switch, no word": "HTTP/1.1 101 Switching Protocols\r\n\r\n",
		"compressed, cut":          head + "Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08",
		"early hints for ever":     strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 20),
	} {
		for _, hold := range []bool{false, true} {
			what := name
			if hold {
				what += ", and holds the connection"
			}
			t.Run(what, func(t *testing.T) {
				t.Parallel()
				address, accepted := rawServer(t, func(conn net.Conn) {
					buffer := make([]byte, 64<<10)
					_, _ = conn.Read(buffer)
					_, _ = io.WriteString(conn, answer)
					if hold {
						_, _ = io.Copy(io.Discard, conn)
					}
				})
				client := wireNumber(t, "http://"+address, wireTransport(t), WithAttemptTimeout(30*time.Millisecond))
				done := make(chan error, 2)
				go func() {
					_, err := client.Messages.Get(t.Context(), "msg_1")
					done <- err
					_, err = client.Messages.Send(t.Context(), testSend())
					done <- err
				}()
				for range 2 {
					select {
					case err := <-done:
						require.Error(t, err)
						assert.NotContains(t, err.Error(), testNumberKey)
					case <-time.After(3 * time.Second):
						require.Fail(t, "the attempt timeout of 30 ms did not end the attempts")
					}
				}
				assert.NotZero(t, accepted.Load())
			})
		}
	}
}

func TestContextThatHadEnded(t *testing.T) {
	t.Parallel()
	server := newWireServer(t, func(w http.ResponseWriter, _ *http.Request, _ int) { answerAccepted(w) })
	client := wireNumber(t, server.URL, wireTransport(t))
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	expired, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	for class, call := range wireCalls {
		err := call(canceled, client)
		requireSettled(t, err)
		require.ErrorIs(t, err, context.Canceled, class)
		err = call(expired, client)
		requireSettled(t, err)
		require.ErrorIs(t, err, context.DeadlineExceeded, class)
	}
	assert.Zero(t, server.Accepted(), "not even a connection")
}

func TestContextThatEndsAfterBytesWentOut(t *testing.T) {
	t.Parallel()
	for class, call := range wireCalls {
		for _, begun := range []bool{false, true} {
			t.Run(class.String()+", answer begun "+strconv.FormatBool(begun), func(t *testing.T) {
				t.Parallel()
				arrived := make(chan struct{}, 8)
				server := newWireServer(t, func(w http.ResponseWriter, r *http.Request, _ int) {
					if begun {
						answerPart(w, http.StatusInternalServerError, `{"error"`)
					}
					arrived <- struct{}{}
					hang(r)
				})
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				go func() {
					<-arrived
					if begun {
						time.Sleep(20 * time.Millisecond) // the client is in the body by now
					}
					cancel()
				}()
				err := call(ctx, wireNumber(t, server.URL, wireTransport(t)))
				assert.Len(t, server.Requests(), 1)
				if class == RetrySafe {
					requireSettled(t, err)
				} else {
					requireUnknown(t, err, class)
				}
				if !begun {
					require.ErrorIs(t, err, context.Canceled)
					return
				}
				assert.Equal(t, http.StatusInternalServerError, requireAnswer(t, err).StatusCode)
				if class == RetrySafe || class == RetryKeyed {
					require.ErrorIs(t, err, context.Canceled, "what would have been repeated says why it was not")
				}
			})
		}
	}
}

func TestContextThatEndsInAWait(t *testing.T) {
	t.Parallel()
	for _, class := range []RetryClass{RetrySafe, RetryKeyed} {
		t.Run(class.String(), func(t *testing.T) {
			t.Parallel()
			server := newWireServer(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
				w.Header().Set("Retry-After", "1")
				answerJSON(w, http.StatusServiceUnavailable, `{"error":"later","code":"SOME_CODE"}`)
			})
			waiting := make(chan struct{}, 1)
			client := wireNumber(t, server.URL, wireTransport(t),
				WithRetry(RetryPolicy{MaxRetries: 3, MinWait: time.Millisecond, MaxWait: 8 * time.Second}),
				WithObserver(func(_ context.Context, a Attempt) {
					assert.True(t, a.Retry)
					waiting <- struct{}{}
				}))
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			go func() {
				<-waiting
				time.Sleep(5 * time.Millisecond)
				cancel()
			}()
			start := time.Now()
			err := wireCalls[class](ctx, client)
			assert.Less(t, time.Since(start), time.Second, "it did not wait to the end")
			require.ErrorIs(t, err, context.Canceled)
			assert.Equal(t, http.StatusServiceUnavailable, requireAnswer(t, err).StatusCode)
			assert.Equal(t, class == RetrySafe, errors.Is(err, ErrorCode("SOME_CODE")), "an unknown outcome is no refusal")
			assert.Len(t, server.Requests(), 1)
			if class == RetryKeyed {
				requireUnknown(t, err, class)
			} else {
				requireSettled(t, err)
			}
		})
	}
}

func TestDeadlineBeforeTheNextAttempt(t *testing.T) {
	t.Parallel()
	server := newWireServer(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.Header().Set("Retry-After", "7")
		answerJSON(w, http.StatusServiceUnavailable, `{"error":"later"}`)
	})
	client := wireNumber(t, server.URL, wireTransport(t),
		WithRetry(RetryPolicy{MaxRetries: 3, MinWait: time.Millisecond, MaxWait: 8 * time.Second}))
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	start := time.Now()
	err := wireCalls[RetrySafe](ctx, client)
	assert.Less(t, time.Since(start), 2*time.Second, "it did not wait")
	require.NoError(t, ctx.Err())
	require.NotErrorIs(t, err, context.DeadlineExceeded)
	var apiErr *APIError
	require.ErrorAs(t, err, &apiErr)
	assert.Equal(t, http.StatusServiceUnavailable, apiErr.StatusCode)
	assert.Equal(t, 7*time.Second, apiErr.RetryAfter)
	requireSettled(t, err)
	assert.Len(t, server.Requests(), 1)
	requireUnknown(t, wireCalls[RetryKeyed](ctx, client), RetryKeyed)
	assert.Len(t, server.Requests(), 2)
}

// breakOff is a way in which a server ends an exchange without the answer to it.
type breakOff func(*testing.T, http.ResponseWriter)

var breakOffs = map[string]breakOff{
	"reset": reset,
	"close": func(t *testing.T, w http.ResponseWriter) { hijack(t, w).Close() },
	"half a status line": func(t *testing.T, w http.ResponseWriter) {
		conn := hijack(t, w)
		_, _ = io.WriteString(conn, "HTTP/1.1 2")
		conn.Close()
	},
}

// What may have been processed is not repeated, whoever would do it: this package,
// or net/http behind its back, which does so on a connection that served before.
func TestLostCallIsSeenOnce(t *testing.T) {
	t.Parallel()
	for name, breakOff := range breakOffs {
		for _, warm := range []bool{false, true} {
			for kind, c := range map[string]struct {
				class RetryClass
				call  func(context.Context, *NumberClient) error
				opts  []Option
			}{
				"unsent DELETE": {class: RetryUnsent, call: wireCalls[RetryUnsent]},
				"once POST":     {class: RetryNever, call: wireCalls[RetryNever]},
				"unsent GET":    {class: RetryUnsent, call: doCall(http.MethodGet, RetryUnsent, nil)},
				"once GET":      {class: RetryNever, call: doCall(http.MethodGet, RetryNever, nil)},
				"unsent GET with a body": {
					class: RetryUnsent, call: doCall(http.MethodGet, RetryUnsent, map[string]int{"a": 1}),
				},
				"unsent POST":    {class: RetryUnsent, call: doCall(http.MethodPost, RetryUnsent, map[string]int{"a": 1})},
				"unsent PUT":     {class: RetryUnsent, call: doCall(http.MethodPut, RetryUnsent, nil)},
				"unsent PATCH":   {class: RetryUnsent, call: doCall(http.MethodPatch, RetryUnsent, nil)},
				"empty DELETE":   {class: RetryUnsent, call: doCall(http.MethodDelete, RetryUnsent, nil)},
				"one keyed send": {class: RetryKeyed, call: wireCalls[RetryKeyed], opts: []Option{WithRetry(RetryPolicy{})}},
			} {
				t.Run(kind+", "+name+", warm "+strconv.FormatBool(warm), func(t *testing.T) {
					t.Parallel()
					var lost atomic.Int64
					server := newWireServer(t, func(w http.ResponseWriter, r *http.Request, _ int) {
						if r.URL.Path == "/v1/warm" {
							answerJSON(w, http.StatusOK, `{}`)
							return
						}
						lost.Add(1)
						breakOff(t, w)
					})
					client := wireNumber(t, server.URL, wireTransport(t), c.opts...)
					if warm {
						require.NoError(t, client.Do(t.Context(), Request{Method: http.MethodGet, Path: "/v1/warm"}, nil))
					}
					err := c.call(t.Context(), client)
					require.EqualValues(t, 1, lost.Load(), "requests that the server saw")
					requireUnknown(t, err, c.class)
					require.Equal(t, 1, server.Accepted(), "connections")
				})
			}
		}
	}
}

func doCall(method string, class RetryClass, body any) func(context.Context, *NumberClient) error {
	return func(ctx context.Context, c *NumberClient) error {
		return c.Do(ctx, Request{Method: method, Path: "/v1/lost", Retry: class, Body: body}, nil)
	}
}

// The measure of TestLostCallIsSeenOnce: in the same place net/http on its own
// repeats a GET, and a POST with an Idempotency-Key.
func TestNetHTTPRepeatsByItself(t *testing.T) {
	t.Parallel()
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		var lost atomic.Int64
		server := newWireServer(t, func(w http.ResponseWriter, r *http.Request, _ int) {
			if r.URL.Path == "/v1/warm" {
				answerJSON(w, http.StatusOK, `{}`)
				return
			}
			lost.Add(1)
			hijack(t, w).Close()
		})
		plain := &http.Client{Transport: wireTransport(t)}
		do := func(path string) error {
			req, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(""))
			require.NoError(t, err)
			req.Header.Set("Idempotency-Key", "order-42-shipped")
			resp, err := plain.Do(req)
			if err != nil {
				return err
			}
			defer resp.Body.Close()
			_, err = io.Copy(io.Discard, resp.Body)
			return err
		}
		require.NoError(t, do("/v1/warm"))
		require.Error(t, do("/v1/lost"))
		require.EqualValues(t, 2, lost.Load())
	}
}

// A connection that died while nobody used it costs nobody his call, as long as it
// can be told that the call was not sent or may be repeated.
func TestConnectionThatDiedInTheMeantime(t *testing.T) {
	t.Parallel()
	for class, call := range wireCalls {
		if class == RetryNever {
			continue
		}
		t.Run(class.String(), func(t *testing.T) {
			t.Parallel()
			server := newWireServer(t, func(w http.ResponseWriter, r *http.Request, _ int) {
				if r.Method == http.MethodDelete {
					answerJSON(w, http.StatusOK, `{"cancelled":1}`)
					return
				}
				answerAccepted(w)
			})
			var closed atomic.Int64
			transport := wireTransport(t)
			transport.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
				conn, err := new(net.Dialer).DialContext(ctx, network, addr)
				return closedConn{conn, &closed}, err
			}
			client := wireNumber(t, server.URL, transport)
			require.NoError(t, call(t.Context(), client))
			server.CloseClientConnections()
			if class == RetryUnsent {
				// The client has to notice before it writes: later, nobody knows.
				eventually(t, func() bool { return closed.Load() > 0 }, "the client has not noticed")
			}
			require.NoError(t, call(t.Context(), client))
			assert.Equal(t, 2, server.Accepted())
		})
	}
}

// closedConn counts how often connections are closed.
type closedConn struct {
	net.Conn

	closed *atomic.Int64
}

func (c closedConn) Close() error {
	c.closed.Add(1)
	return c.Conn.Close()
}

// An answer of success that breaks off says that the call was done: to repeat it is
// safe with a key or where nothing is changed, and wrong everywhere else.
func TestTruncatedSuccess(t *testing.T) {
	t.Parallel()
	const half = `{"cancelled":["msg_1`
	for name, answer := range map[string]func(http.ResponseWriter, int){
		"the connection ends early": func(w http.ResponseWriter, status int) {
			answerPart(w, status, half)
			panic(http.ErrAbortHandler)
		},
		"the body is whole and its JSON is not": func(w http.ResponseWriter, status int) {
			answerJSON(w, status, half)
		},
	} {
		for class, attempts := range map[RetryClass]int{RetrySafe: 4, RetryKeyed: 4, RetryUnsent: 1, RetryNever: 1} {
			t.Run(name+", "+class.String(), func(t *testing.T) {
				t.Parallel()
				server := newWireServer(t, func(w http.ResponseWriter, _ *http.Request, _ int) { answer(w, http.StatusOK) })
				err := wireCalls[class](t.Context(), wireNumber(t, server.URL, wireTransport(t)))
				var unread *DecodeError
				require.ErrorAs(t, err, &unread)
				assert.True(t, unread.Accepted())
				require.ErrorIs(t, err, io.ErrUnexpectedEOF)
				assert.Len(t, unread.Body, len(half))
				assert.Len(t, server.Requests(), attempts)
			})
		}
	}
}

// A call that the API takes once is not repeated on any status, 429 included.
func TestOnceIsOnce(t *testing.T) {
	t.Parallel()
	for _, status := range []int{408, 409, 429, 500, 501, 502, 503, 504} {
		server := newWireServer(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
			answerJSON(w, status, `{"error":"no","code":"IDEMPOTENCY_KEY_IN_USE"}`)
		})
		err := wireCalls[RetryNever](t.Context(), wireNumber(t, server.URL, wireTransport(t)))
		assert.Equal(t, status, requireAnswer(t, err).StatusCode)
		assert.Len(t, server.Requests(), 1, status)
		var unknown *OutcomeUnknownError
		assert.Equal(t, status != 429 && status != 501, errors.As(err, &unknown), status)
	}
	server := newWireServer(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		if n == 1 {
			answerJSON(w, http.StatusTooManyRequests, `{"error":"slower"}`)
			return
		}
		answerJSON(w, http.StatusOK, `{"cancelled":1}`)
	})
	// An unsent call is: a 429 was refused before the work began.
	require.NoError(t, wireCalls[RetryUnsent](t.Context(), wireNumber(t, server.URL, wireTransport(t))))
	assert.Len(t, server.Requests(), 2)
}

func TestSendSurvivesBrokenExchanges(t *testing.T) {
	t.Parallel()
	breaks := map[string]func(*testing.T, http.ResponseWriter, *http.Request){
		"half a body": func(_ *testing.T, w http.ResponseWriter, _ *http.Request) {
			answerPart(w, http.StatusAccepted, testAccepted[:40])
			panic(http.ErrAbortHandler)
		},
		"half of the JSON": func(_ *testing.T, w http.ResponseWriter, _ *http.Request) {
			answerJSON(w, http.StatusAccepted, testAccepted[:40])
		},
		"no end of the chunks": func(_ *testing.T, w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, testAccepted)
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		},
		"hangs": func(_ *testing.T, _ http.ResponseWriter, r *http.Request) { hang(r) },
		"hangs in the body": func(_ *testing.T, w http.ResponseWriter, r *http.Request) {
			answerPart(w, http.StatusAccepted, testAccepted[:40])
			hang(r)
		},
		"503 with HTML": func(_ *testing.T, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, "<html>busy</html>")
		},
	}
	for name, breakOff := range breakOffs {
		breaks[name] = func(t *testing.T, w http.ResponseWriter, _ *http.Request) { breakOff(t, w) }
	}
	for name, broken := range breaks {
		for _, times := range []int{1, 3} {
			t.Run(name+" "+strconv.Itoa(times), func(t *testing.T) {
				t.Parallel()
				server := newWireServer(t, func(w http.ResponseWriter, r *http.Request, n int) {
					if n <= times {
						broken(t, w, r)
						return
					}
					answerAccepted(w)
				})
				opts := []Option{WithAttemptTimeout(wireLimit)}
				if strings.HasPrefix(name, "hangs") {
					opts = []Option{WithAttemptTimeout(250 * time.Millisecond)}
				}
				accepted, err := wireNumber(t, server.URL, wireTransport(t), opts...).Messages.Send(t.Context(), testSend())
				require.NoError(t, err)
				assert.Equal(t, "msg_1", accepted.ID)
				seen := server.Requests()
				require.Len(t, seen, times+1)
				for _, request := range seen {
					assert.Equal(t, []string{accepted.IdempotencyKey}, request.Header.Values("Idempotency-Key"))
					assert.Equal(t, seen[0].Body, request.Body)
					assert.Equal(t, strconv.Itoa(len(seen[0].Body)), request.Header.Get("Content-Length"))
				}
				assert.NotEmpty(t, seen[0].Body)
				assert.NotEmpty(t, accepted.IdempotencyKey)
			})
		}
	}
}

// A server that ends the connection without having read the request may have got
// it all the same, as far as the client can know.
func TestResetBeforeTheRequestWasRead(t *testing.T) {
	t.Parallel()
	for class, attempts := range map[RetryClass]int64{RetrySafe: 4, RetryKeyed: 4, RetryUnsent: 1, RetryNever: 1} {
		t.Run(class.String(), func(t *testing.T) {
			t.Parallel()
			address, accepted := rawServer(t, func(conn net.Conn) {
				_, _ = conn.Read(make([]byte, 1)) // the client has its connection by now
				if tcp, ok := conn.(*net.TCPConn); assert.True(t, ok) {
					assert.NoError(t, tcp.SetLinger(0))
				}
			})
			err := wireCalls[class](t.Context(), wireNumber(t, "http://"+address, wireTransport(t)))
			require.Error(t, err)
			assert.Equal(t, attempts, accepted.Load())
			if class == RetrySafe {
				requireSettled(t, err)
			} else {
				requireUnknown(t, err, class)
			}
		})
	}
}

// An answer may come before the request is sent to its end: net/http still reads
// the body of that attempt while the next one goes out on another connection.
func TestAnswerBeforeTheEndOfTheRequest(t *testing.T) {
	t.Parallel()
	const buffer = 16 << 10 // of the connections, so that the request does not fit
	text := strings.Repeat("0123456789abcdef", buffer)
	var count atomic.Int64
	whole := make(chan bool, 4)
	small := func(conn net.Conn) {
		if tcp, ok := conn.(*net.TCPConn); assert.True(t, ok) {
			assert.NoError(t, tcp.SetReadBuffer(buffer))
			assert.NoError(t, tcp.SetWriteBuffer(buffer))
		}
	}
	address, _ := rawServer(t, func(conn net.Conn) {
		small(conn)
		req, err := http.ReadRequest(bufio.NewReader(conn))
		if err != nil {
			return // a connection for later
		}
		if count.Add(1) == 1 {
			_, _ = io.WriteString(conn, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\n{}")
			time.Sleep(20 * time.Millisecond) // the next attempt is on its way
			_, _ = io.Copy(io.Discard, req.Body)
			return
		}
		body, _ := io.ReadAll(req.Body)
		whole <- string(body) == `"`+text+`"`
		_, _ = io.WriteString(conn, "HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
	})
	transport := wireTransport(t)
	transport.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, addr)
		if err == nil {
			small(conn)
		}
		return conn, err
	}
	client := wireNumber(t, "http://"+address, transport)
	err := client.Do(t.Context(), Request{Method: http.MethodPost, Path: "/v1/things", Body: text, Retry: RetryKeyed}, nil)
	require.NoError(t, err)
	assert.Greater(t, count.Load(), int64(1))
	assert.True(t, <-whole, "the next attempt sends all bytes")
}

// A server that refuses before it has read the request, and closes: its answer counts,
// although the rest of the request cannot be written any more.
func TestEarlyRefusal(t *testing.T) {
	t.Parallel()
	const refusal = `{"error":"too large","code":"BODY_TOO_LARGE"}`
	for class, retry := range map[string]RetryClass{"once": RetryNever, "unsent": RetryUnsent, "safe": RetrySafe, "keyed": RetryKeyed} {
		t.Run(class, func(t *testing.T) {
			t.Parallel()
			address, accepted := rawServer(t, func(conn net.Conn) {
				if _, err := http.ReadRequest(bufio.NewReader(conn)); err != nil {
					return
				}
				_, _ = io.WriteString(conn, "HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: "+
					strconv.Itoa(len(refusal))+"\r\n\r\n"+refusal)
			})
			client := wireNumber(t, "http://"+address, wireTransport(t))
			body := strings.Repeat("x", 1<<20)
			for n := range 10 {
				err := client.Do(t.Context(), Request{Method: http.MethodPost, Path: "/v1/things", Body: body, Retry: retry}, nil)
				require.ErrorIs(t, err, ErrorCode("BODY_TOO_LARGE"))
				requireSettled(t, err)
				assert.EqualValues(t, n+1, accepted.Load())
			}
		})
	}
}

// A transport may read the body of a request after it has answered, and close it
// then: another attempt does not get in its way.
func TestTransportThatReadsLate(t *testing.T) {
	t.Parallel()
	var attempts atomic.Int64
	bodies := make(chan string, 4)
	again := make(chan struct{})
	client := wireNumber(t, testBase, stubAnswer(func(req *http.Request) (*http.Response, error) {
		n := attempts.Add(1)
		if n == 2 {
			close(again)
		}
		go func() {
			<-again
			body, _ := io.ReadAll(req.Body)
			req.Body.Close()
			bodies <- req.Header.Get("Idempotency-Key") + string(body)
		}()
		if n < 4 {
			return &http.Response{StatusCode: http.StatusServiceUnavailable, Body: http.NoBody, Request: req}, nil
		}
		return &http.Response{StatusCode: http.StatusAccepted, Body: io.NopCloser(strings.NewReader(testAccepted)), Request: req}, nil
	}))
	accepted, err := client.Messages.Send(t.Context(), testSend())
	require.NoError(t, err)
	first := <-bodies
	assert.Contains(t, first, accepted.IdempotencyKey+`{"destinationNumber":`)
	for range 3 {
		assert.Equal(t, first, <-bodies)
	}
}

// stubLimiter lets so many attempts pass and then gives up, as a rate limiter does
// that sees that the deadline comes first.
type stubLimiter struct {
	passes atomic.Int64
	err    error
}

func (l *stubLimiter) Wait(context.Context) error {
	if l.passes.Add(-1) < 0 {
		return l.err
	}
	return nil
}

func TestLimiterThatGivesUpBetweenAttempts(t *testing.T) {
	t.Parallel()
	for _, class := range []RetryClass{RetrySafe, RetryKeyed} {
		t.Run(class.String(), func(t *testing.T) {
			t.Parallel()
			server := newWireServer(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
				answerJSON(w, http.StatusServiceUnavailable, `{"error":"later"}`)
			})
			limiter := &stubLimiter{err: errors.New("the next turn is after the deadline")}
			limiter.passes.Store(2)
			var observed []int
			client := wireNumber(t, server.URL, wireTransport(t), WithLimiter(limiter),
				WithObserver(func(_ context.Context, a Attempt) { observed = append(observed, a.Index) }))
			err := wireCalls[class](t.Context(), client)
			require.ErrorIs(t, err, limiter.err)
			assert.Len(t, server.Requests(), 2)
			assert.Equal(t, []int{1, 2}, observed, "an attempt is observed once, and what was no attempt is not")
			if class == RetryKeyed {
				requireUnknown(t, err, class)
			}
			assert.Equal(t, http.StatusServiceUnavailable, requireAnswer(t, err).StatusCode, "the last answer is not lost")
		})
	}
}
