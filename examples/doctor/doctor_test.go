package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
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
		"webhook 1: active true", "APPROVED: 1", "the API's clock minus this one: from ", " answers have whole seconds", "Not examined", "Messages.Get",
	} {
		assert.Contains(t, text, part)
	}
	for _, o := range r.operations { // a list without rows shows nothing of their form
		if o.key == numberKey && o.name != "Projects.List" {
			assert.NotEqual(t, "0", o.rows, o.name)
		}
	}
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
	t.Setenv(numberVariable, "ps_1234567890123")
	t.Setenv("PILOT_STATUS_BASE_URL", "http://api.example.test")
	exit, err = run(context.Background(), &out, true)
	require.NoError(t, err)
	assert.Equal(t, 1, exit, "the key may work")
	assert.Contains(t, out.String(), "unanswered  PILOT_STATUS_BASE_URL  pilotstatus: invalid PILOT_STATUS_BASE_URL: it must begin with https://")
	out.Reset()
	exit, err = run(context.Background(), &out, false)
	require.NoError(t, err)
	assert.Zero(t, exit)
	assert.Contains(t, out.String(), "in-process fake")
}
