package pilotstatustest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

const step = 20 * time.Millisecond

// send sends and returns the id of what was accepted.
func (c *caller) send(t *testing.T, body string) string {
	t.Helper()
	id, ok := c.object(t, http.StatusAccepted, "POST", sendPath, body)["id"].(string)
	require.True(t, ok)
	return id
}

func (c *caller) get(t *testing.T, id string) map[string]any {
	t.Helper()
	return c.object(t, http.StatusOK, "GET", "/v1/messages/"+url.PathEscape(id), "")
}

func statuses(fake *pilotstatustest.Server) string {
	var all []string
	for _, m := range fake.Messages() {
		all = append(all, m.Status)
	}
	return strings.Join(all, ",")
}

func TestLifeCycle(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	accepted := number.do(t, "POST", sendPath, template)
	require.Equal(t, http.StatusAccepted, accepted.status)
	m := fake.Messages()[0]
	assert.JSONEq(t, fmt.Sprintf(`{"id":%q,"correlationId":%q,"status":"QUEUED","createdAt":"2026-11-03T14:05:09.120Z",
		"origin":"Front desk","sourceNumber":"551130004000"}`, m.ID, m.CorrelationID), string(accepted.body))

	want := map[string]any{
		"id": m.ID, "externalMessageId": nil, "status": "QUEUED", "correlationId": m.CorrelationID,
		"destinationNumber": "+5511999999999", "template": "onboarding-test", "createdAt": "2026-11-03T14:05:09.120Z",
		"sentAt": nil, "deliveredAt": nil, "readAt": nil, "errorCode": nil, "errorMessage": nil,
		"origin": "API", "metaPricing": nil,
	}
	assert.Equal(t, want, number.get(t, m.ID))
	fake.Advance(step - 1)
	assert.Equal(t, want, number.get(t, m.ID))

	fake.Advance(1)
	external := fake.Messages()[0].ExternalID
	assert.Regexp(t, `^wamid\.HBg.*\+/x==$`, external)
	want["externalMessageId"], want["status"], want["sentAt"] = external, "SENT", "2026-11-03T14:05:09.140Z"
	assert.Equal(t, want, number.get(t, m.ID))
	fake.Advance(step)
	want["status"], want["deliveredAt"] = "DELIVERED", "2026-11-03T14:05:09.160Z"
	assert.Equal(t, want, number.get(t, m.ID))
	fake.Advance(time.Hour)
	want["status"], want["readAt"] = "READ", "2026-11-03T14:05:09.180Z"
	assert.Equal(t, want, number.get(t, m.ID))

	assert.Equal(t, want, number.get(t, m.CorrelationID))
	assert.Equal(t, want, number.get(t, external))
	raw := number.do(t, "GET", "/v1/messages/"+external, "")
	assert.Equal(t, http.StatusNotFound, raw.status, "its slash has to be escaped")
	other := newCaller(t, fake.URL, fake.NumberKey("num_2")).do(t, "GET", "/v1/messages/"+m.ID, "")
	assert.Equal(t, http.StatusNotFound, other.status, "another number does not see it")
	assert.JSONEq(t, `{"error":"Message not found"}`, string(other.body))
}

func TestMessagesByGroupAndOfMeta(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	meta := newCaller(t, fake.URL, fake.NumberKey("num_2"))
	group := number.send(t, `{"groupId":"120363000000000777@g.us","text":"hi"}`)
	billed := meta.send(t, template)
	fake.Advance(step)
	assert.Nil(t, meta.get(t, billed)["metaPricing"])
	fake.Advance(2 * step)

	got := number.get(t, group)
	assert.Nil(t, got["destinationNumber"])
	assert.Nil(t, got["metaPricing"], "never on a web number")
	assert.NotContains(t, got, "template")
	assert.Equal(t, map[string]any{
		"conversationId": "conv_" + billed, "originType": "utility", "category": "utility", "type": "regular",
	}, meta.get(t, billed)["metaPricing"])
}

