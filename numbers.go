package pilotstatus

import (
	"cmp"
	"context"
	"encoding/json"
	"unicode/utf8"
)

// ConnectionState is the state of a number's connection to WhatsApp. The set is open; treat
// an unknown state as not connected.
type ConnectionState string

// The documented connection states.
const (
	ConnectionStateOpen       ConnectionState = "OPEN"       // connected
	ConnectionStateConnecting ConnectionState = "CONNECTING" // waiting for a person to pair it
	ConnectionStateClosed     ConnectionState = "CLOSE"      // disconnected
)

// Provider is the provider that connects a number to WhatsApp. The set is open.
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

// CoexistenceStatus says whether a number is also used in the WhatsApp Business app. The
// set is open.
type CoexistenceStatus string

// The documented statuses.
const (
	CoexistenceStatusConfirmed CoexistenceStatus = "CONFIRMED" // Meta confirms it
	CoexistenceStatusLikely    CoexistenceStatus = "LIKELY"    // other evidence suggests it
	CoexistenceStatusNo        CoexistenceStatus = "NO"        // Meta denies it
	CoexistenceStatusUnknown   CoexistenceStatus = "UNKNOWN"   // not the same as no
)

// CoexistenceEvidence is the source of a [CoexistenceStatus]. The set is open.
type CoexistenceEvidence string

// The documented sources.
const (
	CoexistenceEvidenceMetaIsOnBizApp CoexistenceEvidence = "meta_is_on_biz_app"
	CoexistenceEvidenceHistorySync    CoexistenceEvidence = "history_sync"
	CoexistenceEvidencePhoneFields    CoexistenceEvidence = "phone_fields"
)

// Coexistence says whether a number of the Cloud API is still used in the WhatsApp Business
// app.
type Coexistence struct {
	Status   CoexistenceStatus   `json:"status"`
	Evidence CoexistenceEvidence `json:"evidence"` // "" with [CoexistenceStatusUnknown]
}

// NumberCharge is an unpaid charge for a number.
type NumberCharge struct {
	// ExtraChargeUnpaidSince is the time when an unpaid charge blocked the number. Sends
	// fail with [CodeNumberBlocked] until it is zero again.
	ExtraChargeUnpaidSince Timestamp `json:"extraChargeUnpaidSince"`

	// ExtraChargeDisconnectAt is the time when a web number will be disconnected if it is
	// still unpaid.
	ExtraChargeDisconnectAt Timestamp `json:"extraChargeDisconnectAt"`
}

// NumberSummary is a number as returned by [NumbersService.List]. Its state may be stale.
type NumberSummary struct {
	ID               string          `json:"id" required:"true"` // the id for every other call
	InstanceName     string          `json:"instanceName"`
	Number           string          `json:"number"` // the phone number, in digits
	Name             string          `json:"name"`
	Provider         Provider        `json:"provider"`
	State            ConnectionState `json:"state"` // of the number, or of its primary device
	APIKeys          []NumberKeyRef  `json:"apiKeys"`
	IsFullyConnected bool            `json:"isFullyConnected"`
	LastValidatedAt  Timestamp       `json:"lastValidatedAt"`
	Coexistence      *Coexistence    `json:"coexistence"` // nil on web numbers

	// Experimental: PrimaryDevice and SecondaryDevice are the states of the devices.
	// SecondaryDevice is nil on a number with one device.
	PrimaryDevice   *DeviceStatus `json:"primaryLink"`
	SecondaryDevice *DeviceStatus `json:"secondaryLink"`
	NumberCharge

	CreatedAt Timestamp `json:"createdAt"`
	UpdatedAt Timestamp `json:"updatedAt"`
}

// complete takes the state from where it stands.
func (n *NumberSummary) complete([]byte) {
	if n.PrimaryDevice != nil {
		n.State = cmp.Or(n.State, n.PrimaryDevice.State)
	}
}

// NumberKeyRef identifies a key of a number without showing it.
type NumberKeyRef struct {
	Name      string `json:"name"`
	KeyPrefix string `json:"keyPrefix"`
	KeyLast4  string `json:"keyLast4"`
}

// PIIMode says how long the content of messages is kept. The set is open.
type PIIMode string

// The documented retention modes.
const (
	PIIModeRelayOnly       PIIMode = "RELAY_ONLY"       // content passes through and is not kept
	PIIModeStoreXDays      PIIMode = "STORE_X_DAYS"     // kept for PIIRetentionDays
	PIIModeStoreIndefinite PIIMode = "STORE_INDEFINITE" // kept without limit; the default
)

