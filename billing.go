package pilotstatus

import (
	"context"
	"encoding/json"
)

// CheckoutPurpose is what a payment page is for. The set is open.
type CheckoutPurpose string

// The documented purposes.
const (
	CheckoutPurposeWalletTopup CheckoutPurpose = "wallet_topup" // credit for the workspace
	CheckoutPurposeAddCard     CheckoutPurpose = "add_card"     // a card for later charges
)

// Checkout is a payment page.
type Checkout struct {
	// Experimental: URL is the page. Whoever has it can pay, or save a card, for the
	// workspace. Where it is zero, look for the page in Raw: what the API answers for
	// CheckoutPurposeAddCard is not documented.
	URL Secret `json:"url"`

	Purpose  CheckoutPurpose `json:"purpose"`
	OrderID  string          `json:"orderId"`
	Amount   float64         `json:"amount"`   // in units of the currency, not in cents; for display
	Currency string          `json:"currency"` // as in "BRL"

	// Raw is the whole answer.
	Raw Secret `json:"-"`
}

// UnmarshalJSON reads both names of the URL.
func (c *Checkout) UnmarshalJSON(data []byte) error {
	type plain Checkout // without this method
	var answer struct {
		plain
		CheckoutURL Secret `json:"checkoutUrl"`
	}
	if err := unmarshalAnswer(data, &answer); err != nil {
		return err
	}
	*c = Checkout(answer.plain)
	if c.URL.IsZero() {
		c.URL = answer.CheckoutURL
	}
	return nil
}

func (c *Checkout) keepRaw(raw json.RawMessage) { c.Raw = NewSecret(string(raw)) }

// CheckoutRequest is a payment page to make.
type CheckoutRequest struct {
	Purpose CheckoutPurpose `json:"purpose"`

	// Experimental: Amount is how much credit to buy, in units of the account's currency, not in
	// cents. It is required with CheckoutPurposeWalletTopup.
	Amount float64 `json:"amount,omitzero"`

	SuccessURL string `json:"successUrl,omitempty"` // where the person goes after paying
	CancelURL  string `json:"cancelUrl,omitempty"`  // where the person goes without paying

	// Extra holds body fields that this version does not know. A field that it
	// knows is a *ValidationError here.
	Extra map[string]any `json:"-"`
}

func (r CheckoutRequest) extra() map[string]any { return r.Extra }

func (r CheckoutRequest) validate() error {
	if err := required("Purpose", string(r.Purpose)); err != nil {
		return err
	}
	if r.Purpose == CheckoutPurposeWalletTopup && !(r.Amount > 0) { // NaN too
		return invalid("Amount", "a top-up needs an amount above 0")
	}
	return nil
}

// BillingService makes payment pages. No call tells the balance of the workspace.
type BillingService struct{ client *Client }

// Checkout makes a page on which a person buys credit for the workspace or saves a
// card. Nothing is charged before that person finishes it, but every call makes
// another order, so it is tried once; after an *OutcomeUnknownError call again, the
// order that nobody sees stays unpaid. New credit and a new card make the API try
// refused charges for numbers again by itself.
func (s BillingService) Checkout(ctx context.Context, r CheckoutRequest) (*Checkout, error) {
	return invoke[Checkout](ctx, s.client, opBillingCheckout, input{body: r})
}
