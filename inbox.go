package pilotstatus

import (
	"cmp"
	"context"
	"encoding/json"
	"iter"
	"time"
)

// ConversationType is what a conversation is with. The set is open.
type ConversationType string

// The documented types.
const (
	ConversationTypeDirect     ConversationType = "DIRECT"
	ConversationTypeGroup      ConversationType = "GROUP"
	ConversationTypeNewsletter ConversationType = "NEWSLETTER"
)

// Conversation is a chat of the number.
type Conversation struct {
	ID   string           `json:"id"` // HistoryMessage.ConversationID
	Type ConversationType `json:"type"`

	// From is the contact's phone number. It is "" for groups, channels and
	// contacts whose number is hidden: those are written to with UserID.
	From     string `json:"from"`
	FromName string `json:"fromName"` // of the contact or the group

	// Experimental: UserID is the durable id of the contact. One page of the
	// vendor's documentation has it.
	UserID string `json:"userId"`

	// Experimental: Username is the contact's public name. One page of the
	// vendor's documentation has it.
	Username string `json:"username"`

	UnreadCount   int64     `json:"unreadCount"` // inbound messages that nobody read
	LastMessageAt Timestamp `json:"lastMessageAt"`

	// Experimental: LastMessagePreview is how the last message begins. One page of
	// the vendor's documentation has it.
	LastMessagePreview string `json:"lastMessagePreview"`

	// Experimental: CreatedAt is when the conversation began. One page of the
	// vendor's documentation has it.
	CreatedAt Timestamp `json:"createdAt"`

	Raw json.RawMessage `json:"-"` // the row as received
}

// check refuses a row without an id.
func (c *Conversation) check() error {
	if c.ID == "" {
		return errHasNoID
	}
	return nil
}

func (c *Conversation) keepRaw(raw json.RawMessage) { c.Raw = raw }

func (c *Conversation) rowID() string { return c.ID }

// HistoryMessage is a message of a chat, in or out. The API promises the ID only.
type HistoryMessage struct {
	ID                string           `json:"id"` // of the row in the chat; Messages.Get does not know it
	ConversationID    string           `json:"conversationId"`
	Direction         MessageDirection `json:"direction"`
	ProviderKind      Provider         `json:"providerKind"`
	ExternalMessageID string           `json:"externalMessageId"` // the provider's id
	Status            MessageStatus    `json:"status"`
	MessageType       MessageType      `json:"messageType"`

	// Origin says who sent an outbound message. It is "" on inbound ones, and on
	// outbound ones that nobody recorded.
	Origin MessageOrigin `json:"origin"`

	Text                string     `json:"text"` // the text or the caption
	ParticipantName     string     `json:"participantName"`
	ParticipantPhone    string     `json:"participantPhone"`
	ParticipantUserID   string     `json:"participantUserId"`   // the contact's durable id, for UserID
	RepliedToExternalID string     `json:"repliedToExternalId"` // ExternalMessageID of the message that was quoted
	Media               *ChatMedia `json:"media"`               // nil without a file

	SentAt            Timestamp `json:"sentAt"`
	DeliveredAt       Timestamp `json:"deliveredAt"`
	ReadAt            Timestamp `json:"readAt"`
	ProviderTimestamp Timestamp `json:"providerTimestamp"` // when it happened
	CreatedAt         Timestamp `json:"createdAt"`         // when it was stored

	Referral *ChatReferral `json:"referral"` // nil unless an ad or a post brought the message

	// Redacted says that the number's PIIMode hides text, media and participant.
	Redacted bool `json:"redacted"`
}

// check refuses a row without an id.
func (m *HistoryMessage) check() error {
	if m.ID == "" {
		return errHasNoID
	}
	return nil
}

func (m *HistoryMessage) rowID() string { return m.ID }

// UnreadMessage is an inbound message that nobody read.
type UnreadMessage struct {
	ID                      string           `json:"id"` // that of the HistoryMessage
	ConversationID          string           `json:"conversationId"`
	ConversationUnreadCount int64            `json:"conversationUnreadCount"` // in the whole conversation
	Direction               MessageDirection `json:"direction"`
	Type                    MessageType      `json:"type"`
	Content                 string           `json:"content"` // the text or the caption
	From                    string           `json:"from"`    // the contact's phone number
	FromName                string           `json:"fromName"`
	Media                   *ChatMedia       `json:"media"` // nil without a file

	// Experimental: ReadAt is zero for as long as the message is unread. The name
	// of the member is inferred.
	ReadAt Timestamp `json:"readAt"`

	// Experimental: CreatedAt is when the message was stored. The name of the
	// member is inferred.
	CreatedAt Timestamp `json:"createdAt"`

	// Redacted says that the number's PIIMode hides content, media and contact.
	Redacted bool `json:"redacted"`

	Raw json.RawMessage `json:"-"` // the row as received
}

