package pilotstatuspg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// reconcile runs a Reconcile until the test ends, or stop is called.
func (s *story) reconcile(clients Clients, log *slog.Logger) (stop func()) {
	s.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- s.outbox.Reconcile(ctx, s.pool, clients, ReconcileOptions{Every: time.Millisecond, Logger: log})
	}()
	stopped := false
	stop = func() {
		cancel()
		if !stopped {
			stopped = true
			assert.NoError(s, <-ended)
		}
	}
	s.Cleanup(stop)
	return stop
}

// accepted makes a message that the API has under its key, accepted that long ago.
func (s *story) accepted(number, key string, ago time.Duration) {
	s.Helper()
	s.enqueue(number, key, ana)
	s.exec("UPDATE pilotstatus.message SET state = 'accepted', accepted_id = key, settled_at = now() - make_interval(secs => $1) WHERE key = $2",
		ago.Seconds(), key)
}

// asked counts the questions of a message.
func (s *story) asked(id string) (n int) {
	for _, r := range s.fake.Requests() {
		if r.Op == "Messages.Get" && (id == "" || bytes.HasSuffix([]byte(r.Path), []byte("/"+id))) {
			n++
		}
	}
	return n
}

// unconfirmed counts the messages that wait for a question.
func (s *story) unconfirmed(where string) int {
	s.Helper()
	return value[int](s, s.pool, s.outbox.in("SELECT count(*) FROM pilotstatus.unconfirmed WHERE "+where))
}

// eventuallyTrue waits for a condition.
func (s *story) eventuallyTrue(what string, condition func() bool) {
	s.Helper()
	require.Eventually(s, condition, 30*time.Second, 10*time.Millisecond, what)
}

// TestReconcile has what a lost webhook would have said, and asks about nothing else.
func TestReconcile(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.fake.Number("num_1").FailNext(string(pilotstatus.FailureMetaOutside24hWindow), "closed")
	s.enqueue("num_1", "failed", ana)
	stop := s.run()
	s.eventually(1, "state = 'accepted'")
	s.fake.Number("num_2").Disconnect()
	for key, number := range map[string]string{
		"delivered": "num_1", "known": "num_1", "young": "num_1", "old": "num_1", "queued": "num_2", "emptied": "num_2",
	} {
		s.enqueue(number, key, bruno)
	}
	s.eventually(7, "state = 'accepted'")
	stop()
	s.fake.Advance(time.Minute)
	s.exec("UPDATE pilotstatus.message SET settled_at = now() - interval '20 minutes'")
	s.exec("UPDATE pilotstatus.message SET settled_at = now() - interval '5 minutes' WHERE key = 'young'")
	s.exec("UPDATE pilotstatus.message SET settled_at = now() - interval '8 days' WHERE key = 'old'")
	s.exec("UPDATE pilotstatus.message SET emptied = true, body = '', settled_at = now() - interval '1 hour' WHERE key = 'emptied'")
	message := func(key string) Message {
		t.Helper()
		number := testNumber
		if key == "queued" || key == "emptied" {
			number = "num_2"
		}
		m, err := s.outbox.Get(t.Context(), s.pool, number, key)
		require.NoError(t, err)
		return *m
	}
	id := func(key string) string { return message(key).AcceptedID }
	require.NoError(t, s.outbox.Record(t.Context(), s.pool, statusEvent(pilotstatus.EventMessageRead, id("known"))))

	stop = s.reconcile(s, s.options.Logger)
	s.eventuallyTrue("all questions", func() bool {
		return s.asked("") == 4 && s.unconfirmed("true") == 2 && s.unconfirmed("check_at > now()") == 2
	})
	stop()
	assert.True(t, hasEnded(message("delivered").Status))
	assert.Equal(t, pilotstatus.MessageStatusQueued, message("queued").Status)
	failed := message("failed")
	assert.Equal(t, pilotstatus.MessageStatusFailed, failed.Status)
	assert.Equal(t, pilotstatus.FailureMetaOutside24hWindow, failed.FailureCode)
	for key, want := range map[string]int{"delivered": 1, "failed": 1, "queued": 1, "emptied": 1, "known": 0, "young": 0, "old": 0} {
		assert.Equal(t, want, s.asked(id(key)), key)
	}
	assert.Equal(t, 2, s.unconfirmed("check_at - now() BETWEEN interval '15 minutes' AND interval '1 hour 1 minute' AND settled_at < now() - interval '19 minutes'"))
	assert.Zero(t, value[int](t, s.pool, s.outbox.in("SELECT count(*) FROM pilotstatus.reconcile WHERE lease <> 0")), "it is free at once")

	// An event ends the questions of one, and time those of the other.
	require.NoError(t, s.outbox.Record(t.Context(), s.pool, statusEvent(pilotstatus.EventMessageRead, id("queued"))))
	s.exec("UPDATE pilotstatus.unconfirmed SET check_at = now()")
	s.exec("UPDATE pilotstatus.unconfirmed SET settled_at = now() - interval '8 days' WHERE accepted_id = $1", id("emptied"))
	s.reconcile(s, s.options.Logger)
	s.eventuallyTrue("no more questions", func() bool { return s.unconfirmed("true") == 0 })
	assert.Equal(t, 4, s.asked(""))
	assert.Equal(t, pilotstatus.MessageStatusRead, message("queued").Status)
}

