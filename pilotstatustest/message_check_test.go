package pilotstatustest_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

func TestSendAccepts(t *testing.T) {
	t.Parallel()
	const to = `"destinationNumber":"+5511999999999",`
	for name, row := range map[string]struct{ mode, body string }{
		"text":            {"text", `{` + to + `"text":"hi","variables":{}}`},
		"buttons":         {"text", `{` + to + `"text":"hi","header":{"type":"image","content":"https://a.test/i.png"},"footer":"f","buttons":[{"type":"reply","label":"Yes"},{"type":"url","label":"Map","url":"https://a.test"},{"type":"copy","label":"Code","copyCode":"X1"}]}`},
		"call button":     {"text", `{` + to + `"text":"hi","buttons":[{"type":"call","label":"Call","phoneNumber":"+14155550100"}]}`},
		"template":        {"template", template},
		"template by id":  {"template", `{` + to + `"templateId":"tpl_1","variables":{"name":"John","unused":1}}`},
		"template media":  {"template", `{` + to + `"templateId":"tpl_1","variables":{"name":"J"},"media":"https://a.test/i.png","mediaType":"image","marketingOptions":{"aiRewriteEnabled":false}}`},
		"media":           {"media", `{` + to + `"media":"https://a.test/i.png","mediaType":"image","caption":"c"}`},
		"data URI":        {"media", `{` + to + `"media":"data:audio/ogg;base64,T2dn","mediaType":"voice"}`},
		"list":            {"list", `{` + to + `"text":"Choose","footer":"f","list":{"buttonText":"Open","sections":[{"title":"S","rows":[{"title":"One","description":"d","rowId":"1"}]}]}}`},
		"carousel":        {"carousel", `{` + to + `"text":"See","carousel":{"cards":[{"media":{"image":"https://a.test/i.png"},"body":"b","buttons":[{"type":"QUICK_REPLY","text":"Yes","payload":"y"},{"type":"URL","text":"Go","url":"https://a.test"}]}]}}`},
		"flow":            {"flow", `{` + to + `"text":"Fill in","flow":{"flowId":"f1","cta":"Start","action":"navigate","screen":"S","data":{"a":[1]},"mode":"published"}}`},
		"group":           {"text", `{"groupId":"120363000000000777@g.us","text":"hi"}`},
		"newsletter":      {"text", `{"newsletterId":"120363000000000777@newsletter","text":"hi"}`},
		"user id":         {"text", `{"destinationNumber":"BR.900100200300","text":"hi"}`},
		"LID":             {"text", `{"destinationNumber":"900100200300@lid","text":"hi"}`},
		"phone, no plus":  {"text", `{"destinationNumber":"5511999999999","text":"hi"}`},
		"options":         {"text", `{` + to + `"text":"hi","labels":["recall"],"markRead":false,"deliverUntil":"2026-11-04T18:00:00.5Z"}`},
		"nulls":           {"text", `{` + to + `"text":"hi","media":null,"flow":null,"groupId":null,"labels":null}`},
		"unknown field":   {"text", `{` + to + `"text":"hi","fieldOfTomorrow":{"a":1}}`},
		"text, no extras": {"text", `{` + to + `"text":"hi","buttons":[]}`},
	} {
		fake, number := frozen(t)
		out := number.object(t, http.StatusAccepted, "POST", sendPath, row.body)
		all := fake.Messages()
		require.Len(t, all, 1, name)
		assert.Equal(t, row.mode, all[0].Mode, name)
		assert.Equal(t, row.body, string(all[0].Body), name)
		assert.Equal(t, "num_1", all[0].NumberID, name)
		assert.NotEmpty(t, all[0].DestinationNumber+all[0].GroupID+all[0].NewsletterID, name)
		if row.mode == "flow" {
			assert.NotEmpty(t, out["flowToken"], name)
			assert.Equal(t, out["flowToken"], all[0].FlowToken, name)
		} else {
			assert.NotContains(t, out, "flowToken", name)
		}
	}
}

