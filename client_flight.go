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
	running *flight // nil: none
}

// flight is one run of what is shared.
type flight struct {
	done      chan struct{} // closed at the end
	err       error
	abandoned bool // its end says something about its caller only
}

// do runs f, or waits for the caller that already does and returns its error. f runs
// in the goroutine and under the context of its caller. A waiting caller obeys its own
// context, and takes over where the running one's is why it failed; op is the call that
// the error of a context names.
//
// A caller that comes a moment too late to wait runs f again: f looks first whether
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

// abandons reports whether a run under ctx that ended with err says nothing to other
// callers. A deadline may be the cause before it is over: a limiter refuses a wait that
// does not fit it, and a retry that does not fit is not made.
func abandons(ctx context.Context, err error) bool {
	if err == nil || ctx.Err() != nil {
		return err != nil
	}
	_, unanswered := errors.AsType[*TransportError](err)
	_, bounded := ctx.Deadline()
	return unanswered && bounded
}

// waitEnded is the error of a call op that ctx ended while it waited: it sent nothing.
func waitEnded(ctx context.Context, op string) error {
	end := endOfContext(ctx)
	text := redact.Private(nil).Show(end.Error())
	return &TransportError{Op: op, Err: &foreignError{text: text, cause: func() error { return end }}, unsent: true}
}
