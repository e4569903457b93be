package pilotstatustest

import (
	"cmp"
	"time"
)

// Inbound is a message that reaches a number, see [Number.Receive]. It comes from a
// person, by From, UserID or both, and into a group or channel if that is named.
type Inbound struct {
	From     string // phone, E.164
	FromName string
	UserID   string // durable id of the person, such as BR.900100200300
	Username string

	GroupID        string // ends with @g.us
	GroupName      string
	NewsletterID   string // ends with @newsletter
	NewsletterName string

	Type    string // image, audio and so on; "" is text
	Text    string // or the caption
	ReplyTo string // WhatsApp's id of the message that it quotes

	MediaID   string // on an official number; Tenant.AddMedia has the file itself
	MediaURL  string
	MediaType string // such as image/jpeg
	FileName  string

	Referral *InboundReferral // of an ad or post; nil normally

	// Origin makes it a message that the number itself sent to From or into the
	// group, but not by the API: APP from the phone, LAYER or CHATWOOT from
	// another program. "" is one from the other side.
	Origin string

	At time.Time // when it happened; zero is now
}

// InboundReferral is the ad or post that brought a message. The names can be missing
// as long as NamesResolvedAt is zero, and after that as well.
type InboundReferral struct {
	SourceID        string
	SourceType      string // ad or post
	SourceURL       string
	Headline        string
	Body            string
	MediaType       string
	ImageURL        string
	VideoURL        string
	ThumbnailURL    string
	CTWAClid        string // Meta's click id
	AdName          string
	AdsetID         string
	AdsetName       string
	CampaignID      string
	CampaignName    string
	NamesResolvedAt time.Time
}

// check says what is wrong with the message, "" if nothing is.
func (m *Inbound) check() string {
	switch {
	case m.From != "" && !isPhone(m.From):
		return "From is no phone"
	case m.GroupID != "" && m.NewsletterID != "":
		return "GroupID and NewsletterID"
	case m.GroupID != "" && !isJID(m.GroupID, "@g.us"):
		return "GroupID does not end with @g.us"
	case m.NewsletterID != "" && !isJID(m.NewsletterID, "@newsletter"):
		return "NewsletterID does not end with @newsletter"
	case m.From+m.UserID+m.GroupID+m.NewsletterID == "":
		return "nobody sent it"
	}
	return ""
}

// Receive lets a message reach the number and returns the id of its row in the lists
// of the inbox. It begins the conversation, or goes on with it, and counts as unread. On an
// official number it opens the 24 hours in which the number may write freely to the person.
// A group or channel that it names becomes one of the number. A number whose setting
// ignoreGroups is on gets no message of a group, and the id is "". A message without a
// sender, or with malformed ids, fails the test under NewServer; otherwise nothing
// happens and the id is "".
func (n *Number) Receive(m Inbound) string {
	if wrong := m.check(); wrong != "" {
		if n.server.tb != nil {
			n.server.tb.Helper()
		}
		n.server.failf("Receive: %s", wrong)
		return ""
	}
	var id string
	n.change(func(s *state, n *number, now time.Time) {
		if m.GroupID == "" || n.official() || !value(n.settings.IgnoreGroups) {
			id = s.receive(n, &m, now)
		}
	})
	return id
}

// receive stores a message in the conversation with its sender.
func (s *state) receive(n *number, m *Inbound, now time.Time) string {
	return s.receiveIn(n, "", m, now)
}

// receiveIn stores the row of a message that did not go through the API, in the
// conversation with an id unless that is "".
func (s *state) receiveIn(n *number, conversationID string, m *Inbound, now time.Time) string {
	s.mailbox(n) // what was sent before comes before
	r := &chatRow{
		direction: inbound, status: delivered, kind: cmp.Or(m.Type, "text"), origin: m.Origin, text: m.Text,
		name: m.FromName, phone: withPlus(m.From), userID: m.UserID, repliedTo: m.ReplyTo,
		at: cmp.Or(m.At, now), storedAt: now, deliveredAt: now,
	}
	if m.Referral != nil {
		where := referral(*m.Referral)
		r.referral = &where
	}
	if m.MediaID+m.MediaURL+m.MediaType+m.FileName != "" {
		r.media = &chatMedia{
			Provider: n.engine(), ID: nullable(m.MediaID), URL: nullable(m.MediaURL),
			MimeType: nullable(m.MediaType), FileName: nullable(m.FileName),
		}
	}
	p := peer{phone: r.phone, name: m.FromName, userID: m.UserID, username: m.Username}
	switch {
	case m.GroupID != "":
		p = peer{jid: m.GroupID, name: s.groups.join(n, m.GroupID, m.GroupName).subject}
	case m.NewsletterID != "":
		p = peer{jid: m.NewsletterID, name: s.groups.follow(n, m.NewsletterID, m.NewsletterName).name}
	}
	if m.Origin != "" {
		r.direction, r.status, r.sentAt, r.deliveredAt = outbound, sent, r.at, time.Time{}
	}
	s.store(n, conversationID, p, r)
	if r.direction == inbound {
		r.conversation.unread++
		if r.conversation.kind() == directConversation {
			n.hear(r.conversation.peer, r.at)
		}
	}
	r.externalID = externalID(r.id)
	s.tellReceived(n, r)
	return r.id
}

// SetUnread sets the unread counter of a conversation, as when somebody reads it on
// the phone (0), or when the phone was connected with more unread messages than were
// imported. Inbox.Unread shows the newest messages that the counter covers. An
// unknown id fails the test under NewServer; otherwise nothing happens.
func (n *Number) SetUnread(conversationID string, count int) {
	known := n.number == nil // has failed already
	n.change(func(s *state, n *number, _ time.Time) {
		for _, chat := range s.mailbox(n).conversations {
			if chat.id == conversationID {
				known, chat.unread = true, max(count, 0)
			}
		}
	})
	if !known {
		if n.server.tb != nil {
			n.server.tb.Helper()
		}
		n.server.failf("no conversation %q", conversationID)
	}
}

// WithholdInbox switches the lists of the inbox to an older form: what the number's
// PII policy hides is left out, and RELAY_ONLY leaves nothing but the notice. Without
// it such rows are there, with null for what they would tell.
func (t *Tenant) WithholdInbox(on bool) {
	t.change(func(s *state, _ time.Time) { s.inbox.withhold = on })
}
