package pilotstatustest

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// maxBody is the largest request body that is read.
const maxBody = 32 << 20

// TB is what NewServer needs of a test; *testing.T and *testing.B have it.
type TB interface {
	Helper()
	Cleanup(f func())
	Fatalf(format string, args ...any)
}

// Option changes how a server starts.
type Option func(*config)

type config struct {
	clock clock
}

// WithClock starts the server at the given time and lets time stand still
// except for Server.Advance.
func WithClock(start time.Time) Option {
	return func(c *config) { c.clock = clock{start: start, frozen: true} }
}

// Server is a running fake of the API. Its methods are safe for concurrent use.
type Server struct {
	// URL is the base URL, such as http://127.0.0.1:40123.
	URL string

	tb      TB // nil in a program
	routes  []route
	http    *http.Server
	closing sync.Once
	carrier *http.Transport // of deliveries to webhooks
	life    context.Context // is over when Close begins
	end     context.CancelFunc
	work    sync.WaitGroup // own goroutines, requests being answered and deliveries

	mu       sync.Mutex // guards what follows
	closed   bool
	state    *state
	faults   []pendingFault
	requests []Request
}

// NewServer starts a server for a test and closes it when the test ends.
func NewServer(tb TB, opts ...Option) *Server {
	tb.Helper()
	s := newServer(opts)
	s.tb = tb
	tb.Cleanup(s.Close)
	if err := s.listen(); err != nil {
		tb.Fatalf("pilotstatustest: %v", err)
	}
	return s
}

// Start starts a server for a program, which has to call Close. Where no
// loopback port is free, URL is empty and every call of its clients fails.
func Start(opts ...Option) *Server {
	s := newServer(opts)
	if err := s.listen(); err != nil {
		s.Close()
	}
	return s
}

func newServer(opts []Option) *Server {
	var c config
	for _, opt := range opts {
		opt(&c)
	}
	s := &Server{
		routes:  routes(),
		carrier: newCarrier(),
		state:   newState(c.clock),
	}
	s.life, s.end = context.WithCancel(context.Background())
	s.state.deliveries.carry = s.startCarrying
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	return s
}

func (s *Server) listen() error {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.URL = "http://" + listener.Addr().String()
	s.work.Go(func() {
		_ = s.http.Serve(listener) // ends with http.ErrServerClosed
	})
	if !s.state.clock.frozen {
		s.work.Go(s.keepMoving)
	}
	return nil
}

// Close ends the server: it closes all connections, also those whose answer is
// held back, breaks off deliveries to webhooks, and returns when nothing of it runs
// any more. What was recorded stays readable. Further calls do nothing.
func (s *Server) Close() {
	s.closing.Do(func() {
		s.mu.Lock()
		s.closed = true
		s.state.deliveries.carry = nil
		s.mu.Unlock()
		_ = s.http.Close()
		s.end()
	})
	s.work.Wait()
	s.carrier.CloseIdleConnections()
}

// ServeHTTP answers one request. The server calls it for its own listener; call
// it to have the fake behind another server, such as one with TLS.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.enter() {
		drop(w)
		return
	}
	defer s.work.Done()

	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	x := s.process(r, body, err)
	if !s.hold(r.Context(), x.fault.Delay) {
		s.settle(x, 0)
		drop(w)
		return
	}
	if x.fault.Reset {
		s.settle(x, 0)
		drop(w)
		return
	}
	s.settle(x, x.answer.status)
	x.answer.write(w, x.fault.TruncateAt)
}

// enter counts a request among the work that Close waits for.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.work.Add(1)
	return true
}

// exchange is a request that was processed and has to be answered.
type exchange struct {
	request int // its place in Server.requests
	call    *call
	fault   Fault
	answer  answer
}

// process does everything to a request but answer it, in one step under the
// lock: it is recorded, takes its fault, changes the state.
func (s *Server) process(r *http.Request, body []byte, readErr error) exchange {
	s.mu.Lock()
	defer s.mu.Unlock()
	var tooLarge *http.MaxBytesError
	if errors.As(readErr, &tooLarge) {
		body = nil
	}
	c := s.newCall(r, body)
	x := exchange{request: s.record(r, c), call: c}
	switch {
	case tooLarge != nil:
		x.answer = (&failure{status: http.StatusRequestEntityTooLarge, text: "Payload too large"}).answer()
	case readErr != nil:
		x.fault.Reset = true // half a request: the client has gone
	default:
		x.fault = s.takeFault(c.op())
		if x.fault.processes() {
			c.held = x.fault.Delay > 0
			x.answer = c.answer()
		}
	}
	s.requests[x.request].Refusal = x.answer.refusal
	x.answer = x.fault.change(x.answer)
	return x
}

// settle notes what is about to be answered and frees the idempotency key.
func (s *Server) settle(x exchange, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests[x.request].Status = status
	x.call.release()
}

// hold waits for d and says whether there is still somebody to answer.
func (s *Server) hold(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	case <-s.life.Done():
		return false
	}
}

// failf ends the test. In a program it does nothing, and the caller goes on.
func (s *Server) failf(format string, args ...any) {
	if s.tb != nil {
		s.tb.Helper()
		s.tb.Fatalf("pilotstatustest: "+format, args...)
	}
}
