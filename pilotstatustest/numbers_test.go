package pilotstatustest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

func TestNumbers(t *testing.T) {
	t.Parallel()
	fake, _ := frozen(t)
	tenant := newCaller(t, fake.URL, fake.TenantKey())
	key := fake.NumberKey("num_1")
	rows := tenant.list(t, "/v1/numbers")
	require.Len(t, rows, 2)
	assert.Equal(t, map[string]any{
		"id": "num_1", "instanceName": "acme-551130004000", "number": "551130004000", "name": "Front desk",
		"provider": "PILOT_STATUS", "state": "OPEN",
		"apiKeys":     []any{map[string]any{"name": "Default", "keyPrefix": key[:7], "keyLast4": key[len(key)-4:]}},
		"primaryLink": map[string]any{"state": "OPEN", "connectedAt": "2026-10-04T14:05:09.120Z"}, "secondaryLink": nil,
		"isFullyConnected": true, "lastValidatedAt": "2026-10-04T14:05:09.120Z",
		"extraChargeUnpaidSince": nil, "extraChargeDisconnectAt": nil,
		"createdAt": "2026-10-04T14:05:09.120Z", "updatedAt": "2026-10-04T14:05:09.120Z",
	}, rows[0])
	assert.Equal(t, "META", rows[1]["provider"])
	assert.Equal(t, map[string]any{"status": "NO", "evidence": "meta_is_on_biz_app"}, rows[1]["coexistence"])

	assert.JSONEq(t, `{"id":"num_1","number":"551130004000","name":"Front desk","provider":"PILOT_STATUS","state":"OPEN",
		"isFullyConnected":true,"piiMode":"STORE_INDEFINITE","piiRetentionDays":null,
		"settings":{"historyImportEnabled":true,"webhookHistoricalMessages":false,"ignoreNewsletters":false,"markReadOnSend":true,
			"alwaysOnline":null,"rejectCall":null,"msgRejectCall":null,"readMessages":null,"ignoreGroups":null,"ignoreStatus":null,
			"appliesTo":{"history":"all","advanced":"evolution-go","sending":"none"}},
		"health":{"qualityRating":null,"messagingLimitTier":null,"portfolioMessagingLimitTier":null,"metaStatus":null,
			"code":null,"reason":null,"sendable":true},
		"meta":null,"coexistence":null,"extraChargeUnpaidSince":null,"extraChargeDisconnectAt":null,
		"createdAt":"2026-10-04T14:05:09.120Z","updatedAt":"2026-10-04T14:05:09.120Z"}`,
		string(tenant.do(t, "GET", "/v1/numbers/num_1", "").body))

	fake.Advance(time.Hour)
	meta := tenant.object(t, http.StatusOK, "GET", "/v1/numbers/num_2?refresh=1", "")
	assert.NotNil(t, meta["coexistence"])
	assert.Contains(t, fmt.Sprint(meta["meta"]), "CLOUD_API")
	assert.Equal(t, map[string]any{"history": "all", "advanced": "none", "sending": "meta"}, meta["settings"].(map[string]any)["appliesTo"])
	assert.Equal(t, "2026-11-03T15:05:09.120Z", tenant.list(t, "/v1/numbers")[1]["lastValidatedAt"])

	r := tenant.do(t, "GET", "/v1/numbers/num_9", "")
	assert.Equal(t, http.StatusNotFound, r.status)
	assert.JSONEq(t, `{"error":"Number not found"}`, string(r.body))
}

