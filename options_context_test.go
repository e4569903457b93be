package pilotstatus

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestContextWithRetry(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodGet, "/v1/things", 503, `{}`)
	client := m.number(t) // three retries
	do := func(ctx context.Context) error {
		return client.Do(ctx, Request{Method: http.MethodGet, Path: "/v1/things", Retry: RetrySafe}, nil)
	}
	for _, c := range []struct {
		policy   RetryPolicy
		requests int
	}{
		{RetryPolicy{}, 1},
		{RetryPolicy{MaxRetries: 1, MaxWait: time.Millisecond}, 2},
		{RetryPolicy{MaxRetries: 6, MaxWait: time.Millisecond}, 7},
	} {
		before := len(m.Requests())
		require.Error(t, do(ContextWithRetry(t.Context(), c.policy)))
		assert.Equal(t, c.requests, len(m.Requests())-before)
	}
	before := len(m.Requests())
	require.Error(t, do(ContextWithAttemptTimeout(ContextWithRetry(t.Context(), RetryPolicy{}), time.Minute)))
	require.Error(t, do(ContextWithRetry(ContextWithAttemptTimeout(t.Context(), time.Minute), RetryPolicy{})))
	assert.Equal(t, 2, len(m.Requests())-before, "one setting of a context does not undo another")

	var none context.Context
	requireValidation(t, do(ContextWithRetry(none, RetryPolicy{})), "ctx")
	requireValidation(t, do(ContextWithRetry(t.Context(), RetryPolicy{MaxRetries: -1})), "retry policy")
	assert.Equal(t, 2, len(m.Requests())-before)
}

// A link's download obeys the context too.
func TestContextOfALinkDownload(t *testing.T) {
	t.Parallel()
	var requests int
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		requests++
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	t.Cleanup(server.Close)
	client := newMockAPI(t).number(t, WithHTTPClient(&http.Client{}))
	var resp Response
	ctx := ContextWithResponse(ContextWithRetry(t.Context(), RetryPolicy{}), &resp)
	_, err := client.Media.Download(ctx, DownloadMediaRequest{Link: server.URL}, io.Discard)
	require.Error(t, err)
	assert.Equal(t, 1, requests)
	assert.Equal(t, 503, resp.StatusCode)
	assert.Equal(t, 1, resp.Attempts)
	assert.Nil(t, resp.Header)
}

func TestContextWithResponse(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.sequence(http.MethodGet, "/v1/things",
		jsonResponder(503, `{}`), jsonResponder(200, `{}`, "X-Request-Id", "req_1", "X-Echo", testNumberKey),
		jsonResponder(403, `{"code":"ANY_REFUSAL"}`, "X-Request-Id", "req_2"))
	client := m.number(t)
	var resp Response
	do := func(ctx context.Context) error {
		return client.Do(ctx, Request{Method: http.MethodGet, Path: "/v1/things", Retry: RetrySafe}, nil)
	}
	ctx := ContextWithResponse(t.Context(), &resp)
	require.NoError(t, do(ctx))
	assert.Equal(t, 200, resp.StatusCode)
	assert.Equal(t, 2, resp.Attempts)
	assert.Equal(t, "req_1", resp.Header.Get("X-Request-Id"))
	assert.NotContains(t, resp.Header.Get("X-Echo"), testNumberKey)
	assert.Positive(t, resp.Duration)

	require.Error(t, do(ctx))
	assert.Equal(t, 403, resp.StatusCode)
	assert.Equal(t, 1, resp.Attempts)
	assert.Equal(t, "req_2", resp.Header.Get("X-Request-Id"))

	require.Error(t, do(ContextWithAttemptTimeout(ctx, 0)))
	assert.Zero(t, resp, "what a call before left is gone")
}

// The end of a call before its next attempt leaves the answer to its last one.
func TestResponseOfAnInterruptedCall(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	ctx, cancel := context.WithCancel(t.Context())
	m.RegisterResponder(http.MethodGet, testBase+"/v1/things", func(req *http.Request) (*http.Response, error) {
		time.AfterFunc(10*time.Millisecond, cancel)
		return jsonResponder(503, `{}`, "X-Request-Id", "req_1")(req)
	})
	var resp Response
	err := m.number(t, WithRetry(RetryPolicy{MaxRetries: 1, MinWait: time.Minute, MaxWait: time.Hour})).
		Do(ContextWithResponse(ctx, &resp), Request{Method: http.MethodGet, Path: "/v1/things", Retry: RetrySafe}, nil)
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, 503, resp.StatusCode)
	assert.Equal(t, "req_1", resp.Header.Get("X-Request-Id"))
}

// What the client asks for itself stays out of the caller's Response, and is repeated as
// the client's own policy says.
func TestOwnQuestionsLeaveTheCallersContextAlone(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.sequence(http.MethodGet, "/v1/branding", jsonResponder(503, `{}`), jsonResponder(200, `{}`, "X-Request-Id", "question"))
	m.answer(http.MethodGet, "/v1/webhooks", 200, `[]`)
	var resp Response
	_, err := m.unsureTenant(t).Webhooks.List(ContextWithRetry(ContextWithResponse(t.Context(), &resp), RetryPolicy{}))
	require.NoError(t, err)
	assert.Equal(t, 1, resp.Attempts)
	assert.Empty(t, resp.Header.Get("X-Request-Id"))

	m.answer(http.MethodGet, "/v1/api-keys", 403, `{"code":"ANY_REFUSAL"}`)
	pool, err := NewNumberPool(m.tenant(t))
	require.NoError(t, err)
	resp = Response{StatusCode: 1}
	_, err = pool.Get(ContextWithResponse(t.Context(), &resp), "num_1")
	require.Error(t, err)
	assert.Equal(t, Response{StatusCode: 1}, resp)
}

// CheckKey is a call of the caller: it obeys the context.
func TestContextOfCheckKey(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.sequence(http.MethodGet, "/v1/branding", jsonResponder(503, `{}`, "X-Request-Id", "req_1"))
	tenant := m.unsureTenant(t)
	var resp Response
	ctx := ContextWithRetry(ContextWithResponse(t.Context(), &resp), RetryPolicy{})
	require.Error(t, tenant.CheckKey(ctx))
	assert.Len(t, m.Requests(), 1)
	assert.Equal(t, 503, resp.StatusCode)
	assert.Equal(t, 1, resp.Attempts)
	assert.Equal(t, "req_1", resp.Header.Get("X-Request-Id"))
	requireValidation(t, tenant.CheckKey(ContextWithAttemptTimeout(ctx, 0)), "ctx")
	assert.Zero(t, resp)
	assert.Len(t, m.Requests(), 1)
}

// The answer to the last attempt is known too where it could not be read, and where there
// was none.
func TestResponseOfLostAnswers(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.sequence(http.MethodGet, "/v1/things",
		jsonResponder(200, `nonsense`, "X-Request-Id", "req_1"), fails(connectionReset()))
	client := m.number(t, WithRetry(RetryPolicy{}))
	var resp Response
	ctx := ContextWithResponse(t.Context(), &resp)
	do := Request{Method: http.MethodGet, Path: "/v1/things", Retry: RetrySafe}
	var out struct{}
	require.Error(t, client.Do(ctx, do, &out))
	assert.Equal(t, 200, resp.StatusCode)
	assert.Equal(t, "req_1", resp.Header.Get("X-Request-Id"))
	require.Error(t, client.Do(ctx, do, &out))
	assert.Zero(t, resp.StatusCode)
	assert.Nil(t, resp.Header)
	assert.Equal(t, 1, resp.Attempts)
}
