package pilotstatustest_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// The client understands what the fake delivers, and takes duplicates for what they
// are.
func TestTypedDeliveries(t *testing.T) {
	t.Parallel()
	fake, tenant := workspace(t)
	var mu sync.Mutex
	var seen []string
	handler, err := pilotstatus.NewWebhookHandler(func(_ context.Context, event pilotstatus.Event) error {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, fmt.Sprintf("%T %s", event, event.EventName()))
		return nil
	}, pilotstatus.WithWebhookSecret(fake.WebhookSecret()))
	require.NoError(t, err)
	receiver := httptest.NewServer(handler)
	t.Cleanup(receiver.Close)
	fake.Tenant().DuplicateDeliveries(2)
	fake.Tenant().DeliveryRetries(0, 0)
	hook(t, tenant.with("x-whatsapp-number-id", "num_2"), receiver.URL, "*")

	phone := fake.Number("num_2")
	newCaller(t, fake.URL, fake.NumberKey("num_2")).send(t, template)
	fake.Advance(time.Minute)
	phone.FailNext("CODE", "text")
	newCaller(t, fake.URL, fake.NumberKey("num_2")).send(t, template)
	fake.Advance(time.Minute)
	phone.Receive(pilotstatustest.Inbound{From: "5511900000001", Text: "hi"})
	phone.Receive(pilotstatustest.Inbound{From: "5511900000001", ReplyTo: fake.Messages()[0].ExternalID})
	phone.Receive(pilotstatustest.Inbound{From: "5511900000001", GroupID: teamA})
	phone.Receive(pilotstatustest.Inbound{NewsletterID: auroraNews})
	phone.Disconnect()
	phone.AddLead(pilotstatustest.Lead{})
	phone.MissCall(phone.Ring("5511900000001"))
	phone.GrantCallPermission("5511900000001", false)
	phone.ReportHealth("number.recovered")
	flush(t, fake)
	mu.Lock()
	defer mu.Unlock()
	assert.Equal(t, strings.Split(`*pilotstatus.MessageStatusEvent message.sent
*pilotstatus.MessageStatusEvent message.delivered
*pilotstatus.MessageStatusEvent message.read
*pilotstatus.MessageFailedEvent message.failed
*pilotstatus.MessageReceivedEvent message.received
*pilotstatus.MessageReplyEvent message.reply
*pilotstatus.MessageGroupEvent message.group
*pilotstatus.MessageNewsletterEvent message.newsletter
*pilotstatus.NumberEvent number.disconnected
*pilotstatus.LeadEvent lead.received
*pilotstatus.CallEvent call.ringing
*pilotstatus.CallEvent call.missed
*pilotstatus.CallEvent call.permission_updated
*pilotstatus.UnknownEvent number.recovered`, "\n"), seen, "each once")
}

// A literal of an event is delivered as the API would deliver it, with its secrets.
func TestDeliverALiteral(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t)
	var code string
	handler, err := pilotstatus.NewWebhookHandler(func(_ context.Context, event pilotstatus.Event) error {
		line, ok := event.(*pilotstatus.PhoneLineEvent)
		assert.True(t, ok, "%T", event)
		if ok {
			code = line.Code.Reveal()
		}
		return nil
	}, pilotstatus.WithWebhookSecret(fake.WebhookSecret()))
	require.NoError(t, err)
	receiver := httptest.NewServer(handler)
	t.Cleanup(receiver.Close)
	require.NoError(t, fake.Deliver(t.Context(), receiver.URL, &pilotstatus.PhoneLineEvent{
		Event: pilotstatus.EventPhoneLineCodeReceived, ID: "evt_1",
		PhoneLineData: pilotstatus.PhoneLineData{LineID: "pl_1", Code: pilotstatus.NewSecret("123-456")},
	}))
	assert.Equal(t, "123-456", code)
	require.ErrorContains(t, fake.Deliver(t.Context(), receiver.URL, &pilotstatus.NumberEvent{Phone: "+5511900000001"}), "Event must be a name")
}
