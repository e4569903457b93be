package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// newHandler writes log records as lines for people, or as JSON.
func newHandler(out io.Writer, asJSON bool) slog.Handler {
	options := &slog.HandlerOptions{Level: slog.LevelDebug}
	if asJSON {
		return slog.NewJSONHandler(out, options)
	}
	options.ReplaceAttr = func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key == slog.TimeKey {
			return slog.Attr{} // the spans have the times
		}
		return a
	}
	return slog.NewTextHandler(out, options)
}

// newExporter writes spans as lines for people, or as JSON.
func newExporter(out io.Writer, asJSON bool) (sdktrace.SpanExporter, error) {
	if asJSON {
		return stdouttrace.New(stdouttrace.WithWriter(out))
	}
	return lineExporter{out}, nil
}

// lineExporter writes a line for each span that ends.
type lineExporter struct{ out io.Writer }

// ExportSpans implements sdktrace.SpanExporter.
func (e lineExporter) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	for _, span := range spans {
		within := ""
		if span.Parent().IsValid() {
			within = " within " + span.Parent().SpanID().String()
		}
		took := span.EndTime().Sub(span.StartTime()).Round(time.Microsecond)
		if _, err := fmt.Fprintf(e.out, "span %s %q%s took %s", span.SpanContext().SpanID(), span.Name(), within, took); err != nil {
			return err
		}
		for _, a := range span.Attributes() {
			if a.Key == "http.response.status_code" {
				_, _ = fmt.Fprintf(e.out, ", status %s", a.Value.String())
			}
		}
		if _, err := fmt.Fprintln(e.out); err != nil {
			return err
		}
	}
	return nil
}

// Shutdown implements sdktrace.SpanExporter.
func (lineExporter) Shutdown(context.Context) error { return nil }
