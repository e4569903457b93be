package pilotstatustest

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// hanging is a server with a webhook of num_1 to which nothing goes out.
func hanging(t *testing.T, opts ...Option) *Server {
	t.Helper()
	s := keeping(t, opts...)
	s.mu.Lock()
	s.state.deliveries.carry = func(*webhook) {}
	s.mu.Unlock()
	s.Tenant().AddWebhook("num_1", "", "http://127.0.0.1:1")
	return s
}

// What waits for a receiver that hangs, and what is dropped for it, has no body yet.
func TestEventsOfSendsAreMadeWhenTheyAreLookedAt(t *testing.T) {
	t.Parallel()
	s := hanging(t, WithKeep(10))
	for i := range 10 {
		sendOne(t, s, personOf(i))
	}
	var all []*sending
	for range 3 {
		s.Advance(pace)
		all = append(all, s.state.webhooks.all[0].sends...)
	}
	assert.Equal(t, 20, s.Lost().Undelivered)
	assert.Equal(t, 20, s.Lost().Deliveries)
	for _, slip := range all {
		assert.Nil(t, slip.event.body)
	}
	page := s.FindDeliveries(DeliveryQuery{Limit: 1})
	assert.Equal(t, 10, page.Waiting)
	assert.Contains(t, string(page.Deliveries[0].Body), `"message.read"`)
	assert.Nil(t, s.state.webhooks.all[0].sends[0].event.body)
}

// An event tells of its message as it was when it happened, whenever its body is made.
func TestEventsTellOfTheirTime(t *testing.T) {
	t.Parallel()
	s := hanging(t)
	s.Number("num_1").FailNext("INVALID_DESTINATION", "nobody there")
	id := ask(t, s, "POST", "/v1/messages/send", `{"destinationNumber":"+14155550100","templateId":"onboarding-test","variables":{"name":"Ana"}}`)
	s.Advance(pace)
	ask(t, s, "DELETE", "/v1/templates/tpl_1", "")
	s.Tenant().SetMessageStatus(id, "SENT", "")

	data := func(event string) map[string]any {
		found := s.FindDeliveries(DeliveryQuery{Event: event}).Deliveries
		require.Len(t, found, 1)
		var body struct {
			Data map[string]any `json:"data"`
		}
		require.NoError(t, json.Unmarshal(found[0].Body, &body))
		return body.Data
	}
	was := data("message.failed")
	assert.Nil(t, was["messageId"])
	assert.Equal(t, "INVALID_DESTINATION", was["errorCode"])
	assert.Equal(t, "nobody there", was["error"])
	assert.Contains(t, was["content"], "Ana")
	is := data("message.sent")
	assert.NotNil(t, is["messageId"])
	assert.NotContains(t, is, "errorCode")
	assert.NotContains(t, is, "content", "the template is gone")
}

// What a receiver that hangs has coming drops no message and no request.
func TestWaitingDeliveriesHaveAShareOfTheBytes(t *testing.T) {
	t.Parallel()
	const limit = 1_000_000 // all but the deliveries has less
	s := hanging(t, WithKeepBytes(limit))
	for i := range 50 {
		sendOne(t, s, personOf(i))
	}
	for range 500 {
		s.Number("num_1").Receive(Inbound{From: personOf(0), Text: strings.Repeat("x", 1000)})
		s.Advance(time.Second)
	}
	lost := s.Lost()
	assert.Zero(t, lost.Messages)
	assert.Zero(t, lost.Requests)
	page := s.FindDeliveries(DeliveryQuery{Limit: 1000})
	assert.Equal(t, 650, page.Total+lost.Deliveries)
	assert.Equal(t, lost.Deliveries, lost.Undelivered)
	assert.Equal(t, page.Total, page.Waiting)
	assert.Len(t, s.state.webhooks.all[0].queue, page.Waiting)
	assert.Equal(t, page.Waiting, s.state.deliveries.underway)
	bytes := 0
	for _, d := range page.Deliveries {
		bytes += len(d.Body)
	}
	assert.LessOrEqual(t, bytes, limit/4)
	assert.Greater(t, bytes, limit/8)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.dropSendings(s.state.webhooks.all[0])
	assert.Zero(t, s.state.bytes.deliveries)
}
