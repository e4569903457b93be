package pilotstatustest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

const (
	templatesPath = "/v1/templates"
	reminder      = `{"name":"visit reminder!","category":"MARKETING","language":"en_US",
		"body":{"header":{"type":"TEXT","text":"Dear {{name}}"},"body":{"text":"Hi {{name}}, see you {{day}} at the clinic."},
			"footer":{"text":"Clinic Aurora"},"buttons":[{"type":"QUICK_REPLY","text":"Confirm"},{"type":"URL","text":"Map","url":"https://a.test/{{link}}"}]},
		"examples":{"name":"Lia","day":"Tuesday","link":"x1"}}`
	sendReminder = `{"destinationNumber":"+5511999999999","templateId":"visit_reminder","variables":{"name":"Lia","day":"Friday","link":"x2"}}`
)

func TestSeedTemplate(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	meta := newCaller(t, fake.URL, fake.NumberKey("num_2"))
	const common = `"id":"tpl_1","name":"onboarding-test","category":"UTILITY","latestVersion":{"version":1},
		"body":{"body":{"text":"Hello {{name}}, welcome aboard!"}},"variables":["name"],"sendable":true,"rejectionReason":null`
	web := `{` + common + `,"source":"PILOT_STATUS","metaStatus":null,"metaLanguage":null}`
	official := `{` + common + `,"source":"META","metaStatus":"APPROVED","metaLanguage":"pt_BR"}`
	assert.JSONEq(t, `[`+web+`]`, string(number.do(t, "GET", templatesPath, "").body))
	assert.JSONEq(t, `[`+official+`]`, string(meta.do(t, "GET", templatesPath, "").body))
	for _, id := range []string{"tpl_1", "onboarding-test"} {
		assert.JSONEq(t, web, string(number.do(t, "GET", templatesPath+"/"+id, "").body))
		assert.JSONEq(t, official, string(meta.do(t, "GET", templatesPath+"/"+id, "").body))
	}
	fake.Tenant().WrapLists(true)
	assert.JSONEq(t, `{"data":[`+official+`]}`, string(meta.do(t, "GET", templatesPath, "").body))
	fake.Tenant().PlainTemplateBodies(true)
	assert.Equal(t, "Hello {{name}}, welcome aboard!", number.object(t, http.StatusOK, "GET", templatesPath+"/tpl_1", "")["body"])
}

