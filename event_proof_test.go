package pilotstatus

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// wellFormed is a signature in the right form, of nothing.
var wellFormed = strings.Repeat("0", 64)

// untouchedBody fails the test when it is read.
type untouchedBody struct{ t *testing.T }

func (b untouchedBody) Read([]byte) (int, error) {
	b.t.Error("the body was read")
	return 0, io.EOF
}

func (untouchedBody) Close() error { return nil }

// Without a proof in the right form nothing of the body is read, and the log says why.
func TestWebhookHandlerReadsNothingWithoutAProof(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		change func(*http.Request)
		status int
		reason string
	}{
		"no signature":     {func(r *http.Request) { r.Header.Del(SignatureHeader) }, 401, "has no signature"},
		"no headers":       {func(r *http.Request) { r.Header = nil }, 401, "has no signature"},
		"short signature":  {func(r *http.Request) { r.Header.Set(SignatureHeader, wellFormed[1:]) }, 401, "has no signature"},
		"not hexadecimal":  {func(r *http.Request) { r.Header.Set(SignatureHeader, strings.Repeat("z", 64)) }, 401, "has no signature"},
		"no token":         {func(r *http.Request) { r.URL.RawQuery = "" }, 401, "does not have one token"},
		"no URL":           {func(r *http.Request) { r.URL = nil }, 401, "does not have one token"},
		"two tokens":       {func(r *http.Request) { r.URL.RawQuery = "token=tok&token=tok" }, 401, "does not have one token"},
		"another token":    {func(r *http.Request) { r.URL.RawQuery = "token=other" }, 401, "another one"},
		"announced larger": {func(r *http.Request) { r.ContentLength = 6 << 20 }, 413, "larger than the limit"},
		"method":           {func(r *http.Request) { r.Method = http.MethodPut }, 405, "not POST"},
		"encoding":         {func(r *http.Request) { r.Header.Set("Content-Encoding", "br") }, 415, "Content-Encoding is br"},
		"two encodings":    {func(r *http.Request) { r.Header["Content-Encoding"] = []string{"gzip", "gzip"} }, 415, "gzip,gzip"},
	} {
		var log bytes.Buffer
		h := newTestHandler(t, func(context.Context, Event) error { return nil }, WithWebhookToken("tok"),
			WithWebhookLogger(slog.New(slog.NewTextHandler(&log, nil))))
		r := webhookRequest(t.Context(), testDelivery)
		r.Body = untouchedBody{t}
		proof := r.Header.Get(SignatureHeader)
		row.change(r)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		assert.Equal(t, row.status, w.Code, name)
		assert.Equal(t, "close", w.Header().Get("Connection"), name)
		assert.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"), name)
		assert.Contains(t, log.String(), row.reason, name)
		assert.NotContains(t, log.String(), proof, name)
		assert.NotContains(t, log.String(), "tok&", name)
	}
}

// A wrong signature is logged too, and never shown.
func TestWebhookHandlerLogsAWrongSignature(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	h := newTestHandler(t, func(context.Context, Event) error { return nil }, WithWebhookLogger(slog.New(slog.NewTextHandler(&log, nil))))
	r := webhookRequest(t.Context(), testDelivery)
	r.Header.Set(SignatureHeader, wellFormed)
	assert.Equal(t, http.StatusUnauthorized, deliver(t, h, r))
	assert.Contains(t, log.String(), "status=401")
	assert.Contains(t, log.String(), "does not match")
	assert.NotContains(t, log.String(), wellFormed)
}

// A request without a body is an empty one.
func TestWebhookHandlerWithoutABody(t *testing.T) {
	t.Parallel()
	malformed := 0
	h := newTestHandler(t, func(_ context.Context, event Event) error {
		assert.IsType(t, &MalformedEvent{}, event)
		malformed++
		return nil
	})
	for signature, status := range map[string]int{"": 401, wellFormed: 401, signWebhook("", testWebhookSecret): 200} {
		r := (&http.Request{Method: http.MethodPost, Header: http.Header{SignatureHeader: {signature}}}).WithContext(t.Context())
		assert.Equal(t, status, deliver(t, h, r), signature)
	}
	assert.Equal(t, 1, malformed)
}

// countingListener counts the bytes that its connections read.
type countingListener struct {
	net.Listener

	read atomic.Int64
}

func (l *countingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	return countingConn{conn, &l.read}, err
}

type countingConn struct {
	net.Conn

	read *atomic.Int64
}

func (c countingConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.read.Add(int64(n))
	return n, err
}

func countingServer(t *testing.T, h http.Handler) (*httptest.Server, *countingListener) {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	listener := &countingListener{Listener: server.Listener}
	server.Listener = listener
	server.Start()
	t.Cleanup(server.Close)
	return server, listener
}

