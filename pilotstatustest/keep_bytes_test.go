package pilotstatustest_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// Bodies and files are bounded by their bytes; the oldest go first.
func TestKeepBytes(t *testing.T) {
	t.Parallel()
	const limit = 1 << 20
	fake := pilotstatustest.NewServer(t, pilotstatustest.WithClock(epoch()), pilotstatustest.WithKeepBytes(limit))
	number := newCaller(t, fake.URL, fake.NumberKey("num_1"))
	ada := fake.Number("num_1").As("+5511999999999")
	big := fmt.Sprintf(`{"destinationNumber":"+5511999999999","media":"data:image/png;base64,%s","mediaType":"image"}`, strings.Repeat("A", 100<<10))
	for range 15 {
		assert.Equal(t, http.StatusBadRequest, number.do(t, "POST", sendPath, big[:len(big)-1]).status)
	}
	var ids, files []string
	for range 30 {
		ids = append(ids, number.send(t, big))
		fake.Advance(time.Second)
		id, err := ada.SendFile(pilotstatustest.File{Kind: "image", Data: make([]byte, 50<<10)}, "")
		require.NoError(t, err)
		files = append(files, id)
	}
	held := 0
	for _, m := range fake.Messages() {
		held += len(m.Body)
	}
	for _, id := range files {
		if f, err := fake.MessageFile(id, "media"); err == nil {
			held += len(f.Data)
		}
	}
	assert.LessOrEqual(t, held, limit)
	assert.Greater(t, held, limit/2)
	lost := fake.Lost()
	assert.Equal(t, 30-len(fake.Messages()), lost.Messages)
	assert.Positive(t, lost.Files)
	assert.Equal(t, 45-len(fake.Requests()), lost.Requests)
	_, err := fake.Message(ids[0])
	unknown, ok := errors.AsType[*pilotstatustest.UnknownIDError](err)
	require.True(t, ok)
	assert.True(t, unknown.Dropped)
	assert.Equal(t, http.StatusNotFound, number.do(t, "GET", "/v1/messages/"+ids[0], "").status)
	_, err = fake.Message(ids[29])
	require.NoError(t, err)
	_, err = fake.Message("msg_999999")
	unknown, ok = errors.AsType[*pilotstatustest.UnknownIDError](err)
	require.True(t, ok)
	assert.False(t, unknown.Dropped)
}

// Writers and readers at once, while almost everything is dropped: what is listed is there
// or said to be dropped, and a key is repeated whatever became of its message.
func TestDroppingUnderLoad(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t, pilotstatustest.WithKeep(10))
	first := newCaller(t, fake.URL, fake.NumberKey("num_1")).with("Idempotency-Key", "first")
	accepted := first.send(t, text)
	var group sync.WaitGroup
	for i := range 16 {
		group.Go(func() {
			number := newCaller(t, fake.URL, fake.NumberKey("num_"+strconv.Itoa(i%2+1)))
			for n := range 20 {
				got := number.with("Idempotency-Key", fmt.Sprint(i, " ", n)).try("POST", sendPath, template)
				assert.Equal(t, http.StatusAccepted, got.status)
			}
		})
		group.Go(func() {
			for range 20 {
				page := fake.FindMessages(pilotstatustest.MessageQuery{Limit: 20})
				assert.LessOrEqual(t, len(page.Messages), 20)
				for _, m := range page.Messages {
					_, err := fake.Message(m.ID)
					if unknown, ok := errors.AsType[*pilotstatustest.UnknownIDError](err); ok {
						assert.True(t, unknown.Dropped, m.ID)
					} else {
						assert.NoError(t, err)
					}
				}
				for _, chat := range fake.Conversations("num_1").Conversations {
					assert.LessOrEqual(t, chat.Messages, 10)
				}
			}
		})
	}
	group.Wait()
	assert.Len(t, fake.Messages(), 10)
	assert.Equal(t, 311, fake.Lost().Messages)
	again := first.do(t, "POST", sendPath, text)
	assert.Equal(t, "true", again.header.Get("Idempotent-Replayed"))
	assert.Contains(t, string(again.body), accepted)
}

// Below their share, events that wait are not dropped for messages; above it, messages are not
// dropped for events, and a large event that stays lets other things be dropped all the same.
func TestEventsAndMessagesHaveTheirShares(t *testing.T) {
	t.Parallel()
	const limit = 1 << 20
	fake := pilotstatustest.NewServer(t, pilotstatustest.WithClock(epoch()), pilotstatustest.WithKeepBytes(limit))
	fake.Tenant().DeliveryRetries(5, time.Hour)
	number := newCaller(t, fake.URL, fake.NumberKey("num_1"))
	fake.Tenant().AddWebhook("num_1", "", "http://127.0.0.1:1/", "message.received")
	held := func() (bytes int) {
		for _, m := range fake.Messages() {
			bytes += len(m.Body)
		}
		return bytes
	}
	fill := func() {
		for range 30 {
			number.send(t, `{"destinationNumber":"+5511999999999","text":"x","y":"`+strings.Repeat("x", limit/10)+`"}`)
			fake.Advance(time.Second)
		}
		assert.LessOrEqual(t, held(), limit)
		assert.Greater(t, held(), limit/3)
	}
	person := fake.Number("num_1").As("+5511999999999")
	for range 5 {
		_, err := person.Say("Hello", "")
		require.NoError(t, err)
	}
	fill()
	assert.Equal(t, 5, fake.FindDeliveries(pilotstatustest.DeliveryQuery{}).Waiting)

	_, err := person.Say(strings.Repeat("😀", 65_536), "")
	require.NoError(t, err)
	fill()
	_, err = fake.Message(fake.Messages()[0].ID)
	require.NoError(t, err)
}

