package emulator_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/internal/emulator"
)

// site is an emulator that listens.
type site struct {
	*emulator.Emulator
	URL string
}

// open starts an emulator for a test.
func open(t *testing.T, c emulator.Config) *site {
	t.Helper()
	front := emulator.NewFront()
	server := httptest.NewServer(front)
	c.URL = server.URL
	e, err := emulator.New(c)
	require.NoError(t, err)
	front.Open(e)
	t.Cleanup(func() {
		e.Close()
		server.Close()
	})
	return &site{e, server.URL}
}

// object is a decoded answer.
type object = map[string]any

// call does a request to the JSON API and returns the status and the answer. Where a path
// begins with http it is one of a tenant.
func (s *site) call(t *testing.T, method, path string, body any) (int, object) {
	t.Helper()
	status, text := s.raw(t, method, path, body)
	var out any
	require.NoError(t, json.Unmarshal([]byte(text), &out), text)
	if list, ok := out.([]any); ok {
		return status, object{"list": list}
	}
	return status, out.(object)
}

func (s *site) raw(t *testing.T, method, path string, body any) (int, string) {
	t.Helper()
	var sent io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		require.NoError(t, err)
		sent = bytes.NewReader(data)
	}
	url := path
	if !strings.HasPrefix(path, "http") {
		url = s.URL + "/emulator/v1" + path
	}
	req, err := http.NewRequestWithContext(t.Context(), method, url, sent)
	require.NoError(t, err)
	resp, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(data)
}

// get is call for what must succeed.
func (s *site) get(t *testing.T, path string) object {
	t.Helper()
	status, out := s.call(t, http.MethodGet, path, nil)
	require.Equal(t, http.StatusOK, status, out)
	return out
}

// post is call for what must succeed.
func (s *site) post(t *testing.T, path string, body any) object {
	t.Helper()
	status, out := s.call(t, http.MethodPost, path, body)
	require.Less(t, status, 300, out)
	return out
}

// send sends a template with a number key and an idempotency key, which may be "".
func send(t *testing.T, base, apiKey, to, key string) (*pilotstatus.Accepted, error) {
	t.Helper()
	client, err := pilotstatus.NewNumberClient(pilotstatus.APIKey(apiKey), pilotstatus.WithBaseURL(base))
	require.NoError(t, err)
	defer client.CloseIdleConnections()
	return client.Messages.Send(t.Context(), pilotstatus.SendRequest{
		To: pilotstatus.Phone(to), IdempotencyKey: key,
		Content: pilotstatus.TemplateContent{ID: "onboarding-test", Variables: map[string]string{"name": "Ana"}},
	})
}

// send sends on the default tenant what must be accepted.
func (s *site) send(t *testing.T, to string) string {
	t.Helper()
	accepted, err := send(t, s.URL, s.Default().Engine.NumberKey("num_1"), to, "")
	require.NoError(t, err)
	return accepted.ID
}

// sendBody sends to one person as a program in any language does.
func sendBody(t *testing.T, base, apiKey string, body object) string {
	t.Helper()
	body["destinationNumber"] = "+5511999990001"
	data, err := json.Marshal(body)
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/v1/messages/send", bytes.NewReader(data))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Api-Key", apiKey)
	resp, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	var out struct{ ID string }
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusAccepted, resp.StatusCode, string(text))
	require.NoError(t, json.Unmarshal(text, &out))
	return out.ID
}

// waitFor waits until a message reached a status.
func (s *site) waitFor(t *testing.T, id, status string) {
	t.Helper()
	assert.Equal(t, id, first(s.get(t, "/wait?after=0&reached="+status+"&text="+id)["messages"])["id"])
}

// first returns the first element of a list.
func first(v any) object { return v.([]any)[0].(object) }

// Bounds of a wait for what happens soon.
const (
	assertWithin = 5 * time.Second
	assertEvery  = 5 * time.Millisecond
)
