package pilotstatustest

import (
	"fmt"
	"time"
)

func billingRoutes() []route {
	const extraNumbers = "/v1/subscription/extra-numbers"
	return []route{
		on("ExtraNumbers.Preview", "GET "+extraNumbers, scopeTenant, previewSlots),
		onBody("ExtraNumbers.Buy", "POST "+extraNumbers, scopeTenant, buySlots).optionalBody(),
		onBody("ExtraNumbers.Release", "DELETE "+extraNumbers, scopeTenant, releaseSlots).optionalBody(),
		onBody("Billing.Checkout", "POST /v1/billing/checkout", scopeTenant, newCheckout),
	}
}

const (
	planFree     = "FREE"
	planOnDemand = "ON_DEMAND"

	slotPrice = 31.5 // a month
)

func (w *workspaceState) plan() string {
	if w.free {
		return planFree
	}
	return planOnDemand
}

// previewAnswer is the answer of ExtraNumbers.Preview.
type previewAnswer struct {
	RequiresConversion      bool        `json:"requiresConversion"`
	FromPlan                string      `json:"fromPlan"`
	ToPlan                  string      `json:"toPlan"`
	CurrentNumbers          int         `json:"currentNumbers"`
	Requested               int         `json:"requested"`
	BilledQuantity          int         `json:"billedQuantity"`
	UnitPriceBRL            float64     `json:"unitPriceBRL"`
	MonthlyTotalBRL         float64     `json:"monthlyTotalBRL"`
	MessagesBecomeUnlimited bool        `json:"messagesBecomeUnlimited"`
	HasSavedCard            bool        `json:"hasSavedCard"`
	Explanation             explanation `json:"explanation"`
}

type explanation struct {
	PT string `json:"pt"`
	EN string `json:"en"`
}

// preview says what a purchase would bring. Where it ends the free plan, the numbers
// that were free are billed too.
func (s *state) preview(quantity int) previewAnswer {
	w := &s.workspace
	billed := quantity
	if w.free {
		billed += w.slots
	}
	return previewAnswer{
		RequiresConversion: w.free, FromPlan: w.plan(), ToPlan: planOnDemand,
		CurrentNumbers: len(s.numbers), Requested: quantity, BilledQuantity: billed,
		UnitPriceBRL: slotPrice, MonthlyTotalBRL: slotPrice * float64(w.slots+quantity),
		MessagesBecomeUnlimited: w.free, HasSavedCard: !w.noCard,
		Explanation: explanation{
			PT: fmt.Sprintf("Plano sob demanda com %d números pagos.", w.slots+quantity),
			EN: fmt.Sprintf("On demand plan with %d paid numbers.", w.slots+quantity),
		},
	}
}

// addSlots is the effect of a purchase.
func (w *workspaceState) addSlots(quantity int) {
	w.free = false
	w.slots += quantity
}

func previewSlots(c *call) (any, *failure) {
	quantity := 1
	if refused := c.queryNumber("quantity", &quantity); refused != nil {
		return nil, refused
	}
	return c.state.preview(quantity), nil
}

// slotsRequest is the body of ExtraNumbers.Buy and Release.
type slotsRequest struct {
	Quantity *int `json:"quantity"`
	Confirm  bool `json:"confirm"`
}

func (in *slotsRequest) quantity() int { return orOld(in.Quantity, 1) }

func (in *slotsRequest) check() error {
	if in.quantity() < 1 {
		return fmt.Errorf("quantity is %d", in.quantity())
	}
	return nil
}

// boughtAnswer is the answer of ExtraNumbers.Buy for a card that was charged.
type boughtAnswer struct {
	Success          bool    `json:"success"`
	Charged          bool    `json:"charged"`
	Plan             string  `json:"plan"`
	PaidExtraNumbers int     `json:"paidExtraNumbers"`
	MonthlyTotalBRL  float64 `json:"monthlyTotalBRL"`
}

// toPayAnswer is its answer where a person has to pay first, under one of two names.
type toPayAnswer struct {
	Success     bool   `json:"success"`
	Charged     bool   `json:"charged"`
	CheckoutURL string `json:"checkoutUrl,omitempty"`
	URL         string `json:"url,omitempty"`
}

