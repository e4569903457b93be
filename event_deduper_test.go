package pilotstatus

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func claim(t *testing.T, d Deduper, key string) ClaimState {
	t.Helper()
	state, err := d.Claim(t.Context(), key, time.Minute)
	require.NoError(t, err)
	return state
}

func TestMemoryDeduper(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := NewMemoryDeduper(0, 0)
		assert.Equal(t, ClaimFresh, claim(t, d, "a"))
		assert.Equal(t, ClaimBusy, claim(t, d, "a"))
		require.NoError(t, d.Release(t.Context(), "a"))
		assert.Equal(t, ClaimFresh, claim(t, d, "a"))
		time.Sleep(time.Minute) // the lease ends
		assert.Equal(t, ClaimFresh, claim(t, d, "a"))
		require.NoError(t, d.Done(t.Context(), "a"))
		assert.Equal(t, ClaimDone, claim(t, d, "a"))
		require.NoError(t, d.Release(t.Context(), "a")) // too late
		require.NoError(t, d.Done(t.Context(), "a"))    // twice
		assert.Equal(t, ClaimDone, claim(t, d, "a"))
		time.Sleep(24*time.Hour - time.Nanosecond)
		assert.Equal(t, ClaimDone, claim(t, d, "a"))
		time.Sleep(time.Nanosecond)
		assert.Equal(t, ClaimFresh, claim(t, d, "a"))
	})
}

func TestZeroMemoryDeduper(t *testing.T) {
	t.Parallel()
	var d MemoryDeduper
	require.NoError(t, d.Release(t.Context(), "a"))
	assert.Equal(t, ClaimFresh, claim(t, &d, "a"))
	require.NoError(t, d.Done(t.Context(), "a"))
	assert.Equal(t, ClaimDone, claim(t, &d, "a"))
	assert.Equal(t, defaultDedupeSize, d.memory().size)
}

// What is done is forgotten from the oldest on; what is worked on never is.
func TestMemoryDeduperIsBounded(t *testing.T) {
	t.Parallel()
	d := NewMemoryDeduper(3, time.Hour)
	assert.Equal(t, ClaimFresh, claim(t, d, "running"))
	for i := range 1000 {
		key := strconv.Itoa(i)
		assert.Equal(t, ClaimFresh, claim(t, d, key))
		require.NoError(t, d.Done(t.Context(), key))
		assert.LessOrEqual(t, len(d.memory().claims), 4)
		assert.LessOrEqual(t, d.memory().done.Len(), 3)
		assert.LessOrEqual(t, cap(d.memory().done.events), 16)
	}
	assert.Equal(t, ClaimBusy, claim(t, d, "running"))
	assert.Equal(t, ClaimDone, claim(t, d, "997"))
	assert.Equal(t, ClaimFresh, claim(t, d, "996"))
}

// Claims whose owner died do not stay for ever.
func TestMemoryDeduperForgetsDeadOwners(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := NewMemoryDeduper(10, time.Hour)
		for i := range 1000 {
			assert.Equal(t, ClaimFresh, claim(t, d, strconv.Itoa(i)))
			time.Sleep(10 * time.Second) // six of them are alive at a time
		}
		assert.LessOrEqual(t, len(d.memory().claims), 20)
		assert.Equal(t, ClaimBusy, claim(t, d, "999"))
	})
}

