package pilotstatus

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
)

// This file holds cases in which a later attempt must not hide what an earlier one may
// have done.

func fails(err error) httpmock.Responder {
	return func(*http.Request) (*http.Response, error) { return nil, err }
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
