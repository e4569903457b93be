package pilotstatusotel_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatusotel"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

const (
	operation = attribute.Key("pilotstatus.operation")
	status    = attribute.Key("http.response.status_code")
	errorType = attribute.Key("error.type")
	duration  = "http.client.request.duration"
)

var quickly = pilotstatus.WithRetry(pilotstatus.RetryPolicy{MaxRetries: 2, MinWait: time.Millisecond, MaxWait: 2 * time.Millisecond})

// attributesOf returns the attributes of a span as texts.
func attributesOf(attrs []attribute.KeyValue) map[attribute.Key]string {
	found := map[attribute.Key]string{}
	for _, a := range attrs {
		found[a.Key] = a.Value.String()
	}
	return found
}

func order(key string) pilotstatus.SendRequest {
	return pilotstatus.SendRequest{
		To: pilotstatus.Phone("+5511987654321"), IdempotencyKey: key,
		Content: pilotstatus.TemplateContent{ID: "onboarding-test", Variables: map[string]string{"name": "Zéfiro"}},
	}
}

// Each attempt is a span and a count, with the names of the conventions.
func TestClientShowsAttempts(t *testing.T) {
	t.Parallel()
	tele, fake := newTelemetry(t), pilotstatustest.NewServer(t)
	observe := pilotstatusotel.ClientObserver(tele.options...)
	var attempts []pilotstatus.Attempt
	number := fake.NumberClient("num_1", quickly, pilotstatus.WithObserver(func(ctx context.Context, a pilotstatus.Attempt) {
		observe(ctx, a)
		attempts = append(attempts, a)
	}))
	fake.Inject(
		pilotstatustest.Fault{Op: "Messages.Send", Status: 503},
		pilotstatustest.Fault{Op: "Messages.Send", Reset: true},
	)
	ctx, caller := tele.tracers.Tracer(t.Name()).Start(t.Context(), "confirm order")
	sent, err := number.Messages.Send(ctx, order("order"))
	require.NoError(t, err)
	_, err = number.Messages.Get(ctx, sent.ID)
	require.NoError(t, err)
	_, err = number.Messages.Get(ctx, "nothing")
	require.Error(t, err)
	caller.End()

	spans := tele.spans()
	require.Len(t, attempts, 5)
	require.Len(t, fake.Requests(), 5)
	require.Len(t, spans, 5)
	origin, err := url.Parse(fake.URL)
	require.NoError(t, err)
	for i, a := range attempts {
		span, attrs := spans[i], attributesOf(spans[i].Attributes())
		assert.Equal(t, a.Op, span.Name())
		assert.Equal(t, trace.SpanKindClient, span.SpanKind())
		assert.Equal(t, caller.SpanContext().SpanID(), span.Parent().SpanID())
		assert.Equal(t, a.Duration, span.EndTime().Sub(span.StartTime()))
		want := map[attribute.Key]string{
			operation: a.Op, "http.request.method": a.Method, "url.template": a.Route,
			"server.address": origin.Hostname(), "server.port": origin.Port(),
		}
		if a.StatusCode > 0 {
			want[status] = strconv.Itoa(a.StatusCode)
		}
		if a.Index > 1 {
			want["http.request.resend_count"] = strconv.Itoa(a.Index - 1)
		}
		wantStatus := codes.Unset
		if a.Err != nil {
			wantStatus = codes.Error
			want[errorType] = []string{"503", "transport", "", "", "404"}[i]
		}
		if code, has := attrs["pilotstatus.error.code"]; has {
			want["pilotstatus.error.code"] = code
		}
		assert.Equal(t, want, attrs, "attempt %d", i)
		assert.Equal(t, wantStatus, span.Status().Code)
	}
	assert.Equal(t, map[string]int{
		"Messages.Send 503 503": 1, "Messages.Send  transport": 1, "Messages.Send 202 ": 1,
		"Messages.Get 200 ": 1, "Messages.Get 404 404": 1,
	}, tele.counts(duration, operation, status, errorType))
	assert.Equal(t, map[string]int{"Messages.Send": 2}, tele.counts("pilotstatus.client.retries", operation))
	assert.Empty(t, tele.counts("pilotstatus.client.unknown_outcomes", operation))
	assert.Empty(t, tele.counts("pilotstatus.client.retry_budget_spent", operation))
	assert.Equal(t, "s", tele.metrics()[duration].Unit)
}

// Client is the option that every constructor takes.
func TestClientIsAnOption(t *testing.T) {
	t.Parallel()
	tele, fake := newTelemetry(t), pilotstatustest.NewServer(t)
	_, err := fake.TenantClient(pilotstatusotel.Client(tele.options...)).Numbers.List(t.Context())
	require.NoError(t, err)
	spans := tele.spans()
	assert.Len(t, spans, len(fake.Requests()))
	assert.Equal(t, "Numbers.List", spans[len(spans)-1].Name())
}

// A change whose outcome is unknown is counted once, at the end of the call.
func TestClientCountsUnknownOutcomes(t *testing.T) {
	t.Parallel()
	tele, fake := newTelemetry(t), pilotstatustest.NewServer(t)
	number := fake.NumberClient("num_1", quickly, pilotstatusotel.Client(tele.options...))
	fake.Inject(pilotstatustest.Fault{Status: 503, Times: -1})
	_, err := number.Messages.Send(t.Context(), order("order"))
	require.Equal(t, pilotstatus.OutcomeUnknown, pilotstatus.Outcome(err))
	_, err = number.Messages.Get(t.Context(), "message")
	require.Error(t, err)
	fake.ClearFaults()
	fake.Inject(pilotstatustest.Fault{Op: "Messages.Send", Status: 400, Code: "VALIDATION_ERROR"})
	_, err = number.Messages.Send(t.Context(), order("other"))
	require.Equal(t, pilotstatus.OutcomeRefused, pilotstatus.Outcome(err))
	assert.Equal(t, map[string]int{"Messages.Send": 1}, tele.counts("pilotstatus.client.unknown_outcomes", operation))
	assert.Equal(t, map[string]int{"Messages.Send": 2, "Messages.Get": 2}, tele.counts("pilotstatus.client.retries", operation))
	last := attributesOf(tele.spans()[len(tele.spans())-1].Attributes())
	assert.Equal(t, "VALIDATION_ERROR", last["pilotstatus.error.code"])
}

