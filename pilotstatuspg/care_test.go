package pilotstatuspg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
)

func TestForget(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t)
	for state := range allStates {
		r := request(string(state))
		r.Content = pilotstatus.TextContent{Body: "the secret text"}
		enqueueOne(t, o, pool, r)
		set(t, o, pool, string(state), "state = $1, lease = 5, error = 'about +5511999990001', accepted_id = 'msg'", state)
	}
	other := request("other")
	other.To = pilotstatus.Phone("+5511999990002")
	enqueueOne(t, o, pool, other)

	forget := func(r pilotstatus.Recipient) (n int64) {
		require.NoError(t, inTx(t, pool, func(tx pgx.Tx) (err error) {
			n, err = o.Forget(t.Context(), tx, r)
			return err
		}))
		return n
	}
	assert.Zero(t, forget(pilotstatus.UserID(testPhone)))
	assert.EqualValues(t, len(allStates), forget(pilotstatus.Phone("55 11 99999-0001")))
	assert.Zero(t, forget(pilotstatus.Phone(testPhone)), "again")
	for state := range allStates {
		m := get(t, o, pool, string(state))
		want := StateCanceled
		switch state {
		case StateAccepted, StateRefused, StateExpired:
			want = state
		}
		assert.Equal(t, want, m.State)
		assert.NotZero(t, m.SettledAt)
		assert.Zero(t, m.Recipient)
		assert.Empty(t, m.Body)
		assert.True(t, enqueueOne(t, o, pool, request(string(state))).Duplicate, "nothing is sent again, whatever the body")
	}
	assert.Equal(t, StatePending, get(t, o, pool, "other").State)

	dump := dumpOf(t, o)
	assert.Contains(t, dump, "99999"+"0002")
	for _, text := range []string{"0001", "secret", fmt.Sprintf("%x", "secret"), fmt.Sprintf("%x", "0001")} {
		assert.NotContains(t, dump, text)
	}
	_, err := o.Forget(t.Context(), sqlOf(t, pool), pilotstatus.Recipient{})
	var refused *pilotstatus.ValidationError
	require.ErrorAs(t, err, &refused)
}

// dumpOf is the schema and its rows as pg_dump writes them.
func dumpOf(t *testing.T, o *Outbox) string {
	t.Helper()
	server := database(t)
	cmd := exec.CommandContext(t.Context(), filepath.Join(server.Programs, "pg_dump"), "--inserts", "-n", `"`+o.options.Schema+`"`, "-d", server.DSN)
	var dump, failure bytes.Buffer
	cmd.Stdout, cmd.Stderr = &dump, &failure
	require.NoError(t, cmd.Run(), failure.String())
	return dump.String()
}

func TestAdopt(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t)
	owner := func() string {
		return value[string](t, pool, o.in("SELECT coalesce(deployment, '') FROM pilotstatus.meta"))
	}
	const n = adoptBatch + 10
	fill(t, o, pool, 3, n, "'pending'")
	fill(t, o, pool, 3, 30, "(ARRAY['claimed', 'sending', 'scheduled', 'held', 'accepted', 'parked'])[1 + i % 6]")
	_, err := pool.Exec(t.Context(), o.in("INSERT INTO pilotstatus.number (number_id, lease, lease_until) VALUES ('num_1', 5, now() + interval '1 hour')"))
	require.NoError(t, err)
	_, err = pool.Exec(t.Context(), o.in("UPDATE pilotstatus.meta SET deployment = 'production'"))
	require.NoError(t, err)

	var refused *DeploymentError
	require.ErrorAs(t, o.Adopt(t.Context(), pool, "staging"), &refused)
	assert.Equal(t, DeploymentError{Schema: o.options.Schema, Owner: "production", Name: "staging"}, *refused)
	assert.Equal(t, "production", owner())
	assert.Equal(t, n, value[int](t, pool, o.in("SELECT count(*) FROM pilotstatus.message WHERE state = 'pending'")), "nothing is touched")

	require.NoError(t, o.Adopt(t.Context(), pool, "production"))
	assert.Equal(t, "test", owner())
	assert.Equal(t, n+25, value[int](t, pool, o.in("SELECT count(*) FROM pilotstatus.message WHERE parked")))
	assert.Equal(t, 5, value[int](t, pool, o.in("SELECT count(*) FROM pilotstatus.message WHERE NOT parked")))
	assert.Equal(t, 1, value[int](t, pool, o.in("SELECT count(*) FROM pilotstatus.number WHERE lease = 0 AND lease_until = 'epoch'")))
	nobody, err := New(Options{Schema: o.options.Schema})
	require.NoError(t, err)
	require.Error(t, nobody.Adopt(t.Context(), pool, "test"))
}

