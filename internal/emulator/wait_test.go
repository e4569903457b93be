package emulator_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/internal/emulator"
)

// Tests that run side by side with one template each wait for what they sent themselves.
func TestWaitOfManyTests(t *testing.T) {
	t.Parallel()
	s := open(t, emulator.Config{})
	var tests sync.WaitGroup
	for n := range 50 {
		tests.Go(func() {
			phone := fmt.Sprintf("+55119999900%02d", n)
			next := s.get(t, "/messages?limit=1")["next"].(string)
			for range 3 {
				var waiting sync.WaitGroup
				var out object
				waiting.Go(func() {
					_, out = s.call(t, http.MethodGet, "/wait?template=onboarding-test&to="+phone[1:]+"&after="+next, nil)
				})
				id := s.send(t, phone)
				waiting.Wait()
				if assert.Len(t, out["messages"], 1, out) {
					assert.Equal(t, id, first(out["messages"])["id"])
					next = out["next"].(string)
				}
			}
		})
	}
	tests.Wait()
}

func TestWait(t *testing.T) {
	t.Parallel()
	s := open(t, emulator.Config{})
	a, b, c := s.send(t, "+5511999990001"), s.send(t, "+5511999990001"), s.send(t, "+5511999990001")

	// The oldest come first, and the next wait goes on behind them.
	two := s.get(t, "/wait?after=0&count=2")
	assert.Equal(t, a, first(two["messages"])["id"])
	assert.Equal(t, b, two["messages"].([]any)[1].(object)["id"])
	assert.Equal(t, c, first(s.get(t, "/wait?after="+two["next"].(string))["messages"])["id"])

	// Without after it is from now on, and the answer says what that was.
	status, out := s.call(t, http.MethodGet, "/wait?wait=20ms", nil)
	assert.Equal(t, http.StatusNotFound, status)
	assert.Equal(t, "NOT_COME", out["code"])
	assert.Contains(t, out["error"], s.Default().Cursor(0)[:8])

	// None came, and then one does.
	none := s.get(t, "/wait?none=true&wait=20ms")
	assert.Empty(t, none["messages"])
	s.send(t, "+5511999990001")
	status, out = s.call(t, http.MethodGet, "/wait?none=true&wait=5s&after="+none["after"].(string), nil)
	assert.Equal(t, http.StatusConflict, status)
	assert.Equal(t, "CAME", out["code"])
}

// What a message was once it has reached: a test need not be quicker than the ticks.
func TestWaitForWhatWasReached(t *testing.T) {
	t.Parallel()
	s := open(t, emulator.Config{ManualTicks: true})
	read, queued, failed := s.send(t, "+5511999990001"), s.send(t, "+5511999990002"), s.send(t, "+5511999990003")
	for _, status := range []string{"SENT", "DELIVERED", "READ"} {
		s.post(t, "/messages/"+read+"/status", object{"status": status})
	}
	s.post(t, "/messages/"+failed+"/status", object{"status": "FAILED", "errorCode": "INVALID_DESTINATION"})
	for query, want := range map[string][]any{
		"reached=QUEUED": {failed, queued, read}, "reached=SENT": {read}, "reached=DELIVERED": {read}, "reached=READ": {read},
		"reached=FAILED": {failed}, "reached=CANCELED": {}, "status=SENT": {}, "status=READ": {read}, "status=QUEUED": {queued},
	} {
		ids := []any{}
		for _, m := range s.get(t, "/messages?"+query)["messages"].([]any) {
			ids = append(ids, m.(object)["id"])
		}
		assert.Equal(t, want, ids, query)
	}
	assert.Equal(t, read, first(s.get(t, "/wait?after=0&reached=SENT")["messages"])["id"])
	status, out := s.call(t, http.MethodGet, "/wait?after=0&status=SENT&wait=10ms", nil)
	assert.Equal(t, http.StatusNotFound, status)
	assert.Equal(t, "NOT_COME", out["code"])
	status, out = s.call(t, http.MethodGet, "/wait?reached=sent", nil)
	assert.Equal(t, http.StatusBadRequest, status)
	assert.Contains(t, out["error"], "QUEUED, SENT, DELIVERED")
}

// A cursor of the program before it was started again would skip or repeat messages.
func TestWaitOverARestart(t *testing.T) {
	t.Parallel()
	before, after := open(t, emulator.Config{}), open(t, emulator.Config{})
	before.send(t, "+5511999990001")
	next := before.get(t, "/messages")["next"].(string)
	for range 5 {
		after.send(t, "+5511999990001")
	}
	status, out := after.call(t, http.MethodGet, "/wait?after="+next, nil)
	assert.Equal(t, http.StatusGone, status)
	assert.Equal(t, "RESTARTED", out["code"])
	assert.Contains(t, out["error"], "begin again")
}

// A wait ends with its tenant and with the emulator.
func TestWaitEnds(t *testing.T) {
	t.Parallel()
	s := open(t, emulator.Config{})
	tenant := s.post(t, "/tenants", nil)
	var waiting sync.WaitGroup
	var out object
	waiting.Go(func() { _, out = s.call(t, http.MethodGet, tenant["api"].(string)+"/wait?wait=60s", nil) })
	s.call(t, http.MethodDelete, "/tenants/"+tenant["id"].(string), nil)
	waiting.Wait()
	assert.Equal(t, "NO_SUCH_TENANT", out["code"])
}

// A wait in vain says which message is there instead.
func TestWaitSaysWhatIsThere(t *testing.T) {
	t.Parallel()
	s := open(t, emulator.Config{ManualTicks: true})
	before := s.get(t, "/messages")["next"].(string)
	id := s.send(t, "+5511999990001")
	after := s.get(t, "/messages")["next"].(string)
	s.post(t, "/messages/"+id+"/status", object{"status": "READ"})
	for query, says := range map[string]string{
		"to=+5511999990001&status=DELIVERED&after=" + before: id + "; it is READ, not DELIVERED. reached=DELIVERED finds",
		"to=+5511999990001&status=DELIVERED&after=" + after:  id + "; it is READ, not DELIVERED, and it came before after",
		"to=+5511999990001&reached=FAILED&after=" + before:   id + "; it is READ, not FAILED.",
		"to=+5511999990001&reached=READ&after=" + after:      id + "; it came before after: name the next",
		"to=+5511999990001&count=2&after=" + before:          "1 of 2 messages came in 1ms",
		"to=+5511999990002&after=" + before:                  "No message that fits was there before either.",
	} {
		status, out := s.call(t, http.MethodGet, "/wait?wait=1ms&"+query, nil)
		assert.Equal(t, http.StatusNotFound, status, query)
		assert.Equal(t, "NOT_COME", out["code"], query)
		assert.Contains(t, out["error"], says, query)
	}
}

// Waits are bounded, and the rest works on.
func TestWaitsAreBounded(t *testing.T) {
	t.Parallel()
	s := open(t, emulator.Config{Waits: 2})
	next := s.get(t, "/messages")["next"].(string)
	var waiting sync.WaitGroup
	for range 2 {
		waiting.Go(func() {
			_, out := s.call(t, http.MethodGet, "/wait?wait=60s&after="+next, nil)
			assert.Len(t, out["messages"], 1, out)
		})
	}
	require.Eventually(t, func() bool {
		status, out := s.call(t, http.MethodGet, "/wait?wait=0s&after="+next, nil)
		return status == http.StatusServiceUnavailable && out["code"] == "TOO_MANY_WAITS"
	}, assertWithin, assertEvery)
	s.send(t, "+5511999990001")
	waiting.Wait()
	s.get(t, "/wait?wait=0s&after="+next)
}
