package pilotstatustest

import (
	"encoding/json"
	"net/http"
	"time"
)

// The states of a message.
const (
	queued    = "QUEUED"
	sent      = "SENT"
	delivered = "DELIVERED"
	read      = "READ"
	failed    = "FAILED"
	canceled  = "CANCELED"
)

func messageRoutes() []route {
	notIDs := []string{"history", "unread", "group", "opt-in", "cancel", "send", "typing"}
	return []route{
		{
			op: "Messages.Send", method: http.MethodPost, path: "/v1/messages/send",
			scope: scopeNumber, status: http.StatusAccepted, body: true, keyed: true, handle: sendMessage,
		},
		{
			op: "Messages.Get", method: http.MethodGet, path: "/v1/messages/{id}",
			scope: scopeNumber, status: http.StatusOK, reserved: notIDs, handle: getMessage,
		},
		{
			op: "Messages.Cancel", method: http.MethodDelete, path: "/v1/messages/cancel",
			scope: scopeNumber, status: http.StatusOK, body: true, handle: cancelMessages,
		},
	}
}

// Message is a message that was accepted: Messages.Send answered 202, or would
// have without a fault.
type Message struct {
	ID            string
	CorrelationID string
	ExternalID    string // WhatsApp's id, "" until the message is SENT
	NumberID      string // the number it is sent from

	DestinationNumber string // one of these three
	GroupID           string
	NewsletterID      string

	Mode     string          // template, text, media, list, carousel or flow
	Template string          // name of the template
	Body     json.RawMessage // the whole request, byte for byte; do not change it

	Status       string
	ErrorCode    string
	ErrorMessage string

	IdempotencyKey string // "" when there was none
	FlowToken      string // of a flow

	CreatedAt    time.Time
	DeliverAt    time.Time // zero: at once
	DeliverUntil time.Time // zero: no deadline
	SentAt       time.Time
	DeliveredAt  time.Time
	ReadAt       time.Time
}

// Messages returns the messages that were accepted, in this order, as they are
// now.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Message, 0, len(s.state.messages))
	for _, m := range s.state.messages {
		out = append(out, m.Message)
	}
	return out
}

// messageAnswer is the answer of Messages.Get.
type messageAnswer struct {
	ID                string         `json:"id"`
	ExternalMessageID *string        `json:"externalMessageId"`
	Status            string         `json:"status"`
	CorrelationID     string         `json:"correlationId"`
	DestinationNumber *string        `json:"destinationNumber"`
	Template          string         `json:"template,omitempty"`
	CreatedAt         string         `json:"createdAt"`
	SentAt            *string        `json:"sentAt"`
	DeliveredAt       *string        `json:"deliveredAt"`
	ReadAt            *string        `json:"readAt"`
	ErrorCode         *string        `json:"errorCode"`
	ErrorMessage      *string        `json:"errorMessage"`
	Origin            string         `json:"origin"`
	MetaPricing       *pricingAnswer `json:"metaPricing"`
}

// pricingAnswer is what Meta billed for a message of an official number.
type pricingAnswer struct {
	ConversationID *string `json:"conversationId"`
	OriginType     *string `json:"originType"`
	Category       *string `json:"category"`
	Type           *string `json:"type"`
}

func getMessage(c *call) (any, *failure) {
	m := c.state.messageIDs[c.params["id"]]
	if m == nil || m.number != c.number {
		return nil, notFound("Message")
	}
	return messageAnswer{
		ID: m.ID, ExternalMessageID: nullable(m.ExternalID), Status: m.Status, CorrelationID: m.CorrelationID,
		DestinationNumber: nullable(m.DestinationNumber), Template: m.Template, CreatedAt: stampText(m.CreatedAt),
		SentAt: stamp(m.SentAt), DeliveredAt: stamp(m.DeliveredAt), ReadAt: stamp(m.ReadAt),
		ErrorCode: nullable(m.ErrorCode), ErrorMessage: nullable(m.ErrorMessage),
		Origin: "API", MetaPricing: m.pricing(),
	}, nil
}

// pricing is nil until Meta reports it with the delivery.
func (m *message) pricing() *pricingAnswer {
	if !m.number.official() || m.DeliveredAt.IsZero() {
		return nil
	}
	return &pricingAnswer{
		ConversationID: nullable("conv_" + m.ID), OriginType: nullable(m.category),
		Category: nullable(m.category), Type: nullable("regular"),
	}
}

// cancelAnswer is the answer of Messages.Cancel.
type cancelAnswer struct {
	Cancelled []string       `json:"cancelled"`
	Failed    []cancelFailed `json:"failed"`
}

type cancelFailed struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
}

// cancelCounts is the other form of that answer.
type cancelCounts struct {
	Cancelled int `json:"cancelled"`
	NotFound  int `json:"notFound"`
}

func cancelMessages(c *call) (any, *failure) {
	var in struct {
		MessageIDs []string `json:"messageIds"`
	}
	if err := decode(c.body, &in); err != nil {
		return nil, invalid("%v", err)
	}
	if n := len(in.MessageIDs); n < 1 || n > 100 {
		return nil, invalid("messageIds has %d ids", n)
	}
	out := cancelAnswer{Cancelled: []string{}, Failed: []cancelFailed{}}
	var unknown int
	for _, id := range in.MessageIDs {
		m := c.state.messageIDs[id]
		if m == nil || m.ID != id || m.number != c.number {
			unknown++
			out.Failed = append(out.Failed, cancelFailed{id, "not found"})
			continue
		}
		if reason := m.cancel(c.state.clock.now()); reason != "" {
			out.Failed = append(out.Failed, cancelFailed{id, reason})
			continue
		}
		out.Cancelled = append(out.Cancelled, id)
	}
	if c.state.shapes.cancelCounts {
		return cancelCounts{Cancelled: len(out.Cancelled), NotFound: unknown}, nil
	}
	return out, nil
}

// cancel cancels a message that is scheduled for later, or says why it cannot.
func (m *message) cancel(now time.Time) string {
	switch {
	case m.Status == canceled:
		return "already canceled"
	case m.Status == failed:
		return "already failed"
	case m.Status != queued:
		return "already sent"
	case !m.DeliverAt.After(now):
		return "not scheduled"
	}
	m.Status = canceled
	return ""
}
