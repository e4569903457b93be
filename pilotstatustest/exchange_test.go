package pilotstatustest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

func TestScopes(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	tenant := newCaller(t, fake.URL, fake.TenantKey())
	view := tenant.with("x-whatsapp-number-id", "num_1")
	foreign := tenant.with("x-whatsapp-number-id", "num_9")
	empty := tenant.with("x-whatsapp-number-id", "")
	twice := view.with("x-whatsapp-number-id", "num_2")
	numberForeign := number.with("x-whatsapp-number-id", "num_9")

	const (
		notTenant = "TENANT_SCOPE_NOT_ALLOWED"
		notNumber = "NUMBER_SCOPE_NOT_ALLOWED"
		notIn     = "NUMBER_NOT_IN_GRANT"
		contact   = `{"numbers":["+14155550100"]}`
		cancel    = `{"messageIds":["msg_x"]}`
	)
	for _, row := range []struct {
		op, method, path, body string
		caller                 *caller
		status                 int
		code                   string
	}{
		{"Messages.Send", "POST", sendPath, text, number, 202, ""},
		{"Messages.Send", "POST", sendPath, text, numberForeign, 202, ""},
		{"Messages.Send", "POST", sendPath, text, tenant, 403, notTenant},
		{"Messages.Send", "POST", sendPath, text, view, 403, notTenant},
		{"Messages.Get", "GET", "/v1/messages/msg_x", "", number, 404, ""},
		{"Messages.Get", "GET", "/v1/messages/msg_x", "", tenant, 403, notTenant},
		{"Messages.Get", "GET", "/v1/messages/msg_x", "", view, 403, notTenant},
		{"Messages.Cancel", "DELETE", "/v1/messages/cancel", cancel, number, 200, ""},
		{"Messages.Cancel", "DELETE", "/v1/messages/cancel", cancel, tenant, 403, notTenant},
		{"Messages.Cancel", "DELETE", "/v1/messages/cancel", cancel, view, 403, notTenant},
		{"Contacts.Check", "POST", "/v1/numbers/check", contact, number, 200, ""},
		{"Contacts.Check", "POST", "/v1/numbers/check", contact, numberForeign, 200, ""},
		{"Contacts.Check", "POST", "/v1/numbers/check", contact, tenant, 403, notTenant},
		{"Contacts.Check", "POST", "/v1/numbers/check", contact, view, 200, ""},
		{"Contacts.Check", "POST", "/v1/numbers/check", contact, foreign, 403, notIn},
		{"Contacts.Check", "POST", "/v1/numbers/check", contact, empty, 403, notIn},
		{"Contacts.Check", "POST", "/v1/numbers/check", contact, twice, 403, notIn},
		{"Key.List", "GET", "/v1/api-keys", "", number, 200, ""},
		{"APIKeys.List", "GET", "/v1/api-keys", "", tenant, 200, ""},
		{"APIKeys.List", "GET", "/v1/api-keys", "", view, 200, ""},
		{"Numbers.List", "GET", "/v1/numbers", "", tenant, 200, ""},
		{"Numbers.List", "GET", "/v1/numbers", "", foreign, 200, ""},
		{"Numbers.List", "GET", "/v1/numbers", "", number, 403, notNumber},
		{"Numbers.Get", "GET", "/v1/numbers/num_2", "", tenant, 200, ""},
		{"Numbers.Get", "GET", "/v1/numbers/num_1", "", number, 403, notNumber},
	} {
		r := row.caller.do(t, row.method, row.path, row.body)
		assert.Equal(t, row.status, r.status, "%s: %s", row.op, r.body)
		assert.Equal(t, row.code, r.code(), "%s: %s", row.op, r.body)
		seen := lastRequest(fake)
		assert.Equal(t, row.op, seen.Op)
		assert.Equal(t, row.status, seen.Status)
	}
	// The second number is the one that a view of it acts on.
	r := tenant.with("x-whatsapp-number-id", "num_2").do(t, "POST", "/v1/numbers/check", contact)
	assert.Equal(t, "NOT_SUPPORTED_FOR_META", r.code())
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	nobody := newCaller(t, fake.URL, "")
	numberID, tenantID := fake.Number("num_1").KeyID(), fake.Tenant().KeyID()
	require.NotEqual(t, numberID, tenantID)

	for name, row := range map[string]struct {
		caller *caller
		path   string
		status int
	}{
		"no key":           {nobody, "/v1/api-keys", 401},
		"unknown key":      {nobody.with("x-api-key", "ps_nope"), "/v1/api-keys", 401},
		"empty key":        {nobody.with("x-api-key", ""), "/v1/api-keys", 401},
		"id as key":        {nobody.with("x-api-key", numberID), "/v1/api-keys", 401},
		"key as id":        {nobody.with("x-api-key-id", fake.NumberKey("num_1")), "/v1/api-keys", 401},
		"bearer":           {nobody.with("Authorization", "Bearer "+fake.NumberKey("num_1")), "/v1/api-keys", 401},
		"number key by id": {nobody.with("x-api-key-id", numberID), "/v1/api-keys", 200},
		"tenant key by id": {nobody.with("x-api-key-id", tenantID), "/v1/numbers", 200},
		"key and id":       {number.with("x-api-key-id", numberID), "/v1/api-keys", 400},
		"two keys":         {number.with("x-api-key", fake.TenantKey()), "/v1/api-keys", 400},
	} {
		r := row.caller.do(t, http.MethodGet, row.path, "")
		assert.Equal(t, row.status, r.status, name)
		assert.Empty(t, r.code(), name)
		assert.Equal(t, "application/json", r.header.Get("Content-Type"), name)
		if row.status != 200 {
			assert.Contains(t, string(r.body), `"error":"`, name)
			assert.NotEmpty(t, lastRequest(fake).Refusal, name)
		}
	}
}

