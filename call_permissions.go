package pilotstatus

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// CallSetting is the state of a call setting, on or off. The set is open.
type CallSetting string

// The documented states of a call setting.
const (
	CallSettingEnabled  CallSetting = "ENABLED"
	CallSettingDisabled CallSetting = "DISABLED"
)

// CallIconVisibility says whether contacts see a call button. The set is open.
type CallIconVisibility string

// The documented visibilities of the call button.
const (
	CallIconVisibilityDefault    CallIconVisibility = "DEFAULT"
	CallIconVisibilityDisableAll CallIconVisibility = "DISABLE_ALL"
)

// CallSettings are Meta's call settings of an official number. A field is "" or nil if Meta
// did not return it.
type CallSettings struct {
	Status                   CallSetting        `json:"status"`
	CallIconVisibility       CallIconVisibility `json:"call_icon_visibility"`
	CallbackPermissionStatus CallSetting        `json:"callback_permission_status"`

	// CallHours is a JSON object of Meta. Only its member "status" is documented.
	CallHours json.RawMessage `json:"call_hours"`

	// Experimental: Voicemail is a JSON object of Meta that is not documented.
	Voicemail json.RawMessage `json:"voicemail"`

	// Raw is the whole object as received, because Meta may add to it.
	Raw json.RawMessage `json:"-"`
}

// check keeps the settings as received, and refuses an answer that has no object of them.
func (s *CallSettings) check(text []byte) error {
	if !beginsObject(text) {
		return lacking("calling")
	}
	s.Raw = bytes.Clone(text)
	return nil
}

// CallPermissionStatus is the state of a contact's permission to be called. The API writes
// it in lower case, webhooks in upper case: compare with Is. The set is open.
type CallPermissionStatus string

// The documented states of a permission.
const (
	CallPermissionStatusNone      CallPermissionStatus = "no_permission"
	CallPermissionStatusTemporary CallPermissionStatus = "temporary" // see [CallPermissionGrant.Expires]
	CallPermissionStatusPermanent CallPermissionStatus = "permanent"
)

// Is reports whether both are the same status, ignoring case.
func (s CallPermissionStatus) Is(other CallPermissionStatus) bool {
	return strings.EqualFold(string(s), string(other))
}

// CallPermission says whether a contact may be called, and which actions are possible now.
// The answer comes from Meta: any field may be missing, and a field of another JSON type
// stays zero.
type CallPermission struct {
	Permission CallPermissionGrant    `json:"permission"`
	Actions    []CallPermissionAction `json:"actions"`

	Raw json.RawMessage `json:"-"` // Meta's answer as received
}

// check refuses an answer without a permission.
func (p *CallPermission) check(text []byte) error {
	if !beginsObject(membersOf(text)["permission"]) {
		return lacking("permission")
	}
	return nil
}

// Experimental: CanStart reports whether [CallsService.Start] may be tried. If the answer
// has the action "start_call", that action decides, because it seems to include limits.
// Otherwise any status but [CallPermissionStatusNone] is enough.
func (p CallPermission) CanStart() bool {
	for _, action := range p.Actions {
		if action.Name == CallPermissionActionKindStart {
			return action.CanPerform
		}
	}
	status := p.Permission.Status
	return status != "" && !status.Is(CallPermissionStatusNone)
}

// CallPermissionGrant is a permission that a contact gave.
type CallPermissionGrant struct {
	Status CallPermissionStatus `json:"status"`

	// ExpirationTime is in Unix seconds. It is 0 if the permission does not end, or if the
	// answer has it in another form. See Expires.
	ExpirationTime int64 `json:"expiration_time"`
}

// Expires returns the end of the permission, or the zero time if it does not end.
func (g CallPermissionGrant) Expires() time.Time {
	if g.ExpirationTime == 0 {
		return time.Time{}
	}
	return time.Unix(g.ExpirationTime, 0).UTC()
}

// CallPermissionActionKind is a kind of action towards a contact. The set is open.
type CallPermissionActionKind string

// The documented actions.
const (
	CallPermissionActionKindRequest CallPermissionActionKind = "send_call_permission_request" // [CallsService.RequestPermission]
	CallPermissionActionKindStart   CallPermissionActionKind = "start_call"                   // [CallsService.Start]
)

// CallPermissionAction says whether an action is possible now, and how often.
type CallPermissionAction struct {
	Name       CallPermissionActionKind `json:"action_name"`
	CanPerform bool                     `json:"can_perform_action"`
	Limits     []CallPermissionLimit    `json:"limits"`
}

