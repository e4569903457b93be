package redact

import "strings"

// Redacted replaces a secret or personal text.
const Redacted = "[redacted]"

// LongestEscape is the largest number of bytes for one byte of a secret in an answer, as in
// \u002f.
const LongestEscape = 6

// CutSecret cuts every occurrence of a secret out of a text, also with the escapes of a URL
// or a JSON string. The secret is visible ASCII.
func CutSecret(text, secret string) string {
	if secret == "" || len(text) < len(secret) {
		return text
	}
	var b strings.Builder
	for at := 0; at < len(text); {
		if length := writtenLength(text[at:], secret); length > 0 {
			b.WriteString(Redacted)
			at += length
			continue
		}
		b.WriteByte(text[at])
		at++
	}
	return b.String()
}

// writtenLength returns the length of secret, with escapes, at the beginning of text, 0 if
// text does not begin with it.
func writtenLength(text, secret string) int {
	at := 0
	for i := range len(secret) {
		length := writtenByte(text[at:], secret[i])
		if length == 0 {
			return 0
		}
		at += length
	}
	return at
}

// writtenByte is writtenLength for one byte. Escapes may be escaped again: %252F, \\u002f.
func writtenByte(text string, b byte) int {
	if text == "" {
		return 0
	}
	at := 1
	switch text[0] {
	case '%':
		for strings.HasPrefix(text[at:], "25") && b != '%' {
			at += 2
		}
		if value, ok := hexValue(text, at, 2); ok && value == rune(b) {
			return at + 2
		}
	case '\\':
		for at < len(text) && text[at] == '\\' && b != '\\' {
			at++
		}
		if at < len(text) && text[at] == b {
			return at + 1
		}
		if value, ok := hexValue(text, at+1, 4); ok && text[at] == 'u' && value == rune(b) {
			return at + 5
		}
	}
	if text[0] == b {
		return 1
	}
	return 0
}
