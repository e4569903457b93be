package pilotstatustest

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/internal/polling"
)

// maxBody is the largest request body that is read.
const maxBody = 32 << 20

// Option changes how a server starts.
type Option func(*config)

// config is what options change.
type config struct {
	clock       clock
	keep        int
	seed        *uint64 // of ids; nil: they count up
	snapshot    *Snapshot
	credentials Credentials
	manual      bool
	keepBytes   int
	allow       func(to netip.AddrPort) error
}

// WithClock starts the server at the given time and lets time stand still
// except for Server.Advance.
func WithClock(start time.Time) Option {
	return func(c *config) { c.clock = clock{start: start, frozen: true} }
}

// WithKeep bounds the memory of a server that runs for long: it keeps the newest so many
// messages, as many requests for Server.Requests, and as many rows in the history of each
// number, in the log of each webhook, and deliveries of it, waiting ones included. Below 1
// it keeps everything, as without the option.
//
// The oldest are dropped, in whatever state they are. A dropped message moves no more,
// webhooks hear no more of it, and its ids are unknown to the API; so keep more than are
// under way at a time. An idempotency key outlives its message: for its 24 hours it
// still repeats the answer and refuses another body. Of keys the newest 1,000,000 are
// kept, in at most 128 bytes each.
//
// What is not dropped is refused beyond a bound: the workspace has at most 1,000 numbers,
// templates, webhooks and faults and 10,000 contacts, with names of 256 characters.
func WithKeep(messages int) Option {
	return func(c *config) { c.keep = max(messages, 0) }
}

// WithKeepBytes bounds the memory of bodies and files that are kept: of messages sent and
// received, requests with their headers and answers, deliveries with theirs, and files that
// persons sent. The oldest of them all is dropped first, as by [WithKeep], until the others
// have so many bytes; the newest message stays in any case. Deliveries, waiting ones
// included, have a quarter of it at most, so that a receiver that hangs drops no message.
// Below 1 there is no such bound. Numbers, contacts, templates, webhooks and faults are
// bounded as by WithKeep.
func WithKeepBytes(bytes int) Option {
	return func(c *config) { c.keepBytes = max(bytes, 0) }
}

// WithIDs makes ids, codes and secrets, keys among them, from a seed: the same calls to two
// servers of one seed get the same ones, and servers of other seeds get others. Without the
// option ids count up from the start of each server, and secrets are random. Give secrets
// of your own to a server that others can reach.
func WithIDs(seed uint64) Option {
	return func(c *config) { c.seed = &seed }
}

// idsOf makes the ids of a seed.
func idsOf(seed *uint64) idState {
	if seed == nil {
		return idState{}
	}
	var start [32]byte
	binary.BigEndian.PutUint64(start[:], *seed)
	ids := idState{bytes: rand.NewChaCha8(start)}
	for range 6 {
		ids.mark += string(rune('a' + ids.bytes.Uint64()%26))
	}
	return ids
}

// WithSnapshot starts the server with a state, see [ReadSnapshot].
func WithSnapshot(snapshot *Snapshot) Option {
	return func(c *config) { c.snapshot = snapshot }
}

// WithCredentials starts the server with secrets that are known before, such as in an .env
// file. They have 16 characters or more and differ from each other.
func WithCredentials(secrets Credentials) Option {
	return func(c *config) { c.credentials = secrets }
}

// WithManualTicks starts the server with messages that do not move by themselves, see
// [Tenant.ManualTicks].
func WithManualTicks() Option { return func(c *config) { c.manual = true } }

// WithDialControl asks allow before the server connects to a receiver of webhooks, with the
// address that its name was resolved to: an error is why not, and stands in the delivery.
// Then no proxy of the environment is used.
func WithDialControl(allow func(to netip.AddrPort) error) Option {
	return func(c *config) { c.allow = allow }
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

// New makes a server without a listener, for a program that has its own and gives it
// requests, see [Server.ServeHTTP]. The program sets URL before it asks for clients, and
// has to call Close.
func New(opts ...Option) *Server {
	s := newServer(opts)
	s.behind = true
	s.run()
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
		tb:      program{},
		routes:  routes(),
		carrier: newCarrier(c.allow),
		first:   c.firstState,
	}
	s.state = s.first()
	s.trim()
	s.life, s.end = context.WithCancel(context.Background())
	s.state.deliveries.carry = s.carryAlone
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	return s
}

