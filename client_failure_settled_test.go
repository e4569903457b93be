package pilotstatus

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// This file holds cases in which a later attempt must not hide what an earlier one may
// have done.

func fails(err error) httpmock.Responder {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

func connectionReset() error {
	return &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
}

func dialRefused() error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
}

// A text that net/http uses for the refusal of a proxy proves nothing where no trace saw
// that no connection was obtained.
func TestStatusTextsOfATransportWithoutATrace(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"Bad Gateway", "Proxy Authentication Required", "Forbidden", "Service Unavailable"} {
		m := newMockAPI(t)
		m.RegisterResponder(http.MethodPost, testBase+"/v1/messages/send", fails(errors.New(text)))
		err := send(t.Context(), m.number(t))
		assert.Equal(t, OutcomeUnknown, Outcome(err), text)
		assert.True(t, isA[*OutcomeUnknownError](err), text)
		assert.NotContains(t, err.Error(), "proxy refused")
	}
	refusal := &proxyRefusal{status: http.StatusForbidden}
	assert.Equal(t, refusal, proxyFailure(fmt.Errorf("connect: %w", refusal), false))
}

// What an attempt under the old key may have done is not forgotten under the new one.
func TestPoolForgetsNothingWithANewKey(t *testing.T) {
	t.Parallel()
	api := newKeyAPI(t, 1)
	number := mustGet(t, api.pool(t), "num_0")
	api.set("num_0", "ps_rotated_key_2")
	api.sequence(http.MethodPut, "/v1/things", fails(connectionReset()), jsonResponder(401, ""), fails(dialRefused()))
	err := number.Do(t.Context(), Request{Method: http.MethodPut, Path: "/v1/things", Body: "x", Retry: RetrySafe}, nil)
	require.Error(t, err)
	assert.Equal(t, 4, api.sent(http.MethodPut, "/v1/things"))
	assert.Equal(t, OutcomeUnknown, Outcome(err), "%v", err)

	api = newKeyAPI(t, 1)
	number = mustGet(t, api.pool(t), "num_0")
	api.set("num_0", "ps_rotated_key_2")
	api.sequence(http.MethodPost, "/v1/messages/send",
		jsonResponder(202, `{"id":"msg_1","corr`), jsonResponder(401, ""), jsonResponder(409, `{"error":"no","code":"NUMBER_BLOCKED"}`))
	err = send(t.Context(), number)
	require.ErrorContains(t, err, "409 NUMBER_BLOCKED")
	assert.Equal(t, OutcomeAccepted, Outcome(err), "%v", err)
}

// A safe call that changes something and may have been done is not called refused.
func TestSafeUpdateThatMayHaveBeenDone(t *testing.T) {
	t.Parallel()
	later := jsonResponder(http.StatusTooManyRequests, `{"error":"slow down"}`, "Retry-After", "3600")
	gone := jsonResponder(http.StatusNotFound, `{"error":"no such webhook"}`)
	for _, test := range []struct {
		first, then httpmock.Responder
		want        OutcomeKind
	}{
		{fails(connectionReset()), later, OutcomeUnknown},
		{jsonResponder(http.StatusBadGateway, ""), gone, OutcomeUnknown},
		{fails(dialRefused()), later, OutcomeRefused},
		{jsonResponder(http.StatusTooEarly, ""), gone, OutcomeRefused},
		{later, gone, OutcomeRefused},
	} {
		m := newMockAPI(t)
		m.sequence(http.MethodPatch, "/v1/webhooks/wh_1", test.first, test.then)
		_, err := m.tenant(t).Webhooks.Update(t.Context(), "wh_1", UpdateWebhookRequest{Active: Ptr(false)})
		require.NotNil(t, requireAnswer(t, err))
		assert.Equal(t, test.want, Outcome(err), "%v", err)
	}
	m := newMockAPI(t)
	m.sequence(http.MethodGet, "/v1/messages/msg_1", fails(connectionReset()), gone)
	_, err := m.number(t).Messages.Get(t.Context(), "msg_1")
	assert.True(t, isA[*NotFoundError](err))
	assert.Equal(t, OutcomeRefused, Outcome(err))
}
