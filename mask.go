package pilotstatus

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"unicode"
)

// longestPlainNumber is how many digits may stand together in the text of an
// error. The shortest phone numbers have seven; counts, limits and most of
// Meta's error numbers are shorter.
const longestPlainNumber = 6

// cutWhole is the length from which a value is cut out of a text wherever it
// stands. A shorter one is cut only where it stands as a word, because cutting
// the id "a" out of every word would leave nothing to read.
const cutWhole = 4

// span is a part of a text, in bytes.
type span struct{ start, end int }

// mask replaces the values and the long numbers in a text. Both are looked for in
// the text as it was: a value that is part of a number would otherwise leave the
// rest of the number readable.
func mask(text string, values []string) string {
	return redact(text, append(valueSpans(text, values), numberSpans(text)...))
}

// oneLine replaces line breaks and other control characters: a text of the API must
// not be able to write lines of its own into a log.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp) {
			return ' '
		}
		return r
	}, text)
}

// maskDigits replaces every group of more than longestPlainNumber digits, also
// when blanks, dots, hyphens and parentheses stand between them. An address of the
// network stays: the error of a lost connection is of no use without it.
func maskDigits(text string) string { return redact(text, numberSpans(text)) }

// cutValues replaces the values wherever they stand in text, as they are or
// escaped as in a URL or in JSON.
func cutValues(text string, values []string) string { return redact(text, valueSpans(text, values)) }

// cutBytes is cutValues for one secret in a raw body, which it leaves as it is.
func cutBytes(body []byte, secret string) []byte {
	return []byte(cutValues(string(body), []string{secret}))
}

// redact replaces the spans. Spans that overlap become one.
func redact(text string, spans []span) string {
	if len(spans) == 0 {
		return text
	}
	slices.SortFunc(spans, func(a, b span) int { return a.start - b.start })
	var b strings.Builder
	done := 0
	for i := 0; i < len(spans); {
		whole := spans[i]
		for i++; i < len(spans) && spans[i].start < whole.end; i++ {
			whole.end = max(whole.end, spans[i].end)
		}
		b.WriteString(text[done:whole.start])
		b.WriteString(redacted)
		done = whole.end
	}
	b.WriteString(text[done:])
	return b.String()
}

func numberSpans(text string) []span {
	var spans []span
	for at := 0; at < len(text); {
		start := strings.IndexFunc(text[at:], isDigit)
		if start < 0 {
			break
		}
		start += at
		length, digits := digitGroup(text[start:])
		at = start + length
		if digits > longestPlainNumber && !isIPv4(text[start:at]) {
			spans = append(spans, span{start, at})
		}
	}
	return spans
}

// digitGroup measures the group of digits that text begins with: where its last
// digit ends and how many digits it has.
func digitGroup(text string) (length, digits int) {
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
	return unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || strings.ContainsRune("().", r)
}

func isIPv4(text string) bool {
	address, err := netip.ParseAddr(text)
	return err == nil && address.Is4()
}

func valueSpans(text string, values []string) []span {
	find := plainIndex
	if strings.ContainsAny(text, `%\+`) {
		find = writtenIndex
	}
	var spans []span
	for _, value := range values {
		if value == "" || len(value) > len(text) {
			continue // however it is written, it does not get shorter
		}
		for at := 0; at < len(text); {
			start, length := find(text[at:], value)
			if length == 0 {
				break
			}
			start += at
			if len(value) < cutWhole && insideWord(text, start, start+length) {
				at = start + 1
				continue
			}
			spans = append(spans, span{start, start + length})
			at = start + length
		}
	}
	return spans
}

// plainIndex returns where value stands in text and how long it is there; a length
// of 0 means that it does not.
func plainIndex(text, value string) (start, length int) {
	if start = strings.Index(text, value); start < 0 {
		return 0, 0
	}
	return start, len(value)
}

// insideWord reports whether the characters around a part of text make it a part
// of a longer word.
func insideWord(text string, start, end int) bool {
	return start > 0 && isWordByte(text[start-1]) || end < len(text) && isWordByte(text[end])
}

func isWordByte(b byte) bool {
	return b == '_' || b >= 0x80 || '0' <= b && b <= '9' || 'A' <= b && b <= 'Z' || 'a' <= b && b <= 'z'
}

// bodyTexts returns every text that a request body carries, for cutting it out
// of what the API says about that body.
func bodyTexts(body []byte) []string {
	var value any
	if len(body) == 0 || json.Unmarshal(body, &value) != nil {
		return nil
	}
	return appendTexts(nil, value, false)
}

// appendTexts appends the texts of value. own says that the names in value are the
// caller's, not the API's.
func appendTexts(texts []string, value any, own bool) []string {
	switch value := value.(type) {
	case string:
		// An answer may repeat it without the blanks around it.
		if text := strings.TrimSpace(value); text != "" {
			texts = append(texts, text)
		}
	case []any:
		for _, element := range value {
			texts = appendTexts(texts, element, own)
		}
	case map[string]any:
		for key, element := range value {
			if own || !isAPIWord(key, element) {
				texts = appendTexts(texts, element, own || hasOwnNames(key))
			}
		}
	}
	return texts
}

// hasOwnNames reports whether the names in a field of a request are the caller's.
func hasOwnNames(field string) bool {
	switch field {
	case "variables", "data", "media", "examples", "variableMap":
		return true
	}
	return false
}

// isAPIWord reports whether a field of a request, or a placeholder of its path, holds
// one of the API's own words, which an error may repeat.
func isAPIWord(field string, value any) bool {
	switch field {
	case "type", "mediaType", "action", "mode", "category", "language", "provider",
		"purpose", "surface", "channel", "piiMode", "events", "documentType", "status", "call_icon_visibility",
		"callback_permission_status", "metaFlow", "source":
		return isWords(value)
	}
	return false
}

// isWords reports whether value is a word, or a list of words.
func isWords(value any) bool {
	switch value := value.(type) {
	case string:
		return strings.Trim(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_.") == ""
	case []any:
		return !slices.ContainsFunc(value, func(element any) bool { return !isWords(element) })
	}
	return false
}
