package pilotstatuspg

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A worker goes on while the migration of a newer version runs: a column more, an index
// more, another version. States that only the newer one knows are left alone.
func TestRunBesideANewerVersion(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	require.NoError(t, s.outbox.SetPace(t.Context(), s.pool, "num_1", Pace{Every: 5 * time.Millisecond}))
	stop := s.run()
	for i := range 100 {
		s.enqueue("num_1", fmt.Sprintf("before-%d", i), ana)
	}
	future := s.enqueue("num_2", "future", bruno, NotBeforeIn(time.Hour))
	s.eventuallyTrue("it works", func() bool { return s.count("state = 'accepted'") > 10 })

	s.exec("ALTER TABLE pilotstatus.message ADD COLUMN newer integer")
	s.exec("CREATE INDEX message_newer ON pilotstatus.message (newer) WHERE newer IS NOT NULL")
	s.exec("UPDATE pilotstatus.message SET state = 'dreaming', newer = 1, not_before = 'epoch' WHERE id = $1", future)
	s.exec("UPDATE pilotstatus.meta SET version = 1000")
	second := s.run() // it joins
	for i := range 100 {
		s.enqueue("num_1", fmt.Sprintf("after-%d", i), bruno)
	}
	s.eventually(200, "state = 'accepted'")
	second()
	stop()
	assert.Len(t, s.fake.Messages(), 200)
	assert.Equal(t, State("dreaming"), s.state(future))
	s.nothingLeased()
}
