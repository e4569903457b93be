package pilotstatuspg

// The SQL of an outbox is written for the schema [DefaultSchema]; [Outbox.in] rewrites it for
// the schema in use. Every name is qualified, so that an empty search_path works, and
// none has a * in it, so that a new column changes no result. Ranges are compared as rows
// and ordered by all columns of their index: the planner then has one way to go.

// planSQL leaves the planner one way through the partial indexes. Without statistics it
// takes the unique index otherwise, and reads all settled messages of a number.
const planSQL = `
SET LOCAL jit = off; SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off;
SET LOCAL enable_sort = off; SET LOCAL enable_incremental_sort = off`

// versionSQL reads what Migrate made.
const versionSQL = `SELECT version, oldest FROM pilotstatus.meta`

// reserveSQL takes ids from the sequence $1.
const reserveSQL = `SELECT nextval($1::text::regclass) FROM generate_series(1, $2::int)`

// enqueueSQL inserts messages of the number $1, in order of their keys: two transactions
// that insert the same keys then wait for each other instead of deadlocking. An id of 0
// is taken from the sequence $10. It returns the messages that are new. A delay of less
// than 0 is none. The notification is sent once.
const enqueueSQL = `
WITH new AS (
  INSERT INTO pilotstatus.message (id, number_id, key, wire_key, recipient, template, body, body_hash,
    priority, state, not_before, deliver_until, fallback, fallback_template)
  OVERRIDING SYSTEM VALUE
  SELECT CASE WHEN r.id = 0 THEN nextval($10::text::regclass) ELSE r.id END, $1, r.key AS key, r.key AS wire_key,
    r.recipient, r.template, r.body, r.hash, $11::smallint,
    CASE WHEN t.due > now() THEN 'scheduled' ELSE 'pending' END,
    coalesce(t.due, 'epoch'),
    coalesce(r.until, CASE WHEN $11::smallint = 0 THEN greatest(t.due, now()) + interval '10 minutes' END),
    r.fallback, $16::text
  FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::bytea[], $8::timestamptz[], $15::bytea[])
    AS r(id, key, recipient, template, body, hash, until, fallback)
  CROSS JOIN LATERAL (SELECT coalesce($9::timestamptz, now() + make_interval(secs => $12::float8)) AS due) t
  ORDER BY r.key, r.id
  ON CONFLICT (number_id, key) DO NOTHING
  RETURNING id, state
)
SELECT new.id, new.state,
  (SELECT pg_notify($13::text, '')::text WHERE $14::boolean AND EXISTS (SELECT FROM new WHERE state = 'pending'))
FROM new`

// knownSQL finds the messages of the number $1 that have one of the keys $2.
const knownSQL = `
SELECT key, id, state, body_hash FROM pilotstatus.message WHERE number_id = $1 AND key = ANY($2::text[])`

// messageColumns are the columns of a Message, of message m and receipt r.
const messageColumns = `m.id, m.number_id, m.key, m.wire_key, m.recipient, m.priority, m.template, m.body, m.state,
  nullif(m.not_before, 'epoch'), m.deliver_until, m.attempts, m.first_at, m.accepted_id, m.error,
  m.settled_at, m.created_at, r.status, r.recorded_at, r.failure, m.fallback_template, m.fell_back`

const getSQL = `
SELECT ` + messageColumns + `
FROM pilotstatus.message m LEFT JOIN pilotstatus.receipt r ON r.accepted_id = m.accepted_id
WHERE m.number_id = $1 AND m.key = $2`

// forEventSQL is the message that the API has under the id $1.
const forEventSQL = `
SELECT ` + messageColumns + `
FROM pilotstatus.message m LEFT JOIN pilotstatus.receipt r ON r.accepted_id = m.accepted_id
WHERE m.accepted_id = $1 LIMIT 1`

// parkedSQL is a page of the parked messages of the number $1, behind the id $2.
const parkedSQL = `
SELECT ` + messageColumns + `
FROM pilotstatus.message m LEFT JOIN pilotstatus.receipt r ON r.accepted_id = m.accepted_id
WHERE m.parked AND (m.number_id, m.id) > ($1, $2) AND m.number_id <= $1
ORDER BY m.number_id, m.id LIMIT $3`