func TestSendRefuses(t *testing.T) {
	t.Parallel()
	const to = `"destinationNumber":"+5511999999999",`
	fake, number := frozen(t)
	for _, body := range []string{
		// destinations
		`{"text":"hi"}`,
		`{` + to + `"groupId":"1@g.us","text":"hi"}`,
		`{` + to + `"newsletterId":"1@newsletter","text":"hi"}`,
		`{"groupId":"1@g.us","newsletterId":"1@newsletter","text":"hi"}`,
		`{"groupId":"@g.us","text":"hi"}`,
		`{"groupId":"5511999999999","text":"hi"}`,
		`{"newsletterId":"1@g.us","text":"hi"}`,
		`{"destinationNumber":"","text":"hi"}`,
		`{"destinationNumber":"+","text":"hi"}`,
		`{"destinationNumber":"+0123456789","text":"hi"}`,
		`{"destinationNumber":"+55 11 99999-9999","text":"hi"}`,
		`{"destinationNumber":"John","text":"hi"}`,
		`{"destinationNumber":"br.900100200300","text":"hi"}`,
		`{"destinationNumber":5511999999999,"text":"hi"}`,
		`{"destinationnumber":"+5511999999999","text":"hi"}`,
		// modes
		`{` + to + `"variables":{}}`,
		`{` + to + `"text":"hi","templateId":"tpl_1","variables":{"name":"J"}}`,
		`{` + to + `"text":"hi","media":"https://a.test/i.png","mediaType":"image"}`,
		`{` + to + `"templateId":"tpl_1","flow":{"flowId":"f","cta":"c"}}`,
		`{` + to + `"text":"t","list":{"buttonText":"b","sections":[{"rows":[{"title":"t","rowId":"1"}]}]},"carousel":{"cards":[{"media":{"image":"x"}}]}}`,
		// text
		`{` + to + `"text":""}`,
		`{` + to + `"text":" \n"}`,
		`{` + to + `"text":"hi","buttons":[{"type":"reply","label":"1"},{"type":"reply","label":"2"},{"type":"reply","label":"3"},{"type":"reply","label":"4"}]}`,
		`{` + to + `"text":"hi","buttons":[{"type":"wink","label":"1"}]}`,
		`{` + to + `"text":"hi","buttons":[{"type":"reply"}]}`,
		`{` + to + `"text":"hi","buttons":[{"type":"reply","Label":"1"}]}`,
		`{` + to + `"text":"hi","buttons":[{"type":"url","label":"1"}]}`,
		`{` + to + `"text":"hi","buttons":[{"type":"call","label":"1"}]}`,
		`{` + to + `"text":"hi","buttons":[{"type":"copy","label":"1"}]}`,
		`{` + to + `"text":"hi","header":{"type":"audio","content":"x"}}`,
		`{` + to + `"text":"hi","header":{"type":"text"}}`,
		// template
		`{` + to + `"templateId":" "}`,
		`{` + to + `"templateId":"tpl_1","variables":["John"]}`,
		`{` + to + `"templateId":"tpl_1","variables":{"name":"J"},"media":"https://a.test/i.png"}`,
		// media
		`{` + to + `"media":"https://a.test/i.png"}`,
		`{` + to + `"media":"https://a.test/i.png","mediaType":"hologram"}`,
		`{` + to + `"media":"/tmp/i.png","mediaType":"image"}`,
		`{` + to + `"media":"data:","mediaType":"image"}`,
		`{` + to + `"media":"https://a.test/a.ogg","mediaType":"audio","caption":"c"}`,
		// list, carousel, flow
		`{` + to + `"list":{"buttonText":"b","sections":[{"rows":[{"title":"t","rowId":"1"}]}]}}`,
		`{` + to + `"text":"t","list":{"sections":[{"rows":[{"title":"t","rowId":"1"}]}]}}`,
		`{` + to + `"text":"t","list":{"buttonText":"b","sections":[]}}`,
		`{` + to + `"text":"t","list":{"buttonText":"b","sections":[{"title":"s"}]}}`,
		`{` + to + `"text":"t","list":{"buttonText":"b","sections":[{"rows":[{"title":"t"}]}]}}`,
		`{` + to + `"text":"t","list":{"buttonText":"b","sections":[{"rows":[{"title":"t","rowId":"1"}]}]},"buttons":[{"type":"reply","label":"1"}]}`,
		`{` + to + `"carousel":{"cards":[]}}`,
		`{` + to + `"carousel":{"cards":[{"body":"b"}]}}`,
		`{` + to + `"carousel":{"cards":[{"media":{"image":"x"},"buttons":[{"type":"reply","text":"x"}]}]}}`,
		`{` + to + `"carousel":{"cards":[{"media":{"image":"x"}}]},"media":"https://a.test/i.png","mediaType":"image"}`,
		`{` + to + `"flow":{"cta":"c"}}`,
		`{` + to + `"flow":{"flowId":"f"}}`,
		`{` + to + `"flow":{"flowId":"f","cta":"c"},"header":{"type":"text","content":"x"}}`,
		// the rest
		`{` + to + `"text":"hi","deliverAt":"tomorrow"}`,
		`{` + to + `"text":"hi","labels":"recall"}`,
		`{` + to + `"text":"hi","markRead":"no"}`,
	} {
		r := number.do(t, "POST", sendPath, body)
		assert.Equal(t, http.StatusBadRequest, r.status, body)
		assert.JSONEq(t, `{"error":"Validation error"}`, string(r.body), body)
		assert.NotEqual(t, "Validation error", lastRequest(fake).Refusal, "the reason is missing: %s", body)
	}
	assert.Empty(t, fake.Messages())
}

