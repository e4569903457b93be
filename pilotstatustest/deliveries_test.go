package pilotstatustest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

func TestSubscriptions(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	meta := newCaller(t, fake.URL, fake.NumberKey("num_2"))
	r := newReceiver(t, nil)
	some := hook(t, number, r.URL+"/some", "message.sent", "message.read")
	hook(t, number, r.URL+"/none")
	hook(t, meta, r.URL+"/foreign", "*")
	paused := hook(t, number, r.URL+"/paused", "*")
	number.object(t, 200, "PATCH", webhooksPath+"/"+paused, `{"active":false}`)
	deleted := hook(t, number, r.URL+"/deleted", "*")
	number.object(t, 200, "DELETE", webhooksPath+"/"+deleted, "")
	paths := func() string {
		t.Helper()
		fake.Advance(time.Minute)
		flush(t, fake)
		var all []string
		for _, one := range r.got() {
			all = append(all, one.path+" "+strings.TrimPrefix(one.event(t)["event"].(string), "message."))
		}
		r.forget()
		return strings.Join(all, ", ")
	}
	number.send(t, text)
	assert.Equal(t, "/some sent, /some read", paths())

	number.object(t, 200, "PATCH", webhooksPath+"/"+some, `{"events":["message.delivered"],"url":"`+r.URL+`/moved"}`)
	number.send(t, text)
	assert.Equal(t, "/moved delivered", paths())
	number.object(t, 200, "PATCH", webhooksPath+"/"+some, `{"events":[]}`)
	number.object(t, 200, "PATCH", webhooksPath+"/"+paused, `{"active":true,"events":["message.failed"]}`)
	fake.Number("num_1").FailNext("CODE", "text")
	number.send(t, text)
	assert.Equal(t, "/paused failed", paths(), "it goes on")
	meta.send(t, template)
	assert.Equal(t, "/foreign sent, /foreign delivered, /foreign read", paths())
}

func TestTwoWebhooksOfOneURL(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	r := newReceiver(t, nil)
	for range 2 {
		hook(t, number, r.URL, "message.sent")
	}
	number.send(t, text)
	fake.Advance(time.Minute)
	flush(t, fake)
	require.Len(t, r.got(), 2)
	assert.Equal(t, r.got()[0].body, r.got()[1].body)
}

func TestRedelivery(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	fake.Tenant().DeliveryRetries(2, time.Millisecond)
	for _, row := range []struct {
		answers func(http.ResponseWriter, *http.Request, int)
		log     string // newest first
	}{
		{answers(204), "SUCCESS 204"},
		{answers(500, 404, 201), "SUCCESS 201, FAILED 404, FAILED 500"},
		{answers(503), "FAILED 503, FAILED 503, FAILED 503"},
		{func(w http.ResponseWriter, r *http.Request, nth int) {
			if nth == 1 {
				panic(http.ErrAbortHandler) // no answer
			}
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, "FAILED 307, FAILED 307, FAILED <nil>"},
	} {
		r := newReceiver(t, row.answers)
		id := hook(t, number, r.URL+"/ps", "message.sent")
		number.send(t, text)
		fake.Advance(time.Minute)
		flush(t, fake)
		var log []string
		for _, entry := range number.list(t, webhooksPath+"/"+id+"/logs") {
			log = append(log, fmt.Sprint(entry["status"], " ", entry["statusCode"]))
			assert.Equal(t, entry["statusCode"] == nil, entry["durationMs"] == nil)
			payload, err := json.Marshal(entry["payload"])
			require.NoError(t, err)
			assert.JSONEq(t, r.got()[0].body, string(payload))
		}
		assert.Equal(t, row.log, strings.Join(log, ", "))
		require.Len(t, r.got(), len(log), "one row for each try")
		for _, one := range r.got() {
			assert.Equal(t, r.got()[0], one, "byte for byte the same, to the same path")
		}
		number.object(t, 200, "DELETE", webhooksPath+"/"+id, "")
	}
	r := newReceiver(t, answers(500))
	id := hook(t, number, r.URL, "message.sent")
	fake.Tenant().DeliveryRetries(0, time.Hour)
	number.send(t, text)
	fake.Advance(time.Minute)
	flush(t, fake)
	rows := number.list(t, webhooksPath+"/"+id+"/logs")
	require.Len(t, rows, 1)
	assert.Equal(t, "thanks", rows[0]["response"])
}

func TestRedeliveryWaitsLongerEachTime(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	fake.Tenant().DeliveryRetries(2, 40*time.Millisecond)
	var mu sync.Mutex
	var at []time.Time
	r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		mu.Lock()
		defer mu.Unlock()
		at = append(at, time.Now())
		w.WriteHeader(http.StatusBadGateway)
	})
	hook(t, number, r.URL, "message.sent")
	number.send(t, text)
	fake.Advance(time.Minute)
	flush(t, fake)
	mu.Lock()
	defer mu.Unlock()
	require.Len(t, at, 3)
	assert.GreaterOrEqual(t, at[1].Sub(at[0]), 40*time.Millisecond)
	assert.GreaterOrEqual(t, at[2].Sub(at[1]), 80*time.Millisecond)
}

