package pilotstatusotel_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatusotel"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// Nothing that calls carry is in a span or a metric: neither of those that succeed nor of
// those that fail, with answers that repeat what they were given.
func TestCallsLeaveNothingPrivate(t *testing.T) {
	t.Parallel()
	tele, fake := newTelemetry(t), pilotstatustest.NewServer(t)
	observe, attempts := pilotstatusotel.ClientObserver(tele.options...), map[string]int{}
	client := pilotstatus.WithObserver(func(ctx context.Context, a pilotstatus.Attempt) {
		observe(ctx, a)
		attempts[a.Op]++
	})
	number, tenant := fake.NumberClient("num_1", quickly, client), fake.TenantClient(quickly, client)
	public := fake.PublicClient(quickly, client)
	ctx := t.Context()
	private := []string{
		fake.NumberKey("num_1"), fake.TenantKey(), "num_1", "5511987654321", "98765", "Zéfiro", "order-4711", "A private text",
		"user-zefiro", "token-zefiro", "page-zefiro", "1203630zefiro@g.us", "ZEFIRO_CODE",
	}
	echo := `{"error":"+5511987654321 Zéfiro: A private text","code":"ZEFIRO_CODE","details":{"to":"+5511987654321"}}`

	sent, err := number.Messages.Send(ctx, order("order-4711"))
	require.NoError(t, err)
	private = append(private, sent.ID)
	for _, fault := range []pilotstatustest.Fault{
		{Status: 400, Body: echo}, {Status: 409, Body: echo}, {Status: 503, Body: echo, Times: -1}, {Reset: true, Times: -1},
		{TruncateAt: 5, Times: -1}, {Status: 302, Header: http.Header{"Location": {"https://zefiro/5511987654321"}}, Times: -1},
		{Status: 200, Body: "+5511987654321", Times: -1},
	} {
		fake.Inject(fault)
		_, err := number.Messages.Send(ctx, pilotstatus.SendRequest{
			To: pilotstatus.UserID("user-zefiro"), Content: pilotstatus.TextContent{Body: "A private text"}, IdempotencyKey: "order-4711b",
		})
		require.Error(t, err)
		_, _ = number.Messages.Get(ctx, sent.ID)
		_, _ = number.Messages.Send(ctx, order("order-4711"))
		_ = number.Do(ctx, pilotstatus.Request{
			Method: http.MethodGet, Path: "/v1/things/5511987654321/Zéfiro", Retry: pilotstatus.RetrySafe,
		}, nil)
		_, _ = public.Pairing.Connect(ctx, "token-zefiro")
		_, _ = tenant.Numbers.Get(ctx, "num_1", pilotstatus.GetNumberOptions{})
		_, _ = number.Groups.Get(ctx, "1203630zefiro@g.us")
		fake.ClearFaults()
	}
	assert.Equal(t, attempts, tele.counts(duration, operation))
	assert.Greater(t, attempts["Do"], 10)
	tele.holdsNothingOf(private...)
}

// Nothing that events hold is in a span or a metric.
func TestEventsLeaveNothingPrivate(t *testing.T) {
	t.Parallel()
	tele := newTelemetry(t)
	const token = "token-zefiro"
	handled := 0
	handler, err := pilotstatus.NewWebhookHandler(pilotstatusotel.Handle(func(context.Context, pilotstatus.Event) error {
		handled++
		return nil
	}, tele.options...), pilotstatus.WithWebhookToken(token))
	require.NoError(t, err)
	handler = pilotstatusotel.Handler(handler, tele.options...)

	files, err := filepath.Glob("../testdata/webhook_samples/*.json")
	require.NoError(t, err)
	require.Greater(t, len(files), 90)
	private := []string{token, "zefiro"}
	for _, file := range files {
		payload, err := os.ReadFile(file)
		require.NoError(t, err)
		private = append(private, privateOf(t, payload)...)
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/hooks/zefiro?token="+token, strings.NewReader(string(payload)))
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		require.Equal(t, http.StatusOK, answer.Code, file)
	}
	require.Greater(t, len(private), 200)
	events := 0
	for _, n := range tele.counts(processed, destination) {
		events += n
	}
	assert.Equal(t, handled, events)
	assert.Equal(t, map[string]int{"200": len(files)}, tele.counts(answered, status))
	assert.Len(t, tele.spans(), len(files)+handled)
	tele.holdsNothingOf(private...)
}

// privateOf returns the texts of a delivery that are no words of the API and no names of
// events: those that have a digit, a blank or an @, or are long.
func privateOf(t *testing.T, payload []byte) []string {
	t.Helper()
	var document any
	require.NoError(t, json.Unmarshal(payload, &document))
	var found []string
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, member := range v {
				if name != "event" {
					walk(member)
				}
			}
		case []any:
			for _, element := range v {
				walk(element)
			}
		case string:
			if len(v) >= 4 && (strings.ContainsAny(v, "0123456789 @") || len(v) > 25) {
				found = append(found, v)
			}
		}
	}
	walk(document)
	return found
}
