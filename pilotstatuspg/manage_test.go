package pilotstatuspg

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
)

// allStates are the states and whether Cancel ends a message in it.
var allStates = map[State]bool{
	StateScheduled: true, StatePending: true, StateHeld: true, StateClaimed: true, StateSending: false,
	StateAccepted: false, StateRefused: false, StateParked: false, StateCanceled: false, StateExpired: false,
}

// set changes a message, as in "state = 'parked'".
func set(tb testing.TB, o *Outbox, pool *pgxpool.Pool, key, change string, args ...any) {
	tb.Helper()
	tag, err := pool.Exec(tb.Context(), o.in("UPDATE pilotstatus.message SET "+change+" WHERE key = '"+key+"'"), args...)
	require.NoError(tb, err)
	require.EqualValues(tb, 1, tag.RowsAffected())
}

func get(tb testing.TB, o *Outbox, db DB, key string) Message {
	tb.Helper()
	m, err := o.Get(tb.Context(), db, testNumber, key)
	require.NoError(tb, err)
	return *m
}

func TestGet(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t)
	r := request("k")
	r.To = pilotstatus.Phone("+55 (11) 99999-0001")
	r.Content = pilotstatus.TemplateContent{ID: "shipped"}
	until := time.Now().Add(time.Hour).Truncate(time.Millisecond)
	r.DeliverUntil = until
	queued := enqueueOne(t, o, pool, r, WithPriority(Bulk))
	m := get(t, o, pool, "k")
	encoded, err := pilotstatus.EncodeSend(r)
	require.NoError(t, err)
	assert.WithinDuration(t, until, m.DeliverUntil, 0)
	assert.WithinDuration(t, time.Now(), m.CreatedAt, time.Minute)
	m.DeliverUntil, m.CreatedAt = time.Time{}, time.Time{}
	assert.Equal(t, Message{
		ID: queued.ID, NumberID: testNumber, Key: "k", WireKey: "k", Recipient: pilotstatus.Phone(testPhone),
		Priority: Bulk, Template: "shipped", Body: encoded.Body, State: StatePending,
	}, m)

	at := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	set(t, o, pool, "k", `state = 'accepted', first_at = $1, settled_at = $1, not_before = $1, accepted_id = 'msg_1', error = 'e',
		attempts = 3`, at)
	for name, db := range map[string]DB{"pgx": pool, "sql": sqlOf(t, pool)} {
		m = get(t, o, db, "k")
		assert.Equal(t, StateAccepted, m.State, name)
		for _, got := range []time.Time{m.FirstAt, m.SettledAt, m.NotBefore} {
			assert.WithinDuration(t, at, got, 0, name)
		}
		assert.Equal(t, "msg_1", m.AcceptedID, name)
		assert.Equal(t, "e", m.Error, name)
		assert.Equal(t, 3, m.Attempts, name)
	}
	_, err = o.Get(t.Context(), pool, testNumber, "secret")
	var missing *NotFoundError
	require.ErrorAs(t, err, &missing)
	assert.Equal(t, NotFoundError{testNumber, "secret"}, *missing)
	assert.NotContains(t, err.Error(), "secret")
}

// sqlOf is a transaction of database/sql that is rolled back.
func sqlOf(tb testing.TB, pool *pgxpool.Pool) Tx {
	tb.Helper()
	db := stdlib.OpenDBFromPool(pool)
	tb.Cleanup(func() { assert.NoError(tb, db.Close()) })
	tx, err := db.BeginTx(tb.Context(), nil)
	require.NoError(tb, err)
	tb.Cleanup(func() { _ = tx.Rollback() })
	return SQL(tx)
}

