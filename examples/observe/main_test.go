package main

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/pilotstatus/pilotstatus-go/pilotstatusotel"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// The tables have each attempt, event, delivery and retry, and the spans are inside each
// other.
func TestRun(t *testing.T) {
	t.Parallel()
	var printed bytes.Buffer
	if err := run(t.Context(), &printed); err != nil {
		t.Fatal(err)
	}
	blanks, times := regexp.MustCompile(` {3,}`), regexp.MustCompile(`\d+\.\d\d ms`)
	var lines []string
	for line := range strings.Lines(printed.String()) {
		indent := len(line) - len(strings.TrimLeft(line, " "))
		line = strings.Repeat(" ", indent) + blanks.ReplaceAllString(strings.TrimSpace(line), " | ")
		lines = append(lines, times.ReplaceAllString(line, "TIME"))
	}
	want := []string{
		"CALL | STATUS | COUNT | MEAN | LONGEST",
		"Messages.Get | 200 | 1 | TIME | TIME",
		"Messages.Get | 404 | 1 | TIME | TIME",
		"Messages.Send | 202 | 1 | TIME | TIME",
		"Messages.Send | 503 | 1 | TIME | TIME",
		"",
		"EVENT | ERROR | COUNT | MEAN | LONGEST",
		"number.connected | - | 1 | TIME | TIME",
		"",
		"DELIVERY | STATUS | COUNT | MEAN | LONGEST",
		"POST | 200 | 2 | TIME | TIME",
		"POST | 401 | 1 | TIME | TIME",
		"",
		"COUNTER | CALL | COUNT",
		"pilotstatus.client.retries | Messages.Send | 1",
		"",
		"SPAN | STATUS | TOOK",
		"confirm order | - | TIME",
		"  Messages.Send | 503 | TIME",
		"  Messages.Send | 202 | TIME",
		"  Messages.Get | 200 | TIME",
		"  Messages.Get | 404 | TIME",
		"POST | 200 | TIME",
		"  process number.connected | - | TIME",
		"POST | 200 | TIME",
		"POST | 401 | TIME",
	}
	if got := strings.Join(lines, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("printed:\n%s", got)
	}
}

// The search reads what was measured, attributes of metrics and of spans, and finds what it
// looks for.
func TestSearchFor(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t)
	spans, reader := tracetest.NewInMemoryExporter(), sdkmetric.NewManualReader()
	tracers := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
	number := fake.NumberClient("num_1", pilotstatusotel.Client(
		pilotstatusotel.WithTracerProvider(tracers), pilotstatusotel.WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)))))
	if _, err := number.Messages.Get(t.Context(), "nothing"); err == nil {
		t.Fatal("there is no such message")
	}
	measured, err := everything(t.Context(), reader, spans.GetSpans())
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"Messages.Get", "127.0.0.1", "http.client.request.duration", "+404"} {
		if searchFor(measured, "unseen", secret) == nil {
			t.Errorf("%q was not found in %s", secret, measured)
		}
	}
	if err := searchFor(measured, "ps_", "nothing"); err != nil {
		t.Error(err)
	}
}
