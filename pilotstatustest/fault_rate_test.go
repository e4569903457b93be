package pilotstatustest_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// A fault meets the request that it is for, and no other.
func TestFaultsChoose(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	meta := newCaller(t, fake.URL, fake.NumberKey("num_2"))
	other := `{"destinationNumber":"+14155550100","text":"hi","variables":{}}`
	for name, c := range map[string]struct {
		fault      pilotstatustest.Fault
		meets      func() reply
		meetsNever func() reply
	}{
		"number":    {pilotstatustest.Fault{NumberID: "num_2"}, func() reply { return meta.do(t, "POST", sendPath, template) }, func() reply { return number.do(t, "POST", sendPath, template) }},
		"recipient": {pilotstatustest.Fault{To: "14155550100"}, func() reply { return number.do(t, "POST", sendPath, other) }, func() reply { return number.do(t, "POST", sendPath, text) }},
		"template":  {pilotstatustest.Fault{Template: "onboarding-test"}, func() reply { return number.do(t, "POST", sendPath, template) }, func() reply { return number.do(t, "POST", sendPath, text) }},
		"key": {
			pilotstatustest.Fault{Key: "order-1"},
			func() reply { return number.with("Idempotency-Key", "order-1").do(t, "POST", sendPath, text) },
			func() reply { return number.with("Idempotency-Key", "order-2").do(t, "POST", sendPath, text) },
		},
		"API key": {
			pilotstatustest.Fault{KeyID: fake.Number("num_1").KeyID()},
			func() reply { return number.do(t, "POST", sendPath, text) },
			func() reply { return meta.do(t, "POST", sendPath, template) },
		},
	} {
		c.fault.Status = http.StatusTeapot
		id, err := fake.InjectFault(c.fault)
		require.NoError(t, err)
		assert.Less(t, c.meetsNever().status, 300, name)
		assert.Equal(t, http.StatusTeapot, c.meets().status, name)
		assert.Equal(t, id, lastRequest(fake).FaultID)
		assert.Empty(t, fake.Faults(), name)
	}
}

func TestFaultsAreListed(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	fake.Inject(pilotstatustest.Fault{Status: 503, Times: 3}, pilotstatustest.Fault{Op: "Numbers.List", Times: -1})
	number.do(t, "POST", sendPath, text)
	all := fake.Faults()
	require.Len(t, all, 2)
	assert.Equal(t, 2, all[0].Left)
	assert.Equal(t, 1, all[0].Hits)
	assert.Equal(t, -1, all[1].Left)
	assert.True(t, fake.RemoveFault(all[0].ID))
	assert.False(t, fake.RemoveFault(all[0].ID))
	assert.Equal(t, http.StatusAccepted, number.do(t, "POST", sendPath, text).status)
	_, err := fake.InjectFault(pilotstatustest.Fault{OfHundred: 101})
	assert.Error(t, err)
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	meta := newCaller(t, fake.URL, fake.NumberKey("num_2"))
	fake.Inject(pilotstatustest.Fault{Op: "Messages.Send", PerMinute: 3})
	for range 3 {
		assert.Equal(t, http.StatusAccepted, number.do(t, "POST", sendPath, text).status)
	}
	refused := number.do(t, "POST", sendPath, text)
	assert.Equal(t, http.StatusTooManyRequests, refused.status)
	assert.Equal(t, "20", refused.header.Get("Retry-After"))
	assert.Equal(t, "RATE_LIMITED", refused.code())
	assert.Equal(t, http.StatusAccepted, meta.do(t, "POST", sendPath, template).status, "another key has its own minute")

	fake.Advance(19 * time.Second)
	assert.Equal(t, "1", number.do(t, "POST", sendPath, text).header.Get("Retry-After"))
	fake.Advance(time.Second)
	assert.Equal(t, http.StatusAccepted, number.do(t, "POST", sendPath, text).status)
	assert.Equal(t, http.StatusTooManyRequests, number.do(t, "POST", sendPath, text).status)
	fake.Advance(time.Hour)
	for range 3 {
		assert.Equal(t, http.StatusAccepted, number.do(t, "POST", sendPath, text).status, "unused minutes are not saved up")
	}
	assert.Equal(t, http.StatusTooManyRequests, number.do(t, "POST", sendPath, text).status)
	limit := fake.Faults()[0]
	assert.Equal(t, -1, limit.Left)
	assert.Equal(t, 4, limit.Hits)
	assert.Equal(t, 12, limit.Seen)
}

// The same seed breaks the same calls, and as many of each hundred as the dial says.
func TestDial(t *testing.T) {
	t.Parallel()
	run := func(seed uint64) (outcomes []int, planned []bool) {
		fake, number := frozen(t)
		fake.Inject(pilotstatustest.Fault{Op: "Messages.Send", OfHundred: 20, Seed: seed})
		for _, f := range fake.Faults()[0].Next(200) {
			planned = append(planned, f != nil)
		}
		for range 200 {
			outcomes = append(outcomes, number.try("POST", sendPath, text).status)
		}
		return outcomes, planned
	}
	first, planned := run(7)
	again, _ := run(7)
	other, _ := run(8)
	assert.Equal(t, first, again)
	assert.NotEqual(t, first, other)
	for _, hundred := range [][]int{first[:100], first[100:]} {
		broken := 0
		for _, status := range hundred {
			if status != http.StatusAccepted {
				broken++
			}
		}
		assert.Equal(t, 20, broken)
	}
	for i, status := range first {
		assert.Equal(t, planned[i], status != http.StatusAccepted, i)
	}
	assert.Contains(t, first, 0, "some are reset")
	assert.Contains(t, first, http.StatusInternalServerError)
}
