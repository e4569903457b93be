package pilotstatustest

import (
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// apply says what a fault does to the next request that it was chosen for; nil is nothing.
func (f *ActiveFault) apply(c *call) *Fault {
	f.Seen++
	switch {
	case f.PerMinute > 0:
		return f.limit(c)
	case f.OfHundred > 0:
		return f.dial(f.Seen - 1)
	}
	return &f.Fault
}

// endless says whether the fault goes on whatever it breaks.
func (f *Fault) endless() bool { return f.Times < 0 || f.PerMinute > 0 || f.OfHundred > 0 }

// limit lets a request of a key pass while the minute has room. Of a key one time is kept:
// that at which its requests will all be forgotten, if each is for its share of a minute.
func (f *ActiveFault) limit(c *call) *Fault {
	name, now := "", c.state.clock.now()
	if c.key != nil {
		name = c.key.id
	}
	share := time.Minute / time.Duration(f.PerMinute)
	full := later(f.full[name], now)
	wait := full.Add(share).Sub(now.Add(time.Minute))
	if wait <= 0 {
		if f.full == nil {
			f.full = make(map[string]time.Time)
		}
		f.full[name] = full.Add(share)
		return nil
	}
	out := f.Fault
	if out.Status == 0 && !out.Reset {
		out.Status, out.Code = http.StatusTooManyRequests, "RATE_LIMITED"
	}
	out.Header = out.Header.Clone()
	if out.Header == nil {
		out.Header = make(http.Header)
	}
	if out.Header.Get("Retry-After") == "" {
		out.Header.Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	}
	return &out
}

// dial breaks the chosen one of its requests. The places in each hundred are drawn anew.
func (f *ActiveFault) dial(nth int) *Fault {
	const hundred = 100
	draw := rand.New(rand.NewPCG(f.Seed, uint64(nth/hundred))) //nolint:gosec // the same seed has to break the same
	for rank, place := range draw.Perm(hundred)[:min(f.OfHundred, hundred)] {
		if place == nth%hundred {
			return f.broken(rank)
		}
	}
	return nil
}

// broken is how the dial breaks a request.
func (f *ActiveFault) broken(rank int) *Fault {
	out := f.Fault
	if out.Status != 0 || out.Reset || out.Body != "" || out.Delay > 0 || out.TruncateAt > 0 {
		return &out
	}
	switch rank % 3 {
	case 0:
		out.Status = http.StatusInternalServerError
	case 1:
		out.Reset = true
	default:
		out.Processed, out.Reset = true, true
	}
	return &out
}

// Next returns what a dial does to the next requests, as many as count: nil is nothing.
// It is nil for any other fault.
func (f ActiveFault) Next(count int) []*Fault {
	if f.OfHundred <= 0 || f.PerMinute > 0 {
		return nil
	}
	plan := make([]*Fault, count)
	for i := range plan {
		plan[i] = f.dial(f.Seen + i)
	}
	return plan
}
