package pilotstatuspg

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/pilotstatus/pilotstatus-go"
)

// Record notes what an event of a webhook means for the outbox. Events may come in any
// order, more than once, and before the send is recorded. [Outbox.Receive] does the same.
//
//   - A message was sent, delivered, read or failed: pilotstatus.MessageStatus.Supersedes
//     decides, and [Outbox.Get] and the view delivery show it.
//   - A contact wrote: [Outbox.WindowOpen] and [WithFallback] know it. Only the time is
//     kept, for 30 days.
//   - A number was disconnected, removed, or restored, which does not connect it: it pauses
//     with the reason [pilotstatus.EventNumberDisconnected]. Connected, it sends again,
//     unless it was paused for another reason. The newest event counts.
//
// Other events, and those of messages that the outbox did not send, do no harm.
func (o *Outbox) Record(ctx context.Context, db DB, event pilotstatus.Event) error {
	return o.record(ctx, db, event)
}

// record is Record, of the webhook handler as well. Each event is one statement, or a few
// that any interruption leaves right.
func (o *Outbox) record(ctx context.Context, db DB, event pilotstatus.Event) error {
	if r := receiptOf(event); r.usable() {
		return o.report(ctx, db, r)
	}
	if i := inboundOf(event); i.contact != "" {
		return o.recordInbound(ctx, db, i)
	}
	if c := numberChangeOf(event); c.numberID != "" {
		return o.recordNumber(ctx, db, c)
	}
	return nil
}

// receipt is what is known of a message of the API.
type receipt struct {
	id       string // of the API
	numberID string
	status   pilotstatus.MessageStatus
	failure  pilotstatus.FailureCode
}

// receiptOf returns what an event says of a message, the zero receipt for another event.
func receiptOf(event pilotstatus.Event) receipt {
	switch e := event.(type) {
	case *pilotstatus.MessageStatusEvent:
		return receipt{id: e.ID, numberID: e.NumberID, status: e.Status()}
	case *pilotstatus.MessageFailedEvent:
		return receipt{id: e.ID, numberID: e.NumberID, status: e.Status(), failure: e.ErrorCode}
	}
	return receipt{}
}

// usable reports whether the receipt can be stored.
func (r receipt) usable() bool {
	return r.id != "" && len(r.id) <= maxIndexed && r.id == storable(r.id) && r.status != ""
}

const recording = "recording an event"

// report stores a receipt, unless a stronger one is there.
func (o *Outbox) report(ctx context.Context, db DB, r receipt) error {
	for {
		added, err := o.exec(ctx, db, recording, recordSQL, r.id, storable(string(r.status)), storable(string(r.failure)))
		if added > 0 || err != nil {
			return err
		}
		if done, err := o.supersede(ctx, db, r); done || err != nil {
			return err
		}
	}
}

// supersede changes a receipt that was recorded. It reports false where another process
// changed it first.
func (o *Outbox) supersede(ctx context.Context, db DB, r receipt) (bool, error) {
	recorded, err := collect(ctx, db, recording, pgx.RowTo[string], o.in(recordedSQL), r.id)
	switch {
	case err != nil || len(recorded) == 0: // it was deleted
		return false, err
	case !r.status.Supersedes(pilotstatus.MessageStatus(recorded[0])):
		return true, nil
	}
	changed, err := o.exec(ctx, db, recording, supersedeSQL, r.id, string(r.status), storable(string(r.failure)), recorded[0])
	return changed > 0, err
}

// ForEvent returns the outbox's message that a status event speaks of: a
// [*pilotstatus.MessageStatusEvent] or a [*pilotstatus.MessageFailedEvent]. Its Key says
// what the message belongs to, and its Status is the strongest that was recorded, which
// may be another than the event's: events come in any order.
//
// It is a [*NotFoundError] for every other event. So it is for a reply: find what a reply
// belongs to by its contact, [pilotstatus.InboundEvent].Recipient, in your own rows. It is
// one as well for a message that the outbox did not send, and for one whose send is not
// recorded yet: results are written up to 2 s after the API accepted the message, and an
// event may come before. A repeated delivery cannot be counted on, so do not fail for it.
// To show the state of a delivery, read [Outbox.Get] or the view delivery, which are right
// whatever came first.
func (o *Outbox) ForEvent(ctx context.Context, db DB, event pilotstatus.Event) (*Message, error) {
	r := receiptOf(event)
	if !r.usable() {
		return nil, &NotFoundError{NumberID: r.numberID}
	}
	found, err := collect(ctx, db, "finding the message of an event", scanMessage, o.in(forEventSQL), r.id)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, &NotFoundError{NumberID: r.numberID}
	}
	return &found[0], nil
}
