package pilotstatustest_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

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

func TestCreateNumber(t *testing.T) {
	t.Parallel()
	fake, tenant := workspace(t)
	out := tenant.object(t, http.StatusCreated, "POST", numbersPath,
		`{"name":"Sales","number":"+551140005000","linkToApiKey":true,"settings":{"historyImportEnabled":false,"rejectCall":true,"unknown":1}}`)
	instance := member(t, out, "instance")
	id := instance["id"].(string)
	link := map[string]any{"state": "CONNECTING", "connectedAt": nil}
	assert.Equal(t, map[string]any{
		"id": id, "tenantId": "tenant_1", "instanceName": "acme-551140005000", "number": "551140005000", "name": "Sales",
		"state": "CONNECTING", "quality": "UNKNOWN", "primaryLink": link, "secondaryLink": nil, "isFullyConnected": false,
		"createdAt": "2026-11-03T14:05:09.120Z", "updatedAt": "2026-11-03T14:05:09.120Z",
	}, instance)
	assert.Contains(t, out["qrcodeBase64"], "data:image/png;base64,")
	assert.Regexp(t, `^[0-9A-Z]{4}-[0-9A-Z]{4}$`, out["pairingCode"])
	assert.Equal(t, map[string]any{"qrcodeBase64": out["qrcodeBase64"], "pairingCode": out["pairingCode"]}, out["primaryLink"])
	for _, name := range []string{"secondaryLink", "linkedApiKeyId"} {
		assert.Contains(t, out, name)
		assert.Nil(t, out[name])
	}

	detail := tenant.number(t, id)
	assert.Equal(t, "CONNECTING", detail["state"])
	assert.Equal(t, "PILOT_STATUS", detail["provider"])
	assert.Equal(t, false, member(t, detail, "settings")["historyImportEnabled"])
	assert.Equal(t, true, member(t, detail, "settings")["rejectCall"])
	assert.Nil(t, member(t, detail, "settings")["alwaysOnline"])
	assert.Equal(t, "num_1,num_2,"+id, tenant.ids(t, numbersPath))
	assert.Equal(t, link, tenant.list(t, numbersPath)[2]["primaryLink"])

	// It is a number like num_1: with a key, in the list of keys, and it sends.
	key := fake.NumberKey(id)
	keys := tenant.list(t, "/v1/api-keys")
	require.Len(t, keys, 3)
	assert.Equal(t, key, keys[2]["key"])
	assert.Equal(t, id, keys[2]["numberId"])
	number := newCaller(t, fake.URL, key)
	number.send(t, text)
	fake.Advance(time.Hour)
	assert.Equal(t, "QUEUED", statuses(fake), "it waits for the connection")
	fake.Number(id).Connect()
	fake.Advance(time.Hour)
	assert.Equal(t, "READ", statuses(fake))
	assert.Equal(t, "OPEN", tenant.number(t, id)["state"])
	assert.Equal(t, "2026-11-03T15:05:09.120Z", member(t, tenant.list(t, numbersPath)[2], "primaryLink")["connectedAt"])
	fake.Advance(time.Hour)
	fake.Number(id).Connect() // it is connected: nothing happens
	assert.Equal(t, "2026-11-03T15:05:09.120Z", member(t, tenant.list(t, numbersPath)[2], "primaryLink")["connectedAt"])
	assert.Equal(t, "created "+id+", connected "+id, events(t, fake))
	assert.JSONEq(t, fmt.Sprintf(`{"event":"number.created","data":{"numberId":%q,"phone":"+551140005000","displayName":"Sales",
		"createdAt":"2026-11-03T14:05:09.120Z"}}`, id), string(fake.Tenant().NumberEvents()[0]))
	assert.JSONEq(t, fmt.Sprintf(`{"event":"number.connected","data":{"numberId":%q,"phone":"+551140005000","displayName":"Sales",
		"profileName":"Sales","createdAt":"2026-11-03T15:05:09.120Z"}}`, id), string(fake.Tenant().NumberEvents()[1]))
	fake.Number(id).Disconnect()
	assert.JSONEq(t, fmt.Sprintf(`{"event":"number.disconnected","data":{"numberId":%q,"phone":"+551140005000","displayName":"Sales",
		"error":"The device was unlinked.","createdAt":"2026-11-03T17:05:09.120Z"}}`, id), string(fake.Tenant().NumberEvents()[2]))
}

