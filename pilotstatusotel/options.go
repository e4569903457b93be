package pilotstatusotel

import (
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/pilotstatus/pilotstatus-go/pilotstatusotel/internal/telemetry"
)

// Option chooses where spans and metrics go.
type Option func(*telemetry.Config)

// WithTracerProvider uses p in place of the global provider of OpenTelemetry, unless it is nil.
func WithTracerProvider(p trace.TracerProvider) Option {
	return func(c *telemetry.Config) { c.Tracers = p }
}

// WithMeterProvider uses p in place of the global provider of OpenTelemetry, unless it is nil.
func WithMeterProvider(p metric.MeterProvider) Option {
	return func(c *telemetry.Config) { c.Meters = p }
}