// failing hands out no client of some numbers.
type failing struct {
	Clients

	err map[string]error
}

func (f *failing) Get(ctx context.Context, number string) (*pilotstatus.NumberClient, error) {
	if err := f.err[number]; err != nil {
		return nil, err
	}
	return f.Clients.Get(ctx, number)
}

// TestReconcileRests has a number whose questions fail: it rests, and the others go on.
func TestReconcileRests(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]pilotstatustest.Fault{
		"401": {Status: http.StatusUnauthorized}, "429": {Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"1800"}}},
		"503": {Status: http.StatusServiceUnavailable}, "no client": {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStory(t)
			clients := &failing{Clients: s, err: map[string]error{}}
			if fault.Status == 0 {
				clients.err["num_1"] = errors.New("no key")
			} else {
				fault.Op = "Messages.Get"
				s.fake.Inject(fault) // the first question
			}
			for i := range 3 {
				s.accepted("num_1", fmt.Sprint("first", i), time.Hour)
			}
			s.accepted("num_2", "second", 30*time.Minute)
			log := &lineCounter{}
			s.reconcile(clients, slog.New(slog.NewTextHandler(log, nil)))
			s.eventuallyTrue("the other number", func() bool { return s.unconfirmed("check_at > now() AND number_id = 'num_2'") == 1 })
			assert.Equal(t, 2, s.unconfirmed("check_at <= now() AND number_id = 'num_1'"), "it rests after one question")
			assert.Equal(t, 1, log.count("cannot ask"))
		})
	}
}

// A message that the API does not know, and an id that is none, stop nothing.
func TestReconcileUnknown(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.accepted("num_1", "unknown", time.Hour)
	s.accepted("num_1", "history", time.Hour)
	s.accepted("num_1", "other", time.Hour)
	s.accepted("num_1", "without id", time.Hour)
	s.exec("UPDATE pilotstatus.message SET accepted_id = NULL WHERE key = 'without id'")
	s.reconcile(s, s.options.Logger)
	s.eventuallyTrue("all questions", func() bool { return s.unconfirmed("check_at > now()") == 2 && s.unconfirmed("true") == 2 })
	assert.Zero(t, s.asked("history"), "it is a path of the API, and no id")
}

// TestReconcileByMany has one process ask at a time, and another take over.
func TestReconcileByMany(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.exec("UPDATE pilotstatus.reconcile SET lease = 1, lease_until = now() + interval '10 seconds'")
	for i := range 40 {
		s.accepted("num_1", fmt.Sprint("key", i), time.Hour)
	}
	for range 3 {
		s.reconcile(s, s.options.Logger)
	}
	time.Sleep(50 * time.Millisecond) // of which it makes no use
	assert.Zero(t, s.asked(""), "another process asks")
	s.exec("UPDATE pilotstatus.reconcile SET lease_until = now()") // it was killed
	s.eventuallyTrue("all questions", func() bool { return s.unconfirmed("check_at > now()") == 40 })
	assert.Equal(t, 40, s.asked(""), "each once")
}

func TestReconcileSurvivesItsDatabase(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.accepted("num_1", "key", time.Hour)
	s.exec("ALTER TABLE pilotstatus.unconfirmed RENAME TO away")
	log := &lineCounter{}
	s.reconcile(s, slog.New(slog.NewTextHandler(log, nil)))
	s.eventuallyTrue("a failure", func() bool { return log.count("reconcile") > 0 })
	s.exec("ALTER TABLE pilotstatus.away RENAME TO unconfirmed")
	s.exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%' || $1 || '%' AND query LIKE '%reconcile%' AND pid <> pg_backend_pid()",
		s.outbox.Schema())
	s.eventuallyTrue("the question", func() bool { return s.unconfirmed("check_at > now()") == 1 })
}

