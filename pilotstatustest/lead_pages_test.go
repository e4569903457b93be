package pilotstatustest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

const leadPagesPath = "/v1/lead-pages"

func springForm() pilotstatustest.LeadForm {
	return pilotstatustest.LeadForm{
		ID: "900800700", Name: "Spring offer", Status: "ACTIVE",
		Questions: []pilotstatustest.LeadQuestion{
			{Key: "full_name", Label: "Full name", Type: "FULL_NAME"},
			{Key: "size", Options: []pilotstatustest.LeadOption{{Key: "s", Value: "Small"}}},
		},
		Checkboxes: []pilotstatustest.LeadCheckbox{{Key: "optin_1", Text: "I agree"}, {Key: "optin_2"}},
	}
}

// linkedPage links a Page and returns the id of the link.
func linkedPage(t *testing.T, c *caller, page, number string) string {
	t.Helper()
	out := c.object(t, http.StatusCreated, "POST", leadPagesPath, `{"pageId":"`+page+`","whatsappNumberId":"`+number+`"}`)
	return out["link"].(map[string]any)["pageLinkId"].(string)
}

func TestLeadPageLife(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	tenant := newCaller(t, fake.URL, fake.TenantKey())
	list := func(c *caller) string { return string(c.do(t, "GET", leadPagesPath, "").body) }
	const tail = `"configured":true,"partnerBusinessId":"440055006600","candidatesLookup":"ok","eligibilityBlocker":null}`
	assert.JSONEq(t, `{"linked":[],"candidates":[],`+tail, list(tenant))

	fake.Tenant().SharePage("100", "Acme Store", springForm())
	fake.Tenant().SharePage("101", "Acme Outlet")
	fake.Tenant().SharePage("102", "")
	fake.Tenant().PageTasks("101", []string{"ADVERTISE"})
	fake.Tenant().PageTasks("102", nil)
	candidates := `"candidates":[{"pageId":"100","pageName":"Acme Store","missingTasks":[]},
		{"pageId":"101","pageName":"Acme Outlet","missingTasks":["ADVERTISE"]},{"pageId":"102","pageName":null,"missingTasks":null}],`
	assert.JSONEq(t, `{"linked":[],`+candidates+tail, list(tenant))
	assert.JSONEq(t, `{"linked":[],`+candidates+tail, list(number))

	r := tenant.do(t, "POST", leadPagesPath, `{"pageId":"100","whatsappNumberId":"num_2"}`)
	require.Equal(t, http.StatusCreated, r.status, "%s", r.body)
	id := columnOf(t, tenant.object(t, 200, "GET", leadPagesPath, ""), "linked", "pageLinkId")[0].(string)
	row := func(number string, leads int) string {
		return fmt.Sprintf(`{"pageLinkId":%q,"pageId":"100","pageName":"Acme Store","whatsappNumberId":%q,
			"subscribedAt":"2026-11-03T14:05:09.120Z","subscriptionError":null,"linkedAt":"2026-11-03T14:05:09.120Z","leadsCount":%d}`,
			id, number, leads)
	}
	assert.JSONEq(t, `{"link":`+row("num_2", 0)+`}`, string(r.body))
	candidates = `"candidates":[{"pageId":"101","pageName":"Acme Outlet","missingTasks":["ADVERTISE"]},
		{"pageId":"102","pageName":null,"missingTasks":null}],`
	assert.JSONEq(t, `{"linked":[`+row("num_2", 0)+`],`+candidates+tail, list(tenant))
	assert.JSONEq(t, `{"linked":[],`+candidates+tail, list(number))
	refusesWith(t, tenant, 409, "", "POST", leadPagesPath, `{"pageId":"100","whatsappNumberId":"num_1"}`)

	first := fake.Tenant().SubmitLead(pilotstatustest.Lead{PageID: "100"})
	require.NotEmpty(t, first)
	r = tenant.do(t, "PATCH", leadPagesPath+"/"+id, `{"whatsappNumberId":"num_1"}`)
	require.Equal(t, http.StatusOK, r.status)
	assert.JSONEq(t, `{"link":`+row("num_1", 1)+`,"autoSendDisabled":false}`, string(r.body))
	second := fake.Tenant().SubmitLead(pilotstatustest.Lead{PageID: "100"})
	number2 := newCaller(t, fake.URL, fake.NumberKey("num_2"))
	assert.Equal(t, 200, number2.do(t, "GET", "/v1/leads/"+first, "").status, "what is there stays")
	assert.Equal(t, 200, number.do(t, "GET", "/v1/leads/"+second, "").status)
	other := fake.Number("num_1").AddLead(pilotstatustest.Lead{PageID: "101"})
	assert.JSONEq(t, `{"linked":[`+row("num_1", 2)+`],`+candidates+tail, list(number))

	r = number.do(t, "DELETE", leadPagesPath+"/"+id, "")
	require.Equal(t, http.StatusOK, r.status)
	assert.JSONEq(t, fmt.Sprintf(`{"unlinked":true,"pageLinkId":%q,"deletedLeads":2}`, id), string(r.body))
	refusesWith(t, number2, 404, "LEAD_NOT_FOUND", "GET", "/v1/leads/"+first, "")
	refusesWith(t, number, 404, "LEAD_NOT_FOUND", "GET", "/v1/leads/"+second, "")
	assert.Equal(t, 200, number.do(t, "GET", "/v1/leads/"+other, "").status)
	refusesWith(t, number, 404, "NOT_FOUND", "DELETE", leadPagesPath+"/"+id, "")
	assert.Len(t, columnOf(t, number.object(t, 200, "GET", leadPagesPath, ""), "candidates", "pageId"), 3)
	assert.NotEqual(t, id, linkedPage(t, tenant, "100", "num_1"))
}

