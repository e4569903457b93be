package pilotstatuspg

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// TestRunOvertakesAHangingCampaign has a campaign message whose request hangs: an access
// code to the same recipient does not wait for it, and the next campaign message does.
func TestRunOvertakesAHangingCampaign(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.options.AttemptTimeout = 3 * time.Second
	s.fake.Inject(pilotstatustest.Fault{Op: "Messages.Send", Delay: time.Minute, Reset: true})
	s.enqueue("num_1", "campaign 1", ana, WithPriority(Bulk))
	s.enqueue("num_1", "campaign 2", ana, WithPriority(Bulk))
	s.run()
	require.Eventually(t, func() bool { return len(s.fake.Requests()) == 1 }, 10*time.Second, time.Millisecond)
	code := s.enqueue("num_1", "code", ana, WithPriority(Urgent))
	s.eventually(1, "state = 'accepted' AND id = $1", code)
	assert.Equal(t, 2, s.count("open"), "the campaign hangs")
	s.eventually(3, "state = 'accepted'")
	var keys []string
	for _, m := range s.fake.Messages() {
		keys = append(keys, m.IdempotencyKey)
	}
	assert.Equal(t, []string{"code", "campaign 1", "campaign 2"}, keys)
}

// TestRunOvertakesWhatIsClaimedAhead has a paced campaign whose next messages are claimed:
// an access code takes the next slot but one at the latest.
func TestRunOvertakesWhatIsClaimedAhead(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.options.AttemptTimeout = 3 * time.Second
	s.exec("INSERT INTO pilotstatus.number (number_id, interval_ms) VALUES ('num_1', 1000)")
	for i := range 30 {
		s.enqueue("num_1", fmt.Sprintf("campaign %02d", i), fmt.Sprintf("+551199999%04d", i), WithPriority(Bulk))
	}
	s.run()
	require.Eventually(t, func() bool { return len(s.fake.Requests()) == 1 }, 10*time.Second, time.Millisecond)
	assert.NotZero(t, s.count("lease <> 0"), "claimed ahead")
	code := s.enqueue("num_1", "code", ana, WithPriority(Urgent))
	before := len(s.fake.Requests())
	s.eventually(1, "state = 'accepted' AND id = $1", code)
	sent := s.fake.Messages()
	place := slices.IndexFunc(sent, func(m pilotstatustest.Message) bool { return m.IdempotencyKey == "code" })
	assert.LessOrEqual(t, place+1, before+2)
}

// TestRunKeepsPace looks at the starts of a paced number, and at who stops it: SetPace and
// Pause change the row that a worker has leased.
func TestRunKeepsPace(t *testing.T) {
	t.Parallel()
	const interval = 50 * time.Millisecond
	s := newStory(t)
	s.exec("INSERT INTO pilotstatus.number (number_id, interval_ms) VALUES ('num_1', $1)", interval.Milliseconds())
	for i := range 60 {
		s.enqueue("num_1", fmt.Sprintf("key %02d", i), fmt.Sprintf("+551199999%04d", i))
	}
	s.run()
	s.eventually(20, "state = 'accepted' AND settled_at IS NOT NULL AND id <= (SELECT min(id) + 19 FROM pilotstatus.message)")
	sent := s.fake.Messages()
	took := sent[len(sent)-1].CreatedAt.Sub(sent[0].CreatedAt)
	assert.GreaterOrEqual(t, took, time.Duration(len(sent)-2)*interval, "a request may come late, and the next in time")
	s.exec("UPDATE pilotstatus.number SET paused = 'by hand'")
	require.Eventually(t, func() bool {
		return value[int](t, s.pool, s.outbox.in("SELECT count(*) FROM pilotstatus.number WHERE lease = 0")) == 1
	}, 10*time.Second, time.Millisecond)
	assert.Zero(t, s.count("state IN ('claimed', 'sending')"))
	paused := len(s.fake.Requests())
	assert.Less(t, paused, 60)
	s.exec("UPDATE pilotstatus.number SET next_at = now()")
	assert.Never(t, func() bool { return len(s.fake.Requests()) > paused }, 20*interval, interval)
	s.exec("UPDATE pilotstatus.number SET paused = NULL")
	s.eventually(60, "state = 'accepted'")
}

