package pilotstatuspg

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
)

// statementCounter counts the statements that a worker sends.
type statementCounter struct{ n atomic.Int64 }

func (c *statementCounter) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	c.n.Add(1)
	return ctx
}

func (c *statementCounter) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// counted returns a pool whose statements are counted.
func (g *gate) counted() (*pgxpool.Pool, *statementCounter) {
	g.Helper()
	config := g.pool.Config()
	counter := &statementCounter{}
	config.ConnConfig.Tracer = counter
	pool, err := pgxpool.NewWithConfig(g.Context(), config)
	require.NoError(g, err)
	g.Cleanup(pool.Close)
	return pool, counter
}

// BenchmarkGatePaced has 1,000 numbers at one message a second, for 15 s.
func BenchmarkGatePaced(b *testing.B) {
	const numbers, seconds = 1000, 15
	for b.Loop() {
		g := newGate(b)
		g.exec("INSERT INTO pilotstatus.number (number_id, interval_ms) SELECT 'n' || i, 1000 FROM generate_series(0, $1::int - 1) i", numbers)
		g.enqueueFast("n", numbers, numbers*3*seconds)
		g.exec("ANALYZE")
		pool, counter := g.counted()
		stop := g.runOn(pool, RunOptions{MaxInFlight: 1000})
		for g.api.accepted.Load() == 0 {
			time.Sleep(time.Millisecond)
		}
		began, before := time.Now(), counter.n.Load()
		time.Sleep(seconds * time.Second)
		sends, statements := g.api.accepted.Load(), counter.n.Load()-before
		took := time.Since(began)
		stop()
		b.ReportMetric(float64(sends)/(numbers*took.Seconds()), "sent/allowed")
		b.ReportMetric(float64(statements)/float64(sends), "statements/send")
		b.ReportMetric(g.smallestGap().Seconds(), "smallest-gap-s")
	}
}

// smallestGap is the least time between two requests of one number at the API.
func (g *gate) smallestGap() time.Duration {
	g.api.mu.Lock()
	defer g.api.mu.Unlock()
	smallest := time.Hour
	for _, starts := range g.api.starts {
		for i := 1; i < len(starts); i++ {
			smallest = min(smallest, starts[i].Sub(starts[i-1]))
		}
	}
	return smallest
}

// enqueueFast makes rows by SQL, as Enqueue would.
func (g *gate) enqueueFast(prefix string, numbers, n int) {
	g.Helper()
	g.exec(`INSERT INTO pilotstatus.message (number_id, key, wire_key, recipient, body, body_hash)
		SELECT $1::text || i % $2::int, $1::text || '-' || i, $1::text || '-' || i, 'phone:+55119' || lpad(i::text, 8, '0'),
			convert_to('{"destinationNumber":"+5511999999999","text":"Your order has been shipped."}', 'UTF8'), ''
		FROM generate_series(0, $3::int - 1) i`, prefix, numbers, n)
}

// BenchmarkGateUnpacedStatements counts the statements of a send.
func BenchmarkGateUnpacedStatements(b *testing.B) {
	for b.Loop() {
		const messages = 10_000
		g := newGate(b)
		g.enqueueFast("n", 50, messages)
		g.exec("ANALYZE")
		pool, counter := g.counted()
		stop := g.runOn(pool, RunOptions{MaxInFlight: 200})
		g.settled("true")
		stop()
		b.ReportMetric(float64(counter.n.Load())/messages, "statements/send")
	}
}

