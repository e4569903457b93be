package pilotstatus

import (
	"context"
	"maps"
	"sync"
	"time"
)

// ClaimState is the state of an event in a [Deduper].
type ClaimState uint8

// The states of a claim.
const (
	ClaimFresh ClaimState = iota // unclaimed before: the caller has claimed it now
	ClaimBusy                    // another receiver is handling it
	ClaimDone                    // it was handled
)

// Deduper remembers which events were handled, for [NewWebhookHandler]. Several receivers
// must share one, such as a table of a database. It must be safe for concurrent use. Claim,
// Done and Release of one delivery get a context with the values of its request, so that a
// Deduper can distinguish deliveries.
type Deduper interface {
	// Claim claims the event with that key for the caller, for the time of lease. A claim
	// that is neither done nor released by then is free again, because its owner has
	// failed.
	Claim(ctx context.Context, key string, lease time.Duration) (ClaimState, error)

	// Done records that the event was handled. The event stays done for as long as the
	// deduper remembers it.
	Done(ctx context.Context, key string) error

	// Release returns the claim: the event was not handled and may be claimed again at
	// once.
	Release(ctx context.Context, key string) error
}

const (
	defaultDedupeSize = 10_000
	defaultDedupeTTL  = 24 * time.Hour
)

// MemoryDeduper is a Deduper in the memory of one process: a restart forgets everything,
// and a second process has its own memory. The zero value is ready for use, as
// NewMemoryDeduper(0, 0) is. It is safe for concurrent use.
type MemoryDeduper struct {
	once sync.Once
	open func() *dedupeMemory // a closure, so that no printer reads what changes meanwhile
}

// NewMemoryDeduper returns a deduper that remembers the newest size events, each for ttl.
// Zero or less means 10,000 events and 24 hours. Events that are being handled do not count
// toward size.
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
	m := &dedupeMemory{size: size, ttl: ttl, claims: make(map[string]memoryClaim)}
	d.open = func() *dedupeMemory { return m }
}

// memory returns the memory of the deduper, and creates it for a zero deduper.
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

// dedupeMemory is the memory of a MemoryDeduper.
type dedupeMemory struct {
	size int
	ttl  time.Duration

	mu     sync.Mutex
	claims map[string]memoryClaim
	done   doneQueue // the oldest first
	sweep  int       // the number of open claims at which expired ones are removed
}

type memoryClaim struct {
	until time.Time // the end of the lease, or of remembering a handled event
	done  bool      // false while it is being handled
}

// doneQueue is a queue in one slice, which has room for twice the queue or more.
type doneQueue struct {
	events []doneEvent // the first gone of them have left
	gone   int
}

type doneEvent struct {
	key   string
	until time.Time // the end of remembering it
}

// Len returns the number of events.
func (q *doneQueue) Len() int { return len(q.events) - q.gone }

func (q *doneQueue) push(e doneEvent) {
	if len(q.events) == cap(q.events) && q.gone > len(q.events)/2 {
		kept := copy(q.events, q.events[q.gone:])
		clear(q.events[kept:])
		q.events, q.gone = q.events[:kept], 0
	}
	q.events = append(q.events, e)
}

func (q *doneQueue) oldest() *doneEvent { return &q.events[q.gone] }

func (q *doneQueue) pop() {
	*q.oldest() = doneEvent{}
	q.gone++
}

func (m *dedupeMemory) claim(key string, lease time.Duration) ClaimState {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	m.forget(now)
	if claim, ok := m.claims[key]; ok && now.Before(claim.until) {
		if claim.done {
			return ClaimDone
		}
		return ClaimBusy
	}
	m.claims[key] = memoryClaim{until: now.Add(lease)}
	if running := len(m.claims) - m.done.Len(); running > max(m.sweep, m.size) {
		maps.DeleteFunc(m.claims, func(_ string, c memoryClaim) bool { return !c.done && !now.Before(c.until) })
		m.sweep = 2 * (len(m.claims) - m.done.Len()) // not at every claim, where all of them are worked on
	}
	return ClaimFresh
}

func (m *dedupeMemory) settle(key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	if m.claims[key].done {
		return
	}
	until := now.Add(m.ttl)
	m.claims[key] = memoryClaim{until: until, done: true}
	m.done.push(doneEvent{key, until})
	m.forget(now)
}

func (m *dedupeMemory) release(key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.claims[key].done {
		delete(m.claims, key)
	}
}

// forget removes handled events that are too old or too many.
func (m *dedupeMemory) forget(now time.Time) {
	for m.done.Len() > 0 && (m.done.Len() > m.size || !now.Before(m.done.oldest().until)) {
		delete(m.claims, m.done.oldest().key)
		m.done.pop()
	}
}
