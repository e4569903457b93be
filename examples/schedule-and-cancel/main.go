// Schedule-and-cancel schedules a message for later, shows that it waits, cancels it, and
// tries the same with a message that was sent already.
//
// It runs on the in-process fake and needs no account:
//
//	go run ./examples/schedule-and-cancel
//
// With -send it does the same on the real API, with PILOT_STATUS_API_KEY (a number key),
// PILOT_STATUS_TO (a phone number such as +5511999999999) and PILOT_STATUS_TEMPLATE (the
// name of an approved template with the variable "name" or none). The first message is
// canceled an hour before its time; THE SECOND ONE REACHES A PERSON.
//
//	go run ./examples/schedule-and-cancel -send
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"slices"
	"time"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

const (
	later      = time.Hour
	sentWithin = time.Minute
)

// setup is who sends what to whom.
type setup struct {
	number       *pilotstatus.NumberClient
	to, template string
	poll         time.Duration // between two looks at the status
}

func main() {
	log.SetFlags(0)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		log.Fatal(err) //nolint:gocritic // nothing is left to be stopped
	}
}

func run(ctx context.Context) error {
	s, stop, err := newSetup()
	if err != nil {
		return err
	}
	defer stop()
	if err := cancelScheduled(ctx, s); err != nil {
		return err
	}
	return cancelSent(ctx, s)
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
		fake := pilotstatustest.Start()
		return setup{
			number:   fake.NumberClient("num_1"),
			to:       "+5511999999999",
			template: "onboarding-test",
			poll:     5 * time.Millisecond,
		}, fake.Close, nil
	}
	s = setup{to: os.Getenv("PILOT_STATUS_TO"), template: os.Getenv("PILOT_STATUS_TEMPLATE"), poll: time.Second}
	if s.to == "" || s.template == "" {
		return s, nil, errors.New("-send needs PILOT_STATUS_TO and PILOT_STATUS_TEMPLATE")
	}
	s.number, err = pilotstatus.NumberClientFromEnv()
	return s, func() {}, err
}

// cancelScheduled cancels a message in time.
func cancelScheduled(ctx context.Context, s setup) error {
	at := time.Now().Add(later)
	id, err := send(ctx, s, at)
	if err != nil {
		return err
	}
	message, err := s.number.Messages.Get(ctx, id)
	if err != nil {
		return err
	}
	fmt.Printf("%s is %s until %s.\n", id, message.Status, at.Format(time.TimeOnly))
	canceled, err := cancel(ctx, s, id)
	if err != nil {
		return err
	}
	if !canceled {
		return fmt.Errorf("%s was not canceled, it goes out at %s", id, at.Format(time.TimeOnly))
	}
	if message, err = s.number.Messages.Get(ctx, id); err != nil {
		return err
	}
	fmt.Printf("%s is %s.\n", id, message.Status)
	if message.Status != pilotstatus.MessageStatusCanceled {
		return fmt.Errorf("%s should be canceled", id)
	}
	return nil
}

// cancelSent comes too late.
func cancelSent(ctx context.Context, s setup) error {
	id, err := send(ctx, s, time.Time{})
	if err != nil {
		return err
	}
	status, err := waitSent(ctx, s, id)
	if err != nil {
		return err
	}
	fmt.Printf("%s is %s.\n", id, status)
	canceled, err := cancel(ctx, s, id)
	if err != nil {
		return err
	}
	if canceled {
		return fmt.Errorf("%s was canceled although it was sent", id)
	}
	fmt.Println("What was sent cannot be taken back: say in a second message what is wrong with it.")
	return nil
}

// send sends a message, at once where at is the zero time.
func send(ctx context.Context, s setup, at time.Time) (id string, err error) {
	accepted, err := s.number.Messages.Send(ctx, pilotstatus.SendRequest{
		To:        pilotstatus.Phone(s.to),
		Content:   pilotstatus.TemplateContent{ID: s.template, Variables: map[string]string{"name": "John"}},
		DeliverAt: at,
	})
	if unknown, ok := errors.AsType[*pilotstatus.OutcomeUnknownError](err); ok {
		return "", fmt.Errorf("it may be on its way, send again with IdempotencyKey %q: %w", unknown.IdempotencyKey, err)
	}
	if err != nil {
		return "", err
	}
	return accepted.ID, nil
}

// cancel reports whether the message was canceled. A nil error alone does not say so.
func cancel(ctx context.Context, s setup, id string) (bool, error) {
	result, err := s.number.Messages.Cancel(ctx, id)
	if err != nil {
		return false, err // also where the outcome is unknown: calling again does no harm
	}
	for _, failure := range result.Failed {
		fmt.Printf("%s was not canceled: %s.\n", failure.ID, failure.Reason)
	}
	if result.Canceled == nil { // this answer counts and names nobody
		return result.CanceledCount == 1, nil
	}
	return slices.Contains(result.Canceled, id), nil
}

// waitSent waits until WhatsApp has the message.
func waitSent(ctx context.Context, s setup, id string) (pilotstatus.MessageStatus, error) {
	ctx, stop := context.WithTimeout(ctx, sentWithin)
	defer stop()
	for {
		message, err := s.number.Messages.Get(ctx, id)
		if err != nil {
			return "", err
		}
		switch message.Status {
		case pilotstatus.MessageStatusFailed, pilotstatus.MessageStatusCanceled:
			return "", fmt.Errorf("%s is %s: %s", id, message.Status, message.ErrorCode)
		case pilotstatus.MessageStatusSent, pilotstatus.MessageStatusDelivered, pilotstatus.MessageStatusRead:
			return message.Status, nil
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("%s is still %s: %w", id, message.Status, ctx.Err())
		case <-time.After(s.poll):
		}
	}
}
