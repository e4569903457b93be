package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// newFake returns the fake that the program examines without -real.
func newFake(t *testing.T) *pilotstatustest.Server {
	t.Helper()
	fake := pilotstatustest.NewServer(t)
	require.NoError(t, fill(t.Context(), fake))
	return fake
}

// A healthy account and the known API: nothing is found, and the report has its parts.
func TestNothingIsFound(t *testing.T) {
	t.Parallel()
	r := examine(t.Context(), ofFake(newFake(t)), time.Now)
	text := r.String()
	assert.Empty(t, r.findings, text)
	assert.Zero(t, r.exitCode())
	for _, part := range []string{
		"number key: works", "tenant key: works", "API at 127.0.0.1:", "pilotstatus 0.", "number 2: META, OPEN", "an official one",
		"webhook 1: active true", "APPROVED: 1", "the API's clock minus this one: ", "Not examined", "Messages.Get",
	} {
		assert.Contains(t, text, part)
	}
	for _, o := range r.operations { // a list without rows shows nothing of their form
		if o.key == numberKey && o.name != "Projects.List" {
			assert.NotEqual(t, "0", o.rows, o.name)
		}
	}
}

// Every read of the API is made, or left out with a reason; nothing else is.
func TestOnlyReads(t *testing.T) {
	t.Parallel()
	fake := newFake(t)
	before := len(fake.Requests())
	r := examine(t.Context(), ofFake(fake), time.Now)
	asked := map[string]bool{}
	for _, request := range fake.Requests()[before:] {
		assert.Equal(t, http.MethodGet, request.Method)
		assert.Empty(t, request.Body)
	}
	for _, o := range r.operations {
		asked[o.name] = true
	}
	for _, o := range leftOut() {
		assert.False(t, asked[o.operation], o.operation)
		asked[o.operation] = true
	}
	table, err := os.ReadFile("../../testdata/operations.csv")
	require.NoError(t, err)
	reads := 0
	for line := range strings.Lines(string(table)) {
		if fields := strings.Split(line, ","); len(fields) > 1 && fields[1] == http.MethodGet {
			reads++
			assert.True(t, asked[fields[0]], "%s is neither examined nor left out", fields[0])
		}
	}
	assert.Len(t, asked, reads+1, "CheckKey and the reads of the table")
}

// The transport refuses what could change something or show a key, whoever asks.
func TestTapeOnlyReads(t *testing.T) {
	t.Parallel()
	fake := newFake(t)
	before := len(fake.Requests())
	client := &http.Client{Transport: &tape{next: http.DefaultTransport, now: time.Now}}
	for _, test := range []struct{ method, path string }{
		{http.MethodPost, "/v1/messages/send"},
		{http.MethodDelete, "/v1/numbers/num_1"},
		{http.MethodPatch, "/v1/numbers/num_1"},
		{http.MethodGet, "/v1/api-keys"},
		{http.MethodGet, "/v1/numbers/num_1/connect"},
		{http.MethodGet, "/v1/media/1"},
		{http.MethodGet, "/v1/phone-lines/activations/1/audio"},
		{http.MethodGet, "/v1/remote-pairing/token/status"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), test.method, fake.URL+test.path, nil)
		require.NoError(t, err)
		resp, err := client.Do(r)
		if err == nil {
			_ = resp.Body.Close()
		}
		require.ErrorIs(t, err, errNotReadOnly, test.path)
	}
	assert.Len(t, fake.Requests(), before)
}

// Every form of every answer that the package knows is no difference.
func TestKnownAnswersAreNoDifference(t *testing.T) {
	t.Parallel()
	const answers = "../../testdata/answers/"
	fake := newFake(t)
	operations := examine(t.Context(), ofFake(fake), time.Now).operations
	compared := 0
	for _, o := range operations {
		files, err := filepath.Glob(answers + o.name + ".*json")
		require.NoError(t, err)
		for _, file := range files {
			body, err := os.ReadFile(file)
			require.NoError(t, err)
			fake.Inject(pilotstatustest.Fault{Op: o.name, Body: string(body), Times: -1})
			r := examine(t.Context(), ofFake(fake), time.Now)
			fake.ClearFaults()
			compared++
			for _, f := range r.findings {
				assert.False(t, f.severity == differs && f.where == o.name, "%s: %s", file, f.text)
			}
		}
	}
	assert.Greater(t, compared, 60)
}

