//go:build !race

// The race detector makes allocations of its own and lets pools drop what they hold.

package pilotstatus

import (
	"context"
	"net/http"
	"strings"
	"testing"
)

// allocBudget is how many allocations one send may cost on the stub: what its user
// would spend on a call written by hand is 49. Go 1.26 makes 26, Go 1.27 one more.
const allocBudget = 27

// One send stays within its budget of allocations.
func TestSendAllocations(t *testing.T) { //nolint:paralleltest // allocations are counted for the whole process
	client := benchClient(t, "https://pilotstatus.example", stubTransport{})
	allocations := testing.AllocsPerRun(200, func() {
		mustRun(t, func() error {
			_, err := client.Messages.Send(context.Background(), benchRequest())
			return err
		})
	})
	if allocations > allocBudget {
		t.Errorf("one send made %.0f allocations, the budget is %d", allocations, allocBudget)
	}
}

// Many rows that are none do not cost more than the first of them.
func TestRowsAreCheckedOneByOne(t *testing.T) { //nolint:paralleltest // allocations are counted for the whole process
	m := newMockAPI(t)
	m.answer(http.MethodGet, "/v1/numbers", http.StatusOK, `[{}`+strings.Repeat(`,{}`, 1<<20)+`]`)
	tenant := m.tenant(t)
	allocations := testing.AllocsPerRun(1, func() { _, _ = tenant.Numbers.List(t.Context()) })
	if allocations > 1000 {
		t.Errorf("a list without a single row made %.0f allocations", allocations)
	}
}