func TestLeadPageNumbers(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	tenant := newCaller(t, fake.URL, fake.TenantKey())
	view := tenant.with("x-whatsapp-number-id", "num_1")
	for _, page := range []string{"1", "2", "3", "4"} {
		fake.Tenant().SharePage(page, "P"+page, springForm())
	}
	const grant = "NUMBER_NOT_IN_GRANT"
	foreign := linkedPage(t, tenant, "1", "num_2")
	config := `{"consentDisclaimerKey":null,"autoSendEnabled":false,"templateId":null,"freeText":null}`
	for _, c := range []*caller{number, view} {
		for _, row := range [][3]string{
			{"PATCH", "", `{"whatsappNumberId":"num_1"}`},
			{"DELETE", "", ""},
			{"GET", "/forms", ""},
			{"PUT", "/forms/900800700", config},
			{"POST", "/resync", ""},
		} {
			refusesWith(t, c, 403, grant, row[0], leadPagesPath+"/"+foreign+row[1], row[2])
			refusesWith(t, c, 404, "NOT_FOUND", row[0], leadPagesPath+"/pl_x"+row[1], row[2])
			refusesWith(t, tenant, 404, "NOT_FOUND", row[0], leadPagesPath+"/pl_x"+row[1], row[2])
			refusesWith(t, tenant.with("x-whatsapp-number-id", "num_9"), 403, grant, row[0], leadPagesPath+"/"+foreign+row[1], row[2])
		}
		refusesWith(t, c, 403, grant, "POST", leadPagesPath, `{"pageId":"2","whatsappNumberId":"num_2"}`)
		assert.Empty(t, columnOf(t, c.object(t, 200, "GET", leadPagesPath, ""), "linked", "pageLinkId"))
	}
	refusesWith(t, tenant, 403, grant, "POST", leadPagesPath, `{"pageId":"2","whatsappNumberId":"num_9"}`)
	refusesWith(t, tenant, 400, "NUMBER_REQUIRED", "POST", leadPagesPath, `{"pageId":"2"}`)
	refusesWith(t, tenant, 403, grant, "PATCH", leadPagesPath+"/"+foreign, `{"whatsappNumberId":"num_9"}`)

	// A number key and a view name themselves, or nothing.
	for i, c := range []*caller{number, view} {
		body := []string{`{"pageId":"2"}`, `{"pageId":"3","whatsappNumberId":"num_1"}`}[i]
		link := c.object(t, 201, "POST", leadPagesPath, body)["link"].(map[string]any)
		assert.Equal(t, "num_1", link["whatsappNumberId"])
		id := link["pageLinkId"].(string)
		refusesWith(t, c, 403, grant, "PATCH", leadPagesPath+"/"+id, `{"whatsappNumberId":"num_2"}`)
		c.object(t, 200, "PATCH", leadPagesPath+"/"+id, `{"whatsappNumberId":"num_1"}`)
	}
	assert.Equal(t, []any{"2", "3"}, columnOf(t, view.object(t, 200, "GET", leadPagesPath, ""), "linked", "pageId"))
	assert.Equal(t, []any{"1", "2", "3"}, columnOf(t, tenant.object(t, 200, "GET", leadPagesPath, ""), "linked", "pageId"))
}

