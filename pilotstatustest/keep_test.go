package pilotstatustest_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// heap is how many bytes are in use.
func heap() int {
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return int(stats.HeapAlloc)
}

// growth sends so many messages without a connection and returns how many bytes each of
// them added to the heap. Each has an idempotency key of its own that begins with a
// prefix, unless that is "".
func growth(t *testing.T, fake *pilotstatustest.Server, count int, prefix string) float64 {
	t.Helper()
	key := fake.NumberKey("num_1")
	before := heap()
	for i := range count {
		r := httptest.NewRequest(http.MethodPost, sendPath, strings.NewReader(text))
		r.Header.Set("Accept", "application/json")
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("User-Agent", "pilotstatus-go/1.0.0")
		r.Header.Set("X-Api-Key", key)
		if prefix != "" {
			r.Header.Set(keyHeader, prefix+strconv.Itoa(i))
		}
		w := httptest.NewRecorder()
		fake.ServeHTTP(w, r)
		require.Equal(t, http.StatusAccepted, w.Code)
	}
	grown := heap() - before
	runtime.KeepAlive(fake)
	return float64(grown) / float64(count)
}

// The memory of messages is bounded, and that of a key is at most 128 bytes.
func TestKeepBoundsMemory(t *testing.T) { //nolint:paralleltest // the heap is that of the whole process
	fake := pilotstatustest.NewServer(t, pilotstatustest.WithClock(epoch()), pilotstatustest.WithKeep(1000))
	growth(t, fake, 2000, "")
	message := growth(t, fake, 100_000, "")
	t.Logf("%.1f bytes for each message without a key", message)
	assert.Less(t, message, 10.0)
	key := growth(t, fake, 100_000, "order-")
	t.Logf("%.1f bytes for each idempotency key", key)
	assert.Less(t, key, 128.0)
	assert.Len(t, fake.Messages(), 1000)
	assert.Len(t, fake.Requests(), 1000)

	all := pilotstatustest.NewServer(t, pilotstatustest.WithClock(epoch()))
	each := growth(t, all, 50_000, "order-")
	t.Logf("%.1f bytes for each message with a key where all are kept", each)
	assert.Less(t, each, 2000.0)
	assert.Len(t, all.Messages(), 50_000)
}

// kept starts a server that keeps three messages, with a caller for num_1.
func kept(t *testing.T) (*pilotstatustest.Server, *caller) {
	t.Helper()
	fake := pilotstatustest.NewServer(t, pilotstatustest.WithClock(epoch()), pilotstatustest.WithKeep(3))
	return fake, newCaller(t, fake.URL, fake.NumberKey("num_1"))
}

func TestKeepDropsTheOldest(t *testing.T) {
	t.Parallel()
	fake, number := kept(t)
	var ids []string
	for range 5 {
		ids = append(ids, number.send(t, text))
	}
	var left []string
	for _, m := range fake.Messages() {
		left = append(left, m.ID)
	}
	assert.Equal(t, ids[2:], left)
	assert.Len(t, fake.Requests(), 3)
	assert.Equal(t, http.StatusAccepted, lastRequest(fake).Status)

	fake.Advance(time.Minute)
	for i, id := range ids {
		status := http.StatusOK
		if i < 2 {
			status = http.StatusNotFound
		}
		assert.Equal(t, status, number.do(t, "GET", "/v1/messages/"+id, "").status, id)
	}
	out := number.object(t, http.StatusOK, "DELETE", "/v1/messages/cancel", `{"messageIds":["`+ids[1]+`","`+ids[2]+`"]}`)
	failed, err := json.Marshal(out["failed"])
	require.NoError(t, err)
	assert.JSONEq(t, `[{"id":"`+ids[1]+`","reason":"not found"},{"id":"`+ids[2]+`","reason":"already sent"}]`, string(failed))
}

// What is not SENT has no external id, and "" does not find it.
func TestNoMessageWithoutAnID(t *testing.T) {
	t.Parallel()
	tb := new(fakeTB)
	fake := pilotstatustest.NewServer(tb, pilotstatustest.WithClock(epoch()))
	defer fake.Close()
	newCaller(t, fake.URL, fake.NumberKey("num_1")).send(t, text)
	fake.Tenant().SetMessageStatus("", "READ", "")
	assert.Equal(t, []string{`pilotstatustest: no message ""`}, tb.failures)
}

// A dropped message is found by none of its ids, the others by all of theirs.
func TestMessageIDs(t *testing.T) {
	t.Parallel()
	fake, number := kept(t)
	number.send(t, text)
	fake.Advance(time.Minute)
	first := fake.Messages()[0]
	ids := []string{first.ID, first.CorrelationID, first.ExternalID}
	for _, id := range ids {
		out := number.object(t, http.StatusOK, "GET", "/v1/messages/"+url.PathEscape(id), "")
		assert.Equal(t, first.ID, out["id"])
	}
	for _, id := range []string{"msg_", "1", "_" + first.ID, first.ID + "0", strings.Replace(first.ID, "msg", "corr", 1), first.ExternalID + "="} {
		assert.Equal(t, http.StatusNotFound, number.do(t, "GET", "/v1/messages/"+url.PathEscape(id), "").status, id)
	}
	for range 3 {
		number.send(t, text)
	}
	for _, id := range ids {
		assert.Equal(t, http.StatusNotFound, number.do(t, "GET", "/v1/messages/"+url.PathEscape(id), "").status, id)
	}
}

