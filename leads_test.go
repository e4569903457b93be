package pilotstatus

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLeadIDsThatAreRefusedHere(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	for _, id := range []string{"", " ", ".", "..", "a\nb"} {
		_, err := m.number(t).Leads.Get(t.Context(), id)
		requireValidation(t, err, "id")
		err = m.tenant(t).AdAccounts.Unlink(t.Context(), id)
		requireValidation(t, err, "adAccountId")
	}
	assert.Empty(t, m.Requests())
}

// What a lead does not know is not a refusal.
func TestConsentHasThreeStates(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]*bool{
		`{"id":"a"}`: nil, `{"id":"a","consentGiven":null,"isOrganic":null}`: nil,
		`{"id":"a","consentGiven":false,"isOrganic":false}`: Ptr(false), `{"id":"a","consentGiven":true,"isOrganic":true}`: Ptr(true),
	} {
		m := newMockAPI(t)
		m.answer(http.MethodGet, "/v1/leads/a", http.StatusOK, `{"lead":`+body+`}`)
		answer, err := m.number(t).Leads.Get(t.Context(), "a")
		require.NoError(t, err, body)
		assert.Equal(t, want, answer.ConsentGiven, body)
		assert.Equal(t, want, answer.IsOrganic, body)
	}
}

func TestLeadNotFound(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodGet, "/v1/leads/770011", http.StatusNotFound, `{"error":"no such lead","code":"LEAD_NOT_FOUND"}`)
	_, err := m.number(t).Leads.Get(t.Context(), "770011")
	require.ErrorIs(t, err, CodeLeadNotFound)
	assert.True(t, isA[*NotFoundError](err))
	for _, body := range []string{`{}`, `{"lead":null}`, `{"lead":{}}`, `{"id":"a"}`, `[]`} {
		m.answer(http.MethodGet, "/v1/leads/770011", http.StatusOK, body)
		_, err := m.number(t).Leads.Get(t.Context(), "770011")
		assert.True(t, isA[*DecodeError](err), "%s: %v", body, err)
	}
}

// A row is a message with its referral, or a message that is its referral. Whoever
// reads the referral need not ask for nil.
func TestReferralRowsOfBothShapes(t *testing.T) {
	t.Parallel()
	for row, want := range map[string]string{
		`{"id":"cm_1","referral":{"sourceId":"238","headline":"H"}}`:                 "238",
		`{"id":"cm_1","sourceId":"238","sourceType":"ad","headline":"H"}`:            "238",
		`{"id":"cm_1","referral":null,"sourceId":"238","headline":"H"}`:              "238",
		`{"id":"cm_1","referral":{"sourceId":"238"},"sourceId":"239"}`:               "238",
		`{"id":"cm_1","referral":{"sourceId":null,"headline":null},"redacted":true}`: "",
		`{"id":"cm_1","referral":{}}`:                                                "",
		`{"id":"cm_1"}`:                                                              "",
	} {
		m := newMockAPI(t)
		m.answer(http.MethodGet, "/v1/referrals", http.StatusOK, `{"referrals":[`+row+`]}`)
		page, err := m.number(t).Referrals.List(t.Context(), ListReferralsOptions{})
		require.NoError(t, err, row)
		require.Len(t, page.Items, 1)
		assert.Equal(t, "cm_1", page.Items[0].ID)
		require.NotNil(t, page.Items[0].Referral, row)
		assert.Equal(t, want, page.Items[0].Referral.SourceID, row)
	}
	for _, row := range []string{`null`, `{}`, `{"sourceType":"ad"}`, `{"referral":{}}`, `"cm_1"`} {
		m := newMockAPI(t)
		m.answer(http.MethodGet, "/v1/referrals", http.StatusOK, `{"referrals":[`+row+`]}`)
		_, err := m.number(t).Referrals.List(t.Context(), ListReferralsOptions{})
		assert.True(t, isA[*DecodeError](err), "%s: %v", row, err)
	}
}

