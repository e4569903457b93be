package pilotstatustest

import (
	"fmt"
	"time"
)

// Change is something that happened to the state of a server, see [Server.Watch]. It says
// what to look at again, not how it is now.
type Change struct {
	Seq      int64     // grows with every change of a server, from 1
	At       time.Time // by the clock of the server, when the change was made
	Kind     ChangeKind
	NumberID string // the number that it concerns; "" for none
	ID       string // of what changed, see the kinds
}

// ChangeKind says what changed.
type ChangeKind string

// The kinds of changes.
const (
	ChangeMessage      ChangeKind = "message"      // a message of a conversation came or got another state; its ID as in ChatMessage
	ChangeConversation ChangeKind = "conversation" // a contact, its name or its unread count
	ChangeNumber       ChangeKind = "number"       // the connection, charge, policy or settings of a number
	ChangeTemplate     ChangeKind = "template"
	ChangeWebhook      ChangeKind = "webhook"
	ChangeDelivery     ChangeKind = "delivery" // a delivery to a webhook began, was tried, or ended
	ChangeRequest      ChangeKind = "request"  // a request was answered, or begins to be held back by a fault
	ChangeFault        ChangeKind = "fault"    // a fault came, was used or went
	ChangeCall         ChangeKind = "call"
	ChangeUnknown      ChangeKind = "unknown" // a request had something that the server does not know
	ChangeClock        ChangeKind = "clock"   // Server.Advance moved the time
	ChangeDropped      ChangeKind = "dropped" // the message was dropped to keep no more, see WithKeep
	ChangeReset        ChangeKind = "reset"   // everything is as at the start
)

// maxBacklog is how many changes a watcher can be behind.
const maxBacklog = 8192

// WatchGapError is the end of a watch that was too slow, or that began with a number that
// the server does not have: what changed after After is not known any more. Load the state
// again, and watch on from [Server.Seq].
type WatchGapError struct {
	After  int64 // the last change that the watcher saw
	Oldest int64 // the oldest change that is still known
	Newest int64
}

// Missed is how many changes are lost; 0 for a number of another server.
func (e *WatchGapError) Missed() int64 { return max(e.Oldest-e.After-1, 0) }

// Error says how many changes were missed.
func (e *WatchGapError) Error() string {
	if e.After > e.Newest || e.After < 0 {
		return fmt.Sprintf("pilotstatustest: there is no change %d, the newest is %d", e.After, e.Newest)
	}
	return fmt.Sprintf("pilotstatustest: %d changes after %d are lost, %d more have come", e.Missed(), e.After, e.Newest-e.Oldest+1)
}

// changeLog is the newest changes. It is a ring, so that a watcher that does not read costs
// nothing.
type changeLog struct {
	ring []Change
	last int64
	wake chan struct{} // is closed with the next change; nil: nobody waits for that
}

func (l *changeLog) add(c Change) {
	l.last++
	c.Seq = l.last
	if len(l.ring) < maxBacklog {
		l.ring = append(l.ring, c)
	} else {
		l.ring[l.place(c.Seq)] = c
	}
	if l.wake != nil {
		close(l.wake)
		l.wake = nil
	}
}

// place is where a change is in the ring. The first one has the number 1.
func (l *changeLog) place(seq int64) int { return int((seq - 1) % maxBacklog) }

// after copies changes that follow one into a buffer, as many as it takes. Without any it
// returns what is closed with the next one.
func (l *changeLog) after(seq int64, buffer []Change) ([]Change, <-chan struct{}, error) {
	oldest := l.last - int64(len(l.ring)) + 1
	if seq < oldest-1 || seq > l.last {
		return nil, nil, &WatchGapError{After: seq, Oldest: oldest, Newest: l.last}
	}
	for buffer = buffer[:0]; seq < l.last && len(buffer) < cap(buffer); seq++ {
		buffer = append(buffer, l.ring[l.place(seq+1)])
	}
	if len(buffer) == 0 && l.wake == nil {
		l.wake = make(chan struct{})
	}
	return buffer, l.wake, nil
}
