package pilotstatustest_test

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

type inboundMessage = pilotstatustest.Inbound

const (
	conversationsPath = "/v1/conversations"
	historyPath       = "/v1/messages/history"
	unreadPath        = "/v1/messages/unread"
	groupMessagesPath = "/v1/messages/group"
	teamA             = "120363000000000777@g.us"
	auroraNews        = "120363000000000999@newsletter"
)

// inboxRows returns the list of a paged answer.
func (c *caller) inboxRows(t *testing.T, path string) []map[string]any {
	t.Helper()
	body := c.object(t, http.StatusOK, "GET", path, "")
	list, ok := body["messages"].([]any)
	if !ok {
		list, ok = body["conversations"].([]any)
	}
	require.True(t, ok, "%v", body)
	out := make([]map[string]any, 0, len(list))
	for _, row := range list {
		out = append(out, row.(map[string]any))
	}
	return out
}

// inboxColumn joins one member of the rows.
func inboxColumn(rows []map[string]any, name string) string {
	var all []string
	for _, row := range rows {
		all = append(all, fmt.Sprint(row[name]))
	}
	return strings.Join(all, " ")
}

// adMessage is the inbound message with everything.
func adMessage() inboundMessage {
	return inboundMessage{
		From: "5511900001234", FromName: "Lia", UserID: "BR.900100200300", Username: "lia", Type: "image", Text: "Here it is",
		ReplyTo: "wamid.q", MediaID: "880011", MediaType: "image/jpeg", At: epoch().Add(-time.Second),
		Referral: &pilotstatustest.InboundReferral{
			SourceID: "238500001", SourceType: "ad", SourceURL: "https://a.test", Headline: "Spring", Body: "20% off", MediaType: "image",
			ImageURL: "https://a.test/i", VideoURL: "https://a.test/v", ThumbnailURL: "https://a.test/t", CTWAClid: "clid-1", AdName: "Ad",
			AdsetID: "2", AdsetName: "Set", CampaignID: "3", CampaignName: "Campaign", NamesResolvedAt: epoch(),
		},
	}
}

func TestInboxRows(t *testing.T) {
	t.Parallel()
	fake, _ := frozen(t)
	meta := newCaller(t, fake.URL, fake.NumberKey("num_2"))
	for _, path := range []string{conversationsPath, historyPath, unreadPath} {
		list := "messages"
		if path == conversationsPath {
			list = "conversations"
		}
		assert.JSONEq(t, `{"`+list+`":[],"total":0,"page":1,"pageSize":30,"totalPages":0}`, string(meta.do(t, "GET", path, "").body), path)
	}

	id := fake.Number("num_2").Receive(adMessage())
	row := meta.inboxRows(t, historyPath)[0]
	conversation, external := row["conversationId"], row["externalMessageId"]
	assert.NotEmpty(t, external)
	assert.JSONEq(t, fmt.Sprintf(`{"messages":[{"id":%q,"conversationId":%q,"direction":"INBOUND","providerKind":"META",
		"externalMessageId":%q,"status":"DELIVERED","messageType":"image","origin":null,"text":"Here it is","participantName":"Lia",
		"participantPhone":"+5511900001234","participantUserId":"BR.900100200300","repliedToExternalId":"wamid.q",
		"media":{"provider":"META","id":"880011","url":null,"mimeType":"image/jpeg","fileName":null},
		"sentAt":null,"deliveredAt":"2026-11-03T14:05:09.120Z","readAt":null,"providerTimestamp":"2026-11-03T14:05:08.120Z",
		"createdAt":"2026-11-03T14:05:09.120Z",
		"referral":{"sourceId":"238500001","sourceType":"ad","sourceUrl":"https://a.test","headline":"Spring","body":"20%% off",
			"mediaType":"image","imageUrl":"https://a.test/i","videoUrl":"https://a.test/v","thumbnailUrl":"https://a.test/t",
			"ctwaClid":"clid-1","adName":"Ad","adsetId":"2","adsetName":"Set","campaignId":"3","campaignName":"Campaign",
			"namesResolvedAt":"2026-11-03T14:05:09.120Z"}}],
		"total":1,"page":1,"pageSize":30,"totalPages":1}`, id, conversation, external), string(meta.do(t, "GET", historyPath, "").body))
	assert.JSONEq(t, fmt.Sprintf(`{"messages":[{"id":%q,"conversationId":%q,"conversationUnreadCount":1,"direction":"INBOUND",
		"type":"image","content":"Here it is","from":"+5511900001234","fromName":"Lia",
		"media":{"provider":"META","id":"880011","url":null,"mimeType":"image/jpeg","fileName":null},
		"readAt":null,"createdAt":"2026-11-03T14:05:09.120Z"}],"total":1,"page":1,"pageSize":30,"totalPages":1}`,
		id, conversation), string(meta.do(t, "GET", unreadPath, "").body))
	assert.JSONEq(t, fmt.Sprintf(`{"conversations":[{"id":%q,"type":"DIRECT","from":"+5511900001234","fromName":"Lia",
		"userId":"BR.900100200300","username":"lia","unreadCount":1,"lastMessageAt":"2026-11-03T14:05:08.120Z",
		"lastMessagePreview":"Here it is","createdAt":"2026-11-03T14:05:09.120Z"}],"total":1,"page":1,"pageSize":30,"totalPages":1}`,
		conversation), string(meta.do(t, "GET", conversationsPath, "").body))

	// Nothing of it is seen by the other number.
	other := newCaller(t, fake.URL, fake.NumberKey("num_1"))
	assert.Empty(t, other.inboxRows(t, historyPath))
	assert.Empty(t, other.inboxRows(t, conversationsPath))

	// A plain one has nulls.
	fake.Advance(time.Second)
	fake.Number("num_1").Receive(inboundMessage{UserID: "BR.1"})
	row = other.inboxRows(t, historyPath)[0]
	for _, name := range []string{"text", "media", "referral", "participantName", "participantPhone", "repliedToExternalId", "origin"} {
		assert.Contains(t, row, name)
		assert.Nil(t, row[name], name)
	}
	assert.Equal(t, "text", row["messageType"])
	assert.Equal(t, "PILOT_STATUS", row["providerKind"])
	assert.NotContains(t, row, "redacted")
	row = other.inboxRows(t, conversationsPath)[0]
	assert.Nil(t, row["from"])
	assert.Equal(t, "BR.1", row["userId"])
	assert.Nil(t, row["lastMessagePreview"])
}

