package main

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/pilotstatus/pilotstatus-go"
)

// webhookPath is where the API delivers.
const webhookPath = "/pilotstatus"

// receive does what an event asks of the shop, in the transaction in which it counts as
// handled: once, however often it is delivered, and to whichever process. What became of
// the messages of the outbox is recorded already.
func (s *service) receive(ctx context.Context, tx pgx.Tx, event pilotstatus.Event) error {
	switch event := event.(type) {
	case *pilotstatus.MessageReceivedEvent:
		return s.keepReply(ctx, tx, event)
	case *pilotstatus.MessageReplyEvent: // it quotes one of ours
		return s.keepReply(ctx, tx, event)
	}
	return nil
}

const insertReply = `
INSERT INTO reply (message_id, order_id, kind, text)
SELECT $1, id, $3, $4
FROM orders
WHERE contact = $2
ORDER BY id DESC
LIMIT 1
ON CONFLICT (message_id) DO NOTHING`

// keepReply puts what a customer wrote on the latest order of that phone. Who has no order
// is left to the people who read the inbox.
func (s *service) keepReply(ctx context.Context, tx pgx.Tx, event pilotstatus.InboundEvent) error {
	from, ok := event.Recipient() // who would get an answer
	if !ok || from.Kind() != pilotstatus.RecipientKindPhone {
		return nil // typed on the phone of the shop itself, or the phone number is hidden
	}
	message := event.Message()
	_, err := tx.Exec(ctx, insertReply, message.ID, contactOf(from.Value()), string(message.Type), event.Text())
	if err != nil {
		return fmt.Errorf("keeping a reply: %w", err)
	}
	return nil
}
