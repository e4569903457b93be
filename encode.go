package pilotstatus

import (
	stdjson "encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

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

// marshalOwn encodes a value of the caller's own type, with encoding/json and its rules.
// field names the value in the error. encoding/json would replace invalid UTF-8 in
// silence and go on for ever over a value that shares its parts.
func marshalOwn(field string, value any) ([]byte, error) {
	if err := checkOwn(field, value); err != nil {
		return nil, err
	}
	data, err := stdjson.Marshal(value)
	if err != nil {
		return nil, invalid(field, "it cannot be encoded as JSON: "+encodingProblem(err))
	}
	if !jsontext.Value(data).IsValid() {
		return nil, invalid(field, alteredText)
	}
	return data, nil
}

// encodingProblem says why a value has no JSON form, without showing the value.
func encodingProblem(err error) string {
	switch err := err.(type) { //nolint:errorlint // json.Marshal returns these two as they are
	case *stdjson.UnsupportedTypeError:
		return "type " + err.Type.String()
	case *stdjson.MarshalerError:
		return "type " + err.Type.String()
	}
	return "a value in it has no JSON form"
}

// unmarshalOwn decodes an answer into a value of the caller's own type, with encoding/json
// and its rules. JSON that ends early is io.ErrUnexpectedEOF.
func unmarshalOwn(data []byte, out any) error {
	err := stdjson.Unmarshal(data, out)
	var syntax *stdjson.SyntaxError
	if errors.As(err, &syntax) && syntax.Offset >= int64(len(data)) && strings.HasPrefix(syntax.Error(), "unexpected end") {
		return fmt.Errorf("it ends early: %w", io.ErrUnexpectedEOF)
	}
	return err
}
