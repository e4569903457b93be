package pilotstatus

import (
	"context"
	"errors"
)

// CheckoutPurpose is what a payment page is for. The set is open.
type CheckoutPurpose string

// The documented purposes.
const (
	CheckoutPurposeWalletTopup CheckoutPurpose = "wallet_topup" // credit for the workspace
	CheckoutPurposeAddCard     CheckoutPurpose = "add_card"     // a card for later charges
)

// PaymentPage is a page on which a person pays.
type PaymentPage struct {
	// Experimental: URL is the page. Whoever has it can pay, or save a card, for the
	// workspace. Where it is zero, look for the page in Raw: what the API answers for
	// [CheckoutPurposeAddCard] is not documented.
	URL Secret `json:"url"`

	Purpose  CheckoutPurpose `json:"purpose"`
	OrderID  string          `json:"orderId"`
	Amount   float64         `json:"amount"`   // in units of the currency, not in cents; for display
	Currency string          `json:"currency"` // as in "BRL"

	// Raw is the whole answer.
	Raw Secret `json:"-"`
}

// UnmarshalJSON reads both names of the URL.
func (c *PaymentPage) UnmarshalJSON(data []byte) error {
	type plain PaymentPage // without this method
	var answer struct {
		plain
		CheckoutURL Secret `json:"checkoutUrl"`
	}
	if err := unmarshalAnswer(data, &answer); err != nil {
		return err
	}
	*c = PaymentPage(answer.plain)
	if c.URL.IsZero() {
		c.URL = answer.CheckoutURL
	}
	return nil
}

// CreatePaymentPageRequest is a payment page to make.
type CreatePaymentPageRequest struct {
	Purpose CheckoutPurpose `json:"purpose"`

	// Experimental: Amount is how much credit to buy, in units of the account's currency,
	// not in cents. It is required with [CheckoutPurposeWalletTopup].
	Amount float64 `json:"amount,omitzero"`

	SuccessURL string `json:"successUrl,omitempty"` // where the person goes after paying
	CancelURL  string `json:"cancelUrl,omitempty"`  // where the person goes without paying

	// Extra holds body fields that this version does not know. A field that it
	// knows is a [*ValidationError] here.
	Extra map[string]any `json:"-"`
}

func (r CreatePaymentPageRequest) validate() error {
	if err := required("Purpose", string(r.Purpose)); err != nil {
		return err
	}
	if r.Purpose == CheckoutPurposeWalletTopup && !(r.Amount > 0) { // NaN too
		return invalid("Amount", "a top-up needs an amount above 0")
	}
	return nil
}

// ExtraNumbersPreview is what a purchase of capacity would mean. Amounts are in
// Brazilian reais, not in cents, and for display.
type ExtraNumbersPreview struct {
	// RequiresConversion means that the purchase moves the workspace from FromPlan to
	// ToPlan: [BuyExtraNumbersRequest].Confirm is needed.
	RequiresConversion bool   `json:"requiresConversion" strict:"true"`
	FromPlan           string `json:"fromPlan"` // as in "FREE"
	ToPlan             string `json:"toPlan"`   // as in "ON_DEMAND"

	CurrentNumbers int64 `json:"currentNumbers" strict:"true"`
	Requested      int64 `json:"requested" strict:"true"`

	// BilledQuantity may be more than Requested: a free workspace's first number
	// becomes a paid one.
	BilledQuantity  int64   `json:"billedQuantity" strict:"true"`
	UnitPriceBRL    float64 `json:"unitPriceBRL" strict:"true"`    // of one number, a month
	MonthlyTotalBRL float64 `json:"monthlyTotalBRL" strict:"true"` // after the purchase

	MessagesBecomeUnlimited bool `json:"messagesBecomeUnlimited" strict:"true"`

	// HasSavedCard says whether the purchase would be charged at once. Otherwise it
	// ends in a payment page.
	HasSavedCard bool `json:"hasSavedCard" strict:"true"`

	Explanation ExtraNumbersExplanation `json:"explanation"`
}