// UnmarshalJSON reads the row, also with the names that history uses.
func (m *UnreadMessage) UnmarshalJSON(data []byte) error {
	type plain UnreadMessage // without this method
	row := struct {
		*plain
		Text        looseText `json:"text"`
		MessageType looseText `json:"messageType"`
	}{plain: (*plain)(m)}
	if err := json.Unmarshal(data, &row); err != nil {
		return err
	}
	m.Content = cmp.Or(m.Content, string(row.Text))
	m.Type = cmp.Or(m.Type, MessageType(row.MessageType))
	return nil
}

// check refuses a row without an id.
func (m *UnreadMessage) check() error {
	if m.ID == "" {
		return errHasNoID
	}
	return nil
}

func (m *UnreadMessage) keepRaw(raw json.RawMessage) { m.Raw = raw }

func (m *UnreadMessage) rowID() string { return m.ID }

// Experimental: GroupMessage is a message of a group. The names of From, FromName,
// GroupID, GroupName, CreatedAt and Redacted in the answer are inferred; Raw has
// what they miss.
type GroupMessage struct {
	ID             string           `json:"id"` // that of the HistoryMessage
	ConversationID string           `json:"conversationId"`
	Direction      MessageDirection `json:"direction"`
	Type           MessageType      `json:"type"`
	Content        string           `json:"content"`   // the text or the caption
	From           string           `json:"from"`      // the sender's phone number
	FromName       string           `json:"fromName"`  // the sender's name
	GroupID        string           `json:"groupId"`   // for the recipient GroupID
	GroupName      string           `json:"groupName"` // as the group is called
	Media          *ChatMedia       `json:"media"`     // nil without a file
	CreatedAt      Timestamp        `json:"createdAt"` // when the message was stored
	Redacted       bool             `json:"redacted"`  // the number's PIIMode hides content, media and sender

	Raw json.RawMessage `json:"-"` // the row as received
}

// UnmarshalJSON reads the row, also with the names that history uses, and passes over
// what is no text where a name is inferred.
func (m *GroupMessage) UnmarshalJSON(data []byte) error {
	type plain GroupMessage // without this method
	row := struct {
		*plain
		From             looseText `json:"from"`
		ParticipantPhone looseText `json:"participantPhone"`
		Participant      looseText `json:"participant"`
		FromName         looseText `json:"fromName"`
		ParticipantName  looseText `json:"participantName"`
		GroupID          looseText `json:"groupId"`
		GroupName        looseText `json:"groupName"`
		Text             looseText `json:"text"`
		MessageType      looseText `json:"messageType"`
	}{plain: (*plain)(m)}
	if err := json.Unmarshal(data, &row); err != nil {
		return err
	}
	m.From = string(cmp.Or(row.From, row.ParticipantPhone, row.Participant))
	m.FromName = string(cmp.Or(row.FromName, row.ParticipantName))
	m.GroupID, m.GroupName = string(row.GroupID), string(row.GroupName)
	m.Content = cmp.Or(m.Content, string(row.Text))
	m.Type = cmp.Or(m.Type, MessageType(row.MessageType))
	return nil
}

// check refuses a row without an id.
func (m *GroupMessage) check() error {
	if m.ID == "" {
		return errHasNoID
	}
	return nil
}

func (m *GroupMessage) keepRaw(raw json.RawMessage) { m.Raw = raw }

func (m *GroupMessage) rowID() string { return m.ID }

// InboxOptions choose a page of Conversations, History or GroupMessages.
type InboxOptions struct {
	// StartDate and EndDate are the first and the last moment, both included: of
	// Conversation.LastMessageAt, HistoryMessage.ProviderTimestamp and
	// GroupMessage.CreatedAt. Zero: no limit.
	StartDate, EndDate time.Time

	Page     int // from 1, which is the default
	PageSize int // 1 to 100; 0: the API's default, which is 30
}

func (o InboxOptions) validate() error {
	if !o.EndDate.IsZero() && o.StartDate.After(o.EndDate) {
		return invalid("EndDate", "it is before StartDate")
	}
	return validatePage(o.Page, o.PageSize)
}

