package pilotstatustest

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// Fault breaks one exchange, or Times of them. Its fields combine: with Delay
// and Reset the connection is held open and then reset.
//
// Status and Reset keep the request from being processed, unless Processed says
// otherwise. With any other fault it is processed as usual.
type Fault struct {
	Op    string // operation to break, such as "Messages.Send"; "" is every request, whatever its path
	Times int    // how many requests: 0 is one, below 0 all until ClearFaults

	// Status is answered instead of the API's answer. 0 keeps the API's status.
	Status int
	// Code is the code of the error that is answered with Status when Body is "".
	Code string
	// Header is added to the answer: Retry-After, or Location for a redirect.
	Header http.Header
	// Body replaces the body. It is sent as it is, as text/html where it begins
	// with '<' and as application/json otherwise, unless Header says more.
	Body string

	// Processed has the request processed before Status or Reset: what it asks
	// for happens, an idempotent answer is stored, and the client does not hear
	// of it.
	Processed bool

	// Delay holds the answer back for so long, in real time also under WithClock.
	// The idempotency key of a request that was processed is in use meanwhile. The
	// hold ends early, without an answer, when the client goes away or the server
	// closes.
	Delay time.Duration
	// Reset closes the connection with a TCP reset instead of answering.
	Reset bool
	// TruncateAt above 0 announces the whole body, sends so many bytes of it, in
	// any case less than all, and closes the connection. An answer that announces
	// no length, see Tenant.ChunkAudio, can be cut over HTTP/1.1 only.
	TruncateAt int
}

// pendingFault is a fault that waits for its requests.
type pendingFault struct {
	Fault

	left int // below 0: without end
}

// Inject breaks the coming exchanges. Each request takes the first fault that
// waits for its operation. A fault with a Status that HTTP does not have or an Op
// that the server does not have fails the test under NewServer; otherwise the
// whole call is ignored.
func (s *Server) Inject(faults ...Fault) {
	for _, f := range faults {
		if err := s.checkFault(f); err != nil {
			if s.tb != nil {
				s.tb.Helper()
			}
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
	if f.Op == "" {
		return nil
	}
	for i := range s.routes {
		if s.routes[i].op == f.Op {
			return nil
		}
	}
	return fmt.Errorf("no operation %q", f.Op)
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
		a = (&failure{status: f.Status, code: f.Code, text: http.StatusText(f.Status)}).answer()
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
