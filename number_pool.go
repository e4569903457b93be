package pilotstatus

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"sync"
	"time"
)

const (
	// refreshEvery is the minimum time between two lists for a number that the first list
	// did not help, and between two lists for all unknown ids together.
	refreshEvery = 30 * time.Second

	// afterFailure is the minimum time between a failed list and the next one.
	afterFailure = time.Second
)

// allUnknown is the slot in poolState.missed that all unknown ids share.
const allUnknown = ""

// NumberPool provides clients for the numbers of a workspace, each with the number's own
// key. One request lists the keys of all numbers, and the pool keeps them in memory. Its
// clients share their connections. It is made for services that send for many numbers:
//
//	pool, err := pilotstatus.NewNumberPool(tenant)
//	if err != nil {
//		return err
//	}
//	number, err := pool.Get(ctx, job.NumberID) // a request only for the first number
//	if err != nil {
//		return err
//	}
//	accepted, err := number.Messages.Send(ctx, job.Request)
//
// It is safe for concurrent use.
type NumberPool struct {
	_ safeWord

	state func() *poolState // a closure, so that no printer shows the keys
}

// NewNumberPool returns a pool of the numbers of t. It sends nothing. The clients of the
// pool share the connections and options of t, however many numbers there are; see
// [WithMaxIdleConns]. opts override the options of t for them, the base URL too.
func NewNumberPool(t *TenantClient, opts ...Option) (*NumberPool, error) {
	if t == nil || t.Client == nil || t.core == nil {
		return nil, errNoClient()
	}
	if err := t.checkScope("NewNumberPool", forTenant); err != nil {
		return nil, err
	}
	core := t.core()
	if len(opts) > 0 {
		o, err := t.core().with(opts)
		if err != nil {
			return nil, err
		}
		core = newCore(o)
	}
	keys := APIKeysService{t.Client}
	state := &poolState{
		core:    core,
		missed:  map[string]time.Time{},
		rotated: map[string]time.Time{},
		numbers: map[string]*pooledNumber{},
		list: func(ctx context.Context) ([]NumberKey, error) {
			return keys.List(withoutCallOptions(ctx))
		},
	}
	return &NumberPool{state: func() *poolState { return state }}, nil
}

// Get returns the client of a number by its id, which is the id of [NumbersService.List]
// and not a phone number. The first Get lists the keys of all numbers
// ([APIKeysService.List]) and returns the error of that list. Concurrent callers wait for
// the same list, as long as their contexts allow. The next Get after an error lists again,
// at the earliest one second later. The end of the context is a [*TransportError].
//
// Later calls of Get send nothing, unless the pool has no key for the number. For an
// unknown id it lists the keys again, so a new number is found at once. If that list does
// not have the id, the pool makes no other list for unknown ids for 30 seconds, because the
// id may be wrong. For a number whose key the API does not reveal, it lists again at most
// once in 30 seconds, separately for each number. The error in both cases is a
// [*KeyUnavailableError]; its Reason states the age of the list and the time until the next
// one.
//
// You may keep a client: each of its calls uses the current key of the pool. The pool
// learns the new key from the client's own [KeyService.Rotate] at once. If the key was
// rotated elsewhere, a call gets a 401, and the pool lists the keys again. If the number's
// key has changed, a call that is safe to retry (reads, and sends with their idempotency
// key) is retried once with the new key. Any other call returns its [*UnauthorizedError],
// and the next call uses the new key. If the key has not changed, refused calls of this
// number cause no other list for 30 seconds.
func (p *NumberPool) Get(ctx context.Context, numberID string) (*NumberClient, error) {
	if p == nil || p.state == nil {
		return nil, invalid("pool", "it is nil or zero; make it with NewNumberPool")
	}
	if ctx == nil {
		return nil, errNoContext()
	}
	if err := validateNumberID(numberID); err != nil {
		return nil, err
	}
	s, asked := p.state(), time.Now()
	if client, err := s.open(numberID, asked); err == nil {
		return client, nil
	}
	need := need{since: asked, met: func() bool { return s.has(numberID) }, slot: func() string { return s.slot(numberID) }}
	if err := s.refresh(ctx, need); err != nil {
		return nil, err
	}
	return s.open(numberID, asked)
}

