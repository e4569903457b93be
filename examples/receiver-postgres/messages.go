package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/pilotstatus/pilotstatus-go"
)

// report is what an event, an answer of Messages.Get or the sender knows of a message
// that was sent.
type report struct {
	id, numberID, correlationID, whatsAppID string

	status    pilotstatus.MessageStatus
	errorCode pilotstatus.FailureCode
	createdAt time.Time
	events    int // 1 for an event, 0 for other reports
}

func eventReport(m pilotstatus.EventMessage, status pilotstatus.MessageStatus, code pilotstatus.FailureCode) report {
	return report{
		id: m.ID, numberID: m.NumberID, correlationID: m.CorrelationID, whatsAppID: m.MessageID,
		status: status, errorCode: code, createdAt: m.CreatedAt.Time, events: 1,
	}
}

// keepReport stores what an event says of a sent message.
func (s *store) keepReport(ctx context.Context, tx pgx.Tx, event pilotstatus.Event, r report) error {
	if !isKey(r.id) {
		return keepRaw(ctx, tx, event)
	}
	_, err := s.update(ctx, tx, r)
	return err
}

// sent stores a message that Messages.Send has accepted. Its events may have been
// here before: the row is theirs then, and keeps their status.
func (s *store) sent(ctx context.Context, numberID string, accepted *pilotstatus.Accepted) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		_, err := s.update(ctx, tx, report{
			id: accepted.ID, numberID: numberID, correlationID: accepted.CorrelationID,
			status: accepted.Status, createdAt: accepted.CreatedAt.Time,
		})
		return err
	})
}

const (
	insertMessageSQL = `
INSERT INTO messages (id, status)
VALUES ($1, '')
ON CONFLICT (id) DO NOTHING`

	lockMessageSQL = `
SELECT status, error_code
FROM messages
WHERE id = $1
FOR UPDATE`

	updateMessageSQL = `
UPDATE messages
SET status         = $2,
    error_code     = $3,
    number_id      = coalesce(nullif(number_id, ''), $4),
    correlation_id = coalesce(nullif(correlation_id, ''), $5),
    whatsapp_id    = coalesce(nullif(whatsapp_id, ''), $6),
    created_at     = least(created_at, $7),
    events         = events + $8,
    check_at       = clock_timestamp() + $9::interval + (clock_timestamp() - seen_at) / 2
WHERE id = $1`
)

// update brings a message's row up to a report, whatever came before it and whatever
// comes after it: Supersedes decides, under the lock of the row, which status stays.
// It reports whether the status is a new one.
func (s *store) update(ctx context.Context, tx pgx.Tx, r report) (changed bool, err error) {
	id := text(r.id)
	if _, err := tx.Exec(ctx, insertMessageSQL, id); err != nil {
		return false, fmt.Errorf("inserting a message: %w", err)
	}
	var status pilotstatus.MessageStatus // "" in a new row, which every status supersedes
	var code pilotstatus.FailureCode
	if err := tx.QueryRow(ctx, lockMessageSQL, id).Scan(&status, &code); err != nil {
		return false, fmt.Errorf("locking a message: %w", err)
	}
	switch {
	case r.status.Supersedes(status):
		// A receipt takes the failure away with the status.
		changed, status, code = true, r.status, r.errorCode
	case r.status == status && code == "":
		code = r.errorCode
	}
	_, err = tx.Exec(ctx, updateMessageSQL, id, text(string(status)), text(string(code)), text(r.numberID), text(r.correlationID),
		text(r.whatsAppID), timeOrNull(r.createdAt), r.events, s.checkAfter(status))
	if err != nil {
		return false, fmt.Errorf("updating a message: %w", err)
	}
	return changed, nil
}

// checkAfter returns after what time to ask the API about a message with this status,
// nil for never.
func (s *store) checkAfter(status pilotstatus.MessageStatus) *time.Duration {
	switch status {
	case pilotstatus.MessageStatusDelivered, // READ never comes where read receipts are off
		pilotstatus.MessageStatusRead,
		pilotstatus.MessageStatusFailed, // a receipt that comes later comes as an event
		pilotstatus.MessageStatusCanceled:
		return nil
	}
	return &s.recheck
}

// isKey reports whether an id can be the key of a row. An id is never empty or long;
// should one be, delivering it again could not mend it.
func isKey(id string) bool { return id != "" && len(id) <= 500 }

// text returns what a column of type text can hold: JSON has the character NUL,
// PostgreSQL has not. An error would only bring the same delivery back.
func text(s string) string { return strings.ReplaceAll(s, "\x00", "\uFFFD") }

func timeOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
