package pilotstatusotel_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/trace"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatusotel"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

const (
	destination = attribute.Key("messaging.destination.name")
	processed   = "messaging.process.duration"
	answered    = "http.server.request.duration"
)

func parse(t *testing.T, payload string) pilotstatus.Event {
	t.Helper()
	event, _ := pilotstatus.ParseEvent([]byte(payload)) // an odd one is an event too
	return event
}

const disconnected = `{"event":"number.disconnected","data":{"numberId":"num_1","phone":"+5511987654321",` +
	`"displayName":"Zéfiro","createdAt":"2026-11-04T09:30:00.000Z"}}`

// Each event is a span and a count, by its name and the outcome.
func TestHandleShowsEvents(t *testing.T) {
	t.Parallel()
	tele := newTelemetry(t)
	var outcome error
	var inside trace.SpanContext
	handle := pilotstatusotel.Handle(func(ctx context.Context, _ pilotstatus.Event) error {
		inside = trace.SpanContextFromContext(ctx)
		return outcome
	}, tele.options...)
	ctx, outer := tele.tracers.Tracer(t.Name()).Start(t.Context(), "delivery")
	require.NoError(t, handle(ctx, parse(t, disconnected)))
	outer.End()
	span := tele.spans()[0]
	assert.Equal(t, "process number.disconnected", span.Name())
	assert.Equal(t, trace.SpanKindConsumer, span.SpanKind())
	assert.Equal(t, span.SpanContext().SpanID(), inside.SpanID())
	assert.Equal(t, outer.SpanContext().SpanID(), span.Parent().SpanID())
	assert.Equal(t, map[attribute.Key]string{
		"messaging.system": "pilotstatus", "messaging.operation.name": "process", "messaging.operation.type": "process",
		destination: "number.disconnected",
	}, attributesOf(span.Attributes()))
	assert.Equal(t, codes.Unset, span.Status().Code)

	for _, outcome = range []error{errors.New("+5511987654321"), context.DeadlineExceeded} {
		require.ErrorIs(t, handle(t.Context(), parse(t, `{"event":"zefiro.5511987654321","data":{}}`)), outcome)
	}
	outcome = nil
	require.NoError(t, handle(t.Context(), parse(t, `not JSON`)))
	require.NoError(t, handle(t.Context(), parse(t, `{"object":"whatsapp_business_account","entry":[]}`)))
	assert.Equal(t, map[string]int{
		"number.disconnected ": 1, "other _OTHER": 1, "other timeout": 1, "malformed ": 1, "meta ": 1,
	}, tele.counts(processed, destination, errorType))
	assert.Len(t, tele.spans(), 5)
	assert.Equal(t, codes.Error, tele.spans()[1].Status().Code)
}

// A panic is measured, and goes on.
func TestHandleLetsAPanicGoOn(t *testing.T) {
	t.Parallel()
	tele := newTelemetry(t)
	handle := pilotstatusotel.Handle(func(context.Context, pilotstatus.Event) error { panic("zefiro") }, tele.options...)
	assert.PanicsWithValue(t, "zefiro", func() { _ = handle(t.Context(), parse(t, disconnected)) })
	assert.Equal(t, map[string]int{"number.disconnected panic": 1}, tele.counts(processed, destination, errorType))
	assert.Len(t, tele.spans(), 1)
	tele.holdsNothingOf("zefiro")
}

// HandleTx hands the transaction on, and measures events of an inbox without a function.
func TestHandleTx(t *testing.T) {
	t.Parallel()
	tele := newTelemetry(t)
	type tx struct{ id int }
	var got tx
	handle := pilotstatusotel.HandleTx(func(_ context.Context, given tx, _ pilotstatus.Event) error {
		got = given
		return nil
	}, tele.options...)
	require.NoError(t, handle(t.Context(), tx{7}, parse(t, disconnected)))
	assert.Equal(t, tx{7}, got)
	nothing := pilotstatusotel.HandleTx[tx](nil, tele.options...)
	require.NoError(t, nothing(t.Context(), tx{}, parse(t, disconnected)))
	assert.Equal(t, map[string]int{"number.disconnected": 2}, tele.counts(processed, destination))
	assert.Nil(t, pilotstatusotel.Handle(nil), "NewWebhookHandler refuses it")
}

// newReceiver starts a webhook handler as a program builds it, which fails for events named so.
func newReceiver(t *testing.T, tele *telemetry, secret string) *httptest.Server {
	t.Helper()
	handler, err := pilotstatus.NewWebhookHandler(pilotstatusotel.Handle(func(_ context.Context, event pilotstatus.Event) error {
		if strings.HasPrefix(event.EventName(), "fail") {
			return errors.New("it failed")
		}
		return nil
	}, tele.options...), pilotstatus.WithWebhookSecret(secret), pilotstatus.WithWebhookMaxBody(1000))
	require.NoError(t, err)
	server := httptest.NewServer(pilotstatusotel.Handler(handler, tele.options...))
	t.Cleanup(server.Close)
	return server
}

