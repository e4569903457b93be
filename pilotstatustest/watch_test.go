package pilotstatustest_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// A message is there, and its change too, when its 202 comes.
func TestAMessageIsVisibleBeforeItsAnswer(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	for range 20 {
		before := fake.Seq()
		id := number.send(t, text)
		page := fake.FindMessages(pilotstatustest.MessageQuery{After: before})
		require.Len(t, page.Messages, 1)
		assert.Equal(t, id, page.Messages[0].ID)
		assert.Greater(t, page.Messages[0].Seq, before)
		for c, err := range fake.WatchFrom(t.Context(), before) {
			require.NoError(t, err)
			assert.Equal(t, pilotstatustest.Change{
				Seq: before + 1, At: epoch(), Kind: pilotstatustest.ChangeMessage, NumberID: "num_1", ID: id,
			}, c)
			break
		}
	}
}

func TestWatchersSeeEveryChangeInOrder(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	const sends = 50
	results := make(chan []int64)
	start := fake.Seq()
	for range 8 {
		changes := fake.Watch(t.Context())
		go func() {
			var seen []int64
			messages := 0
			for c, err := range changes {
				if err != nil {
					break
				}
				seen = append(seen, c.Seq)
				if c.Kind == pilotstatustest.ChangeMessage {
					messages++
				}
				if messages == sends {
					break
				}
			}
			results <- seen
		}()
	}
	for i := range sends {
		number.with("Idempotency-Key", strconv.Itoa(i)).send(t, text)
	}
	for range 8 {
		seen := <-results
		for i, seq := range seen {
			require.Equal(t, start+int64(i)+1, seq)
		}
	}
}

// A watcher that does not read holds up nothing, and learns how much it lost.
func TestASlowWatcherGetsAGap(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t, pilotstatustest.WithClock(epoch()))
	const flood = 10_000
	fake.Advance(1)
	var got error
	seen := 0
	for c, err := range fake.WatchFrom(t.Context(), 0) {
		if err != nil {
			got = err
			break
		}
		seen++
		if c.Seq == 1 {
			for range flood {
				fake.Advance(1)
			}
		}
	}
	gap, ok := errors.AsType[*pilotstatustest.WatchGapError](got)
	require.True(t, ok, "%v", got)
	assert.Positive(t, gap.Missed())
	assert.Equal(t, fake.Seq(), gap.Newest)
	assert.Less(t, seen, flood)

	_, err := firstChange(fake, t.Context(), fake.Seq()+7)
	require.ErrorContains(t, err, "there is no change")
	gap, ok = errors.AsType[*pilotstatustest.WatchGapError](err)
	require.True(t, ok)
	assert.Zero(t, gap.Missed())
}

func firstChange(fake *pilotstatustest.Server, ctx context.Context, after int64) (pilotstatustest.Change, error) { //nolint:revive // the server is what it is about
	for c, err := range fake.WatchFrom(ctx, after) {
		return c, err
	}
	return pilotstatustest.Change{}, nil
}

func TestWatchEnds(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.New(pilotstatustest.WithClock(epoch()))
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(5*time.Millisecond, cancel)
	_, err := firstChange(fake, ctx, fake.Seq())
	require.ErrorIs(t, err, context.Canceled)

	time.AfterFunc(5*time.Millisecond, fake.Close)
	_, err = firstChange(fake, t.Context(), fake.Seq())
	assert.ErrorContains(t, err, "closed")
}
