package pilotstatustest_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestGroups(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	assert.Equal(t, "[]", string(number.do(t, "GET", "/v1/groups", "").body))
	fake.Number("num_1").AddGroup(teamA, "Team A", "+5511900001234")

	made := number.object(t, http.StatusCreated, "POST", "/v1/groups", `{"subject":"Night shift","participants":["5511900001234","+5511900001234","5511900005555"]}`)
	id, ok := made["id"].(string)
	require.True(t, ok)
	assert.Regexp(t, `^120363\d{12}@g\.us$`, id)
	assert.Equal(t, map[string]any{"id": id, "subject": "Night shift", "participants": []any{"5511900001234", "5511900005555"}}, made)
	other := number.object(t, http.StatusCreated, "POST", "/v1/groups", `{"subject":"Night shift"}`)
	assert.NotEqual(t, id, other["id"], "repeating makes a second group")
	assert.Equal(t, []any{}, other["participants"])
	assert.JSONEq(t, fmt.Sprintf(`[{"id":%q,"subject":"Team A"},{"id":%q,"subject":"Night shift"},{"id":%q,"subject":"Night shift"}]`,
		teamA, id, other["id"]), string(number.do(t, "GET", "/v1/groups", "").body))

	members := func(want ...string) {
		t.Helper()
		for _, path := range []string{"/v1/groups/" + id, "/v1/groups/" + id[:18] + "%40g.us"} {
			group := number.object(t, http.StatusOK, "GET", path, "")
			assert.Equal(t, id, group["id"])
			assert.Equal(t, "Night shift", group["subject"])
			all := []any{map[string]any{"id": "551130004000@s.whatsapp.net", "role": "admin"}}
			for _, phone := range want {
				all = append(all, map[string]any{"id": phone + "@s.whatsapp.net", "role": "member"})
			}
			assert.Equal(t, all, group["participants"])
		}
	}
	members("5511900001234", "5511900005555")
	path := "/v1/groups/" + id[:18] + "%40g.us/participants"
	r := number.do(t, "POST", path, `{"participants":["+5511900005555","+5511900007777"]}`)
	assert.Equal(t, http.StatusOK, r.status)
	assert.JSONEq(t, `{"success":true}`, string(r.body))
	members("5511900001234", "5511900005555", "5511900007777")
	r = number.do(t, "DELETE", path, `{"participants":["+5511900001234","5511900007777","5511900000000"]}`)
	assert.Equal(t, http.StatusOK, r.status)
	assert.JSONEq(t, `{"success":true}`, string(r.body))
	members("5511900005555")

	// The groups of one number are not those of another.
	fake.Number("num_2").AllowGroups(true)
	meta := newCaller(t, fake.URL, fake.NumberKey("num_2"))
	assert.Empty(t, meta.list(t, "/v1/groups"))
	assert.Equal(t, http.StatusNotFound, meta.do(t, "GET", "/v1/groups/"+id, "").status)
	meta.object(t, http.StatusCreated, "POST", "/v1/groups", `{"subject":"Official"}`)
	assert.Len(t, meta.list(t, "/v1/groups"), 1)
	fake.Number("num_2").AllowGroups(false)
	assert.Equal(t, "META_GROUPS_NOT_ELIGIBLE", meta.do(t, "GET", "/v1/groups", "").code())

	// A message from a group shows that the number is in it, and may show a new name.
	fake.Number("num_1").Receive(inboundMessage{From: "5511900001234", GroupID: teamA, GroupName: "Team Alpha"})
	fake.Number("num_1").Receive(inboundMessage{From: "5511900001234", GroupID: "9@g.us"})
	fake.Number("num_1").Receive(inboundMessage{From: "5511900001234", GroupID: teamA})
	rows := number.list(t, "/v1/groups")
	assert.Equal(t, "Team Alpha", rows[0]["subject"])
	assert.Equal(t, map[string]any{"id": "9@g.us", "subject": ""}, rows[3])
}

func TestGroupsRefuse(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	fake.Number("num_1").AddGroup(teamA, "Team A")
	const group = "/v1/groups/" + teamA + "/participants"
	for _, row := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", "/v1/groups", `{}`, 400},
		{"POST", "/v1/groups", `{"subject":" "}`, 400},
		{"POST", "/v1/groups", `{"Subject":"x"}`, 400},
		{"POST", "/v1/groups", `{"subject":"x","participants":["Lia"]}`, 400},
		{"POST", "/v1/groups", `{"subject":"x","participants":"5511900001234"}`, 400},
		{"POST", "/v1/groups", `{"subject":"x","participants":[5511900001234]}`, 400},
		{"POST", group, `{"participants":[]}`, 400},
		{"POST", group, `{}`, 400},
		{"POST", group, ``, 400},
		{"POST", group, `[]`, 400},
		{"POST", group, `{"participants":["Lia"]}`, 400},
		{"DELETE", group, `{"participants":[]}`, 400},
		{"DELETE", group, ``, 400},
		{"GET", "/v1/groups/9@g.us", ``, 404},
		{"POST", "/v1/groups/9@g.us/participants", `{"participants":["5511900001234"]}`, 404},
		{"DELETE", "/v1/groups/9@g.us/participants", `{"participants":["5511900001234"]}`, 404},
	} {
		r := number.do(t, row.method, row.path, row.body)
		assert.Equal(t, row.status, r.status, "%v", row)
		assert.Empty(t, r.code())
		assert.NotEmpty(t, lastRequest(fake).Refusal)
	}
	assert.Len(t, number.list(t, "/v1/groups"), 1)
	assert.Len(t, number.object(t, http.StatusOK, "GET", "/v1/groups/"+teamA, "")["participants"], 1)
}