func TestLeadPageBodies(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	fake.Tenant().SharePage("1", "P", springForm())
	for _, body := range []string{
		`{}`, `{"pageId":""}`, `{"pageId":"1x"}`, `{"pageId":1}`, `{"pageId":null}`, `{"pageId":"1","whatsappNumberId":null}`,
		`{"pageId":"1","whatsappNumberId":1}`, `[]`, `null`, `{`,
	} {
		refusesWith(t, number, 400, "", "POST", leadPagesPath, body)
	}
	refusesWith(t, number, 400, "UNKNOWN_FIELDS", "POST", leadPagesPath, `{"pageId":"1","name":"x"}`)
	refusesWith(t, number, 400, "UNKNOWN_FIELDS", "POST", leadPagesPath, `{"pageid":"1"}`)
	refusesWith(t, number, 409, "", "POST", leadPagesPath, `{"pageId":"9"}`)
	id := linkedPage(t, number, "1", "num_1")
	refusesWith(t, number, 400, "UNKNOWN_FIELDS", "PATCH", leadPagesPath+"/"+id, `{"whatsappNumberId":"num_1","pageId":"1"}`)
	for _, body := range []string{`{}`, `{"whatsappNumberId":null}`, `{"whatsappNumberId":1}`, `{"whatsappNumberId":""}`, `[]`} {
		refusesWith(t, number, 400, "", "PATCH", leadPagesPath+"/"+id, body)
	}
}

func TestLeadPageLookups(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	fake.Tenant().SharePage("1", "P", springForm())
	fake.Tenant().SharePage("2", "Q")
	id := linkedPage(t, number, "1", "num_1")
	check := func(candidates int, configured bool, partner any, lookup string, blocker any) {
		t.Helper()
		out := number.object(t, 200, "GET", leadPagesPath, "")
		assert.Len(t, out["linked"], 1)
		assert.Len(t, out["candidates"], candidates)
		assert.Equal(t, configured, out["configured"])
		assert.Equal(t, partner, out["partnerBusinessId"])
		assert.Equal(t, lookup, out["candidatesLookup"])
		assert.Equal(t, blocker, out["eligibilityBlocker"])
		assert.Contains(t, out, "eligibilityBlocker")
	}
	check(1, true, "440055006600", "ok", nil)
	fake.Tenant().NoOfficialNumber(true)
	check(0, true, "440055006600", "ok", "NO_OFFICIAL_NUMBER")
	refusesWith(t, number, 409, "", "POST", leadPagesPath, `{"pageId":"2"}`)
	fake.Tenant().NoOfficialNumber(false)
	fake.Tenant().MetaLookup("unavailable")
	check(0, true, "440055006600", "unavailable", nil)
	refusesWith(t, number, 502, "", "POST", leadPagesPath, `{"pageId":"2"}`)
	refusesWith(t, number, 502, "", "GET", leadPagesPath+"/"+id+"/forms", "")
	fake.Tenant().MetaLookup("not_configured")
	check(0, false, nil, "not_configured", nil)
	refusesWith(t, number, 503, "", "POST", leadPagesPath, `{"pageId":"2"}`)
	refusesWith(t, number, 503, "", "GET", leadPagesPath+"/"+id+"/forms", "")
	fake.Tenant().MetaLookup("ok")
	check(1, true, "440055006600", "ok", nil)
}

