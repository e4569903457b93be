package pilotstatus

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const templatesPath = "/v1/templates"

func TestTemplateBodyOnTheWire(t *testing.T) {
	t.Parallel()
	for want, body := range map[string]TemplateBody{
		`{"body":{"text":"Hi <b> & {{name}}!"}}`: {Text: "Hi <b> & {{name}}!"},
		`{"header":{"type":"NONE"},"body":{"text":"x"},"footer":{"text":"y"}}`: {
			Header: &TemplateHeader{Type: TemplateHeaderTypeNone}, Text: "x", Footer: "y",
		},
		`{"header":{"type":"IMAGE","url":"https://a.example/x.png"},"body":{"text":"x"}}`: {
			Header: &TemplateHeader{Type: TemplateHeaderTypeImage, Source: "https://a.example/x.png"}, Text: "x",
		},
		`{"header":{"type":"DOCUMENT","base64":"data:application/pdf;base64,JVBERi0="},"body":{"text":"x"}}`: {
			Header: &TemplateHeader{Type: TemplateHeaderTypeDocument, Source: "data:application/pdf;base64,JVBERi0="}, Text: "x",
		},
		`{"header":{"type":"VIDEO","base64":"DATA:video/mp4;base64,AAAA"},"body":{"text":"x"}}`: {
			Header: &TemplateHeader{Type: TemplateHeaderTypeVideo, Source: "DATA:video/mp4;base64,AAAA"}, Text: "x",
		},
		`{"header":{"type":"LOCATION"},"body":{"text":"x"},"buttons":[{"type":"FLOW","text":"Go"}]}`: {
			Header: &TemplateHeader{Type: "LOCATION"}, Text: "x", Buttons: []TemplateButton{{Type: "FLOW", Text: "Go"}},
		},
	} {
		data, err := json.Marshal(body)
		require.NoError(t, err)
		assert.JSONEq(t, want, string(data))
	}
}

// What an update leaves alone does not go out.
func TestTemplateUpdateLeavesOut(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodPut, templatesPath+"/tpl_1", http.StatusOK, `{"id":"tpl_1"}`)
	m.answer(http.MethodPost, templatesPath, http.StatusOK, `{"id":"tpl_1"}`)
	templates := m.number(t).Templates
	_, err := templates.Update(t.Context(), "tpl_1", SubmitTemplateRequest{Body: TemplateBody{Text: "x"}})
	require.NoError(t, err)
	_, err = templates.Create(t.Context(), SubmitTemplateRequest{Name: "n", Body: TemplateBody{Text: "x"}})
	require.NoError(t, err)
	assert.JSONEq(t, `{"body":{"body":{"text":"x"}}}`, string(m.Requests()[0].Body))
	assert.JSONEq(t, `{"name":"n","body":{"body":{"text":"x"}}}`, string(m.Requests()[1].Body))
}

func TestTemplatesRefuse(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	templates := m.number(t).Templates
	text := TemplateBody{Text: "x"}
	with := func(change func(*TemplateBody)) TemplateBody {
		body := text
		change(&body)
		return body
	}
	header := func(h TemplateHeader) TemplateBody { return with(func(b *TemplateBody) { b.Header = &h }) }
	button := func(buttons ...TemplateButton) TemplateBody {
		return with(func(b *TemplateBody) { b.Buttons = buttons })
	}
	reply := TemplateButton{Type: TemplateButtonTypeQuickReply, Text: "x"}
	require.NoError(t, button(slices.Repeat([]TemplateButton{reply}, 10)...).validate())
	for i, bad := range []struct {
		field string
		body  TemplateBody
	}{
		{"Body.Text", TemplateBody{}},
		{"Body.Text", TemplateBody{Text: "\n"}},
		{"Body.Header.Type", header(TemplateHeader{Text: "x"})},
		{"Body.Header.Text", header(TemplateHeader{Type: TemplateHeaderTypeText, Source: "https://a.example"})},
		{"Body.Header.Source", header(TemplateHeader{Type: TemplateHeaderTypeImage, Text: "x"})},
		{"Body.Header.Source", header(TemplateHeader{Type: TemplateHeaderTypeVideo})},
		{"Body.Header.Source", header(TemplateHeader{Type: TemplateHeaderTypeDocument})},
		{"Body.Buttons", button(slices.Repeat([]TemplateButton{reply}, 11)...)},
		{"Body.Buttons", button(TemplateButton{Text: "x"})},
		{"Body.Buttons.Text", button(TemplateButton{Type: TemplateButtonTypeQuickReply})},
		{"Body.Buttons.URL", button(TemplateButton{Type: TemplateButtonTypeURL, Text: "x"})},
		{"Body.Buttons.PhoneNumber", button(TemplateButton{Type: TemplateButtonTypePhoneNumber, Text: "x"})},
		{"Body.Buttons.Code", button(TemplateButton{Type: TemplateButtonTypeCopyCode})},
	} {
		_, err := templates.Create(t.Context(), SubmitTemplateRequest{Name: "n", Body: bad.body})
		requireValidation(t, err, bad.field)
		_, err = templates.Update(t.Context(), "tpl_1", SubmitTemplateRequest{Body: bad.body})
		requireValidation(t, err, bad.field)
		assert.NotContains(t, err.Error(), "a.example", i)
	}
	_, err := templates.Create(t.Context(), SubmitTemplateRequest{Body: text})
	requireValidation(t, err, "Name")
	_, err = templates.Create(t.Context(), SubmitTemplateRequest{Name: "n", Body: text, Extra: map[string]any{"LANGUAGE": "x"}})
	requireValidation(t, err, "Extra")
	_, err = templates.Update(t.Context(), "tpl_1", SubmitTemplateRequest{Body: text, Extra: map[string]any{"name": "x"}})
	requireValidation(t, err, "Extra")
	_, err = templates.Update(t.Context(), " ", SubmitTemplateRequest{Body: text})
	requireValidation(t, err, "id")
	_, err = templates.Get(t.Context(), "")
	requireValidation(t, err, "id")
	err = templates.Delete(t.Context(), ".")
	requireValidation(t, err, "id")
	assert.Empty(t, m.Requests())
}

