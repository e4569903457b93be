package pilotstatustest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// A workspace of which not all is kept has only so many of what nothing drops, so that its
// memory is bounded and its snapshot can be read. A test's workspace takes more.
func TestFullWorkspace(t *testing.T) {
	t.Parallel()
	for what, add := range map[string]struct {
		most, there int // how many there can be, and are at the start
		one         func(fake *pilotstatustest.Server, i int) bool
	}{
		"contacts": {10_000, 0, func(fake *pilotstatustest.Server, i int) bool {
			return fake.Number("num_1").AddContact(pilotstatustest.Contact{UserID: "user" + strconv.Itoa(i)}) != ""
		}},
		"templates": {1000, 1, func(fake *pilotstatustest.Server, i int) bool {
			return fake.Tenant().AddTemplate(pilotstatustest.Template{Name: "t" + strconv.Itoa(i), Text: "x"}) != ""
		}},
		"webhooks": {1000, 0, func(fake *pilotstatustest.Server, _ int) bool {
			return fake.Tenant().AddWebhook("num_1", "", "http://127.0.0.1:1/") != ""
		}},
		"faults": {1000, 0, func(fake *pilotstatustest.Server, _ int) bool {
			_, err := fake.InjectFault(pilotstatustest.Fault{Status: http.StatusTeapot})
			return err == nil
		}},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			bounded, free := pilotstatustest.New(pilotstatustest.WithKeep(10)), pilotstatustest.New()
			defer bounded.Close()
			defer free.Close()
			for i := range add.most - add.there {
				require.True(t, add.one(bounded, i), i)
				require.True(t, add.one(free, i), i)
			}
			assert.False(t, add.one(bounded, add.most))
			assert.True(t, add.one(free, add.most))
			_, err := pilotstatustest.ReadSnapshot(bounded.Snapshot())
			require.NoError(t, err)
		})
	}
}

// The API refuses one more of them too, and says in the request why.
func TestFullWorkspaceRefusesRequests(t *testing.T) {
	t.Parallel()
	snapshot := `{"numbers": [`
	for i := range 999 {
		snapshot += fmt.Sprintf(`{"id": "n%d", "phone": "+551130%06[1]d"}, `, i)
	}
	snapshot += `{"id": "num_1", "phone": "+5511999990000"}], "templates": [{"name": "t", "text": "x"}`
	for i := range 999 {
		snapshot += fmt.Sprintf(`, {"name": "t%d", "text": "x"}`, i)
	}
	snapshot += `], "webhooks": [{"numberId": "num_1", "url": "http://127.0.0.1:1/"}` +
		strings.Repeat(`, {"numberId": "num_1", "url": "http://127.0.0.1:1/"}`, 999) + `]}`
	begin, err := pilotstatustest.ReadSnapshot([]byte(snapshot))
	require.NoError(t, err)
	fake := pilotstatustest.NewServer(t, pilotstatustest.WithSnapshot(begin), pilotstatustest.WithKeep(10))
	number, tenant := newCaller(t, fake.URL, fake.NumberKey("num_1")), newCaller(t, fake.URL, fake.TenantKey())
	for _, one := range []struct {
		caller     *caller
		path, body string
		what       string
	}{
		{number, "/v1/webhooks", `{"name": "x", "url": "https://shop.example/", "events": ["*"]}`, "1000 webhooks"},
		{number, "/v1/templates", `{"name": "layout", "body": {"body": {"text": "hello"}}}`, "1000 templates"},
		{tenant, "/v1/numbers", `{"name": "x", "number": "+5511999990009"}`, "1000 numbers"},
	} {
		answer := one.caller.do(t, "POST", one.path, one.body)
		assert.Equal(t, http.StatusBadRequest, answer.status, "%s", answer.body)
		requests := fake.Requests()
		assert.Contains(t, requests[len(requests)-1].Refusal, "there are "+one.what)
	}
}

// Links to sign up are as many as numbers, of which those that have expired make room; the
// number that they would make needs room too.
func TestSignUpsOfAFullWorkspace(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t, pilotstatustest.WithClock(epoch()), pilotstatustest.WithKeep(10))
	tenant := newCaller(t, fake.URL, fake.TenantKey())
	link := func() reply { return tenant.do(t, "POST", invitePath, `{"provider": "META"}`) }
	for range 1000 {
		require.Equal(t, http.StatusCreated, link().status)
	}
	require.Equal(t, http.StatusBadRequest, link().status)
	fake.Advance(25 * time.Hour)
	var last map[string]any
	require.NoError(t, json.Unmarshal(link().body, &last))

	for i := len(fake.Numbers()); i < 1000; i++ {
		tenant.object(t, 201, "POST", "/v1/numbers", fmt.Sprintf(`{"name":"x","number":"+55113%07d"}`, 5000+i))
	}
	done := fmt.Sprintf("/v1/meta-embedded/%s/complete", last["remotePairingToken"])
	assert.Equal(t, http.StatusBadRequest, tenant.do(t, "POST", done, signedUp).status)
	require.Len(t, fake.Numbers(), 1000)
}

