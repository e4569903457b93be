package pilotstatustest

import (
	"net/http"
	"time"
)

func messageRoutes() []route {
	send := on("Messages.Send", "POST /v1/messages/send", scopeNumber, sendMessage).takesBody().answers(http.StatusAccepted)
	send.keyed = true
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
	if err := decode(c.body, &in); err != nil {
		return nil, invalid("%v", err)
	}
	mode, err := in.check()
	if err != nil {
		return nil, invalid("%v", err)
	}
	if refused := in.checkNumber(c, mode); refused != nil {
		return nil, refused
	}
	m := &message{number: c.number, category: "service"}
	m.NumberID, m.Mode, m.Body = c.number.id, mode, c.body
	m.marksRead = c.number.official() && orOld(in.MarkRead, c.number.settings.MarkReadOnSend)
	startsFlow := mode == modeFlow
	if mode == modeTemplate {
		t, refused := c.state.sentTemplate(c.number, &in)
		if refused != nil {
			return nil, refused
		}
		t.apply(m)
		startsFlow = t.flow
	}
	if startsFlow {
		m.FlowToken = c.state.newID("flow")
	}
	m.IdempotencyKey = c.header.Get("Idempotency-Key")
	in.address(m)
	c.state.accept(m)
	return acceptedAnswer{
		ID: m.ID, CorrelationID: m.CorrelationID, Status: m.Status, CreatedAt: stampText(m.CreatedAt),
		Origin: c.number.name, SourceNumber: c.number.phone, FlowToken: m.FlowToken,
	}, nil
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

const (
	// queueLife is how long a message waits for its number to connect.
	queueLife = 7 * 24 * time.Hour

	notConfirmed   = "DELIVERED_NOT_CONFIRMED"
	neverAttempted = "NEVER_ATTEMPTED_MAX_AGE_EXCEEDED"
	messageExpired = "MESSAGE_EXPIRED"
)

// accept puts a message into the queue.
func (s *state) accept(m *message) {
	m.ID = s.newID("msg")
	m.CorrelationID = s.newID("corr")
	m.Status = queued
	m.CreatedAt = s.clock.now()
	m.next = m.ready().Add(pace)
	if list := m.number.nextFailures; len(list) > 0 {
		m.failure, m.number.nextFailures = &list[0], list[1:]
	}
	s.messages = append(s.messages, m)
	s.messageIDs[m.ID], s.messageIDs[m.CorrelationID] = m, m
	s.moving = append(s.moving, m)
}

// ready is the time from which the message may go out.
func (m *message) ready() time.Time {
	if m.DeliverAt.After(m.CreatedAt) {
		return m.DeliverAt
	}
	return m.CreatedAt
}

// ended says whether the message moves no more.
func (m *message) ended() bool {
	return m.byHand || m.Status == read || m.Status == failed || m.Status == canceled
}

// moveMessages takes every step that is due up to t.
func (s *state) moveMessages(t time.Time) {
	still := s.moving[:0]
	for _, m := range s.moving {
		for !m.ended() {
			due := m.due()
			if due.IsZero() || due.After(t) {
				break
			}
			s.step(m, due)
		}
		if !m.ended() {
			still = append(still, m)
		}
	}
	clear(s.moving[len(still):])
	s.moving = still
}

// resume lets the messages of a number move on after a time without connection.
func (s *state) resume(n *number, now time.Time) {
	for _, m := range s.moving {
		if m.number == n && m.next.Before(now.Add(pace)) {
			m.next = now.Add(pace)
		}
	}
}

// due is the time of the next step; zero while nothing can happen.
func (m *message) due() time.Time {
	if m.number.open {
		return m.next
	}
	if m.Status == queued {
		at, _ := m.expiry()
		return at
	}
	return time.Time{}
}

// expiry is when and why a message fails that does not get out of the queue.
func (m *message) expiry() (time.Time, messageFailure) {
	old := m.ready().Add(queueLife)
	if !m.DeliverUntil.IsZero() && m.DeliverUntil.Before(old) {
		return m.DeliverUntil, messageFailure{messageExpired, "The message expired before it could be sent"}
	}
	return old, messageFailure{neverAttempted, "The number was offline for 7 days"}
}

// step moves a message on by one.
func (s *state) step(m *message, at time.Time) {
	m.next = at.Add(pace)
	expires, why := m.expiry()
	switch {
	case m.Status == queued && !at.Before(expires):
		s.fail(m, why, at)
	case m.failure != nil && (m.Status == sent || m.failure.code != notConfirmed):
		s.fail(m, *m.failure, at)
	case m.Status == queued:
		s.goOut(m, at)
	case m.Status == sent:
		s.reach(m, delivered, at)
	default:
		s.reach(m, read, at)
	}
}

// goOut hands a message to WhatsApp, which may not take it.
func (s *state) goOut(m *message, at time.Time) {
	if why := m.undeliverable(at); why != nil {
		s.fail(m, *why, at)
		return
	}
	s.reach(m, sent, at)
}

func (s *state) fail(m *message, why messageFailure, at time.Time) {
	m.Status, m.ErrorCode, m.ErrorMessage = failed, why.code, why.text
	s.tellStatus(m, "message.failed", at)
}

// reach puts a message into a state on the way from SENT to READ, with
// everything that the states before it bring.
func (s *state) reach(m *message, status string, at time.Time) {
	m.Status, m.ErrorCode, m.ErrorMessage = status, "", ""
	if m.ExternalID == "" {
		m.ExternalID = externalID(m.ID)
		s.messageIDs[m.ExternalID] = m
	}
	s.arrive(m, &m.SentAt, at, "message.sent")
	if status != sent {
		s.arrive(m, &m.DeliveredAt, at, "message.delivered")
	}
	if status == read {
		s.arrive(m, &m.ReadAt, at, "message.read")
	}
}

// arrive sets the time of a state that the message had not reached before, and tells
// webhooks.
func (s *state) arrive(m *message, when *time.Time, at time.Time, event string) {
	if when.IsZero() {
		*when = at
		s.tellStatus(m, event, at)
	}
}