func buySlots(c *call, in *slotsRequest) (any, *failure) {
	w, quantity := &c.state.workspace, in.quantity()
	if w.free && !in.Confirm {
		return nil, c.state.unconfirmed(quantity)
	}
	if w.noCard {
		url := c.state.openCheckout(&checkout{slots: quantity})
		if w.otherForms {
			return toPayAnswer{Success: true, URL: url}, nil
		}
		return toPayAnswer{Success: true, CheckoutURL: url}, nil
	}
	if refused := w.charge.refusal(); refused != nil {
		return nil, refused
	}
	w.addSlots(quantity)
	return boughtAnswer{true, true, w.plan(), w.slots, slotPrice * float64(w.slots)}, nil
}

// unconfirmed is the refusal of a purchase that changes the plan. Where it has the
// preview is not known.
func (s *state) unconfirmed(quantity int) *failure {
	refused := conflict("CONFIRMATION_REQUIRED", "The purchase changes the plan and has to be confirmed")
	if s.workspace.otherForms {
		refused.details = s.preview(quantity)
	} else {
		refused.more = map[string]any{"preview": s.preview(quantity)}
	}
	return refused
}

// releasedAnswer is the answer of ExtraNumbers.Release.
type releasedAnswer struct {
	Success          bool    `json:"success"`
	Charged          bool    `json:"charged"`
	Plan             string  `json:"plan"`
	PaidExtraNumbers int     `json:"paidExtraNumbers"`
	MaxNumbers       int     `json:"maxNumbers"`
	ProratedTotal    float64 `json:"proratedTotal"`
}

func releaseSlots(c *call, in *slotsRequest) (any, *failure) {
	w, quantity := &c.state.workspace, in.quantity()
	var connected int
	for _, n := range c.state.numbers {
		if n.open {
			connected++
		}
	}
	switch {
	case w.free || w.slots < quantity:
		return nil, invalid("there are no %d paid slots", quantity)
	case w.slots-quantity < connected:
		return nil, conflict("NUMBER_LIMIT_EXCEEDED", "More numbers are connected than the new limit allows")
	}
	w.slots -= quantity
	return releasedAnswer{
		Success: true, Charged: true, Plan: w.plan(), PaidExtraNumbers: w.slots, MaxNumbers: w.slots,
	}, nil
}

func (s *state) openCheckout(page *checkout) string {
	url := "https://pay.example.test/c/" + s.secret(8)
	s.workspace.pages[url] = page
	return url
}

// pay is what happens when a person finishes a page. It says whether there is such a
// page.
func (s *state) pay(url string, at time.Time) bool {
	w := &s.workspace
	page := w.pages[url]
	if page == nil {
		return false
	}
	delete(w.pages, url)
	if page.slots > 0 {
		w.addSlots(page.slots)
		return true
	}
	if page.card {
		w.noCard, w.charge = false, charge{}
	}
	s.collectAgain(at)
	return true
}

// checkoutAnswer is the answer of Billing.Checkout, with the page under one of two
// names.
type checkoutAnswer struct {
	URL         string   `json:"url,omitempty"`
	CheckoutURL string   `json:"checkoutUrl,omitempty"`
	Purpose     string   `json:"purpose"`
	OrderID     string   `json:"orderId,omitempty"`
	Amount      *float64 `json:"amount,omitempty"`
	Currency    string   `json:"currency"`
}

// checkoutRequest is the body of Billing.Checkout.
type checkoutRequest struct {
	Purpose    string   `json:"purpose"`
	Amount     *float64 `json:"amount"`
	SuccessURL string   `json:"successUrl"`
	CancelURL  string   `json:"cancelUrl"`
}

func newCheckout(c *call, in *checkoutRequest) (any, *failure) {
	out := checkoutAnswer{Purpose: in.Purpose, Currency: "BRL"}
	switch {
	case in.Purpose == "wallet_topup" && value(in.Amount) > 0:
		out.OrderID, out.Amount = c.state.newID("ord"), in.Amount
	case in.Purpose != "add_card":
		return nil, invalid("purpose is %q, amount is %v", in.Purpose, value(in.Amount))
	}
	out.URL = c.state.openCheckout(&checkout{card: in.Purpose == "add_card"})
	if c.state.workspace.otherForms {
		out.URL, out.CheckoutURL = "", out.URL
	}
	return out, nil
}
