package pilotstatuspg

import (
	"slices"
	"time"
)

const (
	// outageAfter is how many unknown outcomes in a row are an outage of the API.
	outageAfter = 5

	// probesPerNew is how many probes of an outage there are for one that is a new message.
	probesPerNew = 4

	// maxPerRecipient is how many messages of one recipient a claim takes, so that they
	// do not fill it: they go out one after the other.
	maxPerRecipient = 5

	// maxDoubt is how long a key is safe to repeat. The API forgets keys after 24 hours.
	maxDoubt = 23 * time.Hour
)

// chain is what is kept in order: the messages to one recipient in one priority.
type chain struct {
	priority  int16
	recipient string
}

// row is an open message as a window shows it. Times are the database's.
type row struct {
	chain

	id           int64
	template     string // "" for none
	notBefore    time.Time
	deliverUntil time.Time // zero: no deadline
	firstAt      time.Time // zero: no request may have reached the API
	ours         bool      // taken under this lease
	locked       bool      // the take did not get it
}

// tried reports whether the message was perhaps sent.
func (r *row) tried() bool { return !r.firstAt.IsZero() }

// ends reports whether the message ends without a request: it is too late for it, or too
// long in doubt.
func (r *row) ends(now time.Time, lease time.Duration) bool {
	late := !r.deliverUntil.IsZero() && !now.Before(r.deliverUntil)
	return late || r.tried() && now.Sub(r.firstAt) >= maxDoubt-lease
}

// numberState is what choose knows of a number.
type numberState struct {
	lease    time.Duration
	limit    int             // how many messages to begin
	unknowns int             // unknown outcomes in a row
	holds    map[string]bool // templates
	blocked  map[chain]bool  // something earlier is not in the table yet
}

func (n *numberState) outage() bool { return n.unknowns >= outageAfter }

// choice is what to do with the rows of a window.
type choice struct {
	send  []int64   // to take and send, the most urgent first
	end   []int64   // to take and to end without a request
	hold  []int64   // to be held with their template
	later time.Time // the first time at which a row that waits is due; zero: none waits
	waits bool      // rows were seen that cannot be taken now
}

// choose says what to do with the rows of a window, which are in order of priority and id.
// firsts has the first open row of a chain where that is before the window. The rules:
//
//   - What is too late, or too long in doubt, ends, whatever it waits for.
//   - A new message of a held template is held, and nothing waits for it.
//   - The rest goes by priority, then by id. A row waits for each earlier one of its chain
//     that is not in the choice or ours, be it not due, locked, blocked or before the window.
//   - In an outage one row is chosen, the first of its chain: one that was perhaps sent, the
//     longest waiting first, and a new one for each fourth probe, or where there is no other.
func choose(window []row, firsts map[chain]int64, n numberState, now time.Time) choice {
	var c choice
	var probe probe
	stopped, begun := map[chain]bool{}, map[chain]int{}
	for i := range window {
		r := &window[i]
		switch {
		case r.ours:
		case r.locked:
			stopped[r.chain], c.waits = true, true
		case r.ends(now, n.lease):
			c.end = append(c.end, r.id)
		case n.holds[r.template] && !r.tried():
			c.hold = append(c.hold, r.id)
		case stopped[r.chain] || n.blocked[r.chain] || r.isBehind(firsts):
			c.waits = true
		case !n.isDue(r, now):
			stopped[r.chain] = true
			c.waitFor(r)
		case n.outage():
			stopped[r.chain] = true
			probe.add(r)
		case len(c.send) >= n.limit:
			stopped[r.chain] = true
		default:
			c.send = append(c.send, r.id)
			begun[r.chain]++
			stopped[r.chain] = begun[r.chain] >= maxPerRecipient
		}
	}
	if n.outage() && n.limit > 0 {
		c.send = probe.choose(n.unknowns)
	}
	return c
}

// isBehind reports whether an earlier row of the chain is before the window.
func (r *row) isBehind(firsts map[chain]int64) bool {
	first, before := firsts[r.chain]
	return before && first < r.id
}

// isDue reports whether a row's time has come. An outage is probed with what was perhaps
// sent, due or not.
func (n *numberState) isDue(r *row, now time.Time) bool {
	return !now.Before(r.notBefore) || n.outage() && r.tried()
}

func (c *choice) waitFor(r *row) {
	c.waits = true
	if c.later.IsZero() || r.notBefore.Before(c.later) {
		c.later = r.notBefore
	}
}

// probe is what an outage can be probed with.
type probe struct {
	tried *row // waits longest of those that were perhaps sent
	fresh *row // the first new one
}

func (p *probe) add(r *row) {
	switch {
	case r.tried():
		if p.tried == nil || r.notBefore.Before(p.tried.notBefore) {
			p.tried = r
		}
	case p.fresh == nil:
		p.fresh = r
	}
}

func (p *probe) choose(unknowns int) []int64 {
	switch {
	case p.fresh != nil && (p.tried == nil || unknowns%probesPerNew == 0):
		return []int64{p.fresh.id}
	case p.tried != nil:
		return []int64{p.tried.id}
	}
	return nil
}

// overtaking returns those of the rows which were taken that must not go out: an earlier
// one of their chain was chosen with them and not taken, because another transaction has
// locked it.
func overtaking(window []row, chosen []int64, taken map[int64]bool) []int64 {
	var back []int64
	stopped := map[chain]bool{}
	for i := range window {
		r := &window[i]
		switch {
		case !slices.Contains(chosen, r.id):
		case !taken[r.id]:
			stopped[r.chain] = true
		case stopped[r.chain]:
			back = append(back, r.id)
		}
	}
	return back
}