func TestCreateNumberRefusals(t *testing.T) {
	t.Parallel()
	fake, tenant := workspace(t)
	for _, body := range []string{
		`{"number":"+551140005000"}`, `{"name":" ","number":"+551140005000"}`, `{"name":"Sales"}`,
		`{"name":"Sales","number":"551140005"}`, `{"name":"Sales","number":"+55 11 4000 5000"}`, `{"name":"Sales","number":551140005000}`,
		`{"name":"Sales","number":"+551140005000","linkToApiKey":"yes"}`,
		`{"name":"Sales","number":"+551140005000","settings":{"markReadOnSend":null}}`,
		`{"name":"Sales","number":"+551140005000","settings":{"alwaysOnline":"yes"}}`,
		`{"name":"Sales","number":"+551140005000","settings":[]}`,
	} {
		tenant.refused(t, 400, "", "POST", numbersPath, body)
	}
	assert.Empty(t, fake.Tenant().NumberEvents())
	r := tenant.refused(t, 409, "", "POST", numbersPath, `{"name":"Twice","number":"+551130004000"}`)
	assert.JSONEq(t, `{"error":"Number already exists"}`, string(r.body))

	id := tenant.create(t, "5511400050") // ten digits will do, without the plus
	tenant.object(t, 200, "DELETE", numbersPath+"/"+id, "")
	tenant.refused(t, 409, "NUMBER_SOFT_DELETED", "POST", numbersPath, `{"name":"Sales","number":"+5511400050"}`)
	fake.Advance(30 * 24 * time.Hour)
	tenant.refused(t, 409, "NUMBER_SOFT_DELETED", "POST", numbersPath, `{"name":"Sales","number":"+5511400050"}`)
	fake.Advance(1)
	assert.NotEqual(t, id, tenant.create(t, "5511400050"))

	newCaller(t, fake.URL, fake.NumberKey("num_1")).refused(t, 403, "NUMBER_SCOPE_NOT_ALLOWED", "POST", numbersPath, `{}`)
}

