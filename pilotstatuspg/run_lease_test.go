package pilotstatuspg

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatuspg/pilotstatuspgtest/pgserver"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// TestRunEndsWithNothingLeased ends a worker in mid-campaign, with requests that hang.
func TestRunEndsWithNothingLeased(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.exec("INSERT INTO pilotstatus.number (number_id, interval_ms) VALUES ('num_2', 100)")
	for i := range 200 {
		s.enqueue([]string{"num_1", "num_2"}[i%2], fmt.Sprint("key ", i), fmt.Sprintf("+551199999%04d", i))
	}
	s.fake.Inject(pilotstatustest.Fault{Op: "Messages.Send", Delay: 200 * time.Millisecond, Times: -1})
	stop := s.run()
	require.Eventually(t, func() bool { return s.count("state = 'claimed'") > 0 && len(s.fake.Requests()) > 5 }, 10*time.Second, time.Millisecond)
	stop()
	s.nothingLeased()
	assert.Equal(t, len(s.fake.Messages()), s.count("state = 'accepted'"))
	assert.Zero(t, s.count("state IN ('claimed', 'sending')"), "what was not begun may be canceled")
}

// TestRunRestartsOften ends workers at any moment: each leaves nothing leased, and all goes
// out once.
func TestRunRestartsOften(t *testing.T) {
	t.Parallel()
	const messages = 300
	s := newStory(t)
	s.exec("INSERT INTO pilotstatus.number (number_id, interval_ms) VALUES ('num_2', 10)")
	for i := range messages {
		s.enqueue([]string{"num_1", "num_2"}[i%2], fmt.Sprint("key ", i), fmt.Sprintf("+551199999%04d", i%20))
	}
	s.fake.Inject(pilotstatustest.Fault{Op: "Messages.Send", Delay: 10 * time.Millisecond, Times: -1})
	for range 15 {
		stop := s.run()
		time.Sleep(rand.N(150 * time.Millisecond))
		stop()
		s.nothingLeased()
		assert.Equal(t, len(s.fake.Messages()), s.count("state = 'accepted'"))
	}
	s.run()
	s.eventually(messages, "state = 'accepted'")
	assert.Len(t, s.fake.Messages(), messages)
	assert.Len(t, s.fake.Requests(), messages)
}

// TestRunOverwritesNothing stops a worker past its lease in the middle of a batch. Another
// one takes over, and the first writes nothing that is no longer its own.
func TestRunOverwritesNothing(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	for i := range 40 {
		s.enqueue("num_1", fmt.Sprintf("key %02d", i), ana)
	}
	j := job{DSN: database(t).DSN, Schema: s.outbox.options.Schema, URL: s.fake.URL, AttemptTimeout: 500 * time.Millisecond,
		Keys: map[string]string{"num_1": s.fake.NumberKey("num_1")}}
	s.fake.Inject(pilotstatustest.Fault{Op: "Messages.Send", Delay: 50 * time.Millisecond, Times: -1})
	first := startProcess(t, j)
	require.Eventually(t, func() bool { return s.count("state = 'sending' AND lease <> 0") > 0 && len(s.fake.Requests()) > 2 }, 20*time.Second, time.Millisecond)
	first.signal(t, syscall.SIGSTOP)
	stop := s.run()
	s.eventually(40, "state = 'accepted'")
	rows := func() string {
		return value[string](t, s.pool, s.outbox.in(`SELECT string_agg(id || state || accepted_id || attempts || first_at || settled_at, ',' ORDER BY id) FROM pilotstatus.message`))
	}
	before := rows()
	first.signal(t, syscall.SIGCONT)
	s.enqueue("num_1", "after", ana)
	s.eventually(41, "state = 'accepted'")
	first.end(t)
	stop()
	assert.True(t, strings.HasPrefix(rows(), before), "a settled row changed")
	s.nothingLeased()
	assert.Len(t, s.fake.Messages(), 41)
}

// TestWriteNeedsTheToken writes results of a lease that another one followed.
func TestWriteNeedsTheToken(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	for i := range 3 {
		s.enqueue("num_1", fmt.Sprint("key ", i), fmt.Sprintf("+551199999%04d", i))
	}
	s.exec("INSERT INTO pilotstatus.number (number_id) VALUES ('num_1')")
	first, second := s.worker("num_1"), s.worker("num_1")
	ctx := t.Context()
	take := func(w *worker) {
		leased, err := w.lease(ctx)
		require.NoError(t, err)
		require.True(t, leased)
		w.fill(ctx)
		require.Len(t, w.queue, 3)
	}
	take(first)
	leased, err := second.lease(ctx)
	require.NoError(t, err)
	assert.False(t, leased, "it is leased")
	s.exec("UPDATE pilotstatus.number SET lease_until = now()")
	take(second)

	claims := first.queue
	first.queue = nil
	first.add(claims[0].back())
	first.add(result{chain: claims[1].chain, id: claims[1].id, state: StateRefused, reason: "late"})
	first.add(result{chain: claims[2].chain, id: claims[2].id, state: StateAccepted, acceptedID: "late"})
	require.NoError(t, first.write(ctx, true))
	assert.True(t, first.broken)
	assert.Empty(t, first.results, "the others' rows are forgotten")
	assert.Equal(t, 2, s.count("state = 'sending' AND lease = $1", second.token))
	assert.Equal(t, 1, s.count("state = 'accepted' AND accepted_id = 'late'"), "an acceptance is a fact")

	second.queue = nil
	second.add(result{chain: claims[0].chain, id: claims[0].id, state: StateAccepted, acceptedID: "second"})
	second.add(result{chain: claims[2].chain, id: claims[2].id, state: StateAccepted, acceptedID: "second"})
	require.NoError(t, second.write(ctx, true))
	assert.False(t, second.broken)
	assert.Equal(t, 1, s.count("accepted_id = 'late'"))
}

