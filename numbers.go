package pilotstatus

import (
	"cmp"
	"context"
	"encoding/json"
	"unicode/utf8"
)

// ConnectionState is whether a number is connected to WhatsApp. The set is open;
// treat what you do not know as not connected.
type ConnectionState string

// The documented states.
const (
	ConnectionStateOpen       ConnectionState = "OPEN"       // connected
	ConnectionStateConnecting ConnectionState = "CONNECTING" // waits for a person to pair
	ConnectionStateClosed     ConnectionState = "CLOSE"      // disconnected
)

// Provider is what connects a number to WhatsApp. The set is open.
type Provider string

// The documented providers.
const (
	ProviderPilotStatus Provider = "PILOT_STATUS" // a web number, paired by QR code
	ProviderMeta        Provider = "META"         // an official number of the Cloud API
)

// DeviceStatus is the state of one of the two devices of a number.
type DeviceStatus struct {
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

// CoexistenceEvidence is what a [CoexistenceStatus] was taken from. The set is open.
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
	Evidence CoexistenceEvidence `json:"evidence"` // "" with [CoexistenceStatusUnknown]
}

// NumberCharge is an unpaid charge for a number.
type NumberCharge struct {
	// ExtraChargeUnpaidSince is when an unpaid charge blocked the number: sends
	// fail with [CodeNumberBlocked] until it is zero again.
	ExtraChargeUnpaidSince Timestamp `json:"extraChargeUnpaidSince"`

	// ExtraChargeDisconnectAt is when a web number is disconnected if it is
	// still unpaid.
	ExtraChargeDisconnectAt Timestamp `json:"extraChargeDisconnectAt"`
}

// NumberSummary is a number in [NumbersService.List]. Its state may be old.
type NumberSummary struct {
	ID               string          `json:"id" required:"true"` // the id that every other call takes
	InstanceName     string          `json:"instanceName"`
	Number           string          `json:"number"` // the phone number, in digits
	Name             string          `json:"name"`
	Provider         Provider        `json:"provider"`
	State            ConnectionState `json:"state"` // of the number, or else of its primary link
	APIKeys          []NumberKeyRef  `json:"apiKeys"`
	IsFullyConnected bool            `json:"isFullyConnected"`
	LastValidatedAt  Timestamp       `json:"lastValidatedAt"`
	Coexistence      *Coexistence    `json:"coexistence"` // nil on web numbers

	// Experimental: PrimaryDevice and SecondaryDevice are the states of the devices.
	// The second one is nil on a number with one link.
	PrimaryDevice   *DeviceStatus `json:"primaryLink"`
	SecondaryDevice *DeviceStatus `json:"secondaryLink"`
	NumberCharge

	CreatedAt Timestamp `json:"createdAt"`
	UpdatedAt Timestamp `json:"updatedAt"`
}

