package emulator

import (
	"cmp"
	"net/url"
	"strings"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// messageLook is a message that is open.
type messageLook struct {
	look
	Steps    []step
	Why      *reason
	States   []option
	Flow     *flowView
	FlowCurl string
	IDs      []idRow
	Tries    []tryRow
	Exchange *tabs
	Hooks    []tryRow
	Curl     string // sets the state
	Quoting  bool   // the customer can answer it
	ChatID   string
	Member   string // who answers, in a group
}

// step is a state that a message had or is to have.
type step struct {
	Word, At string
	Todo     bool
}

func (v *visit) messageLook(id string, pane *chatPane) *messageLook {
	l := &messageLook{look: look{frame: &v.frame, ID: id, Close: pane.Close, Title: "Message"}}
	m, err := v.engine.Message(id)
	if err != nil {
		l.Gone, l.code = lost(err)
		return l
	}
	l.ID = m.ID
	v.Title = "Message · " + v.Title
	l.Chip = &chip{kindOf(&m), "sky"}
	l.Steps = stepsOf(&m)
	if m.Status == statusFailed {
		l.Why = whyFailed(&m)
	}
	if m.Sent != nil {
		for _, one := range []string{statusSent, statusDelivered, statusRead} {
			l.States = append(l.States, option{Value: one, Word: strings.ToLower(one), On: m.Status == one})
		}
		if m.Content.Flow != nil && m.Content.Flow.Submitted.IsZero() && !m.SentAt.IsZero() {
			l.Flow, l.FlowCurl = &flowView{Label: m.Content.Flow.Label}, v.submitCurl(pane, m.ID)
		}
		l.Curl = v.curl("/messages/"+url.PathEscape(m.ID)+"/status", map[string]string{"status": statusDelivered})
		v.carried(l, &m)
	}
	l.ChatID, l.Quoting = m.ConversationID, !m.SentAt.IsZero() || m.Direction == inbound
	l.Quoting, l.Member = l.Quoting && pane.CanWrite, pane.Member
	l.IDs = idsOf(&m)
	for _, d := range v.engine.FindDeliveries(pilotstatustest.DeliveryQuery{MessageID: m.ID, Limit: 20}).Deliveries {
		c := deliveryChip(&d)
		l.Hooks = append(l.Hooks, tryRow{
			ID: d.ID, Icon: deliveryIcon(&d), Text: d.Event, Href: with("deliveries", "delivery", d.ID), Chip: &c,
		})
	}
	return l
}

func kindOf(m *pilotstatustest.ChatMessage) string {
	if m.Direction == inbound {
		return "from the customer"
	}
	return cmp.Or(m.Content.Kind, "message")
}

// carried shows the requests that a message came with, and the first that was answered.
func (v *visit) carried(l *messageLook, m *pilotstatustest.ChatMessage) {
	found := v.engine.FindRequests(pilotstatustest.RequestQuery{MessageID: m.ID, Limit: 20}).Requests
	for i := len(found) - 1; i >= 0; i-- {
		r := &found[i]
		c := requestChip(r)
		l.Tries = append(l.Tries, tryRow{
			ID: r.ID, Icon: requestIcon(r), Text: ordinal(len(l.Tries)+1) + ", " + requestFate(r), Chip: &c,
			More: second(r.At) + " · ", Link: link{with("requests", "request", r.ID), "request " + r.ID},
		})
		if l.Exchange == nil || l.Exchange.Panels[1].Name == "Answer none" {
			l.Exchange = v.exchange("x", r)
		}
	}
}

func stepsOf(m *pilotstatustest.ChatMessage) []step {
	if m.Direction == inbound {
		return []step{{Word: "received", At: moment(m.At)}}
	}
	steps := []step{{Word: "queued", At: moment(m.CreatedAt)}}
	if m.Status == statusFailed || !known(m.Status) {
		if !m.SentAt.IsZero() {
			steps = append(steps, step{Word: "sent", At: moment(m.SentAt)})
		}
		return append(steps, step{Word: strings.ToLower(m.Status)})
	}
	steps = append(steps, step{"sent", moment(m.SentAt), m.SentAt.IsZero()})
	steps = append(steps, step{"delivered", moment(m.DeliveredAt), m.DeliveredAt.IsZero()})
	return append(steps, step{"read", moment(m.ReadAt), m.ReadAt.IsZero()})
}

func known(status string) bool {
	return status == statusQueued || status == statusSent || status == statusDelivered || status == statusRead
}

func idsOf(m *pilotstatustest.ChatMessage) []idRow {
	rows := []idRow{mono("id", m.ID)}
	if m.Sent != nil {
		rows = append(rows, mono("correlation", m.Sent.CorrelationID), mono("WhatsApp id", m.ExternalID),
			mono("idempotency", m.Sent.IdempotencyKey),
			phoneRow("to", cmp.Or(m.Sent.DestinationNumber, m.Sent.GroupID, m.Sent.NewsletterID)), mono("flow token", m.Sent.FlowToken))
		if t := m.Sent.DeliverUntil; !t.IsZero() {
			rows = append(rows, mono("until", t.UTC().Format("2006-01-02 15:04:05")))
		}
	} else {
		rows = append(rows, mono("WhatsApp id", m.ExternalID), phoneRow("from", cmp.Or(m.SenderPhone, m.SenderUserID)))
	}
	rows = append(rows, mono("inbox row", m.RowID), mono("answers", m.ReplyTo))
	if a := m.Content.Answer; a != nil {
		rows = append(rows, mono("button", a.ButtonID), mono("row", a.RowID), mono("payload", a.Payload))
	}
	if f := m.Content.Media; f != nil {
		rows = append(rows, mono("file", f.FileName), mono("type", f.MimeType), mono("address", f.URL), mono("media id", f.ID))
	}
	return filled(rows)
}