func TestUnpaidNumber(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	tenant := newCaller(t, fake.URL, fake.TenantKey())
	number.send(t, `{"destinationNumber":"+14155550100","text":"before","deliverAt":"2026-11-10T14:05:09.000Z"}`)
	number.send(t, `{"destinationNumber":"+14155550100","text":"after","deliverAt":"2026-11-10T14:05:09.120Z"}`)
	fake.Number("num_1").BlockUnpaid()
	fake.Number("num_2").BlockUnpaid()
	rows := tenant.list(t, "/v1/numbers")
	assert.Equal(t, "2026-11-03T14:05:09.120Z", rows[0]["extraChargeUnpaidSince"])
	assert.Equal(t, "2026-11-10T14:05:09.120Z", rows[0]["extraChargeDisconnectAt"])
	assert.Equal(t, "2026-11-03T14:05:09.120Z", rows[1]["extraChargeUnpaidSince"])
	assert.Nil(t, rows[1]["extraChargeDisconnectAt"], "Meta numbers are never disconnected")

	fake.Advance(8 * 24 * time.Hour)
	rows = tenant.list(t, "/v1/numbers")
	assert.Equal(t, "CLOSE", rows[0]["state"])
	assert.Equal(t, false, rows[0]["isFullyConnected"])
	assert.Equal(t, map[string]any{"state": "CLOSE", "connectedAt": nil}, rows[0]["primaryLink"])
	assert.Equal(t, "OPEN", rows[1]["state"])
	assert.Equal(t, "READ,QUEUED", statuses(fake), "the second was due after the end of the connection")

	fake.Number("num_1").Unblock()
	fake.Number("num_1").Connect()
	detail := tenant.object(t, http.StatusOK, "GET", "/v1/numbers/num_1", "")
	assert.Nil(t, detail["extraChargeUnpaidSince"])
	assert.Equal(t, "OPEN", detail["state"])
	fake.Advance(time.Hour)
	assert.Equal(t, "READ,READ", statuses(fake))
}

const numbersPath = "/v1/numbers"

// workspace starts a server in which time stands still, with a caller for its
// tenant key.
func workspace(t *testing.T) (*pilotstatustest.Server, *caller) {
	t.Helper()
	fake := pilotstatustest.NewServer(t, pilotstatustest.WithClock(epoch()))
	return fake, newCaller(t, fake.URL, fake.TenantKey())
}

// refused checks the status and the code of a refusal, "" for none.
func (c *caller) refused(t *testing.T, status int, code, method, path, body string) reply {
	t.Helper()
	r := c.do(t, method, path, body)
	assert.Equal(t, status, r.status, "%s %s %s: %s", method, path, body, r.body)
	assert.Equal(t, code, r.code(), "%s %s %s: %s", method, path, body, r.body)
	assert.Contains(t, string(r.body), `"error":`)
	if code == "" {
		assert.NotContains(t, string(r.body), `"code"`)
	}
	return r
}

// create creates a number and returns its id.
func (c *caller) create(t *testing.T, phone string) string {
	t.Helper()
	out := c.object(t, http.StatusCreated, "POST", numbersPath, fmt.Sprintf(`{"name":"Sales","number":%q}`, phone))
	return member(t, out, "instance")["id"].(string)
}

// number is what Numbers.Get says of a number.
func (c *caller) number(t *testing.T, id string) map[string]any {
	t.Helper()
	return c.object(t, http.StatusOK, "GET", numbersPath+"/"+id, "")
}

func (c *caller) state(t *testing.T, id string) string {
	t.Helper()
	return c.object(t, http.StatusOK, "GET", numbersPath+"/"+id+"/status", "")["state"].(string)
}

// ids lists the ids of the rows of a path.
func (c *caller) ids(t *testing.T, path string) string {
	t.Helper()
	var all []string
	for _, row := range c.list(t, path) {
		all = append(all, row["id"].(string))
	}
	return strings.Join(all, ",")
}

func member(t *testing.T, object map[string]any, name string) map[string]any {
	t.Helper()
	inner, ok := object[name].(map[string]any)
	require.True(t, ok, "%s in %v", name, object)
	return inner
}

// events returns the names of what happened to numbers, with their ids.
func events(t *testing.T, fake *pilotstatustest.Server) string {
	t.Helper()
	var all []string
	for _, raw := range fake.Tenant().NumberEvents() {
		var event struct {
			Event string
			Data  struct{ NumberID string }
		}
		require.NoError(t, json.Unmarshal(raw, &event))
		all = append(all, strings.TrimPrefix(event.Event, "number.")+" "+event.Data.NumberID)
	}
	return strings.Join(all, ", ")
}

