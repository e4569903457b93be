package pilotstatustest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

type fault = pilotstatustest.Fault

func TestFaultStatus(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	fake.Inject(
		fault{Status: 429, Code: "RATE_LIMITED", Header: http.Header{"retry-after": {"7"}}},
		fault{Status: 503, Body: "<html>busy</html>"},
		fault{Status: 400, Body: `{"message":"odd"}`, Header: http.Header{"content-type": {"application/problem+json"}}},
		fault{Status: 302, Header: http.Header{"Location": {"https://elsewhere.example.test/"}}},
		fault{Status: 204},
	)
	r := number.do(t, "POST", sendPath, text)
	assert.Equal(t, 429, r.status)
	assert.JSONEq(t, `{"error":"Too Many Requests","code":"RATE_LIMITED"}`, string(r.body))
	assert.Equal(t, "7", r.header.Get("Retry-After"))
	assert.Equal(t, "application/json", r.header.Get("Content-Type"))

	r = number.do(t, "POST", sendPath, text)
	assert.Equal(t, 503, r.status)
	assert.Equal(t, "<html>busy</html>", string(r.body))
	assert.Equal(t, "text/html; charset=utf-8", r.header.Get("Content-Type"))

	r = number.do(t, "POST", sendPath, text)
	assert.Equal(t, 400, r.status)
	assert.JSONEq(t, `{"message":"odd"}`, string(r.body))
	assert.Equal(t, []string{"application/problem+json"}, r.header.Values("Content-Type"))

	r = number.do(t, "POST", sendPath, text)
	assert.Equal(t, 302, r.status)
	assert.Equal(t, "https://elsewhere.example.test/", r.header.Get("Location"))

	r = number.do(t, "POST", sendPath, text)
	assert.Equal(t, 204, r.status)
	assert.Empty(t, r.body)

	assert.Empty(t, fake.Messages(), "none of them was processed")
	assert.Equal(t, 202, number.do(t, "POST", sendPath, text).status, "and they are used up")

	var statuses []int
	for _, request := range fake.Requests() {
		statuses = append(statuses, request.Status)
	}
	assert.Equal(t, []int{429, 503, 400, 302, 204, 202}, statuses)
}

func TestFaultStatusBeforeTheKeyIsLookedAt(t *testing.T) {
	t.Parallel()
	fake, _ := frozen(t)
	fake.Inject(fault{Status: 502})
	assert.Equal(t, 502, newCaller(t, fake.URL, "ps_unknown").do(t, "GET", "/v1/numbers", "").status)
}

func TestFaultOfOneOperation(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	fake.Inject(
		fault{Op: "Messages.Get", Status: 500},
		fault{Op: "Messages.Send", Status: 501, Times: 2},
		fault{Status: 502},
		fault{Op: "Key.List", Status: 503, Times: -1},
	)
	send := func() int { return number.do(t, "POST", sendPath, text).status }
	assert.Equal(t, []int{501, 501, 502, 202}, []int{send(), send(), send(), send()})
	for range 5 {
		assert.Equal(t, 503, number.do(t, "GET", "/v1/api-keys", "").status)
	}
	assert.Equal(t, 500, number.do(t, "GET", "/v1/messages/x", "").status)
	assert.Equal(t, 404, number.do(t, "GET", "/v1/messages/x", "").status)

	// The same path with a tenant key is another operation.
	tenant := newCaller(t, fake.URL, fake.TenantKey())
	assert.Equal(t, 200, tenant.do(t, "GET", "/v1/api-keys", "").status)
}

func TestClearFaults(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	fake.Inject(pilotstatustest.Fault{Times: -1, Status: 503}, pilotstatustest.Fault{Op: "Key.List", Status: 500})
	for range 3 {
		assert.Equal(t, 503, number.do(t, "GET", "/v1/api-keys", "").status)
	}
	fake.ClearFaults()
	assert.Equal(t, 200, number.do(t, "GET", "/v1/api-keys", "").status)
	fake.Inject(pilotstatustest.Fault{Status: 502})
	assert.Equal(t, 502, number.do(t, "GET", "/v1/api-keys", "").status, "new ones count")
}

func TestFaultAnswersAPathThatIsUnknown(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	fake.Inject(fault{Status: 200, Body: `{"new":true}`})
	r := number.do(t, "GET", "/v1/of/tomorrow", "")
	assert.Equal(t, 200, r.status)
	assert.Equal(t, `{"new":true}`, string(r.body))
}

