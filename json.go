package pilotstatus

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// unmarshalAnswer reads JSON that the API sent. Names of members count to the letter.
// A name that stands twice and invalid UTF-8 are no reason to lose an answer.
// out may be changed although it returns an error: JSON v2 fills what it has read.
func unmarshalAnswer(data []byte, out any) error {
	return json.Unmarshal(data, out, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// marshalBody writes JSON for the API. The same value always becomes the same bytes,
// because a repeated idempotency key wants them. Invalid UTF-8 is an error.
func marshalBody(body any) ([]byte, error) {
	return json.Marshal(body, json.Deterministic(true), json.FormatNilSliceAsNull(true), json.FormatNilMapAsNull(true))
}