func TestConversations(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	phone := fake.Number("num_1")
	phone.Receive(inboundMessage{From: "+5511900000001", FromName: "Ana", Text: "one"})
	fake.Advance(time.Second)
	phone.Receive(inboundMessage{From: "5511900000002", Text: strings.Repeat("é", 150)})
	fake.Advance(time.Second)
	phone.Receive(inboundMessage{From: "5511900000001", UserID: "BR.1", Text: "two"})
	assert.Equal(t, "+5511900000001 +5511900000002", inboxColumn(number.inboxRows(t, conversationsPath), "from"))
	assert.Equal(t, "2 1", inboxColumn(number.inboxRows(t, conversationsPath), "unreadCount"))
	assert.Equal(t, "two "+strings.Repeat("é", 100), inboxColumn(number.inboxRows(t, conversationsPath), "lastMessagePreview"))

	// The durable id finds the person behind a new phone, and another one behind the old phone.
	fake.Advance(time.Second)
	phone.Receive(inboundMessage{From: "5511900000003", UserID: "BR.1", Text: "three"})
	fake.Advance(time.Second)
	phone.Receive(inboundMessage{From: "5511900000003", UserID: "BR.2", Text: "four"})
	rows := number.inboxRows(t, conversationsPath)
	assert.Equal(t, "BR.2 BR.1 <nil>", inboxColumn(rows, "userId"))
	assert.Equal(t, "+5511900000003 +5511900000003 +5511900000002", inboxColumn(rows, "from"))
	assert.Equal(t, "<nil> Ana <nil>", inboxColumn(rows, "fromName"))
	assert.Equal(t, "1 3 1", inboxColumn(rows, "unreadCount"))

	// An old message that is imported does not move its conversation up.
	phone.Receive(inboundMessage{From: "5511900000002", Text: "old", At: epoch().Add(-time.Hour)})
	assert.Equal(t, "BR.2 BR.1 <nil>", inboxColumn(number.inboxRows(t, conversationsPath), "userId"))
	assert.Equal(t, strings.Repeat("é", 100), number.inboxRows(t, conversationsPath)[2]["lastMessagePreview"])
	assert.Equal(t, "old", number.inboxRows(t, historyPath)[5]["text"], "history goes by when it happened")
	assert.Equal(t, "old", number.inboxRows(t, unreadPath)[0]["content"], "unread goes by when it was stored")
	assert.Equal(t, "2026-11-03T13:05:09.120Z", number.inboxRows(t, historyPath)[5]["providerTimestamp"])
}

