// Package telemetry is what the instrumentations of this module share.
package telemetry

import (
	"context"
	"errors"
	"net"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/pilotstatus/pilotstatus-go"
)

// scope is the name under which the spans and metrics are found.
const scope = "github.com/pilotstatus/pilotstatus-go/pilotstatusotel"

// Config is what options set.
type Config struct {
	Tracers trace.TracerProvider // nil: the global one
	Meters  metric.MeterProvider // nil: the global one
}

// New returns what options of the type of the public package have set.
func New[Option ~func(*Config)](opts []Option) Config {
	var c Config
	for _, opt := range opts {
		if opt != nil {
			opt(&c)
		}
	}
	return c
}

// Tracer returns the tracer of this module.
func (c Config) Tracer() trace.Tracer {
	tracers := c.Tracers
	if tracers == nil {
		tracers = otel.GetTracerProvider()
	}
	return tracers.Tracer(scope, trace.WithInstrumentationVersion(pilotstatus.Version), trace.WithSchemaURL(semconv.SchemaURL))
}

// Meter returns the meter of this module.
func (c Config) Meter() metric.Meter {
	meters := c.Meters
	if meters == nil {
		meters = otel.GetMeterProvider()
	}
	return meters.Meter(scope, metric.WithInstrumentationVersion(pilotstatus.Version), metric.WithSchemaURL(semconv.SchemaURL))
}

// Made returns an instrument. An instrument that could not be made works and measures
// nothing, which OpenTelemetry's error handler is told.
func Made[T any](instrument T, err error) T {
	if err != nil {
		otel.Handle(err)
	}
	return instrument
}

// ErrorType returns the attribute error.type of an error without a status: one of a few
// words, never a text of the error.
func ErrorType(err error) attribute.KeyValue {
	var word string
	var transport *pilotstatus.TransportError
	var decode *pilotstatus.DecodeError
	var timeout net.Error
	var dns *net.DNSError
	switch {
	case errors.Is(err, context.Canceled):
		word = "canceled"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		word = "timeout"
	case errors.As(err, &dns):
		word = "dns"
	case errors.As(err, &decode):
		word = "decode"
	case errors.As(err, &transport):
		word = "transport"
	default:
		return semconv.ErrorTypeOther
	}
	return semconv.ErrorTypeKey.String(word)
}
