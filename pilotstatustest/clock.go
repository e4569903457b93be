package pilotstatustest

import "time"

// pace is the time between two steps of a message.
const pace = 20 * time.Millisecond

// clock is the time of the server. The zero clock is the real one.
type clock struct {
	start   time.Time
	frozen  bool          // time stands still at start
	skipped time.Duration // by Advance
}

func (c *clock) now() time.Time {
	if c.frozen {
		return c.start.Add(c.skipped)
	}
	return time.Now().Add(c.skipped)
}

// Advance moves the time of the server by d, and everything that was due in that
// time happens before it returns: messages move on, scheduled ones go out, a
// number disconnects whose charge stayed unpaid. It works with the real clock
// too, which then runs ahead. Time does not go back: a negative d does nothing.
func (s *Server) Advance(d time.Duration) {
	if d < 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.clock.skipped += d
	s.state.runUntil(s.state.clock.now())
}

// keepMoving lets happen what is due, until the server closes.
func (s *Server) keepMoving() {
	ticker := time.NewTicker(pace)
	defer ticker.Stop()
	for {
		select {
		case <-s.done:
			return
		case <-ticker.C:
			s.Advance(0)
		}
	}
}

// runUntil lets everything happen that is due up to t, in the order of time:
// a message that was due before its number disconnects still moves.
func (s *state) runUntil(t time.Time) {
	for {
		n := s.nextCutOff(t)
		if n == nil {
			break
		}
		at := n.cutOffAt
		s.moveMessages(at)
		n.disconnect(at)
		n.cutOffAt = time.Time{}
	}
	s.moveMessages(t)
}
