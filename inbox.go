package pilotstatus

import (
	"cmp"
	"context"
	"encoding/json"
	"iter"
	"time"
)

// ListInboxOptions choose a page of Conversations, History or GroupMessages.
type ListInboxOptions struct {
	// StartDate and EndDate are the first and the last moment, both included: of
	// Conversation.LastMessageAt, [HistoryMessage].ProviderTimestamp and
	// [GroupMessage].CreatedAt. Zero: unbounded. A start after the end is
	// [CodeInvalidDateRange].
	StartDate, EndDate time.Time

	Page     int // from 1, which is the default
	PageSize int // 1 to 100; 0: the API's default, which is 30
}

func (o ListInboxOptions) query() queryValues { return o.pageFields().query() }

func (o *ListInboxOptions) pageFields() pageFields {
	return pageFields{&o.Page, o.PageSize, o.StartDate, o.EndDate}
}

// ListUnreadOptions choose a page of Unread.
type ListUnreadOptions struct {
	Page     int // from 1, which is the default
	PageSize int // 1 to 100; 0: the API's default, which is 30
}

func (o ListUnreadOptions) query() queryValues { return o.pageFields().query() }

func (o *ListUnreadOptions) pageFields() pageFields {
	return pageFields{page: &o.Page, size: o.PageSize}
}

// MessageDirection says who wrote a message. The set is open.
type MessageDirection string

// The documented directions.
const (
	MessageDirectionInbound  MessageDirection = "INBOUND"  // the contact
	MessageDirectionOutbound MessageDirection = "OUTBOUND" // the number
)

// MessageType is what a stored message consists of. The set is open.
type MessageType string

// The documented types.
const (
	MessageTypeText     MessageType = "text"
	MessageTypeImage    MessageType = "image"
	MessageTypeAudio    MessageType = "audio"
	MessageTypeVideo    MessageType = "video"
	MessageTypeDocument MessageType = "document"
	MessageTypeLocation MessageType = "location"
	MessageTypeContacts MessageType = "contacts"
	MessageTypeSticker  MessageType = "sticker"
	MessageTypeReaction MessageType = "reaction"
)

// MediaProvider is where the file of a message lies. The set is open.
type MediaProvider string

// The documented providers of files.
const (
	MediaProviderMeta  MediaProvider = "META"   // an official number: [MediaService.Download]
	MediaProviderEvo   MediaProvider = "EVO"    // a web number: fetch the URL
	MediaProviderEvoGo MediaProvider = "EVO_GO" // a web number: fetch the URL
)

// ChatMedia is the file of a stored message.
type ChatMedia struct {
	Provider MediaProvider `json:"provider"`
	ID       string        `json:"id"` // for [MediaService.Download]; "" on web numbers

	// URL is a direct link, where there is one. It is signed and expires: fetch it
	// soon, and without the API's headers, which make it fail.
	URL string `json:"url"`

	MimeType string `json:"mimeType"`
	FileName string `json:"fileName"` // as the contact named it: take its base name before you open a file
}

// ReferralSourceType is what a contact came from. The set is open.
type ReferralSourceType string

// The documented sources.
const (
	ReferralSourceTypeAd   ReferralSourceType = "ad"
	ReferralSourceTypePost ReferralSourceType = "post"
)

// ChatReferral is the ad or the post that brought an inbound message. Texts are ""
// where Meta did not say.
type ChatReferral struct {
	SourceID     string             `json:"sourceId"` // Meta's id of the ad or post: group by it, names change
	SourceType   ReferralSourceType `json:"sourceType"`
	SourceURL    string             `json:"sourceUrl"`
	Headline     string             `json:"headline"`
	Body         string             `json:"body"`
	MediaType    string             `json:"mediaType"` // of the ad, as in "image"
	ImageURL     string             `json:"imageUrl"`
	VideoURL     string             `json:"videoUrl"`
	ThumbnailURL string             `json:"thumbnailUrl"`
	CTWAClickID  string             `json:"ctwaClid"` // Meta's id of the click; "" also where it was redacted

	AdNames

	// NamesResolvedAt is when Meta was asked for the names. Zero: not yet, or the
	// ad account is not shared. A time without names: Meta gave none.
	NamesResolvedAt Timestamp `json:"namesResolvedAt"`

	// Redacted says that the number's [PIIMode] hides the click id and the ad's
	// texts. Ids and names stay.
	Redacted bool `json:"redacted"`
}

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
	ID   string           `json:"id" required:"true"` // [HistoryMessage].ConversationID
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

