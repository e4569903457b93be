package pilotstatustest

import (
	"context"
	"errors"
	"fmt"
	"iter"
)

// watchBatch is how many changes a watcher takes at a time.
const watchBatch = 256

// Seq returns the number of the last change; 0 when nothing has changed yet.
func (s *Server) Seq() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.changes.last
}

// Watch returns the changes that come after this call, in their order, as they happen. The
// loop goes on until it is left or there is an error, which is the last that it gets: that
// of ctx, a [*WatchGapError] when the loop is more than 8,192 changes behind, or
// that the server is closed.
//
// What a change tells of is there when it comes, and a change that a request makes comes
// before its answer is written. Nothing of the server waits for a watcher, and one that
// does not read costs no memory.
func (s *Server) Watch(ctx context.Context) iter.Seq2[Change, error] {
	return s.WatchFrom(ctx, s.Seq())
}

// WatchFrom is Watch with the changes after the one with the number after: 0 is the
// beginning, and the Seq of a page or of [Server.Seq] misses nothing since then.
func (s *Server) WatchFrom(ctx context.Context, after int64) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		last, buffer := after, make([]Change, 0, watchBatch)
		for {
			found, err := s.nextChanges(ctx, last, buffer)
			if err != nil {
				yield(Change{}, err)
				return
			}
			for _, c := range found {
				if !yield(c, nil) {
					return
				}
				last = c.Seq
			}
		}
	}
}

// nextChanges waits for changes. What has changed comes before the end of ctx or server.
func (s *Server) nextChanges(ctx context.Context, last int64, buffer []Change) ([]Change, error) {
	for {
		s.mu.Lock()
		found, wake, err := s.state.changes.after(last, buffer)
		s.mu.Unlock()
		if err != nil || len(found) > 0 {
			return found, err
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return nil, fmt.Errorf("pilotstatustest: Watch: %w", ctx.Err())
		case <-s.life.Done():
			return nil, fmt.Errorf("pilotstatustest: Watch: %w", errClosed())
		}
	}
}

func errClosed() error { return errors.New("the server is closed") }