func TestTemplateText(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`"Hi {{name}}"`:                       "Hi {{name}}",
		`{"body":"Hi"}`:                       "Hi",
		`{"body":{"text":"Hi"},"footer":"f"}`: "Hi",
		`{"text":"Hi"}`:                       "Hi",
		`{"header":{"text":"h"}}`:             "",
		`{"body":{"parts":["Hi"]}}`:           "",
		`{"body":null}`:                       "",
		`["Hi"]`:                              "",
		`7`:                                   "",
		`null`:                                "",
	} {
		var template Template
		require.NoError(t, json.Unmarshal([]byte(`{"id":"t","body":`+body+`}`), &template))
		assert.Equal(t, want, template.Text(), body)
	}
	assert.Empty(t, Template{}.Text())
}

func TestTemplateCanSend(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]bool{
		`{"id":"t"}`: false,
		`{"id":"t","sendable":true,"metaStatus":null}`:        true,
		`{"id":"t","sendable":true,"metaStatus":"PENDING"}`:   true,
		`{"id":"t","sendable":false,"metaStatus":"APPROVED"}`: false,
		`{"id":"t","sendable":null,"metaStatus":"APPROVED"}`:  true,
		`{"id":"t","metaStatus":"APPROVED"}`:                  true,
		`{"id":"t","metaStatus":"REJECTED"}`:                  false,
	} {
		var template Template
		require.NoError(t, json.Unmarshal([]byte(answer), &template))
		assert.Equal(t, want, template.CanSend(), answer)
	}
}

// A template whose uncertain members are of other types is still a template.
func TestTemplateOfOtherTypes(t *testing.T) {
	t.Parallel()
	const answer = `{"id":"t","name":"n","category":"c","variables":[{"name":"day"}],"language":{"code":"pt"},` +
		`"rejectionReason":["a"],"metaRejectionReason":"b","latestVersion":2,"body":["x"]}`
	m := newMockAPI(t)
	m.answer(http.MethodGet, templatesPath+"/t", http.StatusOK, answer)
	m.answer(http.MethodGet, templatesPath, http.StatusOK, "["+strings.ReplaceAll(answer, `[{"name":"day"}]`, `["day",7]`)+"]")
	template, err := m.number(t).Templates.Get(t.Context(), "t")
	require.NoError(t, err)
	assert.Equal(t, &Template{
		ID: "t", Name: "n", Category: "c", LatestVersion: json.RawMessage("2"), Body: json.RawMessage(`["x"]`),
		RejectionReason: "b", Raw: json.RawMessage(answer),
	}, template)
	list, err := m.number(t).Templates.List(t.Context())
	require.NoError(t, err)
	require.Len(t, list, 1)
	assert.Nil(t, list[0].Variables)
	assert.Contains(t, string(list[0].Raw), `["day",7]`)
}

// The places that Meta and the API name are found in the errors.
func TestTemplateErrors(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodPost, templatesPath, http.StatusBadRequest, `{"error":"x","code":"TEMPLATE_EXAMPLES_REQUIRED","details":{"missing":["day"]}}`)
	m.answer(http.MethodDelete, templatesPath+"/t", http.StatusNotFound, `{"error":"x","code":"TEMPLATE_NOT_FOUND"}`)
	_, err := m.number(t).Templates.Create(t.Context(), SubmitTemplateRequest{Name: "n", Body: TemplateBody{Text: "a {{day}} b"}})
	require.ErrorIs(t, err, CodeTemplateExamplesRequired)
	var apiErr *APIError
	require.ErrorAs(t, err, &apiErr)
	assert.JSONEq(t, `{"missing":["day"]}`, string(apiErr.Details))
	err = m.number(t).Templates.Delete(t.Context(), "t")
	require.ErrorIs(t, err, CodeTemplateNotFound)
	assert.True(t, isA[*NotFoundError](err))
}
