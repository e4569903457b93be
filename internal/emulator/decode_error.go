package emulator

import (
	"errors"
	"reflect"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// explain says in the words of JSON why a body cannot be decoded into v.
func explain(err error, v any) error {
	wrong, ok := errors.AsType[*json.SemanticError](err)
	if !ok {
		return invalid("the body is no JSON: %s", strings.TrimPrefix(err.Error(), "jsontext: "))
	}
	where := wrong.JSONPointer
	if errors.Is(wrong.Err, json.ErrUnknownName) {
		t := typeAt(reflect.TypeOf(v), where.Parent())
		return invalid("there is no member %q%s; there are: %s", where.LastToken(), inside(where.Parent()),
			namesOf(fieldsOf(t), func(f reflect.StructField) string { return memberName(f.Name) }))
	}
	name := "the body"
	if where != "" {
		name = memberPath(where)
	}
	return invalid("%s must be %s", name, formOf(typeAt(reflect.TypeOf(v), where)))
}

func inside(parent jsontext.Pointer) string {
	if parent == "" {
		return ""
	}
	return " in " + memberPath(parent)
}

// memberPath is a pointer such as header.Retry-After.
func memberPath(p jsontext.Pointer) string {
	var names []string
	for name := range p.Tokens() {
		names = append(names, name)
	}
	return strings.Join(names, ".")
}

// typeAt is the type of what a pointer into a value of the type t leads to.
func typeAt(t reflect.Type, p jsontext.Pointer) reflect.Type {
	t = pointedTo(t)
	for name := range p.Tokens() {
		switch t.Kind() {
		case reflect.Struct:
			for _, f := range fieldsOf(t) {
				if strings.EqualFold(f.Name, strings.NewReplacer("_", "", "-", "").Replace(name)) {
					t = f.Type
					break
				}
			}
		case reflect.Map, reflect.Slice:
			t = t.Elem()
		}
		t = pointedTo(t)
	}
	return t
}

func pointedTo(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// formOf is how a value of a type is written in JSON.
func formOf(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[time.Duration]():
		return "a duration such as \"30s\" or \"24h\""
	case reflect.TypeFor[[]byte]():
		return "base64"
	case reflect.TypeFor[[]string]():
		return "an array of texts, such as [\"2\"]"
	}
	switch t.Kind() {
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "an array"
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Uint64:
		return "a whole number, not below 0"
	}
	return "a whole number"
}

// isRequired says whether a body must have a member. Others may be missing.
func isRequired(f *reflect.StructField) bool { return f.Tag.Get("emulator") == "required" }

// lacking is an error for a member that must be there and is missing or empty.
func lacking(v any) error {
	body := reflect.Indirect(reflect.ValueOf(v))
	if body.Kind() != reflect.Struct {
		return nil
	}
	for _, f := range fieldsOf(body.Type()) {
		value := body.FieldByIndex(f.Index)
		isBlank := value.Kind() == reflect.String && strings.TrimSpace(value.String()) == ""
		if isRequired(&f) && (isBlank || value.IsZero()) {
			return invalid("%s is missing or empty", memberName(f.Name))
		}
	}
	return nil
}
