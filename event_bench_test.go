package pilotstatus

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
)

// BenchmarkParseEvent reads deliveries with ParseEvent and, for comparison, with a
// plain Unmarshal into the same struct. It prints how much longer ParseEvent takes.
func BenchmarkParseEvent(b *testing.B) {
	for _, bench := range []struct {
		sample string
		plain  func([]byte) error
	}{
		{"message_sent.json", plainUnmarshal[statusMembers]},
		{"message_received.json", plainUnmarshal[receivedMembers]},
		{"message_reply_full.json", plainUnmarshal[replyMembers]},
		{"number_connected.json", plainUnmarshal[numberMembers]},
		{"lead_received.json", plainUnmarshal[leadMembers]},
		{"call_ended.json", func(payload []byte) error { return json.Unmarshal(payload, new(callMembers)) }},
		{"phone_line_code_received.json", func(payload []byte) error { return json.Unmarshal(payload, new(phoneLineMembers)) }},
		{"meta_native_messages.json", func(payload []byte) error { return json.Unmarshal(payload, new(metaMembers)) }},
	} {
		payload, err := os.ReadFile("testdata/webhook_samples/" + bench.sample)
		require.NoError(b, err)
		b.Run(bench.sample, func(b *testing.B) {
			compare(b, func() error { return bench.plain(payload) }, func() error {
				_, err := ParseEvent(payload)
				return err
			})
		})
	}
}

// plainDelivery is a delivery as a user of the JSON package would decode it.
type plainDelivery[E any] struct {
	Event string `json:"event"`
	Data  *E     `json:"data"`
}

func plainUnmarshal[E any](payload []byte) error {
	return json.Unmarshal(payload, new(plainDelivery[E]))
}

// handReceiver is the handler that a user of net/http would write.
type handReceiver struct {
	mu   sync.Mutex
	seen map[string]struct{}
}

func (h *handReceiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, defaultWebhookBody))
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	mac := hmac.New(sha256.New, []byte(testWebhookSecret))
	_, _ = mac.Write(body)
	given, err := hex.DecodeString(r.Header.Get(SignatureHeader))
	if err != nil || !hmac.Equal(mac.Sum(nil), given) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var delivery plainDelivery[receivedMembers]
	if json.Unmarshal(body, &delivery) != nil || delivery.Data == nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	h.remember(delivery.Event + ":" + delivery.Data.ID)
	w.WriteHeader(http.StatusOK)
}

// remember remembers as many events as the handler of the package.
func (h *handReceiver) remember(key string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.seen) >= defaultDedupeSize {
		clear(h.seen)
	}
	h.seen[key] = struct{}{}
}

// BenchmarkWebhookHandler receives deliveries with the handler and, for comparison, with a
// hand-written one, which does only the necessary: it reads the body within a limit, compares
// the signature in constant time, decodes the same struct, and remembers the event, because
// deliveries come more than once. It has no lease, no deadline of the body and no gzip. Each
// delivery is another event.
func BenchmarkWebhookHandler(b *testing.B) {
	sample, err := os.ReadFile("testdata/webhook_samples/message_received.json")
	require.NoError(b, err)
	hand := &handReceiver{seen: make(map[string]struct{})}
	sdk, err := NewWebhookHandler(func(context.Context, Event) error { return nil }, WithWebhookSecret(testWebhookSecret))
	require.NoError(b, err)
	const deliveries = 1 << 14 // more than the deduper remembers
	var bodies, signatures [deliveries]string
	for i := range deliveries {
		bodies[i] = strings.Replace(string(sample), `"id": "`, `"id": "`+strconv.Itoa(i), 1)
		signatures[i] = signWebhook(bodies[i], testWebhookSecret)
	}
	receive := func(h http.Handler) func() error {
		n := 0
		return func() error {
			r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/", strings.NewReader(bodies[n%deliveries]))
			r.Header.Set(SignatureHeader, signatures[n%deliveries])
			n++
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != http.StatusOK {
				return errors.New(http.StatusText(w.Code))
			}
			return nil
		}
	}
	compare(b, receive(hand), receive(sdk))
}
