package pilotstatuspg

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pilotstatus/pilotstatus-go"
)

// storableEvent returns an event whose texts and Raw PostgreSQL can store: it reads it
// again from a delivery without what PostgreSQL refuses.
func storableEvent(event pilotstatus.Event) pilotstatus.Event {
	raw := event.Raw()
	clean := storableJSON(raw)
	if _, malformed := event.(*pilotstatus.MalformedEvent); !malformed && bytes.Equal(raw, clean) {
		return event
	}
	event, err := pilotstatus.ParseEvent(clean)
	if err == nil || json.Valid(clean) {
		return event
	}
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if enc.Encode(string(clean)) != nil { // a text is always JSON
		return event
	}
	event, _ = pilotstatus.ParseEvent(bytes.TrimSuffix(text.Bytes(), []byte("\n")))
	if malformed, ok := event.(*pilotstatus.MalformedEvent); ok {
		malformed.Err = err // of what was received
	}
	return event
}

// storableJSON returns a JSON text as jsonb takes it.
func storableJSON(raw []byte) []byte {
	raw = bytes.ToValidUTF8(raw, []byte("\uFFFD"))
	if bytes.IndexByte(raw, 0) >= 0 {
		raw = bytes.ReplaceAll(raw, []byte{0}, []byte("\uFFFD"))
	}
	clean := make([]byte, 0, len(raw))
	for rest := raw; len(rest) > 0; {
		n := 1
		switch c := rest[0]; {
		case c == '"':
			clean, n = appendString(clean, rest)
		case c == '-' || c >= '0' && c <= '9':
			clean, n = appendNumber(clean, rest)
		default:
			clean = append(clean, c)
		}
		rest = rest[n:]
	}
	return clean
}

// appendString appends the string that text begins with. It returns how long that is.
func appendString(clean, text []byte) ([]byte, int) {
	clean = append(clean, '"')
	i := 1
	for i < len(text) {
		n := 1
		switch text[i] {
		case '"':
			return append(clean, '"'), i + 1
		case '\\':
			clean, n = appendEscape(clean, text[i:])
		default:
			clean = append(clean, text[i])
		}
		i += n
	}
	return clean, i // no JSON
}

const (
	unknownEscape = `\ufffd`
	escapeLen     = len(unknownEscape)
)

// appendEscape appends the escape that text begins with, or that of U+FFFD in its place. It
// returns how long that is: two escapes for a surrogate pair.
func appendEscape(clean, text []byte) ([]byte, int) {
	r, ok := escaped(text)
	switch {
	case !ok:
		n := min(2, len(text))
		return append(clean, text[:n]...), n
	case r == 0:
		return append(clean, unknownEscape...), escapeLen
	case !utf16.IsSurrogate(r):
		return append(clean, text[:escapeLen]...), escapeLen
	}
	low, _ := escaped(text[escapeLen:])
	if utf16.DecodeRune(r, low) == utf8.RuneError {
		return append(clean, unknownEscape...), escapeLen
	}
	return append(clean, text[:2*escapeLen]...), 2 * escapeLen
}

// escaped returns the code of an escape as in \u0041.
func escaped(text []byte) (rune, bool) {
	if len(text) < escapeLen || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	code, err := strconv.ParseUint(string(text[2:escapeLen]), 16, 16)
	return rune(code), err == nil
}

// What a number may have: jsonb refuses 10^131072, or 16,384 digits behind the point.
const (
	maxNumberLen      = 1000
	maxExponentDigits = 4
)

// appendNumber appends the number that text begins with, as a string if jsonb may refuse it.
// It returns how long that is.
func appendNumber(clean, text []byte) ([]byte, int) {
	n := bytes.IndexFunc(text, func(r rune) bool { return !strings.ContainsRune("+-.0123456789eE", r) })
	if n < 0 {
		n = len(text)
	}
	number := text[:n]
	e := bytes.IndexAny(number, "eE")
	if n <= maxNumberLen && (e < 0 || len(bytes.TrimLeft(number[e+1:], "+-0")) <= maxExponentDigits) {
		return append(clean, number...), n
	}
	return append(append(append(clean, '"'), number...), '"'), n
}

// withoutValues returns an error without the texts in which PostgreSQL and pgx repeat values,
// as in: invalid input syntax for type integer: "…".
func withoutValues(err error) error {
	var answer *pgconn.PgError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &answer) && strings.HasPrefix(answer.Code, codeDataException):
		return &valueError{err: err, code: "SQLSTATE " + answer.Code}
	case strings.Contains(err.Error(), encodeFailure):
		return &valueError{err: err, code: "its type cannot be encoded"}
	}
	return err
}

// encodeFailure begins the texts of pgx about an argument, which it repeats.
const encodeFailure = "failed to encode args["

// codeDataException begins the codes of errors whose texts repeat values.
const codeDataException = "22"

// valueError is an error with a text that may repeat a value of the event.
type valueError struct {
	err  error
	code string // or the reason
}

// Error returns the code.
func (e *valueError) Error() string {
	return "pilotstatuspg: PostgreSQL or its driver refused a value (" + e.code + "): the text may repeat it and is left out"
}

// Unwrap returns the whole error.
func (e *valueError) Unwrap() error { return e.err }