// CallPermissionLimit is the limit of an action in a period.
type CallPermissionLimit struct {
	TimePeriod   string `json:"time_period"` // ISO 8601, as in "PT24H"
	MaxAllowed   int64  `json:"max_allowed"`
	CurrentUsage int64  `json:"current_usage"`
}

// SentCallPermission is a sent request for permission.
type SentCallPermission struct {
	// MessageID is WhatsApp's id of the message ("wamid.…"), not an id of the platform.
	MessageID string `json:"messageId" required:"true"`
}

// UpdateCallSettingsRequest are changes of call settings. A field that is "" or nil is not
// changed.
type UpdateCallSettingsRequest struct {
	Status                   CallSetting        `json:"status,omitempty"`
	CallIconVisibility       CallIconVisibility `json:"call_icon_visibility,omitempty"`
	CallbackPermissionStatus CallSetting        `json:"callback_permission_status,omitempty"`

	// CallHours is a JSON object that REPLACES the stored one: read it, change it and send
	// all of it.
	CallHours json.RawMessage `json:"call_hours,omitzero"`

	// Voicemail is a JSON object of Meta. Its content is not documented.
	Voicemail json.RawMessage `json:"voicemail,omitzero"`
}

func (u UpdateCallSettingsRequest) validate() error {
	objects := []struct {
		field string
		value json.RawMessage
	}{{"CallHours", u.CallHours}, {"Voicemail", u.Voicemail}}
	for _, o := range objects {
		if len(o.value) > 0 && (!beginsObject(o.value) || !jsontext.Value(o.value).IsValid()) {
			return invalid(o.field, "it is not a JSON object")
		}
	}
	if len(u.CallHours)+len(u.Voicemail) > 0 {
		return nil
	}
	set := u
	set.CallHours, set.Voicemail = nil, nil // an empty object is not set
	return requireChange(set)
}

type callPermissionOptions struct {
	to string `query:"to"`
}

func (o callPermissionOptions) validate() error { return checkPhoneText("to", o.to) }

// CallPermissionRequest asks a contact for permission to call.
type CallPermissionRequest struct {
	To   string `json:"to"`             // the phone number, in E.164 form with the leading "+"
	Text string `json:"text,omitempty"` // the reason, shown to the contact
}

func (r CallPermissionRequest) validate() error { return checkPhoneText("To", r.To) }

// Settings returns the call settings of an official number.
//
// Scope: number key. Retry: [RetrySafe]. Errors: [CodeFeatureNotSupported] for a web number
// and those of every call.
func (s CallsService) Settings(ctx context.Context) (*CallSettings, error) {
	return invokeMember[CallSettings](ctx, s.client, opCallsSettings, input{}, "calling")
}

// UpdateSettings changes the given call settings of an official number and keeps the
// others. Meta refuses to turn calls on below the tier of 2,000 messages a day.
//
// Scope: number key. Retry: [RetrySafe]. Errors: [CodeFeatureNotSupported] for a web number
// and those of every call.
func (s CallsService) UpdateSettings(ctx context.Context, req UpdateCallSettingsRequest) error {
	return invokeDone(ctx, s.client, opCallsUpdateSettings, input{body: req}, "success")
}

// Permission returns whether an official number may call a contact. to is the phone number
// in E.164 form. Web numbers need no permission.
//
// Scope: number key. Retry: [RetrySafe]. Errors: [CodeFeatureNotSupported] for a web number
// and those of every call.
func (s CallsService) Permission(ctx context.Context, to string) (*CallPermission, error) {
	return invoke[CallPermission](ctx, s.client, opCallsPermission, input{query: callPermissionOptions{to}})
}

// RequestPermission SENDS A MESSAGE that asks a contact for permission to call from an
// official number. It needs an open 24-hour window, and Meta limits how often a contact may
// be asked. The contact's choice arrives as the webhook call.permission_updated, and
// [CallsService.Permission] returns it. After an [*OutcomeUnknownError] the contact may
// have been asked: be careful before you ask again.
//
// Scope: number key. Retry: [RetryNever]. Errors: [CodeMetaCallPermissionRequestLimit]
// after too many requests to the contact; [CodeFeatureNotSupported] for a web number;
// [*OutcomeUnknownError] and those of every call.
func (s CallsService) RequestPermission(ctx context.Context, req CallPermissionRequest) (*SentCallPermission, error) {
	return invoke[SentCallPermission](ctx, s.client, opCallsRequestPermission, input{body: req})
}
