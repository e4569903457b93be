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
		done, err := db.Exec(ctx, o.in(recordSQL), id, string(status), storable(string(failure)))
		if err != nil {
			return failed("recording an event", err)
		}
		if done.RowsAffected() > 0 {
			return nil
		}
		if done, err := o.supersede(ctx, db, id, status, failure); done || err != nil {
			return err
		}
	}
}

// supersede changes a report that was recorded. It reports false where another process
// changed it first.
func (o *Outbox) supersede(
	ctx context.Context, db DB, id string, status pilotstatus.MessageStatus, failure pilotstatus.FailureCode,
) (bool, error) {
	rows, err := db.Query(ctx, o.in(recordedSQL), id)
	if err != nil {
		return false, failed("recording an event", err)
	}
	recorded, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return false, failed("recording an event", err)
	}
	switch {
	case len(recorded) == 0: // it was deleted
		return false, nil
	case !status.Supersedes(pilotstatus.MessageStatus(recorded[0])):
		return true, nil
	}
	done, err := db.Exec(ctx, o.in(supersedeSQL), id, string(status), storable(string(failure)), recorded[0])
	if err != nil {
		return false, failed("recording an event", err)
	}
	return done.RowsAffected() > 0, nil
}