func TestLateCodes(t *testing.T) {
	t.Parallel()
	fake, tenant := workspace(t)
	fake.Tenant().LateCodes(true)
	out := tenant.object(t, 201, "POST", numbersPath, `{"name":"Sales","number":"+551140005000"}`)
	id := member(t, out, "instance")["id"].(string)
	none := map[string]any{"qrcodeBase64": nil, "pairingCode": nil}
	assert.Equal(t, none, out["primaryLink"])
	assert.Nil(t, out["qrcodeBase64"])
	assert.Contains(t, out, "pairingCode")
	connect := numbersPath + "/" + id + "/connect"
	assert.Equal(t, none, tenant.object(t, 200, "GET", connect, ""))
	assert.NotNil(t, tenant.object(t, 200, "GET", connect, "")["qrcodeBase64"], "whoever asks again gets it")
	dual := tenant.object(t, 200, "POST", numbersPath+"/"+id+"/upgrade-to-dual", "")
	assert.Equal(t, none, dual["secondaryLink"])
	assert.NotNil(t, tenant.object(t, 200, "GET", connect+"?link=secondary", "")["pairingCode"])

	fake.Tenant().LateCodes(false)
	fake.Number("num_1").Disconnect()
	assert.NotNil(t, tenant.object(t, 200, "GET", numbersPath+"/num_1/connect", "")["pairingCode"])
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

func TestConnectNumber(t *testing.T) {
	t.Parallel()
	fake, tenant := workspace(t)
	path := numbersPath + "/num_1/connect"
	tenant.refused(t, 409, "", "GET", path, "")
	tenant.refused(t, 404, "", "GET", numbersPath+"/num_9/connect", "")
	tenant.refused(t, 400, "", "GET", numbersPath+"/num_2/connect", "")
	fake.Number("num_2").Disconnect()
	tenant.refused(t, 400, "", "GET", numbersPath+"/num_2/connect", "")
	fake.Number("num_1").Disconnect()
	assert.Equal(t, "CLOSE", tenant.state(t, "num_1"))
	tenant.refused(t, 400, "", "GET", path+"?link=secondary", "")
	tenant.refused(t, 400, "", "GET", path+"?link=other", "")
	assert.Equal(t, "CLOSE", tenant.state(t, "num_1"), "a refusal shows no code")

	pictures, codes := map[string]int{}, map[string]int{}
	var first string
	for i := range 7 {
		out := tenant.object(t, 200, "GET", path+[]string{"", "?link=primary"}[i%2], "")
		require.Len(t, out, 2)
		picture := out["qrcodeBase64"].(string)
		if i == 0 {
			first = picture
		}
		assert.Equal(t, i%3 == 0, picture == first, "three in rotation")
		pictures[picture]++
		codes[out["pairingCode"].(string)]++
	}
	assert.Len(t, pictures, 3)
	assert.Len(t, codes, 7)
	assert.Equal(t, "CONNECTING", tenant.state(t, "num_1"))
	assert.Equal(t, "CONNECTING", tenant.number(t, "num_1")["state"])
	id := tenant.create(t, "+551140005000")
	other := tenant.object(t, 200, "GET", numbersPath+"/"+id+"/connect", "")
	assert.NotContains(t, pictures, other["qrcodeBase64"], "another number has others")

	fake.Number("num_1").Connect()
	assert.Equal(t, "OPEN", tenant.state(t, "num_1"))
	tenant.refused(t, 409, "", "GET", path, "")
	fake.Number("num_1").Disconnect()
	assert.Equal(t, "CLOSE", tenant.state(t, "num_1"))
	assert.Equal(t, "disconnected num_2, disconnected num_1, created "+id+", connected num_1, disconnected num_1", events(t, fake))
	fake.Number("num_1").Disconnect()
	assert.Len(t, fake.Tenant().NumberEvents(), 5)
}

func TestQRCodeIsAPicture(t *testing.T) {
	t.Parallel()
	fake, tenant := workspace(t)
	fake.Number("num_1").Disconnect()
	out := tenant.object(t, 200, "GET", numbersPath+"/num_1/connect", "")
	text, ok := strings.CutPrefix(out["qrcodeBase64"].(string), "data:image/png;base64,")
	require.True(t, ok)
	file, err := base64.StdEncoding.DecodeString(text)
	require.NoError(t, err)
	picture, err := png.Decode(bytes.NewReader(file))
	require.NoError(t, err)
	const modules, quiet, scale = 29, 4, 6
	require.Equal(t, image.Rect(0, 0, (modules+2*quiet)*scale, (modules+2*quiet)*scale), picture.Bounds())

	// Every module is one square of one color.
	var rows []string
	for y := range modules + 2*quiet {
		var row strings.Builder
		for x := range modules + 2*quiet {
			module := color.GrayModel.Convert(picture.At(x*scale, y*scale)).(color.Gray).Y
			for dy := range scale {
				for dx := range scale {
					require.Equal(t, module, color.GrayModel.Convert(picture.At(x*scale+dx, y*scale+dy)).(color.Gray).Y)
				}
			}
			row.WriteByte(map[uint8]byte{0: '#', 255: '.'}[module])
		}
		rows = append(rows, row.String())
	}
	for i, row := range rows {
		if i < quiet || i >= modules+quiet {
			assert.Equal(t, strings.Repeat(".", modules+2*quiet), row)
		}
		assert.Equal(t, "....", row[:quiet])
		assert.Equal(t, "....", row[modules+quiet:])
	}
	finder := []string{"#######.", "#.....#.", "#.###.#.", "#.###.#.", "#.###.#.", "#.....#.", "#######.", "........"}
	for i, want := range finder {
		mirrored := []byte(want)
		for l, r := 0, len(mirrored)-1; l < r; l, r = l+1, r-1 {
			mirrored[l], mirrored[r] = mirrored[r], mirrored[l]
		}
		assert.Equal(t, want, rows[quiet+i][quiet:quiet+8], "top left, row %d", i)
		assert.Equal(t, string(mirrored), rows[quiet+i][quiet+modules-8:quiet+modules], "top right, row %d", i)
		assert.Equal(t, want, rows[quiet+modules-1-i][quiet:quiet+8], "bottom left, row %d", i)
	}
	assert.Equal(t, "#######.#.#.#.#.#.#.#.#######", rows[quiet+6][quiet:quiet+modules], "timing")
	dark := strings.Count(strings.Join(rows, ""), "#")
	assert.InDelta(t, modules*modules/2, dark, modules*modules/8, "about half is black")
}

func TestStatus(t *testing.T) {
	t.Parallel()
	fake, tenant := workspace(t)
	path := numbersPath + "/num_1/status"
	fake.Advance(time.Minute)
	assert.JSONEq(t, `{"id":"num_1","state":"OPEN","stale":false,"checkedAt":"2026-11-03T14:06:09.120Z"}`,
		string(tenant.do(t, "GET", path, "").body))
	assert.Equal(t, "2026-11-03T14:06:09.120Z", tenant.list(t, numbersPath)[0]["lastValidatedAt"])
	assert.JSONEq(t, `{"id":"num_2","state":"OPEN","stale":false}`,
		string(tenant.do(t, "GET", numbersPath+"/num_2/status", "").body), "an official number has neither time")
	tenant.refused(t, 400, "", "GET", path+"?link=secondary", "")
	r := tenant.refused(t, 404, "", "GET", numbersPath+"/num_9/status", "")
	assert.JSONEq(t, `{"error":"Number not found"}`, string(r.body))

	fake.Advance(time.Minute)
	fake.Number("num_1").StatusStale(true)
	fake.Number("num_2").StatusStale(true)
	fake.Number("num_1").Disconnect()
	want := `{"id":"num_1","state":"OPEN","stale":true,"lastKnownAt":"2026-11-03T14:06:09.120Z"}`
	assert.JSONEq(t, want, string(tenant.do(t, "GET", path, "").body), "what is remembered stays what it was")
	assert.NotContains(t, string(tenant.do(t, "GET", numbersPath+"/num_2/status", "").body), "lastKnownAt")
	fake.Tenant().OtherForms(true)
	assert.JSONEq(t, `{"state":"OPEN","isFullyConnected":false}`, string(tenant.do(t, "GET", path, "").body))
	fake.Tenant().OtherForms(false)
	for _, code := range []string{"PROVIDER_NOT_CONFIGURED", "UPSTREAM_TIMEOUT", "UPSTREAM_ERROR"} {
		fake.Number("num_1").StatusFails(code)
		tenant.refused(t, 503, code, "GET", path, "")
	}
	fake.Number("num_1").StatusFails("")
	assert.JSONEq(t, want, string(tenant.do(t, "GET", path, "").body))
	fake.Number("num_1").StatusStale(false)
	assert.Equal(t, "CLOSE", tenant.state(t, "num_1"))
}

func TestDualNumber(t *testing.T) {
	t.Parallel()
	fake, tenant := workspace(t)
	path := numbersPath + "/num_1"
	fake.Number("num_1").ScanSecondary()
	assert.Nil(t, tenant.list(t, numbersPath)[0]["secondaryLink"], "there is none")
	out := tenant.object(t, 200, "POST", path+"/upgrade-to-dual", "")
	bundle := member(t, out, "secondaryLink")
	assert.Contains(t, bundle["qrcodeBase64"], "data:image/png;base64,")
	assert.NotEmpty(t, bundle["pairingCode"])
	tenant.refused(t, 409, "", "POST", path+"/upgrade-to-dual", "")
	tenant.refused(t, 400, "", "POST", numbersPath+"/num_2/upgrade-to-dual", "")
	tenant.refused(t, 404, "", "POST", numbersPath+"/num_9/upgrade-to-dual", "")

	row := tenant.list(t, numbersPath)[0]
	assert.Equal(t, map[string]any{"state": "CONNECTING", "connectedAt": nil}, row["secondaryLink"])
	assert.Equal(t, "OPEN", row["state"])
	assert.Equal(t, false, row["isFullyConnected"])
	assert.Equal(t, false, tenant.number(t, "num_1")["isFullyConnected"])
	assert.Equal(t, "OPEN", tenant.state(t, "num_1"))
	second := func() any { return tenant.object(t, 200, "GET", path+"/status?link=secondary", "")["state"] }
	assert.Equal(t, "CONNECTING", second())
	tenant.refused(t, 409, "", "GET", path+"/connect", "")
	again := tenant.object(t, 200, "GET", path+"/connect?link=secondary", "")
	assert.NotEqual(t, bundle["qrcodeBase64"], again["qrcodeBase64"])
	fake.Number("num_1").Disconnect()
	primary := tenant.object(t, 200, "GET", path+"/connect", "")
	assert.NotContains(t, []any{bundle["pairingCode"], again["pairingCode"]}, primary["pairingCode"])
	assert.NotContains(t, []any{bundle["qrcodeBase64"], again["qrcodeBase64"]}, primary["qrcodeBase64"])
	fake.Number("num_1").Connect()
	assert.Equal(t, "CLOSE", second(), "the phone of the first device logged out the second")
	assert.NotEqual(t, bundle["pairingCode"], again["pairingCode"])

	sync := tenant.object(t, 200, "PATCH", path, `{"settings":{"rejectCall":true}}`)["settingsSync"]
	assert.Equal(t, map[string]any{"applied": 1.0, "failed": 0.0, "skipped": 1.0}, sync)
	fake.Number("num_1").ScanSecondary()
	assert.Equal(t, "OPEN", second())
	assert.Equal(t, true, tenant.number(t, "num_1")["isFullyConnected"])
	tenant.refused(t, 409, "", "GET", path+"/connect?link=secondary", "")
	fake.Number("num_1").Disconnect()
	assert.Equal(t, "CLOSE", second())
	assert.Equal(t, "CLOSE", tenant.state(t, "num_1"))
	assert.Equal(t, "disconnected num_1, connected num_1, disconnected num_1", events(t, fake))
}

func TestScansInTime(t *testing.T) {
	t.Parallel()
	fake, tenant := workspace(t)
	fake.Number("num_1").ConnectAfter(time.Second) // it is connected: nobody scans anything
	fake.Advance(time.Second)
	fake.Number("num_1").Disconnect()
	fake.Advance(time.Hour)
	assert.Equal(t, "CLOSE", tenant.state(t, "num_1"))
	tenant.object(t, 200, "GET", numbersPath+"/num_1/connect", "")
	fake.Number("num_1").ConnectAfter(30 * time.Second)
	fake.Advance(30*time.Second - 1)
	assert.Equal(t, "CONNECTING", tenant.state(t, "num_1"))
	fake.Advance(time.Hour)
	assert.Equal(t, "OPEN", tenant.state(t, "num_1"))
	assert.Equal(t, "2026-11-03T15:05:40.120Z", member(t, tenant.list(t, numbersPath)[0], "primaryLink")["connectedAt"])
	fake.Number("num_2").Disconnect()
	fake.Number("num_2").ConnectAfter(0)
	assert.Equal(t, "OPEN", tenant.state(t, "num_2"))

	// What is due in one step happens in the order of time.
	fake.Number("num_1").Disconnect()
	fake.Number("num_2").Disconnect()
	fake.Number("num_1").ConnectAfter(2 * time.Second)
	fake.Number("num_2").ConnectAfter(time.Second)
	fake.Advance(time.Minute)
	assert.True(t, strings.HasSuffix(events(t, fake), "disconnected num_2, connected num_2, connected num_1"))

	// Numbers that come later.
	before := tenant.create(t, "+551140005000")
	fake.Tenant().ScanNewNumbers(10 * time.Second)
	after := tenant.create(t, "+551140005001")
	fake.Advance(9 * time.Second)
	tenant.object(t, 200, "GET", numbersPath+"/"+after+"/connect", "") // a later code counts nothing
	tenant.object(t, 200, "POST", numbersPath+"/num_1/upgrade-to-dual", "")
	fake.Advance(time.Second)
	assert.Equal(t, "OPEN", tenant.state(t, after))
	assert.Equal(t, "CONNECTING", tenant.state(t, before))
	assert.Equal(t, false, tenant.number(t, "num_1")["isFullyConnected"])
	fake.Advance(9 * time.Second)
	assert.Equal(t, true, tenant.number(t, "num_1")["isFullyConnected"])
	tenant.object(t, 200, "GET", numbersPath+"/"+before+"/connect", "")
	fake.Tenant().ScanNewNumbers(-1)
	fake.Number(after).Disconnect()
	tenant.object(t, 200, "GET", numbersPath+"/"+after+"/connect", "")
	fake.Advance(time.Hour)
	assert.Equal(t, "OPEN", tenant.state(t, before), "promised before the end")
	assert.Equal(t, "CONNECTING", tenant.state(t, after))

	fake.Number(after).ConnectAfter(time.Minute)
	tenant.object(t, 200, "DELETE", numbersPath+"/"+after, "")
	tenant.object(t, 200, "POST", numbersPath+"/"+after+"/restore", "")
	fake.Advance(time.Hour)
	assert.Equal(t, "CLOSE", tenant.state(t, after), "a deleted number waits for nobody")
}

func TestScanWithTheRealClock(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t)
	fake.Tenant().ScanNewNumbers(50 * time.Millisecond)
	tenant := newCaller(t, fake.URL, fake.TenantKey())
	id := tenant.create(t, "+551140005000")
	require.Eventually(t, func() bool {
		return strings.Contains(string(tenant.try("GET", numbersPath+"/"+id+"/status", "").body), `"OPEN"`)
	}, 5*time.Second, 5*time.Millisecond)
}

