package pilotstatustest

// Unknown returns what requests had that the server does not know, in the order in which it
// came first. The API may know it, or refuse it: a test can claim that there is none.
func (s *Server) Unknown() []UnknownUse {
	s.mu.Lock()
	defer s.mu.Unlock()
	return rowsOf(s.state.unknown.all, func(u *UnknownUse) UnknownUse { return *u })
}

// ClearUnknown forgets what was unknown so far.
func (s *Server) ClearUnknown() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.unknown.all = nil
	s.state.publish(ChangeUnknown, "", "")
}
