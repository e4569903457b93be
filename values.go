package pilotstatus

import (
	"bytes"
	"database/sql/driver"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// beginsObject reports whether JSON text begins with an object.
func beginsObject(text []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) }

// Ptr returns a pointer to v, for optional fields of requests.
func Ptr[T any](v T) *T { return &v }

// Nullable is an optional field of an update that can also be null. The zero value keeps
// the stored value, [Set] stores a new one, and [Null] clears it or resets it to its
// default. Fields of this type are declared with omitzero, so only changes are sent to the
// server.
type Nullable[T any] struct {
	value T
	state fieldState
}

type fieldState uint8

const (
	fieldAbsent fieldState = iota
	fieldNull
	fieldSet
)

// Set returns a field that stores v, also if v is the zero value of its type.
func Set[T any](v T) Nullable[T] { return Nullable[T]{value: v, state: fieldSet} }

// Null returns a field that is sent as null: the server clears the value or resets it to
// its default.
func Null[T any]() Nullable[T] { return Nullable[T]{state: fieldNull} }

// IsZero reports whether the field keeps the stored value. encoding/json calls it for
// fields with omitzero.
func (f Nullable[T]) IsZero() bool { return f.state == fieldAbsent }

// Get returns the value and reports whether there is one. It returns false for null and for
// the zero value of Nullable.
func (f Nullable[T]) Get() (T, bool) { return f.value, f.state == fieldSet }

// MarshalJSON implements json.Marshaler.
func (f Nullable[T]) MarshalJSON() ([]byte, error) {
	if f.state != fieldSet {
		return []byte("null"), nil
	}
	return marshalBody(f.value)
}

// Timestamp is a time in an answer or an event. It keeps the received text, which is needed
// for cursors. It never makes an answer fail: an invalid time becomes the zero time, and
// [Timestamp.Text] still returns its text.
//
// It accepts RFC 3339, also with a zone without a colon ("+0000", "-03") and with a blank
// instead of the T. It also accepts Unix times, as a number or as digits in quotes. Their
// size determines the unit, for seconds and milliseconds from September 2001 to November
// 2286. A time without a zone, or a number of another size, is ambiguous and becomes the
// zero time.
//
// To store it in a database, see [Timestamp.Scan] and [Timestamp.Value].
type Timestamp struct {
	time.Time
	text string
}

// Text returns the time as received, "" for null and for an absent field.
func (t Timestamp) Text() string { return t.text }

// UnmarshalJSON implements json.Unmarshaler. It accepts any JSON and returns no error.
func (t *Timestamp) UnmarshalJSON(data []byte) error {
	*t = Timestamp{}
	switch {
	case string(data) == "null":
		return nil
	case len(data) < 2 || data[0] != '"':
		t.text = string(data)
	case bytes.IndexByte(data, '\\') < 0:
		t.text = string(data[1 : len(data)-1]) // without escapes, as times are
	default:
		unquoted, _ := jsontext.AppendUnquote(nil, data) // the text, if it is one
		t.text = string(unquoted)
	}
	*t = timestampOf(t.text)
	return nil
}

// timestampOf returns the Timestamp with that text.
func timestampOf(text string) Timestamp {
	t := Timestamp{text: text}
	t.Time, _ = parseTimestamp(text)
	return t
}

// MarshalJSON implements json.Marshaler. It encodes the text as received, null if there was
// none, and RFC 3339 in UTC for a Timestamp that was made from a time. Such a time outside
// the years 0 to 9999 is an error.
func (t Timestamp) MarshalJSON() ([]byte, error) {
	text := t.text
	if text == "" {
		if t.IsZero() {
			return []byte("null"), nil
		}
		if err := checkTime("Timestamp", t.Time); err != nil {
			return nil, err
		}
		text = t.UTC().Format(time.RFC3339Nano)
	}
	return jsontext.AppendQuote(nil, strings.ToValidUTF8(text, "\ufffd"))
}

