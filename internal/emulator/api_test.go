package emulator_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/internal/emulator"
)

// A message is there once it was accepted, with what the API and a person need of it.
func TestMessages(t *testing.T) {
	t.Parallel()
	s := open(t, emulator.Config{ManualTicks: true})
	id := s.send(t, "+5511999990001")
	s.send(t, "+5511999990002")

	found := s.get(t, "/messages?to=5511999990001&template=onboarding-test")
	assert.EqualValues(t, 1, found["total"])
	m := first(found["messages"])
	assert.Equal(t, id, m["id"])
	assert.Equal(t, "QUEUED", m["status"])
	assert.Nil(t, m["readAt"])
	assert.Equal(t, "+5511999990001", m["sent"].(object)["destinationNumber"])

	page := s.get(t, "/messages?limit=1")
	assert.Equal(t, true, page["more"])
	older := s.get(t, "/messages?before="+first(page["messages"])["id"].(string))
	assert.Equal(t, id, first(older["messages"])["id"])

	assert.Equal(t, "FAILED", s.post(t, "/messages/"+id+"/status", object{"status": "FAILED", "errorCode": "INVALID_DESTINATION"})["status"])
	assert.Equal(t, "INVALID_DESTINATION", s.get(t, "/messages/"+id)["errorCode"])

	chats := s.get(t, "/conversations?number=num_1")["conversations"].([]any)
	assert.Len(t, chats, 2)
}

// What was dropped to keep no more is told apart from what never was there.
func TestDropped(t *testing.T) {
	t.Parallel()
	url, _ := counter(t, nil)
	s := open(t, emulator.Config{Keep: 3, Webhooks: []string{url}})
	gone := s.send(t, "+5511999990001")
	asked := first(s.get(t, "/requests")["requests"])["id"].(string)
	s.post(t, "/clock/advance", object{"by": "1m"})
	told := first(s.get(t, "/deliveries")["deliveries"])["id"].(string)
	for range 5 {
		s.send(t, "+5511999990001")
		s.post(t, "/clock/advance", object{"by": "1m"})
		require.NoError(t, s.Default().Engine.Flush(t.Context()))
	}
	for _, path := range []string{"/messages/" + gone, "/requests/" + asked, "/deliveries/" + told} {
		status, out := s.call(t, http.MethodGet, path, nil)
		assert.Equal(t, http.StatusGone, status, out)
		assert.Equal(t, "DROPPED", out["code"])
		assert.Contains(t, out["error"], "-keep")
	}
	for _, path := range []string{"/messages/msg_9999", "/requests/req_999999", "/deliveries/dlv_1", "/deliveries/dlv_999999", "/numbers/num_9"} {
		status, out := s.call(t, http.MethodGet, path, nil)
		assert.Equal(t, http.StatusNotFound, status, out)
		assert.Contains(t, out["code"], "NO_SUCH_")
	}
	assert.EqualValues(t, 3, s.get(t, "/messages")["dropped"])
	assert.Equal(t, 6, s.Messages())
}

// The contact answers, and what it brings is a message of the conversation.
func TestPerson(t *testing.T) {
	t.Parallel()
	s := open(t, emulator.Config{})
	contact := s.post(t, "/numbers/num_2/contacts", object{"name": "Ana", "phone": "+5511999990001"})
	said := s.post(t, "/numbers/num_2/contacts/+5511999990001/say", object{"text": "Hello"})
	assert.Equal(t, said["id"], said["message"].(object)["id"])
	picture := s.post(t, "/numbers/num_2/contacts/"+contact["conversationId"].(string)+"/file", object{
		"kind": "image", "mimeType": "image/png", "fileName": "a.png", "data": "iVBORw0KGgo=", "caption": "See",
	})
	found := s.get(t, "/messages?direction=INBOUND&to=%2B5511999990001")
	assert.EqualValues(t, 2, found["total"])

	media := picture["message"].(object)["content"].(object)["media"].(object)
	status, body := s.raw(t, http.MethodGet, "/messages/"+picture["id"].(string)+"/files/"+media["part"].(string), nil)
	assert.Equal(t, http.StatusOK, status)
	assert.Equal(t, "\x89PNG\r\n\x1a\n", body)

	status, out := s.call(t, http.MethodPost, "/numbers/num_2/contacts/+5511999990001/press", object{"messageId": "msg_1", "buttonId": "0"})
	assert.Equal(t, http.StatusNotFound, status)
	assert.Equal(t, "NO_SUCH_MESSAGE", out["code"])
}