func TestFaultAfterProcessing(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	keyed := number.with(keyHeader, "k")
	fake.Inject(fault{Status: 500, Processed: true})
	assert.Equal(t, 500, keyed.do(t, "POST", sendPath, text).status)
	require.Len(t, fake.Messages(), 1)
	r := keyed.do(t, "POST", sendPath, text)
	assert.Equal(t, 202, r.status)
	assert.Equal(t, "true", r.header.Get("Idempotent-Replayed"))
	assert.Contains(t, string(r.body), fake.Messages()[0].ID)
	assert.Len(t, fake.Messages(), 1)
}

func TestFaultBodyAndHeaderOfAGoodAnswer(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	keyed := number.with(keyHeader, "k")
	fake.Inject(fault{Body: "{", Header: http.Header{"X-Request-Id": {"r1"}}}, fault{Body: "<html>", Header: http.Header{"X-Request-Id": {"r2"}}})
	r := keyed.do(t, "POST", sendPath, text)
	assert.Equal(t, 202, r.status)
	assert.Equal(t, "{", string(r.body))
	assert.Equal(t, "r1", r.header.Get("X-Request-Id"))
	assert.Len(t, fake.Messages(), 1)

	r = keyed.do(t, "POST", sendPath, text)
	assert.Equal(t, "<html>", string(r.body))
	assert.Equal(t, "r2", r.header.Get("X-Request-Id"))
	assert.Equal(t, "text/html; charset=utf-8", r.header.Get("Content-Type"))
	assert.Equal(t, "true", r.header.Get("Idempotent-Replayed"))

	// What was remembered is the real answer.
	r = keyed.do(t, "POST", sendPath, text)
	assert.Contains(t, string(r.body), fake.Messages()[0].ID)
	assert.Empty(t, r.header.Get("X-Request-Id"))
}

func TestFaultReset(t *testing.T) {
	t.Parallel()
	for _, processed := range []bool{false, true} {
		fake, number := frozen(t)
		keyed := number.with(keyHeader, "k")
		fake.Inject(fault{Op: "Messages.Send", Reset: true, Processed: processed})
		r := keyed.try("POST", sendPath, text)
		require.ErrorIs(t, r.err, syscall.ECONNRESET)
		assert.Zero(t, lastRequest(fake).Status)
		assert.JSONEq(t, text, string(lastRequest(fake).Body))
		if processed {
			assert.Len(t, fake.Messages(), 1)
		} else {
			assert.Empty(t, fake.Messages())
		}
		again := keyed.do(t, "POST", sendPath, text)
		assert.Equal(t, 202, again.status)
		assert.Equal(t, processed, again.header.Get("Idempotent-Replayed") == "true")
		assert.Len(t, fake.Messages(), 1)
	}
}

func TestFaultTruncate(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	keyed := number.with(keyHeader, "k")
	fake.Inject(fault{TruncateAt: 9}, fault{TruncateAt: 1 << 20}, fault{Status: 503, Code: "UPSTREAM_ERROR", TruncateAt: 1})
	r := keyed.try("POST", sendPath, text)
	require.ErrorIs(t, r.err, io.ErrUnexpectedEOF)
	assert.Equal(t, 202, r.status)
	assert.Len(t, r.body, 9)
	require.Len(t, fake.Messages(), 1)

	cut := keyed.try("POST", sendPath, text)
	require.ErrorIs(t, cut.err, io.ErrUnexpectedEOF)
	whole := number.with(keyHeader, "k")
	r = whole.try("POST", sendPath, text)
	require.ErrorIs(t, r.err, io.ErrUnexpectedEOF)
	assert.Equal(t, 503, r.status)
	assert.Len(t, r.body, 1)

	r = keyed.do(t, "POST", sendPath, text)
	assert.Equal(t, fmt.Sprint(len(r.body)), cut.header.Get("Content-Length"))
	assert.Equal(t, string(r.body[:len(r.body)-1]), string(cut.body), "one byte less than all")
	assert.Len(t, fake.Messages(), 1)
}

func TestFaultDelay(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	fake.Inject(
		fault{Delay: 30 * time.Millisecond},
		fault{Delay: 30 * time.Millisecond, Status: 503},
		fault{Delay: 30 * time.Millisecond, Reset: true},
	)
	for _, status := range []int{202, 503, 0} {
		start := time.Now()
		r := number.try("POST", sendPath, text)
		assert.GreaterOrEqual(t, time.Since(start), 30*time.Millisecond)
		assert.Equal(t, status, r.status)
	}
	assert.Len(t, fake.Messages(), 1)
}