// ExtraNumbersExplanation explains a purchase to people.
type ExtraNumbersExplanation struct {
	PT string `json:"pt"`
	EN string `json:"en"`
}

// ExtraNumbersPreviewOf returns what a purchase would mean from the error with which
// [ExtraNumbersService.Buy] asks for a confirmation ([CodeConfirmationRequired]). It is
// false for any other error, and where the answer has no preview: ask
// [ExtraNumbersService.Preview] then.
func ExtraNumbersPreviewOf(err error) (*ExtraNumbersPreview, bool) {
	var refused *APIError
	if !errors.Is(err, CodeConfirmationRequired) || !errors.As(err, &refused) {
		return nil, false
	}
	answer := membersOf(refused.Body)
	details := membersOf(answer["details"])
	// The vendor does not say where it stands.
	for _, place := range [][]byte{answer["preview"], details["preview"], answer["details"], refused.Body} {
		var preview ExtraNumbersPreview
		if unmarshalAnswer(place, &preview) == nil && preview != (ExtraNumbersPreview{}) {
			return &preview, true
		}
	}
	return nil, false
}

// PurchasedExtraNumbers is how a purchase of capacity ended.
type PurchasedExtraNumbers struct {
	Success bool `json:"success" strict:"true"`

	// Charged means that the saved card was charged and the capacity is there. Where
	// it is false, NOTHING IS BOUGHT YET: a person has to pay at CheckoutURL.
	Charged bool `json:"charged" required:"true"`

	Plan             string  `json:"plan"`                           // as in "ON_DEMAND"; this and the next two only where Charged is true
	PaidExtraNumbers int64   `json:"paidExtraNumbers" strict:"true"` // the capacity that is paid for now
	MonthlyTotalBRL  float64 `json:"monthlyTotalBRL" strict:"true"`

	// CheckoutURL is a payment page, only where Charged is false. Whoever has it can
	// pay for the workspace.
	CheckoutURL Secret `json:"checkoutUrl"`
}

// UnmarshalJSON reads both names of the URL.
func (p *PurchasedExtraNumbers) UnmarshalJSON(data []byte) error {
	type plain PurchasedExtraNumbers // without this method
	var answer struct {
		plain
		URL Secret `json:"url"`
	}
	if err := unmarshalAnswer(data, &answer); err != nil {
		return err
	}
	*p = PurchasedExtraNumbers(answer.plain)
	if p.CheckoutURL.IsZero() {
		p.CheckoutURL = answer.URL
	}
	return nil
}

// ReleasedExtraNumbers is what remains after capacity was given back.
type ReleasedExtraNumbers struct {
	Success          bool    `json:"success" strict:"true"`
	Charged          bool    `json:"charged" strict:"true"` // true was seen although nothing is charged
	Plan             string  `json:"plan"`                  // as in "ON_DEMAND"
	PaidExtraNumbers int64   `json:"paidExtraNumbers" strict:"true"`
	MaxNumbers       int64   `json:"maxNumbers" strict:"true"` // how many numbers the workspace may connect
	ProratedTotal    float64 `json:"proratedTotal" strict:"true"`
}

// BuyExtraNumbersRequest is capacity to buy.
type BuyExtraNumbersRequest struct {
	Quantity int `json:"quantity"` // how many numbers, at least 1

	// Confirm agrees to the change of plan that [ExtraNumbersPreview] names. Set it
	// after a person did.
	Confirm bool `json:"confirm,omitzero"`
}

func (b BuyExtraNumbersRequest) validate() error { return validateQuantity("Quantity", b.Quantity) }

// releaseBody is the request of ExtraNumbers.Release.
type releaseBody struct {
	Quantity int `json:"quantity"`
}

func (b releaseBody) validate() error { return validateQuantity("quantity", b.Quantity) }

// validateQuantity refuses 0, which the API takes for 1: a number that was counted must
// not buy or release what nobody wanted.
func validateQuantity(field string, quantity int) error {
	if quantity < 1 {
		return invalid(field, "it must be at least 1")
	}
	return nil
}

