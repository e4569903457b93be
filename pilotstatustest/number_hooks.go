package pilotstatustest

import "time"

// ScanSecondary connects the second device of a number that Numbers.UpgradeToDual
// made dual, as when somebody scans its QR code. On any other number it does nothing.
func (n *Number) ScanSecondary() {
	n.change(func(s *state, n *number, now time.Time) {
		if n.second != nil {
			s.connect(n, n.second, now)
		}
	})
}

// ConnectAfter lets somebody scan the QR code in so much time of the server, which
// does what Connect does: a program that waits for the connection sees it come. On a
// dual number it is the code of the first device.
func (n *Number) ConnectAfter(d time.Duration) {
	n.change(func(s *state, n *number, now time.Time) {
		if d <= 0 {
			s.connect(n, &n.device, now)
		} else if !n.open {
			n.scanAt = now.Add(d)
		}
	})
}

// StatusStale lets the provider of a number that is paired by QR code not answer:
// Numbers.Status gives what is remembered from now on, with stale and lastKnownAt,
// whatever happens to the connection.
func (n *Number) StatusStale(on bool) {
	n.change(func(_ *state, n *number, _ time.Time) {
		n.stale = nil
		if on {
			n.stale = n.read()
		}
	})
}

// StatusFails lets Numbers.Status answer 503 with a code: PROVIDER_NOT_CONFIGURED,
// which is for good, UPSTREAM_TIMEOUT or UPSTREAM_ERROR. "" ends it.
func (n *Number) StatusFails(code string) {
	n.change(func(_ *state, n *number, _ time.Time) { n.statusFails = code })
}

// SyncFails lets the connected devices of the number refuse settings, which
// Numbers.Update counts as failed.
func (n *Number) SyncFails(on bool) {
	n.change(func(_ *state, n *number, _ time.Time) { n.syncFails = on })
}

// SetCoexistence sets what is known of the use of an official number in the WhatsApp
// Business app: CONFIRMED, LIKELY, NO or UNKNOWN, with the evidence, "" for null.
func (n *Number) SetCoexistence(status, evidence string) {
	n.change(func(_ *state, n *number, _ time.Time) {
		n.coexists = coexistenceAnswer{status, nullable(evidence)}
	})
}

// Refreshes returns how often Numbers.Get was asked to fetch the official number from
// Meta.
func (n *Number) Refreshes() int {
	var count int
	n.change(func(_ *state, n *number, _ time.Time) { count = n.refreshes })
	return count
}

// ChargeOutcome sets what becomes of the charges of this number from now on: of the
// first, when it is connected and is beyond what the workspace pays for, and of those
// of Numbers.Pay. It is "" for paid, or the code with which Numbers.Pay then fails:
// PAYMENT_FAILED, INSUFFICIENT_FUNDS, PAYMENT_PROVIDER_ERROR or PAYMENT_IN_PROGRESS.
// The first two are refusals, after which the first charge blocks the number. Any
// other outcome fails the test under NewServer; otherwise nothing happens.
func (n *Number) ChargeOutcome(code string) {
	n.setCharge(charge{code: code})
}

// Declined is ChargeOutcome for PAYMENT_FAILED with the reason of the card's issuer
// and the amount that was tried; what is empty is left out of the answer.
func (n *Number) Declined(declineCode string, amount float64, currency string) {
	n.setCharge(charge{paymentFailed, declineCode, amount, currency})
}

func (n *Number) setCharge(c charge) {
	if !c.known() {
		if n.server.tb != nil {
			n.server.tb.Helper()
		}
		n.server.failf("no outcome %q of a charge", c.code)
		return
	}
	n.change(func(_ *state, n *number, _ time.Time) { n.charge = c })
}
