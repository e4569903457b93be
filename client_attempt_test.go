package pilotstatus

import (
	"errors"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// net/http takes the body a second time for a request that it could not write to a dead
// connection. It is the same body, whole.
func TestBodyIsRewoundWhole(t *testing.T) {
	t.Parallel()
	rewound := 0
	transport := roundTrip(func(req *http.Request) (*http.Response, error) {
		first, err := io.ReadAll(req.Body)
		require.NoError(t, err)
		if req.GetBody != nil {
			rewound++
			body, err := req.GetBody()
			require.NoError(t, err)
			again, err := io.ReadAll(body)
			require.NoError(t, err)
			assert.Equal(t, first, again)
		}
		return jsonResponder(200, `{}`)(req)
	})
	client, err := NewNumberClient(APIKey(testNumberKey), WithBaseURL(testBase), WithHTTPClient(&http.Client{Transport: transport}))
	require.NoError(t, err)
	for _, class := range []RetryClass{RetryNever, RetryUnsent, RetrySafe, RetryKeyed} {
		require.NoError(t, client.Do(t.Context(), Request{Method: http.MethodPost, Path: "/v1/things", Body: "x", Retry: class}, nil))
	}
	assert.Equal(t, 3, rewound, "a call with a key is never repeated by net/http")
}

// The timeout of an attempt is a timeout to those who ask net.Error.
func TestAttemptTimeoutIsANetError(t *testing.T) {
	t.Parallel()
	err, ok := errors.AsType[net.Error](error(&attemptTimeoutError{}))
	require.True(t, ok)
	assert.True(t, err.Timeout())
	assert.True(t, err.Temporary()) //nolint:staticcheck // it completes net.Error
}

// Words of this package's own are named, unknown ones too.
func TestNamesOfKinds(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "client", (forNumber | forTenant).String())
	assert.Equal(t, "RetryClass(9)", RetryClass(9).String())
	assert.Equal(t, "OutcomeKind(9)", OutcomeKind(9).String())
	assert.True(t, isWords([]any{"message.sent", "lead.received"}))
	assert.False(t, isWords([]any{"message.sent", "+55"}))
	assert.False(t, isWords(1))
}
