package pilotstatus

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const testDelivery = `{"event":"number.created","data":{"numberId":"num_1","phone":"+5511900000001","displayName":"Loja",` +
	`"createdAt":"2026-11-02T09:30:00.000Z"}}`

func signWebhook(body, secret string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	return hex.EncodeToString(mac.Sum(nil))
}

func webhookRequest(ctx context.Context, body string) *http.Request {
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/hooks?token=tok", strings.NewReader(body))
	r.Header.Set(SignatureHeader, signWebhook(body, testWebhookSecret))
	return r
}

// deliver hands a request to the handler and returns the status. No answer may repeat
// anything of the delivery.
func deliver(t *testing.T, h http.Handler, r *http.Request) int {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	assert.Equal(t, http.StatusText(w.Code), w.Body.String())
	return w.Code
}

func newTestHandler(t *testing.T, handle func(context.Context, Event) error, opts ...WebhookOption) http.Handler {
	t.Helper()
	h, err := NewWebhookHandler(handle, append([]WebhookOption{WithWebhookSecret(testWebhookSecret)}, opts...)...)
	require.NoError(t, err)
	return h
}

func TestWebhookHandlerHandlesEachEventOnce(t *testing.T) {
	t.Parallel()
	var handled []string
	h := newTestHandler(t, func(_ context.Context, event Event) error {
		handled = append(handled, event.EventName())
		return nil
	})
	for range 3 {
		assert.Equal(t, http.StatusOK, deliver(t, h, webhookRequest(t.Context(), testDelivery)))
	}
	other := strings.Replace(testDelivery, "created", "connected", 1)
	assert.Equal(t, http.StatusOK, deliver(t, h, webhookRequest(t.Context(), other)))
	assert.Equal(t, []string{EventNumberCreated, EventNumberConnected}, handled)
}

func TestWebhookHandlerRefuses(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		status int
		change func(*http.Request)
	}{
		"GET":             {http.StatusMethodNotAllowed, func(r *http.Request) { r.Method = http.MethodGet }},
		"PUT":             {http.StatusMethodNotAllowed, func(r *http.Request) { r.Method = http.MethodPut }},
		"no signature":    {http.StatusUnauthorized, func(r *http.Request) { r.Header.Del(SignatureHeader) }},
		"wrong signature": {http.StatusUnauthorized, func(r *http.Request) { r.Header.Set(SignatureHeader, strings.Repeat("0", 64)) }},
		"another body": {http.StatusUnauthorized, func(r *http.Request) {
			r.Body = io.NopCloser(strings.NewReader(testDelivery + " "))
		}},
		"no token":    {http.StatusUnauthorized, func(r *http.Request) { r.URL.RawQuery = "" }},
		"wrong token": {http.StatusUnauthorized, func(r *http.Request) { r.URL.RawQuery = "token=other" }},
		"empty token": {http.StatusUnauthorized, func(r *http.Request) { r.URL.RawQuery = "token=" }},
		"two tokens":  {http.StatusUnauthorized, func(r *http.Request) { r.URL.RawQuery = "token=tok&token=tok" }},
		"broken body": {http.StatusBadRequest, func(r *http.Request) { r.Body = io.NopCloser(iotest.ErrReader(errors.New("the connection is gone"))) }},
		"too large": {http.StatusRequestEntityTooLarge, func(r *http.Request) {
			r.Body = io.NopCloser(strings.NewReader(strings.Repeat(" ", 2000)))
			r.ContentLength = -1
		}},
		"too large for a middleware": {http.StatusRequestEntityTooLarge, func(r *http.Request) {
			r.Body = http.MaxBytesReader(nil, r.Body, 10)
		}},
		"too large by its header": {http.StatusRequestEntityTooLarge, func(r *http.Request) { r.ContentLength = 2000 }},
	} {
		h := newTestHandler(t, func(context.Context, Event) error {
			t.Errorf("%s reached the application", name)
			return nil
		}, WithWebhookToken("tok"), WithWebhookMaxBody(1000))
		r := webhookRequest(t.Context(), testDelivery)
		row.change(r)
		assert.Equal(t, row.status, deliver(t, h, r), name)
	}
}

