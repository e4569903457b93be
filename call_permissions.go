package pilotstatus

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// CallSetting turns a call setting on or off. The set is open.
type CallSetting string

// The documented values.
const (
	CallSettingEnabled  CallSetting = "ENABLED"
	CallSettingDisabled CallSetting = "DISABLED"
)

// CallIconVisibility is whether contacts see a button to call. The set is open.
type CallIconVisibility string

// The documented values.
const (
	CallIconVisibilityDefault    CallIconVisibility = "DEFAULT"
	CallIconVisibilityDisableAll CallIconVisibility = "DISABLE_ALL"
)

// CallSettings are Meta's call settings of an official number. A field is "" or nil
// where Meta does not say.
type CallSettings struct {
	Status                   CallSetting        `json:"status"`
	CallIconVisibility       CallIconVisibility `json:"call_icon_visibility"`
	CallbackPermissionStatus CallSetting        `json:"callback_permission_status"`

	// CallHours is an object of Meta's. Only its "status" is documented.
	CallHours json.RawMessage `json:"call_hours"`

	// Experimental: Voicemail is an object of Meta's that is not documented.
	Voicemail json.RawMessage `json:"voicemail"`

	// Raw is the whole object as received: Meta may add to it.
	Raw json.RawMessage `json:"-"`
}

// UnmarshalJSON reads the settings out of the answer, where they are the member
// "calling".
func (s *CallSettings) UnmarshalJSON(data []byte) error {
	var answer struct {
		Calling json.RawMessage `json:"calling"`
	}
	if err := unmarshalAnswer(data, &answer); err != nil {
		return err
	}
	if !beginsObject(answer.Calling) {
		return lacking("calling")
	}
	type plain CallSettings // without this method
	var settings plain
	if err := unmarshalAnswer(answer.Calling, &settings); err != nil {
		return err
	}
	*s = CallSettings(settings)
	s.Raw = answer.Calling
	return nil
}

// CallPermissionStatus is whether a contact may be called. The API writes it in small
// letters, webhooks in capitals; compare with Is. The set is open.
type CallPermissionStatus string

// The documented statuses.
const (
	CallPermissionStatusNone      CallPermissionStatus = "no_permission"
	CallPermissionStatusTemporary CallPermissionStatus = "temporary" // see [CallPermissionGrant.Expires]
	CallPermissionStatusPermanent CallPermissionStatus = "permanent"
)

// Is reports whether both are the same status, whatever the letters.
func (s CallPermissionStatus) Is(other CallPermissionStatus) bool {
	return strings.EqualFold(string(s), string(other))
}

// CallPermission is whether a contact may be called, and what else may be done now. The
// answer is Meta's: any field may be missing, and one of another kind is left zero.
type CallPermission struct {
	Permission CallPermissionGrant    `json:"permission"`
	Actions    []CallPermissionAction `json:"actions"`

	Raw json.RawMessage `json:"-"` // the answer as received, which is Meta's
}

// check refuses an answer that does not speak of a permission.
func (p *CallPermission) check() error {
	if !beginsObject(membersOf(p.Raw)["permission"]) {
		return lacking("permission")
	}
	return nil
}

// Experimental: CanStart reports whether [CallsService.Start] may be tried. The action
// "start_call" decides where the answer has it, because limits seem to count there;
// otherwise any status but [CallPermissionStatusNone] is enough.
func (p CallPermission) CanStart() bool {
	for _, action := range p.Actions {
		if action.Name == CallPermissionActionKindStart {
			return action.CanPerform
		}
	}
	status := p.Permission.Status
	return status != "" && !status.Is(CallPermissionStatusNone)
}

// CallPermissionGrant is the permission that a contact gave.
type CallPermissionGrant struct {
	Status CallPermissionStatus `json:"status"`

	// ExpirationTime is in Unix seconds, 0 where the permission does not end or the
	// answer does not say it in seconds; see Expires.
	ExpirationTime int64 `json:"expiration_time"`
}

// Expires returns when the permission ends, the zero time where it does not.
func (g CallPermissionGrant) Expires() time.Time {
	if g.ExpirationTime == 0 {
		return time.Time{}
	}
	return time.Unix(g.ExpirationTime, 0).UTC()
}

// CallPermissionActionKind is something that may be done with a contact. The set is
// open.
type CallPermissionActionKind string

