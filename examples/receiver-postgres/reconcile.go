package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/pilotstatus/pilotstatus-go"
)

// messageReader is what reconcile needs of a NumberClient: its field Messages.
type messageReader interface {
	Get(ctx context.Context, id string) (*pilotstatus.Message, error)
}

// reconciled says what a run of reconcile did.
type reconciled struct {
	asked   int // messages that the API was asked about
	changed int // of those, how many had another status: their events were lost
	unknown int // of those, how many the API does not know
}

// reconcile asks the API about the messages of one number that have stayed unfinished
// for a while, and stores what it says as it stores events. A key reads the messages
// of its own number only, hence the number. It stops at the first error; the
// rest waits for the next run. Several receivers may run it at the same time: each
// message is asked about by one of them.
func (s *store) reconcile(ctx context.Context, numberID string, messages messageReader) (reconciled, error) {
	var result reconciled
	var now time.Time // of the database; a message that is due again later waits for the next run
	if err := s.pool.QueryRow(ctx, "SELECT clock_timestamp()").Scan(&now); err != nil {
		return result, fmt.Errorf("reading the time: %w", err)
	}
	for {
		id, err := s.takeDue(ctx, numberID, now)
		if err != nil || id == "" {
			return result, err
		}
		result.asked++
		changed, err := s.readBack(ctx, numberID, id, messages)
		var notFound *pilotstatus.NotFoundError
		switch {
		case errors.As(err, &notFound):
			result.unknown++
		case err != nil:
			return result, fmt.Errorf("reading message %s back: %w", id, err)
		case changed:
			result.changed++
		}
	}
}

// takeDueSQL puts the check off before it is made, so that nobody else makes it and one
// that fails does not come first for ever. Messages are asked about ever more rarely
// as they age, because some stay SENT for good.
const takeDueSQL = `
UPDATE messages
SET check_at = clock_timestamp() + $3::interval + (clock_timestamp() - seen_at) / 2
WHERE id = (
    SELECT id
    FROM messages
    WHERE number_id = $1
      AND check_at <= $2
    ORDER BY check_at
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
RETURNING id`

// takeDue returns the id of a message to ask about, "" where there is none.
func (s *store) takeDue(ctx context.Context, numberID string, now time.Time) (id string, err error) {
	err = s.pool.QueryRow(ctx, takeDueSQL, numberID, now, s.recheck).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("looking for unfinished messages: %w", err)
	}
	return id, nil
}

// readBack asks about one message and stores the answer. No transaction is open while
// the API is asked.
func (s *store) readBack(ctx context.Context, numberID, id string, messages messageReader) (changed bool, err error) {
	message, err := messages.Get(ctx, id)
	if err != nil {
		return false, err
	}
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		changed, err = s.update(ctx, tx, report{
			id: id, numberID: numberID, correlationID: message.CorrelationID, whatsAppID: message.ExternalMessageID,
			status: message.Status, errorCode: message.ErrorCode, createdAt: message.CreatedAt.Time,
		})
		return err
	})
	return changed, err
}
