package pilotstatuspg

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// story is an outbox, its worker's API and what the test asks of both.
type story struct {
	*testing.T

	outbox *Outbox
	pool   *pgxpool.Pool
	fake   *pilotstatustest.Server
	// options have short attempts, so that leases are short.
	options RunOptions
}

func newStory(t *testing.T) *story {
	t.Helper()
	outbox, pool := newOutbox(t)
	return &story{
		T: t, outbox: outbox, pool: pool, fake: pilotstatustest.NewServer(t),
		options: RunOptions{AttemptTimeout: time.Second, Logger: slog.New(slog.DiscardHandler)},
	}
}

// Get hands out the clients of the fake.
func (s *story) Get(_ context.Context, number string) (*pilotstatus.NumberClient, error) {
	return s.fake.NumberClient(number), nil
}

// run runs a worker until the test ends, or stop is called, which returns when it has ended.
func (s *story) run() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended, pool := make(chan error, 1), s.pool
	go func() { ended <- s.outbox.Run(ctx, pool, s, s.options) }()
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

// enqueue enqueues a text.
func (s *story) enqueue(number, key, to string, opts ...EnqueueOption) int64 {
	s.Helper()
	return s.enqueueRequest(number, pilotstatus.SendRequest{
		To: pilotstatus.Phone(to), IdempotencyKey: key, Content: pilotstatus.TextContent{Body: "text " + key},
	}, opts...)
}

func (s *story) enqueueRequest(number string, r pilotstatus.SendRequest, opts ...EnqueueOption) (id int64) {
	s.Helper()
	require.NoError(s, pgx.BeginFunc(s.Context(), s.pool, func(tx pgx.Tx) error {
		queued, err := s.outbox.Enqueue(s.Context(), tx, number, r, opts...)
		id = queued.ID
		return err
	}))
	return id
}

// exec changes the tables by hand, as time or another process would.
func (s *story) exec(statement string, args ...any) {
	s.Helper()
	_, err := s.pool.Exec(s.Context(), s.outbox.in(statement), args...)
	require.NoError(s, err)
}

func (s *story) count(where string, args ...any) int {
	s.Helper()
	return value[int](s, s.pool, s.outbox.in("SELECT count(*) FROM pilotstatus.message WHERE "+where), args...)
}

func (s *story) state(id int64) State {
	s.Helper()
	return value[State](s, s.pool, s.outbox.in("SELECT state FROM pilotstatus.message WHERE id = $1"), id)
}

// eventually waits until a condition on message rows holds for so many of them.
func (s *story) eventually(want int, where string, args ...any) {
	s.Helper()
	require.Eventually(s, func() bool { return s.count(where, args...) == want }, 30*time.Second, 10*time.Millisecond,
		"%d rows where %s", want, where)
}

// nothingLeased checks what a worker leaves.
func (s *story) nothingLeased() {
	s.Helper()
	assert.Zero(s, s.count("lease <> 0"), "messages leased")
	assert.Zero(s, value[int](s, s.pool, s.outbox.in("SELECT count(*) FROM pilotstatus.number WHERE lease <> 0")), "numbers leased")
}

const (
	ana   = "+5511999999991"
	bruno = "+5511999999992"
)

func TestRunSends(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	first := s.enqueue("num_1", "before", ana)
	stop := s.run()
	s.eventually(1, "state = 'accepted'")
	s.enqueue("num_1", "meanwhile", ana)
	s.enqueue("num_2", "of another number", ana)
	s.eventually(3, "state = 'accepted' AND accepted_id IS NOT NULL AND settled_at IS NOT NULL AND attempts = 1")
	stop()
	s.nothingLeased()
	sent := s.fake.Messages()
	require.Len(t, sent, 3)
	assert.Equal(t, sent[0].ID, value[string](t, s.pool, s.outbox.in("SELECT accepted_id FROM pilotstatus.message WHERE id = $1"), first))
	assert.Equal(t, "before", sent[0].IdempotencyKey)
}

func TestRunKeepsOrderAndPriorities(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	for i := range 60 {
		s.enqueue("num_1", fmt.Sprintf("bulk %02d", i), []string{ana, bruno}[i%2], WithPriority(Bulk))
	}
	s.enqueue("num_1", "code", ana, WithPriority(Urgent))
	s.exec("INSERT INTO pilotstatus.number (number_id, parallel) VALUES ('num_1', 1)")
	s.run()
	s.eventually(61, "state = 'accepted'")
	sent := s.fake.Messages()
	assert.Equal(t, "code", sent[0].IdempotencyKey)
	last := map[string]string{}
	for _, m := range sent[1:] {
		assert.Less(t, last[m.DestinationNumber], m.IdempotencyKey)
		last[m.DestinationNumber] = m.IdempotencyKey
	}
}