// A key in the wrong variable, an unknown key and a closed door are told apart, with what
// to do.
func TestKeys(t *testing.T) {
	t.Parallel()
	fake := newFake(t)
	number, tenant := fake.NumberKey("num_1"), fake.TenantKey()
	closed := pilotstatustest.Start()
	closed.Close()
	website := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "<!doctype html><title>Welcome</title>")
	}))
	t.Cleanup(website.Close)
	for _, test := range []struct {
		plan  plan
		exit  int
		says  []string
		calls int
	}{
		{withKeys(fake.URL, tenant, ""), 3, []string{"PILOT_STATUS_API_KEY ", "move it to PILOT_STATUS_TENANT_API_KEY"}, 1},
		{withKeys(fake.URL, "", number), 3, []string{"PILOT_STATUS_TENANT_API_KEY ", "move it to PILOT_STATUS_API_KEY"}, 1},
		{withKeys(fake.URL, "ps_revoked", ""), 3, []string{"number key: does not work", "revoked or rotated"}, 1},
		{withKeys(fake.URL, "no key at all", ""), 3, []string{"number key: does not work"}, 0},
		{withKeys(website.URL, number, ""), 1, []string{"number key: could not be checked", "check PILOT_STATUS_BASE_URL"}, 1},
		{withKeys(closed.URL, number, tenant), 1, []string{"number key: could not be checked", "CheckKey"}, 2},
	} {
		r := examine(t.Context(), test.plan, time.Now)
		text := r.String()
		assert.Equal(t, test.exit, r.exitCode(), text)
		for _, part := range test.says {
			assert.Contains(t, text, part)
		}
		assert.Len(t, r.operations, test.calls, text)
		for _, secret := range []string{number, tenant, "ps_revoked", "no key at all"} {
			assert.NotContains(t, text, secret)
		}
	}
}

// What needs attention in an account is found and named by its number in the list.
func TestAccount(t *testing.T) {
	t.Parallel()
	for says, trouble := range troubles(t) {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			fake := newFake(t)
			trouble(fake)
			r := examine(t.Context(), ofFake(fake), time.Now)
			assert.Equal(t, 5, r.exitCode(), r.String())
			assert.True(t, slices.ContainsFunc(r.findings, func(f finding) bool {
				return f.severity == attention && strings.HasPrefix(f.where+": "+f.text, says)
			}), r.String())
		})
	}
}

// troubles are what can be wrong with an account, by what the report says of it.
func troubles(t *testing.T) map[string]func(*pilotstatustest.Server) {
	t.Helper()
	answer := func(op, body string) func(*pilotstatustest.Server) {
		return func(f *pilotstatustest.Server) { f.Inject(pilotstatustest.Fault{Op: op, Body: body}) }
	}
	return map[string]func(*pilotstatustest.Server){
		"number 2: not connected (CLOSE)":                     func(f *pilotstatustest.Server) { f.Number("num_2").Disconnect() },
		"number 2: its health does not allow sends (no code)": func(f *pilotstatustest.Server) { f.Number("num_2").Disconnect() },
		"number 1: its provider does not answer":              func(f *pilotstatustest.Server) { f.Number("num_1").StatusStale(true) },
		"number 1: blocked by an unpaid charge":               func(f *pilotstatustest.Server) { f.Number("num_1").BlockUnpaid() },
		"number 1: one of its devices is not connected":       answer("Numbers.Status", `{"id":"num_1","state":"OPEN","isFullyConnected":false}`),
		"numbers: the workspace has none":                     answer("Numbers.List", `[]`),
		"template 1: Meta's status is REJECTED": func(f *pilotstatustest.Server) {
			f.Tenant().SetTemplateStatus("onboarding-test", "REJECTED", "no")
		},
		"templates: none of 0 can be sent":                     answer("Templates.List", `[]`),
		"webhook 1: it has no events":                          answer("Webhooks.List", `[{"id":"wh_1","active":true,"events":[]}]`),
		"webhook 1: 1 of the last 2 deliveries failed: 1 with": func(f *pilotstatustest.Server) { logFailure(t, f) },
		"Facebook Page 1: Meta does not deliver its leads": func(f *pilotstatustest.Server) {
			f.Tenant().FailSubscription("100200300400", "META_ERROR")
		},
	}
}

