package pilotstatus_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// The functions below hold the code of README.md, line by line.

func retryLater(key string) error { return fmt.Errorf("send again with %s", key) }

func firstSend(ctx context.Context) error {
	number, err := pilotstatus.NewNumberClient(pilotstatus.APIKey(os.Getenv("PILOT_STATUS_API_KEY")))
	if err != nil {
		return err
	}
	accepted, err := number.Messages.Send(ctx, pilotstatus.SendRequest{
		To: pilotstatus.Phone("+5511999999999"),
		Content: pilotstatus.TemplateContent{
			ID:        "onboarding-test",
			Variables: map[string]string{"name": "John"},
		},
		IdempotencyKey: "order-42-confirmed",
	})
	var unknown *pilotstatus.OutcomeUnknownError
	if errors.As(err, &unknown) {
		return retryLater(unknown.IdempotencyKey) // with this key it is never sent twice
	}
	if err != nil {
		return err
	}
	fmt.Println(accepted.ID, accepted.Status)
	message, err := number.Messages.Wait(ctx, accepted.ID, pilotstatus.WaitMessageOptions{})
	if err != nil {
		return err // a *MessageEndedError where it failed
	}
	fmt.Println(message.Status) // DELIVERED or READ
	return nil
}

func sendByOutcome(
	ctx context.Context, number *pilotstatus.NumberClient, request pilotstatus.SendRequest, key string,
	sent func(*pilotstatus.Accepted) error, sendAgain func(pilotstatus.SendRequest, time.Duration) error,
	repair func(pilotstatus.SendRequest, error) error, giveUp func(error) error,
) error {
	request.IdempotencyKey = key // from your own record, and stored: each repetition has the same one
	accepted, err := number.Messages.Send(ctx, request)
	wait, named := pilotstatus.RetryAfter(err)
	wait = max(wait, time.Minute)
	_, unanswered := errors.AsType[*pilotstatus.TransportError](err) // the connection or the context
	_, limited := errors.AsType[*pilotstatus.RateLimitError](err)
	_, unauthorized := errors.AsType[*pilotstatus.UnauthorizedError](err)
	_, unpaid := errors.AsType[*pilotstatus.PaymentError](err)
	switch outcome := pilotstatus.Outcome(err); {
	case outcome == pilotstatus.OutcomeAccepted:
		return sent(accepted) // nil if the answer cannot be read: the API has the message all the same
	case outcome == pilotstatus.OutcomeUnknown, named, unanswered, limited:
		return sendAgain(request, wait) // it is never sent twice
	case unauthorized, unpaid, errors.Is(err, pilotstatus.CodeNumberBlocked):
		return repair(request, err) // the key or the account; then send again with the same key
	}
	return giveUp(err) // invalid or refused
}

func openNumber(ctx context.Context) error {
	tenant, err := pilotstatus.NewTenantClient(pilotstatus.APIKey(os.Getenv("PILOT_STATUS_TENANT_API_KEY")))
	if err != nil {
		return err
	}
	number, err := tenant.OpenNumber(ctx, "num_1")
	if err != nil {
		return err
	}
	_, err = number.Messages.Get(ctx, "msg_1")
	return err
}

func connectNumber(ctx context.Context, tenant *pilotstatus.TenantClient, show showCode) error {
	created, err := tenant.Numbers.Create(ctx, pilotstatus.CreateNumberRequest{Name: "Front desk", Number: "+5511999990000"})
	if err != nil {
		return err
	}
	_, err = tenant.Numbers.WaitConnected(ctx, created.ID, pilotstatus.WaitConnectedOptions{
		Code:   created.PairingCodes,
		OnCode: show, // called with each new QR code
	})
	if err != nil {
		return err
	}
	number, err := tenant.OpenNumber(ctx, created.ID)
	if err != nil {
		return err
	}
	_, err = number.Templates.List(ctx)
	return err
}

type sender interface {
	Send(ctx context.Context, req pilotstatus.SendRequest) (*pilotstatus.Accepted, error)
}

var _ sender = pilotstatus.MessagesService{}

func readFlows(ctx context.Context, number *pilotstatus.NumberClient) error {
	var flows json.RawMessage
	err := number.Do(ctx, pilotstatus.Request{
		Method: http.MethodGet, Path: "/v1/flows/flow_1/responses", Retry: pilotstatus.RetrySafe,
	}, &flows)
	return err
}

type showCode = func(context.Context, pilotstatus.PairingCodes) error

