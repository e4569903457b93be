package redact

import (
	"bytes"
	"net"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
)

// numberGroup is digits with anything between them that people put into a phone
// number.
var numberGroup = regexp.MustCompile(`\p{Nd}(?:[\s\v\x{85}\p{Z}\p{Pd}().]*\p{Nd})*`)

// What an error shows holds no group of six digits, however it is written, but for
// network addresses and times, and nothing of 8 characters that is private.
func FuzzMask(f *testing.F) {
	for _, text := range []string{
		"", "at most 100", "+5511987650432", "+55 (11) 98765-0432", "1 2 3 4 5 6 7", "1.2.3.4.5.6.7", "((((1234567))))", "12345", "123456", "00000\x000",
		"\u00a01\u20101\u20111\u20121\u20131\u20141\u2015", "٥٥١١٩٨٧", "\xff1234567\xff", "1\xff2\xff3\xff4\xff5\xff6\xff7", "12345 67", "\U0001d7d8\U0001d7d9\U0001d7da\U0001d7db\U0001d7dc\U0001d7dd\U0001d7de",
		"1234567[redacted]7654321", "127.100.200.250:443", "192.168.100.200", "45.12.34.56.78", "[redacted]", "banana", "\u00a01\xe2\x80", "%C2%A01", "a 2026-11-04T12:30:00Z b",
	} {
		f.Add(text, "msg_1")
		f.Add("x"+text+"y", text)
	}
	f.Fuzz(func(t *testing.T, text, value string) {
		if shown := Private(nil).Show(text); shown != Withheld {
			for _, group := range numberGroup.FindAllString(shown, -1) {
				if net.ParseIP(group).To4() == nil && !strings.Contains(shown, group+"T") {
					require.Less(t, countDigits(group), longNumber, group)
				}
			}
		}
		if form := normalForm(value); len(form) >= shortestWhole {
			for _, written := range []string{value, url.PathEscape(value), url.QueryEscape(value), strings.ToUpper(value)} {
				if bytes.Equal(normalForm(withoutEscapes(written)), form) || bytes.Equal(normalForm(written), form) {
					require.True(t, Private{value}.Hides(text+" "+written+" "+text), written)
				}
			}
		}
		ascii := !strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' })
		if ascii && len(value) >= shortestWhole && !strings.ContainsAny(value, `[]%\`) && !strings.Contains(Redacted, value) {
			cut := CutSecret(text+value+url.PathEscape(value)+url.QueryEscape(value)+value+text, value)
			require.NotContains(t, cut, value)
		}
	})
}

func countDigits(text string) int {
	count := 0
	for _, r := range text {
		if unicode.IsDigit(r) {
			count++
		}
	}
	return count
}
