// Observe shows what can be seen of the calls of a program: log records of each attempt,
// a counter of attempts, and OpenTelemetry traces. The first attempt of its send fails,
// so that a retry is seen. It runs on the in-process fake and needs no account:
//
//	go run -C examples/observe .
//
// It prints a line for each record and span, with -json all that is in them, and fails if
// the key or the phone number is among them.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

const recipient = "+5511999999999"

func main() {
	log.SetFlags(0)
	asJSON := flag.Bool("json", false, "print records and spans as JSON, with all that is in them")
	flag.Parse()
	if flag.NArg() > 0 {
		log.Fatal("there are no arguments; -h shows the flags")
	}
	if err := run(context.Background(), os.Stdout, *asJSON); err != nil {
		log.Fatal(err)
	}
}

// run does all of it on a fake, and writes what was seen to out.
func run(ctx context.Context, out io.Writer, asJSON bool) (err error) {
	fake := pilotstatustest.Start()
	defer fake.Close()
	fake.Inject(pilotstatustest.Fault{Op: "Messages.Send", Status: http.StatusServiceUnavailable})

	var seen bytes.Buffer
	out = io.MultiWriter(out, &seen)
	provider, err := newProvider(out, asJSON)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, provider.Shutdown(context.WithoutCancel(ctx))) }()

	attempts := newCounter()
	logger := slog.New(newHandler(out, asJSON))
	number, err := pilotstatus.NewNumberClient(pilotstatus.APIKey(fake.NumberKey("num_1")),
		pilotstatus.WithBaseURL(fake.URL),
		pilotstatus.WithRetry(pilotstatus.RetryPolicy{MaxRetries: 3, MinWait: time.Millisecond}),
		pilotstatus.WithLogger(logger), // debug level for a success, warning level for a failure
		pilotstatus.WithObserver(attempts.observe),
		pilotstatus.WithHTTPClient(&http.Client{Transport: newTransport(provider)}),
	)
	if err != nil {
		return err
	}
	if err := send(ctx, provider, number); err != nil {
		return err
	}
	attempts.log(ctx, logger)
	return searchFor(seen.String(), fake.NumberKey("num_1"), recipient)
}

// newProvider writes spans to out when they end. A service takes WithBatcher and an
// exporter to its collector.
func newProvider(out io.Writer, asJSON bool) (*sdktrace.TracerProvider, error) {
	exporter, err := newExporter(out, asJSON)
	if err != nil {
		return nil, err
	}
	return sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter)), nil
}

// newTransport makes a span of each attempt. Its spans hold the whole URL, in which stand
// the ids of messages and, for pages of pairing, tokens: give the public client of those
// a transport without it.
func newTransport(provider *sdktrace.TracerProvider) http.RoundTripper {
	plain := http.DefaultTransport
	if shared, ok := plain.(*http.Transport); ok {
		own := shared.Clone()
		own.MaxIdleConnsPerHost = 64 // two by default, which is few for one host
		plain = own
	}
	return otelhttp.NewTransport(plain, otelhttp.WithTracerProvider(provider))
}

// send sends within a span of its own, which holds those of its attempts.
func send(ctx context.Context, provider *sdktrace.TracerProvider, number *pilotstatus.NumberClient) error {
	ctx, span := provider.Tracer("observe").Start(ctx, "confirm order")
	defer span.End()
	_, err := number.Messages.Send(ctx, pilotstatus.SendRequest{
		To:             pilotstatus.Phone(recipient),
		Content:        pilotstatus.TemplateContent{ID: "onboarding-test", Variables: map[string]string{"name": "John"}},
		IdempotencyKey: "order-42-confirmed",
	})
	return err
}

// searchFor fails where one of the secrets was printed, with or without its plus sign.
func searchFor(printed string, secrets ...string) error {
	for i, secret := range secrets {
		if strings.Contains(printed, strings.TrimPrefix(secret, "+")) {
			return fmt.Errorf("secret %d was printed", i)
		}
	}
	return nil
}
