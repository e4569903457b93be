package pilotstatus

import (
	"cmp"
	"encoding/json"
	"net/url"
	"path"
	"strings"
)

// PairingLink is a link to a page on which a person pairs a number. The API has
// several shapes of it, so any field may be missing.
type PairingLink struct {
	// Experimental: NumberID is the number's id, which is also Instance.ID. Where it
	// is empty, look for the phone number in Numbers.List.
	NumberID string   `json:"numberId"`
	Instance Instance `json:"instance"`

	// Experimental: Provider is what will connect the number.
	Provider Provider `json:"provider"`

	// URL is the link to hand out. Whoever has it can pair the number. Its host
	// changes: pass it on as it is.
	URL Secret `json:"remotePairingUrl"`

	// Experimental: Token is the link's token, for Pairing. Where the API does not
	// name it, it is taken from the end of URL.
	Token Secret `json:"remotePairingToken"`

	MaskedNumber string `json:"maskedNumber"`

	// MessageSent says whether a WhatsApp message with the link went out, and
	// MessageError why not. The link is good either way.
	MessageSent  bool   `json:"messageSent"`
	MessageError string `json:"messageError"`

	LinkedAPIKeyID Secret `json:"linkedApiKeyId"` // zero with a tenant key

	// Raw is the whole answer.
	Raw Secret `json:"-"`
}

// UnmarshalJSON reads the answer and fills in what it says in another place.
func (l *PairingLink) UnmarshalJSON(data []byte) error {
	type plain PairingLink // without this method
	if err := unmarshalAnswer(data, (*plain)(l)); err != nil {
		return err
	}
	l.NumberID = cmp.Or(l.NumberID, l.Instance.ID)
	if l.Token.IsZero() {
		l.Token = NewSecret(lastSegment(l.URL.Reveal()))
	}
	return nil
}

func (l *PairingLink) keepRaw(raw json.RawMessage) { l.Raw = NewSecret(string(raw)) }

// lastSegment returns the last segment of a URL's path, "" where there is none.
func lastSegment(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	_, last := path.Split(strings.TrimRight(u.Path, "/"))
	return last
}

// MetaFlow is how a person brings an official number. The set is open.
type MetaFlow string

// The documented flows.
const (
	MetaFlowEmbedded    MetaFlow = "embedded"    // Meta's own signup dialog
	MetaFlowCredentials MetaFlow = "credentials" // the person types credentials in
)

// CreatePairingLink is a number to add and a link to pair it with.
type CreatePairingLink struct {
	Name   string `json:"name,omitempty"`   // for people; required unless Provider is ProviderMeta
	Number string `json:"number,omitempty"` // the phone number, sent as it is; required unless Provider is ProviderMeta

	// LinkToAPIKey says whether a calling number key moves over to the new number. It
	// has no effect with a tenant key. nil: true.
	LinkToAPIKey *bool `json:"linkToApiKey,omitzero"`

	// SendViaWhatsApp also sends the link to Number in a WhatsApp message. The
	// workspace needs the template pilot_status_remote_pairing, of the category OTP.
	SendViaWhatsApp bool `json:"sendViaWhatsApp,omitzero"`

	Provider    Provider `json:"provider,omitempty"`    // "": ProviderPilotStatus; ProviderMeta makes a link to Meta's signup
	RedirectURL string   `json:"redirectUrl,omitempty"` // ProviderMeta: where the person goes afterwards
	ExternalRef string   `json:"externalRef,omitempty"` // ProviderMeta: your own reference

	// Experimental: Branding is the look of this link's page.
	Branding BrandingOverride `json:"branding,omitzero"`

	// Experimental: MetaFlow chooses how a person brings an official number.
	MetaFlow MetaFlow `json:"metaFlow,omitempty"`

	// Extra holds body fields that this version does not know. A field that it
	// knows is a *ValidationError here.
	Extra map[string]any `json:"-"`
}

func (l CreatePairingLink) extra() map[string]any { return l.Extra }

func (l CreatePairingLink) validate() error {
	if l.Provider == ProviderMeta {
		if l.Number == "" {
			return nil
		}
		return checkPhoneText("Number", l.Number)
	}
	if err := required("Name", l.Name); err != nil {
		return err
	}
	return checkPhoneText("Number", l.Number)
}
