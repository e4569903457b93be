package pilotstatustest

import (
	"encoding/json"
	"slices"
	"time"
)

// maxWebhookLogs is how many deliveries are listed at most.
const maxWebhookLogs = 50

// webhookDelivery is one attempt to deliver an event.
type webhookDelivery struct {
	event      string
	statusCode int             // 0: no answer came
	payload    json.RawMessage // what was sent
	response   string          // what was answered
	took       time.Duration   // 0: unknown
	at         time.Time
}

// logDelivery notes an attempt. A number that keeps nothing does not keep what was
// sent and answered either.
func (hook *webhook) logDelivery(d webhookDelivery) {
	if hook.number.privacy.hides(d.at, d.at) {
		d.payload, d.response = nil, ""
	}
	hook.logs = append(hook.logs, d)
	hook.lastTriggered = d.at
}

// webhookLogRow is a row of Webhooks.Logs.
type webhookLogRow struct {
	Event      string          `json:"event"`
	Status     string          `json:"status"`
	StatusCode *int            `json:"statusCode"`
	Payload    json.RawMessage `json:"payload"`
	Response   *string         `json:"response"`
	DurationMs *int64          `json:"durationMs"`
	CreatedAt  string          `json:"createdAt"`
}

func listWebhookLogs(c *call) (any, *failure) {
	hook, refused := c.webhook()
	if refused != nil {
		return nil, refused
	}
	limit := maxWebhookLogs
	if refused := c.queryNumber("limit", &limit); refused != nil {
		return nil, refused
	}
	if limit > maxWebhookLogs {
		return nil, invalid("limit is %d", limit)
	}
	rows := []webhookLogRow{}
	for _, d := range slices.Backward(hook.logs) {
		if len(rows) < limit && (!c.query.Has("event") || c.query.Get("event") == d.event) {
			rows = append(rows, c.state.webhookLogRow(hook, d))
		}
	}
	return underKey(c.state.webhooks.logsKey, rows), nil
}

func (s *state) webhookLogRow(hook *webhook, d webhookDelivery) webhookLogRow {
	row := webhookLogRow{Event: d.event, Status: "FAILED", CreatedAt: stampText(d.at)}
	if d.statusCode != 0 {
		row.StatusCode = &d.statusCode
	}
	if d.statusCode >= 200 && d.statusCode < 300 {
		row.Status = "SUCCESS"
	}
	if d.took > 0 {
		ms := d.took.Milliseconds()
		row.DurationMs = &ms
	}
	if hook.number.privacy.hides(d.at, s.clock.now()) || d.payload == nil {
		return row
	}
	row.Payload, row.Response = d.payload, nullable(d.response)
	if s.webhooks.textLogs {
		row.Payload = jsonAnswer(0, string(d.payload)).body
	}
	return row
}
