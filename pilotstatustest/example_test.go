package pilotstatustest_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"time"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

func ExampleStart() {
	fake := pilotstatustest.Start(pilotstatustest.WithClock(time.Date(2026, 11, 3, 0, 0, 0, 0, time.UTC)))
	defer fake.Close()
	number := fake.NumberClient("num_1")

	accepted, err := number.Messages.Send(context.Background(), pilotstatus.SendRequest{
		To:      pilotstatus.Phone("+5511999999999"),
		Content: pilotstatus.TextContent{Body: "Your order has been shipped."},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fake.Advance(time.Minute)
	message, err := number.Messages.Get(context.Background(), accepted.ID)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(accepted.Status, message.Status)
	// Output: QUEUED READ
}

func ExampleServer_Inject() {
	fake := pilotstatustest.Start()
	defer fake.Close()
	fake.Inject(pilotstatustest.Fault{Op: "Numbers.List", Status: 403, Code: "PERMISSION_DENIED"})

	_, err := fake.TenantClient().Numbers.List(context.Background())
	fmt.Println(err)
	// Output: Numbers.List: 403 PERMISSION_DENIED: Forbidden
}

func ExampleNumber_FailNext() {
	fake := pilotstatustest.Start(pilotstatustest.WithClock(time.Date(2026, 11, 3, 0, 0, 0, 0, time.UTC)))
	defer fake.Close()
	fake.Number("num_2").FailNext("META_OUTSIDE_24H_WINDOW", "The 24-hour window is closed")

	_, err := fake.NumberClient("num_2").Messages.Send(context.Background(), pilotstatus.SendRequest{
		To:      pilotstatus.Phone("+5511999999999"),
		Content: pilotstatus.TextContent{Body: "Are you still there?"},
	})
	fake.Advance(time.Minute)
	message := fake.Messages()[0]
	fmt.Println(err, message.Status, message.ErrorCode)
	// Output: <nil> FAILED META_OUTSIDE_24H_WINDOW
}

func ExampleServer_Deliver() {
	fake := pilotstatustest.Start()
	defer fake.Close()
	handler, err := pilotstatus.NewWebhookHandler(func(_ context.Context, event pilotstatus.Event) error {
		fmt.Println("received", event.EventName())
		return nil
	}, pilotstatus.WithWebhookSecret(fake.WebhookSecret()))
	if err != nil {
		fmt.Println(err)
		return
	}
	receiver := httptest.NewServer(handler)
	defer receiver.Close()

	event := `{"event":"flow.response_received","data":{"flowToken":"flow_1"}}`
	fmt.Println(fake.Deliver(context.Background(), receiver.URL, event, pilotstatustest.DeliverTimes(2)))
	fmt.Println(fake.Deliver(context.Background(), receiver.URL, event, pilotstatustest.DeliverSignature("forged")))
	// Output:
	// received flow.response_received
	// <nil>
	// pilotstatustest: Deliver: the receiver answered 401 Unauthorized
}