// Handler counts all deliveries by their answer, and Handle those that reach it.
func TestHandlerShowsAnswers(t *testing.T) {
	t.Parallel()
	tele, fake := newTelemetry(t), pilotstatustest.NewServer(t)
	server := newReceiver(t, tele, fake.WebhookSecret())
	require.NoError(t, fake.Deliver(t.Context(), server.URL, disconnected, pilotstatustest.DeliverTimes(3)))
	require.Error(t, fake.Deliver(t.Context(), server.URL, disconnected, pilotstatustest.DeliverSignature(strings.Repeat("0", 64))))
	require.Error(t, fake.Deliver(t.Context(), server.URL, `{"event":"fail","data":{}}`))
	require.Error(t, fake.Deliver(t.Context(), server.URL, `{"event":"`+strings.Repeat("x", 1000)+`"}`))
	request, err := http.NewRequestWithContext(t.Context(), "ZEFIRO", server.URL+"/5511987654321?token=zefiro", http.NoBody)
	require.NoError(t, err)
	request.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	response, err := server.Client().Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	server.Close() // waits for the spans of the answers

	assert.Equal(t, map[string]int{
		"POST 200 ": 3, "POST 401 ": 1, "POST 500 500": 1, "POST 413 ": 1, "_OTHER 405 ": 1,
	}, tele.counts(answered, "http.request.method", status, errorType))
	assert.Equal(t, map[string]int{"number.disconnected ": 1, "other _OTHER": 1}, tele.counts(processed, destination, errorType))
	servers := map[trace.SpanID]bool{}
	for _, span := range tele.spans() {
		if span.SpanKind() != trace.SpanKindServer {
			continue
		}
		servers[span.SpanContext().SpanID()] = true
		assert.False(t, span.Parent().IsValid(), "a stranger's trace is not continued")
		assert.Empty(t, span.Links())
	}
	assert.Len(t, servers, 7)
	for _, span := range tele.spans() {
		if span.SpanKind() == trace.SpanKindConsumer {
			assert.True(t, servers[span.Parent().SpanID()])
		}
	}
	tele.holdsNothingOf("zefiro", "ZEFIRO", fake.WebhookSecret())
}

// The buckets are those of the conventions, in seconds. OpenTelemetry's own ones are for
// milliseconds.
func TestBuckets(t *testing.T) {
	t.Parallel()
	tele, fake := newTelemetry(t), pilotstatustest.NewServer(t)
	server := newReceiver(t, tele, fake.WebhookSecret())
	require.NoError(t, fake.Deliver(t.Context(), server.URL, disconnected))
	server.Close()
	_, err := fake.NumberClient("num_1", pilotstatusotel.Client(tele.options...)).Groups.List(t.Context())
	require.NoError(t, err)
	for _, name := range []string{duration, processed, answered} {
		data, is := tele.metrics()[name].Data.(metricdata.Histogram[float64])
		require.True(t, is, name)
		assert.Equal(t, []float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}, data.DataPoints[0].Bounds, name)
	}
}

// An answer that was only written is 200, an early one is none, and a panic goes on.
func TestHandlerReadsTheStatus(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		serve func(w http.ResponseWriter)
		want  string
	}{
		"nothing": {func(http.ResponseWriter) {}, "200 "},
		"body": {func(w http.ResponseWriter) {
			_, _ = w.Write([]byte("x"))
			w.WriteHeader(http.StatusInternalServerError)
		}, "200 "},
		"early": {func(w http.ResponseWriter) {
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(http.StatusServiceUnavailable)
		}, "503 503"},
		"panic":  {func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, " panic"},
		"unwrap": {func(w http.ResponseWriter) { assert.NoError(t, http.NewResponseController(w).Flush()) }, "200 "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tele := newTelemetry(t)
			handler := pilotstatusotel.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { test.serve(w) }), tele.options...)
			request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "https://host/", http.NoBody)
			serve := func() { handler.ServeHTTP(httptest.NewRecorder(), request) }
			if name == "panic" {
				assert.PanicsWithValue(t, http.ErrAbortHandler, serve)
			} else {
				serve()
			}
			assert.Equal(t, map[string]int{"https " + test.want: 1}, tele.counts(answered, "url.scheme", status, errorType))
			assert.Len(t, tele.spans(), 1)
		})
	}
}
