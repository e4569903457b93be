package pilotstatustest

import "time"

// due says whether a parcel that waits goes out now.
func (s *sending) due(now time.Time) bool {
	return s.hurry || !s.nextAt.IsZero() && !now.Before(s.nextAt)
}

// hurry wakes what waits, to see whether it is due.
func (d *deliveryState) hurry() {
	if d.moved != nil {
		close(d.moved)
		d.moved = nil
	}
}

// await waits for so much real time, or until the clock of the server says that a parcel
// is due. It is false when the server closes before.
func (s *Server) await(slip *sending, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		moved, due := s.moved(slip)
		if due {
			return true
		}
		select {
		case <-timer.C:
			return true
		case <-moved:
		case <-s.life.Done():
			return false
		}
	}
}

// moved returns what is closed when a parcel may be due, and whether it is.
func (s *Server) moved(slip *sending) (<-chan struct{}, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := &s.state.deliveries
	if d.moved == nil {
		d.moved = make(chan struct{})
	}
	return d.moved, slip.due(s.state.clock.now())
}
