package pilotstatus_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

var sends = flag.Int("sends", 3000, "how many messages TestExactlyOnce sends")

const (
	senders        = 24
	attemptTimeout = 500 * time.Millisecond
)

// breakages are what goes wrong on the way; one of them is as likely as another.
var breakages = []pilotstatustest.Fault{
	{Reset: true},
	{Reset: true, Processed: true},
	{Status: http.StatusInternalServerError},
	{Status: http.StatusInternalServerError, Processed: true},
	{Status: http.StatusServiceUnavailable, Body: "<html><h1>503</h1></html>"},
	{Status: http.StatusTooManyRequests, Code: "RATE_LIMITED"},
	{TruncateAt: 40},
	{Delay: attemptTimeout + 100*time.Millisecond},
}

// faults returns a fault for each of n exchanges. The first ones all break something, as
// many as outage says, and then 35 in 100. The seed makes it the same list every time.
func faults(n, outage int) []pilotstatustest.Fault {
	random := rand.New(rand.NewPCG(42, 2026))
	list := make([]pilotstatustest.Fault, n)
	for i := range list {
		if i < outage || random.IntN(100) < 35 {
			list[i] = breakages[random.IntN(len(breakages))]
		}
		list[i].Op = "Messages.Send"
	}
	return list
}

// However the network and the server behave, every message is sent once: none is
// lost, none is doubled, and no caller is left without an answer.
func TestExactlyOnce(t *testing.T) {
	t.Parallel()
	policy := pilotstatus.RetryPolicy{MaxRetries: 30, MinWait: time.Millisecond, MaxWait: 50 * time.Millisecond, Budget: -1}
	requests := checkOnce(t, policy, 0, confirm)
	assert.Greater(t, requests, *sends*5/4, "too little went wrong for this test to mean anything")
}

// The same holds with the usual number of retries, with the retry budget and with an
// outage that spends it, where callers call again with the same key until they have an
// answer.
func TestExactlyOnceWithABudget(t *testing.T) {
	t.Parallel()
	policy := pilotstatus.RetryPolicy{MaxRetries: 3, MinWait: time.Millisecond, MaxWait: 50 * time.Millisecond}
	var again, spent atomic.Int64
	checkOnce(t, policy, max(*sends/3, 600), func(ctx context.Context, number *pilotstatus.NumberClient, order int, key string) (string, error) {
		for {
			id, err := confirm(ctx, number, order, key)
			var limited *pilotstatus.RateLimitError
			if err == nil || pilotstatus.Outcome(err) == pilotstatus.OutcomeRefused && !errors.As(err, &limited) {
				return id, err
			}
			again.Add(1)
			if errors.Is(err, pilotstatus.ErrRetryBudget) {
				spent.Add(1)
			}
		}
	})
	assert.Positive(t, spent.Load())
	t.Logf("%d calls were made again, %d of them because of the budget", again.Load(), spent.Load())
}

// checkOnce sends with faults, of which the first ones are an outage, and compares what
// the callers were told with what the server did. It returns the number of requests.
func checkOnce(
	t *testing.T, policy pilotstatus.RetryPolicy, outage int,
	confirm func(ctx context.Context, number *pilotstatus.NumberClient, order int, key string) (string, error),
) int {
	t.Helper()
	server := pilotstatustest.NewServer(t)
	server.Inject(faults(*sends*2+outage, outage)...)
	number := server.NumberClient("num_1", pilotstatus.WithAttemptTimeout(attemptTimeout), pilotstatus.WithRetry(policy))

	var mu sync.Mutex
	ids := map[string]string{} // by idempotency key
	orders := make(chan int)
	var group sync.WaitGroup
	for range senders {
		group.Go(func() {
			for order := range orders {
				key := fmt.Sprintf("order-%d-confirmed", order)
				id, err := confirm(t.Context(), number, order, key)
				assert.NoError(t, err) //nolint:testifylint // require is not for other goroutines
				mu.Lock()
				ids[key] = id
				mu.Unlock()
			}
		})
	}
	for order := range *sends {
		orders <- order
	}
	close(orders)
	group.Wait()

	messages := server.Messages()
	require.Len(t, messages, *sends)
	for _, m := range messages {
		assert.Equal(t, ids[m.IdempotencyKey], m.ID)
		delete(ids, m.IdempotencyKey)
	}
	assert.Empty(t, ids)

	bodies := map[string]string{}
	requests := server.Requests()
	for _, r := range requests {
		key := r.Header.Get("Idempotency-Key")
		if first, seen := bodies[key]; seen {
			assert.Equal(t, first, string(r.Body))
		}
		bodies[key] = string(r.Body)
	}
	assert.Len(t, bodies, *sends)
	t.Logf("%d sends in %d requests", *sends, len(requests))
	return len(requests)
}

func confirm(ctx context.Context, number *pilotstatus.NumberClient, order int, key string) (string, error) {
	accepted, err := number.Messages.Send(ctx, pilotstatus.SendRequest{
		To: pilotstatus.Phone("+5511999990000"),
		Content: pilotstatus.TemplateContent{
			ID:        "onboarding-test",
			Variables: map[string]string{"name": fmt.Sprintf("order %d", order)},
		},
		IdempotencyKey: key,
	})
	if err != nil {
		return "", err
	}
	return accepted.ID, nil
}

// A process that died and starts again with the keys of its records sends nothing
// twice, and is told so.
func TestRestartedProcess(t *testing.T) {
	t.Parallel()
	server := pilotstatustest.NewServer(t)
	first, err := confirm(t.Context(), server.NumberClient("num_1"), 42, "order-42-confirmed")
	require.NoError(t, err)

	restarted := server.NumberClient("num_1")
	accepted, err := restarted.Messages.Send(t.Context(), pilotstatus.SendRequest{
		To: pilotstatus.Phone("+5511999990000"),
		Content: pilotstatus.TemplateContent{
			ID: "onboarding-test", Variables: map[string]string{"name": "order 42"},
		},
		IdempotencyKey: "order-42-confirmed",
	})
	require.NoError(t, err)
	assert.True(t, accepted.Replayed)
	assert.Equal(t, first, accepted.ID)
	assert.Len(t, server.Messages(), 1)

	_, err = confirm(t.Context(), restarted, 43, "order-42-confirmed")
	require.ErrorIs(t, err, pilotstatus.CodeIdempotencyKeyReused)
	assert.Len(t, server.Messages(), 1)
}

// An unsettled send is settled by sending again with the key of the error.
func TestUnknownOutcomeIsSettledWithItsKey(t *testing.T) {
	t.Parallel()
	server := pilotstatustest.NewServer(t)
	number := server.NumberClient("num_1", pilotstatus.WithRetry(pilotstatus.RetryPolicy{}))
	server.Inject(pilotstatustest.Fault{Op: "Messages.Send", Reset: true, Processed: true})
	request := pilotstatus.SendRequest{
		To:      pilotstatus.Phone("+5511999990000"),
		Content: pilotstatus.TextContent{Body: "Your order is on its way."},
	}
	_, err := number.Messages.Send(t.Context(), request)
	var unknown *pilotstatus.OutcomeUnknownError
	require.ErrorAs(t, err, &unknown)

	request.IdempotencyKey = unknown.IdempotencyKey
	accepted, err := number.Messages.Send(t.Context(), request)
	require.NoError(t, err)
	assert.True(t, accepted.Replayed)
	assert.Len(t, server.Messages(), 1)
}
