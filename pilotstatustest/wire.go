package pilotstatustest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"time"
)

// decode fills the struct that v points to from a JSON object. Unlike
// encoding/json it takes a field by its exact name only; null counts as absent
// and unknown fields are ignored. A struct type inside v that shall be as exact
// calls decode in its UnmarshalJSON.
func decode(data []byte, v any) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return err
	}
	if fields == nil {
		return errors.New("not an object")
	}
	target := reflect.ValueOf(v).Elem()
	for i := range target.NumField() {
		name, _, _ := strings.Cut(target.Type().Field(i).Tag.Get("json"), ",")
		raw, ok := fields[name]
		if !ok || name == "" {
			continue
		}
		if err := json.Unmarshal(raw, target.Field(i).Addr().Interface()); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// stamp writes a time as the API does; the zero time is null.
func stamp(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	text := stampText(t)
	return &text
}

func stampText(t time.Time) string {
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

// nullable is null for "".
func nullable(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// addUnknown puts a field that no client knows into every object of a JSON text.
func addUnknown(body []byte) []byte {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return body
	}
	return jsonAnswer(http.StatusOK, withUnknown(v)).body
}

func withUnknown(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = withUnknown(v[i])
		}
	case map[string]any:
		for name := range v {
			if name != "statusDistribution" && name != "variableMap" { // their names are data
				v[name] = withUnknown(v[name])
			}
		}
		v["fieldOfTomorrow"] = map[string]any{"values": []any{1, "two", nil}}
	}
	return v
}

// onlyDigits is a text without everything that is no digit.
func onlyDigits(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}
