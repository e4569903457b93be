// Onboard connects a customer's number with a tenant key and sends from it: it creates
// the number, shows the QR code in the terminal and as a file, waits until a person has
// scanned it, opens a client with the number's own key, sends and follows the message.
//
// It runs on the in-process fake, where the code is scanned by itself, and needs no
// account:
//
//	go run ./examples/onboard
//
// With -send it works on the real API, with PILOT_STATUS_TENANT_API_KEY. There it lists
// the numbers, and creates one only where -create says so, because a number may be billed
// once it connects. THE MESSAGE REACHES A PERSON:
//
//	go run ./examples/onboard -send -create -name "Front desk" -number +5511999990000 \
//		-to +5511988880000 -template visit_reminder
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"time"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

const (
	pairWithin    = 5 * time.Minute // a person has to fetch the phone
	deliverWithin = time.Minute
)

// setup is what to do, and where.
type setup struct {
	tenant             *pilotstatus.TenantClient
	create             bool
	name, number       string
	to, template       string
	statusEvery, pause time.Duration // 0: the defaults of the library
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
	if !s.create {
		return showNumbers(ctx, s.tenant)
	}
	id, err := connect(ctx, s)
	if err != nil {
		return err
	}
	return send(ctx, s, id)
}

// newSetup reads flags and environment, or starts the fake where there is no key.
func newSetup() (s setup, stop func(), err error) {
	onRealAPI := flag.Bool("send", false, "use the real API, with PILOT_STATUS_TENANT_API_KEY")
	flag.BoolVar(&s.create, "create", false, "create the number; it may be billed once it connects")
	flag.StringVar(&s.name, "name", "", "the number's name, for people")
	flag.StringVar(&s.number, "number", "", "the phone number to connect, with country code")
	flag.StringVar(&s.to, "to", "", "the phone number to send to")
	flag.StringVar(&s.template, "template", "", `an approved template with the variable "name" or none`)
	flag.Parse()
	switch {
	case flag.NArg() > 0:
		return s, nil, errors.New("there are no arguments; -h shows the flags")
	case *onRealAPI:
		s.tenant, err = pilotstatus.TenantClientFromEnv()
		if err == nil && s.create && (s.name == "" || s.number == "" || s.to == "" || s.template == "") {
			err = errors.New("-create needs -name, -number, -to and -template")
		}
		return s, func() {}, err
	case flag.NFlag() > 0:
		return s, nil, errors.New("the flags are for the real API; add -send")
	}
	fmt.Println("Without -send this runs on the in-process fake, nothing is created or sent.")
	server := pilotstatustest.Start()
	server.Tenant().ScanNewNumbers(200 * time.Millisecond)
	s = setup{
		create: true, name: "Front desk", number: "+5511999990000", to: "+5511988880000", template: "onboarding-test",
		statusEvery: 20 * time.Millisecond, pause: 5 * time.Millisecond,
	}
	s.tenant, err = pilotstatus.NewTenantClient(pilotstatus.APIKey(server.TenantKey()), pilotstatus.WithBaseURL(server.URL))
	return s, server.Close, err
}

// showNumbers is what this program does on a real account without -create.
func showNumbers(ctx context.Context, tenant *pilotstatus.TenantClient) error {
	numbers, err := tenant.Numbers.List(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("The workspace has %d numbers; -create adds one, which may be billed:\n", len(numbers))
	for _, number := range numbers {
		fmt.Printf("  %s  %s  %s\n", number.ID, number.Name, number.State)
	}
	return nil
}

// connect creates the number and waits until it is paired.
func connect(ctx context.Context, s setup) (id string, err error) {
	created, err := s.tenant.Numbers.Create(ctx, pilotstatus.CreateNumberRequest{Name: s.name, Number: s.number})
	var (
		unknown *pilotstatus.OutcomeUnknownError
		broken  *pilotstatus.DecodeError
	)
	switch {
	case errors.As(err, &unknown), errors.As(err, &broken) && broken.Accepted():
		return "", fmt.Errorf("the number may be there: look for it without -create before you try again: %w", err)
	case errors.Is(err, pilotstatus.CodeNumberSoftDeleted):
		return "", fmt.Errorf("the number was deleted less than 30 days ago; restore it with Numbers.Restore: %w", err)
	case err != nil:
		return "", err
	}
	id = created.ID
	if id == "" {
		return "", errors.New("the number is there, but the answer does not name it: look for it without -create")
	}
	fmt.Printf("Created %s. Open WhatsApp on the phone, choose Linked devices, and scan:\n", id)

	display, err := newDisplay()
	if err != nil {
		return "", err
	}
	defer display.close()
	ctx, cancel := context.WithTimeout(ctx, pairWithin)
	defer cancel()
	status, err := s.tenant.Numbers.WaitConnected(ctx, id, pilotstatus.WaitConnectedOptions{
		Code:           created.PairingCodes,
		OnCode:         display.show,
		StatusInterval: s.statusEvery,
	})
	if err != nil {
		return "", fmt.Errorf("%s is not connected: %w", id, err)
	}
	fmt.Printf("%s is connected (%s).\n", id, status.State)
	return id, nil
}

// send sends with the number's own key: a tenant key cannot send.
func send(ctx context.Context, s setup, id string) error {
	number, err := s.tenant.OpenNumber(ctx, id)
	if _, ok := errors.AsType[*pilotstatus.KeyUnavailableError](err); ok {
		return fmt.Errorf("make a new key with APIKeys.RegenerateNumber: %w", err)
	}
	if err != nil {
		return err
	}
	accepted, err := number.Messages.Send(ctx, pilotstatus.SendRequest{
		To:             pilotstatus.Phone(s.to),
		Content:        pilotstatus.TemplateContent{ID: s.template, Variables: map[string]string{"name": "John"}},
		IdempotencyKey: "onboard-" + id, // a lost answer sends nothing twice
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, deliverWithin)
	defer cancel()
	message, err := number.Messages.Wait(ctx, accepted.ID, pilotstatus.WaitMessageOptions{Interval: s.pause})
	if err != nil {
		return err
	}
	fmt.Printf("Message %s is %s.\n", message.ID, message.Status)
	return nil
}
