package pilotstatus

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// memberReader decodes an object field by field. It records a field that cannot be decoded
// and continues.
type memberReader struct {
	required []defect // of required fields
	odd      []defect // of other fields, which keep their zero value
	elements int      // of arrays, that were read member by member
}

// maxOddElements is the largest number of array elements that are read field by field,
// which takes 20 times as much memory as their text. No real delivery has that many.
const maxOddElements = 1000

// note records a problem, up to maxDefects of them.
func (r *memberReader) note(path, problem string, required bool) {
	list := &r.odd
	if required {
		list = &r.required
	}
	if len(*list) < maxDefects {
		*list = append(*list, defect{path, problem})
	}
}

// object decodes the members of an object that the struct in target names. The text is a
// JSON object.
func (r *memberReader) object(path string, text []byte, target any) {
	members := membersIn(nil, reflect.ValueOf(target).Elem())
	findMembers(text, members)
	for i := range members {
		r.member(path+"."+members[i].name, &members[i], members)
	}
}

func (r *memberReader) member(path string, m *member, all []member) {
	required := m.required == "true" || m.required != "" && !hasText(all, m.required)
	switch {
	case m.times > 1:
		r.note(path, "stands there more than once", required)
	case m.times == 0 || string(m.text) == "null":
		if required {
			r.note(path, "is missing", true)
		}
	default:
		r.value(path, m.text, m.target, required)
	}
}

// value decodes a value, or records why it cannot.
func (r *memberReader) value(path string, text []byte, target reflect.Value, required bool) {
	if target.Kind() == reflect.Pointer && !target.IsNil() {
		target = target.Elem() // a part of an event
	}
	switch value := target.Addr().Interface().(type) {
	case *json.RawMessage:
		*value = bytes.Clone(text)
		return
	case *Timestamp:
		r.time(path, text, value, required)
		return
	case *Secret, *givenBool: // structs that decode themselves
	default:
		switch {
		case target.Kind() == reflect.Struct && !beginsObject(text):
			r.note(path, "must be an object", required)
			return
		case target.Kind() == reflect.Struct:
			r.object(path, text, value)
			return
		case target.Kind() == reflect.Slice && target.Type().Elem().Kind() != reflect.String:
			r.list(path, text, target, required)
			return
		}
	}
	if jsonv2.Unmarshal(text, target.Addr().Interface()) == nil {
		return
	}
	target.SetZero() // a part of it may have been decoded
	if holdsText(target.Type()) && jsonv2.Unmarshal(text, target.Addr().Interface(), jsontext.AllowInvalidUTF8(true)) == nil {
		r.note(path, "has characters that are not valid Unicode", false)
		return
	}
	target.SetZero()
	if number, ok := wholeNumber(string(text)); ok && target.Type() == reflect.TypeFor[*int64]() {
		target.Set(reflect.ValueOf(&number))
		return
	}
	r.note(path, problemOf(text, target.Type()), required)
}

// holdsText reports whether a type is a text or a list of them. Such a text may have been
// cut in the middle of a character; its rest is kept.
func holdsText(t reflect.Type) bool {
	return t.Kind() == reflect.String || t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.String
}

// time decodes a time. An unreadable time keeps its text.
func (r *memberReader) time(path string, text []byte, t *Timestamp, required bool) {
	_ = jsonv2.Unmarshal(text, t)
	switch {
	case text[0] != '"' && t.IsZero():
		*t = Timestamp{}
		r.note(path, "must be a time", required)
	case t.IsZero() && t.Text() != "":
		r.note(path, "is not a time in RFC 3339", false)
	}
}

// list decodes the elements of an array one by one.
func (r *memberReader) list(path string, text []byte, target reflect.Value, required bool) {
	d := decoderOf(text)
	if d.PeekKind() != '[' {
		r.note(path, "must be an array", required)
		return
	}
	_, _ = d.ReadToken()
	target.Set(reflect.MakeSlice(target.Type(), 0, 0))
	zero := reflect.Zero(target.Type().Elem())
	for i := 0; d.PeekKind() != ']' && len(r.required) < maxDefects; i++ {
		item, err := d.ReadValue()
		if err != nil {
			r.note(path, "cannot be decoded", required)
			return
		}
		target.Set(reflect.Append(target, zero))
		element := target.Index(i)
		if jsonv2.Unmarshal(item, element.Addr().Interface()) == nil && isWhole(element) {
			continue
		}
		if element.Kind() == reflect.Struct {
			r.elements++
		}
		if r.elements > maxOddElements {
			r.note(path, "has too many elements that cannot be decoded", true)
			return
		}
		element.SetZero()
		r.value(path+"["+strconv.Itoa(i)+"]", item, element, required)
	}
}

