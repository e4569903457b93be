package emulator_test

import (
	"flag"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/internal/emulator"
)

var visibleSends = flag.Int("visible-sends", 300, "sends in TestVisibleAtOnce")

// A message is there before the client has its answer.
func TestVisibleAtOnce(t *testing.T) {
	t.Parallel()
	s := open(t, emulator.Config{Keep: 100})
	for range *visibleSends {
		next := s.get(t, "/messages?limit=1")["next"].(string)
		id := s.send(t, "+5511999990001")
		assert.Equal(t, id, first(s.get(t, "/messages?limit=1")["messages"])["id"])
		assert.Equal(t, id, first(s.get(t, "/wait?wait=0s&after="+next)["messages"])["id"])
	}
}

// Writers and readers meet at a bound that drops all the time: each list is whole, and what
// was dropped answers that it was.
func TestDroppingUnderLoad(t *testing.T) {
	t.Parallel()
	s := open(t, emulator.Config{Keep: 10})
	key := s.Default().Engine.NumberKey("num_1")
	var work sync.WaitGroup
	for n := range 16 {
		work.Go(func() {
			for range 10 {
				accepted, err := send(t, s.URL, key, fmt.Sprintf("+55119999900%02d", n), "")
				require.NoError(t, err)
				status, out := s.call(t, http.MethodGet, "/messages/"+accepted.ID, nil)
				assert.Contains(t, []int{http.StatusOK, http.StatusGone}, status, out)
			}
		})
		work.Go(func() {
			for range 10 {
				page := s.get(t, "/messages?limit=1000")
				assert.LessOrEqual(t, len(page["messages"].([]any)), 10)
				assert.EqualValues(t, len(page["messages"].([]any)), page["total"])
				s.get(t, "/conversations?number=num_1")
				s.get(t, "/messages?text=onboarding")
			}
		})
	}
	work.Wait()
	assert.Equal(t, 160, s.Messages())
	assert.EqualValues(t, 150, s.get(t, "/messages")["dropped"])
}

// The same seed of a dial breaks the same requests.
func TestDialBySeed(t *testing.T) {
	t.Parallel()
	statuses := func(seed int) (all []any) {
		s := open(t, emulator.Config{})
		s.post(t, "/faults", object{"ofHundred": 30, "seed": seed, "status": 503})
		for range 100 {
			resp := s.ask(t, http.MethodGet, "/v1/numbers", map[string]string{"X-Api-Key": s.Default().Engine.TenantKey()})
			all = append(all, resp.StatusCode)
			resp.Body.Close()
		}
		return all
	}
	seven := statuses(7)
	assert.Equal(t, seven, statuses(7))
	assert.NotEqual(t, seven, statuses(8))
	broken := 0
	for _, status := range seven {
		if status == http.StatusServiceUnavailable {
			broken++
		}
	}
	assert.Equal(t, 30, broken)
}

// A limit of the rate says when to come again.
func TestRateLimit(t *testing.T) {
	t.Parallel()
	s := open(t, emulator.Config{})
	s.post(t, "/faults", object{"op": "Numbers.List", "perMinute": 2})
	header := map[string]string{"X-Api-Key": s.Default().Engine.TenantKey()}
	for range 2 {
		assert.Equal(t, http.StatusOK, s.ask(t, http.MethodGet, "/v1/numbers", header).StatusCode)
	}
	limited := s.ask(t, http.MethodGet, "/v1/numbers", header)
	assert.Equal(t, http.StatusTooManyRequests, limited.StatusCode)
	assert.NotEmpty(t, limited.Header.Get("Retry-After"))
	s.post(t, "/clock/advance", object{"by": "1m"})
	assert.Equal(t, http.StatusOK, s.ask(t, http.MethodGet, "/v1/numbers", header).StatusCode)
}
