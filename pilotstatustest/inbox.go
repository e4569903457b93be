package pilotstatustest

import (
	"cmp"
	"slices"
	"time"
)

func inboxRoutes() []route {
	return []route{
		on("Inbox.Conversations", "GET /v1/conversations", scopeNumberView, with((*call).span, listConversations)),
		on("Inbox.History", "GET /v1/messages/history", scopeNumberView, with((*call).span, listHistory)),
		on("Inbox.Unread", "GET /v1/messages/unread", scopeNumberView, listUnread),
		on("Inbox.GroupMessages", "GET /v1/messages/group", scopeNumberView, listGroupMessages),
	}
}

// withheld says whether what happened at a time is left out of the lists.
func (c *call) withheld(at time.Time) bool {
	return c.state.inbox.withhold && c.hidden(at)
}

// hidden says whether the PII policy hides what happened at a time.
func (c *call) hidden(at time.Time) bool {
	return c.number.privacy.hides(at, c.state.clock.now())
}

// chatRows returns the rows of the number that keep wants, see newest.
func (c *call) chatRows(keep func(*chatRow) bool, when func(*chatRow) time.Time) []*chatRow {
	return newest(c.state.mailbox(c.number).rows, func(r *chatRow) bool { return keep(r) && !c.withheld(r.at) }, when)
}

func happened(r *chatRow) time.Time { return r.at }

func stored(r *chatRow) time.Time { return r.storedAt }

func listConversations(c *call, dates span) (any, *failure) {
	found := newest(c.state.mailbox(c.number).conversations, func(chat *conversation) bool {
		return chat.last != nil && dates.holds(chat.last.at) && !c.withheld(chat.last.at)
	}, func(chat *conversation) time.Time { return chat.last.at })
	rows, out, refused := page(c, found, func(chat *conversation) conversationAnswer {
		return chat.answer(c.hidden(chat.last.at))
	})
	out.Conversations = rows
	return out, refused
}

func listHistory(c *call, dates span) (any, *failure) {
	found := c.chatRows(func(r *chatRow) bool { return dates.holds(r.at) }, happened)
	rows, out, refused := page(c, found, func(r *chatRow) historyRow { return r.history(c.number, c.hidden(r.at)) })
	out.Messages = rows
	return out, refused
}

func listUnread(c *call) (any, *failure) {
	seen := make(map[*conversation]int)
	found := c.chatRows(func(r *chatRow) bool {
		if r.direction != inbound || seen[r.conversation] == r.conversation.unread {
			return false
		}
		seen[r.conversation]++
		return true
	}, stored)
	rows, out, refused := page(c, found, func(r *chatRow) unreadRow { return r.unread(c.hidden(r.at)) })
	out.Messages = rows
	out.Total = 0 // it counts what the conversations say, not the rows
	for _, chat := range c.state.mailbox(c.number).conversations {
		if chat.last != nil && !c.withheld(chat.last.at) {
			out.Total += chat.unread
		}
	}
	out.TotalPages = pages(out.Total, out.PageSize)
	return out, refused
}

func listGroupMessages(c *call) (any, *failure) {
	if refused := c.state.refuseGroups(c.number); refused != nil {
		return nil, refused
	}
	dates, refused := c.span()
	if refused != nil {
		return nil, refused
	}
	found := c.chatRows(func(r *chatRow) bool {
		return r.conversation.kind() == groupConversation && dates.holds(r.storedAt)
	}, stored)
	rows, out, refused := page(c, found, func(r *chatRow) groupRow { return r.group(c.hidden(r.at)) })
	out.Messages = rows
	return out, refused
}

// maxPreview is how much of a message the list of conversations shows.
const maxPreview = 100

// conversationAnswer is a row of Inbox.Conversations.
type conversationAnswer struct {
	ID                 string  `json:"id"`
	Type               string  `json:"type"`
	From               *string `json:"from"`
	FromName           *string `json:"fromName"`
	UserID             *string `json:"userId"`
	Username           *string `json:"username"`
	UnreadCount        int     `json:"unreadCount"`
	LastMessageAt      string  `json:"lastMessageAt"`
	LastMessagePreview *string `json:"lastMessagePreview"`
	CreatedAt          string  `json:"createdAt"`
}

func (c *conversation) answer(redacted bool) conversationAnswer {
	out := conversationAnswer{
		ID: c.id, Type: c.kind(), UnreadCount: c.unread, LastMessageAt: stampText(c.last.at), CreatedAt: stampText(c.createdAt),
	}
	if redacted {
		return out
	}
	out.From, out.FromName = nullable(c.phone), nullable(c.name)
	out.UserID, out.Username = nullable(c.userID), nullable(c.username)
	preview := []rune(c.last.text)
	out.LastMessagePreview = nullable(string(preview[:min(len(preview), maxPreview)]))
	return out
}

