package emulator

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// chip is a word with a color.
type chip struct {
	Word  string
	Class string // ok, warn, bad, sky, or "" for none
}

// statusChip is the status of an answer.
func statusChip(status int) chip {
	word := strconv.Itoa(status)
	switch {
	case status == 0:
		return chip{"no answer", "bad"}
	case status < 300:
		return chip{word, "ok"}
	case status < 500:
		return chip{word, "warn"}
	}
	return chip{word, "bad"}
}

// count is a number with its thing, such as 2 messages.
func count(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return grouped(n) + " " + one + "s"
}

// grouped writes a number with a comma after each thousand.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// size writes bytes.
func size(n int) string {
	switch {
	case n <= 0:
		return ""
	case n < 1000:
		return count(n, "byte")
	case n < 1_000_000:
		return strconv.Itoa((n+500)/1000) + " kB"
	}
	return strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64) + " MB"
}

// span writes a duration with its two greatest units; "" for none.
func span(d time.Duration) string {
	if d <= 0 {
		return ""
	}
	if d < time.Second {
		return "1 s"
	}
	return inUnits(d, []timeUnit{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}})
}

// moved writes by how much the clock is ahead: beside a window of 24 hours 48 h says more
// than 2 d.
func moved(d time.Duration) string {
	if d < time.Minute || d >= 100*time.Hour {
		return span(d)
	}
	return inUnits(d, []timeUnit{{time.Hour, "h"}, {time.Minute, "min"}})
}

type timeUnit struct {
	of   time.Duration
	name string
}

// inUnits writes a duration with its two greatest units.
func inUnits(d time.Duration, units []timeUnit) string {
	var parts []string
	for _, u := range units {
		if n := d / u.of; n > 0 && len(parts) < 2 {
			parts = append(parts, fmt.Sprintf("%d %s", n, u.name))
			d %= u.of
		} else if len(parts) > 0 {
			break
		}
	}
	return strings.Join(parts, " ")
}

// moment writes a time of day with a tenth of a second; "" for none.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("15:04:05.0")
}

// second writes a time of day.
func second(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("15:04:05")
}

func sameDay(a, b time.Time) bool {
	return a.UTC().Format(time.DateOnly) == b.UTC().Format(time.DateOnly)
}

// day writes a date for people.
func day(t time.Time) string { return t.UTC().Format("Monday, 2 January 2006") }

// milliseconds writes how long something took, rounded up.
func milliseconds(d time.Duration) string {
	if d <= 0 {
		return ""
	}
	return grouped(int((d + time.Millisecond - 1) / time.Millisecond))
}

// initials are the first letters of the first two words of a name, or the end of a phone.
func initials(name string) string {
	if digits := onlyDigits(name); !strings.ContainsFunc(name, unicode.IsLetter) && len(digits) > 1 {
		return digits[len(digits)-2:] // of a phone
	}
	var out []rune
	for word := range strings.FieldsSeq(name) {
		if r, _ := utf8.DecodeRuneInString(strings.TrimLeft(word, "+(#\"'")); r != utf8.RuneError && len(out) < 2 {
			out = append(out, r)
		}
	}
	return strings.ToUpper(string(out))
}

// short cuts a text after so many characters and puts it on one line.
func short(text string, limit int) string {
	text = strings.Join(strings.Fields(text), " ")
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	return string([]rune(text)[:limit-1]) + "…"
}

func nameOfNumber(n pilotstatustest.NumberInfo) string { return cmp.Or(n.Name, phone(n.Phone), n.ID) }

func nameOfContact(c *pilotstatustest.Conversation) string {
	return cmp.Or(c.Name, c.Username, phone(c.Phone), c.UserID, c.JID, c.ID)
}

// numberState is the state of a number: with a shape and a word.
type numberState struct {
	Word  string
	Dot   string
	Class string
}

func stateOf(n pilotstatustest.NumberInfo) numberState {
	switch {
	case !n.BlockedSince.IsZero():
		return numberState{"blocked", "stop", "bad"}
	case n.State == "OPEN":
		return numberState{"open", "", "ok"}
	case n.State == "CONNECTING":
		return numberState{"scan QR", "wait", "warn"}
	}
	return numberState{"closed", "off", ""}
}

// option is a choice of a field.
type option struct {
	Value, Word string
	On          bool
}

// words are choices that are called as they are.
func words(values ...string) []option {
	var all []option
	for _, one := range values {
		all = append(all, option{Value: one, Word: one})
	}
	return all
}

// pick is a field with choices.
type pick struct {
	Label, Name string
	Options     []option
}

// newPick chooses the value that is on.
func newPick(label, name, value string, options ...option) pick {
	for i := range options {
		options[i].On = options[i].Value == value
	}
	return pick{Label: label, Name: name, Options: options}
}

// duration reads 90, 5s or 2h30m; a number alone is seconds.
func duration(text string) (time.Duration, error) {
	text = strings.ReplaceAll(strings.TrimSpace(text), " ", "")
	if n, err := strconv.ParseInt(text, 10, 32); err == nil {
		return time.Duration(n) * time.Second, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%q is no time: write 5s, 2h30m or 48h", text)
	}
	return d, nil
}

func ordinal(n int) string {
	switch n {
	case 1:
		return "1st"
	case 2:
		return "2nd"
	case 3:
		return "3rd"
	}
	return grouped(n) + "th"
}