// A row without the message has no id. Pages of such rows go on, although all of them
// come from one ad, and end where a page repeats.
func TestReferralRowsWithoutID(t *testing.T) {
	t.Parallel()
	const rows = `{"referrals":[{"sourceId":"238","sourceType":"ad","ctwaClid":"a"},{"referral":{"sourceId":"238","ctwaClid":"b"}}]}`
	m := newMockAPI(t)
	m.sequence(
		http.MethodGet, "/v1/referrals",
		jsonResponder(http.StatusOK, `{"referrals":[{"sourceId":"238","sourceType":"ad"}]}`),
		jsonResponder(http.StatusOK, rows),
		jsonResponder(http.StatusOK, rows),
	)
	var clicks []string
	for row, err := range m.number(t).Referrals.All(t.Context(), ListReferralsOptions{SourceID: "238"}) {
		require.NoError(t, err)
		assert.Empty(t, row.ID)
		assert.Equal(t, "238", row.Referral.SourceID)
		clicks = append(clicks, row.Referral.CTWAClickID)
	}
	assert.Equal(t, []string{"", "a", "b"}, clicks)
	assert.Len(t, m.Requests(), 3)
}

// Dates are the server's to judge: all lists and summaries send them as they are.
func TestDatesInAnyOrder(t *testing.T) {
	t.Parallel()
	end := time.Date(2026, time.November, 3, 0, 0, 0, 0, time.UTC)
	start := end.Add(time.Millisecond)
	m := newMockAPI(t)
	m.RegisterNoResponder(jsonResponder(http.StatusBadRequest, `{"error":"start after end","code":"INVALID_DATE_RANGE"}`))
	c := m.number(t)
	inbox := ListInboxOptions{StartDate: start, EndDate: end}
	_, conversations := c.Inbox.Conversations(t.Context(), inbox)
	_, history := c.Inbox.History(t.Context(), inbox)
	_, groups := c.Inbox.GroupMessages(t.Context(), inbox)
	_, leads := c.Leads.List(t.Context(), ListLeadsOptions{StartDate: start, EndDate: end})
	_, referrals := c.Referrals.List(t.Context(), ListReferralsOptions{StartDate: start, EndDate: end})
	_, summary := c.Referrals.Summary(t.Context(), ReferralsSummaryOptions{StartDate: start, EndDate: end})
	_, ads := c.Ads.Summary(t.Context(), AdsSummaryOptions{StartDate: start, EndDate: end})
	for _, err := range []error{conversations, history, groups, leads, referrals, summary, ads} {
		require.ErrorIs(t, err, CodeInvalidDateRange)
	}
	assert.Len(t, m.Requests(), 7)
}

// The API says where it left personal data out.
func TestNoticesOfLeadsAndReferrals(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodGet, "/v1/leads/a", http.StatusOK, `{"lead":{"id":"a"},"notice":"PII_RELAY_ONLY"}`)
	m.answer(http.MethodGet, "/v1/leads", http.StatusOK, `{"leads":[],"notice":"NEW"}`)
	m.answer(http.MethodGet, "/v1/referrals/summary", http.StatusOK, `{"ads":[],"notice":"Too many ads.","piiNotice":"PII_RELAY_ONLY"}`)
	lead, err := m.number(t).Leads.Get(t.Context(), "a")
	require.NoError(t, err)
	leads, err := m.number(t).Leads.List(t.Context(), ListLeadsOptions{})
	require.NoError(t, err)
	summary, err := m.number(t).Referrals.Summary(t.Context(), ReferralsSummaryOptions{})
	require.NoError(t, err)
	assert.Equal(t, []string{NoticePIIRelayOnly, "NEW", NoticePIIRelayOnly}, []string{lead.Notice, leads.Notice, summary.PIINotice})
	assert.Equal(t, "Too many ads.", summary.Notice)
}

