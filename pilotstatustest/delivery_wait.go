package pilotstatustest

import "time"

// due says whether a parcel that waits goes out now.
func (s *sending) due(now time.Time) bool {
	return s.hurry || !s.NextAt.IsZero() && !now.Before(s.NextAt)
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

// DeliverNow lets deliveries that wait for their first or next try wait no longer: one by
// its id, or all with "". It returns how many there are.
func (s *Server) DeliverNow(id string) int {
	if id != "" {
		_, slip, _ := s.findSending(id)
		return s.hurry(slip)
	}
	s.mu.Lock()
	var all []*sending
	for _, hook := range s.state.webhooks.all {
		all = append(all, hook.sends...)
	}
	s.mu.Unlock()
	return s.hurry(all...)
}

// hurry lets deliveries wait no longer that do, and counts them.
func (s *Server) hurry(slips ...*sending) (count int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, slip := range slips {
		if slip != nil && slip.State == DeliveryWaiting {
			slip.hurry = true
			count++
		}
	}
	s.state.deliveries.hurry()
	return count
}