// isWhole reports whether all required members of an element have a value.
func isWhole(element reflect.Value) bool {
	if element.Kind() != reflect.Struct {
		return true
	}
	for field, value := range element.Fields() {
		if field.Tag.Get("required") != "" && value.IsZero() {
			return false
		}
	}
	return true
}

// member is a member that a struct names.
type member struct {
	name     string
	required string // the tag required or requiredInEvent: "true", or the name of a member that can stand in
	target   reflect.Value
	times    int    // how often the object has it
	text     []byte // the value
}

// membersIn appends the members that a struct names to list, those of embedded structs
// behind its own, which win.
func membersIn(list []member, target reflect.Value) []member {
	var embedded []reflect.Value
	for field, value := range target.Fields() {
		name, option, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case name == "-":
		case name == "" && (field.Anonymous || option == "embed"):
			embedded = append(embedded, reflect.Indirect(value))
		case !slices.ContainsFunc(list, func(m member) bool { return m.name == name }):
			required := cmp.Or(field.Tag.Get("required"), field.Tag.Get("requiredInEvent"))
			list = append(list, member{name: name, required: required, target: value})
		}
	}
	for _, value := range embedded {
		list = membersIn(list, value)
	}
	return list
}

// findMembers looks for the members in the text of an object. It allows duplicate names and
// invalid UTF-8, which a strict decoder refuses.
func findMembers(text []byte, members []member) {
	d := decoderOf(text)
	_, _ = d.ReadToken()
	for d.PeekKind() == '"' {
		token, err := d.ReadToken()
		if err != nil {
			return
		}
		name := token.String()
		at := slices.IndexFunc(members, func(m member) bool { return m.name == name })
		value, err := d.ReadValue()
		if err != nil {
			return
		}
		if at >= 0 {
			end := int(d.InputOffset())
			members[at].times++
			members[at].text = text[end-len(value) : end]
		}
	}
}

func hasText(members []member, name string) bool {
	at := slices.IndexFunc(members, func(m member) bool { return m.name == name })
	var text string
	return at >= 0 && members[at].times == 1 &&
		jsonv2.Unmarshal(members[at].text, &text, jsontext.AllowInvalidUTF8(true)) == nil && text != ""
}

// decoderOf returns a decoder that allows all JSON.
func decoderOf(text []byte) *jsontext.Decoder {
	return jsontext.NewDecoder(bytes.NewBuffer(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// objectProblem returns the reason why a text is not a JSON object, or "".
func objectProblem(text jsontext.Value) string {
	switch {
	case !text.IsValid(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)):
		return "is not valid JSON"
	case !beginsObject(text):
		return "is not a JSON object"
	}
	return ""
}

// problemOf returns the reason why a text does not fit the type.
func problemOf(text []byte, target reflect.Type) string {
	kind := jsonKind(target)
	switch {
	case text[0] != '"' || kind != "a string":
	case target == reflect.TypeFor[Secret]() && isRedacted(string(text)):
		return "is the printed form of a secret"
	default:
		return "is not a valid string"
	}
	return "must be " + kind
}

// jsonKind returns the JSON type of a Go type.
func jsonKind(target reflect.Type) string {
	if target.Kind() == reflect.Pointer {
		target = target.Elem()
	}
	switch {
	case target == reflect.TypeFor[givenBool]() || target.Kind() == reflect.Bool:
		return "a boolean"
	case target.Kind() == reflect.Int64:
		return "an integer"
	case target.Kind() == reflect.Slice:
		return "an array of strings"
	}
	return "a string"
}

// MalformedEventError lists the reasons why a delivery could not be read.
type MalformedEventError struct {
	Event   string   // the name in the delivery, or ""
	Defects []string // the first 20, each a JSON path and its problem, as in "$.data.id is missing"
}

// Error returns the name of the event and the paths, without values.
func (e *MalformedEventError) Error() string {
	if e == nil {
		return "malformed event"
	}
	const most = 3
	defects := e.Defects
	more := ""
	if len(defects) > most {
		more = fmt.Sprintf(" and %d more", len(defects)-most)
		defects = defects[:most]
	}
	return "malformed event " + strconv.Quote(shortName(e.Event)) + ": " + strings.Join(defects, ", ") + more
}

// shortName shortens a text that is not the name of an event.
func shortName(name string) string {
	const longest = 100
	if len(name) > longest {
		return strings.ToValidUTF8(name[:longest], "") + "…"
	}
	return name
}

// maxDefects is the largest number of recorded defects. A large delivery could have
// millions.
const maxDefects = 20

// defect is a problem of one field of a delivery.
type defect struct{ path, problem string }

// texts returns the first defects in the form of Event.Defects.
func texts(defects []defect) []string {
	var all []string
	for _, d := range defects[:min(len(defects), maxDefects)] {
		all = append(all, d.path+" "+d.problem)
	}
	return all
}