// An event that alone is more than the share of deliveries reaches each of its receivers.
func TestLargeEventGoesOut(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t, pilotstatustest.WithClock(epoch()), pilotstatustest.WithKeepBytes(100_000))
	got := make(chan string, 10)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- r.URL.Path }))
	defer receiver.Close()
	for _, path := range []string{"/a", "/b"} {
		fake.Tenant().AddWebhook("num_1", "", receiver.URL+path, "message.received")
	}
	for range 3 {
		_, err := fake.Number("num_1").As("+5511999999999").Say(strings.Repeat("x", 60_000), "")
		require.NoError(t, err)
		require.NoError(t, fake.Flush(t.Context()))
		require.Len(t, got, 2)
		assert.ElementsMatch(t, []string{"/a", "/b"}, []string{<-got, <-got})
	}
}

// Whatever it is that comes in, WithKeepBytes drops it for what comes after.
func TestKeepBytesOfWhatComesIn(t *testing.T) {
	t.Parallel()
	const limit = 640_000 // ten texts that a phone can send
	big := strings.Repeat("x", limit/10)
	for name, bring := range map[string]func(t *testing.T, fake *pilotstatustest.Server, number *caller){
		"texts": func(_ *testing.T, fake *pilotstatustest.Server, _ *caller) {
			fake.Number("num_1").Receive(pilotstatustest.Inbound{From: "+5511999999999", Text: big})
		},
		"names": func(_ *testing.T, fake *pilotstatustest.Server, _ *caller) {
			fake.Number("num_1").Receive(pilotstatustest.Inbound{From: "+5511999999999", FileName: big})
		},
		"referrals": func(_ *testing.T, fake *pilotstatustest.Server, _ *caller) {
			fake.Number("num_2").AddReferral(pilotstatustest.Referral{From: "+5511999999999", Body: big})
		},
		"captions": func(t *testing.T, fake *pilotstatustest.Server, _ *caller) {
			_, err := fake.Number("num_1").As("+5511999999999").SendFile(pilotstatustest.File{Kind: "image"}, big)
			require.NoError(t, err)
		},
		"forms": func(t *testing.T, fake *pilotstatustest.Server, number *caller) {
			id := number.send(t, flow)
			fake.Advance(time.Second)
			_, err := fake.Number("num_1").As("+5511999999999").Submit(id, map[string]any{"x": big})
			require.NoError(t, err)
		},
		"headers": func(t *testing.T, _ *pilotstatustest.Server, number *caller) {
			number.with("X-Long", big).do(t, "GET", "/v1/messages/x", "")
		},
		"queries": func(t *testing.T, _ *pilotstatustest.Server, number *caller) {
			number.do(t, "GET", "/v1/messages/x?"+big, "")
		},
		"layouts": func(t *testing.T, _ *pilotstatustest.Server, number *caller) {
			made := number.do(t, "POST", "/v1/templates", `{"name":"layout","body":{"body":{"text":"hello"}}}`)
			if made.status != http.StatusCreated {
				require.Equal(t, http.StatusConflict, made.status, "%s", made.body)
			}
			changed := number.do(t, "PUT", "/v1/templates/layout", `{"body":{"body":{"text":"hello"},"y":"`+big+`"}}`)
			require.Equal(t, http.StatusOK, changed.status, "%s", changed.body)
			number.send(t, `{"destinationNumber":"+5511999999999","templateId":"layout","variables":{}}`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := pilotstatustest.NewServer(t, pilotstatustest.WithClock(epoch()), pilotstatustest.WithKeepBytes(limit))
			number := newCaller(t, fake.URL, fake.NumberKey("num_1"))
			for range 30 {
				bring(t, fake, number)
				fake.Advance(time.Second)
			}
			held := len(fake.Snapshot())
			for _, r := range fake.Requests() {
				held += len(r.RawQuery) + len(r.Header.Get("X-Long")) + len(r.Body)
			}
			assert.LessOrEqual(t, held, limit*5/4)
			assert.Greater(t, fake.FindMessages(pilotstatustest.MessageQuery{}).Total+len(fake.Requests()), 5, "no more is dropped than has to be")
			lost := fake.Lost()
			assert.Greater(t, lost.Messages+lost.Received+lost.Requests, 15)
		})
	}
}
