package pilotstatustest_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// refusesWith expects an error answer with a code, which may be "".
func refusesWith(t *testing.T, c *caller, status int, code, method, path, body string) {
	t.Helper()
	r := c.do(t, method, path, body)
	assert.Equal(t, status, r.status, "%s %s %s: %s", method, path, body, r.body)
	assert.Equal(t, code, r.code(), "%s %s %s: %s", method, path, body, r.body)
	assert.Contains(t, string(r.body), `"error":"`)
}

// columnOf returns one member of each row under a key.
func columnOf(t *testing.T, answer map[string]any, key, member string) []any {
	t.Helper()
	rows, ok := answer[key].([]any)
	require.True(t, ok, "%v", answer)
	out := []any{}
	for _, row := range rows {
		out = append(out, row.(map[string]any)[member])
	}
	return out
}

func TestLeadInFull(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	yes, no := true, false
	fake.Tenant().SharePage("100200300400", "Acme Store", pilotstatustest.LeadForm{ID: "900800700", Name: "Spring offer"})
	id := fake.Number("num_1").AddLead(pilotstatustest.Lead{
		PageID: "100200300400", FormID: "900800700", AdID: "238500001", Platform: "ig", Organic: &no,
		SubmittedAt: time.Date(2026, 11, 1, 20, 31, 7, 0, time.UTC),
		FullName:    "Rita Prado", Email: "rita@example.test", Phone: "+5511970001000",
		Fields: []pilotstatustest.LeadField{
			{Key: "city", Label: "Your city", Values: []string{"Campinas"}}, {Key: "size"},
		},
		Consent: &yes, ConversationID: "conv_x",
	})
	fake.Tenant().ResolveAdNames("238500001", pilotstatustest.AdNames{Ad: "Video A", Adset: "SP", Campaign: "Spring"})
	fake.Tenant().ResolveAdNames("", pilotstatustest.AdNames{Ad: "no ad"})
	plain := fake.Number("num_1").AddLead(pilotstatustest.Lead{Phone: "ask my wife"})

	r := number.do(t, "GET", "/v1/leads", "")
	require.Equal(t, http.StatusOK, r.status)
	leadgen := columnOf(t, number.object(t, 200, "GET", "/v1/leads", ""), "leads", "leadgenId")
	require.Len(t, leadgen, 2)
	assert.NotEqual(t, leadgen[0], leadgen[1])
	full := fmt.Sprintf(`{"id":%q,"leadgenId":%q,"whatsappNumberId":"num_1","pageId":"100200300400","pageName":"Acme Store",
		"formId":"900800700","formName":"Spring offer","adId":"238500001","adName":"Video A","adsetName":"SP","campaignName":"Spring",
		"platform":"ig","isOrganic":false,"createdAt":"2026-11-01T20:31:07.000Z","fullName":"Rita Prado","email":"rita@example.test",
		"phone":"5511970001000","fields":[{"key":"city","label":"Your city","values":["Campinas"]},{"key":"size","label":"size","values":[]}],
		"consentGiven":true,"conversationId":"conv_x","autoSendStatus":"SKIPPED","autoSendReason":null,"source":"WEBHOOK","redacted":false}`,
		id, leadgen[1])
	bare := fmt.Sprintf(`{"id":%q,"leadgenId":%q,"whatsappNumberId":"num_1","pageId":"100200300400","pageName":"Acme Store",
		"formId":"900800700","formName":"Spring offer","adId":null,"adName":null,"adsetName":null,"campaignName":null,
		"platform":null,"isOrganic":null,"createdAt":"2026-11-03T14:05:09.120Z","fullName":null,"email":null,"phone":"ask my wife",
		"fields":[],"consentGiven":null,"conversationId":null,"autoSendStatus":"SKIPPED","autoSendReason":null,"source":"WEBHOOK",
		"redacted":false}`, plain, leadgen[0])
	assert.JSONEq(t, `{"leads":[`+bare+`,`+full+`],"total":2,"page":1,"pageSize":30,"totalPages":1}`, string(r.body))
	assert.JSONEq(t, `{"lead":`+full+`}`, string(number.do(t, "GET", "/v1/leads/"+id, "").body))

	refusesWith(t, number, 404, "LEAD_NOT_FOUND", "GET", "/v1/leads/ld_x", "")
	refusesWith(t, number, 404, "LEAD_NOT_FOUND", "GET", fmt.Sprintf("/v1/leads/%s", leadgen[0]), "")
	other := newCaller(t, fake.URL, fake.NumberKey("num_2"))
	refusesWith(t, other, 404, "LEAD_NOT_FOUND", "GET", "/v1/leads/"+id, "")
	assert.JSONEq(t, `{"leads":[],"total":0,"page":1,"pageSize":30,"totalPages":0}`, string(other.do(t, "GET", "/v1/leads", "").body))
}

