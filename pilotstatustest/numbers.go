package pilotstatustest

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

func numberRoutes() []route {
	return append(
		needing("billing:manage", numberByID("Numbers.Pay", "POST", "/pay", payNumber)),
		on("Numbers.List", "GET /v1/numbers", scopeTenant, listNumbers),
		numberByID("Numbers.Get", "GET", "", with((*call).pathNumber, getNumber)),
		numberByID("Numbers.Update", "PATCH", "", with2((*call).pathNumber, body[numberPatch], updateNumber)).takesBody(),
		numberByID("Numbers.Delete", "DELETE", "", with((*call).pathNumber, deleteNumber)),
		numberByID("Numbers.Restore", "POST", "/restore", restoreNumber),
		numberByID("Numbers.Purge", "DELETE", "/purge", purgeNumber),
	)
}

// numberByID is an operation on the number that the path names.
func numberByID(op, method, path string, handle handler) route {
	r := on(op, method+" /v1/numbers/{id}"+path, scopeTenant, handle)
	r.reserved = []string{"check", "meta", "remote-pairing"}
	return r
}

// coexistence is nil for a number that is not official.
func (n *number) coexistence() *coexistenceAnswer {
	switch {
	case !n.official():
		return nil
	case n.coexists.Status == "":
		return &coexistenceAnswer{"NO", nullable("meta_is_on_biz_app")}
	}
	return &n.coexists
}

// numberTimes is when something happened to a number, or will.
type numberTimes struct {
	ExtraChargeUnpaidSince  *string `json:"extraChargeUnpaidSince"`
	ExtraChargeDisconnectAt *string `json:"extraChargeDisconnectAt"`
	CreatedAt               string  `json:"createdAt"`
	UpdatedAt               string  `json:"updatedAt"`
}

func (n *number) times() numberTimes {
	return numberTimes{stamp(n.unpaidSince), stamp(n.cutOffAt), stampText(n.createdAt), stampText(n.updatedAt)}
}

// documentedRow is a row of Numbers.List as the documentation has it.
type documentedRow struct {
	ID               string             `json:"id"`
	InstanceName     string             `json:"instanceName"`
	Number           string             `json:"number"`
	Name             string             `json:"name"`
	Provider         string             `json:"provider"`
	State            string             `json:"state"`
	APIKeys          []keyRef           `json:"apiKeys"`
	IsFullyConnected bool               `json:"isFullyConnected"`
	LastValidatedAt  *string            `json:"lastValidatedAt,omitempty"`
	Coexistence      *coexistenceAnswer `json:"coexistence,omitempty"`
	numberTimes
}

// numberRow is a row of Numbers.List.
type numberRow struct {
	documentedRow

	linksAnswer
}

type keyRef struct {
	Name      string  `json:"name"`
	KeyPrefix string  `json:"keyPrefix"`
	KeyLast4  *string `json:"keyLast4"`
}

func (n *number) row() numberRow {
	ref := keyRef{Name: n.key.name, KeyPrefix: n.key.prefix()}
	if !n.key.hidden {
		ref.KeyLast4 = nullable(n.key.last4())
	}
	row := documentedRow{
		ID: n.id, InstanceName: n.instanceName, Number: n.phone, Name: n.name,
		Provider: n.provider, State: n.state(), APIKeys: []keyRef{ref},
		IsFullyConnected: n.fullyConnected(), LastValidatedAt: stamp(n.checkedAt), Coexistence: n.coexistence(),
		numberTimes: n.times(),
	}
	return numberRow{row, n.links()}
}

func listNumbers(c *call) (any, *failure) {
	rows := rowsOf(c.state.numbers, (*number).row)
	if c.state.workspace.otherForms {
		return rowsOf(rows, func(row numberRow) documentedRow { return row.documentedRow }), nil
	}
	return rows, nil
}

func getNumber(c *call, n *number) (any, *failure) {
	if n.official() && c.query.Get("refresh") == "1" {
		n.checkedAt = c.state.clock.now()
		n.refreshes++
	}
	return n.detail(), nil
}

