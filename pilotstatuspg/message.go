package pilotstatuspg

import (
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/pilotstatus/pilotstatus-go"
)

// State is where a message of the outbox is.
type State string

// The states. A message ends accepted, refused, canceled or expired; a parked one waits
// for a person, see [Outbox.Resolve].
const (
	StateScheduled State = "scheduled" // not due yet
	StatePending   State = "pending"   // due, and surely not sent
	StateHeld      State = "held"      // its template is refused at the moment
	StateClaimed   State = "claimed"   // a worker has it and has not begun
	StateSending   State = "sending"   // being sent, or perhaps sent: it is repeated under the same key
	StateAccepted  State = "accepted"  // by the API, which is not yet delivered
	StateRefused   State = "refused"   // by the API; the reason is in Message.Error
	StateParked    State = "parked"    // perhaps sent, and no longer repeated
	StateCanceled  State = "canceled"  // before it was begun, or by a person after it was parked
	StateExpired   State = "expired"   // its time passed before it was begun
)

// Priority is which messages of a number go first. Order per recipient is kept within one
// priority: an urgent message does not wait for a campaign to the same person.
type Priority int16

// The priorities.
const (
	Urgent Priority = iota // access codes: they overtake, and expire after 10 minutes unless DeliverUntil says otherwise
	Normal                 // the default
	Bulk                   // campaigns
)

// String returns the name of the priority.
func (p Priority) String() string {
	switch p {
	case Urgent:
		return "urgent"
	case Normal:
		return "normal"
	case Bulk:
		return "bulk"
	}
	return fmt.Sprintf("priority %d", int16(p))
}

// Message is a message of the outbox. It prints and logs its ids, state and counts only.
// Its JSON leaves out the recipient and the bodies.
type Message struct {
	ID           int64                 `json:"id"`
	NumberID     string                `json:"numberId"`
	Key          string                `json:"key"`     // unique within the number
	WireKey      string                `json:"wireKey"` // of the requests; Key unless [SendAgain] changed it
	Recipient    pilotstatus.Recipient `json:"-"`       // zero once forgotten
	Priority     Priority              `json:"priority"`
	Template     string                `json:"template,omitempty"` // its id, "" for another content
	Body         []byte                `json:"-"`                  // of the request, in clear; empty once it was emptied
	Fallback     string                `json:"fallback,omitempty"` // the template of WithFallback, "" for none
	FellBack     bool                  `json:"fellBack,omitempty"` // Body and Template are the fallback's
	State        State                 `json:"state"`
	NotBefore    time.Time             `json:"notBefore,omitzero"`
	DeliverUntil time.Time             `json:"deliverUntil,omitzero"`
	Attempts     int                   `json:"attempts"`
	FirstAt      time.Time             `json:"firstAt,omitzero"`    // when it may first have reached the API
	AcceptedID   string                `json:"acceptedId,omitzero"` // the API's id of it
	Error        string                `json:"error,omitempty"`     // of the last failure, or why it is parked; "" once accepted
	SettledAt    time.Time             `json:"settledAt,omitzero"`  // when it ended or was parked
	CreatedAt    time.Time             `json:"createdAt"`

	// Status is what [Outbox.Record] was told of it, "" for nothing yet, and StatusAt when.
	Status      pilotstatus.MessageStatus `json:"status,omitempty"`
	StatusAt    time.Time                 `json:"statusAt,omitzero"`
	FailureCode pilotstatus.FailureCode   `json:"failureCode,omitempty"` // of MessageStatusFailed
}

// String names the message by its ids and state.
func (m Message) String() string {
	return fmt.Sprintf("pilotstatuspg.Message(%d, number %s, %s, %s, %d attempts, %d bytes)",
		m.ID, m.NumberID, m.Priority, m.State, m.Attempts, len(m.Body))
}

// Format writes String, whatever the verb.
func (m Message) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, m.String()) }

// GoString returns String.
func (m Message) GoString() string { return m.String() }

// LogValue returns the message's ids and state.
func (m Message) LogValue() slog.Value {
	return slog.GroupValue(slog.Int64("id", m.ID), slog.String("number", m.NumberID), slog.String("priority", m.Priority.String()),
		slog.String("state", string(m.State)), slog.Int("attempts", m.Attempts), slog.Int("bytes", len(m.Body)))
}
