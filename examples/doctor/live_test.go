package main

import (
	"testing"
	"time"
)

// TestLive examines the real API and fails where it differs from this version of the
// package, or where a key does not work. What needs attention in the account is only
// printed.
func TestLive(t *testing.T) {
	t.Parallel()
	p := fromEnvironment()
	if len(p.visits) == 0 {
		t.Skip("NOT CHECKED against the real API: there is no key in PILOT_STATUS_API_KEY or PILOT_STATUS_TENANT_API_KEY")
	}
	r := examine(t.Context(), p, time.Now)
	t.Log("\n" + r.String())
	for _, f := range r.findings {
		if f.severity >= differs {
			t.Errorf("%s: %s: %s", f.severity, f.where, f.text)
		}
	}
}