// firstState is the state at the start.
func (c *config) firstState() *state {
	st := emptyState(c.clock, idsOf(c.seed))
	st.keep, st.bytes.limit, st.manual = c.keep, c.keepBytes, c.manual
	if !st.keepsAll() {
		st.repeats.limit = maxKeys
	}
	var f snapshotForm
	if c.snapshot != nil {
		f = c.snapshot.form
	}
	st.putSnapshot(&f, &c.credentials)
	return st
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
	s.run()
	return nil
}

// run lets time go on.
func (s *Server) run() {
	if !s.state.clock.frozen {
		s.work.Go(s.keepMoving)
	}
}

// Close ends the server: it closes all connections, also those whose answer is
// held back, breaks off deliveries to webhooks, and returns when nothing of it runs
// any more. Behind another server it breaks off the requests that are being read and
// answered, so that no client keeps it waiting. What was recorded stays readable. Further
// calls do nothing.
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

// NumberClient returns a client with the working key of a number. Its waits look every few
// milliseconds, whatever interval they are asked for. The options come after the one that
// names the server. Where there is no such client, for
// an unknown number or an option that is refused, it fails the test under
// NewServer; otherwise it returns a client whose every call answers a
// *pilotstatus.ValidationError.
func (s *Server) NumberClient(numberID string, opts ...pilotstatus.Option) *pilotstatus.NumberClient {
	client, err := pilotstatus.NewNumberClient(pilotstatus.APIKey(s.NumberKey(numberID)), s.options(opts)...)
	if err != nil {
		s.tb.Helper()
		s.failf("client of number %q: %v", numberID, err)
		return &pilotstatus.NumberClient{}
	}
	return client
}

// TenantClient returns a client with the working tenant key. Its waits, and those of the
// clients that it opens, look every few milliseconds, whatever interval they are asked
// for. The options come after the one that names the server. Where one is refused, it fails the test
// under NewServer; otherwise it returns a client whose every call answers a
// *pilotstatus.ValidationError.
func (s *Server) TenantClient(opts ...pilotstatus.Option) *pilotstatus.TenantClient {
	client, err := pilotstatus.NewTenantClient(pilotstatus.APIKey(s.TenantKey()), s.options(opts)...)
	if err != nil {
		s.tb.Helper()
		s.failf("tenant client: %v", err)
		return &pilotstatus.TenantClient{}
	}
	return client
}

// PublicClient returns a client without a key, for the pages of pairing links and of
// Meta's onboarding, see [Tenant.PairingLink]. The options come after the one that
// names the server. Where one is refused, it fails the test under NewServer;
// otherwise it returns a client whose every call answers a
// *pilotstatus.ValidationError.
func (s *Server) PublicClient(opts ...pilotstatus.Option) *pilotstatus.PublicClient {
	client, err := pilotstatus.NewPublicClient(s.options(opts)...)
	if err != nil {
		s.tb.Helper()
		s.failf("public client: %v", err)
		return &pilotstatus.PublicClient{}
	}
	return client
}

// longestPoll bounds the time between two looks of a wait: it is a fraction of pace, so
// that a wait ends soon after what it waits for.
const longestPoll = 5 * time.Millisecond

func (s *Server) options(opts []pilotstatus.Option) []pilotstatus.Option {
	there := pilotstatus.WithBaseURL(s.URL)
	return append([]pilotstatus.Option{there, polling.AtMost(there, longestPoll)}, opts...)
}

// ServeHTTP answers one request. The server calls it for its own listener; call
// it to have the fake behind another server, such as one with TLS.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.enter() {
		drop(w)
		return
	}
	defer s.work.Done()
	line := s.lineOf(w)
	defer line.letGo()

	line.boundBody(r)
	body, err := readBody(w, r)
	x := s.process(r, body, err)
	if !s.hold(r.Context(), x.fault.Delay) || x.fault.Reset {
		s.settle(x, 0)
		drop(w)
		return
	}
	s.settle(x, x.answer.status)
	line.boundAnswer()
	x.answer.write(w, x.fault.TruncateAt)
}