// cancelSQL waits for a worker that is about to begin, and then finds the message begun.
const cancelSQL = `
UPDATE pilotstatus.message SET state = 'canceled', settled_at = now(), lease = 0
WHERE number_id = $1 AND key = $2 AND state IN ('scheduled', 'pending', 'held', 'claimed') AND first_at IS NULL`

// parkedIDsSQL are the next parked messages of the number $1, behind the id $2.
const parkedIDsSQL = `
SELECT m.id FROM pilotstatus.message m
WHERE m.parked AND (m.number_id, m.id) > ($1, $2) AND m.number_id <= $1
ORDER BY m.number_id, m.id LIMIT $3`

// keysIDsSQL are the messages of the number $1 with the keys $2.
const keysIDsSQL = `
SELECT m.id FROM pilotstatus.message m WHERE m.number_id = $1 AND m.key = ANY($2::text[]) ORDER BY m.id`

// ofParked are those of the messages $1 that are still parked, locked in order of their ids.
const ofParked = `
WHERE m.id = ANY(ARRAY(
  SELECT p.id FROM pilotstatus.message p WHERE p.id = ANY($1::bigint[]) AND p.parked ORDER BY p.id FOR UPDATE))`

// wasSentSQL takes the id of the API in $2, ” for none.
const wasSentSQL = `
UPDATE pilotstatus.message m SET state = 'accepted', accepted_id = coalesce(nullif($2, ''), m.accepted_id),
  error = NULL, settled_at = now()` + ofParked

const dropSQL = `
UPDATE pilotstatus.message m SET state = 'canceled', settled_at = now()` + ofParked

// sendAgainSQL repeats a message under its wire_key where the API still knows that key,
// which is $2 seconds after first_at, and else sends it under a new one. Without
// first_at the key was never used. A message without its body stays parked.
const sendAgainSQL = `
UPDATE pilotstatus.message m SET
  state = CASE WHEN m.first_at > now() - make_interval(secs => $2::float8) THEN 'sending' ELSE 'pending' END,
  first_at = CASE WHEN m.first_at > now() - make_interval(secs => $2::float8) THEN m.first_at END,
  wire_key = CASE WHEN m.first_at <= now() - make_interval(secs => $2::float8)
    THEN m.key || '~' || coalesce(substring(m.wire_key FROM '~([0-9]+)$')::integer, 1) + 1
    ELSE m.wire_key END,
  not_before = 'epoch', deliver_until = NULL, settled_at = NULL, attempts = 0, lease = 0` + ofParked + ` AND m.body <> ''`

const paceSQL = `
INSERT INTO pilotstatus.number AS n (number_id, interval_ms, jitter_ms, parallel) VALUES ($1, $2, $3, $4)
ON CONFLICT (number_id) DO UPDATE SET interval_ms = $2, jitter_ms = $3, parallel = $4`

const pauseSQL = `
INSERT INTO pilotstatus.number AS n (number_id, paused) VALUES ($1, $2)
ON CONFLICT (number_id) DO UPDATE SET paused = $2, paused_until = NULL, probes = 0`

// resumeSQL also ends the holds of the number's templates; the next poll finds what they held.
// It locks the number after its event, as downSQL and upSQL do. The event is a moment newer
// then: the same one, delivered again, does not undo what a person decided.
const resumeSQL = `
WITH released AS (DELETE FROM pilotstatus.hold WHERE number_id = $1),
  known AS (
    UPDATE pilotstatus.number_event SET down = false, created_at = created_at + interval '1 microsecond'
    WHERE number_id = $1 AND down RETURNING number_id
  )
UPDATE pilotstatus.number SET paused = NULL, paused_until = NULL, probes = 0, unknowns = 0
WHERE number_id = $1 AND (SELECT count(*) FROM known) >= 0`

const holdsSQL = `
SELECT h.number_id, h.template, h.reason, h.probe_at FROM pilotstatus.hold h ORDER BY h.number_id, h.template`

