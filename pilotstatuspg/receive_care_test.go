package pilotstatuspg

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatuspg/pilotstatuspgtest/pgserver"
)

// The role of the documentation receives, in a schema whose name needs quotes, with an empty
// search_path. It may do no more.
func TestReceiverRole(t *testing.T) {
	t.Parallel()
	const schema = `Ünï"x`
	owner := newPool(t, database(t).DSN, "search_path=")
	quoted := pgx.Identifier{schema}.Sanitize()
	role := "receiver_" + strings.ToLower(newSchema(t))
	drop := func() {
		_, err := owner.Exec(context.Background(), "DROP SCHEMA IF EXISTS "+quoted+" CASCADE; DROP ROLE IF EXISTS "+role)
		assert.NoError(t, err)
	}
	drop()
	t.Cleanup(drop)
	require.NoError(t, Migrate(t.Context(), owner, schema))
	grants := strings.NewReplacer("SCHEMA pilotstatus", "SCHEMA "+quoted, "receiver", role).Replace(documented(t, "sql"))
	_, err := owner.Exec(t.Context(), "CREATE ROLE "+role+" LOGIN; "+inSchema(grants, schema))
	require.NoError(t, err)

	outbox, err := New(Options{Schema: schema})
	require.NoError(t, err)
	in := &inbox{T: t, outbox: outbox, pool: newPool(t, strings.Replace(database(t).DSN, "user=postgres", "user="+role, 1), "search_path=")}
	handler := in.receive(nil, ReceiveOptions{})
	for _, name := range []string{pilotstatus.EventMessageRead, pilotstatus.EventMessageReceived, pilotstatus.EventMessageSent} {
		assert.Equal(t, http.StatusOK, post(handler, delivered(name, "msg_1")))
		assert.Equal(t, http.StatusOK, post(handler, delivered(name, "msg_1")))
	}
	for i, name := range []string{pilotstatus.EventNumberDisconnected, pilotstatus.EventNumberConnected} {
		body := `{"event":"%s","data":{"numberId":"num_1","phone":"5521","displayName":"n","createdAt":"2026-11-03T14:4%d:00.000Z"}}`
		assert.Equal(t, http.StatusOK, post(handler, fmt.Sprintf(body, name, i)))
	}
	assert.Empty(t, in.log.String(), "it may also delete what is old")
	assert.Equal(t, "READ", value[string](t, in.pool, outbox.in("SELECT status FROM pilotstatus.receipt")))
	_, err = in.pool.Exec(t.Context(), outbox.in("SELECT FROM pilotstatus.message"))
	assert.True(t, hasCode(err, "42501"), "it reads no messages")

	d, err := NewDeduper(in.pool, outbox.options)
	require.NoError(t, err)
	require.Equal(t, pilotstatus.ClaimFresh, claimEvent(t, d, "key"))
	require.NoError(t, d.Release(t.Context(), "key"))
	require.NoError(t, d.Done(t.Context(), "key"))
}

// Behind a PgBouncer in transaction mode, with a pool that has more connections than it.
func TestReceiveBehindPgBouncer(t *testing.T) {
	t.Parallel()
	in := newInbox(t)
	in.pool = newPool(t, pgBouncer(t))
	handler := in.receive(func(ctx context.Context, tx pgx.Tx, event pilotstatus.Event) error {
		_, err := tx.Exec(ctx, in.outbox.in("INSERT INTO pilotstatus.seen (message, raw) VALUES ($1, $2::jsonb)"),
			event.EventName(), string(event.Raw()))
		return err
	}, ReceiveOptions{})
	for i := range 10 {
		body := delivered(pilotstatus.EventMessageReceived, fmt.Sprint(i))
		assert.Equal(t, http.StatusOK, post(handler, body))
		assert.Equal(t, http.StatusOK, post(handler, body))
	}
	assert.Equal(t, 10, in.count("seen"))
	assert.Empty(t, in.log.String())

	// One that hangs in a statement is ended there as well.
	started := make(chan bool)
	hanging := in.receive(func(_ context.Context, tx pgx.Tx, _ pilotstatus.Event) error {
		close(started)
		_, err := tx.Exec(context.Background(), "SELECT pg_sleep(600)")
		return err
	}, ReceiveOptions{Timeout: 200 * time.Millisecond})
	body, answer := delivered(pilotstatus.EventMessageReceived, "hangs"), make(chan int, 1)
	go func() { answer <- post(hanging, body) }()
	<-started
	redeliver(t, handler, body)
	assert.Equal(t, http.StatusInternalServerError, <-answer)
	assert.Equal(t, 11, in.count("seen"))
}