// historyRow is a message as Inbox.History shows it, and Referrals.List.
type historyRow struct {
	ID                  string          `json:"id"`
	ConversationID      string          `json:"conversationId"`
	Direction           string          `json:"direction"`
	ProviderKind        string          `json:"providerKind"`
	ExternalMessageID   *string         `json:"externalMessageId"`
	Status              string          `json:"status"`
	MessageType         string          `json:"messageType"`
	Origin              *string         `json:"origin"`
	Text                *string         `json:"text"`
	ParticipantName     *string         `json:"participantName"`
	ParticipantPhone    *string         `json:"participantPhone"`
	ParticipantUserID   *string         `json:"participantUserId"`
	RepliedToExternalID *string         `json:"repliedToExternalId"`
	Media               *chatMedia      `json:"media"`
	SentAt              *string         `json:"sentAt"`
	DeliveredAt         *string         `json:"deliveredAt"`
	ReadAt              *string         `json:"readAt"`
	ProviderTimestamp   string          `json:"providerTimestamp"`
	CreatedAt           string          `json:"createdAt"`
	Referral            *referralAnswer `json:"referral"`
	Redacted            bool            `json:"redacted,omitempty"`
}

func (r *chatRow) history(n *number, redacted bool) historyRow {
	out := historyRow{
		ID: r.id, ConversationID: r.conversation.id, Direction: r.direction, ProviderKind: n.provider,
		ExternalMessageID: nullable(r.externalID), Status: r.status, MessageType: r.kind, Origin: nullable(r.origin),
		RepliedToExternalID: nullable(r.repliedTo),
		SentAt:              stamp(r.sentAt), DeliveredAt: stamp(r.deliveredAt), ReadAt: stamp(r.readAt),
		ProviderTimestamp: stampText(r.at), CreatedAt: stampText(r.storedAt),
		Referral: r.referral.answer(redacted), Redacted: redacted,
	}
	if !redacted {
		out.Text, out.Media = nullable(r.text), r.media
		out.ParticipantName, out.ParticipantPhone, out.ParticipantUserID = nullable(r.name), nullable(r.phone), nullable(r.userID)
	}
	return out
}

// referralAnswer is where a message came from.
type referralAnswer struct {
	SourceID     *string `json:"sourceId"`
	SourceType   *string `json:"sourceType"`
	SourceURL    *string `json:"sourceUrl"`
	Headline     *string `json:"headline"`
	Body         *string `json:"body"`
	MediaType    *string `json:"mediaType"`
	ImageURL     *string `json:"imageUrl"`
	VideoURL     *string `json:"videoUrl"`
	ThumbnailURL *string `json:"thumbnailUrl"`
	CTWAClid     *string `json:"ctwaClid"`
	adNamesAnswer
	Redacted bool `json:"redacted,omitempty"`
}

// answer is nil without a referral. The ids and names stay when it is redacted.
func (f *referral) answer(redacted bool) *referralAnswer {
	if f == nil {
		return nil
	}
	out := &referralAnswer{
		SourceID: nullable(f.SourceID), SourceType: nullable(f.SourceType), adNamesAnswer: f.names(), Redacted: redacted,
	}
	if !redacted {
		out.SourceURL, out.Headline, out.Body = nullable(f.SourceURL), nullable(f.Headline), nullable(f.Body)
		out.MediaType, out.ImageURL, out.VideoURL = nullable(f.MediaType), nullable(f.ImageURL), nullable(f.VideoURL)
		out.ThumbnailURL, out.CTWAClid = nullable(f.ThumbnailURL), nullable(f.CTWAClid)
	}
	return out
}

// unreadRow is a row of Inbox.Unread.
type unreadRow struct {
	ID                      string     `json:"id"`
	ConversationID          string     `json:"conversationId"`
	ConversationUnreadCount int        `json:"conversationUnreadCount"`
	Direction               string     `json:"direction"`
	Type                    string     `json:"type"`
	Content                 *string    `json:"content"`
	From                    *string    `json:"from"`
	FromName                *string    `json:"fromName"`
	Media                   *chatMedia `json:"media"`
	ReadAt                  *string    `json:"readAt"`
	CreatedAt               string     `json:"createdAt"`
	Redacted                bool       `json:"redacted,omitempty"`
}

func (r *chatRow) unread(redacted bool) unreadRow {
	out := unreadRow{
		ID: r.id, ConversationID: r.conversation.id, ConversationUnreadCount: r.conversation.unread,
		Direction: r.direction, Type: r.kind, CreatedAt: stampText(r.storedAt), Redacted: redacted,
	}
	if !redacted {
		out.Content, out.From, out.FromName, out.Media = nullable(r.text), nullable(r.phone), nullable(r.name), r.media
	}
	return out
}

