package pilotstatustest

import "time"

// Number is a number of the workspace, with what the world outside the API does
// to it. While the number is deleted its methods do nothing.
type Number struct {
	server *Server
	number *number // nil: unknown
}

// Number returns the number with an id, which may be one that the API created. An
// unknown id fails the test under NewServer; otherwise the methods of what is
// returned do nothing.
func (s *Server) Number(id string) *Number {
	s.mu.Lock()
	n := s.state.number(id)
	s.mu.Unlock()
	if n == nil {
		if s.tb != nil {
			s.tb.Helper()
		}
		s.failf("no number %q", id)
	}
	return &Number{server: s, number: n}
}

// change runs f under the lock.
func (n *Number) change(f func(s *state, n *number, now time.Time)) {
	if n.number == nil {
		return
	}
	n.server.mu.Lock()
	defer n.server.mu.Unlock()
	if n.number.gone {
		return
	}
	f(n.server.state, n.number, n.server.state.clock.now())
}

// KeyID returns the id of the number's working key, which can stand for the key
// in the header x-api-key-id.
func (n *Number) KeyID() string {
	var id string
	n.change(func(_ *state, n *number, _ time.Time) { id = n.key.id })
	return id
}

// Disconnect ends the connection of the number, as when somebody logs the phone
// out. What is sent from now on stays QUEUED, and what was SENT gets no receipts.
func (n *Number) Disconnect() {
	n.change(func(s *state, n *number, now time.Time) { s.disconnect(n, now, "The device was unlinked.") })
}

// Connect connects the number, as when somebody scans the QR code. Its messages
// move on, and its pairing links are used up. The first connection of a number
// beyond those that the workspace pays for is charged, see ChargeOutcome.
func (n *Number) Connect() {
	n.change(func(s *state, n *number, now time.Time) { s.connect(n, &n.device, now) })
}

// BlockUnpaid stops sending from the number because the charge of an extra
// number was refused: Messages.Send answers 409 NUMBER_BLOCKED. A number that is
// paired by QR code is disconnected after 7 days.
func (n *Number) BlockUnpaid() {
	n.change(func(_ *state, n *number, now time.Time) { n.block(now) })
}

// Unblock ends the effect of BlockUnpaid and of a refused charge, as when the
// server's own next attempt goes through. It does not connect the number.
func (n *Number) Unblock() {
	n.change(func(s *state, n *number, now time.Time) {
		n.charge = charge{}
		s.collect(n, now)
	})
}

// HideKey makes the number's key one of the older ones that APIKeys.List cannot
// show. The key works on; one that replaces it can be shown.
func (n *Number) HideKey() {
	n.change(func(_ *state, n *number, _ time.Time) { n.key.hidden = true })
}

// FailNext lets the next message that the number accepts end as FAILED with this
// errorCode and errorMessage. Called several times it is for as many messages.
// DELIVERED_NOT_CONFIRMED comes after SENT, every other code straight after
// QUEUED.
func (n *Number) FailNext(code, message string) {
	n.change(func(_ *state, n *number, _ time.Time) {
		n.nextFailures = append(n.nextFailures, messageFailure{code, message})
	})
}

// Tenant is the workspace, with what the world outside the API does to it and
// with switches for answers that exist in two forms.
type Tenant struct {
	server *Server
}

// Tenant returns the workspace.
func (s *Server) Tenant() *Tenant { return &Tenant{server: s} }

// change runs f under the lock.
func (t *Tenant) change(f func(s *state, now time.Time)) {
	t.server.mu.Lock()
	defer t.server.mu.Unlock()
	f(t.server.state, t.server.state.clock.now())
}

// KeyID returns the id of the working tenant key, which can stand for the key in
// the header x-api-key-id.
func (t *Tenant) KeyID() string {
	var id string
	t.change(func(s *state, _ time.Time) { id = s.tenantKey.id })
	return id
}

// PairingLink makes a pairing link for a number and returns its token, which
// works for 24 hours or until the number connects. An unknown number is handled
// as by Server.Number, and the token is "".
func (t *Tenant) PairingLink(numberID string) string {
	var token string
	t.server.Number(numberID).change(func(s *state, n *number, _ time.Time) { token = s.newPairing(n) })
	return token
}

// SetMessageStatus sets the status of a message, which from then on moves only
// by this method. Any text will do, also one that the API does not have yet.
// errorCode is kept for FAILED only. An unknown id fails the test under
// NewServer; otherwise nothing happens.
func (t *Tenant) SetMessageStatus(messageID, status, errorCode string) {
	if !t.server.setMessageStatus(messageID, status, errorCode) {
		if t.server.tb != nil {
			t.server.tb.Helper()
		}
		t.server.failf("no message %q", messageID)
	}
}

func (s *Server) setMessageStatus(id, status, errorCode string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.state.messageIDs[id]
	if m == nil {
		return false
	}
	m.byHand = true
	switch status {
	case sent, delivered, read:
		s.state.reach(m, status, s.state.clock.now())
	case failed:
		s.state.fail(m, messageFailure{code: errorCode, text: errorCode}, s.state.clock.now())
	default:
		m.Status, m.ErrorCode, m.ErrorMessage = status, "", ""
	}
	return true
}

// CancelCounts switches Messages.Cancel to the form of its answer that says how
// many messages were cancelled and how many are unknown, instead of which ones.
func (t *Tenant) CancelCounts(on bool) {
	t.change(func(s *state, _ time.Time) { s.shapes.cancelCounts = on })
}

// RefuseKeyList switches Key.List to what the documentation says of it: a number
// key gets 403 NUMBER_SCOPE_NOT_ALLOWED.
func (t *Tenant) RefuseKeyList(on bool) {
	t.change(func(s *state, _ time.Time) { s.shapes.keyListRefused = on })
}

// DeadPairingIsAnswer switches Pairing.Info to answer 200 with valid false for a
// token that is unknown, used or expired, instead of 404.
func (t *Tenant) DeadPairingIsAnswer(on bool) {
	t.change(func(s *state, _ time.Time) { s.shapes.pairingInvalid = on })
}

// UnknownFields switches on a field in every object of every answer that the
// reference does not have.
func (t *Tenant) UnknownFields(on bool) {
	t.change(func(s *state, _ time.Time) { s.shapes.unknownFields = on })
}
