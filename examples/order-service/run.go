package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/pilotstatus/pilotstatus-go/pilotstatuspg"
)

// shutdownTimeout is for the requests and deliveries that are being answered.
const shutdownTimeout = 20 * time.Second

// run serves and sends until ctx ends, or one of the two cannot go on. The server ends
// first: what it still accepts, the worker may still send.
func (s *service) run(ctx context.Context, listener net.Listener) error {
	work, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWork()
	worked := make(chan error, 1)
	go func() { worked <- s.work(work) }()

	server := s.server()
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()

	var err error
	select {
	case <-ctx.Done():
		s.logger.InfoContext(ctx, "ending")
	case err = <-served: // never without an error
	case err = <-worked: // its tables are those of another deployment, for instance
		worked <- nil
	}
	err = errors.Join(err, shutdown(ctx, server))
	stopWork()
	return errors.Join(err, <-worked)
}

// work sends what is enqueued, and asks the API about messages whose events were lost. All
// processes share both.
func (s *service) work(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	asked := make(chan error, 1)
	go func() {
		asked <- s.outbox.Reconcile(ctx, s.pool, s.clients, pilotstatuspg.ReconcileOptions{Logger: s.logger})
	}()
	err := s.outbox.Run(ctx, s.pool, s.clients, pilotstatuspg.RunOptions{AttemptTimeout: s.attemptTimeout, Logger: s.logger})
	stop()
	return errors.Join(err, <-asked)
}

func (s *service) server() *http.Server {
	return &http.Server{
		Handler:           s.routes(),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      time.Minute, // from the end of the headers: reading, working, answering
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
}

// shutdown lets a server answer what it has begun.
func shutdown(ctx context.Context, server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return errors.Join(err, server.Close())
	}
	return nil
}