func TestRunWaitsForNotBefore(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	tomorrow := s.enqueue("num_1", "tomorrow", ana, NotBeforeIn(day))
	soon := s.enqueue("num_1", "soon", ana, NotBeforeIn(10*time.Millisecond))
	assert.Equal(t, StateScheduled, s.state(soon))
	s.run()
	s.eventually(1, "state = 'accepted'")
	assert.Equal(t, StateScheduled, s.state(tomorrow))
}

// TestRunInATimeZone has a database with local times: pace, validity and NotBefore stay.
func TestRunInATimeZone(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.pool = newPool(t, database(t).DSN, "TimeZone=Asia/Kathmandu", "search_path=")
	now := time.Now()
	until := func(key string, at time.Time, opts ...EnqueueOption) int64 {
		return s.enqueueRequest("num_1", pilotstatus.SendRequest{
			To: pilotstatus.Phone(ana), IdempotencyKey: key, DeliverUntil: at, Content: pilotstatus.TextContent{Body: "text"},
		}, opts...)
	}
	sent := []int64{until("valid", now.Add(10*time.Minute)), until("soon", time.Time{}, NotBefore(now.Add(100*time.Millisecond)))}
	later := until("later", time.Time{}, NotBefore(now.Add(10*time.Minute)))
	expired := until("expired", now.Add(-10*time.Minute))
	require.NoError(t, s.outbox.SetPace(t.Context(), s.pool, "num_1", Pace{Every: 10 * time.Minute}))
	s.run()
	s.eventually(1, "state = 'accepted' AND id = ANY($1)", sent)
	s.exec("UPDATE pilotstatus.number SET next_at = now() WHERE next_at BETWEEN now() + interval '9 minutes' AND now() + interval '11 minutes'")
	s.eventually(2, "state = 'accepted' AND id = ANY($1)", sent)
	s.eventually(1, "state = 'expired' AND id = $1", expired)
	assert.Equal(t, StateScheduled, s.state(later))
}

func TestRunExpires(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	late := s.enqueue("num_1", "late", ana)
	tried := s.enqueue("num_1", "tried and late", bruno)
	s.exec("UPDATE pilotstatus.message SET deliver_until = now()")
	s.exec("UPDATE pilotstatus.message SET state = 'sending', first_at = now() WHERE id = $1", tried)
	s.run()
	s.eventually(1, "state = 'parked' AND error = 'expired_unknown' AND id = $1", tried)
	s.eventually(1, "state = 'expired' AND id = $1", late)
	assert.Empty(t, s.fake.Requests())
}

func TestRunParksAfter23Hours(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.enqueue("num_1", "old", ana)
	s.exec("UPDATE pilotstatus.message SET state = 'sending', first_at = now() - interval '23 hours'")
	s.run()
	s.eventually(1, "state = 'parked'")
	assert.Empty(t, s.fake.Requests())
}

// TestRunRepeatsUnknownOutcomes loses answers: the key and the bytes stay.
func TestRunRepeatsUnknownOutcomes(t *testing.T) {
	t.Parallel()
	faults := map[string]pilotstatustest.Fault{
		"reset after":      {Processed: true, Reset: true},
		"reset before":     {Reset: true},
		"5xx after":        {Processed: true, Status: 503},
		"cut answer":       {TruncateAt: 10},
		"in use":           {Status: 409, Code: "IDEMPOTENCY_KEY_IN_USE"},
		"409 of a proxy":   {Status: 409, Body: "<html>"},
		"404 of a proxy":   {Status: 404, Body: "<html>"},
		"answer with NULs": {Status: 502, Body: "<html>\x00\xff\xfe"},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStory(t)
			fault.Op, fault.Times = "Messages.Send", 2
			s.fake.Inject(fault)
			s.enqueue("num_1", "key", ana)
			s.run()
			s.eventually(1, "state = 'accepted' AND attempts = 3 AND accepted_id IS NOT NULL AND error IS NULL")
			assert.Len(t, s.fake.Messages(), 1)
			requests := s.fake.Requests()
			require.Len(t, requests, 3)
			assert.Equal(t, requests[0].Body, requests[2].Body)
		})
	}
}

