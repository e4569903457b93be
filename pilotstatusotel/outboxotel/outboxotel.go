// Package outboxotel measures the outbox of the package pilotstatuspg with OpenTelemetry. It
// is a package of its own, so that programs without an outbox do not link PostgreSQL.
//
// Each part is one line:
//
//	err := outbox.Run(ctx, pool, clients, pilotstatuspg.RunOptions{Observer: outboxotel.Observer()})
//
//	registration, err := outboxotel.Gauges(outbox, pool)
//
// [Observer] makes, for each message that Run has ended or parked:
//
//   - pilotstatus.outbox.settled, a counter of messages
//   - pilotstatus.outbox.wait, a histogram of seconds: Settled.Waited
//
// Both have the attributes pilotstatus.outbox.state and pilotstatus.outbox.priority, the
// counter also pilotstatus.outbox.template, true or false.
//
// [Gauges] reads the tables once for each collection, and sums up all numbers:
//
//   - pilotstatus.outbox.queued, in_flight, unknown, held and parked: messages
//   - pilotstatus.outbox.oldest_due and oldest_unknown: seconds, of the oldest of all numbers
//   - pilotstatus.outbox.paused: numbers
//
// They are zero when the queue is empty. Every process sees the same tables: register them
// in one process, or use the maximum of the processes and not the sum.
//
// There is no span of a settled message. The attempts of its sends have spans if the clients
// that Run gets are made with pilotstatusotel.Client, and an outbox does not keep the trace
// of the transaction that enqueued.
//
// No attribute has the id of a number or of a message. Count numbers with
// [pilotstatuspg.Outbox.Stats].
package outboxotel

import (
	"context"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/pilotstatus/pilotstatus-go/pilotstatusotel"
	"github.com/pilotstatus/pilotstatus-go/pilotstatusotel/internal/telemetry"
	"github.com/pilotstatus/pilotstatus-go/pilotstatuspg"
)

const (
	stateKey    = attribute.Key("pilotstatus.outbox.state")
	priorityKey = attribute.Key("pilotstatus.outbox.priority")
	templateKey = attribute.Key("pilotstatus.outbox.template")
)

// Observer returns a function for the Observer of [pilotstatuspg.RunOptions].
func Observer(opts ...pilotstatusotel.Option) func(context.Context, pilotstatuspg.Settled) {
	meter := telemetry.New(opts).Meter()
	settled := telemetry.Made(meter.Int64Counter("pilotstatus.outbox.settled",
		metric.WithUnit("{message}"), metric.WithDescription("Messages that ended or were parked.")))
	wait := telemetry.Made(meter.Float64Histogram("pilotstatus.outbox.wait",
		metric.WithUnit("s"), metric.WithDescription("Time from when a message could be sent until it ended or was parked."),
		metric.WithExplicitBucketBoundaries(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 4*3600, 24*3600)))
	return func(ctx context.Context, s pilotstatuspg.Settled) {
		state, priority := stateKey.String(string(s.State)), priorityKey.String(nameOf(s.Priority))
		settled.Add(ctx, 1, metric.WithAttributeSet(attribute.NewSet(state, priority, templateKey.Bool(s.Template))))
		wait.Record(ctx, s.Waited.Seconds(), metric.WithAttributeSet(attribute.NewSet(state, priority)))
	}
}

// nameOf returns the name of a priority that this version knows.
func nameOf(p pilotstatuspg.Priority) string {
	switch p {
	case pilotstatuspg.Urgent, pilotstatuspg.Normal, pilotstatuspg.Bulk:
		return p.String()
	}
	return "other"
}

// statsTimeout bounds the question to the database. Readers give a whole collection 30 s.
const statsTimeout = 5 * time.Second

// Gauges registers gauges of how the outbox stands. A collection calls
// [pilotstatuspg.Outbox.Stats] with db, which should be a pool. If that fails, or takes longer
// than 5 s, the collection has no values of the outbox, and OpenTelemetry's error handler gets
// the error. Unregister the registration before you close the pool.
//
// Messages count up to 10,000 for each number. An error means that an instrument could not be
// made.
func Gauges(outbox *pilotstatuspg.Outbox, db pilotstatuspg.DB, opts ...pilotstatusotel.Option) (metric.Registration, error) {
	meter := telemetry.New(opts).Meter()
	all := gauges()
	observed := make([]metric.Observable, len(all))
	for i := range all {
		g := &all[i]
		var err error
		g.instrument, err = meter.Float64ObservableGauge("pilotstatus.outbox."+g.name,
			metric.WithUnit(g.unit), metric.WithDescription(g.description))
		if err != nil {
			return nil, err
		}
		observed[i] = g.instrument
	}
	return meter.RegisterCallback(func(ctx context.Context, to metric.Observer) error {
		ctx, cancel := context.WithTimeout(ctx, statsTimeout)
		defer cancel()
		numbers, err := outbox.Stats(ctx, db)
		if err != nil {
			// A periodic reader that gets an error exports nothing, not even what others measured.
			otel.Handle(err)
			return nil
		}
		for _, g := range all {
			g.observe(to, numbers)
		}
		return nil
	}, observed...)
}

// gauge is a value of all numbers together.
type gauge struct {
	name, unit, description string

	// value is that of one number, and join puts two together.
	value func(pilotstatuspg.NumberStats) float64
	join  func(a, b float64) float64

	instrument metric.Float64ObservableGauge
}

func (g *gauge) observe(to metric.Observer, numbers []pilotstatuspg.NumberStats) {
	total := 0.0
	for _, n := range numbers {
		total = g.join(total, g.value(n))
	}
	to.ObserveFloat64(g.instrument, total)
}

func gauges() []gauge {
	type stats = pilotstatuspg.NumberStats
	sum := func(name, unit, description string, value func(stats) int) gauge {
		return gauge{
			name: name, unit: unit, description: description,
			value: func(n stats) float64 { return float64(value(n)) },
			join:  func(a, b float64) float64 { return a + b },
		}
	}
	oldest := func(name, description string, age func(stats) time.Duration) gauge {
		return gauge{
			name: name, unit: "s", description: description,
			value: func(n stats) float64 { return age(n).Seconds() },
			join:  func(a, b float64) float64 { return max(a, b) },
		}
	}
	const message = "{message}"
	return []gauge{
		sum("queued", message, "Messages that are due, or wait after a temporary failure.", func(n stats) int { return n.Queued }),
		oldest("oldest_due", "Since when the oldest queued message could be sent.", func(n stats) time.Duration { return n.OldestDue }),
		sum("in_flight", message, "Messages that a worker has.", func(n stats) int { return n.InFlight }),
		sum("unknown", message, "Messages that were perhaps sent, and are repeated.", func(n stats) int { return n.Unknown }),
		oldest("oldest_unknown", "Age of the first request of the oldest of them.", func(n stats) time.Duration { return n.OldestUnknown }),
		sum("held", message, "Messages whose template is held.", func(n stats) int { return n.Held }),
		sum("parked", message, "Messages that wait for a person.", func(n stats) int { return n.Parked }),
		sum("paused", "{number}", "Numbers that are paused.", func(n stats) int {
			if n.Paused == "" {
				return 0
			}
			return 1
		}),
	}
}
