package outboxotel_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatusotel"
	"github.com/pilotstatus/pilotstatus-go/pilotstatusotel/outboxotel"
	"github.com/pilotstatus/pilotstatus-go/pilotstatuspg"
	"github.com/pilotstatus/pilotstatus-go/pilotstatuspg/pilotstatuspgtest"
	"github.com/pilotstatus/pilotstatus-go/pilotstatuspg/pilotstatuspgtest/pgserver"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

var dsn string

func TestMain(m *testing.M) {
	server, err := pgserver.Start(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	dsn = server.DSN
	status := m.Run()
	if err := server.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = max(status, 1)
	}
	os.Exit(status)
}

// story is an outbox with its telemetry.
type story struct {
	*testing.T

	outbox *pilotstatuspg.Outbox
	pool   *pgxpool.Pool
	fake   *pilotstatustest.Server
	reader *sdkmetric.ManualReader
	option pilotstatusotel.Option
}

func newStory(t *testing.T) *story {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), dsn)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	reader := sdkmetric.NewManualReader()
	return &story{
		T: t, outbox: pilotstatuspgtest.NewOutbox(t, pool), pool: pool, fake: pilotstatustest.NewServer(t), reader: reader,
		option: pilotstatusotel.WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))),
	}
}

// Get hands out the clients of the fake.
func (s *story) Get(_ context.Context, number string) (*pilotstatus.NumberClient, error) {
	return s.fake.NumberClient(number), nil
}

func (s *story) enqueue(number, key string, content pilotstatus.Content, opts ...pilotstatuspg.EnqueueOption) {
	s.Helper()
	require.NoError(s, pgx.BeginFunc(s.Context(), s.pool, func(tx pgx.Tx) error {
		_, err := s.outbox.Enqueue(s.Context(), tx, number, pilotstatus.SendRequest{
			To: pilotstatus.Phone("+5511987654321"), IdempotencyKey: key, Content: content,
		}, opts...)
		return err
	}))
}

func (s *story) exec(statement string) {
	s.Helper()
	_, err := s.pool.Exec(s.Context(), fmt.Sprintf(statement, pgx.Identifier{s.outbox.Schema(), "message"}.Sanitize()))
	require.NoError(s, err)
}

// run runs the outbox until nothing is open.
func (s *story) run() {
	s.Helper()
	ctx, cancel := context.WithCancel(s.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- s.outbox.Run(ctx, s.pool, s, pilotstatuspg.RunOptions{
			AttemptTimeout: time.Second, Logger: slog.New(slog.DiscardHandler), Observer: outboxotel.Observer(s.option),
		})
	}()
	assert.Eventually(s, func() bool {
		stats, err := s.outbox.Stats(ctx, s.pool)
		open := 0
		for _, n := range stats {
			open += n.Queued + n.InFlight + n.Unknown
		}
		return err == nil && open == 0
	}, 30*time.Second, 10*time.Millisecond)
	cancel()
	require.NoError(s, <-ended)
}

// metrics returns all metrics, by name.
func (s *story) metrics() map[string]metricdata.Metrics {
	s.Helper()
	var all metricdata.ResourceMetrics
	require.NoError(s, s.reader.Collect(context.Background(), &all))
	found := map[string]metricdata.Metrics{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			found[m.Name] = m
		}
	}
	return found
}

// gauges returns the values of the gauges.
func (s *story) gauges() map[string]float64 {
	s.Helper()
	found := map[string]float64{}
	for name, m := range s.metrics() {
		data, is := m.Data.(metricdata.Gauge[float64])
		if !is {
			continue
		}
		require.Len(s, data.DataPoints, 1, name)
		assert.Zero(s, data.DataPoints[0].Attributes.Len(), name)
		found[name] = data.DataPoints[0].Value
	}
	return found
}

// textOf returns a set of attributes in the order of their keys.
func textOf(set attribute.Set) string {
	text := ""
	for _, a := range set.ToSlice() {
		text += string(a.Key) + "=" + a.Value.String() + " "
	}
	return text
}

