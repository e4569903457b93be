package pilotstatus

import (
	"context"
	"sync"
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
	abandoned bool // its caller's context ended, which is no answer for the others
}

// do runs f, or waits for the caller that already does and returns its error. f runs
// in the goroutine and under the context of its caller. A waiting caller obeys its own
// context, and takes over when that of the running one ends.
//
// A caller that comes a moment too late to wait runs f again: f looks first whether
// there is still something to do.
func (s *singleFlight) do(ctx context.Context, f func(context.Context) error) error {
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
			return ctx.Err()
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
	run.err, run.abandoned = err, err != nil && ctx.Err() != nil
	return err
}