func TestBackfillAndResync(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	fake.Tenant().SharePage("1", "P", springForm())
	day := 24 * time.Hour
	assert.Empty(t, fake.Tenant().SubmitLead(pilotstatustest.Lead{PageID: "1", FullName: "old", SubmittedAt: epoch().Add(-91 * day)}))
	assert.Empty(t, fake.Tenant().SubmitLead(pilotstatustest.Lead{PageID: "1", FullName: "recent", SubmittedAt: epoch().Add(-89 * day)}))
	fake.Tenant().FailSubscription("1", "PAGE_NOT_SHARED")
	link := number.object(t, 201, "POST", leadPagesPath, `{"pageId":"1"}`)["link"].(map[string]any)
	assert.Nil(t, link["subscribedAt"])
	assert.Equal(t, "PAGE_NOT_SHARED", link["subscriptionError"])
	id := link["pageLinkId"].(string)
	leads := func() string {
		t.Helper()
		var text string
		for _, row := range number.object(t, 200, "GET", "/v1/leads", "")["leads"].([]any) {
			lead := row.(map[string]any)
			text += fmt.Sprint(lead["fullName"], ":", lead["source"], " ")
		}
		return text
	}
	assert.Empty(t, leads(), "the backfill takes a moment")
	fake.Advance(time.Second)
	assert.Equal(t, "recent:BACKFILL ", leads())

	// Meta does not push: the lead waits for a resync.
	assert.Empty(t, fake.Tenant().SubmitLead(pilotstatustest.Lead{PageID: "1", FullName: "waits"}))
	assert.Equal(t, "recent:BACKFILL ", leads())
	resync := leadPagesPath + "/" + id + "/resync"
	assert.JSONEq(t, fmt.Sprintf(`{"started":true,"pageLinkId":%q,"subscribedAt":null,"subscriptionError":"PAGE_NOT_SHARED"}`, id),
		string(number.do(t, "POST", resync, "").body))
	fake.Advance(time.Second)
	assert.Equal(t, "waits:BACKFILL recent:BACKFILL ", leads())

	fake.Tenant().FailSubscription("1", "")
	fake.Advance(time.Second + time.Millisecond)
	r := number.do(t, "POST", resync, "")
	assert.Equal(t, http.StatusTooManyRequests, r.status)
	assert.JSONEq(t, `{"error":"The Page was resynced a short time ago","code":"RESYNC_COOLDOWN","retryAfterSeconds":898}`, string(r.body))
	fake.Advance(15*time.Minute - 2*time.Second - 2*time.Millisecond)
	assert.JSONEq(t, `{"error":"The Page was resynced a short time ago","code":"RESYNC_COOLDOWN","retryAfterSeconds":1}`,
		string(number.do(t, "POST", resync, "").body))
	fake.Advance(time.Millisecond)
	r = number.do(t, "POST", resync, "")
	assert.Equal(t, http.StatusAccepted, r.status)
	assert.JSONEq(t, fmt.Sprintf(`{"started":true,"pageLinkId":%q,"subscribedAt":"2026-11-03T14:20:10.120Z","subscriptionError":null}`, id),
		string(r.body))
	assert.NotEmpty(t, fake.Tenant().SubmitLead(pilotstatustest.Lead{PageID: "1", FullName: "pushed"}))
	fake.Advance(15 * time.Minute)
	assert.JSONEq(t, fmt.Sprintf(`{"started":true,"pageLinkId":%q}`, id), string(number.do(t, "POST", resync, "").body), "it was up")
	fake.Advance(time.Second)
	assert.Equal(t, "pushed:WEBHOOK waits:BACKFILL recent:BACKFILL ", leads(), "nothing comes twice")

	// The subscription of a linked Page breaks.
	fake.Tenant().FailSubscription("1", "META_PERMISSION_MISSING")
	out := number.object(t, 200, "GET", leadPagesPath, "")
	assert.Equal(t, []any{nil}, columnOf(t, out, "linked", "subscribedAt"))
	assert.Equal(t, []any{"META_PERMISSION_MISSING"}, columnOf(t, out, "linked", "subscriptionError"))
	fake.Tenant().FailSubscription("1", "")
	fake.Tenant().MetaLookup("unavailable")
	fake.Advance(15 * time.Minute)
	assert.Equal(t, "META_ERROR", number.object(t, 202, "POST", resync, "")["subscriptionError"])

	// An unlinked Page is not filled.
	number.object(t, 200, "DELETE", leadPagesPath+"/"+id, "")
	fake.Advance(time.Second)
	assert.Empty(t, leads())
	fake.Tenant().MetaLookup("ok")
	fake.Tenant().PageTasks("1", []string{"ADVERTISE"})
	link = number.object(t, 201, "POST", leadPagesPath, `{"pageId":"1"}`)["link"].(map[string]any)
	assert.Equal(t, "PAGE_ACCESS_MISSING", link["subscriptionError"])
	fake.Advance(time.Second)
	assert.Equal(t, "pushed:BACKFILL waits:BACKFILL recent:BACKFILL ", leads())
}

