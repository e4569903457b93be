// Order-service is a shop's service around pilotstatuspg: orders in PostgreSQL over HTTP, a
// confirmation that leaves once for each order that commits, what became of it and what the
// customer answered on the order, access codes that overtake campaigns, in any number of
// processes.
//
// It starts a throw-away PostgreSQL, a fake of the API and two processes of itself, plays
// the customers, shows what happens and ends. It needs no account, and nobody is written to:
//
//	go run -C examples/order-service .
//
// With -send it is the service, until it is interrupted, and WRITES TO REAL PEOPLE. The
// environment has DATABASE_URL, DEPLOYMENT (as in production: a copy of the database under
// another name sends nothing), PILOT_STATUS_API_KEY (a number key), PILOT_STATUS_NUMBER_ID
// (the API's id of that number, see pilotstatuspg.OneNumber) and PILOT_STATUS_WEBHOOK_SECRET:
//
//	go run -C examples/order-service . -send -addr :8080
//
// With the lines that the emulator prints beside DATABASE_URL and DEPLOYMENT it writes to
// nobody. See the messages on its page, and answer there as the customer:
//
//	go run ./cmd/pilotstatus-emulator -seed examples/order-service/emulator.json -webhook http://127.0.0.1:8080/pilotstatus
//
// The templates of messages.go must be approved, and a webhook must deliver the events of
// pilotstatuspg.WebhookEvents to https://…/pilotstatus. Whoever reaches the service may use
// it, see routes.
//
// To begin a service of your own with a copy, start reading at orders.go, which writes an
// order and its confirmation in one transaction. receive.go has what an event changes,
// messages.go what is sent, run.go how a process ends, and migrations the tables. The files
// demo*.go are for the demonstration and the tests.
package main

import (
	"context"
	"errors"
	"flag"
	"log"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	log.SetFlags(0)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second interrupt ends it at once
	if err := run(ctx); err != nil {
		log.Fatal(err) //nolint:gocritic // nothing is left to be stopped
	}
}

func run(ctx context.Context) error {
	var c config
	onRealAPI := flag.Bool("send", false, "be the service, with a database and a key in the environment;\nthis writes to real people")
	flag.StringVar(&c.addr, "addr", ":8080", "where to listen")
	flag.DurationVar(&c.attemptTimeout, "attempt-timeout", 10*time.Second, "how long a request to the API may take")
	flag.DurationVar(&c.every, "every", 0, "the time between two messages; 0 sends as many as the API takes")
	flag.Parse()
	switch {
	case flag.NArg() > 0:
		return errors.New("there are no arguments; -h shows the flags")
	case !*onRealAPI && flag.NFlag() > 0:
		return errors.New("the flags are for the service; add -send")
	case !*onRealAPI:
		return demo(ctx, os.Stdout)
	}
	if err := c.readEnvironment(); err != nil {
		return err
	}
	if os.Getenv(demoProcess) != "" {
		ctx = withParent(ctx)
	}
	return serve(ctx, c, slog.New(slog.NewTextHandler(os.Stderr, nil)))
}

// serve is the service, from its start until ctx ends.
func serve(ctx context.Context, c config, logger *slog.Logger) error {
	s, err := newService(ctx, c, logger)
	if err != nil {
		return err
	}
	defer s.pool.Close()
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", c.addr)
	if err != nil {
		return err
	}
	logger.InfoContext(ctx, "listening", slog.String("addr", listener.Addr().String()))
	return s.run(ctx, listener)
}
