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
	for segment := range strings.SplitSeq(r.URL.Path, "/") {
		if s.state.pairings[segment] != nil || s.state.workspace.signups[segment] != nil || s.state.media.has(segment) {
			return true
		}
	}
	return false
}