func TestMessagePrintsNoPerson(t *testing.T) {
	t.Parallel()
	m := Message{
		ID: 7, NumberID: testNumber, Key: "k", Recipient: pilotstatus.Phone(testPhone), Body: []byte("the secret text"),
		State: StateParked, Priority: Urgent, Attempts: 2,
	}
	var logged bytes.Buffer
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("m", "m", m, "p", &m, "list", []Message{m})
	encoded, err := json.Marshal(m)
	require.NoError(t, err)
	for _, text := range []string{
		fmt.Sprint(m), fmt.Sprintf("%+v", &m), fmt.Sprintf("%#v", m), fmt.Sprintf("%s %d %x", m, m, m), logged.String(), string(encoded),
	} {
		assert.NotContains(t, text, "secret")
		assert.NotContains(t, text, "99999")
		assert.NotContains(t, text, fmt.Sprintf("%x", "secret"))
	}
	assert.Equal(t, "pilotstatuspg.Message(7, number num_1, urgent, parked, 2 attempts, 15 bytes)", m.String())
}

func TestCancel(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t)
	for state, want := range allStates {
		t.Run(string(state), func(t *testing.T) {
			t.Parallel()
			key := string(state)
			enqueueOne(t, o, pool, request(key))
			set(t, o, pool, key, "state = $1, lease = 5", state)
			done, err := o.Cancel(t.Context(), pool, testNumber, key)
			require.NoError(t, err)
			assert.Equal(t, want, done)
			if want {
				assert.Equal(t, StateCanceled, get(t, o, pool, key).State)
				assert.False(t, get(t, o, pool, key).SettledAt.IsZero())
			} else {
				assert.Equal(t, state, get(t, o, pool, key).State)
			}
		})
	}
	done, err := o.Cancel(t.Context(), pool, testNumber, "unknown")
	require.NoError(t, err)
	assert.False(t, done)
}

// parkedMessages enqueues and parks messages.
func parkedMessages(tb testing.TB, o *Outbox, pool *pgxpool.Pool, n int) {
	tb.Helper()
	requests := make([]pilotstatus.SendRequest, n)
	for i := range requests {
		requests[i] = request(fmt.Sprintf("k-%d", i))
	}
	require.NoError(tb, inTx(tb, pool, func(tx pgx.Tx) error {
		_, err := o.EnqueueMany(tb.Context(), tx, testNumber, requests)
		if err == nil {
			_, err = tx.Exec(tb.Context(), o.in("UPDATE pilotstatus.message SET state = 'parked', settled_at = now(), error = 'unknown'"))
		}
		return err
	}))
}

