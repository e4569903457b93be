package pilotstatustest

import (
	"cmp"
	"context"
	"errors"
	"time"
)

// WaitMessages waits until a query chooses count messages, at least one, and returns the
// page with them. Without [MessageQuery.After] also those count that are there already: take
// [Server.Seq] before what shall bring them. When ctx ends or the server closes before, it
// returns what there is by then, and the error.
func (s *Server) WaitMessages(ctx context.Context, q MessageQuery, count int) (MessagePage, error) {
	q.Limit = max(cmp.Or(q.Limit, defaultLimit), count)
	for {
		page := s.FindMessages(q)
		if page.Total >= max(count, 1) {
			return page, nil
		}
		if err := s.waitForMessage(ctx, page.Seq, &q); err != nil {
			return page, err
		}
	}
}

// waitForMessage waits until a message changes after a change that a query may choose.
func (s *Server) waitForMessage(ctx context.Context, seq int64, q *MessageQuery) error {
	for c, err := range s.WatchFrom(ctx, seq) {
		if _, ok := errors.AsType[*WatchGapError](err); ok {
			return nil // there was more than enough
		}
		if err != nil || c.Kind == ChangeMessage && s.mayChoose(q, c.ID) || c.Kind == ChangeReset {
			return err
		}
		if c.Kind == ChangeConversation && q.To != "" {
			return nil // the contact may have got the phone that is asked for
		}
	}
	return nil
}

// mayChoose looks at one message, and at everything but its text.
func (s *Server) mayChoose(q *MessageQuery, id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.state.anyRow(id)
	return r != nil && (q.NumberID == "" || q.NumberID == r.number.id) && q.chooses(r)
}

// Now returns the time by the clock of the server, see [Server.Advance].
func (s *Server) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.clock.now()
}

// Skipped returns how far Advance has moved the clock since the start.
func (s *Server) Skipped() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.clock.skipped
}