func TestLeadScopes(t *testing.T) {
	t.Parallel()
	fake, _ := frozen(t)
	id := fake.Number("num_2").AddLead(pilotstatustest.Lead{})
	tenant := newCaller(t, fake.URL, fake.TenantKey())
	view := tenant.with("x-whatsapp-number-id", "num_2")
	for _, path := range []string{"/v1/leads", "/v1/leads/" + id, "/v1/referrals", "/v1/referrals/summary"} {
		refusesWith(t, tenant, 403, "TENANT_SCOPE_NOT_ALLOWED", "GET", path, "")
		refusesWith(t, tenant.with("x-whatsapp-number-id", "num_9"), 403, "NUMBER_NOT_IN_GRANT", "GET", path, "")
		assert.Equal(t, 200, view.do(t, "GET", path, "").status, path)
	}
	refusesWith(t, tenant.with("x-whatsapp-number-id", "num_1"), 404, "LEAD_NOT_FOUND", "GET", "/v1/leads/"+id, "")
}

func TestLeadFilters(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	day := func(d int) time.Time { return time.Date(2026, 10, d, 12, 0, 0, 0, time.UTC) }
	one := fake.Number("num_1").AddLead(pilotstatustest.Lead{PageID: "1", FormID: "11", AdID: "21", SubmittedAt: day(3)})
	two := fake.Number("num_1").AddLead(pilotstatustest.Lead{PageID: "1", FormID: "12", AdID: "22", SubmittedAt: day(5)})
	three := fake.Number("num_1").AddLead(pilotstatustest.Lead{PageID: "2", FormID: "12", SubmittedAt: day(4)})
	same := fake.Number("num_1").AddLead(pilotstatustest.Lead{PageID: "2", FormID: "13", SubmittedAt: day(4).Add(time.Microsecond)})
	for query, want := range map[string][]any{
		"":                                  {two, same, three, one},
		"?pageId=1":                         {two, one},
		"?formId=12":                        {two, three},
		"?adId=21":                          {one},
		"?adId=9":                           {},
		"?formId=12&pageId=2":               {three},
		"?startDate=2026-10-04T12:00:00Z":   {two, same, three},
		"?startDate=2026-10-04T12:00:01Z":   {two},
		"?endDate=2026-10-04T12:00:00.000Z": {same, three, one},
		"?endDate=2026-10-04T11:59:59.999Z": {one},
		"?startDate=2026-10-04T00:00:00Z&endDate=2026-10-05T00:00:00Z": {same, three},
		"?startDate=2026-10-04T12:00:00Z&endDate=2026-10-04T12:00:00Z": {same, three},
		"?startDate=2026-10-04T13:00:00%2B01:00&pageId=2":              {same, three},
	} {
		out := number.object(t, 200, "GET", "/v1/leads"+query, "")
		assert.Equal(t, want, columnOf(t, out, "leads", "id"), query)
		assert.InDelta(t, len(want), out["total"], 0, query)
	}
	out := number.object(t, 200, "GET", "/v1/leads?page=2&pageSize=3", "")
	assert.Equal(t, []any{one}, columnOf(t, out, "leads", "id"))
	assert.InDelta(t, 4, out["total"], 0)
	assert.InDelta(t, 2, out["totalPages"], 0)
	assert.InDelta(t, 100, number.object(t, 200, "GET", "/v1/leads?pageSize=101", "")["pageSize"], 0)
	assert.Empty(t, columnOf(t, number.object(t, 200, "GET", "/v1/leads?page=9", ""), "leads", "id"))

	for _, path := range []string{"/v1/leads", "/v1/referrals", "/v1/referrals/summary", "/v1/ads/summary"} {
		refusesWith(t, number, 400, "INVALID_DATE_RANGE", "GET", path+"?startDate=2026-10-05T00:00:00Z&endDate=2026-10-04T00:00:00Z", "")
		refusesWith(t, number, 400, "", "GET", path+"?startDate=yesterday", "")
		refusesWith(t, number, 400, "", "GET", path+"?endDate=2026-10-04", "")
	}
	for _, path := range []string{"/v1/leads", "/v1/referrals"} {
		refusesWith(t, number, 400, "", "GET", path+"?page=0", "")
	}
}