// The connection of a refused sender is closed: the server reads what came with the
// headers, and not the rest, however the body's length is told.
func TestWebhookHandlerClosesInsteadOfDraining(t *testing.T) {
	t.Parallel()
	for name, head := range map[string]string{
		"chunked":                 "Transfer-Encoding: chunked\r\n",
		"chunked, with a trailer": "Transfer-Encoding: chunked\r\nTrailer: X-End\r\n",
		"with a length":           "Content-Length: 200000\r\n",
		"large":                   "Content-Length: 4000000\r\n",
		"too large":               "Content-Length: 400000000\r\n" + SignatureHeader + ": " + wellFormed + "\r\n",
		"another encoding":        "Content-Encoding: br\r\nContent-Length: 200000\r\n" + SignatureHeader + ": " + wellFormed + "\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refusesWithoutReading(t, head)
		})
	}
}

func refusesWithoutReading(t *testing.T, head string) {
	t.Helper()
	server, listener := countingServer(t, newTestHandler(t, func(context.Context, Event) error { return nil }))
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	require.NoError(t, conn.SetDeadline(time.Now().Add(5*time.Second))) // a server that drains waits for ever
	_, err = fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: hooks\r\n%s\r\n", head)
	require.NoError(t, err)
	answered := bufio.NewReader(conn)
	resp, err := http.ReadResponse(answered, nil)
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.GreaterOrEqual(t, resp.StatusCode, 400)
	assert.True(t, resp.Close)
	// Whoever goes on sending talks to nobody.
	for range 4 {
		if _, err := fmt.Fprintf(conn, "8000\r\n%s\r\n", strings.Repeat("x", 0x8000)); err != nil {
			break
		}
	}
	_, err = answered.ReadByte()
	require.Error(t, err)
	require.NotErrorIs(t, err, os.ErrDeadlineExceeded)
	assert.Less(t, listener.read.Load(), int64(8<<10))
}

// A refused sender can read the answer although much of what it sent is never read: a
// connection that is closed at once would be reset, and the answer be lost.
func TestWebhookHandlerAnswersBeforeItCloses(t *testing.T) {
	t.Parallel()
	server, _ := countingServer(t, newTestHandler(t, func(context.Context, Event) error { return nil }))
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	_, err = fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: hooks\r\nContent-Length: 200000\r\n\r\n%s", strings.Repeat("x", 64<<10))
	require.NoError(t, err)
	answered := bufio.NewReader(conn)
	_, err = answered.Peek(1)
	require.NoError(t, err)
	time.Sleep(20 * time.Millisecond) // the server closes meanwhile
	resp, err := http.ReadResponse(answered, nil)
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, "Unauthorized", string(body))
	_, err = fmt.Fprint(conn, "x")
	require.NoError(t, err)
}

// Over HTTP/2 a sender can be refused too, and deliver again.
func TestWebhookHandlerRefusesOverHTTP2(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(newTestHandler(t, func(context.Context, Event) error { return nil }))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	for _, status := range []int{401, 200, 401, 200} {
		sent := webhookRequest(t.Context(), testDelivery)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, sent.Body)
		require.NoError(t, err)
		if status == http.StatusOK {
			r.Header = sent.Header
		}
		resp, err := server.Client().Do(r)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		assert.Equal(t, 2, resp.ProtoMajor)
		assert.Equal(t, status, resp.StatusCode)
	}
}

// A sender who has a proof in the right form and then stops sending is given up on, and
// the application sees nothing of it.
func TestWebhookHandlerEndsABodyThatTrickles(t *testing.T) {
	t.Parallel()
	h := newTestHandler(t, func(context.Context, Event) error {
		t.Error("handled")
		return nil
	}, WithWebhookReadTimeout(50*time.Millisecond))
	server, _ := countingServer(t, h)
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	_, err = fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: hooks\r\n%s: %s\r\nContent-Length: 1000\r\n\r\n{", SignatureHeader, wellFormed)
	require.NoError(t, err)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, http.StatusRequestTimeout, resp.StatusCode)
}

// The deadline is that of the body: neither handle nor the next delivery has it.
func TestWebhookHandlerDeadlineEndsWithTheBody(t *testing.T) {
	t.Parallel()
	const timeout = 100 * time.Millisecond
	h := newTestHandler(t, func(ctx context.Context, _ Event) error {
		select {
		case <-ctx.Done():
			t.Error("the sender was taken for gone")
		case <-time.After(2 * timeout):
		}
		return nil
	}, WithWebhookReadTimeout(timeout))
	server, _ := countingServer(t, h)
	for i := range 2 {
		body := strings.Replace(testDelivery, "num_1", fmt.Sprint("num_", i), 1)
		sent := webhookRequest(t.Context(), body)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, sent.Body)
		require.NoError(t, err)
		r.Header = sent.Header
		resp, err := server.Client().Do(r)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		assert.Equal(t, http.StatusOK, resp.StatusCode)
	}
}

