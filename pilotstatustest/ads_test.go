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

func TestSummaries(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	tenant := newCaller(t, fake.URL, fake.TenantKey())
	ad := springAd()
	first := pilotstatustest.Referral{SourceID: ad.SourceID, SourceType: "ad", Headline: "old", From: "+1", At: ad.At.Add(-24 * time.Hour)}
	fake.Number("num_1").AddReferral(ad)
	fake.Number("num_1").AddReferral(first)
	first.At = first.At.Add(time.Hour)
	fake.Number("num_1").AddReferral(first)
	fake.Number("num_1").AddReferral(pilotstatustest.Referral{From: "+1", Text: "names no ad"})
	for range 3 {
		fake.Number("num_2").AddReferral(pilotstatustest.Referral{SourceID: "7", SourceType: "post"})
	}
	first.At = epoch()
	fake.Number("num_2").AddReferral(first)
	fake.Number("num_1").AddLead(pilotstatustest.Lead{AdID: ad.SourceID})
	fake.Number("num_1").AddLead(pilotstatustest.Lead{AdID: ad.SourceID, SubmittedAt: ad.At})
	fake.Number("num_2").AddLead(pilotstatustest.Lead{AdID: ad.SourceID})
	fake.Number("num_2").AddLead(pilotstatustest.Lead{AdID: "9"})

	row := func(more string) string {
		return `{"sourceId":"238500001","sourceType":"ad","conversations":2,"messages":3,
			"firstAt":"2026-11-01T10:00:00.000Z","lastAt":"2026-11-02T10:00:00.000Z",` + more + `,
			"adName":null,"adsetId":null,"adsetName":null,"campaignId":null,"campaignName":null,"namesResolvedAt":null`
	}
	const last = `"lastSourceUrl":"https://fb.example.test/ad?a=1&b=2","lastHeadline":"Spring"`
	r := number.do(t, "GET", "/v1/referrals/summary", "")
	assert.JSONEq(t, `{"ads":[`+row(last)+`}],"total":1,"limit":200,"truncated":false}`, string(r.body))
	r = number.do(t, "GET", "/v1/ads/summary", "")
	assert.JSONEq(t, `{"ads":[`+row(last)+`,"leadCount":2}],"total":1,"limit":200,"truncated":false}`, string(r.body))

	summary := func(c *caller, path string) string {
		t.Helper()
		out := c.object(t, 200, "GET", path, "")
		var text string
		for _, entry := range out["ads"].([]any) {
			ad := entry.(map[string]any)
			text += fmt.Sprintf("%v:%v/%v", ad["sourceId"], ad["conversations"], ad["messages"])
			if leads, ok := ad["leadCount"]; ok {
				text += fmt.Sprintf("+%v", leads)
			}
			text += " "
		}
		assert.InDelta(t, len(out["ads"].([]any)), out["total"], 0)
		return text
	}
	view := tenant.with("x-whatsapp-number-id", "num_2")
	assert.Equal(t, "238500001:3/4+3 7:3/3+0 ", summary(tenant, "/v1/ads/summary"))
	for _, c := range []*caller{view, newCaller(t, fake.URL, fake.NumberKey("num_2"))} {
		assert.Equal(t, "7:3/3+0 238500001:1/1+1 ", summary(c, "/v1/ads/summary"))
		assert.Equal(t, "7:3/3+0 238500001:1/1+1 ", summary(c, "/v1/ads/summary?whatsappNumberId=num_2"))
		assert.Equal(t, "7:3/3 238500001:1/1 ", summary(c, "/v1/referrals/summary"))
		refusesWith(t, c, 403, "NUMBER_NOT_IN_GRANT", "GET", "/v1/ads/summary?whatsappNumberId=num_1", "")
	}
	assert.Equal(t, "238500001:2/3+2 ", summary(tenant, "/v1/ads/summary?whatsappNumberId=num_1"))
	refusesWith(t, tenant, 403, "NUMBER_NOT_IN_GRANT", "GET", "/v1/ads/summary?whatsappNumberId=num_9", "")
	refusesWith(t, tenant.with("x-whatsapp-number-id", "num_9"), 403, "NUMBER_NOT_IN_GRANT", "GET", "/v1/ads/summary", "")
	assert.Equal(t, "238500001:1/1+1 ",
		summary(tenant, "/v1/ads/summary?startDate=2026-11-02T10:00:00Z&endDate=2026-11-02T10:00:00Z"))

	// Names arrive; the policy hides what the ad said.
	fake.Tenant().ResolveAdNames(ad.SourceID, pilotstatustest.AdNames{Ad: "Video A"})
	fake.Number("num_1").SetPIIMode("RELAY_ONLY", 0)
	out := number.object(t, 200, "GET", "/v1/referrals/summary", "")
	assert.Equal(t, "PII_RELAY_ONLY", out["piiNotice"])
	assert.NotContains(t, out, "notice")
	hidden := out["ads"].([]any)[0].(map[string]any)
	assert.Nil(t, hidden["lastSourceUrl"])
	assert.Nil(t, hidden["lastHeadline"])
	assert.Equal(t, "Video A", hidden["adName"])
	assert.Equal(t, "2026-11-03T14:05:09.120Z", hidden["namesResolvedAt"])
	out = tenant.object(t, 200, "GET", "/v1/ads/summary?whatsappNumberId=num_1", "")
	assert.Nil(t, out["ads"].([]any)[0].(map[string]any)["lastHeadline"])
	assert.NotContains(t, out, "piiNotice")
}

