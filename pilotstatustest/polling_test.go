package pilotstatustest_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// slowly is an interval that a wait of a test must not keep. patience bounds the wait.
const slowly, patience = time.Hour, time.Minute

// A wait ends soon after what it waits for, whatever interval the code under test asks for
// and from whichever client it comes.
func TestWaitsLookOften(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t)
	tenant := fake.TenantClient()
	opened, err := tenant.OpenNumber(t.Context(), "num_1")
	require.NoError(t, err)
	for name, number := range map[string]*pilotstatus.NumberClient{
		"number": fake.NumberClient("num_1"), "opened": opened,
		"with options": fake.NumberClient("num_1", pilotstatus.WithUserAgent("x"), pilotstatus.WithLimiter(nil)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			accepted, err := number.Messages.Send(t.Context(), pilotstatus.SendRequest{
				To: pilotstatus.Phone("+5511999999999"), Content: pilotstatus.TextContent{Body: "Hi"},
			})
			require.NoError(t, err)
			message, err := number.Messages.Wait(ctx, accepted.ID, pilotstatus.WaitMessageOptions{Interval: slowly})
			require.NoError(t, err)
			assert.False(t, message.DeliveredAt.IsZero())
		})
	}
}

// What a test does meanwhile wakes a wait.
func TestWaitsAreWoken(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t, pilotstatustest.WithClock(epoch()))
	number, tenant := fake.NumberClient("num_1"), fake.TenantClient()
	accepted, err := number.Messages.Send(t.Context(), pilotstatus.SendRequest{
		To: pilotstatus.Phone("+5511999999999"), Content: pilotstatus.TextContent{Body: "Hi"},
	})
	require.NoError(t, err)
	fake.Number("num_2").Disconnect()
	ended := make(chan error, 2)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	go func() {
		_, err := number.Messages.Wait(ctx, accepted.ID, pilotstatus.WaitMessageOptions{Interval: slowly})
		ended <- err
	}()
	go func() {
		_, err := tenant.Numbers.WaitConnected(ctx, "num_2", pilotstatus.WaitConnectedOptions{StatusInterval: slowly})
		ended <- err
	}()
	for _, op := range []string{"Messages.Get", "Numbers.Status"} {
		require.Eventually(t, func() bool { return asked(fake, op) > 1 }, 10*time.Second, time.Millisecond, op)
	}
	fake.Advance(time.Minute)
	fake.Number("num_2").Connect()
	require.NoError(t, <-ended)
	require.NoError(t, <-ended)
}

// asked counts the requests to an operation.
func asked(fake *pilotstatustest.Server, op string) (n int) {
	for _, r := range fake.Requests() {
		if r.Op == op {
			n++
		}
	}
	return n
}
