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
// time happens before it returns: messages move on, scheduled ones go out,
// somebody scans a code who was told to, a number disconnects whose charge stayed
// unpaid, leads are fetched, a deleted number is gone for good. It does not wait for
// what webhooks are told of that, see Flush. It works with the real clock too, which
// then runs ahead. Time does not go back: a negative d does nothing.
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
		case <-s.life.Done():
			return
		case <-ticker.C:
			s.Advance(0)
		}
	}
}

// runUntil lets everything happen that is due up to t, in the order of time:
// a message that was due before its number disconnects still moves.
func (s *state) runUntil(t time.Time) {
	s.inOrder(func() {
		for {
			at, happen := s.nextDue(t)
			if happen == nil {
				break
			}
			s.moveMessages(at)
			happen(at)
		}
		s.moveMessages(t)
	})
}

// nextDue returns what is the first to happen by t, nil when nothing is due.
// What happens ends its being due.
func (s *state) nextDue(t time.Time) (time.Time, func(at time.Time)) {
	var first time.Time
	var happen func(time.Time)
	consider := func(at time.Time, f func(time.Time)) {
		if at.IsZero() || at.After(t) || happen != nil && !at.Before(first) {
			return
		}
		first, happen = at, f
	}
	for _, n := range s.numbers {
		if !n.wasCutOff {
			consider(n.cutOffAt, func(at time.Time) { s.cutOff(n, at) })
		}
		for _, d := range n.devices() {
			consider(d.scanAt, func(at time.Time) { s.connect(n, d, at) })
		}
	}
	for _, p := range s.growth.pages {
		if p.link != nil && !p.link.number.gone {
			consider(p.backfillAt, func(time.Time) { s.backfill(p) })
		}
	}
	for _, n := range s.workspace.bin {
		consider(n.forgetAt(), func(time.Time) { s.erase(n) })
	}
	return first, happen
}