// BenchmarkGateOutage has an API that answers 503 for a minute, with 100,000 messages over
// 50 numbers: what is perhaps sent then, and when all of that is settled after it.
func BenchmarkGateOutage(b *testing.B) {
	for b.Loop() {
		g := newGate(b)
		var away atomic.Bool
		away.Store(true)
		g.api.answer = func(string) int {
			if away.Load() {
				return http.StatusServiceUnavailable
			}
			return http.StatusAccepted
		}
		g.enqueueFast("n", 50, 100_000)
		g.exec("ANALYZE")
		stop := g.run(RunOptions{MaxInFlight: 200})
		time.Sleep(time.Minute)
		b.ReportMetric(float64(g.count("first_at IS NOT NULL")), "perhaps-sent")
		g.api.mu.Lock()
		requests := 0
		for _, starts := range g.api.starts {
			requests += len(starts)
		}
		g.api.mu.Unlock()
		b.ReportMetric(float64(requests), "requests")
		g.exec("CREATE TABLE pilotstatus.doubtful AS SELECT id FROM pilotstatus.message WHERE first_at IS NOT NULL")
		away.Store(false)
		b.ReportMetric(g.settled("id IN (SELECT id FROM pilotstatus.doubtful)").Seconds(), "settled-s")
		stop()
	}
}

// BenchmarkGatePoisoned has six messages that always get a 500 before 1,000 good ones.
func BenchmarkGatePoisoned(b *testing.B) {
	for b.Loop() {
		g := newGate(b)
		g.api.answer = func(key string) int {
			if strings.HasPrefix(key, "poison") {
				return http.StatusInternalServerError
			}
			return http.StatusAccepted
		}
		g.enqueueFast("n", 1, 1006)
		g.exec("UPDATE pilotstatus.message SET wire_key = 'poison-' || id WHERE id IN (SELECT id FROM pilotstatus.message ORDER BY id LIMIT 6)")
		stop := g.run(RunOptions{})
		b.ReportMetric(g.settled("wire_key NOT LIKE 'poison%'").Seconds(), "good-settled-s")
		stop()
		require.Equal(b, 1000, g.count("state = 'accepted'"))
	}
}

// BenchmarkGateSlowNumber drains fast numbers beside 100,000 messages of a slow one, and
// without.
func BenchmarkGateSlowNumber(b *testing.B) {
	for b.Loop() {
		times := map[bool]time.Duration{}
		for _, slow := range []bool{false, true} {
			g := newGate(b)
			if slow {
				g.exec("INSERT INTO pilotstatus.number (number_id, interval_ms) VALUES ('slow0', 1000)")
				g.enqueueFast("slow", 1, 100_000)
			}
			g.enqueueFast("n", 999, 9990)
			g.exec("ANALYZE")
			stop := g.run(RunOptions{MaxInFlight: 200})
			times[slow] = g.settled("number_id <> 'slow0'")
			stop()
		}
		b.ReportMetric(times[true].Seconds()/times[false].Seconds(), "beside/without")
		b.ReportMetric(times[false].Seconds(), "without-s")
	}
}

// BenchmarkGateHeldSnapshot sends under a transaction that holds a snapshot, and without.
func BenchmarkGateHeldSnapshot(b *testing.B) {
	for b.Loop() {
		times := map[bool]time.Duration{}
		for _, held := range []bool{false, true} {
			g := newGate(b)
			tx, err := g.pool.BeginTx(b.Context(), pgx.TxOptions{IsoLevel: pgx.RepeatableRead})
			require.NoError(b, err)
			if held {
				_, err = tx.Exec(b.Context(), "SELECT count(*) FROM pg_class")
				require.NoError(b, err)
			}
			g.enqueueFast("n", 5, 20_000)
			g.exec("ANALYZE")
			stop := g.run(RunOptions{MaxInFlight: 200})
			times[held] = g.settled("true")
			stop()
			require.NoError(b, tx.Rollback(b.Context()))
		}
		b.ReportMetric(times[false].Seconds()/times[true].Seconds(), "under/without")
	}
}