// What a message does not have is refused with what it has.
func TestChoices(t *testing.T) {
	t.Parallel()
	s := open(t, emulator.Config{})
	key := s.Default().Engine.NumberKey("num_1")
	ask := func(path string, body object) string {
		status, out := s.call(t, http.MethodPost, "/numbers/num_1/contacts/+5511999990001/"+path, body)
		if status == http.StatusCreated {
			return out["message"].(object)["content"].(object)["body"].([]any)[0].(object)["text"].(string)
		}
		assert.Equal(t, http.StatusBadRequest, status)
		return out["error"].(string)
	}
	buttons := sendBody(t, s.URL, key, object{"text": "Do you come?", "buttons": []any{
		object{"type": "reply", "label": "Yes"}, object{"type": "reply", "label": "No"},
	}})
	assert.Contains(t, ask("press", object{"messageId": buttons, "buttonId": "Yes"}), `no button with the id "Yes"; there are: 0 (Yes), 1 (No)`)
	assert.Contains(t, ask("choose", object{"messageId": buttons, "rowId": "0"}), "has no rows")
	s.waitFor(t, buttons, "SENT")
	assert.Equal(t, "No", ask("press", object{"messageId": buttons, "buttonId": "1"}))
	list := sendBody(t, s.URL, key, object{"text": "Which size?", "list": object{"buttonText": "Sizes", "sections": []any{
		object{"title": "All", "rows": []any{object{"rowId": "s", "title": "Small"}, object{"rowId": "l", "title": "Large"}}},
	}}})
	assert.Contains(t, ask("choose", object{"messageId": list, "rowId": "m"}), "there are: s (Small), l (Large)")
	s.waitFor(t, list, "SENT")
	assert.Equal(t, "Large", ask("choose", object{"messageId": list, "rowId": "l"}))
}

// How messages move can be asked.
func TestTicks(t *testing.T) {
	t.Parallel()
	s := open(t, emulator.Config{})
	assert.Equal(t, object{"manual": false}, s.get(t, "/ticks"))
	s.post(t, "/ticks", object{"manual": true})
	assert.Equal(t, object{"manual": true}, s.get(t, "/ticks"))
	s.post(t, "/reset", nil)
	assert.Equal(t, object{"manual": false}, s.get(t, "/ticks"))
}

// A status is one of the API, or one that it does not have yet; a mistake is neither.
func TestStatusOfAMessage(t *testing.T) {
	t.Parallel()
	s := open(t, emulator.Config{ManualTicks: true})
	id := s.send(t, "+5511999990001")
	status, out := s.call(t, http.MethodPost, "/messages/"+id+"/status", object{"status": "delivered"})
	assert.Equal(t, http.StatusBadRequest, status)
	assert.Contains(t, out["error"], "must be DELIVERED")
	assert.Equal(t, "PLAYED", s.post(t, "/messages/"+id+"/status", object{"status": "PLAYED"})["status"])
	assert.EqualValues(t, 1, s.get(t, "/messages?status=PLAYED")["total"])
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	s := open(t, emulator.Config{})
	assert.Len(t, s.get(t, "/numbers")["list"], 2)
	assert.Equal(t, "CLOSE", s.post(t, "/numbers/num_1/disconnect", nil)["state"])
	assert.Equal(t, "OPEN", s.post(t, "/numbers/num_1/scan", nil)["state"])
	assert.NotNil(t, s.post(t, "/numbers/num_1/block", nil)["blockedSince"])
	assert.Nil(t, s.post(t, "/numbers/num_1/unblock", nil)["blockedSince"])
	assert.Equal(t, "PAYMENT_FAILED", s.post(t, "/numbers/num_1/charge", object{"code": "PAYMENT_FAILED"})["nextCharge"])
	status, out := s.call(t, http.MethodPost, "/numbers/num_1/charge", object{"code": "NO"})
	assert.Equal(t, http.StatusBadRequest, status)
	assert.Contains(t, out["error"], "INSUFFICIENT_FUNDS")
}

