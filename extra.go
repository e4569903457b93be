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
	if holdsSecret(extra) {
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

// holdsSecret looks for a Secret in a value of JSON.
func holdsSecret(value any) bool {
	switch value := value.(type) {
	case Secret, *Secret, Credential, *Credential:
		return true
	case []any:
		return slices.ContainsFunc(value, holdsSecret)
	case map[string]any:
		for _, member := range value {
			if holdsSecret(member) {
				return true
			}
		}
	}
	return false
}
