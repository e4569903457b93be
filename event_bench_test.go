package pilotstatus

import (
	"os"
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
