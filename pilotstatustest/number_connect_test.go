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
