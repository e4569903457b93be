package pilotstatuspg

// The SQL of an outbox is written for the schema [DefaultSchema]; [Outbox.in] rewrites it for
// the schema in use. Every name is qualified, so that an empty search_path works, and
// none has a * in it, so that a new column changes no result. Ranges are compared as rows
// and ordered by all columns of their index: the planner then has one way to go.

// versionSQL reads what Migrate made.
const versionSQL = `SELECT version, oldest FROM pilotstatus.meta`

// reserveSQL takes ids from the sequence $1.
const reserveSQL = `SELECT nextval($1::text::regclass) FROM generate_series(1, $2::int)`

// enqueueSQL inserts messages of the number $1, in order of their keys: two transactions
// that insert the same keys then wait for each other instead of deadlocking. An id of 0
// is taken from the sequence $11. It returns the messages that are new. A delay of less
// than 0 is none. The notification is sent once.
const enqueueSQL = `
WITH new AS (
  INSERT INTO pilotstatus.message (id, number_id, key, wire_key, recipient, template, body, body_hash, fallback, fallback_template,
    priority, state, not_before, deliver_until)
  OVERRIDING SYSTEM VALUE
  SELECT CASE WHEN r.id = 0 THEN nextval($11::text::regclass) ELSE r.id END, $1, r.key AS key, r.key AS wire_key, r.recipient, r.template, r.body, r.hash,
    r.fallback, $12::text, $13::smallint,
    CASE WHEN t.due > now() THEN 'scheduled' ELSE 'pending' END,
    coalesce(t.due, 'epoch'),
    coalesce(r.until, CASE WHEN $13::smallint = 0 THEN greatest(t.due, now()) + interval '10 minutes' END)
  FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::bytea[], $8::bytea[], $9::timestamptz[])
    AS r(id, key, recipient, template, body, hash, fallback, until)
  CROSS JOIN LATERAL (SELECT coalesce($10::timestamptz, now() + make_interval(secs => $14::float8)) AS due) t
  ORDER BY r.key, r.id
  ON CONFLICT (number_id, key) DO NOTHING
  RETURNING id, state
)
SELECT new.id, new.state,
  (SELECT pg_notify($15::text, '')::text WHERE $16::boolean AND EXISTS (SELECT FROM new WHERE state = 'pending'))
FROM new`

// knownSQL finds the messages of the number $1 that have one of the keys $2.
const knownSQL = `
SELECT key, id, state, body_hash FROM pilotstatus.message WHERE number_id = $1 AND key = ANY($2::text[])`