// Scan implements sql.Scanner. It accepts a time, a text (string or []byte) in one of the
// forms of [Timestamp], which Text keeps, and NULL or "" for the zero Timestamp. Anything
// else is an error. So is a time without a zone: the driver must provide the zone
// (parseTime=true for MySQL).
func (t *Timestamp) Scan(src any) error {
	switch src := src.(type) {
	case nil:
		*t = Timestamp{}
		return nil
	case time.Time:
		*t = Timestamp{Time: src}
		return nil
	case string:
		return t.scanText(src)
	case []byte:
		return t.scanText(string(src))
	}
	return fmt.Errorf("pilotstatus: a Timestamp cannot be read from a %T; the column must be a time or a text", src)
}

func (t *Timestamp) scanText(text string) error {
	if text == "" {
		*t = Timestamp{}
		return nil
	}
	parsed, ok := parseTimestamp(text)
	if !ok {
		return invalid("Timestamp", "the column holds a text that is no time with a zone")
	}
	*t = Timestamp{Time: parsed, text: text}
	return nil
}

// Value implements driver.Valuer. It returns the time in UTC, and NULL for the zero time.
// An invalid time also becomes NULL; to keep its text, store Text in another column.
func (t Timestamp) Value() (driver.Value, error) {
	if t.IsZero() {
		return nil, nil //nolint:nilnil // NULL
	}
	return t.UTC(), nil
}

// parseTimestamp returns the time if the text is unambiguous.
func parseTimestamp(text string) (time.Time, bool) {
	for _, layout := range []string{
		time.RFC3339,
		"2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05Z07",
		"2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05Z0700", "2006-01-02 15:04:05Z07",
	} {
		// time.Parse accepts a fraction of a second although the layouts have none.
		if parsed, err := time.Parse(layout, text); err == nil {
			return parsed, true
		}
	}
	return parseUnix(text)
}

// longestUnix limits the length of a number, so that long digits or a huge exponent cost no
// time.
const longestUnix = 40

// parseUnix returns the time of an unambiguous number. A number with 10 digits before the
// point counts seconds, one with 13 digits milliseconds. Both are then between 2001 and
// 2286; in any other unit such a number would be far from the present.
func parseUnix(text string) (time.Time, bool) {
	number := jsontext.Value(text)
	if len(text) > longestUnix || number.Kind() != '0' || !number.IsValid() {
		return time.Time{}, false
	}
	// Checked before the exact value is computed: 1e999999999 has a billion digits.
	if near, err := strconv.ParseFloat(text, 64); err != nil || near < 1e9-1 || near > 1e13 {
		return time.Time{}, false
	}
	exact, ok := new(big.Rat).SetString(text)
	if !ok {
		return time.Time{}, false
	}
	whole := new(big.Int).Quo(exact.Num(), exact.Denom())
	fraction := func(unit time.Duration) time.Duration {
		rest := new(big.Rat).Sub(exact, new(big.Rat).SetInt(whole))
		rest.Mul(rest, new(big.Rat).SetInt64(int64(unit)))
		return time.Duration(new(big.Int).Quo(rest.Num(), rest.Denom()).Int64())
	}
	switch n := whole.Int64(); {
	case 1e9 <= n && n < 1e10:
		return time.Unix(n, int64(fraction(time.Second))).UTC(), true
	case 1e12 <= n && n < 1e13:
		return time.UnixMilli(n).Add(fraction(time.Millisecond)).UTC(), true
	}
	return time.Time{}, false
}

// formatTime returns a time in the form for requests: ISO 8601 in UTC with milliseconds.
func formatTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// requestTime is formatTime for a field of a request, "" for a zero time.
func requestTime(field string, t time.Time) (string, error) {
	if t.IsZero() {
		return "", nil
	}
	return formatTime(t), checkTime(field, t)
}

// checkTime refuses a time without such a form. Usually it is a count of milliseconds that
// was converted as seconds.
func checkTime(field string, t time.Time) error {
	if year := t.UTC().Year(); year < 0 || year > 9999 {
		return invalid(field, "its year is outside 0 to 9999; milliseconds become a time with time.UnixMilli")
	}
	return nil
}