// TestRunProbesAnOutage has an API that answers nothing: few messages are perhaps sent.
func TestRunProbesAnOutage(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.fake.Inject(pilotstatustest.Fault{Op: "Messages.Send", Status: 503, Processed: true, Times: -1})
	for i := range 100 {
		s.enqueue("num_1", fmt.Sprintf("key %02d", i), fmt.Sprintf("+551199999%04d", i))
	}
	s.run()
	require.Eventually(t, func() bool {
		return value[int](t, s.pool, s.outbox.in("SELECT coalesce(max(unknowns), 0) FROM pilotstatus.number")) >= outageAfter+2
	}, 20*time.Second, 10*time.Millisecond)
	assert.LessOrEqual(t, s.count("first_at IS NOT NULL"), 10)
	s.fake.ClearFaults()
	s.eventually(100, "state = 'accepted'")
	assert.Len(t, s.fake.Messages(), 100)
}

// TestKilledWhilePaced kills a worker that has claimed messages ahead: what it had not
// begun is as good as new, and all of it goes out once.
func TestKilledWhilePaced(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.exec("INSERT INTO pilotstatus.number (number_id, interval_ms) VALUES ('num_1', 60), ('num_2', 60)")
	const messages = 60
	for i := range messages {
		s.enqueue([]string{"num_1", "num_2"}[i%2], fmt.Sprintf("key %02d", i), fmt.Sprintf("+551199999%04d", i))
	}
	j := job{DSN: database(t).DSN, Schema: s.outbox.options.Schema, URL: s.fake.URL, AttemptTimeout: 500 * time.Millisecond,
		Keys: map[string]string{"num_1": s.fake.NumberKey("num_1"), "num_2": s.fake.NumberKey("num_2")}}
	p := startProcess(t, j)
	require.Eventually(t, func() bool { return len(s.fake.Requests()) > 6 }, 20*time.Second, time.Millisecond)
	p.kill(t)
	assert.NotZero(t, s.count("state = 'claimed' AND first_at IS NULL"), "claimed ahead")
	s.run()
	s.eventually(messages, "state = 'accepted'")
	assert.Len(t, s.fake.Messages(), messages)
	assert.Zero(t, s.count("settled_at < first_at"))
}

// TestRunLeavesASlowNumber has a pace that is slower than leases.
func TestRunLeavesASlowNumber(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.exec("INSERT INTO pilotstatus.number (number_id, interval_ms) VALUES ('num_1', 60000)")
	s.enqueue("num_1", "key 1", ana)
	s.enqueue("num_1", "key 2", ana)
	s.run()
	s.eventually(1, "state = 'accepted'")
	require.Eventually(t, func() bool {
		return value[int](t, s.pool, s.outbox.in("SELECT count(*) FROM pilotstatus.number WHERE lease = 0 AND next_at > now() + interval '50 seconds'")) == 1
	}, 10*time.Second, 10*time.Millisecond)
	assert.Equal(t, 1, s.count("state = 'pending' AND first_at IS NULL"))
	s.exec("UPDATE pilotstatus.number SET next_at = now()")
	s.eventually(2, "state = 'accepted'")
}

// TestCancelWinsOverAClaim cancels a message that is claimed ahead.
func TestCancelWinsOverAClaim(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.exec("INSERT INTO pilotstatus.number (number_id, interval_ms) VALUES ('num_1', 200)")
	for i := range 12 {
		s.enqueue("num_1", fmt.Sprintf("key %02d", i), fmt.Sprintf("+551199999%04d", i))
	}
	s.run()
	const last = "key 05"
	s.eventually(1, "state = 'claimed' AND key = $1", last)
	canceled, err := s.outbox.Cancel(t.Context(), s.pool, "num_1", last)
	require.NoError(t, err)
	require.True(t, canceled)
	s.eventually(11, "state = 'accepted'")
	assert.Equal(t, 1, s.count("state = 'canceled'"))
	assert.Len(t, s.fake.Messages(), 11)
}

// TestOpenCancelKeepsAMessage has a Cancel that has not committed when the message's slot
// comes: it is not begun, and the others go on.
func TestOpenCancelKeepsAMessage(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.exec("INSERT INTO pilotstatus.number (number_id, interval_ms) VALUES ('num_1', 200)")
	for i := range 8 {
		s.enqueue("num_1", fmt.Sprintf("key %02d", i), fmt.Sprintf("+551199999%04d", i))
	}
	s.run()
	const middle = "key 05"
	s.eventually(1, "state = 'claimed' AND key = $1", middle)
	tx, err := s.pool.Begin(t.Context())
	require.NoError(t, err)
	canceled, err := s.outbox.Cancel(t.Context(), tx, "num_1", middle)
	require.NoError(t, err)
	require.True(t, canceled)
	s.eventually(7, "state = 'accepted'")
	require.NoError(t, tx.Commit(t.Context()))
	s.eventually(1, "state = 'canceled' AND first_at IS NULL")
	assert.Len(t, s.fake.Messages(), 7)
}