func TestExtraNumberIsCharged(t *testing.T) {
	t.Parallel()
	fake, tenant := workspace(t)
	id := tenant.create(t, "+551140005000")
	pay := numbersPath + "/" + id + "/pay"
	unpaid := func(id string) [2]any {
		detail := tenant.number(t, id)
		return [2]any{detail["extraChargeUnpaidSince"], detail["extraChargeDisconnectAt"]}
	}
	fake.Number(id).Declined("insufficient_funds", 12.5, "BRL")
	assert.Equal(t, [2]any{nil, nil}, unpaid(id), "nothing is due before the first connection")
	fake.Number(id).Connect()
	assert.Equal(t, [2]any{"2026-11-03T14:05:09.120Z", "2026-11-10T14:05:09.120Z"}, unpaid(id))
	assert.Equal(t, "OPEN", tenant.state(t, id))
	number := newCaller(t, fake.URL, fake.NumberKey(id))
	r := number.refused(t, 409, "NUMBER_BLOCKED", "POST", sendPath, text)
	assert.Contains(t, string(r.body), `"reason":"extra_charge_unpaid"`)

	r = tenant.refused(t, 402, "PAYMENT_FAILED", "POST", pay, "")
	assert.JSONEq(t, `{"error":"The card was declined","code":"PAYMENT_FAILED","declineCode":"insufficient_funds","proratedTotal":12.5,"currency":"BRL"}`,
		string(r.body))
	for _, row := range []struct {
		code   string
		status int
	}{{"PAYMENT_FAILED", 402}, {"INSUFFICIENT_FUNDS", 402}, {"PAYMENT_IN_PROGRESS", 409}, {"PAYMENT_PROVIDER_ERROR", 502}} {
		fake.Number(id).ChargeOutcome(row.code)
		r = tenant.refused(t, row.status, row.code, "POST", pay, "")
		assert.NotContains(t, string(r.body), "declineCode")
		assert.NotContains(t, string(r.body), "proratedTotal")
	}
	fake.Tenant().DenyPermission("billing:manage")
	fake.Number(id).ChargeOutcome("")
	tenant.refused(t, 403, "PERMISSION_DENIED", "POST", pay, "")
	newCaller(t, fake.URL, fake.NumberKey(id)).refused(t, 403, "NUMBER_SCOPE_NOT_ALLOWED", "POST", pay, "")
	fake.Tenant().GrantPermission("billing:manage")
	assert.NotNil(t, unpaid(id)[0])
	assert.JSONEq(t, `{"ok":true,"status":"paid"}`, string(tenant.do(t, "POST", pay, "").body))
	assert.Equal(t, [2]any{nil, nil}, unpaid(id))
	fake.Number(id).ChargeOutcome("PAYMENT_FAILED")
	assert.JSONEq(t, `{"ok":true,"status":"not_required"}`, string(tenant.do(t, "POST", pay, "").body))
	tenant.refused(t, 404, "NUMBER_NOT_FOUND", "POST", numbersPath+"/num_9/pay", "")
	number.send(t, text)
	fake.Number(id).Disconnect()
	fake.Number(id).Connect()
	assert.Equal(t, [2]any{nil, nil}, unpaid(id), "only the first connection is charged")
	assert.InEpsilon(t, 94.5+31.5, tenant.object(t, 200, "GET", slotsPath, "")["monthlyTotalBRL"], 1e-9, "three are paid now")
}

