package pilotstatustest_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// received is a delivery as it arrived.
type received struct {
	method string
	path   string
	header http.Header
	body   string
}

func (r received) event(t *testing.T) map[string]any {
	t.Helper()
	var out map[string]any
	require.NoError(t, json.Unmarshal([]byte(r.body), &out), "%s", r.body)
	return out
}

// receiver is an endpoint of webhooks.
type receiver struct {
	*httptest.Server

	mu     sync.Mutex
	all    []received
	answer func(w http.ResponseWriter, r *http.Request, nth int) // nil answers 200; nth counts from 1
}

func newReceiver(t *testing.T, answer func(w http.ResponseWriter, r *http.Request, nth int)) *receiver {
	t.Helper()
	r := &receiver{answer: answer}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Server.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	r.mu.Lock()
	r.all = append(r.all, received{req.Method, req.URL.RequestURI(), req.Header.Clone(), string(body)})
	nth := len(r.all)
	r.mu.Unlock()
	if r.answer != nil {
		r.answer(w, req, nth)
	}
}

// answers is a receiver that answers with one status after the other, and with the
// last for ever.
func answers(statuses ...int) func(http.ResponseWriter, *http.Request, int) {
	return func(w http.ResponseWriter, _ *http.Request, nth int) {
		w.WriteHeader(statuses[min(nth, len(statuses))-1])
		_, _ = io.WriteString(w, "thanks")
	}
}

func (r *receiver) got() []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]received{}, r.all...)
}

// names lists the events that arrived, in their order.
func (r *receiver) names(t *testing.T) string {
	t.Helper()
	var names []string
	for _, one := range r.got() {
		names = append(names, fmt.Sprint(one.event(t)["event"]))
	}
	return strings.Join(names, " > ")
}

// data returns the data of the only event with the name.
func (r *receiver) data(t *testing.T, name string) map[string]any {
	t.Helper()
	var found []map[string]any
	for _, one := range r.got() {
		if event := one.event(t); event["event"] == name {
			data, ok := event["data"].(map[string]any)
			require.True(t, ok, "%v", event)
			found = append(found, data)
		}
	}
	require.Len(t, found, 1, name)
	return found[0]
}

func (r *receiver) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = nil
}

// hook registers a webhook over the API and returns its id.
func hook(t *testing.T, c *caller, url string, events ...string) string {
	t.Helper()
	body, err := json.Marshal(map[string]any{"name": "test", "url": url, "events": events})
	require.NoError(t, err)
	return c.object(t, http.StatusCreated, "POST", webhooksPath, string(body))["id"].(string)
}

func flush(t *testing.T, fake *pilotstatustest.Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	require.NoError(t, fake.Flush(ctx))
}

func hexMAC(secret, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	return hex.EncodeToString(mac.Sum(nil))
}

const sentReadNames = "message.sent > message.delivered > message.read"

