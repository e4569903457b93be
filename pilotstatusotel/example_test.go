package pilotstatusotel_test

import (
	"context"
	"log"
	"net/http"
	"os"
	"time"

	"go.opentelemetry.io/otel"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatusotel"
)

// A program that sends and receives, with the exporters of your choice.
func Example() {
	spans, reader := tracetest.NewInMemoryExporter(), sdkmetric.NewManualReader() // in place of your exporters
	otel.SetTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithBatcher(spans)))
	otel.SetMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)))

	number, err := pilotstatus.NumberClientFromEnv(pilotstatusotel.Client())
	if err != nil {
		log.Print(err)
		return
	}
	handle := func(ctx context.Context, event pilotstatus.Event) error {
		received, ok := event.(*pilotstatus.MessageReceivedEvent)
		if !ok {
			return nil
		}
		sender, ok := received.Recipient()
		if !ok {
			return nil
		}
		_, err := number.Messages.Send(ctx, pilotstatus.SendRequest{ // its span is inside that of the event
			To: sender, Content: pilotstatus.TextContent{Body: "Thank you!"}, IdempotencyKey: "thanks " + event.DedupeKey(),
		})
		return err
	}
	handler, err := pilotstatus.NewWebhookHandler(pilotstatusotel.Handle(handle),
		pilotstatus.WithWebhookSecret(os.Getenv("WEBHOOK_SECRET")))
	if err != nil {
		log.Print(err)
		return
	}
	http.Handle("POST /hooks/pilotstatus", pilotstatusotel.Handler(handler))
	server := &http.Server{Addr: ":8080", ReadHeaderTimeout: 5 * time.Second}
	log.Print(server.ListenAndServe())
}

// An observer of your own beside the telemetry.
func ExampleClientObserver() {
	observe := pilotstatusotel.ClientObserver()
	_, err := pilotstatus.NumberClientFromEnv(pilotstatus.WithObserver(func(ctx context.Context, a pilotstatus.Attempt) {
		observe(ctx, a)
		if a.BudgetSpent {
			log.Printf("too many calls fail: %v", a.Err)
		}
	}))
	if err != nil {
		log.Print(err)
	}
}
