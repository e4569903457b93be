package pilotstatustest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPairingInfo(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	nobody := newCaller(t, fake.URL, "")
	fake.Number("num_1").Disconnect()
	first, second := fake.Tenant().PairingLink("num_1"), fake.Tenant().PairingLink("num_2")
	require.NotEqual(t, first, second)

	want := `{"valid":true,"name":"Front desk","maskedNumber":"+55 11 3****-4000","state":"CLOSE",
		"primaryLink":{"state":"CLOSE","connectedAt":null},"secondaryLink":null}`
	for _, c := range []*caller{nobody, number, newCaller(t, fake.URL, "ps_unknown"), number.with("x-api-key-id", "x")} {
		r := c.do(t, "GET", "/v1/remote-pairing/"+first, "")
		assert.Equal(t, http.StatusOK, r.status, "a key does no harm")
		assert.JSONEq(t, want, string(r.body))
	}
	assert.Equal(t, "Official line", nobody.object(t, http.StatusOK, "GET", "/v1/remote-pairing/"+second, "")["name"])

	gone := func(token string) {
		t.Helper()
		r := nobody.do(t, "GET", "/v1/remote-pairing/"+token, "")
		assert.Equal(t, http.StatusNotFound, r.status)
		assert.JSONEq(t, `{"error":"Invalid or expired pairing link"}`, string(r.body))
	}
	gone("unknown")
	fake.Number("num_1").Connect()
	gone(first)
	fake.Advance(24*time.Hour - 1)
	assert.Equal(t, http.StatusOK, nobody.do(t, "GET", "/v1/remote-pairing/"+second, "").status)
	fake.Advance(1)
	gone(second)

	fake.Tenant().DeadPairingIsAnswer(true)
	r := nobody.do(t, "GET", "/v1/remote-pairing/"+second, "")
	assert.Equal(t, http.StatusOK, r.status)
	assert.JSONEq(t, `{"valid":false,"reason":"expired"}`, string(r.body))
}

const (
	invitePath = numbersPath + "/remote-pairing"
	signedUp   = `{"phoneNumberId":"1069","wabaId":"2041","code":"AQ-once","more":true}`
)

// invite makes a pairing link and returns the id of the number and the path of the
// link.
func (c *caller) invite(t *testing.T, phone string) (string, string) {
	t.Helper()
	out := c.object(t, http.StatusCreated, "POST", invitePath, fmt.Sprintf(`{"name":"Branch 2","number":%q}`, phone))
	return out["numberId"].(string), "/v1/remote-pairing/" + out["remotePairingToken"].(string)
}

func TestCreatePairingLink(t *testing.T) {
	t.Parallel()
	fake, tenant := workspace(t)
	out := tenant.object(t, 201, "POST", invitePath,
		`{"name":"Branch 2","number":"+551160007000","linkToApiKey":true,"branding":{"primaryColor":"#0A7F5A"},"metaFlow":"embedded"}`)
	id, token := out["numberId"].(string), out["remotePairingToken"].(string)
	instance := member(t, out, "instance")
	assert.Equal(t, id, instance["id"])
	assert.Equal(t, "CLOSE", instance["state"])
	assert.Equal(t, "551160007000", instance["number"])
	delete(out, "instance")
	assert.Equal(t, map[string]any{
		"linkedApiKeyId": nil, "remotePairingUrl": "https://connect.example.test/connect/" + token, "remotePairingToken": token,
		"maskedNumber": "+55 11 6****-7000", "messageSent": false, "provider": "PILOT_STATUS", "numberId": id,
	}, out)
	assert.Equal(t, "CLOSE", tenant.number(t, id)["state"])
	assert.NotContains(t, tenant.list(t, numbersPath)[2], "lastValidatedAt")
	assert.Equal(t, "created "+id, events(t, fake))

	for _, body := range []string{
		`{"number":"+551160007001"}`, `{"name":"x"}`, `{"name":"x","number":"12"}`, `{"name":"x","number":"+551160007001","provider":"OTHER"}`,
		`{"name":"x","number":"+551160007001","metaFlow":"other"}`, `{"name":"x","number":"+551160007001","branding":{"logoUrl":"http://x"}}`,
		`{"name":"x","number":"+551160007001","sendViaWhatsApp":"yes"}`, `{"provider":"META","number":"12"}`,
		`{"provider":"META","sendViaWhatsApp":true}`,
	} {
		tenant.refused(t, 400, "", "POST", invitePath, body)
	}
	tenant.refused(t, 409, "", "POST", invitePath, `{"name":"x","number":"+551160007000"}`)
	tenant.object(t, 200, "DELETE", numbersPath+"/"+id, "")
	tenant.refused(t, 409, "NUMBER_SOFT_DELETED", "POST", invitePath, `{"name":"x","number":"+551160007000"}`)
	newCaller(t, fake.URL, fake.NumberKey("num_1")).refused(t, 403, "NUMBER_SCOPE_NOT_ALLOWED", "POST", invitePath, `{}`)
}

