package pilotstatus

import (
	"context"
)

// PairingInfo describes a pairing link.
type PairingInfo struct {
	Valid        bool   `json:"valid" required:"true"` // false: the link is of no use, see Reason
	Reason       string `json:"reason"`
	Name         string `json:"name"`
	MaskedNumber string `json:"maskedNumber"`

	// Experimental: Number stands in place of MaskedNumber in some answers.
	Number string `json:"number"`

	State           ConnectionState `json:"state"`
	PrimaryDevice   *DeviceStatus   `json:"primaryLink"`
	SecondaryDevice *DeviceStatus   `json:"secondaryLink"` // nil on a number with one link
}

// PairingDevices are the codes of a number's links.
type PairingDevices struct {
	PairingCodes // of the primary link

	SecondaryDevice *PairingCodes `json:"secondaryLink"` // nil on a number with one link
}

// PairingStatus is how far a pairing came.
type PairingStatus struct {
	State            ConnectionState `json:"state" required:"true"`
	IsFullyConnected bool            `json:"isFullyConnected" strict:"true"` // all links of the number are connected

	// Experimental: PrimaryDevice and SecondaryDevice say how far each link is. The second
	// one is nil on a number with one link.
	PrimaryDevice   *DeviceStatus `json:"primaryLink"`
	SecondaryDevice *DeviceStatus `json:"secondaryLink"`
}

// Experimental: CompleteMetaOnboardingRequest is what Meta's signup dialog handed over.
type CompleteMetaOnboardingRequest struct {
	PhoneNumberID string // Meta's id of the phone number
	WABAID        string // Meta's id of the WhatsApp Business account

	// Code is the authorisation code, which works once: NewSecret(code).
	Code Secret

	// Extra holds body fields that this version does not know. A field that it
	// knows is a [*ValidationError] here, and so is a Secret: give what Reveal returns.
	Extra map[string]any
}

// metaOnboardingBody is a CompleteMetaOnboardingRequest on the wire.
type metaOnboardingBody struct {
	PhoneNumberID string `json:"phoneNumberId,omitempty"`
	WABAID        string `json:"wabaId,omitempty"`
	Code          string `json:"code,omitempty"`

	Extra map[string]any `json:"-"`
}

// PairingService is the pages on which a person pairs a phone. Its calls carry the token of
// the pairing link ([NumbersService.CreatePairingLink]) and no key, whichever client they
// are made on. A page calls Info, then Connect once, because each Connect kills the code
// that is shown, and then Status until it is connected. It is part of a [PublicClient] and
// of a [TenantClient].
//
//   - [PairingService.Info] returns what a pairing link is for
//   - [PairingService.Connect] starts to connect the number of a pairing link and returns
//     new codes for a person to pair it with
//   - [PairingService.Status] returns whether the number of a pairing link is connected
type PairingService struct{ client *Client }

// Info returns what a pairing link is for. A token that is used up, expired or
// unknown is a [*NotFoundError] or an answer with Valid false.
//
// Scope: no key. Retry: [RetrySafe]. Errors: those of every call.
func (s PairingService) Info(ctx context.Context, token string) (*PairingInfo, error) {
	return invoke[PairingInfo](ctx, s.client, opPairingInfo, input{path: params{token}})
}

// Connect starts to connect the number of a pairing link and returns new codes for a
// person to pair it with. Every call makes the codes before it worthless. A number
// that is connected is a 409 without a documented code, a dead token a
// [*NotFoundError]. The first connection of a number beyond what the workspace pays
// for IS CHARGED to the workspace. It is repeated only after what provably never
// reached the API; after an [*OutcomeUnknownError] call again for new codes.
//
// Scope: no key. Retry: [RetryUnsent]. Errors: [*OutcomeUnknownError] and those of every
// call.
func (s PairingService) Connect(ctx context.Context, token string) (*PairingDevices, error) {
	return invoke[PairingDevices](ctx, s.client, opPairingConnect, input{path: params{token}})
}

// Status returns whether the number of a pairing link is connected. THE FIRST ANSWER
// THAT SAYS SO ENDS THE TOKEN: stop asking then, because the next call is a
// [*NotFoundError]. For the same reason it is repeated only after what provably never
// reached the API; after an [*OutcomeUnknownError] call again, and take a
// [*NotFoundError] for connected if the link was good before.
//
// Scope: no key. Retry: [RetryUnsent]. Errors: [*OutcomeUnknownError] and those of every
// call.
func (s PairingService) Status(ctx context.Context, token string) (*PairingStatus, error) {
	return invoke[PairingStatus](ctx, s.client, opPairingStatus, input{path: params{token}})
}

// MetaOnboardingService is the page on which a person brings an official number. Its
// calls carry the token of the signup link and no key, whichever client they are
// made on. It is part of a [PublicClient] and of a [TenantClient].
//
//   - [MetaOnboardingService.Complete] Experimental
type MetaOnboardingService struct{ client *Client }

// Experimental: Complete adds the official number that a person chose in Meta's signup
// dialog. The vendor documents its request in part and its answer not at all: what is
// missing goes into Extra, the whole answer is in Raw.
//
// token is that of a link which [NumbersService.CreatePairingLink] made for [ProviderMeta];
// one that is used up, expired or unknown is [CodeInvalidSession]. It is repeated only
// after what provably never reached the API. Meta's code works once: after an
// [*OutcomeUnknownError] look for the number in [NumbersService.List], and start the signup
// again where it is missing.
//
// Scope: no key. Retry: [RetryUnsent]. Errors: [*OutcomeUnknownError] and those of every
// call.
func (s MetaOnboardingService) Complete(ctx context.Context, token string, req CompleteMetaOnboardingRequest) (*MetaNumber, error) {
	body := metaOnboardingBody{PhoneNumberID: req.PhoneNumberID, WABAID: req.WABAID, Code: req.Code.Reveal(), Extra: req.Extra}
	return invoke[MetaNumber](ctx, s.client, opMetaOnboardingComplete, input{path: params{token}, body: body})
}
