package pilotstatusotel

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/semconv/v1.43.0/httpconv"
	"go.opentelemetry.io/otel/trace"

	"github.com/pilotstatus/pilotstatus-go/pilotstatusotel/internal/telemetry"
)

// Handler makes a span and a metric of each delivery that a webhook handler answers, by the
// status of the answer: also of those that it refuses or has handled before.
//
//	http.Handle("POST /hooks/pilotstatus", pilotstatusotel.Handler(handler))
//
// It does not read the trace context of the request, because anybody can send one: the span
// continues a trace only if the context of the request has a span. It records neither the
// path nor the query, which may hold the token.
func Handler(next http.Handler, opts ...Option) http.Handler {
	config := telemetry.New(opts)
	return &server{
		next:     next,
		tracer:   config.Tracer(),
		duration: telemetry.Made(httpconv.NewServerRequestDuration(config.Meter())),
	}
}

// server measures the answers of a handler.
type server struct {
	next     http.Handler
	tracer   trace.Tracer
	duration httpconv.ServerRequestDuration
}

// ServeHTTP implements http.Handler.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	method, scheme := methodOf(r.Method), "http"
	if r.TLS != nil {
		scheme = "https"
	}
	name := method.Value.AsString()
	if method == semconv.HTTPRequestMethodOther {
		name = "HTTP" // as the conventions say
	}
	began := time.Now()
	attrs := []attribute.KeyValue{method, semconv.URLScheme(scheme)}
	ctx, span := s.tracer.Start(r.Context(), name,
		trace.WithSpanKind(trace.SpanKindServer), trace.WithTimestamp(began), trace.WithAttributes(attrs...))
	answer := &answer{ResponseWriter: w}
	returned := false
	defer func() { s.end(ctx, span, began, append(attrs, answer.attributes(returned)...)) }()
	s.next.ServeHTTP(answer, r.WithContext(ctx))
	returned = true
}

// end ends the span, which has all but the attributes of the answer.
func (s *server) end(ctx context.Context, span trace.Span, began time.Time, attrs []attribute.KeyValue) {
	for _, attr := range attrs {
		if attr.Key == semconv.ErrorTypeKey {
			span.SetStatus(codes.Error, "")
		}
	}
	span.SetAttributes(attrs...)
	end := time.Now()
	span.End(trace.WithTimestamp(end))
	s.duration.RecordSet(ctx, end.Sub(began).Seconds(), attribute.NewSet(attrs...))
}

// answer remembers the status of an answer.
type answer struct {
	http.ResponseWriter

	status int
}

// WriteHeader notes the status, unless it announces another one.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= http.StatusOK {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write notes that the status is 200 where nothing else was said.
func (a *answer) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	return a.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController find what the server's writer can do.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// attributes returns the attributes of an answer. returned is false if the handler panicked.
func (a *answer) attributes(returned bool) []attribute.KeyValue {
	if !returned {
		return []attribute.KeyValue{semconv.ErrorTypeKey.String("panic")}
	}
	status := a.status
	if status == 0 {
		status = http.StatusOK
	}
	attrs := []attribute.KeyValue{semconv.HTTPResponseStatusCode(status)}
	if status >= http.StatusInternalServerError {
		attrs = append(attrs, semconv.ErrorTypeKey.String(strconv.Itoa(status)))
	}
	return attrs
}
