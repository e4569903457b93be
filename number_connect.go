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

// Create adds a web number. A person then pairs it with the code in the answer;
// [NumbersService.WaitConnected] shows the code and waits. Creating costs nothing: a number
// beyond those that the workspace pays for IS CHARGED AT ITS FIRST CONNECTION, and an
// unpaid charge blocks its sends ([NumbersService.Pay]).
//
// After an [*OutcomeUnknownError], look for the phone number in [NumbersService.List]
// before calling again.
//
// Scope: tenant key. Retry: [RetryUnsent]. Errors: [CodeNumberSoftDeleted] for a phone
// number that was deleted less than 30 days ago, which needs [NumbersService.Restore] or
// [NumbersService.Purge] first; an [*APIError] with status 409 and no documented code for a
// phone number that the workspace already has; [*OutcomeUnknownError] and those of every
// call.
func (s NumbersService) Create(ctx context.Context, req CreateNumberRequest) (*CreatedNumber, error) {
	return invoke[CreatedNumber](ctx, s.client, opNumbersCreate, input{body: req})
}

// Connect starts the connection of a web number and returns a new code, with which a person
// pairs it. Every call makes the previous code invalid: show the new one, and do not call
// more often than needed. [NumbersService.WaitConnected] does this until the number is
// connected. Shortly after [NumbersService.Create] both codes may be missing: use those of
// its answer, or call again.
//
// The first connection of a number beyond those that the workspace pays for IS CHARGED.
// Official numbers cannot be connected this way.
//
// Scope: tenant key. Retry: [RetrySafe]. Errors: an [*APIError] with status 409 and no
// documented code for a connected device (see [NumbersService.Status]); [*NotFoundError]
// for an unknown number; and those of every call.
func (s NumbersService) Connect(ctx context.Context, id string, opts DeviceOptions) (*PairingCodes, error) {
	return invoke[PairingCodes](ctx, s.client, opNumbersConnect, input{path: params{id}, query: opts})
}

// Status returns whether a number is connected. It is the provider's current state, or the
// last known state if the provider does not answer ([NumberStatus].Stale). Call
// [NumberStatus.Connected] instead of comparing states.
//
// Scope: tenant key. Retry: [RetrySafe]. Errors: [CodeProviderNotConfigured], which lasts
// until the platform's operator acts, so stop polling; [CodeUpstreamTimeout] and
// [CodeUpstreamError], which are temporary and were already retried; [*NotFoundError] for
// an unknown number; and those of every call.
func (s NumbersService) Status(ctx context.Context, id string, opts DeviceOptions) (*NumberStatus, error) {
	return invoke[NumberStatus](ctx, s.client, opNumbersStatus, input{path: params{id}, query: opts})
}

// UpgradeToDual gives a web number a second device and returns the code to pair it with.
// Afterwards [NumbersService.Connect], [NumbersService.Status] and
// [NumbersService.WaitConnected] work with both devices ([DeviceOptions].Secondary), and
// the number is connected when both are. After an [*OutcomeUnknownError],
// [NumberSummary].SecondaryDevice in [NumbersService.List] shows whether the second device
// exists, and [NumbersService.Connect] makes a new code for it.
//
// Scope: tenant key. Retry: [RetryUnsent]. Errors: an [*APIError] without a documented code
// for a workspace that may not use this feature; [*OutcomeUnknownError] and those of every
// call.
func (s NumbersService) UpgradeToDual(ctx context.Context, id string) (*PairingCodes, error) {
	answer, err := invoke[dualUpgrade](ctx, s.client, opNumbersUpgradeToDual, input{path: params{id}})
	if err != nil {
		return nil, err
	}
	return &answer.SecondaryDevice, nil
}

// Experimental: CreateMeta adds an official number of the Cloud API with the credentials of
// your own WhatsApp Business account. The vendor documents only a part of the request and
// the answer: put missing fields into Extra; Raw holds the whole answer. Enter VerifyToken
// of the answer in your Meta app. The platform tries to enable voice calls on the number.
// After an [*OutcomeUnknownError], look for the phone number in [NumbersService.List]
// before calling again.
//
// Scope: tenant key. Retry: [RetryUnsent]. Errors: [*OutcomeUnknownError] and those of
// every call.
func (s NumbersService) CreateMeta(ctx context.Context, req CreateMetaNumberRequest) (*MetaNumber, error) {
	return invoke[MetaNumber](ctx, s.client, opNumbersCreateMeta, input{body: req})
}