// A spent budget is counted.
func TestClientCountsSpentBudgets(t *testing.T) {
	t.Parallel()
	tele := newTelemetry(t)
	observe := pilotstatusotel.ClientObserver(tele.options...)
	observe(t.Context(), pilotstatus.Attempt{Op: "Messages.Get", Method: "GET", StatusCode: 503, Err: errors.New("x"), BudgetSpent: true})
	assert.Equal(t, map[string]int{"Messages.Get": 1}, tele.counts("pilotstatus.client.retry_budget_spent", operation))
}

type timeoutError struct{ error }

func (timeoutError) Timeout() bool   { return true }
func (timeoutError) Temporary() bool { return true }

// The words of error.type and the other attributes are few, whatever arrives.
func TestClientBoundsItsWords(t *testing.T) {
	t.Parallel()
	transport := func(err error) error { return &pilotstatus.TransportError{Op: "Messages.Get", Err: err} }
	for name, test := range map[string]struct {
		attempt pilotstatus.Attempt
		key     attribute.Key
		want    string
	}{
		"canceled":       {pilotstatus.Attempt{Err: transport(context.Canceled)}, errorType, "canceled"},
		"deadline":       {pilotstatus.Attempt{Err: transport(context.DeadlineExceeded)}, errorType, "timeout"},
		"timeout":        {pilotstatus.Attempt{StatusCode: 200, Err: transport(timeoutError{errors.New("slow")})}, errorType, "timeout"},
		"dns":            {pilotstatus.Attempt{Err: transport(&net.DNSError{Name: "host"})}, errorType, "dns"},
		"transport":      {pilotstatus.Attempt{Err: transport(errors.New("reset"))}, errorType, "transport"},
		"decode":         {pilotstatus.Attempt{StatusCode: 200, Err: &pilotstatus.DecodeError{}}, errorType, "decode"},
		"foreign":        {pilotstatus.Attempt{Err: errors.New("+5511987654321")}, errorType, "_OTHER"},
		"redirect":       {pilotstatus.Attempt{StatusCode: 302, Err: errors.New("x")}, errorType, "302"},
		"odd status":     {pilotstatus.Attempt{StatusCode: 599, Err: errors.New("x")}, errorType, "_OTHER"},
		"proxy's status": {pilotstatus.Attempt{StatusCode: 522, Err: errors.New("x")}, errorType, "522"},
		"method":         {pilotstatus.Attempt{Method: "ZEFIRO"}, "http.request.method", "_OTHER"},
		"https":          {pilotstatus.Attempt{Origin: "https://host"}, "server.port", "443"},
		"http":           {pilotstatus.Attempt{Origin: "http://localhost"}, "server.port", "80"},
		"IPv6":           {pilotstatus.Attempt{Origin: "http://[::1]:4000"}, "server.address", "::1"},
		"code": {
			pilotstatus.Attempt{StatusCode: 400, Err: &pilotstatus.APIError{Code: "ZEFIRO"}}, "pilotstatus.error.code", "other",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tele := newTelemetry(t)
			test.attempt.Op = "Messages.Get"
			pilotstatusotel.ClientObserver(tele.options...)(t.Context(), test.attempt)
			assert.Equal(t, test.want, attributesOf(tele.spans()[0].Attributes())[test.key])
			if test.key != "pilotstatus.error.code" {
				assert.Equal(t, map[string]int{test.want: 1}, tele.counts(duration, test.key))
			}
		})
	}
}

// A thousand calls with different ids and statuses make few sets of attributes.
func TestClientBoundsItsCardinality(t *testing.T) {
	t.Parallel()
	const calls, bound = 1000, 80 // all statuses; the 200 of the documentation have all errors beside them
	var answered atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(200 + int(answered.Add(1)-1)%800)
	}))
	defer server.Close()
	tele := newTelemetry(t)
	number, err := pilotstatus.NewNumberClient(pilotstatus.APIKey("ps_key"), pilotstatus.WithBaseURL(server.URL),
		pilotstatus.WithRetry(pilotstatus.RetryPolicy{}), pilotstatusotel.Client(tele.options...))
	require.NoError(t, err)
	for i := range calls {
		_, _ = number.Messages.Get(t.Context(), fmt.Sprintf("message-%d", i))
	}
	require.EqualValues(t, calls, answered.Load())
	require.Len(t, tele.spans(), calls)
	found := 0
	for name, m := range tele.metrics() {
		assert.LessOrEqual(t, len(sets(m)), bound, name)
		found = max(found, len(sets(m)))
	}
	t.Logf("%d sets", found)
	assert.Greater(t, found, 50, "the statuses are told apart")
	names := map[string]bool{}
	for _, span := range tele.spans() {
		names[span.Name()] = true
	}
	assert.Equal(t, map[string]bool{"Messages.Get": true}, names)
}

// Without a provider the global one is used, which measures nothing until it is set.
func TestClientWithoutProviders(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t)
	number := fake.NumberClient("num_1", pilotstatusotel.Client(nil, pilotstatusotel.WithTracerProvider(nil), pilotstatusotel.WithMeterProvider(nil)))
	_, err := number.Messages.Send(t.Context(), order("order"))
	require.NoError(t, err)
}
