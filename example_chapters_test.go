package pilotstatus_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

func ExampleMessagesService_Wait() {
	server := pilotstatustest.Start()
	defer server.Close()
	ctx := context.Background()
	number := server.NumberClient("num_1")
	accepted, err := number.Messages.Send(ctx, pilotstatus.SendRequest{
		To:      pilotstatus.Phone("+5511999999999"),
		Content: pilotstatus.TextContent{Body: "Your order is on its way."},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	message, err := number.Messages.Wait(ctx, accepted.ID, pilotstatus.WaitMessageOptions{
		Until:    pilotstatus.MessageStatusRead,
		Interval: 5 * time.Millisecond,
	})
	fmt.Println(message.Status, err)
	// Output: READ <nil>
}

// A message that fails after it was accepted is an error of Wait.
func ExampleMessageEndedError() {
	server := pilotstatustest.Start()
	defer server.Close()
	server.Number("num_1").FailNext(string(pilotstatus.FailureWhatsAppNotExist), "no WhatsApp")
	ctx := context.Background()
	number := server.NumberClient("num_1")
	accepted, err := number.Messages.Send(ctx, pilotstatus.SendRequest{
		To:      pilotstatus.Phone("+5511999999999"),
		Content: pilotstatus.TextContent{Body: "Your order is on its way."},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = number.Messages.Wait(ctx, accepted.ID, pilotstatus.WaitMessageOptions{Interval: 5 * time.Millisecond})
	var ended *pilotstatus.MessageEndedError
	fmt.Println(errors.As(err, &ended))
	// Output: true
}

func ExampleInboxService_AllHistory() {
	server := pilotstatustest.Start()
	defer server.Close()
	for _, text := range []string{"Hello", "Anybody there?", "Thank you"} {
		server.Number("num_1").Receive(pilotstatustest.Inbound{From: "+5511988880000", FromName: "Lia", Text: text})
	}
	number := server.NumberClient("num_1")
	read := 0
	for message, err := range number.Inbox.AllHistory(context.Background(), pilotstatus.ListInboxOptions{PageSize: 2}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		if message.Direction == pilotstatus.MessageDirectionInbound {
			read++
		}
	}
	fmt.Println(read, "messages")
	// Output: 3 messages
}

func ExampleNumbersService_WaitConnected() {
	server := pilotstatustest.Start()
	defer server.Close()
	server.Tenant().ScanNewNumbers(50 * time.Millisecond) // the person with the phone
	ctx := context.Background()
	tenant := server.TenantClient()
	created, err := tenant.Numbers.Create(ctx, pilotstatus.CreateNumberRequest{Name: "Front desk", Number: "+5511999990000"})
	if err != nil {
		fmt.Println(err)
		return
	}
	status, err := tenant.Numbers.WaitConnected(ctx, created.ID, pilotstatus.WaitConnectedOptions{
		Code: created.PairingCodes,
		OnCode: func(_ context.Context, code pilotstatus.PairingCodes) error {
			fmt.Println("scan", code.QRCode) // prints as redacted; show code.QRCode.PNG()
			return nil
		},
		StatusInterval: 10 * time.Millisecond,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(status.State)
	// Output:
	// scan [redacted]
	// OPEN
}

func ExampleNumbersService_Update() {
	server := pilotstatustest.Start()
	defer server.Close()
	updated, err := server.TenantClient().Numbers.Update(context.Background(), "num_1", pilotstatus.UpdateNumberRequest{
		Settings: pilotstatus.UpdateNumberSettings{
			IgnoreNewsletters: pilotstatus.Ptr(false),           // false
			RejectCall:        pilotstatus.Null[bool](),         // back to the provider's default
			MsgRejectCall:     pilotstatus.Set("Please write."), // everything else stays as it is
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	settings := updated.Settings
	fmt.Println(settings.IgnoreNewsletters, settings.RejectCall == nil, *settings.MsgRejectCall)
	// Output: false true Please write.
}

func ExampleNewWebhookHandler() {
	server := pilotstatustest.Start()
	defer server.Close()
	handler, err := pilotstatus.NewWebhookHandler(func(_ context.Context, event pilotstatus.Event) error {
		if event, ok := event.(*pilotstatus.MessageStatusEvent); ok {
			fmt.Println(event.ID, event.Status())
		}
		return nil
	}, pilotstatus.WithWebhookSecret(server.WebhookSecret()))
	if err != nil {
		fmt.Println(err)
		return
	}
	receiver := httptest.NewServer(handler)
	defer receiver.Close()
	// The same event twice: it is handled once.
	err = server.Deliver(context.Background(), receiver.URL, map[string]any{
		"event": pilotstatus.EventMessageRead,
		"data": map[string]any{
			"numberId": "num_1", "messageId": "wamid.1", "id": "msg_1", "fromMe": true,
			"createdAt": "2026-11-03T14:19:33.007Z", "to": "+5511999999999",
		},
	}, pilotstatustest.DeliverTimes(2))
	fmt.Println(err)
	// Output:
	// msg_1 READ
	// <nil>
}

func ExampleClient_Do() {
	server := pilotstatustest.Start()
	defer server.Close()
	var page struct {
		Total int `json:"total"`
	}
	err := server.NumberClient("num_1").Do(context.Background(), pilotstatus.Request{
		Method: http.MethodGet, Path: "/v1/conversations", Retry: pilotstatus.RetrySafe,
	}, &page)
	fmt.Println(page.Total, err)
	// Output: 0 <nil>
}

// Unknown outcomes are settled by sending again with the same key.
func ExampleOutcomeUnknownError() {
	server := pilotstatustest.Start()
	defer server.Close()
	// The API takes the message on, and its answer is lost.
	server.Inject(pilotstatustest.Fault{Op: "Messages.Send", Processed: true, Reset: true})
	ctx := context.Background()
	number := server.NumberClient("num_1", pilotstatus.WithRetry(pilotstatus.RetryPolicy{})) // no retries
	request := pilotstatus.SendRequest{
		To:      pilotstatus.Phone("+5511999999999"),
		Content: pilotstatus.TextContent{Body: "Your order is on its way."},
	}
	_, err := number.Messages.Send(ctx, request)
	var unknown *pilotstatus.OutcomeUnknownError
	if errors.As(err, &unknown) {
		request.IdempotencyKey = unknown.IdempotencyKey
		accepted, err := number.Messages.Send(ctx, request)
		fmt.Println(accepted.Replayed, err, len(server.Messages()))
	}
	// Output: true <nil> 1
}
