package emulator

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// DefaultTenant is the id of the tenant that is always there.
const DefaultTenant = "default"

// Tenant is a workspace of its own.
type Tenant struct {
	ID     string
	Engine *pilotstatustest.Server

	webhooks []string // URLs that the events of every number go to from the start

	run string // this life of it; a number of a change means nothing in another one
}

// under is the path of the page of the tenant, without a slash before it.
func (t *Tenant) under() string {
	if t.ID == DefaultTenant {
		return ""
	}
	return "t/" + t.ID + "/"
}

// Cursor names the change with a number, also towards a later run of the program, which
// knows it as one of another run.
func (t *Tenant) Cursor(seq int64) string { return t.run + "-" + strconv.FormatInt(seq, 10) }

// Position is the number of the change that a cursor names. ok is false for a cursor of
// another run.
func (t *Tenant) Position(cursor string) (seq int64, ok bool, err error) {
	run, number, found := strings.Cut(cursor, "-")
	if cursor == "0" {
		return 0, true, nil
	}
	seq, err = strconv.ParseInt(number, 10, 64)
	if !found || err != nil || seq < 0 {
		return 0, false, fmt.Errorf("%q and must be 0 or the next of an answer", cursor)
	}
	return seq, run == t.run, nil
}

// addWebhooks registers the webhooks that are there from the start.
func (t *Tenant) addWebhooks() {
	for _, n := range t.Engine.Numbers() {
		for _, url := range t.webhooks {
			t.Engine.Tenant().AddWebhook(n.ID, "", url)
		}
	}
}

// tenants are all tenants of an emulator.
type tenants struct {
	mu    sync.RWMutex
	all   []*Tenant // the default one is the first
	limit int       // of all
	ended bool      // there will be no others
	seen  int       // messages of those that were deleted
	count uint64    // of those that were begun
}

// add adds a tenant and begins what goes on beside it.
func (ts *tenants) add(t *Tenant, begin func()) error {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if ts.ended {
		return failf(http.StatusServiceUnavailable, "ENDED", "the emulator has ended")
	}
	if len(ts.all) >= ts.limit {
		return failf(http.StatusTooManyRequests, "TOO_MANY_TENANTS",
			"there are as many tenants as there may be; delete those that are done")
	}
	ts.all = append(ts.all, t)
	begin()
	return nil
}

// shut returns all tenants when there will be no others.
func (ts *tenants) shut() []*Tenant {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	ts.ended = true
	return slices.Clone(ts.all)
}

// next counts the tenants that are made, from 0.
func (ts *tenants) next() uint64 {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	ts.count++
	return ts.count - 1
}

// find returns the tenant with an id, nil for none.
func (ts *tenants) find(id string) *Tenant {
	ts.mu.RLock()
	defer ts.mu.RUnlock()
	if i := slices.IndexFunc(ts.all, func(t *Tenant) bool { return t.ID == id }); i >= 0 {
		return ts.all[i]
	}
	return nil
}

// list returns all tenants, the default one first.
func (ts *tenants) list() []*Tenant {
	ts.mu.RLock()
	defer ts.mu.RUnlock()
	return slices.Clone(ts.all)
}

// remove takes a tenant out and says whether it was there.
func (ts *tenants) remove(t *Tenant) bool {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	i := slices.Index(ts.all, t)
	if i < 0 {
		return false
	}
	ts.all = slices.Delete(ts.all, i, i+1)
	ts.seen += seen(t.Engine)
	return true
}

// reset puts a tenant back to how it began.
func (ts *tenants) reset(t *Tenant) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	ts.seen += seen(t.Engine)
	t.Engine.Reset()
	t.addWebhooks()
}

// messages counts the messages of all tenants that there are and were.
func (ts *tenants) messages() int {
	ts.mu.RLock()
	defer ts.mu.RUnlock()
	count := ts.seen
	for _, t := range ts.all {
		count += seen(t.Engine)
	}
	return count
}

// seen counts the messages that an engine ever had.
func seen(engine *pilotstatustest.Server) int {
	page := engine.FindMessages(pilotstatustest.MessageQuery{Limit: 1})
	return page.Total + page.Dropped
}

// freshID is a text of eight characters that no other run of the program has.
func freshID() string { return strings.ToLower(rand.Text()[:8]) }
