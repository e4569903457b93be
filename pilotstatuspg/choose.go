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
	var again []*row // in an outage
	var fresh *row
	stopped, begun := map[chain]bool{}, map[chain]int{}
	for i := range window {
		r := &window[i]
		first, before := firsts[r.chain]
		switch {
		case r.ours:
		case r.locked:
			stopped[r.chain], c.waits = true, true
		case r.ends(now, n.lease):
			c.end = append(c.end, r.id)
		case n.holds[r.template] && !r.tried():
			c.hold = append(c.hold, r.id)
		case stopped[r.chain] || n.blocked[r.chain] || before && first < r.id:
			c.waits = true
		case now.Before(r.notBefore) && !(n.outage() && r.tried()):
			stopped[r.chain], c.waits = true, true
			if c.later.IsZero() || r.notBefore.Before(c.later) {
				c.later = r.notBefore
			}
		case n.outage():
			stopped[r.chain] = true
			if r.tried() {
				again = append(again, r)
			} else if fresh == nil {
				fresh = r
			}
		case len(c.send) >= n.limit:
			stopped[r.chain] = true
		default:
			c.send = append(c.send, r.id)
			begun[r.chain]++
			stopped[r.chain] = begun[r.chain] >= maxPerRecipient
		}
	}
	if n.outage() && n.limit > 0 {
		c.send = probe(again, fresh, n.unknowns)
	}
	return c
}

// probe chooses the one message of an outage.
func probe(again []*row, fresh *row, unknowns int) []int64 {
	if fresh != nil && (len(again) == 0 || unknowns%probesPerNew == 0) {
		return []int64{fresh.id}
	}
	if len(again) == 0 {
		return nil
	}
	return []int64{slices.MinFunc(again, func(a, b *row) int { return a.notBefore.Compare(b.notBefore) }).id}
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