// UnmarshalJSON takes the state from where it stands.
func (n *NumberSummary) UnmarshalJSON(data []byte) error {
	type plain NumberSummary // without this method
	if err := unmarshalAnswer(data, (*plain)(n)); err != nil {
		return err
	}
	if n.PrimaryDevice != nil {
		n.State = cmp.Or(n.State, n.PrimaryDevice.State)
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

// NumberDetail is a number in [NumbersService.Get].
type NumberDetail struct {
	ID               string          `json:"id" required:"true"`
	Number           string          `json:"number"` // the phone number
	Name             string          `json:"name"`
	Provider         Provider        `json:"provider"`
	State            ConnectionState `json:"state"`
	IsFullyConnected *bool           `json:"isFullyConnected"` // all links are connected; nil: the API does not say
	PIIMode          PIIMode         `json:"piiMode"`
	PIIRetentionDays int             `json:"piiRetentionDays" strict:"true"` // 0 unless [PIIModeStoreXDays]
	Settings         *NumberSettings `json:"settings"`
	Health           *NumberHealth   `json:"health"`

	// Meta mirrors what Meta says of an official number: the objects phone,
	// profile and waba. nil or null on web numbers.
	Meta json.RawMessage `json:"meta"`

	Coexistence *Coexistence `json:"coexistence"` // nil on web numbers
	NumberCharge

	CreatedAt Timestamp `json:"createdAt"`
	UpdatedAt Timestamp `json:"updatedAt"`
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

// UpdatedNumber is a number after [NumbersService.Update].
type UpdatedNumber struct {
	NumberDetail

	// [NumberSettingsSync] says how far device settings went; nil where none were pushed to
	// a device. It does not make the update fail.
	SettingsSync *NumberSettingsSync `json:"settingsSync"`
}

// DeletedNumber is what became of a number in [NumbersService.Delete].
type DeletedNumber struct {
	OK bool `json:"ok"`

	// RestorableUntil is the last moment for [NumbersService.Restore]; afterwards the
	// number is purged. Zero where the API does not say.
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
	ok := cmp.Or(answer.OK, answer.Success)
	if ok == nil {
		return lacking("ok")
	}
	*n = DeletedNumber(answer.plain)
	n.OK = *ok
	return nil
}

// RestoredNumber is what became of a number in [NumbersService.Restore].
type RestoredNumber struct {
	OK                bool `json:"ok" required:"true"`
	RequiresReconnect bool `json:"requiresReconnect" strict:"true"` // always true: [NumbersService.Connect] comes next
}

// ChargeStatus is how [NumbersService.Pay] ended. The set is open.
type ChargeStatus string

// The documented ends.
const (
	ChargeStatusPaid        ChargeStatus = "paid"         // the charge went through and the number can send
	ChargeStatusNotRequired ChargeStatus = "not_required" // nothing was owed and nothing was charged
)

// NumberPayment is a payment for a blocked number.
type NumberPayment struct {
	OK     bool         `json:"ok" strict:"true"`
	Status ChargeStatus `json:"status" required:"true"`
}

// GetNumberOptions are the options of [NumbersService.Get].
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

// NumberSettings are the settings of a number. A nil device setting was never set:
// the provider's default holds, which is not the same as false.
type NumberSettings struct {
	HistoryImportEnabled      bool `json:"historyImportEnabled" strict:"true"`
	WebhookHistoricalMessages bool `json:"webhookHistoricalMessages" strict:"true"`
	IgnoreNewsletters         bool `json:"ignoreNewsletters" strict:"true"`
	MarkReadOnSend            bool `json:"markReadOnSend" strict:"true"`

	AlwaysOnline  *bool   `json:"alwaysOnline"`
	RejectCall    *bool   `json:"rejectCall"`
	MsgRejectCall *string `json:"msgRejectCall"`
	ReadMessages  *bool   `json:"readMessages"`
	IgnoreGroups  *bool   `json:"ignoreGroups"`
	IgnoreStatus  *bool   `json:"ignoreStatus"`

	AppliesTo *NumberSettingsScope `json:"appliesTo"`
}

// NumberSettingsScope says where the settings of a number take effect.
type NumberSettingsScope struct {
	History  NumberSettingsTarget `json:"history"`
	Advanced NumberSettingsTarget `json:"advanced"` // of the device settings; [NumberSettingsTargetNone] on official numbers
	Sending  NumberSettingsTarget `json:"sending"`  // of MarkReadOnSend; [NumberSettingsTargetNone] on web numbers
}

// NumberSettingsTarget is which numbers a group of settings takes effect on. The set is
// open.
type NumberSettingsTarget string

// The documented targets.
const (
	NumberSettingsTargetAll         NumberSettingsTarget = "all"
	NumberSettingsTargetEvolutionGo NumberSettingsTarget = "evolution-go" // the engine of web numbers
	NumberSettingsTargetMeta        NumberSettingsTarget = "meta"
	NumberSettingsTargetNone        NumberSettingsTarget = "none" // stored without effect
)

// NumberSettingsSync counts the connected devices of a number that device settings were
// pushed to. A device that is not connected gets them at its next connection.
type NumberSettingsSync struct {
	Applied int64 `json:"applied" strict:"true"`
	Failed  int64 `json:"failed" strict:"true"`
	Skipped int64 `json:"skipped" strict:"true"`
}

const (
	maxPIIRetentionDays = 3650
	maxMsgRejectCall    = 1000 // characters
)

// UpdateNumberRequest is what [NumbersService.Update] changes. What is left zero stays as
// it is.
type UpdateNumberRequest struct {
	PIIMode PIIMode `json:"piiMode,omitzero"`

	// PIIRetentionDays is how long content is kept, 1 to 3650 days. It is required
	// with [PIIModeStoreXDays] and has no meaning in the other modes.
	PIIRetentionDays int `json:"piiRetentionDays,omitzero"`

	Settings UpdateNumberSettings `json:"settings,omitzero"`
}

func (u UpdateNumberRequest) validate() error {
	if err := requireChange(u); err != nil {
		return err
	}
	const days = "PIIRetentionDays"
	switch {
	case u.PIIMode == PIIModeStoreXDays && u.PIIRetentionDays == 0:
		return invalid(days, "it is required with PIIModeStoreXDays")
	case u.PIIRetentionDays < 0 || u.PIIRetentionDays > maxPIIRetentionDays:
		return invalid(days, "content is kept for 1 to 3650 days")
	}
	return u.Settings.validate()
}

// UpdateNumberSettings are settings of a number to change, or to create it with. What is
// left zero stays as it is, or gets its default. The first four are the platform's: Ptr
// sets them. The rest are the device's: Set sets them, and Null takes them back to the
// provider's default.
type UpdateNumberSettings struct {
	// HistoryImportEnabled says whether the history of the device is imported after
	// connecting; the default is true. Decide it in [NumbersService.Create]: the import
	// begins right after the connection, where an update comes too late.
	HistoryImportEnabled *bool `json:"historyImportEnabled,omitzero"`

	// WebhookHistoricalMessages replays old messages into webhooks on reconnection.
	WebhookHistoricalMessages *bool `json:"webhookHistoricalMessages,omitzero"`

	// IgnoreNewsletters drops the posts of channels: no conversation, no message,
	// no webhook.
	IgnoreNewsletters *bool `json:"ignoreNewsletters,omitzero"`

	// MarkReadOnSend is the default of [SendRequest].MarkRead on official numbers,
	// true where it was never set. It has no effect on web numbers.
	MarkReadOnSend *bool `json:"markReadOnSend,omitzero"`

	// The settings of the device follow. Null takes one back to the provider's
	// default, which is not the same as false. Official numbers store them without
	// effect.

	AlwaysOnline  Nullable[bool]   `json:"alwaysOnline,omitzero"`
	RejectCall    Nullable[bool]   `json:"rejectCall,omitzero"`
	MsgRejectCall Nullable[string] `json:"msgRejectCall,omitzero"` // sent when a call is rejected; at most 1000 characters
	ReadMessages  Nullable[bool]   `json:"readMessages,omitzero"`  // mark messages read on arrival
	IgnoreGroups  Nullable[bool]   `json:"ignoreGroups,omitzero"`
	IgnoreStatus  Nullable[bool]   `json:"ignoreStatus,omitzero"`
}

func (u UpdateNumberSettings) validate() error {
	if text, _ := u.MsgRejectCall.Get(); utf8.RuneCountInString(text) > maxMsgRejectCall {
		return invalid("Settings.MsgRejectCall", "it has at most 1000 characters")
	}
	return nil
}

// NumbersService administers the numbers of a workspace. It is part of a [TenantClient].
//
//   - [NumbersService.Create] adds a web number, which a person then pairs with the code in
//     the answer; WaitConnected shows the code and waits
//   - [NumbersService.Connect] starts to connect a web number and returns a new code for a
//     person to pair it with
//   - [NumbersService.Status] returns whether a number is connected, as its provider says
//     now or, where that does not answer, as it was last known ([NumberStatus].Stale)
//   - [NumbersService.UpgradeToDual] gives a web number a second device and returns the
//     code to pair it with
//   - [NumbersService.CreateMeta] Experimental
//   - [NumbersService.CreatePairingLink] adds a number and returns a link to a page on
//     which somebody else pairs it, without an account
//   - [NumbersService.WaitConnected] shows codes with opts.OnCode until a person has paired
//     the number, and returns its status then
//   - [NumbersService.List] returns all numbers of the workspace
//   - [NumbersService.Get] returns the number with that id
//   - [NumbersService.Update] changes what req sets and leaves the rest alone
//   - [NumbersService.Delete] LOGS THE NUMBER OUT AND DELETES IT
//   - [NumbersService.Restore] brings a deleted number back, with its settings and its
//     history and without its connection
//   - [NumbersService.Purge] ERASES A NUMBER FOR EVER
//   - [NumbersService.Pay] CHARGES THE WORKSPACE'S SAVED CARD for a number that an unpaid
//     charge blocked ([NumberDetail].ExtraChargeUnpaidSince)
type NumbersService struct{ client *Client }

// List returns all numbers of the workspace. A number key is refused
// ([*NumberScopeError]).
//
// Scope: tenant key. Retry: [RetrySafe]. Errors: those of every call.
func (s NumbersService) List(ctx context.Context) ([]NumberSummary, error) {
	return invokeList[NumberSummary](ctx, s.client, opNumbersList, input{}, "data", "numbers")
}

// Get returns the number with that id. A number of another workspace is a
// [*NotFoundError].
//
// Scope: tenant key. Retry: [RetrySafe]. Errors: those of every call.
func (s NumbersService) Get(ctx context.Context, id string, opts GetNumberOptions) (*NumberDetail, error) {
	return invoke[NumberDetail](ctx, s.client, opNumbersGet, input{path: params{id}, query: opts})
}

// Update changes what req sets and leaves the rest alone. Shortening how long content
// is kept can destroy older content, and [PIIModeRelayOnly] hides it in reads. An
// update without any change is a [*ValidationError] here. It is repeated like a read,
// because the same change twice is the same change.
//
// Scope: tenant key. Retry: [RetrySafe]. Errors: those of every call.
func (s NumbersService) Update(ctx context.Context, id string, req UpdateNumberRequest) (*UpdatedNumber, error) {
	return invoke[UpdatedNumber](ctx, s.client, opNumbersUpdate, input{path: params{id}, body: req})
}

// Delete LOGS THE NUMBER OUT AND DELETES IT. Restore brings it back for 30 days, but not
// its login; after that it is gone for good. The number's own key stops working at once.
// The vendor's texts disagree on whether deleting also frees a paid slot: look at
// [ExtraNumbersService.Preview] before you call [ExtraNumbersService.Release] as well.
//
// It is repeated only after what provably never reached the API. After an
// [*OutcomeUnknownError], a number that List does not have any more was deleted.
//
// Scope: tenant key. Retry: [RetryUnsent]. Errors: [*OutcomeUnknownError] and those of
// every call.
func (s NumbersService) Delete(ctx context.Context, id string) (*DeletedNumber, error) {
	return invoke[DeletedNumber](ctx, s.client, opNumbersDelete, input{path: params{id}})
}

// Restore brings a deleted number back, with its settings and its history and
// without its connection: call WaitConnected or Connect next. After the 30 days it
// is a [*NotFoundError]; where the phone number was added again meanwhile,
// [CodeNumberAlreadyActive]. It is repeated only after what provably never reached the
// API; after an [*OutcomeUnknownError] look for the number in List.
//
// Scope: tenant key. Retry: [RetryUnsent]. Errors: [*OutcomeUnknownError] and those of
// every call.
func (s NumbersService) Restore(ctx context.Context, id string) (*RestoredNumber, error) {
	return invoke[RestoredNumber](ctx, s.client, opNumbersRestore, input{path: params{id}})
}

// Purge ERASES A NUMBER FOR EVER: its history, chats, templates and keys, and an
// official number at Meta too. NOTHING BRINGS IT BACK, and it saves no money
// compared with Delete. It takes numbers that are live and those that were deleted.
// It is tried once; after an [*OutcomeUnknownError] call again: a [*NotFoundError] means
// that the number is gone.
//
// Scope: tenant key. Retry: [RetryNever]. Errors: [*OutcomeUnknownError] and those of every
// call.
func (s NumbersService) Purge(ctx context.Context, id string) error {
	return invokeDone(ctx, s.client, opNumbersPurge, input{path: params{id}}, "ok")
}

// Pay CHARGES THE WORKSPACE'S SAVED CARD for a number that an unpaid charge blocked
// ([NumberDetail].ExtraChargeUnpaidSince). Once paid, calling again charges nothing
// ([ChargeStatusNotRequired]). The key needs the permission billing:manage
// ([CodePermissionDenied]). Errors worth telling apart:
//
//   - [CodePaymentFailed]: the card was refused; [*PaymentError] has the issuer's reason
//     and the amount, where they are known.
//   - [CodeInsufficientFunds]: there is no credit and no usable card. Make a payment
//     page with [BillingService.Checkout], then pay again.
//   - [CodePaymentInProgress]: another payment of the workspace runs. Call again after
//     some seconds.
//   - [CodePaymentProviderError], in the Err of an [*OutcomeUnknownError]: no refusal. The
//     API tries again by itself, so wait.
//   - [CodeNumberNotFound]: the workspace has no such number.
//
// It is tried once. After an [*OutcomeUnknownError] ask Get whether
// ExtraChargeUnpaidSince is zero before you call again.
//
// Scope: tenant key. Retry: [RetryNever]. Errors: [*OutcomeUnknownError] and those of every
// call.
func (s NumbersService) Pay(ctx context.Context, id string) (*NumberPayment, error) {
	return invoke[NumberPayment](ctx, s.client, opNumbersPay, input{path: params{id}})
}