// BillingService makes payment pages. No call tells the balance of the workspace. It is
// part of a [TenantClient].
//
//   - [BillingService.Checkout] makes a page on which a person buys credit for the
//     workspace or saves a card
type BillingService struct{ client *Client }

// Checkout makes a page on which a person buys credit for the workspace or saves a
// card. Nothing is charged before that person finishes it, but every call makes
// another order, so it is tried once; after an [*OutcomeUnknownError] call again, the
// order that nobody sees stays unpaid. New credit and a new card make the API try
// refused charges for numbers again by itself.
//
// Scope: tenant key. Retry: [RetryNever]. Errors: [*OutcomeUnknownError] and those of every
// call.
func (s BillingService) Checkout(ctx context.Context, req CreatePaymentPageRequest) (*PaymentPage, error) {
	return invoke[PaymentPage](ctx, s.client, opBillingCheckout, input{body: req})
}

// ExtraNumbersService buys and releases capacity for numbers beyond those of the
// plan. It is part of a [TenantClient].
//
//   - [ExtraNumbersService.Preview] returns what buying capacity for that many numbers
//     would mean and cost; 0 stands for 1
//   - [ExtraNumbersService.Buy] CHARGES THE WORKSPACE'S SAVED CARD at once, AND AGAIN ON
//     EVERY CALL, for capacity to connect more numbers
//   - [ExtraNumbersService.Release] GIVES PAID CAPACITY BACK, MORE OF IT ON EVERY CALL, for
//     quantity numbers, at least 1; what is paid for the running cycle is not refunded
type ExtraNumbersService struct{ client *Client }

// Preview returns what buying capacity for that many numbers would mean and cost; 0
// stands for 1. It charges nothing.
//
// Scope: tenant key. Retry: [RetrySafe]. Errors: those of every call.
func (s ExtraNumbersService) Preview(ctx context.Context, quantity int) (*ExtraNumbersPreview, error) {
	q := queryValues{}
	q.number("quantity", "quantity", quantity)
	return invoke[ExtraNumbersPreview](ctx, s.client, opExtraNumbersPreview, input{query: q})
}

// Buy CHARGES THE WORKSPACE'S SAVED CARD at once, AND AGAIN ON EVERY CALL, for
// capacity to connect more numbers. Without a saved card it returns a payment page
// instead ([PurchasedExtraNumbers].Charged is false). A purchase that would change a
// free workspace's plan is [CodeConfirmationRequired] and charges nothing:
// [ExtraNumbersPreviewOf] tells what it would mean, and Confirm agrees to it. The codes of
// a refused card are not documented; those of [NumbersService.Pay] ([CodePaymentFailed] and
// [CodeInsufficientFunds], as [*PaymentError], [CodePaymentInProgress]) are to be expected.
//
// It is tried once. After an [*OutcomeUnknownError] do not call again: no call tells
// for sure whether the card was charged, so let a person look at the dashboard.
//
// Scope: tenant key. Retry: [RetryNever]. Errors: [*OutcomeUnknownError] and those of every
// call.
func (s ExtraNumbersService) Buy(ctx context.Context, req BuyExtraNumbersRequest) (*PurchasedExtraNumbers, error) {
	return invoke[PurchasedExtraNumbers](ctx, s.client, opExtraNumbersBuy, input{body: req})
}

// Release GIVES PAID CAPACITY BACK, MORE OF IT ON EVERY CALL, for quantity numbers, at
// least 1; what is paid for the
// running cycle is not refunded. Where more numbers are connected than would remain,
// it is [CodeNumberLimitExceeded]. The vendor's texts disagree on whether
// [NumbersService.Delete] frees capacity already: look at Preview first. It is tried once;
// after an [*OutcomeUnknownError] let a person look at the dashboard.
//
// Scope: tenant key. Retry: [RetryNever]. Errors: [*OutcomeUnknownError] and those of every
// call.
func (s ExtraNumbersService) Release(ctx context.Context, quantity int) (*ReleasedExtraNumbers, error) {
	return invoke[ReleasedExtraNumbers](ctx, s.client, opExtraNumbersRelease, input{body: releaseBody{quantity}})
}
