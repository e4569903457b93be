package pilotstatusotel

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/semconv/v1.43.0/httpconv"
	"go.opentelemetry.io/otel/trace"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatusotel/internal/telemetry"
)

const (
	// operationKey is the operation, as in "Messages.Send".
	operationKey = attribute.Key("pilotstatus.operation")

	// codeKey is the code of an error answer, of spans only.
	codeKey = attribute.Key("pilotstatus.error.code")

	// other stands for every name that this version does not know.
	other = "other"
)

// Client makes a span and metrics of each attempt of a client's calls. It is an option of
// every constructor of clients:
//
//	number, err := pilotstatus.NewNumberClient(key, pilotstatusotel.Client())
//
// It sets the client's observer. If you have an observer of your own, call the function of
// [ClientObserver] in it.
func Client(opts ...Option) pilotstatus.Option {
	return pilotstatus.WithObserver(ClientObserver(opts...))
}

// ClientObserver returns the observer that [Client] sets, for [pilotstatus.WithObserver].
func ClientObserver(opts ...Option) func(context.Context, pilotstatus.Attempt) {
	config := telemetry.New(opts)
	meter := config.Meter()
	count := func(name, unit, description string) metric.Int64Counter {
		return telemetry.Made(meter.Int64Counter(name, metric.WithUnit(unit), metric.WithDescription(description)))
	}
	c := &client{
		tracer:   config.Tracer(),
		duration: telemetry.Made(httpconv.NewClientRequestDuration(meter)),
		retries:  count("pilotstatus.client.retries", "{attempt}", "Attempts that another one follows."),
		unknown:  count("pilotstatus.client.unknown_outcomes", "{call}", "Changes that the API may or may not have made."),
		spent:    count("pilotstatus.client.retry_budget_spent", "{call}", "Calls that ended because the retry budget was spent."),
	}
	return c.observe
}

// client measures the attempts of clients.
type client struct {
	tracer   trace.Tracer
	duration httpconv.ClientRequestDuration
	retries  metric.Int64Counter
	unknown  metric.Int64Counter
	spent    metric.Int64Counter
}

func (c *client) observe(ctx context.Context, a pilotstatus.Attempt) {
	end := time.Now()
	common := attributesOf(a)
	ctx, span := c.tracer.Start(ctx, a.Op,
		trace.WithSpanKind(trace.SpanKindClient),
		trace.WithTimestamp(end.Add(-a.Duration)),
		trace.WithAttributes(common...),
		trace.WithAttributes(onlyOfSpan(a)...))
	if a.Err != nil {
		span.SetStatus(codes.Error, "")
	}
	span.End(trace.WithTimestamp(end))
	if isListed(a.StatusCode) {
		common = append(common, semconv.HTTPResponseStatusCode(a.StatusCode))
	}
	c.duration.RecordSet(ctx, a.Duration.Seconds(), attribute.NewSet(common...))
	operation := metric.WithAttributeSet(attribute.NewSet(operationKey.String(a.Op)))
	if a.Retry {
		c.retries.Add(ctx, 1, operation)
	}
	if a.BudgetSpent {
		c.spent.Add(ctx, 1, operation)
	}
	if isUnknown(a) {
		c.unknown.Add(ctx, 1, operation)
	}
}

// attributesOf returns the attributes of the span and of the duration.
func attributesOf(a pilotstatus.Attempt) []attribute.KeyValue {
	attrs := []attribute.KeyValue{operationKey.String(a.Op), methodOf(a.Method)}
	if a.Route != "" {
		attrs = append(attrs, semconv.URLTemplate(a.Route))
	}
	if u, err := url.Parse(a.Origin); err == nil && u.Hostname() != "" {
		attrs = append(attrs, semconv.ServerAddress(u.Hostname()), semconv.ServerPort(portOf(u)))
	}
	switch {
	case a.Err == nil:
	case a.StatusCode < http.StatusMultipleChoices: // also 0: no answer
		attrs = append(attrs, telemetry.ErrorType(a.Err))
	case isListed(a.StatusCode):
		attrs = append(attrs, semconv.ErrorTypeKey.String(strconv.Itoa(a.StatusCode)))
	default:
		attrs = append(attrs, semconv.ErrorTypeOther)
	}
	return attrs
}

// onlyOfSpan returns the attributes that would be too many for a metric.
func onlyOfSpan(a pilotstatus.Attempt) []attribute.KeyValue {
	var attrs []attribute.KeyValue
	if a.StatusCode > 0 {
		attrs = append(attrs, semconv.HTTPResponseStatusCode(a.StatusCode))
	}
	if a.Index > 1 {
		attrs = append(attrs, semconv.HTTPRequestResendCount(a.Index-1))
	}
	var answer *pilotstatus.APIError
	if errors.As(a.Err, &answer) && answer.Code != "" {
		attrs = append(attrs, codeKey.String(knownCode(answer.Code)))
	}
	return attrs
}

// isListed reports whether a status is one of those that metrics tell apart: the registered
// ones, and those of the proxy that many servers stand behind.
func isListed(status int) bool {
	return http.StatusText(status) != "" || status >= 520 && status <= 530
}

// isUnknown reports whether the call ended and the API may or may not have made its change.
func isUnknown(a pilotstatus.Attempt) bool {
	if a.Err == nil || a.Retry || a.Method == http.MethodGet || a.Method == http.MethodHead {
		return false
	}
	return pilotstatus.Outcome(a.Err) == pilotstatus.OutcomeUnknown
}

// portOf returns the port of an origin.
func portOf(u *url.URL) int {
	if port, err := strconv.Atoi(u.Port()); err == nil {
		return port
	}
	if u.Scheme == "http" {
		return 80
	}
	return 443
}

// methodOf returns the attribute of a method. The set of methods is open.
func methodOf(method string) attribute.KeyValue {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodConnect, http.MethodOptions, http.MethodTrace:
		return semconv.HTTPRequestMethodKey.String(method)
	}
	return semconv.HTTPRequestMethodOther
}