func TestParked(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t)
	const n = 2*parkedPage + 1
	parkedMessages(t, o, pool, n)
	require.NoError(t, inTx(t, pool, func(tx pgx.Tx) error {
		_, err := o.Enqueue(t.Context(), tx, "num_2", request("other"))
		return err
	}))
	set(t, o, pool, "other", "state = 'parked'")
	enqueueOne(t, o, pool, request("open"))
	for name, db := range map[string]DB{"pgx": pool, "sql": sqlOf(t, pool)} {
		var keys []string
		for m, err := range o.Parked(t.Context(), db, testNumber) {
			require.NoError(t, err, name)
			assert.Equal(t, "unknown", m.Error)
			keys = append(keys, m.Key)
		}
		assert.Len(t, keys, n, name)
		assert.Equal(t, "k-0", keys[0], name)
		assert.Len(t, slices.Compact(keys), n, name)
	}
	for _, err := range o.Parked(t.Context(), pool, testNumber) {
		require.NoError(t, err)
		break // and nothing panics
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range o.Parked(ctx, pool, testNumber) {
		require.ErrorIs(t, err, context.Canceled)
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	const hour = time.Hour
	for name, test := range map[string]struct {
		resolution Resolution
		change     string // of the parked message
		want       State
		wireKey    string
		acceptedID string
		first      bool // whether it may still have been sent
	}{
		"was sent":               {resolution: WasSent("msg_9"), want: StateAccepted, wireKey: "k", acceptedID: "msg_9", first: true},
		"was sent, id unknown":   {resolution: WasSent(""), want: StateAccepted, wireKey: "k", first: true},
		"was sent, id was known": {resolution: WasSent(""), change: "accepted_id = 'a'", want: StateAccepted, wireKey: "k", acceptedID: "a", first: true},
		"drop":                   {resolution: Drop(), want: StateCanceled, wireKey: "k", first: true},
		"send again soon":        {resolution: SendAgain(), want: StateSending, wireKey: "k", first: true},
		"send again late":        {resolution: SendAgain(), change: "first_at = now() - interval '22 hours 58 minutes'", want: StatePending, wireKey: "k~2"},
		"send again just in time": {
			resolution: SendAgain(), change: "first_at = now() - interval '22 hours 56 minutes'", want: StateSending, wireKey: "k", first: true,
		},
		"send again and again": {
			resolution: SendAgain(), change: "first_at = now() - interval '2 days', wire_key = 'k~9'", want: StatePending, wireKey: "k~10",
		},
		"send again what was never begun": {resolution: SendAgain(), change: "first_at = NULL", want: StatePending, wireKey: "k"},
		"send again what is emptied":      {resolution: SendAgain(), change: "body = ''", want: StateParked, wireKey: "k", first: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, pool := newOutbox(t)
			r := request("k")
			r.DeliverUntil = time.Now().Add(-hour)
			enqueueOne(t, o, pool, r)
			set(t, o, pool, "k", `state = 'parked', first_at = now() - interval '1 hour', settled_at = now(), attempts = 5, error = 'unknown',
				not_before = now() + interval '1 hour'`)
			if test.change != "" {
				set(t, o, pool, "k", test.change)
			}
			n, err := o.Resolve(t.Context(), pool, Filter{NumberID: testNumber, Keys: []string{"k", "other"}[:1]}, test.resolution)
			require.NoError(t, err)
			m := get(t, o, pool, "k")
			assert.Equal(t, test.want, m.State)
			assert.Equal(t, test.want != StateParked, n == 1)
			assert.Equal(t, test.wireKey, m.WireKey)
			assert.Equal(t, "k", m.Key)
			assert.Equal(t, test.acceptedID, m.AcceptedID)
			assert.Equal(t, test.want == StateAccepted, m.Error == "", "the error of an attempt before says nothing of an accepted message")
			assert.Equal(t, test.first, !m.FirstAt.IsZero())
			if test.want == StatePending || test.want == StateSending {
				assert.Zero(t, m.DeliverUntil)
				assert.Zero(t, m.NotBefore)
				assert.Zero(t, m.SettledAt)
				assert.Zero(t, m.Attempts)
			} else {
				assert.NotZero(t, m.SettledAt)
			}
		})
	}
}

func TestResolveMany(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t)
	const n = resolveBatch + 3
	parkedMessages(t, o, pool, n)
	enqueueOne(t, o, pool, request("open"))
	resolve := func(f Filter, r Resolution) int64 {
		t.Helper()
		resolved, err := o.Resolve(t.Context(), pool, f, r)
		require.NoError(t, err)
		return resolved
	}
	assert.EqualValues(t, 2, resolve(Filter{testNumber, []string{"k-1", "k-2", "open", "none"}}, Drop()))
	assert.Zero(t, resolve(Filter{testNumber, []string{}}, Drop()), "no keys are not all keys")
	assert.Zero(t, resolve(Filter{NumberID: "num_2"}, Drop()))
	set(t, o, pool, "k-3", "body = ''")
	assert.EqualValues(t, n-3, resolve(Filter{NumberID: testNumber}, SendAgain()), "an emptied one stays")
	assert.Equal(t, StateParked, get(t, o, pool, "k-3").State)
	assert.Equal(t, StatePending, get(t, o, pool, "open").State)
	in := sqlOf(t, pool)
	resolved, err := o.Resolve(t.Context(), in, Filter{NumberID: testNumber}, WasSent(""))
	require.NoError(t, err)
	assert.EqualValues(t, 1, resolved)

	var refused *pilotstatus.ValidationError
	for _, wrong := range []struct {
		f Filter
		r Resolution
	}{
		{Filter{NumberID: testNumber}, WasSent("msg_1")},
		{Filter{testNumber, []string{"a", "b"}}, WasSent("msg_1")},
		{Filter{NumberID: testNumber}, Resolution{}},
		{Filter{}, Drop()},
		{Filter{testNumber, []string{"k-3"}}, WasSent("a\x00")},
		{Filter{testNumber, []string{"a\x00"}}, Drop()},
	} {
		_, err := o.Resolve(t.Context(), pool, wrong.f, wrong.r)
		require.ErrorAs(t, err, &refused)
	}
}