func TestSendsInTheInbox(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	phone := fake.Number("num_1")
	phone.Receive(inboundMessage{From: "+5511999999999", FromName: "John", Text: "Hi", UserID: "BR.7"})
	number.send(t, template)
	rows := number.inboxRows(t, historyPath)
	assert.Equal(t, "QUEUED DELIVERED", inboxColumn(rows, "status"))
	sent := rows[0]
	assert.Equal(t, "OUTBOUND", sent["direction"])
	assert.Equal(t, "API", sent["origin"])
	assert.Equal(t, "Hello John, welcome aboard!", sent["text"])
	assert.Equal(t, "John", sent["participantName"])
	assert.Equal(t, "+5511999999999", sent["participantPhone"])
	assert.Equal(t, "BR.7", sent["participantUserId"])
	assert.Equal(t, rows[1]["conversationId"], sent["conversationId"])
	assert.Nil(t, sent["externalMessageId"])
	assert.NotEqual(t, fake.Messages()[0].ID, sent["id"], "ids of rows are not ids of sends")

	fake.Advance(3 * step)
	again := number.inboxRows(t, historyPath)[0]
	assert.Equal(t, sent["id"], again["id"])
	assert.Equal(t, "READ", again["status"])
	assert.Equal(t, fake.Messages()[0].ExternalID, again["externalMessageId"])
	assert.Equal(t, "2026-11-03T14:05:09.140Z", again["providerTimestamp"])
	assert.Equal(t, "2026-11-03T14:05:09.120Z", again["createdAt"])
	assert.Equal(t, []any{"2026-11-03T14:05:09.140Z", "2026-11-03T14:05:09.160Z", "2026-11-03T14:05:09.180Z"},
		[]any{again["sentAt"], again["deliveredAt"], again["readAt"]})
	assert.Equal(t, "Hi", inboxColumn(number.inboxRows(t, unreadPath), "content"), "no row of a send is unread")

	for _, row := range []struct{ body, kind, text, media string }{
		{`"media":"https://a.test/i.png","mediaType":"image","caption":"c"`, "image", "c", `map[fileName:<nil> id:<nil> mimeType:<nil> provider:EVO_GO url:https://a.test/i.png]`},
		{`"media":"data:audio/ogg;base64,T2dn","mediaType":"voice"`, "audio", "<nil>", `map[fileName:<nil> id:<nil> mimeType:audio/ogg provider:EVO_GO url:<nil>]`},
		{`"text":"Choose","list":{"buttonText":"Open","sections":[{"title":"S","rows":[{"title":"One","rowId":"1"}]}]}`, "text", "Choose", "<nil>"},
	} {
		fake.Advance(time.Second)
		number.send(t, `{"destinationNumber":"BR.9",`+row.body+`}`)
		got := number.inboxRows(t, historyPath)[0]
		assert.Equal(t, row.kind, got["messageType"])
		assert.Equal(t, row.text, fmt.Sprint(got["text"]))
		assert.Equal(t, row.media, fmt.Sprint(got["media"]))
		assert.Equal(t, "BR.9", got["participantUserId"])
		assert.Nil(t, got["participantPhone"])
	}
	number.send(t, template)
	number.object(t, http.StatusOK, "DELETE", "/v1/templates/tpl_1", "")
	assert.Nil(t, number.inboxRows(t, historyPath)[0]["text"], "the template is gone")
	assert.Len(t, number.inboxRows(t, conversationsPath), 2)
}

func TestOwnMessagesOutsideTheAPI(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	fake.Number("num_1").Receive(inboundMessage{From: "5511900000001", Text: "typed", Origin: "APP"})
	row := number.inboxRows(t, historyPath)[0]
	assert.Equal(t, "OUTBOUND", row["direction"])
	assert.Equal(t, "APP", row["origin"])
	assert.Equal(t, "SENT", row["status"])
	assert.Equal(t, "2026-11-03T14:05:09.120Z", row["sentAt"])
	assert.Nil(t, row["deliveredAt"])
	assert.Equal(t, "0", inboxColumn(number.inboxRows(t, conversationsPath), "unreadCount"))
	assert.Empty(t, number.inboxRows(t, unreadPath))
}

