package pilotstatus

import "context"

// NumbersService administers the numbers of a workspace.
type NumbersService struct{ client *Client }

// List returns all numbers of the workspace. A number key is refused
// (*NumberScopeError).
func (s NumbersService) List(ctx context.Context) ([]NumberSummary, error) {
	return invokeList[NumberSummary](ctx, s.client, opNumbersList, input{}, "data", "numbers")
}

// Create adds a web number, which a person then pairs with the code in the answer;
// WaitConnected shows the code and waits. Creating costs nothing: a number beyond
// what the workspace pays for IS CHARGED AT ITS FIRST CONNECTION, and an unpaid
// charge blocks its sends (Pay).
//
// A phone number that was deleted less than 30 days ago is CodeNumberSoftDeleted:
// Restore that number, or Purge it first. One that the workspace has already is a
// 409 without a documented code.
//
// It is repeated only after what provably never reached the API. After an
// *OutcomeUnknownError look for the phone number in List before you call again.
func (s NumbersService) Create(ctx context.Context, n CreateNumber) (*CreatedNumber, error) {
	return invoke[CreatedNumber](ctx, s.client, opNumbersCreate, input{body: n})
}

// Get returns the number with that id. A number of another workspace is a
// *NotFoundError.
func (s NumbersService) Get(ctx context.Context, id string, o GetNumberOptions) (*NumberDetail, error) {
	return invoke[NumberDetail](ctx, s.client, opNumbersGet, input{path: params{id}, query: o})
}

// Update changes what u sets and leaves the rest alone. Shortening how long content
// is kept can destroy older content, and PIIModeRelayOnly hides it in reads. An
// update without any change is a *ValidationError here. It is repeated like a read,
// because the same change twice is the same change.
func (s NumbersService) Update(ctx context.Context, id string, u UpdateNumber) (*UpdatedNumber, error) {
	return invoke[UpdatedNumber](ctx, s.client, opNumbersUpdate, input{path: params{id}, body: u})
}

// Delete LOGS THE NUMBER OUT AND DELETES IT. Restore brings it back for 30 days, but
// not its login; after that it is gone for good. The number's own key stops working
// at once. The vendor's texts disagree on whether deleting also frees a paid slot:
// look at ExtraNumbers.Preview before you call ExtraNumbers.Release as well.
//
// It is repeated only after what provably never reached the API. After an
// *OutcomeUnknownError, a number that List does not have any more was deleted.
func (s NumbersService) Delete(ctx context.Context, id string) (*DeletedNumber, error) {
	return invoke[DeletedNumber](ctx, s.client, opNumbersDelete, input{path: params{id}})
}

// Restore brings a deleted number back, with its settings and its history and
// without its connection: call WaitConnected or Connect next. After the 30 days it
// is a *NotFoundError; where the phone number was added again meanwhile,
// CodeNumberAlreadyActive. It is repeated only after what provably never reached the
// API; after an *OutcomeUnknownError look for the number in List.
func (s NumbersService) Restore(ctx context.Context, id string) (*RestoredNumber, error) {
	return invoke[RestoredNumber](ctx, s.client, opNumbersRestore, input{path: params{id}})
}

// Purge ERASES A NUMBER FOR EVER: its history, chats, templates and keys, and an
// official number at Meta too. NOTHING BRINGS IT BACK, and it saves no money
// compared with Delete. It takes numbers that are live and those that were deleted.
// It is tried once; after an *OutcomeUnknownError call again: a *NotFoundError means
// that the number is gone.
func (s NumbersService) Purge(ctx context.Context, id string) (*PurgedNumber, error) {
	return invoke[PurgedNumber](ctx, s.client, opNumbersPurge, input{path: params{id}})
}