func TestRealClock(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t)
	number := newCaller(t, fake.URL, fake.NumberKey("num_1"))
	before := time.Now()
	number.send(t, text)
	require.Eventually(t, func() bool { return statuses(fake) == "READ" }, 5*time.Second, time.Millisecond)
	m := fake.Messages()[0]
	assert.WithinDuration(t, before, m.CreatedAt, 5*time.Second)
	assert.Equal(t, []time.Duration{step, 2 * step, 3 * step},
		[]time.Duration{m.SentAt.Sub(m.CreatedAt), m.DeliveredAt.Sub(m.CreatedAt), m.ReadAt.Sub(m.CreatedAt)})

	// Advance skips ahead.
	number.send(t, fmt.Sprintf(`{"destinationNumber":"+14155550100","text":"later","deliverAt":%q}`,
		before.Add(time.Hour).UTC().Format(time.RFC3339)))
	assert.Equal(t, "READ,QUEUED", statuses(fake))
	fake.Advance(2 * time.Hour)
	assert.Equal(t, "READ,READ", statuses(fake))
	fake.Advance(-time.Hour)
	number.send(t, text)
	assert.WithinDuration(t, before.Add(2*time.Hour), fake.Messages()[2].CreatedAt, 5*time.Second, "time does not go back")
}

func TestFailNext(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	fake.Number("num_1").FailNext("WHATSAPP_NOT_EXIST", "No WhatsApp there")
	fake.Number("num_1").FailNext("DELIVERED_NOT_CONFIRMED", "No receipt")
	ids := []string{number.send(t, text), number.send(t, text), number.send(t, text)}
	assert.Equal(t, "QUEUED,QUEUED,QUEUED", statuses(fake))
	fake.Advance(step)
	assert.Equal(t, "FAILED,SENT,SENT", statuses(fake))
	fake.Advance(time.Hour)
	assert.Equal(t, "FAILED,FAILED,READ", statuses(fake))

	got := number.get(t, ids[0])
	assert.Equal(t, "WHATSAPP_NOT_EXIST", got["errorCode"])
	assert.Equal(t, "No WhatsApp there", got["errorMessage"])
	assert.Nil(t, got["sentAt"])
	assert.Nil(t, got["externalMessageId"])
	got = number.get(t, ids[1])
	assert.Equal(t, "DELIVERED_NOT_CONFIRMED", got["errorCode"])
	assert.NotNil(t, got["sentAt"])
	assert.Nil(t, got["deliveredAt"])
}

func TestOfflineNumber(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	number.send(t, text)
	fake.Advance(step)
	fake.Number("num_1").Disconnect()
	number.send(t, text)
	number.send(t, `{"destinationNumber":"+14155550100","text":"short-lived","deliverUntil":"2026-11-03T15:00:00Z"}`)
	fake.Advance(54 * time.Minute)
	assert.Equal(t, "SENT,QUEUED,QUEUED", statuses(fake))
	fake.Advance(time.Minute)
	assert.Equal(t, "SENT,QUEUED,FAILED", statuses(fake))
	assert.Equal(t, "MESSAGE_EXPIRED", fake.Messages()[2].ErrorCode)

	fake.Number("num_1").Connect()
	assert.Equal(t, "SENT,QUEUED,FAILED", statuses(fake))
	fake.Advance(step)
	assert.Equal(t, "DELIVERED,SENT,FAILED", statuses(fake))
	assert.Equal(t, epoch().Add(step+55*time.Minute+step), fake.Messages()[1].SentAt)
	fake.Advance(time.Hour)
	assert.Equal(t, "READ,READ,FAILED", statuses(fake))

	fake.Number("num_1").Disconnect()
	number.send(t, text)
	fake.Advance(7*24*time.Hour - 1)
	assert.Equal(t, "QUEUED", fake.Messages()[3].Status)
	fake.Advance(1)
	assert.Equal(t, "NEVER_ATTEMPTED_MAX_AGE_EXCEEDED", fake.Messages()[3].ErrorCode)
}

func TestScheduled(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	at := epoch().Add(time.Hour)
	body := fmt.Sprintf(`{"destinationNumber":"+14155550100","text":"later","deliverAt":%q}`, at.Format(time.RFC3339Nano))
	number.send(t, body)
	number.send(t, `{"destinationNumber":"+14155550100","text":"late","deliverAt":"2020-01-01T00:00:00Z"}`)
	fake.Advance(step - 1)
	assert.Equal(t, "QUEUED,QUEUED", statuses(fake))
	fake.Advance(time.Minute - step + 1)
	assert.Equal(t, "QUEUED,READ", statuses(fake))
	fake.Advance(time.Hour - time.Minute)
	assert.Equal(t, "QUEUED,READ", statuses(fake))
	fake.Advance(step)
	assert.Equal(t, "SENT,READ", statuses(fake))
	assert.Equal(t, at, fake.Messages()[0].DeliverAt)
	assert.Equal(t, at.Add(step), fake.Messages()[0].SentAt)
}