func TestUpdateSettings(t *testing.T) {
	t.Parallel()
	fake, tenant := workspace(t)
	fake.Advance(time.Hour)
	path := numbersPath + "/num_1"
	first := tenant.object(t, 200, "PATCH", path,
		`{"settings":{"ignoreNewsletters":true,"markReadOnSend":false,"rejectCall":true,"msgRejectCall":"Please write","ignoreGroups":false}}`)
	assert.Equal(t, map[string]any{"applied": 1.0, "failed": 0.0, "skipped": 0.0}, first["settingsSync"])
	want := map[string]any{
		"historyImportEnabled": true, "webhookHistoricalMessages": false, "ignoreNewsletters": true, "markReadOnSend": false,
		"alwaysOnline": nil, "rejectCall": true, "msgRejectCall": "Please write", "readMessages": nil, "ignoreGroups": false, "ignoreStatus": nil,
		"appliesTo": map[string]any{"history": "all", "advanced": "evolution-go", "sending": "none"},
	}
	assert.Equal(t, want, first["settings"])
	assert.Equal(t, "2026-11-03T15:05:09.120Z", first["updatedAt"])
	delete(first, "settingsSync")
	assert.Equal(t, first, tenant.number(t, "num_1"))

	// Null resets, absence keeps, and what the devices do not hear of is not synchronized.
	second := tenant.object(t, 200, "PATCH", path,
		`{"settings":{"rejectCall":null,"msgRejectCall":null,"ignoreStatus":true,"alwaysOnline":false,"readMessages":true}}`)
	want["rejectCall"], want["msgRejectCall"], want["ignoreStatus"] = nil, nil, true
	want["alwaysOnline"], want["readMessages"] = false, true
	assert.Equal(t, want, second["settings"])
	third := tenant.object(t, 200, "PATCH", path, `{"settings":{"webhookHistoricalMessages":true,"historyImportEnabled":false}}`)
	want["webhookHistoricalMessages"], want["historyImportEnabled"] = true, false
	assert.Equal(t, want, third["settings"])
	assert.NotContains(t, third, "settingsSync")
	assert.NotContains(t, tenant.object(t, 200, "PATCH", path, `{"piiMode":"RELAY_ONLY"}`), "settingsSync")

	fake.Number("num_1").SyncFails(true)
	sync := func(id, patch string) any {
		return tenant.object(t, 200, "PATCH", numbersPath+"/"+id, `{"settings":`+patch+`}`)["settingsSync"]
	}
	assert.Equal(t, map[string]any{"applied": 0.0, "failed": 1.0, "skipped": 0.0}, sync("num_1", `{"readMessages":true}`))
	fake.Number("num_1").SyncFails(false)
	fake.Number("num_1").Disconnect()
	assert.Equal(t, map[string]any{"applied": 0.0, "failed": 0.0, "skipped": 1.0}, sync("num_1", `{"msgRejectCall":null}`))
	assert.Nil(t, sync("num_2", `{"rejectCall":true}`), "on an official number they are stored only")
	assert.Equal(t, true, member(t, tenant.number(t, "num_2"), "settings")["rejectCall"])
}

