package pilotstatustest

import (
	"cmp"
	"slices"
	"time"
)

// NumberInfo is a number as it is now.
type NumberInfo struct {
	ID        string
	Phone     string // with a plus
	Name      string
	Official  bool   // of Meta; otherwise paired by QR code
	State     string // OPEN, CONNECTING or CLOSE
	KeyID     string
	Key       string // secret
	Connected time.Time
	Created   time.Time

	Disconnected time.Time // since when; zero: it is connected, or never was

	Devices []DeviceInfo // one or two; none for an official number

	BlockedSince time.Time // its charge was refused; zero: it can send
	CutOffAt     time.Time // when it is disconnected for that; zero: never
	NextCharge   string    // code of what becomes of its next charge; "": it goes through
	PIIMode      string
	Queued       int // messages that have not gone out
	Held         int // those of them that are due, while it is not connected
	Unread       int
}

// DeviceInfo is a phone that a number is or will be linked to.
type DeviceInfo struct {
	State       string // OPEN, CONNECTING or CLOSE
	QRCode      string // the code that is shown now, a PNG as a data URI; "" for none
	PairingCode string
	ScanAt      time.Time // when somebody will scan it, see Number.ConnectAfter; zero: nobody will

	seed string // of the codes; "": there are none
	nth  int
}

// Numbers returns the numbers that are not deleted, in the order of their creation.
func (s *Server) Numbers() []NumberInfo {
	s.mu.Lock()
	all := rowsOf(s.state.numbers, s.state.numberInfo)
	s.mu.Unlock()
	for _, n := range all {
		for i := range n.Devices {
			n.Devices[i].draw()
		}
	}
	return all
}

func (s *state) numberInfo(n *number) NumberInfo {
	out := NumberInfo{
		ID: n.id, Phone: withPlus(n.phone), Name: n.name, Official: n.official(), State: n.state(),
		KeyID: n.key.id, Key: n.key.secret, Connected: n.connectedAt, Created: n.createdAt, Disconnected: n.disconnectedAt,
		BlockedSince: n.unpaidSince, CutOffAt: n.cutOffAt, NextCharge: n.charge.code, PIIMode: cmp.Or(n.privacy.mode, storeIndefinite),
	}
	if !n.official() {
		out.Devices = rowsOf(n.devices(), func(d *device) DeviceInfo { return s.deviceInfo(n, d) })
	}
	box := s.mailbox(n)
	out.Queued = box.queued
	for _, r := range box.rows {
		if out.Queued == 0 || n.open {
			break // none is held
		}
		if r.message != nil && r.message.held(s.clock.now()) {
			out.Held++
		}
	}
	for _, chat := range box.conversations {
		out.Unread += chat.unread
	}
	return out
}

func (s *state) deviceInfo(n *number, d *device) DeviceInfo {
	out := DeviceInfo{State: d.state(), ScanAt: d.scanAt}
	if d.shows() {
		out.seed, out.nth = s.codeSeed(n, d), d.codes-1
	}
	return out
}

// draw makes the codes, which takes a while and needs no lock.
func (d *DeviceInfo) draw() {
	if d.seed != "" {
		d.QRCode, d.PairingCode = qrCode(d.seed, d.nth), pairingCode(d.seed, d.nth)
	}
}

// TemplateInfo is a template as it is now.
type TemplateInfo struct {
	ID        string
	Name      string
	Category  string
	Language  string
	Version   int
	NumberID  string // "": of more than one number
	Official  bool   // of the official numbers only
	Status    string // at Meta; "" where Meta has no say
	Reason    string // of a rejection
	Variables []string
	Content   Content // with the placeholders in place of values
}

// Templates returns the templates of the workspace in the order of their creation.
func (s *Server) Templates() []TemplateInfo {
	s.mu.Lock()
	defer s.mu.Unlock()
	return rowsOf(s.state.templates.all, func(t *template) TemplateInfo {
		out := TemplateInfo{
			ID: t.id, Name: t.name, Category: t.category, Language: t.language, Version: t.version,
			Official: t.official, Status: t.status, Reason: t.reason, Variables: slices.Clone(t.variables),
		}
		if t.number != nil {
			out.NumberID = t.number.id
		}
		out.Content.Kind = modeTemplate
		out.Content.readTemplate(t.body, &sendRequest{})
		return out
	})
}

// WebhookInfo is a webhook as it is now.
type WebhookInfo struct {
	ID       string
	NumberID string
	Name     string
	URL      string
	Active   bool
	Events   []string
	Waiting  int // deliveries that are neither accepted nor given up
}

// Webhooks returns the webhooks in the order of their creation.
func (s *Server) Webhooks() []WebhookInfo {
	s.mu.Lock()
	defer s.mu.Unlock()
	return rowsOf(s.state.webhooks.of(nil), func(hook *webhook) WebhookInfo {
		out := WebhookInfo{
			ID: hook.id, NumberID: hook.number.id, Name: hook.name, URL: hook.url, Active: hook.active, Events: slices.Clone(hook.events),
		}
		for _, d := range hook.sends {
			if d.state == DeliveryWaiting {
				out.Waiting++
			}
		}
		return out
	})
}

// AddWebhook registers a webhook of a number, as Webhooks.Create does, and returns its id;
// without events it gets all. An unknown number, a URL without http or https, and a webhook
// that is beyond a bound of [WithKeep] fail the test under NewServer; otherwise nothing
// happens and the id is "".
func (t *Tenant) AddWebhook(numberID, name, url string, events ...string) (id string) {
	t.server.tb.Helper()
	t.find(func(s *state, _ time.Time) bool {
		n := s.number(numberID)
		if n == nil || !isWebhookURL(url) || !s.takesWebhook(name, url) {
			return false
		}
		if len(events) == 0 {
			events = []string{"*"}
		}
		id = s.addWebhook(n, &webhookRequest{URL: url, Name: cmp.Or(name, url), Events: events}).id
		return true
	}, "AddWebhook: no number %q, no web address, or too many webhooks", numberID)
	return id
}

// Contact is a person whom a number knows, see [Number.AddContact].
type Contact struct {
	Name     string
	Phone    string // E.164; this or UserID
	UserID   string
	Username string
}

// AddContact gives the number a contact, or a known one what is not empty in it, and
// returns the id of the conversation. The conversation is there without a message, also
// after its last one was dropped, but the API does not list it then. A contact without a
// phone and user id, with a malformed phone or a name of more than 256 characters, or beyond
// the bound of [WithKeep], fails the test under NewServer; otherwise nothing happens and the
// id is "".
func (n *Number) AddContact(c Contact) (conversationID string) {
	n.server.tb.Helper()
	if c.Phone == "" && c.UserID == "" || c.Phone != "" && !isPhone(c.Phone) || isLongName(c.Name, c.UserID, c.Username) {
		n.server.failf("AddContact: neither a phone nor a user id, or a long name")
		return ""
	}
	n.find(func(s *state, n *number, now time.Time) bool {
		conversationID = s.addContact(n, peer{phone: withPlus(c.Phone), name: c.Name, userID: c.UserID, username: c.Username}, now)
		return conversationID != ""
	}, "AddContact: there are %d contacts", maxContacts)
	return conversationID
}
