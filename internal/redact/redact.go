// Package redact keeps private texts out of printed ones.
package redact

import (
	"bytes"
	"html"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Withheld replaces a message that an error must not show.
const Withheld = "(message withheld)"

const (
	// maxShown is the largest message that is shown, in bytes. It limits the search for
	// private texts.
	maxShown = 4 << 10

	sharedRun     = 8 // characters in a row that a message must not share with a private text
	shortestWhole = 4 // characters of the shortest private text that a message must not hold
	longNumber    = 6 // digits in a row of groups that make a message private
)

// Private holds the values that no error of a call may show: the credential and the number
// of the client, and the key, the ids, the queries and the texts of the call. If it is
// empty, as for an error that the user made, only long numbers are private.
type Private []string

// Hides reports whether an error withholds a message. The rule: a message is Withheld
// when its normal form, which is its letters and digits in one case, shares a run of 8
// characters or a whole value of 4 to 7 with anything private of the call, and when it
// holds 6 or more digits in a row of digit groups.
func (p Private) Hides(message string) bool {
	if len(message) > maxShown {
		return true
	}
	// An answer may repeat a text as HTML, a URL or JSON writes it, also inside one another.
	for range 4 {
		if hasLongNumber(message) || p.sharesWith(normalForm(message)) {
			return true
		}
		plain := withoutEscapes(message)
		if plain == message {
			return false
		}
		message = plain
	}
	return true
}

// Show returns a message in the form in which an error shows it.
func (p Private) Show(message string) string {
	if p.Hides(message) {
		return Withheld
	}
	return OneLine(message)
}

// Has reports whether name is one of the private values. It finds short values too.
func (p Private) Has(name string) bool {
	form := normalForm(name)
	return slices.ContainsFunc(p, func(value string) bool {
		return len(value) < 4*shortestWhole && bytes.Equal(normalForm(value), form)
	})
}

// sharesWith compares a message with the private values, all in normal form. It reads a
// value once, because the value may be a file of many megabytes.
func (p Private) sharesWith(message []byte) bool {
	if len(message) < shortestWhole {
		return false
	}
	runs := make(map[uint64]bool)
	hasRun(message, func(run uint64) bool { runs[run] = true; return false })
	return slices.ContainsFunc(p, func(value string) bool {
		form := normalForm(value)
		switch {
		case len(form) < shortestWhole:
			return false
		case len(form) < sharedRun:
			return bytes.Contains(message, form)
		}
		return hasRun(form, func(run uint64) bool { return runs[run] })
	})
}

// hasRun reports whether found is true for a run of 8 characters.
func hasRun(form []byte, found func(run uint64) bool) bool {
	var run uint64
	for i, char := range form {
		run = run<<8 | uint64(char)
		if i >= sharedRun-1 && found(run) {
			return true
		}
	}
	return false
}

// normalForm returns the letters and digits of a text in one case, each as one byte.
// Letters beyond ASCII share their bytes with a few others. So a message may be withheld
// without need, but never shown by mistake.
func normalForm(text string) []byte {
	form := make([]byte, 0, len(text))
	for _, r := range text {
		switch {
		case isDigit(r):
			form = append(form, "0123456789"[digitValue(r)])
		case unicode.IsLetter(r):
			char := unicode.ToLower(r)
			if char >= utf8.RuneSelf {
				char = utf8.RuneSelf | char%utf8.RuneSelf
			}
			form = append(form, byte(char)) //nolint:gosec // it is less than 256
		}
	}
	return form
}

// digitValue returns the value of a decimal digit of any script. Unicode keeps the ten
// digits of a script together, and its tables join neighbors.
func digitValue(r rune) int {
	digit := int(r)
	for _, t := range unicode.Nd.R16 {
		if int(t.Lo) <= digit && digit <= int(t.Hi) {
			return (digit - int(t.Lo)) % 10
		}
	}
	for _, t := range unicode.Nd.R32 {
		if int(t.Lo) <= digit && digit <= int(t.Hi) {
			return (digit - int(t.Lo)) % 10
		}
	}
	return 0
}

// withoutEscapes decodes the escapes of HTML, URLs and JSON in a text once.
func withoutEscapes(text string) string {
	text = html.UnescapeString(text)
	if !strings.ContainsAny(text, `%\`) {
		return text
	}
	var b strings.Builder
	for at := 0; at < len(text); {
		char, length := unescaped(text[at:])
		b.WriteString(char)
		at += length
	}
	return b.String()
}

// unescaped returns the first character of a text, and the length of its escape in bytes.
func unescaped(text string) (char string, length int) {
	switch {
	case text[0] == '%':
		if value, ok := hexValue(text, 1, 2); ok {
			return string([]byte{byte(value)}), 3 //nolint:gosec // of two digits
		}
	case strings.HasPrefix(text, `\u`):
		first, ok := hexValue(text, 2, 4)
		if !ok {
			break
		}
		if second, ok := hexValue(text, 8, 4); ok && utf16.IsSurrogate(first) && text[6:8] == `\u` {
			return string(utf16.DecodeRune(first, second)), 12
		}
		return string(first), 6
	case text[0] == '\\' && len(text) > 1:
		if strings.IndexByte("bfnrt", text[1]) >= 0 {
			return " ", 2
		}
		return text[1:2], 2
	}
	return text[:1], 1
}

// hexValue reads hexadecimal digits at a position of a text.
func hexValue(text string, at, digits int) (rune, bool) {
	if len(text) < at+digits {
		return 0, false
	}
	value, err := strconv.ParseUint(text[at:at+digits], 16, 32)
	return rune(value), err == nil //nolint:gosec // of four digits at most
}

// hasLongNumber finds 6 digits in a row, even with blanks, dots, hyphens and the like
// between them: a phone number or a code. It ignores network addresses and times, because
// errors need them.
func hasLongNumber(text string) bool {
	for {
		start := strings.IndexFunc(text, isDigit)
		if start < 0 {
			return false
		}
		text = text[start:]
		length, digits := digitRow(text)
		if digits >= longNumber && !isIPv4(text[:length]) && !beginsWithTime(text) {
			return true
		}
		text = text[length:]
	}
}

// digitRow measures the row of digit groups at the beginning of text: its length up to the
// last digit, and its number of digits.
func digitRow(text string) (length, digits int) {
	for i, r := range text {
		switch {
		case isDigit(r):
			length, digits = i+len(string(r)), digits+1
		case !joinsDigits(r):
			return length, digits
		}
	}
	return length, digits
}

func isDigit(r rune) bool { return unicode.Is(unicode.Nd, r) }

func joinsDigits(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.In(r, unicode.Pd, unicode.Cf) || strings.ContainsRune("()./+_", r)
}

func isIPv4(text string) bool {
	address, err := netip.ParseAddr(text)
	return err == nil && address.Is4()
}

func beginsWithTime(text string) bool {
	const layout = "2006-01-02T15:04"
	if len(text) < len(layout) {
		return false
	}
	_, err := time.Parse(layout, text[:len(layout)])
	return err == nil
}

// OneLine replaces line breaks and other control characters, so that a text of the API
// cannot write its own lines into a log.
func OneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp) {
			return ' '
		}
		return r
	}, text)
}
