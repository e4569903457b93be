package pilotstatuspg

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// enqueueTemplate enqueues a template of the fake.
func (s *story) enqueueTemplate(key, to, template string) int64 {
	s.Helper()
	return s.enqueueRequest("num_1", pilotstatus.SendRequest{
		To: pilotstatus.Phone(to), IdempotencyKey: key,
		Content: pilotstatus.TemplateContent{ID: template, Variables: map[string]string{"name": "Ana"}},
	})
}

func (s *story) holds() int {
	s.Helper()
	return value[int](s, s.pool, s.outbox.in("SELECT count(*) FROM pilotstatus.hold"))
}

// TestRunHoldsTemplate withdraws a template in mid-campaign: only that is held, a probe
// that fails changes nothing, and one that succeeds releases the rest.
func TestRunHoldsTemplate(t *testing.T) {
	t.Parallel()
	const campaign, refusal = 100, "META_TEMPLATE_NOT_APPROVED"
	s := newStory(t)
	for i := range campaign {
		s.enqueueTemplate(fmt.Sprintf("campaign %03d", i), fmt.Sprintf("+551199999%04d", i), "onboarding-test")
	}
	s.fake.Inject(pilotstatustest.Fault{Op: "Messages.Send", Status: 400, Code: refusal, Times: -1})
	s.run()
	require.Eventually(t, func() bool { return s.holds() == 1 && s.count("open") == 0 }, 20*time.Second, 10*time.Millisecond)
	refused := s.count("state = 'refused'")
	assert.LessOrEqual(t, refused, holdAfter+4, "20 and its parallel sends")
	assert.Equal(t, campaign-refused, s.count("state = 'held'"))

	s.fake.ClearFaults()
	other := s.enqueue("num_1", "another content", ana)
	s.eventually(1, "state = 'accepted' AND id = $1", other)
	held := s.enqueueTemplate("while it is held", ana, "onboarding-test")
	s.eventually(1, "state = 'held' AND id = $1", held)
	assert.Len(t, s.fake.Messages(), 1)

	before := len(s.fake.Requests())
	s.fake.Inject(pilotstatustest.Fault{Op: "Messages.Send", Status: 400, Code: refusal})
	s.exec("UPDATE pilotstatus.hold SET probe_at = now()")
	require.Eventually(t, func() bool { return len(s.fake.Requests()) == before+1 }, 20*time.Second, 10*time.Millisecond)
	s.eventually(campaign-refused+1, "state = 'held'")
	assert.Equal(t, 1, s.holds())

	s.exec("UPDATE pilotstatus.hold SET probe_at = now()")
	s.eventually(campaign-refused+2, "state = 'accepted'")
	assert.Zero(t, s.holds())
}

// TestRunCountsRefusalsInARow has single refusals between successes, which change nothing.
func TestRunCountsRefusalsInARow(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	for i := range 60 {
		status := 0
		if i%2 == 0 {
			status = 400
		}
		s.fake.Inject(pilotstatustest.Fault{Op: "Messages.Send", Status: status, Code: "SOME_REFUSAL"})
		s.enqueueTemplate(fmt.Sprintf("key %d", i), fmt.Sprintf("+551199999%04d", i), "onboarding-test")
	}
	s.run()
	s.eventually(30, "state = 'refused'")
	s.eventually(30, "state = 'accepted'")
	assert.Zero(t, s.holds())
}

// TestRunReleasesByHand deletes the hold, as Resume does.
func TestRunReleasesByHand(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.exec("INSERT INTO pilotstatus.hold (number_id, template, reason, probe_at) VALUES ('num_1', 'onboarding-test', 'a test', now() + interval '10 minutes')")
	for i := range 5 {
		s.enqueueTemplate(fmt.Sprintf("key %d", i), ana, "onboarding-test")
	}
	s.run()
	s.eventually(5, "state = 'held'")
	assert.Empty(t, s.fake.Requests())
	s.exec("DELETE FROM pilotstatus.hold")
	s.eventually(5, "state = 'accepted'")
}
