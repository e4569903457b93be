package pilotstatustest

import (
	"slices"
	"time"
)

// Call is a voice call: one that Calls.Start accepted, or would have without a
// fault, or one that a person began.
type Call struct {
	ID         string
	ExternalID string // the provider's id
	NumberID   string // the number it goes out from or came in on

	Direction    string // INBOUND or OUTBOUND
	Status       string
	Peer         string // the other party, digits
	CallbackData string // what Calls.Start was given as bizOpaqueCallbackData

	SDPOffer  string // of official numbers
	SDPAnswer string

	Queued []string // URLs of Calls.Play that wait for the connection
	Played []string // and those that were played, in their order

	ErrorCode    string
	ErrorMessage string

	CreatedAt   time.Time
	UpdatedAt   time.Time
	ConnectedAt time.Time
	EndedAt     time.Time
}

// What WhatsApp and the phone of a person say in a call.
const (
	sdpOfPerson = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
	sdpOffering = sdpOfPerson + "a=setup:actpass\r\n"
	sdpAgreeing = sdpOfPerson + "a=setup:passive\r\n"
)

// Calls returns all calls so far in the order of their beginning, as they are now.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Call, 0, len(s.state.calls.all))
	for _, v := range s.state.calls.all {
		one := v.Call
		one.Queued, one.Played = slices.Clone(v.Queued), slices.Clone(v.Played)
		out = append(out, one)
	}
	return out
}

// Ring lets a person call the number and returns the id of the call, which rings
// from now on. A phone that is not connected does not ring, and there is no call:
// the id is "".
func (n *Number) Ring(from string) string {
	var id string
	n.change(func(s *state, n *number, _ time.Time) {
		if !n.official() && !n.open || s.calls.dialer(n).without {
			return
		}
		v := s.begin(n, callInbound, from)
		v.Status = callRinging
		if n.official() {
			v.SDPOffer = sdpOffering
		}
		s.tellCall(v, v.CreatedAt)
		id = v.ID
	})
	return id
}

// RingOut lets a call that Calls.Start began ring at the person's phone. This and
// the other methods that take a call find it by either id; an id that the number
// has no call for, and a call that cannot go that way, fail the test under
// NewServer and otherwise change nothing.
func (n *Number) RingOut(callID string) {
	if n.server.tb != nil {
		n.server.tb.Helper()
	}
	n.moveCall(callID, callRinging, callFailure{})
}

// AnswerCall lets the person answer a call that Calls.Start began. On a number that
// is paired by QR code it can also be the holder of the phone, who answers a call
// that rings there.
func (n *Number) AnswerCall(callID string) {
	if n.server.tb != nil {
		n.server.tb.Helper()
	}
	n.moveCall(callID, callAccepted, callFailure{})
}

// DeclineCall lets the same people decline the call.
func (n *Number) DeclineCall(callID string) {
	if n.server.tb != nil {
		n.server.tb.Helper()
	}
	n.moveCall(callID, callRejected, callFailure{})
}

// HangUp lets the other party end a call that was answered.
func (n *Number) HangUp(callID string) {
	if n.server.tb != nil {
		n.server.tb.Helper()
	}
	n.moveCall(callID, callCompleted, callFailure{})
}

// MissCall ends an inbound call that nobody answered.
func (n *Number) MissCall(callID string) {
	if n.server.tb != nil {
		n.server.tb.Helper()
	}
	n.moveCall(callID, callMissed, callFailure{})
}

// FailCall ends a call that nobody has answered yet with a technical failure.
func (n *Number) FailCall(callID, errorCode, message string) {
	if n.server.tb != nil {
		n.server.tb.Helper()
	}
	n.moveCall(callID, callFailed, callFailure{errorCode, message})
}

// callFailure is the error of a call.
type callFailure struct {
	code string
	text string
}

