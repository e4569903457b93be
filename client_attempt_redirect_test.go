package pilotstatus

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// watchedJar counts what is asked of a cookie jar.
type watchedJar struct{ asked atomic.Int64 }

func (j *watchedJar) SetCookies(*url.URL, []*http.Cookie) { j.asked.Add(1) }

func (j *watchedJar) Cookies(*url.URL) []*http.Cookie {
	j.asked.Add(1)
	return []*http.Cookie{{Name: "session", Value: "1"}}
}

// onOtherHost makes a server listen on 127.0.0.2.
func onOtherHost(t *testing.T) func(*httptest.Server) {
	t.Helper()
	return func(s *httptest.Server) {
		listener, err := net.Listen("tcp", "127.0.0.2:0")
		require.NoError(t, err)
		s.Listener.Close()
		s.Listener = listener
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	answer := func(w http.ResponseWriter, _ *http.Request, _ int) { answerAccepted(w) }
	plain := newWireServer(t, answer, onOtherHost(t))
	secure := newWireServer(t, answer, onOtherHost(t), (*httptest.Server).StartTLS)
	// Both would answer.
	for _, other := range []*wireServer{plain, secure} {
		require.NoError(t, wireNumber(t, other.URL, trusting(t)).Do(t.Context(), Request{Method: http.MethodGet, Path: "/v1/x"}, nil))
		require.Len(t, other.Requests(), 1)
	}

	locations := map[string]string{
		"other host":            plain.URL + "/v1/messages/send",
		"other host, https":     secure.URL + "/v1/messages/send",
		"other host, no scheme": "//" + plain.Listener.Addr().String() + "/v1/x",
		"same host":             "/v1/elsewhere",
		"unparsable":            "http://[::1",
		"unparsable escape":     "%zz",
		"other scheme":          "ftp://127.0.0.2/",
		"empty":                 "",
		"missing":               "-",
	}
	statuses := []int{
		http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect,
	}
	credentials := map[string]Credential{"key": APIKey(testNumberKey), "key id": APIKeyID("key_id_0123456789")}
	calls := map[string]func(*testing.T, *NumberClient) error{
		"safe GET": func(t *testing.T, c *NumberClient) error {
			_, err := c.Messages.Get(t.Context(), "msg_1")
			return err
		},
		"keyed POST": func(t *testing.T, c *NumberClient) error {
			_, err := c.Messages.Send(t.Context(), testSend())
			return err
		},
		"unsent DELETE": func(t *testing.T, c *NumberClient) error {
			_, err := c.Messages.Cancel(t.Context(), "msg_1")
			return err
		},
		"once POST": func(t *testing.T, c *NumberClient) error {
			_, err := c.Key.Rotate(t.Context())
			return err
		},
	}
	for kind, location := range locations {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			var status atomic.Int64
			first := newWireServer(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
				if location != "-" {
					w.Header()["Location"] = []string{location}
				}
				w.Header().Set("Set-Cookie", "session=1; Path=/")
				w.WriteHeader(int(status.Load()))
			})
			jar := new(watchedJar)
			eager := &http.Client{
				Transport:     trusting(t),
				CheckRedirect: func(*http.Request, []*http.Request) error { return nil },
				Jar:           jar,
			}
			for kind, cred := range credentials {
				for _, own := range []*http.Client{{Transport: trusting(t)}, eager} {
					client, err := NewNumberClient(cred, WithBaseURL(first.URL), WithHTTPClient(own), fastRetries())
					require.NoError(t, err)
					knownKind(client.Client)
					for name, call := range calls {
						for _, s := range statuses {
							what := name + " with " + kind + " and " + strconv.Itoa(s)
							status.Store(int64(s))
							before := len(first.Requests())
							err := call(t, client)
							var apiErr *APIError
							require.ErrorAs(t, err, &apiErr, what)
							assert.Equal(t, s, apiErr.StatusCode, what)
							assert.Equal(t, 1, apiErr.Attempts, what)
							var unknown *OutcomeUnknownError
							assert.NotErrorAs(t, err, &unknown, what)
							assert.Len(t, first.Requests(), before+1, what)
						}
					}
				}
			}
			assert.Zero(t, jar.asked.Load(), "the cookie jar is not used")
			for _, request := range first.Requests() {
				assert.Empty(t, request.Header.Values("Cookie"))
			}
		})
	}
	t.Cleanup(func() {
		assert.Len(t, plain.Requests(), 1, "the other host saw no further request")
		assert.Len(t, secure.Requests(), 1, "the other host saw no further request")
		assert.Equal(t, 1, plain.Accepted(), "not even a connection")
		assert.Equal(t, 1, secure.Accepted(), "not even a connection")
	})
}

// The other statuses of the family are no redirects to a client, and no success.
func TestOtherRedirections(t *testing.T) {
	t.Parallel()
	second := newWireServer(t, func(w http.ResponseWriter, _ *http.Request, _ int) { answerAccepted(w) }, onOtherHost(t))
	for _, status := range []int{300, 304, 305, 306, 309, 399} {
		first := newWireServer(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Header().Set("Location", second.URL)
			w.WriteHeader(status)
		})
		client := wireNumber(t, first.URL, wireTransport(t))
		_, err := client.Messages.Get(t.Context(), "msg_1")
		var apiErr *APIError
		require.ErrorAs(t, err, &apiErr)
		assert.Equal(t, status, apiErr.StatusCode)
		assert.Len(t, first.Requests(), 1)
	}
	assert.Empty(t, second.Requests())
}