func TestUpdatePrivacy(t *testing.T) {
	t.Parallel()
	fake, tenant := workspace(t)
	update := func(body string) [2]any {
		out := tenant.object(t, 200, "PATCH", numbersPath+"/num_1", body)
		assert.Contains(t, out, "piiRetentionDays")
		return [2]any{out["piiMode"], out["piiRetentionDays"]}
	}
	assert.Equal(t, [2]any{"STORE_X_DAYS", 90.0}, update(`{"piiMode":"STORE_X_DAYS","piiRetentionDays":90}`))
	assert.Equal(t, [2]any{"STORE_X_DAYS", 3650.0}, update(`{"piiRetentionDays":3650}`))
	assert.Equal(t, [2]any{"STORE_X_DAYS", 3650.0}, update(`{"settings":{"rejectCall":null}}`))
	assert.Equal(t, [2]any{"RELAY_ONLY", nil}, update(`{"piiMode":"RELAY_ONLY","piiRetentionDays":7}`))
	assert.Equal(t, [2]any{"RELAY_ONLY", nil}, update(`{"piiRetentionDays":7}`))
	assert.Equal(t, [2]any{"STORE_INDEFINITE", nil}, update(`{"piiMode":"STORE_INDEFINITE"}`))
	fake.Number("num_1").SetPIIMode("STORE_X_DAYS", 1)
	assert.Equal(t, [2]any{"STORE_X_DAYS", 1.0}, update(`{"settings":{"rejectCall":null}}`))

	path := numbersPath + "/num_1"
	for _, body := range []string{`{}`, `{"settings":{}}`, `{"name":"New name"}`, `{"settings":{"groupsIgnore":true}}`} {
		tenant.refused(t, 400, "EMPTY_PATCH", "PATCH", path, body)
	}
	for _, body := range []string{
		`{"piiMode":"STORE_X_DAYS"}`, `{"piiMode":"STORE_X_DAYS","piiRetentionDays":0}`, `{"piiRetentionDays":3651}`,
		`{"piiRetentionDays":1.5}`, `{"piiRetentionDays":null}`, `{"piiMode":null}`, `{"piiMode":"store_indefinite"}`, `{"piiMode":""}`,
		`{"settings":{"ignoreNewsletters":null}}`, `{"settings":{"historyImportEnabled":null}}`, `{"settings":{"alwaysOnline":1}}`,
		`{"settings":{"appliesTo":{"history":"all"}}}`, `{"settings":{"msgRejectCall":"` + strings.Repeat("é", 1001) + `"}}`, `[]`,
	} {
		tenant.refused(t, 400, "", "PATCH", path, body)
	}
	tenant.object(t, 200, "PATCH", path, `{"settings":{"msgRejectCall":"`+strings.Repeat("é", 1000)+`"}}`)
	tenant.refused(t, 404, "", "PATCH", numbersPath+"/num_9", `{"piiMode":"RELAY_ONLY"}`)
	assert.Equal(t, [2]any{"STORE_X_DAYS", 1.0}, update(`{"settings":{"rejectCall":null}}`), "a refusal changes nothing")
}

