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

const webhooksPath = "/v1/webhooks"

// newWebhook creates a webhook for all events and returns its id.
func newWebhook(t *testing.T, c *caller, more string) string {
	t.Helper()
	out := c.object(t, http.StatusCreated, "POST", webhooksPath, `{"name":"crm","url":"https://hooks.test/ps?token=x&y","events":["*"]`+more+`}`)
	return out["id"].(string)
}

func TestWebhookLife(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	assert.JSONEq(t, `[]`, string(number.do(t, "GET", webhooksPath, "").body))
	r := number.do(t, "POST", webhooksPath, `{"name":"crm","url":"https://hooks.test/ps?token=x&y","events":["message.received","message.reply"]}`)
	require.Equal(t, http.StatusCreated, r.status, "%s", r.body)
	id := number.list(t, webhooksPath)[0]["id"].(string)
	short := func(active bool, events, updated string) string {
		return fmt.Sprintf(`"id":%q,"tenantId":"tenant_1","name":"crm","url":"https://hooks.test/ps?token=x&y","environment":"LIVE",
			"active":%t,"events":%s,"createdAt":"2026-11-03T14:05:09.120Z","updatedAt":%q`, id, active, events, updated)
	}
	full := func(last string) string {
		return fmt.Sprintf(`,"apiKeys":[{"id":%q,"name":"Default"}],"lastTriggered":%s,"whatsappNumberIds":["num_1"],"whatsappInstanceIds":[]`,
			fake.Number("num_1").KeyID(), last)
	}
	const two, created, changed = `["message.received","message.reply"]`, "2026-11-03T14:05:09.120Z", "2026-11-03T14:05:10.120Z"
	want := `{` + short(true, two, created) + full("null") + `}`
	assert.JSONEq(t, want, string(r.body))
	assert.JSONEq(t, want, string(number.do(t, "GET", webhooksPath+"/"+id, "").body))
	assert.JSONEq(t, `[`+want+`]`, string(number.do(t, "GET", webhooksPath, "").body))

	// Events are replaced, everything else is kept.
	fake.Advance(time.Second)
	patch := func(body string) string {
		t.Helper()
		r := number.do(t, "PATCH", webhooksPath+"/"+id, body)
		assert.Equal(t, http.StatusOK, r.status, "%s", r.body)
		return string(r.body)
	}
	assert.JSONEq(t, `{`+short(true, two, created)+`}`, patch(`{}`))
	assert.JSONEq(t, `{`+short(false, two, changed)+`}`, patch(`{"active":false}`))
	assert.JSONEq(t, `{`+short(false, `["*"]`, changed)+`}`, patch(`{"events":["*"]}`))
	assert.JSONEq(t, `{`+short(false, `[]`, changed)+`}`, patch(`{"events":[]}`))
	assert.JSONEq(t, `{`+short(true, `[]`, changed)+`}`, patch(`{"active":true,"events":null,"whatsappNumberId":"num_2"}`))
	renamed := patch(`{"name":"erp","url":"http://127.0.0.1:8080/x"}`)
	assert.Contains(t, renamed, `"name":"erp","url":"http://127.0.0.1:8080/x"`)
	for _, body := range []string{`{"name":" "}`, `{"url":"hooks.test"}`, `{"url":""}`, `{"events":"*"}`, `{"events":[1]}`, `{"active":1}`, `[]`} {
		refusesWith(t, number, 400, "", "PATCH", webhooksPath+"/"+id, body)
	}
	assert.Equal(t, "erp", number.object(t, 200, "GET", webhooksPath+"/"+id, "")["name"])

	second := newWebhook(t, number, "")
	assert.NotEqual(t, second, newWebhook(t, number, ""), "nothing is merged")
	r = number.do(t, "DELETE", webhooksPath+"/"+id, "")
	assert.Equal(t, http.StatusOK, r.status)
	assert.JSONEq(t, fmt.Sprintf(`{"deleted":true,"id":%q}`, id), string(r.body))
	for _, row := range [][2]string{{"GET", ""}, {"DELETE", ""}, {"GET", "/logs"}} {
		refusesWith(t, number, 404, "WEBHOOK_NOT_FOUND", row[0], webhooksPath+"/"+id+row[1], "")
	}
	refusesWith(t, number, 404, "WEBHOOK_NOT_FOUND", "PATCH", webhooksPath+"/"+id, `{}`)

	fake.Tenant().WebhookDeleteIsEmpty(true)
	r = number.do(t, "DELETE", webhooksPath+"/"+second, "")
	assert.Equal(t, http.StatusNoContent, r.status)
	assert.Empty(t, r.body)
	refusesWith(t, number, 404, "WEBHOOK_NOT_FOUND", "DELETE", webhooksPath+"/"+second, "")
	assert.Len(t, number.list(t, webhooksPath), 1)
}

