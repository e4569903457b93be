package pilotstatus

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var orders = flag.Int("orders", 600, "how many calls TestNeverTwice makes over each protocol")

// ledger is an API that processes orders and remembers how often. One with a key is
// processed once, however often it comes.
type ledger struct {
	mu        sync.Mutex
	random    *rand.Rand
	processed map[string]int    // by order
	bodies    map[string]string // by key
	spoiled   int               // keys that came with another body
	requests  int
}

func newLedger() *ledger {
	return &ledger{
		random:    rand.New(rand.NewPCG(42, 2026)),
		processed: map[string]int{}, bodies: map[string]string{},
	}
}

// process processes the order of a request.
func (l *ledger) process(key, body string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if key != "" {
		before, seen := l.bodies[key]
		if seen && before != body {
			l.spoiled++
		}
		if seen {
			return
		}
		l.bodies[key] = body
	}
	_, order, _ := strings.Cut(body, "order ")
	order, _, _ = strings.Cut(order, `"`)
	l.processed[order]++
}

// pick returns a number below 10,000 for each request.
func (l *ledger) pick() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests++
	return l.random.IntN(10_000)
}

// orderKey writes a number in characters that HPACK leaves as they are: no code of
// Huffman's is shorter for them.
func orderKey(n int) string {
	digits := strconv.FormatInt(int64(n), 6)
	return "XZXZ" + strings.NewReplacer("0", "&", "1", "*", "2", ",", "3", ";", "4", "X", "5", "Z").Replace(digits) + "<"
}

// keyIn finds such a key in the headers of a request, "" where it has none.
func keyIn(header string) string {
	_, rest, found := strings.Cut(header, "XZXZ")
	if !found {
		return ""
	}
	digits, _, _ := strings.Cut(rest, "<")
	return "XZXZ" + digits + "<"
}

// overHTTP2 answers, or breaks a stream, or its connection.
func (l *ledger) overHTTP2(r *frameRequest) {
	if r.c.gone {
		return
	}
	key := keyIn(r.header)
	process := func() {
		l.process(key, r.body)
		r.c.highest = max(r.c.highest, r.stream)
	}
	leave := func(last uint32) {
		r.c.gone = true
		r.goAway(last, noError)
		time.AfterFunc(20*time.Millisecond, r.closeAll)
	}
	switch n := l.pick(); {
	case n < 500:
		r.reset(refusedStream)
	case n < 900:
		process()
		r.reset(internalError)
	case n < 1000:
		r.reset(internalError)
	case n < 1300:
		process()
		r.reset(protocolError)
	case n < 1500:
		process()
		r.reset(canceled)
	case n < 1800:
		process()
		r.answer(http.StatusServiceUnavailable, `{"error":"busy"}`)
	case n < 2000:
		r.answer(http.StatusServiceUnavailable, `<html>busy</html>`)
	case n < 2200:
		r.answer(http.StatusTooManyRequests, `{"error":"slower","code":"RATE_LIMITED"}`)
	case n < 2400 && key != "":
		process()
		r.answer(http.StatusConflict, `<html>Conflict</html>`)
	case n < 2500:
		process()
		r.answer(http.StatusAccepted, answerOf[:20])
	case n < 2600: // the streams after the highest one were not processed
		leave(r.c.highest)
	case n < 2650:
		process()
		leave(r.c.highest)
	case n < 2660: // it covers the stream, and nobody processed it
		leave(max(r.c.highest, r.stream))
	case n < 2700:
		process()
		r.closeAll()
	case n < 2720:
		r.closeAll()
	case n < 2725:
		process()
		r.silence()
	default:
		process()
		r.answer(http.StatusAccepted, answerOf)
	}
}

// overHTTP1 answers, or breaks the exchange.
func (l *ledger) overHTTP1(t *testing.T) http.HandlerFunc {
	t.Helper()
	return func(w http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		body, key := string(data), r.Header.Get("Idempotency-Key")
		switch n := l.pick(); {
		case n < 400:
			l.process(key, body)
			reset(t, w)
		case n < 800:
			reset(t, w)
		case n < 1200:
			l.process(key, body)
			hijack(t, w).Close()
		case n < 1600:
			l.process(key, body)
			answerJSON(w, http.StatusBadGateway, "<html>bad gateway</html>")
		case n < 1800:
			answerJSON(w, http.StatusServiceUnavailable, "")
		case n < 2100:
			answerJSON(w, http.StatusTooManyRequests, `{"error":"slower","code":"RATE_LIMITED"}`)
		case n < 2400 && key != "":
			l.process(key, body)
			answerJSON(w, http.StatusConflict, "\ufeff")
		case n < 2700:
			l.process(key, body)
			answerPart(w, http.StatusAccepted, answerOf[:20])
			panic(http.ErrAbortHandler)
		case n < 3000:
			l.process(key, body)
			w.Header().Set("Connection", "close")
			answerJSON(w, http.StatusAccepted, answerOf)
		case n < 3010:
			l.process(key, body)
			hang(r)
		default:
			l.process(key, body)
			answerJSON(w, http.StatusAccepted, answerOf)
		}
	}
}