func TestDeleteAndRestore(t *testing.T) {
	t.Parallel()
	fake, tenant := workspace(t)
	number := newCaller(t, fake.URL, fake.NumberKey("num_1"))
	byID := newCaller(t, fake.URL, "").with("x-api-key-id", fake.Number("num_1").KeyID())
	handle, token := fake.Number("num_1"), fake.Tenant().PairingLink("num_1")
	tenant.object(t, 200, "PATCH", numbersPath+"/num_1", `{"settings":{"rejectCall":true}}`)
	done := number.send(t, text)
	fake.Advance(time.Hour)
	number.send(t, text)
	number.send(t, `{"destinationNumber":"+14155550100","text":"later","deliverAt":"2026-11-20T00:00:00Z"}`)

	r := tenant.do(t, "DELETE", numbersPath+"/num_1", "")
	assert.JSONEq(t, `{"ok":true,"restorableUntil":"2026-12-03T15:05:09.120Z"}`, string(r.body))
	assert.Equal(t, "num_2", tenant.ids(t, numbersPath))
	assert.Len(t, tenant.list(t, "/v1/api-keys"), 1)
	assert.Equal(t, 401, number.do(t, "GET", "/v1/api-keys", "").status)
	assert.Equal(t, 401, byID.do(t, "GET", "/v1/api-keys", "").status)
	assert.Empty(t, fake.NumberKey("num_1"))
	assert.Equal(t, "READ,FAILED,FAILED", statuses(fake))
	assert.Equal(t, "NUMBER_NOT_FOUND_REMOVED", fake.Messages()[1].ErrorCode)
	for _, path := range []string{"", "/connect", "/status"} {
		tenant.refused(t, 404, "", "GET", numbersPath+"/num_1"+path, "")
	}
	tenant.refused(t, 404, "", "DELETE", numbersPath+"/num_1", "")
	tenant.refused(t, 404, "NUMBER_NOT_FOUND", "POST", numbersPath+"/num_1/pay", "")
	tenant.refused(t, 404, "NUMBER_NOT_FOUND", "POST", "/v1/api-keys", `{"whatsappNumberId":"num_1"}`)
	tenant.refused(t, 404, "", "GET", "/v1/remote-pairing/"+token, "")
	handle.Connect()
	assert.Empty(t, handle.KeyID())

	fake.Advance(30*24*time.Hour - 2*time.Hour)
	assert.JSONEq(t, `{"ok":true,"requiresReconnect":true}`, string(tenant.do(t, "POST", numbersPath+"/num_1/restore", "").body))
	assert.Equal(t, "num_1,num_2", tenant.ids(t, numbersPath), "in the order of creation")
	detail := tenant.number(t, "num_1")
	assert.Equal(t, "CLOSE", detail["state"])
	assert.Equal(t, false, detail["isFullyConnected"])
	assert.Equal(t, true, member(t, detail, "settings")["rejectCall"])
	assert.Equal(t, "READ", number.get(t, done)["status"], "its key and its messages are back")
	assert.Equal(t, 200, byID.do(t, "GET", "/v1/api-keys", "").status)
	tenant.refused(t, 404, "", "POST", numbersPath+"/num_1/restore", "")
	number.send(t, text)
	fake.Advance(time.Hour)
	assert.Equal(t, "READ,FAILED,FAILED,QUEUED", statuses(fake))
	tenant.object(t, 200, "GET", numbersPath+"/num_1/connect", "")
	handle.Connect()
	fake.Advance(time.Hour)
	assert.Equal(t, "READ,FAILED,FAILED,READ", statuses(fake))
	assert.Equal(t, "removed num_1, restored num_1, connected num_1", events(t, fake))
}

func TestRestoreWindow(t *testing.T) {
	t.Parallel()
	fake, tenant := workspace(t)
	for _, id := range []string{"num_1", "num_2"} {
		tenant.object(t, 200, "DELETE", numbersPath+"/"+id, "")
	}
	fake.Advance(30 * 24 * time.Hour)
	tenant.object(t, 200, "POST", numbersPath+"/num_2/restore", "")
	fake.Advance(1)
	tenant.refused(t, 404, "", "POST", numbersPath+"/num_1/restore", "")
	tenant.refused(t, 404, "", "DELETE", numbersPath+"/num_1/purge", "")
	tenant.refused(t, 404, "", "POST", numbersPath+"/num_9/restore", "")
	assert.Equal(t, "CLOSE", tenant.number(t, "num_2")["state"])
	assert.Equal(t, "META", tenant.number(t, "num_2")["provider"])
}

func TestRestoreOfAPhoneThatIsBack(t *testing.T) {
	t.Parallel()
	_, tenant := workspace(t)
	tenant.object(t, 200, "DELETE", numbersPath+"/num_1", "")
	link := tenant.object(t, 201, "POST", numbersPath+"/remote-pairing", `{"provider":"META","number":"+551130004000"}`)
	tenant.object(t, 200, "POST", fmt.Sprintf("/v1/meta-embedded/%s/complete", link["remotePairingToken"]), signedUp)
	tenant.refused(t, 409, "NUMBER_ALREADY_ACTIVE", "POST", numbersPath+"/num_1/restore", "")
	tenant.refused(t, 409, "", "POST", numbersPath, `{"name":"x","number":"551130004000"}`)
	tenant.object(t, 200, "DELETE", numbersPath+"/num_1/purge", "")
}