func TestExtraNumberOutcomes(t *testing.T) {
	t.Parallel()
	fake, tenant := workspace(t)
	blocked := func(id string) bool { return tenant.number(t, id)["extraChargeUnpaidSince"] != nil }
	connect := func(phone, outcome string) string {
		id := tenant.create(t, phone)
		fake.Number(id).ChargeOutcome(outcome)
		fake.Number(id).Connect()
		return id
	}
	fake.Tenant().IncludedNumbers(3)
	assert.False(t, blocked(connect("+551140005000", "PAYMENT_FAILED")), "there is room for it")
	assert.False(t, blocked(connect("+551140005001", "")), "paid")
	assert.True(t, blocked(connect("+551140005002", "INSUFFICIENT_FUNDS")))
	assert.False(t, blocked(connect("+551140005003", "PAYMENT_PROVIDER_ERROR")), "no refusal")
	late := connect("+551140005004", "PAYMENT_FAILED")
	fake.Advance(7*24*time.Hour - 1)
	assert.Equal(t, "OPEN", tenant.state(t, late))
	fake.Advance(1)
	assert.Equal(t, "CLOSE", tenant.state(t, late))
	assert.True(t, blocked(late))
	assert.Equal(t, "2026-11-10T14:05:09.120Z", tenant.number(t, late)["extraChargeDisconnectAt"])
	fake.Number(late).Connect()
	fake.Advance(30 * 24 * time.Hour)
	assert.Equal(t, "OPEN", tenant.state(t, late), "it is cut off once")
	fake.Number(late).Unblock()
	assert.False(t, blocked(late))
	assert.Nil(t, tenant.number(t, late)["extraChargeDisconnectAt"])

	// An official number is blocked and never disconnected.
	out := tenant.object(t, 201, "POST", numbersPath+"/meta", `{"name":"L","number":"+551140005009","metaPhoneId":"1"}`)
	meta := member(t, out, "instance")["id"].(string)
	fake.Number(meta).ChargeOutcome("PAYMENT_FAILED")
	fake.Number(meta).BlockUnpaid()
	assert.Nil(t, tenant.number(t, meta)["extraChargeDisconnectAt"])
	tenant.refused(t, 402, "PAYMENT_FAILED", "POST", numbersPath+"/"+meta+"/pay", "")
}