func TestCancel(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	meta := newCaller(t, fake.URL, fake.NumberKey("num_2"))
	later := `{"destinationNumber":"+14155550100","text":"later","deliverAt":"2026-11-04T00:00:00Z"}`
	gone := number.send(t, text)
	fake.Number("num_1").FailNext("WHATSAPP_NOT_EXIST", "")
	dead := number.send(t, text)
	fake.Advance(step)
	now := number.send(t, text)
	first, second := number.send(t, later), number.send(t, later)
	foreign := meta.send(t, strings.TrimSuffix(template, "}")+`,"deliverAt":"2026-11-04T00:00:00Z"}`)
	correlation := fake.Messages()[4].CorrelationID

	ids, err := json.Marshal(map[string]any{
		"messageIds": []string{first, gone, dead, now, "msg_nope", foreign, correlation, first},
	})
	require.NoError(t, err)
	refused := func(id, reason string) any { return map[string]any{"id": id, "reason": reason} }
	assert.Equal(t, map[string]any{
		"cancelled": []any{first},
		"failed": []any{
			refused(gone, "already sent"), refused(dead, "already failed"), refused(now, "not scheduled"),
			refused("msg_nope", "not found"), refused(foreign, "not found"), refused(correlation, "not found"),
			refused(first, "already canceled"),
		},
	}, number.object(t, http.StatusOK, "DELETE", "/v1/messages/cancel", string(ids)))
	assert.Equal(t, "CANCELED", number.get(t, first)["status"])

	fake.Tenant().CancelCounts(true)
	r := number.do(t, "DELETE", "/v1/messages/cancel", fmt.Sprintf(`{"messageIds":[%q,%q,"msg_nope"]}`, first, second))
	assert.JSONEq(t, `{"cancelled":1,"notFound":1}`, string(r.body))

	fake.Tenant().CancelCounts(false)
	r = number.do(t, "DELETE", "/v1/messages/cancel", `{"messageIds":["msg_nope"]}`)
	assert.JSONEq(t, `{"cancelled":[],"failed":[{"id":"msg_nope","reason":"not found"}]}`, string(r.body))

	fake.Advance(48 * time.Hour)
	assert.Equal(t, "READ,FAILED,READ,CANCELED,CANCELED,READ", statuses(fake))

	for _, body := range []string{
		`{}`, `{"messageIds":[]}`, `{"messageIds":null}`, `{"messageIds":"msg_1"}`, `{"MessageIDs":["msg_1"]}`,
		`{"messageIds":["a"` + strings.Repeat(`,"a"`, 100) + `]}`,
	} {
		r := number.do(t, "DELETE", "/v1/messages/cancel", body)
		assert.Equal(t, http.StatusBadRequest, r.status, body)
		assert.JSONEq(t, `{"error":"Validation error"}`, string(r.body), body)
	}
	hundred := `{"messageIds":["a"` + strings.Repeat(`,"a"`, 99) + `]}`
	assert.Equal(t, http.StatusOK, number.do(t, "DELETE", "/v1/messages/cancel", hundred).status)
}

func TestSetMessageStatus(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	id := number.send(t, text)
	tenant := fake.Tenant()

	tenant.SetMessageStatus(id, "TELEPORTED", "IGNORED")
	fake.Advance(time.Hour)
	got := number.get(t, id)
	assert.Equal(t, "TELEPORTED", got["status"])
	assert.Nil(t, got["errorCode"])

	tenant.SetMessageStatus(id, "FAILED", "META_OUTSIDE_24H_WINDOW")
	assert.Equal(t, "META_OUTSIDE_24H_WINDOW", number.get(t, id)["errorCode"])

	tenant.SetMessageStatus(id, "DELIVERED", "") // a late receipt
	fake.Advance(time.Hour)
	got = number.get(t, id)
	assert.Equal(t, "DELIVERED", got["status"])
	assert.Nil(t, got["errorCode"])
	assert.NotNil(t, got["deliveredAt"])
	assert.NotNil(t, got["sentAt"])
	assert.NotNil(t, got["externalMessageId"])
	assert.Nil(t, got["readAt"])
}

func TestUnknownFields(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	fake.Tenant().UnknownFields(true)
	id := number.send(t, text)
	assert.Contains(t, number.get(t, id), "fieldOfTomorrow")
	rows := newCaller(t, fake.URL, fake.TenantKey()).list(t, "/v1/numbers")
	for _, row := range rows {
		assert.Contains(t, row, "fieldOfTomorrow")
		assert.Contains(t, row["primaryLink"], "fieldOfTomorrow")
	}
	fake.Tenant().UnknownFields(false)
	assert.NotContains(t, number.get(t, id), "fieldOfTomorrow")
}
