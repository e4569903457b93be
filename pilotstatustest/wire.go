package pilotstatustest

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

// decode fills the struct that v points to from a JSON object. It follows the rules of
// encoding/json, but matches names exactly, also in nested objects, and refuses more than
// maxDepth levels.
func decode(data []byte, v any, more ...jsonv2.Options) error {
	if jsontext.Value(data).Kind() != '{' {
		return errors.New("not an object")
	}
	if err := checkDepth(data, maxDepth); err != nil {
		return err
	}
	opts := append([]jsonv2.Options{jsonv1.DefaultOptionsV1(), jsonv2.MatchCaseInsensitiveNames(false)}, more...)
	err := jsonv2.Unmarshal(data, v, opts...)
	if wrong, ok := errors.AsType[*jsonv1.UnmarshalTypeError](err); ok && wrong.Field != "" {
		return fmt.Errorf("body.%s cannot be a JSON %s", wrong.Field, wrong.Value)
	}
	return err
}

// patch is a member of a request that is absent, null or a value.
type patch[T any] struct {
	given bool
	value *T // nil: null
}

// UnmarshalJSONFrom is called for null too.
func (p *patch[T]) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	p.given = true
	return jsonv2.UnmarshalDecode(dec, &p.value)
}

func (p *patch[T]) null() bool { return p.given && p.value == nil }

// set changes a value that cannot be null.
func (p *patch[T]) set(v *T) { *v = orOld(p.value, *v) }

// setOrReset changes a value that null resets.
func (p *patch[T]) setOrReset(v **T) {
	if p.given {
		*v = p.value
	}
}

// encode writes v the way the API does, without escaping HTML.
func encode(v any, opts ...jsonv2.Options) []byte {
	opts = append([]jsonv2.Options{jsonv1.DefaultOptionsV1(), jsontext.EscapeForHTML(false)}, opts...)
	text, _ := jsonv2.Marshal(v, opts...) // all that is answered has a JSON form
	return text
}

// rowsOf converts every element of a list to a row of an answer. The result is never nil,
// so that an empty list is not null.
func rowsOf[T, R any](list []T, row func(T) R) []R {
	rows := make([]R, 0, len(list))
	for _, one := range list {
		rows = append(rows, row(one))
	}
	return rows
}

// first returns the first element for which wanted returns true, or nil.
func first[T any](list []*T, wanted func(*T) bool) *T {
	if i := slices.IndexFunc(list, wanted); i >= 0 {
		return list[i]
	}
	return nil
}

// placeOf is where the element with a serial is in a list in the order of the serials, or
// would be.
func placeOf[T any](list []T, serial int, of func(T) int) int {
	i, _ := slices.BinarySearchFunc(list, serial, func(one T, serial int) int { return of(one) - serial })
	return i
}

// bySerial finds the element with a serial in such a list, or returns nil.
func bySerial[T any](list []*T, serial int, of func(*T) int) *T {
	if i := placeOf(list, serial, of); i < len(list) && of(list[i]) == serial {
		return list[i]
	}
	return nil
}

// value is what p points to, else the zero value.
func value[T any](p *T) (zero T) { return orOld(p, zero) }

// orOld is what p points to, else what is there already.
func orOld[T any](p *T, old T) T {
	if p == nil {
		return old
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

// randomHex returns the text of n random bytes.
func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// externalID is like WhatsApp's: with characters that a path has to escape.
func externalID(id string) string {
	return "wamid.HBg" + base64.RawStdEncoding.EncodeToString([]byte(id)) + "+/x=="
}

// ownID is the id that an external one was made of, else the text itself.
func ownID(external string) string {
	text := strings.TrimSuffix(strings.TrimPrefix(external, "wamid.HBg"), "+/x==")
	if id, err := base64.RawStdEncoding.DecodeString(text); err == nil && externalID(string(id)) == external {
		return string(id)
	}
	return external
}

// appendNewest appends one to a list and drops the oldest beyond so many; 0 keeps all.
func appendNewest[T any](list []T, one T, keep int) []T {
	if list = append(list, one); keep == 0 || len(list) <= keep {
		return list
	}
	clear(list[:1]) // the array behind the list does not keep it
	return list[1:]
}

// serialOf is the number at the end of an id; 0 for another text.
func serialOf(id string) int {
	serial, _ := strconv.Atoi(id[len(strings.TrimRight(id, "0123456789")):])
	return serial
}

// later is the later one of two times.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// withoutFirst drops the first element. The array behind the list does not keep it.
func withoutFirst[T any](list []T) []T {
	clear(list[:1])
	return list[1:]
}

// unknownValue is the error of a value that is none of the known ones.
type unknownValue struct {
	member, value string
}

func (e unknownValue) Error() string { return fmt.Sprintf("%s %q", e.member, e.value) }
