package pilotstatus

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"sync"
	"time"
)

// refreshEvery is how often at most a pool lists the keys again.
const refreshEvery = 30 * time.Second

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
		numbers: map[string]*pooledNumber{},
		list: func(ctx context.Context) ([]NumberKey, error) {
			return keys.List(keys.client.core().withOwnTimeout(ctx))
		},
	}
	return &NumberPool{state: func() *poolState { return state }}, nil
}

// Get returns the client of the number with that id (the id of Numbers.List, not a
// phone number). The first Get lists the keys of all numbers (APIKeys.List) and returns
// its error; callers meanwhile wait for the same list, as long as their contexts allow.
// After that a Get sends nothing, unless the id is unknown: then the pool lists the
// keys again, at most once in 30 seconds, and the error of a number that is still
// unknown, or whose key the API does not reveal, is a *KeyUnavailableError.
//
// A client may be kept: each of its calls takes the key that the pool knows by then.
// That a key was rotated elsewhere shows as a 401 of a call. The pool then lists the
// keys again, at most once in 30 seconds. If the number's key has changed, a call that
// may be repeated (reads, and sends with their idempotency key) is repeated once with
// the new one; any other call returns its *UnauthorizedError, and the next one has the
// new key.
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
	s := p.state()
	client, seen, err := s.open(numberID)
	if err == nil {
		return client, nil
	}
	if err := s.refresh(ctx, seen, numberID); err != nil {
		return nil, err
	}
	client, _, err = s.open(numberID)
	return client, err
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

	// Used in the flight only.
	refreshed  time.Time // when the keys were last listed again
	refreshErr error     // how that ended

	mu      sync.Mutex
	lists   int                      // how often the keys were listed
	keys    map[string]Credential    // of all numbers, by id
	numbers map[string]*pooledNumber // that have a client, by id
}

// open returns the client of a number that the pool has a key for. seen is the list
// that the answer comes from.
func (s *poolState) open(id string) (client *NumberClient, seen int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	cred, ok := s.keys[id]
	if !ok {
		return nil, s.lists, &KeyUnavailableError{NumberID: id, Reason: "the workspace has no number with this id"}
	}
	if err := cred.validate(); err != nil {
		return nil, s.lists, err
	}
	n := s.numbers[id]
	if n == nil {
		n = s.newNumber(id, cred)
		s.numbers[id] = n
	}
	return n.client, s.lists, nil
}

func (s *poolState) newNumber(id string, cred Credential) *pooledNumber {
	n := &pooledNumber{pool: s, id: id}
	c := s.core.client(forNumber, Credential{}, "") // without a key: its calls go out from n.keyed
	c.pooled = func() keySource { return n }
	n.client = numberClient(c)
	n.use(cred)
	return n
}

// refresh lists the keys for all callers that know the list seen. want is the number
// that the caller is about. Only the first list of a pool may follow another one within
// refreshEvery, and only if it had all that was wanted of it.
func (s *poolState) refresh(ctx context.Context, seen int, want string) error {
	return s.flight.do(ctx, func(ctx context.Context) error {
		switch {
		case s.listed() != seen:
			return nil // somebody was faster
		case seen > 0 && time.Since(s.refreshed) < refreshEvery:
			return s.refreshErr
		}
		start := time.Now()
		err := s.load(ctx)
		if err != nil && ctx.Err() != nil {
			return err // it says nothing about the API
		}
		if seen > 0 || err == nil && !s.has(want) {
			s.refreshed, s.refreshErr = start, err
		}
		return err
	})
}

// load lists the keys of all numbers.
func (s *poolState) load(ctx context.Context) error {
	rows, err := s.list(ctx)
	if err != nil {
		return err
	}
	keys := make(map[string]Credential, len(rows))
	for _, row := range rows {
		if _, ok := keys[row.NumberID]; !ok {
			keys[row.NumberID] = row.Credential()
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lists++
	s.keys = keys
	maps.DeleteFunc(s.numbers, func(id string, _ *pooledNumber) bool {
		_, ok := keys[id]
		return !ok
	})
	return nil
}

func (s *poolState) listed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lists
}

// has reports whether the pool has a usable key for the number.
func (s *poolState) has(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	cred, ok := s.keys[id]
	return ok && cred.validate() == nil
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
	client, _ := n.known()
	return client
}

// known is current, and says which list the key comes from.
func (n *pooledNumber) known() (client *Client, seen int) {
	s := n.pool
	s.mu.Lock()
	defer s.mu.Unlock()
	cred, ok := s.keys[n.id]
	if ok && cred.problem == nil && cred.reveal() != n.keyed.cred.reveal() && cred.validate() == nil {
		n.use(cred)
	}
	return n.keyed, s.lists
}

// renew returns a client with another key than that of used, which was refused. It is
// nil where the API knows no other key.
func (n *pooledNumber) renew(ctx context.Context, used *Client) *Client {
	client, seen := n.known()
	if client == used {
		_ = n.pool.refresh(ctx, seen, n.id) // without it the refusal stands
		client = n.current()
	}
	if client == used {
		return nil
	}
	return client
}
