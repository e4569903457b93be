package pilotstatustest_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// Tries that wait run when the clock of the server says so.
func TestAdvanceRunsRepeats(t *testing.T) {
	t.Parallel()
	for _, opts := range [][]pilotstatustest.Option{nil, {pilotstatustest.WithClock(epoch())}} {
		fake := pilotstatustest.NewServer(t, opts...)
		var calls atomic.Int64
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if calls.Add(1) == 1 {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
		}))
		defer server.Close()
		fake.Tenant().DeliveryRetries(3, time.Hour)
		fake.Tenant().AddWebhook("num_1", "", server.URL, "message.received")
		begin := fake.Seq()
		fake.Number("num_1").Receive(pilotstatustest.Inbound{From: "+5511999999999", Text: "hi"})
		for c, err := range fake.WatchFrom(t.Context(), begin) {
			require.NoError(t, err)
			page := fake.FindDeliveries(pilotstatustest.DeliveryQuery{Failed: true})
			if c.Kind == pilotstatustest.ChangeDelivery && page.Total == 1 {
				assert.Equal(t, 1, page.Waiting)
				assert.WithinDuration(t, fake.Now().Add(time.Hour), page.Deliveries[0].NextAt, time.Minute)
				break
			}
		}
		fake.Advance(time.Hour)
		require.NoError(t, fake.Flush(t.Context()))
		got := fake.FindDeliveries(pilotstatustest.DeliveryQuery{}).Deliveries[0]
		assert.Equal(t, pilotstatustest.DeliveryAccepted, got.State)
		require.Len(t, got.Attempts, 2)
		assert.Equal(t, 503, got.Attempts[0].Status)
		assert.Equal(t, 200, got.Attempts[1].Status)
		assert.Len(t, got.Attempts[1].Signature, 64)
	}
}

func TestDeliveriesAgainAndOutOfOrder(t *testing.T) {
	t.Parallel()
	fake, _ := frozen(t)
	r := newReceiver(t, nil)
	fake.Tenant().AddWebhook("num_1", "", r.URL, "message.received")
	say := func(text string) string {
		fake.Number("num_1").Receive(pilotstatustest.Inbound{From: "+5511999999999", Text: text})
		flush(t, fake)
		return fake.FindDeliveries(pilotstatustest.DeliveryQuery{Limit: 1}).Deliveries[0].ID
	}
	contents := func() (all []string) {
		flush(t, fake)
		for _, one := range r.got() {
			all = append(all, one.event(t)["data"].(map[string]any)["content"].(string))
		}
		return all
	}
	first := say("one")
	require.NoError(t, fake.Redeliver(t.Context(), first, pilotstatustest.DeliverTimes(2)))
	require.NoError(t, fake.DeliverLater(first))
	assert.Equal(t, pilotstatustest.DeliveryWaiting, fake.FindDeliveries(pilotstatustest.DeliveryQuery{}).Deliveries[0].State)
	say("two")
	assert.Equal(t, []string{"one", "one", "one", "two", "one"}, contents())
	page := fake.FindDeliveries(pilotstatustest.DeliveryQuery{Before: "dlv_000002"})
	require.Len(t, page.Deliveries, 1)
	assert.Equal(t, 2, page.Total)
	assert.Len(t, page.Deliveries[0].Attempts, 4)
	assert.True(t, page.Deliveries[0].Attempts[1].ByHand)

	require.NoError(t, fake.DeliverLater(first))
	assert.Equal(t, 1, fake.DeliverNow(first))
	assert.Equal(t, "one", contents()[5])
	require.NoError(t, fake.DeliverLater(first))
	require.NoError(t, fake.DeliverLater("dlv_000002"))
	assert.Equal(t, 2, fake.DeliverNow(""))
	assert.Equal(t, []string{"one", "two"}, contents()[6:])

	err := fake.Redeliver(t.Context(), "dlv_000009")
	unknown, ok := errors.AsType[*pilotstatustest.UnknownIDError](err)
	require.True(t, ok)
	assert.False(t, unknown.Dropped)
}

// The address that a name stands for is asked about, redirects are not followed.
func TestDialControl(t *testing.T) {
	t.Parallel()
	var asked []netip.AddrPort
	var allowed atomic.Bool
	var elsewhere atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	defer other.Close()
	server := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusFound))
	defer server.Close()
	fake := pilotstatustest.NewServer(t, pilotstatustest.WithClock(epoch()), pilotstatustest.WithDialControl(func(to netip.AddrPort) error {
		asked = append(asked, to) // one delivery at a time
		if !allowed.Load() {
			return errors.New("use -deliver-to")
		}
		return nil
	}))
	fake.Tenant().DeliveryRetries(0, 0)
	fake.Tenant().AddWebhook("num_1", "", server.URL)
	receive := func() pilotstatustest.DeliveryAttempt {
		fake.Number("num_1").Receive(pilotstatustest.Inbound{From: "+5511999999999"})
		flush(t, fake)
		return fake.FindDeliveries(pilotstatustest.DeliveryQuery{}).Deliveries[0].Attempts[0]
	}
	assert.Contains(t, receive().Error, "use -deliver-to")
	allowed.Store(true)
	assert.Equal(t, http.StatusFound, receive().Status)
	assert.True(t, asked[0].Addr().IsLoopback())
	assert.Zero(t, elsewhere.Load())
}

// A receiver that hangs holds up no send, and what waits for it is bounded.
func TestAReceiverThatHangs(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t, pilotstatustest.WithClock(epoch()), pilotstatustest.WithKeep(20))
	hang := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-hang:
		case <-r.Context().Done():
		}
	}))
	defer server.Close()
	defer close(hang)
	fake.Tenant().DeliveryTimeout(time.Minute)
	for range 3 {
		fake.Tenant().AddWebhook("num_1", "", server.URL)
	}
	number := newCaller(t, fake.URL, fake.NumberKey("num_1"))
	before := runtime.NumGoroutine()
	for range 100 {
		number.send(t, text)
		fake.Advance(time.Second)
	}
	assert.Less(t, runtime.NumGoroutine(), before+100)
	page := fake.FindDeliveries(pilotstatustest.DeliveryQuery{})
	assert.Equal(t, 3*20, page.Total)
	assert.Equal(t, 3*(300-20), page.Dropped)
	assert.Equal(t, 3*20, page.Waiting)
	assert.GreaterOrEqual(t, fake.Lost().Undelivered, 3*(300-20-1), "the queue is bounded too")
}
