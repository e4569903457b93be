package emulator

import (
	"bytes"
	"encoding"
	stdjson "encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// encode writes a value of the engine as JSON. Every field is a member, in the order of
// the struct, with a name such as numberId for NumberID. A zero time and a nil pointer are
// null, a nil slice is [], a duration is text such as 1.5s, and bytes are text.
func encode(v any) ([]byte, error) {
	var out bytes.Buffer
	enc := jsontext.NewEncoder(&out, jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	if err := encodeValue(enc, reflect.ValueOf(v)); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func encodeValue(enc *jsontext.Encoder, v reflect.Value) error {
	if !v.IsValid() {
		return enc.WriteToken(jsontext.Null)
	}
	if done, err := encodeSpecial(enc, v.Interface()); done {
		return err
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		return encodeValue(enc, v.Elem())
	case reflect.Struct:
		return encodeStruct(enc, v)
	case reflect.Map:
		return encodeMap(enc, v)
	case reflect.Slice, reflect.Array:
		if err := enc.WriteToken(jsontext.BeginArray); err != nil {
			return err
		}
		for i := range v.Len() {
			if err := encodeValue(enc, v.Index(i)); err != nil {
				return err
			}
		}
		return enc.WriteToken(jsontext.EndArray)
	case reflect.String:
		return enc.WriteToken(jsontext.String(v.String()))
	case reflect.Bool:
		return enc.WriteToken(jsontext.Bool(v.Bool()))
	default:
		return json.MarshalEncode(enc, v.Interface())
	}
}

// encodeSpecial writes what has a form of its own and says whether it did.
func encodeSpecial(enc *jsontext.Encoder, v any) (done bool, err error) {
	switch v := v.(type) {
	case time.Time:
		if v.IsZero() {
			return true, enc.WriteToken(jsontext.Null)
		}
		return true, enc.WriteToken(jsontext.String(v.UTC().Format(time.RFC3339Nano)))
	case time.Duration:
		return true, enc.WriteToken(jsontext.String(v.String()))
	case stdjson.RawMessage:
		if jsontext.Value(v).IsValid(jsontext.AllowDuplicateNames(true)) {
			return true, enc.WriteValue(jsontext.Value(v))
		}
		return true, enc.WriteToken(jsontext.String(text(v)))
	case []byte:
		return true, enc.WriteToken(jsontext.String(text(v)))
	case encoding.TextMarshaler:
		return true, json.MarshalEncode(enc, v)
	}
	return false, nil
}

// text is bytes as text; those that are no UTF-8 are replaced.
func text(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	return strings.ToValidUTF8(string(b), "\uFFFD")
}

func encodeStruct(enc *jsontext.Encoder, v reflect.Value) error {
	if err := enc.WriteToken(jsontext.BeginObject); err != nil {
		return err
	}
	for _, f := range fieldsOf(v.Type()) {
		if err := enc.WriteToken(jsontext.String(memberName(f.Name))); err != nil {
			return err
		}
		if err := encodeValue(enc, v.FieldByIndex(f.Index)); err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return enc.WriteToken(jsontext.EndObject)
}

// fieldsOf lists the exported fields, those of embedded structs in place of them.
func fieldsOf(t reflect.Type) []reflect.StructField {
	return slices.DeleteFunc(reflect.VisibleFields(t), func(f reflect.StructField) bool { return f.Anonymous || !f.IsExported() })
}

func encodeMap(enc *jsontext.Encoder, v reflect.Value) error {
	if err := enc.WriteToken(jsontext.BeginObject); err != nil {
		return err
	}
	values := make(map[string]reflect.Value, v.Len())
	for _, key := range v.MapKeys() {
		values[key.String()] = v.MapIndex(key)
	}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if err := enc.WriteToken(jsontext.String(key)); err != nil {
			return err
		}
		if err := encodeValue(enc, values[key]); err != nil {
			return err
		}
	}
	return enc.WriteToken(jsontext.EndObject)
}

// memberName is the name of a field in JSON: numberId for NumberID, qrCode for QRCode.
func memberName(field string) string {
	letters := []rune(field)
	for i := range letters {
		isLast := i == len(letters)-1
		afterUpper := i == 0 || unicode.IsUpper([]rune(field)[i-1])
		beforeLower := !isLast && unicode.IsLower(letters[i+1])
		if unicode.IsUpper(letters[i]) && afterUpper && (i == 0 || !beforeLower) {
			letters[i] = unicode.ToLower(letters[i])
		}
	}
	return string(letters)
}
