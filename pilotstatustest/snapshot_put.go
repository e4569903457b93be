package pilotstatustest

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// putSnapshot fills a state that has no numbers yet.
func (s *state) putSnapshot(f *snapshotForm, c *Credentials) {
	skipped, _ := time.ParseDuration(f.Skipped)
	s.clock.skipped = skipped
	now := s.clock.now()
	if secret := cmp.Or(f.WebhookSecret, c.WebhookSecret); secret != "" {
		s.deliveries.secret = secret
	}
	s.giveKey(s.tenantKey, cmp.Or(f.TenantKey, c.TenantKey))
	if f.Numbers == nil {
		s.seedNumbers()
	}
	for i := range f.Numbers {
		s.putNumber(&f.Numbers[i], now)
	}
	for _, n := range s.numbers {
		s.giveKey(n.key, c.NumberKeys[n.id])
	}
	for i := range f.Numbers {
		s.giveKey(s.number(f.Numbers[i].ID).key, f.Numbers[i].Key)
	}
	if f.Templates != nil {
		s.templates.all = nil
	}
	for i := range f.Templates {
		s.putTemplate(&f.Templates[i])
	}
	s.putFiles(slices.Clone(f.Files))
	last := 0
	for i := range f.Messages {
		s.putMessage(&f.Messages[i], &last, now)
	}
	s.putCallsAndLeads(f, now)
	for i := range f.Numbers { // what they have not read is not counted by their messages
		s.putUnread(&f.Numbers[i])
	}
	for i := range f.Webhooks {
		s.putWebhook(&f.Webhooks[i])
	}
}

// giveKey changes the secret of a key, unless that is too short.
func (s *state) giveKey(k *key, secret string) {
	if len(secret) < minSecret {
		return
	}
	s.dropKey(k)
	k.secret = secret
	s.admitKey(k)
}

func (s *state) putNumber(f *numberForm, now time.Time) {
	phone := strings.TrimPrefix(f.Phone, "+")
	n := &number{id: f.ID, provider: providerWeb, phone: phone, name: cmp.Or(f.Name, f.ID), instanceName: "acme-" + phone}
	if f.Official {
		n.provider = providerMeta
	} else {
		n.instanceID = s.newID("wi")
	}
	s.addNumber(n, now)
	if f.Closed {
		n.logOut(now)
	}
	if !f.Blocked.IsZero() {
		n.block(f.Blocked)
	}
	for _, c := range f.Contacts {
		p := peer{jid: c.JID, phone: withPlus(c.Phone), name: c.Name, userID: c.UserID, username: c.Username}
		switch p.kind() {
		case groupConversation:
			n.join(c.JID, c.Name)
		case newsletterConversation:
			n.follow(c.JID, c.Name)
		}
		n.box.markAdded(n.box.begin(s.givenID(c.ID, "conv"), p, cmp.Or(c.Created, now)))
		n.hear(p, c.WroteAt)
	}
}

func (s *state) putUnread(f *numberForm) {
	n := s.number(f.ID)
	for _, c := range f.Contacts {
		if chat := n.box.conversation("", peer{jid: c.JID, phone: withPlus(c.Phone), userID: c.UserID}); chat != nil {
			chat.unread = c.Unread
		}
	}
}

func (s *state) putTemplate(f *templateForm) {
	raw, content, err := readTemplateBody(json.RawMessage(f.Body))
	if err != nil {
		return // check has seen to that
	}
	names, _ := content.names()
	t := &template{
		id: s.givenID(f.ID, "tpl"), name: f.Name, category: cmp.Or(f.Category, "UTILITY"), language: cmp.Or(f.Language, "pt_BR"),
		version: 1, number: s.number(f.NumberID), official: f.Official, status: f.Status, reason: f.Reason,
		body: raw, text: content.Body.Text, variables: unique(names), flow: f.Flow,
	}
	if t.number == nil {
		t.status = cmp.Or(t.status, templateApproved)
	}
	s.templates.all = append(s.templates.all, t)
}