// moveCall puts a call into a state that the world outside the API brings.
func (n *Number) moveCall(id, to string, why callFailure) {
	moved := n.number == nil // unknown, which Server.Number has said
	n.change(func(s *state, n *number, now time.Time) {
		v := s.calls.find(n, id)
		if v == nil || !v.canBecome(to) {
			return
		}
		if to == callAccepted && n.official() {
			v.SDPAnswer = sdpAgreeing
		}
		v.ErrorCode, v.ErrorMessage = why.code, why.text
		s.moveCall(v, to, now.Truncate(time.Millisecond))
		moved = true
	})
	if moved {
		return
	}
	if n.server.tb != nil {
		n.server.tb.Helper()
	}
	n.server.failf("no call %q that can become %s", id, to)
}

// canBecome says whether the world outside the API can bring the call into a state.
func (v *phoneCall) canBecome(status string) bool {
	waits := v.Status == callInitiated || v.Status == callRinging
	switch status {
	case callRinging:
		return v.Status == callInitiated
	case callAccepted, callRejected:
		// An official number has no phone on which somebody could.
		return waits && (v.Direction == callOutbound || !v.number.official())
	case callCompleted:
		return v.Status == callAccepted
	case callMissed:
		return waits && v.Direction == callInbound
	}
	return waits // callFailed
}

// GrantCallPermission lets a person allow calls from the number: for good, or for
// the next 7 days.
func (n *Number) GrantCallPermission(to string, permanent bool) {
	n.change(func(s *state, n *number, now time.Time) {
		p := s.calls.dialer(n).callee(to)
		p.allowed, p.expires = callsForNow, now.Add(callPermissionLife).Truncate(time.Second)
		if permanent {
			p.allowed = callsForEver
		}
		s.tellPermission(n, to, p.allowed, now)
	})
}

// RefuseCallPermission lets a person forbid calls from the number, also after they
// were allowed.
func (n *Number) RefuseCallPermission(to string) {
	n.change(func(s *state, n *number, now time.Time) {
		s.calls.dialer(n).callee(to).allowed = ""
		s.tellPermission(n, to, callsForbidden, now)
	})
}

// LimitCalls sets how many calls an official number can start to one person in 24
// hours; normally it is 100.
func (n *Number) LimitCalls(perDay int) {
	n.change(func(s *state, n *number, _ time.Time) { s.calls.dialer(n).maxStarts = perDay })
}

// LimitCallRequests sets how many times Calls.RequestPermission can ask one person
// in 24 hours; normally it is 2. The next is META_CALL_PERMISSION_REQUEST_LIMIT.
func (n *Number) LimitCallRequests(perDay int) {
	n.change(func(s *state, n *number, _ time.Time) { s.calls.dialer(n).maxRequests = perDay })
}

// WithoutCalls makes the number one of a provider that has no calls at all: every
// operation is 400 FEATURE_NOT_SUPPORTED.
func (n *Number) WithoutCalls(on bool) {
	n.change(func(s *state, n *number, _ time.Time) { s.calls.dialer(n).without = on })
}

// ConnectAudio opens the WebSocket of Calls.RealtimeSession as far as the token
// goes: it returns the mode of the session, or "" for a token that is unknown,
// expired or used. A token is used up by the first connection.
func (t *Tenant) ConnectAudio(token string) string {
	var mode string
	t.change(func(s *state, now time.Time) {
		if one := s.calls.tokens[token]; one != nil && now.Before(one.expires) {
			mode = one.mode
		}
		delete(s.calls.tokens, token)
	})
	return mode
}

// SparseCalls switches the answers of calls to leave out what may be absent: what
// is null in Calls.List and Calls.Get, and the actions of Calls.Permission.
func (t *Tenant) SparseCalls(on bool) {
	t.change(func(s *state, _ time.Time) { s.calls.sparse = on })
}

// LateCallIDs switches Calls.Start to answer without the provider's id of the
// call, which is then known when the call moves on.
func (t *Tenant) LateCallIDs(on bool) {
	t.change(func(s *state, _ time.Time) { s.calls.lateIDs = on })
}
