package pilotstatus

import "time"

// growthCases are the cases of leads, referrals, ads, ad accounts, lead pages and
// webhooks.
func growthCases() []operationCase {
	// Another zone and a finer clock than the API's.
	start := time.Date(2026, time.October, 1, 21, 0, 0, 123456789, time.FixedZone("", -3*60*60))
	end := time.Date(2026, time.November, 1, 23, 59, 59, 0, time.UTC)
	const dates = "endDate=2026-11-01T23%3A59%3A59.000Z"
	const from = "startDate=2026-10-02T00%3A00%3A00.123Z"
	const account = "act_5550002"
	const link = "pl/77"
	return []operationCase{
		{
			op: "Leads.List",
			args: []any{ListLeadsOptions{
				FormID: "900 800", AdID: "2385+1", PageID: "100&200", StartDate: start, EndDate: end, Page: 2, PageSize: 50,
			}},
			path: "/v1/leads?adId=2385%2B1&" + dates + "&formId=900+800&page=2&pageId=100%26200&pageSize=50&" + from,
		},
		{op: "Leads.List", args: []any{ListLeadsOptions{}}, path: "/v1/leads"},
		{op: "Leads.Get", args: []any{"ld 31/Q"}, path: "/v1/leads/ld%2031%2FQ"},
		{
			op: "Referrals.List",
			args: []any{ListReferralsOptions{
				SourceID: "2385=1", SourceType: ReferralSourceTypePost, StartDate: start, EndDate: end, Page: 3, PageSize: 100,
			}},
			path: "/v1/referrals?" + dates + "&page=3&pageSize=100&sourceId=2385%3D1&sourceType=post&" + from,
		},
		{op: "Referrals.List", args: []any{ListReferralsOptions{}}, path: "/v1/referrals"},
		{
			op: "Referrals.Summary", args: []any{ReferralsSummaryOptions{StartDate: start, EndDate: end}},
			path: "/v1/referrals/summary?" + dates + "&" + from,
		},
		{op: "Referrals.Summary", args: []any{ReferralsSummaryOptions{}}, path: "/v1/referrals/summary"},
		{
			op: "Ads.Summary", args: []any{AdsSummaryOptions{StartDate: start, EndDate: end}},
			path: "/v1/ads/summary?" + dates + "&" + from,
		},
		{op: "AdAccounts.List", path: "/v1/ads/accounts"},
		{op: "AdAccounts.Link", args: []any{account}, path: "/v1/ads/accounts", body: `{"adAccountId":"act_5550002"}`},
		{op: "AdAccounts.Unlink", args: []any{"act_5?1"}, path: "/v1/ads/accounts/act_5%3F1"},
		{op: "LeadPages.List", path: "/v1/lead-pages"},
		{op: "LeadPages.Link", args: []any{LinkLeadPageRequest{PageID: "100200"}}, path: "/v1/lead-pages", body: `{"pageId":"100200"}`},
		{op: "LeadPages.Move", args: []any{link, "num_3M8X"}, path: "/v1/lead-pages/pl%2F77", body: `{"whatsappNumberId":"num_3M8X"}`},
		{op: "LeadPages.Unlink", args: []any{link}, path: "/v1/lead-pages/pl%2F77"},
		{op: "LeadPages.Forms", args: []any{link}, path: "/v1/lead-pages/pl%2F77/forms"},
		{
			op: "LeadPages.UpdateForm", args: []any{link, "900#1", wholeForm()}, path: "/v1/lead-pages/pl%2F77/forms/900%231",
			body: `{"formName":"Spring offer","consentDisclaimerKey":"optin_1","autoSendEnabled":true,"templateId":"tpl_5","freeText":"Hello",
				"variableMap":{"name":{"source":"field","key":"full_name"},"shop":{"source":"static","value":"Acme"}}}`,
		},
		{
			op: "LeadPages.UpdateForm", args: []any{link, "900", UpdateLeadFormRequest{}}, path: "/v1/lead-pages/pl%2F77/forms/900",
			body: `{"consentDisclaimerKey":null,"autoSendEnabled":false,"templateId":null,"freeText":null}`,
		},
		{op: "LeadPages.Resync", args: []any{link}, path: "/v1/lead-pages/pl%2F77/resync"},
		{op: "Webhooks.List", path: "/v1/webhooks"},
		{
			op: "Webhooks.Create", path: "/v1/webhooks",
			args: []any{CreateWebhookRequest{
				Name: "crm", URL: "https://hooks.example.com/ps?token=t0", Events: []EventName{EventMessageReceived, EventMessageReply},
				Extra: map[string]any{"active": true},
			}},
			body: `{"name":"crm","url":"https://hooks.example.com/ps?token=t0","events":["message.received","message.reply"],"active":true}`,
		},
		{op: "Webhooks.Get", args: []any{"wh/1"}, path: "/v1/webhooks/wh%2F1"},
		{
			op: "Webhooks.Update", path: "/v1/webhooks/wh%2F1",
			args: []any{"wh/1", UpdateWebhookRequest{
				Name: Ptr(""), URL: Ptr("https://hooks.example.com"), Active: Ptr(false), Events: &[]EventName{EventAll},
			}},
			body: `{"name":"","url":"https://hooks.example.com","active":false,"events":["*"]}`,
		},
		{op: "Webhooks.Delete", args: []any{"wh/1"}, path: "/v1/webhooks/wh%2F1"},
		{
			op: "Webhooks.Logs", args: []any{"wh/1", WebhookLogsOptions{Limit: 50, Event: EventLeadReceived}},
			path: "/v1/webhooks/wh%2F1/logs?event=lead.received&limit=50",
		},
	}
}

// wholeForm is an update of a form with every field.
func wholeForm() UpdateLeadFormRequest {
	return UpdateLeadFormRequest{
		FormName: Set("Spring offer"), ConsentDisclaimerKey: Ptr("optin_1"), AutoSendEnabled: true,
		TemplateID: Ptr("tpl_5"), FreeText: Ptr("Hello"),
		VariableMap: map[string]VariableSource{"name": FormField("full_name"), "shop": StaticText("Acme")},
	}
}