func TestTemplateOfAWebNumber(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	made := number.object(t, http.StatusCreated, "POST", templatesPath, reminder)
	id, ok := made["id"].(string)
	require.True(t, ok)
	assert.Equal(t, map[string]any{"id": id, "name": "visit_reminder", "category": "MARKETING", "metaStatus": nil}, made)
	r := number.do(t, "POST", templatesPath, reminder)
	assert.Equal(t, http.StatusConflict, r.status)
	assert.Empty(t, r.code())

	got := number.object(t, http.StatusOK, "GET", templatesPath+"/visit_reminder", "")
	assert.Equal(t, got, number.object(t, http.StatusOK, "GET", templatesPath+"/"+id, ""))
	assert.Equal(t, []any{"name", "day", "link"}, got["variables"])
	assert.Equal(t, true, got["sendable"])
	assert.Nil(t, got["metaStatus"])
	var sent map[string]any
	require.NoError(t, json.Unmarshal([]byte(reminder), &sent))
	assert.Equal(t, sent["body"], got["body"])
	assert.Len(t, number.list(t, templatesPath), 2)

	// Nobody has to approve it, and the official number does not have it.
	number.send(t, sendReminder)
	assert.Equal(t, "Hi Lia, see you Friday at the clinic.", number.inboxRows(t, historyPath)[0]["text"])
	meta := newCaller(t, fake.URL, fake.NumberKey("num_2"))
	assert.Equal(t, "TEMPLATE_NOT_FOUND", meta.do(t, "GET", templatesPath+"/"+id, "").code())
	assert.Equal(t, http.StatusNotFound, meta.do(t, "POST", sendPath, sendReminder).status)
	fake.Tenant().RejectTemplate("visit_reminder", "x")
	number.send(t, sendReminder)

	// Every update is a version, with a body of its own.
	for range 2 {
		out := number.object(t, http.StatusOK, "PUT", templatesPath+"/visit_reminder", `{"body":"No variables, {{who}}?","examples":{"who":"you"}}`)
		assert.Equal(t, made, out)
	}
	got = number.object(t, http.StatusOK, "GET", templatesPath+"/"+id, "")
	assert.Equal(t, map[string]any{"version": 3.0}, got["latestVersion"])
	assert.Equal(t, map[string]any{"body": map[string]any{"text": "No variables, {{who}}?"}}, got["body"])
	assert.Equal(t, []any{"who"}, got["variables"])
	assert.Equal(t, "MISSING_TEMPLATE_VARIABLES", number.do(t, "POST", sendPath, sendReminder).code())
	number.object(t, http.StatusOK, "PUT", templatesPath+"/"+id, `{"name":"visit reminder","category":"MARKETING","body":"x"}`)

	assert.JSONEq(t, `{"deleted":true,"id":"`+id+`"}`, string(number.do(t, "DELETE", templatesPath+"/visit_reminder", "").body))
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		body := ""
		if method == "PUT" {
			body = `{"body":"x"}`
		}
		for _, name := range []string{id, "visit_reminder"} {
			r := number.do(t, method, templatesPath+"/"+name, body)
			assert.Equal(t, http.StatusNotFound, r.status, method)
			assert.Equal(t, "TEMPLATE_NOT_FOUND", r.code(), method)
		}
	}
	assert.Equal(t, http.StatusNotFound, number.do(t, "POST", sendPath, sendReminder).status)
	assert.Len(t, number.list(t, templatesPath), 1)
}