func TestWebhookNumbers(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	tenant := newCaller(t, fake.URL, fake.TenantKey())
	view := tenant.with("x-whatsapp-number-id", "num_2")
	const (
		one     = `,"whatsappNumberId":"num_1"`
		two     = `,"whatsappNumberId":"num_2"`
		nine    = `,"whatsappNumberId":"num_9"`
		without = `{"name":"crm","url":"https://hooks.test"`
	)
	refusesWith(t, tenant, 400, "NUMBER_REQUIRED", "POST", webhooksPath, without+`}`)
	refusesWith(t, tenant, 400, "NUMBER_REQUIRED", "POST", webhooksPath, without+`,"whatsappNumberIds":["num_1"]}`)
	refusesWith(t, tenant, 404, "NUMBER_NOT_FOUND", "POST", webhooksPath, without+nine+`}`)
	refusesWith(t, number, 400, "NUMBER_MISMATCH", "POST", webhooksPath, without+two+`}`)
	refusesWith(t, number, 400, "NUMBER_MISMATCH", "POST", webhooksPath, without+nine+`}`)
	refusesWith(t, view, 400, "NUMBER_MISMATCH", "POST", webhooksPath, without+one+`}`)
	for _, row := range []struct {
		caller *caller
		more   string
		number string
	}{
		{number, "", "num_1"}, {number, one, "num_1"}, {tenant, two, "num_2"}, {view, "", "num_2"}, {view, two, "num_2"},
	} {
		id := newWebhook(t, row.caller, row.more)
		assert.Equal(t, []any{row.number}, tenant.object(t, 200, "GET", webhooksPath+"/"+id, "")["whatsappNumberIds"])
	}
	assert.Len(t, number.list(t, webhooksPath), 2)
	assert.Len(t, view.list(t, webhooksPath), 3)
	all := tenant.list(t, webhooksPath)
	require.Len(t, all, 5)
	assert.Equal(t, []any{"num_1"}, all[0]["whatsappNumberIds"], "in the order of their creation")
	assert.Equal(t, []any{"num_2"}, all[4]["whatsappNumberIds"])

	// Another number's webhook is not there at all.
	foreign := all[4]["id"].(string)
	for _, c := range []*caller{number, tenant.with("x-whatsapp-number-id", "num_1")} {
		refusesWith(t, c, 404, "WEBHOOK_NOT_FOUND", "GET", webhooksPath+"/"+foreign, "")
		refusesWith(t, c, 404, "WEBHOOK_NOT_FOUND", "PATCH", webhooksPath+"/"+foreign, `{"active":false}`)
		refusesWith(t, c, 404, "WEBHOOK_NOT_FOUND", "DELETE", webhooksPath+"/"+foreign, "")
		refusesWith(t, c, 404, "WEBHOOK_NOT_FOUND", "GET", webhooksPath+"/"+foreign+"/logs", "")
	}
	refusesWith(t, tenant.with("x-whatsapp-number-id", "num_9"), 403, "NUMBER_NOT_IN_GRANT", "GET", webhooksPath, "")
	for _, c := range []*caller{tenant, view} {
		c.object(t, 200, "PATCH", webhooksPath+"/"+foreign, `{"active":false}`)
		assert.Equal(t, 200, c.do(t, "GET", webhooksPath+"/"+foreign+"/logs", "").status)
	}
	assert.Equal(t, 200, view.do(t, "DELETE", webhooksPath+"/"+foreign, "").status)
	assert.Len(t, tenant.list(t, webhooksPath), 4)
}