func readHistory(ctx context.Context, number *pilotstatus.NumberClient, yesterday time.Time) error {
	for message, err := range number.Inbox.AllHistory(ctx, pilotstatus.ListInboxOptions{StartDate: yesterday}) {
		if err != nil {
			return err
		}
		fmt.Println(message.ParticipantName, message.Text)
	}
	return nil
}

func receive(
	inbound func(context.Context, pilotstatus.InboundEvent) error,
	status func(context.Context, string, pilotstatus.MessageStatus) error,
	keep func(context.Context, json.RawMessage) error,
) error {
	handler, err := pilotstatus.NewWebhookHandler(func(ctx context.Context, event pilotstatus.Event) error {
		switch event := event.(type) {
		case pilotstatus.InboundEvent: // received, a reply, in a group, in a channel
			return inbound(ctx, event)
		case *pilotstatus.MessageStatusEvent: // sent, delivered, read
			return status(ctx, event.ID, event.Status())
		case *pilotstatus.MessageFailedEvent:
			return status(ctx, event.ID, event.Status())
		case *pilotstatus.MalformedEvent: // it is not delivered again
			return keep(ctx, event.Raw())
		}
		return nil
	}, pilotstatus.WithWebhookSecret(os.Getenv("PILOT_STATUS_WEBHOOK_SECRET")))
	if err != nil {
		return err
	}
	_ = handler
	return nil
}

func TestStoredRequest(t *testing.T) {
	t.Parallel()
	server := pilotstatustest.NewServer(t)
	number := server.NumberClient("num_1")
	request := pilotstatus.SendRequest{
		To: pilotstatus.Phone("+5511999999999"), Content: pilotstatus.TextContent{Body: "Hello"}, IdempotencyKey: "order-42",
	}
	unexpected := func(pilotstatus.SendRequest, time.Duration) error { return errors.New("unexpected") }
	var again *pilotstatus.Accepted
	sent := func(accepted *pilotstatus.Accepted) error {
		again = accepted
		return nil
	}
	stored, err := pilotstatus.EncodeSend(request)
	require.NoError(t, err)
	_, err = number.Messages.SendEncoded(t.Context(), stored)
	require.NoError(t, err)
	same := func(_ pilotstatus.SendRequest, err error) error { return err }
	require.NoError(t, sendByOutcome(t.Context(), number, request, "order-42", sent, unexpected, same, func(err error) error { return err }))
	assert.True(t, again.Replayed)
	assert.Len(t, server.Messages(), 1)
}

// The recipe for outcomes loses no order: what may succeed later comes again under its
// key, what the account stops waits for its repair, and the rest is given up.
func TestOutcomeRecipe(t *testing.T) {
	t.Parallel()
	request := pilotstatus.SendRequest{To: pilotstatus.Phone("+5511999999999"), Content: pilotstatus.TextContent{Body: "Hello"}}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		ctx   context.Context
		fault *pilotstatustest.Fault
		want  string
	}{
		"the context":   {ended, nil, "again"},
		"a lost answer": {t.Context(), &pilotstatustest.Fault{Reset: true, Processed: true}, "again"},
		"a rate limit":  {t.Context(), &pilotstatustest.Fault{Status: http.StatusTooManyRequests}, "again"},
		"a failure":     {t.Context(), &pilotstatustest.Fault{Status: http.StatusBadGateway}, "again"},
		"a dead key":    {t.Context(), &pilotstatustest.Fault{Status: http.StatusUnauthorized}, "repair"},
		"a charge":      {t.Context(), &pilotstatustest.Fault{Status: http.StatusPaymentRequired}, "repair"},
		"a blocked one": {t.Context(), &pilotstatustest.Fault{Status: http.StatusForbidden, Code: "NUMBER_BLOCKED"}, "repair"},
		"a refusal":     {t.Context(), &pilotstatustest.Fault{Status: http.StatusBadRequest, Code: "TEMPLATE_NOT_FOUND"}, "give up"},
	} {
		server := pilotstatustest.NewServer(t)
		if c.fault != nil {
			server.Inject(*c.fault)
		}
		number := server.NumberClient("num_1", pilotstatus.WithRetry(pilotstatus.RetryPolicy{}))
		var did []string
		err := sendByOutcome(c.ctx, number, request, "order-42",
			func(*pilotstatus.Accepted) error { return errors.New("accepted") },
			func(request pilotstatus.SendRequest, wait time.Duration) error {
				did = append(did, "again")
				assert.Equal(t, "order-42", request.IdempotencyKey, name)
				assert.Equal(t, time.Minute, wait, name)
				return nil
			},
			func(request pilotstatus.SendRequest, _ error) error {
				did = append(did, "repair")
				assert.Equal(t, "order-42", request.IdempotencyKey, name)
				return nil
			},
			func(error) error { did = append(did, "give up"); return nil })
		require.NoError(t, err, name)
		assert.Equal(t, []string{c.want}, did, name)
	}
}

