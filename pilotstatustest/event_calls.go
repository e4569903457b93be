package pilotstatustest

import (
	"strings"
	"time"
)

// callNews is what webhooks hear of a call. It has no envelope.
type callNews struct {
	Event          string  `json:"event"`
	CallID         *string `json:"callId"`
	ExternalCallID *string `json:"externalCallId,omitempty"`
	Direction      *string `json:"direction"`
	Status         string  `json:"status"`
	From           string  `json:"from"`
	To             string  `json:"to"`
	Timestamp      string  `json:"timestamp"`
	Duration       *int    `json:"duration,omitempty"` // seconds, of an answered call that ended
}

// callEvent names what webhooks hear when a call gets into a state.
func callEvent(status string) string {
	switch status {
	case callRinging:
		return "call.ringing"
	case callAccepted:
		return "call.connected"
	case callMissed:
		return "call.missed"
	}
	return "call.ended"
}

// moveCall puts a call into a state and tells webhooks of it if it is another one.
func (s *state) moveCall(v *phoneCall, status string, at time.Time) {
	before := v.Status
	v.move(status, at)
	if status != before {
		s.tellCall(v, at)
	}
}

func (s *state) tellCall(v *phoneCall, at time.Time) {
	name := callEvent(v.Status)
	s.emit(v.number, name, at, func() any {
		out := callNews{
			Event: name, CallID: nullable(v.ID), ExternalCallID: nullable(v.ExternalID), Direction: nullable(v.Direction),
			Status: v.Status, From: withPlus(v.number.phone), To: withPlus(v.Peer), Timestamp: stampText(at),
			Duration: v.seconds(),
		}
		if v.Direction == callInbound {
			out.From, out.To = out.To, out.From
		}
		return out
	})
}

// tellPermission tells webhooks what a person allows. Only Meta knows that.
func (s *state) tellPermission(n *number, from, permission string, at time.Time) {
	if !n.official() {
		return
	}
	const name = "call.permission_updated"
	s.emit(n, name, at, func() any {
		return callNews{
			Event: name, Status: strings.ToUpper(permission),
			From: withPlus(onlyDigits(from)), To: withPlus(n.phone), Timestamp: stampText(at),
		}
	})
}
