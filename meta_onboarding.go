package pilotstatus

import "context"

// Experimental: CompleteMetaOnboarding is what Meta's signup dialog handed over.
type CompleteMetaOnboarding struct {
	PhoneNumberID string // Meta's id of the phone number
	WABAID        string // Meta's id of the WhatsApp Business account

	// Code is the authorisation code, which works once: NewSecret(code).
	Code Secret

	// Extra holds body fields that this version does not know. A field that it
	// knows is a *ValidationError here, and so is a Secret: give what Reveal returns.
	Extra map[string]any
}

// metaOnboardingBody is a CompleteMetaOnboarding on the wire.
type metaOnboardingBody struct {
	PhoneNumberID string `json:"phoneNumberId,omitempty"`
	WABAID        string `json:"wabaId,omitempty"`
	Code          string `json:"code,omitempty"`

	more map[string]any
}

func (b metaOnboardingBody) extra() map[string]any { return b.more }

// MetaOnboardingService is the page on which a person brings an official number. Its
// calls carry the token of the signup link and no key, whichever client they are
// made on.
type MetaOnboardingService struct{ client *Client }

// Experimental: Complete adds the official number that a person chose in Meta's signup
// dialog. The vendor documents its request in part and its answer not at all: what is
// missing goes into Extra, the whole answer is in Raw.
//
// token is that of a link which Numbers.CreatePairingLink made for ProviderMeta; one
// that is used up, expired or unknown is CodeInvalidSession. It is repeated only
// after what provably never reached the API. Meta's code works once: after an
// *OutcomeUnknownError look for the number in Numbers.List, and start the signup again
// where it is missing.
func (s MetaOnboardingService) Complete(ctx context.Context, token string, c CompleteMetaOnboarding) (*MetaNumber, error) {
	body := metaOnboardingBody{PhoneNumberID: c.PhoneNumberID, WABAID: c.WABAID, Code: c.Code.Reveal(), more: c.Extra}
	return invoke[MetaNumber](ctx, s.client, opMetaOnboardingComplete, input{path: params{token}, body: body})
}
