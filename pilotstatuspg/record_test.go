package pilotstatuspg

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
)

// statusEvent is an event of a message that the API has under that id.
func statusEvent(name, id string) pilotstatus.Event {
	message := pilotstatus.EventMessage{NumberID: testNumber, ID: id}
	if name == pilotstatus.EventMessageFailed {
		return &pilotstatus.MessageFailedEvent{Event: name, EventMessage: message, ErrorCode: "CODE"}
	}
	return &pilotstatus.MessageStatusEvent{Event: name, EventMessage: message}
}

func TestForEvent(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t)
	enqueueOne(t, o, pool, request("k"))
	enqueueOne(t, o, pool, request("other"))
	set(t, o, pool, "other", "state = 'accepted', accepted_id = 'msg_2'")
	event := statusEvent(pilotstatus.EventMessageDelivered, "msg_1")

	require.NoError(t, o.Record(t.Context(), pool, statusEvent(pilotstatus.EventMessageRead, "msg_1")))
	_, err := o.ForEvent(t.Context(), pool, event)
	var missing *NotFoundError
	require.ErrorAs(t, err, &missing, "its send is not recorded yet")
	assert.Equal(t, NotFoundError{NumberID: testNumber}, *missing)
	assert.NotContains(t, missing.Error(), "key")

	set(t, o, pool, "k", "state = 'accepted', accepted_id = 'msg_1'")
	for _, db := range []DB{pool, sqlOf(t, pool)} {
		m, err := o.ForEvent(t.Context(), db, event)
		require.NoError(t, err)
		assert.Equal(t, get(t, o, pool, "k"), *m)
		assert.Equal(t, pilotstatus.MessageStatusRead, m.Status, "the strongest, not the event's")
	}
	m, err := o.ForEvent(t.Context(), pool, statusEvent(pilotstatus.EventMessageFailed, "msg_2"))
	require.NoError(t, err)
	assert.Equal(t, "other", m.Key)
	for _, event := range []pilotstatus.Event{
		nil, &pilotstatus.MessageReceivedEvent{}, statusEvent(pilotstatus.EventMessageRead, ""),
		statusEvent("another", "msg_1"), statusEvent(pilotstatus.EventMessageRead, "msg_1\x00"),
	} {
		_, err := o.ForEvent(t.Context(), pool, event)
		require.ErrorAs(t, err, &missing)
		assert.NotContains(t, missing.Error(), "number :")
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = o.ForEvent(canceled, pool, event)
	require.Error(t, err)
	assert.NotErrorAs(t, err, &missing)
}

// Every kind of event is recorded by any driver, and without prepared statements.
func TestRecordElsewhere(t *testing.T) {
	t.Parallel()
	for _, mode := range []pgx.QueryExecMode{
		pgx.QueryExecModeCacheStatement, pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol, pgx.QueryExecModeDescribeExec,
	} {
		t.Run(mode.String(), func(t *testing.T) {
			t.Parallel()
			o, pool := newOutbox(t)
			config := pool.Config()
			config.ConnConfig.DefaultQueryExecMode = mode
			pool, err := pgxpool.NewWithConfig(t.Context(), config)
			require.NoError(t, err)
			t.Cleanup(pool.Close)
			for number, db := range map[string]DB{"num_1": pool, "num_2": sqlOf(t, pool)} {
				for _, event := range []pilotstatus.Event{
					wrote(t, number, testPhone, time.Now()), statusEvent(pilotstatus.EventMessageFailed, "msg of "+number),
					statusEvent(pilotstatus.EventMessageRead, "msg of "+number),
					numberEvent(t, pilotstatus.EventNumberDisconnected, number, time.Now().Add(-time.Minute)),
					numberEvent(t, pilotstatus.EventNumberConnected, number, time.Now()),
				} {
					require.NoError(t, o.Record(t.Context(), db, event))
				}
				open, err := o.WindowOpen(t.Context(), db, number, pilotstatus.Phone(testPhone))
				require.NoError(t, err)
				assert.True(t, open)
				require.NoError(t, o.Resume(t.Context(), db, number))
			}
			enqueueOne(t, o, pool, request("k"), withTemplate())
			assert.Equal(t, testTemplate, get(t, o, pool, "k").Fallback)
		})
	}
}