func TestDeliveryOfASend(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	r := newReceiver(t, nil)
	id := hook(t, number, r.URL+"/ps?token=a%2Fb", "*")
	number.send(t, `{"destinationNumber":"5511999999999","text":"Olá / <b>&"}`)
	flush(t, fake)
	assert.Empty(t, r.got(), "nothing has happened to it yet")
	fake.Advance(time.Minute)
	flush(t, fake)
	require.Equal(t, sentReadNames, r.names(t))
	sent := fake.Messages()[0]
	for i, one := range r.got() {
		assert.Equal(t, "POST", one.method)
		assert.Equal(t, "/ps?token=a%2Fb", one.path)
		assert.Equal(t, "application/json", one.header.Get("Content-Type"))
		assert.Equal(t, []string{hexMAC(fake.WebhookSecret(), one.body)}, one.header.Values("X-Pilot-Status-Signature"))
		assert.JSONEq(t, fmt.Sprintf(`{"event":%q,"data":{"numberId":"num_1","messageId":%q,"id":%q,"type":"text","fromMe":true,
			"createdAt":%q,"from":"+551130004000","to":"+5511999999999","content":"Olá / <b>&","correlationId":%q}}`,
			strings.Split(sentReadNames, " > ")[i], sent.ExternalID, sent.ID,
			epoch().Add(time.Duration(i+1)*20*time.Millisecond).Format("2006-01-02T15:04:05.000Z"), sent.CorrelationID), one.body)
	}
	assert.Contains(t, r.got()[0].body, `Olá / <b>&`, "as the API writes it, without escapes")

	rows := number.list(t, webhooksPath+"/"+id+"/logs")
	require.Len(t, rows, 3)
	assert.Equal(t, "message.read", rows[0]["event"], "the newest first")
	assert.Equal(t, "SUCCESS", rows[0]["status"])
	assert.InDelta(t, 200, rows[0]["statusCode"], 0)
	assert.NotNil(t, rows[0]["durationMs"])
	assert.Equal(t, r.got()[2].event(t), rows[0]["payload"])
	assert.Equal(t, "2026-11-03T14:06:09.120Z", number.object(t, 200, "GET", webhooksPath+"/"+id, "")["lastTriggered"])

	other := pilotstatustest.NewServer(t)
	assert.NotEqual(t, other.WebhookSecret(), fake.WebhookSecret())
	assert.GreaterOrEqual(t, len(fake.WebhookSecret()), 32)
	assert.False(t, strings.HasPrefix(fake.WebhookSecret(), "plwh_"), "that is the one of phone lines")
}

func TestDeliveryOnTheRealClock(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t)
	number := newCaller(t, fake.URL, fake.NumberKey("num_1"))
	r := newReceiver(t, nil)
	hook(t, number, r.URL, "message.read")
	number.send(t, template)
	require.Eventually(t, func() bool { return len(r.got()) == 1 }, 10*time.Second, time.Millisecond)
	assert.Equal(t, "message.read", r.names(t))
}

func TestDeliveryOfAFailure(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	r := newReceiver(t, nil)
	hook(t, number, r.URL, "*")
	one := fake.Number("num_1")
	one.FailNext("META_OUTSIDE_24H_WINDOW", "The 24-hour window is closed")
	number.send(t, `{"destinationNumber":"BR.900100200300","media":"https://files.test/a.pdf","mediaType":"document","caption":"Invoice"}`)
	fake.Advance(time.Minute)
	flush(t, fake)
	require.Equal(t, "message.failed", r.names(t))
	m := fake.Messages()[0]
	assert.JSONEq(t, fmt.Sprintf(`{"event":"message.failed","data":{"numberId":"num_1","messageId":null,"id":%q,"type":"document","fromMe":true,
		"createdAt":"2026-11-03T14:05:09.140Z","from":"+551130004000","to":"BR.900100200300","content":"Invoice","correlationId":%q,
		"error":"The 24-hour window is closed","errorCode":"META_OUTSIDE_24H_WINDOW","mediaLink":"https://files.test/a.pdf",
		"mediaType":"document","mediaCaption":"Invoice"}}`, m.ID, m.CorrelationID), r.got()[0].body)

	// Statuses that are set by hand are events, too: all that were not told before.
	r.forget()
	fake.Tenant().SetMessageStatus(m.ID, "DELIVERED", "")
	flush(t, fake)
	assert.Equal(t, "message.sent > message.delivered", r.names(t))
	assert.Equal(t, fake.Messages()[0].ExternalID, r.data(t, "message.delivered")["messageId"])
	fake.Tenant().SetMessageStatus(m.ID, "SENT", "")
	fake.Tenant().SetMessageStatus(m.ID, "FAILED", "")
	flush(t, fake)
	assert.Equal(t, "message.sent > message.delivered > message.failed", r.names(t))
	assert.NotEmpty(t, r.data(t, "message.failed")["error"], "it is always there")
	assert.NotContains(t, r.data(t, "message.failed"), "errorCode")
}