func TestSendRefusesWithACode(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	meta := newCaller(t, fake.URL, fake.NumberKey("num_2"))
	const to = `"destinationNumber":"+5511999999999",`
	for _, row := range []struct {
		caller *caller
		body   string
		status int
		answer string
	}{
		{number, `{` + to + `"templateId":"unknown"}`, 404, `{"error":"Template not found or without an approved version"}`},
		{number, `{` + to + `"templateId":"tpl_1","variables":{}}`, 400,
			`{"error":"Missing template variables","code":"MISSING_TEMPLATE_VARIABLES","details":{"missingKeys":["name"]}}`},
		{number, `{` + to + `"templateId":"tpl_1","variables":{"Name":"J"}}`, 400,
			`{"error":"Missing template variables","code":"MISSING_TEMPLATE_VARIABLES","details":{"missingKeys":["name"]}}`},
		{number, `{` + to + `"templateId":"tpl_1","variables":{"name":" "}}`, 400,
			`{"error":"Invalid template variable value","code":"INVALID_TEMPLATE_VARIABLE_VALUE","details":{"invalidKeys":[{"key":"name","reason":"must not be blank"}]}}`},
		{number, `{` + to + `"templateId":"tpl_1","variables":{"name":7}}`, 400,
			`{"error":"Invalid template variable value","code":"INVALID_TEMPLATE_VARIABLE_VALUE","details":{"invalidKeys":[{"key":"name","reason":"must be a string"}]}}`},
		{number, `{` + to + `"templateId":"tpl_1","variables":{"name":null}}`, 400,
			`{"error":"Invalid template variable value","code":"INVALID_TEMPLATE_VARIABLE_VALUE","details":{"invalidKeys":[{"key":"name","reason":"must be a string"}]}}`},
		{meta, `{"newsletterId":"1@newsletter","text":"hi"}`, 400,
			`{"error":"Not supported for official numbers","code":"NOT_SUPPORTED_FOR_META"}`},
		{meta, `{"groupId":"1@g.us","text":"hi"}`, 400,
			`{"error":"This official number is not eligible for groups","code":"META_GROUPS_NOT_ELIGIBLE"}`},
	} {
		r := row.caller.do(t, "POST", sendPath, row.body)
		assert.Equal(t, row.status, r.status, row.body)
		assert.JSONEq(t, row.answer, string(r.body), row.body)
	}
	assert.Empty(t, fake.Messages())
	meta.send(t, template)
	assert.Len(t, fake.Messages(), 1)
}

func TestBlockedNumber(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	keyed := number.with(keyHeader, "k")
	keyed.send(t, text)
	fake.Number("num_1").BlockUnpaid()
	r := number.do(t, "POST", sendPath, text)
	assert.Equal(t, http.StatusConflict, r.status)
	assert.JSONEq(t, `{"error":"Sending from this number is blocked","code":"NUMBER_BLOCKED","reason":"extra_charge_unpaid"}`, string(r.body))
	assert.Equal(t, http.StatusAccepted, keyed.do(t, "POST", sendPath, text).status, "a replay sends nothing")
	newCaller(t, fake.URL, fake.NumberKey("num_2")).send(t, text)

	fake.Number("num_1").Unblock()
	number.send(t, text)
	assert.Len(t, fake.Messages(), 3)
}

func TestSendThroughStart(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.Start()
	t.Cleanup(fake.Close)
	newCaller(t, fake.URL, fake.NumberKey("num_1")).send(t, template)
	assert.Equal(t, "onboarding-test", fake.Messages()[0].Template)
}
