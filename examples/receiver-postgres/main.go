// Receiver-postgres receives webhooks with any number of processes that share one
// PostgreSQL. It shows
//
//   - a Deduper on a table: however often an event is delivered, to whichever process,
//     and whichever process is killed at whatever point, it is handled once;
//   - a table of messages that stays right under deliveries that come twice, late and in
//     any order, and that is read back with Messages.Get where they never come.
//
// Without a database in the environment it starts a throw-away one from the installed
// PostgreSQL, delivers signed events to itself in a wild order, shows what became of
// them and ends. It needs no account and nothing is sent to anybody:
//
//	go run -C examples/receiver-postgres .
//
// With PILOT_STATUS_PG_DSN (as in postgres://user:password@host/database) and
// PILOT_STATUS_WEBHOOK_SECRET it creates its tables and receives on /webhooks until it
// is interrupted:
//
//	go run -C examples/receiver-postgres . -addr :8080
//
// With -number, the id of a number, and PILOT_STATUS_API_KEY, its key, it also reads back
// what no delivery told.
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
	"sync"
	"syscall"
	"time"

	"github.com/pilotstatus/pilotstatus-go"
)

const (
	webhookLease = time.Minute         // longer than handleTimeout
	recheck      = 10 * time.Minute    // how long a message may stay unfinished
	tidyEvery    = time.Minute         // between two runs of reconcile and prune
	retention    = 30 * 24 * time.Hour // how long the API delivers again is not documented
)

func main() {
	log.SetFlags(0)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		log.Fatal(err) //nolint:gocritic // nothing is left to be stopped
	}
}

func run(ctx context.Context) error {
	addr := flag.String("addr", ":8080", "where to receive deliveries")
	numberID := flag.String("number", "", "the id of the number that PILOT_STATUS_API_KEY belongs to, to read its messages back")
	flag.Parse()
	dsn := os.Getenv("PILOT_STATUS_PG_DSN")
	switch {
	case flag.NArg() > 0:
		return errors.New("there are no arguments; -h shows the flags")
	case dsn == "" && flag.NFlag() > 0:
		return errors.New("the flags are for a database of yours; set PILOT_STATUS_PG_DSN")
	case dsn == "":
		return demo(ctx)
	}
	secret := os.Getenv("PILOT_STATUS_WEBHOOK_SECRET")
	if secret == "" {
		return errors.New("set PILOT_STATUS_WEBHOOK_SECRET to the secret that the deliveries are signed with")
	}
	var messages messageReader
	if *numberID != "" {
		number, err := pilotstatus.NumberClientFromEnv()
		if err != nil {
			return err
		}
		messages = number.Messages
	}
	return receive(ctx, *addr, dsn, secret, *numberID, messages)
}

// receive serves until ctx ends. messages is nil where nothing is read back.
func receive(ctx context.Context, addr, dsn, secret, numberID string, messages messageReader) error {
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	pool, err := openPool(ctx, dsn)
	if err != nil {
		return err
	}
	defer pool.Close()
	if err := createSchema(ctx, pool); err != nil {
		return err
	}
	s := newStore(pool, recheck)
	handler, err := s.newHandler(secret, webhookLease, logger, s.handle)
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	logger.InfoContext(ctx, "receiving", slog.String("addr", listener.Addr().String()), slog.String("path", webhookPath))
	ctx, cancel := context.WithCancel(ctx)
	var tidying sync.WaitGroup
	tidying.Go(func() { tidyForEver(ctx, s, logger, numberID, messages) })
	err = serve(ctx, listener, handler)
	cancel() // where serve failed, nothing else has ended ctx
	tidying.Wait()
	return err
}

// tidyForEver tidies every minute until ctx ends.
func tidyForEver(ctx context.Context, s *store, logger *slog.Logger, numberID string, messages messageReader) {
	ticker := time.NewTicker(tidyEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			tidy(ctx, s, logger, numberID, messages)
		}
	}
}

// tidy prunes and reads back. What fails is logged and tried again the next time; it
// must not end the receiver.
func tidy(ctx context.Context, s *store, logger *slog.Logger, numberID string, messages messageReader) {
	if _, err := s.claims.prune(ctx, retention); err != nil {
		logger.ErrorContext(ctx, "pruning failed", slog.Any("error", err))
	}
	if messages == nil {
		return
	}
	result, err := s.reconcile(ctx, numberID, messages)
	if err != nil {
		logger.ErrorContext(ctx, "reading messages back failed", slog.Any("error", err))
	}
	if result.asked > 0 {
		logger.InfoContext(ctx, "messages were read back", slog.Int("asked", result.asked), slog.Int("changed", result.changed),
			slog.Int("unknown", result.unknown))
	}
}