// Signatures may come in several headers.
func TestWebhookHandlerReadsAllSignatures(t *testing.T) {
	t.Parallel()
	h := newTestHandler(t, func(context.Context, Event) error { return nil })
	r := webhookRequest(t.Context(), testDelivery)
	r.Header[SignatureHeader] = []string{strings.Repeat("0", 64), r.Header.Get(SignatureHeader)}
	assert.Equal(t, http.StatusOK, deliver(t, h, r))
}

func TestWebhookHandlerTokenAlone(t *testing.T) {
	t.Parallel()
	h, err := NewWebhookHandler(func(context.Context, Event) error { return nil }, WithWebhookToken("tok"))
	require.NoError(t, err)
	r := webhookRequest(t.Context(), testDelivery)
	r.Header.Del(SignatureHeader)
	assert.Equal(t, http.StatusOK, deliver(t, h, r))
}

func TestWebhookHandlerNeedsAProof(t *testing.T) {
	t.Parallel()
	handle := func(context.Context, Event) error { return nil }
	for name, opts := range map[string][]WebhookOption{
		"nothing":           nil,
		"no secret":         {WithWebhookSecret()},
		"empty secret":      {WithWebhookSecret("")},
		"empty among many":  {WithWebhookSecret("a", "")},
		"empty token":       {WithWebhookToken("")},
		"both and neither":  {WithWebhookSecret("a"), WithUnverifiedWebhooks()},
		"nil option":        {nil},
		"no limit":          {WithUnverifiedWebhooks(), WithWebhookMaxBody(0)},
		"nil deduper":       {WithUnverifiedWebhooks(), WithWebhookDeduper(nil)},
		"typed nil deduper": {WithUnverifiedWebhooks(), WithWebhookDeduper((*MemoryDeduper)(nil))},
		"secrets twice":     {WithWebhookSecret("a"), WithWebhookSecret("b")},
		"token twice":       {WithWebhookToken("a"), WithWebhookToken("b")},
		"lease of no time":  {WithUnverifiedWebhooks(), WithWebhookLease(0)},
		"limit of a secret": {WithWebhookMaxBody(1)},
	} {
		_, err := NewWebhookHandler(handle, opts...)
		assert.True(t, isA[*ValidationError](err), "%s: %v", name, err)
	}
	_, err := NewWebhookHandler(nil, WithUnverifiedWebhooks())
	requireValidation(t, err, "handle")
}

// A claim is given back where the event was not handled, and the next delivery is.
func TestWebhookHandlerReleases(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	fail := func() error { return errors.New("the database is down") }
	h := newTestHandler(t, func(context.Context, Event) error { return fail() },
		WithWebhookLogger(slog.New(slog.NewTextHandler(&log, nil))))
	assert.Equal(t, http.StatusInternalServerError, deliver(t, h, webhookRequest(t.Context(), testDelivery)))
	assert.Contains(t, log.String(), "the database is down")
	log.Reset()
	fail = func() error { panic("nil map") }
	assert.Equal(t, http.StatusInternalServerError, deliver(t, h, webhookRequest(t.Context(), testDelivery)))
	assert.Contains(t, log.String(), "panic: string")
	assert.NotContains(t, log.String(), "+5511900000001")
	fail = func() error { panic(http.ErrAbortHandler) }
	assert.PanicsWithValue(t, http.ErrAbortHandler, func() { deliver(t, h, webhookRequest(t.Context(), testDelivery)) })
	fail = func() error { return nil }
	assert.Equal(t, http.StatusOK, deliver(t, h, webhookRequest(t.Context(), testDelivery)))
	fail = func() error { return errors.New("it is called again") }
	assert.Equal(t, http.StatusOK, deliver(t, h, webhookRequest(t.Context(), testDelivery)))
}

// A second delivery that arrives meanwhile waits for its turn: 503, then 200.
func TestWebhookHandlerIsBusyMeanwhile(t *testing.T) {
	t.Parallel()
	started, finish := make(chan struct{}), make(chan struct{})
	h := newTestHandler(t, func(context.Context, Event) error {
		close(started)
		<-finish
		return nil
	})
	first := make(chan int)
	go func() { first <- deliver(t, h, webhookRequest(t.Context(), testDelivery)) }()
	<-started
	assert.Equal(t, http.StatusServiceUnavailable, deliver(t, h, webhookRequest(t.Context(), testDelivery)))
	close(finish)
	assert.Equal(t, http.StatusOK, <-first)
	assert.Equal(t, http.StatusOK, deliver(t, h, webhookRequest(t.Context(), testDelivery)))
}

