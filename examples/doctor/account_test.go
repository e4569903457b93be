package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

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

func logFailure(t *testing.T, fake *pilotstatustest.Server) {
	t.Helper()
	hooks, err := fake.NumberClient("num_2").Webhooks.List(t.Context())
	require.NoError(t, err)
	fake.Tenant().LogDelivery(hooks[0].ID, "message.read", 0)
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

// What a web number does not have is a note, and a number that is not connected needs
// attention also where only its own key is there.
func TestWebNumber(t *testing.T) {
	t.Parallel()
	fake := newFake(t)
	p := withKeys(fake.URL, fake.NumberKey("num_1"), "")
	r := examine(t.Context(), p, time.Now)
	assert.Equal(t, []finding{{note, "Calls.Settings", "this number does not have it (FEATURE_NOT_SUPPORTED)"}}, r.findings)
	fake.Number("num_1").Disconnect()
	r = examine(t.Context(), p, time.Now)
	assert.Equal(t, 5, r.exitCode(), r.String())
	assert.Contains(t, r.String(), "the number is not connected: pair it")
}
