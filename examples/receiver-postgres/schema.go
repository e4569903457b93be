package main

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// schema is all that the receivers share. Its times are the database's own, no clock of
// a receiver counts; only created_at is what the API said.
const schema = `
CREATE TABLE IF NOT EXISTS webhook_claims (
    key         text        PRIMARY KEY, -- Event.DedupeKey: a family and a hash, nothing personal
    owner       text        NOT NULL,    -- the delivery that works on the event, or did
    lease_until timestamptz NOT NULL,
    done_at     timestamptz              -- NULL until the event was handled
);

CREATE INDEX IF NOT EXISTS webhook_claims_age
    ON webhook_claims (coalesce(done_at, lease_until));

-- What was sent. A row may come from an event before the sender has stored the id.
CREATE TABLE IF NOT EXISTS messages (
    id             text        PRIMARY KEY, -- of Messages.Send, Messages.Get and the status events
    number_id      text        NOT NULL DEFAULT '',
    status         text        NOT NULL,
    error_code     text        NOT NULL DEFAULT '',
    correlation_id text        NOT NULL DEFAULT '',
    whatsapp_id    text        NOT NULL DEFAULT '', -- what QuotedMessageID of an answer names
    events         integer     NOT NULL DEFAULT 0,  -- how many events said something about it
    created_at     timestamptz,
    seen_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    check_at       timestamptz                      -- when to ask the API; NULL: it is finished
);

CREATE INDEX IF NOT EXISTS messages_check
    ON messages (check_at)
    WHERE check_at IS NOT NULL;

-- What came in. Sender and content are personal data: delete them when your policy says so.
CREATE TABLE IF NOT EXISTS inbound_messages (
    id          text        PRIMARY KEY,
    number_id   text        NOT NULL,
    whatsapp_id text        NOT NULL,
    chat_id     text        NOT NULL, -- of the group or channel, '' for a person
    sender      text        NOT NULL,
    from_me     boolean     NOT NULL, -- typed on the phone of the number itself
    type        text        NOT NULL,
    content     text        NOT NULL,
    quoted_id   text        NOT NULL, -- the whatsapp_id of the message that it answers
    created_at  timestamptz,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Every other delivery, as it was received: bytes, because it need not be JSON.
CREATE TABLE IF NOT EXISTS other_events (
    key         text        PRIMARY KEY,
    name        text        NOT NULL,
    raw         bytea       NOT NULL,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp()
);`

// schemaLock is the advisory lock of createSchema, any number that nothing else uses.
const schemaLock int64 = 0x70696c6f74

// createSchema creates what is missing. Receivers that start at the same time take
// turns: IF NOT EXISTS alone lets two of them create the same table, and one fail.
func createSchema(ctx context.Context, pool *pgxpool.Pool) error {
	err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", schemaLock); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, schema)
		return err
	})
	if err != nil {
		return fmt.Errorf("creating the tables: %w", err)
	}
	return nil
}