// The request's context reaches the application; the claim is settled after its end.
func TestWebhookHandlerContext(t *testing.T) {
	t.Parallel()
	type key struct{}
	for _, handled := range []error{nil, errors.New("no")} {
		ctx, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "value"))
		deduper := &recordingDeduper{MemoryDeduper: NewMemoryDeduper(0, 0)}
		h := newTestHandler(t, func(ctx context.Context, _ Event) error {
			assert.Equal(t, "value", ctx.Value(key{}))
			cancel()
			assert.ErrorIs(t, ctx.Err(), context.Canceled)
			return handled
		}, WithWebhookDeduper(deduper), WithWebhookLease(time.Minute))
		deliver(t, h, webhookRequest(ctx, testDelivery))
		assert.Equal(t, time.Minute, deduper.lease)
		require.NoError(t, deduper.settled)
		assert.Equal(t, handled == nil, deduper.done)
		assert.InDelta(t, settleTimeout, deduper.left, float64(time.Second))
	}
}

// recordingDeduper notes with which context a claim was settled.
type recordingDeduper struct {
	*MemoryDeduper

	lease   time.Duration
	settled error
	left    time.Duration
	done    bool
}

func (d *recordingDeduper) Claim(ctx context.Context, key string, lease time.Duration) (ClaimState, error) {
	d.lease = lease
	return d.MemoryDeduper.Claim(ctx, key, lease)
}

func (d *recordingDeduper) Done(ctx context.Context, key string) error {
	d.done = true
	return d.note(ctx, key)
}

func (d *recordingDeduper) Release(ctx context.Context, key string) error { return d.note(ctx, key) }

func (d *recordingDeduper) note(ctx context.Context, _ string) error {
	deadline, _ := ctx.Deadline()
	d.settled, d.left = ctx.Err(), time.Until(deadline)
	return nil
}

// What cannot be read is the application's to keep, but only with a proof.
func TestWebhookHandlerHandsOverWhatIsMalformed(t *testing.T) {
	t.Parallel()
	const broken = `{"event":"message.received","data":{}}`
	var got Event
	handle := func(_ context.Context, event Event) error {
		got = event
		return nil
	}
	assert.Equal(t, http.StatusOK, deliver(t, newTestHandler(t, handle), webhookRequest(t.Context(), broken)))
	malformed, ok := got.(*MalformedEvent)
	require.True(t, ok)
	assert.JSONEq(t, broken, string(malformed.Raw()))
	assert.Equal(t, EventMessageReceived, malformed.EventName())
	require.ErrorContains(t, malformed.Err, "$.data.numberId is missing")

	got = nil
	h, err := NewWebhookHandler(handle, WithUnverifiedWebhooks())
	require.NoError(t, err)
	assert.Equal(t, http.StatusBadRequest, deliver(t, h, webhookRequest(t.Context(), broken)))
	assert.Nil(t, got)
	assert.Equal(t, http.StatusOK, deliver(t, h, webhookRequest(t.Context(), testDelivery)))
	assert.NotNil(t, got)
}

type brokenDeduper struct{ claim, done, release error }

func (d brokenDeduper) Claim(context.Context, string, time.Duration) (ClaimState, error) {
	return ClaimFresh, d.claim
}
func (d brokenDeduper) Done(context.Context, string) error    { return d.done }
func (d brokenDeduper) Release(context.Context, string) error { return d.release }

