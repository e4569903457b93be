package pilotstatus

import (
	"cmp"
	"encoding/json"
	"errors"

	"github.com/go-json-experiment/json/jsontext"
)

var errHasNoNumber = errors.New("the answer names no number and has no code to pair one")

// InstanceQuality is what the engine says of a number's condition. The set is open.
type InstanceQuality string

// The documented conditions.
const (
	InstanceQualityGood    InstanceQuality = "GOOD"
	InstanceQualityUnknown InstanceQuality = "UNKNOWN"
)

// Instance is the engine's side of a number that was just created. Any field may be
// missing.
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
	PrimaryLink      *LinkInfo       `json:"primaryLink"`
	SecondaryLink    *LinkInfo       `json:"secondaryLink"`    // nil on a number with one link
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
	// Instance.ID is the number's id. Where it is empty, look for the phone number in
	// Numbers.List.
	Instance Instance `json:"instance"`

	// LinkBundle is the code of the primary link, for WaitConnectedOptions.Code. It
	// may be missing: Numbers.Connect makes one.
	LinkBundle

	PrimaryLink   *LinkBundle `json:"primaryLink"`   // the same code, in some answers
	SecondaryLink *LinkBundle `json:"secondaryLink"` // nil on a number with one link

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
	if n.isEmpty() && n.PrimaryLink != nil {
		n.LinkBundle = *n.PrimaryLink
	}
	return nil
}

// check refuses an answer that nothing can be done with.
func (n *CreatedNumber) check() error {
	if n.Instance.ID == "" && n.isEmpty() && n.SecondaryLink == nil {
		return errHasNoNumber
	}
	return nil
}

// Experimental: MetaNumber is an official number that was just added. Its answer is not
// documented: a field that is not in it, or is of another kind, is left zero.
type MetaNumber struct {
	// ID is the number's id. Where it is empty, look for the phone number in
	// Numbers.List.
	ID       string   `json:"id"`
	Instance Instance `json:"instance"`

	// VerifyToken proves Meta's webhook to the platform: enter it in your Meta app.
	// Only Numbers.CreateMeta returns one.
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

// takesEmpty: nothing says that the API answers with a body.
func (n *MetaNumber) takesEmpty() {}

func (n *MetaNumber) keepRaw(raw json.RawMessage) { n.Raw = NewSecret(string(raw)) }

// CreateNumber is a web number to add.
type CreateNumber struct {
	Name string `json:"name"` // for people

	// Number is the phone number with its country code, as in "+5511999990000". It is
	// sent as it is.
	Number string `json:"number"`

	// LinkToAPIKey says whether a calling number key moves over to the new number. It
	// has no effect with a tenant key. nil: true.
	LinkToAPIKey *bool `json:"linkToApiKey,omitzero"`

	Settings UpdateSettings `json:"settings,omitzero"`
}

func (n CreateNumber) validate() error {
	if err := required("Name", n.Name); err != nil {
		return err
	}
	if err := checkPhoneText("Number", n.Number); err != nil {
		return err
	}
	return n.Settings.validate()
}

// Experimental: CreateMetaNumber is an official number to add.
type CreateMetaNumber struct {
	Name        string `json:"name,omitempty"`        // for people
	Number      string `json:"number,omitempty"`      // the phone number, sent as it is
	MetaPhoneID string `json:"metaPhoneId,omitempty"` // Meta's id of the phone number

	// Extra holds the body's other fields: the id of the WhatsApp Business account
	// and the token of a system user, under the names in the vendor's documentation.
	// A field that this version knows is a *ValidationError here, and so is a Secret:
	// give what Reveal returns.
	Extra map[string]any `json:"-"`
}

func (n CreateMetaNumber) extra() map[string]any { return n.Extra }
