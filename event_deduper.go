package pilotstatus

import (
	queue "container/list"
	"context"
	"maps"
	"sync"
	"time"
)

// ClaimState is what a Deduper knows of an event.
type ClaimState uint8

// The states of a claim.
const (
	ClaimFresh ClaimState = iota // nobody has it: the caller has claimed it now
	ClaimBusy                    // somebody else works on it
	ClaimDone                    // it was handled
)

// Deduper remembers which events were handled, for [NewWebhookHandler]. Several
// receivers need one that they share, such as a table of a database. It must be safe
// for concurrent use. Claim, Done and Release of one delivery get a context with the
// values of its request, so that a Deduper can tell deliveries apart.
type Deduper interface {
	// Claim takes the event with that key for the caller, for as long as lease: a
	// claim that is neither done nor released by then is free again, because its
	// owner died.
	Claim(ctx context.Context, key string, lease time.Duration) (ClaimState, error)

	// Done says that the event was handled. It is never fresh again, as far as the
	// deduper remembers.
	Done(ctx context.Context, key string) error

	// Release gives the claim back: the event was not handled and may be claimed
	// again at once.
	Release(ctx context.Context, key string) error
}

const (
	defaultDedupeSize = 10_000
	defaultDedupeTTL  = 24 * time.Hour
)

// MemoryDeduper is a Deduper in the memory of one process: a restart forgets everything,
// and a second process knows nothing of it. The zero value is ready for use, as
// NewMemoryDeduper(0, 0) is. It is safe for concurrent use.
type MemoryDeduper struct {
	once sync.Once
	open func() *dedupeMemory // a closure, so that no printer reads what changes meanwhile
}

// NewMemoryDeduper returns a deduper that remembers the newest size events, each for
// ttl. Zero or less stands for 10,000 events and 24 hours. Events that are worked on
// are remembered beyond size.
func NewMemoryDeduper(size int, ttl time.Duration) *MemoryDeduper {
	d := new(MemoryDeduper)
	d.once.Do(func() { d.init(size, ttl) })
	return d
}

func (d *MemoryDeduper) init(size int, ttl time.Duration) {
	if size <= 0 {
		size = defaultDedupeSize
	}
	if ttl <= 0 {
		ttl = defaultDedupeTTL
	}
	m := &dedupeMemory{size: size, ttl: ttl, claims: make(map[string]*memoryClaim), done: queue.New()}
	d.open = func() *dedupeMemory { return m }
}

// memory returns what the deduper remembers, and makes it for a zero deduper.
func (d *MemoryDeduper) memory() *dedupeMemory {
	d.once.Do(func() { d.init(0, 0) })
	return d.open()
}

// Claim implements Deduper. It returns no error.
func (d *MemoryDeduper) Claim(_ context.Context, key string, lease time.Duration) (ClaimState, error) {
	return d.memory().claim(key, lease), nil
}

// Done implements Deduper. It returns no error.
func (d *MemoryDeduper) Done(_ context.Context, key string) error {
	d.memory().settle(key)
	return nil
}

// Release implements Deduper. It returns no error.
func (d *MemoryDeduper) Release(_ context.Context, key string) error {
	d.memory().release(key)
	return nil
}

// dedupeMemory is what a MemoryDeduper remembers.
type dedupeMemory struct {
	size int
	ttl  time.Duration

	mu     sync.Mutex
	claims map[string]*memoryClaim
	done   *queue.List // of keys that are done, the oldest first
	sweep  int         // how many may be worked on before those whose owner died are looked for
}

type memoryClaim struct {
	until time.Time      // of the lease, or of the memory of what is done
	done  *queue.Element // nil while it is worked on
}

func (m *dedupeMemory) claim(key string, lease time.Duration) ClaimState {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	m.forget(now)
	if claim := m.claims[key]; claim != nil && now.Before(claim.until) {
		if claim.done != nil {
			return ClaimDone
		}
		return ClaimBusy
	}
	m.claims[key] = &memoryClaim{until: now.Add(lease)}
	if running := len(m.claims) - m.done.Len(); running > max(m.sweep, m.size) {
		maps.DeleteFunc(m.claims, func(_ string, c *memoryClaim) bool { return c.done == nil && !now.Before(c.until) })
		m.sweep = 2 * (len(m.claims) - m.done.Len()) // not at every claim, where all of them are worked on
	}
	return ClaimFresh
}

func (m *dedupeMemory) settle(key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	if claim := m.claims[key]; claim != nil && claim.done != nil {
		return
	}
	m.claims[key] = &memoryClaim{until: now.Add(m.ttl), done: m.done.PushBack(key)}
	m.forget(now)
}

func (m *dedupeMemory) release(key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if claim := m.claims[key]; claim != nil && claim.done == nil {
		delete(m.claims, key)
	}
}

// forget drops what is done and too old, or one too many.
func (m *dedupeMemory) forget(now time.Time) {
	for oldest := m.done.Front(); oldest != nil; oldest = m.done.Front() {
		key, _ := oldest.Value.(string)
		if m.done.Len() <= m.size && now.Before(m.claims[key].until) {
			return
		}
		m.done.Remove(oldest)
		delete(m.claims, key)
	}
}
