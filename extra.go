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
	known := reflect.Indirect(reflect.ValueOf(body)).Type()
	for i := range known.NumField() {
		name, _, _ := strings.Cut(known.Field(i).Tag.Get("json"), ",")
		for field := range extra {
			// Some servers read names in any case.
			if strings.EqualFold(field, name) {
				return nil, invalid("Extra", "the field "+name+" has a place of its own in the request")
			}
		}
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