func TestReconcileRefuses(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	for _, options := range []ReconcileOptions{
		{After: time.Second}, {After: -time.Hour}, {Every: -1}, {Every: 2 * time.Hour}, {GiveUp: time.Minute}, {After: time.Hour, GiveUp: time.Minute},
	} {
		require.ErrorAs(t, s.outbox.Reconcile(t.Context(), s.pool, s, options), new(*pilotstatus.ValidationError))
	}
	require.Error(t, s.outbox.Reconcile(t.Context(), nil, s, ReconcileOptions{}))
	require.Error(t, s.outbox.Reconcile(t.Context(), s.pool, nil, ReconcileOptions{}))
	s.exec("UPDATE pilotstatus.meta SET version = 1")
	require.ErrorAs(t, s.outbox.Reconcile(t.Context(), s.pool, s, ReconcileOptions{}), new(*SchemaError))
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, s.outbox.Reconcile(ended, s.pool, s, ReconcileOptions{After: 30 * day}))
}

// TestReconcileLooksOnce has each message looked at once, and noted only where an event is
// missing: the table of the questions stays small.
func TestReconcileLooksOnce(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.exec("UPDATE pilotstatus.reconcile SET lease = 7")
	for i := range 30 {
		s.accepted("num_1", fmt.Sprint("key", i), time.Hour+time.Duration(i/4)*time.Minute)
		if i%3 > 0 {
			require.NoError(t, s.outbox.Record(t.Context(), s.pool, statusEvent(pilotstatus.EventMessageDelivered, fmt.Sprint("key", i))))
		}
	}
	looks := 0
	for {
		tag, err := s.pool.Exec(t.Context(), s.outbox.in(reconcileLookSQL), 7, day.Seconds(), time.Minute.Seconds(), 7, endedStatuses())
		require.NoError(t, err)
		if tag.RowsAffected() == 0 {
			break
		}
		looks++
	}
	assert.Equal(t, 5, looks, "7 at a time")
	assert.Equal(t, 10, s.unconfirmed("true"))
	s.exec("UPDATE pilotstatus.reconcile SET lease = 8, seen_at = 'epoch'")
	tag, err := s.pool.Exec(t.Context(), s.outbox.in(reconcileLookSQL), 7, day.Seconds(), time.Minute.Seconds(), 7, endedStatuses())
	require.NoError(t, err)
	assert.Zero(t, tag.RowsAffected(), "another process reconciles")
}

// A receipt that another transaction has locked holds up no other question, and its own
// message is not asked about again and again.
func TestReconcileBesideALockedReceipt(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.enqueue("num_1", "first", ana)
	s.enqueue("num_1", "second", bruno)
	stop := s.run()
	s.eventually(2, "state = 'accepted'")
	stop()
	s.exec("UPDATE pilotstatus.message SET settled_at = now() - make_interval(mins => 30 - id::int)")
	first := get(t, s.outbox, s.pool, "first").AcceptedID
	require.NoError(t, s.outbox.Record(t.Context(), s.pool, statusEvent(pilotstatus.EventMessageSent, first)))
	s.fake.Advance(time.Minute)
	tx := s.openTx()
	_, err := tx.Exec(t.Context(), s.outbox.in("SELECT FROM pilotstatus.receipt FOR UPDATE"))
	require.NoError(t, err)
	s.reconcile(s, s.options.Logger)
	s.eventuallyTrue("both questions", func() bool { return s.unconfirmed("check_at > now()") == 1 && s.unconfirmed("true") == 1 })
	assert.Equal(t, 1, s.asked(first), "its event is being written")
}

// A clock that was ahead and is set back does not hide what is accepted since.
func TestReconcileAfterTheClockWasSetBack(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.accepted("num_1", "key", time.Hour)
	s.exec("UPDATE pilotstatus.reconcile SET seen_at = now() + interval '1 day', seen_id = 9")
	s.reconcile(s, s.options.Logger)
	s.eventuallyTrue("the question", func() bool { return s.unconfirmed("check_at > now()") == 1 })
}

// Its statements work behind a pooler, without prepared statements.
func TestReconcileBehindPgBouncer(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.pool = newPool(t, pgBouncer(t))
	s.accepted("num_1", "key", time.Hour)
	s.reconcile(s, s.options.Logger)
	s.eventuallyTrue("the question", func() bool { return s.unconfirmed("check_at > now()") == 1 })
	assert.Equal(t, 1, s.asked(""))
}
