package pilotstatuspg

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestLookRestsByItsStatements has a look wait for its connection, as in an outage of the
// database: the rest after it must not grow with that.
func TestLookRestsByItsStatements(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	r := s.runner()
	conn := <-r.lookDB.free
	time.AfterFunc(300*time.Millisecond, func() { r.lookDB.free <- conn })
	_, took, err := r.poll(t.Context(), t.Context())
	require.NoError(t, err)
	assert.Less(t, took, 150*time.Millisecond)
}

// TestLockedNumberHoldsUpItself has a user's open transaction that sets the pace of a
// number, which has no row yet, or is being sent for.
func TestLockedNumberHoldsUpItself(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	tx := s.openTx()
	require.NoError(t, s.outbox.SetPace(t.Context(), tx, "num_1", Pace{Parallel: 2}))
	s.enqueue("num_1", "waits", ana)
	s.enqueue("num_2", "flows", ana)
	s.run()
	s.eventually(1, "state = 'accepted'")
	assert.Equal(t, "flows", s.fake.Messages()[0].IdempotencyKey)
	require.NoError(t, tx.Commit(t.Context()))
	s.eventually(2, "state = 'accepted'")
}

func TestWriteWaitsForNoNumber(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.enqueue("num_1", "key", ana)
	w := s.leased("num_1")
	w.fill(t.Context())
	require.Len(t, w.queue, 1)
	tx := s.openTx()
	require.NoError(t, s.outbox.SetPace(t.Context(), tx, "num_1", Pace{Parallel: 2}))
	w.add(result{chain: w.queue[0].chain, id: w.queue[0].id, state: StateAccepted, acceptedID: "id"})
	w.queue = nil
	require.True(t, hasCode(w.write(t.Context(), true), codeLockNotAvailable))
	require.Len(t, w.results, 1, "it is written later")
	require.NoError(t, tx.Rollback(t.Context()))
	require.NoError(t, w.write(t.Context(), true))
	assert.Equal(t, 1, s.count("state = 'accepted'"))
}

// openTx is a transaction that ends with the test at the latest.
func (s *story) openTx() pgx.Tx {
	s.Helper()
	tx, err := s.pool.Begin(s.Context())
	require.NoError(s, err)
	s.Cleanup(func() { _ = tx.Rollback(context.Background()) })
	return tx
}

// leased returns a worker that has the number, which is made.
func (s *story) leased(number string) *worker {
	s.Helper()
	s.exec("INSERT INTO pilotstatus.number (number_id) VALUES ($1) ON CONFLICT DO NOTHING", number)
	w := s.worker(number)
	leased, err := w.lease(s.Context())
	require.NoError(s, err)
	require.True(s, leased)
	return w
}

// TestWriteKeepsTheOrderOfALockedRow has a row that cannot be begun, because a user's
// transaction has locked it: the next one of its chain waits as well.
func TestWriteKeepsTheOrderOfALockedRow(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.exec("INSERT INTO pilotstatus.number (number_id, interval_ms, parallel) VALUES ('num_1', 4000, 1)")
	w := s.leased("num_1")
	w.clock.lease = 30 * time.Second
	w.next = time.Now().Add(10 * time.Second)
	locked := s.enqueue("num_1", "key 0", ana)
	s.enqueue("num_1", "key 1", ana)
	s.enqueue("num_1", "other", bruno)
	w.fill(t.Context())
	w.fill(t.Context())
	require.Len(t, w.queue, 3)
	require.Equal(t, 3, s.count("state = 'claimed'"))
	tx := s.openTx()
	_, err := tx.Exec(t.Context(), s.outbox.in("SELECT id FROM pilotstatus.message WHERE id = $1 FOR UPDATE"), locked)
	require.NoError(t, err)
	w.next, w.pace.interval = time.Now(), 0
	require.NoError(t, w.write(t.Context(), false))
	require.Len(t, w.queue, 1)
	assert.Equal(t, "other", w.queue[0].key)
	require.NoError(t, tx.Rollback(t.Context()))
	require.NoError(t, w.write(t.Context(), true))
	assert.Equal(t, 2, s.count("state = 'pending' AND first_at IS NULL AND lease = 0"))
}

