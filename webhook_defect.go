package pilotstatus

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// MalformedEventError says why a delivery could not be read.
type MalformedEventError struct {
	Event   string   // the name in the delivery, "" where it has none
	Defects []string // the first 20: each a JSON path and what is wrong there, as in "$.data.id is missing"
}

// Error names the event and the paths. It shows nothing of the values.
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

// shortName cuts a name that is no name of an event.
func shortName(name string) string {
	const longest = 100
	if len(name) > longest {
		return strings.ToValidUTF8(name[:longest], "") + "…"
	}
	return name
}

// maxDefects is how many defects are looked for. One more makes a delivery no more
// malformed, and a large one could have millions.
const maxDefects = 20

// defect is one thing that is wrong with a delivery.
type defect struct{ path, problem string }

// structDefects compares the members of an object with the struct that target points
// to: those that must be there, and the types of all.
func structDefects(path string, text json.RawMessage, target any) []defect {
	if text == nil {
		return []defect{{path, "is missing"}}
	}
	if !beginsObject(text) {
		return []defect{{path, "must be an object"}}
	}
	return membersDefects(path, objectMembers(text), reflect.TypeOf(target).Elem())
}

func membersDefects(path string, members map[string]json.RawMessage, target reflect.Type) []defect {
	var defects []defect
	for _, field := range reflect.VisibleFields(target) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		at := path + "." + name
		raw, given := members[name]
		switch {
		case given && !isNull(raw):
			defects = append(defects, valueDefects(at, raw, field.Type)...)
		case isRequired(field, members):
			defects = append(defects, defect{at, "is missing"})
		}
	}
	return defects
}

// isRequired reads the tag: "true", or the name of a member that can stand in.
func isRequired(field reflect.StructField, members map[string]json.RawMessage) bool {
	required := field.Tag.Get("required")
	return required == "true" || required != "" && textIn(required, members) == ""
}

// valueDefects compares a value with the type that it is decoded into.
func valueDefects(path string, raw json.RawMessage, target reflect.Type) []defect {
	if target == reflect.TypeFor[Timestamp]() {
		target = reflect.TypeFor[string]() // a Timestamp takes anything
	}
	if target.Kind() == reflect.Slice && target.Elem().Kind() == reflect.Struct {
		return elementDefects(path, raw, target.Elem())
	}
	if json.Unmarshal(raw, reflect.New(target).Interface()) != nil {
		return []defect{{path, "must be " + jsonKind(target)}}
	}
	return nil
}

// elementDefects looks at the elements of an array one by one.
func elementDefects(path string, raw json.RawMessage, element reflect.Type) []defect {
	elements := json.NewDecoder(bytes.NewReader(raw))
	if start, err := elements.Token(); err != nil || start != json.Delim('[') {
		return []defect{{path, "must be an array"}}
	}
	var defects []defect
	for i := 0; elements.More() && len(defects) < maxDefects; i++ {
		at := path + "[" + strconv.Itoa(i) + "]"
		var item json.RawMessage
		switch err := elements.Decode(&item); {
		case err != nil:
			return append(defects, defect{at, "cannot be decoded"})
		case !beginsObject(item):
			defects = append(defects, defect{at, "must be an object"})
		default:
			defects = append(defects, membersDefects(at, objectMembers(item), element)...)
		}
	}
	return defects
}

// jsonKind names the JSON type that a Go type is decoded from.
func jsonKind(target reflect.Type) string {
	switch target.Kind() {
	case reflect.Pointer:
		return jsonKind(target.Elem())
	case reflect.Bool:
		return "a boolean"
	case reflect.Int64:
		return "an integer"
	case reflect.Slice:
		return "an array of strings"
	}
	return "a string"
}

func isNull(text []byte) bool { return string(bytes.TrimSpace(text)) == "null" }

func isJSONString(text []byte, want string) bool {
	var value string
	return json.Unmarshal(text, &value) == nil && value == want
}

// objectMembers returns the members of an object, none for anything else.
func objectMembers(text []byte) map[string]json.RawMessage {
	var members map[string]json.RawMessage
	if json.Unmarshal(text, &members) != nil {
		return nil
	}
	return members
}

// textIn returns the first of the members with that name that is a string, "" without
// one.
func textIn(name string, objects ...map[string]json.RawMessage) string {
	for _, members := range objects {
		var text string
		if json.Unmarshal(members[name], &text) == nil && text != "" {
			return text
		}
	}
	return ""
}

// decodeExactly decodes the members of an object that the struct in target names.
// encoding/json takes a member whose name differs in case only for the same, and an
// unknown one of another type would fail the delivery.
func decodeExactly(text []byte, target any) error {
	members, known := objectMembers(text), make(map[string]json.RawMessage)
	for _, field := range reflect.VisibleFields(reflect.TypeOf(target).Elem()) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if raw, ok := members[name]; ok {
			known[name] = raw
		}
	}
	data, err := json.Marshal(known)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, target)
}