func TestRunRefused(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.fake.Inject(pilotstatustest.Fault{Op: "Messages.Send", Status: 400, Code: "VALIDATION_ERROR"})
	s.enqueue("num_1", "refused", ana)
	s.run()
	s.eventually(1, "state = 'refused' AND error LIKE '%VALIDATION_ERROR%'")
	s.fake.Inject(
		pilotstatustest.Fault{Op: "Messages.Send", Reset: true},
		pilotstatustest.Fault{Op: "Messages.Send", Status: 409, Code: "SOMETHING_ELSE"},
	)
	s.enqueue("num_1", "refused after it was perhaps sent", ana)
	s.eventually(1, "state = 'parked' AND error LIKE '%SOMETHING_ELSE%'")
}

func TestRunWaitsAfter429(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.fake.Inject(pilotstatustest.Fault{Op: "Messages.Send", Status: 429, Header: http.Header{"Retry-After": {"3600"}}})
	for i := range 20 {
		s.enqueue("num_1", fmt.Sprint("key", i), ana)
	}
	stop := s.run()
	s.eventually(20, "state = 'pending' AND attempts = 0 AND lease = 0 AND first_at IS NULL AND (error IS NOT NULL OR id > 0) AND EXISTS (SELECT FROM pilotstatus.number WHERE next_at > now() + interval '50 minutes')")
	assert.Len(t, s.fake.Requests(), 1, "one recipient: one request at once")
	stop()
	s.nothingLeased()
	s.exec("UPDATE pilotstatus.number SET next_at = now()")
	s.run()
	s.eventually(20, "state = 'accepted'")
}

// TestRunPausesNumber has answers that concern the number: nothing goes out until a probe
// succeeds, and then everything.
func TestRunPausesNumber(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]pilotstatustest.Fault{
		"UNAUTHORIZED":      {Status: 401, Code: "UNAUTHORIZED"},
		"PAYMENT_FAILED":    {Status: 402, Code: "PAYMENT_FAILED"},
		"PERMISSION_DENIED": {Status: 403, Code: "PERMISSION_DENIED"},
		"NUMBER_BLOCKED":    {Status: 409, Code: "NUMBER_BLOCKED"},
		"Forbidden":         {Status: 403, Body: "<html>"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStory(t)
			fault.Op, fault.Times = "Messages.Send", -1
			s.fake.Inject(fault)
			for i := range 30 {
				s.enqueue("num_1", fmt.Sprint("key", i), fmt.Sprintf("+55119999999%02d", i))
			}
			s.run()
			paused := s.outbox.in("SELECT count(*) FROM pilotstatus.number WHERE paused = $1 AND probes = $2 AND lease = 0 AND paused_until > now()")
			isPaused := func(probes int) {
				require.Eventually(t, func() bool { return value[int](t, s.pool, paused, name, probes) == 1 }, 10*time.Second, 10*time.Millisecond)
			}
			isPaused(1)
			assert.LessOrEqual(t, len(s.fake.Requests()), 4, "its parallel sends")
			s.eventually(30, "state = 'pending' AND first_at IS NULL AND lease = 0")

			before := len(s.fake.Requests())
			s.exec("UPDATE pilotstatus.number SET paused_until = now()")
			isPaused(2)
			assert.Len(t, s.fake.Requests(), before+1, "one probe")
			assert.InDelta(t, 120, value[float64](t, s.pool, s.outbox.in("SELECT extract(epoch FROM paused_until - now())::float8 FROM pilotstatus.number")), 10)

			s.fake.ClearFaults()
			s.exec("UPDATE pilotstatus.number SET paused_until = now()")
			s.eventually(30, "state = 'accepted'")
			require.Eventually(t, func() bool {
				return value[int](t, s.pool, s.outbox.in("SELECT count(*) FROM pilotstatus.number WHERE paused IS NULL AND probes = 0")) == 1
			}, 10*time.Second, 10*time.Millisecond)
		})
	}
}

// TestRunSendsForADisconnectedNumber has a number that its owner disconnected: the API
// accepts and queues, so that the outbox cannot tell.
func TestRunSendsForADisconnectedNumber(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.fake.Number("num_1").Disconnect()
	s.enqueue("num_1", "key", ana)
	s.run()
	s.eventually(1, "state = 'accepted'")
	require.NoError(t, s.outbox.Pause(t.Context(), s.pool, "num_1", "disconnected"))
	s.enqueue("num_1", "later", ana)
	other := s.enqueue("num_2", "of another number", ana)
	s.eventually(1, "state = 'accepted' AND id = $1", other)
	assert.Equal(t, 1, s.count("state = 'pending'"))
	require.NoError(t, s.outbox.Resume(t.Context(), s.pool, "num_1"))
	s.eventually(3, "state = 'accepted'")
}