func TestUnreadCounters(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	phone := fake.Number("num_1")
	for _, text := range []string{"1", "2", "3"} {
		phone.Receive(inboundMessage{From: "5511900000001", Text: text})
	}
	phone.Receive(inboundMessage{From: "5511900000002", Text: "4"})
	assert.Equal(t, "4 3 2 1", inboxColumn(number.inboxRows(t, unreadPath), "content"))
	assert.Equal(t, "1 3 3 3", inboxColumn(number.inboxRows(t, unreadPath), "conversationUnreadCount"))

	first := number.inboxRows(t, unreadPath)[1]["conversationId"].(string)
	phone.SetUnread(first, 2)
	assert.Equal(t, "4 3 2", inboxColumn(number.inboxRows(t, unreadPath), "content"), "the newest ones")
	phone.SetUnread(first, 40)
	body := number.object(t, http.StatusOK, "GET", unreadPath+"?pageSize=20", "")
	assert.Len(t, body["messages"], 4)
	assert.EqualValues(t, 41, body["total"], "the sum of the counters is no count of rows")
	assert.EqualValues(t, 3, body["totalPages"])
	body = number.object(t, http.StatusOK, "GET", unreadPath+"?pageSize=20&page=2", "")
	assert.Empty(t, body["messages"])
	assert.EqualValues(t, 41, body["total"])
	phone.SetUnread(first, -1)
	assert.Equal(t, "4", inboxColumn(number.inboxRows(t, unreadPath), "content"))
	phone.Receive(inboundMessage{From: "5511900000001", Text: "5"})
	assert.Equal(t, "5 4", inboxColumn(number.inboxRows(t, unreadPath), "content"))
	assert.Len(t, number.inboxRows(t, historyPath), 5)
}

func TestSendMarksRead(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	meta := newCaller(t, fake.URL, fake.NumberKey("num_2"))
	const to = `{"destinationNumber":"+5511999999999","text":"hi"`
	for _, id := range []string{"num_1", "num_2"} {
		fake.Number(id).Receive(inboundMessage{From: "5511999999999", Text: "before"})
	}
	number.send(t, to+`,"markRead":true}`)
	meta.send(t, to+`,"markRead":false}`)
	fake.Advance(time.Second)
	assert.Len(t, number.inboxRows(t, unreadPath), 1, "it has no effect on a web number")
	assert.Len(t, meta.inboxRows(t, unreadPath), 1)

	meta.send(t, to+`,"deliverAt":"2026-11-03T15:00:00Z"}`)
	fake.Advance(time.Minute)
	assert.Len(t, meta.inboxRows(t, unreadPath), 1, "it has not gone out")
	fake.Advance(time.Hour)
	fake.Number("num_2").Receive(inboundMessage{From: "5511999999999", Text: "after"})
	assert.Equal(t, "after", inboxColumn(meta.inboxRows(t, unreadPath), "content"))
	assert.Equal(t, "1", inboxColumn(meta.inboxRows(t, conversationsPath), "unreadCount"))

	// The setting is the default, as it is at the time of the send.
	tenant := newCaller(t, fake.URL, fake.TenantKey())
	tenant.object(t, 200, "PATCH", numbersPath+"/num_2", `{"settings":{"markReadOnSend":false}}`)
	meta.send(t, to+`}`)
	tenant.object(t, 200, "PATCH", numbersPath+"/num_2", `{"settings":{"markReadOnSend":true}}`)
	fake.Advance(time.Second)
	assert.Len(t, meta.inboxRows(t, unreadPath), 1)
	tenant.object(t, 200, "PATCH", numbersPath+"/num_2", `{"settings":{"markReadOnSend":false}}`)
	meta.send(t, to+`,"markRead":true}`)
	fake.Advance(time.Second)
	assert.Empty(t, meta.inboxRows(t, unreadPath))
}