func TestLeadPrivacy(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	no := false
	full := pilotstatustest.Lead{
		AdID: "21", FullName: "Rita", Email: "rita@example.test", Phone: "1", Consent: &no,
		Fields: []pilotstatustest.LeadField{{Key: "k", Values: []string{"v"}}},
	}
	recent := fake.Number("num_1").AddLead(full)
	full.SubmittedAt = epoch().Add(-24*time.Hour - time.Millisecond)
	old := fake.Number("num_1").AddLead(full)

	hidden := func(id string) bool {
		t.Helper()
		out := number.object(t, 200, "GET", "/v1/leads/"+id, "")["lead"].(map[string]any)
		redacted := out["redacted"].(bool)
		if redacted {
			for _, field := range []string{"fullName", "email", "phone"} {
				assert.Contains(t, out, field)
				assert.Nil(t, out[field], field)
			}
			assert.Equal(t, []any{}, out["fields"])
		} else {
			assert.Equal(t, "Rita", out["fullName"])
			assert.Equal(t, "rita@example.test", out["email"])
			assert.Equal(t, "1", out["phone"])
			assert.Len(t, out["fields"], 1)
		}
		assert.Equal(t, "21", out["adId"])
		assert.Equal(t, false, out["consentGiven"])
		return redacted
	}
	notices := func() []any {
		t.Helper()
		var out []any
		for _, path := range []string{"/v1/leads", "/v1/leads/" + old, "/v1/referrals"} {
			if notice, ok := number.object(t, 200, "GET", path, "")["notice"]; ok {
				out = append(out, notice)
			}
		}
		return out
	}
	assert.False(t, hidden(recent) || hidden(old))
	assert.Empty(t, notices())
	fake.Number("num_1").SetPIIMode("STORE_X_DAYS", 1)
	assert.True(t, hidden(old))
	assert.False(t, hidden(recent))
	assert.Empty(t, notices())
	fake.Number("num_1").SetPIIMode("RELAY_ONLY", 0)
	assert.True(t, hidden(old) && hidden(recent))
	assert.Equal(t, []any{"PII_RELAY_ONLY", "PII_RELAY_ONLY", "PII_RELAY_ONLY"}, notices())
	out := number.object(t, 200, "GET", "/v1/leads", "")
	assert.Equal(t, []any{true, true}, columnOf(t, out, "leads", "redacted"), "hidden, not dropped")
}

func TestLeadDefaults(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	fake.Tenant().SharePage("1", "", pilotstatustest.LeadForm{ID: "11"}, pilotstatustest.LeadForm{ID: "12"})
	fake.Tenant().SharePage("2", "Two", pilotstatustest.LeadForm{ID: "21"})
	for _, page := range []string{"2", "1"} {
		number.object(t, 201, "POST", "/v1/lead-pages", `{"pageId":"`+page+`"}`)
	}
	fake.Number("num_1").AddLead(pilotstatustest.Lead{})
	fake.Number("num_2").AddLead(pilotstatustest.Lead{PageID: "3"})
	lead := func(c *caller) map[string]any {
		return c.object(t, 200, "GET", "/v1/leads", "")["leads"].([]any)[0].(map[string]any)
	}
	assert.Equal(t, "1", lead(number)["pageId"], "the first that was shared")
	assert.Equal(t, "11", lead(number)["formId"])
	assert.Nil(t, lead(number)["pageName"])
	assert.Nil(t, lead(number)["formName"])
	foreign := lead(newCaller(t, fake.URL, fake.NumberKey("num_2")))
	assert.Equal(t, "3", foreign["pageId"])
	assert.NotEmpty(t, foreign["formId"])
	assert.Nil(t, foreign["pageName"])
}