func TestWebhookEvents(t *testing.T) {
	t.Parallel()
	fake, _ := frozen(t)
	both := []string{
		"message.sent", "message.delivered", "message.read", "message.failed", "message.reply", "message.received", "message.group",
		"number.created", "number.connected", "number.disconnected", "number.removed", "number.restored",
		"lead.received", "flow.response_received", "call.ringing", "call.connected", "call.ended", "call.missed",
	}
	web := []string{"message.newsletter", "CallOffer", "CallAccept", "CallTerminate"}
	meta := []string{"call.permission_updated", "calls"}
	never := []string{"number.recovered", "number.health_blocked", "phone_line.canceled", "optin.created", "message.*", "", "Message.Sent"}
	list := func(names ...[]string) string {
		var all []string
		for _, some := range names {
			for _, name := range some {
				all = append(all, `"`+name+`"`)
			}
		}
		return `[` + strings.Join(all, ",") + `]`
	}
	for number, own := range map[string][]string{"num_1": web, "num_2": meta} {
		c := newCaller(t, fake.URL, fake.NumberKey(number))
		body := fmt.Sprintf(`"name":"x","url":"https://hooks.test","events":%s`, list(never, web, both, meta, []string{"*"}))
		out := c.do(t, "POST", webhooksPath, `{`+body+`}`)
		want := list(both, own, []string{"*"})
		if number == "num_1" {
			want = list(own, both, []string{"*"})
		}
		assert.Contains(t, string(out.body), `"events":`+want, number)
		id := c.list(t, webhooksPath)[0]["id"].(string)
		assert.Contains(t, string(c.do(t, "PATCH", webhooksPath+"/"+id, `{`+body+`}`).body), `"events":`+want, number)
		for _, events := range []string{`,"events":[]`, `,"events":null`, ``} {
			out := c.object(t, 201, "POST", webhooksPath, `{"name":"x","url":"https://hooks.test"`+events+`}`)
			assert.Equal(t, []any{}, out["events"])
		}
	}
}

func TestWebhookBodies(t *testing.T) {
	t.Parallel()
	_, number := frozen(t)
	for _, body := range []string{
		`{}`, `{"name":"x"}`, `{"url":"https://hooks.test"}`, `{"name":"","url":"https://hooks.test"}`, `{"name":"x","url":"hooks.test"}`,
		`{"name":"x","url":"ftp://hooks.test"}`, `{"name":"x","url":"https://"}`, `{"name":"x","url":"https://hooks.test","events":"*"}`,
		`{"name":"x","url":"https://hooks.test","active":"yes"}`, `[]`,
	} {
		refusesWith(t, number, 400, "", "POST", webhooksPath, body)
	}
	assert.Empty(t, number.list(t, webhooksPath))
	out := number.object(t, 201, "POST", webhooksPath, `{"name":"x","url":"https://hooks.test","active":false,"tomorrow":1}`)
	assert.Equal(t, false, out["active"])
	assert.Equal(t, true, number.object(t, 201, "POST", webhooksPath, `{"name":"x","url":"https://hooks.test"}`)["active"])
}