// readBody reads the whole body, without room to spare, for it is kept.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if n := r.ContentLength; n >= 0 && n <= maxBody {
		body := make([]byte, n)
		_, err := io.ReadFull(r.Body, body)
		return body, err
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	return slices.Clone(body), err
}

// process does everything to a request but answer it, in one step under the
// lock: it is recorded, takes its fault, changes the state.
func (s *Server) process(r *http.Request, body []byte, readErr error) exchange {
	_, tooLarge := errors.AsType[*http.MaxBytesError](readErr)
	if tooLarge {
		body = nil
	}
	c := &call{header: r.Header, query: r.URL.Query(), body: body}
	if len(r.Header[keyHeader]) > 0 {
		c.digest = digestOf(body)
	}
	path := r.URL.EscapedPath()
	x := exchange{call: c, came: time.Now(), request: &Request{
		Method: r.Method, Path: path, RawQuery: r.URL.RawQuery, Header: r.Header.Clone(), Body: body,
	}}
	s.mu.Lock()
	defer s.mu.Unlock()
	c.state = s.state // not before, for Reset puts another one there
	s.find(c, r.Method, path)
	if c.key != nil {
		s.reachedAt = r.Host
	}
	if c.route == nil {
		c.target = r.Method + " " + cutText(path)
	}
	s.asked++
	x.request.ID, x.request.Op, x.request.At = idText("req_", s.asked), c.op(), s.state.clock.now()
	s.keepRequest(x.request)
	switch {
	case tooLarge:
		x.answer = refuse(http.StatusRequestEntityTooLarge, "", "Payload too large").answer()
	case readErr != nil:
		x.fault.Reset = true // half a request: the client has gone
	default:
		x.fault, x.request.FaultID = s.takeFault(c)
		if x.fault.processes() {
			c.held = x.fault.Delay > 0
			x.answer = c.answer()
		}
	}
	x.request.Refusal = x.answer.refusal
	x.answer = x.fault.change(x.answer)
	s.note(&x)
	s.count(x.request)
	s.trim()
	return x
}

// note takes down what became of a request, and tells watchers of one that will not be
// answered soon.
func (s *Server) note(x *exchange) {
	r, c := x.request, x.call
	r.NumberID, r.Unknown = c.numberID(), c.unknown
	serial := c.receipt.serial
	if c.first != nil && c.first.body == c.digest {
		r.Replayed, serial = true, c.first.serial
	}
	if serial != 0 {
		r.MessageID = s.state.idText("msg", serial)
	}
	if x.fault.Delay > 0 {
		s.state.publish(ChangeRequest, r.NumberID, r.ID)
	}
}

// find finds the key and the operation of a call. Where two share the path, the key
// decides; without a usable key it is the first.
func (s *Server) find(c *call, method, path string) {
	c.key, c.refused = s.state.authenticate(c.header)
	segments := strings.Split(path, "/")
	for i := range s.routes {
		row := &s.routes[i]
		params, ok := row.match(method, segments)
		if !ok {
			continue
		}
		admits := row.scope.admits(c.key)
		if c.route == nil || admits {
			c.route, c.params = row, params
		}
		if admits {
			break
		}
	}
}

// answer processes the call.
func (c *call) answer() answer {
	if c.route == nil {
		c.noteUnknown(UnknownCall, c.target, "answered 404")
		return notFoundPage()
	}
	if refused := c.admit(); refused != nil {
		return refused.answer()
	}
	if refused := c.checkBody(); refused != nil {
		return refused.answer()
	}
	run := c.run
	if c.route.keyed {
		run = c.runOnce
	}
	a := run()
	if c.key != nil {
		c.key.lastUsed = c.state.clock.now()
	}
	return a
}

// linkBase is where links lead.
func (s *Server) linkBase() string {
	u, err := url.Parse(s.URL)
	if err != nil || u.Host == "" || !s.behind || s.reachedAt == "" {
		return s.URL
	}
	u.Host = s.reachedAt
	return u.String()
}