// A writer that has no deadlines bounds the body between two reads.
func TestWebhookHandlerEndsABodyWithoutDeadlines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newTestHandler(t, func(context.Context, Event) error { return nil })
		r := webhookRequest(t.Context(), testDelivery)
		r.Body = io.NopCloser(slowReader{iotest.OneByteReader(strings.NewReader(testDelivery))})
		assert.Equal(t, http.StatusRequestTimeout, deliver(t, h, r))
	})
}

type slowReader struct{ io.Reader }

func (r slowReader) Read(p []byte) (int, error) {
	time.Sleep(time.Second)
	return r.Reader.Read(p)
}

// A server that ends requests earlier still does.
func TestWebhookHandlerKeepsTheServersReadTimeout(t *testing.T) {
	t.Parallel()
	for server, shorter := range map[*http.Server]bool{
		nil: false, {}: false, {ReadTimeout: time.Second}: true, {ReadTimeout: time.Minute}: false,
	} {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r = r.WithContext(context.WithValue(r.Context(), http.ServerContextKey, server))
		if server == nil {
			r = httptest.NewRequest(http.MethodPost, "/", nil)
		}
		assert.Equal(t, shorter, hasShorterReadTimeout(r, defaultReadTimeout))
	}
}

// A writer of a middleware passes the deadline on.
func TestWebhookHandlerSetsTheDeadlineOfTheInnerWriter(t *testing.T) {
	t.Parallel()
	h := newTestHandler(t, func(context.Context, Event) error { return nil })
	inner := &deadlineRecorder{ResponseRecorder: httptest.NewRecorder()}
	h.ServeHTTP(wrappingWriter{inner}, webhookRequest(t.Context(), testDelivery))
	assert.Equal(t, http.StatusOK, inner.Code)
	require.Len(t, inner.ends, 2)
	assert.WithinDuration(t, time.Now().Add(defaultReadTimeout), inner.ends[0], time.Second)
	assert.Zero(t, inner.ends[1])
}

type deadlineRecorder struct {
	*httptest.ResponseRecorder

	ends []time.Time
}

func (r *deadlineRecorder) SetReadDeadline(end time.Time) error {
	r.ends = append(r.ends, end)
	return nil
}

type wrappingWriter struct{ http.ResponseWriter }

func (w wrappingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// A body is read to its end, whatever length was announced.
func TestWebhookHandlerReadsTheWholeBody(t *testing.T) {
	t.Parallel()
	body := strings.Replace(testDelivery, "Loja", strings.Repeat("x", 100_000), 1)
	for _, announced := range []int64{-1, 0, 1, int64(len(body)) - 1, int64(len(body)), int64(len(body)) + 1} {
		for _, limit := range []int64{int64(len(body)) + 1, math.MaxInt64} {
			var got Event
			h := newTestHandler(t, func(_ context.Context, event Event) error {
				got = event
				return nil
			}, WithWebhookMaxBody(limit))
			r := webhookRequest(t.Context(), body)
			r.ContentLength = announced
			assert.Equal(t, http.StatusOK, deliver(t, h, r), announced)
			require.IsType(t, &NumberEvent{}, got)
			assert.Equal(t, body, string(got.Raw()))
		}
	}
}

// The largest limit is valid for decompressed bodies too.
func TestWebhookHandlerWithTheLargestLimit(t *testing.T) {
	t.Parallel()
	var got Event
	h := newTestHandler(t, func(_ context.Context, event Event) error {
		got = event
		return nil
	}, WithWebhookMaxBody(math.MaxInt64))
	r := webhookRequest(t.Context(), testDelivery)
	r.Header.Set("Content-Encoding", "gzip")
	r.Body = io.NopCloser(bytes.NewReader(deflated(t, testDelivery)))
	assert.Equal(t, http.StatusOK, deliver(t, h, r))
	assert.IsType(t, &NumberEvent{}, got)
}

// A handler signs each body anew, also after a delivery that it refused.
func TestWebhookHandlerForgetsARefusedBody(t *testing.T) {
	t.Parallel()
	h := newTestHandler(t, func(context.Context, Event) error { return nil })
	for _, status := range []int{401, 200, 401, 401, 200} {
		r := webhookRequest(t.Context(), testDelivery)
		if status != http.StatusOK {
			r.Body = io.NopCloser(strings.NewReader(testDelivery + " "))
		}
		assert.Equal(t, status, deliver(t, h, r))
	}
}

// Memory grows with what has arrived, not with what was announced and not with what it
// would inflate to.
func TestWebhookHandlerMemory(t *testing.T) { //nolint:paralleltest // memory is counted for the whole process
	h := newTestHandler(t, func(context.Context, Event) error { return nil })
	bomb := deflated(t, strings.Repeat(" ", 5<<20-1))
	for name, change := range map[string]func(*http.Request){
		"announced": func(r *http.Request) { r.ContentLength = 5 << 20 },
		"inflated": func(r *http.Request) {
			r.Header.Set("Content-Encoding", "gzip")
			r.Body = io.NopCloser(bytes.NewReader(bomb))
		},
	} {
		const posts = 20
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range posts {
			r := webhookRequest(t.Context(), "{}")
			r.Header.Set(SignatureHeader, wellFormed)
			change(r)
			assert.Equal(t, http.StatusUnauthorized, deliver(t, h, r), name)
		}
		runtime.ReadMemStats(&after)
		assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(posts*200<<10), name)
	}
}

