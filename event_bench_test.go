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

func plainUnmarshal[E any](payload []byte) error {
	var around struct {
		Event string `json:"event"`
		Data  *E     `json:"data"`
	}
	return json.Unmarshal(payload, &around)
}

// BenchmarkWebhookHandler receives deliveries with the handler and, for comparison, with
// one that only reads the body, verifies the signature and decodes the same struct. Each
// delivery is another event.
func BenchmarkWebhookHandler(b *testing.B) {
	sample, err := os.ReadFile("testdata/webhook_samples/message_received.json")
	require.NoError(b, err)
	hand := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		mac := hmac.New(sha256.New, []byte(testWebhookSecret))
		_, _ = mac.Write(body)
		given, hexErr := hex.DecodeString(r.Header.Get(SignatureHeader))
		if err != nil || hexErr != nil || !hmac.Equal(mac.Sum(nil), given) || plainUnmarshal[receivedMembers](body) != nil {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
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
