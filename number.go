package pilotstatus

import (
	"cmp"
	"encoding/json"
	"errors"
)

var (
	errHasNoStatus = errors.New("the answer has no status")
	errSaysNothing = errors.New("the answer does not say whether it is done")
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

// CoexistenceStatus is whether a number is used in the WhatsApp Business app too. The
// set is open.
type CoexistenceStatus string

// The documented statuses.
const (
	CoexistenceStatusConfirmed CoexistenceStatus = "CONFIRMED" // Meta says so
	CoexistenceStatusLikely    CoexistenceStatus = "LIKELY"    // it looks like it
	CoexistenceStatusNo        CoexistenceStatus = "NO"        // Meta says that it is not
	CoexistenceStatusUnknown   CoexistenceStatus = "UNKNOWN"   // which is not the same as no
)

// CoexistenceEvidence is what a CoexistenceStatus was taken from. The set is open.
type CoexistenceEvidence string

// The documented evidence.
const (
	CoexistenceEvidenceMetaIsOnBizApp CoexistenceEvidence = "meta_is_on_biz_app"
	CoexistenceEvidenceHistorySync    CoexistenceEvidence = "history_sync"
	CoexistenceEvidencePhoneFields    CoexistenceEvidence = "phone_fields"
)

// Coexistence says whether a number of the Cloud API is still used in the
// WhatsApp Business app.
type Coexistence struct {
	Status   CoexistenceStatus   `json:"status"`
	Evidence CoexistenceEvidence `json:"evidence"` // "" with CoexistenceStatusUnknown
}

// NumberSummary is a number in Numbers.List. Its state may be old.
type NumberSummary struct {
	ID               string          `json:"id"` // the id that every other call takes
	InstanceName     string          `json:"instanceName"`
	Number           string          `json:"number"` // the phone number, in digits
	Name             string          `json:"name"`
	Provider         Provider        `json:"provider"`
	State            ConnectionState `json:"state"` // of the number, or else of its primary link
	APIKeys          []NumberKeyRef  `json:"apiKeys"`
	IsFullyConnected bool            `json:"isFullyConnected"`
	LastValidatedAt  Timestamp       `json:"lastValidatedAt"`
	Coexistence      *Coexistence    `json:"coexistence"` // nil on web numbers

	// Experimental: PrimaryLink and SecondaryLink are the states of the device links.
	// The second one is nil on a number with one link.
	PrimaryLink   *LinkInfo `json:"primaryLink"`
	SecondaryLink *LinkInfo `json:"secondaryLink"`

	// ExtraChargeUnpaidSince is when an unpaid charge blocked the number: sends
	// fail with CodeNumberBlocked until it is zero again.
	ExtraChargeUnpaidSince Timestamp `json:"extraChargeUnpaidSince"`

	// ExtraChargeDisconnectAt is when a web number is disconnected if it is
	// still unpaid.
	ExtraChargeDisconnectAt Timestamp `json:"extraChargeDisconnectAt"`

	CreatedAt Timestamp `json:"createdAt"`
	UpdatedAt Timestamp `json:"updatedAt"`
}

// UnmarshalJSON takes the state from where it stands.
func (n *NumberSummary) UnmarshalJSON(data []byte) error {
	type plain NumberSummary // without this method
	if err := unmarshalAnswer(data, (*plain)(n)); err != nil {
		return err
	}
	if n.PrimaryLink != nil {
		n.State = cmp.Or(n.State, n.PrimaryLink.State)
	}
	return nil
}

// check refuses a row without an id.
func (n *NumberSummary) check() error { return requireID(n.ID) }

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
	IsFullyConnected *bool           `json:"isFullyConnected"` // all links are connected; nil: the API does not say
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
func (n *NumberDetail) check() error { return requireID(n.ID) }

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

// UpdatedNumber is a number after Numbers.Update.
type UpdatedNumber struct {
	NumberDetail

	// SettingsSync says how far device settings went; nil where none were pushed to
	// a device. It does not make the update fail.
	SettingsSync *SettingsSync `json:"settingsSync"`
}

// DeletedNumber is what became of a number in Numbers.Delete.
type DeletedNumber struct {
	OK bool `json:"ok"`

	// RestorableUntil is the last moment for Numbers.Restore; afterwards the number
	// is purged. Zero where the API does not say.
	RestorableUntil Timestamp `json:"restorableUntil"`
}

// UnmarshalJSON reads both names of OK, and refuses an answer with neither.
func (n *DeletedNumber) UnmarshalJSON(data []byte) error {
	type plain DeletedNumber // without this method
	var answer struct {
		plain
		OK      *bool `json:"ok"`
		Success *bool `json:"success"`
	}
	if err := unmarshalAnswer(data, &answer); err != nil {
		return err
	}
	*n = DeletedNumber(answer.plain)
	var err error
	n.OK, err = firstSaid(answer.OK, answer.Success)
	return err
}

// firstSaid returns the first answer that was given. No answer is not a no: the call
// may be done all the same.
func firstSaid(answers ...*bool) (bool, error) {
	for _, answer := range answers {
		if answer != nil {
			return *answer, nil
		}
	}
	return false, errSaysNothing
}

// RestoredNumber is what became of a number in Numbers.Restore.
type RestoredNumber struct {
	OK                bool `json:"ok"`
	RequiresReconnect bool `json:"requiresReconnect"` // always true: Numbers.Connect comes next
}

// UnmarshalJSON refuses an answer that does not say whether the number is back.
func (n *RestoredNumber) UnmarshalJSON(data []byte) error {
	type plain RestoredNumber // without this method
	var answer struct {
		plain
		OK *bool `json:"ok"`
	}
	if err := unmarshalAnswer(data, &answer); err != nil {
		return err
	}
	*n = RestoredNumber(answer.plain)
	var err error
	n.OK, err = firstSaid(answer.OK)
	return err
}

// PurgedNumber is what became of a number in Numbers.Purge.
type PurgedNumber struct {
	OK bool `json:"ok"`
}

// UnmarshalJSON refuses an answer that does not say whether the number is gone.
func (n *PurgedNumber) UnmarshalJSON(data []byte) error {
	var answer struct {
		OK *bool `json:"ok"`
	}
	if err := unmarshalAnswer(data, &answer); err != nil {
		return err
	}
	var err error
	n.OK, err = firstSaid(answer.OK)
	return err
}

// ChargeStatus is how Numbers.Pay ended. The set is open.
type ChargeStatus string

// The documented ends.
const (
	ChargeStatusPaid        ChargeStatus = "paid"         // the charge went through and the number can send
	ChargeStatusNotRequired ChargeStatus = "not_required" // nothing was owed and nothing was charged
)

// NumberPayment is a payment for a blocked number.
type NumberPayment struct {
	OK     bool         `json:"ok"`
	Status ChargeStatus `json:"status"`
}

// check refuses an answer that does not say whether something was charged.
func (p *NumberPayment) check() error {
	if p.Status == "" {
		return errHasNoStatus
	}
	return nil
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