func (s *state) putWebhook(f *webhookForm) {
	events := f.Events
	if events == nil {
		events = []string{"*"}
	}
	hook := s.addWebhook(s.number(f.NumberID), &webhookRequest{URL: f.URL, Name: cmp.Or(f.Name, f.URL), Events: events})
	hook.id, hook.active = s.givenID(f.ID, "wh"), !f.Paused
}

// putMessage puts a message behind the last one, with its id or a new one.
func (s *state) putMessage(f *messageForm, last *int, now time.Time) {
	n := s.number(f.NumberID)
	serial := serialOf(f.ID)
	if serial <= *last {
		s.lastID++
		serial = s.lastID
	}
	s.lastID, *last = max(s.lastID, serial), serial
	if f.Body != nil {
		s.putSent(f, n, serial, now)
		return
	}
	s.noteSends(n) // what was sent before comes before
	r := &chatRow{
		direction: inbound, status: cmp.Or(f.Status, delivered), kind: cmp.Or(f.Type, "text"), origin: f.Origin, text: f.Text,
		name: f.Name, phone: f.Phone, userID: f.UserID, repliedTo: f.ReplyTo, media: f.Media, at: cmp.Or(f.Happened, f.CreatedAt, now),
		storedAt: cmp.Or(f.CreatedAt, now), sentAt: f.Sent, deliveredAt: f.Delivered, readAt: f.Read, externalID: f.External,
	}
	if f.FromMe {
		r.direction = outbound
	}
	if f.File != "" {
		r.fileKey = mediaKey{s.media.phoneNumberOf(f.File), f.File}
	}
	if a := f.Answer; a != nil {
		r.answer = &Answer{MessageID: a.MessageID, ButtonID: a.ButtonID, RowID: a.RowID, Payload: a.Payload, Form: a.Form}
	}
	p := peer{jid: f.Contact}
	switch {
	case isUserID(f.Contact):
		p = peer{userID: f.Contact, phone: f.Phone, name: f.Name}
	case isPhone(f.Contact):
		p = peer{phone: withPlus(f.Contact), name: f.Name}
	}
	s.store(n, "", p, r, serial)
	s.keepRows(&n.box)
	r.id = cmp.Or(f.ID, r.id)
	r.externalID = cmp.Or(r.externalID, externalID(r.id))
	n.box.know(r)
	s.publish(ChangeMessage, n.id, r.id)
	r.seq = s.changes.last
	s.countReceived(r)
}

func (s *state) putSent(f *messageForm, n *number, serial int, now time.Time) {
	var in sendRequest
	if decode(f.Body, &in) != nil {
		return // check has seen to that
	}
	mode, _ := in.mode()
	m := &message{number: n, category: "service", serial: serial, byHand: f.ByHand, layout: json.RawMessage(f.Layout), first: true}
	in.address(m)
	s.lastID++
	m.Message.ID, m.CorrelationID = cmp.Or(f.ID, s.idText("msg", serial)), cmp.Or(f.Correlation, s.idText("corr", s.lastID))
	m.content = in.contentOf(n, s.templateOf(n, f.Template))
	m.ExternalID, m.NumberID, m.Mode, m.Template, m.Body = f.External, n.id, mode, f.Template, json.RawMessage(f.Body)
	m.Status, m.ErrorCode, m.ErrorMessage = cmp.Or(f.Status, queued), f.ErrorCode, f.ErrorMessage
	m.IdempotencyKey, m.FlowToken = f.Key, f.FlowToken
	m.CreatedAt, m.SentAt, m.DeliveredAt, m.ReadAt = cmp.Or(f.CreatedAt, now), f.Sent, f.Delivered, f.Read
	for _, g := range f.Answered {
		m.answers = append(m.answers, given{buttonID: g.ButtonID, rowID: g.RowID, flow: g.Flow, at: g.At})
	}
	m.next = later(m.ready(), now).Add(pace)
	s.keepMessage(m)
}
