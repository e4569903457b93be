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

// numberNews is the payload of these events.
type numberNews struct {
	Event string         `json:"event"`
	Data  numberNewsData `json:"data"`
}

type numberNewsData struct {
	NumberID    string `json:"numberId"`
	Phone       string `json:"phone"`
	DisplayName string `json:"displayName"`
	CreatedAt   string `json:"createdAt"` // of the event
	ProfileName string `json:"profileName,omitempty"`
	Error       string `json:"error,omitempty"`
}

// announce notes what happened to a number, in the form of a webhook.
func (s *state) announce(n *number, event string, at time.Time, why string) {
	news := numberNews{event, numberNewsData{
		NumberID: n.id, Phone: "+" + n.phone, DisplayName: n.name, CreatedAt: stampText(at), Error: why,
	}}
	if event == numberConnected {
		news.Data.ProfileName = n.name
	}
	s.workspace.news = append(s.workspace.news, json.RawMessage(jsonAnswer(0, news).body))
}