func TestPausingAndDeletingEndRetries(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"PATCH", "DELETE"} {
		fake, number := frozen(t)
		fake.Tenant().DeliveryRetries(1_000_000, time.Millisecond)
		r := newReceiver(t, answers(500))
		id := hook(t, number, r.URL, "*")
		number.send(t, text)
		fake.Advance(time.Minute)
		require.Eventually(t, func() bool { return len(r.got()) > 3 }, 10*time.Second, time.Millisecond)
		body := map[string]string{"PATCH": `{"active":false}`}[method]
		require.Equal(t, 200, number.do(t, method, webhooksPath+"/"+id, body).status)
		flush(t, fake)
		assert.Equal(t, "message.sent", uniqueNames(t, r), "what waited is given up")
	}
}

// What happened in a pause is not told later, nor what was still waiting at its
// beginning.
func TestPauseIsForgotten(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	r := newReceiver(t, nil)
	id := hook(t, number, r.URL, "*")
	fake.Tenant().DelayDeliveries(200 * time.Millisecond)
	number.send(t, text)
	fake.Advance(time.Minute)
	number.object(t, 200, "PATCH", webhooksPath+"/"+id, `{"active":false}`)
	number.send(t, text)
	fake.Advance(time.Minute)
	number.object(t, 200, "PATCH", webhooksPath+"/"+id, `{"active":true}`)
	fake.Number("num_1").Disconnect()
	flush(t, fake)
	assert.Equal(t, "number.disconnected", r.names(t))
}

func TestCloseEndsDeliver(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.Start()
	var open sync.Map
	r := &receiver{answer: func(_ http.ResponseWriter, r *http.Request, nth int) {
		if nth > 1 {
			<-r.Context().Done()
		}
	}}
	r.Server = httptest.NewUnstartedServer(r)
	r.Server.Config.ConnState = func(conn net.Conn, state http.ConnState) {
		open.Store(conn, state != http.StateClosed)
	}
	r.Server.Start()
	t.Cleanup(r.Server.Close)
	fake.Tenant().DeliveryTimeout(time.Hour)
	require.NoError(t, fake.Deliver(t.Context(), r.URL, "{}"))
	failed := make(chan error, 1)
	go func() { failed <- fake.Deliver(context.Background(), r.URL, "{}") }()
	require.Eventually(t, func() bool { return len(r.got()) == 2 }, 10*time.Second, time.Millisecond)
	fake.Close()
	require.ErrorIs(t, <-failed, context.Canceled)

	fake = pilotstatustest.Start()
	r.forget()
	require.NoError(t, fake.Deliver(t.Context(), r.URL, "{}"))
	fake.Close()
	assert.Eventually(t, func() bool {
		all := true // closed
		open.Range(func(_, isOpen any) bool {
			still, _ := isOpen.(bool)
			all = all && !still
			return true
		})
		return all
	}, 5*time.Second, time.Millisecond, "connections are not kept")
}

