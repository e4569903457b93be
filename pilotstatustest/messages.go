package pilotstatustest

import (
	"net/http"
	"slices"
	"time"
)

func messageRoutes() []route {
	send := on("Messages.Send", "POST /v1/messages/send", scopeNumber, sendMessage).takesBody().answers(http.StatusAccepted)
	send.keyed, send.replay = true, repeatSend
	get := on("Messages.Get", "GET /v1/messages/{id}", scopeNumber, getMessage)
	get.reserved = []string{"history", "unread", "group", "opt-in", "cancel", "send", "typing"}
	return []route{send, get, onBody("Messages.Cancel", "DELETE /v1/messages/cancel", scopeNumber, cancelMessages)}
}

func sendMessage(c *call) (any, *failure) {
	if !c.number.unpaidSince.IsZero() {
		return nil, &failure{
			status: http.StatusConflict, code: "NUMBER_BLOCKED", reason: "extra_charge_unpaid",
			text: "Sending from this number is blocked",
		}
	}
	var in sendRequest
	if err := c.decode(&in); err != nil {
		return nil, invalid("%v", err)
	}
	mode, err := in.check()
	if err != nil {
		c.noteError(err)
		return nil, invalid("%v", err)
	}
	if refused := in.checkNumber(c, mode); refused != nil {
		return nil, refused
	}
	m := &message{number: c.number, category: "service"}
	m.NumberID, m.Mode, m.Body = c.number.id, mode, c.body
	m.marksRead = c.number.official() && orOld(in.MarkRead, c.number.settings.MarkReadOnSend)
	startsFlow := mode == modeFlow
	var t *template
	if mode == modeTemplate {
		var refused *failure
		if t, refused = c.state.sentTemplate(c.number, &in); refused != nil {
			return nil, refused
		}
		t.apply(m)
		startsFlow = t.flow
	}
	m.content = in.contentOf(c.number, t)
	m.odd = len(c.unknown)
	m.IdempotencyKey = c.header.Get("Idempotency-Key")
	in.address(m)
	c.state.accept(m)
	if startsFlow {
		m.FlowToken = c.state.idText("flow", m.serial)
	}
	c.receipt = receipt{m.CreatedAt.UnixMilli(), m.serial, c.state.originOf(origin{c.number.name, c.number.phone, startsFlow})}
	return c.state.accepted(c.receipt), nil
}

// repeatSend needs no message, which may be dropped.
func repeatSend(c *call) (any, *failure) {
	return jsonAnswer(http.StatusAccepted, c.state.accepted(c.first.receipt)), nil
}

// originOf returns the place of an origin, of which there are few.
func (s *state) originOf(o origin) int {
	if i := slices.Index(s.origins, o); i >= 0 {
		return i
	}
	s.origins = append(s.origins, o)
	return len(s.origins) - 1
}

// accepted is the answer of the first request and of its repetitions.
func (s *state) accepted(r receipt) acceptedAnswer {
	from := s.origins[r.origin]
	out := acceptedAnswer{
		ID: s.idText("msg", r.serial), CorrelationID: s.idText("corr", r.serial+1), Status: queued,
		CreatedAt: stampText(time.UnixMilli(r.at)), Origin: from.name, SourceNumber: from.phone,
	}
	if from.flow {
		out.FlowToken = s.idText("flow", r.serial)
	}
	return out
}

// acceptedAnswer is the answer of Messages.Send.
type acceptedAnswer struct {
	ID            string `json:"id"`
	CorrelationID string `json:"correlationId"`
	Status        string `json:"status"`
	CreatedAt     string `json:"createdAt"`
	Origin        string `json:"origin"` // the name of the number
	SourceNumber  string `json:"sourceNumber"`
	FlowToken     string `json:"flowToken,omitempty"`
}

// address copies where the message goes, and when.
func (in *sendRequest) address(m *message) {
	m.DestinationNumber = value(in.DestinationNumber)
	m.GroupID = value(in.GroupID)
	m.NewsletterID = value(in.NewsletterID)
	m.DeliverAt = value(in.DeliverAt)
	m.DeliverUntil = value(in.DeliverUntil)
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
	m := c.state.message(c.params["id"])
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

// cancelRequest is the body of Messages.Cancel.
type cancelRequest struct {
	MessageIDs []string `json:"messageIds"`
}

func cancelMessages(c *call, in *cancelRequest) (any, *failure) {
	if n := len(in.MessageIDs); n < 1 || n > 100 {
		return nil, invalid("messageIds has %d ids", n)
	}
	out := cancelAnswer{Cancelled: []string{}, Failed: []cancelFailed{}}
	var unknown int
	for _, id := range in.MessageIDs {
		m := c.state.message(id)
		if m == nil || m.ID != id || m.number != c.number {
			unknown++
			out.Failed = append(out.Failed, cancelFailed{id, "not found"})
			continue
		}
		if reason := m.cancel(c.state.clock.now()); reason != "" {
			out.Failed = append(out.Failed, cancelFailed{id, reason})
			continue
		}
		c.state.changed(m)
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
