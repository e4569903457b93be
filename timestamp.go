package pilotstatus

import (
	"bytes"
	"encoding/json"
	"time"
)

// Timestamp is a time in an answer or an event. It keeps the text that was
// received, which is what a cursor wants back, and never makes an answer fail:
// a text that is no RFC 3339 time leaves the zero time and stays readable.
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
		_ = json.Unmarshal(data, &t.text)
	}
	if parsed, err := time.Parse(time.RFC3339Nano, t.text); err == nil {
		t.Time = parsed
	}
	return nil
}

// MarshalJSON implements json.Marshaler: the text as received, null where there
// was none, and RFC 3339 in UTC for a Timestamp that was made from a time.
func (t Timestamp) MarshalJSON() ([]byte, error) {
	if t.text != "" {
		return json.Marshal(t.text)
	}
	if t.IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(formatTime(t.Time))
}

// formatTime writes a time the way requests carry it: ISO 8601 in UTC with
// milliseconds.
func formatTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
