package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// table is a histogram of durations, by some of its attributes.
type table struct {
	metric string
	keys   []attribute.Key
	titles string // of the columns of keys
}

func tables() []table {
	return []table{
		{"http.client.request.duration", []attribute.Key{"pilotstatus.operation", "http.response.status_code"}, "CALL\tSTATUS"},
		{"messaging.process.duration", []attribute.Key{"messaging.destination.name", "error.type"}, "EVENT\tERROR"},
		{"http.server.request.duration", []attribute.Key{"http.request.method", "http.response.status_code"}, "DELIVERY\tSTATUS"},
	}
}

// show writes the metrics as tables and the spans as a tree.
func show(ctx context.Context, out io.Writer, reader sdkmetric.Reader, spans tracetest.SpanStubs) error {
	metrics, err := collect(ctx, reader)
	if err != nil {
		return err
	}
	columns := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	for _, t := range tables() {
		_, _ = fmt.Fprintf(columns, "%s\tCOUNT\tMEAN\tLONGEST\n", t.titles) // Flush has the error
		for _, line := range t.lines(metrics[t.metric]) {
			_, _ = fmt.Fprintln(columns, line)
		}
		_, _ = fmt.Fprintln(columns)
	}
	_, _ = fmt.Fprintln(columns, "COUNTER\tCALL\tCOUNT")
	for _, name := range []string{"pilotstatus.client.retries", "pilotstatus.client.unknown_outcomes"} {
		data, _ := metrics[name].(metricdata.Sum[int64])
		for _, p := range data.DataPoints {
			_, _ = fmt.Fprintf(columns, "%s\t%s\t%d\n", name, valueOf(p.Attributes.ToSlice(), "pilotstatus.operation"), p.Value)
		}
	}
	_, _ = fmt.Fprintln(columns, "\nSPAN\tSTATUS\tTOOK")
	slices.SortFunc(spans, func(a, b tracetest.SpanStub) int { return a.StartTime.Compare(b.StartTime) })
	writeSpans(columns, spans, "", "")
	return columns.Flush()
}

// collect reads the metrics, by name.
func collect(ctx context.Context, reader sdkmetric.Reader) (map[string]metricdata.Aggregation, error) {
	var all metricdata.ResourceMetrics
	if err := reader.Collect(ctx, &all); err != nil {
		return nil, err
	}
	found := map[string]metricdata.Aggregation{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			found[m.Name] = m.Data
		}
	}
	return found, nil
}

// lines returns the lines of the table, with tabs between the columns.
func (t table) lines(data metricdata.Aggregation) []string {
	histogram, _ := data.(metricdata.Histogram[float64])
	lines := make([]string, 0, len(histogram.DataPoints))
	for _, p := range histogram.DataPoints {
		columns := make([]string, 0, len(t.keys)+3)
		for _, key := range t.keys {
			columns = append(columns, valueOf(p.Attributes.ToSlice(), key))
		}
		longest, _ := p.Max.Value()
		columns = append(columns, fmt.Sprint(p.Count), inMilliseconds(p.Sum/float64(p.Count)), inMilliseconds(longest))
		lines = append(lines, strings.Join(columns, "\t"))
	}
	slices.Sort(lines)
	return lines
}

// writeSpans writes the spans inside parent, and those inside them.
func writeSpans(out io.Writer, spans tracetest.SpanStubs, parent, indent string) {
	for _, span := range spans {
		within := ""
		if span.Parent.IsValid() {
			within = span.Parent.SpanID().String()
		}
		if within == parent {
			_, _ = fmt.Fprintf(out, "%s%s\t%s\t%s\n", indent, span.Name, valueOf(span.Attributes, "http.response.status_code"),
				inMilliseconds(span.EndTime.Sub(span.StartTime).Seconds()))
			writeSpans(out, spans, span.SpanContext.SpanID().String(), indent+"  ")
		}
	}
}

// valueOf returns the value of an attribute, "-" for none.
func valueOf(attrs []attribute.KeyValue, key attribute.Key) string {
	for _, a := range attrs {
		if a.Key == key {
			return cmp.Or(a.Value.String(), "-")
		}
	}
	return "-"
}

func inMilliseconds(seconds float64) string {
	return fmt.Sprintf("%.2f ms", seconds*float64(time.Second/time.Millisecond))
}

// everything returns all that was measured, as text to search in.
func everything(ctx context.Context, reader sdkmetric.Reader, spans tracetest.SpanStubs) (string, error) {
	metrics, err := collect(ctx, reader)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(struct {
		Metrics map[string]metricdata.Aggregation
		Spans   tracetest.SpanStubs
	}{metrics, spans})
	return string(text), err
}
