package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// storm returns deliveries in random order, each event up to four times, the fates of
// their messages by id, and the number of events.
func storm(t *testing.T, random *rand.Rand, atLeast int) (deliveries []string, messages map[string]fate, distinct int) {
	t.Helper()
	messages = make(map[string]fate)
	for distinct < atLeast {
		f := fates()[random.IntN(len(fates()))]
		id := fmt.Sprintf("msg_%d", len(messages))
		messages[id] = f
		distinct += len(f.events)
		for _, name := range f.events {
			for range 1 + random.IntN(4) {
				deliveries = append(deliveries, string(event(t, name, id, nil).Raw()))
			}
		}
	}
	random.Shuffle(len(deliveries), func(i, j int) { deliveries[i], deliveries[j] = deliveries[j], deliveries[i] })
	return deliveries, messages, distinct
}

// Three receivers side by side, each with a pool of its own, get thousands of deliveries
// and fail now and then, before or after the work: every event is handled once and every
// message ends in its last status.
func TestDeliveryStorm(t *testing.T) {
	t.Parallel()
	schema := newSchema(t)
	var urls []string
	var s *store
	var calls, failures atomic.Int64
	for range 3 {
		s = newTestStore(t, schema)
		urls = append(urls, newReceiver(t, s, 30*time.Second, stumbling(s, &calls, &failures)))
	}
	deliveries, messages, distinct := storm(t, rand.New(rand.NewPCG(3, 4)), *events)
	client := newHTTPClient(t)

	queue := make(chan string)
	var senders sync.WaitGroup
	var busy atomic.Int64
	for i := range 12 {
		senders.Go(func() {
			for body := range queue {
				for n := i; ; n++ {
					status, err := deliver(t.Context(), client, urls[n%len(urls)], testSecret, body)
					if err != nil || status != http.StatusServiceUnavailable && status != http.StatusInternalServerError {
						assert.Equal(t, http.StatusOK, status, "%v", err)
						break
					}
					if status == http.StatusServiceUnavailable {
						busy.Add(1)
					}
				}
			}
		})
	}
	for _, body := range deliveries {
		queue <- body
	}
	close(queue)
	senders.Wait()

	for id, f := range messages {
		assert.Equal(t, row{f.status, f.code, len(f.events)}, message(t, s, id), "%s of %v", id, f.events)
	}
	assert.Equal(t, len(messages), count(t, s, "messages"))
	assert.Equal(t, distinct, count(t, s, "webhook_claims WHERE done_at IS NOT NULL"))
	assert.Zero(t, count(t, s, "webhook_claims WHERE done_at IS NULL"))
	assert.Positive(t, failures.Load())
	t.Logf("%d deliveries of %d events: %d handled, %d of them failed on the way, %d were told that another one is at work",
		len(deliveries), distinct, calls.Load(), failures.Load(), busy.Load())
}

// stumbling handles as s.handle does, and fails before or after it in one of ten calls.
func stumbling(s *store, calls, failures *atomic.Int64) func(context.Context, pilotstatus.Event) error {
	return func(ctx context.Context, e pilotstatus.Event) error {
		n := calls.Add(1)
		if n%10 == 0 {
			failures.Add(1)
			return errors.New("nothing was done")
		}
		err := s.handle(ctx, e)
		if n%10 == 5 {
			failures.Add(1)
			return errors.Join(err, errors.New("everything was done"))
		}
		return err
	}
}

// The deliveries of the storm are not what makes it pass.
func TestStormIsWild(t *testing.T) {
	t.Parallel()
	deliveries, messages, distinct := storm(t, rand.New(rand.NewPCG(3, 4)), 500)
	require.GreaterOrEqual(t, distinct, 500)
	assert.Greater(t, len(deliveries), 2*distinct)
	assert.Greater(t, len(messages), distinct/4)
}