func TestAllReferrals(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.sequence(
		http.MethodGet, "/v1/referrals",
		jsonResponder(http.StatusOK, `{"referrals":[{"id":"a","referral":{}},{"id":"b","referral":{}}]}`),
		jsonResponder(http.StatusOK, `{"referrals":[{"id":"c","referral":{}}]}`),
		jsonResponder(http.StatusOK, `{"referrals":[]}`),
	)
	o := ListReferralsOptions{SourceType: ReferralSourceTypeAd, Page: 4}
	rows := m.tenant(t).Number("num_1").Referrals.All(t.Context(), o)
	o.SourceType = ReferralSourceTypePost
	var ids string
	for row, err := range rows {
		require.NoError(t, err)
		ids += row.ID
	}
	assert.Equal(t, "abc", ids)
	requests := m.Requests()
	require.Len(t, requests, 3)
	for i, page := range []string{"4", "5", "6"} {
		assert.Equal(t, testBase+"/v1/referrals?page="+page+"&sourceType=ad", requests[i].URL)
	}
	for field, o := range map[string]ListReferralsOptions{"Page": {Page: -1}, "PageSize": {PageSize: -1}} {
		for _, err := range m.number(t).Referrals.All(t.Context(), o) {
			requireValidation(t, err, field)
		}
	}
	assert.Len(t, m.Requests(), 3)
}

// A summary without its list is none: it would look like one without ads.
func TestReportsWithoutTheirList(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	for _, body := range []string{`{}`, `null`, `{"ads":null,"linked":null}`, `[]`, `{"data":[]}`} {
		for _, path := range []string{"/v1/referrals/summary", "/v1/ads/summary", "/v1/ads/accounts"} {
			m.answer(http.MethodGet, path, http.StatusOK, body)
		}
		_, err := m.number(t).Referrals.Summary(t.Context(), ReferralsSummaryOptions{})
		assert.True(t, isA[*DecodeError](err), "%s: %v", body, err)
		_, err = m.number(t).Ads.Summary(t.Context(), AdsSummaryOptions{})
		assert.True(t, isA[*DecodeError](err), "%s: %v", body, err)
		_, err = m.tenant(t).AdAccounts.List(t.Context())
		assert.True(t, isA[*DecodeError](err), "%s: %v", body, err)
	}
}

// One number is named once: by the query of a tenant client or by the header of a view.
func TestSummaryNamesItsNumberOnce(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodGet, "/v1/ads/summary", http.StatusOK, `{"ads":[]}`)
	o := AdsSummaryOptions{WhatsAppNumberID: "num+1", StartDate: time.Date(2026, time.November, 3, 0, 0, 0, 0, time.UTC)}
	_, err := m.tenant(t).Ads.Summary(t.Context(), o)
	require.NoError(t, err)
	_, err = m.number(t).Ads.Summary(t.Context(), o)
	require.NoError(t, err)
	_, err = m.tenant(t).Number("num_2").Ads.Summary(t.Context(), o)
	requireValidation(t, err, "WhatsAppNumberID")
	_, err = m.tenant(t).Number("num+1").Ads.Summary(t.Context(), o)
	require.NoError(t, err)
	_, err = m.tenant(t).Number("num_2").Ads.Summary(t.Context(), AdsSummaryOptions{})
	require.NoError(t, err)
	_, err = AdsService{}.Summary(t.Context(), o)
	requireValidation(t, err, "client")

	requests := m.Requests()
	require.Len(t, requests, 4)
	for i, want := range []struct {
		query  string
		header []string
	}{
		{"?startDate=2026-11-03T00%3A00%3A00.000Z&whatsappNumberId=num%2B1", nil},
		{"?startDate=2026-11-03T00%3A00%3A00.000Z&whatsappNumberId=num%2B1", nil},
		{"?startDate=2026-11-03T00%3A00%3A00.000Z", []string{"num+1"}},
		{"", []string{"num_2"}},
	} {
		assert.Equal(t, testBase+"/v1/ads/summary"+want.query, requests[i].URL)
		assert.Equal(t, want.header, requests[i].Header["X-Whatsapp-Number-Id"])
	}
}

func TestAdAccountIDs(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodPost, "/v1/ads/accounts", http.StatusCreated, `{"link":{"adAccountId":"act_1"}}`)
	accounts := m.tenant(t).AdAccounts
	for _, id := range []string{"", "act_", "5550001", "ACT_5550001", "act_555x", "act_١", " act_1", "act_1 "} {
		_, err := accounts.Link(t.Context(), id)
		requireValidation(t, err, "adAccountID")
	}
	assert.Empty(t, m.Requests())
	link, err := accounts.Link(t.Context(), "act_1")
	require.NoError(t, err)
	assert.Equal(t, AdAccountLink{AdAccountID: "act_1"}, *link)
}