func TestPairingMessage(t *testing.T) {
	t.Parallel()
	fake, tenant := workspace(t)
	out := tenant.object(t, 201, "POST", invitePath, `{"name":"x","number":"+551160007000","sendViaWhatsApp":true}`)
	assert.Equal(t, true, out["messageSent"])
	assert.NotContains(t, out, "messageError")
	fake.Tenant().PairingMessageFails("No template pilot_status_remote_pairing")
	out = tenant.object(t, 201, "POST", invitePath, `{"name":"x","number":"+551160007001"}`)
	assert.NotContains(t, out, "messageError", "nobody asked for a message")
	out = tenant.object(t, 201, "POST", invitePath, `{"name":"x","number":"+551160007002","sendViaWhatsApp":true}`)
	assert.Equal(t, false, out["messageSent"])
	assert.Equal(t, "No template pilot_status_remote_pairing", out["messageError"])
	path := "/v1/remote-pairing/" + out["remotePairingToken"].(string)
	assert.Equal(t, 200, tenant.do(t, "GET", path, "").status, "the link works all the same")
}

func TestPairing(t *testing.T) {
	t.Parallel()
	fake, tenant := workspace(t)
	nobody := newCaller(t, fake.URL, "")
	id, path := tenant.invite(t, "+551160007000")
	info := nobody.object(t, 200, "GET", path, "")
	assert.Equal(t, true, info["valid"])
	assert.Equal(t, "CLOSE", info["state"])
	assert.JSONEq(t, `{"state":"CLOSE","isFullyConnected":false,"primaryLink":{"state":"CLOSE","connectedAt":null},"secondaryLink":null}`,
		string(nobody.do(t, "GET", path+"/status", "").body))

	first := nobody.object(t, 200, "POST", path+"/connect", "")
	require.Len(t, first, 3)
	assert.Contains(t, first["qrcodeBase64"], "data:image/png;base64,")
	assert.Nil(t, first["secondaryLink"])
	second := tenant.object(t, 200, "POST", path+"/connect", "") // a key does no harm
	assert.NotEqual(t, first["qrcodeBase64"], second["qrcodeBase64"])
	assert.NotEqual(t, first["pairingCode"], second["pairingCode"])
	assert.Equal(t, "CONNECTING", tenant.state(t, id))
	assert.Equal(t, "CONNECTING", nobody.object(t, 200, "GET", path+"/status", "")["state"])
	nobody.refused(t, 400, "", "POST", path+"/connect", `{}`)

	fake.Number(id).Connect()
	nobody.refused(t, 404, "", "GET", path, "")
	nobody.refused(t, 409, "", "POST", path+"/connect", "")
	assert.JSONEq(t, `{"state":"OPEN","isFullyConnected":true,
		"primaryLink":{"state":"OPEN","connectedAt":"2026-11-03T14:05:09.120Z"},"secondaryLink":null}`,
		string(nobody.do(t, "GET", path+"/status", "").body))
	nobody.refused(t, 404, "", "GET", path+"/status", "")
	nobody.refused(t, 404, "", "POST", path+"/connect", "")
	newCaller(t, fake.URL, fake.NumberKey(id)).send(t, text)
	fake.Advance(time.Minute)
	assert.Equal(t, "READ", statuses(fake))
	for _, row := range [][2]string{{"GET", ""}, {"POST", "/connect"}, {"GET", "/status"}} {
		nobody.refused(t, 404, "", row[0], "/v1/remote-pairing/unknown"+row[1], "")
	}
}

func TestPairingExpires(t *testing.T) {
	t.Parallel()
	fake, tenant := workspace(t)
	id, path := tenant.invite(t, "+551160007000")
	fake.Advance(24*time.Hour - 1)
	tenant.object(t, 200, "POST", path+"/connect", "")
	fake.Advance(1)
	tenant.refused(t, 404, "", "GET", path, "")
	tenant.refused(t, 404, "", "POST", path+"/connect", "")
	tenant.refused(t, 404, "", "GET", path+"/status", "")
	assert.Equal(t, "CONNECTING", tenant.state(t, id), "the number stays")
	fake.Tenant().LateCodes(true)
	_, late := tenant.invite(t, "+551160007001")
	assert.Nil(t, tenant.object(t, 200, "POST", late+"/connect", "")["qrcodeBase64"])
	assert.NotNil(t, tenant.object(t, 200, "POST", late+"/connect", "")["qrcodeBase64"])
	meta := "/v1/remote-pairing/" + fake.Tenant().PairingLink("num_2")
	tenant.refused(t, 400, "", "POST", meta+"/connect", "")
}