func TestTemplateOfAnOfficialNumber(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	meta := newCaller(t, fake.URL, fake.NumberKey("num_2"))
	made := meta.object(t, http.StatusCreated, "POST", templatesPath, reminder)
	assert.Equal(t, "PENDING", made["metaStatus"])
	get := func() map[string]any {
		return meta.object(t, http.StatusOK, "GET", templatesPath+"/visit_reminder", "")
	}
	assert.Equal(t, "META", get()["source"])
	assert.Equal(t, "en_US", get()["metaLanguage"])
	assert.Equal(t, false, get()["sendable"])
	assert.Len(t, number.list(t, templatesPath), 1)

	// Sent too early, it fails afterwards; in the older form it is refused.
	failed := meta.send(t, sendReminder)
	fake.Advance(time.Second)
	assert.Equal(t, "FAILED", meta.get(t, failed)["status"])
	assert.Equal(t, "META_TEMPLATE_NOT_APPROVED", meta.get(t, failed)["errorCode"])
	assert.NotEmpty(t, meta.get(t, failed)["errorMessage"])
	fake.Tenant().RefuseUnapproved(true)
	r := meta.do(t, "POST", sendPath, sendReminder)
	assert.Equal(t, http.StatusNotFound, r.status)
	assert.Empty(t, r.code())
	meta.send(t, template)

	fake.Tenant().RejectTemplate("visit_reminder", "PROMOTIONAL")
	assert.Equal(t, []any{"REJECTED", "PROMOTIONAL", false}, []any{get()["metaStatus"], get()["rejectionReason"], get()["sendable"]})
	fake.Tenant().ApproveTemplate(made["id"].(string))
	assert.Equal(t, []any{"APPROVED", nil, true}, []any{get()["metaStatus"], get()["rejectionReason"], get()["sendable"]})
	sent := meta.send(t, sendReminder)
	fake.Advance(time.Second)
	assert.Equal(t, "READ", meta.get(t, sent)["status"])
	assert.Equal(t, "marketing", meta.get(t, sent)["metaPricing"].(map[string]any)["category"])

	// A new version waits again.
	fake.Tenant().RejectTemplate("visit_reminder", "PROMOTIONAL")
	out := meta.object(t, http.StatusOK, "PUT", templatesPath+"/"+made["id"].(string), `{"body":"Come!","language":"pt_BR"}`)
	assert.Equal(t, made, out)
	assert.Equal(t, []any{"PENDING", nil, "pt_BR"}, []any{get()["metaStatus"], get()["rejectionReason"], get()["metaLanguage"]})
	fake.Tenant().SetTemplateStatus("visit_reminder", "OF_TOMORROW", "")
	assert.Equal(t, "OF_TOMORROW", get()["metaStatus"])
	assert.Equal(t, false, get()["sendable"])

	// Meta refuses.
	fake.Tenant().RefuseTemplate("(#2388293) too few words")
	r = meta.do(t, "PUT", templatesPath+"/visit_reminder", `{"body":"Other"}`)
	assert.Equal(t, http.StatusBadRequest, r.status)
	assert.JSONEq(t, `{"error":"(#2388293) too few words","code":"META_TEMPLATE_SUBMIT_FAILED"}`, string(r.body))
	assert.Equal(t, map[string]any{"version": 2.0}, get()["latestVersion"], "nothing changed")
	assert.Equal(t, map[string]any{"body": map[string]any{"text": "Come!"}}, get()["body"])
	fake.Tenant().RefuseTemplate("no")
	number.object(t, http.StatusCreated, "POST", templatesPath, `{"name":"web","body":"x"}`)
	assert.Equal(t, "META_TEMPLATE_SUBMIT_FAILED", meta.do(t, "POST", templatesPath, `{"name":"new","body":"x"}`).code())
	meta.object(t, http.StatusCreated, "POST", templatesPath, `{"name":"new","body":"x"}`)
	meta.object(t, http.StatusCreated, "POST", templatesPath, `{"name":"web","body":"y"}`)
	number.object(t, http.StatusCreated, "POST", templatesPath, `{"name":"new","body":"y"}`)
	for _, name := range []string{"web", "new"} {
		fake.Tenant().ApproveTemplate(name)
		got := meta.object(t, http.StatusOK, "GET", templatesPath+"/"+name, "")
		assert.Equal(t, true, got["sendable"], "%s: approved is the one that needs it", name)
	}

	assert.Equal(t, http.StatusOK, meta.do(t, "DELETE", templatesPath+"/visit_reminder", "").status)
	assert.Equal(t, "TEMPLATE_NOT_FOUND", meta.do(t, "GET", templatesPath+"/visit_reminder", "").code())
}

func TestUpdateOfTheSharedTemplate(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	meta := newCaller(t, fake.URL, fake.NumberKey("num_2"))
	meta.object(t, http.StatusOK, "PUT", templatesPath+"/onboarding-test", `{"body":"Hello!"}`)
	assert.Equal(t, false, meta.list(t, templatesPath)[0]["sendable"])
	assert.Equal(t, true, number.list(t, templatesPath)[0]["sendable"])
	fake.Tenant().ApproveTemplate("tpl_1")
	meta.send(t, template)
	number.object(t, http.StatusOK, "PUT", templatesPath+"/onboarding-test", `{"body":"Hello again!"}`)
	assert.Equal(t, true, meta.list(t, templatesPath)[0]["sendable"], "Meta is not asked by a web number")
}