// A report that supersedes another stays, in whatever order they come and how often.
func TestRecord(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t)
	random := rand.New(rand.NewPCG(1, 2))
	message := pilotstatus.EventMessage{NumberID: testNumber}
	for i := range 20 {
		message.ID = fmt.Sprintf("msg_%d", i)
		events := []pilotstatus.Event{
			&pilotstatus.MessageStatusEvent{Event: pilotstatus.EventMessageSent, EventMessage: message},
			&pilotstatus.MessageStatusEvent{Event: pilotstatus.EventMessageDelivered, EventMessage: message},
			&pilotstatus.MessageFailedEvent{Event: pilotstatus.EventMessageFailed, EventMessage: message, ErrorCode: "CODE"},
		}
		want := pilotstatus.MessageStatusDelivered
		if i%3 == 0 {
			events, want = append(events, &pilotstatus.MessageStatusEvent{Event: pilotstatus.EventMessageRead, EventMessage: message}), pilotstatus.MessageStatusRead
		}
		if i%3 == 1 {
			events, want = events[2:], pilotstatus.MessageStatusFailed
		}
		events = append(events, events...)
		random.Shuffle(len(events), func(a, b int) { events[a], events[b] = events[b], events[a] })
		key := message.ID
		for _, step := range random.Perm(2) { // before or after the send is recorded
			if step == 0 {
				enqueueOne(t, o, pool, request(key))
				set(t, o, pool, key, "state = 'accepted', accepted_id = $1", message.ID)
				continue
			}
			var recording sync.WaitGroup
			for _, event := range events {
				if i%2 == 0 {
					recording.Go(func() { assert.NoError(t, o.Record(t.Context(), pool, event)) })
				} else {
					require.NoError(t, o.Record(t.Context(), pool, event))
				}
			}
			recording.Wait()
		}
		m := get(t, o, pool, key)
		assert.Equal(t, want, m.Status, i)
		assert.Equal(t, want == pilotstatus.MessageStatusFailed, m.FailureCode == "CODE")
		assert.WithinDuration(t, time.Now(), m.StatusAt, time.Minute)
	}
	for _, other := range []pilotstatus.Event{
		nil, &pilotstatus.MessageReceivedEvent{}, &pilotstatus.MessageStatusEvent{}, &pilotstatus.MalformedEvent{},
		&pilotstatus.MessageStatusEvent{Event: pilotstatus.EventMessageRead, EventMessage: pilotstatus.EventMessage{ID: "a\x00\xff"}},
	} {
		require.NoError(t, o.Record(t.Context(), pool, other))
	}
	assert.Equal(t, 20, value[int](t, pool, o.in("SELECT count(*) FROM pilotstatus.receipt")))
	require.NoError(t, o.Record(t.Context(), pool, &pilotstatus.MessageFailedEvent{
		Event: pilotstatus.EventMessageFailed, EventMessage: pilotstatus.EventMessage{ID: "new"}, ErrorCode: "a\x00\xff",
	}))
}

// meddling lets something happen before a report is changed.
type meddling struct {
	DB

	before func()
}

