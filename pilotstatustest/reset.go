package pilotstatustest

// Reset puts everything back to the start: numbers, messages, faults, requests, the clock
// and what is on its way to webhooks. The keys of the workspace and of the numbers that are
// there at the start stay, and so do the options of the server and the secret of webhooks.
// Numbers of changes and the counts in ids go on, so that a program that is not started
// anew takes no message for one that it knows; what is there at the start has its ids of
// then. What a Number or Person is for is gone: ask for it again.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.state
	for _, n := range old.numbers {
		n.gone = true
	}
	for _, hook := range old.webhooks.all {
		hook.deleted = true
		old.giveUp(hook)
		old.dropSendings(hook)
	}
	for _, r := range s.requests {
		r.dropped = true
	}
	old.deliveries.hurry() // what waits ends, since its webhook is gone

	fresh := s.first()
	fresh.giveKey(fresh.tenantKey, old.tenantKey.secret)
	for _, n := range old.numbers {
		if again := fresh.number(n.id); again != nil {
			fresh.giveKey(again.key, n.key.secret)
		}
	}
	fresh.changes, fresh.lastID = old.changes, max(fresh.lastID, old.lastID)
	fresh.deliveries.lastSlip = old.deliveries.lastSlip
	fresh.deliveries.secret, fresh.deliveries.carry = old.deliveries.secret, old.deliveries.carry
	fresh.deliveries.underway, fresh.deliveries.idle = old.deliveries.underway, old.deliveries.idle
	s.state, s.requests, s.faults = fresh, nil, nil
	s.trim()
	fresh.publish(ChangeReset, "", "")
}