func TestAddTemplate(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	meta := newCaller(t, fake.URL, fake.NumberKey("num_2"))
	id := fake.Tenant().AddTemplate(pilotstatustest.Template{Name: "shipped", Text: "Order {{order}} of {{name}}: {{order}}."})
	fake.Tenant().AddTemplate(pilotstatustest.Template{Name: "form", Text: "Fill in", Category: "MARKETING", Language: "en_US", Flow: true})
	for _, c := range []*caller{number, meta} {
		rows := c.list(t, templatesPath)
		require.Len(t, rows, 3)
		assert.Equal(t, id, rows[1]["id"])
		assert.Equal(t, []any{"order", "name"}, rows[1]["variables"])
		assert.Equal(t, "UTILITY", rows[1]["category"])
		assert.Equal(t, "MARKETING", rows[2]["category"])
		assert.Equal(t, []any{}, rows[2]["variables"])
		r := c.do(t, "POST", sendPath, `{"destinationNumber":"+5511999999999","templateId":"shipped","variables":{"order":"7"}}`)
		assert.JSONEq(t, `{"error":"Missing template variables","code":"MISSING_TEMPLATE_VARIABLES","details":{"missingKeys":["name"]}}`, string(r.body))
		c.send(t, `{"destinationNumber":"+5511999999999","templateId":"`+id+`","variables":{"order":"7","name":"Lia"}}`)
		assert.Equal(t, "Order 7 of Lia: 7.", c.inboxRows(t, historyPath)[0]["text"])
		out := c.object(t, http.StatusAccepted, "POST", sendPath, `{"destinationNumber":"+5511999999999","templateId":"form","variables":{}}`)
		assert.NotEmpty(t, out["flowToken"])
		assert.Equal(t, http.StatusConflict, c.do(t, "POST", templatesPath, `{"name":"shipped","body":"x"}`).status)
	}
	assert.Equal(t, "en_US", meta.list(t, templatesPath)[2]["metaLanguage"])
}

func TestTemplateHooksRefuse(t *testing.T) {
	t.Parallel()
	for name, hook := range map[string]func(*pilotstatustest.Tenant){
		"no name":     func(t *pilotstatustest.Tenant) { t.AddTemplate(pilotstatustest.Template{Text: "x"}) },
		"taken":       func(t *pilotstatustest.Tenant) { t.AddTemplate(pilotstatustest.Template{Name: "onboarding-test"}) },
		"placeholder": func(t *pilotstatustest.Tenant) { t.AddTemplate(pilotstatustest.Template{Name: "x", Text: "{{a b}}"}) },
		"approve":     func(t *pilotstatustest.Tenant) { t.ApproveTemplate("tpl_9") },
		"reject":      func(t *pilotstatustest.Tenant) { t.RejectTemplate("tpl_9", "") },
		"status":      func(t *pilotstatustest.Tenant) { t.SetTemplateStatus("tpl_9", "DISABLED", "") },
	} {
		tb := new(fakeTB)
		t.Cleanup(tb.end)
		hook(pilotstatustest.NewServer(tb).Tenant())
		assert.Len(t, tb.failures, 1, name)

		program := pilotstatustest.Start()
		t.Cleanup(program.Close)
		hook(program.Tenant())
		assert.Len(t, newCaller(t, program.URL, program.NumberKey("num_2")).list(t, templatesPath), 1, name)
	}
}

// withBody is a request for a template.
func withBody(body, examples string) string {
	return `{"name":"t","body":` + body + `,"examples":` + examples + `}`
}

