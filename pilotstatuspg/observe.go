package pilotstatuspg

import (
	"context"
	"slices"
	"time"
)

// Settled is a message that [Outbox.Run] has ended or parked, for RunOptions.Observer. It
// has no recipient, key, text or id of the message.
type Settled struct {
	NumberID string
	Priority Priority
	Template bool  // its content is a template
	State    State // accepted, refused, parked or expired
	Attempts int   // requests

	// Waited is the time from when the message could have been sent until its end was
	// written, by the database's clock. It begins when the transaction of Enqueue began or,
	// if that is later, at NotBefore. After a request was repeated, it begins at Enqueue,
	// because the outbox no longer knows NotBefore.
	Waited time.Duration
}

// isSettled reports whether the message ended or was parked.
func (r *result) isSettled() bool {
	switch r.state {
	case StateAccepted, StateRefused, StateParked, StateExpired:
		return true
	}
	return false
}

// due is when the message could have been sent for the first time.
func (c *claim) due() time.Time {
	if c.attempts == 0 && c.notBefore.After(c.createdAt) {
		return c.notBefore
	}
	return c.createdAt
}

// observe tells the observer what a write has settled.
func (w *worker) observe(ctx context.Context, answer written, results []result) {
	observer := w.r.options.Observer
	if observer == nil {
		return
	}
	for _, r := range results {
		if !r.isSettled() || !slices.Contains(answer.ids, r.id) {
			continue
		}
		observer(ctx, Settled{
			NumberID: w.number, Priority: Priority(r.priority), Template: r.of.template != "", State: r.state,
			Attempts: r.of.attempts + int(r.attempts), Waited: max(0, answer.now.Sub(r.of.due())),
		})
	}
}
