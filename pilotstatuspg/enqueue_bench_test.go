package pilotstatuspg

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
)

// BenchmarkGateEnqueue prints how single enqueues in transactions of their own into one
// number compare with those into 50, and with notifications with those without. Each
// pair takes turns, so that both see the same machine.
func BenchmarkGateEnqueue(b *testing.B) {
	loud, pool := newOutbox(b)
	silent, err := New(Options{Schema: loud.Schema(), NoNotify: true})
	require.NoError(b, err)
	const (
		workers = 8
		turn    = time.Second
		turns   = 3
	)
	var counter atomic.Int64
	enqueue := func(o *Outbox, numbers int64) float64 {
		done := atomic.Int64{}
		began := time.Now()
		var working sync.WaitGroup
		for range workers {
			working.Go(func() {
				for time.Since(began) < turn {
					n := counter.Add(1)
					require.NoError(b, enqueueAs(b, o, pool, fmt.Sprintf("num_%d", n%numbers), fmt.Sprint(n)))
					done.Add(1)
				}
			})
		}
		working.Wait()
		return float64(done.Load()) / time.Since(began).Seconds()
	}
	for b.Loop() {
		enqueue(loud, 50) // warm up
		var one, fifty, without float64
		for range turns {
			one += enqueue(loud, 1)
			fifty += enqueue(loud, 50)
			without += enqueue(silent, 50)
			without += enqueue(silent, 50)
			fifty += enqueue(loud, 50)
			one += enqueue(loud, 1)
		}
		b.ReportMetric(fifty/(2*turns), "enqueues/s")
		b.ReportMetric(one/fifty, "one-number/50-numbers(≥0.5)")
		b.ReportMetric(fifty/without, "notify/without(≥0.9)")
	}
}

func enqueueAs(b *testing.B, o *Outbox, pool *pgxpool.Pool, number, key string) error {
	b.Helper()
	return pgx.BeginFunc(b.Context(), pool, func(tx pgx.Tx) error {
		_, err := o.Enqueue(b.Context(), tx, number, request(key))
		return err
	})
}

// BenchmarkEnqueueMany prints how many messages a second one call writes.
func BenchmarkEnqueueMany(b *testing.B) {
	o, pool := newOutbox(b)
	round := 0
	const n = 20_000
	for b.Loop() {
		round++
		requests := manyRequests(n, fmt.Sprint(round))
		began := time.Now()
		require.NoError(b, inTx(b, pool, func(tx pgx.Tx) error {
			_, err := o.EnqueueMany(b.Context(), tx, testNumber, requests)
			return err
		}))
		b.ReportMetric(n/time.Since(began).Seconds(), "messages/s")
	}
}

func manyRequests(n int, prefix string) []pilotstatus.SendRequest {
	requests := make([]pilotstatus.SendRequest, n)
	for i := range requests {
		requests[i] = request(fmt.Sprintf("%s-%d", prefix, i))
	}
	return requests
}