func TestWebhookHandlerWithABrokenDeduper(t *testing.T) {
	t.Parallel()
	down := errors.New("down")
	for _, row := range []struct {
		deduper brokenDeduper
		handled error
		status  int
		calls   int32
	}{
		{brokenDeduper{claim: down}, nil, http.StatusServiceUnavailable, 0},
		{brokenDeduper{done: down}, nil, http.StatusOK, 1},
		{brokenDeduper{release: down}, down, http.StatusInternalServerError, 1},
	} {
		var calls atomic.Int32
		h := newTestHandler(t, func(context.Context, Event) error {
			calls.Add(1)
			return row.handled
		}, WithWebhookDeduper(row.deduper))
		assert.Equal(t, row.status, deliver(t, h, webhookRequest(t.Context(), testDelivery)))
		assert.Equal(t, row.calls, calls.Load())
	}
}

// The handler works under http.ServeMux and survives a panic on a real server.
func TestWebhookHandlerOnAServer(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.Handle("POST /hooks", newTestHandler(t, func(context.Context, Event) error { panic("out of order") }))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	for range 2 {
		r := webhookRequest(t.Context(), testDelivery)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/hooks", r.Body)
		require.NoError(t, err)
		req.Header = r.Header
		resp, err := server.Client().Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		assert.Equal(t, http.StatusInternalServerError, resp.StatusCode)
		assert.Equal(t, "text/plain; charset=utf-8", resp.Header.Get("Content-Type"))
		assert.Equal(t, int64(len("Internal Server Error")), resp.ContentLength)
	}
}

// Whatever prints a handler shows neither its secrets nor its token.
func TestWebhookHandlerPrintsNoSecret(t *testing.T) {
	t.Parallel()
	const token = "a-token-of-the-url"
	h := newTestHandler(t, func(context.Context, Event) error { return nil }, WithWebhookToken(token))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		text := fmt.Sprintf(verb, h)
		assert.NotContains(t, text, testWebhookSecret, verb)
		assert.NotContains(t, text, token, verb)
	}
}

// panickingDeduper panics where a claim is settled.
type panickingDeduper struct{ *MemoryDeduper }

func (panickingDeduper) Done(context.Context, string) error { panic("broken") }

// What was handled is not handled again because the deduper fails, however it does.
func TestWebhookHandlerSurvivesAPanickingDeduper(t *testing.T) {
	t.Parallel()
	handled := 0
	h := newTestHandler(t, func(context.Context, Event) error {
		handled++
		return nil
	}, WithWebhookDeduper(panickingDeduper{NewMemoryDeduper(0, 0)}))
	assert.Equal(t, http.StatusOK, deliver(t, h, webhookRequest(t.Context(), testDelivery)))
	assert.Equal(t, http.StatusServiceUnavailable, deliver(t, h, webhookRequest(t.Context(), testDelivery)))
	assert.Equal(t, 1, handled)
}

// Whoever outlives the lease does not give back the claim of the next.
func TestWebhookHandlerKeepsAForeignClaim(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		deduper := NewMemoryDeduper(0, 0)
		var started atomic.Int32
		h := newTestHandler(t, func(context.Context, Event) error {
			if started.Add(1) == 1 {
				time.Sleep(2 * time.Minute)
				return errors.New("too late")
			}
			time.Sleep(time.Hour)
			return nil
		}, WithWebhookDeduper(deduper), WithWebhookLease(time.Minute))
		go deliver(t, h, webhookRequest(t.Context(), testDelivery))
		time.Sleep(90 * time.Second) // the lease is over
		second := make(chan int, 1)
		go func() { second <- deliver(t, h, webhookRequest(t.Context(), testDelivery)) }()
		time.Sleep(45 * time.Second) // the first one failed, the second works
		assert.Equal(t, http.StatusServiceUnavailable, deliver(t, h, webhookRequest(t.Context(), testDelivery)))
		assert.Equal(t, http.StatusOK, <-second)
	})
}

type strangeDeduper struct{ brokenDeduper }

func (strangeDeduper) Claim(context.Context, string, time.Duration) (ClaimState, error) {
	return 7, nil
}

// Only a fresh claim is one.
func TestWebhookHandlerWithAnUnknownClaim(t *testing.T) {
	t.Parallel()
	h := newTestHandler(t, func(context.Context, Event) error {
		t.Error("handled without a claim")
		return nil
	}, WithWebhookDeduper(strangeDeduper{}))
	assert.Equal(t, http.StatusServiceUnavailable, deliver(t, h, webhookRequest(t.Context(), testDelivery)))
}
