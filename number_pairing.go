package pilotstatus

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"path"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Create adds a web number, which a person then pairs with the code in the answer;
// WaitConnected shows the code and waits. Creating costs nothing: a number beyond
// what the workspace pays for IS CHARGED AT ITS FIRST CONNECTION, and an unpaid
// charge blocks its sends (Pay).
//
// A phone number that was deleted less than 30 days ago is [CodeNumberSoftDeleted]:
// Restore that number, or Purge it first. One that the workspace has already is a
// 409 without a documented code.
//
// It is repeated only after what provably never reached the API. After an
// [*OutcomeUnknownError] look for the phone number in List before you call again.
//
// Scope: tenant key. Retry: [RetryUnsent]. Errors: [*OutcomeUnknownError] and those of
// every call.
func (s NumbersService) Create(ctx context.Context, req CreateNumberRequest) (*CreatedNumber, error) {
	return invoke[CreatedNumber](ctx, s.client, opNumbersCreate, input{body: req})
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
//
// Scope: tenant key. Retry: [RetrySafe]. Errors: those of every call.
func (s NumbersService) Connect(ctx context.Context, id string, opts DeviceOptions) (*PairingCodes, error) {
	return invoke[PairingCodes](ctx, s.client, opNumbersConnect, input{path: params{id}, query: opts})
}

// Status returns whether a number is connected, as its provider says now or, where
// that does not answer, as it was last known ([NumberStatus].Stale). Ask
// [NumberStatus.Connected] rather than comparing states.
//
// [CodeProviderNotConfigured] stays until the operator of the platform acts: stop
// polling. [CodeUpstreamTimeout] and [CodeUpstreamError] pass; they were repeated here
// already.
//
// Scope: tenant key. Retry: [RetrySafe]. Errors: those of every call.
func (s NumbersService) Status(ctx context.Context, id string, opts DeviceOptions) (*NumberStatus, error) {
	return invoke[NumberStatus](ctx, s.client, opNumbersStatus, input{path: params{id}, query: opts})
}

// UpgradeToDual gives a web number a second device and returns the code to pair
// it with. From then on Connect, Status and WaitConnected know both links
// ([DeviceOptions].Secondary), and the number counts as connected when both are. A
// workspace without this feature is refused, without a documented code. It is
// repeated only after what provably never reached the API; after an
// [*OutcomeUnknownError], [NumberSummary].SecondaryDevice in List tells whether the link is
// there, and Connect makes a new code for it.
//
// Scope: tenant key. Retry: [RetryUnsent]. Errors: [*OutcomeUnknownError] and those of
// every call.
func (s NumbersService) UpgradeToDual(ctx context.Context, id string) (*PairingCodes, error) {
	answer, err := invoke[dualUpgrade](ctx, s.client, opNumbersUpgradeToDual, input{path: params{id}})
	if err != nil {
		return nil, err
	}
	return &answer.SecondaryDevice, nil
}

// Experimental: CreateMeta adds an official number of the Cloud API with the
// credentials of your own WhatsApp Business account. The vendor documents its request
// and its answer in part: what is missing goes into Extra, the whole answer is in Raw.
// The answer's VerifyToken belongs into your Meta app. The platform tries to enable
// voice calls on the number.
//
// It is repeated only after what provably never reached the API; after an
// [*OutcomeUnknownError] look for the phone number in List before you call again.
//
// Scope: tenant key. Retry: [RetryUnsent]. Errors: [*OutcomeUnknownError] and those of
// every call.
func (s NumbersService) CreateMeta(ctx context.Context, req CreateMetaNumberRequest) (*MetaNumber, error) {
	return invoke[MetaNumber](ctx, s.client, opNumbersCreateMeta, input{body: req})
}

// CreatePairingLink adds a number and returns a link to a page on which somebody
// else pairs it, without an account. The link lives 24 hours and works once. Creating
// costs nothing: a number beyond what the workspace pays for IS CHARGED AT ITS FIRST
// CONNECTION. With SendViaWhatsApp it also SENDS A WHATSAPP MESSAGE; a nil error does
// not mean that the message went out, see [PairingLink].MessageSent. The page behind the
// link is the vendor's; one of your own uses [PairingService]. To learn when it happened,
// receive [EventNumberConnected] or call WaitConnected without OnCode, which does not use
// the link up.
//
// Refusals are those of Create, as far as is known. It is tried once: after an
// [*OutcomeUnknownError] look for the phone number in List. The number may be there and
// its link lost; a person can still pair it with the code of Connect.
//
// Scope: tenant key. Retry: [RetryNever]. Errors: [*OutcomeUnknownError] and those of every
// call.
func (s NumbersService) CreatePairingLink(ctx context.Context, req CreatePairingLinkRequest) (*PairingLink, error) {
	return invoke[PairingLink](ctx, s.client, opNumbersCreatePairingLink, input{body: req})
}

// InstanceQuality is what the engine says of a number's condition. The set is open.
type InstanceQuality string

// The documented conditions.
const (
	InstanceQualityGood    InstanceQuality = "GOOD"
	InstanceQualityUnknown InstanceQuality = "UNKNOWN"
)

// Instance is the engine's side of a number. Any field may be missing; that of a key has
// ID, InstanceName, DisplayName, Number and State.
type Instance struct {
	ID               string          `json:"id"` // the number's id, which every other call takes
	TenantID         string          `json:"tenantId"`
	InstanceName     string          `json:"instanceName"`
	Number           string          `json:"number"` // the phone number, in digits
	DisplayName      string          `json:"displayName"`
	Name             string          `json:"name"`
	State            ConnectionState `json:"state"` // some answers call it status
	Integration      string          `json:"integration"`
	Quality          InstanceQuality `json:"quality"`
	PrimaryDevice    *DeviceStatus   `json:"primaryLink"`
	SecondaryDevice  *DeviceStatus   `json:"secondaryLink"`    // nil on a number with one link
	IsFullyConnected *bool           `json:"isFullyConnected"` // all links are connected; nil: the API does not say
	CreatedAt        Timestamp       `json:"createdAt"`
	UpdatedAt        Timestamp       `json:"updatedAt"`
}

// UnmarshalJSON reads both names of the state.
func (i *Instance) UnmarshalJSON(data []byte) error {
	type plain Instance // without this method
	var answer struct {
		plain
		Status ConnectionState `json:"status"`
	}
	if err := unmarshalAnswer(data, &answer); err != nil {
		return err
	}
	*i = Instance(answer.plain)
	i.State = cmp.Or(i.State, answer.Status)
	return nil
}

// CreatedNumber is a number that waits to be paired.
type CreatedNumber struct {
	// ID is the number's id, from Instance. Where it is empty, look for the phone number
	// in [NumbersService.List].
	ID       string   `json:"-"`
	Instance Instance `json:"instance"`

	// [PairingCodes] is the code of the primary link, for [WaitConnectedOptions].Code. It
	// may be missing: [NumbersService.Connect] makes one.
	PairingCodes

	PrimaryDevice   *PairingCodes `json:"primaryLink"`   // the same code, in some answers
	SecondaryDevice *PairingCodes `json:"secondaryLink"` // nil on a number with one link

	// LinkedAPIKeyID is the id of the key that LinkToAPIKey moved; zero with a
	// tenant key.
	LinkedAPIKeyID Secret `json:"linkedApiKeyId"`
}

// UnmarshalJSON reads the answer and takes the code from where it stands.
func (n *CreatedNumber) UnmarshalJSON(data []byte) error {
	type plain CreatedNumber // without this method
	if err := unmarshalAnswer(data, (*plain)(n)); err != nil {
		return err
	}
	n.ID = n.Instance.ID
	if n.isEmpty() && n.PrimaryDevice != nil {
		n.PairingCodes = *n.PrimaryDevice
	}
	return nil
}

// check refuses an answer that nothing can be done with.
func (n *CreatedNumber) check() error {
	if n.ID == "" && n.isEmpty() && n.SecondaryDevice == nil {
		return errors.New("the answer names no number and has no code to pair one")
	}
	return nil
}

// Experimental: MetaNumber is an official number that was just added. Its answer is not
// documented: a field that is not in it, or is of another kind, is left zero.
type MetaNumber struct {
	// ID is the number's id. Where it is empty, look for the phone number in
	// [NumbersService.List].
	ID       string   `json:"id"`
	Instance Instance `json:"instance"`

	// VerifyToken proves Meta's webhook to the platform: enter it in your Meta app.
	// Only [NumbersService.CreateMeta] returns one.
	VerifyToken Secret `json:"verifyToken"`

	// Raw is the whole answer, with the address of the webhook; zero where it was empty.
	Raw Secret `json:"-"`
}

// UnmarshalJSON reads what it knows of the answer, and the id from where it stands.
func (n *MetaNumber) UnmarshalJSON(data []byte) error {
	type plain MetaNumber // without this method
	var answer struct {
		plain
		NumberID string `json:"numberId"`
	}
	if jsontext.Value(data).Kind() == '{' { // an answer of another kind has no known field
		if err := unmarshalAnswer(data, &answer); err != nil {
			return err
		}
	}
	*n = MetaNumber(answer.plain)
	n.ID = cmp.Or(n.Instance.ID, answer.NumberID, n.ID)
	return nil
}

// allowsEmpty: nothing says that the API answers with a body.
func (n *MetaNumber) allowsEmpty() {}

// CreateNumberRequest is a web number to add.
type CreateNumberRequest struct {
	Name string `json:"name"` // for people

	// Number is the phone number with its country code, as in "+5511999990000". It is
	// sent as it is.
	Number string `json:"number"`

	// LinkToAPIKey says whether a calling number key moves over to the new number. It
	// has no effect with a tenant key. nil: true.
	LinkToAPIKey *bool `json:"linkToApiKey,omitzero"`

	Settings UpdateNumberSettings `json:"settings,omitzero"`
}

func (n CreateNumberRequest) validate() error {
	if err := required("Name", n.Name); err != nil {
		return err
	}
	if err := checkPhoneText("Number", n.Number); err != nil {
		return err
	}
	return n.Settings.validate()
}

// Experimental: CreateMetaNumberRequest is an official number to add.
type CreateMetaNumberRequest struct {
	Name        string `json:"name,omitempty"`        // for people
	Number      string `json:"number,omitempty"`      // the phone number, sent as it is
	MetaPhoneID string `json:"metaPhoneId,omitempty"` // Meta's id of the phone number

	// Extra holds the body's other fields: the id of the WhatsApp Business account
	// and the token of a system user, under the names in the vendor's documentation.
	// A field that this version knows is a [*ValidationError] here, and so is a Secret:
	// give what Reveal returns.
	Extra map[string]any `json:"-"`
}

// isOpen reports whether the state is OPEN, in capitals or not.
func (s ConnectionState) isOpen() bool {
	return strings.EqualFold(string(s), string(ConnectionStateOpen))
}

// PairingCodes is what a person needs to pair one device: a QR code to scan or a
// code to type on the phone. Whoever has it can pair a device, so it prints as
// redacted. Both may be missing.
type PairingCodes struct {
	QRCode      QRCode `json:"qrcodeBase64"`
	PairingCode Secret `json:"pairingCode"` // as in "ABCD-1234"
}

func (b PairingCodes) isEmpty() bool { return b.QRCode.IsZero() && b.PairingCode.IsZero() }

// isSame reports whether a person who sees b needs not see other.
func (b PairingCodes) isSame(other PairingCodes) bool {
	return b.QRCode.Equal(other.QRCode.Secret) && b.PairingCode.Equal(other.PairingCode)
}

// dualUpgrade is the answer of Numbers.UpgradeToDual.
type dualUpgrade struct {
	SecondaryDevice PairingCodes `json:"secondaryLink"`
}

// NumberStatus is whether a number is connected.
type NumberStatus struct {
	ID    string          `json:"id"` // "" in some answers
	State ConnectionState `json:"state" required:"true"`

	// Stale means that the provider did not answer and State is the last one that was
	// known, as it was at LastKnownAt. Older servers do not say.
	Stale       bool      `json:"stale" strict:"true"`
	CheckedAt   Timestamp `json:"checkedAt"`   // when a web number was asked; zero where Stale is true
	LastKnownAt Timestamp `json:"lastKnownAt"` // zero unless Stale is true

	// Experimental: IsFullyConnected says whether all links of the number are connected;
	// nil where the API does not say.
	IsFullyConnected *bool `json:"isFullyConnected"`
}

// Connected reports whether the number is ready: the state is OPEN, it is not an old
// one, and no other link of the number is still open to be paired.
func (s NumberStatus) Connected() bool {
	return s.State.isOpen() && !s.Stale && (s.IsFullyConnected == nil || *s.IsFullyConnected)
}

// DeviceOptions are the options of [NumbersService.Connect] and [NumbersService.Status].
type DeviceOptions struct {
	Secondary bool // the second link of a number that has two ([NumbersService.UpgradeToDual])
}

func (o DeviceOptions) query() queryValues {
	q := queryValues{}
	if o.Secondary {
		q.text("link", "secondary")
	}
	return q
}

// PairingLink is a link to a page on which a person pairs a number. The API has
// several shapes of it, so any field may be missing.
type PairingLink struct {
	// Experimental: ID is the number's id. Where it is empty, look for the phone number
	// in [NumbersService.List].
	ID       string   `json:"numberId"`
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
	l.ID = cmp.Or(l.ID, l.Instance.ID)
	if l.Token.IsZero() {
		l.Token = NewSecret(lastSegment(l.URL.Reveal()))
	}
	return nil
}

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

// CreatePairingLinkRequest is a number to add and a link to pair it with.
type CreatePairingLinkRequest struct {
	Name   string `json:"name,omitempty"`   // for people; required unless Provider is [ProviderMeta]
	Number string `json:"number,omitempty"` // the phone number, sent as it is; required unless Provider is [ProviderMeta]

	// LinkToAPIKey says whether a calling number key moves over to the new number. It
	// has no effect with a tenant key. nil: true.
	LinkToAPIKey *bool `json:"linkToApiKey,omitzero"`

	// SendViaWhatsApp also sends the link to Number in a WhatsApp message. The
	// workspace needs the template pilot_status_remote_pairing, of the category OTP.
	SendViaWhatsApp bool `json:"sendViaWhatsApp,omitzero"`

	Provider    Provider `json:"provider,omitempty"`    // "": [ProviderPilotStatus]; [ProviderMeta] makes a link to Meta's signup
	RedirectURL string   `json:"redirectUrl,omitempty"` // [ProviderMeta]: where the person goes afterwards
	ExternalRef string   `json:"externalRef,omitempty"` // [ProviderMeta]: your own reference

	// Experimental: Branding is the look of this link's page.
	Branding BrandingOverride `json:"branding,omitzero"`

	// Experimental: MetaFlow chooses how a person brings an official number.
	MetaFlow MetaFlow `json:"metaFlow,omitempty"`

	// Extra holds body fields that this version does not know. A field that it
	// knows is a [*ValidationError] here.
	Extra map[string]any `json:"-"`
}

func (l CreatePairingLinkRequest) validate() error {
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