func TestDeliveryOfInboundMessages(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	r := newReceiver(t, nil)
	hook(t, number, r.URL, "*")
	one := fake.Number("num_1")
	receive := func(m pilotstatustest.Inbound) received {
		t.Helper()
		r.forget()
		require.NotEmpty(t, one.Receive(m))
		flush(t, fake)
		require.Len(t, r.got(), 1)
		return r.got()[0]
	}
	base := func(event string, in received) string {
		data := in.event(t)["data"].(map[string]any)
		return fmt.Sprintf(`{"event":%q,"data":{"numberId":"num_1","messageId":%q,"id":%q,`, event, data["messageId"], data["id"])
	}
	got := receive(pilotstatustest.Inbound{From: "5521900000002", FromName: "Lívia", Text: "Olá", At: epoch().Add(-time.Second)})
	assert.JSONEq(t, base("message.received", got)+`"type":"text","fromMe":false,"createdAt":"2026-11-03T14:05:08.120Z",
		"from":"+5521900000002","to":"+551130004000","participantName":"Lívia","content":"Olá"}}`, got.body)
	row := number.inboxRows(t, historyPath)[0]
	assert.Equal(t, row["id"], got.event(t)["data"].(map[string]any)["id"])
	assert.Equal(t, row["externalMessageId"], got.event(t)["data"].(map[string]any)["messageId"])
	own := row["externalMessageId"].(string)

	got = receive(pilotstatustest.Inbound{UserID: "BR.1", Type: "image", MediaURL: "https://m.test/1", FileName: "a.jpg", Text: "Foto"})
	assert.JSONEq(t, base("message.received", got)+`"type":"image","fromMe":false,"createdAt":"2026-11-03T14:05:09.120Z",
		"from":"BR.1","to":"+551130004000","participantName":null,"content":"Foto","mediaLink":"https://m.test/1",
		"mediaType":"image","mediaCaption":"Foto","mediaFilename":"a.jpg"}}`, got.body)

	number.send(t, `{"destinationNumber":"5521900000002","text":"Your order"}`)
	fake.Advance(time.Second)
	flush(t, fake)
	sent := fake.Messages()[0]
	got = receive(pilotstatustest.Inbound{From: "5521900000002", Text: "Thanks", ReplyTo: sent.ExternalID})
	assert.JSONEq(t, base("message.reply", got)+fmt.Sprintf(`"type":"text","fromMe":false,"createdAt":"2026-11-03T14:05:10.120Z",
		"from":"+5521900000002","to":"+551130004000","participantName":null,"content":"Thanks","contentReplied":"Your order",
		"quotedMessageId":%q,"correlationId":%q}}`, sent.ExternalID, sent.CorrelationID), got.body)
	got = receive(pilotstatustest.Inbound{From: "5521900000002", ReplyTo: "wamid.before"})
	assert.Equal(t, "message.reply", got.event(t)["event"], "of ours, from before there was a history")
	assert.Equal(t, "wamid.before", got.event(t)["data"].(map[string]any)["quotedMessageId"])
	got = receive(pilotstatustest.Inbound{From: "5521900000002", ReplyTo: own})
	assert.Equal(t, "message.received", got.event(t)["event"], "people quote themselves")

	got = receive(pilotstatustest.Inbound{From: "5521900000002", GroupID: teamA, GroupName: "Team A", FromName: "Caio", Text: "15h"})
	assert.JSONEq(t, base("message.group", got)+fmt.Sprintf(`"type":"text","fromMe":false,"createdAt":"2026-11-03T14:05:10.120Z",
		"from":"+5521900000002","to":"+551130004000","participantName":"Caio","content":"15h","groupId":%q,"groupName":"Team A"}}`, teamA), got.body)
	got = receive(pilotstatustest.Inbound{NewsletterID: auroraNews, NewsletterName: "Aurora", Text: "new"})
	assert.JSONEq(t, base("message.newsletter", got)+fmt.Sprintf(`"type":"text","fromMe":false,"createdAt":"2026-11-03T14:05:10.120Z",
		"from":%q,"to":"+551130004000","participantName":null,"content":"new","newsletterId":%q,"newsletterName":"Aurora"}}`,
		auroraNews, auroraNews), got.body)

	got = receive(pilotstatustest.Inbound{From: "5521900000002", Origin: "APP", Text: "from the phone"})
	data := got.event(t)["data"].(map[string]any)
	assert.Equal(t, "message.received", got.event(t)["event"])
	assert.Equal(t, []any{true, "+551130004000", "+5521900000002"}, []any{data["fromMe"], data["from"], data["to"]})
}