func uniqueNames(t *testing.T, r *receiver) string {
	t.Helper()
	var names []string
	for name := range strings.SplitSeq(r.names(t), " > ") {
		if len(names) == 0 || names[len(names)-1] != name {
			names = append(names, name)
		}
	}
	return strings.Join(names, " > ")
}

// A receiver that does not answer holds up neither other webhooks nor the server.
func TestHangingReceiver(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	hanging := newReceiver(t, func(_ http.ResponseWriter, r *http.Request, _ int) { <-r.Context().Done() })
	healthy := newReceiver(t, nil)
	id := hook(t, number, hanging.URL, "*")
	hook(t, number, healthy.URL, "*")
	fake.Tenant().DeliveryTimeout(time.Hour)
	number.send(t, text)
	fake.Advance(time.Minute)
	require.Eventually(t, func() bool { return len(healthy.got()) == 3 && len(hanging.got()) == 1 }, 10*time.Second, time.Millisecond)
	assert.Empty(t, number.list(t, webhooksPath+"/"+id+"/logs"))

	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, fake.Flush(ctx), context.DeadlineExceeded)
	flushed := make(chan error, 1)
	go func() { flushed <- fake.Flush(context.Background()) }()
	began := time.Now()
	fake.Close()
	assert.Less(t, time.Since(began), 5*time.Second)
	require.EqualError(t, <-flushed, "pilotstatustest: Flush: the server is closed")
	require.Error(t, fake.Flush(t.Context()), "what was under way never arrived")
	fake.Number("num_1").Disconnect()
	require.Error(t, fake.Deliver(t.Context(), healthy.URL, "{}"))
	assert.Len(t, healthy.got(), 3, "a closed server delivers nothing")
}

func TestDeliveryTimeout(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	r := newReceiver(t, func(_ http.ResponseWriter, r *http.Request, nth int) {
		if nth == 1 {
			<-r.Context().Done()
		}
	})
	id := hook(t, number, r.URL, "message.sent")
	fake.Tenant().DeliveryTimeout(50 * time.Millisecond)
	fake.Tenant().DeliveryRetries(1, 0)
	number.send(t, text)
	fake.Advance(time.Minute)
	flush(t, fake)
	rows := number.list(t, webhooksPath+"/"+id+"/logs")
	require.Len(t, rows, 2)
	assert.Equal(t, []any{"SUCCESS", "FAILED"}, []any{rows[0]["status"], rows[1]["status"]})
	assert.Nil(t, rows[1]["statusCode"])
	fake.Tenant().DeliveryTimeout(time.Millisecond)
	hanging := newReceiver(t, func(_ http.ResponseWriter, r *http.Request, _ int) { <-r.Context().Done() })
	require.ErrorIs(t, fake.Deliver(t.Context(), hanging.URL, "{}"), context.DeadlineExceeded)
}

// It counts the goroutines of the process.
func TestCloseEndsDeliveries(t *testing.T) { //nolint:paralleltest // other tests would be counted
	before := runtime.NumGoroutine()
	for range 10 {
		fake := pilotstatustest.Start(pilotstatustest.WithClock(epoch()))
		c := newCaller(t, fake.URL, fake.NumberKey("num_1"))
		hanging := newReceiver(t, func(_ http.ResponseWriter, r *http.Request, _ int) { <-r.Context().Done() })
		failing := newReceiver(t, answers(500))
		quick := newReceiver(t, nil)
		fake.Tenant().DeliveryRetries(3, time.Hour)
		for _, url := range []string{hanging.URL, failing.URL, quick.URL} {
			hook(t, c, url, "*")
		}
		c.do(t, "POST", sendPath, text)
		fake.Advance(time.Minute)
		require.Eventually(t, func() bool {
			return len(hanging.got()) > 0 && len(failing.got()) > 0 && len(quick.got()) == 3
		}, 10*time.Second, time.Millisecond)
		fake.Close()
		for _, r := range []*receiver{hanging, failing, quick} {
			r.Server.Close()
		}
	}
	after := runtime.NumGoroutine()
	for deadline := time.Now().Add(5 * time.Second); after > before && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
		after = runtime.NumGoroutine()
	}
	assert.LessOrEqual(t, after, before)
}

