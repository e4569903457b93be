package pilotstatustest_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

const (
	sendPath = "/v1/messages/send"
	template = `{"destinationNumber":"+5511999999999","templateId":"onboarding-test","variables":{"name":"John"}}`
	text     = `{"destinationNumber":"+5511999999999","text":"hello","variables":{}}`
)

func epoch() time.Time { return time.Date(2026, 11, 3, 14, 5, 9, 120_000_000, time.UTC) }

// caller speaks raw HTTP with a server, as one key.
type caller struct {
	client *http.Client
	url    string
	header http.Header
	ctx    context.Context // of all its requests
}

// newCaller returns a caller whose connections are not reused, so that net/http
// never repeats a request by itself.
func newCaller(t *testing.T, url, key string) *caller {
	t.Helper()
	transport := &http.Transport{DisableKeepAlives: true}
	t.Cleanup(transport.CloseIdleConnections)
	header := http.Header{}
	if key != "" {
		header.Set("x-api-key", key)
	}
	return &caller{
		client: &http.Client{
			Transport:     transport,
			Timeout:       10 * time.Second,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		url:    url,
		header: header,
		ctx:    t.Context(),
	}
}

// with returns a caller with one header more.
func (c *caller) with(name, value string) *caller {
	more := *c
	more.header = c.header.Clone()
	more.header.Add(name, value)
	return &more
}

// until returns a caller whose requests end with a context.
func (c *caller) until(ctx context.Context) *caller {
	other := *c
	other.ctx = ctx
	return &other
}

// reply is what came back; err is why it did not, or not whole.
type reply struct {
	status int
	header http.Header
	body   []byte
	err    error
}

func (r reply) code() string {
	var body struct {
		Code string `json:"code"`
	}
	_ = json.Unmarshal(r.body, &body)
	return body.Code
}

func (c *caller) try(method, path, body string) reply {
	req, err := http.NewRequestWithContext(c.ctx, method, c.url+path, strings.NewReader(body))
	if err != nil {
		return reply{err: err}
	}
	req.Header = c.header.Clone()
	if body != "" && req.Header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.client.Do(req)
	if err != nil {
		return reply{err: err}
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return reply{status: resp.StatusCode, header: resp.Header, body: text, err: err}
}

// do is try for exchanges that work.
func (c *caller) do(t *testing.T, method, path, body string) reply {
	t.Helper()
	r := c.try(method, path, body)
	require.NoError(t, r.err)
	return r
}

// object decodes an answer that must have the status.
func (c *caller) object(t *testing.T, status int, method, path, body string) map[string]any {
	t.Helper()
	r := c.do(t, method, path, body)
	require.Equal(t, status, r.status, "%s", r.body)
	var out map[string]any
	require.NoError(t, json.Unmarshal(r.body, &out))
	return out
}

// list decodes an answer that must be a bare array.
func (c *caller) list(t *testing.T, path string) []map[string]any {
	t.Helper()
	r := c.do(t, http.MethodGet, path, "")
	require.Equal(t, http.StatusOK, r.status, "%s", r.body)
	var out []map[string]any
	require.NoError(t, json.Unmarshal(r.body, &out))
	return out
}

// frozen starts a server in which time stands still, with a caller for num_1.
func frozen(t *testing.T) (*pilotstatustest.Server, *caller) {
	t.Helper()
	fake := pilotstatustest.NewServer(t, pilotstatustest.WithClock(epoch()))
	return fake, newCaller(t, fake.URL, fake.NumberKey("num_1"))
}

func lastRequest(fake *pilotstatustest.Server) pilotstatustest.Request {
	all := fake.Requests()
	return all[len(all)-1]
}
