package pilotstatuspg

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// settledNotes notes what an observer is told.
type settledNotes struct {
	mu  sync.Mutex
	all []Settled
}

func (n *settledNotes) observe(_ context.Context, s Settled) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.all = append(n.all, s)
}

// only returns the one note of that number and state, without Waited, which it checks.
func (n *settledNotes) only(t *testing.T, number string, state State, atLeast, below time.Duration) Settled {
	t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	var found []Settled
	for _, s := range n.all {
		if s.NumberID == number && s.State == state {
			assert.GreaterOrEqual(t, s.Waited, atLeast, number)
			assert.Less(t, s.Waited, below, number)
			s.Waited = 0
			found = append(found, s)
		}
	}
	require.Len(t, found, 1, number)
	return found[0]
}

// TestRunTellsTheObserver settles a message of each kind, and compares what it tells.
func TestRunTellsTheObserver(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	var notes settledNotes
	s.options.Observer = notes.observe
	s.enqueueRequest("num_1", pilotstatus.SendRequest{
		To: pilotstatus.Phone(ana), IdempotencyKey: "template",
		Content: pilotstatus.TemplateContent{ID: "onboarding-test", Variables: map[string]string{"name": "Ana"}},
	}, WithPriority(Urgent))
	s.enqueue("num_2", "scheduled", ana, NotBeforeIn(100*time.Millisecond), WithPriority(Bulk))
	s.enqueue("num_1", "late", bruno)
	s.enqueue("num_1", "doubtful", bruno)
	s.exec("UPDATE pilotstatus.message SET created_at = now() - interval '2 hours'")
	s.exec("UPDATE pilotstatus.message SET deliver_until = now() WHERE key = 'late'")
	s.exec("UPDATE pilotstatus.message SET state = 'sending', attempts = 7, first_at = now() - interval '1 day' WHERE key = 'doubtful'")
	stop := s.run()
	s.eventually(0, "settled_at IS NULL")
	stop()
	const hours, minute = 2 * time.Hour, time.Minute
	assert.Equal(t, Settled{NumberID: "num_1", Priority: Urgent, Template: true, State: StateAccepted, Attempts: 1},
		notes.only(t, "num_1", StateAccepted, hours, hours+minute))
	assert.Equal(t, Settled{NumberID: "num_2", Priority: Bulk, State: StateAccepted, Attempts: 1}, notes.only(t, "num_2", StateAccepted, 0, minute))
	assert.Equal(t, Settled{NumberID: "num_1", Priority: Normal, State: StateExpired}, notes.only(t, "num_1", StateExpired, hours, hours+minute))
	assert.Equal(t, Settled{NumberID: "num_1", Priority: Normal, State: StateParked, Attempts: 7},
		notes.only(t, "num_1", StateParked, hours, hours+minute))
	assert.Len(t, notes.all, 4)
}

// TestRunTellsTheObserverOnce repeats a request, and has another one refused.
func TestRunTellsTheObserverOnce(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	var notes settledNotes
	s.options.Observer = notes.observe
	s.fake.Inject(pilotstatustest.Fault{Op: "Messages.Send", Status: 503, Processed: true, Times: 2})
	s.enqueue("num_1", "repeated", ana)
	stop := s.run()
	s.eventually(1, "state = 'accepted'")
	s.fake.Inject(pilotstatustest.Fault{Op: "Messages.Send", Status: 400, Code: "VALIDATION_ERROR"})
	s.enqueue("num_2", "refused", ana)
	s.eventually(1, "state = 'refused'")
	stop()
	assert.Equal(t, Settled{NumberID: "num_1", Priority: Normal, State: StateAccepted, Attempts: 3}, notes.only(t, "num_1", StateAccepted, 0, time.Minute))
	assert.Equal(t, Settled{NumberID: "num_2", Priority: Normal, State: StateRefused, Attempts: 1}, notes.only(t, "num_2", StateRefused, 0, time.Minute))
	assert.Len(t, notes.all, 2)
}

// One that tries a held template waited since its NotBefore as well.
func TestRunTellsTheObserverOfATry(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	var notes settledNotes
	s.options.Observer = notes.observe
	s.exec("INSERT INTO pilotstatus.hold (number_id, template, reason, probe_at) VALUES ('num_1', $1, '', now())", testTemplate)
	s.enqueue("num_1", "held", ana, withTemplate())
	s.exec(`UPDATE pilotstatus.message SET state = 'held', template = $1,
		created_at = now() - interval '2 hours', not_before = now() - interval '1 hour'`, testTemplate)
	stop := s.run()
	s.eventually(1, "state = 'accepted'")
	stop()
	assert.Equal(t, Settled{NumberID: "num_1", Priority: Normal, Template: true, State: StateAccepted, Attempts: 1},
		notes.only(t, "num_1", StateAccepted, time.Hour, time.Hour+time.Minute))
}
