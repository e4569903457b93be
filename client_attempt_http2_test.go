package pilotstatus

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A server that resets every stream after it has read the request whole sees as many
// requests as the class allows attempts: net/http by itself would repeat most of
// them without end.
func TestHTTP2StreamsThatAreReset(t *testing.T) {
	t.Parallel()
	for class, attempts := range map[RetryClass]int64{RetryNever: 1, RetryUnsent: 1, RetrySafe: 4, RetryKeyed: 4} {
		t.Run(class.String(), func(t *testing.T) {
			t.Parallel()
			server := newFrameServer(t, func(r *frameRequest) { r.reset(protocolError) })
			err := classes[class].call(t.Context(), server.number(t))
			assert.True(t, isA[*TransportError](err), "%v", err)
			assert.Equal(t, class.changes(), isA[*OutcomeUnknownError](err))
			assert.Equal(t, attempts, server.requests.Load())
		})
	}
}

// tokenTransport makes a request of its own to another host before each of ours.
type tokenTransport struct {
	tokens string
	next   http.RoundTripper
}

func (t tokenTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	own, err := http.NewRequestWithContext(req.Context(), http.MethodGet, t.tokens, nil)
	if err != nil {
		return nil, err
	}
	resp, err := t.next.RoundTrip(own)
	if err != nil {
		return nil, err
	}
	_ = resp.Body.Close()
	return t.next.RoundTrip(req)
}

// A transport that asks another HTTP/2 host first is not taken for one that repeats.
func TestHTTP2TransportWithARequestOfItsOwn(t *testing.T) {
	t.Parallel()
	start := func() *httptest.Server {
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			assert.Equal(t, 2, r.ProtoMajor)
			w.WriteHeader(http.StatusAccepted)
			_, _ = io.WriteString(w, testAccepted)
		}))
		server.EnableHTTP2 = true
		server.StartTLS()
		t.Cleanup(server.Close)
		return server
	}
	api, tokens := start(), start()
	number, err := NewNumberClient(APIKey(testNumberKey), WithBaseURL(api.URL), WithRetry(RetryPolicy{}),
		WithHTTPClient(&http.Client{Transport: tokenTransport{tokens.URL, api.Client().Transport}}))
	require.NoError(t, err)
	_, err = number.Messages.Send(t.Context(), testSend())
	require.NoError(t, err)
	_, err = number.Messages.Get(t.Context(), "msg_1")
	require.NoError(t, err)
}

// What net/http says of a connection that ended before the headers were written proves
// that another one may take the request, and nothing once they were.
func TestHTTP2ConnectionsThatEndBeforeTheHeaders(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"http2: client conn not usable", "http2: client conn could not be established", "http2: no cached connection was available",
	} {
		movable, reason := new(call).unprocessed(errors.New(text), sighting{http2: true})
		assert.True(t, movable, text)
		require.ErrorIs(t, reason, errNotWritten)
		movable, reason = new(call).unprocessed(errors.New(text), sighting{http2: true, wrote: 1})
		assert.False(t, movable, text)
		require.NoError(t, reason)
	}
}
