package emulator

import (
	"sync"
	"time"
)

// jumps remembers when the clocks of tenants moved, for the lines in chats. It sees a jump
// when a view is asked for, which the page does at once while it is open.
type jumps struct {
	mu  sync.Mutex
	all map[string]*clockJumps // by the run of the tenant: a deleted one must not stay for this
}

// clockJumps are the moves of one clock.
type clockJumps struct {
	skipped time.Duration
	list    []jump
}

// jump is a move of the clock.
type jump struct {
	At time.Time // after it
	By time.Duration
}

const (
	maxJumps  = 200 // that are remembered of a tenant
	maxClocks = 500 // tenants whose jumps are remembered
)

// note looks whether the clock of a tenant moved.
func (j *jumps) note(t *Tenant) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.all == nil {
		j.all = map[string]*clockJumps{}
	}
	now, skipped := t.Engine.Now(), t.Engine.Skipped()
	known := j.all[t.run]
	if known == nil {
		if len(j.all) >= maxClocks { // of tenants that are mostly deleted by now
			clear(j.all)
		}
		// Of a jump before the first view nobody knows when it was.
		j.all[t.run] = &clockJumps{skipped: skipped}
		return
	}
	if skipped > known.skipped {
		known.list = append(known.list, jump{At: now, By: skipped - known.skipped})
		known.list = known.list[max(0, len(known.list)-maxJumps):]
	}
	if skipped < known.skipped {
		known.list = nil // a reset
	}
	known.skipped = skipped
}

// of are the jumps of a tenant, the oldest first.
func (j *jumps) of(t *Tenant) []jump {
	j.mu.Lock()
	defer j.mu.Unlock()
	if known := j.all[t.run]; known != nil {
		return append([]jump(nil), known.list...)
	}
	return nil
}
