package pilotstatustest

import "time"

// What WhatsApp and the phone of a person say in a call.
const (
	sdpOfPerson = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
	sdpOffering = sdpOfPerson + "a=setup:actpass\r\n"
	sdpAgreeing = sdpOfPerson + "a=setup:passive\r\n"
)

// Ring lets a person call the number and returns the id of the call, which rings
// from now on. A phone that is not connected does not ring, and there is no call:
// the id is "".
func (n *Number) Ring(from string) (id string) {
	n.change(func(s *state, n *number, _ time.Time) { id = s.ring(n, from) })
	return id
}

func (s *state) ring(n *number, from string) (id string) {
	if !n.official() && !n.open || n.dialer.without {
		return ""
	}
	v := s.begin(n, callInbound, from)
	v.Status = callRinging
	if n.official() {
		v.SDPOffer = sdpOffering
	}
	s.tellCall(v, v.CreatedAt)
	return v.ID
}

// RingOut lets a call that Calls.Start began ring at the person's phone. This and
// the other methods that take a call find it by either id; an id that the number
// has no call for, and a call that cannot go that way, fail the test under
// NewServer and otherwise change nothing.
func (n *Number) RingOut(callID string) {
	n.server.tb.Helper()
	n.moveCall(callID, callRinging, callFailure{})
}

// AnswerCall lets the person answer a call that Calls.Start began. On a number that
// is paired by QR code it can also be the holder of the phone, who answers a call
// that rings there.
func (n *Number) AnswerCall(callID string) {
	n.server.tb.Helper()
	n.moveCall(callID, callAccepted, callFailure{})
}

// DeclineCall lets the same people decline the call.
func (n *Number) DeclineCall(callID string) {
	n.server.tb.Helper()
	n.moveCall(callID, callRejected, callFailure{})
}

// HangUp lets the other party end a call that was answered.
func (n *Number) HangUp(callID string) {
	n.server.tb.Helper()
	n.moveCall(callID, callCompleted, callFailure{})
}

// MissCall ends an inbound call that nobody answered.
func (n *Number) MissCall(callID string) {
	n.server.tb.Helper()
	n.moveCall(callID, callMissed, callFailure{})
}

// FailCall ends a call that nobody has answered yet with a technical failure.
func (n *Number) FailCall(callID, errorCode, message string) {
	n.server.tb.Helper()
	n.moveCall(callID, callFailed, callFailure{errorCode, message})
}

// callFailure is the error of a call.
type callFailure struct {
	code string
	text string
}

// moveCall puts a call into a state that the world outside the API brings.
func (n *Number) moveCall(id, to string, why callFailure) {
	n.server.tb.Helper()
	n.find(func(s *state, n *number, now time.Time) bool {
		v := s.calls.find(n, id)
		if v == nil || !v.canBecome(to) {
			return false
		}
		if to == callAccepted && n.official() {
			v.SDPAnswer = sdpAgreeing
		}
		v.ErrorCode, v.ErrorMessage = why.code, why.text
		s.moveCall(v, to, now.Truncate(time.Millisecond))
		return true
	}, "no call %q that can become %s", id, to)
}

// GrantCallPermission lets a person allow calls from the number: for good, or for
// the next 7 days.
func (n *Number) GrantCallPermission(to string, permanent bool) {
	n.change(func(s *state, n *number, now time.Time) {
		p := n.dialer.callee(to)
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
		n.dialer.callee(to).allowed = ""
		s.tellPermission(n, to, callsForbidden, now)
	})
}

// LimitCalls sets how many calls an official number can start to one person in 24
// hours; normally it is 100.
func (n *Number) LimitCalls(perDay int) {
	n.change(func(_ *state, n *number, _ time.Time) { n.dialer.maxStarts = perDay })
}

// LimitCallRequests sets how many times Calls.RequestPermission can ask one person
// in 24 hours; normally it is 2. The next is META_CALL_PERMISSION_REQUEST_LIMIT.
func (n *Number) LimitCallRequests(perDay int) {
	n.change(func(_ *state, n *number, _ time.Time) { n.dialer.maxRequests = perDay })
}

// WithoutCalls makes the number one of a provider that has no calls at all: every
// operation is 400 FEATURE_NOT_SUPPORTED.
func (n *Number) WithoutCalls(on bool) {
	n.change(func(_ *state, n *number, _ time.Time) { n.dialer.without = on })
}
