package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pilotstatus/pilotstatus-go"
)

// handleTimeout bounds the work on one event. It is below the lease, so that a
// claim is lost by those that died and hardly ever by those that are slow.
const handleTimeout = 30 * time.Second

// store keeps what the deliveries say.
type store struct {
	pool    *pgxpool.Pool
	claims  *deduper
	recheck time.Duration // how long a message may stay unfinished before the API is asked
}

func newStore(pool *pgxpool.Pool, recheck time.Duration) *store {
	return &store{pool: pool, claims: newDeduper(pool), recheck: recheck}
}

// newHandler returns the HTTP handler of a receiver. handle is s.handle but in tests.
func (s *store) newHandler(
	secret string, lease time.Duration, logger *slog.Logger, handle func(context.Context, pilotstatus.Event) error,
) (http.Handler, error) {
	handler, err := pilotstatus.NewWebhookHandler(handle,
		pilotstatus.WithWebhookSecret(secret),
		pilotstatus.WithWebhookDeduper(s.claims),
		pilotstatus.WithWebhookLease(lease),
		pilotstatus.WithWebhookLogger(logger),
	)
	if err != nil {
		return nil, err
	}
	return s.claims.perDelivery(handler), nil
}

// handle stores an event.
func (s *store) handle(ctx context.Context, event pilotstatus.Event) error {
	return s.once(ctx, event, s.keep)
}

// keepFunc does in a transaction what an event asks for.
type keepFunc func(ctx context.Context, tx pgx.Tx, event pilotstatus.Event) error

var errDoneBefore = errors.New("the event was handled by another delivery")

// once runs keep and marks the event as done, both or none of it. A receiver that is
// killed at any point has then either done everything or nothing, and one that lost
// its lease while it worked commits nothing where another one was first. Without the
// common transaction, an event whose receiver dies just before Done is handled twice.
//
// Marking comes last: until then, deliveries of the same event are told at once that
// somebody works on it, and do not wait for a lock.
func (s *store) once(ctx context.Context, event pilotstatus.Event, keep keepFunc) error {
	ctx, cancel := context.WithTimeout(ctx, handleTimeout)
	defer cancel()
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		if err := keep(ctx, tx, event); err != nil {
			return err
		}
		first, err := s.claims.finish(ctx, tx, event.DedupeKey())
		if err == nil && !first {
			return errDoneBefore
		}
		return err
	})
	if errors.Is(err, errDoneBefore) {
		return nil
	}
	return err
}

// inTx runs f in a transaction. A row that it waited for is read as it is now, which
// a stricter isolation would refuse.
func (s *store) inTx(ctx context.Context, f func(pgx.Tx) error) error {
	return pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, f)
}

// keep puts an event into the table where it belongs.
func (s *store) keep(ctx context.Context, tx pgx.Tx, event pilotstatus.Event) error {
	switch event := event.(type) {
	case *pilotstatus.MessageStatusEvent:
		return s.keepReport(ctx, tx, event, eventReport(event.EventMessage, event.Status(), ""))
	case *pilotstatus.MessageFailedEvent:
		return s.keepReport(ctx, tx, event, eventReport(event.EventMessage, event.Status(), event.ErrorCode))
	case *pilotstatus.MessageReceivedEvent:
		return keepInbound(ctx, tx, event, inbound{EventMessage: event.EventMessage, sender: event.From})
	case *pilotstatus.MessageReplyEvent:
		return keepInbound(ctx, tx, event, inbound{EventMessage: event.EventMessage, sender: event.From, quotedID: event.QuotedMessageID})
	case *pilotstatus.MessageGroupEvent:
		return keepInbound(ctx, tx, event, inbound{EventMessage: event.EventMessage, sender: event.From, chatID: event.GroupID})
	case *pilotstatus.MessageNewsletterEvent:
		return keepInbound(ctx, tx, event, inbound{EventMessage: event.EventMessage, sender: event.From, chatID: event.NewsletterID})
	}
	return keepRaw(ctx, tx, event)
}

const rawSQL = `
INSERT INTO other_events (key, name, raw)
VALUES ($1, $2, $3)
ON CONFLICT (key) DO NOTHING`

// keepRaw stores an event as it was received: one that has no table here, or that
// could not be read.
func keepRaw(ctx context.Context, tx pgx.Tx, event pilotstatus.Event) error {
	if _, err := tx.Exec(ctx, rawSQL, event.DedupeKey(), text(event.EventName()), []byte(event.Raw())); err != nil {
		return fmt.Errorf("storing an event: %w", err)
	}
	return nil
}