func TestPurge(t *testing.T) {
	t.Parallel()
	fake, tenant := workspace(t)
	live, binned := newCaller(t, fake.URL, fake.NumberKey("num_1")), newCaller(t, fake.URL, fake.NumberKey("num_2"))
	live.send(t, text)
	tenant.object(t, 200, "DELETE", numbersPath+"/num_2", "")
	for _, id := range []string{"num_1", "num_2"} {
		assert.JSONEq(t, `{"ok":true}`, string(tenant.do(t, "DELETE", numbersPath+"/"+id+"/purge", "").body))
		tenant.refused(t, 404, "", "DELETE", numbersPath+"/"+id+"/purge", "")
		tenant.refused(t, 404, "", "POST", numbersPath+"/"+id+"/restore", "")
	}
	assert.Equal(t, "FAILED", statuses(fake))
	assert.Empty(t, tenant.list(t, numbersPath))
	assert.Equal(t, 401, live.do(t, "GET", "/v1/api-keys", "").status)
	assert.Equal(t, 401, binned.do(t, "GET", "/v1/api-keys", "").status)
	assert.Equal(t, "removed num_2, removed num_1", events(t, fake), "nobody hears of a number twice")
	tenant.create(t, "+551130004000")
	tenant.create(t, "+551150006000")
}

func TestOtherFormsOfNumbers(t *testing.T) {
	t.Parallel()
	fake, tenant := workspace(t)
	fake.Tenant().OtherForms(true)
	row := tenant.list(t, numbersPath)[0]
	assert.NotContains(t, row, "primaryLink")
	assert.NotContains(t, row, "secondaryLink")
	assert.Equal(t, "OPEN", row["state"])

	out := tenant.object(t, 201, "POST", numbersPath, `{"name":"Sales","number":"+551140005000"}`)
	assert.NotContains(t, out, "primaryLink")
	assert.NotContains(t, out, "linkedApiKeyId")
	assert.NotNil(t, out["qrcodeBase64"])
	instance := member(t, out, "instance")
	assert.Equal(t, "CONNECTING", instance["status"])
	assert.Equal(t, "Sales", instance["displayName"])
	assert.NotContains(t, instance, "state")
	assert.NotContains(t, instance, "name")

	meta := tenant.object(t, 201, "POST", numbersPath+"/meta", `{"name":"L","number":"+551140005009","metaPhoneId":"1"}`)
	assert.NotContains(t, meta, "instance")
	assert.NotEmpty(t, meta["id"])
	assert.NotEmpty(t, meta["verifyToken"])
	assert.JSONEq(t, `{"ok":true}`, string(tenant.do(t, "DELETE", numbersPath+"/num_1", "").body))
}

func TestNumberHooksRefuseNonsense(t *testing.T) {
	t.Parallel()
	tb := &fakeTB{}
	fake := pilotstatustest.NewServer(tb)
	defer tb.end()
	fake.Number("num_1").ChargeOutcome("PAID")
	fake.Tenant().ChargeOutcome("NOT_FOUND")
	fake.Tenant().DenyPermission("billing:read")
	fake.Tenant().DenyPermission("")
	fake.Tenant().FinishCheckout("https://pay.example.test/c/x")
	page := newCaller(t, fake.URL, fake.TenantKey()).object(t, 200, "POST", checkoutPath, `{"purpose":"add_card"}`)["url"].(string)
	fake.Tenant().FinishCheckout(page)
	fake.Tenant().FinishCheckout(page)
	assert.Equal(t, []string{
		`pilotstatustest: no outcome "PAID" of a charge`,
		`pilotstatustest: no outcome "NOT_FOUND" of a charge`,
		`pilotstatustest: no operation needs "billing:read"`,
		`pilotstatustest: no operation needs ""`,
		`pilotstatustest: no checkout page "https://pay.example.test/c/x"`,
		fmt.Sprintf(`pilotstatustest: no checkout page %q`, page),
	}, tb.failures)

	program := pilotstatustest.Start()
	defer program.Close()
	program.Number("num_1").ChargeOutcome("PAID")
	program.Tenant().FinishCheckout("x")
	program.Tenant().DenyPermission("x")
}