func TestLeadFormsInFull(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	official := newCaller(t, fake.URL, fake.NumberKey("num_2"))
	hidden := springForm()
	hidden.ID, hidden.CheckboxesHidden = "2", true
	fake.Tenant().SharePage("1", "P", springForm(), hidden, pilotstatustest.LeadForm{ID: "3"})
	fake.Tenant().SharePage("1", "Q", springForm(), pilotstatustest.LeadForm{ID: "4"})
	fake.Tenant().SharePage("2", "R")
	id := linkedPage(t, official, "1", "num_2")
	questions := `"questions":[{"key":"full_name","label":"Full name","type":"FULL_NAME","options":[]},
		{"key":"size","label":"size","type":null,"options":[{"key":"s","value":"Small"}]}]`
	plain := `{"formId":"%s","formName":null,"status":null,"questions":[],"consentCheckboxes":[],"consentAvailable":true,"config":null}`
	assert.JSONEq(t, `{"forms":[
		{"formId":"900800700","formName":"Spring offer","status":"ACTIVE",`+questions+`,
			"consentCheckboxes":[{"key":"optin_1","text":"I agree"},{"key":"optin_2","text":null}],"consentAvailable":true,"config":null},
		{"formId":"2","formName":"Spring offer","status":"ACTIVE",`+questions+`,
			"consentCheckboxes":[],"consentAvailable":false,"config":null},`+fmt.Sprintf(plain, "3")+`,`+fmt.Sprintf(plain, "4")+`],
		"formsTruncated":false,"numberIsOfficial":true,"templates":[{"id":"tpl_1","name":"onboarding-test","variables":["name"]}]}`,
		string(official.do(t, "GET", leadPagesPath+"/"+id+"/forms", "").body))
	out := official.object(t, 200, "GET", leadPagesPath, "")
	assert.Equal(t, []any{"Q"}, columnOf(t, out, "linked", "pageName"))

	web := linkedPage(t, number, "2", "num_1")
	assert.JSONEq(t, `{"forms":[],"formsTruncated":false,"numberIsOfficial":false,"templates":[]}`,
		string(number.do(t, "GET", leadPagesPath+"/"+web+"/forms", "").body))
	for i := range 101 {
		fake.Tenant().SharePage("2", "R", pilotstatustest.LeadForm{ID: fmt.Sprint(1000 + i)})
	}
	out = number.object(t, 200, "GET", leadPagesPath+"/"+web+"/forms", "")
	assert.Len(t, out["forms"], 100)
	assert.Equal(t, true, out["formsTruncated"])
}