// settle notes what is about to be answered and frees the idempotency key.
func (s *Server) settle(x exchange, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := x.request
	r.Status, r.Took = status, time.Since(x.came)
	if status != 0 {
		r.AnswerType, r.AnswerHeader, r.AnswerBody = x.answer.kind, x.answer.header, x.answer.body
	}
	x.call.release()
	s.count(r)
	s.trim()
	s.state.publish(ChangeRequest, r.NumberID, r.ID)
}

// Requests returns all requests so far in the order of their arrival. Header and
// Body are shared with later calls: do not change them.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return rowsOf(s.requests, func(r *Request) Request { return *r })
}

// routes lists what the server answers; each resource brings its rows. Two rows
// may share method and path: the first one that is open to the caller's kind of
// key counts.
func routes() []route {
	return slices.Concat(
		messageRoutes(), inboxRoutes(), groupRoutes(), templateRoutes(), mediaRoutes(), analyticsRoutes(), contactRoutes(),
		callRoutes(), callPermissionRoutes(), phoneLineRoutes(),
		leadRoutes(), leadPageRoutes(), referralRoutes(), adRoutes(), webhookRoutes(),
		keyRoutes(), numberRoutes(), numberPairingRoutes(), pairingRoutes(),
		billingRoutes(), brandingRoutes(), embedRoutes(), projectRoutes(), fileRoutes(),
	)
}

// Operations returns the names of all operations, such as "Messages.Send", one resource
// after the other.
func Operations() []string {
	var names []string
	for _, r := range routes() {
		if r.op != "" { // the link to a file is none
			names = append(names, r.op)
		}
	}
	return names
}

// Advance moves the time of the server by d, and everything that was due in that
// time happens before it returns: messages move on, scheduled ones go out,
// somebody scans a code who was told to, a number disconnects whose charge stayed
// unpaid, leads are fetched, a deleted number is gone for good. It does not wait for
// what webhooks are told of that, see Flush. It works with the real clock too, which
// then runs ahead. Time does not go back: a negative d does nothing. It does not run ahead
// by more than [MaxSkipped] either.
func (s *Server) Advance(d time.Duration) {
	if d < 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	d = min(d, MaxSkipped-s.state.clock.skipped)
	s.state.clock.skipped += d
	if d > 0 {
		s.state.deliveries.hurry()
		s.state.publish(ChangeClock, "", "")
	}
	s.state.runUntil(s.state.clock.now())
	s.trim()
}

// keepMoving lets happen what is due, until the server closes.
func (s *Server) keepMoving() {
	ticker := time.NewTicker(pace)
	defer ticker.Stop()
	for {
		select {
		case <-s.life.Done():
			return
		case <-ticker.C:
			s.Advance(0)
		}
	}
}

// runUntil lets everything happen that is due up to t, in the order of time:
// a message that was due before its number disconnects still moves.
func (s *state) runUntil(t time.Time) {
	s.inOrder(func() {
		for {
			at, happen := s.nextDue(t)
			if happen == nil {
				break
			}
			s.moveMessages(at)
			happen(at)
		}
		s.moveMessages(t)
	})
}

// nextDue returns what is the first to happen by t, nil when nothing is due.
// What happens ends its being due.
func (s *state) nextDue(t time.Time) (time.Time, func(at time.Time)) {
	var first time.Time
	var happen func(time.Time)
	consider := func(at time.Time, f func(time.Time)) {
		if at.IsZero() || at.After(t) || happen != nil && !at.Before(first) {
			return
		}
		first, happen = at, f
	}
	for _, n := range s.numbers {
		if !n.wasCutOff {
			consider(n.cutOffAt, func(at time.Time) { s.cutOff(n, at) })
		}
		for _, d := range n.devices() {
			consider(d.scanAt, func(at time.Time) { s.connect(n, d, at) })
		}
	}
	for _, p := range s.growth.pages {
		if p.link != nil && !p.link.number.gone {
			consider(p.backfillAt, func(time.Time) { s.backfill(p) })
		}
	}
	for _, n := range s.workspace.bin {
		consider(n.forgetAt(), func(time.Time) { s.erase(n) })
	}
	return first, happen
}