// String returns the kind of the pool and its host.
func (p *NumberPool) String() string {
	if p == nil || p.state == nil {
		return "pilotstatus: zero number pool"
	}
	return "pilotstatus: number pool for " + p.state().core.baseURL.Host
}

// GoString returns String.
func (p *NumberPool) GoString() string { return p.String() }

// LogValue returns the kind of the pool and its host.
func (p *NumberPool) LogValue() slog.Value { return slog.StringValue(p.String()) }

// MarshalJSON encodes the kind of the pool and its host.
func (p *NumberPool) MarshalJSON() ([]byte, error) { return json.Marshal(p.String()) }

// poolState is the state that the clients of a pool share.
type poolState struct {
	core   *core // shared by the clients
	list   func(context.Context) ([]NumberKey, error)
	flight singleFlight // for list

	mu      sync.Mutex
	listed  time.Time                // start of the list that the keys come from
	failed  time.Time                // time of the last failed list
	missed  map[string]time.Time     // start of the last list that did not help, by slot: an id or allUnknown
	keys    map[string]Credential    // of all numbers, by id
	rotated map[string]time.Time     // time since which keys has a key that a list may not have, by id
	numbers map[string]*pooledNumber // with a client, by id
}

// open returns the client of a number with a key in the pool. asked is the time of the
// caller's request. If the list is older, the error does not repeat advice that the caller
// may have followed since.
func (s *poolState) open(id string, asked time.Time) (*NumberClient, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	cred, ok := s.keys[id]
	if !ok {
		reason := "the workspace has no number with this id, which may be wrong; " + s.age(allUnknown)
		return nil, &KeyUnavailableError{NumberID: id, Reason: reason}
	}
	if hidden, ok := errors.AsType[*KeyUnavailableError](cred.problem); ok {
		reason := hidden.Reason
		if s.listed.Before(asked) { // the caller may have followed the advice already
			reason = "the API did not reveal it; a key that was made since is found later"
		}
		return nil, &KeyUnavailableError{NumberID: id, Reason: reason + "; " + s.age(id)}
	}
	if err := cred.validate(); err != nil {
		return nil, err
	}
	n := s.numbers[id]
	if n == nil {
		n = s.newNumber(id, cred)
		s.numbers[id] = n
	}
	return n.client, nil
}

// age returns a text with the age of the list and the time until the next list for the
// slot.
func (s *poolState) age(slot string) string {
	next := max(0, time.Until(s.missed[slot].Add(refreshEvery)))
	return "the pool's list is " + time.Since(s.listed).Round(time.Second).String() +
		" old, a call after " + (next + time.Second - 1).Truncate(time.Second).String() + " reads it again"
}

func (s *poolState) newNumber(id string, cred Credential) *pooledNumber {
	n := &pooledNumber{pool: s, id: id}
	c := s.core.client(forNumber, Credential{}, "") // without a key: its calls go through n.keyed
	c.pooled = func() keySource { return n }
	n.client = numberClient(c)
	n.use(cred)
	return n
}

// need describes the list that a caller needs.
type need struct {
	since time.Time     // an older list may lack the change
	met   func() bool   // reports whether the pool has the needed key
	slot  func() string // in poolState.missed
}

// refresh lists the keys for all callers that need it now.
func (s *poolState) refresh(ctx context.Context, n need) error {
	for s.lacks(n) {
		err := s.flight.do(ctx, "NumberPool.Get", func(ctx context.Context) error {
			if !s.lacks(n) {
				return nil // another caller was faster
			}
			return s.load(ctx)
		})
		if err != nil {
			return err
		}
	}
	if n.met() {
		return nil
	}
	slot := n.slot()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.listed.Before(n.since) {
		s.missed[slot] = s.listed
	}
	return nil
}