// old makes rows of the inbox older than they are kept.
func (in *inbox) old(events, receipts int) {
	in.Helper()
	in.exec("INSERT INTO pilotstatus.event (key, received_at) SELECT 'old ' || i, now() - interval '8 days' FROM generate_series(1, $1::int) i", events)
	in.exec(`INSERT INTO pilotstatus.receipt (accepted_id, status, recorded_at)
		SELECT 'old ' || i, 'READ', now() - interval '92 days' FROM generate_series(1, $1::int) i`, receipts)
}

// A program that only receives deletes what is old, a batch at a time, and nothing else.
func TestReceivePrunes(t *testing.T) {
	t.Parallel()
	in := newInbox(t)
	in.outbox.retainEvery = time.Millisecond
	in.old(retainBatch+1, 1)
	in.exec(`INSERT INTO pilotstatus.event (key, received_at, lease_until) VALUES
		('younger', now() - interval '6 days', NULL), ('running', now() - interval '8 days', now() + interval '1 day'),
		('given up', now() - interval '8 days', now() - interval '7 days')`)
	handler := in.receive(nil, ReceiveOptions{})
	delivery := 0
	receive := func() {
		delivery++
		require.Equal(t, http.StatusOK, post(handler, delivered(pilotstatus.EventMessageReceived, fmt.Sprint(delivery))))
	}
	receive()
	assert.Equal(t, 2, in.count("event WHERE key LIKE 'old %' OR key = 'given up'"), "a batch")
	require.Eventually(t, func() bool {
		receive()
		return in.count("event WHERE key LIKE 'old %' OR key = 'given up'") == 0
	}, time.Minute, 10*time.Millisecond)
	assert.Zero(t, in.count("receipt"))
	assert.Equal(t, 2, in.count("event WHERE key IN ('younger', 'running')"))
	assert.Empty(t, in.log.String())

	// Where it fails, the event is handled all the same.
	in.exec("DROP TABLE pilotstatus.receipt CASCADE")
	require.Eventually(t, func() bool {
		receive()
		return strings.Contains(in.log.String(), "retention")
	}, time.Minute, 10*time.Millisecond)
}

// A pruner rests after a batch, longer where there was nothing.
func TestPrunerRests(t *testing.T) {
	t.Parallel()
	in := newInbox(t)
	p := pruner{retain: in.outbox.retainInbox, every: retainEvery}
	in.old(retainBatch, 0)
	require.NoError(t, p.prune(t.Context(), in.pool))
	assert.Less(t, time.Until(p.next), retainEvery/2)
	assert.Zero(t, in.count("event"))
	in.old(1, 0)
	require.NoError(t, p.prune(t.Context(), in.pool))
	assert.Equal(t, 1, in.count("event"), "it is too early")
	p.next = time.Now()
	require.NoError(t, p.prune(t.Context(), in.pool))
	assert.Zero(t, in.count("event"))
	assert.Greater(t, time.Until(p.next), retainEvery/2)
}

