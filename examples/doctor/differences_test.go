package main

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// change is a way in which the API may change, and how the report names it.
type change struct {
	fault pilotstatustest.Fault
	says  string // severity, operation and text
	exit  int
}

// changes are those that matter most: each of them was seen in APIs that were not told.
func changes() map[string]change {
	answer := func(op, body string) pilotstatustest.Fault { return pilotstatustest.Fault{Op: op, Body: body} }
	header := func(op, name, value string) pilotstatustest.Fault {
		return pilotstatustest.Fault{Op: op, Header: http.Header{name: {value}}}
	}
	return map[string]change{
		"unknown member": {
			answer("Templates.List", `[{"id":"t1","name":"n","category":"UTILITY","sendable":true,"quality":{"score":"Rita"}}]`),
			"difference Templates.List $[].quality: unknown member (an object)", 4,
		},
		"unknown member beside the rows": {
			answer("Inbox.Unread", `{"messages":[],"total":0,"page":1,"pageSize":30,"totalPages":0,"nextCursor":"Rita"}`),
			"difference Inbox.Unread $.nextCursor: unknown member (a text)", 4,
		},
		"unknown word": {
			answer("Numbers.Status", `{"id":"num_1","state":"HIBERNATING","isFullyConnected":true}`),
			"difference Numbers.Status $.state: unknown ConnectionState HIBERNATING", 4,
		},
		"unknown event": {
			answer("Webhooks.List", `[{"id":"wh_1","active":true,"events":["message.edited"]}]`),
			"difference Webhooks.List $[].events[]: unknown EventName message.edited", 4,
		},
		"missing member": {
			answer("Groups.List", `{"groups":[{"subject":"Rita"}]}`),
			"difference Groups.List $.groups[].id: a required member is missing", 4,
		},
		"null for a required member": {
			answer("Leads.List", `{"leads":[{"id":null}],"total":1}`),
			"difference Leads.List $.leads[].id: a required member is null", 4,
		},
		"renamed list": {
			answer("LeadPages.List", `{"pages":[],"candidates":[]}`),
			"difference LeadPages.List $.linked: a required member is missing", 4,
		},
		"number in place of a text": {
			pilotstatustest.Fault{Op: "Branding.Get", Body: `{"branding":{"companyName":7}}`, Times: 2}, // CheckKey asks first
			"difference Branding.Get $.branding.companyName: a number in place of a text", 4,
		},
		"text in place of a number": {
			answer("Analytics.Dashboard", `{"totalSent":"12","dailyMessages":[],"statusDistribution":{}}`),
			"difference Analytics.Dashboard $.totalSent: a text in place of a number", 4,
		},
		"unreadable time": {
			answer("Calls.List", `{"calls":[{"id":"call_1","createdAt":"yesterday"}]}`),
			"difference Calls.List $.calls[].createdAt: a time that cannot be read", 4,
		},
		"list in place of an object": {
			answer("AdAccounts.List", `[]`),
			"difference AdAccounts.List $: a list in place of an object", 4,
		},
		"object in place of a list": {
			answer("Projects.List", `{"total":0}`),
			"difference Projects.List $: the member projects or data is missing", 4,
		},
		"page of HTML with success": {
			answer("Newsletters.List", `<!doctype html><title>Rita</title>`),
			"difference Newsletters.List 200 with a page of HTML", 4,
		},
		"path that is gone": {
			pilotstatustest.Fault{Op: "Projects.List", Status: http.StatusNotFound, Body: "<html>Not found</html>"},
			"difference Projects.List 404 with a page of HTML", 4,
		},
		"path that is gone, in JSON": {
			pilotstatustest.Fault{Op: "LeadPages.List", Status: http.StatusNotFound},
			"difference LeadPages.List refused with 404", 4,
		},
		"unknown error code": {
			pilotstatustest.Fault{Op: "Groups.List", Status: http.StatusForbidden, Code: "PLAN_TOO_SMALL"},
			"difference Groups.List unknown error code: 403 PLAN_TOO_SMALL", 4,
		},
		"refusal of a known call": {
			pilotstatustest.Fault{Op: "Referrals.List", Status: http.StatusBadRequest, Code: "VALIDATION_ERROR"},
			"difference Referrals.List refused with 400 VALIDATION_ERROR", 4,
		},
		"redirect": {
			pilotstatustest.Fault{Op: "Ads.Summary", Status: http.StatusTemporaryRedirect, Header: http.Header{"Location": {"https://rita.example.test/?token=Rita"}}},
			"difference Ads.Summary a redirect (307)", 4,
		},
		"other status": {
			pilotstatustest.Fault{Op: "Templates.List", Status: http.StatusNonAuthoritativeInfo, Body: "[]"},
			"difference Templates.List status 203 in place of 200", 4,
		},
		"announced end": {
			header("Projects.List", "Sunset", "Thu, 31 Dec 2026 23:59:59 GMT"),
			"difference Projects.List the API announces the end of this operation (header Sunset)", 4,
		},
		"other content type": {
			header("Numbers.List", "Content-Type", "text/plain; charset=utf-8"),
			"difference Numbers.List text/plain in place of application/json", 4,
		},
		"broken JSON": {
			answer("Inbox.History", `{"messages":[{"id":Rita}]}`),
			"difference Inbox.History the answer is not JSON (26 bytes)", 4,
		},
		"failure of the API": {
			pilotstatustest.Fault{Op: "Numbers.List", Status: http.StatusInternalServerError, Code: "INTERNAL", Times: 2},
			"unanswered Numbers.List", 1,
		},
		"answer that is refused": {
			answer("Newsletters.List", `[{"id":""}]`),
			"difference Newsletters.List this version refuses the answer; the call fails", 4,
		},
		"limited rate": {
			pilotstatustest.Fault{Op: "Calls.List", Status: http.StatusTooManyRequests, Times: 2},
			"unanswered Calls.List the API limits the rate", 1,
		},
		"key that ends meanwhile": {
			pilotstatustest.Fault{Op: "Webhooks.Logs", Status: http.StatusUnauthorized},
			"key number key it stopped working: Webhooks.Logs is 401", 3,
		},
		"failure that passes": {
			pilotstatustest.Fault{Op: "Calls.List", Status: http.StatusServiceUnavailable},
			"note Calls.List it needed more than one attempt", 0,
		},
		"missing permission": {
			pilotstatustest.Fault{Op: "PhoneLines.Verification", Status: http.StatusForbidden, Code: "PERMISSION_DENIED"},
			"note PhoneLines.Verification the key has no permission for it (PERMISSION_DENIED)", 0,
		},
	}
}

