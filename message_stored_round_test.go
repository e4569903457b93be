package pilotstatus

import (
	"encoding/json"
	"testing"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// ownValues are values of a caller's own types, whose JSON has a spelling or an order of
// its own.
func ownValues() map[string]any {
	type point struct {
		Y    int               `json:"y"`
		X    float64           `json:"x"`
		Text string            `json:"a"`
		Raw  json.RawMessage   `json:"Raw"`
		Map  map[string]string `json:"map"`
	}
	raws := []string{
		`"\/"`, `"\u002f\u00e9é\u2028"`, `"<b>&\u003c"`, `{"b":1,"a":2}`, ` { "b" : [ 1 , {"d":1,"c":"\/"} ] , "a" : null } `,
		`1.0`, `-0`, `1e400`, `1E5`, `9007199254740993`, `null`, `true`, `[]`, `{}`, `"\ud83d\ude00"`, `"\"\\\b\f\n\r\t\u0001"`, `""`,
		"\"\u2028\u007f\"", `{"\/":1,"é":2,"\u003c":3}`,
	}
	values := map[string]any{
		"nil": nil, "text": "<b>/é\u2028", "number": 1.10, "large": 1e21, "small": 1e-9, "whole": int64(9007199254740993), "bytes": []byte("<b>"),
		"struct": point{1, 2.50, "</b>", json.RawMessage(`"\/"`), map[string]string{"z": "1", "a": "2"}},
		"list":   []point{{X: 1}, {Y: 1}}, "pointer": &point{Raw: json.RawMessage(`{"b":1,"a":"\/"}`)}, "exact": json.Number("1.10"),
	}
	for _, raw := range raws {
		values[raw] = json.RawMessage(raw)
		values["in "+raw] = map[string]any{"x": []any{json.RawMessage(raw)}}
	}
	return values
}

// Whatever a caller puts into a request, its stored form is stable, and it is the same bytes
// for the API before and after storage.
func TestOwnValuesAreStableInStorage(t *testing.T) {
	t.Parallel()
	for name, value := range ownValues() {
		requests := []SendRequest{
			{To: Phone("+5511999990000"), Content: TextContent{Body: "x"}, Extra: map[string]any{"z": value, "a": value}},
			{To: Phone("+5511999990000"), Content: FlowContent{FlowID: "f", Data: map[string]any{"z": value, "a": value}}},
		}
		if raw, ok := value.(json.RawMessage); ok {
			requests = append(requests, SendRequest{To: Phone("+5511999990000"), Content: CarouselContent{Cards: []CarouselCard{{}}, CardTemplate: raw}})
		}
		for i, request := range requests {
			request.IdempotencyKey = "k"
			requireStableInStorage(t, request, name, i)
		}
	}
}

func requireStableInStorage(t *testing.T, request SendRequest, about ...any) {
	t.Helper()
	want, err := EncodeSend(request)
	require.NoError(t, err, about)
	// JSON v2 gives the texts of a raw template another spelling.
	encoders := []func(any) ([]byte, error){json.Marshal}
	if _, raw := request.Content.(CarouselContent); !raw {
		encoders = append(encoders, func(v any) ([]byte, error) { return jsonv2.Marshal(v) })
	}
	for _, marshal := range encoders {
		stored, err := marshal(request)
		require.NoError(t, err, about)
		var again SendRequest
		require.NoError(t, json.Unmarshal(stored, &again), about)
		twice, err := marshal(again)
		require.NoError(t, err, about)
		assert.Equal(t, string(stored), string(twice), about)
		got, err := EncodeSend(again)
		require.NoError(t, err, about)
		assert.Equal(t, string(want.Body), string(got.Body), about)
	}
}
