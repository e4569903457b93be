package pilotstatus

import (
	"cmp"
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

// Deduper remembers which events were handled, for NewWebhookHandler. Several
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

// MemoryDeduper is a Deduper in the memory of one process: a restart forgets
// everything, and a second process knows nothing of it. The zero value is ready for use, as NewMemoryDeduper(0, 0) is. It is
// safe for concurrent use.
type MemoryDeduper struct {
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

// NewMemoryDeduper returns a deduper that remembers the newest size events, each for
// ttl. Zero or less stands for 10,000 events and 24 hours. Events that are worked on
// are remembered beyond size.
func NewMemoryDeduper(size int, ttl time.Duration) *MemoryDeduper {
	if size <= 0 {
		size = defaultDedupeSize
	}
	if ttl <= 0 {
		ttl = defaultDedupeTTL
	}
	return &MemoryDeduper{size: size, ttl: ttl}
}

// begin returns the time, and makes what a zero deduper lacks.
func (d *MemoryDeduper) begin() time.Time {
	if d.claims == nil {
		d.claims, d.done = make(map[string]*memoryClaim), queue.New()
		d.size, d.ttl = cmp.Or(d.size, defaultDedupeSize), cmp.Or(d.ttl, defaultDedupeTTL)
	}
	return time.Now()
}

// Claim implements Deduper. It returns no error.
func (d *MemoryDeduper) Claim(_ context.Context, key string, lease time.Duration) (ClaimState, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.begin()
	d.forget(now)
	if claim := d.claims[key]; claim != nil && now.Before(claim.until) {
		if claim.done != nil {
			return ClaimDone, nil
		}
		return ClaimBusy, nil
	}
	d.claims[key] = &memoryClaim{until: now.Add(lease)}
	if running := len(d.claims) - d.done.Len(); running > max(d.sweep, d.size) {
		maps.DeleteFunc(d.claims, func(_ string, c *memoryClaim) bool { return c.done == nil && !now.Before(c.until) })
		d.sweep = 2 * (len(d.claims) - d.done.Len()) // not at every claim, where all of them are worked on
	}
	return ClaimFresh, nil
}

// Done implements Deduper. It returns no error.
func (d *MemoryDeduper) Done(_ context.Context, key string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.begin()
	if claim := d.claims[key]; claim != nil && claim.done != nil {
		return nil
	}
	d.claims[key] = &memoryClaim{until: now.Add(d.ttl), done: d.done.PushBack(key)}
	d.forget(now)
	return nil
}

// Release implements Deduper. It returns no error.
func (d *MemoryDeduper) Release(_ context.Context, key string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if claim := d.claims[key]; claim != nil && claim.done == nil {
		delete(d.claims, key)
	}
	return nil
}

// forget drops what is done and too old, or one too many.
func (d *MemoryDeduper) forget(now time.Time) {
	for oldest := d.done.Front(); oldest != nil; oldest = d.done.Front() {
		key, _ := oldest.Value.(string)
		if d.done.Len() <= d.size && now.Before(d.claims[key].until) {
			return
		}
		d.done.Remove(oldest)
		delete(d.claims, key)
	}
}