// The documented actions.
const (
	CallPermissionActionKindRequest CallPermissionActionKind = "send_call_permission_request" // [CallsService.RequestPermission]
	CallPermissionActionKindStart   CallPermissionActionKind = "start_call"                   // [CallsService.Start]
)

// CallPermissionAction says whether something may be done now, and how often.
type CallPermissionAction struct {
	Name       CallPermissionActionKind `json:"action_name"`
	CanPerform bool                     `json:"can_perform_action"`
	Limits     []CallPermissionLimit    `json:"limits"`
}

// CallPermissionLimit is how often something may be done in a period.
type CallPermissionLimit struct {
	TimePeriod   string `json:"time_period"` // ISO 8601, as in "PT24H"
	MaxAllowed   int64  `json:"max_allowed"`
	CurrentUsage int64  `json:"current_usage"`
}

// SentCallPermission is a request for permission that was sent.
type SentCallPermission struct {
	// MessageID is WhatsApp's id of the message ("wamid.…"), not one of the
	// platform's.
	MessageID string `json:"messageId" required:"true"`
}

// UpdateCallSettingsRequest are changes of call settings. A field that is "" or nil stays
// as it is.
type UpdateCallSettingsRequest struct {
	Status                   CallSetting        `json:"status,omitempty"`
	CallIconVisibility       CallIconVisibility `json:"call_icon_visibility,omitempty"`
	CallbackPermissionStatus CallSetting        `json:"callback_permission_status,omitempty"`

	// CallHours is a JSON object that REPLACES the stored one: read it, change it
	// and send it whole.
	CallHours json.RawMessage `json:"call_hours,omitzero"`

	// Voicemail is a JSON object of Meta's; what is in it is not documented.
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
	set.CallHours, set.Voicemail = nil, nil // an empty one is not set
	return requireChange(set)
}

type callPermissionOptions struct{ to string }

func (o callPermissionOptions) validate() error { return checkPhoneText("to", o.to) }

func (o callPermissionOptions) query() queryValues {
	q := queryValues{}
	q.text("to", o.to)
	return q
}

// CallPermissionRequest is a request for the permission to call a contact.
type CallPermissionRequest struct {
	To   string `json:"to"`             // the phone number, in E.164 form with the leading "+"
	Text string `json:"text,omitempty"` // the reason, which the contact reads
}

func (r CallPermissionRequest) validate() error { return checkPhoneText("To", r.To) }

// Settings returns the call settings of an official number.
//
// Scope: number key. Retry: [RetrySafe]. Errors: those of every call.
func (s CallsService) Settings(ctx context.Context) (*CallSettings, error) {
	return invoke[CallSettings](ctx, s.client, opCallsSettings, input{})
}

// UpdateSettings changes the fields that are set, of an official number, and leaves the
// others alone. Meta refuses to turn calls on below the tier of 2,000 messages a day. It
// is repeated like a read.
//
// Scope: number key. Retry: [RetrySafe]. Errors: those of every call.
func (s CallsService) UpdateSettings(ctx context.Context, req UpdateCallSettingsRequest) error {
	return invokeDone(ctx, s.client, opCallsUpdateSettings, input{body: req}, "success")
}

// Permission returns whether an official number may call a contact. to is the phone
// number in E.164 form. Web numbers need no permission.
//
// Scope: number key. Retry: [RetrySafe]. Errors: those of every call.
func (s CallsService) Permission(ctx context.Context, to string) (*CallPermission, error) {
	return invoke[CallPermission](ctx, s.client, opCallsPermission, input{query: callPermissionOptions{to}})
}

// RequestPermission SENDS A MESSAGE that asks a contact whether an official number may
// call. It needs an open 24-hour window, and Meta limits how often a contact is asked
// ([CodeMetaCallPermissionRequestLimit]). The contact's choice arrives as the webhook
// call.permission_updated; Permission shows it too. It is tried once: after an
// [*OutcomeUnknownError] the contact may have been asked, so ask again with care.
//
// Scope: number key. Retry: [RetryNever]. Errors: [*OutcomeUnknownError] and those of every
// call.
func (s CallsService) RequestPermission(ctx context.Context, req CallPermissionRequest) (*SentCallPermission, error) {
	return invoke[SentCallPermission](ctx, s.client, opCallsRequestPermission, input{body: req})
}
