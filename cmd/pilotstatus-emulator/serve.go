package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/pilotstatus/pilotstatus-go/internal/emulator"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

//go:embed openapi.json
var openAPI []byte

const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	maxHeader     = 64 << 10
	lookEvery     = time.Minute // for keys that were dropped
)

// serve runs the emulator until ctx ends.
func serve(ctx context.Context, p program, s *settings) error {
	listeners, err := listen(ctx, s)
	if err != nil {
		return err // the ready file is of the emulator that has the port, if it has one
	}
	removeReadyFile(s.readyFile)
	url := "http://" + reachable(listeners[0].Addr().String())
	front := emulator.NewFront()
	server := &http.Server{
		Handler: front, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
	}
	limit := connectionLimit()
	all := &connections{limit: int64(limit), shed: func() { closeIdle(server) }}
	var serving sync.WaitGroup
	failed := make(chan error, len(listeners))
	for _, l := range listeners {
		serving.Go(func() { failed <- server.Serve(&limited{l, all}) })
	}
	defer serving.Wait()
	defer func() { _ = server.Close() }()

	seed, err := readSeed(ctx, s)
	if ctx.Err() != nil {
		return nil // as an interrupt later on
	} else if err != nil {
		return err
	}
	e, err := start(p, s, seed, url, limit)
	if err != nil {
		return err
	}
	defer e.Close()
	front.Open(e)
	if err := announce(p, s, e); err != nil {
		return err
	}
	defer readyFile{URL: url}.remove(s.readyFile)
	warn(ctx, p, e)
	if err := wait(ctx, p, e, failed); err != nil {
		return err
	}
	if !s.quiet {
		_, _ = fmt.Fprintf(p.out, "\n%s\n", seen(e.Messages()))
	}
	return nil
}

// closeIdle closes the connections on which nothing is asked.
func closeIdle(server *http.Server) {
	server.SetKeepAlivesEnabled(false)
	server.SetKeepAlivesEnabled(true)
}

// wait waits until ctx ends or a listener fails. It says once of each tenant that its
// memory of idempotency keys is full.
func wait(ctx context.Context, p program, e *emulator.Emulator, failed <-chan error) error {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	said := map[string]bool{}
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-failed:
			return fmt.Errorf("the listener ended: %w", err)
		case <-ticker.C:
			for _, t := range e.Tenants() {
				if t.Engine.Lost().Keys > 0 {
					p.sayDropped(said, t.ID)
				}
			}
		}
	}
}

// sayDropped says once that a tenant drops keys.
func (p program) sayDropped(said map[string]bool, tenant string) {
	if said[tenant] {
		return
	}
	said[tenant] = true
	_, _ = fmt.Fprintf(p.errors, "pilotstatus-emulator: tenant %s: from now on the oldest of 1,000,000 idempotency keys are dropped; "+
		"a send that repeats one of them is a new message\n", tenant)
}

// readSeed reads the file of -seed, or nothing where there is none. A pipe may keep it
// waiting: then it returns when ctx ends, and the read ends with the program or the pipe.
func readSeed(ctx context.Context, s *settings) ([]byte, error) {
	if s.seed == "" {
		return nil, nil
	}
	type result struct {
		data []byte
		err  error
	}
	read := make(chan result, 1)
	go func() {
		data, err := os.ReadFile(s.seed)
		read <- result{data, err}
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case r := <-read:
		if r.err != nil {
			return nil, fmt.Errorf("the seed cannot be read: %w", r.err)
		}
		return r.data, nil
	}
}

// Parts of the connections that requests may hold which take long, so that others are
// answered.
const (
	maxStreams = 64
	maxWaits   = 1024
)

// start makes the emulator of the settings and the seed.
func start(p program, s *settings, seed []byte, url string, connections int) (*emulator.Emulator, error) {
	c := emulator.Config{
		URL: url, OpenAPI: openAPI, Fixed: true,
		Hosts: s.hosts.values, CORSOrigins: s.origins.values,
		Webhooks: s.webhooks.values, DeliverTo: s.deliverTo.values,
		Keep: int(s.keep), KeepBytes: int(s.keepBytes), ManualTicks: bool(s.manual), Seed: seed,
		Streams: max(min(connections/4, maxStreams), 1), Waits: max(min(connections/2, maxWaits), 1),
	}
	if !s.quiet {
		c.Notice = func(text string) { _, _ = fmt.Fprintln(p.out, text) }
	}
	if s.ids.fixed {
		c.IDs = &s.ids.seed
	}
	e, err := emulator.New(c)
	if wrong, ok := errors.AsType[*pilotstatustest.SnapshotError](err); ok {
		return nil, fmt.Errorf("the seed %q is wrong in line %d: %s", s.seed, wrong.Line, wrong.Reason)
	}
	return e, err
}

func seen(messages int) string {
	switch messages {
	case 0:
		return "No message was seen."
	case 1:
		return "One message was seen."
	}
	return fmt.Sprintf("%d messages were seen.", messages)
}
