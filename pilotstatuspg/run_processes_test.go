package pilotstatuspg

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// TestRunStopsAllProcessesAfter429 has a 429 met by the requests that run, and by none of
// the others, in two processes: it counts no attempt of them.
func TestRunStopsAllProcessesAfter429(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.fake.Inject(pilotstatustest.Fault{Op: "Messages.Send", Status: 429, Header: http.Header{"Retry-After": {"3600"}}, Times: -1})
	for i := range 200 {
		s.enqueue("num_1", fmt.Sprint("key ", i), fmt.Sprintf("+551199999%04d", i))
	}
	stops := []func(){s.run(), s.run()}
	waits := s.outbox.in("SELECT count(*) FROM pilotstatus.number WHERE lease = 0 AND next_at > now() + interval '50 minutes'")
	require.Eventually(t, func() bool { return value[int](t, s.pool, waits) == 1 }, 20*time.Second, 10*time.Millisecond)
	time.Sleep(2 * pollEvery)
	assert.LessOrEqual(t, len(s.fake.Requests()), defaultParallel)
	assert.Equal(t, 200, s.count("state = 'pending' AND attempts = 0 AND first_at IS NULL"))
	for _, stop := range stops {
		stop()
	}
}

// TestRunRepeatsAsSlowlyInManyProcesses has a message that always fails: the times between
// its attempts are in its row, and do not shrink with the number of processes.
func TestRunRepeatsAsSlowlyInManyProcesses(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.fake.Inject(pilotstatustest.Fault{Op: "Messages.Send", Status: 503, Times: -1})
	s.enqueue("num_1", "key", ana)
	for range 4 {
		s.run()
	}
	s.eventually(1, "attempts >= 4")
	// Half of 0.2, 0.4 and 0.8 s, the rest is jitter.
	assert.Equal(t, 1, s.count("now() - first_at >= interval '0.7 seconds'"))
	assert.LessOrEqual(t, s.count("attempts > 6"), 0)
}

// TestRunThroughManyPauses pauses and resumes a campaign, and restarts its worker.
func TestRunThroughManyPauses(t *testing.T) {
	t.Parallel()
	const messages = 150
	s := newStory(t)
	s.exec("INSERT INTO pilotstatus.number (number_id, interval_ms) VALUES ('num_1', 5)")
	for i := range messages {
		s.enqueue("num_1", fmt.Sprintf("key %03d", i), fmt.Sprintf("+551199999%04d", i%10))
	}
	stop := s.run()
	for i := range 20 {
		time.Sleep(rand.N(50 * time.Millisecond))
		require.NoError(t, s.outbox.Pause(t.Context(), s.pool, "num_1", "a test"))
		if i%4 == 0 {
			stop()
			s.nothingLeased()
			stop = s.run()
		}
		time.Sleep(rand.N(50 * time.Millisecond))
		require.NoError(t, s.outbox.Resume(t.Context(), s.pool, "num_1"))
	}
	s.eventually(messages, "state = 'accepted' AND attempts = 1")
	assert.Len(t, s.fake.Messages(), messages)
	assert.Len(t, s.fake.Requests(), messages)
}
