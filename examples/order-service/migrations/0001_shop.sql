CREATE TABLE orders (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client_key text        NOT NULL UNIQUE, -- the Idempotency-Key of the request that made it
    phone      text        NOT NULL,        -- + and digits, as it was given
    contact    text        NOT NULL,        -- what is equal in it and in the one that WhatsApp knows
    name       text        NOT NULL,
    item       text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    -- The key of its confirmation in the outbox, made of the id and of nothing personal.
    confirmation_key text NOT NULL GENERATED ALWAYS AS ('order-' || id || '-confirmed') STORED
);
CREATE INDEX orders_contact ON orders (contact, id);

-- What customers write. It belongs to their latest order.
CREATE TABLE reply (
    message_id text        PRIMARY KEY, -- the API's id: the same message may come as two events
    order_id   bigint      NOT NULL REFERENCES orders,
    kind       text        NOT NULL,    -- text, image and so on
    text       text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX reply_order ON reply (order_id, created_at);

CREATE TABLE access_code (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client_key text        NOT NULL UNIQUE,
    phone      text        NOT NULL,
    hash       bytea       NOT NULL, -- SHA-256 of the code
    expires_at timestamptz NOT NULL
);

CREATE TABLE campaign (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text        NOT NULL UNIQUE,
    people     integer     NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