func TestKeysAreRandomPerServer(t *testing.T) {
	t.Parallel()
	one, other := pilotstatustest.NewServer(t), pilotstatustest.NewServer(t)
	keys := []string{
		one.TenantKey(), one.NumberKey("num_1"), one.NumberKey("num_2"),
		other.TenantKey(), other.NumberKey("num_1"), other.NumberKey("num_2"),
	}
	seen := map[string]bool{}
	for _, key := range keys {
		assert.Regexp(t, `^ps_[0-9a-f]{48}$`, key)
		seen[key] = true
	}
	assert.Len(t, seen, len(keys))
	assert.Empty(t, one.NumberKey("num_9"))
}

func TestUnknownRoutesAnswerHTML(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	for _, row := range [][2]string{
		{"GET", "/"},
		{"GET", "/v1/v1/api-keys"},
		{"GET", "/api/v1/api-keys"},
		{"GET", "/v1/api-keys/"},
		{"GET", "/v1//api-keys"},
		{"POST", "/v1/api-keys/regenerate/now"},
		{"PUT", "/v1/messages/send"},
		{"GET", "/v1/messages/"},
		{"GET", "/v1/messages/opt-in"},
		{"GET", "/v1/messages/send"},
		{"GET", "/v1/messages/msg_1/more"},
		{"GET", "/v1/numbers/check"},
		{"POST", "/v1/numbers/num_1/settings"},
	} {
		for _, c := range []*caller{number, newCaller(t, fake.URL, "")} {
			r := c.do(t, row[0], row[1], "")
			assert.Equal(t, http.StatusNotFound, r.status, "%v", row)
			assert.Equal(t, "text/html; charset=utf-8", r.header.Get("Content-Type"), "%v", row)
			assert.True(t, strings.HasPrefix(string(r.body), "<!DOCTYPE html>"), "%v", row)
			assert.Empty(t, lastRequest(fake).Op, "%v", row)
			assert.Equal(t, http.StatusNotFound, lastRequest(fake).Status, "%v", row)
		}
	}
}

func TestBodies(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	for name, row := range map[string]struct {
		method, path, body, kind string
		status                   int
	}{
		"body on a GET":          {"GET", "/v1/api-keys", `{}`, "application/json", 400},
		"body on a POST without": {"POST", "/v1/api-keys/regenerate", `{}`, "application/json", 400},
		"no body":                {"POST", sendPath, "", "application/json", 400},
		"no body on a DELETE":    {"DELETE", "/v1/messages/cancel", "", "application/json", 400},
		"form":                   {"POST", sendPath, text, "application/x-www-form-urlencoded", 400},
		"bad content type":       {"POST", sendPath, text, ";", 400},
		"charset":                {"POST", sendPath, text, "application/json; charset=utf-8", 202},
		"not JSON":               {"POST", sendPath, `{`, "application/json", 400},
		"array":                  {"POST", sendPath, `[]`, "application/json", 400},
		"null":                   {"POST", sendPath, `null`, "application/json", 400},
		"two values":             {"POST", sendPath, text + `{}`, "application/json", 400},
	} {
		r := number.with("Content-Type", row.kind).do(t, row.method, row.path, row.body)
		assert.Equal(t, row.status, r.status, name)
		if row.status == 400 {
			assert.JSONEq(t, `{"error":"Validation error"}`, string(r.body), name)
			assert.NotEmpty(t, lastRequest(fake).Refusal, name)
		}
	}
	assert.NotEmpty(t, fake.NumberKey("num_1"))
	assert.Equal(t, number.header.Get("x-api-key"), fake.NumberKey("num_1"), "a refused rotation rotates nothing")

	large := number.do(t, "POST", sendPath, strings.Repeat(" ", 32<<20)+text)
	assert.Equal(t, http.StatusRequestEntityTooLarge, large.status)
	assert.Nil(t, lastRequest(fake).Body)
	assert.Len(t, fake.Messages(), 1)
}
