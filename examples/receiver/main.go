// Receiver is a server that receives webhooks: it registers its URL, verifies and
// deduplicates every delivery, answers fast and works later, keeps the status of its
// messages right whatever order the events come in, answers what contacts write, and
// downloads the files that they send.
//
// It runs on the in-process fake, where a contact writes to it, and shows the whole
// conversation:
//
//	go run ./examples/receiver
//
// With -send, PILOT_STATUS_API_KEY (a number key) and PILOT_STATUS_WEBHOOK_SECRET it
// receives from the real API until it is interrupted, and ANSWERS REAL PEOPLE:
//
//	go run ./examples/receiver -send -addr :8080 -url https://hooks.example.com/pilotstatus
//
// With the lines that go run ./cmd/pilotstatus-emulator prints it answers nobody but you, who
// are the contact on the emulator's page:
//
//	go run ./examples/receiver -send -addr :8080 -url http://127.0.0.1:8080/pilotstatus
//
// What was received and not yet worked on is lost when the process dies, and what
// cannot be worked on is logged only: it was acknowledged already.
// examples/order-service keeps what it receives in a database.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"time"

	"github.com/pilotstatus/pilotstatus-go"
)

// setup is who receives, and where.
type setup struct {
	number *pilotstatus.NumberClient
	secret string // that the deliveries are signed with
	addr   string // to listen on
	url    string // where the API reaches this server; "" is addr itself

	// talk lets a contact write, and ends when the conversation is over. nil on the
	// real API, where people write.
	talk func(ctx context.Context, board *board) error
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
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	w := newWorker(s.number)
	handler, err := pilotstatus.NewWebhookHandler(w.accept, pilotstatus.WithWebhookSecret(s.secret))
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", s.addr)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/pilotstatus", handler)
	server := &http.Server{Handler: mux, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	worked := make(chan struct{})
	go func() { defer close(worked); w.work(ctx) }()
	defer func() {
		_ = server.Close()
		cancel()
		<-worked
	}()

	if s.url == "" {
		s.url = "http://" + listener.Addr().String() + "/pilotstatus"
	}
	if err := register(ctx, s.number, s.url); err != nil {
		return err
	}
	if s.talk != nil {
		return s.talk(ctx, w.board)
	}
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
		return nil
	}
}

// register makes the webhook, unless the number has one with this URL: every second one
// would deliver everything twice.
func register(ctx context.Context, number *pilotstatus.NumberClient, url string) error {
	events := []pilotstatus.EventName{
		pilotstatus.EventMessageReceived, pilotstatus.EventMessageReply, pilotstatus.EventMessageSent,
		pilotstatus.EventMessageDelivered, pilotstatus.EventMessageRead, pilotstatus.EventMessageFailed,
		pilotstatus.EventFlowResponseReceived,
	}
	hooks, err := number.Webhooks.List(ctx)
	if err != nil {
		return err
	}
	var hook *pilotstatus.Webhook
	at := slices.IndexFunc(hooks, func(h pilotstatus.Webhook) bool { return h.URL.Reveal() == url })
	if at >= 0 {
		hook, err = number.Webhooks.Update(ctx, hooks[at].ID, pilotstatus.UpdateWebhookRequest{
			Events: &events, Active: new(true),
		})
	} else {
		hook, err = number.Webhooks.Create(ctx, pilotstatus.CreateWebhookRequest{Name: "receiver", URL: url, Events: events})
	}
	if _, ok := errors.AsType[*pilotstatus.MissingEventsError](err); ok {
		// The webhook is there, and some of what this program lives on would never come.
		return fmt.Errorf("webhook %s: %w", hook.ID, err)
	}
	if err != nil {
		return err
	}
	fmt.Printf("Webhook %s delivers %d kinds of events.\n", hook.ID, len(hook.Events))
	return nil
}

// newSetup reads flags and environment, or starts the fake where there is no key.
func newSetup() (s setup, stop func(), err error) {
	onRealAPI := flag.Bool("send", false, "use the real API, with PILOT_STATUS_API_KEY and\n"+
		"PILOT_STATUS_WEBHOOK_SECRET; this answers real people")
	flag.StringVar(&s.addr, "addr", ":8080", "where to listen")
	flag.StringVar(&s.url, "url", "", "where the API reaches this server")
	flag.Parse()
	switch {
	case flag.NArg() > 0:
		return s, nil, errors.New("there are no arguments; -h shows the flags")
	case !*onRealAPI && flag.NFlag() > 0:
		return s, nil, errors.New("the flags are for the real API; add -send")
	case !*onRealAPI:
		fmt.Println("Without -send this runs on the in-process fake, nobody is written to.")
		s, stop = newFakeSetup()
		return s, stop, nil
	}
	s.secret = os.Getenv("PILOT_STATUS_WEBHOOK_SECRET")
	if s.secret == "" || s.url == "" {
		return s, nil, errors.New("-send needs PILOT_STATUS_WEBHOOK_SECRET and -url")
	}
	s.number, err = pilotstatus.NumberClientFromEnv()
	return s, func() {}, err
}
