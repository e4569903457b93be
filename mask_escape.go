package pilotstatus

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// writtenIndex is plainIndex for a text that may write value with escapes.
func writtenIndex(text, value string) (start, length int) {
	for start := range len(text) {
		if length := writtenLength(text[start:], value); length > 0 {
			return start, length
		}
	}
	return 0, 0
}

// writtenLength returns how many bytes at the beginning of text write value: as it
// is, or with any of its characters escaped as in a URL or in a JSON string. 0
// means that text begins with something else.
func writtenLength(text, value string) int {
	at := 0
	for value != "" {
		r, size := utf8.DecodeRuneInString(value)
		length := writtenRune(text[at:], value[:size], r)
		if length == 0 {
			return 0
		}
		at += length
		value = value[size:]
	}
	return at
}

// writtenRune is writtenLength for one character, given as text and as rune.
func writtenRune(text, plain string, r rune) int {
	if strings.HasPrefix(text, plain) {
		return len(plain)
	}
	if text == "" {
		return 0
	}
	switch text[0] {
	case '%':
		return percentEscaped(text, plain)
	case '\\':
		return jsonEscaped(text, r)
	case '+':
		if r == ' ' {
			return 1
		}
	}
	return 0
}

func percentEscaped(text, plain string) int {
	if len(text) < 3*len(plain) {
		return 0
	}
	for i := range len(plain) {
		part := text[3*i : 3*i+3]
		b, err := strconv.ParseUint(part[1:], 16, 8)
		if part[0] != '%' || err != nil || byte(b) != plain[i] {
			return 0
		}
	}
	return 3 * len(plain)
}

func jsonEscaped(text string, r rune) int {
	const short = "\"\\/\b\f\n\r\t" // what the letters of the next line stand for
	const letters = `"\/bfnrt`
	if len(text) < 2 {
		return 0
	}
	if i := strings.IndexByte(letters, text[1]); i >= 0 && rune(short[i]) == r {
		return 2
	}
	first, ok := unicodeEscape(text)
	if !ok {
		return 0
	}
	if first == r {
		return 6
	}
	if second, ok := unicodeEscape(text[6:]); ok && utf16.DecodeRune(first, second) == r && r != utf8.RuneError {
		return 12
	}
	return 0
}

// unicodeEscape reads the escape \uXXXX that text begins with.
func unicodeEscape(text string) (rune, bool) {
	if len(text) < 6 || text[:2] != `\u` {
		return 0, false
	}
	value, err := strconv.ParseUint(text[2:6], 16, 16)
	return rune(value), err == nil
}
