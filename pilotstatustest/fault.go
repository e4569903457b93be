package pilotstatustest

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
)

// Inject breaks the coming exchanges. Each request takes the first fault that
// waits for its operation. A fault with a Status that HTTP does not have or an Op
// that the server does not have fails the test under NewServer; otherwise the
// whole call is ignored.
func (s *Server) Inject(faults ...Fault) {
	for _, f := range faults {
		if err := s.checkFault(f); err != nil {
			s.tb.Helper()
			s.failf("Inject: %v", err)
			return
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		f.Header = f.Header.Clone()
		left := f.Times
		if left == 0 {
			left = 1
		}
		s.faults = append(s.faults, pendingFault{Fault: f, left: left})
	}
}

// ClearFaults ends all faults that still wait for requests, also those without end.
// Exchanges that are being broken stay broken.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

func (s *Server) checkFault(f Fault) error {
	if f.Status != 0 && (f.Status < 200 || f.Status > 999) {
		return fmt.Errorf("no status %d", f.Status)
	}
	if f.Op != "" && !slices.ContainsFunc(s.routes, func(r route) bool { return r.op == f.Op }) {
		return fmt.Errorf("no operation %q", f.Op)
	}
	return nil
}

// takeFault takes the fault of one request out of the list; none is the zero
// Fault, which changes nothing.
func (s *Server) takeFault(op string) Fault {
	for i := range s.faults {
		p := &s.faults[i]
		if p.Op != "" && p.Op != op {
			continue
		}
		f := p.Fault
		if p.left > 0 {
			p.left--
		}
		if p.left == 0 {
			s.faults = append(s.faults[:i], s.faults[i+1:]...)
		}
		return f
	}
	return Fault{}
}

// processes says whether the request is processed.
func (f Fault) processes() bool {
	return f.Processed || f.Status == 0 && !f.Reset
}

// change returns what is answered in place of a.
func (f Fault) change(a answer) answer {
	if f.Status != 0 {
		a = refuse(f.Status, f.Code, http.StatusText(f.Status)).answer()
	}
	if f.Body != "" {
		a.body, a.kind = []byte(f.Body), typeJSON
		if strings.HasPrefix(f.Body, "<") {
			a.kind = typeHTML
		}
	}
	if len(f.Header) > 0 {
		a = a.with(f.Header)
	}
	return a
}

// drop closes the connection of w with a TCP reset and without an answer.
func drop(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, "pilotstatustest: only an HTTP/1.1 connection can be reset", http.StatusInternalServerError)
		return
	}
	if under, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = under.NetConn() // without the farewell of TLS
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
