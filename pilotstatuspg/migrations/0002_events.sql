-- The events of webhooks that were handled, or are being handled. A row has nothing of the
-- event but its key: a name that the receiver chose, a family, and a hash of ids.
CREATE TABLE pilotstatus.event (
    key         text        PRIMARY KEY,
    received_at timestamptz NOT NULL DEFAULT now(), -- when it was handled, or last claimed
    lease       bigint      NOT NULL DEFAULT 0,     -- the token of who handles it, 0 for none
    lease_until timestamptz                         -- NULL once it is handled
) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);

CREATE INDEX event_received ON pilotstatus.event (received_at);

UPDATE pilotstatus.meta SET version = 2;