func (o InboxOptions) query() queryValues {
	q := queryValues{}
	q.time("startDate", o.StartDate)
	q.time("endDate", o.EndDate)
	q.number("page", o.Page)
	q.number("pageSize", o.PageSize)
	return q
}

func (o InboxOptions) onPage(number int) InboxOptions {
	o.Page = number
	return o
}

// UnreadOptions choose a page of Unread.
type UnreadOptions struct {
	Page     int // from 1, which is the default
	PageSize int // 1 to 100; 0: the API's default, which is 30
}

func (o UnreadOptions) validate() error { return validatePage(o.Page, o.PageSize) }

func (o UnreadOptions) query() queryValues {
	q := queryValues{}
	q.number("page", o.Page)
	q.number("pageSize", o.PageSize)
	return q
}

// InboxService reads what the number received and sent. Nothing here marks a message
// read. A call on a number that keeps no personal data returns redacted rows, or none
// and a Page.Notice. A key without a number gets CodeNumberNotFound or a
// *TenantScopeError. All calls are repeated safely.
type InboxService struct{ client *Client }

// Conversations returns a page of the number's chats, the one with the newest message
// first. The messages of one chat are those of History with its ConversationID: the
// API has no filter for it.
func (s InboxService) Conversations(ctx context.Context, o InboxOptions) (*Page[Conversation], error) {
	return invokePage[Conversation](ctx, s.client, opInboxConversations, input{query: o}, "conversations")
}

// AllConversations returns the chats of all pages from o.Page on. A chat that gets a
// message meanwhile may come twice, or be missed: tell them apart by ID.
func (s InboxService) AllConversations(ctx context.Context, o InboxOptions) iter.Seq2[Conversation, error] {
	return allPages(o.Page, func(number int) (*Page[Conversation], error) {
		return s.Conversations(ctx, o.onPage(number))
	})
}

// History returns a page of the messages of all chats, in and out, the newest first,
// with those that were imported from the phone when it was connected: it reaches back
// to about a month before that. It is not the delivery log of your sends, which is
// Messages.Get.
func (s InboxService) History(ctx context.Context, o InboxOptions) (*Page[HistoryMessage], error) {
	return invokePage[HistoryMessage](ctx, s.client, opInboxHistory, input{query: o}, "messages")
}

// AllHistory returns the messages of all pages from o.Page on. New messages shift the
// pages, so that a message may come twice: tell them apart by ID, or set EndDate.
func (s InboxService) AllHistory(ctx context.Context, o InboxOptions) iter.Seq2[HistoryMessage, error] {
	return allPages(o.Page, func(number int) (*Page[HistoryMessage], error) {
		return s.History(ctx, o.onPage(number))
	})
}

// Unread returns a page of the inbound messages that nobody read, the newest first.
// Page.Total is not the number of rows here, but the sum of the unread counters of
// all conversations.
func (s InboxService) Unread(ctx context.Context, o UnreadOptions) (*Page[UnreadMessage], error) {
	return invokePage[UnreadMessage](ctx, s.client, opInboxUnread, input{query: o}, "messages")
}

// AllUnread returns the unread messages of all pages from o.Page on. What is read or
// arrives meanwhile shifts the pages: tell messages apart by ID.
func (s InboxService) AllUnread(ctx context.Context, o UnreadOptions) iter.Seq2[UnreadMessage, error] {
	return allPages(o.Page, func(number int) (*Page[UnreadMessage], error) {
		page := o
		page.Page = number
		return s.Unread(ctx, page)
	})
}

// GroupMessages returns a page of the messages of all groups, the newest first; the
// API has no filter for one group. They are part of History too. An official number
// without groups gets CodeMetaGroupsNotEligible or CodeNotSupportedForMeta.
func (s InboxService) GroupMessages(ctx context.Context, o InboxOptions) (*Page[GroupMessage], error) {
	return invokePage[GroupMessage](ctx, s.client, opInboxGroupMessages, input{query: o}, "messages")
}

// AllGroupMessages returns the group messages of all pages from o.Page on. New messages
// shift the pages, so that a message may come twice: tell them apart by ID, or set
// EndDate.
func (s InboxService) AllGroupMessages(ctx context.Context, o InboxOptions) iter.Seq2[GroupMessage, error] {
	return allPages(o.Page, func(number int) (*Page[GroupMessage], error) {
		return s.GroupMessages(ctx, o.onPage(number))
	})
}