// CreatePairingLink adds a number and returns a link to a page on which another person
// pairs it without an account. The link is valid for 24 hours and works once. Creating
// costs nothing: a number beyond those that the workspace pays for IS CHARGED AT ITS FIRST
// CONNECTION. With SendViaWhatsApp it also SENDS A WHATSAPP MESSAGE; a nil error does not
// mean that the message was sent, see [PairingLink].MessageSent. The page is the vendor's;
// your own page uses [PairingService]. To learn of the connection, receive
// [EventNumberConnected], or call [NumbersService.WaitConnected] without OnCode, which does
// not use up the link.
//
// After an [*OutcomeUnknownError], look for the phone number in [NumbersService.List]. The
// number may exist although its link is lost; a person can still pair it with the code of
// [NumbersService.Connect].
//
// Scope: tenant key. Retry: [RetryNever]. Errors: those of [NumbersService.Create], as far
// as documented.
func (s NumbersService) CreatePairingLink(ctx context.Context, req CreatePairingLinkRequest) (*PairingLink, error) {
	return invoke[PairingLink](ctx, s.client, opNumbersCreatePairingLink, input{body: req})
}

// InstanceQuality is the engine's rating of a number. The set is open.
type InstanceQuality string

// The documented ratings.
const (
	InstanceQualityGood    InstanceQuality = "GOOD"
	InstanceQualityUnknown InstanceQuality = "UNKNOWN"
)

// Instance is the engine's record of a number. Any field may be missing. The one in
// [KeyInfo] has only ID, InstanceName, DisplayName, Number and State.
type Instance struct {
	ID               string          `json:"id"` // the number's id; in [KeyInfo] the engine's own, which no call takes
	TenantID         string          `json:"tenantId"`
	InstanceName     string          `json:"instanceName"`
	Number           string          `json:"number"` // the phone number, in digits
	DisplayName      string          `json:"displayName"`
	Name             string          `json:"name"`
	State            ConnectionState `json:"state"` // some answers name it "status"
	Integration      string          `json:"integration"`
	Quality          InstanceQuality `json:"quality"`
	PrimaryDevice    *DeviceStatus   `json:"primaryLink"`
	SecondaryDevice  *DeviceStatus   `json:"secondaryLink"`    // nil on a number with one device
	IsFullyConnected *bool           `json:"isFullyConnected"` // all devices are connected; nil: unknown
	CreatedAt        Timestamp       `json:"createdAt"`
	UpdatedAt        Timestamp       `json:"updatedAt"`
}

// UnmarshalJSON decodes both names of the state.
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

// CreatedNumber is a new number that is not paired yet.
type CreatedNumber struct {
	// ID is the number's id, from Instance. If it is empty, look for the phone number in
	// [NumbersService.List].
	ID       string   `json:"-"`
	Instance Instance `json:"instance"`

	// [PairingCodes] hold the code of the primary device, for [WaitConnectedOptions].Code.
	// It may be missing: [NumbersService.Connect] makes one.
	PairingCodes

	PrimaryDevice   *PairingCodes `json:"primaryLink"`   // the same code, in some answers
	SecondaryDevice *PairingCodes `json:"secondaryLink"` // nil on a number with one device

	// LinkedAPIKeyID is the id of the key that LinkToAPIKey moved; zero with a tenant key.
	LinkedAPIKeyID Secret `json:"linkedApiKeyId"`
}

// complete takes the code from where it stands.
func (n *CreatedNumber) complete([]byte) {
	n.ID = n.Instance.ID
	if n.isEmpty() && n.PrimaryDevice != nil {
		n.PairingCodes = *n.PrimaryDevice
	}
}

