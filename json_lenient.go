package pilotstatus

import (
	"errors"
	"math"
	"reflect"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// unmarshalLenient is json.Unmarshal for a text whose fields may have other types than
// out's, or whose arrays may be very long.
func unmarshalLenient(data []byte, out any) error {
	l := &lenientReader{root: out, room: maxElements, strict: map[any]bool{}}
	return json.Unmarshal(data, out, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true),
		json.WithUnmarshalers(json.UnmarshalFromFunc(l.read)))
}

// lenientReader reads the values of an answer one by one. A value that does not fit leaves
// the zero value, because a partly readable answer is more useful than an error. Some other
// forms are clear and accepted: a whole number may be written as 12.0, 1e1 or "12", an id
// as a number, and an empty object as [].
//
// The zero value of some fields is a statement on which programs act, such as "nothing was
// charged". Such a field has the tag strict:"true", and a value that does not fit it is an
// error.
type lenientReader struct {
	root   any          // is never left out
	room   uintptr      // for elements of arrays, in bytes
	strict map[any]bool // pointers to the strict fields of the structs that are being read
}

// ownReader is a type that reads its own text.
type ownReader interface{ UnmarshalJSON(text []byte) error }

// errOddMember means that a strict field has an undocumented type.
var errOddMember = errors.New("a member that must not be guessed is of another kind than documented")

// read reads the next value into out, a pointer. It returns errors.ErrUnsupported to leave
// a value of a fitting type to JSON v2, which calls read again for the values in it.
func (l *lenientReader) read(dec *jsontext.Decoder, out any) error {
	value := reflect.ValueOf(out).Elem()
	if out == l.root {
		l.root = nil // a struct's address is also that of its first field
		l.watch(value)
		if value.Kind() == reflect.Slice && isLeaf(value.Type().Elem()) && dec.PeekKind() == '[' {
			return l.readSlice(dec, value)
		}
		return errors.ErrUnsupported
	}
	if l.strict[out] {
		delete(l.strict, out)
		return readStrict(dec, value)
	}
	if own, ok := out.(ownReader); ok {
		return readOwn(dec, value, own.UnmarshalJSON)
	}
	if isLeaf(value.Type()) {
		return readLeaf(dec, value, isID(dec))
	}
	if value.Kind() == reflect.Interface {
		return errors.ErrUnsupported
	}
	if dec.PeekKind() == 'n' || !fits(value.Type(), dec.PeekKind()) {
		value.SetZero()
		return dec.SkipValue()
	}
	switch value.Kind() {
	case reflect.Slice:
		return l.readSlice(dec, value)
	case reflect.Pointer:
		return readPointer(dec, value)
	case reflect.Struct:
		l.watch(value)
	}
	return errors.ErrUnsupported
}

// watch marks the strict fields of a struct, including those of embedded structs. For
// another value it does nothing.
func (l *lenientReader) watch(value reflect.Value) {
	if value.Kind() != reflect.Struct {
		return
	}
	for _, field := range reflect.VisibleFields(value.Type()) {
		if field.Tag.Get("strict") == "" {
			continue
		}
		if part, err := value.FieldByIndexErr(field.Index); err == nil && part.CanInterface() {
			l.strict[part.Addr().Interface()] = true
		}
	}
}

// readStrict reads a bool or a number. null is zero.
func readStrict(dec *jsontext.Decoder, value reflect.Value) error {
	text, err := dec.ReadValue()
	if err != nil {
		return err
	}
	if text.Kind() != 'n' && !setLeaf(value, text, false) {
		return errOddMember
	}
	return nil
}

// readOwn reads a value of an ownReader.
func readOwn(dec *jsontext.Decoder, value reflect.Value, unmarshal func([]byte) error) error {
	text, err := dec.ReadValue()
	if err != nil {
		return err
	}
	if err := unmarshal(text); errors.Is(err, ErrResponseTooLarge) || errors.Is(err, errOddMember) {
		return err
	} else if err != nil {
		value.SetZero()
	}
	return nil
}

// readPointer leaves nil if the value does not fit, because a pointer to zero would mean
// that there is a value.
func readPointer(dec *jsontext.Decoder, value reflect.Value) error {
	element := reflect.New(value.Type().Elem())
	if own, ok := reflect.TypeAssert[ownReader](element); ok {
		err := readOwn(dec, element.Elem(), own.UnmarshalJSON)
		value.SetZero()
		if !element.Elem().IsZero() {
			value.Set(element)
		}
		return err
	}
	if !isLeaf(element.Elem().Type()) {
		return errors.ErrUnsupported
	}
	text, err := dec.ReadValue()
	if err != nil {
		return err
	}
	value.SetZero()
	if setLeaf(element.Elem(), text, isID(dec)) {
		value.Set(element)
	}
	return nil
}