func TestGroupAndChannelMessages(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	phone := fake.Number("num_1")
	phone.Receive(inboundMessage{From: "5511900000001", Text: "direct"})
	id := phone.Receive(inboundMessage{
		From: "5511900005555", FromName: "Ivo", GroupID: teamA, GroupName: "Team A", Text: "Meeting at 9", At: epoch().Add(-time.Hour),
	})
	phone.Receive(inboundMessage{NewsletterID: auroraNews, NewsletterName: "Aurora news", Text: "new", At: epoch().Add(time.Second)})
	rows := number.inboxRows(t, conversationsPath)
	assert.Equal(t, "NEWSLETTER DIRECT GROUP", inboxColumn(rows, "type"))
	assert.Equal(t, "Aurora news <nil> Team A", inboxColumn(rows, "fromName"))
	assert.Equal(t, "<nil> +5511900000001 <nil>", inboxColumn(rows, "from"))
	assert.JSONEq(t, fmt.Sprintf(`{"messages":[{"id":%q,"conversationId":%q,"direction":"INBOUND","type":"text","content":"Meeting at 9",
		"from":"+5511900005555","fromName":"Ivo","groupId":%q,"groupName":"Team A","media":null,"createdAt":"2026-11-03T14:05:09.120Z"}],
		"total":1,"page":1,"pageSize":30,"totalPages":1}`, id, rows[2]["id"], teamA), string(number.do(t, "GET", groupMessagesPath, "").body))
	assert.Len(t, number.inboxRows(t, historyPath), 3, "the history has them too")
	assert.Equal(t, "+5511900005555", number.inboxRows(t, historyPath)[2]["participantPhone"])

	// What is sent into it, by the API and by the phone.
	fake.Advance(time.Second)
	number.send(t, `{"groupId":"`+teamA+`","text":"hello team"}`)
	number.send(t, `{"newsletterId":"`+auroraNews+`","text":"hello world"}`)
	phone.Receive(inboundMessage{GroupID: teamA, Origin: "APP", Text: "typed"})
	rows = number.inboxRows(t, groupMessagesPath)
	assert.Equal(t, "typed hello team Meeting at 9", inboxColumn(rows, "content"))
	assert.Equal(t, "<nil> <nil> +5511900005555", inboxColumn(rows, "from"))
	assert.Equal(t, "<nil> <nil> Ivo", inboxColumn(rows, "fromName"))
	assert.Equal(t, "Team A Team A Team A", inboxColumn(rows, "groupName"))
	assert.Len(t, number.inboxRows(t, conversationsPath), 3)

	// The dates are those of storage here.
	assert.Equal(t, "Meeting at 9", inboxColumn(number.inboxRows(t, groupMessagesPath+"?endDate=2026-11-03T14:05:09.120Z"), "content"))
	assert.Empty(t, number.inboxRows(t, groupMessagesPath+"?endDate=2026-11-03T14:05:09.119Z"))

	// A group without a name gets one when it is known, and a send to an unknown one begins a conversation.
	phone.Receive(inboundMessage{From: "5511900005555", GroupID: "1@g.us"})
	assert.Nil(t, number.inboxRows(t, groupMessagesPath)[0]["groupName"])
	phone.Receive(inboundMessage{From: "5511900005555", GroupID: "1@g.us", GroupName: "Named"})
	assert.Equal(t, "Named", number.inboxRows(t, groupMessagesPath)[0]["groupName"])
	number.send(t, `{"groupId":"2@g.us","text":"x"}`)
	assert.Equal(t, "2@g.us", number.inboxRows(t, groupMessagesPath)[0]["groupId"])
	number.send(t, `{"newsletterId":"2@newsletter","text":"x"}`)
	assert.Equal(t, "NEWSLETTER", number.inboxRows(t, conversationsPath)[0]["type"])
	assert.Len(t, number.list(t, "/v1/groups"), 2, "a send makes nobody a member")
	assert.Len(t, number.list(t, "/v1/newsletters"), 1)
}

