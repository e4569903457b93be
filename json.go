package pilotstatus

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// hasOwnNames reports whether the names in a field of a request are the caller's.
func hasOwnNames(field string) bool {
	switch field {
	case "variables", "data", "media", "examples", "variableMap":
		return true
	}
	return false
}

// maxPlain is how long a text may be, in bytes, to be decoded without counting what
// its arrays cost. The elements of a longer one could take hundreds of times its size.
const maxPlain = 64 << 10

// unmarshalAnswer reads JSON that the API sent. Names of members count to the letter.
// A name that stands twice and invalid UTF-8 are no reason to lose an answer. Neither
// is a member of another kind than documented: it is left zero, or refused where zero
// would be a claim, see lenientReader.
// Only a text that is not JSON, or is of another kind than out as a whole, is an error.
//
// out is filled afresh: what it held before, also from a failed attempt, is gone.
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

// isMismatch tells a value of another kind than its Go type from broken JSON.
func isMismatch(err error) bool {
	if err == nil {
		return false
	}
	var mismatch *json.SemanticError
	return errors.As(err, &mismatch)
}

// whole takes the error of a type's own UnmarshalJSON out of the one that JSON v2 wraps
// around it, where it concerns the text as a whole.
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

// membersOf returns the members of a JSON object, nil for another value and for a text
// that is not JSON.
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

// marshalBody writes JSON for the API. The same value always becomes the same bytes,
// because a repeated idempotency key wants them, also across versions of this package:
// <>&, U+2028 and U+2029 stay escaped, and raw values keep their spelling. Invalid UTF-8 is
// an error.
func marshalBody(body any) ([]byte, error) {
	return json.Marshal(body, json.Deterministic(true), json.FormatNilSliceAsNull(true), json.FormatNilMapAsNull(true),
		jsontext.EscapeForHTML(true), jsontext.EscapeForJS(true), jsontext.PreserveRawStrings(true))
}

// unencodable returns the refusal of a body that marshalBody could not encode. It names
// the field, never its value.
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

// fieldOf writes a JSON pointer as the name of a field, as in list.buttonText. It ends
// where the names are the caller's: an error must not show them.
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