func TestFaults(t *testing.T) {
	t.Parallel()
	s := open(t, emulator.Config{})
	fault := s.post(t, "/faults", object{"op": "Messages.Send", "to": "+5511999990001", "times": -1, "status": 503, "delay": "1ms"})
	assert.Equal(t, "1ms", fault["delay"])
	_, err := send(t, s.URL, s.Default().Engine.NumberKey("num_1"), "+5511999990001", "k")
	require.Error(t, err)
	s.send(t, "+5511999990002")
	assert.Positive(t, first(s.get(t, "/faults")["list"])["hits"])
	broken := s.get(t, "/requests?broken=true&op=Messages.Send")
	assert.Equal(t, fault["id"], first(broken["requests"])["faultId"])

	status, _ := s.call(t, http.MethodDelete, "/faults/"+fault["id"].(string), nil)
	assert.Equal(t, http.StatusOK, status)
	assert.Empty(t, s.get(t, "/faults")["list"])
	status, out := s.call(t, http.MethodPost, "/faults", object{"op": "Messages.Sent"})
	assert.Equal(t, http.StatusBadRequest, status)
	assert.Contains(t, out["error"], `op is "Messages.Sent" and must be one of: Messages.Send, `)
}

// One clock: every timestamp follows it.
func TestClock(t *testing.T) {
	t.Parallel()
	s := open(t, emulator.Config{})
	before, err := time.Parse(time.RFC3339Nano, s.get(t, "/clock")["now"].(string))
	require.NoError(t, err)
	assert.Equal(t, "48h0m0s", s.post(t, "/clock/advance", object{"by": "48h"})["skipped"])
	id := s.send(t, "+5511999990001")
	said := s.post(t, "/numbers/num_1/contacts/+5511999990001/say", object{"text": "Hello"})["message"].(object)
	request := first(s.get(t, "/requests")["requests"])
	for _, stamp := range []any{s.get(t, "/messages/"+id)["createdAt"], said["at"], request["at"]} {
		at, err := time.Parse(time.RFC3339Nano, stamp.(string))
		require.NoError(t, err)
		assert.False(t, at.Before(before.Add(48*time.Hour)), stamp)
	}
	status, out := s.call(t, http.MethodPost, "/clock/advance", object{"by": "2000000h"})
	assert.Equal(t, http.StatusBadRequest, status)
	assert.Contains(t, out["error"], "ahead by")
	status, out = s.call(t, http.MethodPost, "/clock/advance", object{"by": "-1h"})
	assert.Equal(t, http.StatusBadRequest, status)
	assert.Contains(t, out["error"], "does not go back")
}

// A request is shown with its answer, its keys masked, and as a shell line.
func TestRequests(t *testing.T) {
	t.Parallel()
	s := open(t, emulator.Config{})
	key := s.Default().Engine.NumberKey("num_1")
	id := s.send(t, "+5511999990001")
	status, text := s.raw(t, http.MethodGet, "/requests?message="+id, nil)
	assert.Equal(t, http.StatusOK, status)
	assert.NotContains(t, text, key)
	r := first(s.get(t, "/requests?message="+id)["requests"])
	assert.Equal(t, "Messages.Send", r["op"])
	assert.Contains(t, r["answerBody"], id)
	curl := r["curl"].(string)
	assert.True(t, strings.HasPrefix(curl, `curl -X 'POST' "$PILOT_STATUS_BASE_URL"'/v1/messages/send'`), curl)
	assert.Contains(t, curl, "$PILOT_STATUS_API_KEY")
	assert.Equal(t, r["curl"], s.get(t, "/requests/"+r["id"].(string))["curl"])

	// Both have an address in the page.
	for _, address := range []any{r["page"], s.get(t, "/messages/"+id)["page"]} {
		status, page := s.raw(t, http.MethodGet, address.(string), nil)
		assert.Equal(t, http.StatusOK, status, address)
		assert.Contains(t, page, id)
	}
}