// What a purged number had takes no room: no suite that makes a number for each test meets the
// bounds.
func TestPurgedNumbersTakeNoRoom(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t, pilotstatustest.WithKeep(10))
	tenant := newCaller(t, fake.URL, fake.TenantKey())
	for i := range 11 {
		made := tenant.object(t, 201, "POST", "/v1/numbers", fmt.Sprintf(`{"name":"x","number":"+55113000%04d"}`, 5000+i))
		id := made["instance"].(map[string]any)["id"].(string)
		for range 100 {
			require.NotEmpty(t, fake.Tenant().AddWebhook(id, "", "http://127.0.0.1:1/"))
		}
		for k := range 1000 {
			require.NotEmpty(t, fake.Number(id).AddContact(pilotstatustest.Contact{UserID: "user" + strconv.Itoa(k)}))
		}
		tenant.do(t, "DELETE", "/v1/numbers/"+id+"/purge", "")
	}
	require.Len(t, fake.Numbers(), 2)
}

// Contacts of a snapshot are contacts, and are as many as there can be.
func TestContactsOfASnapshotAreBounded(t *testing.T) {
	t.Parallel()
	const number = `{"numbers": [{"id": "num_1", "phone": "+551130001000", "contacts": [`
	rows := make([]string, 10_001)
	for i := range rows {
		rows[i] = fmt.Sprintf(`{"userId": "user%d"}`, i)
	}
	_, err := pilotstatustest.ReadSnapshot([]byte(number + strings.Join(rows, ",") + `]}]}`))
	require.ErrorContains(t, err, "more than 10000 contacts")
	begin, err := pilotstatustest.ReadSnapshot([]byte(number + strings.Join(rows[1:], ",") + `]}]}`))
	require.NoError(t, err)
	fake := pilotstatustest.New(pilotstatustest.WithSnapshot(begin), pilotstatustest.WithKeep(10))
	defer fake.Close()
	assert.Empty(t, fake.Number("num_1").AddContact(pilotstatustest.Contact{UserID: "user0"}))
}

// What stays has names and forms of a bounded length.
func TestLongNamesOfAWorkspace(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t, pilotstatustest.WithKeep(10))
	number, tenant := newCaller(t, fake.URL, fake.NumberKey("num_1")), newCaller(t, fake.URL, fake.TenantKey())
	name, text := strings.Repeat("x", 257), strings.Repeat("x", 1<<20)
	for _, one := range []struct {
		caller     *caller
		path, body string
	}{
		{number, "/v1/webhooks", `{"name": "` + name + `", "url": "https://shop.example/", "events": ["*"]}`},
		{number, "/v1/webhooks", `{"name": "x", "url": "https://shop.example/` + strings.Repeat(name, 8) + `", "events": ["*"]}`},
		{number, "/v1/templates", `{"name": "layout", "body": {"body": {"text": "hello"}}, "y": "` + text + `"}`},
		{tenant, "/v1/numbers", `{"name": "` + name + `", "number": "+5511999990009"}`},
		{tenant, "/v1/numbers/remote-pairing", `{"name": "` + name + `", "number": "+5511999990009"}`},
		{tenant, "/v1/numbers/remote-pairing", `{"name": "` + name + `", "provider": "META"}`},
	} {
		assert.Equal(t, http.StatusBadRequest, one.caller.do(t, "POST", one.path, one.body).status, one.path)
	}
	_, err := fake.InjectFault(pilotstatustest.Fault{Status: 400, Code: text})
	require.Error(t, err)
}

// A person writes no more than a phone sends.
func TestLongTextsOfAPerson(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t)
	person := fake.Number("num_1").As("+5511999999999")
	text, file := strings.Repeat("ã", 65_536), pilotstatustest.File{Kind: "image"}
	_, err := person.Say(text, "")
	require.NoError(t, err)
	_, err = person.SendFile(file, text)
	require.NoError(t, err)

	_, err = person.Say(text+"x", "")
	require.ErrorContains(t, err, "65,536")
	_, err = person.SendFile(file, text+"x")
	require.ErrorContains(t, err, "65,536")
	file.FileName = strings.Repeat("ã", 257)
	_, err = person.SendFile(file, "")
	require.ErrorContains(t, err, "256")
	bounded := pilotstatustest.New()
	defer bounded.Close()
	name := strings.Repeat("ã", 256)
	assert.NotEmpty(t, bounded.Number("num_1").AddContact(pilotstatustest.Contact{UserID: name}))
	assert.Empty(t, bounded.Number("num_1").AddContact(pilotstatustest.Contact{UserID: name + "x"}))
}