// check refuses an answer without an id and without a code.
func (n *CreatedNumber) check([]byte) error {
	if n.ID == "" && n.isEmpty() && n.SecondaryDevice == nil {
		return errors.New("the answer names no number and has no code to pair one")
	}
	return nil
}

// Experimental: MetaNumber is a new official number. The answer is not documented: a field
// that is missing, or of another JSON type, stays zero.
type MetaNumber struct {
	// ID is the number's id. If it is empty, look for the phone number in
	// [NumbersService.List].
	ID       string   `json:"id"`
	Instance Instance `json:"instance"`

	// VerifyToken authenticates Meta's webhook to the platform: enter it in your Meta app.
	// Only [NumbersService.CreateMeta] returns one.
	VerifyToken Secret `json:"verifyToken"`

	// Raw is the whole answer, with the address of the webhook; zero if the answer was
	// empty.
	Raw Secret `json:"-"`
}

// UnmarshalJSON decodes the known fields. The id has one of several places in the answer.
func (n *MetaNumber) UnmarshalJSON(data []byte) error {
	type plain MetaNumber // without this method
	var answer struct {
		plain
		NumberID string `json:"numberId"`
	}
	if jsontext.Value(data).Kind() == '{' { // a value of another JSON type has no known field
		if err := unmarshalAnswer(data, &answer); err != nil {
			return err
		}
	}
	*n = MetaNumber(answer.plain)
	n.ID = cmp.Or(n.Instance.ID, answer.NumberID, n.ID)
	return nil
}

// allowsEmpty accepts an answer without a body, because no body is documented.
func (n *MetaNumber) allowsEmpty() {}

// CreateNumberRequest is a web number to add.
type CreateNumberRequest struct {
	Name string `json:"name"` // a name for people

	// Number is the phone number with its country code, as in "+5511999990000". It is sent
	// unchanged.
	Number string `json:"number"`

	// LinkToAPIKey moves a calling number key to the new number. It has no effect with a
	// tenant key. nil means true.
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
	Name        string `json:"name,omitempty"`        // a name for people
	Number      string `json:"number,omitempty"`      // the phone number, sent unchanged
	MetaPhoneID string `json:"metaPhoneId,omitempty"` // Meta's id of the phone number

	// Extra holds the other fields of the body: the id of the WhatsApp Business account and
	// the token of a system user, under the names in the vendor's documentation. A field
	// that this version knows is a [*ValidationError]. So is a [Secret]: use the result of
	// Reveal.
	Extra map[string]any `json:"-"`
}

// isOpen reports whether the state is OPEN, ignoring case.
func (s ConnectionState) isOpen() bool {
	return strings.EqualFold(string(s), string(ConnectionStateOpen))
}

// PairingCodes hold what pairs one device: a QR code to scan and a code to type on the
// phone. Anyone who has one of them can pair a device, so they print as redacted. Both may
// be missing.
type PairingCodes struct {
	QRCode      QRCode `json:"qrcodeBase64"`
	PairingCode Secret `json:"pairingCode"` // as in "ABCD-1234"
}

func (b PairingCodes) isEmpty() bool { return b.QRCode.IsZero() && b.PairingCode.IsZero() }

// isSame reports whether b and other show the same codes.
func (b PairingCodes) isSame(other PairingCodes) bool {
	return b.QRCode.Equal(other.QRCode.Secret) && b.PairingCode.Equal(other.PairingCode)
}

// dualUpgrade is the answer of Numbers.UpgradeToDual.
type dualUpgrade struct {
	SecondaryDevice PairingCodes `json:"secondaryLink"`
}

// NumberStatus is the connection status of a number.
type NumberStatus struct {
	ID    string          `json:"id"` // "" in some answers
	State ConnectionState `json:"state" required:"true"`

	// Stale means that the provider did not answer. State is then the last known state, of
	// the time LastKnownAt. Older servers do not report it.
	Stale       bool      `json:"stale" strict:"true"`
	CheckedAt   Timestamp `json:"checkedAt"`   // when a web number was checked; zero if Stale is true
	LastKnownAt Timestamp `json:"lastKnownAt"` // zero unless Stale is true

	// Experimental: IsFullyConnected reports whether all devices of the number are
	// connected; nil means unknown.
	IsFullyConnected *bool `json:"isFullyConnected"`
}

