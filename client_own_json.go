package pilotstatus

import (
	"bytes"
	"encoding"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// marshalOwn encodes a value of the caller's own type, with encoding/json and its rules.
// field names the value in the error. encoding/json alone would silently replace invalid
// UTF-8, and would never finish a value that shares its parts many times over.
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

// encodingProblem returns the reason why a value has no JSON form, without the value.
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

const (
	// maxOwnValues is the largest number of values in a caller's own value, each counted as
	// often as it would be written. A value that refers to itself, or shares its parts many
	// times over, exceeds it.
	maxOwnValues = 1 << 20

	// maxOwnText is the largest total of text, in bytes.
	maxOwnText = 256 << 20

	// maxOwnDepth is the largest depth of nested values.
	maxOwnDepth = 500
)

const (
	endlessValue = "it is too large, or refers to itself"
	hiddenSecret = "give the text itself, as Reveal returns it; a Secret would be sent redacted"
)

// checkOwn checks a value of the caller's own type before encoding/json encodes it. It
// refuses a value that would be sent altered, or would never end. field names the value.
func checkOwn(field string, value any) error {
	c := ownChecker{values: maxOwnValues, text: maxOwnText}
	if found := c.check(reflect.ValueOf(value), 0); found != nil {
		return invalid(field+found.path, found.reason)
	}
	return nil
}

// ownChecker counts the limits down.
type ownChecker struct{ values, text int }

// ownProblem is the reason to refuse a value. path is its path from the checked value.
type ownProblem struct{ path, reason string }

// in returns the problem with the path of the enclosing value.
func (p *ownProblem) in(part string) *ownProblem {
	if p == nil {
		return nil
	}
	return &ownProblem{path: part + p.path, reason: p.reason}
}

func (c *ownChecker) check(v reflect.Value, depth int) *ownProblem {
	if c.values--; c.values < 0 || depth > maxOwnDepth {
		return &ownProblem{reason: endlessValue}
	}
	if !v.IsValid() {
		return nil
	}
	switch v.Type() {
	case reflect.TypeFor[Secret](), reflect.TypeFor[Credential]():
		return &ownProblem{reason: hiddenSecret}
	}
	if v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		return c.check(v.Elem(), depth+1)
	}
	if text, ok := ownText(v); ok {
		return c.checkText(text)
	}
	switch v.Kind() {
	case reflect.Slice, reflect.Array:
		return c.checkElements(v, depth)
	case reflect.Map:
		return c.checkMap(v, depth)
	case reflect.Struct:
		return c.checkStruct(v, depth)
	}
	return nil
}

// ownText returns the text form of a value, "" for a value that writes its own JSON. It
// reports false for a value that contains others.
func ownText(v reflect.Value) (string, bool) {
	if v.CanInterface() {
		if v.CanAddr() {
			v = v.Addr() // for methods of the pointer
		}
		switch own := v.Interface().(type) {
		case stdjson.RawMessage:
			return string(own), true
		case *stdjson.RawMessage:
			return string(*own), true
		case stdjson.Marshaler:
			return "", true
		case encoding.TextMarshaler:
			text, _ := own.MarshalText() // encoding/json reports the error, with the type
			return string(text), true
		}
	}
	if v = reflect.Indirect(v); v.Kind() == reflect.String {
		return v.String(), true
	}
	return "", false
}

func (c *ownChecker) checkText(text string) *ownProblem {
	if c.text -= len(text); c.text < 0 {
		return &ownProblem{reason: endlessValue}
	}
	if !utf8.ValidString(text) {
		return &ownProblem{reason: alteredText}
	}
	return nil
}

func (c *ownChecker) checkElements(v reflect.Value, depth int) *ownProblem {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		return nil // becomes base64
	}
	for i := range v.Len() {
		if found := c.check(v.Index(i), depth+1); found != nil {
			return found.in("[" + strconv.Itoa(i) + "]")
		}
	}
	return nil
}

func (c *ownChecker) checkMap(v reflect.Value, depth int) *ownProblem {
	for key, element := range v.Seq2() {
		if found := c.check(key, depth+1); found != nil {
			return found
		}
		if found := c.check(element, depth+1); found != nil {
			// The path ends here: the names behind it are the caller's texts.
			return &ownProblem{reason: found.reason}
		}
	}
	return nil
}

func (c *ownChecker) checkStruct(v reflect.Value, depth int) *ownProblem {
	for part, value := range v.Fields() {
		if skipsField(part, value) {
			continue
		}
		if found := c.check(value, depth+1); found != nil {
			return found.in("." + part.Name)
		}
	}
	return nil
}

// skipsField reports whether encoding/json leaves a field out, in every value or in this
// one.
func skipsField(part reflect.StructField, value reflect.Value) bool {
	tag := part.Tag.Get("json")
	if tag == "-" || !part.IsExported() && !part.Anonymous {
		return true
	}
	_, rest, _ := strings.Cut(tag, ",")
	options := strings.Split(rest, ",")
	return slices.Contains(options, "omitzero") && isZero(value) ||
		slices.Contains(options, "omitempty") && isEmpty(value)
}

// isZero is the test of omitzero: an IsZero method of the type decides.
func isZero(value reflect.Value) bool {
	isNil := (value.Kind() == reflect.Pointer || value.Kind() == reflect.Interface) && value.IsNil()
	if value.CanInterface() && !isNil {
		if own, ok := reflect.TypeAssert[interface{ IsZero() bool }](value); ok {
			return own.IsZero()
		}
		if value.CanAddr() {
			if own, ok := reflect.TypeAssert[interface{ IsZero() bool }](value.Addr()); ok {
				return own.IsZero()
			}
		}
	}
	return value.IsZero()
}

// isEmpty is the test of omitempty.
func isEmpty(value reflect.Value) bool {
	switch value.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return value.Len() == 0
	case reflect.Struct:
		return false
	}
	return value.IsZero()
}

// marshalOwnTexts is marshalOwn for a value whose texts people will read.
func marshalOwnTexts(field string, value any) ([]byte, error) {
	data, err := marshalOwn(field, value)
	if err == nil && hasNUL(data) {
		return nil, invalid(field, "a text in it: "+reasonNUL)
	}
	return data, err
}

// escapedNUL is the character U+0000 as JSON writes it.
const escapedNUL = `\u0000`

// hasNUL reports whether a text in valid JSON has the character U+0000.
func hasNUL(data []byte) bool {
	for {
		before, after, found := bytes.Cut(data, []byte(escapedNUL))
		if !found {
			return false
		}
		if (len(before)-len(bytes.TrimRight(before, `\`)))%2 == 0 { // or the backslash is itself escaped
			return true
		}
		data = after
	}
}