// TestWriteBeginsTheNextOne has messages of one recipient before the next one that can
// start, because a request to that recipient hangs. A write begins the next one all the
// same: else each turn would write again.
func TestWriteBeginsTheNextOne(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.options.AttemptTimeout = 10 * time.Second
	s.exec("INSERT INTO pilotstatus.number (number_id, interval_ms) VALUES ('num_1', 1000)")
	w := s.leased("num_1")
	for i := range maxPerRecipient {
		s.enqueue("num_1", fmt.Sprint("key ", i), ana)
	}
	s.enqueue("num_1", "next", bruno)
	w.fill(t.Context())
	require.Len(t, w.queue, maxPerRecipient+1)
	w.busy[w.queue[0].chain] = true
	w.queue, w.running, w.next = w.queue[1:], 1, time.Now()
	next := w.startable()
	require.Equal(t, "next", next.key)
	require.False(t, next.begun)
	assert.LessOrEqual(t, time.Until(w.writeAt(next)), time.Duration(0))
	require.NoError(t, w.write(t.Context(), false))
	assert.True(t, next.begun)
	w.running = 0
	require.NoError(t, w.write(t.Context(), true))
}

// TestWriteAt says when results are written.
func TestWriteAt(t *testing.T) {
	t.Parallel()
	const lease, every, soon = 30 * time.Second, 2 * time.Second, time.Second
	now := time.Now()
	for name, test := range map[string]struct {
		next    *claim
		slot    time.Duration // of the next one
		results int
		age     time.Duration // of the oldest of them
		leased  time.Duration // ago
		want    time.Duration
	}{
		"half of the lease":                 {want: lease / 2},
		"an old lease":                      {leased: 20 * time.Second, want: -5 * time.Second},
		"results":                           {results: 1, age: time.Second, want: every - time.Second},
		"many results":                      {results: maxUnwritten, age: time.Second, want: -time.Second},
		"the next one is to be begun":       {next: &claim{}, slot: 5 * time.Second, want: 5*time.Second - soon},
		"it is begun":                       {next: &claim{begun: true}, slot: 5 * time.Second, want: lease / 2},
		"results before the next one":       {next: &claim{}, slot: 10 * time.Second, results: 1, want: every},
		"the next one before these results": {next: &claim{}, slot: 2 * time.Second, results: 1, want: 2*time.Second - soon},
	} {
		w := newWorker(newRunner(nil, nil, nil, RunOptions{AttemptTimeout: lease / 3}), "num_1", false)
		w.clock.lease = lease
		w.clock.set(now, now.Add(-test.leased))
		w.next, w.since = now.Add(test.slot), now.Add(-test.age)
		w.results = make([]result, test.results)
		assert.WithinDuration(t, now.Add(test.want), w.writeAt(test.next), 500*time.Millisecond, name)
	}
}

// TestLeaseAfterACrashKeepsThePace takes a number over whose worker was killed: when that
// began its last request is not in the table.
func TestLeaseAfterACrashKeepsThePace(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lease string
		waits bool
	}{
		"killed":                 {"lease = 5, lease_until = now() - interval '10 seconds'", true},
		"killed long ago":        {"lease = 5, lease_until = now() - interval '2 hours'", false},
		"released":               {"lease = 0, lease_until = now() - interval '10 seconds'", false},
		"the clock was set back": {"lease = 5, lease_until = now() + interval '1 day'", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStory(t)
			s.exec("INSERT INTO pilotstatus.number (number_id, interval_ms) VALUES ('num_1', 600000)")
			s.exec("UPDATE pilotstatus.number SET " + test.lease)
			w := s.leased("num_1")
			assert.Equal(t, test.waits, time.Until(w.next) > 9*time.Minute)
			assert.Less(t, time.Until(w.next), 11*time.Minute)
		})
	}
}

// TestTimesThatCannotBe has times in the tables that were written before the database's
// clock was set back: they count as past.
func TestTimesThatCannotBe(t *testing.T) {
	t.Parallel()
	for _, times := range []string{
		"lease = 5, lease_until = now() + interval '1 day'",
		"next_at = now() + interval '1 day'",
		"paused = 'UNAUTHORIZED', paused_until = now() + interval '1 day', probes = 3",
	} {
		t.Run(times, func(t *testing.T) {
			t.Parallel()
			s := newStory(t)
			s.exec("INSERT INTO pilotstatus.number (number_id) VALUES ('num_1')")
			s.exec("UPDATE pilotstatus.number SET " + times)
			s.enqueue("num_1", "key", ana)
			s.run()
			s.eventually(1, "state = 'accepted'")
			assert.Zero(t, value[int](t, s.pool, s.outbox.in("SELECT count(*) FROM pilotstatus.number WHERE greatest(next_at, lease_until, paused_until) > now() + interval '1 minute'")))
		})
	}
}