// Each change is found, and named by its operation and place; what is private is not shown.
func TestChanges(t *testing.T) {
	t.Parallel()
	for name, test := range changes() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := newFake(t)
			fake.Inject(test.fault)
			r := examine(t.Context(), ofFake(fake), time.Now)
			text := r.String()
			assert.Equal(t, test.exit, r.exitCode(), text)
			assert.True(t, slices.ContainsFunc(r.findings, func(f finding) bool {
				return strings.HasPrefix(f.severity.String()+" "+f.where+" "+f.text, test.says)
			}), "%s\n%s", test.says, text)
			assert.NotContains(t, strings.ToLower(text), "rita")
		})
	}
}

// An API with all the changes at once has all of them found.
func TestAllChangesAtOnce(t *testing.T) {
	t.Parallel()
	fake := newFake(t)
	taken := map[string]bool{}
	var want []string
	all := changes()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if test := all[name]; test.exit == differs.exitCode() && !taken[test.fault.Op] {
			taken[test.fault.Op] = true
			fake.Inject(test.fault)
			want = append(want, test.says)
		}
	}
	assert.GreaterOrEqual(t, len(want), 10)
	text := examine(t.Context(), ofFake(fake), time.Now).String()
	flat := strings.Join(strings.Fields(text), " ")
	for _, says := range want {
		assert.Contains(t, flat, says)
	}
}

// changedTime passes requests on and lets time pass, on this machine or at the API.
type changedTime struct {
	took map[string]time.Duration // by path
	skew time.Duration            // of the header Date
	age  string
	now  *atomic.Int64
}

// RoundTrip implements http.RoundTripper.
func (c changedTime) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	now := c.now.Add(int64(c.took[r.URL.Path]))
	resp.Header.Set("Date", time.Unix(0, now).Add(c.skew).UTC().Format(http.TimeFormat))
	if c.age != "" {
		resp.Header.Set("Age", c.age)
	}
	return resp, nil
}

// Clocks that differ and slow answers are told, and a clock that is right is not.
func TestTime(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		change changedTime
		says   string // "" for nothing
	}{
		{changedTime{}, ""},
		{changedTime{skew: 4 * time.Second}, ""},
		{changedTime{skew: time.Hour}, "attention clock this machine is behind the API by 59m59.5s to 1h0m0.5s"},
		{changedTime{skew: -10 * time.Minute}, "attention clock this machine is ahead of the API by 9m59.5s to 10m0.5s"},
		{changedTime{skew: time.Hour, age: "3600"}, "note clock no answer has a Date"},
		{changedTime{took: map[string]time.Duration{"/v1/templates": 7 * time.Second}}, "attention Templates.List slow: it took 7s"},
	} {
		fake := newFake(t)
		test.change.now = new(atomic.Int64)
		test.change.now.Store(time.Date(2026, 11, 3, 14, 5, 9, 5e8, time.UTC).UnixNano())
		p := ofFake(fake)
		p.base = test.change
		r := examine(t.Context(), p, func() time.Time { return time.Unix(0, test.change.now.Load()) })
		if test.says == "" {
			assert.Empty(t, r.findings)
			continue
		}
		if assert.Len(t, r.findings, 1, r.String()) {
			f := r.findings[0]
			assert.Contains(t, f.severity.String()+" "+f.where+" "+f.text, test.says)
		}
	}
}

// Dates that no difference of the clocks explains are told.
func TestClocksThatContradict(t *testing.T) {
	t.Parallel()
	var c clock
	at := time.Date(2026, 11, 3, 14, 5, 9, 0, time.UTC)
	for _, skew := range []time.Duration{0, time.Minute} {
		c.observe(at, at, http.Header{"Date": {at.Add(skew).Format(http.TimeFormat)}})
	}
	r := new(report)
	c.judge(r)
	assert.Equal(t, 5, r.exitCode())
	assert.Contains(t, r.String(), "contradict each other")

	// Servers whose clocks are synchronized still differ by milliseconds.
	c = clock{}
	second := at.Add(time.Second).Format(http.TimeFormat)
	c.observe(at.Add(999*time.Millisecond), at.Add(999*time.Millisecond), http.Header{"Date": {second}})
	c.observe(at.Add(1001*time.Millisecond), at.Add(1001*time.Millisecond), http.Header{"Date": {at.Format(http.TimeFormat)}})
	r = new(report)
	c.judge(r)
	assert.Empty(t, r.findings)

	r = new(report)
	new(clock).judge(r)
	assert.Empty(t, r.findings, "nothing answered")
}