func TestOrderOfDeliveries(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	r := newReceiver(t, nil)
	hook(t, number, r.URL, "*")
	for range 20 {
		number.send(t, text)
		fake.Advance(7 * time.Millisecond)
	}
	fake.Advance(time.Minute) // takes one message after the other
	flush(t, fake)
	require.Len(t, r.got(), 60)
	var last string
	for _, one := range r.got() {
		at := one.event(t)["data"].(map[string]any)["createdAt"].(string)
		assert.GreaterOrEqual(t, at, last)
		last = at
	}

	// One that is not accepted holds up what comes after it.
	r.forget()
	r.mu.Lock()
	r.answer = answers(500, 500, 200)
	r.mu.Unlock()
	fake.Tenant().DeliveryRetries(3, time.Millisecond)
	number.send(t, text)
	fake.Advance(time.Minute)
	flush(t, fake)
	assert.Equal(t, "message.sent > message.sent > "+sentReadNames, r.names(t))
}

func TestShuffledDuplicatedAndLateDeliveries(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	r := newReceiver(t, nil)
	id := hook(t, number, r.URL, "*")
	send := func() string {
		t.Helper()
		r.forget()
		number.send(t, text)
		fake.Advance(time.Minute)
		flush(t, fake)
		return r.names(t)
	}
	fake.Tenant().DuplicateDeliveries(2)
	assert.Equal(t, "message.sent > message.sent > message.delivered > message.delivered > message.read > message.read", send())
	assert.Equal(t, r.got()[0], r.got()[1], "the same bytes, the same signature")
	assert.Len(t, number.list(t, webhooksPath+"/"+id+"/logs"), 6)
	fake.Tenant().DuplicateDeliveries(1)
	fake.Tenant().ShuffleDeliveries(true)
	assert.Equal(t, "message.read > message.delivered > message.sent", send())
	fake.Tenant().ShuffleDeliveries(false)
	assert.Equal(t, sentReadNames, send())

	fake.Tenant().DelayDeliveries(60 * time.Millisecond)
	began := time.Now()
	assert.Equal(t, sentReadNames, send())
	assert.GreaterOrEqual(t, time.Since(began), 60*time.Millisecond)
}

func TestShuffleOnTheRealClock(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t)
	number := newCaller(t, fake.URL, fake.NumberKey("num_1"))
	r := newReceiver(t, nil)
	hook(t, number, r.URL, "*")
	fake.Tenant().ShuffleDeliveries(true)
	number.send(t, text)
	require.Eventually(t, func() bool { return len(r.got()) == 3 }, 10*time.Second, time.Millisecond)
	assert.NotEqual(t, sentReadNames, r.names(t))
}

// A receiver may use the server while it receives.
func TestReceiverThatCallsTheServer(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	r := newReceiver(t, func(_ http.ResponseWriter, _ *http.Request, nth int) {
		if nth == 1 {
			number.try("POST", sendPath, text)
			fake.Advance(time.Minute)
		}
	})
	hook(t, number, r.URL, "*")
	number.send(t, text)
	fake.Advance(time.Minute)
	flush(t, fake)
	assert.Equal(t, sentReadNames+" > "+sentReadNames, r.names(t))
}