func TestGroupsNeedAConnection(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	fake.Number("num_1").AddGroup(teamA, "Team A")
	fake.Number("num_1").Disconnect()
	meta := newCaller(t, fake.URL, fake.NumberKey("num_2"))
	fake.Number("num_2").AllowGroups(true)
	fake.Number("num_2").Disconnect()
	const group = "/v1/groups/" + teamA
	for _, row := range []struct{ method, path, body string }{
		{"GET", "/v1/groups", ""},
		{"POST", "/v1/groups", `{"subject":"x"}`},
		{"GET", group, ""},
		{"POST", group + "/participants", `{"participants":["5511900001234"]}`},
		{"DELETE", group + "/participants", `{"participants":["5511900001234"]}`},
		{"GET", "/v1/newsletters", ""},
	} {
		r := number.do(t, row.method, row.path, row.body)
		assert.Equal(t, http.StatusConflict, r.status, "%v", row)
		assert.Equal(t, "WHATSAPP_INSTANCE_NOT_CONNECTED", r.code(), "%v", row)
		assert.Empty(t, meta.do(t, row.method, row.path, row.body).code(), "%v", row)
	}
	fake.Number("num_1").Connect()
	assert.Len(t, number.list(t, "/v1/groups"), 1)
}

func TestNewsletters(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	assert.Equal(t, "[]", string(number.do(t, "GET", "/v1/newsletters", "").body))
	fake.Number("num_1").AddNewsletter(auroraNews, "Aurora news")
	fake.Number("num_1").Receive(inboundMessage{NewsletterID: "1@newsletter", Text: "x"})
	fake.Number("num_1").Receive(inboundMessage{NewsletterID: auroraNews, Text: "x"})
	const rows = `[{"id":"` + auroraNews + `","name":"Aurora news"},{"id":"1@newsletter","name":null}]`
	assert.JSONEq(t, rows, string(number.do(t, "GET", "/v1/newsletters", "").body))
	assert.Empty(t, newCaller(t, fake.URL, fake.NumberKey("num_2")).list(t, "/v1/newsletters"))

	fake.Tenant().WrapLists(true)
	assert.JSONEq(t, `{"newsletters":`+rows+`}`, string(number.do(t, "GET", "/v1/newsletters", "").body))
	fake.Tenant().WrapLists(false)
	fake.Number("num_1").AddNewsletter(auroraNews, "Renamed")
	assert.Equal(t, "Renamed", number.list(t, "/v1/newsletters")[0]["name"])
}

func TestWrappedGroups(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	fake.Tenant().WrapLists(true)
	assert.JSONEq(t, `{"groups":[]}`, string(number.do(t, "GET", "/v1/groups", "").body))
	made := number.object(t, http.StatusCreated, "POST", "/v1/groups", `{"subject":"x"}`)
	group, ok := made["group"].(map[string]any)
	require.True(t, ok, "%v", made)
	assert.Equal(t, "x", group["subject"])
	assert.JSONEq(t, fmt.Sprintf(`{"groups":[{"id":%q,"name":"x"}]}`, group["id"]), string(number.do(t, "GET", "/v1/groups", "").body))
}

func TestNumberOnlyScopes(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	tenant := newCaller(t, fake.URL, fake.TenantKey())
	for op, row := range map[string]struct {
		method, path, body string
		status             int // with the key of the number
	}{
		"Groups.List":               {"GET", "/v1/groups", "", 200},
		"Groups.Create":             {"POST", "/v1/groups", `{"subject":"x"}`, 201},
		"Groups.Get":                {"GET", "/v1/groups/9@g.us", "", 404},
		"Groups.AddParticipants":    {"POST", "/v1/groups/9@g.us/participants", `{"participants":["5511900001234"]}`, 404},
		"Groups.RemoveParticipants": {"DELETE", "/v1/groups/9@g.us/participants", `{"participants":["5511900001234"]}`, 404},
		"Newsletters.List":          {"GET", "/v1/newsletters", "", 200},
		"Templates.List":            {"GET", "/v1/templates", "", 200},
		"Templates.Get":             {"GET", "/v1/templates/tpl_9", "", 404},
		"Templates.Create":          {"POST", "/v1/templates", `{"name":"x","body":"y"}`, 201},
		"Templates.Update":          {"PUT", "/v1/templates/tpl_9", `{"body":"y"}`, 404},
		"Templates.Delete":          {"DELETE", "/v1/templates/tpl_9", "", 404},
		"Media.Download":            {"GET", "/v1/media/1?phoneNumberId=2", "", 404},
		"Analytics.Dashboard":       {"GET", "/v1/analytics/dashboard", "", 200},
	} {
		for _, c := range []*caller{tenant, tenant.with("x-whatsapp-number-id", "num_1")} {
			r := c.do(t, row.method, row.path, row.body)
			assert.Equal(t, http.StatusForbidden, r.status, op)
			assert.Equal(t, "TENANT_SCOPE_NOT_ALLOWED", r.code(), op)
		}
		r := number.do(t, row.method, row.path, row.body)
		assert.Equal(t, row.status, r.status, "%s %s", op, r.body)
		assert.Equal(t, op, lastRequest(fake).Op)
		assert.Equal(t, http.StatusUnauthorized, newCaller(t, fake.URL, "").do(t, row.method, row.path, row.body).status, op)
	}
}
