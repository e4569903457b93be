package pilotstatustest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"unicode/utf8"
)

// patch is a member of a request that is absent, null or a value.
type patch[T any] struct {
	given bool
	value *T // nil: null
}

// UnmarshalJSON is called for null too.
func (p *patch[T]) UnmarshalJSON(data []byte) error {
	p.given = true
	return json.Unmarshal(data, &p.value)
}

func (p *patch[T]) null() bool { return p.given && p.value == nil }

// set changes a value that cannot be null.
func (p *patch[T]) set(v *T) {
	if p.value != nil {
		*v = *p.value
	}
}

// setOrReset changes a value that null resets.
func (p *patch[T]) setOrReset(v **T) {
	if p.given {
		*v = p.value
	}
}

// settingsPatch changes what a settingsAnswer shows.
type settingsPatch struct {
	HistoryImportEnabled      patch[bool] `json:"historyImportEnabled"`
	WebhookHistoricalMessages patch[bool] `json:"webhookHistoricalMessages"`
	IgnoreNewsletters         patch[bool] `json:"ignoreNewsletters"`
	MarkReadOnSend            patch[bool] `json:"markReadOnSend"`

	AlwaysOnline  patch[bool]   `json:"alwaysOnline"`
	RejectCall    patch[bool]   `json:"rejectCall"`
	MsgRejectCall patch[string] `json:"msgRejectCall"`
	ReadMessages  patch[bool]   `json:"readMessages"`
	IgnoreGroups  patch[bool]   `json:"ignoreGroups"`
	IgnoreStatus  patch[bool]   `json:"ignoreStatus"`

	AppliesTo patch[json.RawMessage] `json:"appliesTo"`
}

// UnmarshalJSON takes the names as exactly as the body has them.
func (p *settingsPatch) UnmarshalJSON(data []byte) error { return decode(data, p) }

func (p *settingsPatch) ofPlatform() []*patch[bool] {
	return []*patch[bool]{&p.HistoryImportEnabled, &p.WebhookHistoricalMessages, &p.IgnoreNewsletters, &p.MarkReadOnSend}
}

// ofDevice says whether the patch has a setting that the devices hear of.
func (p *settingsPatch) ofDevice() bool {
	for _, field := range []*patch[bool]{&p.AlwaysOnline, &p.RejectCall, &p.ReadMessages, &p.IgnoreGroups, &p.IgnoreStatus} {
		if field.given {
			return true
		}
	}
	return p.MsgRejectCall.given
}

func (p *settingsPatch) empty() bool {
	for _, field := range p.ofPlatform() {
		if field.given {
			return false
		}
	}
	return !p.ofDevice()
}

func (p *settingsPatch) check() error {
	for _, field := range p.ofPlatform() {
		if field.null() {
			return errors.New("a setting of the platform is null")
		}
	}
	if text := value(p.MsgRejectCall.value); utf8.RuneCountInString(text) > 1000 {
		return fmt.Errorf("msgRejectCall has %d characters", utf8.RuneCountInString(text))
	}
	if p.AppliesTo.given {
		return errors.New("appliesTo cannot be set")
	}
	return nil
}

func (p *settingsPatch) apply(s *settingsAnswer) {
	p.HistoryImportEnabled.set(&s.HistoryImportEnabled)
	p.WebhookHistoricalMessages.set(&s.WebhookHistoricalMessages)
	p.IgnoreNewsletters.set(&s.IgnoreNewsletters)
	p.MarkReadOnSend.set(&s.MarkReadOnSend)
	p.AlwaysOnline.setOrReset(&s.AlwaysOnline)
	p.RejectCall.setOrReset(&s.RejectCall)
	p.MsgRejectCall.setOrReset(&s.MsgRejectCall)
	p.ReadMessages.setOrReset(&s.ReadMessages)
	p.IgnoreGroups.setOrReset(&s.IgnoreGroups)
	p.IgnoreStatus.setOrReset(&s.IgnoreStatus)
}

// updatedAnswer is the answer of Numbers.Update.
type updatedAnswer struct {
	numberDetail

	SettingsSync *syncAnswer `json:"settingsSync,omitempty"`
}

// syncAnswer counts the devices that were told of a setting.
type syncAnswer struct {
	Applied int `json:"applied"`
	Failed  int `json:"failed"`
	Skipped int `json:"skipped"`
}

// sync tells the devices of the number about their settings.
func (n *number) sync() *syncAnswer {
	out := new(syncAnswer)
	for _, d := range n.devices() {
		switch {
		case !d.open:
			out.Skipped++
		case n.syncFails:
			out.Failed++
		default:
			out.Applied++
		}
	}
	return out
}

// numberPatch is the body of Numbers.Update.
type numberPatch struct {
	PIIMode          patch[string] `json:"piiMode"`
	PIIRetentionDays patch[int]    `json:"piiRetentionDays"`
	Settings         settingsPatch `json:"settings"`
}

func (in *numberPatch) check() error {
	days := in.PIIRetentionDays
	switch {
	case in.PIIMode.null() || days.null():
		return errors.New("piiMode or piiRetentionDays is null")
	case days.given && (*days.value < 1 || *days.value > 3650):
		return fmt.Errorf("piiRetentionDays is %d", *days.value)
	}
	switch mode := value(in.PIIMode.value); {
	case !in.PIIMode.given || mode == relayOnly || mode == storeIndefinite:
	case mode != storeDays:
		return fmt.Errorf("piiMode is %q", mode)
	case !days.given:
		return errors.New("piiRetentionDays is missing")
	}
	return in.Settings.check()
}

// apply changes the number. Days count only in the mode that has some.
func (in *numberPatch) apply(n *number) {
	in.PIIMode.set(&n.privacy.mode)
	in.PIIRetentionDays.set(&n.privacy.days)
	if n.privacy.mode != storeDays {
		n.privacy.days = 0
	}
	in.Settings.apply(&n.settings)
}

func updateNumber(c *call) (any, *failure) {
	n := c.state.number(c.params["id"])
	if n == nil {
		return nil, notFound("Number")
	}
	var in numberPatch
	if err := decode(c.body, &in); err != nil {
		return nil, invalid("%v", err)
	}
	if err := in.check(); err != nil {
		return nil, invalid("%v", err)
	}
	if !in.PIIMode.given && !in.PIIRetentionDays.given && in.Settings.empty() {
		return nil, &failure{status: http.StatusBadRequest, code: "EMPTY_PATCH", text: "Nothing to change"}
	}
	in.apply(n)
	n.updatedAt = c.state.clock.now()
	out := updatedAnswer{numberDetail: n.detail()}
	if in.Settings.ofDevice() && !n.official() {
		out.SettingsSync = n.sync()
	}
	return out, nil
}
