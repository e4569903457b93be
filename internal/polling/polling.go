// Package polling lets the fake of the API shorten the waits of the clients that it hands
// out. It is internal because shorter waits on the real API only cost requests.
package polling

import "time"

// Setter is the options of a client.
type Setter interface {
	// SetLongestPoll limits the time between two polls of a wait, whatever interval the
	// caller sets.
	SetLongestPoll(d time.Duration)
}

// AtMost returns an option of a client that limits the time between two polls of its waits.
// It does not call its first argument, from which only the unexported type of the options
// is inferred.
func AtMost[O Setter](_ func(O) error, d time.Duration) func(O) error {
	return func(o O) error {
		o.SetLongestPoll(d)
		return nil
	}
}