// The state of deliveries as SQL of a program joins it.
func TestDeliveryView(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t)
	for _, key := range []string{"order-1", "order-2", "order-3"} {
		enqueueOne(t, o, pool, request(key))
	}
	set(t, o, pool, "order-1", "state = 'accepted', accepted_id = 'msg_1', settled_at = now()")
	set(t, o, pool, "order-2", "state = 'accepted', accepted_id = 'msg_2', settled_at = now()")
	require.NoError(t, o.Record(t.Context(), pool, statusEvent(pilotstatus.EventMessageFailed, "msg_1")))
	rows, err := pool.Query(t.Context(), o.in(`
SELECT o.id, coalesce(d.state, ''), coalesce(d.status, ''), coalesce(d.failure, ''), d.status_at IS NOT NULL
FROM generate_series(1, 4) o(id) LEFT JOIN pilotstatus.delivery d ON d.number_id = $1 AND d.key = 'order-' || o.id ORDER BY o.id`), testNumber)
	require.NoError(t, err)
	type delivery struct {
		ID                     int
		State, Status, Failure string
		Reported               bool
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[delivery])
	require.NoError(t, err)
	assert.Equal(t, []delivery{
		{1, "accepted", "FAILED", "CODE", true}, {2, "accepted", "", "", false}, {3, "pending", "", "", false}, {4, "", "", "", false},
	}, found)
	columns := value[string](t, pool, `SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute WHERE attnum > 0 AND attrelid = $1::text::regclass`,
		o.in("pilotstatus.delivery"))
	assert.Equal(t, "id number_id key state status failure status_at accepted_id settled_at created_at", columns, "no body and no recipient")
}

// numberEvent is an event that says something of a number.
func numberEvent(tb testing.TB, name, number string, at time.Time) pilotstatus.Event {
	tb.Helper()
	return &pilotstatus.NumberEvent{Event: name, NumberID: number, CreatedAt: timestamp(tb, at)}
}

// The newest event says whether a number sends, whatever the order in which they come.
func TestNumberEventsInAnyOrder(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t)
	random := rand.New(rand.NewPCG(1, 2))
	names := []string{
		pilotstatus.EventNumberConnected, pilotstatus.EventNumberDisconnected, pilotstatus.EventNumberRemoved, pilotstatus.EventNumberRestored,
	}
	for i := range 20 {
		number := fmt.Sprintf("num_%d", i)
		var events []pilotstatus.Event
		down := false
		for j := range 10 {
			name := names[random.IntN(len(names))]
			down = name != pilotstatus.EventNumberConnected
			events = append(events, numberEvent(t, name, number, time.Now().Add(time.Duration(j-20)*time.Minute)))
		}
		events = append(events, numberEvent(t, pilotstatus.EventNumberCreated, number, time.Now()), events[random.IntN(10)])
		random.Shuffle(len(events), func(a, b int) { events[a], events[b] = events[b], events[a] })
		for _, event := range events {
			require.NoError(t, o.Record(t.Context(), pool, event))
		}
		paused := value[string](t, pool, o.in("SELECT coalesce(max(paused), '') FROM pilotstatus.number WHERE number_id = $1"), number)
		assert.Equal(t, down, paused == "number.disconnected", "number %d", i)
	}
}

