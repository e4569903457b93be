package pilotstatus

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// withExtra returns body, a struct or a pointer to one, with the extra fields in it. A
// field that the struct knows is refused, set or not: two values for one field
// would leave it to chance which one counts.
func withExtra(body any, extra map[string]any) (any, error) {
	if len(extra) == 0 {
		return body, nil
	}
	for _, known := range reflect.VisibleFields(reflect.Indirect(reflect.ValueOf(body)).Type()) {
		name, _, _ := strings.Cut(known.Tag.Get("json"), ",")
		for field := range extra {
			// Some servers read names in any case.
			if name != "" && name != "-" && strings.EqualFold(field, name) {
				return nil, invalid("Extra", "the field "+name+" has a place of its own in the request")
			}
		}
	}
	if holdsSecret(reflect.ValueOf(extra), 0) {
		return nil, invalid("Extra", "give the text itself, as Reveal returns it; a Secret would be sent redacted")
	}
	data, err := json.Marshal(body)
	if err != nil {
		return nil, invalid("body", "it cannot be encoded as JSON: "+encodingProblem(err))
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return nil, err
	}
	merged := maps.Clone(extra)
	for name, value := range fields {
		merged[name] = value // as encoded: a detour through float64 would change large numbers
	}
	return merged, nil
}

// maxExtraDepth is how deep a Secret is looked for. What refers to itself ends there;
// encoding/json refuses it.
const maxExtraDepth = 100

// holdsSecret looks for a Secret or a Credential in a value that becomes JSON.
func holdsSecret(v reflect.Value, depth int) bool {
	switch {
	case !v.IsValid() || depth > maxExtraDepth:
		return false
	case v.Type() == reflect.TypeFor[Secret](), v.Type() == reflect.TypeFor[Credential]():
		return true
	}
	return slices.ContainsFunc(partsOf(v), func(part reflect.Value) bool { return holdsSecret(part, depth+1) })
}

// partsOf returns what a value is made of.
func partsOf(v reflect.Value) []reflect.Value {
	var parts []reflect.Value
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		parts = append(parts, v.Elem())
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return nil
		}
		for i := range v.Len() {
			parts = append(parts, v.Index(i))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			parts = append(parts, v.MapIndex(key))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				parts = append(parts, v.Field(i))
			}
		}
	}
	return parts
}
