package pilotstatustest

import (
	"net/http"
	"slices"
)

// Request is a request as the server received it.
type Request struct {
	Op       string // operation, such as "Messages.Send"; "" for an unknown path
	Method   string
	Path     string // escaped, as it was on the wire
	RawQuery string
	Header   http.Header
	Body     []byte // nil also where it was larger than 32 MiB

	// Status is the status that was answered: 0 as long as the answer is held
	// back, and for good when there was none because the connection was reset.
	Status int

	// Refusal says why the state refused the request, more precisely than the
	// answer does; "" when it was processed or a fault kept it from that.
	Refusal string
}

// Requests returns all requests so far in the order of their arrival. Header and
// Body are shared with later calls: do not change them.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// record appends a request and returns its place.
func (s *Server) record(r *http.Request, c *call) int {
	s.requests = append(s.requests, Request{
		Op:       c.op(),
		Method:   r.Method,
		Path:     r.URL.EscapedPath(),
		RawQuery: r.URL.RawQuery,
		Header:   r.Header.Clone(),
		Body:     c.body,
	})
	return len(s.requests) - 1
}
