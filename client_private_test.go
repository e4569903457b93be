package pilotstatus

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The API's own words, which a request repeats, stay readable in its errors, and so do
// the ids of templates and Flows.
func TestOwnWordsStayReadable(t *testing.T) {
	t.Parallel()
	const text = "mediaType video, type call, action navigate and mode draft of order_template are not supported"
	for name, content := range map[string]Content{
		"media":    MediaContent{Source: "https://files.example/1", Type: MediaTypeVideo},
		"template": TemplateContent{ID: "order_template", Media: &MessageMedia{Source: "https://files.example/1", Type: MediaTypeVideo}},
		"buttons":  TextContent{Body: "x", Buttons: []TextButton{CallButton("y", "+5511987650432")}, Header: &TextHeader{Type: TextHeaderTypeVideo, Content: "z"}},
		"flow":     FlowContent{FlowID: "order_template", CTA: "go", Action: FlowActionNavigate, Mode: FlowModeDraft},
	} {
		m := newMockAPI(t)
		m.answer(http.MethodPost, "/v1/messages/send", http.StatusBadRequest, `{"error":"`+text+`"}`)
		_, err := m.number(t).Messages.Send(t.Context(), SendRequest{To: Phone(privatePhone), Content: content})
		assert.EqualError(t, err, "Messages.Send: 400: "+text, name)
	}
}

func TestBodyTexts(t *testing.T) {
	t.Parallel()
	for body, want := range map[string][]string{
		``:                   nil,
		`{`:                  nil,
		`null`:               nil,
		`7`:                  {"7"},
		`{"a":true,"b":1.5}`: {"1.5"},
		`{"pin":4821}`:       {"4821"},
		`"one"`:              {"one"},
		`["one",["two"],{"a":"three","b":{"c":["four"]}}]`:  {"one", "two", "three", "four"},
		`{"list":{"sections":[{"rows":[{"rowId":"r"}]}]}}`:  {"r"},
		`{"templateId":"t","variables":{"templateId":"v"}}`: {"v"},
	} {
		assert.ElementsMatch(t, want, bodyTexts([]byte(body)), body)
	}
}

// A part of a phone number in a variable does not leave the rest of it readable.
func TestPartsOfNumbersAreWithheld(t *testing.T) {
	t.Parallel()
	for _, said := range []string{"5511987653232, 5511987650432 and +55 (11) 98765-0432 blocked", "98765 blocked", "code 0432 is wrong"} {
		m := newMockAPI(t)
		m.answer(http.MethodPost, "/v1/messages/send", http.StatusBadRequest, `{"error":"`+said+`"}`)
		_, err := m.number(t).Messages.Send(t.Context(), SendRequest{
			To: Phone(privatePhone), Content: TemplateContent{ID: "t", Variables: map[string]string{"code": "0432", "part": "98765"}},
		})
		require.EqualError(t, err, "Messages.Send: 400: (message withheld)", said)
		var apiErr *APIError
		require.ErrorAs(t, err, &apiErr)
		assert.Equal(t, said, apiErr.Message, "the field has it")
	}
}

// A number of a body is as private as a text of it, also where HTML writes it.
func TestNumbersOfBodiesAreWithheld(t *testing.T) {
	t.Parallel()
	for _, said := range []string{"code 4821 is wrong", "code &#52;&#56;21 is wrong", "code 48215 is wrong"} {
		m := newMockAPI(t)
		m.answer(http.MethodPost, "/v1/messages/send", http.StatusBadRequest, `{"error":"`+said+`"}`)
		request := testSend()
		request.Extra = map[string]any{"pin": 4821}
		_, err := m.number(t).Messages.Send(t.Context(), request)
		require.EqualError(t, err, "Messages.Send: 400: (message withheld)", said)
	}
}
