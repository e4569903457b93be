package pilotstatustest

import (
	"encoding/json"
	"time"
)

// What webhooks hear of a number.
const (
	numberCreated      = "number.created"
	numberConnected    = "number.connected"
	numberDisconnected = "number.disconnected"
	numberRemoved      = "number.removed"
	numberRestored     = "number.restored"
)

// numberNews is the data of these events.
type numberNews struct {
	NumberID    string `json:"numberId"`
	Phone       string `json:"phone"`
	DisplayName string `json:"displayName"`
	CreatedAt   string `json:"createdAt"` // of the event
	ProfileName string `json:"profileName,omitempty"`
	Error       string `json:"error,omitempty"`
}

// announce notes what happened to a number, in the form of a webhook, and tells
// webhooks.
func (s *state) announce(n *number, name string, at time.Time, why string) {
	data := numberNews{
		NumberID: n.id, Phone: withPlus(n.phone), DisplayName: n.name, CreatedAt: stampText(at), Error: why,
	}
	if name == numberConnected {
		data.ProfileName = n.name
	}
	out := news{name, data}
	s.workspace.news = append(s.workspace.news, json.RawMessage(jsonAnswer(0, out).body))
	s.emit(n, name, at, func() any { return out })
}
