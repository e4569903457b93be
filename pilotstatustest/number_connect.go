package pilotstatustest

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"
)

func numberPairingRoutes() []route {
	return []route{
		onBody("Numbers.Create", "POST /v1/numbers", scopeTenant, createNumber).creates(),
		onBody("Numbers.CreateMeta", "POST /v1/numbers/meta", scopeTenant, createMetaNumber).creates(),
		onBody("Numbers.CreatePairingLink", "POST /v1/numbers/remote-pairing", scopeTenant, createPairingLink).creates(),
		numberByID("Numbers.Connect", "GET", "/connect", with2((*call).pathNumber, (*call).pathDevice, connectNumber)),
		numberByID("Numbers.Status", "GET", "/status", with2((*call).pathNumber, (*call).pathDevice, numberStatus)),
		numberByID("Numbers.UpgradeToDual", "POST", "/upgrade-to-dual", with((*call).pathNumber, upgradeNumber)),
	}
}

// numberRequest is the body of Numbers.Create.
type numberRequest struct {
	Name         string        `json:"name"`
	Number       string        `json:"number"`
	LinkToAPIKey *bool         `json:"linkToApiKey"` // moves the caller's key, and a tenant key cannot be moved
	Settings     settingsPatch `json:"settings"`
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

func createNumber(c *call, in *numberRequest) (any, *failure) {
	if blank(in.Name) || !c.state.takesNames(in.Name) {
		return nil, invalid("name is missing, or longer than 256 characters")
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

// metaNumberRequest is the body of Numbers.CreateMeta.
type metaNumberRequest struct {
	Name        string `json:"name"`
	Number      string `json:"number"`
	MetaPhoneID string `json:"metaPhoneId"`
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
func createMetaNumber(c *call, in *metaNumberRequest) (any, *failure) {
	if blank(in.Name) || blank(in.MetaPhoneID) || !c.state.takesNames(in.Name) {
		return nil, invalid("name or metaPhoneId is missing, or the name is longer than 256 characters")
	}
	phone, refused := c.state.newPhone(in.Number, 8)
	if refused != nil {
		return nil, refused
	}
	n := c.state.newMetaNumber(in.Name, phone)
	out := metaCreated{c.state.engine(n), "https://hooks.example.test/meta/" + n.id, "vt_" + c.state.secret(16)}
	if c.state.workspace.otherForms {
		return flatMetaCreated{out.Instance, out.WebhookURL, out.VerifyToken}, nil
	}
	return out, nil
}

// engineAnswer is the number in the answers of what creates one.
type engineAnswer struct {
	ID           string `json:"id"`
	TenantID     string `json:"tenantId"`
	InstanceName string `json:"instanceName"`
	Number       string `json:"number"`
	Name         string `json:"name,omitempty"`
	State        string `json:"state,omitempty"`
	DisplayName  string `json:"displayName,omitempty"` // these two in place of those
	Status       string `json:"status,omitempty"`
	Quality      string `json:"quality"`
	linksAnswer
	IsFullyConnected bool   `json:"isFullyConnected"`
	CreatedAt        string `json:"createdAt"`
	UpdatedAt        string `json:"updatedAt"`
}

func (s *state) engine(n *number) engineAnswer {
	out := engineAnswer{
		ID: n.id, TenantID: workspaceID, InstanceName: n.instanceName, Number: n.phone, Name: n.name, State: n.state(), Quality: "UNKNOWN",
		linksAnswer: n.links(), IsFullyConnected: n.fullyConnected(),
		CreatedAt: stampText(n.createdAt), UpdatedAt: stampText(n.updatedAt),
	}
	if s.workspace.otherForms {
		out.DisplayName, out.Status, out.Name, out.State = out.Name, out.State, "", ""
	}
	return out
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
	return digits, s.roomForNumber()
}

func (s *state) roomForNumber() *failure {
	if s.isFull(len(s.numbers)+len(s.workspace.bin), maxNumbers) {
		return full("numbers with those that are deleted and not purged")
	}
	return nil
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

// enroll puts a number that is not connected into the workspace, with a key of its
// own.
func (s *state) enroll(n *number, created time.Time) {
	s.workspace.places++
	n.place = s.workspace.places
	n.createdAt, n.updatedAt = created, created
	n.settings, n.dialer, n.heard = n.bornWith(), newDialer(), make(map[string]time.Time)
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

// pathDevice returns the device that the query asks for, of the number of the path.
func (c *call) pathDevice() (*device, *failure) {
	n := c.state.number(c.params["id"])
	switch link := c.query.Get("link"); {
	case link == "" || link == "primary":
		return &n.device, nil
	case link == "secondary" && n.second != nil:
		return n.second, nil
	default:
		return nil, invalid("link is %q", link)
	}
}

func connectNumber(c *call, n *number, d *device) (any, *failure) {
	if refused := n.checkPairable(d); refused != nil {
		return nil, refused
	}
	return c.state.showCode(n, d), nil
}

// checkPairable refuses to show a code that nobody can scan. No device is all of
// them.
func (n *number) checkPairable(d *device) *failure {
	if n.official() {
		return invalid("an official number is not paired by QR code")
	}
	if d == nil && n.fullyConnected() || d != nil && d.open {
		return conflict("", "The number is already connected")
	}
	return nil
}

// linkBundle is what a person needs to link a device.
type linkBundle struct {
	QRCodeBase64 *string `json:"qrcodeBase64"`
	PairingCode  *string `json:"pairingCode"`
}

// showCode begins to connect a device and returns a code that has not been there
// before; pictures come round again.
func (s *state) showCode(n *number, d *device) linkBundle {
	now := s.clock.now()
	d.connecting = true
	n.checkedAt, n.updatedAt = now, now
	s.publish(ChangeNumber, n.id, n.id)
	if d.late > 0 {
		d.late--
		return linkBundle{}
	}
	if after := s.workspace.scanAfter; after != nil && d.scanAt.IsZero() {
		d.scanAt = now.Add(*after)
	}
	seed := s.codeSeed(n, d)
	bundle := linkBundle{nullable(qrCode(seed, d.codes)), nullable(pairingCode(seed, d.codes))}
	d.codes, d.codeEnded = d.codes+1, false
	return bundle
}

// codeSeed is what the codes of a device are made of.
func (s *state) codeSeed(n *number, d *device) string {
	if d == n.second {
		return n.id + s.ids.mark + " secondary"
	}
	return n.id + s.ids.mark
}

// connect is what happens when somebody scans the code of a device. The number can
// send as soon as the first device is connected; its pairing links end when all are.
func (s *state) connect(n *number, d *device, at time.Time) {
	d.scanAt = time.Time{}
	if d.open {
		return
	}
	d.open, d.connecting, d.connectedAt = true, false, at
	n.checkedAt, n.updatedAt = at, at
	if n.fullyConnected() {
		s.usePairings(n)
	}
	if d == n.second {
		s.publish(ChangeNumber, n.id, n.id)
		return
	}
	n.disconnectedAt = time.Time{}
	s.announce(n, numberConnected, at, "")
	s.takeSeat(n, at)
	s.resume(n, at)
}

// statusAnswer is the answer of Numbers.Status.
type statusAnswer struct {
	ID          string  `json:"id"`
	State       string  `json:"state"`
	Stale       bool    `json:"stale"`
	CheckedAt   *string `json:"checkedAt,omitempty"`
	LastKnownAt *string `json:"lastKnownAt,omitempty"`
}

// documentedStatus is the other form of that answer, which does not tell a
// remembered state from a live one, and of the answer of Pairing.Status.
type documentedStatus struct {
	State            string `json:"state"`
	IsFullyConnected bool   `json:"isFullyConnected"`
}

func numberStatus(c *call, n *number, d *device) (any, *failure) {
	if n.statusFails != "" {
		return nil, refuse(http.StatusServiceUnavailable, n.statusFails, "The state of the connection cannot be read")
	}
	out := statusAnswer{ID: n.id, State: d.state()}
	switch {
	case n.official(): // its connection is not read
	case n.stale != nil:
		out.State, out.Stale, out.LastKnownAt = cmp.Or(n.stale.states[d], "CLOSE"), true, stamp(n.stale.at)
	default:
		n.checkedAt = c.state.clock.now()
		out.CheckedAt = stamp(n.checkedAt)
	}
	if c.state.workspace.otherForms {
		return documentedStatus{out.State, n.fullyConnected()}, nil
	}
	return out, nil
}

// read takes down how the number is connected.
func (n *number) read() *reading {
	r := &reading{states: make(map[*device]string), at: cmp.Or(n.checkedAt, n.createdAt)}
	for _, d := range n.devices() {
		r.states[d] = d.state()
	}
	return r
}

func upgradeNumber(c *call, n *number) (any, *failure) {
	switch {
	case n.official():
		return nil, invalid("an official number has no devices")
	case n.second != nil:
		return nil, conflict("", "The number has a second link already")
	}
	n.second = &device{}
	if c.state.workspace.lateCodes {
		n.second.late = 1
	}
	return map[string]any{"secondaryLink": c.state.showCode(n, n.second)}, nil
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

func (in *inviteRequest) check() error {
	switch {
	case in.Provider != providerMeta && blank(in.Name):
		return errors.New("name is missing")
	case !slices.Contains([]string{"", providerWeb, providerMeta}, in.Provider):
		return fmt.Errorf("provider is %q", in.Provider)
	case !slices.Contains([]string{"", "embedded", "credentials"}, in.MetaFlow):
		return fmt.Errorf("metaFlow is %q", in.MetaFlow)
	}
	return in.Branding.check()
}

func createPairingLink(c *call, in *inviteRequest) (any, *failure) {
	invite := c.state.inviteToPair
	if in.Provider == providerMeta {
		invite = c.state.inviteToSignUp
	}
	out, refused := invite(in)
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
	if !s.takesNames(in.Name) {
		return out, invalid("name is longer than 256 characters")
	}
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
	if s.isFull(len(s.workspace.signups), maxNumbers) {
		now := s.clock.now()
		maps.DeleteFunc(s.workspace.signups, func(_ string, link *signup) bool { return now.After(link.expires) })
	}
	if !s.takesNames(in.Name) || s.isFull(len(s.workspace.signups), maxNumbers) {
		return out, full("links to sign up, with names of 256 characters at most")
	}
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
	out.RemotePairingToken = s.webToken()
	s.workspace.signups[out.RemotePairingToken] = link
	return out, nil
}

// pairingLife is how long a pairing link works.
const pairingLife = 24 * time.Hour

// newPairing makes a link and returns its token.
func (s *state) newPairing(n *number) string {
	token := s.secret(16)
	s.pairings[token] = &pairing{number: n, expires: s.clock.now().Add(pairingLife)}
	return token
}

// usePairings ends the links of a number, because it is connected.
func (s *state) usePairings(n *number) {
	for _, p := range s.pairings {
		if p.number == n {
			p.used = true
		}
	}
}