func TestGroupMessagesOfAnOfficialNumber(t *testing.T) {
	t.Parallel()
	fake, _ := frozen(t)
	meta := newCaller(t, fake.URL, fake.NumberKey("num_2"))
	for _, row := range []struct {
		unsupported, allowed bool
		code                 string
	}{{false, false, "META_GROUPS_NOT_ELIGIBLE"}, {true, false, "NOT_SUPPORTED_FOR_META"}, {true, true, "NOT_SUPPORTED_FOR_META"}} {
		fake.Tenant().GroupsNotSupported(row.unsupported)
		fake.Number("num_2").AllowGroups(row.allowed)
		for _, r := range []reply{
			meta.do(t, "GET", groupMessagesPath, ""), meta.do(t, "GET", "/v1/groups", ""),
			meta.do(t, "POST", "/v1/groups", `{"subject":"x"}`), meta.do(t, "GET", "/v1/groups/"+teamA, ""),
			meta.do(t, "POST", "/v1/groups/"+teamA+"/participants", `{"participants":["5511900000001"]}`),
			meta.do(t, "DELETE", "/v1/groups/"+teamA+"/participants", `{"participants":["5511900000001"]}`),
			meta.do(t, "POST", sendPath, `{"groupId":"`+teamA+`","text":"x"}`),
		} {
			assert.Equal(t, http.StatusBadRequest, r.status, "%s", r.body)
			assert.Equal(t, row.code, r.code())
		}
	}
	fake.Tenant().GroupsNotSupported(false)
	meta.send(t, `{"groupId":"`+teamA+`","text":"x"}`)
	assert.Len(t, meta.inboxRows(t, groupMessagesPath), 1)
}

func TestInboxPagesAndDates(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	for i := range 101 {
		fake.Number("num_1").Receive(inboundMessage{
			From: fmt.Sprintf("55119000%05d", i), GroupID: fmt.Sprintf("%d@g.us", i), Text: fmt.Sprint(i),
			At: epoch().Add(time.Duration(i) * time.Minute),
		})
	}
	largest := fmt.Sprintf("?page=%d&pageSize=%[1]d", math.MaxInt)
	for _, path := range []string{conversationsPath, historyPath, unreadPath, groupMessagesPath} {
		for query, want := range map[string][5]int{ // rows, total, page, pageSize, totalPages
			"":                     {30, 101, 1, 30, 4},
			"?page=4":              {11, 101, 4, 30, 4},
			"?page=5":              {0, 101, 5, 30, 4},
			"?pageSize=100&page=2": {1, 101, 2, 100, 2},
			"?pageSize=5000":       {100, 101, 1, 100, 2},
			largest:                {0, 101, math.MaxInt, 100, 2},
		} {
			var body struct {
				Messages, Conversations           []any
				Total, Page, PageSize, TotalPages int
			}
			r := number.do(t, "GET", path+query, "")
			require.NoError(t, json.Unmarshal(r.body, &body), "%s", r.body)
			rows := len(body.Messages) + len(body.Conversations)
			assert.Equal(t, want, [5]int{rows, body.Total, body.Page, body.PageSize, body.TotalPages}, path+query)
		}
		for _, query := range []string{"page=0", "page=-1", "page=x", "page=", "pageSize=0", "pageSize=1.5"} {
			r := number.do(t, "GET", path+"?"+query, "")
			assert.Equal(t, http.StatusBadRequest, r.status, path+query)
			assert.Empty(t, r.code())
		}
		if path == unreadPath {
			assert.Len(t, number.inboxRows(t, unreadPath+"?startDate=x&endDate=y"), 30, "it knows no dates")
			continue
		}
		for _, query := range []string{"startDate=yesterday", "endDate=", "endDate=2026-11-03"} {
			assert.Equal(t, http.StatusBadRequest, number.do(t, "GET", path+"?"+query, "").status, path+query)
		}
		r := number.do(t, "GET", path+"?startDate=2026-11-03T14:05:09.121Z&endDate=2026-11-03T14:05:09.120Z", "")
		assert.Equal(t, http.StatusBadRequest, r.status)
		assert.Equal(t, "INVALID_DATE_RANGE", r.code())
	}
	for _, path := range []string{conversationsPath, historyPath} {
		for query, want := range map[string]int{
			"startDate=2026-11-03T15:44:09.120Z":                                    2,
			"startDate=2026-11-03T12:44:09.120-03:00":                               2,
			"startDate=2026-11-03T15:44:09.121Z":                                    1,
			"endDate=2026-11-03T14:06:09.120Z":                                      2,
			"endDate=2026-11-03T14:06:09.119Z":                                      1,
			"startDate=2026-11-03T14:06:09.12Z&endDate=2026-11-03T14:06:09.120Z":    1,
			"startDate=2026-11-03T14:06:09.121Z&endDate=2026-11-03T14:07:09.11999Z": 0,
		} {
			assert.Len(t, number.inboxRows(t, path+"?"+strings.ReplaceAll(query, "+", "%2B")), want, path+query)
		}
	}
}