func TestSetPace(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t)
	pace := func() (interval, jitter, parallel int) {
		rows, err := pool.Query(t.Context(), o.in("SELECT interval_ms, jitter_ms, parallel FROM pilotstatus.number WHERE number_id = $1"), testNumber)
		require.NoError(t, err)
		_, err = pgx.ForEachRow(rows, []any{&interval, &jitter, &parallel}, func() error { return nil })
		require.NoError(t, err)
		return interval, jitter, parallel
	}
	require.NoError(t, o.SetPace(t.Context(), pool, testNumber, Pace{Every: time.Second, Jitter: time.Nanosecond, Parallel: 7}))
	interval, jitter, parallel := pace()
	assert.Equal(t, []int{1000, 1, 7}, []int{interval, jitter, parallel})
	require.NoError(t, o.SetPace(t.Context(), sqlOf(t, pool), "num_2", Pace{}))
	require.NoError(t, o.SetPace(t.Context(), pool, testNumber, Pace{}))
	interval, jitter, parallel = pace()
	assert.Equal(t, []int{0, 0, 4}, []int{interval, jitter, parallel})
	for field, p := range map[string]Pace{
		"Pace.Every": {Every: time.Hour + 1}, "Pace.Jitter": {Jitter: -1}, "Pace.Parallel": {Parallel: 101},
	} {
		var refused *pilotstatus.ValidationError
		require.ErrorAs(t, o.SetPace(t.Context(), pool, testNumber, p), &refused)
		assert.Equal(t, field, refused.Field)
	}
}

func TestStats(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t)
	none, err := o.Stats(t.Context(), pool)
	require.NoError(t, err)
	assert.Empty(t, none)

	for key, change := range map[string]string{
		"pending":   "created_at = now() - interval '1 hour'",
		"back-off":  "not_before = now() + interval '10 seconds', created_at = now() - interval '2 hours'",
		"was due":   "not_before = now() - interval '1 minute', created_at = now() - interval '3 hours'",
		"scheduled": "state = 'scheduled', not_before = now() + interval '1 hour'",
		"claimed":   "state = 'claimed', lease = 5",
		"sending":   "state = 'sending', lease = 5, first_at = now() - interval '9 hours'",
		"unknown":   "state = 'sending', first_at = now() - interval '2 hours'",
		"held":      "state = 'held', template = 't'",
		"parked":    "state = 'parked'",
		"accepted":  "state = 'accepted'",
	} {
		enqueueOne(t, o, pool, request(key))
		set(t, o, pool, key, change)
	}
	for number, change := range map[string]string{"num_0": "held", "num_3": "parked"} { // nothing else is known of them
		require.NoError(t, inTx(t, pool, func(tx pgx.Tx) error {
			_, err := o.Enqueue(t.Context(), tx, number, request(number))
			return err
		}))
		set(t, o, pool, number, "state = '"+change+"'")
	}
	require.NoError(t, o.Pause(t.Context(), pool, "num_2", "holiday"))
	for name, db := range map[string]DB{"pgx": pool, "sql": sqlOf(t, pool)} {
		stats, err := o.Stats(t.Context(), db)
		require.NoError(t, err, name)
		require.Len(t, stats, 4)
		assert.InDelta(t, 3600, stats[1].OldestDue.Seconds(), 60, name)
		assert.InDelta(t, 7200, stats[1].OldestUnknown.Seconds(), 60, name)
		stats[1].OldestDue, stats[1].OldestUnknown = 0, 0
		assert.Equal(t, []NumberStats{
			{NumberID: "num_0", Held: 1},
			{NumberID: testNumber, Queued: 3, InFlight: 2, Unknown: 1, Held: 1, Parked: 1},
			{NumberID: "num_2", Paused: "holiday"},
			{NumberID: "num_3", Parked: 1},
		}, stats, name)
	}
}