func TestUpdateLeadForm(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	tenant := newCaller(t, fake.URL, fake.TenantKey())
	fake.Tenant().SharePage("1", "P", springForm())
	fake.Tenant().SharePage("2", "Q", springForm(), pilotstatustest.LeadForm{ID: "12"})
	web, meta := linkedPage(t, tenant, "1", "num_1"), linkedPage(t, tenant, "2", "num_2")
	form := func(id string) string { return leadPagesPath + "/" + id + "/forms/900800700" }
	config := func(id string) any {
		t.Helper()
		return columnOf(t, tenant.object(t, 200, "GET", leadPagesPath+"/"+id+"/forms", ""), "forms", "config")[0]
	}
	assert.Nil(t, config(web))

	r := tenant.do(t, "PUT", form(meta), `{"formName":"Mine","consentDisclaimerKey":"optin_1","autoSendEnabled":true,"templateId":"tpl_1",
		"freeText":null,"variableMap":{"name":{"source":"field","key":"full_name"},"shop":{"source":"static","value":""}}}`)
	require.Equal(t, http.StatusOK, r.status, "%s", r.body)
	assert.JSONEq(t, `{"config":{"formId":"900800700","formName":"Mine","consentDisclaimerKey":"optin_1","autoSendEnabled":true,
		"templateId":"tpl_1","freeText":null,"variableMap":{"name":{"source":"field","key":"full_name"},
		"shop":{"source":"static","value":""}},"updatedAt":"2026-11-03T14:05:09.120Z"}}`, string(r.body))
	fake.Advance(time.Second)
	const off = `{"consentDisclaimerKey":null,"autoSendEnabled":false,"templateId":null,"freeText":null}`
	out := tenant.object(t, 200, "PUT", form(meta), off)
	assert.Equal(t, map[string]any{
		"formId": "900800700", "formName": nil, "consentDisclaimerKey": nil, "autoSendEnabled": false, "templateId": nil,
		"freeText": nil, "variableMap": map[string]any{}, "updatedAt": "2026-11-03T14:05:10.120Z",
	}, out["config"], "replaced, not merged")
	assert.Equal(t, out["config"], config(meta))

	out = number.object(t, 200, "PUT", form(web), `{"consentDisclaimerKey":null,"autoSendEnabled":true,"templateId":null,
		"freeText":"Hi {{ name }}, {{open","variableMap":{"name":{"source":"static","value":"you"}}}`)
	assert.Equal(t, "Hi {{ name }}, {{open", out["config"].(map[string]any)["freeText"])

	// with returns the body with some keys replaced, or left out where the value is "".
	with := func(pairs ...string) string {
		keys := []string{"consentDisclaimerKey", "autoSendEnabled", "templateId", "freeText"}
		values := map[string]string{"consentDisclaimerKey": "null", "autoSendEnabled": "false", "templateId": "null", "freeText": "null"}
		for i := 0; i < len(pairs); i += 2 {
			if _, ok := values[pairs[i]]; !ok {
				keys = append(keys, pairs[i])
			}
			values[pairs[i]] = pairs[i+1]
		}
		var fields []string
		for _, key := range keys {
			if values[key] != "" {
				fields = append(fields, `"`+key+`":`+values[key])
			}
		}
		return "{" + strings.Join(fields, ",") + "}"
	}
	long := func(n int) string { return `"` + strings.Repeat("ç", n) + `"` }
	require.Equal(t, 200, tenant.do(t, "PUT", form(web), with("formName", long(255), "freeText", long(4096))).status)
	for _, row := range [][2]string{
		{web, with("consentDisclaimerKey", "")},
		{web, with("autoSendEnabled", "")},
		{web, with("templateId", "")},
		{web, with("freeText", "")},
		{web, with("autoSendEnabled", "null")},
		{web, with("autoSendEnabled", `"true"`)},
		{web, with("variableMap", "null")},
		{web, with("variableMap", "[]")},
		{web, with("formName", long(256))},
		{web, with("freeText", long(4097))},
		{web, with("autoSendEnabled", "true")},
		{web, with("autoSendEnabled", "true", "freeText", `" "`)},
		{web, with("templateId", `"tpl_1"`, "variableMap", `{"name":{"source":"static","value":"x"}}`)},
		{web, with("freeText", `"Hi {{name}}"`)},
		{web, with("variableMap", `{"a":{"source":"field","value":"x"}}`)},
		{web, with("variableMap", `{"a":{"source":"field","key":""}}`)},
		{web, with("variableMap", `{"a":{"source":"static","value":"x","key":"y"}}`)},
		{web, with("variableMap", `{"a":{"source":"static"}}`)},
		{web, with("variableMap", `{"a":{"source":"other","value":"x"}}`)},
		{web, with("variableMap", `{"a":null}`)},
		{meta, with("freeText", `"Hi"`)},
		{meta, with("templateId", `"tpl_9"`)},
		{meta, with("templateId", `"onboarding-test"`, "variableMap", `{"name":{"source":"static","value":"x"}}`)},
		{meta, with("templateId", `"tpl_1"`)},
		{meta, `[]`},
	} {
		refusesWith(t, tenant, 400, "", "PUT", form(row[0]), row[1])
	}
	refusesWith(t, tenant, 400, "UNKNOWN_FIELDS", "PUT", form(web), with("formId", `"900800700"`))
	refusesWith(t, tenant, 400, "UNKNOWN_FIELDS", "PUT", form(web), with("updatedAt", `"x"`))
	refusesWith(t, tenant, 400, "UNKNOWN_FIELDS", "PUT", form(web), with("variableMap", `{"a":{"source":"static","value":"x","more":1}}`))
	refusesWith(t, tenant, 404, "NOT_FOUND", "PUT", leadPagesPath+"/"+web+"/forms/12", off)
	assert.Equal(t, strings.Trim(long(255), `"`), config(web).(map[string]any)["formName"], "refusals change nothing")
}