// TestHoldThatCannotBe has a probe of a held template that was planned before the
// database's clock was set back.
func TestHoldThatCannotBe(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.exec("INSERT INTO pilotstatus.hold (number_id, template, reason, probe_at) VALUES ('num_1', 'onboarding-test', 'a test', now() + interval '1 day')")
	s.enqueueTemplate("held", ana, "onboarding-test")
	s.run()
	s.eventually(1, "state = 'accepted'")
	assert.Zero(t, s.holds())
}

// A machine that slept shows it on its wall clock only, one whose clock was set back on
// the monotonic one only.
func TestClockTakesTheSmallerRest(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for name, c := range map[string]clock{
		"awake":          {asked: now, wall: now.Round(0)},
		"it slept":       {asked: now, wall: now.Add(-time.Minute).Round(0)},
		"clock set back": {asked: now.Add(-time.Minute), wall: now.Add(time.Hour).Round(0)},
	} {
		c.lease = 30 * time.Second
		assert.Equal(t, name == "awake", c.rest() > 0, name)
	}
}

// TestNothingIsSentTooLateAfterASleep has a machine that slept while a message was claimed,
// for less than its lease: its monotonic clock says that there is time left.
func TestNothingIsSentTooLateAfterASleep(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		slept time.Duration
		sends bool
	}{
		"awake":                   {0, true},
		"slept past the deadline": {15 * time.Second, false},
	} {
		s := &story{T: t}
		r := newRunner(nil, nil, s, RunOptions{AttemptTimeout: 10 * time.Second, MaxInFlight: 1})
		w := newWorker(r, "num_1", false)
		now := time.Now()
		w.clock = clock{database: now, asked: now, wall: now.Add(-test.slept).Round(0), lease: 30 * time.Second}
		late := &claim{row: row{id: 1, deliverUntil: now.Add(10 * time.Second)}, begun: true}
		w.enqueue(late)
		if test.sends {
			assert.Same(t, late, w.startable(), name)
			continue
		}
		r.slots <- struct{}{} // as where it waited for a slot while the machine slept
		w.begin(late)
		assert.Zero(t, w.running, name)
		assert.Empty(t, r.slots, name)
		assert.Nil(t, w.startable(), name)
		require.Len(t, w.results, 1, name)
		assert.Equal(t, StateExpired, w.results[0].state, name)
	}
}

// A wall clock that was set forward lets nothing expire beyond the end of the lease.
func TestClockEndsWithTheLease(t *testing.T) {
	t.Parallel()
	now := time.Now()
	c := clock{database: now, asked: now, wall: now.Add(-time.Hour).Round(0), lease: 30 * time.Second}
	assert.Equal(t, now.Add(30*time.Second), c.now())
}

// TestRunNoticesARestoredDatabase has another deployment's tables put in place under a
// worker that runs.
func TestRunNoticesARestoredDatabase(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.enqueue("num_1", "before", ana)
	stop := s.run()
	s.eventually(1, "state = 'accepted'")
	s.exec("UPDATE pilotstatus.meta SET deployment = 'production'")
	time.Sleep(2 * pollEvery) // the looks that were under way end
	s.enqueue("num_1", "of the copy", ana)
	time.Sleep(2 * pollEvery)
	assert.Len(t, s.fake.Messages(), 1)
	s.exec("UPDATE pilotstatus.meta SET deployment = 'test'")
	s.eventually(2, "state = 'accepted'")
	stop()
}

// runner returns a runner that looks at nothing by itself.
func (s *story) runner() *runner {
	s.Helper()
	options, err := s.options.withDefaults()
	require.NoError(s, err)
	r := newRunner(s.outbox, s.pool, s, options)
	for _, c := range []*connections{r.db, r.lookDB} {
		require.NoError(s, c.first(s.Context(), s.Context()))
		s.Cleanup(c.close)
	}
	return r
}
