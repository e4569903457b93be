//go:build !race

// The race detector makes allocations of its own and lets pools drop what they hold.

package pilotstatus

import (
	"strings"
	"testing"
)

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