// numberDetail is the answer of Numbers.Get.
type numberDetail struct {
	ID               string             `json:"id"`
	Number           string             `json:"number"`
	Name             string             `json:"name"`
	Provider         string             `json:"provider"`
	State            string             `json:"state"`
	IsFullyConnected bool               `json:"isFullyConnected"`
	PIIMode          string             `json:"piiMode"`
	PIIRetentionDays *int               `json:"piiRetentionDays"`
	Settings         settingsAnswer     `json:"settings"`
	Health           healthAnswer       `json:"health"`
	Meta             *metaAnswer        `json:"meta"`
	Coexistence      *coexistenceAnswer `json:"coexistence"`
	numberTimes
}

type healthAnswer struct {
	QualityRating               *string `json:"qualityRating"`
	MessagingLimitTier          *string `json:"messagingLimitTier"`
	PortfolioMessagingLimitTier *string `json:"portfolioMessagingLimitTier"`
	MetaStatus                  *string `json:"metaStatus"`
	Code                        *string `json:"code"`
	Reason                      *string `json:"reason"`
	Sendable                    bool    `json:"sendable"`
}

// metaAnswer mirrors what Meta says about an official number.
type metaAnswer struct {
	Phone struct {
		PlatformType string `json:"platformType"`
		VerifiedName string `json:"verifiedName"`
	} `json:"phone"`
	Profile struct {
		About *string `json:"about"`
	} `json:"profile"`
	Waba struct {
		ID string `json:"id"`
	} `json:"waba"`
}

// bornWith are the settings of a number that nobody has changed.
func (n *number) bornWith() settingsAnswer {
	s := settingsAnswer{
		HistoryImportEnabled: true, MarkReadOnSend: true,
		AppliesTo: appliesTo{History: "all", Advanced: "evolution-go", Sending: "none"},
	}
	if n.official() {
		s.AppliesTo.Advanced, s.AppliesTo.Sending = "none", "meta"
	}
	return s
}

func (n *number) detail() numberDetail {
	d := numberDetail{
		ID: n.id, Number: n.phone, Name: n.name, Provider: n.provider, State: n.state(), IsFullyConnected: n.fullyConnected(),
		PIIMode:     cmp.Or(n.privacy.mode, storeIndefinite),
		Settings:    n.settings,
		Health:      healthAnswer{Sendable: n.open},
		Coexistence: n.coexistence(),
		numberTimes: n.times(),
	}
	if days := n.privacy.days; days > 0 {
		d.PIIRetentionDays = &days
	}
	if n.official() {
		d.Health.QualityRating, d.Health.MetaStatus = nullable("GREEN"), nullable("CONNECTED")
		d.Health.MessagingLimitTier, d.Health.PortfolioMessagingLimitTier = nullable("TIER_1K"), nullable("TIER_10K")
		d.Meta = new(metaAnswer)
		d.Meta.Phone.PlatformType, d.Meta.Phone.VerifiedName = "CLOUD_API", n.name
		d.Meta.Waba.ID = "waba_" + n.id
	}
	return d
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

// UnmarshalJSONFrom refuses null, which names no setting.
func (p *settingsPatch) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() == 'n' {
		return errors.New("settings is null")
	}
	type plain settingsPatch
	return jsonv2.UnmarshalDecode(dec, (*plain)(p))
}

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

func updateNumber(c *call, n *number, in *numberPatch) (any, *failure) {
	if !in.PIIMode.given && !in.PIIRetentionDays.given && in.Settings.empty() {
		return nil, badRequest("EMPTY_PATCH", "Nothing to change")
	}
	in.apply(n)
	n.updatedAt = c.state.clock.now()
	c.state.publish(ChangeNumber, n.id, n.id)
	out := updatedAnswer{numberDetail: n.detail()}
	if in.Settings.ofDevice() && !n.official() {
		out.SettingsSync = n.sync()
	}
	return out, nil
}

// binLife is how long a deleted number can be restored.
const binLife = 30 * 24 * time.Hour

// numberRemovedFailure ends the messages that a deleted number had not sent.
const numberRemovedFailure = "NUMBER_NOT_FOUND_REMOVED"