func TestDroppedMessagesStandStill(t *testing.T) {
	t.Parallel()
	fake, number := kept(t)
	r := newReceiver(t, nil)
	webhook := hook(t, number, r.URL, "message.sent", "message.failed")
	for range 5 {
		number.send(t, text)
	}
	fake.Advance(time.Minute)
	flush(t, fake)
	assert.Len(t, r.got(), 3)
	number.send(t, text)
	fake.Advance(time.Minute)
	flush(t, fake)
	assert.Len(t, r.got(), 4)
	assert.Len(t, number.list(t, webhooksPath+"/"+webhook+"/logs"), 3)
}

func TestKeepBoundsTheInbox(t *testing.T) {
	t.Parallel()
	fake, number := kept(t)
	person := func(i int) string { return "+551190000100" + strconv.Itoa(i) }
	sendTo := func(i int) { number.send(t, `{"destinationNumber":"`+person(i)+`","text":"hello"}`) }
	for i := range 3 {
		sendTo(i)
	}
	assert.Len(t, number.inboxRows(t, historyPath), 3)
	sendTo(3)
	history := number.inboxRows(t, historyPath)
	assert.Equal(t, strings.Join([]string{person(3), person(2), person(1)}, " "), inboxColumn(history, "participantPhone"))
	assert.Len(t, number.inboxRows(t, conversationsPath), 3)

	for i := range 3 {
		fake.Number("num_1").Receive(inboundMessage{From: person(5 + i), Text: "hi"})
	}
	assert.Len(t, number.inboxRows(t, historyPath), 3)
	conversations := number.inboxRows(t, conversationsPath)
	assert.Equal(t, strings.Join([]string{person(7), person(6), person(5)}, " "), inboxColumn(conversations, "from"))
	assert.Len(t, number.inboxRows(t, unreadPath), 3)
	sendTo(1)
	assert.Len(t, number.inboxRows(t, conversationsPath), 3, "the chat is open again")

	// The sends of another number drop the last one of this number, and its row.
	meta := newCaller(t, fake.URL, fake.NumberKey("num_2"))
	assert.Empty(t, meta.inboxRows(t, historyPath))
	for range 3 {
		meta.send(t, template)
	}
	assert.Equal(t, strings.Join([]string{person(7), person(6)}, " "), inboxColumn(number.inboxRows(t, historyPath), "participantPhone"))
	assert.Len(t, meta.inboxRows(t, historyPath), 3)
}

// A retry of a send whose message was dropped is no second send.
func TestAKeyOutlivesItsMessage(t *testing.T) {
	t.Parallel()
	fake, number := kept(t)
	flow := `{"destinationNumber":"+5511999999999","flow":{"flowId":"1","cta":"Go"}}`
	for _, body := range []string{text, flow} {
		keyed := number.with(keyHeader, "order-"+strconv.Itoa(len(body)))
		first := keyed.do(t, "POST", sendPath, body)
		require.Equal(t, http.StatusAccepted, first.status, "%s", first.body)
		for range 4 {
			number.send(t, text)
		}
		left := fake.Messages()

		again := keyed.do(t, "POST", sendPath, body)
		assert.Equal(t, http.StatusAccepted, again.status)
		assert.Equal(t, "true", again.header.Get("Idempotent-Replayed"))
		assert.Equal(t, string(first.body), string(again.body))
		other := keyed.do(t, "POST", sendPath, body+" ")
		assert.Equal(t, "IDEMPOTENCY_KEY_REUSED", other.code())
		assert.Equal(t, left, fake.Messages())
	}
}

// Below 1 there is no bound.
func TestKeepEverything(t *testing.T) {
	t.Parallel()
	for _, keep := range []int{0, -1} {
		fake := pilotstatustest.NewServer(t, pilotstatustest.WithKeep(keep))
		number := newCaller(t, fake.URL, fake.NumberKey("num_1"))
		for range 5 {
			number.send(t, text)
		}
		assert.Len(t, fake.Messages(), 5)
		assert.Len(t, fake.Requests(), 5)
	}
}

// Writers and readers at once, which the race detector watches.
func TestKeepWhileManyWrite(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t, pilotstatustest.WithKeep(10))
	number := fake.NumberClient("num_1")
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			for range 20 {
				accepted, err := number.Messages.Send(t.Context(), pilotstatus.SendRequest{
					To: pilotstatus.Phone("+5511999999999"), Content: pilotstatus.TextContent{Body: "hello"},
				})
				if err != nil {
					t.Error(err)
					return
				}
				_, err = number.Messages.Get(t.Context(), accepted.ID)
				if _, dropped := errors.AsType[*pilotstatus.NotFoundError](err); err != nil && !dropped {
					t.Error(err)
				}
				assert.LessOrEqual(t, len(fake.Messages()), 10)
				assert.LessOrEqual(t, len(fake.Requests()), 10)
			}
		})
	}
	group.Wait()
	assert.Len(t, fake.Messages(), 10)
}
