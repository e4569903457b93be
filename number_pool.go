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
	// refreshEvery is how long a pool does not list the keys again for a number that a
	// list did not help, and for all unknown ids together.
	refreshEvery = 30 * time.Second

	// afterFailure is the time between a list that failed and the next one.
	afterFailure = time.Second
)

// allUnknown is the slot of poolState.missed that ids share which no number has.
const allUnknown = ""

// NumberPool hands out clients of the numbers of a workspace, each with the number's
// own key. It lists the keys once for all numbers, with one request, and keeps them in
// memory; its clients share their connections. It is made for services that send for
// many numbers:
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

// NewNumberPool returns a pool of the numbers of t. Nothing is sent. The clients share
// the connections and options of t; opts override those of t for them, the base URL
// too.
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

// Get returns the client of the number with that id (the id of [NumbersService.List], not a
// phone number). The first Get lists the keys of all numbers ([APIKeysService.List]) and
// returns its error; callers meanwhile wait for the same list, as long as their contexts
// allow. The next Get after an error lists again, one second after it at the earliest. The
// context's end is a [*TransportError].
//
// Then a Get sends nothing, unless the pool has no key for the number. It lists the keys
// again for an unknown id: so a new number is found at once. Where that list does not
// have the id, the pool makes no further list for unknown ids for 30 seconds: the id may
// be wrong. For a number whose key the API does not reveal it lists again at most once
// in 30 seconds, each number on its own. The error of both is a [*KeyUnavailableError],
// whose Reason says how old the list is and when the next one comes.
//
// A client may be kept: each of its calls takes the key that the pool knows by then. The
// pool knows the new key of the client's own [KeyService.Rotate] at once. That a key was
// rotated elsewhere shows as a 401 of a call: the pool then lists the keys again. If the
// number's key has changed, a call that may be repeated (reads, and sends with their
// idempotency key) is repeated once with the new one; any other call returns its
// [*UnauthorizedError], and the next one has the new key. If it has not changed, refusals
// of this number's calls make no further list for 30 seconds.
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

// String names the pool and its host.
func (p *NumberPool) String() string {
	if p == nil || p.state == nil {
		return "pilotstatus: zero number pool"
	}
	return "pilotstatus: number pool for " + p.state().core.baseURL.Host
}

// GoString is String.
func (p *NumberPool) GoString() string { return p.String() }

// LogValue returns the pool's name and its host.
func (p *NumberPool) LogValue() slog.Value { return slog.StringValue(p.String()) }

// MarshalJSON writes the pool's name and its host.
func (p *NumberPool) MarshalJSON() ([]byte, error) { return json.Marshal(p.String()) }

// poolState is what the clients of a pool share.
type poolState struct {
	core   *core // of the clients
	list   func(context.Context) ([]NumberKey, error)
	flight singleFlight // of list

	mu      sync.Mutex
	listed  time.Time                // when the list began that the keys are from
	failed  time.Time                // when a list failed last
	missed  map[string]time.Time     // when lists began that did not help, by slot: an id or allUnknown
	keys    map[string]Credential    // of all numbers, by id
	rotated map[string]time.Time     // since when keys has one that a list may not have had, by id
	numbers map[string]*pooledNumber // that have a client, by id
}

// open returns the client of a number that the pool has a key for. asked is when its
// caller came: an error says less where the list is older.
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
		if s.listed.Before(asked) { // whoever did what it says is not told to do it again
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

// age says how old the list is and when the next one for the slot comes.
func (s *poolState) age(slot string) string {
	next := max(0, time.Until(s.missed[slot].Add(refreshEvery)))
	return "the pool's list is " + time.Since(s.listed).Round(time.Second).String() +
		" old, a call after " + (next + time.Second - 1).Truncate(time.Second).String() + " reads it again"
}

func (s *poolState) newNumber(id string, cred Credential) *pooledNumber {
	n := &pooledNumber{pool: s, id: id}
	c := s.core.client(forNumber, Credential{}, "") // without a key: its calls go out from n.keyed
	c.pooled = func() keySource { return n }
	n.client = numberClient(c)
	n.use(cred)
	return n
}

// need is what a caller wants of a list.
type need struct {
	since time.Time     // a list that began before may not know it yet
	met   func() bool   // whether the pool has it
	slot  func() string // of poolState.missed
}

// refresh lists the keys for all callers that need it now.
func (s *poolState) refresh(ctx context.Context, n need) error {
	for s.lacks(n) {
		err := s.flight.do(ctx, "NumberPool.Get", func(ctx context.Context) error {
			if !s.lacks(n) {
				return nil // somebody was faster
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

// lacks reports whether only another list can meet the need, and may be made.
func (s *poolState) lacks(n need) bool {
	if n.met() {
		return false
	}
	slot := n.slot()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.listed.Before(n.since) && time.Since(s.missed[slot]) >= refreshEvery
}

// load lists the keys of all numbers. After a list that failed it waits a little.
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

// replace takes the keys of a list that began at start, but for those that are newer.
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

// untilNext is how long no list may be made after one that failed.
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

// pooledNumber is a number whose key the pool keeps up to date.
type pooledNumber struct {
	pool   *poolState
	id     string
	client *NumberClient // the one that users hold
	keyed  *Client       // makes its calls, with the last key that worked or may work; guarded by pool.mu
}

// use makes the client for calls with a key. Its errors hide the key before, too.
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

// current returns the client for a call, with the key that the pool knows now.
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

// rotated takes the number's new key, which a list that runs may not have yet.
func (n *pooledNumber) rotated(cred Credential) {
	if cred.validate() != nil {
		return
	}
	s := n.pool
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys[n.id], s.rotated[n.id] = cred, time.Now()
}

// renew returns a client with another key than that of used, which was refused. It is
// nil where the API knows no other key.
func (n *pooledNumber) renew(ctx context.Context, used *Client) *Client {
	changed := func() bool { return n.current() != used }
	if !changed() && n.pool.untilNext() <= 0 {
		// Without a list the refusal stands.
		_ = n.pool.refresh(ctx, need{since: time.Now(), met: changed, slot: func() string { return n.id }})
	}
	if client := n.current(); client != used {
		return client
	}
	return nil
}
