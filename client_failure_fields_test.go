package pilotstatus

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A validation failure names its fields in every shape that was seen, and no value.
func TestErrorsNameTheFields(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"details":{"missingKeys":["name","code"]}}`:                                                                 "name, code",
		`{"details":{"invalidKeys":[{"key":"name","reason":"blank"}]}}`:                                               "name",
		`{"details":{"missing":["first","second"]}}`:                                                                  "first, second",
		`{"details":[{"path":["variables","name"],"message":"Required"},{"path":["cards",0,"body"]}]}`:                "variables.name, cards.0.body",
		`{"details":{"destinationNumber":"Required"}}`:                                                                "destinationNumber",
		`{"details":{"fieldErrors":{"to":["Required"],"text":[]},"formErrors":["Joana"]}}`:                            "to",
		`{"details":{"to":{"_errors":["Required"]},"_errors":["Joana"]}}`:                                             "to",
		`{"details":{"variables":{"name":"Required"}}}`:                                                               "variables.name",
		`{"issues":[{"code":"invalid_type","expected":"string","received":"Joana","path":["to"],"message":"Joana"}]}`: "to",
		`{"errors":[{"property":"to","value":"Joana","constraints":{"x":"y"}}]}`:                                      "to",
		`{"errors":[{"param":"to","msg":"Joana"},{"field":"to"},{"loc":["body","text"]}]}`:                            "to, body.text",
		`{"errors":{"to":["Joana is wrong"]}}`:                                                                        "to",
		`{"validationErrors":[{"instancePath":"/variables/name","message":"Joana"}]}`:                                 "variables.name",
		`{"error":{"message":"Validation error","details":{"to":"Joana"}}}`:                                           "to",
		`{"errors":["Joana","to is wrong"]}`:                                                                          "",
		`{"details":"Joana"}`:                                                                                         "",
		`{"details":{"limit":100,"reason":"Joana","received":"Joana"}}`:                                               "",
		`{"details":null,"issues":7,"errors":[null,7,[[]]]}`:                                                          "",
		// Values do not pass for names: those of the call, numbers, and what looks like none.
		`{"details":{"missingKeys":["Ana","João","482913","5511999990000","a b","a\nb","<b>","","` + strings.Repeat("x", 65) + `"]}}`: "",
		`{"details":[{"path":"Ana"},{"field":"joao"},{"key":"Zé"}]}`:                                                                  "joao",
		`{"details":{"Ana":"x","Jo\u00e3o":["x"],"5511999990000":["x"]}}`:                                                             "",
		`{"details":{"missingKeys":["a","b","c","d","e","f","g","h","i","j","k","l"]}}`:                                               "a, b, c, d, e, f, g, h, i, j",
		`{"details":` + strings.Repeat(`{"details":`, 50) + `{"to":"x"}` + strings.Repeat(`}`, 51):                                    "",
	} {
		m := newMockAPI(t)
		answer := body
		if !strings.Contains(body, `"error":`) {
			answer = `{"error":"Validation error",` + body[1:]
		}
		m.answer(http.MethodPost, "/v1/messages/send", http.StatusBadRequest, answer)
		_, err := m.number(t).Messages.Send(t.Context(), SendRequest{
			To: Phone("+5511999990000"), Content: TemplateContent{ID: "t", Variables: map[string]string{"a1": "Ana", "b1": "João", "c1": "Zé", "d1": "482913"}},
		})
		text := "Messages.Send: 400: Validation error"
		if want != "" {
			text += " (fields: " + want + ")"
		}
		require.EqualError(t, err, text, body)
		printed := printouts(err)
		assert.NotContains(t, printed, "Joana", body)
		assert.Equal(t, want != "", strings.Contains(printed, `"fields"`), body)
	}
}

// Other answers than those to bad input name no fields.
func TestOtherErrorsNameNoFields(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodGet, "/v1/messages/msg_abc", http.StatusConflict, `{"error":"no","details":{"missingKeys":["name"]}}`)
	_, err := m.number(t).Messages.Get(t.Context(), "msg_abc")
	require.EqualError(t, err, "Messages.Get: 409: no")
}

// An error that was found before anything was sent has no status to show.
func TestErrorsWithoutAStatus(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err  APIError
		want string
	}{
		{APIError{Op: "Key.Rotate", Code: CodeTenantScopeNotAllowed, Message: "message"}, "Key.Rotate: TENANT_SCOPE_NOT_ALLOWED: message"},
		{APIError{Op: "Key.Rotate", Message: "message"}, "Key.Rotate: message"},
		{APIError{Op: "Key.Rotate", Code: CodeTenantScopeNotAllowed}, "Key.Rotate: TENANT_SCOPE_NOT_ALLOWED"},
		{APIError{Op: "Key.Rotate"}, "Key.Rotate: 0"},
		{APIError{}, "0"},
		{APIError{StatusCode: 403, Message: "5511987650432"}, "403: (message withheld)"},
		{APIError{StatusCode: 403, Code: "482913"}, "403"},
	} {
		assert.EqualError(t, &test.err, test.want)
	}
}

// The base URL is blamed for HTML only, and the path of Do with it.
func TestOnlyHTMLBlamesTheBaseURL(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		contentType, body, want string
	}{
		{"text/html", "<p>hello", "path or the base URL"},
		{"text/html", "", "path or the base URL"},
		{"text/plain", "\ufeff <!DOCTYPE html><p>", "path or the base URL"},
		{"", "<HTML lang=pt>", "path or the base URL"},
		{"application/xml", `<?xml version="1.0"?><Error/>`, "markup that is no HTML"},
		{"application/json", "<Error/>", "markup that is no HTML"},
		{"application/json", `{"error":"no"}`, ""},
		{"application/json", `[`, ""},
		{"text/plain", "404 page not found", ""},
		{"text/html", `{"error":"no"}`, ""},
		{"", "", ""},
	} {
		for _, status := range []int{http.StatusNotFound, http.StatusOK} {
			m := newMockAPI(t)
			m.RegisterNoResponder(func(*http.Request) (*http.Response, error) {
				resp := httpmock.NewStringResponse(status, test.body)
				resp.Header = http.Header{"Content-Type": {test.contentType}}
				return resp, nil
			})
			var out struct{ ID int }
			err := m.number(t).Do(t.Context(), Request{Method: http.MethodGet, Path: "/v1/" + url.PathEscape("new")}, &out)
			if err == nil {
				continue // JSON for success
			}
			assert.Equal(t, strings.Contains(test.want, "base URL"), strings.Contains(err.Error(), "base URL"), "%d %v", status, err)
			assert.Contains(t, err.Error(), test.want)
			_, err = m.number(t).Messages.Get(t.Context(), "msg_abc")
			assert.Equal(t, strings.Contains(test.want, "base URL"), strings.Contains(err.Error(), "; the base URL may"), "%d %v", status, err)
		}
	}
}
