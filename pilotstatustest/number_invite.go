package pilotstatustest

import (
	"cmp"
	"encoding/base64"
	"net/http"
	"slices"
	"time"
)

// signup is a link by which a person connects an official number.
type signup struct {
	name, phone string // wanted by who made the link
	expires     time.Time
}

// inviteRequest is the body of Numbers.CreatePairingLink.
type inviteRequest struct {
	Name            string         `json:"name"`
	Number          string         `json:"number"`
	LinkToAPIKey    *bool          `json:"linkToApiKey"` // moves the caller's key, and a tenant key cannot be moved
	SendViaWhatsApp bool           `json:"sendViaWhatsApp"`
	Provider        string         `json:"provider"`
	RedirectURL     string         `json:"redirectUrl"`
	ExternalRef     string         `json:"externalRef"`
	Branding        *brandingPatch `json:"branding"`
	MetaFlow        string         `json:"metaFlow"`
}

// inviteAnswer is the answer of Numbers.CreatePairingLink.
type inviteAnswer struct {
	briefInvite

	LinkedAPIKeyID     *string `json:"linkedApiKeyId"`
	RemotePairingToken string  `json:"remotePairingToken"`
	Provider           string  `json:"provider"`
	NumberID           string  `json:"numberId,omitempty"`
}

// briefInvite is the other form of that answer: the token is in the URL only.
type briefInvite struct {
	Instance         *engineAnswer `json:"instance,omitempty"`
	RemotePairingURL string        `json:"remotePairingUrl"`
	MaskedNumber     string        `json:"maskedNumber,omitempty"`
	MessageSent      bool          `json:"messageSent"`
	MessageError     string        `json:"messageError,omitempty"`
}

func (in *inviteRequest) check() *failure {
	switch {
	case in.Provider != providerMeta && blank(in.Name):
		return invalid("name is missing")
	case !slices.Contains([]string{"", providerWeb, providerMeta}, in.Provider):
		return invalid("provider is %q", in.Provider)
	case !slices.Contains([]string{"", "embedded", "credentials"}, in.MetaFlow):
		return invalid("metaFlow is %q", in.MetaFlow)
	case in.Branding != nil:
		if err := in.Branding.check(); err != nil {
			return invalid("%v", err)
		}
	}
	return nil
}

func createPairingLink(c *call) (any, *failure) {
	var in inviteRequest
	if err := decode(c.body, &in); err != nil {
		return nil, invalid("%v", err)
	}
	if refused := in.check(); refused != nil {
		return nil, refused
	}
	invite := c.state.inviteToPair
	if in.Provider == providerMeta {
		invite = c.state.inviteToSignUp
	}
	out, refused := invite(&in)
	if refused != nil {
		return nil, refused
	}
	out.Provider = cmp.Or(in.Provider, providerWeb)
	out.RemotePairingURL = "https://connect.example.test/connect/" + out.RemotePairingToken
	if in.SendViaWhatsApp {
		out.MessageError = c.state.workspace.messageError
		out.MessageSent = out.MessageError == ""
	}
	if c.state.workspace.otherForms {
		return out.briefInvite, nil
	}
	return out, nil
}

func (s *state) inviteToPair(in *inviteRequest) (out inviteAnswer, refused *failure) {
	phone, refused := s.newPhone(in.Number, 10)
	if refused != nil {
		return out, refused
	}
	n := s.newNumber(providerWeb, in.Name, phone)
	if s.workspace.lateCodes {
		n.late = 1
	}
	engine := s.engine(n)
	out.Instance, out.NumberID, out.MaskedNumber = &engine, n.id, maskPhone(phone)
	out.RemotePairingToken = s.newPairing(n)
	return out, nil
}

// inviteToSignUp makes a link without a number: that comes from Meta.
func (s *state) inviteToSignUp(in *inviteRequest) (out inviteAnswer, refused *failure) {
	link := &signup{name: cmp.Or(in.Name, "Official number"), expires: s.clock.now().Add(pairingLife)}
	if in.Number != "" {
		phone, ok := e164Digits(in.Number, 8)
		if !ok {
			return out, invalid("number is no phone")
		}
		link.phone, out.MaskedNumber = phone, maskPhone(phone)
	}
	if in.SendViaWhatsApp && link.phone == "" {
		return out, invalid("sendViaWhatsApp without a number")
	}
	out.RemotePairingToken = webToken()
	if s.workspace.signups == nil {
		s.workspace.signups = make(map[string]*signup)
	}
	s.workspace.signups[out.RemotePairingToken] = link
	return out, nil
}

// webToken returns a random token in the form of a JWT.
func webToken() string {
	head := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`))
	body := base64.RawURLEncoding.EncodeToString([]byte(`{"jti":"` + randomHex(8) + `"}`))
	return head + "." + body + "." + randomHex(32)
}

// onboardedAnswer is the answer of MetaOnboarding.Complete.
type onboardedAnswer struct {
	NumberID string `json:"numberId"`
}

// onboardedEngine is the other form of that answer.
type onboardedEngine struct {
	Instance engineAnswer `json:"instance"`
}

// completeOnboarding does not look into the bin: that the phone is at Meta's is
// proven, so a number in the bin with the same phone cannot come back.
func completeOnboarding(c *call) (any, *failure) {
	s := c.state
	link := s.workspace.signups[c.params["token"]]
	if link == nil || !s.clock.now().Before(link.expires) {
		return nil, &failure{status: http.StatusUnauthorized, code: "INVALID_SESSION", text: "The session is invalid or expired"}
	}
	var in struct {
		PhoneNumberID string `json:"phoneNumberId"`
		WabaID        string `json:"wabaId"`
		Code          string `json:"code"`
	}
	if err := decode(c.body, &in); err != nil {
		return nil, invalid("%v", err)
	}
	if blank(in.PhoneNumberID) || blank(in.WabaID) || blank(in.Code) {
		return nil, invalid("phoneNumberId, wabaId or code is missing")
	}
	if hasPhone(s.numbers, link.phone) {
		return nil, conflict("", "Number already exists")
	}
	delete(s.workspace.signups, c.params["token"])
	phone := link.phone
	if phone == "" {
		phone = s.inventPhone()
	}
	n := s.newMetaNumber(link.name, phone)
	if s.workspace.otherForms {
		return onboardedEngine{s.engine(n)}, nil
	}
	return onboardedAnswer{n.id}, nil
}