func TestPairingOfADualNumber(t *testing.T) {
	t.Parallel()
	fake, tenant := workspace(t)
	id, path := tenant.invite(t, "+551160007000")
	tenant.object(t, 200, "POST", numbersPath+"/"+id+"/upgrade-to-dual", "")
	out := tenant.object(t, 200, "POST", path+"/connect", "")
	bundle := member(t, out, "secondaryLink")
	assert.NotNil(t, bundle["qrcodeBase64"])
	assert.NotEqual(t, out["pairingCode"], bundle["pairingCode"])
	assert.Equal(t, "CONNECTING", member(t, tenant.object(t, 200, "GET", path, ""), "secondaryLink")["state"])

	fake.Number(id).Connect()
	half := tenant.object(t, 200, "GET", path+"/status", "")
	assert.Equal(t, "OPEN", half["state"])
	assert.Equal(t, false, half["isFullyConnected"])
	out = tenant.object(t, 200, "POST", path+"/connect", "")
	assert.Nil(t, out["pairingCode"], "the first device needs none")
	assert.NotNil(t, member(t, out, "secondaryLink")["pairingCode"])
	fake.Number(id).ScanSecondary()
	assert.Equal(t, true, tenant.object(t, 200, "GET", path+"/status", "")["isFullyConnected"])
	tenant.refused(t, 404, "", "GET", path+"/status", "")
}

func TestOtherFormsOfPairing(t *testing.T) {
	t.Parallel()
	fake, tenant := workspace(t)
	fake.Tenant().OtherForms(true)
	out := tenant.object(t, 201, "POST", invitePath, `{"name":"Branch 2","number":"+551160007000"}`)
	url := out["remotePairingUrl"].(string)
	assert.NotContains(t, out, "remotePairingToken")
	assert.NotContains(t, out, "numberId")
	assert.Equal(t, "CLOSE", member(t, out, "instance")["status"])
	path := "/v1/remote-pairing/" + url[strings.LastIndex(url, "/")+1:]
	assert.JSONEq(t, `{"valid":true,"name":"Branch 2","number":"+55 11 6****-7000","state":"CLOSE"}`, string(tenant.do(t, "GET", path, "").body))
	assert.JSONEq(t, `{"state":"CLOSE","isFullyConnected":false}`, string(tenant.do(t, "GET", path+"/status", "").body))

	out = tenant.object(t, 201, "POST", invitePath, `{"provider":"META"}`)
	assert.NotContains(t, out, "instance")
	url = out["remotePairingUrl"].(string)
	done := tenant.object(t, 200, "POST", "/v1/meta-embedded/"+url[strings.LastIndex(url, "/")+1:]+"/complete", signedUp)
	assert.Equal(t, "OPEN", member(t, done, "instance")["status"])
}

func TestMetaOnboarding(t *testing.T) {
	t.Parallel()
	fake, tenant := workspace(t)
	nobody := newCaller(t, fake.URL, "")
	link := func(body string) string {
		out := tenant.object(t, 201, "POST", invitePath, body)
		assert.Equal(t, "META", out["provider"])
		assert.NotContains(t, out, "instance", "the number comes from Meta")
		assert.NotContains(t, out, "numberId")
		assert.Regexp(t, `^[\w-]+\.[\w-]+\.[\w-]+$`, out["remotePairingToken"])
		return fmt.Sprintf("/v1/meta-embedded/%s/complete", out["remotePairingToken"])
	}
	path := link(`{"provider":"META","name":"Clinic","number":"+55116000","redirectUrl":"https://x.test","externalRef":"r1","sendViaWhatsApp":true}`)
	assert.Len(t, tenant.list(t, numbersPath), 2)
	for _, body := range []string{`{}`, `{"phoneNumberId":"1","wabaId":"2"}`, `{"phoneNumberId":"1","code":"c"}`, `{"wabaId":"2","code":"c"}`, `[]`} {
		nobody.refused(t, 400, "", "POST", path, body)
	}
	out := nobody.object(t, 200, "POST", path, signedUp)
	id := out["numberId"].(string)
	assert.Equal(t, map[string]any{"numberId": id}, out)
	detail := tenant.number(t, id)
	assert.Equal(t, "META", detail["provider"])
	assert.Equal(t, "OPEN", detail["state"])
	assert.Equal(t, "55116000", detail["number"])
	assert.Equal(t, "Clinic", detail["name"])
	assert.Equal(t, "created "+id+", connected "+id, events(t, fake))
	nobody.refused(t, 401, "INVALID_SESSION", "POST", path, signedUp)
	nobody.refused(t, 401, "INVALID_SESSION", "POST", "/v1/meta-embedded/eyJ.x.y/complete", signedUp)

	nobody.refused(t, 409, "", "POST", link(`{"provider":"META","number":"+55116000"}`), signedUp)
	one := nobody.object(t, 200, "POST", link(`{"provider":"META"}`), signedUp)["numberId"].(string)
	other := nobody.object(t, 200, "POST", link(`{"provider":"META"}`), signedUp)["numberId"].(string)
	assert.NotEqual(t, tenant.number(t, one)["number"], tenant.number(t, other)["number"])
	late := link(`{"provider":"META"}`)
	fake.Advance(24 * time.Hour)
	nobody.refused(t, 401, "INVALID_SESSION", "POST", late, signedUp)
}