func TestDeliveryOnOfficialNumbers(t *testing.T) {
	t.Parallel()
	fake, _ := frozen(t)
	meta := newCaller(t, fake.URL, fake.NumberKey("num_2"))
	r := newReceiver(t, nil)
	hook(t, meta, r.URL, "*")
	two := fake.Number("num_2")
	fake.Tenant().AddMedia("100000000000001", "200", "image/jpeg", "", []byte("x"))
	two.Receive(pilotstatustest.Inbound{From: "5521900000002", Type: "image", MediaID: "200"})
	flush(t, fake)
	data := r.data(t, "message.received")
	assert.Equal(t, []any{"200", "100000000000001"}, []any{data["mediaId"], data["phoneNumberId"]})
	assert.Equal(t, 200, meta.do(t, "GET", "/v1/media/200?phoneNumberId=100000000000001", "").status, "with what the event says")

	r.forget()
	two.AddReferral(springAd())
	flush(t, fake)
	assert.Equal(t, "Is this still available?", r.data(t, "message.received")["content"])

	r.forget()
	meta.send(t, `{"destinationNumber":"5521900000002","flow":{"flowId":"1","cta":"Go"},"text":"Fill in"}`)
	token := fake.Messages()[0].FlowToken
	two.AnswerFlow(token)
	flush(t, fake)
	assert.JSONEq(t, `{"event":"flow.response_received","data":{"flowToken":"`+token+`"}}`, r.got()[0].body)
}

func TestDeliveryFollowsTheSettings(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	tenant := newCaller(t, fake.URL, fake.TenantKey())
	r := newReceiver(t, nil)
	hook(t, number, r.URL, "*")
	tenant.object(t, 200, "PATCH", numbersPath+"/num_1", `{"settings":{"ignoreNewsletters":true,"ignoreGroups":true}}`)
	one := fake.Number("num_1")
	assert.NotEmpty(t, one.Receive(pilotstatustest.Inbound{NewsletterID: auroraNews, Text: "new"}), "dropped before the webhook only")
	assert.Empty(t, one.Receive(pilotstatustest.Inbound{From: "5521900000002", GroupID: teamA}), "dropped by the provider")
	flush(t, fake)
	assert.Empty(t, r.got())
	assert.Len(t, number.inboxRows(t, historyPath), 1)

	// The policy hides the log, not the delivery.
	one.SetPIIMode("RELAY_ONLY", 0)
	one.AddLead(pilotstatustest.Lead{FullName: "Bruna"})
	flush(t, fake)
	assert.Equal(t, "Bruna", r.data(t, "lead.received")["fullName"])
	id := number.list(t, webhooksPath)[0]["id"].(string)
	row := number.list(t, webhooksPath+"/"+id+"/logs")[0]
	assert.Equal(t, []any{"lead.received", "SUCCESS", nil}, []any{row["event"], row["status"], row["payload"]})
}

