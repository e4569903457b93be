// Observe shows the calls and the events of a program as OpenTelemetry sees them: a line of
// code each for the client and for the webhook handler, and tables of what they measured.
//
//	go run -C examples/observe .
//
// It runs on the in-process fake and needs no account. The first attempt of its send fails, a
// message does not exist, an event is delivered twice, and a stranger delivers one. The
// program fails if the key, the phone number or the name is in anything that was measured.
//
// In place of the exporters here, which keep all in memory, a service takes those of its
// collector.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatusotel"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

const (
	recipient = "+5511999999999"
	name      = "Joana"
)

func main() {
	log.SetFlags(0)
	if err := run(context.Background(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// run does all of it on a fake, and writes what was measured to out.
func run(ctx context.Context, out io.Writer) error {
	fake := pilotstatustest.Start()
	defer fake.Close()
	spans, reader := tracetest.NewInMemoryExporter(), sdkmetric.NewManualReader()
	tracers := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
	meters := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	// otel.SetTracerProvider and otel.SetMeterProvider make these options unnecessary.
	telemetry := []pilotstatusotel.Option{pilotstatusotel.WithTracerProvider(tracers), pilotstatusotel.WithMeterProvider(meters)}

	if err := call(ctx, fake, tracers, telemetry); err != nil {
		return err
	}
	if err := receive(ctx, fake, telemetry); err != nil {
		return err
	}
	var printed strings.Builder
	if err := show(ctx, &printed, reader, spans.GetSpans()); err != nil {
		return err
	}
	if _, err := io.WriteString(out, printed.String()); err != nil {
		return err
	}
	measured, err := everything(ctx, reader, spans.GetSpans())
	if err != nil {
		return err
	}
	return searchFor(printed.String()+measured, fake.NumberKey("num_1"), recipient, name)
}

// call sends a message and asks for two, within a span of its own.
func call(
	ctx context.Context, fake *pilotstatustest.Server, tracers *sdktrace.TracerProvider, telemetry []pilotstatusotel.Option,
) error {
	number, err := pilotstatus.NewNumberClient(pilotstatus.APIKey(fake.NumberKey("num_1")),
		pilotstatus.WithBaseURL(fake.URL),
		pilotstatus.WithRetry(pilotstatus.RetryPolicy{MaxRetries: 3, MinWait: time.Millisecond}),
		pilotstatusotel.Client(telemetry...),
	)
	if err != nil {
		return err
	}
	fake.Inject(pilotstatustest.Fault{Op: "Messages.Send", Status: http.StatusServiceUnavailable})
	ctx, span := tracers.Tracer("observe").Start(ctx, "confirm order")
	defer span.End()
	sent, err := number.Messages.Send(ctx, pilotstatus.SendRequest{
		To:             pilotstatus.Phone(recipient),
		Content:        pilotstatus.TemplateContent{ID: "onboarding-test", Variables: map[string]string{"name": name}},
		IdempotencyKey: "order-42-confirmed",
	})
	if err != nil {
		return err
	}
	if _, err := number.Messages.Get(ctx, sent.ID); err != nil {
		return err
	}
	var unknown *pilotstatus.NotFoundError
	if _, err := number.Messages.Get(ctx, "nothing"); !errors.As(err, &unknown) {
		return fmt.Errorf("an unknown message: %w", err)
	}
	return nil
}

// receive serves a webhook handler, and delivers an event to it.
func receive(ctx context.Context, fake *pilotstatustest.Server, telemetry []pilotstatusotel.Option) error {
	handle := func(context.Context, pilotstatus.Event) error { return nil }
	handler, err := pilotstatus.NewWebhookHandler(pilotstatusotel.Handle(handle, telemetry...),
		pilotstatus.WithWebhookSecret(fake.WebhookSecret()))
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: pilotstatusotel.Handler(handler, telemetry...), ReadHeaderTimeout: time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()

	url := "http://" + listener.Addr().String()
	event := &pilotstatus.NumberEvent{
		Event: pilotstatus.EventNumberConnected, NumberID: "num_1", Phone: recipient, DisplayName: name,
		CreatedAt: pilotstatus.Timestamp{Time: time.Now()},
	}
	delivered := fake.Deliver(ctx, url, event, pilotstatustest.DeliverTimes(2))
	stranger := fake.Deliver(ctx, url, event, pilotstatustest.DeliverSignature(strings.Repeat("0", 64)))
	stopped := server.Shutdown(ctx) // it waits for the answers, and so for what is measured
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	if stranger == nil {
		return errors.New("a stranger's delivery was accepted")
	}
	return errors.Join(delivered, stopped)
}

// searchFor fails where one of the secrets was measured, with or without its plus sign.
func searchFor(measured string, secrets ...string) error {
	for i, secret := range secrets {
		if strings.Contains(measured, strings.TrimPrefix(secret, "+")) {
			return fmt.Errorf("secret %d was measured", i)
		}
	}
	return nil
}
