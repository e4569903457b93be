-- The state of what was sent, for other SQL to join: by number_id and key. It holds no
-- body and no recipient, and reads with its owner's rights.
CREATE VIEW pilotstatus.delivery AS
SELECT m.id, m.number_id, m.key, m.state, r.status, r.failure, r.recorded_at AS status_at,
    m.accepted_id, m.settled_at, m.created_at
FROM pilotstatus.message m LEFT JOIN pilotstatus.receipt r ON r.accepted_id = m.accepted_id;

-- When somebody last wrote to a number, in the form of message.recipient. Official numbers
-- send free text within 24 hours after it.
CREATE TABLE pilotstatus.contact (
    contact         text        NOT NULL,
    number_id       text        NOT NULL,
    last_inbound_at timestamptz NOT NULL,
    PRIMARY KEY (contact, number_id)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);

CREATE INDEX contact_inbound ON pilotstatus.contact (last_inbound_at);

-- The newest event that said whether a number is connected.
CREATE TABLE pilotstatus.number_event (
    number_id  text        PRIMARY KEY,
    created_at timestamptz NOT NULL, -- of the event
    down       boolean     NOT NULL  -- and no person has resumed the number since
);

-- A message with a fallback has two bodies until it is first sent. The one that was chosen
-- is in body then, and fallback is empty. Nothing of it is indexed.
ALTER TABLE pilotstatus.message
    ADD COLUMN fallback          bytea,   -- the bytes of the request with the template; NULL: none, or chosen
    ADD COLUMN fallback_template text,    -- stays after the choice
    ADD COLUMN fell_back         boolean; -- the template was chosen; NULL: nothing was

-- Accepted messages that had no final status when they were due, for Reconcile to ask about.
CREATE TABLE pilotstatus.unconfirmed (
    message_id  bigint      PRIMARY KEY,
    number_id   text        NOT NULL,
    accepted_id text        NOT NULL,
    settled_at  timestamptz NOT NULL,
    check_at    timestamptz NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);

CREATE INDEX unconfirmed_check ON pilotstatus.unconfirmed (number_id, check_at, message_id);

-- One row. Who reconciles, and how far accepted messages were looked at: each is once.
CREATE TABLE pilotstatus.reconcile (
    only_row    boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
    lease       bigint      NOT NULL DEFAULT 0,
    lease_until timestamptz NOT NULL DEFAULT 'epoch',
    seen_at     timestamptz NOT NULL DEFAULT 'epoch', -- settled_at of the last one
    seen_id     bigint      NOT NULL DEFAULT 0        -- and its id
);

INSERT INTO pilotstatus.reconcile DEFAULT VALUES;
UPDATE pilotstatus.meta SET version = 3;
