package pilotstatus

import (
	"maps"
	"reflect"
	"slices"
	"strings"
)

// extraOf returns the Extra fields of a request of this package. A caller's own body of
// Client.Do may have a field of that name too.
func extraOf(body any) map[string]any {
	value := reflect.Indirect(reflect.ValueOf(body))
	if value.Kind() != reflect.Struct || value.Type().PkgPath() != reflect.TypeFor[Client]().PkgPath() {
		return nil
	}
	field, ok := value.Type().FieldByName("Extra")
	if !ok || field.Tag.Get("json") != "-" {
		return nil
	}
	extra, _ := reflect.TypeAssert[map[string]any](value.FieldByIndex(field.Index))
	return extra
}

// withExtra returns body, a struct or a pointer to one, with the extra fields in it. It
// refuses a field that the struct knows, set or not, because the API could use either of
// two values.
func withExtra(body any, extra map[string]any) (any, error) {
	if len(extra) == 0 {
		return body, nil
	}
	for _, name := range fieldNames(body) {
		for field := range extra {
			// Some servers read names in any case.
			if strings.EqualFold(field, name) {
				return nil, invalid("Extra", "the field "+name+" has a place of its own in the request")
			}
		}
	}
	encoded, err := marshalOwn("Extra", extra)
	if err != nil {
		return nil, err
	}
	known, err := marshalBody(body)
	if err != nil {
		return nil, unencodable(err)
	}
	merged := membersOf(encoded) // as encoded: a detour through float64 would change large numbers
	maps.Copy(merged, membersOf(known))
	return merged, nil
}

// fieldNames returns the names that the fields of a body have in JSON.
func fieldNames(body any) []string {
	var names []string
	for _, field := range reflect.VisibleFields(reflect.Indirect(reflect.ValueOf(body)).Type()) {
		names = append(names, jsonName(field))
	}
	return slices.DeleteFunc(names, func(name string) bool { return name == "" })
}

// jsonName returns the name of a field in JSON, "" for a field that JSON leaves out.
func jsonName(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	if name == "-" {
		return ""
	}
	return name
}
