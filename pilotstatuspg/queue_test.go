package pilotstatuspg

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestBeginAll starts what is taken without statements between: as many as the number may
// send at once, while there are slots.
func TestBeginAll(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		inFlight, parallel, want int
		wait                     time.Duration
	}{
		"all of them":          {100, 4, 3, 0},
		"no more at once":      {100, 2, 2, 0},
		"no more slots":        {1, 4, 1, 0},
		"the slot comes later": {100, 4, 0, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStory(t)
			s.options.MaxInFlight = test.inFlight
			for _, to := range []string{ana, bruno, "+5511999999993"} {
				s.enqueue("num_1", to, to)
			}
			w := s.leased("num_1")
			w.client = s.fake.NumberClient("num_1")
			w.fill(t.Context())
			require.Len(t, w.queue, 3)
			w.pace.parallel, w.next = test.parallel, time.Now().Add(test.wait)
			w.beginAll()
			assert.Equal(t, test.want, w.running)
			for range test.want {
				w.settle(<-w.done)
			}
			require.NoError(t, w.write(t.Context(), true))
			assert.Equal(t, test.want, s.count("state = 'accepted'"))
		})
	}
}

// TestNoticed looks again for all rows where nothing was left, and else only for those
// that overtake what is claimed.
func TestNoticed(t *testing.T) {
	t.Parallel()
	normal := &claim{row: row{chain: chain{priority: int16(Normal)}}}
	for name, test := range map[string]struct {
		queue   []*claim
		drained bool
		told    Priority
		looks   bool
		upTo    int16
	}{
		"nothing was left":        {nil, true, Normal, true, anyPriority},
		"it reads anyway":         {nil, false, Normal, false, anyPriority},
		"an urgent one overtakes": {[]*claim{normal}, true, Urgent, true, int16(Urgent)},
		"another one of them":     {[]*claim{normal}, true, Normal, true, anyPriority},
		"it is read later":        {[]*claim{normal}, false, Bulk, false, anyPriority},
	} {
		w := newWorker(nil, "num_1", false)
		w.restart()
		w.window, w.drained, w.queue = []row{}, test.drained, test.queue
		w.noticed(int16(test.told))
		assert.Equal(t, test.looks, w.window == nil, name)
		assert.Equal(t, test.upTo, w.upTo, name)
	}
}
