package pilotstatustest_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOwnKeyList(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	key, id := fake.NumberKey("num_1"), fake.Number("num_1").KeyID()
	row := func(lastUsed string) string {
		return fmt.Sprintf(`[{"id":%q,"name":"Default","keyPrefix":%q,"lastUsedAt":%s,"createdAt":"2026-11-03T14:05:09.120Z",
			"webhookId":null,"webhook":null,"projectId":null,"whatsappInstanceId":"wi_1",
			"whatsappInstance":{"id":"wi_1","instanceName":"acme-551130004000","displayName":"Front desk","number":"551130004000","state":"OPEN"},
			"retentionDays":30}]`, id, key[:7], lastUsed)
	}
	assert.JSONEq(t, row("null"), string(number.do(t, "GET", "/v1/api-keys", "").body))
	fake.Advance(time.Second)
	number.do(t, "GET", "/v1/messages/x", "")
	assert.JSONEq(t, row(`"2026-11-03T14:05:10.120Z"`), string(number.do(t, "GET", "/v1/api-keys", "").body))

	meta := newCaller(t, fake.URL, fake.NumberKey("num_2")).list(t, "/v1/api-keys")
	require.Len(t, meta, 1)
	assert.Nil(t, meta[0]["whatsappInstance"])
	assert.Contains(t, meta[0], "whatsappInstanceId")

	fake.Tenant().RefuseKeyList(true)
	r := number.do(t, "GET", "/v1/api-keys", "")
	assert.Equal(t, http.StatusForbidden, r.status)
	assert.Equal(t, "NUMBER_SCOPE_NOT_ALLOWED", r.code())
	assert.Len(t, newCaller(t, fake.URL, fake.TenantKey()).list(t, "/v1/api-keys"), 2)
}

func TestNumberKeyList(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	tenant := newCaller(t, fake.URL, fake.TenantKey())
	fake.Number("num_2").HideKey()
	one := fake.NumberKey("num_1")
	assert.JSONEq(t, fmt.Sprintf(`[
		{"numberId":"num_1","number":"551130004000","displayName":"Front desk","keyId":%q,"keyLast4":%q,"key":%q,"revealable":true},
		{"numberId":"num_2","number":"551150006000","displayName":"Official line","keyId":%q,"keyLast4":null,"key":null,"revealable":false}]`,
		fake.Number("num_1").KeyID(), one[len(one)-4:], one, fake.Number("num_2").KeyID()),
		string(tenant.do(t, "GET", "/v1/api-keys", "").body))

	// A hidden key works, and its successor can be shown.
	hidden := newCaller(t, fake.URL, fake.NumberKey("num_2"))
	fresh := hidden.object(t, http.StatusCreated, "POST", "/v1/api-keys/regenerate", "")
	rows := tenant.list(t, "/v1/api-keys")
	assert.Equal(t, fresh["key"], rows[1]["key"])
	assert.Equal(t, true, rows[1]["revealable"])
	assert.NotContains(t, string(number.do(t, "GET", "/v1/api-keys", "").body), one, "a number key is never shown to itself")
}