func TestInboxKeepsMilliseconds(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	fake.Number("num_1").Receive(inboundMessage{From: "5511900000001", At: epoch().Add(900 * time.Microsecond)})
	assert.Len(t, number.inboxRows(t, historyPath+"?endDate=2026-11-03T14:05:09.120Z"), 1, "the time that is shown belongs to the range")
}

func TestInboxPrivacy(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	phone := fake.Number("num_1")
	old := adMessage()
	old.At = epoch().Add(-8 * 24 * time.Hour)
	phone.Receive(old)
	grouped := inboundMessage{From: "5511900005555", FromName: "Ivo", GroupID: teamA, GroupName: "Team A", Text: "x", MediaURL: "u", At: old.At}
	phone.Receive(grouped)
	phone.Receive(inboundMessage{From: "5511900000001", FromName: "New", Text: "new"})

	hidden := func(path string, row map[string]any, kept int, names ...string) {
		t.Helper()
		var notNull int
		for _, value := range row {
			if value != nil {
				notNull++
			}
		}
		for _, name := range names {
			assert.Contains(t, row, name, path)
			assert.Nil(t, row[name], "%s %s", path, name)
		}
		assert.Equal(t, kept, notNull, "%s %v", path, row)
		if path != conversationsPath {
			assert.Equal(t, true, row["redacted"], path)
		}
	}
	check := func(from int) {
		t.Helper()
		rows := number.inboxRows(t, historyPath)
		require.Len(t, rows, 3)
		peer := []string{"text", "media", "participantName", "participantPhone", "participantUserId"}
		hidden(historyPath, rows[2], 13, peer...)
		hidden(historyPath, rows[1], 11, peer...)
		assert.NotNil(t, rows[2]["repliedToExternalId"])
		assert.Equal(t, map[string]any{
			"sourceId": "238500001", "sourceType": "ad", "adName": "Ad", "adsetId": "2", "adsetName": "Set", "campaignId": "3",
			"campaignName": "Campaign", "namesResolvedAt": "2026-11-03T14:05:09.120Z", "redacted": true,
			"sourceUrl": nil, "headline": nil, "body": nil, "mediaType": nil, "imageUrl": nil, "videoUrl": nil, "thumbnailUrl": nil, "ctwaClid": nil,
		}, rows[2]["referral"])
		rows = number.inboxRows(t, unreadPath)
		hidden(unreadPath, rows[2], 7, "content", "from", "fromName", "media")
		rows = number.inboxRows(t, groupMessagesPath)
		hidden(groupMessagesPath, rows[0], 8, "content", "from", "fromName", "media")
		assert.Equal(t, "Team A", rows[0]["groupName"])
		rows = number.inboxRows(t, conversationsPath)
		hidden(conversationsPath, rows[2], 5, "from", "fromName", "userId", "username", "lastMessagePreview")
		for _, path := range []string{historyPath, unreadPath, conversationsPath} {
			for i, row := range number.inboxRows(t, path)[:from] {
				assert.NotContains(t, row, "redacted", "%s %d", path, i)
				assert.Contains(t, fmt.Sprint(row), "New", path)
			}
		}
	}
	notice := func(want any) {
		t.Helper()
		for _, path := range []string{historyPath, unreadPath, conversationsPath, groupMessagesPath} {
			body := number.object(t, http.StatusOK, "GET", path, "")
			assert.Equal(t, want, body["notice"], path)
			if want == nil {
				assert.NotContains(t, body, "notice", path)
			}
		}
	}
	notice(nil)
	phone.SetPIIMode("STORE_X_DAYS", 7)
	check(1)
	notice(nil)
	phone.SetPIIMode("RELAY_ONLY", 0)
	check(0)
	notice("PII_RELAY_ONLY")

	// The older form.
	fake.Tenant().WithholdInbox(true)
	for path, list := range map[string]string{historyPath: "messages", unreadPath: "messages", conversationsPath: "conversations", groupMessagesPath: "messages"} {
		assert.JSONEq(t, `{"`+list+`":[],"total":0,"page":1,"pageSize":30,"totalPages":0,"notice":"PII_RELAY_ONLY"}`,
			string(number.do(t, "GET", path, "").body), path)
	}
	phone.SetPIIMode("STORE_X_DAYS", 7)
	for _, path := range []string{historyPath, unreadPath, conversationsPath} {
		body := number.object(t, http.StatusOK, "GET", path, "")
		assert.EqualValues(t, 1, body["total"], path)
		assert.Contains(t, fmt.Sprint(body), "New", path)
	}
	assert.Empty(t, number.inboxRows(t, groupMessagesPath))
	phone.SetPIIMode("STORE_INDEFINITE", 0)
	assert.Len(t, number.inboxRows(t, historyPath), 3)
}

