package emulator

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// saying is a sentence in pieces, of which those with a class are bold.
type saying []piece

func (s saying) plain(text string) saying { return append(s, piece{Text: text}) }
func (s saying) bold(text string) saying  { return append(s, piece{Text: text, Class: "b"}) }

func (s saying) String() string {
	var b strings.Builder
	for _, one := range s {
		b.WriteString(one.Text)
	}
	return b.String()
}

// faultText says in words what a fault does, with its operation.
func faultText(f *pilotstatustest.Fault) string {
	return cmp.Or(f.Op, "Every operation") + " " + faultDoes(f).String()
}

// faultDoes says in words what a fault does to one request.
func faultDoes(f *pilotstatustest.Fault) saying {
	var does []saying
	if f.PerMinute > 0 {
		does = append(does, saying{}.plain("more than ").bold(grouped(f.PerMinute)+" times a minute").
			plain(" answers ").bold("429").plain(" with Retry-After"))
	}
	if f.OfHundred > 0 {
		does = append(does, saying{}.plain("breaks ").bold(strconv.Itoa(f.OfHundred)).
			plain(" of 100 times, seed "+strconv.FormatUint(f.Seed, 10)))
	}
	if f.Delay > 0 {
		does = append(does, saying{}.plain("is held back for ").bold(f.Delay.String()))
	}
	if f.Processed {
		does = append(does, saying{}.plain("is ").bold("processed"))
	}
	if answers := faultAnswers(f); answers != nil {
		does = append(does, answers)
	}
	if f.TruncateAt > 0 {
		does = append(does, saying{}.plain("is cut off after ").bold(count(f.TruncateAt, "byte")))
	}
	if f.Reset {
		does = append(does, saying{}.plain("is ").bold("reset").plain(" without an answer"))
	}
	if len(does) == 0 {
		return saying{}.plain("is answered as usual")
	}
	all := does[0]
	for _, next := range does[1:] {
		all = append(all.plain(", then "), next...)
	}
	return all
}

// faultAnswers says in words what a fault answers, nil for what the API answers.
func faultAnswers(f *pilotstatustest.Fault) saying {
	after := f.Header.Get("Retry-After")
	switch {
	case f.Status != 0:
		answers := saying{}.plain("answers ").bold(strings.TrimSpace(strconv.Itoa(f.Status) + " " + f.Code))
		if after != "" {
			answers = answers.plain(", Retry-After " + after)
		}
		return answers
	case after != "":
		return saying{}.plain("answers with Retry-After ").bold(after)
	}
	return nil
}

// faultSays is the sentences about a fault that is about to be made.
func (v *visit) faultSays(f *pilotstatustest.Fault) saying {
	var text saying
	op, not := cmp.Or(f.Op, "request"), "The request is"
	switch {
	case f.PerMinute > 0:
		text, not = text.bold(cmp.Or(f.Op, "Every operation")), "The requests over the limit are"
	case f.Times < 0:
		text, not = text.bold("Every "+op), "The requests are"
	case f.Times > 1:
		text, not = text.plain("Each of the next ").bold(grouped(f.Times)).plain(" × ").bold(op), "The requests are"
	default:
		text = text.plain("The next ").bold(op)
	}
	for i, one := range v.chosen(f) {
		text = text.plain([]string{" ", ", "}[min(i, 1)] + one.word).bold(one.value)
	}
	text = append(text.plain(" "), faultDoes(f)...).plain(".")
	if unprocessed(f) {
		text = text.plain(" " + not + " not processed.")
	}
	return text
}

// choice is what a fault chooses by, with the word that leads to it.
type choice struct{ word, value string }

// chosen is what a fault chooses among the requests of its operation.
func (v *visit) chosen(f *pilotstatustest.Fault) []choice {
	var out []choice
	for _, one := range []choice{
		{"of ", v.numberName(f.NumberID)},
		{"to ", phone(f.To)},
		{"of template ", f.Template},
		{"with idempotency key ", f.Key},
		{"with API key ", f.KeyID},
	} {
		if one.value != "" {
			out = append(out, one)
		}
	}
	return out
}

// unprocessed says whether a fault keeps what it breaks from being processed. A dial does so
// by turns, and a limit always.
func unprocessed(f *pilotstatustest.Fault) bool {
	return !f.Processed && f.OfHundred == 0 && (f.Status != 0 || f.Reset || f.PerMinute > 0)
}