func TestWebhookLogs(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	other, id := newWebhook(t, number, ""), newWebhook(t, number, "")
	logs := webhooksPath + "/" + id + "/logs"
	assert.JSONEq(t, `[]`, string(number.do(t, "GET", logs, "").body))
	fake.Tenant().LogDelivery(id, "message.received", 200)
	fake.Advance(time.Second)
	fake.Tenant().LogDelivery(id, "lead.received", 500)
	fake.Tenant().LogDelivery(id, "message.received", 0)
	const (
		noAnswer = `{"event":"message.received","status":"FAILED","statusCode":null,
			"payload":{"event":"message.received","data":{"numberId":"num_1"}},"response":null,"durationMs":null,
			"createdAt":"2026-11-03T14:05:10.120Z"}`
		failed = `{"event":"lead.received","status":"FAILED","statusCode":500,
			"payload":{"event":"lead.received","data":{"numberId":"num_1"}},"response":"Internal Server Error","durationMs":12,
			"createdAt":"2026-11-03T14:05:10.120Z"}`
		delivered = `{"event":"message.received","status":"SUCCESS","statusCode":200,
			"payload":{"event":"message.received","data":{"numberId":"num_1"}},"response":"OK","durationMs":12,
			"createdAt":"2026-11-03T14:05:09.120Z"}`
	)
	for query, want := range map[string]string{
		"":                                 noAnswer + `,` + failed + `,` + delivered,
		"?limit=2":                         noAnswer + `,` + failed,
		"?event=lead.received":             failed,
		"?event=message.received&limit=50": noAnswer + `,` + delivered,
		"?event=message.received&limit=1":  noAnswer,
		"?event=nothing":                   ``,
	} {
		assert.JSONEq(t, `[`+want+`]`, string(number.do(t, "GET", logs+query, "").body), query)
	}
	for _, limit := range []string{"0", "51", "-1", "x", ""} {
		refusesWith(t, number, 400, "", "GET", logs+"?limit="+limit, "")
	}
	assert.Equal(t, "2026-11-03T14:05:10.120Z", number.object(t, 200, "GET", webhooksPath+"/"+id, "")["lastTriggered"])
	assert.JSONEq(t, `[]`, string(number.do(t, "GET", webhooksPath+"/"+other+"/logs", "").body))
	for _, key := range []string{"logs", "deliveries"} {
		fake.Tenant().WrapWebhookLogs(key)
		assert.JSONEq(t, `{"`+key+`":[`+failed+`]}`, string(number.do(t, "GET", logs+"?event=lead.received", "").body))
	}
	fake.Tenant().WrapWebhookLogs("")
	fake.Tenant().TextPayloads(true)
	payload, ok := number.list(t, logs+"?event=lead.received")[0]["payload"].(string)
	assert.True(t, ok, "a text")
	assert.JSONEq(t, `{"data":{"numberId":"num_1"},"event":"lead.received"}`, payload)
	fake.Tenant().TextPayloads(false)

	// The log of a number that keeps nothing shows nothing, also later.
	fake.Number("num_1").SetPIIMode("STORE_X_DAYS", 1)
	assert.NotNil(t, number.list(t, logs)[0]["payload"])
	fake.Advance(25 * time.Hour)
	assert.Nil(t, number.list(t, logs)[0]["payload"])
	fake.Number("num_1").SetPIIMode("RELAY_ONLY", 0)
	fake.Tenant().LogDelivery(id, "lead.received", 200)
	fake.Number("num_1").SetPIIMode("STORE_INDEFINITE", 0)
	rows := number.list(t, logs)
	assert.Nil(t, rows[0]["payload"])
	assert.Nil(t, rows[0]["response"])
	assert.InDelta(t, 200, rows[0]["statusCode"], 0)
	assert.NotNil(t, rows[1]["payload"])

	for range 60 {
		fake.Tenant().LogDelivery(id, "message.sent", 204)
	}
	assert.Len(t, number.list(t, logs), 50)
}

func TestWebhookListShapes(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	id := newWebhook(t, number, "")
	for _, key := range []string{"webhooks", "data"} {
		fake.Tenant().WrapWebhooks(key)
		assert.Equal(t, []any{id}, columnOf(t, number.object(t, 200, "GET", webhooksPath, ""), key, "id"))
	}
	fake.Tenant().WrapWebhooks("")
	assert.Len(t, number.list(t, webhooksPath), 1)

	tb := &fakeTB{}
	other := pilotstatustest.NewServer(tb)
	defer tb.end()
	other.Tenant().LogDelivery("wh_9", "message.sent", 200)
	assert.Equal(t, []string{`pilotstatustest: no webhook "wh_9"`}, tb.failures)
}
