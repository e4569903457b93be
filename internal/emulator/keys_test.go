package emulator_test

import (
	"flag"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/internal/emulator"
)

var keysKeep = flag.Int("keys-keep", 100, "messages that are kept in TestKeyOutlivesItsMessage, which sends twice as many")

// A bounded memory turns no retry into a double: the key of a message that was dropped long
// ago still repeats its answer. With -keys-keep 10000 it is as large as by default.
func TestKeyOutlivesItsMessage(t *testing.T) {
	t.Parallel()
	keep := *keysKeep
	s := open(t, emulator.Config{Keep: keep, ManualTicks: true})
	client, err := pilotstatus.NewNumberClient(pilotstatus.APIKey(s.Default().Engine.NumberKey("num_1")), pilotstatus.WithBaseURL(s.URL))
	require.NoError(t, err)
	send := func(key string) string {
		accepted, err := client.Messages.Send(t.Context(), pilotstatus.SendRequest{
			To: pilotstatus.Phone("+5511999990001"), IdempotencyKey: key,
			Content: pilotstatus.TemplateContent{ID: "onboarding-test", Variables: map[string]string{"name": "Ana"}},
		})
		require.NoError(t, err)
		return accepted.ID
	}
	first := send("the-first-key")
	for n := range 2 * keep {
		send(fmt.Sprint("another-key-", n))
	}
	assert.Equal(t, first, send("the-first-key"))
	assert.Equal(t, 2*keep+1, s.Messages())
	assert.EqualValues(t, keep+1, s.get(t, "/losses")["messages"])
}
