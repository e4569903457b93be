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

// beginsObject tells an object from other values of JSON.
func beginsObject(text []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) }

// Ptr returns a pointer to v, for optional fields of requests.
func Ptr[T any](v T) *T { return &v }

// Nullable is an optional field of an update that also knows null. Its zero value
// leaves the stored value alone, Set stores a new one and Null clears it or
// takes it back to its default. Fields of this type are declared with
// omitzero, so that only what was set goes to the server.
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

// Set returns a field that stores v, also when v is the zero value of its type.
func Set[T any](v T) Nullable[T] { return Nullable[T]{value: v, state: fieldSet} }

// Null returns a field that is sent as null: the server clears the value or
// takes it back to its default.
func Null[T any]() Nullable[T] { return Nullable[T]{state: fieldNull} }

// IsZero reports whether the field leaves the stored value alone. encoding/json
// asks it for fields with omitzero.
func (f Nullable[T]) IsZero() bool { return f.state == fieldAbsent }

// Get returns the value and whether there is one: false for null and for a
// field that was left alone.
func (f Nullable[T]) Get() (T, bool) { return f.value, f.state == fieldSet }

// MarshalJSON implements json.Marshaler.
func (f Nullable[T]) MarshalJSON() ([]byte, error) {
	if f.state != fieldSet {
		return []byte("null"), nil
	}
	return marshalBody(f.value)
}

// Timestamp is a time in an answer or an event. It keeps the text that was
// received, which is what a cursor wants back, and never makes an answer fail: what
// is no time leaves the zero time and stays readable.
//
// It reads RFC 3339, also with a zone without its colon ("+0000", "-03") and with a
// blank in place of the T, and Unix times, as a number or as digits in quotes, where
// their size tells the unit: seconds and milliseconds from September 2001 until
// November 2286. A time without a zone and a number of any other size have no certain
// meaning, and leave the zero time.
//
// In a database it is a time: see Scan and Value.
type Timestamp struct {
	time.Time
	text string
}

// Text returns the time as it was received, "" for null and for an absent field.
func (t Timestamp) Text() string { return t.text }

// UnmarshalJSON implements json.Unmarshaler. It returns no error, whatever it
// is given.
func (t *Timestamp) UnmarshalJSON(data []byte) error {
	*t = Timestamp{}
	switch {
	case string(data) == "null":
		return nil
	case len(data) < 2 || data[0] != '"':
		t.text = string(data)
	case bytes.IndexByte(data, '\\') < 0:
		t.text = string(data[1 : len(data)-1]) // no escapes, which is what times look like
	default:
		unquoted, _ := jsontext.AppendUnquote(nil, data) // as far as it is a text
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

// MarshalJSON implements json.Marshaler: the text as received, null where there
// was none, and RFC 3339 in UTC for a Timestamp that was made from a time. Such a
// time outside the years 0 to 9999 is an error.
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

// Scan implements sql.Scanner. It takes a time, a text (string or []byte) in one of the
// forms that Timestamp reads, which Text keeps then, and NULL or "" for the zero
// Timestamp. Anything else is an error, also a time without a zone: the driver has to say
// which zone it is in (parseTime=true for MySQL).
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

// Value implements driver.Valuer: the time in UTC, and NULL for the zero time. A text
// that is no time becomes NULL too; store Text beside it to keep it.
func (t Timestamp) Value() (driver.Value, error) {
	if t.IsZero() {
		return nil, nil //nolint:nilnil // NULL
	}
	return t.UTC(), nil
}

// parseTimestamp returns the time that a text means for certain.
func parseTimestamp(text string) (time.Time, bool) {
	for _, layout := range []string{
		time.RFC3339,
		"2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05Z07",
		"2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05Z0700", "2006-01-02 15:04:05Z07",
	} {
		// A fraction of a second is read although the layouts have none.
		if parsed, err := time.Parse(layout, text); err == nil {
			return parsed, true
		}
	}
	return parseUnix(text)
}

// longestUnix keeps a long number, or one with a huge exponent, from taking time.
const longestUnix = 40

// parseUnix returns the time that a number means for certain: it counts seconds where its
// whole part has 10 digits, and milliseconds where it has 13. Both then lie between 2001
// and 2286; counted in the other unit, or in a third one, no such number is near.
func parseUnix(text string) (time.Time, bool) {
	number := jsontext.Value(text)
	if len(text) > longestUnix || number.Kind() != '0' || !number.IsValid() {
		return time.Time{}, false
	}
	// Before the exact value is made: 1e999999999 has a billion digits.
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

// formatTime writes a time the way requests carry it: ISO 8601 in UTC with
// milliseconds.
func formatTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// checkTime refuses a time that has no such form. It is mostly a count of milliseconds
// that was taken for seconds.
func checkTime(field string, t time.Time) error {
	if year := t.UTC().Year(); year < 0 || year > 9999 {
		return invalid(field, "its year is outside 0 to 9999; milliseconds become a time with time.UnixMilli")
	}
	return nil
}
