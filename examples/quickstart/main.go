// Quickstart sends one template message, follows it until it is read, and shows how
// a key of the wrong scope is told apart from other errors.
//
// It runs on the in-process fake and needs no account:
//
//	go run ./examples/quickstart
//
// With -send it does the same on the real API, with PILOT_STATUS_API_KEY (a number key),
// PILOT_STATUS_TO (a phone number such as +5511999999999) and PILOT_STATUS_TEMPLATE (the
// name of an approved template with the variable "name" or none). THAT SENDS A MESSAGE TO
// A PERSON. It stops following after 60 seconds: where the contact has read receipts off,
// a message stays DELIVERED.
//
//	go run ./examples/quickstart -send
//
// With the lines that go run ./cmd/pilotstatus-emulator prints, -send reaches nobody: watch
// the message on the emulator's page.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

const followFor = 60 * time.Second

// setup is where the message goes and with which key.
type setup struct {
	credential   pilotstatus.Credential
	options      []pilotstatus.Option
	to, template string
	poll         time.Duration // between two looks at the status
}

func main() {
	log.SetFlags(0)
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	s, stop, err := newSetup()
	if err != nil {
		return err
	}
	defer stop()
	number, err := pilotstatus.NewNumberClient(s.credential, s.options...)
	if err != nil {
		return err
	}
	id, err := send(ctx, number, s)
	if err != nil {
		return err
	}
	if err := follow(ctx, number, id, s.poll); err != nil {
		return err
	}
	return showScopeError(ctx, s)
}

// newSetup starts the fake, or reads the environment where -send says so.
func newSetup() (s setup, stop func(), err error) {
	onRealAPI := flag.Bool("send", false, "use the real API, with PILOT_STATUS_API_KEY, PILOT_STATUS_TO and\n"+
		"PILOT_STATUS_TEMPLATE; this sends a message to a person")
	flag.Parse()
	if flag.NArg() > 0 {
		return s, nil, errors.New("there are no arguments; -h shows the flags")
	}
	if !*onRealAPI {
		fmt.Println("Without -send this runs on the in-process fake, nothing is sent to anybody.")
		server := pilotstatustest.Start()
		return setup{
			credential: pilotstatus.APIKey(server.NumberKey("num_1")),
			options:    []pilotstatus.Option{pilotstatus.WithBaseURL(server.URL)},
			to:         "+5511999999999",
			template:   "onboarding-test",
			poll:       5 * time.Millisecond,
		}, server.Close, nil
	}
	s = setup{
		credential: pilotstatus.APIKey(os.Getenv("PILOT_STATUS_API_KEY")),
		to:         os.Getenv("PILOT_STATUS_TO"),
		template:   os.Getenv("PILOT_STATUS_TEMPLATE"),
		poll:       time.Second,
	}
	if os.Getenv("PILOT_STATUS_API_KEY") == "" || s.to == "" || s.template == "" {
		return s, nil, errors.New("-send needs PILOT_STATUS_API_KEY, PILOT_STATUS_TO and PILOT_STATUS_TEMPLATE")
	}
	if baseURL := os.Getenv("PILOT_STATUS_BASE_URL"); baseURL != "" {
		s.options = append(s.options, pilotstatus.WithBaseURL(baseURL))
	}
	return s, func() {}, nil
}

func send(ctx context.Context, number *pilotstatus.NumberClient, s setup) (string, error) {
	accepted, err := number.Messages.Send(ctx, pilotstatus.SendRequest{
		To: pilotstatus.Phone(s.to),
		Content: pilotstatus.TemplateContent{
			ID:        s.template,
			Variables: map[string]string{"name": "John"},
		},
	})
	if unknown, ok := errors.AsType[*pilotstatus.OutcomeUnknownError](err); ok {
		return "", fmt.Errorf("it may be on its way, send again with IdempotencyKey %q: %w", unknown.IdempotencyKey, err)
	}
	if err != nil {
		return "", err
	}
	fmt.Printf("Accepted as %s (%s). Accepted is not delivered, so follow it:\n", accepted.ID, accepted.Status)
	return accepted.ID, nil
}

// follow prints every new status until the last one, for 60 seconds at most.
func follow(ctx context.Context, number *pilotstatus.NumberClient, id string, poll time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, followFor)
	defer cancel()
	var last pilotstatus.MessageStatus
	for {
		message, err := number.Messages.Get(ctx, id)
		if errors.Is(err, context.DeadlineExceeded) && ctx.Err() != nil {
			fmt.Printf("  still %s after %s; the contact may have read receipts off\n", last, followFor)
			return nil
		}
		if err != nil {
			return err
		}
		if message.Status != last {
			last = message.Status
			fmt.Printf("  %s\n", last)
		}
		switch message.Status {
		case pilotstatus.MessageStatusRead, pilotstatus.MessageStatusCanceled:
			return nil
		case pilotstatus.MessageStatusFailed:
			return fmt.Errorf("the message failed with %s", message.ErrorCode)
		}
		select {
		case <-ctx.Done():
		case <-time.After(poll):
		}
	}
}

// showScopeError uses the number key where a tenant key belongs.
func showScopeError(ctx context.Context, s setup) error {
	tenant, err := pilotstatus.NewTenantClient(s.credential, s.options...)
	if err != nil {
		return err
	}
	_, err = tenant.Numbers.List(ctx)
	if err == nil {
		return errors.New("Numbers.List accepted the key: it is a tenant key")
	}
	var wrongScope *pilotstatus.NumberScopeError
	if !errors.As(err, &wrongScope) {
		return err
	}
	fmt.Printf("A number key cannot list the workspace's numbers: %s\n", wrongScope.Code)
	return nil
}
