package pilotstatustest

import (
	"time"
)

// serviceWindow is how long an official number may write freely to a person who wrote
// to it.
const serviceWindow = 24 * time.Hour

// hear notes that a person wrote to the number, which opens the window for all that the
// person is known by.
func (n *number) hear(from peer, at time.Time) {
	for _, name := range []string{from.phone, from.userID} {
		if name != "" && n.heard[name].Before(at) {
			n.heard[name] = at
		}
	}
}

// mayWrite says whether the number may write freely at a time. Only Meta has a window,
// and it is one for persons.
func (n *number) mayWrite(destination string, at time.Time) bool {
	if !n.official() || destination == "" {
		return true
	}
	if !isUserID(destination) {
		destination = withPlus(destination)
	}
	heard, ok := n.heard[destination]
	return ok && at.Before(heard.Add(serviceWindow))
}
