package pilotstatusotel_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/pilotstatus/pilotstatus-go/pilotstatusotel"
)

// telemetry keeps the spans and metrics of a test.
type telemetry struct {
	*testing.T

	exporter *tracetest.InMemoryExporter
	reader   *sdkmetric.ManualReader
	tracers  *sdktrace.TracerProvider
	options  []pilotstatusotel.Option
}

func newTelemetry(t *testing.T) *telemetry {
	t.Helper()
	exporter, reader := tracetest.NewInMemoryExporter(), sdkmetric.NewManualReader()
	tracers := sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter))
	meters := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	return &telemetry{
		T: t, exporter: exporter, reader: reader, tracers: tracers,
		options: []pilotstatusotel.Option{pilotstatusotel.WithTracerProvider(tracers), pilotstatusotel.WithMeterProvider(meters)},
	}
}

// spans returns the spans that ended, but for those of the test itself.
func (t *telemetry) spans() []sdktrace.ReadOnlySpan {
	var all []sdktrace.ReadOnlySpan
	for _, span := range t.exporter.GetSpans().Snapshots() {
		if span.InstrumentationScope().Name != t.Name() {
			all = append(all, span)
		}
	}
	return all
}

// metrics returns all metrics of this module, by name.
func (t *telemetry) metrics() map[string]metricdata.Metrics {
	t.Helper()
	var all metricdata.ResourceMetrics
	require.NoError(t, t.reader.Collect(context.Background(), &all))
	found := map[string]metricdata.Metrics{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			found[m.Name] = m
		}
	}
	return found
}

// counts returns the counts of a histogram, or the sums of a counter, by the values of the
// attributes that keys name, with a blank between them.
func (t *telemetry) counts(name string, keys ...attribute.Key) map[string]int {
	t.Helper()
	counts := map[string]int{}
	note := func(set attribute.Set, n int) {
		var values []string
		for _, key := range keys {
			value, _ := set.Value(key)
			values = append(values, value.String())
		}
		counts[strings.Join(values, " ")] += n
	}
	switch data := t.metrics()[name].Data.(type) {
	case metricdata.Sum[int64]:
		for _, p := range data.DataPoints {
			note(p.Attributes, int(p.Value))
		}
	case metricdata.Histogram[float64]:
		for _, p := range data.DataPoints {
			note(p.Attributes, int(p.Count))
		}
	}
	return counts
}

// texts returns every text of every span and metric, but for their random ids.
func (t *telemetry) texts() []string {
	t.Helper()
	var all []string
	add := func(texts ...string) { all = append(all, texts...) }
	addAttributes := func(attrs []attribute.KeyValue) {
		for _, a := range attrs {
			add(string(a.Key), a.Value.String())
		}
	}
	for _, span := range t.exporter.GetSpans().Snapshots() {
		add(span.Name(), span.Status().Description, span.SpanContext().TraceState().String(), span.InstrumentationScope().Name)
		addAttributes(span.Attributes())
		for _, event := range span.Events() {
			add(event.Name)
			addAttributes(event.Attributes)
		}
		for _, link := range span.Links() {
			addAttributes(link.Attributes)
		}
	}
	for _, m := range t.metrics() {
		add(m.Name, m.Description, m.Unit)
		for _, set := range sets(m) {
			addAttributes(set.ToSlice())
		}
		for _, attrs := range exemplars(m) {
			addAttributes(attrs)
		}
	}
	return all
}

// sets returns the sets of attributes of a metric.
func sets(m metricdata.Metrics) []attribute.Set {
	var all []attribute.Set
	switch data := m.Data.(type) {
	case metricdata.Sum[int64]:
		for _, p := range data.DataPoints {
			all = append(all, p.Attributes)
		}
	case metricdata.Histogram[float64]:
		for _, p := range data.DataPoints {
			all = append(all, p.Attributes)
		}
	default:
		panic(fmt.Sprintf("metric %s has %T", m.Name, data))
	}
	return all
}

// exemplars returns the attributes of exemplars that the metric itself has not.
func exemplars(m metricdata.Metrics) [][]attribute.KeyValue {
	var all [][]attribute.KeyValue
	switch data := m.Data.(type) {
	case metricdata.Sum[int64]:
		for _, p := range data.DataPoints {
			for _, e := range p.Exemplars {
				all = append(all, e.FilteredAttributes)
			}
		}
	case metricdata.Histogram[float64]:
		for _, p := range data.DataPoints {
			for _, e := range p.Exemplars {
				all = append(all, e.FilteredAttributes)
			}
		}
	}
	return all
}

var manyDigits = regexp.MustCompile(`[0-9]{6}`)

// holdsNothingOf searches all texts for private values and for six digits in a row.
func (t *telemetry) holdsNothingOf(private ...string) {
	t.Helper()
	texts := t.texts()
	require.NotEmpty(t, texts)
	for _, text := range texts {
		assert.NotRegexp(t, manyDigits, text)
		for _, value := range private {
			require.NotEmpty(t, value)
			assert.NotContains(t, text, value)
		}
	}
}
