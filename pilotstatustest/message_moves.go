package pilotstatustest

import (
	"time"
)

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
	m.serial = s.lastID
	m.CorrelationID = s.newID("corr")
	m.Status = queued
	m.CreatedAt = s.clock.now()
	m.next = m.ready().Add(pace)
	if list := m.number.nextFailures; len(list) > 0 {
		m.failure, m.number.nextFailures = &list[0], list[1:]
	}
	m.byHand = s.manual
	s.keepMessage(m)
}

// keepMessage adds a message to those that are there.
func (s *state) keepMessage(m *message) {
	if !m.ended() {
		s.moving = append(s.moving, m)
	}
	s.messages = append(s.messages, m)
	m.number.box.unnoted = append(m.number.box.unnoted, m)
	if s.keep > 0 && len(s.messages) > s.keep {
		s.drop(s.messages[0])
	}
	s.bytes.used += m.size()
	s.changed(m)
	m.seq = s.changes.last
}

// drop ends what the oldest message does; its ids are unknown from now on.
func (s *state) drop(oldest *message) {
	s.dropped = oldest.serial
	s.lost.Messages++
	s.bytes.used -= oldest.size()
	oldest.Body = nil // its events may wait for long
	s.messages = withoutFirst(s.messages)
	s.unlist(oldest)
	s.publish(ChangeDropped, oldest.NumberID, oldest.ID)
	if len(s.moving) > 0 && s.moving[0] == oldest {
		s.moving[0] = nil
		s.moving = s.moving[1:]
	}
}

// message finds a message by one of its three ids.
func (s *state) message(id string) *message {
	serial := serialOf(ownID(id))
	near := s.messagesFrom(serial - 1) // whose correlation id it may be
	return first(near[:min(len(near), 2)], func(m *message) bool {
		return m.ID == id || m.CorrelationID == id || m.ExternalID == id && id != ""
	})
}

// flow finds the message with the token of a flow, which has its serial unless it is that
// of a snapshot.
func (s *state) flow(token string) *message {
	has := func(m *message) bool { return token != "" && m.FlowToken == token }
	serial := serialOf(token)
	if m := bySerial(s.messages, serial, (*message).place); m != nil && has(m) {
		return m
	}
	if token == s.idText("flow", serial) {
		return nil
	}
	return first(s.messages, has)
}

// unknownMessage says why there is no message with an id. What has the form of an id and is
// older than all that is kept counts as dropped.
func (s *state) unknownMessage(id string) error {
	serial := serialOf(id)
	known := id != "" && (id == s.idText("msg", serial) || id == s.idText("cm", serial) || id == s.idText("corr", serial))
	return &UnknownIDError{What: "message", ID: id, Dropped: known && serial > 0 && serial <= max(s.dropped+1, s.droppedRow)}
}

func (m *message) size() int {
	bytes := len(m.Body) + len(m.content.text)
	if m.first {
		bytes += len(m.layout)
	}
	return bytes
}

func (m *message) place() int { return m.serial }

// messagesFrom returns the messages whose serial is not below a serial.
func (s *state) messagesFrom(serial int) []*message {
	return s.messages[placeOf(s.messages, serial, (*message).place):]
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
	s.changed(m)
	s.tellStatus(m, "message.failed", at)
}

// reach puts a message into a state on the way from SENT to READ, with
// everything that the states before it bring.
func (s *state) reach(m *message, status string, at time.Time) {
	m.Status, m.ErrorCode, m.ErrorMessage = status, "", ""
	if m.ExternalID == "" {
		m.ExternalID = externalID(m.ID)
	}
	if m.SentAt.IsZero() && m.marksRead {
		s.noteSends(m.number)
		m.readBefore()
	}
	s.arrive(m, &m.SentAt, at, "message.sent")
	if status != sent {
		s.arrive(m, &m.DeliveredAt, at, "message.delivered")
	}
	if status == read {
		s.arrive(m, &m.ReadAt, at, "message.read")
	}
	s.changed(m)
}

// arrive sets the time of a state that the message had not reached before, and tells
// webhooks.
func (s *state) arrive(m *message, when *time.Time, at time.Time, event string) {
	if when.IsZero() {
		*when = at
		s.tellStatus(m, event, at)
	}
}