// worker returns a worker that the test drives.
func (s *story) worker(number string) *worker {
	s.Helper()
	return newWorker(s.runner(), number, false)
}

// TestWriteStoresForeignTexts has texts that PostgreSQL refuses among the results.
func TestWriteStoresForeignTexts(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.exec("INSERT INTO pilotstatus.number (number_id) VALUES ('num_1')")
	for i := range 3 {
		s.enqueue("num_1", fmt.Sprint("key ", i), fmt.Sprintf("+551199999%04d", i))
	}
	w := s.worker("num_1")
	_, err := w.lease(t.Context())
	require.NoError(t, err)
	w.fill(t.Context())
	require.Len(t, w.queue, 3)
	for i, c := range w.queue {
		w.add(result{chain: c.chain, id: c.id, state: StateRefused, reason: []string{"good", "\x00\xff", strings.Repeat("ü", 5000)}[i]})
	}
	w.queue = nil
	require.NoError(t, w.write(t.Context(), true))
	assert.Equal(t, 3, s.count("state = 'refused' AND error <> ''"))
}

// TestConnectionsLeaveAnOldPrimary has the pool connect again after what a server says
// that is no longer the primary.
func TestConnectionsLeaveAnOldPrimary(t *testing.T) {
	t.Parallel()
	for code, resets := range map[string]bool{codeReadOnly: true, codeStandby: true, "57P01": true, "57P03": true, "40001": false} {
		pool := newPool(t, database(t).DSN)
		require.NoError(t, pool.Ping(t.Context()))
		c := newConnections(pool, workConnections, nil, nil)
		c.renew(fmt.Errorf("wrapped: %w", &pgconn.PgError{Code: code}))
		if resets {
			require.Eventually(t, func() bool { return pool.Stat().TotalConns() == 0 }, 10*time.Second, time.Millisecond, code)
		} else {
			assert.NotZero(t, pool.Stat().TotalConns(), code)
		}
	}
}

// TestRunBehindAPooler runs without prepared statements and without settings of the session.
func TestRunBehindAPooler(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	config := s.pool.Config()
	config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	s.exec("INSERT INTO pilotstatus.hold (number_id, template, reason, probe_at) VALUES ('num_1', 'onboarding-test', 'a test', now() + interval '10 minutes')")
	s.enqueueTemplate("held", ana, "onboarding-test")
	for i := range 30 {
		s.enqueue("num_1", fmt.Sprint("key ", i), fmt.Sprintf("+551199999%04d", i%3))
	}
	tests := s.pool
	s.pool = pool
	s.run()
	s.pool = tests
	s.eventually(30, "state = 'accepted'")
	s.eventually(1, "state = 'held'")
	s.exec("UPDATE pilotstatus.hold SET probe_at = now()")
	s.eventually(31, "state = 'accepted'")
}

// TestWriteWaitsForNoLock has a row that a user's open transaction has locked: the other
// results are written, and that one with a later write.
func TestWriteWaitsForNoLock(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	locked := s.enqueue("num_1", "locked", ana)
	tx, err := s.pool.Begin(t.Context())
	require.NoError(t, err)
	lockRow := func() {
		_, err := tx.Exec(t.Context(), s.outbox.in("SELECT id FROM pilotstatus.message WHERE id = $1 FOR UPDATE"), locked)
		assert.NoError(t, err)
	}
	var once sync.Once
	s.options.Logger = slog.New(slog.DiscardHandler)
	s.fake.Inject(pilotstatustest.Fault{Op: "Messages.Send", Delay: 300 * time.Millisecond})
	s.run()
	require.Eventually(t, func() bool { return len(s.fake.Requests()) == 1 }, 10*time.Second, time.Millisecond)
	once.Do(lockRow)
	for i := range 5 {
		s.enqueue("num_1", fmt.Sprint("key ", i), bruno)
	}
	s.eventually(5, "state = 'accepted'")
	assert.Equal(t, StateSending, s.state(locked))
	require.NoError(t, tx.Rollback(t.Context()))
	s.eventually(6, "state = 'accepted'")
	assert.Len(t, s.fake.Messages(), 6)
}

