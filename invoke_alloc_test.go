//go:build !race

// The race detector lets pools drop what they hold.
package pilotstatus

import (
	"context"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The rows of a list are bounded by what they take in memory.
func TestListsOfTinyRows(t *testing.T) { //nolint:paralleltest // it counts what the process allocates
	m := newMockAPI(t)
	const row = `{"id":"1"}`
	rows := strings.Repeat(row+",", maxAnswer/(len(row)+1)-10) + row
	m.answer(http.MethodGet, "/v1/numbers", http.StatusOK, "["+rows+"]")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := m.tenant(t).Numbers.List(t.Context())
	runtime.ReadMemStats(&after)
	var decode *DecodeError
	require.ErrorAs(t, err, &decode)
	require.ErrorIs(t, err, ErrResponseTooLarge)
	assert.True(t, decode.Accepted())
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(6*maxElements))

	m.answer(http.MethodGet, "/v1/numbers", http.StatusOK, "["+strings.Repeat(row+",", 9_999)+row+"]")
	numbers, err := m.tenant(t).Numbers.List(t.Context())
	require.NoError(t, err)
	assert.Len(t, numbers, 10_000)
	assert.LessOrEqual(t, cap(numbers), 11_000)
}

// A page of history costs little more than its rows: three times and a file each.
func TestListAllocations(t *testing.T) { //nolint:paralleltest // allocations are counted for the whole process
	equal := "[" + strings.Repeat(historyRow+",", 99) + historyRow + "]" // strings that repeat are one
	for _, page := range []struct {
		rows   string
		budget float64
	}{{equal, 440}, {historyRows(0, 100), 750}} {
		inbox := benchClient(t, testBase, textTransport(historyPage(page.rows))).Inbox
		allocations := testing.AllocsPerRun(20, func() {
			mustRun(t, func() error { return errorOf(inbox.History(context.Background(), ListInboxOptions{PageSize: 100})) })
		})
		assert.LessOrEqual(t, allocations, page.budget)
	}
}

// A walk keeps no page behind the one before, and adds little to what the rows cost.
func TestWalkAllocations(t *testing.T) { //nolint:paralleltest // allocations are counted for the whole process
	inbox := benchClient(t, testBase, newPageTransport()).Inbox
	const rows = 20_000
	var heap []uint64
	allocations := testing.AllocsPerRun(1, func() {
		heap = nil
		n := 0
		for _, err := range inbox.AllHistory(context.Background(), ListInboxOptions{PageSize: 100}) {
			if err != nil {
				t.Fatal(err)
			}
			if n++; n%(rows/2) == 0 {
				runtime.GC()
				heap = append(heap, heapInUse())
			}
			if n == rows {
				break
			}
		}
	})
	assert.LessOrEqual(t, allocations/rows, 8.0)
	require.Len(t, heap, 2)
	assert.Less(t, heap[1], heap[0]+1<<20, "half of the rows later")
}
