package emulator_test

import (
	"context"
	"encoding/base64"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/internal/emulator"
)

var (
	loadSends = flag.Int("load-sends", 20_000, "sends of each server in BenchmarkLoad; its memory is that after a tenth and after all")
	loadKeep  = flag.Int("load-keep", 10_000, "messages that the emulator keeps in BenchmarkLoad")
	loadFiles = flag.Int("load-files", 40, "messages with 16 MB in BenchmarkLoad")
)

// BenchmarkLoad sends as fast as the SDK can: to a server that answers 202 and does nothing
// else, to the emulator, and to one whose webhook never answers, in turns. Run it with
// -benchtime 1x; the numbers that count are the ratios.
func BenchmarkLoad(b *testing.B) {
	for range b.N {
		bare := httptest.NewServer(http.HandlerFunc(answer202))
		b.Cleanup(bare.Close)
		hangs := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // only then the server notices that the other side hangs up
			<-r.Context().Done()
		}))
		b.Cleanup(hangs.Close) // after the emulators, which hang up
		plain, apiKey := load(b, emulator.Config{})
		held, heldKey := load(b, emulator.Config{Webhooks: []string{hangs.URL}})

		const turns = 10
		var took [3]time.Duration
		var heap [2]float64
		for turn := range turns {
			each := *loadSends / turns
			took[0] += sendMany(b, bare.URL, "ps_any_key_will_do", each)
			took[1] += sendMany(b, plain, apiKey, each)
			took[2] += sendMany(b, held, heldKey, each)
			if turn == 0 {
				heap[0] = heapMiB()
			}
		}
		heap[1] = heapMiB()
		perSecond := func(d time.Duration) float64 { return float64(*loadSends) / d.Seconds() }
		b.ReportMetric(perSecond(took[0]), "bare/s")
		b.ReportMetric(perSecond(took[1]), "emulator/s")
		b.ReportMetric(perSecond(took[1])/perSecond(took[0]), "of-bare")
		b.ReportMetric(perSecond(took[2])/perSecond(took[1]), "hanging-of-plain")
		b.ReportMetric(heap[0], "MiB-first-tenth")
		b.ReportMetric(heap[1], "MiB-all")
		// Two emulators have them, each of which kept a key of nine tenths of the sends.
		b.ReportMetric((heap[1]-heap[0])*(1<<20)/(2*0.9*float64(*loadSends)), "B/key")
	}
}

// BenchmarkLoadOfFiles sends 16 MB with each message.
func BenchmarkLoadOfFiles(b *testing.B) {
	for range b.N {
		front := emulator.NewFront()
		server := httptest.NewServer(front)
		e, err := emulator.New(emulator.Config{URL: server.URL, Keep: *loadKeep, KeepBytes: 256 << 20})
		if err != nil {
			b.Fatal(err)
		}
		front.Open(e)
		client, err := pilotstatus.NewNumberClient(pilotstatus.APIKey(e.Default().Engine.NumberKey("num_2")), pilotstatus.WithBaseURL(server.URL))
		if err != nil {
			b.Fatal(err)
		}
		file := "data:video/mp4;base64," + base64.StdEncoding.EncodeToString(make([]byte, 16<<20))
		for range *loadFiles {
			if _, err := client.Messages.Send(b.Context(), pilotstatus.SendRequest{
				To:      pilotstatus.Phone("+5511999990001"),
				Content: pilotstatus.MediaContent{Type: pilotstatus.MediaTypeVideo, Source: file},
			}); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(heapMiB(), "MiB-of-files")
		server.Close()
		e.Close()
	}
}

func load(b *testing.B, c emulator.Config) (url, apiKey string) {
	b.Helper()
	front := emulator.NewFront()
	server := httptest.NewServer(front)
	c.URL, c.Keep, c.KeepBytes = server.URL, *loadKeep, 256<<20
	e, err := emulator.New(c)
	if err != nil {
		b.Fatal(err)
	}
	front.Open(e)
	b.Cleanup(func() {
		e.Close()
		server.Close()
	})
	return server.URL, e.Default().Engine.NumberKey("num_1")
}

func answer202(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	_, _ = io.WriteString(w, `{"id":"msg_1","correlationId":"c_1","status":"QUEUED","createdAt":"2026-01-02T03:04:05Z"}`)
}

// untilRead is how long the last messages of a turn need to READ.
const untilRead = 150 * time.Millisecond

// sendMany sends with eight senders and returns how long it took.
func sendMany(b *testing.B, url, apiKey string, count int) time.Duration {
	b.Helper()
	client, err := pilotstatus.NewNumberClient(pilotstatus.APIKey(apiKey), pilotstatus.WithBaseURL(url))
	if err != nil {
		b.Fatal(err)
	}
	var next atomic.Int64
	var senders sync.WaitGroup
	began := time.Now()
	for range 8 {
		senders.Go(func() {
			for n := next.Add(1); n <= int64(count); n = next.Add(1) {
				if _, err := client.Messages.Send(context.Background(), pilotstatus.SendRequest{
					To:      pilotstatus.Phone("+55119" + strconv.FormatInt(10_000_000+n%500, 10)),
					Content: pilotstatus.TemplateContent{ID: "onboarding-test", Variables: map[string]string{"name": "Ana"}},
				}); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	senders.Wait()
	took := time.Since(began)
	time.Sleep(untilRead) // or the messages would move in the turn of the next server
	return took
}

func heapMiB() float64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return float64(stats.HeapAlloc) / (1 << 20)
}
