package pilotstatustest

import (
	"net/http"
	"strings"
)

// Knows says whether a request has a key, the id of one, or the token of a pairing link or
// of a file of this server. A program with several servers on one port finds by it the one
// that is to answer.
func (s *Server) Knows(r *http.Request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k, _ := s.state.authenticate(r.Header); k != nil {
		return true
	}
	segments := strings.SplitN(r.URL.Path, "/", 5)
	switch {
	case len(segments) > 2 && segments[1] == "files":
		return s.state.media.has(segments[2])
	case len(segments) > 3:
		return s.state.pairings[segments[3]] != nil || s.state.workspace.signups[segments[3]] != nil
	}
	return false
}
