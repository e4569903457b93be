package pilotstatuspg

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What SendAgain and Resume give back is sent: under the known key once, under a new one twice.
func TestRunSendsAgain(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.enqueue(testNumber, "k", testPhone)
	s.run()
	s.eventually(1, "state = 'accepted'")
	again := func(since string) Message {
		s.exec("UPDATE pilotstatus.message SET state = 'parked', first_at = now() - $1::interval, deliver_until = now()", since)
		n, err := s.outbox.Resolve(t.Context(), s.pool, Filter{NumberID: testNumber, Keys: []string{"k"}}, SendAgain())
		require.NoError(t, err)
		assert.EqualValues(t, 1, n)
		s.eventually(1, "state = 'accepted'")
		return get(t, s.outbox, s.pool, "k")
	}
	first := get(t, s.outbox, s.pool, "k")
	soon := again("1 hour")
	assert.Equal(t, first.AcceptedID, soon.AcceptedID)
	assert.Len(t, s.fake.Messages(), 1)
	late := again("2 days")
	assert.NotEqual(t, first.AcceptedID, late.AcceptedID)
	assert.Equal(t, "k~2", late.WireKey)
	assert.Len(t, s.fake.Messages(), 2)
}

// A pause begins nothing, and its end sends what waited; canceled and forgotten messages stay.
func TestRunAfterAPause(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	require.NoError(t, s.outbox.Pause(t.Context(), s.pool, testNumber, "holiday"))
	s.enqueue(testNumber, "sent", testPhone)
	s.enqueue(testNumber, "canceled", testPhone)
	s.enqueue("num_2", "other", testPhone)
	s.run()
	s.eventually(1, "state = 'accepted' AND number_id = 'num_2'")
	done, err := s.outbox.Cancel(t.Context(), s.pool, testNumber, "canceled")
	require.NoError(t, err)
	assert.True(t, done)
	assert.Len(t, s.fake.Messages(), 1)
	require.NoError(t, s.outbox.Resume(t.Context(), s.pool, testNumber))
	s.eventually(2, "state = 'accepted'")
	s.nothingWaits()
	assert.Len(t, s.fake.Messages(), 2)
}

// nothingWaits checks what Stats says after everything was sent.
func (s *story) nothingWaits() {
	s.Helper()
	require.Eventually(s, func() bool {
		stats, err := s.outbox.Stats(s.Context(), s.pool)
		require.NoError(s, err)
		for _, n := range stats {
			if n != (NumberStats{NumberID: n.NumberID}) {
				return false
			}
		}
		return true
	}, 30*time.Second, 10*time.Millisecond)
}