func TestTemplateAccepts(t *testing.T) {
	t.Parallel()
	const parts = `{"body":{"text":"x"},`
	for name, row := range map[string]struct {
		body string
		want string // body in the answer; "" is as sent
	}{
		"plain text":       {`"Hi!"`, `{"body":{"text":"Hi!"}}`},
		"text like JSON":   {`"123"`, `{"body":{"text":"123"}}`},
		"HTML":             {`"a <b> & c"`, `{"body":{"text":"a <b> & c"}}`},
		"text of an array": {`"[1]"`, `{"body":{"text":"[1]"}}`},
		"JSON text":        {`" {\"body\":{\"text\":\"Hi!\"},\"footer\":{\"text\":\"f\"}}"`, `{"body":{"text":"Hi!"},"footer":{"text":"f"}}`},
		"broken JSON text": {`"{\"body\":"`, `{"body":{"text":"{\"body\":"}}`},
		"longest":          {`"` + strings.Repeat("é", 1024) + `"`, `{"body":{"text":"` + strings.Repeat("é", 1024) + `"}}`},
		"no header":        {parts + `"header":{"type":"NONE"}}`, ""},
		"header":           {parts + `"header":{"type":"TEXT","text":"` + strings.Repeat("é", 60) + `"}}`, ""},
		"image":            {parts + `"header":{"type":"IMAGE","url":"https://a.test/i.png"}}`, ""},
		"data":             {parts + `"header":{"type":"DOCUMENT","base64":"data:application/pdf;base64,eA=="}}`, ""},
		"footer":           {parts + `"footer":{"text":"` + strings.Repeat("é", 60) + `"}}`, ""},
		"nulls":            {parts + `"footer":null,"header":null,"buttons":null}`, ""},
		"unknown":          {parts + `"fieldOfTomorrow":1}`, ""},
		"buttons": {parts + `"buttons":[{"type":"QUICK_REPLY","text":"Yes"},{"type":"URL","text":"a","url":"https://a.test"},
			{"type":"URL","text":"b","url":"http://a.test/{{link}}"},{"type":"PHONE_NUMBER","text":"c","phone_number":"+14155550100"},
			{"type":"COPY_CODE","example":["SAVE20"]},{"type":"QUICK_REPLY","text":"No"}]}`, ""},
		"placeholders": {`"Hi {{name}}, {{name}} {{link}} é {{order_no1}}."`, `{"body":{"text":"Hi {{name}}, {{name}} {{link}} é {{order_no1}}."}}`},
	} {
		_, number := frozen(t)
		made := number.object(t, http.StatusCreated, "POST", templatesPath, withBody(row.body, `{"link":"l","name":"n","order_no1":"o","more":"m"}`))
		assert.Equal(t, "UTILITY", made["category"], name)
		got, err := json.Marshal(number.object(t, http.StatusOK, "GET", templatesPath+"/t", "")["body"])
		require.NoError(t, err)
		want := row.want
		if want == "" {
			want = row.body
		}
		assert.JSONEq(t, want, string(got), name)
	}
	for given, want := range map[string]string{"Visit – reminder  2": "Visit_reminder_2", "__a--b__": "a_b", "é1": "é1"} {
		_, number := frozen(t)
		assert.Equal(t, want, number.object(t, http.StatusCreated, "POST", templatesPath, `{"name":"`+given+`","body":"x"}`)["name"])
	}
}