func TestSummariesAreCut(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	for i := range 201 {
		fake.Number("num_1").AddReferral(pilotstatustest.Referral{SourceID: fmt.Sprint(i), At: epoch().Add(-time.Duration(i) * time.Hour)})
	}
	fake.Number("num_1").AddReferral(pilotstatustest.Referral{SourceID: "200"})
	for _, path := range []string{"/v1/referrals/summary", "/v1/ads/summary"} {
		out := number.object(t, 200, "GET", path, "")
		ids := columnOf(t, out, "ads", "sourceId")
		require.Len(t, ids, 200)
		assert.Equal(t, "200", ids[0], "the one with two conversations")
		assert.InDelta(t, 201, out["total"], 0)
		assert.Equal(t, true, out["truncated"])
		assert.Equal(t, path == "/v1/referrals/summary", out["notice"] != nil)
		out = number.object(t, 200, "GET", path+"?endDate=2026-11-03T14:05:09Z", "")
		assert.InDelta(t, 200, out["total"], 0)
		assert.Equal(t, false, out["truncated"], "200 is not too many")
		out = number.object(t, 200, "GET", path+"?startDate=2026-11-03T14:00:00Z", "")
		assert.Equal(t, false, out["truncated"])
		assert.Len(t, out["ads"], 2)
		assert.NotContains(t, out, "notice")
	}
}