// What belongs to a deleted number is not there, comes back with it, and is gone for
// good with it.
func TestWhatADeletedNumberHas(t *testing.T) {
	t.Parallel()
	fake, tenant := workspace(t)
	r := newReceiver(t, nil)
	id := hook(t, tenant.with("x-whatsapp-number-id", "num_1"), r.URL, "*")
	fake.Tenant().SharePage("1", "P")
	link := linkedPage(t, tenant, "1", "num_1")
	fake.Advance(time.Second)
	fake.Number("num_1").AddLead(pilotstatustest.Lead{PageID: "1", AdID: "5"})
	fake.Number("num_1").AddReferral(pilotstatustest.Referral{SourceID: "5"})
	count := func() []int {
		t.Helper()
		pages := tenant.object(t, 200, "GET", leadPagesPath, "")
		ads := tenant.object(t, 200, "GET", "/v1/ads/summary", "")
		return []int{len(tenant.list(t, webhooksPath)), len(pages["linked"].([]any)), len(pages["candidates"].([]any)), len(ads["ads"].([]any))}
	}
	assert.Equal(t, []int{1, 1, 0, 1}, count())
	flush(t, fake)
	r.forget()
	tenant.object(t, 200, "DELETE", numbersPath+"/num_1", "")
	assert.Equal(t, []int{0, 0, 0, 0}, count())
	refusesWith(t, tenant, 404, "WEBHOOK_NOT_FOUND", "GET", webhooksPath+"/"+id, "")
	refusesWith(t, tenant, 404, "NOT_FOUND", "DELETE", leadPagesPath+"/"+link, "")
	assert.Empty(t, fake.Tenant().SubmitLead(pilotstatustest.Lead{PageID: "1"}), "it waits")
	flush(t, fake)
	assert.Equal(t, "number.removed", r.names(t))

	tenant.object(t, 200, "POST", numbersPath+"/num_1/restore", "")
	assert.Equal(t, []int{1, 1, 0, 1}, count())
	tenant.object(t, 200, "DELETE", numbersPath+"/num_1", "")
	fake.Advance(31 * 24 * time.Hour)
	flush(t, fake)
	assert.Equal(t, "number.removed > number.restored > number.removed", r.names(t))
	assert.Equal(t, []int{0, 0, 1, 0}, count(), "the Page can be linked again")
	linkedPage(t, tenant, "1", "num_2")
	leads := newCaller(t, fake.URL, fake.NumberKey("num_2")).object(t, 200, "GET", "/v1/leads", "")
	assert.Empty(t, leads["leads"])
	fake.Advance(time.Second)
	leads = newCaller(t, fake.URL, fake.NumberKey("num_2")).object(t, 200, "GET", "/v1/leads", "")
	assert.Len(t, leads["leads"], 1, "what Meta kept")
	linked := tenant.object(t, 200, "GET", leadPagesPath, "")
	assert.Equal(t, []any{1.0}, columnOf(t, linked, "linked", "leadsCount"), "the leads of the other number went with it")

	number := tenant.create(t, "551140005000")
	hook(t, tenant.with("x-whatsapp-number-id", number), r.URL, "number.removed")
	r.forget()
	tenant.object(t, 200, "DELETE", numbersPath+"/"+number+"/purge", "")
	flush(t, fake)
	assert.Equal(t, number, r.data(t, "number.removed")["numberId"])
}

func TestBackfillOfADeletedNumber(t *testing.T) {
	t.Parallel()
	fake, tenant := workspace(t)
	r := newReceiver(t, nil)
	hook(t, tenant.with("x-whatsapp-number-id", "num_1"), r.URL, "lead.received")
	fake.Tenant().SharePage("1", "P")
	fake.Tenant().SubmitLead(pilotstatustest.Lead{PageID: "1"})
	linkedPage(t, tenant, "1", "num_1")
	tenant.object(t, 200, "DELETE", numbersPath+"/num_1", "")
	fake.Advance(time.Hour)
	flush(t, fake)
	assert.Empty(t, r.got())
	tenant.object(t, 200, "POST", numbersPath+"/num_1/restore", "")
	fake.Advance(time.Second)
	flush(t, fake)
	assert.Equal(t, "lead.received", r.names(t), "it comes when the number is back")
}