func TestTemplateRefuses(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	const (
		parts    = `{"body":{"text":"x"},`
		examples = `{"a":"1","b":"2"}`
	)
	for _, body := range []string{
		`{"body":"x"}`, `{"name":"!","body":"x"}`, `{"name":7,"body":"x"}`, `{"name":"t"}`, `{"name":"t","body":""}`, `{"name":"t","body":" "}`,
		`{"name":"t","body":null}`, `{"name":"t","body":7}`, `{"name":"t","body":{}}`, `{"name":"t","body":{"body":"x"}}`,
		`{"name":"t","body":{"text":"x"}}`, `{"name":"t","body":"x","category":"NEWS"}`, `{"name":"t","body":"x","category":""}`,
		`{"name":"t","body":"x","examples":{"a":1}}`,
		withBody(`"{{a}} starts"`, examples), withBody(`"ends {{a}} "`, examples), withBody(`"a {{a b}} c"`, examples),
		withBody(`"a {{}} c"`, examples), withBody(`"a {{a c"`, examples),
		withBody(`"`+strings.Repeat("x", 1025)+`"`, examples),
		withBody(parts+`"header":{"type":"LOCATION"}}`, examples),
		withBody(parts+`"header":{"type":"TEXT"}}`, examples),
		withBody(parts+`"header":{"type":"TEXT","text":"a\nb"}}`, examples),
		withBody(parts+`"header":{"type":"TEXT","text":"{{a}} {{b}}"}}`, examples),
		withBody(parts+`"header":{"type":"TEXT","text":"{{a b}}"}}`, examples),
		withBody(parts+`"header":{"type":"TEXT","text":"`+strings.Repeat("x", 61)+`"}}`, examples),
		withBody(parts+`"header":{"type":"IMAGE"}}`, examples),
		withBody(parts+`"header":{"type":"IMAGE","url":"ftp://a.test"}}`, examples),
		withBody(parts+`"header":{"type":"IMAGE","url":"https://a.test","base64":"data:image/png;base64,eA=="}}`, examples),
		withBody(parts+`"header":{"type":"IMAGE","url":"x","base64":"data:image/png;base64,eA=="}}`, examples),
		withBody(parts+`"header":{"type":"IMAGE","base64":"eA=="}}`, examples),
		withBody(parts+`"footer":{"text":"`+strings.Repeat("x", 61)+`"}}`, examples),
		withBody(parts+`"footer":{"text":"{{a}}"}}`, examples),
		withBody(parts+`"footer":{}}`, examples),
		withBody(parts+`"buttons":[`+strings.Repeat(`{"type":"QUICK_REPLY","text":"x"},`, 10)+`{"type":"URL","text":"x","url":"https://a.test"}]}`, examples),
		withBody(parts+`"buttons":[{"type":"FLOW","text":"x"}]}`, examples),
		withBody(parts+`"buttons":[{"type":"QUICK_REPLY"}]}`, examples),
		withBody(parts+`"buttons":[{"type":"URL","text":"x","url":"a.test"}]}`, examples),
		withBody(parts+`"buttons":[{"type":"URL","url":"https://a.test"}]}`, examples),
		withBody(parts+`"buttons":[{"type":"URL","text":"x","url":"https://a.test/{{a}}/b"}]}`, examples),
		withBody(parts+`"buttons":[{"type":"URL","text":"x","url":"https://a.test/{{a}}{{b}}"}]}`, examples),
		withBody(parts+`"buttons":[`+strings.Repeat(`{"type":"URL","text":"x","url":"https://a.test"},`, 2)+`{"type":"URL","text":"x","url":"https://a.test"}]}`, examples),
		withBody(parts+`"buttons":[{"type":"PHONE_NUMBER","text":"x","phoneNumber":"+14155550100"}]}`, examples),
		withBody(parts+`"buttons":[{"type":"PHONE_NUMBER","text":"x","phone_number":"+14155550100"},{"type":"PHONE_NUMBER","text":"y","phone_number":"+14155550100"}]}`, examples),
		withBody(parts+`"buttons":[{"type":"COPY_CODE","example":"SAVE20"}]}`, examples),
		withBody(parts+`"buttons":[{"type":"COPY_CODE","example":["SAVE-20"]}]}`, examples),
		withBody(parts+`"buttons":[{"type":"COPY_CODE","example":["A234567890123456"]}]}`, examples),
	} {
		r := number.do(t, "POST", templatesPath, body)
		assert.Equal(t, http.StatusBadRequest, r.status, body)
		assert.JSONEq(t, `{"error":"Validation error"}`, string(r.body), body)
		assert.NotEqual(t, "Validation error", lastRequest(fake).Refusal, body)
	}
	for _, body := range []string{`{"body":"x","name":"other"}`, `{"body":"x","category":"OTP"}`, `{"name":"onboarding-test"}`, `{}`} {
		assert.Equal(t, http.StatusBadRequest, number.do(t, "PUT", templatesPath+"/tpl_1", body).status, body)
	}
	assert.Equal(t, map[string]any{"version": 1.0}, number.list(t, templatesPath)[0]["latestVersion"])
}