func TestOrderConfirmation(t *testing.T) {
	t.Parallel()
	server := pilotstatustest.NewServer(t)
	number := server.NumberClient("num_1")
	_, err := confirm(t.Context(), number, 42, "order-42-confirmed")
	require.NoError(t, err)
	assert.Len(t, server.Messages(), 1)
}

// The code of README.md compiles: every line block of it stands in this file.
func TestReadmeCode(t *testing.T) {
	// Without a key both programs end before they send anything to anybody.
	t.Setenv("PILOT_STATUS_API_KEY", "")
	t.Setenv("PILOT_STATUS_TENANT_API_KEY", "")
	t.Setenv("PILOT_STATUS_WEBHOOK_SECRET", "")
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	source, err := os.ReadFile("example_test.go")
	require.NoError(t, err)
	compiled := unindented(string(source))
	blocks := strings.Split(string(readme), "```go\n")[1:]
	require.NotEmpty(t, blocks)
	for _, block := range blocks {
		code, _, closed := strings.Cut(block, "```")
		require.True(t, closed)
		if strings.Contains(code, "outbox.") { // tests of pilotstatuspg compile it
			continue
		}
		assert.True(t, strings.Contains(compiled, unindented(code)), "not compiled: %s", code) //nolint:testifylint // shows less
	}
	require.Error(t, receive(nil, nil, nil)) // without a secret
	server := pilotstatustest.NewServer(t)
	server.Tenant().ScanNewNumbers(time.Millisecond)
	shown := 0
	require.NoError(t, connectNumber(t.Context(), server.TenantClient(), func(context.Context, pilotstatus.PairingCodes) error {
		shown++
		return nil
	}))
	assert.Equal(t, 1, shown)
	require.ErrorAs(t, readFlows(t.Context(), server.NumberClient("num_1")), new(*pilotstatus.NotFoundError))
	require.NoError(t, readHistory(t.Context(), server.NumberClient("num_1"), time.Now()))
	for _, program := range []func(context.Context) error{firstSend, openNumber} {
		var missing *pilotstatus.ValidationError
		require.ErrorAs(t, program(t.Context()), &missing)
	}
}

// unindented removes what differs between a block and the function around it.
func unindented(code string) string {
	lines := strings.Split(code, "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, "\n")
}

func ExampleMessagesService_Send() {
	server := pilotstatustest.Start()
	defer server.Close()
	number := server.NumberClient("num_1") // in production: NewNumberClient(APIKey(…))

	accepted, err := number.Messages.Send(context.Background(), pilotstatus.SendRequest{
		To: pilotstatus.Phone("+5511999999999"),
		Content: pilotstatus.TemplateContent{
			ID:        "onboarding-test",
			Variables: map[string]string{"name": "John"},
		},
		IdempotencyKey: "order-42-confirmed",
	})
	fmt.Println(accepted.Status, accepted.IdempotencyKey, err)
	// Output: QUEUED order-42-confirmed <nil>
}

func ExampleNumberScopeError() {
	server := pilotstatustest.Start()
	defer server.Close()
	// A number key where a tenant key belongs.
	key := pilotstatus.APIKey(server.NumberKey("num_1"))
	tenant, err := pilotstatus.NewTenantClient(key, pilotstatus.WithBaseURL(server.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = tenant.Numbers.List(context.Background())
	var wrongScope *pilotstatus.NumberScopeError
	if errors.As(err, &wrongScope) {
		fmt.Println(wrongScope.StatusCode, wrongScope.Code)
	}
	// Output: 403 NUMBER_SCOPE_NOT_ALLOWED
}

func ExampleTenantClient_OpenNumber() {
	server := pilotstatustest.Start()
	defer server.Close()
	ctx := context.Background()
	number, err := server.TenantClient().OpenNumber(ctx, "num_1")
	if err != nil {
		fmt.Println(err)
		return
	}
	accepted, err := number.Messages.Send(ctx, pilotstatus.SendRequest{
		To:      pilotstatus.UserID("BR.900100200300"),
		Content: pilotstatus.TextContent{Body: "Your order is on its way."},
	})
	fmt.Println(accepted.Status, err)
	// Output: QUEUED <nil>
}