// statsSQL steps from number to number through the partial indexes, and counts at most $1
// rows of each kind and number: it reads no settled message.
const statsSQL = `
WITH RECURSIVE o AS (
  (SELECT m.number_id FROM pilotstatus.message m WHERE m.open ORDER BY m.number_id, m.priority, m.id LIMIT 1)
  UNION ALL
  SELECT x.number_id FROM o CROSS JOIN LATERAL (
    SELECT m.number_id FROM pilotstatus.message m WHERE m.open AND m.number_id > o.number_id
    ORDER BY m.number_id, m.priority, m.id LIMIT 1) x
), h AS (
  (SELECT m.number_id FROM pilotstatus.message m WHERE m.held IS NOT NULL ORDER BY m.number_id, m.held, m.id LIMIT 1)
  UNION ALL
  SELECT x.number_id FROM h CROSS JOIN LATERAL (
    SELECT m.number_id FROM pilotstatus.message m WHERE m.held IS NOT NULL AND m.number_id > h.number_id
    ORDER BY m.number_id, m.held, m.id LIMIT 1) x
), p AS (
  (SELECT m.number_id FROM pilotstatus.message m WHERE m.parked ORDER BY m.number_id, m.id LIMIT 1)
  UNION ALL
  SELECT x.number_id FROM p CROSS JOIN LATERAL (
    SELECT m.number_id FROM pilotstatus.message m WHERE m.parked AND m.number_id > p.number_id
    ORDER BY m.number_id, m.id LIMIT 1) x
), n AS (
  SELECT number_id FROM o UNION SELECT number_id FROM h UNION SELECT number_id FROM p UNION SELECT number_id FROM pilotstatus.number
)
SELECT n.number_id, coalesce(k.paused, ''), k.paused_until,
  coalesce(q.queued, 0), coalesce(q.due, 0), coalesce(q.flying, 0), coalesce(q.unknown, 0), coalesce(q.first, 0),
  CASE WHEN h.number_id IS NULL THEN 0 ELSE (SELECT count(*) FROM (SELECT FROM pilotstatus.message m
    WHERE m.held IS NOT NULL AND (m.number_id, m.held) >= (n.number_id, '') AND m.number_id <= n.number_id
    ORDER BY m.number_id, m.held, m.id LIMIT $1) x) END,
  CASE WHEN p.number_id IS NULL THEN 0 ELSE (SELECT count(*) FROM (SELECT FROM pilotstatus.message m
    WHERE m.parked AND (m.number_id, m.id) > (n.number_id, 0::bigint) AND m.number_id <= n.number_id
    ORDER BY m.number_id, m.id LIMIT $1) x) END
FROM n
LEFT JOIN pilotstatus.number k ON k.number_id = n.number_id
LEFT JOIN h ON h.number_id = n.number_id
LEFT JOIN p ON p.number_id = n.number_id
LEFT JOIN o ON o.number_id = n.number_id
LEFT JOIN LATERAL (
  SELECT count(*) - count(m.holder) AS queued, extract(epoch FROM now() - min(m.due))::float8 AS due,
    count(nullif(m.holder, 0)) AS flying,
    count(m.first_at) AS unknown, extract(epoch FROM now() - min(m.first_at))::float8 AS first
  FROM (SELECT CASE WHEN m.state <> 'pending' THEN m.lease END AS holder,
      CASE WHEN m.state = 'pending' AND m.not_before <= now() THEN greatest(m.not_before, m.created_at) END AS due,
      CASE WHEN m.state = 'sending' AND m.lease = 0 THEN m.first_at END AS first_at
    FROM pilotstatus.message m
    WHERE m.open AND (m.number_id, m.priority, m.id) > (n.number_id, -1::smallint, 0::bigint) AND m.number_id <= n.number_id
    ORDER BY m.number_id, m.priority, m.id LIMIT $1) m
) q ON o.number_id IS NOT NULL
ORDER BY n.number_id`

