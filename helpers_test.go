package pilotstatus

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/require"
)

const (
	testBase      = "https://api.example"
	testNumberKey = "ps_number_key_0123456789abcdef"
	testTenantKey = "ps_tenant_key_0123456789abcdef"
	testAccepted  = `{"id":"msg_1","correlationId":"corr_1","status":"QUEUED","createdAt":"2026-11-04T12:30:00.215Z"}`
)

// fastRetries repeats three times with waits of microseconds.
func fastRetries() Option {
	return WithRetry(RetryPolicy{MaxRetries: 3, MinWait: time.Microsecond, MaxWait: time.Millisecond})
}

// recordedRequest is a request as the network would have seen it.
type recordedRequest struct {
	Method, URL string
	Header      http.Header
	Body        []byte
}

// mockAPI is an httpmock transport of its own for one test, with a record of what
// was sent. A request that no responder is registered for fails the test.
type mockAPI struct {
	*httpmock.MockTransport

	mu       sync.Mutex
	requests []recordedRequest
}

func newMockAPI(t *testing.T) *mockAPI {
	t.Helper()
	m := &mockAPI{MockTransport: httpmock.NewMockTransport()}
	m.RegisterNoResponder(func(req *http.Request) (*http.Response, error) {
		t.Errorf("unexpected request: %s %s", req.Method, req.URL)
		return httpmock.NewStringResponse(http.StatusTeapot, `{"error":"unexpected"}`), nil
	})
	return m
}

// RoundTrip records the request and hands it to httpmock.
func (m *mockAPI) RoundTrip(req *http.Request) (*http.Response, error) {
	recorded := recordedRequest{Method: req.Method, URL: req.URL.String(), Header: req.Header.Clone()}
	if req.Body != nil {
		recorded.Body, _ = io.ReadAll(req.Body)
		_ = req.Body.Close()
	}
	m.mu.Lock()
	m.requests = append(m.requests, recorded)
	m.mu.Unlock()
	return m.MockTransport.RoundTrip(req)
}

// Requests returns what was sent so far.
func (m *mockAPI) Requests() []recordedRequest {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]recordedRequest(nil), m.requests...)
}

// answer registers one JSON answer for every request of method and path.
func (m *mockAPI) answer(method, path string, status int, body string) {
	m.RegisterResponder(method, testBase+path, jsonResponder(status, body))
}

// sequence registers answers for method and path, one after the other; the last one
// stays.
func (m *mockAPI) sequence(method, path string, responders ...httpmock.Responder) {
	var mu sync.Mutex
	next := 0
	m.RegisterResponder(method, testBase+path, func(req *http.Request) (*http.Response, error) {
		mu.Lock()
		responder := responders[min(next, len(responders)-1)]
		next++
		mu.Unlock()
		return responder(req)
	})
}

// jsonResponder answers with a JSON body; header holds pairs of names and values.
func jsonResponder(status int, body string, header ...string) httpmock.Responder {
	return func(req *http.Request) (*http.Response, error) {
		resp := httpmock.NewStringResponse(status, body)
		resp.Header.Set("Content-Type", "application/json")
		for i := 0; i+1 < len(header); i += 2 {
			resp.Header.Set(header[i], header[i+1])
		}
		resp.Request = req
		return resp, nil
	}
}

func (m *mockAPI) options(opts []Option) []Option {
	return append([]Option{WithBaseURL(testBase), WithHTTPClient(&http.Client{Transport: m}), fastRetries()}, opts...)
}

func (m *mockAPI) number(t *testing.T, opts ...Option) *NumberClient {
	t.Helper()
	client, err := NewNumberClient(APIKey(testNumberKey), m.options(opts)...)
	require.NoError(t, err)
	knownKind(client.Client)
	return client
}

// knownKind tells a client that its key is of the right kind, so that a test sees the
// requests of its own calls only. client_key_kind_test.go makes its clients itself.
func knownKind(c *Client) { c.kind().learn(kindAllowed) }

func (m *mockAPI) tenant(t *testing.T, opts ...Option) *TenantClient {
	t.Helper()
	client, err := NewTenantClient(APIKey(testTenantKey), m.options(opts)...)
	require.NoError(t, err)
	knownKind(client.Client)
	return client
}

func (m *mockAPI) public(t *testing.T, opts ...Option) *PublicClient {
	t.Helper()
	client, err := NewPublicClient(m.options(opts)...)
	require.NoError(t, err)
	return client
}

// testSend is a message that every test may send.
func testSend() SendRequest {
	return SendRequest{
		To:      Phone("+5511999990000"),
		Content: TemplateContent{ID: "onboarding-test", Variables: map[string]string{"name": "Joana"}},
	}
}

// requireValidation checks that err is a *ValidationError of that field.
func requireValidation(t *testing.T, err error, field string) {
	t.Helper()
	var validation *ValidationError
	require.ErrorAs(t, err, &validation)
	require.Equal(t, field, validation.Field)
}

// bodyOf decodes a recorded JSON body.
func bodyOf(t *testing.T, r recordedRequest) map[string]any {
	t.Helper()
	var body map[string]any
	require.NoError(t, json.Unmarshal(r.Body, &body))
	return body
}

// requireAnswer returns the API's answer in err, also one behind an unknown outcome, which
// errors.As must not find.
func requireAnswer(t *testing.T, err error) *APIError {
	t.Helper()
	answer := answerIn(err)
	require.NotNil(t, answer, "%v", err)
	var unknown *OutcomeUnknownError
	var found *APIError
	require.Equal(t, !errors.As(err, &unknown), errors.As(err, &found), "%v", err)
	return answer
}
