package pilotstatus

import (
	"context"
)

// PairingInfo describes a pairing link.
type PairingInfo struct {
	Valid        bool   `json:"valid" required:"true"` // false: the link cannot be used, see Reason
	Reason       string `json:"reason"`
	Name         string `json:"name"`
	MaskedNumber string `json:"maskedNumber"`

	// Experimental: Number replaces MaskedNumber in some answers.
	Number string `json:"number"`

	State           ConnectionState `json:"state"`
	PrimaryDevice   *DeviceStatus   `json:"primaryLink"`
	SecondaryDevice *DeviceStatus   `json:"secondaryLink"` // nil on a number with one device
}

// PairingDevices hold the codes of a number's devices.
type PairingDevices struct {
	PairingCodes // of the primary device

	SecondaryDevice *PairingCodes `json:"secondaryLink"` // nil on a number with one device
}

// PairingStatus is the progress of a pairing.
type PairingStatus struct {
	State            ConnectionState `json:"state" required:"true"`
	IsFullyConnected bool            `json:"isFullyConnected" strict:"true"` // all devices of the number are connected

	// Experimental: PrimaryDevice and SecondaryDevice are the states of the devices.
	// SecondaryDevice is nil on a number with one device.
	PrimaryDevice   *DeviceStatus `json:"primaryLink"`
	SecondaryDevice *DeviceStatus `json:"secondaryLink"`
}

// Experimental: CompleteMetaOnboardingRequest holds the values that Meta's signup dialog
// returned.
type CompleteMetaOnboardingRequest struct {
	PhoneNumberID string // Meta's id of the phone number
	WABAID        string // Meta's id of the WhatsApp Business account

	// Code is the authorization code, which works once: NewSecret(code).
	Code Secret

	// Extra holds body fields that this version does not know. A field that this version
	// knows is a [*ValidationError]. So is a [Secret]: use the result of Reveal.
	Extra map[string]any
}

// metaOnboardingBody is the body of MetaOnboarding.Complete.
type metaOnboardingBody struct {
	PhoneNumberID string `json:"phoneNumberId,omitempty"`
	WABAID        string `json:"wabaId,omitempty"`
	Code          string `json:"code,omitempty"`

	Extra map[string]any `json:"-"`
}

// PairingService serves pages on which a person pairs a phone. Its calls carry the token of
// a pairing link ([NumbersService.CreatePairingLink]) and no key, on every client. A page
// calls Info, then Connect once, because each Connect makes the shown code invalid, and
// then Status until the number is connected. The service is part of a [PublicClient] and of
// a [TenantClient].
//
//   - [PairingService.Info] returns the purpose of a pairing link
//   - [PairingService.Connect] returns new codes to pair the number
//   - [PairingService.Status] returns whether the number is connected
type PairingService struct{ client *Client }

// Info returns the purpose of a pairing link. For a used, expired or unknown token the
// answer has Valid false, or it is a [*NotFoundError].
//
// Scope: no key. Retry: [RetrySafe]. Errors: [*NotFoundError] for a used, expired or
// unknown token; and those of every call.
func (s PairingService) Info(ctx context.Context, token string) (*PairingInfo, error) {
	return invoke[PairingInfo](ctx, s.client, opPairingInfo, input{path: params{token}})
}

// Connect starts the connection of a pairing link's number and returns new codes, with
// which a person pairs it. Every call makes the previous codes invalid. The first
// connection of a number beyond those that the workspace pays for IS CHARGED to the
// workspace. After an [*OutcomeUnknownError], call again for new codes.
//
// Scope: no key. Retry: [RetryUnsent]. Errors: [*NotFoundError] for a used, expired or
// unknown token; an [*APIError] with status 409 and no documented code for a connected
// number; [*OutcomeUnknownError] and those of every call.
func (s PairingService) Connect(ctx context.Context, token string) (*PairingDevices, error) {
	return invoke[PairingDevices](ctx, s.client, opPairingConnect, input{path: params{token}})
}

// Status returns whether the number of a pairing link is connected. THE FIRST ANSWER THAT
// REPORTS A CONNECTION ENDS THE TOKEN: stop calling then, because the next call is a
// [*NotFoundError]. After an [*OutcomeUnknownError], call again; if the link was valid
// before, a [*NotFoundError] then means that the number is connected.
//
// Scope: no key. Retry: [RetryUnsent]. Errors: [*NotFoundError] for a used, expired or
// unknown token; [*OutcomeUnknownError] and those of every call.
func (s PairingService) Status(ctx context.Context, token string) (*PairingStatus, error) {
	return invoke[PairingStatus](ctx, s.client, opPairingStatus, input{path: params{token}})
}

// MetaOnboardingService serves the page on which a person adds an official number. Its
// calls carry the token of the signup link and no key, on every client. It is part of a
// [PublicClient] and of a [TenantClient].
//
//   - [MetaOnboardingService.Complete] adds an official number (experimental)
type MetaOnboardingService struct{ client *Client }

// Experimental: Complete adds the official number that a person selected in Meta's signup
// dialog. The vendor documents a part of the request and nothing of the answer: put missing
// fields into Extra; Raw holds the whole answer.
//
// token is the token of a link that [NumbersService.CreatePairingLink] made for
// [ProviderMeta]. Meta's code works once: after an [*OutcomeUnknownError], look for the
// number in [NumbersService.List], and start the signup again if it is missing.
//
// Scope: no key. Retry: [RetryUnsent]. Errors: [CodeInvalidSession] for a used, expired or
// unknown token; [*OutcomeUnknownError] and those of every call.
func (s MetaOnboardingService) Complete(ctx context.Context, token string, req CompleteMetaOnboardingRequest) (*MetaNumber, error) {
	body := metaOnboardingBody{PhoneNumberID: req.PhoneNumberID, WABAID: req.WABAID, Code: req.Code.Reveal(), Extra: req.Extra}
	return invoke[MetaNumber](ctx, s.client, opMetaOnboardingComplete, input{path: params{token}, body: body})
}