func TestDeliveryOfNumberEvents(t *testing.T) {
	t.Parallel()
	fake, _ := frozen(t)
	tenant := newCaller(t, fake.URL, fake.TenantKey())
	every, named := newReceiver(t, nil), newReceiver(t, nil)
	one := tenant.with("x-whatsapp-number-id", "num_1")
	hook(t, one, every.URL, "*")
	hook(t, one, named.URL, "number.created", "number.connected", "number.disconnected", "number.removed", "number.restored",
		"number.recovered", "number.health_blocked", "message.sent")
	id := tenant.create(t, "551140005000")
	fake.Number(id).Connect() // of another number
	phone := fake.Number("num_1")
	phone.Disconnect()
	phone.Connect()
	for _, event := range []string{"number.health_degraded", "number.health_shadowban", "number.health_blocked", "number.recovered"} {
		phone.ReportHealth(event)
	}
	tenant.object(t, 200, "DELETE", numbersPath+"/num_1", "")
	tenant.object(t, 200, "POST", numbersPath+"/num_1/restore", "")
	flush(t, fake)
	const before, after = "number.created > number.disconnected > number.connected", "number.removed > number.restored"
	assert.Equal(t, before+" > number.health_degraded > number.health_shadowban > number.health_blocked > number.recovered > "+after, every.names(t))
	assert.Equal(t, before+" > "+after, named.names(t), "health comes only with everything")
	assert.Equal(t, id, every.data(t, "number.created")["numberId"])
	assert.JSONEq(t, `{"event":"number.disconnected","data":{"numberId":"num_1","phone":"+551130004000","displayName":"Front desk",
		"createdAt":"2026-11-03T14:05:09.120Z","error":"The device was unlinked."}}`, every.got()[1].body)
	all := fake.Tenant().NumberEvents()
	assert.Equal(t, string(all[len(all)-1]), every.got()[8].body, "the same bytes")
}

func TestDeliveryOfLeads(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	r := newReceiver(t, nil)
	hook(t, number, r.URL, "lead.received")
	fake.Tenant().SharePage("1", "Acme", pilotstatustest.LeadForm{ID: "11", Name: "Quote"})
	fake.Tenant().ResolveAdNames("5", pilotstatustest.AdNames{Ad: "Video A", AdsetID: "6", Adset: "SP", CampaignID: "7", Campaign: "Spring"})
	yes := true
	fake.Tenant().SubmitLead(pilotstatustest.Lead{PageID: "1", FullName: "waits"})
	number.object(t, 201, "POST", "/v1/lead-pages", `{"pageId":"1"}`)
	flush(t, fake)
	assert.Empty(t, r.got())
	fake.Advance(time.Minute)
	flush(t, fake)
	assert.Equal(t, "waits", r.data(t, "lead.received")["fullName"], "a backfill needs no other call")
	r.forget()
	id := fake.Tenant().SubmitLead(pilotstatustest.Lead{
		PageID: "1", AdID: "5", Platform: "ig", Organic: &yes, SubmittedAt: epoch(), FullName: "Bruna", Email: "b@example.test",
		Phone: "+5521900000002", Consent: &yes, ConversationID: "conv_1",
		Fields: []pilotstatustest.LeadField{{Key: "full_name", Label: "Name", Values: []string{"Bruna"}}, {Key: "note"}},
	})
	flush(t, fake)
	assert.JSONEq(t, fmt.Sprintf(`{"event":"lead.received","data":{"leadId":%q,"leadgenId":%q,"whatsappNumberId":"num_1","pageId":"1",
		"pageName":"Acme","formId":"11","formName":"Quote","adId":"5","adsetId":"6","campaignId":"7","adName":"Video A","adsetName":"SP",
		"campaignName":"Spring","platform":"ig","isOrganic":true,"createdAt":"2026-11-03T14:05:09.120Z","fullName":"Bruna",
		"email":"b@example.test","phone":"5521900000002","fields":[{"key":"full_name","label":"Name","values":["Bruna"]},
		{"key":"note","values":[]}],"consentGiven":true,"conversationId":"conv_1"}}`,
		id, r.data(t, "lead.received")["leadgenId"]), r.got()[0].body)
	r.forget()
	fake.Number("num_1").AddLead(pilotstatustest.Lead{})
	flush(t, fake)
	lead := r.data(t, "lead.received")
	assert.Nil(t, lead["consentGiven"])
	assert.Contains(t, lead, "consentGiven", "null is not absent")
}