// Pay CHARGES THE WORKSPACE'S SAVED CARD for a number that an unpaid charge blocked
// (NumberDetail.ExtraChargeUnpaidSince). Once paid, calling again charges nothing
// (ChargeStatusNotRequired). The key needs the permission billing:manage
// (CodePermissionDenied). Errors worth telling apart:
//
//   - CodePaymentFailed: the card was refused; *PaymentError has the issuer's reason
//     and the amount, where they are known.
//   - CodeInsufficientFunds: there is no credit and no usable card. Make a payment
//     page with Billing.Checkout, then pay again.
//   - CodePaymentInProgress: another payment of the workspace runs. Call again after
//     some seconds.
//   - CodePaymentProviderError, in the Err of an *OutcomeUnknownError: no refusal. The
//     API tries again by itself, so wait.
//   - CodeNumberNotFound: the workspace has no such number.
//
// It is tried once. After an *OutcomeUnknownError ask Get whether
// ExtraChargeUnpaidSince is zero before you call again.
func (s NumbersService) Pay(ctx context.Context, id string) (*NumberPayment, error) {
	return invoke[NumberPayment](ctx, s.client, opNumbersPay, input{path: params{id}})
}

// Connect starts to connect a web number and returns a new code for a person to
// pair it with. Every call makes the code before it worthless: show the new one, and
// do not ask more often than needed. WaitConnected does this until the number is
// connected. Both codes may be missing shortly after Create: use those of its answer,
// or ask again.
//
// A link that is connected is a 409 without a documented code: look at Status.
// Official numbers cannot be connected. The first connection of a number beyond what
// the workspace pays for IS CHARGED. It is repeated like a read.
func (s NumbersService) Connect(ctx context.Context, id string, o NumberLinkOptions) (*LinkBundle, error) {
	return invoke[LinkBundle](ctx, s.client, opNumbersConnect, input{path: params{id}, query: o})
}

// Status returns whether a number is connected, as its provider says now or, where
// that does not answer, as it was last known (NumberStatus.Stale). Ask
// NumberStatus.Connected rather than comparing states.
//
// CodeProviderNotConfigured stays until the operator of the platform acts: stop
// polling. CodeUpstreamTimeout and CodeUpstreamError pass; they were repeated here
// already.
func (s NumbersService) Status(ctx context.Context, id string, o NumberLinkOptions) (*NumberStatus, error) {
	return invoke[NumberStatus](ctx, s.client, opNumbersStatus, input{path: params{id}, query: o})
}

// UpgradeToDual gives a web number a second device link and returns the code to pair
// it with. From then on Connect, Status and WaitConnected know both links
// (NumberLinkOptions.Secondary), and the number counts as connected when both are. A
// workspace without this feature is refused, without a documented code. It is
// repeated only after what provably never reached the API; after an
// *OutcomeUnknownError, NumberSummary.SecondaryLink in List tells whether the link is
// there, and Connect makes a new code for it.
func (s NumbersService) UpgradeToDual(ctx context.Context, id string) (*DualUpgrade, error) {
	return invoke[DualUpgrade](ctx, s.client, opNumbersUpgradeToDual, input{path: params{id}})
}

// Experimental: CreateMeta adds an official number of the Cloud API with the
// credentials of your own WhatsApp Business account. The vendor documents its request
// and its answer in part: what is missing goes into Extra, the whole answer is in Raw.
// The answer's VerifyToken belongs into your Meta app. The platform tries to enable
// voice calls on the number.
//
// It is repeated only after what provably never reached the API; after an
// *OutcomeUnknownError look for the phone number in List before you call again.
func (s NumbersService) CreateMeta(ctx context.Context, n CreateMetaNumber) (*MetaNumber, error) {
	return invoke[MetaNumber](ctx, s.client, opNumbersCreateMeta, input{body: n})
}

// CreatePairingLink adds a number and returns a link to a page on which somebody
// else pairs it, without an account. The link lives 24 hours and works once. Creating
// costs nothing: a number beyond what the workspace pays for IS CHARGED AT ITS FIRST
// CONNECTION. With SendViaWhatsApp it also SENDS A WHATSAPP MESSAGE; a nil error does
// not mean that the message went out, see PairingLink.MessageSent. The page behind the
// link is the vendor's; one of your own uses PairingService. To learn when it happened,
// receive EventNumberConnected or call WaitConnected without OnCode, which does not use
// the link up.
//
// Refusals are those of Create, as far as is known. It is tried once: after an
// *OutcomeUnknownError look for the phone number in List. The number may be there and
// its link lost; a person can still pair it with the code of Connect.
func (s NumbersService) CreatePairingLink(ctx context.Context, l CreatePairingLink) (*PairingLink, error) {
	return invoke[PairingLink](ctx, s.client, opNumbersCreatePairingLink, input{body: l})
}
