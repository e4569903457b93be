package pilotstatustest

import (
	"net/http"
	"time"
)

// LogDelivery puts a row into the log of a webhook, as if an event had been sent
// to it and answered with a status; 0 is for an endpoint that did not answer. An
// unknown id fails the test under NewServer; otherwise nothing happens.
func (t *Tenant) LogDelivery(webhookID, event string, statusCode int) {
	if !t.server.logDelivery(webhookID, event, statusCode) {
		if t.server.tb != nil {
			t.server.tb.Helper()
		}
		t.server.failf("no webhook %q", webhookID)
	}
}

func (s *Server) logDelivery(id, event string, statusCode int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, hook := range s.state.webhooks.all {
		if hook.id != id {
			continue
		}
		d := webhookDelivery{event: event, statusCode: statusCode, at: s.state.clock.now()}
		d.payload = jsonAnswer(0, map[string]any{"event": event, "data": map[string]any{"numberId": hook.number.id}}).body
		if statusCode != 0 {
			d.response, d.took = http.StatusText(statusCode), 12*time.Millisecond
		}
		hook.logDelivery(d)
		return true
	}
	return false
}

// WrapWebhooks switches Webhooks.List to an object that has the array under a key
// such as webhooks or data. "" is the bare array.
func (t *Tenant) WrapWebhooks(key string) {
	t.change(func(s *state, _ time.Time) { s.webhooks.listKey = key })
}

// WrapWebhookLogs switches Webhooks.Logs to an object that has the array under a
// key such as logs, deliveries, events, items or data. "" is the bare array.
func (t *Tenant) WrapWebhookLogs(key string) {
	t.change(func(s *state, _ time.Time) { s.webhooks.logsKey = key })
}

// TextPayloads switches Webhooks.Logs to rows whose payload is JSON in a text
// instead of an object.
func (t *Tenant) TextPayloads(on bool) {
	t.change(func(s *state, _ time.Time) { s.webhooks.textLogs = on })
}

// WebhookDeleteIsEmpty switches Webhooks.Delete to answer 204 without a body.
func (t *Tenant) WebhookDeleteIsEmpty(on bool) {
	t.change(func(s *state, _ time.Time) { s.webhooks.emptyDelete = on })
}
