package pilotstatustest

import "time"

// How long the content of messages, and what is known of people, is kept.
const (
	relayOnly       = "RELAY_ONLY"
	storeDays       = "STORE_X_DAYS"
	storeIndefinite = "STORE_INDEFINITE"
)

// noticeRelayOnly stands beside the lists of a number that keeps nothing.
const noticeRelayOnly = "PII_RELAY_ONLY"

// privacy is the PII policy of a number.
type privacy struct {
	mode string // "" is storeIndefinite
	days int    // of storeDays
}

// hides says whether the content of something that happened at a time is not shown
// any more.
func (p privacy) hides(at, now time.Time) bool {
	switch p.mode {
	case relayOnly:
		return true
	case storeDays:
		return at.Before(now.Add(-time.Duration(p.days) * 24 * time.Hour))
	}
	return false
}

// notice is what lists of the number say about the policy, nil normally.
func (p privacy) notice() *string {
	if p.mode == relayOnly {
		return nullable(noticeRelayOnly)
	}
	return nil
}

// SetPIIMode sets how long the number keeps the content of messages and what it knows
// of people, as Numbers.Update does: RELAY_ONLY, STORE_X_DAYS with a number of days,
// or STORE_INDEFINITE.
func (n *Number) SetPIIMode(mode string, days int) {
	n.change(func(_ *state, n *number, _ time.Time) {
		n.privacy = privacy{mode: mode}
		if mode == storeDays {
			n.privacy.days = days
		}
	})
}