// The outbox's own retention and a Deduper's delete them as well.
func TestRetentionOfEvents(t *testing.T) {
	t.Parallel()
	in, d, _ := newDedupers(t, func(o *Options) { o.KeepEvents = 8*day + time.Hour })
	in.old(1, 0)
	_, err := in.outbox.retainBatch(t.Context(), in.pool)
	require.NoError(t, err)
	assert.Equal(t, 1, in.count("event"))
	in.exec("UPDATE pilotstatus.event SET received_at = received_at - interval '2 hours'")
	more, err := in.outbox.retainBatch(t.Context(), in.pool)
	require.NoError(t, err)
	assert.False(t, more)
	assert.Zero(t, in.count("event"))

	in.old(retainBatch+1, 0)
	in.exec("UPDATE pilotstatus.event SET received_at = received_at - interval '2 hours'")
	more, err = in.outbox.retainBatch(t.Context(), in.pool)
	require.NoError(t, err)
	assert.True(t, more)
	assert.Equal(t, 1, in.count("event"))
	in.old(0, 1)
	require.NoError(t, d.Done(t.Context(), "key"))
	assert.Equal(t, 1, in.count("event"), "key alone")
	assert.Equal(t, 1, in.count("receipt"), "a Deduper does not know how long messages are kept")

	// What was forgotten is handled again.
	handler := in.receive(nil, ReceiveOptions{})
	body := delivered(pilotstatus.EventMessageReceived, "msg_1")
	require.Equal(t, http.StatusOK, post(handler, body))
	in.exec("UPDATE pilotstatus.event SET received_at = received_at - interval '9 days'")
	_, err = in.outbox.retainBatch(t.Context(), in.pool)
	require.NoError(t, err)
	event, err := pilotstatus.ParseEvent([]byte(body))
	require.NoError(t, err)
	assert.Equal(t, pilotstatus.ClaimFresh, claimEvent(t, d, event.DedupeKey()))
}

// Among many events, an old one and a known one are found through the indexes, whatever the
// statistics are.
func TestPlansOfEvents(t *testing.T) {
	t.Parallel()
	in := newInbox(t)
	in.exec(`ALTER TABLE pilotstatus.event SET (autovacuum_enabled = false);
		ALTER TABLE pilotstatus.contact SET (autovacuum_enabled = false); ALTER TABLE pilotstatus.receipt SET (autovacuum_enabled = false)`)
	conn, err := in.pool.Acquire(t.Context())
	require.NoError(t, err)
	defer conn.Release()
	fill := `INSERT INTO pilotstatus.event (key, received_at) SELECT $1::text || i, now() - i * interval '1 second' FROM generate_series(1, 50000) i`
	for name, step := range map[string]func(){
		"never analyzed": func() {},
		"analyzed":       func() { in.exec("ANALYZE pilotstatus.event, pilotstatus.contact, pilotstatus.receipt") },
	} {
		in.exec(fill, name)
		in.exec(`INSERT INTO pilotstatus.contact SELECT $1::text || i, 'n', now() - i * interval '1 second' FROM generate_series(1, 50000) i`, name)
		in.exec(`INSERT INTO pilotstatus.receipt SELECT $1::text || i, 'READ', NULL, now() - i * interval '1 second' FROM generate_series(1, 50000) i`, name)
		step()
		for statement, args := range map[string][]string{
			deleteEventsSQL:   {"49990", "10"},
			deleteContactsSQL: {"49990", "10"},
			deleteReceiptsSQL: {"49990", "10"},
			contactSQL:        {"'c'", "'n'", "now()"},
			windowOpenSQL:     {"'c'", "'n'"},
			recordSQL:         {"'a'", "'READ'", "''"},
			supersedeSQL:      {"'a'", "'READ'", "''", "'SENT'"},
			claimEventSQL:     {"'key'", "1", "60"},
			receiveSQL:        {"'key'", "1", "'1000'"},
			handledEventSQL:   {"'key'"},
			releaseEventSQL:   {"'key'", "1"},
		} {
			plan := explain(t, conn.Conn(), in.outbox.in(statement), args...)
			assert.LessOrEqual(t, plan.Hit+plan.Read, 100, name+" pages of "+statement)
		}
	}
}

