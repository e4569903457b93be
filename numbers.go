package pilotstatus

import (
	"context"
	"encoding/json"
)

// ConnectionState is whether a number is connected to WhatsApp. The set is open;
// treat what you do not know as not connected.
type ConnectionState string

// The documented states.
const (
	ConnectionStateOpen       ConnectionState = "OPEN"       // connected
	ConnectionStateConnecting ConnectionState = "CONNECTING" // waits for a person to pair
	ConnectionStateClose      ConnectionState = "CLOSE"      // disconnected
)

// Provider is what connects a number to WhatsApp. The set is open.
type Provider string

// The documented providers.
const (
	ProviderPilotStatus Provider = "PILOT_STATUS" // a web number, paired by QR code
	ProviderMeta        Provider = "META"         // an official number of the Cloud API
)

// LinkInfo is the state of one of the two device links of a number.
type LinkInfo struct {
	State       ConnectionState `json:"state"`
	ConnectedAt Timestamp       `json:"connectedAt"`
}

// Coexistence says whether a number of the Cloud API is still used in the
// WhatsApp Business app.
type Coexistence struct {
	Status   string `json:"status"`   // CONFIRMED, LIKELY, NO, or UNKNOWN, which is not the same as no
	Evidence string `json:"evidence"` // as in "history_sync"; "" with UNKNOWN
}

// NumberSummary is a number in Numbers.List. Its state may be old.
type NumberSummary struct {
	ID               string          `json:"id"` // the id that every other call takes
	InstanceName     string          `json:"instanceName"`
	Number           string          `json:"number"` // the phone number, in digits
	Name             string          `json:"name"`
	Provider         Provider        `json:"provider"`
	State            ConnectionState `json:"state"`
	APIKeys          []NumberKeyRef  `json:"apiKeys"`
	PrimaryLink      *LinkInfo       `json:"primaryLink"`
	SecondaryLink    *LinkInfo       `json:"secondaryLink"` // nil on a number with one link
	IsFullyConnected bool            `json:"isFullyConnected"`
	LastValidatedAt  Timestamp       `json:"lastValidatedAt"`
	Coexistence      *Coexistence    `json:"coexistence"` // nil on web numbers

	// ExtraChargeUnpaidSince is when an unpaid charge blocked the number: sends
	// fail with CodeNumberBlocked until it is zero again.
	ExtraChargeUnpaidSince Timestamp `json:"extraChargeUnpaidSince"`

	// ExtraChargeDisconnectAt is when a web number is disconnected if it is
	// still unpaid.
	ExtraChargeDisconnectAt Timestamp `json:"extraChargeDisconnectAt"`

	CreatedAt Timestamp `json:"createdAt"`
	UpdatedAt Timestamp `json:"updatedAt"`
}

// check refuses a row without an id.
func (n *NumberSummary) check() error {
	if n.ID == "" {
		return errHasNoID
	}
	return nil
}

// NumberKeyRef names a key of a number without showing it.
type NumberKeyRef struct {
	Name      string `json:"name"`
	KeyPrefix string `json:"keyPrefix"`
	KeyLast4  string `json:"keyLast4"`
}

// PIIMode is how long the content of messages is kept. The set is open.
type PIIMode string

// The documented modes.
const (
	PIIModeRelayOnly       PIIMode = "RELAY_ONLY"       // passes through and is not kept
	PIIModeStoreXDays      PIIMode = "STORE_X_DAYS"     // for PIIRetentionDays
	PIIModeStoreIndefinite PIIMode = "STORE_INDEFINITE" // the default
)