// Each settled message is counted once, and nothing private is in an attribute.
func TestObserverCountsMessages(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	text := pilotstatus.TextContent{Body: "A private text"}
	for i := range 20 {
		s.enqueue("num_1", fmt.Sprintf("order-4711-%d", i), text, pilotstatuspg.WithPriority(pilotstatuspg.Priority(i%3)))
	}
	s.enqueue("num_2", "template", pilotstatus.TemplateContent{ID: "onboarding-test", Variables: map[string]string{"name": "Zéfiro"}})
	s.exec("UPDATE %s SET created_at = now() - interval '2 minutes'")
	s.fake.Inject(
		pilotstatustest.Fault{Op: "Messages.Send", Status: 400, Code: "VALIDATION_ERROR", Times: 3},
		pilotstatustest.Fault{Op: "Messages.Send", Status: 503, Processed: true, Times: 2},
	)
	s.run()

	want, total := map[string]int{}, 0
	rows, err := s.pool.Query(t.Context(), "SELECT priority, state, template IS NOT NULL, count(*) FROM "+
		pgx.Identifier{s.outbox.Schema(), "message"}.Sanitize()+" GROUP BY 1, 2, 3")
	require.NoError(t, err)
	var priority pilotstatuspg.Priority
	var state string
	var template bool
	var count int
	_, err = pgx.ForEachRow(rows, []any{&priority, &state, &template, &count}, func() error {
		want[fmt.Sprintf("pilotstatus.outbox.priority=%s pilotstatus.outbox.state=%s pilotstatus.outbox.template=%t ",
			priority, state, template)] = count
		total += count
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, 21, total)

	metrics, texts := s.metrics(), []string{}
	settled, is := metrics["pilotstatus.outbox.settled"].Data.(metricdata.Sum[int64])
	require.True(t, is)
	got := map[string]int{}
	for _, p := range settled.DataPoints {
		got[textOf(p.Attributes)] = int(p.Value)
		texts = append(texts, textOf(p.Attributes))
	}
	assert.Equal(t, want, got)
	wait, is := metrics["pilotstatus.outbox.wait"].Data.(metricdata.Histogram[float64])
	require.True(t, is)
	waited := 0
	for _, p := range wait.DataPoints {
		waited += int(p.Count)
		texts = append(texts, textOf(p.Attributes))
		assert.Equal(t, 24*time.Hour, time.Duration(p.Bounds[len(p.Bounds)-1])*time.Second, "a message may wait for long")
		shortest, defined := p.Min.Value()
		assert.True(t, defined)
		assert.GreaterOrEqual(t, shortest, 120.0)
	}
	assert.Equal(t, total, waited)
	for _, text := range texts {
		for _, private := range []string{"order", "text", "num_", "Zéfiro", "onboarding"} {
			assert.NotContains(t, text, private)
		}
		assert.NotRegexp(t, `[0-9]{6}`, text)
	}
}

// The events that the inbox handles are counted once, and the deliveries by their answers.
func TestReceiveIsMeasured(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	handle := func(_ context.Context, _ pgx.Tx, event pilotstatus.Event) error {
		if connected, is := event.(*pilotstatus.NumberEvent); is && connected.NumberID == "num_2" {
			return errors.New("it failed")
		}
		return nil
	}
	handler, err := s.outbox.Receive(s.pool, pilotstatusotel.HandleTx(handle, s.option), pilotstatuspg.ReceiveOptions{},
		pilotstatus.WithWebhookSecret(s.fake.WebhookSecret()))
	require.NoError(t, err)
	server := httptest.NewServer(pilotstatusotel.Handler(handler, s.option))
	defer server.Close()
	for i := range 4 {
		err := s.fake.Deliver(t.Context(), server.URL, &pilotstatus.NumberEvent{
			Event: pilotstatus.EventNumberConnected, NumberID: fmt.Sprint("num_", i), Phone: "+5511987654321", DisplayName: "Zéfiro",
			CreatedAt: pilotstatus.Timestamp{Time: time.Now()},
		}, pilotstatustest.DeliverTimes(2))
		assert.Equal(t, i == 2, err != nil)
	}
	server.Close()
	counts := map[string]int{}
	for name, m := range s.metrics() {
		if data, is := m.Data.(metricdata.Histogram[float64]); is {
			for _, p := range data.DataPoints {
				kind, _ := p.Attributes.Value("error.type")
				counts[name+" "+kind.AsString()] += int(p.Count)
			}
		}
	}
	assert.Equal(t, 3, counts["messaging.process.duration "])
	failed := counts["messaging.process.duration _OTHER"]
	assert.Positive(t, failed)
	assert.Equal(t, map[string]int{
		"messaging.process.duration ": 3, "messaging.process.duration _OTHER": failed,
		"http.server.request.duration ": 6, "http.server.request.duration 500": failed,
	}, counts)
}

// The gauges sum up the numbers, and are zero when the queue is empty.
func TestGauges(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	pool, err := pgxpool.New(t.Context(), dsn)
	require.NoError(t, err)
	defer pool.Close()
	registration, err := outboxotel.Gauges(s.outbox, pool, s.option)
	require.NoError(t, err)
	empty := map[string]float64{}
	for _, name := range []string{"queued", "oldest_due", "in_flight", "unknown", "oldest_unknown", "held", "parked", "paused"} {
		empty["pilotstatus.outbox."+name] = 0
	}
	assert.Equal(t, empty, s.gauges())

	for i := range 5 {
		s.enqueue(fmt.Sprintf("num_%d", 1+i%2), fmt.Sprintf("key %d", i), pilotstatus.TextContent{Body: "text"})
	}
	s.exec("UPDATE %s SET created_at = now() - interval '2 hours' WHERE key = 'key 1'")
	s.exec("UPDATE %s SET created_at = now() - interval '1 hour' WHERE key = 'key 4'") // of another number
	s.exec("UPDATE %s SET state = 'sending', first_at = now() - interval '1 hour' WHERE key = 'key 0'")
	s.exec("UPDATE %s SET state = 'parked', settled_at = now() WHERE key = 'key 2'")
	require.NoError(t, s.outbox.Pause(t.Context(), s.pool, "num_3", "for a reason"))
	got := s.gauges()
	assert.InDelta(t, 2*3600, got["pilotstatus.outbox.oldest_due"], 60)
	assert.InDelta(t, 3600, got["pilotstatus.outbox.oldest_unknown"], 60)
	delete(got, "pilotstatus.outbox.oldest_due")
	delete(got, "pilotstatus.outbox.oldest_unknown")
	stats, err := s.outbox.Stats(t.Context(), s.pool)
	require.NoError(t, err)
	queued := 0
	for _, n := range stats {
		queued += n.Queued
	}
	assert.Equal(t, map[string]float64{
		"pilotstatus.outbox.queued": float64(queued), "pilotstatus.outbox.in_flight": 0, "pilotstatus.outbox.unknown": 1,
		"pilotstatus.outbox.held": 0, "pilotstatus.outbox.parked": 1, "pilotstatus.outbox.paused": 1,
	}, got)
	assert.Greater(t, queued, 2)

	require.NoError(t, s.outbox.Resume(t.Context(), s.pool, "num_3"))
	s.exec("UPDATE %s SET state = 'canceled' WHERE state = 'parked'")
	s.run()
	assert.Equal(t, empty, s.gauges())

	pool.Close()
	assert.Empty(t, s.gauges(), "the statistics cannot be read")
	assert.Contains(t, s.metrics(), "pilotstatus.outbox.settled", "a reader that gets an error exports nothing at all")
	require.NoError(t, registration.Unregister())
	assert.Empty(t, s.gauges())
}

// hanging is a database that does not answer.
type hanging struct{ pilotstatuspg.DB }

func (hanging) Query(ctx context.Context, _ string, _ ...any) (pgx.Rows, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// A database that does not answer does not hold up the other metrics of a program.
func TestGaugesDoNotWait(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	synctest.Test(t, func(t *testing.T) {
		_, err := outboxotel.Gauges(s.outbox, hanging{}, s.option)
		require.NoError(t, err)
		began := time.Now()
		require.NoError(t, s.reader.Collect(context.Background(), new(metricdata.ResourceMetrics)))
		assert.LessOrEqual(t, time.Since(began), 5*time.Second)
	})
}