// forgetSQL locks in order of the ids, and the contact before, as Receive does: its handler
// may cancel messages. What may be on its way ends as well: it must not be repeated without
// its body.
const forgetSQL = `
WITH known AS (DELETE FROM pilotstatus.contact c WHERE c.contact = $1 RETURNING c.number_id)
UPDATE pilotstatus.message m SET recipient = '', body = '', fallback = NULL, body_hash = '', error = NULL, emptied = true, lease = 0,
  settled_at = coalesce(m.settled_at, now()),
  state = CASE WHEN m.state IN ('accepted', 'refused', 'expired') THEN m.state ELSE 'canceled' END
WHERE m.id = ANY(ARRAY(
  SELECT f.id FROM pilotstatus.message f WHERE f.recipient = $1 AND f.recipient <> ''
    AND (SELECT count(*) FROM known) >= 0 ORDER BY f.id FOR UPDATE))`

const ownerSQL = `SELECT coalesce(deployment, '') FROM pilotstatus.meta`

// parkOpenSQL parks at most $2 messages that are not settled, with the reason $1.
const parkOpenSQL = `
UPDATE pilotstatus.message m SET state = 'parked', settled_at = now(), lease = 0, error = $1
WHERE m.id = ANY(ARRAY(
  (SELECT p.id FROM pilotstatus.message p WHERE p.open ORDER BY p.number_id, p.priority, p.id LIMIT $2)
  UNION ALL
  (SELECT p.id FROM pilotstatus.message p WHERE p.due_at IS NOT NULL ORDER BY p.due_at, p.id LIMIT $2)
  UNION ALL
  (SELECT p.id FROM pilotstatus.message p WHERE p.held IS NOT NULL ORDER BY p.number_id, p.held, p.id LIMIT $2)))`

// adoptSQL makes $1 the deployment in place of $2, and frees the numbers.
const adoptSQL = `
WITH freed AS (UPDATE pilotstatus.number SET lease = 0, lease_until = 'epoch', unknowns = 0 WHERE lease <> 0 OR unknowns <> 0)
UPDATE pilotstatus.meta SET deployment = $1 WHERE coalesce(deployment, '') = $2`

// Of two reports of one message, the one that supersedes the other stays: recordSQL adds
// the first, and supersedeSQL changes it where it is still the one that was compared.
const (
	recordSQL = `
INSERT INTO pilotstatus.receipt (accepted_id, status, failure) VALUES ($1, $2, nullif($3, '')) ON CONFLICT DO NOTHING`

	recordedSQL = `SELECT status FROM pilotstatus.receipt WHERE accepted_id = $1`

	supersedeSQL = `
UPDATE pilotstatus.receipt SET status = $2, failure = nullif($3, ''), recorded_at = now() WHERE accepted_id = $1 AND status = $4`
)

// Retention, $2 rows a statement. What ended $1 seconds ago is emptied, later deleted, and
// the receipts with it.
const (
	emptySQL = `
UPDATE pilotstatus.message m SET body = '', fallback = NULL, emptied = true
WHERE m.id = ANY(ARRAY(
  SELECT e.id FROM pilotstatus.message e WHERE e.emptied = false AND e.ended_at < now() - make_interval(secs => $1::float8)
  ORDER BY e.emptied, e.ended_at, e.id LIMIT $2 FOR UPDATE SKIP LOCKED))`

	deleteSQL = `
DELETE FROM pilotstatus.message m
WHERE m.id = ANY(ARRAY(
  SELECT e.id FROM pilotstatus.message e WHERE e.emptied = true AND e.ended_at < now() - make_interval(secs => $1::float8)
  ORDER BY e.emptied, e.ended_at, e.id LIMIT $2 FOR UPDATE SKIP LOCKED))`

	deleteReceiptsSQL = `
DELETE FROM pilotstatus.receipt r
WHERE r.accepted_id = ANY(ARRAY(
  SELECT e.accepted_id FROM pilotstatus.receipt e WHERE e.recorded_at < now() - make_interval(secs => $1::float8)
  ORDER BY e.recorded_at LIMIT $2 FOR UPDATE SKIP LOCKED))`
)
