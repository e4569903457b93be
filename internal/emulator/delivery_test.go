package emulator_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/internal/emulator"
)

// counter is a server that counts its requests.
func counter(t *testing.T, handle http.HandlerFunc) (url string, count *atomic.Int64) {
	t.Helper()
	count = new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		count.Add(1)
		if handle != nil {
			handle(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL, count
}

// A delivery leads to this machine alone, follows no redirect, and is shown with the flag
// that would let it go elsewhere.
func TestDeliveriesStayHere(t *testing.T) {
	t.Parallel()
	elsewhere, asked := counter(t, nil)
	redirect, _ := counter(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere, http.StatusTemporaryRedirect)
	})
	s := open(t, emulator.Config{})
	s.Default().Engine.Tenant().DeliveryRetries(0, 0)
	for _, url := range []string{redirect, "http://169.254.169.254/latest", "http://10.0.0.1:1", "http://[fe80::1]:1", "http://0.0.0.0:1", "http://[::ffff:10.0.0.1]:1"} {
		s.post(t, "/webhooks", object{"numberId": "num_1", "url": url, "events": []any{"message.sent"}})
	}
	s.send(t, "+5511999990001")
	s.post(t, "/clock/advance", object{"by": "1s"})
	require.NoError(t, s.Default().Engine.Flush(t.Context()))
	deliveries := s.get(t, "/deliveries?event=message.sent")["deliveries"].([]any)
	require.Len(t, deliveries, 6)
	for _, d := range deliveries {
		attempt := first(d.(object)["attempts"])
		if attempt["url"] == redirect {
			assert.EqualValues(t, http.StatusTemporaryRedirect, attempt["status"])
			continue
		}
		assert.EqualValues(t, 0, attempt["status"], attempt)
		assert.Contains(t, attempt["error"], "-deliver-to", attempt)
	}
	assert.Zero(t, asked.Load())
}

// What is not on this machine is allowed by its host.
func TestDeliverTo(t *testing.T) {
	t.Parallel()
	s := open(t, emulator.Config{DeliverTo: []string{"192.0.2.1"}})
	s.Default().Engine.Tenant().DeliveryRetries(0, 0)
	s.Default().Engine.Tenant().DeliveryTimeout(1)
	s.post(t, "/webhooks", object{"numberId": "num_1", "url": "http://192.0.2.1:1/", "events": []any{"message.sent"}})
	s.send(t, "+5511999990001")
	s.post(t, "/clock/advance", object{"by": "1s"})
	require.NoError(t, s.Default().Engine.Flush(t.Context()))
	attempt := first(first(s.get(t, "/deliveries")["deliveries"])["attempts"])
	assert.NotContains(t, attempt["error"], "-deliver-to")
	assert.NotEmpty(t, attempt["error"])
}

// Nothing that a message names is fetched.
func TestNamedFilesAreNotFetched(t *testing.T) {
	t.Parallel()
	url, asked := counter(t, nil)
	s := open(t, emulator.Config{})
	client, err := pilotstatus.NewNumberClient(pilotstatus.APIKey(s.Default().Engine.NumberKey("num_1")), pilotstatus.WithBaseURL(s.URL))
	require.NoError(t, err)
	accepted, err := client.Messages.Send(t.Context(), pilotstatus.SendRequest{
		To:      pilotstatus.Phone("+5511999990001"),
		Content: pilotstatus.MediaContent{Type: pilotstatus.MediaTypeImage, Source: url + "/a.png", Caption: "See"},
	})
	require.NoError(t, err)
	s.post(t, "/clock/advance", object{"by": "1m"})
	media := s.get(t, "/messages/"+accepted.ID)["content"].(object)["media"].(object)
	assert.Equal(t, url+"/a.png", media["url"])
	status, out := s.call(t, http.MethodGet, "/messages/"+accepted.ID+"/files/media", nil)
	assert.Equal(t, http.StatusNotFound, status)
	assert.Equal(t, "NO_SUCH_FILE", out["code"])
	assert.Zero(t, asked.Load())
}

// A delivery can be made again, twice, with a wrong signature, and out of order.
func TestDeliverAgain(t *testing.T) {
	t.Parallel()
	url, asked := counter(t, func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })
	s := open(t, emulator.Config{Webhooks: []string{url}})
	id := s.send(t, "+5511999990001")
	s.post(t, "/clock/advance", object{"by": "1s"})
	require.NoError(t, s.Default().Engine.Flush(t.Context()))
	before := asked.Load()
	d := first(s.get(t, "/deliveries?message="+id)["deliveries"])
	again := s.post(t, "/deliveries/"+d["id"].(string)+"/again", object{"times": 2})
	assert.Equal(t, before+2, asked.Load())
	assert.Len(t, again["attempts"], 3)
	again = s.post(t, "/deliveries/"+d["id"].(string)+"/again", object{"signature": "wrong"})
	assert.Equal(t, "wrong", again["attempts"].([]any)[3].(object)["signature"])
	assert.Equal(t, again["id"], s.post(t, "/deliveries/"+d["id"].(string)+"/later", nil)["id"])
	assert.EqualValues(t, 1, s.post(t, "/deliver-now", nil)["deliveries"])
	status, out := s.call(t, http.MethodPost, "/deliveries/"+d["id"].(string)+"/again", object{"times": 11})
	assert.Equal(t, http.StatusBadRequest, status)
	assert.Contains(t, out["error"], "from 1 to 10")
}

// A delivery that waits for its next try does not wait longer than the test wants.
func TestDeliverThisNow(t *testing.T) {
	t.Parallel()
	refuses := true
	url, asked := counter(t, func(w http.ResponseWriter, _ *http.Request) {
		if refuses {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		refuses = false
	})
	s := open(t, emulator.Config{})
	s.Default().Engine.Tenant().DeliveryRetries(1, time.Hour)
	s.post(t, "/webhooks", object{"numberId": "num_1", "url": url})
	s.post(t, "/numbers/num_1/contacts/+5511999990001/say", object{"text": "Hello"})
	var d object
	require.Eventually(t, func() bool {
		d = first(s.get(t, "/deliveries")["deliveries"])
		return len(d["attempts"].([]any)) == 1
	}, assertWithin, assertEvery)
	assert.Equal(t, "waiting", d["state"])
	assert.Equal(t, d["id"], s.post(t, "/deliveries/"+d["id"].(string)+"/now", nil)["id"])
	require.NoError(t, s.Default().Engine.Flush(t.Context()))
	assert.Equal(t, "accepted", s.get(t, "/deliveries/"+d["id"].(string))["state"])
	assert.EqualValues(t, 2, asked.Load())
	status, _ := s.call(t, http.MethodPost, "/deliveries/dlv_999/now", nil)
	assert.Equal(t, http.StatusNotFound, status)
}

// A webhook that deliveries may not go to is registered with a warning.
func TestWebhookToAnotherMachine(t *testing.T) {
	t.Parallel()
	s := open(t, emulator.Config{DeliverTo: []string{"app.example", "192.0.2.7"}})
	for url, warns := range map[string]bool{
		"http://192.0.2.8/hook": true, "http://no-such-host.invalid/hook": true,
		"http://127.0.0.1:1/hook": false, "http://[::1]:1/hook": false, "http://localhost:1/hook": false,
		"http://192.0.2.7:1/hook": false, "http://App.example/hook": false,
	} {
		hook := s.post(t, "/webhooks", object{"numberId": "num_1", "url": url})
		assert.Equal(t, warns, hook["warning"] != "", "%s: %s", url, hook["warning"])
	}
}
