package pilotstatus

import (
	"cmp"
	"encoding/json"
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
func (c *Conversation) check() error { return requireID(c.ID) }

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
func (m *HistoryMessage) check() error { return requireID(m.ID) }

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
	var row struct {
		plain
		Text        string      `json:"text"`
		MessageType MessageType `json:"messageType"`
	}
	if err := unmarshalAnswer(data, &row); err != nil {
		return err
	}
	*m = UnreadMessage(row.plain)
	m.Content = cmp.Or(m.Content, row.Text)
	m.Type = cmp.Or(m.Type, row.MessageType)
	return nil
}

// check refuses a row without an id.
func (m *UnreadMessage) check() error { return requireID(m.ID) }

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

// UnmarshalJSON reads the row, also with the names that history uses.
func (m *GroupMessage) UnmarshalJSON(data []byte) error {
	type plain GroupMessage // without this method
	var row struct {
		plain
		ParticipantPhone string      `json:"participantPhone"`
		Participant      string      `json:"participant"`
		ParticipantName  string      `json:"participantName"`
		Text             string      `json:"text"`
		MessageType      MessageType `json:"messageType"`
	}
	if err := unmarshalAnswer(data, &row); err != nil {
		return err
	}
	*m = GroupMessage(row.plain)
	m.From = cmp.Or(m.From, row.ParticipantPhone, row.Participant)
	m.FromName = cmp.Or(m.FromName, row.ParticipantName)
	m.Content = cmp.Or(m.Content, row.Text)
	m.Type = cmp.Or(m.Type, row.MessageType)
	return nil
}

// check refuses a row without an id.
func (m *GroupMessage) check() error { return requireID(m.ID) }

func (m *GroupMessage) keepRaw(raw json.RawMessage) { m.Raw = raw }

func (m *GroupMessage) rowID() string { return m.ID }
