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