// remove takes a number out of the workspace: its devices are logged out, its key
// and its pairing links are dead, what it did not send fails.
func (s *state) remove(n *number, at time.Time) {
	s.numbers = slices.DeleteFunc(s.numbers, func(other *number) bool { return other == n })
	n.gone = true
	n.logOut(at)
	for _, d := range n.devices() {
		d.scanAt = time.Time{}
	}
	s.dropKey(n.key)
	for token, p := range s.pairings {
		if p.number == n {
			delete(s.pairings, token)
		}
	}
	for _, m := range s.moving {
		if m.number == n && m.Status == queued && !m.ended() {
			s.fail(m, messageFailure{numberRemovedFailure, "The sending number was removed"}, at)
		}
	}
	s.announce(n, numberRemoved, at, "")
}

// forgetAt is when a number in the bin is gone for good: after the last moment in
// which it can be restored.
func (n *number) forgetAt() time.Time { return n.restoreUntil.Add(1) }

// forget takes a number out of the bin.
func (s *state) forget(n *number) {
	s.workspace.bin = slices.DeleteFunc(s.workspace.bin, func(other *number) bool { return other == n })
}

// erase ends a number for good, with its leads and the links of its Pages. Its
// webhooks are out of reach, and are told of it.
func (s *state) erase(n *number) {
	s.forget(n)
	for _, r := range n.box.rows {
		s.bytes.used -= r.counted
		r.counted = 0
	}
	s.publish(ChangeNumber, n.id, n.id)
	s.growth.leads = slices.DeleteFunc(s.growth.leads, func(l *lead) bool { return l.number == n })
	for _, p := range s.growth.pages {
		if p.link != nil && p.link.number == n {
			p.unlink()
		}
	}
}

// binned returns the deleted number with an id, or nil.
func (s *state) binned(id string) *number {
	return first(s.workspace.bin, func(n *number) bool { return n.id == id })
}

// hasPhone says whether one of the numbers has the phone.
func hasPhone(numbers []*number, phone string) bool {
	return slices.ContainsFunc(numbers, func(n *number) bool { return n.phone == phone })
}

type binnedAnswer struct {
	OK              bool   `json:"ok"`
	RestorableUntil string `json:"restorableUntil"`
}

type restoredAnswer struct {
	OK                bool `json:"ok"`
	RequiresReconnect bool `json:"requiresReconnect"`
}

func deleteNumber(c *call, n *number) (any, *failure) {
	now := c.state.clock.now()
	c.state.remove(n, now)
	n.restoreUntil = now.Add(binLife)
	c.state.workspace.bin = append(c.state.workspace.bin, n)
	if c.state.workspace.otherForms {
		return map[string]any{"ok": true}, nil
	}
	return binnedAnswer{true, stampText(n.restoreUntil)}, nil
}

func restoreNumber(c *call) (any, *failure) {
	s := c.state
	n := s.binned(c.params["id"])
	switch {
	case n == nil:
		return nil, notFound("Number")
	case hasPhone(s.numbers, n.phone):
		return nil, conflict("NUMBER_ALREADY_ACTIVE", "The phone was connected again meanwhile")
	}
	s.forget(n)
	n.gone, n.restoreUntil, n.updatedAt = false, time.Time{}, s.clock.now()
	s.admitKey(n.key)
	at, _ := slices.BinarySearchFunc(s.numbers, n.place, func(other *number, place int) int { return other.place - place })
	s.numbers = slices.Insert(s.numbers, at, n)
	s.announce(n, numberRestored, n.updatedAt, "")
	return restoredAnswer{true, true}, nil
}

func purgeNumber(c *call) (any, *failure) {
	n := c.state.binned(c.params["id"])
	if active := c.state.number(c.params["id"]); active != nil {
		n = active
		c.state.remove(n, c.state.clock.now())
	}
	if n == nil {
		return nil, notFound("Number")
	}
	c.state.erase(n)
	return map[string]any{"ok": true}, nil
}

// payAnswer is the answer of Numbers.Pay.
type payAnswer struct {
	OK     bool   `json:"ok"`
	Status string `json:"status"`
}

func payNumber(c *call) (any, *failure) {
	n := c.state.number(c.params["id"])
	if n == nil {
		return nil, unknownNumber()
	}
	if n.unpaidSince.IsZero() {
		return payAnswer{true, "not_required"}, nil
	}
	if refused := c.state.collect(n, c.state.clock.now()); refused != nil {
		return nil, refused
	}
	return payAnswer{true, "paid"}, nil
}