// What Receive stores of a person is gone after Forget. Its events have nothing of them.
func TestForgetWhatWasReceived(t *testing.T) {
	t.Parallel()
	in := newInbox(t)
	in.exec("DROP TABLE pilotstatus.seen")
	handler := in.receive(nil, ReceiveOptions{})
	enqueueOne(t, in.outbox, in.pool, pilotstatus.SendRequest{
		To: pilotstatus.Phone("+5511900000001"), Content: pilotstatus.TextContent{Body: "private words"}, IdempotencyKey: "k",
	})
	for _, body := range []string{
		delivered(pilotstatus.EventMessageReceived, "1", map[string]any{"content": "private words", "participantName": "Ana"}),
		delivered(pilotstatus.EventMessageRead, "2", map[string]any{"to": "5511900000001@c.us", "content": "private words"}),
		delivered(pilotstatus.EventMessageFailed, "3", map[string]any{"to": "+5511900000001", "error": "private words"}),
		`{"event":"call.permission_updated","status":"TEMPORARY","from":"5511900000001","to":"5521","timestamp":"2026-11-03T14:40:00.000Z"}`,
		`{"event":"5511900000001","data":"private words"}`,
		`5511900000001 private words`,
	} {
		require.Equal(t, http.StatusOK, post(handler, body))
	}
	require.NoError(t, inTx(t, in.pool, func(tx pgx.Tx) error {
		_, err := in.outbox.Forget(t.Context(), tx, pilotstatus.Phone("+5511900000001"))
		return err
	}))
	dump := dumpOf(t, in.outbox)
	assert.Contains(t, dump, "message:")
	for _, text := range []string{"11900000001", "private words", "Ana"} {
		assert.NotContains(t, dump, text)
	}
}

// documented returns the first block of that language in the documentation of the inbox.
func documented(t *testing.T, language string) string {
	t.Helper()
	text, err := os.ReadFile("../docs/inbox.md")
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(text), "```"+language+"\n")
	require.True(t, found)
	block, _, found := strings.Cut(rest, "```")
	require.True(t, found)
	return block
}

// A receiver whose pool goes to a server that is a standby by now connects again: a name or
// a proxy leads to the primary meanwhile.
func TestReceiveLeavesAStandby(t *testing.T) {
	t.Parallel()
	server, err := pgserver.Start(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Stop()) })
	outbox, err := New(Options{})
	require.NoError(t, err)
	in := &inbox{T: t, outbox: outbox, pool: newPool(t, server.DSN)}
	require.NoError(t, Migrate(t.Context(), in.pool, ""))
	signal := filepath.Join(value[string](t, in.pool, "SELECT current_setting('data_directory')"), "standby.signal")
	require.NoError(t, server.Down())
	require.NoError(t, os.WriteFile(signal, nil, 0o666)) // the server may run as another user
	require.NoError(t, os.Chmod(signal, 0o666))          // whatever the umask is
	require.NoError(t, server.Up(t.Context()))
	in.pool.Reset()
	require.NoError(t, in.pool.Ping(t.Context()), "it reads")
	require.True(t, value[bool](t, in.pool, "SELECT pg_is_in_recovery()"))

	handler, body := in.receive(nil, ReceiveOptions{}), delivered(pilotstatus.EventMessageReceived, "msg_1")
	assert.Equal(t, http.StatusServiceUnavailable, post(handler, body))
	assert.Eventually(t, func() bool { return in.pool.Stat().TotalConns() == 0 }, 10*time.Second, time.Millisecond)

	d, err := NewDeduper(in.pool, Options{})
	require.NoError(t, err)
	_, err = d.Claim(t.Context(), "key", time.Minute)
	require.Error(t, err)
	assert.Eventually(t, func() bool { return in.pool.Stat().TotalConns() == 0 }, 10*time.Second, time.Millisecond)
}