func TestTemplateExamples(t *testing.T) {
	t.Parallel()
	_, number := frozen(t)
	const body = `{"header":{"type":"TEXT","text":"{{h}}"},"body":{"text":"a {{b}} {{h}} c"},"buttons":[{"type":"URL","text":"x","url":"https://a.test/{{u}}"}]}`
	for examples, missing := range map[string]string{
		`null`:                      `["h","b","u"]`,
		`{"h":"1","b":" ","u":"3"}`: `["b"]`,
		`{"H":"1","b":"2","x":"3"}`: `["h","u"]`,
		`{"h":"1","b":"2","u":"3"}`: ``,
	} {
		for _, row := range [][2]string{{"POST", templatesPath}, {"PUT", templatesPath + "/tpl_1"}} {
			r := number.do(t, row[0], row[1], `{`+map[string]string{"POST": `"name":"t",`}[row[0]]+`"body":`+body+`,"examples":`+examples+`}`)
			if missing == "" {
				assert.Less(t, r.status, 300, "%s", r.body)
				continue
			}
			assert.Equal(t, http.StatusBadRequest, r.status)
			assert.JSONEq(t, `{"error":"Every placeholder needs an example","code":"TEMPLATE_EXAMPLES_REQUIRED","details":{"missing":`+missing+`}}`, string(r.body))
		}
	}
}

// What the documentation of Messages.Send says of templates is what both kinds of number
// do: the refusal is a NotFoundError, and it has no code.
func TestRefusedTemplate(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"num_1", "num_2"} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			fake := pilotstatustest.NewServer(t)
			number := fake.NumberClient(id)
			send := func(template string) error {
				_, err := number.Messages.Send(t.Context(), pilotstatus.SendRequest{
					To:      pilotstatus.Phone("+5511999999999"),
					Content: pilotstatus.TemplateContent{ID: template, Variables: map[string]string{"name": "John"}},
				})
				return err
			}
			requireRefused := func(err error) {
				t.Helper()
				var refused *pilotstatus.NotFoundError
				require.ErrorAs(t, err, &refused)
				assert.Equal(t, http.StatusNotFound, refused.StatusCode)
				assert.Empty(t, refused.Code)
				assert.NotErrorIs(t, err, pilotstatus.CodeTemplateNotFound)
			}
			requireRefused(send("no-such-template"))
			made, err := number.Templates.Create(t.Context(), pilotstatus.SubmitTemplateRequest{
				Name: "own", Body: pilotstatus.TemplateBody{Text: "Hello there."},
			})
			require.NoError(t, err)
			fake.Tenant().SetTemplateStatus(made.ID, "APPROVED", "")

			for _, template := range []string{"onboarding-test", "own"} {
				fake.Tenant().RefuseUnapproved(true)
				require.NoError(t, send(template), "it is approved")
				fake.Tenant().SetTemplateStatus(template, "PENDING", "")
				requireRefused(send(template))
				fake.Tenant().RefuseUnapproved(false)
				require.NoError(t, send(template), "it is accepted and fails later, where Meta has a say")
			}
			_, err = number.Templates.Get(t.Context(), "no-such-template")
			require.ErrorIs(t, err, pilotstatus.CodeTemplateNotFound, "the code is for the methods of Templates")
		})
	}
}

// A template of a web number is approved as long as nobody says otherwise.
func TestOwnTemplateOfAWebNumber(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t)
	fake.Tenant().RefuseUnapproved(true)
	number := fake.NumberClient("num_1")
	made, err := number.Templates.Create(t.Context(), pilotstatus.SubmitTemplateRequest{
		Name: "own", Body: pilotstatus.TemplateBody{Text: "Hello there."},
	})
	require.NoError(t, err)
	_, err = number.Messages.Send(t.Context(), pilotstatus.SendRequest{
		To: pilotstatus.Phone("+5511999999999"), Content: pilotstatus.TemplateContent{ID: made.ID},
	})
	require.NoError(t, err)
}