// place makes the call of one order: a send with a key, or a call that is unsent or once.
func place(ctx context.Context, client *NumberClient, order int) error {
	name := fmt.Sprintf("order %d", order)
	switch order % 4 {
	case 0:
		return client.Do(ctx, Request{Method: http.MethodPost, Path: "/v1/things", Body: name, Retry: RetryUnsent}, new(map[string]any))
	case 1:
		return client.Do(ctx, Request{Method: http.MethodPost, Path: "/v1/things", Body: name, Retry: RetryNever}, new(map[string]any))
	}
	request := testSend()
	request.IdempotencyKey = orderKey(order)
	request.Content = TemplateContent{ID: "onboarding-test", Variables: map[string]string{"name": name}}
	_, err := client.Messages.Send(ctx, request)
	return err
}

// However streams, connections and the server break: what has a key is processed once,
// and nothing else is processed twice or called refused or not sent although it was
// processed.
func TestNeverTwice(t *testing.T) {
	t.Parallel()
	policy := RetryPolicy{MaxRetries: 40, MinWait: time.Millisecond, MaxWait: 20 * time.Millisecond, Budget: -1}
	t.Run("HTTP/2", func(t *testing.T) {
		t.Parallel()
		l := newLedger()
		server := newFrameServer(t, l.overHTTP2)
		server.transport.HTTP2 = &http.HTTP2Config{SendPingTimeout: 50 * time.Millisecond, PingTimeout: 50 * time.Millisecond}
		l.check(t, server.number(t, WithRetry(policy), WithAttemptTimeout(wireLimit)))
		t.Logf("%d connections", server.conns.Load())
	})
	t.Run("HTTP/1.1", func(t *testing.T) {
		t.Parallel()
		l := newLedger()
		server := httptest.NewServer(l.overHTTP1(t))
		t.Cleanup(server.Close)
		l.check(t, wireNumber(t, server.URL, wireTransport(t), WithRetry(policy), WithAttemptTimeout(300*time.Millisecond)))
	})
}

// check places all orders and compares what their callers were told with what was done.
func (l *ledger) check(t *testing.T, client *NumberClient) {
	t.Helper()
	results := make([]error, *orders)
	next := make(chan int)
	var group sync.WaitGroup
	for range 24 {
		group.Go(func() {
			for order := range next {
				results[order] = place(t.Context(), client, order)
			}
		})
	}
	for order := range *orders {
		next <- order
	}
	close(next)
	group.Wait()

	l.mu.Lock()
	defer l.mu.Unlock()
	told := map[string]int{}
	for order, err := range results {
		processed := l.processed[strconv.Itoa(order)]
		require.LessOrEqual(t, processed, 1, "order %d", order)
		var unread *DecodeError
		said := "refused or not sent"
		switch {
		case err == nil:
			said = "accepted"
		case isA[*OutcomeUnknownError](err):
			said = "unknown"
		case errors.As(err, &unread) && unread.Accepted():
			said = "accepted, unread"
		}
		kind := []string{"unsent", "once", "keyed", "keyed"}[order%4]
		told[kind+": "+said]++
		switch {
		case kind == "keyed":
			require.NoError(t, err, "order %d", order)
			require.Equal(t, 1, processed, "order %d", order)
		case said == "refused or not sent":
			require.Zero(t, processed, "order %d: %v", order, err)
		case said != "unknown":
			require.Equal(t, 1, processed, "order %d: %v", order, err)
		}
	}
	assert.Zero(t, l.spoiled, "keys that came with another body")
	assert.Greater(t, l.requests, *orders*11/10, "too little went wrong for this test to mean anything")
	t.Logf("%d calls in %d requests: %v", *orders, l.requests, told)
}