func TestDeliveryOfCalls(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	meta := newCaller(t, fake.URL, fake.NumberKey("num_2"))
	web, official := newReceiver(t, nil), newReceiver(t, nil)
	hook(t, number, web.URL, "*")
	hook(t, meta, official.URL, "*")
	one, two := fake.Number("num_1"), fake.Number("num_2")

	id := one.Ring("5521900000002")
	fake.Advance(6 * time.Second)
	number.object(t, 200, "POST", "/v1/calls/"+id+"/accept", `{}`)
	fake.Advance(102 * time.Second)
	one.HangUp(id)
	missed := one.Ring("5521900000002")
	one.MissCall(missed)
	flush(t, fake)
	require.Equal(t, "call.ringing > call.connected > call.ended > call.ringing > call.missed", web.names(t))
	external := fake.Calls()[0].ExternalID
	flat := func(event, status, at, more string) string {
		return fmt.Sprintf(`{"event":%q,"callId":%q,"externalCallId":%q,"direction":"INBOUND","status":%q,"from":"+5521900000002",
			"to":"+551130004000","timestamp":%q%s}`, event, id, external, status, at, more)
	}
	assert.JSONEq(t, flat("call.ringing", "RINGING", "2026-11-03T14:05:09.120Z", ""), web.got()[0].body)
	assert.JSONEq(t, flat("call.connected", "ACCEPTED", "2026-11-03T14:05:15.120Z", ""), web.got()[1].body)
	assert.JSONEq(t, flat("call.ended", "COMPLETED", "2026-11-03T14:06:57.120Z", `,"duration":102`), web.got()[2].body)
	assert.Equal(t, "MISSED", web.got()[4].event(t)["status"])

	two.GrantCallPermission("5521900000002", false)
	two.GrantCallPermission("+5521900000002", true)
	out := meta.object(t, 201, "POST", "/v1/calls", `{"to":"+5521900000002","sdp":"v=0"}`)["id"].(string)
	flush(t, fake)
	assert.Equal(t, "call.permission_updated > call.permission_updated", official.names(t), "a call that begins is no event")
	two.RingOut(out)
	two.DeclineCall(out)
	in := two.Ring("5521900000002")
	meta.object(t, 200, "POST", "/v1/calls/"+in+"/pre-accept", `{"sdp":"v=0"}`)
	meta.object(t, 200, "POST", "/v1/calls/"+in+"/reject", "")
	two.RefuseCallPermission("5521900000002")
	one.GrantCallPermission("5521900000002", true) // only Meta knows of that
	flush(t, fake)
	require.Equal(t, "call.permission_updated > call.permission_updated > call.ringing > call.ended > call.ringing > call.ended > call.permission_updated",
		official.names(t), "pre-accepting changes nothing")
	ended := official.got()[3].event(t)
	assert.Equal(t, []any{"OUTBOUND", "REJECTED", "+551150006000", "+5521900000002"},
		[]any{ended["direction"], ended["status"], ended["from"], ended["to"]})
	assert.NotContains(t, ended, "duration", "nobody answered")
	permission := func(status, at string) string {
		return `{"event":"call.permission_updated","callId":null,"direction":null,"status":"` + status + `","from":"+5521900000002",
			"to":"+551150006000","timestamp":"` + at + `"}`
	}
	for i, status := range map[int]string{0: "TEMPORARY", 1: "PERMANENT", 6: "NO_PERMISSION"} {
		assert.JSONEq(t, permission(status, "2026-11-03T14:06:57.120Z"), official.got()[i].body)
	}
	assert.NotContains(t, web.names(t), "permission")
}

