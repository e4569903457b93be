package pilotstatusotel

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/semconv/v1.43.0/messagingconv"
	"go.opentelemetry.io/otel/trace"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatusotel/internal/telemetry"
)

const (
	messagingSystem = "pilotstatus"
	processName     = "process"
)

// Handle makes a span and a metric of each call of handle, for
// [pilotstatus.NewWebhookHandler]:
//
//	handler, err := pilotstatus.NewWebhookHandler(pilotstatusotel.Handle(handle), pilotstatus.WithWebhookSecret(secret))
//
// handle gets the context with its span. Repeated and refused deliveries do not reach it:
// [Handler] counts them.
func Handle(
	handle func(context.Context, pilotstatus.Event) error, opts ...Option,
) func(context.Context, pilotstatus.Event) error {
	if handle == nil {
		return nil // NewWebhookHandler says so
	}
	c := newConsumer(opts)
	return func(ctx context.Context, event pilotstatus.Event) error {
		return c.measure(ctx, event, func(ctx context.Context) error { return handle(ctx, event) })
	}
}

// HandleTx is [Handle] for a function that gets a transaction too, as that of the method
// Receive of the package pilotstatuspg:
//
//	handler, err := outbox.Receive(pool, pilotstatusotel.HandleTx(handle), pilotstatuspg.ReceiveOptions{},
//		pilotstatus.WithWebhookSecret(secret))
//
// The span ends with handle, before the commit. If handle is nil, the events are measured
// and nothing is called.
func HandleTx[Tx any](
	handle func(context.Context, Tx, pilotstatus.Event) error, opts ...Option,
) func(context.Context, Tx, pilotstatus.Event) error {
	c := newConsumer(opts)
	return func(ctx context.Context, tx Tx, event pilotstatus.Event) error {
		return c.measure(ctx, event, func(ctx context.Context) error {
			if handle == nil {
				return nil
			}
			return handle(ctx, tx, event)
		})
	}
}

// consumer measures how events are handled.
type consumer struct {
	tracer   trace.Tracer
	duration messagingconv.ProcessDuration
}

func newConsumer(opts []Option) *consumer {
	config := telemetry.New(opts)
	buckets := metric.WithExplicitBucketBoundaries(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
	return &consumer{
		tracer:   config.Tracer(),
		duration: telemetry.Made(messagingconv.NewProcessDuration(config.Meter(), buckets)),
	}
}

// measure calls handle. A panic goes on.
func (c *consumer) measure(ctx context.Context, event pilotstatus.Event, handle func(context.Context) error) (err error) {
	name := knownEvent(event)
	attrs := []attribute.KeyValue{
		semconv.MessagingSystemKey.String(messagingSystem), semconv.MessagingOperationName(processName),
		semconv.MessagingDestinationName(name),
	}
	began := time.Now()
	ctx, span := c.tracer.Start(ctx, processName+" "+name,
		trace.WithSpanKind(trace.SpanKindConsumer), trace.WithTimestamp(began),
		trace.WithAttributes(attrs...), trace.WithAttributes(semconv.MessagingOperationTypeProcess))
	returned := false
	defer func() {
		if !returned || err != nil {
			problem := semconv.ErrorTypeKey.String("panic")
			if returned {
				problem = telemetry.ErrorType(err)
			}
			span.SetAttributes(problem)
			span.SetStatus(codes.Error, "")
			attrs = append(attrs, problem)
		}
		end := time.Now()
		span.End(trace.WithTimestamp(end))
		c.duration.RecordSet(ctx, end.Sub(began).Seconds(), attribute.NewSet(attrs...))
	}()
	err = handle(ctx)
	returned = true
	return err
}
