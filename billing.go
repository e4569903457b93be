package pilotstatus

import (
	"context"
	"errors"
)

// CheckoutPurpose is the purpose of a payment page. The set is open.
type CheckoutPurpose string

// The documented purposes.
const (
	CheckoutPurposeWalletTopup CheckoutPurpose = "wallet_topup" // credit for the workspace
	CheckoutPurposeAddCard     CheckoutPurpose = "add_card"     // a card for later charges
)

// PaymentPage is a page on which a person pays.
type PaymentPage struct {
	// Experimental: URL is the address of the page. A person who has it can pay, or save a
	// card, for the workspace. If it is zero, look for the page in Raw: the answer for
	// [CheckoutPurposeAddCard] is not documented.
	URL Secret `json:"url" also:"checkoutUrl"`

	Purpose  CheckoutPurpose `json:"purpose"`
	OrderID  string          `json:"orderId"`
	Amount   float64         `json:"amount"`   // in units of the currency, not in cents; for display
	Currency string          `json:"currency"` // as in "BRL"

	// Raw is the whole answer.
	Raw Secret `json:"-"`
}

// CreatePaymentPageRequest describes the payment page to create.
type CreatePaymentPageRequest struct {
	Purpose CheckoutPurpose `json:"purpose"`

	// Experimental: Amount is how much credit to buy, in units of the account's currency,
	// not in cents. It is required with [CheckoutPurposeWalletTopup].
	Amount float64 `json:"amount,omitzero"`

	SuccessURL string `json:"successUrl,omitempty"` // the page that follows a payment
	CancelURL  string `json:"cancelUrl,omitempty"`  // the page that follows if the person does not pay

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

// ExtraNumbersPreview describes the effect of buying capacity. Amounts are in Brazilian
// reais, not in cents, and for display.
type ExtraNumbersPreview struct {
	// RequiresConversion is true if the purchase moves the workspace from FromPlan to
	// ToPlan. Then set [BuyExtraNumbersRequest].Confirm.
	RequiresConversion bool   `json:"requiresConversion" strict:"true"`
	FromPlan           string `json:"fromPlan"` // as in "FREE"
	ToPlan             string `json:"toPlan"`   // as in "ON_DEMAND"

	CurrentNumbers int64 `json:"currentNumbers" strict:"true"`
	Requested      int64 `json:"requested" strict:"true"`

	// BilledQuantity may be more than Requested, because the first number of a free
	// workspace becomes a paid one.
	BilledQuantity  int64   `json:"billedQuantity" strict:"true"`
	UnitPriceBRL    float64 `json:"unitPriceBRL" strict:"true"`    // for one number and month
	MonthlyTotalBRL float64 `json:"monthlyTotalBRL" strict:"true"` // after the purchase

	MessagesBecomeUnlimited bool `json:"messagesBecomeUnlimited" strict:"true"`

	// HasSavedCard is true if the purchase would be charged at once. If false, it ends in a
	// payment page.
	HasSavedCard bool `json:"hasSavedCard" strict:"true"`

	Explanation ExtraNumbersExplanation `json:"explanation"`
}

// ExtraNumbersExplanation explains a purchase to people.
type ExtraNumbersExplanation struct {
	PT string `json:"pt"`
	EN string `json:"en"`
}

// ExtraNumbersPreviewOf returns the preview in the error with which
// [ExtraNumbersService.Buy] asks for a confirmation ([CodeConfirmationRequired]). The bool
// is false for any other error, and if the answer has no preview: call
// [ExtraNumbersService.Preview] then.
func ExtraNumbersPreviewOf(err error) (*ExtraNumbersPreview, bool) {
	var refused *APIError
	if !errors.Is(err, CodeConfirmationRequired) || !errors.As(err, &refused) {
		return nil, false
	}
	answer := membersOf(refused.Body)
	details := membersOf(answer["details"])
	// The vendor does not document the place of the preview.
	for _, place := range [][]byte{answer["preview"], details["preview"], answer["details"], refused.Body} {
		var preview ExtraNumbersPreview
		if unmarshalAnswer(place, &preview) == nil && preview != (ExtraNumbersPreview{}) {
			return &preview, true
		}
	}
	return nil, false
}

// PurchasedExtraNumbers is the result of a purchase of capacity.
type PurchasedExtraNumbers struct {
	Success bool `json:"success" strict:"true"`

	// Charged is true if the saved card was charged and the capacity is available. If it is
	// false, NOTHING IS BOUGHT YET: a person has to pay at CheckoutURL.
	Charged bool `json:"charged" required:"true"`

	Plan             string  `json:"plan"`                           // as in "ON_DEMAND"; like the next two only if Charged is true
	PaidExtraNumbers int64   `json:"paidExtraNumbers" strict:"true"` // the paid capacity after the purchase
	MonthlyTotalBRL  float64 `json:"monthlyTotalBRL" strict:"true"`

	// CheckoutURL is a payment page, set only if Charged is false. A person who has it can
	// pay for the workspace.
	CheckoutURL Secret `json:"checkoutUrl" also:"url"`
}

// ReleasedExtraNumbers is the capacity that remains after a release.
type ReleasedExtraNumbers struct {
	Success          bool    `json:"success" strict:"true"`
	Charged          bool    `json:"charged" strict:"true"` // may be true although nothing is charged
	Plan             string  `json:"plan"`                  // as in "ON_DEMAND"
	PaidExtraNumbers int64   `json:"paidExtraNumbers" strict:"true"`
	MaxNumbers       int64   `json:"maxNumbers" strict:"true"` // the number of numbers that the workspace may connect
	ProratedTotal    float64 `json:"proratedTotal" strict:"true"`
}

// BuyExtraNumbersRequest is the capacity to buy.
type BuyExtraNumbersRequest struct {
	Quantity int `json:"quantity"` // the number of numbers, at least 1

	// Confirm agrees to the change of plan in [ExtraNumbersPreview]. Set it after a person
	// agreed.
	Confirm bool `json:"confirm,omitzero"`
}

func (b BuyExtraNumbersRequest) validate() error { return validateQuantity("Quantity", b.Quantity) }

// releaseBody is the request of ExtraNumbers.Release.
type releaseBody struct {
	Quantity int `json:"quantity"`
}

func (b releaseBody) validate() error { return validateQuantity("quantity", b.Quantity) }

// validateQuantity refuses 0. The API reads 0 as 1, so a program that counted 0 would buy
// or release one number.
func validateQuantity(field string, quantity int) error {
	if quantity < 1 {
		return invalid(field, "it must be at least 1")
	}
	return nil
}

// BillingService creates payment pages. The API has no call for the balance of the
// workspace. It is part of a [TenantClient].
//
//   - [BillingService.Checkout] creates a page to buy credit or to save a card
type BillingService struct{ client *Client }

// Checkout creates a page on which a person buys credit for the workspace or saves a card.
// Nothing is charged before that person finishes, but each call creates another order.
// After an [*OutcomeUnknownError], call again: an order that nobody opens stays unpaid.
// After new credit or a new card, the API itself tries refused charges for numbers again.
//
// Scope: tenant key. Retry: [RetryNever]. Errors: [*OutcomeUnknownError] and those of every
// call.
func (s BillingService) Checkout(ctx context.Context, req CreatePaymentPageRequest) (*PaymentPage, error) {
	return invoke[PaymentPage](ctx, s.client, opBillingCheckout, input{body: req})
}

// ExtraNumbersService buys and releases capacity for numbers beyond those of the plan. It
// is part of a [TenantClient].
//
//   - [ExtraNumbersService.Preview] returns the price and the effect of a purchase
//   - [ExtraNumbersService.Buy] charges the saved card for more numbers
//   - [ExtraNumbersService.Release] gives paid capacity back, without a refund
type ExtraNumbersService struct{ client *Client }

// Preview returns the price and the effect of buying capacity for quantity numbers; 0 means
// 1. It charges nothing.
//
// Scope: tenant key. Retry: [RetrySafe]. Errors: those of every call.
func (s ExtraNumbersService) Preview(ctx context.Context, quantity int) (*ExtraNumbersPreview, error) {
	options := struct {
		quantity int `query:"quantity"`
	}{quantity}
	return invoke[ExtraNumbersPreview](ctx, s.client, opExtraNumbersPreview, input{query: options})
}

// Buy CHARGES THE WORKSPACE'S SAVED CARD at once, AND AGAIN ON EVERY CALL, for capacity to
// connect more numbers. Without a saved card it returns a payment page
// ([PurchasedExtraNumbers].Charged is false). A purchase that would change the plan of a
// free workspace charges nothing and is [CodeConfirmationRequired]: [ExtraNumbersPreviewOf]
// returns its preview, and Confirm agrees to it.
//
// After an [*OutcomeUnknownError], do not call again. No call tells for sure whether the
// card was charged, so let a person look at the dashboard. The codes of a refused card are
// not documented. Expect those of [NumbersService.Pay]: [CodePaymentFailed] and
// [CodeInsufficientFunds] in a [*PaymentError], and [CodePaymentInProgress].
//
// Scope: tenant key. Retry: [RetryNever]. Errors: [*OutcomeUnknownError],
// [CodeConfirmationRequired], [*PaymentError] and those of every call.
func (s ExtraNumbersService) Buy(ctx context.Context, req BuyExtraNumbersRequest) (*PurchasedExtraNumbers, error) {
	return invoke[PurchasedExtraNumbers](ctx, s.client, opExtraNumbersBuy, input{body: req})
}

// Release GIVES PAID CAPACITY BACK, MORE OF IT ON EVERY CALL, for quantity numbers, at
// least 1. The running billing cycle is not refunded. The vendor's texts disagree on
// whether [NumbersService.Delete] already frees capacity: call Preview first. After an
// [*OutcomeUnknownError], let a person look at the dashboard.
//
// Scope: tenant key. Retry: [RetryNever]. Errors: [*OutcomeUnknownError],
// [CodeNumberLimitExceeded] if more numbers are connected than would remain, and those of
// every call.
func (s ExtraNumbersService) Release(ctx context.Context, quantity int) (*ReleasedExtraNumbers, error) {
	return invoke[ReleasedExtraNumbers](ctx, s.client, opExtraNumbersRelease, input{body: releaseBody{quantity}})
}