func TestAdAccounts(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	tenant := newCaller(t, fake.URL, fake.TenantKey())
	const path = "/v1/ads/accounts"
	list := func() string { return string(tenant.do(t, "GET", path, "").body) }
	assert.JSONEq(t, `{"linked":[],"candidates":[],"partnerBusinessId":"440055006600","sharingLookup":"ok"}`, list())

	fake.Tenant().ShareAdAccount("act_1", "Acme BR", true)
	fake.Tenant().ShareAdAccount("act_2", "", true)
	fake.Tenant().ShareAdAccount("act_3", "Acme PT", false)
	assert.JSONEq(t, `{"linked":[],"candidates":[{"adAccountId":"act_1","adAccountName":"Acme BR","accountStatus":1},
		{"adAccountId":"act_2","adAccountName":null,"accountStatus":1}],"partnerBusinessId":"440055006600","sharingLookup":"ok"}`, list())

	link := func(id string) reply { return tenant.do(t, "POST", path, `{"adAccountId":"`+id+`"}`) }
	r := link("act_1")
	assert.Equal(t, http.StatusCreated, r.status)
	const linked = `{"link":{"adAccountId":"act_1","adAccountName":"Acme BR","linkedAt":"2026-11-03T14:05:09.120Z"}}`
	assert.JSONEq(t, linked, string(r.body))
	fake.Advance(time.Minute)
	assert.JSONEq(t, linked, string(link("act_1").body), "once more changes nothing")
	refusesWith(t, tenant, 409, "AD_ACCOUNT_NOT_PROVEN", "POST", path, `{"adAccountId":"act_3"}`)
	refusesWith(t, tenant, 409, "AD_ACCOUNT_NOT_SHARED", "POST", path, `{"adAccountId":"act_9"}`)
	for _, body := range []string{`{}`, `{"adAccountId":"1"}`, `{"adAccountId":"act_"}`, `{"adAccountId":"act_x"}`, `{"adAccountId":1}`} {
		refusesWith(t, tenant, 400, "", "POST", path, body)
	}

	const rest = `"candidates":[{"adAccountId":"act_2","adAccountName":null,"accountStatus":1}],
		"partnerBusinessId":"440055006600","sharingLookup":"ok"}`
	row := func(active string) string {
		return `{"linked":[{"adAccountId":"act_1","adAccountName":"Acme BR","linkedAt":"2026-11-03T14:05:09.120Z","sharingActive":` + active + `}],`
	}
	assert.JSONEq(t, row("true")+rest, list())
	fake.Tenant().UnshareAdAccount("act_1")
	assert.JSONEq(t, row("false")+rest, list())
	refusesWith(t, tenant, 409, "AD_ACCOUNT_NOT_SHARED", "POST", path, `{"adAccountId":"act_1"}`)
	fake.Tenant().MetaLookup("unavailable")
	assert.JSONEq(t, row("null")+`"candidates":[],"partnerBusinessId":"440055006600","sharingLookup":"unavailable"}`, list())
	refusesWith(t, tenant, 502, "ADS_LOOKUP_UNAVAILABLE", "POST", path, `{"adAccountId":"act_2"}`)
	fake.Tenant().MetaLookup("not_configured")
	assert.JSONEq(t, row("null")+`"candidates":[],"partnerBusinessId":null,"sharingLookup":"not_configured"}`, list())
	refusesWith(t, tenant, 503, "ADS_NOT_CONFIGURED", "POST", path, `{"adAccountId":"act_2"}`)
	fake.Tenant().MetaLookup("ok")

	fake.Tenant().ResolveAdNames("5", pilotstatustest.AdNames{Ad: "Video A"})
	fake.Number("num_1").AddReferral(pilotstatustest.Referral{SourceID: "5"})
	r = tenant.do(t, "DELETE", path+"/act_1", "")
	assert.Equal(t, http.StatusOK, r.status)
	assert.JSONEq(t, `{"unlinked":true,"adAccountId":"act_1"}`, string(r.body))
	for _, id := range []string{"act_1", "act_2", "act_9"} {
		refusesWith(t, tenant, 404, "NOT_FOUND", "DELETE", path+"/"+id, "")
	}
	assert.JSONEq(t, `{"linked":[],`+rest, list())
	ads := number.object(t, 200, "GET", "/v1/ads/summary", "")
	assert.Equal(t, []any{"Video A"}, columnOf(t, ads, "ads", "adName"), "names stay")

	refusesWith(t, number, 403, "NUMBER_SCOPE_NOT_ALLOWED", "GET", path, "")
	refusesWith(t, number, 403, "NUMBER_SCOPE_NOT_ALLOWED", "POST", path, `{"adAccountId":"act_2"}`)
	refusesWith(t, number, 403, "NUMBER_SCOPE_NOT_ALLOWED", "DELETE", path+"/act_1", "")
	assert.Equal(t, 200, tenant.with("x-whatsapp-number-id", "num_9").do(t, "GET", path, "").status, "the header means nothing here")
}

func TestMetaLookupRefusesOtherWords(t *testing.T) {
	t.Parallel()
	tb := &fakeTB{}
	fake := pilotstatustest.NewServer(tb)
	defer tb.end()
	fake.Tenant().MetaLookup("maybe")
	assert.Equal(t, []string{`pilotstatustest: no lookup outcome "maybe"`}, tb.failures)
	out := newCaller(t, fake.URL, fake.TenantKey()).object(t, 200, "GET", "/v1/ads/accounts", "")
	assert.Equal(t, "ok", out["sharingLookup"])
}