func (m *meddling) Exec(ctx context.Context, statement string, args ...any) (pgconn.CommandTag, error) {
	if before := m.before; before != nil && strings.Contains(statement, "SET status") {
		m.before = nil
		before()
	}
	return m.DB.Exec(ctx, statement, args...)
}

// A report that another process changes between the look and the write is compared again.
func TestRecordAtOnce(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t)
	event := func(name string) pilotstatus.Event {
		return &pilotstatus.MessageStatusEvent{Event: name, EventMessage: pilotstatus.EventMessage{ID: "msg"}}
	}
	require.NoError(t, o.Record(t.Context(), pool, event(pilotstatus.EventMessageSent)))
	db := &meddling{DB: pool, before: func() {
		assert.NoError(t, o.Record(t.Context(), pool, event(pilotstatus.EventMessageRead)))
	}}
	require.NoError(t, o.Record(t.Context(), db, event(pilotstatus.EventMessageDelivered)))
	assert.Equal(t, "READ", value[string](t, pool, o.in("SELECT status FROM pilotstatus.receipt")))
}

func TestRetention(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t, func(o *Options) { o.KeepBodies, o.KeepMessages = day, 30*day })
	ages := map[string]string{"fresh": "23 hours", "old": "25 hours", "oldest": "31 days"}
	for state := range allStates {
		for name, age := range ages {
			key := string(state) + " " + name
			enqueueOne(t, o, pool, request(key))
			set(t, o, pool, key, "state = $1, created_at = now() - $2::interval, settled_at = now() - $2::interval", state, age)
		}
	}
	_, err := pool.Exec(t.Context(), o.in(`INSERT INTO pilotstatus.receipt (accepted_id, status, recorded_at)
		VALUES ('old', 'READ', now() - interval '31 days'), ('new', 'READ', now() - interval '29 days')`))
	require.NoError(t, err)
	for range 2 { // the second time nothing is left
		more, err := o.retainBatch(t.Context(), pool)
		require.NoError(t, err)
		assert.False(t, more)
	}
	for state := range allStates {
		ends := state == StateAccepted || state == StateRefused || state == StateCanceled || state == StateExpired
		assert.NotEmpty(t, get(t, o, pool, string(state)+" fresh").Body)
		old := get(t, o, pool, string(state)+" old")
		assert.Equal(t, ends, len(old.Body) == 0, state)
		_, err := o.Get(t.Context(), pool, testNumber, string(state)+" oldest")
		var missing *NotFoundError
		assert.Equal(t, ends, errors.As(err, &missing), state)
	}
	assert.Equal(t, "new", value[string](t, pool, o.in("SELECT accepted_id FROM pilotstatus.receipt")))
	assert.False(t, enqueueOne(t, o, pool, request("accepted oldest")).Duplicate, "its key is free")
}

// Retention works in batches, by one process at a time, and never waits for a row.
func TestRetentionInBatches(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t, func(o *Options) { o.KeepMessages = 30 * day })
	fill(t, o, pool, 2, 2*retainBatch, "'accepted'")
	open := func(f func(tx pgx.Tx)) {
		require.NoError(t, inTx(t, pool, func(tx pgx.Tx) error {
			f(tx)
			return nil
		}))
	}
	emptied := func() int { return value[int](t, pool, o.in("SELECT count(*) FROM pilotstatus.message WHERE emptied")) }
	open(func(tx pgx.Tx) {
		_, err := tx.Exec(t.Context(), "SELECT pg_advisory_xact_lock(hashtextextended($1, 1))", o.channel)
		require.NoError(t, err)
		more, err := o.retainBatch(t.Context(), pool)
		require.NoError(t, err)
		assert.False(t, more)
		assert.Zero(t, emptied())
	})
	open(func(tx pgx.Tx) {
		_, err := tx.Exec(t.Context(), o.in("SELECT FROM pilotstatus.message ORDER BY ended_at LIMIT 10 FOR UPDATE"))
		require.NoError(t, err)
		more, err := o.retainBatch(t.Context(), pool)
		require.NoError(t, err)
		assert.True(t, more)
	})
	for more := true; more; {
		var err error
		more, err = o.retainBatch(t.Context(), pool)
		require.NoError(t, err)
	}
	assert.Zero(t, value[int](t, pool, o.in("SELECT count(*) FROM pilotstatus.message")))
}