// NumberDetail is a number as returned by [NumbersService.Get].
type NumberDetail struct {
	ID               string          `json:"id" required:"true"`
	Number           string          `json:"number"` // the phone number
	Name             string          `json:"name"`
	Provider         Provider        `json:"provider"`
	State            ConnectionState `json:"state"`
	IsFullyConnected *bool           `json:"isFullyConnected"` // all devices are connected; nil: unknown
	PIIMode          PIIMode         `json:"piiMode"`
	PIIRetentionDays int             `json:"piiRetentionDays" strict:"true"` // 0 unless [PIIModeStoreXDays]
	Settings         *NumberSettings `json:"settings"`
	Health           *NumberHealth   `json:"health"`

	// Meta mirrors Meta's data of an official number: the objects phone, profile and waba.
	// It is nil or null on web numbers.
	Meta json.RawMessage `json:"meta"`

	Coexistence *Coexistence `json:"coexistence"` // nil on web numbers
	NumberCharge

	CreatedAt Timestamp `json:"createdAt"`
	UpdatedAt Timestamp `json:"updatedAt"`
}

// NumberHealth is the condition of a number as reported by Meta and the platform.
type NumberHealth struct {
	QualityRating               string `json:"qualityRating"`
	MessagingLimitTier          string `json:"messagingLimitTier"`          // of this number
	PortfolioMessagingLimitTier string `json:"portfolioMessagingLimitTier"` // of the whole business
	MetaStatus                  string `json:"metaStatus"`
	Code                        string `json:"code"`
	Reason                      string `json:"reason"`

	// Sendable reports whether the number's health allows sending; nil means unknown. It
	// does not include an unpaid charge.
	Sendable *bool `json:"sendable"`
}

// UpdatedNumber is a number as returned by [NumbersService.Update].
type UpdatedNumber struct {
	NumberDetail

	// SettingsSync reports how many devices received the settings; nil if no device
	// setting was sent. A failure there does not fail the update.
	SettingsSync *NumberSettingsSync `json:"settingsSync"`
}

// DeletedNumber is the result of [NumbersService.Delete].
type DeletedNumber struct {
	OK bool `json:"ok"`

	// RestorableUntil is the end of the time for [NumbersService.Restore]; afterwards the
	// number is purged. Zero means unknown.
	RestorableUntil Timestamp `json:"restorableUntil"`
}

// check reads both names of OK, and refuses an answer with neither.
func (n *DeletedNumber) check(text []byte) error {
	members := membersOf(text)
	for _, name := range []string{"ok", "success"} {
		if kind := members[name].Kind(); kind == 't' || kind == 'f' {
			n.OK = kind == 't'
			return nil
		}
	}
	return lacking("ok")
}

// RestoredNumber is the result of [NumbersService.Restore].
type RestoredNumber struct {
	OK                bool `json:"ok" required:"true"`
	RequiresReconnect bool `json:"requiresReconnect" strict:"true"` // always true: call [NumbersService.Connect] next
}

// ChargeStatus is the result of [NumbersService.Pay]. The set is open.
type ChargeStatus string

// The documented results of a payment.
const (
	ChargeStatusPaid        ChargeStatus = "paid"         // the charge succeeded and the number can send
	ChargeStatusNotRequired ChargeStatus = "not_required" // nothing was owed and nothing was charged
)

// NumberPayment is a payment for a blocked number.
type NumberPayment struct {
	OK     bool         `json:"ok" strict:"true"`
	Status ChargeStatus `json:"status" required:"true"`
}

// GetNumberOptions are the options of [NumbersService.Get].
type GetNumberOptions struct {
	// Refresh requests the data from Meta instead of the stored copy, for official numbers.
	// It is slower and can fail at Meta.
	Refresh bool `query:"refresh"`
}

// NumberSettings are the settings of a number. A nil device setting was never set: the
// provider's default applies, which is not the same as false.
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

// NumberSettingsTarget is the kind of numbers on which a group of settings takes effect.
// The set is open.
type NumberSettingsTarget string

// The documented targets.
const (
	NumberSettingsTargetAll         NumberSettingsTarget = "all"
	NumberSettingsTargetEvolutionGo NumberSettingsTarget = "evolution-go" // the engine of web numbers
	NumberSettingsTargetMeta        NumberSettingsTarget = "meta"
	NumberSettingsTargetNone        NumberSettingsTarget = "none" // stored without effect
)

