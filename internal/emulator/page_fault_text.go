package emulator

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// faultText says in words what a fault does, with its operation.
func faultText(f *pilotstatustest.Fault) string {
	return cmp.Or(f.Op, "Every operation") + " " + faultDoes(f)
}

// faultDoes says in words what a fault does to one request.
func faultDoes(f *pilotstatustest.Fault) string {
	var does []string
	if f.PerMinute > 0 {
		does = append(does, "more than "+grouped(f.PerMinute)+" times a minute answers 429 with Retry-After")
	}
	if f.OfHundred > 0 {
		does = append(does, fmt.Sprintf("breaks %d of 100 times, seed %d", f.OfHundred, f.Seed))
	}
	if f.Delay > 0 {
		does = append(does, "is held back for "+f.Delay.String())
	}
	if f.Processed {
		does = append(does, "is processed")
	}
	after := f.Header.Get("Retry-After")
	if f.Status != 0 {
		answers := strings.TrimSpace(fmt.Sprintf("answers %d %s", f.Status, f.Code))
		if after != "" {
			answers += ", Retry-After " + after
		}
		does = append(does, answers)
	} else if after != "" {
		does = append(does, "answers with Retry-After "+after)
	}
	if f.TruncateAt > 0 {
		does = append(does, "is cut off after "+count(f.TruncateAt, "byte"))
	}
	if f.Reset {
		does = append(does, "is reset without an answer")
	}
	if len(does) == 0 {
		does = []string{"is answered as usual"}
	}
	return strings.Join(does, ", then ")
}

// faultSays is the sentences about a fault that is about to be made.
func (v *visit) faultSays(f *pilotstatustest.Fault) string {
	text, not := "The next "+cmp.Or(f.Op, "request"), "The request is"
	switch {
	case f.PerMinute > 0:
		text, not = cmp.Or(f.Op, "Every operation"), "The requests over the limit are"
	case f.Times < 0:
		text, not = "Every "+cmp.Or(f.Op, "request"), "The requests are"
	case f.Times > 1:
		text, not = "Each of the next "+grouped(f.Times)+" × "+cmp.Or(f.Op, "request"), "The requests are"
	}
	if chosen := v.chosen(f); len(chosen) > 0 {
		text += " " + strings.Join(chosen, ", ")
	}
	text += " " + faultDoes(f) + "."
	if unprocessed(f) {
		text += " " + not + " not processed."
	}
	return text
}

// chosen is what a fault chooses among the requests of its operation.
func (v *visit) chosen(f *pilotstatustest.Fault) []string {
	var out []string
	for _, one := range []struct{ word, value string }{
		{"of ", v.numberName(f.NumberID)}, {"to ", f.To}, {"of template ", f.Template},
		{"with idempotency key ", f.Key}, {"with API key ", f.KeyID},
	} {
		if one.value != "" {
			out = append(out, one.word+one.value)
		}
	}
	return out
}

// unprocessed says whether a fault keeps what it breaks from being processed. A dial does so
// by turns, and a limit always.
func unprocessed(f *pilotstatustest.Fault) bool {
	return !f.Processed && f.OfHundred == 0 && (f.Status != 0 || f.Reset || f.PerMinute > 0)
}