// NumberDetail is a number in Numbers.Get.
type NumberDetail struct {
	ID               string          `json:"id"`
	Number           string          `json:"number"` // the phone number
	Name             string          `json:"name"`
	Provider         Provider        `json:"provider"`
	State            ConnectionState `json:"state"`
	IsFullyConnected bool            `json:"isFullyConnected"`
	PIIMode          PIIMode         `json:"piiMode"`
	PIIRetentionDays int             `json:"piiRetentionDays"` // 0 unless PIIModeStoreXDays
	Settings         *NumberSettings `json:"settings"`
	Health           *NumberHealth   `json:"health"`

	// Meta mirrors what Meta says of an official number: the objects phone,
	// profile and waba. nil or null on web numbers.
	Meta json.RawMessage `json:"meta"`

	Coexistence *Coexistence `json:"coexistence"` // nil on web numbers

	// ExtraChargeUnpaidSince is when an unpaid charge blocked the number: sends
	// fail with CodeNumberBlocked until it is zero again.
	ExtraChargeUnpaidSince Timestamp `json:"extraChargeUnpaidSince"`

	// ExtraChargeDisconnectAt is when a web number is disconnected if it is
	// still unpaid.
	ExtraChargeDisconnectAt Timestamp `json:"extraChargeDisconnectAt"`

	CreatedAt Timestamp `json:"createdAt"`
	UpdatedAt Timestamp `json:"updatedAt"`
}

// check refuses an answer without an id.
func (n *NumberDetail) check() error {
	if n.ID == "" {
		return errHasNoID
	}
	return nil
}

// NumberSettings are the settings of a number. A nil device setting was never set:
// the provider's default holds, which is not the same as false.
type NumberSettings struct {
	HistoryImportEnabled      bool `json:"historyImportEnabled"`
	WebhookHistoricalMessages bool `json:"webhookHistoricalMessages"`
	IgnoreNewsletters         bool `json:"ignoreNewsletters"`
	MarkReadOnSend            bool `json:"markReadOnSend"`

	AlwaysOnline  *bool   `json:"alwaysOnline"`
	RejectCall    *bool   `json:"rejectCall"`
	MsgRejectCall *string `json:"msgRejectCall"`
	ReadMessages  *bool   `json:"readMessages"`
	IgnoreGroups  *bool   `json:"ignoreGroups"`
	IgnoreStatus  *bool   `json:"ignoreStatus"`

	AppliesTo *SettingsScope `json:"appliesTo"`
}

// SettingsScope says where the settings of a number take effect.
type SettingsScope struct {
	History  string `json:"history"`  // "all"
	Advanced string `json:"advanced"` // "evolution-go", or "none" on official numbers
	Sending  string `json:"sending"`  // "meta", or "none" on web numbers
}

// NumberHealth is what Meta and the platform say of a number's condition.
type NumberHealth struct {
	QualityRating               string `json:"qualityRating"`
	MessagingLimitTier          string `json:"messagingLimitTier"`          // of this number
	PortfolioMessagingLimitTier string `json:"portfolioMessagingLimitTier"` // of the whole business
	MetaStatus                  string `json:"metaStatus"`
	Code                        string `json:"code"`
	Reason                      string `json:"reason"`

	// Sendable says whether the number can send as far as its health goes; nil
	// where the API does not say. It does not know of an unpaid charge.
	Sendable *bool `json:"sendable"`
}

// GetNumberOptions are the options of Numbers.Get.
type GetNumberOptions struct {
	// Refresh asks Meta instead of the stored copy, for official numbers. It is
	// slower and can fail at Meta.
	Refresh bool
}

func (o GetNumberOptions) query() queryValues {
	q := queryValues{}
	q.flag("refresh", o.Refresh)
	return q
}

// NumbersService administers the numbers of a workspace.
type NumbersService struct{ client *Client }

// List returns all numbers of the workspace. A number key is refused
// (*NumberScopeError).
func (s NumbersService) List(ctx context.Context) ([]NumberSummary, error) {
	return invokeList[NumberSummary](ctx, s.client, opNumbersList, input{}, "data", "numbers")
}

// Get returns the number with that id. A number of another workspace is a
// *NotFoundError.
func (s NumbersService) Get(ctx context.Context, id string, o GetNumberOptions) (*NumberDetail, error) {
	return invoke[NumberDetail](ctx, s.client, opNumbersGet, input{path: params{id}, query: o})
}