func TestCreateMeta(t *testing.T) {
	t.Parallel()
	fake, tenant := workspace(t)
	path := numbersPath + "/meta"
	out := tenant.object(t, 201, "POST", path,
		`{"name":"Official","number":"+55119999","metaPhoneId":"123","wabaId":"9","metaAccessToken":"EAAx","anything":{"deep":[1]}}`)
	instance := member(t, out, "instance")
	id := instance["id"].(string)
	assert.Equal(t, "OPEN", instance["state"])
	assert.Regexp(t, `^vt_[0-9a-f]+$`, out["verifyToken"])
	assert.Contains(t, out["webhookUrl"], "https://")
	detail := tenant.number(t, id)
	assert.Equal(t, "META", detail["provider"])
	assert.Equal(t, "OPEN", detail["state"])
	assert.Equal(t, "55119999", detail["number"])
	assert.Equal(t, map[string]any{"status": "NO", "evidence": "meta_is_on_biz_app"}, detail["coexistence"])
	assert.Equal(t, "created "+id+", connected "+id, events(t, fake))
	newCaller(t, fake.URL, fake.NumberKey(id)).send(t, template)
	fake.Advance(time.Minute)
	assert.Equal(t, "READ", statuses(fake))

	fake.Number(id).SetCoexistence("UNKNOWN", "")
	assert.Equal(t, map[string]any{"status": "UNKNOWN", "evidence": nil}, tenant.number(t, id)["coexistence"])
	fake.Number("num_1").SetCoexistence("LIKELY", "phone_fields")
	assert.NotContains(t, tenant.list(t, numbersPath)[0], "coexistence", "only official numbers have it")
	tenant.number(t, id+"?refresh=1")
	tenant.number(t, id+"?refresh=1")
	tenant.number(t, "num_1?refresh=1")
	assert.Equal(t, 2, fake.Number(id).Refreshes())
	assert.Zero(t, fake.Number("num_1").Refreshes())

	for _, body := range []string{
		`{"number":"+55119998","metaPhoneId":"1"}`, `{"name":"x","metaPhoneId":"1"}`, `{"name":"x","number":"+55119998"}`,
		`{"name":"x","number":"+5511999","metaPhoneId":"1"}`, `{"name":"x","number":"+55119998","metaPhoneId":1}`,
	} {
		tenant.refused(t, 400, "", "POST", path, body)
	}
	tenant.refused(t, 409, "", "POST", path, `{"name":"x","number":"+55119999","metaPhoneId":"1"}`)
	tenant.object(t, 200, "DELETE", numbersPath+"/"+id, "")
	tenant.refused(t, 409, "NUMBER_SOFT_DELETED", "POST", path, `{"name":"x","number":"+55119999","metaPhoneId":"1"}`)
}