// A long list is examined in part, which the report says, and a pause is no failure.
func TestNotes(t *testing.T) {
	t.Parallel()
	fake := newFake(t)
	many := strings.Repeat(`{"id":"wh_1","active":false,"events":["message.read"]},`, 30)
	fake.Inject(pilotstatustest.Fault{Op: "Webhooks.List", Body: "[" + strings.TrimSuffix(many, ",") + "]"})
	fake.Inject(pilotstatustest.Fault{Op: "Webhooks.Logs", Status: http.StatusOK, Body: "[]", Times: 20},
		pilotstatustest.Fault{Op: "Webhooks.Get", Status: http.StatusOK, Body: `{"id":"wh_1"}`})
	r := examine(t.Context(), ofFake(fake), time.Now)
	assert.Zero(t, r.exitCode(), r.String())
	assert.Contains(t, r.findings, finding{note, numberKey, "only the first 20 of 30 webhooks were examined"})
	assert.Contains(t, r.findings, finding{note, "webhook 20", "paused"})
	assert.NotContains(t, r.String(), "webhook 21")
}

// The worst finding comes first, and each one once.
func TestFindings(t *testing.T) {
	t.Parallel()
	var r report
	for range 2 {
		r.add(note, "Calls.List", "first")
		r.add(attention, "number 1", "third")
		r.add(differs, "Groups.List", "second")
	}
	assert.Equal(t, []string{"difference\tGroups.List\tsecond", "attention\tnumber 1\tthird", "note\tCalls.List\tfirst"}, r.findingLines())
	assert.Equal(t, 4, r.exitCode())
	assert.Contains(t, r.String(), "0 unanswered, 1 differences, 1 for attention, 1 notes")
}

// An interrupted examination is no report.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	fake := newFake(t)
	var out bytes.Buffer
	_, err := write(ctx, &out, ofFake(fake))
	require.ErrorContains(t, err, "interrupted")
	assert.Empty(t, out.String())
}

func logFailure(t *testing.T, fake *pilotstatustest.Server) {
	t.Helper()
	hooks, err := fake.NumberClient("num_2").Webhooks.List(t.Context())
	require.NoError(t, err)
	fake.Tenant().LogDelivery(hooks[0].ID, "message.read", 0)
}

// Without a key -real is an error, and a text that is no key is found before it is sent.
func TestRunOnRealAPI(t *testing.T) {
	for _, variable := range []string{numberVariable, tenantVariable} {
		t.Setenv(variable, "")
		t.Setenv(variable+"_ID", "")
	}
	var out bytes.Buffer
	_, err := run(context.Background(), &out, true)
	require.ErrorContains(t, err, "there is no key in PILOT_STATUS_API_KEY")
	t.Setenv(numberVariable, "abc-123-def")
	exit, err := run(context.Background(), &out, true)
	require.NoError(t, err)
	assert.Equal(t, 3, exit)
	assert.Contains(t, out.String(), "begins with ps_")
	assert.NotContains(t, out.String(), "abc-123-def")
	out.Reset()
	exit, err = run(context.Background(), &out, false)
	require.NoError(t, err)
	assert.Zero(t, exit)
	assert.Contains(t, out.String(), "in-process fake")
}