// Run does it beside its work.
func TestRunRetains(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.outbox.retainEvery = time.Millisecond
	fill(t, s.outbox, s.pool, 2, 2*retainBatch+5, "'accepted'")
	s.exec("UPDATE pilotstatus.message SET settled_at = now() - interval '100 days' WHERE id % 2 = 0")
	stop := s.run()
	s.eventually(0, "NOT emptied OR ended_at < now() - interval '90 days'")
	stop()
	assert.Positive(t, s.count("true"))
}

func TestStorable(t *testing.T) {
	t.Parallel()
	_, pool := newOutbox(t)
	for _, text := range []string{
		"", "plain", "a\x00b", "a\xffb\xc3", strings.Repeat("x", 64<<10), strings.Repeat("€", 64<<10), strings.Repeat("\xff", 64<<10),
		strings.Repeat("a", maxStored-1) + "€", strings.Repeat("\x00", maxStored+1),
	} {
		got := storable(text)
		assert.LessOrEqual(t, len(got), maxStored)
		assert.True(t, utf8.ValidString(got))
		assert.Equal(t, got, value[string](t, pool, "SELECT $1::text", got))
	}
	assert.Equal(t, "a\uFFFDb", storable("a\x00b"))
	assert.Len(t, storable(strings.Repeat("a", maxStored-1)+"€"), maxStored-1)
	assert.Len(t, storable(strings.Repeat("a", maxStored)), maxStored)
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for field, o := range map[string]Options{
		"Schema":       {Schema: strings.Repeat("s", 64)},
		"Deployment":   {Deployment: "a\x00"},
		"KeepBodies":   {KeepBodies: -1},
		"KeepMessages": {KeepMessages: 30*day - 1},
		"KeepEvents":   {KeepEvents: -1},
	} {
		_, err := New(o)
		var refused *pilotstatus.ValidationError
		require.ErrorAs(t, err, &refused)
		assert.Equal(t, field, refused.Field)
	}
	_, err := New(Options{KeepBodies: 31 * day, KeepMessages: 30 * day})
	require.Error(t, err)
	_, err = New(Options{Schema: "a\xff"})
	require.Error(t, err)
	o, err := New(Options{KeepBodies: 365 * day})
	require.NoError(t, err)
	assert.Equal(t, Options{Schema: "pilotstatus", KeepBodies: 365 * day, KeepMessages: 365 * day, KeepEvents: defaultKeepEvents}, o.options)
}

func TestErrorsOfNothing(t *testing.T) {
	t.Parallel()
	for _, err := range []error{(*KeyUsedError)(nil), (*NotFoundError)(nil), (*DeploymentError)(nil), (*SchemaError)(nil)} {
		assert.NotEmpty(t, err.Error())
	}
}

