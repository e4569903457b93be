package pilotstatustest

import (
	"net/http"
	"time"
)

// unpaidGrace is the time between a refused charge and the end of the connection.
const unpaidGrace = 7 * 24 * time.Hour

// How a charge can fail.
const (
	paymentFailed     = "PAYMENT_FAILED"
	insufficientFunds = "INSUFFICIENT_FUNDS"
	paymentInProgress = "PAYMENT_IN_PROGRESS"
	paymentTrouble    = "PAYMENT_PROVIDER_ERROR"
)

// known says whether there is such an outcome.
func (c charge) known() bool {
	switch c.code {
	case "", paymentFailed, insufficientFunds, paymentInProgress, paymentTrouble:
		return true
	}
	return false
}

// refusal is nil for a charge that goes through.
func (c charge) refusal() *failure {
	switch c.code {
	case paymentFailed:
		more := map[string]any{}
		if c.declineCode != "" {
			more["declineCode"] = c.declineCode
		}
		if c.amount > 0 {
			more["proratedTotal"] = c.amount
		}
		if c.currency != "" {
			more["currency"] = c.currency
		}
		return &failure{status: http.StatusPaymentRequired, code: c.code, text: "The card was declined", more: more}
	case insufficientFunds:
		return refuse(http.StatusPaymentRequired, c.code, "No credits and no usable card")
	case paymentInProgress:
		return conflict(c.code, "Another payment is being processed")
	case paymentTrouble:
		return refuse(http.StatusBadGateway, c.code, "The payment could not be concluded")
	}
	return nil
}

// takeSeat charges the workspace for a number that connects for the first time,
// unless there is room for it in what the workspace pays for already. Only a refusal
// has an effect: what the provider could not conclude is tried again by the server.
func (s *state) takeSeat(n *number, at time.Time) {
	if n.seated {
		return
	}
	n.seated = true
	var seats int
	for _, other := range s.numbers {
		if other.seated {
			seats++
		}
	}
	n.extra = seats > s.workspace.slots
	if !n.extra {
		return
	}
	if refused := s.collect(n, at); refused != nil && refused.status == http.StatusPaymentRequired {
		n.block(at)
		s.publish(ChangeNumber, n.id, n.id)
	}
}

// collect charges the workspace for a number. It ends the block when the charge
// goes through.
func (s *state) collect(n *number, at time.Time) *failure {
	if refused := n.charge.refusal(); refused != nil {
		return refused
	}
	if n.extra {
		n.extra = false
		s.workspace.slots++
	}
	if !n.unpaidSince.IsZero() {
		n.unblock(at)
		s.publish(ChangeNumber, n.id, n.id)
	}
	return nil
}

// collectAgain charges what was refused, now that there is money or another card.
func (s *state) collectAgain(at time.Time) {
	for _, n := range s.numbers {
		if !n.unpaidSince.IsZero() {
			n.charge = charge{}
			s.collect(n, at)
		}
	}
}

// block stops sending because the charge of an extra number was refused. Only a
// number that is paired by QR code is disconnected in the end.
func (n *number) block(at time.Time) {
	n.unpaidSince, n.wasCutOff, n.updatedAt = at, false, at
	if !n.official() {
		n.cutOffAt = at.Add(unpaidGrace)
	}
}

func (n *number) unblock(at time.Time) {
	n.unpaidSince, n.cutOffAt, n.updatedAt = time.Time{}, time.Time{}, at
}

// cutOff disconnects a number whose charge stayed unpaid.
func (s *state) cutOff(n *number, at time.Time) {
	n.wasCutOff = true
	s.disconnect(n, at, "The charge of the extra number was not paid.")
}
