package pilotstatustest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// AddReferral and Receive fill one store.
func TestReferralsAreMessages(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	one := fake.Number("num_1")
	ids := []any{
		one.Receive(pilotstatustest.Inbound{
			From: "5511970001000", Text: "first", Referral: &pilotstatustest.InboundReferral{SourceID: "5", AdName: "early"},
		}),
		one.AddReferral(pilotstatustest.Referral{From: "+5511970001000", SourceID: "5", Text: "second"}),
	}
	rows := number.inboxRows(t, historyPath)
	assert.ElementsMatch(t, ids, []any{rows[0]["id"], rows[1]["id"]})
	assert.Equal(t, rows[0]["conversationId"], rows[1]["conversationId"])
	assert.Equal(t, "2", inboxColumn(number.inboxRows(t, conversationsPath), "unreadCount"))
	out := number.object(t, 200, "GET", "/v1/referrals", "")
	assert.ElementsMatch(t, ids, columnOf(t, out, "referrals", "id"))
	ads := number.object(t, 200, "GET", "/v1/referrals/summary", "")
	assert.Equal(t, []any{[]any{2.0}, []any{1.0}},
		[]any{columnOf(t, ads, "ads", "messages"), columnOf(t, ads, "ads", "conversations")})

	fake.Tenant().ResolveAdNames("5", pilotstatustest.AdNames{Ad: "Video A"})
	for _, row := range number.inboxRows(t, historyPath) {
		assert.Equal(t, "Video A", row["referral"].(map[string]any)["adName"], "the history has the names, too")
	}
}

func springAd() pilotstatustest.Referral {
	return pilotstatustest.Referral{
		SourceID: "238500001", SourceType: "ad", SourceURL: "https://fb.example.test/ad?a=1&b=2", Headline: "Spring", Body: "20% off",
		MediaType: "image", ImageURL: "https://i.test", VideoURL: "https://v.test", ThumbnailURL: "https://t.test", ClickID: "clid-1",
		From: "+5511970001000", Name: "Rita", UserID: "BR.900100200300", Text: "Is this still available?",
		At: time.Date(2026, 11, 2, 10, 0, 0, 0, time.UTC),
	}
}

func TestReferralInFull(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	id := fake.Number("num_1").AddReferral(springAd())
	row := number.object(t, 200, "GET", "/v1/referrals", "")["referrals"].([]any)[0].(map[string]any)
	want := func(content, source, names, redacted string) string {
		return fmt.Sprintf(`{"referrals":[{"id":%q,"conversationId":%q,"direction":"INBOUND","providerKind":"PILOT_STATUS",
			"externalMessageId":%q,"status":"DELIVERED","messageType":"text","origin":null,%s,"repliedToExternalId":null,
			"sentAt":null,"deliveredAt":"2026-11-03T14:05:09.120Z","readAt":null,
			"providerTimestamp":"2026-11-02T10:00:00.000Z","createdAt":"2026-11-03T14:05:09.120Z",
			"referral":{"sourceId":"238500001","sourceType":"ad",%s,%s%s}%s}],"total":1,"page":1,"pageSize":30,"totalPages":1%s}`,
			id, row["conversationId"], row["externalMessageId"], content, source, names, redacted, redacted,
			map[bool]string{true: `,"notice":"PII_RELAY_ONLY"`}[redacted != ""])
	}
	const (
		content = `"text":"Is this still available?","participantName":"Rita","participantPhone":"+5511970001000",
			"participantUserId":"BR.900100200300","media":null`
		noContent = `"text":null,"participantName":null,"participantPhone":null,"participantUserId":null,"media":null`
		source    = `"sourceUrl":"https://fb.example.test/ad?a=1&b=2","headline":"Spring","body":"20% off","mediaType":"image",
			"imageUrl":"https://i.test","videoUrl":"https://v.test","thumbnailUrl":"https://t.test","ctwaClid":"clid-1"`
		noSource = `"sourceUrl":null,"headline":null,"body":null,"mediaType":null,
			"imageUrl":null,"videoUrl":null,"thumbnailUrl":null,"ctwaClid":null`
		unresolved = `"adName":null,"adsetId":null,"adsetName":null,"campaignId":null,"campaignName":null,"namesResolvedAt":null`
		resolved   = `"adName":"Video A","adsetId":"2385","adsetName":"SP","campaignId":"2384","campaignName":"Spring",
			"namesResolvedAt":"2026-11-03T14:05:10.120Z"`
		nameless = `"adName":null,"adsetId":null,"adsetName":null,"campaignId":null,"campaignName":null,
			"namesResolvedAt":"2026-11-03T14:05:10.120Z"`
	)
	list := func() string { return string(number.do(t, "GET", "/v1/referrals", "").body) }
	assert.JSONEq(t, want(content, source, unresolved, ""), list())
	fake.Advance(time.Second)
	fake.Tenant().ResolveAdNames("238500001", pilotstatustest.AdNames{})
	assert.JSONEq(t, want(content, source, nameless, ""), list())
	fake.Tenant().ResolveAdNames("238500001", pilotstatustest.AdNames{
		Ad: "Video A", AdsetID: "2385", Adset: "SP", CampaignID: "2384", Campaign: "Spring",
	})
	assert.JSONEq(t, want(content, source, resolved, ""), list())

	fake.Tenant().BareReferrals(true)
	assert.JSONEq(t, `{"referrals":[{"sourceId":"238500001","sourceType":"ad",`+source+`,`+resolved+`}],
		"total":1,"page":1,"pageSize":30,"totalPages":1}`, list())
	fake.Tenant().BareReferrals(false)

	fake.Number("num_1").SetPIIMode("RELAY_ONLY", 0)
	assert.JSONEq(t, want(noContent, noSource, resolved, `,"redacted":true`), list())
	r := newCaller(t, fake.URL, fake.NumberKey("num_2")).do(t, "GET", "/v1/referrals", "")
	assert.JSONEq(t, `{"referrals":[],"total":0,"page":1,"pageSize":30,"totalPages":0}`, string(r.body))
}