// lacks reports whether only another list can meet the need and the list is allowed now.
func (s *poolState) lacks(n need) bool {
	if n.met() {
		return false
	}
	slot := n.slot()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.listed.Before(n.since) && time.Since(s.missed[slot]) >= refreshEvery
}

// load lists the keys of all numbers. After a failed list it waits a little.
func (s *poolState) load(ctx context.Context) error {
	if pause(ctx, s.untilNext()) != nil {
		return waitEnded(ctx, "NumberPool.Get")
	}
	start := time.Now()
	rows, err := s.list(ctx)
	if err != nil {
		if !abandons(ctx, err) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.failed = time.Now()
		}
		return err
	}
	keys := make(map[string]Credential, len(rows))
	for _, row := range rows {
		if _, ok := keys[row.NumberID]; !ok {
			keys[row.NumberID] = row.Credential()
		}
	}
	s.replace(keys, start)
	return nil
}

// replace takes the keys from a list that began at start, except those that are newer.
func (s *poolState) replace(keys map[string]Credential, start time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.rotated, func(_ string, at time.Time) bool { return at.Before(start) })
	for id := range s.rotated {
		keys[id] = s.keys[id]
	}
	s.listed, s.keys = start, keys
	maps.DeleteFunc(s.missed, func(_ string, at time.Time) bool { return time.Since(at) >= refreshEvery })
	maps.DeleteFunc(s.numbers, func(id string, _ *pooledNumber) bool {
		_, ok := keys[id]
		return !ok
	})
}

// untilNext returns the time until a list is allowed again after a failed one.
func (s *poolState) untilNext() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Until(s.failed.Add(afterFailure))
}

// has reports whether the pool has a usable key for the number.
func (s *poolState) has(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	cred, ok := s.keys[id]
	return ok && cred.validate() == nil
}

// slot returns the slot of a number: its own, or the one of all unknown ids.
func (s *poolState) slot(id string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.keys[id]; !ok {
		return allUnknown
	}
	return id
}

// pooledNumber is a number with a key that the pool keeps up to date.
type pooledNumber struct {
	pool   *poolState
	id     string
	client *NumberClient // the client that callers hold
	keyed  *Client       // sends the calls, with the last key that worked or may work; guarded by pool.mu
}

// use creates the client for calls with a key. Its errors redact the previous key too.
func (n *pooledNumber) use(cred Credential) {
	before := n.keyed
	c := n.pool.core.client(forNumber, cred, "")
	c.pooled = func() keySource { return n }
	if before != nil {
		old, private := before.cred, c.private
		c.private = func() []string { return append(private(), old.reveal()) }
	}
	n.keyed = c
}

// current returns the client for a call, with the current key of the pool.
func (n *pooledNumber) current() *Client {
	s := n.pool
	s.mu.Lock()
	defer s.mu.Unlock()
	cred, ok := s.keys[n.id]
	if ok && cred.problem == nil && cred.reveal() != n.keyed.cred.reveal() && cred.validate() == nil {
		n.use(cred)
	}
	return n.keyed
}

// rotated stores the number's new key, which a running list may not have.
func (n *pooledNumber) rotated(cred Credential) {
	if cred.validate() != nil {
		return
	}
	s := n.pool
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys[n.id], s.rotated[n.id] = cred, time.Now()
}

// renew returns a client with another key than the refused key of used. It is nil if the
// API returns no other key.
func (n *pooledNumber) renew(ctx context.Context, used *Client) *Client {
	changed := func() bool { return n.current() != used }
	if !changed() && n.pool.untilNext() <= 0 {
		// Without a list the call fails with its refusal.
		_ = n.pool.refresh(ctx, need{since: time.Now(), met: changed, slot: func() string { return n.id }})
	}
	if client := n.current(); client != used {
		return client
	}
	return nil
}