func TestDeliver(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	id := hook(t, number, "http://127.0.0.1:1/", "*")
	r := newReceiver(t, nil)
	type event struct {
		Event string `json:"event"`
	}
	const spaced = `{"event" :  "phone_line.canceled"}` + "\n"
	for _, row := range []struct {
		event any
		want  string
	}{
		{spaced, spaced}, {[]byte(spaced), spaced}, {json.RawMessage(spaced), spaced}, {event{"x"}, `{"event":"x"}`},
		{&event{"x"}, `{"event":"x"}`}, {map[string]any{"event": "x"}, `{"event":"x"}`}, {"", ""}, {nil, "null"},
	} {
		r.forget()
		require.NoError(t, fake.Deliver(t.Context(), r.URL+"/ps?token=x", row.event))
		require.Len(t, r.got(), 1)
		one := r.got()[0]
		assert.Equal(t, row.want, one.body)
		assert.Equal(t, "/ps?token=x", one.path)
		assert.Equal(t, "application/json", one.header.Get("Content-Type"))
		assert.Equal(t, hexMAC(fake.WebhookSecret(), one.body), one.header.Get("X-Pilot-Status-Signature"))
	}
	r.forget()
	require.NoError(t, fake.Deliver(t.Context(), r.URL, "{}", pilotstatustest.DeliverTimes(3)))
	assert.Len(t, r.got(), 3)
	r.forget()
	require.NoError(t, fake.Deliver(t.Context(), r.URL, "{}", pilotstatustest.DeliverSignature("é"), pilotstatustest.DeliverTimes(0)))
	require.NoError(t, fake.Deliver(t.Context(), r.URL, "{}", pilotstatustest.DeliverSignature("")))
	require.Len(t, r.got(), 2)
	assert.Equal(t, []string{"é"}, r.got()[0].header.Values("X-Pilot-Status-Signature"))
	assert.Empty(t, r.got()[1].header.Values("X-Pilot-Status-Signature"))
	assert.Empty(t, number.list(t, webhooksPath+"/"+id+"/logs"), "it is no delivery of a webhook")
}

func TestDeliverFails(t *testing.T) {
	t.Parallel()
	fake, _ := frozen(t)
	for status, text := range map[int]string{
		401: "pilotstatustest: Deliver: the receiver answered 401 Unauthorized", 302: "pilotstatustest: Deliver: the receiver answered 302 Found",
	} {
		r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request, nth int) {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader([]int{200, status}[min(nth, 2)-1])
		})
		require.EqualError(t, fake.Deliver(t.Context(), r.URL, "{}", pilotstatustest.DeliverTimes(5)), text)
		assert.Len(t, r.got(), 2, "it ends with the first that fails, without a second try")
	}
	for _, url := range []string{"http://127.0.0.1:1/?token=hush", "http://[hush", "hush", ""} {
		err := fake.Deliver(t.Context(), url, "{}")
		require.Error(t, err, url)
		assert.NotContains(t, err.Error(), "hush")
	}
	require.Error(t, fake.Deliver(t.Context(), "http://127.0.0.1:1", func() {}), "no JSON")
	require.Error(t, fake.Deliver(nil, "http://127.0.0.1:1", "{}")) //nolint:staticcheck // a mistake that must not panic
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, fake.Deliver(ctx, "http://127.0.0.1:1", "{}"), context.Canceled)
}

func TestUnknownFlowAndHealth(t *testing.T) {
	t.Parallel()
	tb := &fakeTB{}
	fake := pilotstatustest.NewServer(tb)
	defer tb.end()
	fake.Number("num_1").AnswerFlow("flow_9")
	fake.Number("num_1").AnswerFlow("")
	fake.Number("num_1").ReportHealth("number.connected")
	assert.Equal(t, []string{
		`pilotstatustest: no flow "flow_9"`, `pilotstatustest: no flow ""`,
		`pilotstatustest: no event "number.connected" of the health of a number`,
	}, tb.failures)
}

func TestConcurrentDeliveries(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t)
	number := newCaller(t, fake.URL, fake.NumberKey("num_1"))
	r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request, nth int) {
		if nth%3 == 0 {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	fake.Tenant().DeliveryRetries(20, 0)
	const hooks, senders, each = 4, 4, 5
	for range hooks {
		hook(t, number, r.URL, "*")
	}
	var group sync.WaitGroup
	for range senders {
		group.Go(func() {
			for range each {
				number.try("POST", sendPath, text)
				fake.Advance(time.Second)
				_ = fake.Flush(t.Context())
			}
		})
	}
	group.Wait()
	flush(t, fake)
	distinct := make(map[string]int)
	for _, one := range r.got() {
		distinct[one.body]++
	}
	assert.Len(t, distinct, senders*each*3)
	for body, times := range distinct {
		assert.GreaterOrEqual(t, times, hooks, body)
	}
}