// readSlice reads an array. An element of another type is left zero. In a list of texts or
// numbers a zero element would look real, so the whole list is left out.
func (l *lenientReader) readSlice(dec *jsontext.Decoder, value reflect.Value) error {
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	elements := reflect.MakeSlice(value.Type(), 0, 0)
	element := value.Type().Elem()
	fitting, id := true, isID(dec)
	for dec.PeekKind() != ']' {
		if l.room < element.Size() {
			return ErrResponseTooLarge
		}
		l.room -= element.Size()
		elements = reflect.Append(elements, reflect.Zero(element))
		last := elements.Index(elements.Len() - 1)
		if !isLeaf(element) {
			if err := json.UnmarshalDecode(dec, last.Addr().Interface()); err != nil {
				return err
			}
			continue
		}
		text, err := dec.ReadValue()
		if err != nil {
			return err
		}
		fitting = fitting && (text.Kind() == 'n' && !id || setLeaf(last, text, id))
	}
	value.SetZero()
	if fitting {
		value.Set(elements)
	}
	_, err := dec.ReadToken()
	return err
}

// fits reports whether a JSON value of that kind fits the type t.
func fits(t reflect.Type, kind jsontext.Kind) bool {
	if kind == 'n' || reflect.PointerTo(t).Implements(reflect.TypeFor[ownReader]()) {
		return true
	}
	switch t.Kind() {
	case reflect.Struct, reflect.Map:
		return kind == '{'
	case reflect.Slice:
		return kind == '['
	case reflect.Pointer:
		return fits(t.Elem(), kind)
	case reflect.String:
		return kind == '"' || kind == '0'
	case reflect.Bool:
		return kind == 't' || kind == 'f'
	case reflect.Interface:
		return true
	}
	return kind == '0' || kind == '"'
}

// isLeaf reports whether a value of the type contains no other values.
func isLeaf(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Float64, reflect.Int, reflect.Int64:
		return true
	}
	return false
}

// isID reports whether the next value, or its list, has the name of an id.
func isID(dec *jsontext.Decoder) bool {
	pointer := dec.StackPointer()
	name := pointer.LastToken()
	if strings.Trim(name, "0123456789") == "" {
		name = pointer.Parent().LastToken()
	}
	name = strings.ToLower(name)
	return strings.HasSuffix(name, "id") || strings.HasSuffix(name, "ids")
}

func readLeaf(dec *jsontext.Decoder, value reflect.Value, id bool) error {
	text, err := dec.ReadValue()
	if err != nil {
		return err
	}
	if !setLeaf(value, text, id) {
		value.SetZero()
	}
	return nil
}

// setLeaf sets value from the text. It reports false if the text does not fit value's type.
// An id may be written as a number.
func setLeaf(value reflect.Value, text jsontext.Value, id bool) bool {
	if !fits(value.Type(), text.Kind()) || text.Kind() == 'n' {
		return false
	}
	switch value.Kind() {
	case reflect.String:
		return setText(value, text, id)
	case reflect.Bool:
		value.SetBool(text.Kind() == 't')
		return true
	case reflect.Float64:
		number, err := strconv.ParseFloat(digitsIn(text), 64)
		value.SetFloat(number)
		return err == nil
	}
	number, ok := wholeNumber(digitsIn(text))
	value.SetInt(number)
	return ok && !value.OverflowInt(number)
}

func setText(value reflect.Value, text jsontext.Value, id bool) bool {
	if text.Kind() == '0' {
		number, ok := wholeNumber(string(text))
		value.SetString(strconv.FormatInt(number, 10))
		return ok && id
	}
	return json.Unmarshal(text, value.Addr().Interface(), jsontext.AllowInvalidUTF8(true)) == nil
}

// digitsIn returns the text of a number, also of one in quotes.
func digitsIn(text jsontext.Value) string {
	digits := strings.Trim(string(text), `"`)
	if number := jsontext.Value(digits); number.Kind() != '0' || !number.IsValid() {
		return ""
	}
	return digits
}

// wholeNumber reads a whole number, also one that is written with a fraction of zeros
// or an exponent.
func wholeNumber(text string) (int64, bool) {
	if number, err := strconv.ParseInt(text, 10, 64); err == nil {
		return number, true
	}
	const exact = 1 << 53 // beyond it float64 skips whole numbers
	number, err := strconv.ParseFloat(text, 64)
	if err != nil || number != math.Trunc(number) || math.Abs(number) >= exact {
		return 0, false
	}
	return int64(number), true
}

// arraysIn returns the memory of the elements of the arrays in a value, in bytes. It does
// not count texts and raw JSON, which are not larger than the answer.
func arraysIn(value reflect.Value) (size int) {
	switch value.Kind() {
	case reflect.Pointer, reflect.Interface:
		return arraysIn(value.Elem())
	case reflect.Struct:
		for i := range value.NumField() { //nolint:modernize // an iterator would allocate for each row
			size += arraysIn(value.Field(i))
		}
	case reflect.Map:
		for _, element := range value.Seq2() {
			size += arraysIn(element)
		}
	case reflect.Slice:
		element := value.Type().Elem()
		if element.Size() <= 1 {
			return 0
		}
		size = value.Cap() * int(element.Size())
		if isLeaf(element) {
			return size
		}
		for i := range value.Len() {
			size += arraysIn(value.Index(i))
		}
	}
	return size
}

// The limits of answers, in bytes.
const (
	maxAnswer = 10 << 20  // of JSON
	maxMedia  = 160 << 20 // of a file, and of the JSON that Media.Download gets one in
)

// maxElements is the largest memory for the elements of an answer's arrays, in bytes.
// Otherwise millions of rows of three bytes could cost hundreds of bytes each.
const maxElements = 16 * maxAnswer
