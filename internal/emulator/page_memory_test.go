package emulator

import (
	"fmt"
	"net/http"
	"runtime"
	"testing"
	"time"
	"weak"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// A tenant whose page was seen, with a clock that moved, goes from memory when it is deleted.
func TestADeletedTenantIsForgotten(t *testing.T) {
	t.Parallel()
	w := newPageWorld(t)
	held := w.deletedTenant()
	assert.Eventually(t, func() bool {
		runtime.GC()
		return held.Value() == nil
	}, 10*time.Second, 5*time.Millisecond)
	w.view("faults") // the page and what it remembers live on
}

// deletedTenant makes a tenant, looks at it and deletes it.
func (w *pageWorld) deletedTenant() weak.Pointer[pilotstatustest.Server] {
	w.t.Helper()
	made := w.do(http.MethodPost, "/emulator/v1/tenants", "{}", "Content-Type", "application/json")
	require.Equal(w.t, http.StatusCreated, made.Code, made.Body)
	tenant := w.e.Tenants()[1]
	page := "t/" + tenant.ID + "/"
	tenant.Engine.Number("num_1").Receive(pilotstatustest.Inbound{From: hers, Text: "Hello"})
	w.view(page + "conversations")
	tenant.Engine.Advance(48 * time.Hour)
	require.Contains(w.t, w.view(page+"faults"), "+48 h")
	gone := w.do(http.MethodDelete, "/emulator/v1/tenants/"+tenant.ID, "")
	require.Equal(w.t, http.StatusOK, gone.Code, gone.Body)
	require.Equal(w.t, http.StatusNotFound, w.do(http.MethodGet, "/"+page+"faults", "").Code)
	return weak.Make(tenant.Engine)
}

// The names of contacts are read once for a view, and not anew for each message that waits.
func TestTheNamesOfContactsAreReadOnce(t *testing.T) { //nolint:paralleltest // it counts allocations
	const contacts, more = 300, 40
	w := newPageWorld(t)
	n := w.fake.Number("num_1")
	for i := range contacts {
		n.Receive(pilotstatustest.Inbound{From: fmt.Sprintf("+1202555%04d", i), Text: "Hello"})
	}
	send := func() {
		w.send("scheduled", "num_1", `"text":"Tomorrow","deliverAt":"2099-01-01T00:00:00Z"`)
	}
	allocations := func() float64 {
		return testing.AllocsPerRun(5, func() {
			v := &visit{site: w.e, tenant: w.e.Default(), engine: w.fake}
			v.Now = w.fake.Now()
			require.Len(t, v.due(), maxDue)
		})
	}
	for range maxDue {
		send()
	}
	few := allocations()
	for range more {
		send()
	}
	assert.Less(t, allocations()-few, float64(more*contacts), "of %d contacts", contacts)
}
