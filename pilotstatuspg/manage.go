package pilotstatuspg

import (
	"context"
	"iter"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pilotstatus/pilotstatus-go"
)

// Cancel ends a message that no worker has begun. It reports whether it did: false is a
// message that is begun, has ended, is parked, or that there is none. [Outbox.Get] tells
// them apart. In a transaction, the message is kept from being sent until that ends.
//
// The key stays used up: [Outbox.Enqueue] with it answers the canceled message, and sends
// nothing. Take a key with a revision, as in "appointment-42-reminder-2".
func (o *Outbox) Cancel(ctx context.Context, db DB, numberID, key string) (bool, error) {
	if err := checkTexts("key", numberID, key); err != nil {
		return false, err
	}
	n, err := o.exec(ctx, db, "canceling", cancelSQL, numberID, key)
	return n > 0, err
}

// Get returns the message of a number with that key, or a [*NotFoundError].
func (o *Outbox) Get(ctx context.Context, db DB, numberID, key string) (*Message, error) {
	if err := checkTexts("key", numberID, key); err != nil {
		return nil, err
	}
	found, err := collect(ctx, db, "getting a message", scanMessage, o.in(getSQL), numberID, key)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, &NotFoundError{NumberID: numberID, Key: key}
	}
	return &found[0], nil
}

// parkedPage is how many messages Parked reads at once: their bodies may be large.
const parkedPage = 100

const readingParked = "reading parked messages"

// Parked returns the parked messages of a number, the oldest first, with the reason in
// Message.Error. An error ends it. It reads in pages, and between two of them messages may
// be resolved.
func (o *Outbox) Parked(ctx context.Context, db DB, numberID string) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		if err := checkNumberID(numberID); err != nil {
			yield(Message{}, err)
			return
		}
		last := int64(0)
		for {
			page, err := collectPlanned(ctx, db, readingParked, scanMessage, o.in(parkedSQL), numberID, last, parkedPage)
			if err != nil {
				yield(Message{}, err)
				return
			}
			for _, m := range page {
				if !yield(m, nil) {
					return
				}
				last = m.ID
			}
			if len(page) < parkedPage {
				return
			}
		}
	}
}

// scanMessage reads the columns messageColumns.
func scanMessage(row pgx.CollectableRow) (Message, error) {
	var m Message
	var recipient string
	var template, acceptedID, text, status, failure, fallback *string
	var fellBack *bool
	var notBefore, until, first, settled, statusAt *time.Time
	err := row.Scan(&m.ID, &m.NumberID, &m.Key, &m.WireKey, &recipient, &m.Priority, &template, &m.Body,
		&m.State, &notBefore, &until, &m.Attempts, &first, &acceptedID, &text,
		&settled, &m.CreatedAt, &status, &statusAt, &failure, &fallback, &fellBack)
	m.Recipient = readRecipient(recipient)
	m.Template, m.AcceptedID, m.Error = orZero(template), orZero(acceptedID), orZero(text)
	m.Fallback, m.FellBack = orZero(fallback), orZero(fellBack)
	m.NotBefore, m.DeliverUntil, m.FirstAt, m.SettledAt = orZero(notBefore), orZero(until), orZero(first), orZero(settled)
	m.Status, m.StatusAt = pilotstatus.MessageStatus(orZero(status)), orZero(statusAt)
	m.FailureCode = pilotstatus.FailureCode(orZero(failure))
	return m, err
}

// orZero returns the zero value for NULL.
func orZero[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