func TestStatsEndCounting(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t)
	fill(t, o, pool, 1, 3*maxCount, "(ARRAY['pending', 'held', 'parked'])[1 + i % 3]")
	_, err := pool.Exec(t.Context(), o.in("UPDATE pilotstatus.number SET paused = NULL"))
	require.NoError(t, err)
	fill(t, o, pool, 1, 10, "'pending'")
	stats, err := o.Stats(t.Context(), pool)
	require.NoError(t, err)
	assert.Equal(t, []int{maxCount, maxCount, maxCount}, []int{stats[0].Queued, stats[0].Held, stats[0].Parked})
}

// fill inserts messages of that many numbers in a state that is an expression of i.
func fill(tb testing.TB, o *Outbox, pool *pgxpool.Pool, numbers, messages int, state string) {
	tb.Helper()
	_, err := pool.Exec(tb.Context(), o.in(`INSERT INTO pilotstatus.message
		(number_id, key, wire_key, recipient, template, body, body_hash, state, settled_at, not_before, priority)
		SELECT 'num_' || (i % $1), s.state || gen_random_uuid(), i, 'phone:' || i, 't', 'x', 'x', s.state,
			CASE WHEN s.state IN ('accepted', 'refused', 'canceled', 'expired', 'parked') THEN now() - interval '60 days' END,
			CASE WHEN s.state = 'scheduled' THEN now() + interval '1 day' ELSE 'epoch' END, i % 3
		FROM generate_series(1, $2::int) i CROSS JOIN LATERAL (SELECT `+state+` AS state) s`), numbers, messages)
	require.NoError(tb, err)
}

func TestPauseAndResume(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t)
	_, err := pool.Exec(t.Context(), o.in("INSERT INTO pilotstatus.hold VALUES ($1, 'a', 'r', now()), ('num_2', 'b', 'r2', now())"), testNumber)
	require.NoError(t, err)
	_, err = pool.Exec(t.Context(), o.in("INSERT INTO pilotstatus.number (number_id, paused_until, probes, unknowns) VALUES ($1, now(), 3, 4)"), testNumber)
	require.NoError(t, err)
	require.NoError(t, o.Pause(t.Context(), pool, testNumber, strings.Repeat("€\x00\xff", 10_000)))
	stats, err := o.Stats(t.Context(), pool)
	require.NoError(t, err)
	assert.Zero(t, stats[0].PausedUntil, "it does not end by itself")
	assert.LessOrEqual(t, len(stats[0].Paused), maxStored)
	assert.NotEmpty(t, stats[0].Paused)

	require.NoError(t, o.Resume(t.Context(), pool, testNumber))
	holds, err := o.Holds(t.Context(), pool)
	require.NoError(t, err)
	require.Len(t, holds, 1)
	holds[0].ProbeAt = time.Time{}
	assert.Equal(t, Hold{NumberID: "num_2", Template: "b", Reason: "r2"}, holds[0])
	assert.Equal(t, 1, value[int](t, pool, o.in("SELECT count(*) FROM pilotstatus.number WHERE paused IS NULL AND probes = 0 AND unknowns = 0")))
	require.NoError(t, o.Resume(t.Context(), sqlOf(t, pool), "unknown"))
	var refused *pilotstatus.ValidationError
	require.ErrorAs(t, o.Pause(t.Context(), pool, testNumber, ""), &refused)
	require.ErrorAs(t, o.Pause(t.Context(), pool, "", "r"), &refused)
	require.ErrorAs(t, o.Resume(t.Context(), pool, "\x00"), &refused)
}
