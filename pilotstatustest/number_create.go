package pilotstatustest

import (
	"fmt"
	"strings"
	"time"
)

// e164Digits takes the plus off a phone and says whether it has enough digits.
func e164Digits(text string, least int) (string, bool) {
	digits := strings.TrimPrefix(text, "+")
	return digits, isPhone(text) && len(digits) >= least
}

// newPhone returns the digits of a phone that is to become a number, or why it
// cannot.
func (s *state) newPhone(text string, least int) (string, *failure) {
	digits, ok := e164Digits(text, least)
	switch {
	case !ok:
		return "", invalid("number is no phone of %d digits or more", least)
	case hasPhone(s.numbers, digits):
		return "", conflict("", "Number already exists")
	case hasPhone(s.workspace.bin, digits):
		return "", conflict("NUMBER_SOFT_DELETED", "The number was deleted less than 30 days ago: restore or purge it")
	}
	return digits, nil
}

// enroll puts a number that is not connected into the workspace, with a key of its
// own.
func (s *state) enroll(n *number, created time.Time) {
	s.workspace.places++
	n.place = s.workspace.places
	n.createdAt, n.updatedAt = created, created
	n.settings = n.bornWith()
	n.key = s.newKey("Default", n)
	s.numbers = append(s.numbers, n)
}

// newNumber creates a number that is not connected.
func (s *state) newNumber(provider, name, phone string) *number {
	n := &number{id: s.newID("num"), provider: provider, name: name, phone: phone, instanceName: "acme-" + phone}
	if provider == providerWeb {
		n.instanceID = s.newID("wi")
	}
	now := s.clock.now()
	s.enroll(n, now)
	s.announce(n, numberCreated, now, "")
	return n
}

// newMetaNumber creates an official number, which is connected from the start.
func (s *state) newMetaNumber(name, phone string) *number {
	n := s.newNumber(providerMeta, name, phone)
	s.connect(n, &n.device, s.clock.now())
	return n
}

// engineAnswer is the number in the answers of what creates one.
type engineAnswer struct {
	ID               string      `json:"id"`
	TenantID         string      `json:"tenantId"`
	InstanceName     string      `json:"instanceName"`
	Number           string      `json:"number"`
	Name             string      `json:"name,omitempty"`
	State            string      `json:"state,omitempty"`
	DisplayName      string      `json:"displayName,omitempty"` // these two in place of those
	Status           string      `json:"status,omitempty"`
	Quality          string      `json:"quality"`
	PrimaryLink      linkAnswer  `json:"primaryLink"`
	SecondaryLink    *linkAnswer `json:"secondaryLink"`
	IsFullyConnected bool        `json:"isFullyConnected"`
	CreatedAt        string      `json:"createdAt"`
	UpdatedAt        string      `json:"updatedAt"`
}

func (s *state) engine(n *number) engineAnswer {
	out := engineAnswer{
		ID: n.id, TenantID: workspaceID, InstanceName: n.instanceName, Number: n.phone, Name: n.name, State: n.state(), Quality: "UNKNOWN",
		PrimaryLink: n.link(), SecondaryLink: n.second.linkOrNull(), IsFullyConnected: n.fullyConnected(),
		CreatedAt: stampText(n.createdAt), UpdatedAt: stampText(n.updatedAt),
	}
	if s.workspace.otherForms {
		out.DisplayName, out.Status, out.Name, out.State = out.Name, out.State, "", ""
	}
	return out
}

// createdAnswer is the answer of Numbers.Create.
type createdAnswer struct {
	briefCreated

	LinkedAPIKeyID *string     `json:"linkedApiKeyId"`
	PrimaryLink    linkBundle  `json:"primaryLink"`
	SecondaryLink  *linkBundle `json:"secondaryLink"`
}

// briefCreated is the other form of that answer.
type briefCreated struct {
	linkBundle

	Instance engineAnswer `json:"instance"`
}

func createNumber(c *call) (any, *failure) {
	var in struct {
		Name         string        `json:"name"`
		Number       string        `json:"number"`
		LinkToAPIKey *bool         `json:"linkToApiKey"` // moves the caller's key, and a tenant key cannot be moved
		Settings     settingsPatch `json:"settings"`
	}
	if err := decode(c.body, &in); err != nil {
		return nil, invalid("%v", err)
	}
	if blank(in.Name) {
		return nil, invalid("name is missing")
	}
	if err := in.Settings.check(); err != nil {
		return nil, invalid("%v", err)
	}
	phone, refused := c.state.newPhone(in.Number, 10)
	if refused != nil {
		return nil, refused
	}
	n := c.state.newNumber(providerWeb, in.Name, phone)
	in.Settings.apply(&n.settings)
	if c.state.workspace.lateCodes {
		n.late = 2 // this answer and the next
	}
	bundle := c.state.showCode(n, &n.device)
	out := createdAnswer{briefCreated: briefCreated{bundle, c.state.engine(n)}, PrimaryLink: bundle}
	if c.state.workspace.otherForms {
		return out.briefCreated, nil
	}
	return out, nil
}

// metaCreated is the answer of Numbers.CreateMeta.
type metaCreated struct {
	Instance    engineAnswer `json:"instance"`
	WebhookURL  string       `json:"webhookUrl"`
	VerifyToken string       `json:"verifyToken"`
}

// flatMetaCreated is the other form of that answer.
type flatMetaCreated struct {
	engineAnswer

	WebhookURL  string `json:"webhookUrl"`
	VerifyToken string `json:"verifyToken"`
}

// createMetaNumber takes every field, because the reference does not know all.
func createMetaNumber(c *call) (any, *failure) {
	var in struct {
		Name        string `json:"name"`
		Number      string `json:"number"`
		MetaPhoneID string `json:"metaPhoneId"`
	}
	if err := decode(c.body, &in); err != nil {
		return nil, invalid("%v", err)
	}
	if blank(in.Name) || blank(in.MetaPhoneID) {
		return nil, invalid("name or metaPhoneId is missing")
	}
	phone, refused := c.state.newPhone(in.Number, 8)
	if refused != nil {
		return nil, refused
	}
	n := c.state.newMetaNumber(in.Name, phone)
	out := metaCreated{c.state.engine(n), "https://hooks.example.test/meta/" + n.id, "vt_" + randomHex(16)}
	if c.state.workspace.otherForms {
		return flatMetaCreated{out.Instance, out.WebhookURL, out.VerifyToken}, nil
	}
	return out, nil
}

// inventPhone returns a phone that no number has.
func (s *state) inventPhone() string {
	for i := 1; ; i++ {
		phone := fmt.Sprintf("5511700%05d", i)
		if !hasPhone(s.numbers, phone) && !hasPhone(s.workspace.bin, phone) {
			return phone
		}
	}
}