func TestDelayEndsWhenTheClientGoesAway(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	keyed := number.with(keyHeader, "k")
	fake.Inject(fault{Delay: time.Hour})
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	first := make(chan reply, 1)
	go func() { first <- keyed.until(ctx).try("POST", sendPath, text) }()
	require.Eventually(t, func() bool { return len(fake.Messages()) == 1 }, 5*time.Second, time.Millisecond)
	leave()
	require.ErrorIs(t, (<-first).err, context.Canceled)

	// The key is free for a repetition, which finds the message.
	require.Eventually(t, func() bool {
		r := keyed.try("POST", sendPath, text)
		return r.header.Get("Idempotent-Replayed") == "true"
	}, 5*time.Second, time.Millisecond)
	assert.Len(t, fake.Messages(), 1)
	assert.Zero(t, fake.Requests()[0].Status)
}

func TestResetBehindAnotherServer(t *testing.T) {
	t.Parallel()
	fake, _ := frozen(t)
	fake.Inject(fault{Reset: true}, fault{Reset: true})

	outer := httptest.NewTLSServer(fake)
	defer outer.Close()
	c := newCaller(t, outer.URL, fake.TenantKey())
	c.client.Transport = outer.Client().Transport
	r := c.try("GET", "/v1/numbers", "")
	require.ErrorIs(t, r.err, syscall.ECONNRESET)

	// Where the connection cannot be had, the answer says so.
	recorder := httptest.NewRecorder()
	fake.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/v1/numbers", http.NoBody))
	assert.Equal(t, http.StatusInternalServerError, recorder.Code)
	assert.Contains(t, recorder.Body.String(), "HTTP/1.1")
}

// wrapping is a listener whose connections are hidden, and tell of their end.
type wrapping struct {
	net.Listener
	closed chan struct{}
}

type wrappedConn struct {
	net.Conn
	closed chan struct{}
}

func (w wrapping) Accept() (net.Conn, error) {
	conn, err := w.Listener.Accept()
	return &wrappedConn{conn, w.closed}, err
}

func (w *wrappedConn) NetConn() net.Conn { return w.Conn }

func (w *wrappedConn) Close() error {
	tell(w.closed)
	return w.Conn.Close()
}

// A listener that wraps its connections hears of the end of one that is reset.
func TestResetBehindAnotherListener(t *testing.T) {
	t.Parallel()
	fake, _ := frozen(t)
	for name, start := range map[string]func(*httptest.Server){"plain": (*httptest.Server).Start, "TLS": (*httptest.Server).StartTLS} {
		fake.Inject(fault{Reset: true})
		closed := make(chan struct{}, 1)
		outer := httptest.NewUnstartedServer(fake)
		outer.Listener = wrapping{outer.Listener, closed}
		start(outer)
		c := newCaller(t, outer.URL, fake.TenantKey())
		c.client.Transport = outer.Client().Transport
		r := c.try("GET", "/v1/numbers", "")
		require.ErrorIs(t, r.err, syscall.ECONNRESET, name)
		<-closed
		outer.Close()
	}
}

func TestInjectRefusesNonsense(t *testing.T) {
	t.Parallel()
	for _, bad := range []fault{{Status: 99}, {Status: 1000}, {Status: -1}, {Op: "Messages.Sent", Status: 500}} {
		tb := &fakeTB{}
		fake := pilotstatustest.NewServer(tb)
		fake.Inject(bad, fault{Status: 500})
		assert.Len(t, tb.failures, 1, "%+v", bad)
		assert.Equal(t, 200, newCaller(t, fake.URL, fake.TenantKey()).do(t, "GET", "/v1/numbers", "").status)
		tb.end()
	}
	fake := pilotstatustest.Start()
	defer fake.Close()
	fake.Inject(fault{Status: 99})
	assert.Equal(t, 200, newCaller(t, fake.URL, fake.TenantKey()).do(t, "GET", "/v1/numbers", "").status)
}

func TestBrokenRequest(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	fake.Inject(fault{Status: 500})
	req, err := http.NewRequest(http.MethodPost, fake.URL+sendPath, io.MultiReader(strings.NewReader(text[:10]), broken{}))
	require.NoError(t, err)
	req.Header = number.header.Clone()
	resp, err := number.client.Do(req)
	if err == nil {
		resp.Body.Close()
	}
	require.Error(t, err)
	require.Eventually(t, func() bool { return len(fake.Requests()) == 1 }, 5*time.Second, time.Millisecond)
	assert.Zero(t, fake.Requests()[0].Status)
	assert.Empty(t, fake.Messages())
	assert.Equal(t, 500, number.do(t, "POST", sendPath, text).status, "the fault waits for a whole request")

	recorder := httptest.NewRecorder()
	fake.ServeHTTP(recorder, httptest.NewRequest(http.MethodPost, sendPath, broken{}))
	assert.Contains(t, recorder.Body.String(), "HTTP/1.1", "there is no answer to half a request")
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("broken") }
