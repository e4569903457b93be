// Package polling lets the fake of the API shorten the waits of the clients that it hands
// out. It is internal because shorter waits on the real API only cost requests.
package polling

import "time"

// Setter is the options of a client.
type Setter interface {
	// SetLongestPoll bounds the time between two looks of a wait, whatever interval the
	// caller of the wait asks for.
	SetLongestPoll(d time.Duration)
}

// AtMost returns an option of a client that bounds the time between two looks of its
// waits. The other option is not used: the type of the options, which is not exported, is
// inferred from it.
func AtMost[O Setter](_ func(O) error, d time.Duration) func(O) error {
	return func(o O) error {
		o.SetLongestPoll(d)
		return nil
	}
}