func TestInboxScopes(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	fake.Number("num_1").Receive(inboundMessage{From: "5511900000001", GroupID: teamA})
	tenant := newCaller(t, fake.URL, fake.TenantKey())
	for _, path := range []string{conversationsPath, historyPath, unreadPath, groupMessagesPath} {
		for name, row := range map[string]struct {
			caller *caller
			status int
			code   string
		}{
			"number":       {number.with("x-whatsapp-number-id", "num_9"), 200, ""},
			"view":         {tenant.with("x-whatsapp-number-id", "num_1"), 200, ""},
			"foreign view": {tenant.with("x-whatsapp-number-id", "num_9"), 403, "NUMBER_NOT_IN_GRANT"},
			"tenant":       {tenant, 403, "TENANT_SCOPE_NOT_ALLOWED"},
		} {
			r := row.caller.do(t, "GET", path, "")
			assert.Equal(t, row.status, r.status, "%s %s", path, name)
			assert.Equal(t, row.code, r.code(), "%s %s", path, name)
			if row.status == 200 {
				assert.Len(t, row.caller.inboxRows(t, path), 1, "%s %s", path, name)
			}
		}
	}
	for path, op := range map[string]string{
		conversationsPath: "Inbox.Conversations", historyPath: "Inbox.History", unreadPath: "Inbox.Unread", groupMessagesPath: "Inbox.GroupMessages",
	} {
		number.do(t, "GET", path, "")
		assert.Equal(t, op, lastRequest(fake).Op)
	}
}

func TestInboxHooksRefuse(t *testing.T) {
	t.Parallel()
	for name, hook := range map[string]func(*pilotstatustest.Number){
		"nobody":   func(n *pilotstatustest.Number) { n.Receive(inboundMessage{Text: "x"}) },
		"no phone": func(n *pilotstatustest.Number) { n.Receive(inboundMessage{From: "Lia"}) },
		"no group": func(n *pilotstatustest.Number) {
			n.Receive(inboundMessage{From: "5511900000001", GroupID: "1@newsletter"})
		},
		"no channel":    func(n *pilotstatustest.Number) { n.Receive(inboundMessage{NewsletterID: "1@g.us"}) },
		"two places":    func(n *pilotstatustest.Number) { n.Receive(inboundMessage{GroupID: teamA, NewsletterID: auroraNews}) },
		"conversation":  func(n *pilotstatustest.Number) { n.SetUnread("conv_9", 0) },
		"add group":     func(n *pilotstatustest.Number) { n.AddGroup("1", "x") },
		"member":        func(n *pilotstatustest.Number) { n.AddGroup(teamA, "x", "Lia") },
		"add newspaper": func(n *pilotstatustest.Number) { n.AddNewsletter(teamA, "x") },
	} {
		tb := new(fakeTB)
		t.Cleanup(tb.end)
		fake := pilotstatustest.NewServer(tb)
		hook(fake.Number("num_1"))
		assert.NotEmpty(t, tb.failures, name)

		program := pilotstatustest.Start()
		t.Cleanup(program.Close)
		hook(program.Number("num_1"))
		number := newCaller(t, program.URL, program.NumberKey("num_1"))
		assert.Empty(t, number.inboxRows(t, historyPath), name)
		assert.Empty(t, number.list(t, "/v1/groups"), name)
		assert.Empty(t, number.list(t, "/v1/newsletters"), name)
		assert.Empty(t, program.Number("num_9").Receive(inboundMessage{From: "5511900000001"}))
		program.Number("num_9").SetUnread("x", 1)
	}
}

// A send is noted once, in the history of its own number.
func TestNumbersHaveTheirOwnHistory(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	meta := newCaller(t, fake.URL, fake.NumberKey("num_2"))
	for range 2 {
		number.send(t, text)
		meta.send(t, template)
	}
	for range 2 {
		assert.Len(t, number.inboxRows(t, historyPath), 2)
		assert.Len(t, meta.inboxRows(t, historyPath), 2)
	}
}
