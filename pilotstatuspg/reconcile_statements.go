package pilotstatuspg

// Sending does nothing for Reconcile: there is no index of unended messages to keep. Each
// message is looked at once, in order of its end, when it is old enough, by the index that
// retention has. What has no final receipt then waits in the table unconfirmed.

// reconcileLeaseSQL has the process $1 reconcile for the next $2 seconds, unless another does.
// Where a clock that was ahead is set back, all is looked at again: what is noted stays.
const reconcileLeaseSQL = `
UPDATE pilotstatus.reconcile SET lease = $1, lease_until = now() + make_interval(secs => $2),
	seen_at = CASE WHEN seen_at > now() THEN 'epoch' ELSE seen_at END
WHERE lease = $1 OR lease_until NOT BETWEEN now() AND now() + interval '6 hours'`

const reconcileReleaseSQL = `
UPDATE pilotstatus.reconcile SET lease = 0, lease_until = 'epoch' WHERE lease = $1`

// reconcileLookSQL looks at the next $4 messages that ended more than $3 seconds ago and at
// most $2 seconds, and notes those that are accepted and have none of the statuses $5. It
// is for the process $1, and changes a row where it saw a message.
const reconcileLookSQL = `
WITH mine AS MATERIALIZED (
	SELECT greatest(c.seen_at, now() - make_interval(secs => $2)) AS seen_at, c.seen_id FROM pilotstatus.reconcile c WHERE c.lease = $1
), seen AS MATERIALIZED (
	SELECT w.id, w.number_id, w.accepted_id, w.state, w.ended_at
	FROM mine CROSS JOIN (VALUES (false), (true)) p(emptied) CROSS JOIN LATERAL (
		SELECT m.id, m.number_id, m.accepted_id, m.state, m.ended_at FROM pilotstatus.message m
		WHERE m.ended_at IS NOT NULL AND (m.emptied, m.ended_at, m.id) > (p.emptied, mine.seen_at, mine.seen_id)
			AND (m.emptied, m.ended_at) < (p.emptied, now() - make_interval(secs => $3))
		ORDER BY m.emptied, m.ended_at, m.id LIMIT $4) w
	ORDER BY w.ended_at, w.id LIMIT $4
), noted AS (
	INSERT INTO pilotstatus.unconfirmed (message_id, number_id, accepted_id, settled_at, check_at)
	SELECT s.id, s.number_id, s.accepted_id, s.ended_at, now() FROM seen s
	LEFT JOIN LATERAL (SELECT r.status FROM pilotstatus.receipt r WHERE r.accepted_id = s.accepted_id LIMIT 1) r ON true
	WHERE s.state = 'accepted' AND s.accepted_id <> '' AND coalesce(r.status <> ALL($5::text[]), true)
	ON CONFLICT DO NOTHING
)
UPDATE pilotstatus.reconcile c SET seen_at = last.ended_at, seen_id = last.id
FROM (SELECT s.ended_at, s.id FROM seen s ORDER BY s.ended_at DESC, s.id DESC LIMIT 1) last
WHERE c.lease = $1`

// reconcileDueSQL are $1 messages that are due, the longest waiting first, of the numbers
// that are not in $2. Done are those with one of the statuses $3 and those that ended more
// than $4 seconds ago. It steps from number to number.
const reconcileDueSQL = `
WITH RECURSIVE n AS (
	(SELECT u.number_id FROM pilotstatus.unconfirmed u ORDER BY u.number_id, u.check_at, u.message_id LIMIT 1)
	UNION ALL
	SELECT x.number_id FROM n CROSS JOIN LATERAL (
		SELECT u.number_id FROM pilotstatus.unconfirmed u WHERE u.number_id > n.number_id
		ORDER BY u.number_id, u.check_at, u.message_id LIMIT 1) x
)
SELECT d.message_id, d.number_id, d.accepted_id,
	coalesce(r.status = ANY($3::text[]), false) OR d.settled_at < now() - make_interval(secs => $4)
FROM (
	SELECT u.message_id, u.number_id, u.accepted_id, u.settled_at, u.check_at
	FROM n CROSS JOIN LATERAL (
		SELECT u.message_id, u.number_id, u.accepted_id, u.settled_at, u.check_at FROM pilotstatus.unconfirmed u
		WHERE u.number_id >= n.number_id AND (u.number_id, u.check_at) <= (n.number_id, now())
		ORDER BY u.number_id, u.check_at, u.message_id LIMIT $1) u
	WHERE n.number_id <> ALL($2::text[])
	ORDER BY u.check_at, u.message_id LIMIT $1) d
LEFT JOIN LATERAL (SELECT r.status FROM pilotstatus.receipt r WHERE r.accepted_id = d.accepted_id LIMIT 1) r ON true
ORDER BY d.check_at, d.message_id`

// reconcileNextSQL puts the message $1 off until it is twice as old, at least for $3
// seconds, or ends the questions where $2 is true.
const reconcileNextSQL = `
WITH done AS (DELETE FROM pilotstatus.unconfirmed WHERE message_id = $1 AND $2::boolean)
UPDATE pilotstatus.unconfirmed SET check_at = now() + greatest(now() - settled_at, make_interval(secs => $3))
WHERE message_id = $1 AND NOT $2::boolean`