// The program that enqueues needs few rights, and the one that works no right to create.
func TestRoles(t *testing.T) {
	t.Parallel()
	schema := newSchema(t)
	admin := newPool(t, database(t).DSN)
	quoted := pgx.Identifier{schema}.Sanitize()
	roles := map[string]*pgxpool.Pool{}
	for _, role := range []string{"owner", "enqueuer", "worker"} {
		name := strings.ToLower(schema) + "_" + role
		_, err := admin.Exec(t.Context(), "CREATE ROLE "+name+" LOGIN")
		require.NoError(t, err)
		t.Cleanup(func() {
			_, err := admin.Exec(context.Background(), "DROP OWNED BY "+name+"; DROP ROLE "+name)
			assert.NoError(t, err)
		})
		roles[role] = newPool(t, strings.Replace(database(t).DSN, "user=postgres", "user="+name, 1), "search_path=")
	}
	prefix := strings.ToLower(schema) + "_"
	// The owner gets a schema that another made: it need not create one.
	_, err := admin.Exec(t.Context(), "CREATE SCHEMA "+quoted+" AUTHORIZATION "+prefix+"owner")
	require.NoError(t, err)
	require.NoError(t, Migrate(t.Context(), roles["owner"], schema))
	_, err = roles["owner"].Exec(t.Context(), inSchema(strings.NewReplacer(
		"SCHEMA pilotstatus", "SCHEMA "+quoted, "enqueuer", prefix+"enqueuer", "worker", prefix+"worker").Replace(documentedGrants(t)), schema))
	require.NoError(t, err)

	o, err := New(Options{Schema: schema, Deployment: "test"})
	require.NoError(t, err)
	enqueueOne(t, o, roles["enqueuer"], request("k"), NotBeforeIn(time.Hour))
	require.NoError(t, inTx(t, roles["enqueuer"], func(tx pgx.Tx) error {
		_, err := o.EnqueueMany(t.Context(), tx, testNumber, []pilotstatus.SendRequest{request("k2"), request("k3")})
		return err
	}))
	assert.True(t, enqueueOne(t, o, roles["enqueuer"], request("k")).Duplicate)
	_, err = o.Cancel(t.Context(), roles["enqueuer"], testNumber, "k")
	require.NoError(t, err)
	_, err = o.Get(t.Context(), roles["enqueuer"], testNumber, "k")
	assert.True(t, hasCode(err, "42501"), "it reads no bodies")
	assert.Equal(t, 3, value[int](t, roles["enqueuer"], o.in("SELECT count(*) FROM pilotstatus.delivery")))
	require.Error(t, o.Pause(t.Context(), roles["enqueuer"], testNumber, "r"))

	worker := roles["worker"]
	require.NoError(t, o.checkVersion(t.Context(), worker))
	require.NoError(t, o.SetPace(t.Context(), worker, testNumber, Pace{}))
	require.NoError(t, o.Resume(t.Context(), worker, testNumber))
	require.NoError(t, o.Adopt(t.Context(), worker, ""))
	_, err = o.Resolve(t.Context(), worker, Filter{NumberID: testNumber}, Drop())
	require.NoError(t, err)
	_, err = o.retainBatch(t.Context(), worker)
	require.NoError(t, err)
	_, err = o.Stats(t.Context(), worker)
	require.NoError(t, err)
	_, err = o.Get(t.Context(), worker, testNumber, "k")
	require.NoError(t, err)
	require.NoError(t, inTx(t, worker, func(tx pgx.Tx) error {
		_, err := o.Forget(t.Context(), tx, pilotstatus.Phone(testPhone))
		return err
	}))
	require.NoError(t, Migrate(t.Context(), roles["owner"], schema), "nothing to do")

	// A handler that answers has the grants of both roles.
	_, err = roles["owner"].Exec(t.Context(), inSchema(strings.NewReplacer(
		"SCHEMA pilotstatus", "SCHEMA "+quoted, "receiver", prefix+"enqueuer").Replace(documented(t, "sql")), schema))
	require.NoError(t, err)
	in := &inbox{T: t, outbox: o, pool: roles["enqueuer"]}
	handler := in.receive(func(ctx context.Context, tx pgx.Tx, _ pilotstatus.Event) error {
		_, err := o.Enqueue(ctx, tx, testNumber, request("answer"))
		return err
	}, ReceiveOptions{})
	assert.Equal(t, http.StatusOK, post(handler, delivered(pilotstatus.EventMessageReceived, "msg_1")), in.log.String())
	_, err = o.WindowOpen(t.Context(), in.pool, testNumber, pilotstatus.Phone(testPhone))
	require.NoError(t, err)
	_, err = o.ForEvent(t.Context(), in.pool, statusEvent(pilotstatus.EventMessageRead, "msg_1"))
	assert.True(t, hasCode(err, "42501"), "it reads no bodies")
}
