package pilotstatuspg

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/pilotstatus/pilotstatus-go"
)

// Record notes what a webhook said of a message: that it was sent, delivered, read or
// failed. Events may come in any order, more than once, and before the send is recorded:
// pilotstatus.MessageStatus.Supersedes decides, and [Outbox.Get] shows it. Other events,
// and those of messages that the outbox did not send, do no harm.
func (o *Outbox) Record(ctx context.Context, db DB, event pilotstatus.Event) error {
	var id string
	var status pilotstatus.MessageStatus
	var failure pilotstatus.FailureCode
	switch e := event.(type) {
	case *pilotstatus.MessageStatusEvent:
		id, status = e.ID, e.Status()
	case *pilotstatus.MessageFailedEvent:
		id, status, failure = e.ID, e.Status(), e.ErrorCode
	}
	if id == "" || len(id) > maxIndexed || id != storable(id) || status == "" {
		return nil
	}
	for {
		added, err := o.exec(ctx, db, recording, recordSQL, id, string(status), storable(string(failure)))
		if added > 0 || err != nil {
			return err
		}
		if done, err := o.supersede(ctx, db, id, status, failure); done || err != nil {
			return err
		}
	}
}

const recording = "recording an event"

// supersede changes a report that was recorded. It reports false where another process
// changed it first.
func (o *Outbox) supersede(
	ctx context.Context, db DB, id string, status pilotstatus.MessageStatus, failure pilotstatus.FailureCode,
) (bool, error) {
	recorded, err := collect(ctx, db, recording, pgx.RowTo[string], o.in(recordedSQL), id)
	switch {
	case err != nil || len(recorded) == 0: // it was deleted
		return false, err
	case !status.Supersedes(pilotstatus.MessageStatus(recorded[0])):
		return true, nil
	}
	changed, err := o.exec(ctx, db, recording, supersedeSQL, id, string(status), storable(string(failure)), recorded[0])
	return changed > 0, err
}
