package pilotstatuspg

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
)

// A message of another number waits, and is not sent from the one that there is.
func TestOneNumber(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	client := s.fake.NumberClient(testNumber)
	clients := OneNumber(testNumber, client)
	got, err := clients.Get(t.Context(), testNumber)
	require.NoError(t, err)
	assert.Same(t, client, got)
	for _, clients := range []Clients{clients, OneNumber("Front desk", nil)} {
		_, err = clients.Get(t.Context(), "Front desk")
		unavailable, ok := err.(*pilotstatus.KeyUnavailableError) //nolint:errorlint // it is the error itself
		require.True(t, ok)
		assert.Equal(t, "Front desk", unavailable.NumberID)
	}

	for _, number := range []string{testNumber, "Front desk"} {
		require.NoError(t, inTx(t, s.pool, func(tx pgx.Tx) error {
			_, err := s.outbox.Enqueue(t.Context(), tx, number, request("k"))
			return err
		}))
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.outbox.Run(ctx, s.pool, clients, s.options) }()
	s.eventuallyTrue("both are done", func() bool {
		stats, err := s.outbox.Stats(t.Context(), s.pool)
		require.NoError(t, err)
		i := slices.IndexFunc(stats, func(n NumberStats) bool { return n.NumberID == "Front desk" })
		return i >= 0 && stats[i].Paused == "KEY_UNAVAILABLE" && stats[i].Queued == 1 && len(s.fake.Messages()) == 1
	})
	cancel()
	require.NoError(t, <-ended)
}

// Record uses each of the events, and no other.
func TestWebhookEvents(t *testing.T) {
	t.Parallel()
	used := func(name string) bool {
		body := `{"event":"` + name + `","data":{"numberId":"num_1","phone":"+5511900000001","displayName":"n",` +
			`"id":"msg_1","from":"+5511900000002","to":"+5511900000001","error":"e","fromMe":false,"type":"text","createdAt":"2026-11-03T14:40:00.000Z"}}`
		event, _ := pilotstatus.ParseEvent([]byte(body)) // a malformed one is an event too
		return receiptOf(event).usable() || inboundOf(event).contact != "" || numberChangeOf(event).numberID != ""
	}
	for _, name := range WebhookEvents() {
		assert.True(t, used(string(name)), name)
	}
	for _, name := range []string{
		pilotstatus.EventMessageGroup, pilotstatus.EventMessageNewsletter, pilotstatus.EventNumberCreated,
		pilotstatus.EventNumberRecovered, pilotstatus.EventLeadReceived, pilotstatus.EventCallMissed, "another",
	} {
		assert.False(t, used(name), name)
	}
}

// Queued is what a program answers with.
func TestQueuedJSON(t *testing.T) {
	t.Parallel()
	for want, queued := range map[string]Queued{
		`{"id":7,"key":"k","state":"pending"}`:                   {ID: 7, Key: "k", State: StatePending},
		`{"id":7,"key":"k","state":"canceled","duplicate":true}`: {ID: 7, Key: "k", State: StateCanceled, Duplicate: true},
	} {
		text, err := json.Marshal(queued)
		require.NoError(t, err)
		assert.JSONEq(t, want, string(text))
	}
}