// Connected reports whether the number is ready: its state is OPEN and not stale, and no
// device of the number still waits to be paired.
func (s NumberStatus) Connected() bool {
	return s.State.isOpen() && !s.Stale && (s.IsFullyConnected == nil || *s.IsFullyConnected)
}

// DeviceOptions are the options of [NumbersService.Connect] and [NumbersService.Status].
type DeviceOptions struct {
	Secondary bool `query:"link,secondary"` // the second device of a number with two ([NumbersService.UpgradeToDual])
}

// PairingLink is a link to a page on which a person pairs a number. The API returns it in
// several forms, so any field may be missing.
type PairingLink struct {
	// Experimental: ID is the number's id. If it is empty, look for the phone number in
	// [NumbersService.List].
	ID       string   `json:"numberId"`
	Instance Instance `json:"instance"`

	// Experimental: Provider is the provider that will connect the number.
	Provider Provider `json:"provider"`

	// URL is the link for the person. Anyone who has it can pair the number. Its host
	// changes: pass the link on unchanged.
	URL Secret `json:"remotePairingUrl"`

	// Experimental: Token is the link's token, for [PairingService]. If the API does not
	// return it, it is taken from the end of URL.
	Token Secret `json:"remotePairingToken"`

	MaskedNumber string `json:"maskedNumber"`

	// MessageSent reports whether a WhatsApp message with the link was sent, and
	// MessageError why not. The link is valid in both cases.
	MessageSent  bool   `json:"messageSent"`
	MessageError string `json:"messageError"`

	LinkedAPIKeyID Secret `json:"linkedApiKeyId"` // zero with a tenant key

	// Raw is the whole answer.
	Raw Secret `json:"-"`
}

// complete fills in what the answer says in another place.
func (l *PairingLink) complete([]byte) {
	l.ID = cmp.Or(l.ID, l.Instance.ID)
	if l.Token.IsZero() {
		l.Token = NewSecret(lastSegment(l.URL.Reveal()))
	}
}

// lastSegment returns the last segment of a URL's path, or "".
func lastSegment(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	_, last := path.Split(strings.TrimRight(u.Path, "/"))
	return last
}

// MetaFlow is the way in which a person adds an official number. The set is open.
type MetaFlow string

// The documented flows.
const (
	MetaFlowEmbedded    MetaFlow = "embedded"    // Meta's own signup dialog
	MetaFlowCredentials MetaFlow = "credentials" // the person enters credentials
)

// CreatePairingLinkRequest is a number to add with a pairing link.
type CreatePairingLinkRequest struct {
	Name   string `json:"name,omitempty"`   // a name for people; required unless Provider is [ProviderMeta]
	Number string `json:"number,omitempty"` // the phone number, sent unchanged; required unless Provider is [ProviderMeta]

	// LinkToAPIKey moves a calling number key to the new number. It has no effect with a
	// tenant key. nil means true.
	LinkToAPIKey *bool `json:"linkToApiKey,omitzero"`

	// SendViaWhatsApp also sends the link to Number in a WhatsApp message. The workspace
	// needs the template pilot_status_remote_pairing of the category OTP.
	SendViaWhatsApp bool `json:"sendViaWhatsApp,omitzero"`

	Provider    Provider `json:"provider,omitempty"`    // "": [ProviderPilotStatus]; [ProviderMeta] makes a link to Meta's signup
	RedirectURL string   `json:"redirectUrl,omitempty"` // with [ProviderMeta]: the page that follows the signup
	ExternalRef string   `json:"externalRef,omitempty"` // with [ProviderMeta]: a reference of your own

	// Experimental: Branding is the look of this link's page.
	Branding BrandingOverride `json:"branding,omitzero"`

	// Experimental: MetaFlow selects the way in which a person adds an official number.
	MetaFlow MetaFlow `json:"metaFlow,omitempty"`

	// Extra holds body fields that this version does not know. A field that this version
	// knows is a [*ValidationError].
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