func TestReferralFilters(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	day := func(d int) time.Time { return time.Date(2026, 10, d, 12, 0, 0, 0, time.UTC) }
	number1 := fake.Number("num_1")
	one := number1.AddReferral(pilotstatustest.Referral{SourceID: "1", SourceType: "ad", At: day(3)})
	two := number1.AddReferral(pilotstatustest.Referral{SourceID: "2", SourceType: "post", At: day(5)})
	three := number1.AddReferral(pilotstatustest.Referral{SourceID: "1", SourceType: "ad", At: day(4)})
	none := number1.AddReferral(pilotstatustest.Referral{At: day(1)})
	fake.Number("num_2").AddReferral(pilotstatustest.Referral{SourceID: "1", SourceType: "ad", At: day(4)})
	for query, want := range map[string][]any{
		"":                                {two, three, one, none},
		"?sourceId=1":                     {three, one},
		"?sourceType=post":                {two},
		"?sourceType=ad&sourceId=2":       {},
		"?startDate=2026-10-04T12:00:00Z": {two, three},
		"?endDate=2026-10-04T12:00:00Z":   {three, one, none},
		"?pageSize=1&page=2":              {three},
	} {
		out := number.object(t, 200, "GET", "/v1/referrals"+query, "")
		assert.Equal(t, want, columnOf(t, out, "referrals", "id"), query)
	}
	for _, kind := range []string{"AD", "story", ""} {
		refusesWith(t, number, 400, "INVALID_SOURCE_TYPE", "GET", "/v1/referrals?sourceType="+kind, "")
	}
	row := number.object(t, 200, "GET", "/v1/referrals?pageSize=1&page=4", "")["referrals"].([]any)[0].(map[string]any)
	for _, field := range []string{"sourceId", "sourceType", "namesResolvedAt"} {
		assert.Contains(t, row["referral"], field)
		assert.Nil(t, row["referral"].(map[string]any)[field], field)
	}
}

func TestReferralConversations(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	for _, in := range []pilotstatustest.Referral{{From: "+1"}, {From: "+2"}, {From: "+1"}, {}, {}, {From: "+2", ConversationID: "conv_x"}} {
		fake.Number("num_1").AddReferral(in)
	}
	fake.Number("num_2").AddReferral(pilotstatustest.Referral{From: "+1"})
	of := func(c *caller) []any {
		return columnOf(t, c.object(t, 200, "GET", "/v1/referrals", ""), "referrals", "conversationId")
	}
	ids := of(number) // newest first
	require.Len(t, ids, 6)
	assert.Equal(t, "conv_x", ids[0])
	assert.Equal(t, ids[5], ids[3], "one sender, one conversation")
	distinct := map[any]bool{}
	for _, id := range append(ids, of(newCaller(t, fake.URL, fake.NumberKey("num_2")))...) {
		distinct[id] = true
	}
	assert.Len(t, distinct, 6, "a sender has one with each number")
}
