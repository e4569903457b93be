// Errors meets every error type of README's table once and shows what a program does
// about it. It provokes them on the in-process fake and needs no account:
//
//	go run ./examples/errors
//
// It prints one line for each and fails where an error is not the expected one.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"time"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// lab is the fake with a client of each kind.
type lab struct {
	fake   *pilotstatustest.Server
	number *pilotstatus.NumberClient
	tenant *pilotstatus.TenantClient
}

// lesson provokes an error and returns what to do about it. It fails where another
// error came, or none.
type lesson struct {
	name  string
	learn func(context.Context, *lab) (string, error)
}

func lessons() []lesson {
	return []lesson{
		{"ValidationError", forgetRecipient},
		{"UnauthorizedError", useWrongKey},
		{"TenantScopeError", sendWithTenantKey},
		{"NumberScopeError", administerWithNumberKey},
		{"NotFoundError", followUnknownMessage},
		{"RateLimitError", sendTooFast},
		{"PaymentError", payWithEmptyCard},
		{"APIError", forgetVariables},
		{"TransportError", callNobody},
		{"DecodeError", receiveBrokenAnswer},
		{"OutcomeUnknownError", loseAnswer},
		{"MessageEndedError", waitForFailure},
		{"WaitError", waitTooShort},
		{"KeyUnavailableError", openNumberWithHiddenKey},
		{"KeyCheckError", changeWhileTheAPIIsDown},
		{"MissingEventsError", misspellEvent},
	}
}

func main() {
	log.SetFlags(0)
	flag.Parse()
	if flag.NArg() > 0 {
		log.Fatal("there are no arguments; -h shows the flags")
	}
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	for _, l := range lessons() {
		if err := take(ctx, l); err != nil {
			return fmt.Errorf("%s: %w", l.name, err)
		}
	}
	return nil
}

// take gives each lesson a fake of its own.
func take(ctx context.Context, l lesson) error {
	fake := pilotstatustest.Start()
	defer fake.Close()
	retry := pilotstatus.WithRetry(pilotstatus.RetryPolicy{MaxRetries: 1, MinWait: time.Millisecond})
	learned, err := l.learn(ctx, &lab{fake, fake.NumberClient("num_1", retry), fake.TenantClient(retry)})
	if err != nil {
		return err
	}
	fmt.Printf("%-20s %s\n", l.name, learned)
	return nil
}

// expect finds the error type E in err, which is what a program does with errors.As.
func expect[E error](err error) (E, error) {
	var found E
	switch {
	case err == nil:
		return found, fmt.Errorf("there was no error, expected a %T", found)
	case !errors.As(err, &found):
		return found, fmt.Errorf("expected a %T: %w", found, err)
	}
	return found, nil
}

// expectCode finds the code in err, which is what a program does with errors.Is.
func expectCode(err error, code pilotstatus.ErrorCode) error {
	switch {
	case err == nil:
		return fmt.Errorf("there was no error, expected %q", string(code))
	case !errors.Is(err, code):
		return fmt.Errorf("expected %q: %w", string(code), err)
	}
	return nil
}

// order is what the lessons send.
func order() pilotstatus.SendRequest {
	return pilotstatus.SendRequest{
		To: pilotstatus.Phone("+5511999999999"),
		Content: pilotstatus.TemplateContent{
			ID:        "onboarding-test",
			Variables: map[string]string{"name": "John"},
		},
		IdempotencyKey: "order-42-confirmed",
	}
}