// NumberSettingsSync counts the connected devices that received device settings. A
// disconnected device receives them at its next connection.
type NumberSettingsSync struct {
	Applied int64 `json:"applied" strict:"true"`
	Failed  int64 `json:"failed" strict:"true"`
	Skipped int64 `json:"skipped" strict:"true"`
}

const (
	maxPIIRetentionDays = 3650
	maxMsgRejectCall    = 1000 // characters
)

// UpdateNumberRequest holds the changes for [NumbersService.Update]. Zero fields are not
// changed.
type UpdateNumberRequest struct {
	PIIMode PIIMode `json:"piiMode,omitzero"`

	// PIIRetentionDays is the number of days for which content is kept, 1 to 3650. It is
	// required with [PIIModeStoreXDays] and has no meaning in the other modes.
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

// UpdateNumberSettings are settings for a new number or changes of settings. Zero fields
// are not changed, or get their defaults on a new number. The first four fields are
// platform settings: set them with [Ptr]. The others are device settings: [Set] sets them,
// and [Null] resets them to the provider's default.
type UpdateNumberSettings struct {
	// HistoryImportEnabled imports the history of the device after its connection; the
	// default is true. Set it in [NumbersService.Create]: the import begins right after the
	// connection, so an update comes too late.
	HistoryImportEnabled *bool `json:"historyImportEnabled,omitzero"`

	// WebhookHistoricalMessages sends old messages to webhooks again after a reconnection.
	WebhookHistoricalMessages *bool `json:"webhookHistoricalMessages,omitzero"`

	// IgnoreNewsletters drops the posts of channels: they create no conversation, no
	// message and no webhook.
	IgnoreNewsletters *bool `json:"ignoreNewsletters,omitzero"`

	// MarkReadOnSend is the default of [SendRequest].MarkRead on official numbers; if it
	// was never set, it is true. It has no effect on web numbers.
	MarkReadOnSend *bool `json:"markReadOnSend,omitzero"`

	// The device settings follow. [Null] resets one to the provider's default, which is not
	// the same as false. Official numbers store them without effect.

	AlwaysOnline  Nullable[bool]   `json:"alwaysOnline,omitzero"`
	RejectCall    Nullable[bool]   `json:"rejectCall,omitzero"`
	MsgRejectCall Nullable[string] `json:"msgRejectCall,omitzero"` // sent when a call is rejected; at most 1000 characters
	ReadMessages  Nullable[bool]   `json:"readMessages,omitzero"`  // mark messages as read on arrival
	IgnoreGroups  Nullable[bool]   `json:"ignoreGroups,omitzero"`
	IgnoreStatus  Nullable[bool]   `json:"ignoreStatus,omitzero"`
}

func (u UpdateNumberSettings) validate() error {
	if text, _ := u.MsgRejectCall.Get(); utf8.RuneCountInString(text) > maxMsgRejectCall {
		return invalid("Settings.MsgRejectCall", "it has at most 1000 characters")
	}
	return nil
}

// NumbersService manages the numbers of a workspace. It is part of a [TenantClient].
//
//   - [NumbersService.Create] adds a web number and returns a code to pair it
//   - [NumbersService.Connect] returns a new code to pair a web number
//   - [NumbersService.Status] returns whether a number is connected
//   - [NumbersService.UpgradeToDual] gives a web number a second device
//   - [NumbersService.CreateMeta] adds an official number (experimental)
//   - [NumbersService.CreatePairingLink] adds a number and returns a link to pair it
//   - [NumbersService.WaitConnected] shows codes until a number is paired
//   - [NumbersService.List] returns all numbers of the workspace
//   - [NumbersService.Get] returns a number
//   - [NumbersService.Update] changes settings of a number
//   - [NumbersService.Delete] LOGS OUT AND DELETES a number
//   - [NumbersService.Restore] restores a deleted number
//   - [NumbersService.Purge] ERASES a number forever
//   - [NumbersService.Pay] CHARGES THE SAVED CARD for a blocked number
type NumbersService struct{ client *Client }

// List returns all numbers of the workspace.
//
// Scope: tenant key. Retry: [RetrySafe]. Errors: those of every call.
func (s NumbersService) List(ctx context.Context) ([]NumberSummary, error) {
	return invokeList[NumberSummary](ctx, s.client, opNumbersList, input{}, "data", "numbers")
}

// Get returns a number by its id.
//
// Scope: tenant key. Retry: [RetrySafe]. Errors: [*NotFoundError] for a number that the
// workspace does not have; and those of every call.
func (s NumbersService) Get(ctx context.Context, id string, opts GetNumberOptions) (*NumberDetail, error) {
	return invoke[NumberDetail](ctx, s.client, opNumbersGet, input{path: params{id}, query: opts})
}

// Update changes the given fields and keeps the others. A shorter retention can destroy
// older content, and [PIIModeRelayOnly] hides content from reads.
//
// Scope: tenant key. Retry: [RetrySafe]. Errors: [*ValidationError] for an update without
// changes (the API's [CodeEmptyPatch]); [*NotFoundError] for an unknown number; and those
// of every call.
func (s NumbersService) Update(ctx context.Context, id string, req UpdateNumberRequest) (*UpdatedNumber, error) {
	return invoke[UpdatedNumber](ctx, s.client, opNumbersUpdate, input{path: params{id}, body: req})
}

// Delete LOGS THE NUMBER OUT AND DELETES IT. [NumbersService.Restore] restores it for 30
// days, but not its login; after that it is lost forever. The number's own key stops
// working at once. The vendor's texts disagree on whether deleting also frees a paid slot:
// look at [ExtraNumbersService.Preview] before you call [ExtraNumbersService.Release] as
// well.
//
// After an [*OutcomeUnknownError], look for the number in [NumbersService.List]: if it is
// missing, it was deleted.
//
// Scope: tenant key. Retry: [RetryUnsent]. Errors: [*NotFoundError] for an unknown number;
// [*OutcomeUnknownError] and those of every call.
func (s NumbersService) Delete(ctx context.Context, id string) (*DeletedNumber, error) {
	return invoke[DeletedNumber](ctx, s.client, opNumbersDelete, input{path: params{id}})
}

// Restore restores a deleted number with its settings and history, but without its
// connection: call [NumbersService.WaitConnected] or [NumbersService.Connect] next. After
// an [*OutcomeUnknownError], look for the number in [NumbersService.List].
//
// Scope: tenant key. Retry: [RetryUnsent]. Errors: [*NotFoundError] after the 30 days;
// [CodeNumberAlreadyActive] if the phone number was added again meanwhile;
// [*OutcomeUnknownError] and those of every call.
func (s NumbersService) Restore(ctx context.Context, id string) (*RestoredNumber, error) {
	return invoke[RestoredNumber](ctx, s.client, opNumbersRestore, input{path: params{id}})
}

// Purge ERASES A NUMBER FOREVER: its history, chats, templates and keys, and an official
// number also at Meta. IT CANNOT BE UNDONE, and it saves no money compared with
// [NumbersService.Delete]. It accepts active and deleted numbers. After an
// [*OutcomeUnknownError], call it again: a [*NotFoundError] means that the number is
// erased.
//
// Scope: tenant key. Retry: [RetryNever]. Errors: [*NotFoundError] for an unknown number;
// [*OutcomeUnknownError] and those of every call.
func (s NumbersService) Purge(ctx context.Context, id string) error {
	return invokeDone(ctx, s.client, opNumbersPurge, input{path: params{id}}, "ok")
}

// Pay CHARGES THE WORKSPACE'S SAVED CARD for a number that an unpaid charge blocked
// ([NumberDetail].ExtraChargeUnpaidSince). After a payment, calling again charges nothing
// ([ChargeStatusNotRequired]). After an [*OutcomeUnknownError], check with
// [NumbersService.Get] whether ExtraChargeUnpaidSince is zero before calling again.
//
// The errors need different actions:
//
//   - [CodePaymentFailed]: the card was refused. [*PaymentError] holds the issuer's reason
//     and the amount, if known.
//   - [CodeInsufficientFunds]: there is no credit and no usable card. Make a payment page
//     with [BillingService.Checkout], then pay again.
//   - [CodePaymentInProgress]: another payment of the workspace is in progress. Call again
//     after some seconds.
//   - [CodePaymentProviderError], in Err of an [*OutcomeUnknownError]: the payment was not
//     refused. The API retries it, so wait.
//   - [CodeNumberNotFound]: the workspace has no such number.
//   - [CodePermissionDenied]: the key lacks the permission billing:manage.
//
// Scope: tenant key. Retry: [RetryNever]. Errors: those above; [*OutcomeUnknownError] and
// those of every call.
func (s NumbersService) Pay(ctx context.Context, id string) (*NumberPayment, error) {
	return invoke[NumberPayment](ctx, s.client, opNumbersPay, input{path: params{id}})
}