func deflated(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

// A compressed delivery is signed over either form of its body.
func TestWebhookHandlerInflates(t *testing.T) {
	t.Parallel()
	zipped := deflated(t, testDelivery)
	const limit = 1000
	large := deflated(t, strings.Repeat(" ", limit+1))
	for name, row := range map[string]struct {
		body             []byte
		signed, encoding string
		status           int
		malformed        bool
	}{
		"over the received bytes":        {zipped, string(zipped), "gzip", 200, false},
		"over the inflated bytes":        {zipped, testDelivery, "GZIP", 200, false},
		"x-gzip":                         {zipped, testDelivery, "x-gzip", 200, false},
		"over something else":            {zipped, testDelivery + " ", "gzip", 401, false},
		"identity":                       {[]byte(testDelivery), testDelivery, "identity", 200, false},
		"inflates too far":               {large, string(large), "gzip", 413, false},
		"inflates too far, other bytes":  {large, strings.Repeat(" ", limit+1), "gzip", 413, false},
		"inflates further than is read":  {deflated(t, strings.Repeat(" ", 2*limit)), strings.Repeat(" ", 2*limit), "gzip", 413, false},
		"not gzip, signed as received":   {[]byte("no"), "no", "gzip", 200, true},
		"not gzip, not signed":           {[]byte("no"), "yes", "gzip", 401, false},
		"ends early, signed as received": {zipped[:40], string(zipped[:40]), "gzip", 200, true},
		"ends early, not signed":         {zipped[:40], testDelivery, "gzip", 401, false},
	} {
		handled := 0
		h := newTestHandler(t, func(_ context.Context, event Event) error {
			handled++
			_, malformed := event.(*MalformedEvent)
			assert.Equal(t, row.malformed, malformed, name)
			return nil
		}, WithWebhookMaxBody(limit))
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", bytes.NewReader(row.body))
		r.Header.Set(SignatureHeader, signWebhook(row.signed, testWebhookSecret))
		r.Header.Set("Content-Encoding", row.encoding)
		assert.Equal(t, row.status, deliver(t, h, r), name)
		assert.Equal(t, row.status == http.StatusOK, handled == 1, name)
	}
}

// One byte order mark is skipped after the signature, which covers it.
func TestWebhookHandlerSkipsAByteOrderMark(t *testing.T) {
	t.Parallel()
	const mark = "\ufeff"
	var events []Event
	h := newTestHandler(t, func(_ context.Context, event Event) error {
		events = append(events, event)
		return nil
	})
	assert.Equal(t, http.StatusOK, deliver(t, h, webhookRequest(t.Context(), mark+testDelivery)))
	assert.Equal(t, http.StatusOK, deliver(t, h, webhookRequest(t.Context(), mark+mark+testDelivery)))
	r := webhookRequest(t.Context(), mark+testDelivery)
	r.Header.Set(SignatureHeader, signWebhook(testDelivery, testWebhookSecret))
	assert.Equal(t, http.StatusUnauthorized, deliver(t, h, r))
	require.Len(t, events, 2)
	assert.IsType(t, &NumberEvent{}, events[0])
	assert.JSONEq(t, testDelivery, string(events[0].Raw()))
	assert.IsType(t, &MalformedEvent{}, events[1])
}

// Two handlers on one deduper each handle an event once, and so do their replicas.
func TestWebhookConsumers(t *testing.T) {
	t.Parallel()
	deduper := NewMemoryDeduper(0, 0)
	handled := map[string]int{}
	for _, name := range []string{"billing", "support", "billing"} {
		h := newTestHandler(t, func(context.Context, Event) error {
			handled[name]++
			return nil
		}, WithWebhookDeduper(deduper), WithWebhookConsumer(name))
		assert.Equal(t, http.StatusOK, deliver(t, h, webhookRequest(t.Context(), testDelivery)))
	}
	assert.Equal(t, map[string]int{"billing": 1, "support": 1}, handled)
	state, err := deduper.Claim(t.Context(), "billing:"+mustParse(t, testDelivery).DedupeKey(), time.Minute)
	require.NoError(t, err)
	assert.Equal(t, ClaimDone, state)
}
