package pilotstatuspg

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
)

// The gates are benchmarks that print ratios: go test -run - -bench Gate -benchtime 1x .
// Only what one run measures beside each other is compared.

// quickAPI accepts every send after 5 ms, and knows when it came from which number.
type quickAPI struct {
	*httptest.Server

	accepted atomic.Int64
	answer   func(key string) int // the status; nil: 202

	mu     sync.Mutex
	starts map[string][]time.Time // by number key
}

func newQuickAPI(b *testing.B) *quickAPI {
	b.Helper()
	api := &quickAPI{starts: map[string][]time.Time{}}
	api.Server = httptest.NewServer(http.HandlerFunc(api.serve))
	b.Cleanup(api.Close)
	return api
}

func (a *quickAPI) serve(w http.ResponseWriter, r *http.Request) {
	now := time.Now()
	_, _ = io.Copy(io.Discard, r.Body) // the client sees it otherwise
	number := r.Header.Get("X-Api-Key")
	a.mu.Lock()
	a.starts[number] = append(a.starts[number], now)
	a.mu.Unlock()
	time.Sleep(5 * time.Millisecond)
	if a.answer != nil {
		if status := a.answer(r.Header.Get("Idempotency-Key")); status != http.StatusAccepted {
			w.WriteHeader(status)
			return
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	fmt.Fprintf(w, `{"id":"m%d","correlationId":"c","status":"QUEUED","createdAt":"2026-11-28T12:00:00.000Z","origin":"o","sourceNumber":"5511999999999"}`,
		a.accepted.Add(1))
}

// apiClients are clients of a quickAPI, whose keys are the numbers' ids.
type apiClients struct {
	url string

	mu      sync.Mutex
	clients map[string]*pilotstatus.NumberClient
	http    *http.Client
}

func (c *apiClients) Get(_ context.Context, number string) (*pilotstatus.NumberClient, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.clients[number] == nil {
		client, err := pilotstatus.NewNumberClient(pilotstatus.APIKey("ps_"+number),
			pilotstatus.WithBaseURL(c.url), pilotstatus.WithHTTPClient(c.http))
		if err != nil {
			return nil, err
		}
		c.clients[number] = client
	}
	return c.clients[number], nil
}

func newClients(api *quickAPI) *apiClients {
	transport := &http.Transport{MaxIdleConnsPerHost: 1000}
	return &apiClients{url: api.URL, clients: map[string]*pilotstatus.NumberClient{}, http: &http.Client{Transport: transport}}
}

// gate is an outbox of its own beside a quickAPI.
type gate struct {
	*testing.B

	outbox  *Outbox
	pool    *pgxpool.Pool
	api     *quickAPI
	clients *apiClients
}

func newGate(b *testing.B) *gate {
	b.Helper()
	outbox, pool := newOutbox(b)
	api := newQuickAPI(b)
	return &gate{B: b, outbox: outbox, pool: pool, api: api, clients: newClients(api)}
}

// enqueue enqueues n messages to different recipients, by turns into numbers.
func (g *gate) enqueue(prefix string, numbers, n int, opts ...EnqueueOption) {
	g.Helper()
	for number := range numbers {
		var rs []pilotstatus.SendRequest
		for i := number; i < n; i += numbers {
			rs = append(rs, pilotstatus.SendRequest{
				To: pilotstatus.Phone(fmt.Sprintf("+55119%08d", i)), IdempotencyKey: fmt.Sprintf("%s-%d", prefix, i),
				Content: pilotstatus.TextContent{Body: "Your order has been shipped."},
			})
		}
		require.NoError(g, pgx.BeginFunc(g.Context(), g.pool, func(tx pgx.Tx) error {
			_, err := g.outbox.EnqueueMany(g.Context(), tx, fmt.Sprintf("%s%d", prefix, number), rs, opts...)
			return err
		}))
	}
}

// run runs a worker until stop.
func (g *gate) run(options RunOptions) (stop func()) { return g.runOn(g.pool, options) }

func (g *gate) runOn(pool *pgxpool.Pool, options RunOptions) (stop func()) {
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- g.outbox.Run(ctx, pool, g.clients, options) }()
	return func() {
		cancel()
		require.NoError(g, <-ended)
	}
}

func (g *gate) count(where string, args ...any) int {
	g.Helper()
	return value[int](g, g.pool, g.outbox.in("SELECT count(*) FROM pilotstatus.message WHERE "+where), args...)
}

func (g *gate) exec(statement string, args ...any) {
	g.Helper()
	_, err := g.pool.Exec(g.Context(), g.outbox.in(statement), args...)
	require.NoError(g, err)
}

// settled waits until nothing is open, and returns how long that took.
func (g *gate) settled(where string) time.Duration {
	g.Helper()
	began := time.Now()
	for g.count("open AND "+where) > 0 {
		time.Sleep(20 * time.Millisecond)
		require.Less(g, time.Since(began), 5*time.Minute)
	}
	return time.Since(began)
}

// BenchmarkGateDirect compares the outbox with sends that nobody stores.
func BenchmarkGateDirect(b *testing.B) {
	const numbers, parallel, messages = 50, 4, 10_000
	for b.Loop() {
		g := newGate(b)
		g.enqueue("n", numbers, messages)
		g.exec("ANALYZE pilotstatus.message")
		direct := g.direct(numbers, parallel, messages)
		stop := g.run(RunOptions{MaxInFlight: numbers * parallel})
		outbox := g.settled("true")
		stop()
		require.Equal(b, messages, g.count("state = 'accepted'"))
		b.ReportMetric(float64(messages)/direct.Seconds(), "direct/s")
		b.ReportMetric(float64(messages)/outbox.Seconds(), "outbox/s")
		b.ReportMetric(direct.Seconds()/outbox.Seconds(), "outbox/direct")
	}
}

// direct sends as many messages with the same parallelism.
func (g *gate) direct(numbers, parallel, messages int) time.Duration {
	began := time.Now()
	var sending sync.WaitGroup
	for i := range numbers * parallel {
		client, err := g.clients.Get(g.Context(), fmt.Sprintf("n%d", i%numbers))
		require.NoError(g, err)
		sending.Go(func() {
			for n := range messages / (numbers * parallel) {
				_, _ = client.Messages.Send(g.Context(), pilotstatus.SendRequest{
					To: pilotstatus.Phone("+5511999999999"), Content: pilotstatus.TextContent{Body: "Your order has been shipped."},
					IdempotencyKey: fmt.Sprintf("direct-%d-%d", i, n),
				})
			}
		})
	}
	sending.Wait()
	return time.Since(began)
}
