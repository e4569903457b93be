package pilotstatustest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

const acceptedAnswer = `{"id":"msg_4tq81","correlationId":"corr_4tq81","status":"QUEUED",` +
	`"createdAt":"2026-11-04T12:30:00.215Z","origin":"Reception","sourceNumber":"5511900009876"}`

// BenchmarkSend sends to the fake and to a bare server that answers 202, both by the
// client, in turns within one run. It reports the rate at the fake as a share of the rate
// at the bare server: the median of the rounds.
func BenchmarkSend(b *testing.B) {
	bare := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, acceptedAnswer)
	}))
	defer bare.Close()
	fake := pilotstatustest.NewServer(b)
	toBare, err := pilotstatus.NewNumberClient(pilotstatus.APIKey("ps_benchmark"), pilotstatus.WithBaseURL(bare.URL))
	require.NoError(b, err)
	toFake := fake.NumberClient("num_1")

	const block = 2000
	var ratios []float64
	var last atomic.Int64
	var inBare, inFake time.Duration
	for b.Loop() {
		atBare := sendAll(b, toBare, &last, block)
		atFake := sendAll(b, toFake, &last, block)
		inBare, inFake = inBare+atBare, inFake+atFake
		ratios = append(ratios, float64(atBare)/float64(atFake))
	}
	slices.Sort(ratios)
	sends := float64(block * len(ratios))
	b.ReportMetric(ratios[len(ratios)/2], "fake/bare-rate")
	b.ReportMetric(sends/inBare.Seconds(), "bare-sends/s")
	b.ReportMetric(sends/inFake.Seconds(), "fake-sends/s")
	b.ReportMetric(0, "ns/op") // of a round, which means nothing
}

// sendAll sends so many messages at 16 at a time, each with a key of its own, and returns
// how long that took.
func sendAll(tb testing.TB, client *pilotstatus.NumberClient, last *atomic.Int64, count int) time.Duration {
	tb.Helper()
	const workers = 16
	var group sync.WaitGroup
	start := time.Now()
	for range workers {
		group.Go(func() {
			for range count / workers {
				_, err := client.Messages.Send(tb.Context(), pilotstatus.SendRequest{
					To:             pilotstatus.Phone("+5511999999999"),
					Content:        pilotstatus.TemplateContent{ID: "onboarding-test", Variables: map[string]string{"name": "John"}},
					IdempotencyKey: "order-" + strconv.FormatInt(last.Add(1), 10),
				})
				if err != nil {
					tb.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	return time.Since(start)
}