// BenchmarkGateLatency enqueues one message for each 200 ms on idle numbers.
func BenchmarkGateLatency(b *testing.B) {
	for b.Loop() {
		g := newGate(b)
		stop := g.run(RunOptions{})
		time.Sleep(time.Second)
		for i := range 50 {
			g.enqueue(fmt.Sprintf("n%d-", i), 1, 1)
			time.Sleep(200 * time.Millisecond)
		}
		g.settled("true")
		stop()
		b.ReportMetric(value[float64](b, g.pool, g.outbox.in(`SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM settled_at - created_at) * 1000)
			FROM pilotstatus.message`)), "p50-ms")
		b.ReportMetric(value[float64](b, g.pool, g.outbox.in(`SELECT percentile_cont(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM settled_at - created_at) * 1000)
			FROM pilotstatus.message`)), "p95-ms")
	}
}

// BenchmarkGateSaturation enqueues single messages into 300 numbers as fast as it can.
func BenchmarkGateSaturation(b *testing.B) {
	for b.Loop() {
		g := newGate(b)
		stop := g.run(RunOptions{MaxInFlight: 200})
		time.Sleep(time.Second)
		began := time.Now()
		n := 0
		for ; time.Since(began) < 10*time.Second; n++ {
			g.exec(`INSERT INTO pilotstatus.message (number_id, key, wire_key, recipient, body, body_hash)
				VALUES ('n' || $1::int % 300, 'k' || $1::int, 'k' || $1::int, 'phone:+5511' || $1::int,
				convert_to('{"destinationNumber":"+5511999999999","text":"Your order has been shipped."}', 'UTF8'), '')`, n)
			if n%10 == 0 {
				g.exec("SELECT pg_notify($1, '')", g.outbox.channel)
			}
		}
		g.settled("true")
		stop()
		b.ReportMetric(float64(n)/10, "enqueued/s")
		b.ReportMetric(value[float64](b, g.pool, g.outbox.in(`SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM settled_at - created_at) * 1000)
			FROM pilotstatus.message`)), "p50-ms")
	}
}

// BenchmarkGateTwoWorkers compares two workers with one.
func BenchmarkGateTwoWorkers(b *testing.B) {
	for b.Loop() {
		times := map[int]time.Duration{}
		for _, workers := range []int{1, 2} {
			g := newGate(b)
			g.enqueueFast("n", 50, 10_000)
			g.exec("ANALYZE")
			var stops []func()
			for range workers {
				stops = append(stops, g.run(RunOptions{MaxInFlight: 200}))
			}
			times[workers] = g.settled("true")
			for _, stop := range stops {
				stop()
			}
		}
		b.ReportMetric(times[1].Seconds()/times[2].Seconds(), "two/one")
	}
}

// BenchmarkGateKilled kills the only worker in mid-campaign, and looks how long what it had
// begun takes with another one, in leases.
func BenchmarkGateKilled(b *testing.B) {
	for b.Loop() {
		g := newGate(b)
		g.api.answer = func(string) int { time.Sleep(100 * time.Millisecond); return http.StatusAccepted }
		g.enqueueFast("n", 50, 2000)
		keys := map[string]string{}
		for i := range 50 {
			keys[fmt.Sprintf("n%d", i)] = fmt.Sprintf("ps_n%d", i)
		}
		options := RunOptions{AttemptTimeout: 3 * time.Second, MaxInFlight: 200}
		j := job{DSN: database(b).DSN, Schema: g.outbox.options.Schema, URL: g.api.URL, AttemptTimeout: options.AttemptTimeout, Keys: keys}
		p := startProcess(b, j)
		for g.api.accepted.Load() < 500 {
			time.Sleep(time.Millisecond)
		}
		p.kill(b)
		killed := time.Now()
		g.exec("CREATE TABLE pilotstatus.begun AS SELECT id FROM pilotstatus.message WHERE lease <> 0")
		stop := g.run(options)
		g.settled("id IN (SELECT id FROM pilotstatus.begun)")
		b.ReportMetric(time.Since(killed).Seconds()/options.lease().Seconds(), "leases")
		stop()
	}
}
