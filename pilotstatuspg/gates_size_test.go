package pilotstatuspg

import (
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatuspg/pilotstatuspgtest/pgserver"
)

var settledRows = flag.Int("settled", 10_000_000, "how many settled messages BenchmarkGateStats has")

// BenchmarkGateIdle has 10,000 numbers with nothing to send and 1,000,000 messages for
// tomorrow, and measures what a worker costs PostgreSQL in 10 s.
func BenchmarkGateIdle(b *testing.B) {
	const numbers, scheduled, watched = 10_000, 1_000_000, 10 * time.Second
	for b.Loop() {
		g := newGate(b)
		g.exec("INSERT INTO pilotstatus.number (number_id) SELECT 'n' || i FROM generate_series(0, $1::int - 1) i", numbers)
		g.fill("state, not_before", "'scheduled', now() + interval '1 day'", numbers, scheduled)
		stop := g.run(RunOptions{})
		time.Sleep(2 * time.Second)
		before := postgresCPU(b, database(b))
		time.Sleep(watched)
		b.ReportMetric((postgresCPU(b, database(b)) - before).Seconds(), "postgres-cpu-s/10s")
		stop()
	}
}

// BenchmarkGateStats asks for the statistics of 1,000 numbers beside settled messages, as
// many as the flag -settled says, and 50,000 open ones.
func BenchmarkGateStats(b *testing.B) {
	const numbers, open, times = 1000, 50_000, 20
	for b.Loop() {
		g := newGate(b)
		g.fill("state, settled_at", "'accepted', now()", numbers, *settledRows)
		g.enqueueFast("n", numbers, open)
		g.exec("VACUUM ANALYZE pilotstatus.message")
		began := time.Now()
		for range times {
			_, err := g.outbox.Stats(b.Context(), g.pool)
			require.NoError(b, err)
		}
		b.ReportMetric(float64(time.Since(began).Milliseconds())/times, "stats-ms")
	}
}

// fill makes n rows with values in columns, and vacuums them.
func (g *gate) fill(columns, values string, numbers, n int) {
	g.Helper()
	g.exec(`INSERT INTO pilotstatus.message (number_id, key, wire_key, recipient, body, body_hash, `+columns+`)
		SELECT 'n' || i % $1::int, 'filled-' || i, '', 'phone:+5511' || i, '', '', `+values+`
		FROM generate_series(0, $2::int - 1) i`, numbers, n)
	g.exec("VACUUM ANALYZE pilotstatus.message")
	g.exec("CHECKPOINT")
}

// postgresCPU is the processor time of a server and its children, on Linux.
func postgresCPU(b *testing.B, server *pgserver.Server) time.Duration {
	b.Helper()
	const ticks = 100 // a second, on every Linux of today
	file, err := os.ReadFile(filepath.Join(server.Dir, "data", "postmaster.pid"))
	require.NoError(b, err)
	postmaster, _, _ := strings.Cut(string(file), "\n")
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	require.NoError(b, err)
	sum := 0
	for _, stat := range stats {
		text, _ := os.ReadFile(stat) // it may have ended
		_, after, _ := strings.Cut(string(text), ") ")
		fields := strings.Fields(after)
		switch {
		case len(fields) < 15:
		case stat == "/proc/"+postmaster+"/stat":
			sum += atoi(b, fields[13]) + atoi(b, fields[14]) // children that ended
			fallthrough
		case fields[1] == postmaster:
			sum += atoi(b, fields[11]) + atoi(b, fields[12])
		}
	}
	return time.Duration(sum) * time.Second / ticks
}

func atoi(b *testing.B, text string) int {
	b.Helper()
	n, err := strconv.Atoi(text)
	require.NoError(b, err)
	return n
}