// groupRow is a row of Inbox.GroupMessages.
type groupRow struct {
	ID             string     `json:"id"`
	ConversationID string     `json:"conversationId"`
	Direction      string     `json:"direction"`
	Type           string     `json:"type"`
	Content        *string    `json:"content"`
	From           *string    `json:"from"`
	FromName       *string    `json:"fromName"`
	GroupID        string     `json:"groupId"`
	GroupName      *string    `json:"groupName"`
	Media          *chatMedia `json:"media"`
	CreatedAt      string     `json:"createdAt"`
	Redacted       bool       `json:"redacted,omitempty"`
}

func (r *chatRow) group(redacted bool) groupRow {
	out := groupRow{
		ID: r.id, ConversationID: r.conversation.id, Direction: r.direction, Type: r.kind,
		GroupID: r.conversation.jid, GroupName: nullable(r.conversation.name),
		CreatedAt: stampText(r.storedAt), Redacted: redacted,
	}
	if !redacted {
		out.Content, out.From, out.FromName, out.Media = nullable(r.text), nullable(r.phone), nullable(r.name), r.media
	}
	return out
}

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

// receive stores a message in the conversation with its sender.
func (s *state) receive(n *number, m *Inbound, now time.Time) string {
	return s.receiveIn(n, "", m, now)
}

// receiveIn stores the row of a message that did not go through the API, in the
// conversation with an id unless that is "".
func (s *state) receiveIn(n *number, conversationID string, m *Inbound, now time.Time) string {
	return s.receiveAnswer(n, conversationID, m, nil, now).id
}

// receiveAnswer is receiveIn for what may be the answer to a message.
func (s *state) receiveAnswer(n *number, conversationID string, m *Inbound, answer *Answer, now time.Time) *chatRow {
	s.noteSends(n) // what was sent before comes before
	r := &chatRow{
		answer:    answer,
		direction: inbound, status: delivered, kind: cmp.Or(m.Type, "text"), origin: m.Origin, text: m.Text,
		name: m.FromName, phone: withPlus(m.From), userID: m.UserID, repliedTo: m.ReplyTo,
		at: cmp.Or(m.At, now), storedAt: now, deliveredAt: now,
	}
	if m.Referral != nil {
		where := referral(*m.Referral)
		where.resolve(s.growth.namesOf(where.SourceID))
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
		p = peer{jid: m.GroupID, name: n.join(m.GroupID, m.GroupName).subject}
	case m.NewsletterID != "":
		p = peer{jid: m.NewsletterID, name: n.follow(m.NewsletterID, m.NewsletterName).name}
	}
	if m.Origin != "" {
		r.direction, r.status, r.sentAt, r.deliveredAt = outbound, sent, r.at, time.Time{}
	}
	s.lastID++
	s.store(n, conversationID, p, r, s.lastID)
	s.keepRows(&n.box)
	if r.direction == inbound {
		r.conversation.unread++
		if r.conversation.kind() == directConversation {
			n.hear(r.conversation.peer, r.at)
		}
	}
	r.externalID = externalID(r.id)
	if answer == nil || answer.Form == nil {
		s.tellReceived(n, r)
	}
	s.publish(ChangeMessage, n.id, r.id)
	r.seq = s.changes.last
	s.countReceived(r)
	return r
}

// contacts counts those that stay without a message.
func (s *state) contacts() (count int) {
	for _, n := range slices.Concat(s.numbers, s.workspace.bin) {
		count += n.box.added
	}
	return count
}

// addContact makes a conversation that stays without a row, and returns its id, or "" where
// there are too many.
func (s *state) addContact(n *number, p peer, now time.Time) string {
	s.noteSends(n) // what was sent before comes before
	chat := n.box.conversation("", p)
	isNew := chat == nil || !chat.added
	if isNew && s.isFull(s.contacts(), maxContacts) {
		return ""
	}
	if chat == nil {
		chat = n.box.begin(s.newID("conv"), p, now)
	}
	n.box.learn(chat, p)
	n.box.markAdded(chat)
	s.publish(ChangeConversation, n.id, chat.id)
	return chat.id
}

// inboundReferrals returns the messages to a number that an ad or post brought, the
// newest first.
func (s *state) inboundReferrals(n *number) []*chatRow {
	return newest(s.mailbox(n).rows, func(r *chatRow) bool { return r.direction == inbound && r.referral != nil }, happened)
}

// resolveReferrals gives the names of an ad to the messages that it brought.
func (s *state) resolveReferrals(adID string) {
	for _, n := range slices.Concat(s.numbers, s.workspace.bin) {
		for _, r := range n.box.rows {
			if r.referral != nil && r.referral.SourceID == adID {
				r.referral.resolve(s.growth.namesOf(adID))
			}
		}
	}
}