func TestAdAccountLinkErrors(t *testing.T) {
	t.Parallel()
	for code, want := range map[ErrorCode]struct {
		status  int
		unknown bool
	}{
		CodeAdAccountNotProven: {http.StatusConflict, false}, CodeAdAccountNotShared: {http.StatusConflict, false},
		CodeAdsLookupUnavailable: {http.StatusBadGateway, true}, CodeAdsNotConfigured: {http.StatusServiceUnavailable, false},
	} {
		m := newMockAPI(t)
		m.answer(http.MethodPost, "/v1/ads/accounts", want.status, `{"error":"no","code":"`+string(code)+`"}`)
		link, err := m.tenant(t).AdAccounts.Link(t.Context(), "act_1")
		assert.Equal(t, code, requireAnswer(t, err).Code)
		assert.Nil(t, link)
		assert.Equal(t, want.unknown, isA[*OutcomeUnknownError](err), code)
		assert.Len(t, m.Requests(), 1, code)
	}
	// What names nothing is not believed.
	for _, body := range []string{`{}`, `{"link":null}`, `{"link":{}}`, `{"adAccountId":"act_1"}`} {
		m := newMockAPI(t)
		m.answer(http.MethodPost, "/v1/ads/accounts", http.StatusCreated, body)
		_, err := m.tenant(t).AdAccounts.Link(t.Context(), "act_1")
		isAcceptedWithoutID(t, err)
	}
}

// isAcceptedWithoutID fails unless err says that the call was accepted by an answer that
// does not name what it is about.
func isAcceptedWithoutID(t *testing.T, err error) {
	t.Helper()
	var unread *DecodeError
	require.ErrorAs(t, err, &unread)
	assert.True(t, unread.Accepted())
	require.ErrorContains(t, err, `adAccountId"`)
}

// Not known is not no.
func TestSharingHasThreeStates(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodGet, "/v1/ads/accounts", http.StatusOK, `{"linked":[
		{"adAccountId":"act_1","sharingActive":null},{"adAccountId":"act_2","sharingActive":false},{"adAccountId":"act_3","sharingActive":true}
	],"candidates":[],"sharingLookup":"unavailable"}`)
	accounts, err := m.tenant(t).AdAccounts.List(t.Context())
	require.NoError(t, err)
	var got []*bool
	for _, account := range accounts.Linked {
		got = append(got, account.SharingActive)
	}
	assert.Equal(t, []*bool{nil, Ptr(false), Ptr(true)}, got)
	assert.Equal(t, MetaLookupUnavailable, accounts.SharingLookup)
}

// A row of a list that is printed as JSON has the names of the API.
func TestReferralMessageAsJSON(t *testing.T) {
	t.Parallel()
	var row, again ReferralMessage
	require.NoError(t, json.Unmarshal([]byte(`{"id":"cm_1","sourceId":"238"}`), &row))
	data, err := json.Marshal(row)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &again))
	assert.Equal(t, row, again)
}

// What a lead and an event have in common is read and written as if it stood in them.
func TestLeadDataStandsInItsLead(t *testing.T) {
	t.Parallel()
	lead := Lead{
		ID: "a", Source: "WEBHOOK",
		LeadData: LeadData{
			LeadgenID: "770", PageID: "100", AdID: "7", AdNames: AdNames{AdName: "Video A"}, IsOrganic: Ptr(false),
			Fields: []LeadField{{Key: "city", Values: []string{"Campinas"}}},
		},
	}
	text, err := json.Marshal(lead)
	require.NoError(t, err)
	assert.Contains(t, string(text), `"leadgenId":"770"`)
	var again Lead
	require.NoError(t, json.Unmarshal(text, &again))
	assert.Equal(t, lead, again)

	var odd Lead
	require.NoError(t, decode([]byte(`{"id":"a","adId":7,"adName":{},"isOrganic":"no","phone":[],"fields":"none","redacted":true}`), &odd))
	assert.Equal(t, Lead{ID: "a", LeadData: LeadData{AdID: "7"}, Redacted: true}, odd)
}