// The client understands what the fake delivers, and takes duplicates for what they
// are.
func TestTypedDeliveries(t *testing.T) {
	t.Parallel()
	fake, tenant := workspace(t)
	var mu sync.Mutex
	var seen []string
	handler, err := pilotstatus.NewWebhookHandler(func(_ context.Context, event pilotstatus.Event) error {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, fmt.Sprintf("%T %s", event, event.EventName()))
		return nil
	}, pilotstatus.WithWebhookSecret(fake.WebhookSecret()))
	require.NoError(t, err)
	receiver := httptest.NewServer(handler)
	t.Cleanup(receiver.Close)
	fake.Tenant().DuplicateDeliveries(2)
	fake.Tenant().DeliveryRetries(0, 0)
	hook(t, tenant.with("x-whatsapp-number-id", "num_2"), receiver.URL, "*")

	phone := fake.Number("num_2")
	newCaller(t, fake.URL, fake.NumberKey("num_2")).send(t, template)
	fake.Advance(time.Minute)
	phone.FailNext("CODE", "text")
	newCaller(t, fake.URL, fake.NumberKey("num_2")).send(t, template)
	fake.Advance(time.Minute)
	phone.Receive(pilotstatustest.Inbound{From: "5511900000001", Text: "hi"})
	phone.Receive(pilotstatustest.Inbound{From: "5511900000001", ReplyTo: fake.Messages()[0].ExternalID})
	phone.Receive(pilotstatustest.Inbound{From: "5511900000001", GroupID: teamA})
	phone.Receive(pilotstatustest.Inbound{NewsletterID: auroraNews})
	phone.Disconnect()
	phone.AddLead(pilotstatustest.Lead{})
	phone.MissCall(phone.Ring("5511900000001"))
	phone.GrantCallPermission("5511900000001", false)
	phone.ReportHealth("number.recovered")
	flush(t, fake)
	mu.Lock()
	defer mu.Unlock()
	assert.Equal(t, strings.Split(`*pilotstatus.MessageStatusEvent message.sent
*pilotstatus.MessageStatusEvent message.delivered
*pilotstatus.MessageStatusEvent message.read
*pilotstatus.MessageFailedEvent message.failed
*pilotstatus.MessageReceivedEvent message.received
*pilotstatus.MessageReplyEvent message.reply
*pilotstatus.MessageGroupEvent message.group
*pilotstatus.MessageNewsletterEvent message.newsletter
*pilotstatus.NumberEvent number.disconnected
*pilotstatus.LeadEvent lead.received
*pilotstatus.CallEvent call.ringing
*pilotstatus.CallEvent call.missed
*pilotstatus.CallEvent call.permission_updated
*pilotstatus.UnknownEvent number.recovered`, "\n"), seen, "each once")
}

// A literal of an event is delivered as the API would deliver it, with its secrets.
func TestDeliverALiteral(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t)
	var code string
	handler, err := pilotstatus.NewWebhookHandler(func(_ context.Context, event pilotstatus.Event) error {
		line, ok := event.(*pilotstatus.PhoneLineEvent)
		assert.True(t, ok, "%T", event)
		if ok {
			code = line.Code.Reveal()
		}
		return nil
	}, pilotstatus.WithWebhookSecret(fake.WebhookSecret()))
	require.NoError(t, err)
	receiver := httptest.NewServer(handler)
	t.Cleanup(receiver.Close)
	require.NoError(t, fake.Deliver(t.Context(), receiver.URL, &pilotstatus.PhoneLineEvent{
		Event: pilotstatus.EventPhoneLineCodeReceived, ID: "evt_1",
		PhoneLineData: pilotstatus.PhoneLineData{LineID: "pl_1", Code: pilotstatus.NewSecret("123-456")},
	}))
	assert.Equal(t, "123-456", code)
	require.ErrorContains(t, fake.Deliver(t.Context(), receiver.URL, &pilotstatus.NumberEvent{Phone: "+5511900000001"}), "Event must be a name")
}