func TestAutoSend(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	tenant := newCaller(t, fake.URL, fake.TenantKey())
	fake.Tenant().SharePage("1", "P", springForm(), pilotstatustest.LeadForm{ID: "12"})
	id := linkedPage(t, tenant, "1", "num_1")
	status := func(phone string) string {
		t.Helper()
		lead := fake.Tenant().SubmitLead(pilotstatustest.Lead{PageID: "1", Phone: phone})
		out := number.object(t, 200, "GET", "/v1/leads/"+lead, "")["lead"].(map[string]any)
		return fmt.Sprint(out["autoSendStatus"], " ", out["autoSendReason"])
	}
	put := func(form string, on bool) {
		t.Helper()
		tenant.object(t, 200, "PUT", leadPagesPath+"/"+id+"/forms/"+form, fmt.Sprintf(
			`{"consentDisclaimerKey":null,"autoSendEnabled":%t,"templateId":null,"freeText":"Hi","variableMap":{}}`, on))
	}
	assert.Equal(t, "SKIPPED <nil>", status("1"))
	put("900800700", true)
	put("12", false)
	assert.Equal(t, "SENT <nil>", status("1"))
	assert.Equal(t, "SKIPPED NO_PHONE", status(""))

	fake.Advance(time.Minute)
	move := func() any {
		return tenant.object(t, 200, "PATCH", leadPagesPath+"/"+id, `{"whatsappNumberId":"num_1"}`)["autoSendDisabled"]
	}
	assert.Equal(t, true, move())
	assert.Equal(t, false, move(), "it is said once")
	configs := columnOf(t, tenant.object(t, 200, "GET", leadPagesPath+"/"+id+"/forms", ""), "forms", "config")
	assert.Equal(t, false, configs[0].(map[string]any)["autoSendEnabled"])
	assert.Equal(t, "2026-11-03T14:06:09.120Z", configs[0].(map[string]any)["updatedAt"])
	assert.Equal(t, "2026-11-03T14:05:09.120Z", configs[1].(map[string]any)["updatedAt"])
	assert.Equal(t, "SKIPPED AUTO_SEND_DISABLED", status("1"))

	tenant.object(t, 200, "DELETE", leadPagesPath+"/"+id, "")
	id = linkedPage(t, tenant, "1", "num_1")
	configs = columnOf(t, tenant.object(t, 200, "GET", leadPagesPath+"/"+id+"/forms", ""), "forms", "config")
	assert.Equal(t, []any{nil, nil}, configs, "gone with the link")
}

func TestUnknownPages(t *testing.T) {
	t.Parallel()
	tb := &fakeTB{}
	fake := pilotstatustest.NewServer(tb)
	defer tb.end()
	assert.Empty(t, fake.Tenant().SubmitLead(pilotstatustest.Lead{PageID: "9"}))
	fake.Tenant().PageTasks("8", nil)
	fake.Tenant().FailSubscription("7", "META_ERROR")
	assert.Equal(t, []string{
		`pilotstatustest: no Page "9"`, `pilotstatustest: no Page "8"`, `pilotstatustest: no Page "7"`,
	}, tb.failures)
	assert.Empty(t, fake.Number("num_9").AddLead(pilotstatustest.Lead{}))
	assert.Empty(t, fake.Number("num_9").AddReferral(pilotstatustest.Referral{}))
}