func TestRotate(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	tenant := newCaller(t, fake.URL, fake.TenantKey())
	for _, row := range []struct {
		caller  *caller
		path    string
		scope   string
		id      any
		current func() string
		keyID   func() string
	}{
		{number, "/v1/api-keys", "number", "num_1", func() string { return fake.NumberKey("num_1") }, fake.Number("num_1").KeyID},
		{tenant, "/v1/numbers", "tenant", nil, fake.TenantKey, fake.Tenant().KeyID},
	} {
		old := row.current()
		oldID := newCaller(t, fake.URL, "").with("x-api-key-id", row.keyID())
		require.Equal(t, http.StatusOK, oldID.do(t, "GET", row.path, "").status)
		out := row.caller.object(t, http.StatusCreated, "POST", "/v1/api-keys/regenerate", "")
		fresh, ok := out["key"].(string)
		require.True(t, ok)
		assert.NotEqual(t, old, fresh)
		assert.Equal(t, row.current(), fresh)
		assert.Equal(t, fresh[:7], out["keyPrefix"])
		assert.Equal(t, fresh[len(fresh)-4:], out["keyLast4"])
		assert.Equal(t, row.scope, out["scope"])
		assert.Equal(t, row.id, out["whatsappNumberId"])
		assert.Contains(t, out, "whatsappNumberId")
		assert.Equal(t, "2026-11-03T14:05:09.120Z", out["createdAt"])

		assert.Equal(t, http.StatusUnauthorized, row.caller.do(t, "GET", row.path, "").status, "the old key is dead")
		assert.Equal(t, http.StatusUnauthorized, oldID.do(t, "GET", row.path, "").status, "and its id")
		assert.Equal(t, http.StatusUnauthorized, row.caller.do(t, "POST", "/v1/api-keys/regenerate", "").status)
		assert.Equal(t, http.StatusOK, newCaller(t, fake.URL, fresh).do(t, "GET", row.path, "").status)
		byID := newCaller(t, fake.URL, "").with("x-api-key-id", out["id"].(string))
		assert.Equal(t, http.StatusOK, byID.do(t, "GET", row.path, "").status)
	}
}

func TestRotateIsAtomic(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	replies := make([]reply, 20)
	var group sync.WaitGroup
	for i := range replies {
		group.Go(func() { replies[i] = number.try("POST", "/v1/api-keys/regenerate", "") })
	}
	group.Wait()
	count := map[int]int{}
	for _, r := range replies {
		require.NoError(t, r.err)
		count[r.status]++
	}
	assert.Equal(t, map[int]int{201: 1, 401: 19}, count)
	assert.Len(t, fake.Requests(), 20)
}

func TestRotateWithALostAnswer(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	old := fake.NumberKey("num_1")
	fake.Inject(fault{Op: "Key.Rotate", Reset: true, Processed: true})
	require.Error(t, number.try("POST", "/v1/api-keys/regenerate", "").err)
	assert.NotEqual(t, old, fake.NumberKey("num_1"))
	assert.Equal(t, http.StatusUnauthorized, number.do(t, "GET", "/v1/api-keys", "").status)
}

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

func TestContactsCheck(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	r := number.do(t, "POST", "/v1/numbers/check", `{"numbers":["+5511900001234","+14155550100","+5511900000000","nobody"]}`)
	assert.JSONEq(t, `{"results":[
		{"input":"+5511900001234","exists":true,"number":"551100001234","name":null},
		{"input":"+14155550100","exists":true,"number":"14155550100","name":null},
		{"input":"+5511900000000","exists":false,"number":null,"name":null},
		{"input":"nobody","exists":false,"number":null,"name":null}]}`, string(r.body))
	r = number.do(t, "POST", "/v1/numbers/check", `{"number":"+14155550100"}`)
	assert.JSONEq(t, `{"results":[{"input":"+14155550100","exists":true,"number":"14155550100","name":null}]}`, string(r.body))

	many := `{"numbers":["+14155550100"`
	for range 19 {
		many += `,"+14155550100"`
	}
	assert.Equal(t, http.StatusOK, number.do(t, "POST", "/v1/numbers/check", many+`]}`).status)
	for _, body := range []string{
		`{}`, `{"numbers":[]}`, `{"numbers":"+14155550100"}`, `{"numbers":["+1"],"number":"+1"}`, many + `,"+14155550100"]}`, `x`,
	} {
		r := number.do(t, "POST", "/v1/numbers/check", body)
		assert.Equal(t, http.StatusBadRequest, r.status, body)
		assert.Equal(t, "VALIDATION_ERROR", r.code(), body)
	}

	fake.Number("num_1").Disconnect()
	r = number.do(t, "POST", "/v1/numbers/check", `{"number":"+14155550100"}`)
	assert.Equal(t, http.StatusConflict, r.status)
	assert.Equal(t, "WHATSAPP_INSTANCE_NOT_CONNECTED", r.code())
}

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