func TestRegenerateKey(t *testing.T) {
	t.Parallel()
	fake, tenant := workspace(t)
	fake.Number("num_1").HideKey()
	number := newCaller(t, fake.URL, fake.NumberKey("num_1"))
	byID := newCaller(t, fake.URL, "").with("x-api-key-id", fake.Number("num_1").KeyID())
	fake.Advance(time.Second)
	out := tenant.object(t, 201, "POST", "/v1/api-keys", `{"whatsappNumberId":"num_1"}`)
	key := fake.NumberKey("num_1")
	assert.Equal(t, map[string]any{
		"numberId": "num_1", "keyId": fake.Number("num_1").KeyID(), "keyPrefix": key[:7], "keyLast4": key[len(key)-4:], "key": key,
		"createdAt": "2026-11-03T14:05:10.120Z",
	}, out)
	assert.Equal(t, 401, number.do(t, "GET", "/v1/api-keys", "").status)
	assert.Equal(t, 401, byID.do(t, "GET", "/v1/api-keys", "").status)
	newCaller(t, fake.URL, key).send(t, text)
	assert.Equal(t, key, tenant.list(t, "/v1/api-keys")[0]["key"], "the new key can be shown")

	tenant.refused(t, 404, "NUMBER_NOT_FOUND", "POST", "/v1/api-keys", `{"whatsappNumberId":"num_9"}`)
	for _, body := range []string{`{}`, `{"whatsappNumberId":""}`, `{"whatsappNumberId":1}`, `{"numberId":"num_1"}`} {
		tenant.refused(t, 400, "", "POST", "/v1/api-keys", body)
	}
	newCaller(t, fake.URL, key).refused(t, 403, "NUMBER_SCOPE_NOT_ALLOWED", "POST", "/v1/api-keys", `{"whatsappNumberId":"num_1"}`)
	assert.Equal(t, key, fake.NumberKey("num_1"))
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