// 10,000 deliveries of message statuses, each up to four times, in random order, from
// 16 connections: every event is handled once, every message ends in its last status,
// and the deduper stays within its bounds.
func TestDeliveryStorm(t *testing.T) {
	t.Parallel()
	const messages, connections, remembered = 3_400, 16, 12_000
	var mu sync.Mutex
	handled := make(map[string]int)
	statuses := make(map[string]MessageStatus)
	deduper := NewMemoryDeduper(remembered, time.Hour)
	h := newTestHandler(t, func(_ context.Context, event Event) error {
		mu.Lock()
		defer mu.Unlock()
		handled[event.DedupeKey()]++
		status, ok := event.(interface{ Status() MessageStatus })
		if !ok {
			return fmt.Errorf("unexpected %T", event)
		}
		id := messageIDOf(event)
		if status.Status().Supersedes(statuses[id]) {
			statuses[id] = status.Status()
		}
		return nil
	}, WithWebhookDeduper(deduper))
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)

	random := rand.New(rand.NewPCG(1, 2))
	var deliveries []string
	want := make(map[string]MessageStatus)
	for i := range messages {
		id := "msg_" + strconv.Itoa(i)
		names := []string{EventMessageSent, EventMessageDelivered, EventMessageRead}
		want[id] = MessageStatusRead
		if i%5 == 0 {
			names, want[id] = []string{EventMessageSent, EventMessageFailed}, MessageStatusFailed
		}
		for _, name := range names {
			body := fmt.Sprintf(`{"event":%q,"data":{"numberId":"num_1","messageId":null,"id":%q,"fromMe":true,`+
				`"createdAt":"2026-11-03T14:11:07.120Z","to":"+5521900000002","error":"why"}}`, name, id)
			for range 1 + random.IntN(4) {
				deliveries = append(deliveries, body)
			}
		}
	}
	require.Greater(t, len(deliveries), 10_000)
	random.Shuffle(len(deliveries), func(i, j int) { deliveries[i], deliveries[j] = deliveries[j], deliveries[i] })

	queue := make(chan string)
	var senders sync.WaitGroup
	for range connections {
		senders.Go(func() { deliverAll(t, server, queue) })
	}
	for _, body := range deliveries {
		queue <- body
	}
	close(queue)
	senders.Wait()

	assert.Equal(t, want, statuses)
	for key, times := range handled {
		assert.Equal(t, 1, times, key)
	}
	assert.Len(t, handled, messages/5*2+messages/5*4*3)
	assert.LessOrEqual(t, len(deduper.memory().claims), remembered)
}

// deliverAll delivers what comes from the queue, again where the receiver is busy.
func deliverAll(t *testing.T, server *httptest.Server, queue <-chan string) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 1}}
	defer client.CloseIdleConnections()
	for body := range queue {
		for {
			r := webhookRequest(t.Context(), body)
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, r.Body)
			if err != nil {
				t.Error(err)
				return
			}
			req.Header = r.Header
			resp, err := client.Do(req)
			if err != nil {
				t.Error(err)
				return
			}
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				break
			}
			if !assert.Equal(t, http.StatusServiceUnavailable, resp.StatusCode) {
				return
			}
		}
	}
}

func messageIDOf(event Event) string {
	switch event := event.(type) {
	case *MessageStatusEvent:
		return event.ID
	case *MessageFailedEvent:
		return event.ID
	}
	return ""
}

// Any order of the same statuses ends in the same one, and a receipt is proof.
func TestSupersedes(t *testing.T) {
	t.Parallel()
	order := []MessageStatus{
		MessageStatusQueued, MessageStatusSent, MessageStatusCanceled, MessageStatusFailed,
		MessageStatusDelivered, MessageStatusRead,
	}
	for i, a := range order {
		for j, b := range order {
			assert.Equal(t, i > j, a.Supersedes(b), "%s, %s", a, b)
		}
		assert.True(t, a.Supersedes("PAUSED"))
		assert.True(t, a.Supersedes(""))
		assert.False(t, MessageStatus("PAUSED").Supersedes(a))
	}
	assert.False(t, MessageStatus("PAUSED").Supersedes("HELD"))
	assert.False(t, MessageStatus("HELD").Supersedes("PAUSED"))
	assert.False(t, MessageStatus("HELD").Supersedes("HELD"))

	random := rand.New(rand.NewPCG(3, 4))
	all := append([]MessageStatus{"PAUSED"}, order...)
	for range 1000 {
		random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		var status MessageStatus
		for _, next := range all {
			if next.Supersedes(status) {
				status = next
			}
		}
		assert.Equal(t, MessageStatusRead, status)
	}
}
