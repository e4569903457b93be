package pilotstatustest

import (
	"cmp"
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
		s.inject(f)
	}
}

// InjectFault is Inject for one fault, for a program: it returns the id of the fault, or why
// there is no such fault. With [WithKeep] or [WithKeepBytes] at most 1,000 of them wait.
func (s *Server) InjectFault(f Fault) (id string, err error) {
	if err := s.checkFault(f); err != nil {
		return "", fmt.Errorf("pilotstatustest: Inject: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state.isFull(len(s.faults), maxFaults) || s.state.isFull(f.size(), maxWritten) {
		return "", fmt.Errorf("pilotstatustest: Inject: %d faults wait already, or this one has more than 64 KiB", maxFaults)
	}
	return s.inject(f), nil
}

// size is about how many bytes a fault takes.
func (f *Fault) size() int { return len(encode(f)) }

func (s *Server) inject(f Fault) string {
	f.Header = f.Header.Clone()
	s.injected++
	one := &ActiveFault{Fault: f, ID: idText("fault_", s.injected), Left: cmp.Or(f.Times, 1)}
	if f.endless() {
		one.Left = -1
	}
	s.faults = append(s.faults, one)
	s.state.publish(ChangeFault, f.NumberID, one.ID)
	return one.ID
}

// Faults returns the faults that wait for requests, in the order in which they are
// looked at.
func (s *Server) Faults() []ActiveFault {
	s.mu.Lock()
	defer s.mu.Unlock()
	return rowsOf(s.faults, func(f *ActiveFault) ActiveFault { return *f })
}

// RemoveFault ends a fault by its id and says whether it was still there.
func (s *Server) RemoveFault(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.faults, func(f *ActiveFault) bool { return f.ID == id })
	if i >= 0 {
		s.state.publish(ChangeFault, s.faults[i].NumberID, id)
		s.faults = slices.Delete(s.faults, i, i+1)
	}
	return i >= 0
}

// ClearFaults ends all faults that still wait for requests, also those without end.
// Exchanges that are being broken stay broken.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.faults) > 0 {
		s.state.publish(ChangeFault, "", "")
	}
	s.faults = nil
}

func (s *Server) checkFault(f Fault) error {
	if f.Status != 0 && (f.Status < 200 || f.Status > 999) {
		return fmt.Errorf("no status %d", f.Status)
	}
	if f.PerMinute < 0 || f.OfHundred < 0 || f.OfHundred > 100 || f.PerMinute > 0 && f.OfHundred > 0 {
		return fmt.Errorf("no limit of %d a minute with a dial of %d of 100", f.PerMinute, f.OfHundred)
	}
	if f.Op != "" && !slices.ContainsFunc(s.routes, func(r route) bool { return r.op == f.Op }) {
		return fmt.Errorf("no operation %q", f.Op)
	}
	return nil
}

// takeFault takes the fault of one request out of the list; none is the zero
// Fault, which changes nothing, and no id.
func (s *Server) takeFault(c *call) (Fault, string) {
	if len(s.faults) == 0 {
		return Fault{}, ""
	}
	facts := faultFacts{call: c}
	for i, f := range s.faults {
		if !facts.match(&f.Fault) {
			continue
		}
		broken := f.apply(c)
		if broken == nil {
			continue
		}
		f.Hits++
		if f.Left > 0 {
			f.Left--
		}
		if f.Left == 0 {
			s.faults = slices.Delete(s.faults, i, i+1)
		}
		s.state.publish(ChangeFault, f.NumberID, f.ID)
		return *broken, f.ID
	}
	return Fault{}, ""
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
	bare := bareConn(conn)
	if tcp, ok := bare.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = bare.Close() // before TLS could say farewell
	_ = conn.Close()
}

// bareConn is the connection below TLS and what a listener may have wrapped around it.
func bareConn(conn net.Conn) net.Conn {
	for {
		wrapped, ok := conn.(interface{ NetConn() net.Conn })
		if !ok {
			return conn
		}
		conn = wrapped.NetConn()
	}
}
