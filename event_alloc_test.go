//go:build !race

// The race detector makes allocations of its own and lets pools drop what they hold.

package pilotstatus

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A delivery costs its copy, the event, its form, what keeps the copy, and the texts that
// are not short: a time keeps its own.
func TestParseEventAllocates(t *testing.T) { //nolint:paralleltest // allocations are counted for the whole process
	for sample, most := range map[string]float64{
		"message_sent.json":             5,
		"message_received.json":         5,
		"message_reply_full.json":       5,
		"number_connected.json":         5,
		"lead_received.json":            13,
		"call_ended.json":               5,
		"phone_line_code_received.json": 8,
		"meta_native_messages.json":     6,
	} {
		payload, err := os.ReadFile("testdata/webhook_samples/" + sample)
		require.NoError(t, err)
		allocations := testing.AllocsPerRun(100, func() { _, _ = ParseEvent(payload) })
		assert.LessOrEqual(t, allocations, most, sample)
	}
}

// A delivery costs the handler its body, the event, its form, what keeps the body, the texts
// of the time and of a new id, and the key. The last two allocations are the recorder's.
func TestWebhookHandlerAllocates(t *testing.T) { //nolint:paralleltest // allocations are counted for the whole process
	sample, err := os.ReadFile("testdata/webhook_samples/message_received.json")
	require.NoError(t, err)
	const runs, most = 200, 9
	h := newTestHandler(t, func(context.Context, Event) error { return nil })
	var requests []*http.Request
	var recorders []*httptest.ResponseRecorder
	for i := range 2 * (runs + 1) { // the memory of events grows in the first half
		body := strings.Replace(string(sample), `"id": "`, `"id": "`+strconv.Itoa(i), 1)
		requests = append(requests, webhookRequest(t.Context(), body))
		recorders = append(recorders, httptest.NewRecorder())
	}
	delivery := 0
	receive := func() {
		h.ServeHTTP(recorders[delivery], requests[delivery])
		delivery++
	}
	testing.AllocsPerRun(runs, receive)
	assert.LessOrEqual(t, testing.AllocsPerRun(runs, receive), float64(most))
	for _, w := range recorders {
		require.Equal(t, http.StatusOK, w.Code)
	}
}

// Beyond the body, which the handler does not copy, a large event takes its texts or raw
// parts once.
func TestLargeEventIsHeldOnce(t *testing.T) { //nolint:paralleltest // memory is counted for the whole process
	text := strings.Repeat("x", 5<<20)
	for name, payload := range map[string]string{
		"message": `{"event":"message.received","data":{"numberId":"n","id":"m","fromMe":false,` +
			`"createdAt":"2026-11-03T14:11:07.120Z","from":"+1","to":"+2","content":"` + text + `"}}`,
		"meta":    `{"object":"o","entry":[{"id":"` + text + `"}]}`,
		"unknown": `{"event":"new.event","data":"` + text + `"}`,
	} {
		body := []byte(payload)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := parseOwned(body)
		runtime.ReadMemStats(&after)
		require.NoError(t, err, name)
		assert.Less(t, float64(after.TotalAlloc-before.TotalAlloc), 1.2*float64(len(body)), name)
	}
}

// One odd member of a large delivery does not make every element of it dear, and neither do
// many odd elements.
func TestOddDeliveriesCostLittleMore(t *testing.T) { //nolint:paralleltest // allocations are counted for the whole process
	const elements = 50_000
	lead := func(element string) []byte {
		return []byte(`{"event":"lead.received","data":{"leadId":"l","leadgenId":"g","whatsappNumberId":"w","pageId":"p","adId":5,"formId":"f",` +
			`"createdAt":"2026-11-02T09:30:00.000Z","fields":[` + element + strings.Repeat(","+element, elements-1) + `]}}`)
	}
	for element, most := range map[string]float64{
		`{"key":"k","values":["a"]}`:           7 * elements,
		`{"key":"k","label":5,"values":["a"]}`: elements,
		`{"key":"\ud83d","values":[]}`:         elements,
		`5`:                                    elements,
	} {
		payload := lead(element)
		allocations := testing.AllocsPerRun(1, func() { _, _ = ParseEvent(payload) })
		if allocations > most {
			t.Errorf("%s: %.0f allocations", element, allocations)
		}
	}
}