func (c *Conversation) rowID() string { return c.ID }

// HistoryMessage is a message of a chat, in or out. The API promises the ID only.
type HistoryMessage struct {
	ID                string           `json:"id" required:"true"` // of the row in the chat; [MessagesService.Get] does not know it
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
	ParticipantUserID   string     `json:"participantUserId"`   // the contact's durable id, for [UserID]
	RepliedToExternalID string     `json:"repliedToExternalId"` // ExternalMessageID of the message that was quoted
	Media               *ChatMedia `json:"media"`               // nil without a file

	SentAt            Timestamp `json:"sentAt"`
	DeliveredAt       Timestamp `json:"deliveredAt"`
	ReadAt            Timestamp `json:"readAt"`
	ProviderTimestamp Timestamp `json:"providerTimestamp"` // when it happened
	CreatedAt         Timestamp `json:"createdAt"`         // when it was stored

	Referral *ChatReferral `json:"referral"` // nil unless an ad or a post brought the message

	// Redacted says that the number's [PIIMode] hides text, media and participant.
	Redacted bool `json:"redacted"`
}

func (m *HistoryMessage) rowID() string { return m.ID }

// UnreadMessage is an inbound message that nobody read.
type UnreadMessage struct {
	ID                      string           `json:"id" required:"true"` // that of the [HistoryMessage]
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

	// Redacted says that the number's [PIIMode] hides content, media and contact.
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

func (m *UnreadMessage) rowID() string { return m.ID }

// Experimental: GroupMessage is a message of a group. The names of From, FromName,
// GroupID, GroupName, CreatedAt and Redacted in the answer are inferred; Raw has
// what they miss.
type GroupMessage struct {
	ID             string           `json:"id" required:"true"` // that of the [HistoryMessage]
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
	Redacted       bool             `json:"redacted"`  // the number's [PIIMode] hides content, media and sender

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

func (m *GroupMessage) rowID() string { return m.ID }

// InboxService reads what the number received and sent. Nothing here marks a message
// read. A call on a number that keeps no personal data returns redacted rows, or none
// and a Page.Notice. A key without a number gets [CodeNumberNotFound] or a
// [*TenantScopeError]. It is part of a [NumberClient] and of a [NumberView].
//
//   - [InboxService.Conversations] returns a page of the number's chats, the one with the
//     newest message first
//   - [InboxService.AllConversations] returns the chats of all pages from opts.Page on
//   - [InboxService.History] returns a page of the messages of all chats, in and out, the
//     newest first, with those that were imported from the phone when it was connected
//   - [InboxService.AllHistory] returns the messages of all pages from opts.Page on
//   - [InboxService.Unread] Experimental
//   - [InboxService.AllUnread] Experimental
//   - [InboxService.GroupMessages] Experimental
//   - [InboxService.AllGroupMessages] Experimental
type InboxService struct{ client *Client }

// Conversations returns a page of the number's chats, the one with the newest message
// first. The messages of one chat are those of History with its ConversationID: the
// API has no filter for it.
//
// Both kinds of key may make this call, so a client's first one costs one request more;
// see [NumberClient.CheckKey].
//
// Scope: number key or tenant key on a [NumberView]. Retry: [RetrySafe]. Errors: those of
// every call.
func (s InboxService) Conversations(ctx context.Context, opts ListInboxOptions) (*Page[Conversation], error) {
	return invokePage[Conversation](ctx, s.client, opInboxConversations, input{query: opts}, "conversations")
}

// AllConversations returns the chats of all pages from opts.Page on. A chat that gets a
// message meanwhile may come twice, or be missed: tell them apart by ID.
//
// Both kinds of key may make this call, so a client's first one costs one request more;
// see [NumberClient.CheckKey].
func (s InboxService) AllConversations(ctx context.Context, opts ListInboxOptions) iter.Seq2[Conversation, error] {
	return allPages(ctx, opts, s.Conversations)
}

// History returns a page of the messages of all chats, in and out, the newest first,
// with those that were imported from the phone when it was connected: it reaches back
// to about a month before that. It is not the delivery log of your sends, which is
// [MessagesService.Get].
//
// Both kinds of key may make this call, so a client's first one costs one request more;
// see [NumberClient.CheckKey].
//
// Scope: number key or tenant key on a [NumberView]. Retry: [RetrySafe]. Errors: those of
// every call.
func (s InboxService) History(ctx context.Context, opts ListInboxOptions) (*Page[HistoryMessage], error) {
	return invokePage[HistoryMessage](ctx, s.client, opInboxHistory, input{query: opts}, "messages")
}

// AllHistory returns the messages of all pages from opts.Page on. New messages shift the
// pages, so that a message may come twice: tell them apart by ID, or set EndDate.
//
// Both kinds of key may make this call, so a client's first one costs one request more;
// see [NumberClient.CheckKey].
func (s InboxService) AllHistory(ctx context.Context, opts ListInboxOptions) iter.Seq2[HistoryMessage, error] {
	return allPages(ctx, opts, s.History)
}

// Experimental: Unread returns a page of the inbound messages that nobody read, the
// newest first. What stands around the rows is inferred. Page.Total is not the number of
// rows here, but the sum of the unread counters of all conversations.
//
// Both kinds of key may make this call, so a client's first one costs one request more;
// see [NumberClient.CheckKey].
//
// Scope: number key or tenant key on a [NumberView]. Retry: [RetrySafe]. Errors: those of
// every call.
func (s InboxService) Unread(ctx context.Context, opts ListUnreadOptions) (*Page[UnreadMessage], error) {
	return invokePage[UnreadMessage](ctx, s.client, opInboxUnread, input{query: opts}, "messages")
}

// Experimental: AllUnread returns the unread messages of all pages from opts.Page on. What
// is read or arrives meanwhile shifts the pages: tell messages apart by ID.
//
// Both kinds of key may make this call, so a client's first one costs one request more;
// see [NumberClient.CheckKey].
func (s InboxService) AllUnread(ctx context.Context, opts ListUnreadOptions) iter.Seq2[UnreadMessage, error] {
	return allPages(ctx, opts, s.Unread)
}

// Experimental: GroupMessages returns a page of the messages of all groups, the newest
// first; the API has no filter for one group. What stands around the rows is inferred.
// The messages are part of History too. An official number without groups gets
// [CodeMetaGroupsNotEligible] or [CodeNotSupportedForMeta].
//
// Both kinds of key may make this call, so a client's first one costs one request more;
// see [NumberClient.CheckKey].
//
// Scope: number key or tenant key on a [NumberView]. Retry: [RetrySafe]. Errors: those of
// every call.
func (s InboxService) GroupMessages(ctx context.Context, opts ListInboxOptions) (*Page[GroupMessage], error) {
	return invokePage[GroupMessage](ctx, s.client, opInboxGroupMessages, input{query: opts}, "messages")
}

// Experimental: AllGroupMessages returns the group messages of all pages from opts.Page on.
// New messages shift the pages, so that a message may come twice: tell them apart by ID,
// or set EndDate.
//
// Both kinds of key may make this call, so a client's first one costs one request more;
// see [NumberClient.CheckKey].
func (s InboxService) AllGroupMessages(ctx context.Context, opts ListInboxOptions) iter.Seq2[GroupMessage, error] {
	return allPages(ctx, opts, s.GroupMessages)
}