// TestTakeSkipsLockedRows keeps the order of a recipient whose first row is locked.
func TestTakeSkipsLockedRows(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	locked := s.enqueue("num_1", "key 0", ana)
	for i := range 3 {
		s.enqueue("num_1", fmt.Sprint("key ", i+1), ana)
	}
	s.enqueue("num_1", "other", bruno)
	tx, err := s.pool.Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), s.outbox.in("SELECT id FROM pilotstatus.message WHERE id = $1 FOR UPDATE"), locked)
	require.NoError(t, err)
	s.run()
	s.eventually(1, "state = 'accepted'")
	assert.Equal(t, "other", s.fake.Messages()[0].IdempotencyKey)
	require.NoError(t, tx.Commit(t.Context()))
	s.eventually(5, "state = 'accepted'")
	for i, m := range s.fake.Messages()[1:] {
		assert.Equal(t, fmt.Sprint("key ", i), m.IdempotencyKey)
	}
}

// TestRunRefusesAnotherDeployment runs from a copy of the tables.
func TestRunRefusesAnotherDeployment(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.enqueue("num_1", "key", ana)
	s.exec("UPDATE pilotstatus.meta SET deployment = 'production'")
	err := s.outbox.Run(t.Context(), s.pool, s, s.options)
	var refused *DeploymentError
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, DeploymentError{Schema: s.outbox.options.Schema, Owner: "production", Name: "test"}, *refused)
	assert.Empty(t, s.fake.Requests())
}

func TestRunNeedsTables(t *testing.T) {
	t.Parallel()
	outbox, err := New(Options{Schema: newSchema(t), Deployment: "test"})
	require.NoError(t, err)
	var old *SchemaError
	require.ErrorAs(t, outbox.Run(t.Context(), newPool(t, database(t).DSN), job{}, RunOptions{}), &old)
}

// TestRunWithAUsedUpPool has a pool of which nearly all connections are leaked.
func TestRunWithAUsedUpPool(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.enqueue("num_1", "before", ana)
	config := s.pool.Config()
	config.MaxConns = 4
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	for range 3 {
		leaked, err := pool.Acquire(t.Context())
		require.NoError(t, err)
		t.Cleanup(leaked.Release)
	}
	tests := s.pool
	s.pool = pool
	s.run()
	s.pool = tests
	s.eventually(1, "state = 'accepted'")
}

var databaseAway = flag.Duration("away", 2*time.Second, "how long TestRunSurvivesItsDatabase stops its database")

// TestRunSurvivesItsDatabase stops the database, and then has it refuse every write.
func TestRunSurvivesItsDatabase(t *testing.T) {
	t.Parallel()
	server, err := pgserver.Start(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Stop()) })
	pool := newPool(t, server.DSN)
	require.NoError(t, Migrate(t.Context(), pool, ""))
	outbox, err := New(Options{Deployment: "test"})
	require.NoError(t, err)
	var lines lineCounter
	s := &story{T: t, outbox: outbox, pool: pool, fake: pilotstatustest.NewServer(t),
		options: RunOptions{AttemptTimeout: time.Second, Logger: slog.New(slog.NewTextHandler(&lines, nil))}}
	stop := s.run()
	s.enqueue("num_1", "before", ana)
	s.eventually(1, "state = 'accepted'")

	require.NoError(t, server.Down())
	time.Sleep(*databaseAway)
	require.NoError(t, server.Up(t.Context()))
	pool.Reset()
	s.enqueue("num_1", "after the restart", ana)
	s.eventually(2, "state = 'accepted'")

	s.alterSystem("on")
	require.Eventually(t, func() bool { return lines.count("25006") > 0 }, 20*time.Second, 10*time.Millisecond)
	s.alterSystem("off")
	s.enqueue("num_1", "after the standby", ana)
	s.eventually(3, "state = 'accepted'")
	stop()
	s.nothingLeased()
	assert.Less(t, lines.count(""), 20)
}

// alterSystem lets the server refuse writes, as one that is no primary any more.
func (s *story) alterSystem(readOnly string) {
	s.Helper()
	conn, err := pgx.Connect(s.Context(), s.pool.Config().ConnString())
	require.NoError(s, err)
	defer func() { assert.NoError(s, conn.Close(context.Background())) }()
	for _, statement := range []string{
		"SET default_transaction_read_only = off", "ALTER SYSTEM SET default_transaction_read_only = " + readOnly, "SELECT pg_reload_conf()",
	} {
		_, err := conn.Exec(s.Context(), statement)
		require.NoError(s, err)
	}
}

// lineCounter keeps what is logged.
type lineCounter struct {
	mu   sync.Mutex
	text strings.Builder
}

func (c *lineCounter) Write(line []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.Write(line)
}

func (c *lineCounter) count(part string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for line := range strings.Lines(c.text.String()) {
		if strings.Contains(line, part) {
			n++
		}
	}
	return n
}
