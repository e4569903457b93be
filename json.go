package pilotstatus

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// hasOwnNames reports whether the names in a field of a request are the caller's.
func hasOwnNames(field string) bool {
	return slices.Contains([]string{"variables", "data", "media", "examples", "variableMap"}, field)
}

// maxPlain is the largest text, in bytes, that is decoded without counting the memory of
// its arrays. The elements of a longer text could take hundreds of times its size.
const maxPlain = 64 << 10

// unmarshalAnswer reads JSON from the API. Names are case-sensitive. It accepts a duplicate
// name and invalid UTF-8. A field of an undocumented type is left zero, or refused if zero
// would be a false statement, see lenientReader. It returns an error only for a text that
// is not JSON, or whose type as a whole does not fit out.
//
// It clears out first, so that nothing remains from a failed attempt.
func unmarshalAnswer(data []byte, out any) error {
	reflect.ValueOf(out).Elem().SetZero()
	if len(data) <= maxPlain {
		err := json.Unmarshal(data, out, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
		if !isMismatch(err) {
			return err
		}
		reflect.ValueOf(out).Elem().SetZero()
	}
	return whole(unmarshalLenient(data, out))
}

// isMismatch reports whether err is about a value that does not fit its Go type, and not
// about broken JSON.
func isMismatch(err error) bool {
	if err == nil {
		return false
	}
	var mismatch *json.SemanticError
	return errors.As(err, &mismatch)
}

// whole unwraps the error of a type's own UnmarshalJSON from the error of JSON v2, if it
// concerns the whole text.
func whole(err error) error {
	if err == nil {
		return nil
	}
	var mismatch *json.SemanticError
	if errors.As(err, &mismatch) && mismatch.Err != nil && mismatch.JSONPointer == "" {
		return mismatch.Err
	}
	if mismatch != nil && errors.Is(err, errOddMember) {
		return fmt.Errorf("%s: %w", fieldOf(mismatch.JSONPointer), mismatch.Err)
	}
	return err
}

// membersOf returns the fields of a JSON object, nil for another value and for a text that
// is not JSON.
func membersOf(text []byte) map[string]jsontext.Value {
	var members map[string]jsontext.Value
	if unmarshalAnswer(text, &members) != nil {
		return nil
	}
	return members
}

// textOf returns the text of a JSON string, "" for another value.
func textOf(value []byte) string {
	var text string
	_ = unmarshalAnswer(value, &text)
	return text
}

// marshalBody writes JSON for the API. The same value always becomes the same bytes, even
// in other versions of this package, because a repeated idempotency key needs them. So <>&,
// U+2028 and U+2029 stay escaped, and raw values keep their spelling. Invalid UTF-8 is an
// error.
func marshalBody(body any) ([]byte, error) { return json.Marshal(body, bodyOptions()...) }

// marshalLarge is marshalBody for a body with a text of that many bytes, which is copied
// once.
func marshalLarge(body any, text int) ([]byte, error) {
	var out bytes.Buffer
	out.Grow(text + text/3 + 4<<10) // JSON v2 makes another buffer where less than a quarter is free
	if err := json.MarshalWrite(&out, body, bodyOptions()...); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func bodyOptions() []json.Options {
	return []json.Options{
		json.Deterministic(true), json.FormatNilSliceAsNull(true), json.FormatNilMapAsNull(true),
		jsontext.EscapeForHTML(true), jsontext.EscapeForJS(true), jsontext.PreserveRawStrings(true),
	}
}

// unencodable returns the error for a body that marshalBody could not encode. It names the
// field, never its value.
func unencodable(err error) error {
	var syntax *jsontext.SyntacticError
	if errors.As(err, &syntax) {
		return invalid(fieldOf(syntax.JSONPointer), alteredText)
	}
	var semantic *json.SemanticError
	if errors.As(err, &semantic) {
		return invalid(fieldOf(semantic.JSONPointer), "it cannot be encoded as JSON"+typeIn(semantic))
	}
	return invalid("body", "it cannot be encoded as JSON")
}

func typeIn(err *json.SemanticError) string {
	if err.GoType == nil {
		return ""
	}
	return ": type " + err.GoType.String()
}

// fieldOf returns a JSON pointer as the name of a field, as in list.buttonText. It stops at
// names of the caller, which an error must not show.
func fieldOf(pointer jsontext.Pointer) string {
	var names []string
	for name := range pointer.Tokens() {
		names = append(names, name)
		if hasOwnNames(name) {
			break
		}
	}
	if len(names) == 0 {
		return "body"
	}
	return strings.Join(names, ".")
}
