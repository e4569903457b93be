package pilotstatus

import (
	"context"
	"errors"
	"sync"

	"github.com/pilotstatus/pilotstatus-go/internal/redact"
)

// singleFlight lets many callers share one request that is the same for all of them.
type singleFlight struct {
	mu      sync.Mutex
	running *flight // nil: not running
}

// flight is one run of the shared request.
type flight struct {
	done      chan struct{} // closed at the end
	err       error
	abandoned bool // its error concerns only its own caller
}

// do runs f, or waits for the caller that already runs it and returns its error. f runs in
// the goroutine and with the context of its caller. A waiting caller obeys its own context.
// If the running call failed because of its context, a waiting caller takes over. op is the
// call in the error of a context.
//
// A caller that comes a moment too late to wait runs f again. So f first checks whether
// there is still something to do.
func (s *singleFlight) do(ctx context.Context, op string, f func(context.Context) error) error {
	for {
		s.mu.Lock()
		run := s.running
		if run == nil {
			run = &flight{done: make(chan struct{})}
			s.running = run
			s.mu.Unlock()
			return s.lead(ctx, run, f)
		}
		s.mu.Unlock()
		select {
		case <-run.done:
			if !run.abandoned {
				return run.err
			}
		case <-ctx.Done():
			return waitEnded(ctx, op)
		}
	}
}

// lead runs f for all who wait for run.
func (s *singleFlight) lead(ctx context.Context, run *flight, f func(context.Context) error) error {
	run.abandoned = true // also where f panics
	defer func() {
		s.mu.Lock()
		s.running = nil
		s.mu.Unlock()
		close(run.done)
	}()
	err := f(ctx)
	run.err, run.abandoned = err, abandons(ctx, err)
	return err
}

// abandons reports whether err, the error of a run under ctx, means nothing to other
// callers. A deadline may be the cause before it has passed: a limiter refuses a wait
// beyond it, and the client makes no retry beyond it.
func abandons(ctx context.Context, err error) bool {
	if err == nil || ctx.Err() != nil {
		return err != nil
	}
	_, unanswered := errors.AsType[*TransportError](err)
	_, bounded := ctx.Deadline()
	return unanswered && bounded
}

// waitEnded returns the error of the call op if ctx ended while it waited. The call sent
// nothing.
func waitEnded(ctx context.Context, op string) error {
	end := endOfContext(ctx)
	text := redact.Private(nil).Show(end.Error())
	return &TransportError{Op: op, Err: &foreignError{text: text, cause: func() error { return end }}, unsent: true}
}
