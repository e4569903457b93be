-- The tables of the outbox. The schema must exist. These files are written for a schema
-- that is called pilotstatus; in another one, replace that name before each dot. No comment
-- has the name before a dot: a new name with a line break would be run as a statement.

-- One row. version is the number of the newest file that ran, oldest the version that a
-- program must know to work with these tables.
CREATE TABLE pilotstatus.meta (
    only_row   boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version    integer NOT NULL,
    oldest     integer NOT NULL,
    deployment text    -- who sends from these tables; NULL until the first Run
);

-- A number that has sent, or was given a pace. Times are the database's, everywhere.
CREATE TABLE pilotstatus.number (
    number_id    text        PRIMARY KEY,
    interval_ms  integer     NOT NULL DEFAULT 0, -- from one start to the next; 0: no pace
    jitter_ms    integer     NOT NULL DEFAULT 0, -- added to the interval, at random
    parallel     integer     NOT NULL DEFAULT 4, -- requests at once, to different recipients
    next_at      timestamptz NOT NULL DEFAULT 'epoch', -- the pace and Retry-After
    lease_until  timestamptz NOT NULL DEFAULT 'epoch',
    lease        bigint      NOT NULL DEFAULT 0,       -- the token of the holder, 0 for none
    paused       text,        -- the reason; NULL: it sends
    paused_until timestamptz, -- the next probe; NULL in a pause that only Resume ends
    probes       integer     NOT NULL DEFAULT 0, -- that failed since it was paused
    unknowns     integer     NOT NULL DEFAULT 0  -- unknown outcomes in a row
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);

-- A template that a number does not send at the moment.
CREATE TABLE pilotstatus.hold (
    number_id text        NOT NULL,
    template  text        NOT NULL,
    reason    text        NOT NULL,
    probe_at  timestamptz NOT NULL,
    probes    integer     NOT NULL DEFAULT 0,
    PRIMARY KEY (number_id, template)
);

-- Enqueue writes this table and no other. The generated columns exist for the partial
-- indexes: nothing else that is indexed changes, so that taking a message is a HOT update.
CREATE TABLE pilotstatus.message (
    id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number_id     text        NOT NULL,
    key           text        NOT NULL,
    wire_key      text        NOT NULL, -- of the request: key, or key~2 after a late SendAgain
    recipient     text        NOT NULL, -- kind:value; '' once forgotten
    priority      smallint    NOT NULL DEFAULT 1, -- 0 urgent, 1 normal, 2 bulk
    template      text,
    body          bytea       NOT NULL, -- the bytes of the request; '' once emptied
    body_hash     bytea       NOT NULL,
    state         text        NOT NULL DEFAULT 'pending',
    lease         bigint      NOT NULL DEFAULT 0,
    not_before    timestamptz NOT NULL DEFAULT 'epoch',
    deliver_until timestamptz,
    attempts      integer     NOT NULL DEFAULT 0,
    first_at      timestamptz, -- committed before the first request that may have reached the API
    accepted_id   text,
    error         text,
    settled_at    timestamptz, -- when it became accepted, refused, canceled, expired or parked
    emptied       boolean     NOT NULL DEFAULT false,
    created_at    timestamptz NOT NULL DEFAULT now(),
    open     boolean     NOT NULL GENERATED ALWAYS AS (state IN ('pending', 'claimed', 'sending')) STORED,
    due_at   timestamptz GENERATED ALWAYS AS (CASE WHEN state = 'scheduled' THEN not_before END) STORED,
    held     text        GENERATED ALWAYS AS (CASE WHEN state = 'held' THEN coalesce(template, '') END) STORED,
    parked   boolean     NOT NULL GENERATED ALWAYS AS (state = 'parked') STORED,
    ended_at timestamptz GENERATED ALWAYS AS
        (CASE WHEN state IN ('accepted', 'refused', 'canceled', 'expired') THEN settled_at END) STORED,
    UNIQUE (number_id, key)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);

CREATE INDEX message_open ON pilotstatus.message (number_id, priority, id) WHERE open;
CREATE INDEX message_open_recipient ON pilotstatus.message (number_id, recipient, priority, id) WHERE open;
CREATE INDEX message_due ON pilotstatus.message (due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX message_held ON pilotstatus.message (number_id, held, id) WHERE held IS NOT NULL;
CREATE INDEX message_parked ON pilotstatus.message (number_id, id) WHERE parked;
CREATE INDEX message_ended ON pilotstatus.message (emptied, ended_at, id) WHERE ended_at IS NOT NULL;
CREATE INDEX message_accepted ON pilotstatus.message (accepted_id) WHERE accepted_id IS NOT NULL;
CREATE INDEX message_recipient ON pilotstatus.message (recipient, id) WHERE recipient <> '';

-- What the status events said of a message of the API. It may be here before accepted_id
-- is, so that it is a table of its own, joined by accepted_id where it is read.
CREATE TABLE pilotstatus.receipt (
    accepted_id text        PRIMARY KEY,
    status      text        NOT NULL,
    failure     text,                   -- the code of a failure
    recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX receipt_recorded ON pilotstatus.receipt (recorded_at);

INSERT INTO pilotstatus.meta (version, oldest) VALUES (1, 1);
