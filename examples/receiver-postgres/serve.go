package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"
)

const (
	webhookPath = "/webhooks"

	// shutdownTimeout is for the deliveries that are being handled.
	shutdownTimeout = handleTimeout + 10*time.Second
)

// serve receives deliveries on the listener until ctx ends, and then finishes those that
// have begun.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	mux := http.NewServeMux()
	mux.Handle(webhookPath, handler)
	server := &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      time.Minute, // from the end of the headers: reading, handling, answering
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return errors.Join(err, server.Close())
	}
	return nil
}
