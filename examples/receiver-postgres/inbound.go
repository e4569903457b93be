package main

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/pilotstatus/pilotstatus-go"
)

// inbound is a message that came in.
type inbound struct {
	pilotstatus.EventMessage

	sender, chatID, quotedID string
}

// One message may come as message.received and as message.reply: it stays one row, in
// either order, and what it quotes is added.
const inboundSQL = `
INSERT INTO inbound_messages AS m
       (id, number_id, whatsapp_id, chat_id, sender, from_me, type, content, quoted_id, created_at)
VALUES ($1, $2,        $3,          $4,      $5,     $6,      $7,   $8,      $9,        $10)
ON CONFLICT (id) DO UPDATE
SET quoted_id = excluded.quoted_id
WHERE m.quoted_id = ''
  AND excluded.quoted_id <> ''`

// keepInbound stores a message that came in, once.
func keepInbound(ctx context.Context, tx pgx.Tx, event pilotstatus.Event, m inbound) error {
	if !isKey(m.ID) {
		return keepRaw(ctx, tx, event)
	}
	_, err := tx.Exec(ctx, inboundSQL, text(m.ID), text(m.NumberID), text(m.MessageID), text(m.chatID), text(m.sender),
		m.FromMe, text(string(m.Type)), text(m.Content), text(m.quotedID), timeOrNull(m.CreatedAt.Time))
	if err != nil {
		return fmt.Errorf("storing an inbound message: %w", err)
	}
	return nil
}
