package pilotstatustest

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
)

// externalID is like WhatsApp's: with characters that a path has to escape.
func externalID(id string) string {
	return "wamid.HBg" + base64.RawStdEncoding.EncodeToString([]byte(id)) + "+/x=="
}

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

// value is what p points to, else the zero value.
func value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

func blank(text string) bool { return strings.TrimSpace(text) == "" }

// unique leaves out what came before.
func unique(names []string) []string {
	var out []string
	for _, name := range names {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// patch is a member of a request that is absent, null or a value.
type patch[T any] struct {
	given bool
	value *T // nil: null
}

// UnmarshalJSON is called for null too.
func (p *patch[T]) UnmarshalJSON(data []byte) error {
	p.given = true
	return json.Unmarshal(data, &p.value)
}

func (p *patch[T]) null() bool { return p.given && p.value == nil }

// set changes a value that cannot be null.
func (p *patch[T]) set(v *T) {
	if p.value != nil {
		*v = *p.value
	}
}

// setOrReset changes a value that null resets.
func (p *patch[T]) setOrReset(v **T) {
	if p.given {
		*v = p.value
	}
}

// webToken returns a random token in the form of a JWT.
func webToken() string {
	head := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`))
	body := base64.RawURLEncoding.EncodeToString([]byte(`{"jti":"` + randomHex(8) + `"}`))
	return head + "." + body + "." + randomHex(32)
}

// orOld is what p points to, else what is there already.
func orOld[T any](p *T, old T) T {
	if p == nil {
		return old
	}
	return *p
}

// randomHex returns the text of n random bytes.
func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}
