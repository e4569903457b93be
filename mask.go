package pilotstatus

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// longestPlainNumber is how many digits may stand together in the text of an
// error. The shortest phone numbers have seven; counts, limits and most of
// Meta's error numbers are shorter.
const longestPlainNumber = 6

// maskDigits replaces every group of more than longestPlainNumber digits, also
// when blanks, dots, hyphens and parentheses stand between them. An address of the
// network stays: the error of a lost connection is of no use without it.
func maskDigits(text string) string {
	if !hasLongNumber(text) {
		return text
	}
	var b strings.Builder
	for text != "" {
		start := strings.IndexFunc(text, isDigit)
		if start < 0 {
			break
		}
		end, digits := digitGroup(text[start:])
		b.WriteString(text[:start])
		if group := text[start : start+end]; digits > longestPlainNumber && !isIPv4(group) {
			b.WriteString(redacted)
		} else {
			b.WriteString(text[start : start+end])
		}
		text = text[start+end:]
	}
	b.WriteString(text)
	return b.String()
}

func isIPv4(text string) bool {
	address, err := netip.ParseAddr(text)
	return err == nil && address.Is4()
}

func hasLongNumber(text string) bool {
	digits := 0
	for _, r := range text {
		if isDigit(r) {
			digits++
		}
	}
	return digits > longestPlainNumber
}

// digitGroup measures the group of digits that text begins with: where its last
// digit ends and how many digits it has.
func digitGroup(text string) (end, digits int) {
	for i, r := range text {
		switch {
		case isDigit(r):
			end, digits = i+len(string(r)), digits+1
		case !joinsDigits(r):
			return end, digits
		}
	}
	return end, digits
}

func isDigit(r rune) bool { return unicode.Is(unicode.Nd, r) }

func joinsDigits(r rune) bool {
	return unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || strings.ContainsRune("().", r)
}

// cutWhole is the length from which a value is cut out of a text wherever it
// stands. A shorter one is cut only where it stands as a word, because cutting
// the id "a" out of every word would leave nothing to read.
const cutWhole = 4

// cutValues replaces the values wherever they stand in text, as they are or
// escaped as in a URL or in JSON.
func cutValues(text string, values []string) string {
	for _, value := range values {
		if len(value) > len(text) {
			continue // its other forms are longer still
		}
		for _, form := range writtenForms(value) {
			if len(value) >= cutWhole {
				text = strings.ReplaceAll(text, form, redacted)
			} else {
				text = cutWord(text, form)
			}
		}
	}
	return text
}

// cutBytes is cutValues for one secret in a raw body.
func cutBytes(body []byte, secret string) []byte {
	for _, form := range writtenForms(secret) {
		if bytes.Contains(body, []byte(form)) {
			body = bytes.ReplaceAll(body, []byte(form), []byte(redacted))
		}
	}
	return body
}

// writtenForms returns the ways in which an answer may repeat a value.
func writtenForms(value string) []string {
	if value == "" {
		return nil
	}
	forms := []string{value, url.PathEscape(value), url.QueryEscape(value), escapeSegment(value)}
	if quoted, err := json.Marshal(value); err == nil {
		forms = append(forms, string(quoted[1:len(quoted)-1]))
	}
	slices.SortFunc(forms, func(a, b string) int { return len(b) - len(a) })
	return slices.Compact(forms)
}

func cutWord(text, word string) string {
	var b strings.Builder
	for {
		i := strings.Index(text, word)
		if i < 0 {
			b.WriteString(text)
			return b.String()
		}
		end := i + len(word)
		b.WriteString(text[:i])
		if endsInWord(text[:i]) || beginsWithWord(text[end:]) {
			b.WriteString(word)
		} else {
			b.WriteString(redacted)
		}
		text = text[end:]
	}
}

func endsInWord(text string) bool {
	return text != "" && isWordByte(text[len(text)-1])
}

func beginsWithWord(text string) bool {
	return text != "" && isWordByte(text[0])
}

func isWordByte(b byte) bool {
	return b == '_' || b >= 0x80 || '0' <= b && b <= '9' || 'A' <= b && b <= 'Z' || 'a' <= b && b <= 'z'
}

// plainBodyKey reports whether the field of a request body holds one of the
// API's own words, which an error may repeat.
func plainBodyKey(key string) bool {
	switch key {
	case "type", "mediaType", "action", "mode", "category", "language", "provider",
		"purpose", "surface", "piiMode", "events":
		return true
	}
	return false
}

// bodyTexts returns every text that a request body carries, for cutting it out
// of what the API says about that body.
func bodyTexts(body []byte) []string {
	var value any
	if len(body) == 0 || json.Unmarshal(body, &value) != nil {
		return nil
	}
	return appendTexts(nil, value)
}

func appendTexts(texts []string, value any) []string {
	switch value := value.(type) {
	case string:
		if strings.TrimSpace(value) != "" {
			texts = append(texts, value)
		}
	case []any:
		for _, element := range value {
			texts = appendTexts(texts, element)
		}
	case map[string]any:
		for key, element := range value {
			if !plainBodyKey(key) {
				texts = appendTexts(texts, element)
			}
		}
	}
	return texts
}
