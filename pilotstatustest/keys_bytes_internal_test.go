package pilotstatustest

import (
	"encoding/binary"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// A key takes less than 128 bytes, however many there are: the sizes are close enough to
// each other to meet lists and maps that have just grown, and the last ones are those of a
// store that is full.
func TestBytesOfAKey(t *testing.T) { //nolint:paralleltest // the heap is that of the whole process
	now := time.Date(2026, 11, 3, 14, 0, 0, 0, time.UTC)
	heap := func() int {
		var stats runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&stats)
		return int(stats.HeapAlloc)
	}
	before := heap()
	const full = 150_000
	keys := repeatState{places: map[digest]int{}, limit: full}
	worst, size := 0.0, 0
	for count, next := 0, 10_000; next < 3*full; next += max(next/60, 1) {
		for ; count < next; count++ {
			text := binary.BigEndian.AppendUint64(nil, uint64(count))
			keys.add(remembered{key: digestOf(text), receipt: receipt{at: now.UnixMilli(), serial: count}}, now)
		}
		if each := float64(heap()-before) / float64(min(count, full)); each > worst {
			worst, size = each, count
		}
	}
	runtime.KeepAlive(&keys)
	t.Logf("%.1f bytes each of %d keys", worst, size)
	assert.LessOrEqual(t, worst, 124.0)
}
