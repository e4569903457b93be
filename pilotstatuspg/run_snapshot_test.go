package pilotstatuspg

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatuspg/pilotstatuspgtest/pgserver"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// TestRunUnderAnOldSnapshot sends while a transaction keeps the dead rows: a worker goes on
// behind what it has sent, and does not read that again for each claim.
func TestRunUnderAnOldSnapshot(t *testing.T) {
	t.Parallel()
	const messages = 3000
	server, err := pgserver.Start(t.Context()) // its pages are counted
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Stop()) })
	pool := newPool(t, server.DSN)
	require.NoError(t, Migrate(t.Context(), pool, ""))
	outbox, err := New(Options{Deployment: "test"})
	require.NoError(t, err)
	s := &story{T: t, outbox: outbox, pool: pool, fake: pilotstatustest.NewServer(t),
		options: RunOptions{Logger: slog.New(slog.DiscardHandler)}}
	old, err := pool.BeginTx(t.Context(), pgx.TxOptions{IsoLevel: pgx.RepeatableRead})
	require.NoError(t, err)
	defer func() { assert.NoError(t, old.Rollback(t.Context())) }()
	_, err = old.Exec(t.Context(), "SELECT count(*) FROM pg_class")
	require.NoError(t, err)

	rs := make([]pilotstatus.SendRequest, messages)
	for i := range rs {
		rs[i] = pilotstatus.SendRequest{
			To: pilotstatus.Phone(fmt.Sprintf("+551199999%04d", i)), Content: pilotstatus.TextContent{Body: "text"},
		}
	}
	require.NoError(t, pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
		_, err := outbox.EnqueueMany(t.Context(), tx, "num_1", rs)
		return err
	}))
	pages := func() int {
		return value[int](t, pool, "SELECT blks_hit + blks_read FROM pg_stat_database WHERE datname = current_database()")
	}
	before := pages()
	stop := s.run()
	s.eventually(messages, "state = 'accepted'")
	stop()
	assert.Less(t, (pages()-before)/messages, 150, "pages a message")
}

// campaign enqueues messages of a number that take 25 s.
func (s *story) campaign() {
	s.Helper()
	require.NoError(s, s.outbox.SetPace(s.Context(), s.pool, "num_1", Pace{Every: 50 * time.Millisecond}))
	rs := make([]pilotstatus.SendRequest, 500)
	for i := range rs {
		rs[i] = pilotstatus.SendRequest{
			To: pilotstatus.Phone(fmt.Sprintf("+551199999%04d", i)), Content: pilotstatus.TextContent{Body: "text"},
		}
	}
	require.NoError(s, pgx.BeginFunc(s.Context(), s.pool, func(tx pgx.Tx) error {
		_, err := s.outbox.EnqueueMany(s.Context(), tx, "num_1", rs)
		return err
	}))
}

// TestRunLooksBack has messages before those that a busy worker is at: one whose outcome
// is unknown, and one that committed late. They do not wait for the end of the campaign.
func TestRunLooksBack(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.fake.Inject(pilotstatustest.Fault{Op: "Messages.Send", Reset: true})
	unknown := s.enqueue("num_1", "unknown", ana)
	tx := s.openTx()
	late, err := s.outbox.Enqueue(t.Context(), tx, "num_1", pilotstatus.SendRequest{
		To: pilotstatus.Phone(bruno), IdempotencyKey: "late", Content: pilotstatus.TextContent{Body: "text"},
	})
	require.NoError(t, err)
	s.campaign()
	s.run()
	require.Eventually(t, func() bool { return len(s.fake.Requests()) > 5 }, 20*time.Second, time.Millisecond)
	require.NoError(t, tx.Commit(t.Context()))
	s.eventually(2, "state = 'accepted' AND id IN ($1, $2)", unknown, late.ID)
	assert.Greater(t, s.count("open"), 250, "they did not wait for the others")
}