func TestNumberEvents(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t)
	began, minutes := time.Now().Add(-time.Hour), 0
	next := func(name string) {
		t.Helper()
		minutes++
		require.NoError(t, o.Record(t.Context(), pool, numberEvent(t, name, testNumber, began.Add(time.Duration(minutes)*time.Minute))))
	}
	paused := func() string {
		t.Helper()
		return value[string](t, pool, o.in("SELECT coalesce(max(paused), 'none') FROM pilotstatus.number"))
	}
	next(pilotstatus.EventNumberConnected)
	assert.Zero(t, value[int](t, pool, o.in("SELECT count(*) FROM pilotstatus.number")), "a number that never sent stays out of Stats")
	next(pilotstatus.EventNumberDisconnected)
	assert.Equal(t, "number.disconnected", paused())
	next(pilotstatus.EventNumberConnected)
	assert.Equal(t, "none", paused())

	require.NoError(t, o.Pause(t.Context(), pool, testNumber, "holiday"))
	next(pilotstatus.EventNumberDisconnected)
	next(pilotstatus.EventNumberConnected)
	assert.Equal(t, "holiday", paused(), "a person's pause stays")
	require.NoError(t, o.Resume(t.Context(), pool, testNumber))

	next(pilotstatus.EventNumberRemoved)
	next(pilotstatus.EventNumberRestored)
	assert.Equal(t, "number.disconnected", paused(), "a restored number is still to be connected")
	require.NoError(t, o.Resume(t.Context(), pool, testNumber))
	assert.Equal(t, "none", paused(), "a person decides")
	minutes--
	next(pilotstatus.EventNumberRestored)
	assert.Equal(t, "none", paused(), "and the same event, delivered again, does not undo it")

	_, err := pool.Exec(t.Context(), o.in("UPDATE pilotstatus.number SET paused = 'KEY', paused_until = now()"))
	require.NoError(t, err)
	next(pilotstatus.EventNumberConnected)
	assert.Equal(t, "KEY", paused(), "a key's pause stays")

	same := numberEvent(t, pilotstatus.EventNumberConnected, "num_2", began)
	require.NoError(t, o.Record(t.Context(), pool, same))
	require.NoError(t, o.Record(t.Context(), pool, numberEvent(t, pilotstatus.EventNumberDisconnected, "num_2", began)))
	require.NoError(t, o.Record(t.Context(), pool, same))
	count := func() int {
		return value[int](t, pool, o.in("SELECT count(*) FROM pilotstatus.number WHERE number_id = 'num_2' AND paused IS NOT NULL"))
	}
	assert.Equal(t, 1, count(), "of two events of one time, in any order")
	require.NoError(t, o.Record(t.Context(), pool, numberEvent(t, pilotstatus.EventNumberConnected, "num_2", time.Now().Add(time.Hour))))
	require.NoError(t, o.Record(t.Context(), pool, numberEvent(t, pilotstatus.EventNumberDisconnected, "num_2", time.Now().Add(time.Hour))))
	assert.Equal(t, 1, count(), "an event from the future does not win for ever")
	for _, nothing := range []pilotstatus.Event{
		&pilotstatus.NumberEvent{Event: pilotstatus.EventNumberDisconnected, NumberID: "num_3"},
		&pilotstatus.NumberEvent{Event: pilotstatus.EventNumberDisconnected, CreatedAt: timestamp(t, began)},
	} {
		require.NoError(t, o.Record(t.Context(), pool, nothing))
	}
	assert.Equal(t, 2, value[int](t, pool, o.in("SELECT count(*) FROM pilotstatus.number")))
}

// A probe that ends a key's pause leaves the number paused where it is disconnected.
func TestProbeOfADisconnectedNumber(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.exec("INSERT INTO pilotstatus.number (number_id, paused, paused_until) VALUES ($1, 'KEY', now())", testNumber)
	require.NoError(t, s.outbox.Record(t.Context(), s.pool, numberEvent(t, pilotstatus.EventNumberDisconnected, testNumber, time.Now())))
	s.enqueue(testNumber, "a", "+5511999999901")
	s.run()
	require.Eventually(t, func() bool {
		return value[int](t, s.pool, s.outbox.in(`SELECT count(*) FROM pilotstatus.number
			WHERE paused = 'number.disconnected' AND paused_until IS NULL AND lease = 0`)) == 1
	}, 30*time.Second, 10*time.Millisecond)
	s.eventually(1, "state = 'accepted'")
	s.enqueue(testNumber, "b", "+5511999999902")
	require.NoError(t, s.outbox.Record(t.Context(), s.pool, numberEvent(t, pilotstatus.EventNumberConnected, testNumber, time.Now())))
	s.eventually(2, "state = 'accepted'")
}

// A person who resumes a number and an event of it at the same time lock the same rows in
// one order: who waits for the event's row holds no other.
func TestResumeBesideAnEvent(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	require.NoError(t, s.outbox.Record(t.Context(), s.pool, numberEvent(t, pilotstatus.EventNumberDisconnected, testNumber, time.Now())))
	tx := s.openTx()
	_, err := tx.Exec(t.Context(), s.outbox.in("SELECT FROM pilotstatus.number_event FOR UPDATE"))
	require.NoError(t, err)
	resumed := make(chan error, 1)
	go func() { resumed <- s.outbox.Resume(context.Background(), s.pool, testNumber) }()
	s.eventuallyTrue("Resume waits", func() bool {
		return value[int](t, s.pool, `SELECT count(*) FROM pg_stat_activity
			WHERE wait_event_type = 'Lock' AND query LIKE '%released AS%' || $1 || '%'`, s.outbox.Schema()) == 1
	})
	_, err = tx.Exec(t.Context(), s.outbox.in("SELECT FROM pilotstatus.number FOR UPDATE NOWAIT"))
	require.NoError(t, err)
	require.NoError(t, tx.Rollback(t.Context()))
	require.NoError(t, <-resumed)
	assert.Equal(t, 1, value[int](t, s.pool, s.outbox.in("SELECT count(*) FROM pilotstatus.number WHERE paused IS NULL")))
}