// Each mistake is answered with a sentence that says what to do.
func TestMistakes(t *testing.T) {
	t.Parallel()
	s := open(t, emulator.Config{})
	tests := []struct {
		method, path string
		body         any
		status       int
		says         string
	}{
		{http.MethodGet, "/message", nil, 404, "GET /emulator/v1/operations lists"},
		{http.MethodPut, "/messages", nil, 405, "is GET, not PUT"},
		{http.MethodGet, "/messages?templte=x", nil, 400, `no parameter "templte"`},
		{http.MethodGet, "/messages?limit=0", nil, 400, "from 1 to 1000"},
		{http.MethodGet, "/wait?wait=2m", nil, 400, "up to 1m0s"},
		{http.MethodGet, "/wait?after=soon", nil, 400, "the next of an answer"},
		{http.MethodGet, "/wait?none=yes", nil, 400, "true or false"},
		{http.MethodPost, "/clock/advance", object{"by": 5}, 400, `by must be a duration such as "30s" or "24h"`},
		{http.MethodPost, "/clock/advance", object{"for": "5s"}, 400, `there is no member "for"; there are: by`},
		{http.MethodPost, "/clock/advance", []int{5}, 400, "the body must be an object"},
		{http.MethodPost, "/faults", object{"header": object{"Retry-After": "2"}}, 400, `header.Retry-After must be an array of texts, such as ["2"]`},
		{http.MethodPost, "/faults", object{"times": 1.5}, 400, "times must be a whole number"},
		{http.MethodPost, "/faults", object{"reset": 1}, 400, "reset must be true or false"},
		{http.MethodPost, "/tenants", object{"webhooks": "http://127.0.0.1:1"}, 400, "webhooks must be an array of texts"},
		{http.MethodPost, "/numbers/num_1/contacts/+5511999990001/press", object{"button": "0"}, 400, `there is no member "button"; there are: groupId, messageId, buttonId`},
		{http.MethodPost, "/numbers/num_1/contacts/+5511999990001/press", object{"buttonId": "0"}, 400, "messageId is missing"},
		{http.MethodPost, "/numbers/num_1/contacts/+5511999990001/say", object{"text": " "}, 400, "text is missing"},
		{http.MethodPost, "/numbers/num_1/contacts/+5511999990001/file", object{"kind": "image", "data": "%"}, 400, "data must be base64"},
		{http.MethodPost, "/webhooks", object{"numberId": "num_1", "url": "http://127.0.0.1:1", "events": []string{"message.snt"}}, 400, `events has "message.snt"`},
		{http.MethodPost, "/webhooks", object{"numberId": "num_1", "url": "ftp://x"}, 400, "http://"},
		{http.MethodGet, "/tenants/t_1/messages", nil, 404, "POST /emulator/v1/tenants"},
		{http.MethodDelete, "/tenants/default", nil, 400, "cannot be deleted"},
	}
	for _, tt := range tests {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			t.Parallel()
			status, out := s.call(t, tt.method, tt.path, tt.body)
			assert.Equal(t, tt.status, status)
			assert.Contains(t, out["error"], tt.says)
			assert.NotEmpty(t, out["code"])
		})
	}
}

// What the emulator does not know is listed: a call, a member, a value.
func TestUnknown(t *testing.T) {
	t.Parallel()
	s := open(t, emulator.Config{})
	assert.Empty(t, s.get(t, "/unknown")["list"])
	s.send(t, "+5511999990001")
	assert.Empty(t, s.get(t, "/unknown")["list"], "what the SDK sends is known")
	key := map[string]string{"X-Api-Key": s.Default().Engine.NumberKey("num_1")}
	for _, path := range []string{"/v1/nothing", "/v2/messages"} { // also beside /v1, by the key
		assert.Equal(t, http.StatusNotFound, s.ask(t, http.MethodGet, path, key).StatusCode)
	}
	list := s.get(t, "/unknown")["list"].([]any)
	require.Len(t, list, 2)
	assert.Equal(t, "call", list[0].(object)["kind"])
	status, out := s.call(t, http.MethodDelete, "/unknown", nil)
	assert.Equal(t, http.StatusOK, status)
	assert.Empty(t, out["list"])
}

// A reset keeps the keys and brings the webhooks of the start back.
func TestReset(t *testing.T) {
	t.Parallel()
	s := open(t, emulator.Config{Webhooks: []string{"http://127.0.0.1:1/hook"}})
	before := s.get(t, "/tenants/default")
	s.send(t, "+5511999990001")
	s.post(t, "/clock/advance", object{"by": "48h"})
	s.post(t, "/faults", object{"op": "Messages.Send", "times": -1, "status": 500})
	after := s.post(t, "/reset", nil)
	assert.Equal(t, before["tenantKey"], after["tenantKey"])
	assert.Equal(t, "0s", s.get(t, "/clock")["skipped"])
	assert.Empty(t, s.get(t, "/faults")["list"])
	assert.Len(t, s.get(t, "/webhooks")["list"], 2)
	s.send(t, "+5511999990001")
	assert.EqualValues(t, 1, s.get(t, "/messages")["total"])
	assert.Equal(t, 2, s.Messages())
}
