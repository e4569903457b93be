//go:build !race

// The race detector lets pools drop what they hold.
package pilotstatus

import (
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
