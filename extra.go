package pilotstatus

import (
	"encoding/json"
	"maps"
	"reflect"
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
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		return holdsSecret(v.Elem(), depth+1)
	case reflect.Slice, reflect.Array:
		for i := 0; i < v.Len() && v.Type().Elem().Kind() != reflect.Uint8; i++ {
			if holdsSecret(v.Index(i), depth+1) {
				return true
			}
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			if holdsSecret(v.MapIndex(key), depth+1) {
				return true
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() && holdsSecret(v.Field(i), depth+1) {
				return true
			}
		}
	}
	return false
}
