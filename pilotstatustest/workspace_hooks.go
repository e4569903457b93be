package pilotstatustest

import (
	"encoding/json"
	"slices"
	"time"
)

// ScanNewNumbers lets somebody scan the QR code of every device that shows one from
// now on, so much time of the server after its first one. A time below zero ends
// that.
func (t *Tenant) ScanNewNumbers(after time.Duration) {
	t.change(func(s *state, _ time.Time) {
		s.workspace.scanAfter = nil
		if after >= 0 {
			s.workspace.scanAfter = &after
		}
	})
}

// LateCodes lets numbers that are created from now on have no QR code and no pairing
// code at first: both are null in the answer of Numbers.Create and in the first
// answer of Numbers.Connect or Pairing.Connect; for the second device of a dual
// number in the answer of Numbers.UpgradeToDual.
func (t *Tenant) LateCodes(on bool) {
	t.change(func(s *state, _ time.Time) { s.workspace.lateCodes = on })
}

// OtherForms switches to the second form of the answers that sources disagree on:
//
//   - Numbers.List has no links, Numbers.Status only state and isFullyConnected,
//     Numbers.Delete no restorableUntil;
//   - a created number has displayName and status for name and state; Numbers.Create
//     has no bundles of links, Numbers.CreateMeta the number at the top level,
//     MetaOnboarding.Complete the number in instance;
//   - Numbers.CreatePairingLink has the token in the URL only; Pairing.Info has number
//     for maskedNumber, and like Pairing.Status no links;
//   - Branding.Get has null before anything was saved;
//   - ExtraNumbers.Buy has url for checkoutUrl and the preview in details,
//     Billing.Checkout has checkoutUrl for url;
//   - a project without description has null.
func (t *Tenant) OtherForms(on bool) {
	t.change(func(s *state, _ time.Time) { s.workspace.otherForms = on })
}

// PairingMessageFails lets Numbers.CreatePairingLink not send the link by WhatsApp,
// and answer with the text as messageError. "" ends it.
func (t *Tenant) PairingMessageFails(text string) {
	t.change(func(s *state, _ time.Time) { s.workspace.messageError = text })
}

// NumberEvents returns what webhooks hear of numbers, in the order in which it
// happened: number.created, number.connected, number.disconnected, number.removed,
// number.restored, and what ReportHealth reported.
func (t *Tenant) NumberEvents() []json.RawMessage {
	var events []json.RawMessage
	t.change(func(s *state, _ time.Time) { events = slices.Clone(s.workspace.news) })
	return events
}

// DenyPermission takes a permission such as billing:manage from all keys: operations
// that need it answer 403 PERMISSION_DENIED. A permission that no operation needs
// fails the test under NewServer; otherwise nothing happens.
func (t *Tenant) DenyPermission(permission string) {
	needed := func(r route) bool { return permission != "" && r.permission == permission }
	if !slices.ContainsFunc(t.server.routes, needed) {
		if t.server.tb != nil {
			t.server.tb.Helper()
		}
		t.server.failf("no operation needs %q", permission)
		return
	}
	t.change(func(s *state, _ time.Time) {
		if s.workspace.denied == nil {
			s.workspace.denied = make(map[string]bool)
		}
		s.workspace.denied[permission] = true
	})
}

// GrantPermission ends the effect of DenyPermission.
func (t *Tenant) GrantPermission(permission string) {
	t.change(func(s *state, _ time.Time) { delete(s.workspace.denied, permission) })
}

// IncludedNumbers sets how many numbers the workspace pays for, or has for free; at
// the start it is the two that are there. The first connection of a number beyond
// them is charged, see Number.ChargeOutcome, and a charge that goes through raises
// the count.
func (t *Tenant) IncludedNumbers(n int) {
	t.change(func(s *state, _ time.Time) { s.workspace.slots = n })
}

// FreePlan puts the workspace on the plan FREE, on which ExtraNumbers.Buy has to be
// confirmed, or back on ON_DEMAND.
func (t *Tenant) FreePlan(on bool) {
	t.change(func(s *state, _ time.Time) { s.workspace.free = on })
}

// SavedCard says whether the workspace has a card, as it has at the start. Without,
// ExtraNumbers.Buy ends at a page on which a person pays, see FinishCheckout.
func (t *Tenant) SavedCard(on bool) {
	t.change(func(s *state, _ time.Time) { s.workspace.noCard = !on })
}

// ChargeOutcome sets what becomes of the charges of ExtraNumbers.Buy, with the codes
// of Number.ChargeOutcome.
func (t *Tenant) ChargeOutcome(code string) {
	t.setCharge(charge{code: code})
}

// Declined is ChargeOutcome for PAYMENT_FAILED with the reason of the card's issuer
// and the amount that was tried; what is empty is left out of the answer.
func (t *Tenant) Declined(declineCode string, amount float64, currency string) {
	t.setCharge(charge{paymentFailed, declineCode, amount, currency})
}

func (t *Tenant) setCharge(c charge) {
	if !c.known() {
		if t.server.tb != nil {
			t.server.tb.Helper()
		}
		t.server.failf("no outcome %q of a charge", c.code)
		return
	}
	t.change(func(s *state, _ time.Time) { s.workspace.charge = c })
}

// FinishCheckout lets a person finish the page of Billing.Checkout or of
// ExtraNumbers.Buy. Money or a card has the charges that were refused tried again,
// which now go through; a purchase opens its slots. A URL that is unknown or was
// finished before fails the test under NewServer; otherwise nothing happens.
func (t *Tenant) FinishCheckout(url string) {
	var known bool
	t.change(func(s *state, now time.Time) { known = s.pay(url, now) })
	if !known {
		if t.server.tb != nil {
			t.server.tb.Helper()
		}
		t.server.failf("no checkout page %q", url)
	}
}
