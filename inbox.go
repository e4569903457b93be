package pilotstatus

import (
	"context"
	"encoding/json"
	"iter"
	"time"
)

// ListInboxOptions select a page of Conversations, History or GroupMessages.
type ListInboxOptions struct {
	// StartDate and EndDate limit the rows to a period, both ends included. They apply to
	// [Conversation].LastMessageAt, [HistoryMessage].ProviderTimestamp and
	// [GroupMessage].CreatedAt. Zero means no limit. A start after the end is refused with
	// [CodeInvalidDateRange].
	StartDate time.Time `query:"startDate"`
	EndDate   time.Time `query:"endDate"`

	Page     int `query:"page"`     // from 1, which is the default
	PageSize int `query:"pageSize"` // 1 to 100; 0: the API's default, which is 30
}

func (o *ListInboxOptions) page() *int { return &o.Page }

// ListUnreadOptions select a page of Unread.
type ListUnreadOptions struct {
	Page     int `query:"page"`     // from 1, which is the default
	PageSize int `query:"pageSize"` // 1 to 100; 0: the API's default, which is 30
}

func (o *ListUnreadOptions) page() *int { return &o.Page }

// MessageDirection is the direction of a message. The set is open.
type MessageDirection string

// The documented directions.
const (
	MessageDirectionInbound  MessageDirection = "INBOUND"  // written by the contact
	MessageDirectionOutbound MessageDirection = "OUTBOUND" // sent by the number
)

// MessageType is the type of a stored message. The set is open.
type MessageType string

// The documented types of messages.
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

// MediaProvider is the provider that stores the file of a message. The set is open.
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

	// URL is a direct link, or "". It is signed and expires: fetch it soon, and without the
	// API's headers, which make it fail.
	URL string `json:"url"`

	MimeType string `json:"mimeType"`
	FileName string `json:"fileName"` // chosen by the contact: take its base name before you open a file
}

// ReferralSourceType is the kind of source of a referral. The set is open.
type ReferralSourceType string

// The documented sources.
const (
	ReferralSourceTypeAd   ReferralSourceType = "ad"
	ReferralSourceTypePost ReferralSourceType = "post"
)

// ChatReferral is the ad or the post that brought an inbound message. Texts are "" if Meta
// did not return them.
type ChatReferral struct {
	SourceID     string             `json:"sourceId"` // Meta's id of the ad or post: group by it, because names change
	SourceType   ReferralSourceType `json:"sourceType"`
	SourceURL    string             `json:"sourceUrl"`
	Headline     string             `json:"headline"`
	Body         string             `json:"body"`
	MediaType    string             `json:"mediaType"` // of the ad's media, as in "image"
	ImageURL     string             `json:"imageUrl"`
	VideoURL     string             `json:"videoUrl"`
	ThumbnailURL string             `json:"thumbnailUrl"`
	CTWAClickID  string             `json:"ctwaClid"` // Meta's id of the click; "" also if redacted

	AdNames

	// NamesResolvedAt is the time when Meta was asked for the names. Zero: not yet, or the
	// ad account is not shared. A time without names: Meta returned none.
	NamesResolvedAt Timestamp `json:"namesResolvedAt"`

	// Redacted means that the number's [PIIMode] hides the click id and the ad's texts. Ids
	// and names stay.
	Redacted bool `json:"redacted"`
}

// ConversationType is the kind of a conversation. The set is open.
type ConversationType string

// The documented kinds of conversations.
const (
	ConversationTypeDirect     ConversationType = "DIRECT"
	ConversationTypeGroup      ConversationType = "GROUP"
	ConversationTypeNewsletter ConversationType = "NEWSLETTER"
)

// Conversation is a chat of the number.
type Conversation struct {
	ID   string           `json:"id" required:"true"` // [HistoryMessage].ConversationID
	Type ConversationType `json:"type"`

	// From is the contact's phone number. It is "" for groups, channels and contacts with a
	// hidden number; send to those contacts with UserID.
	From     string `json:"from"`
	FromName string `json:"fromName"` // of the contact or the group

	// Experimental: UserID is the durable id of the contact. Only one page of the vendor's
	// documentation has it.
	UserID string `json:"userId"`

	// Experimental: Username is the contact's public name. Only one page of the vendor's
	// documentation has it.
	Username string `json:"username"`

	UnreadCount   int64     `json:"unreadCount"` // number of unread inbound messages
	LastMessageAt Timestamp `json:"lastMessageAt"`

	// Experimental: LastMessagePreview is the beginning of the last message. Only one page
	// of the vendor's documentation has it.
	LastMessagePreview string `json:"lastMessagePreview"`

	// Experimental: CreatedAt is when the conversation began. Only one page of the vendor's
	// documentation has it.
	CreatedAt Timestamp `json:"createdAt"`

	Raw json.RawMessage `json:"-"` // the row as received
}

func (c *Conversation) rowID() string { return c.ID }

// HistoryMessage is a message of a chat, inbound or outbound. The API guarantees only ID.
type HistoryMessage struct {
	ID                string           `json:"id" required:"true"` // the id of the row in the chat; [MessagesService.Get] does not know it
	ConversationID    string           `json:"conversationId"`
	Direction         MessageDirection `json:"direction"`
	ProviderKind      Provider         `json:"providerKind"`
	ExternalMessageID string           `json:"externalMessageId"` // the provider's id
	Status            MessageStatus    `json:"status"`
	MessageType       MessageType      `json:"messageType"`

	// Origin is the sender of an outbound message. It is "" on inbound messages, and on
	// outbound messages without a recorded sender.
	Origin MessageOrigin `json:"origin"`

	Text                string     `json:"text"` // the text or the caption
	ParticipantName     string     `json:"participantName"`
	ParticipantPhone    string     `json:"participantPhone"`
	ParticipantUserID   string     `json:"participantUserId"`   // the contact's durable id, for [UserID]
	RepliedToExternalID string     `json:"repliedToExternalId"` // the ExternalMessageID of the quoted message
	Media               *ChatMedia `json:"media"`               // nil without a file

	SentAt            Timestamp `json:"sentAt"`
	DeliveredAt       Timestamp `json:"deliveredAt"`
	ReadAt            Timestamp `json:"readAt"`
	ProviderTimestamp Timestamp `json:"providerTimestamp"` // when it was sent or received
	CreatedAt         Timestamp `json:"createdAt"`         // when it was stored

	Referral *ChatReferral `json:"referral"` // nil unless an ad or a post brought the message

	// Redacted means that the number's [PIIMode] hides text, media and participant.
	Redacted bool `json:"redacted"`
}

func (m *HistoryMessage) rowID() string { return m.ID }

// UnreadMessage is an unread inbound message.
type UnreadMessage struct {
	ID                      string           `json:"id" required:"true"` // the id of the [HistoryMessage]
	ConversationID          string           `json:"conversationId"`
	ConversationUnreadCount int64            `json:"conversationUnreadCount"` // of the whole conversation
	Direction               MessageDirection `json:"direction"`
	Type                    MessageType      `json:"type" also:"messageType"`
	Content                 string           `json:"content" also:"text"` // the text or the caption
	From                    string           `json:"from"`                // the contact's phone number
	FromName                string           `json:"fromName"`
	Media                   *ChatMedia       `json:"media"` // nil without a file

	// Experimental: ReadAt is zero while the message is unread. The member's name is
	// inferred.
	ReadAt Timestamp `json:"readAt"`

	// Experimental: CreatedAt is when the message was stored. The member's name is
	// inferred.
	CreatedAt Timestamp `json:"createdAt"`

	// Redacted means that the number's [PIIMode] hides content, media and contact.
	Redacted bool `json:"redacted"`

	Raw json.RawMessage `json:"-"` // the row as received
}

func (m *UnreadMessage) rowID() string { return m.ID }

// Experimental: GroupMessage is a message of a group. The member names of From, FromName,
// GroupID, GroupName, CreatedAt and Redacted are inferred; Raw holds members with other
// names.
type GroupMessage struct {
	ID             string           `json:"id" required:"true"` // the id of the [HistoryMessage]
	ConversationID string           `json:"conversationId"`
	Direction      MessageDirection `json:"direction"`
	Type           MessageType      `json:"type" also:"messageType"`
	Content        string           `json:"content" also:"text"`                      // the text or the caption
	From           string           `json:"from" also:"participantPhone,participant"` // the sender's phone number
	FromName       string           `json:"fromName" also:"participantName"`          // the sender's name
	GroupID        string           `json:"groupId"`                                  // for the recipient [GroupID]
	GroupName      string           `json:"groupName"`                                // the name of the group
	Media          *ChatMedia       `json:"media"`                                    // nil without a file
	CreatedAt      Timestamp        `json:"createdAt"`                                // when the message was stored
	Redacted       bool             `json:"redacted"`                                 // content, media and sender are hidden, see [PIIMode]

	Raw json.RawMessage `json:"-"` // the row as received
}

func (m *GroupMessage) rowID() string { return m.ID }

// InboxService reads the received and sent messages of a number. No method marks a message
// as read. For a number that keeps no personal data the API returns redacted rows, or no
// rows and a Notice in the [Page]. The service is part of a [NumberClient] and of a
// [NumberView].
//
//   - [InboxService.Conversations] returns a page of chats, newest message first
//   - [InboxService.AllConversations] returns the chats of all pages
//   - [InboxService.History] returns a page of messages of all chats, newest first
//   - [InboxService.AllHistory] returns the messages of all pages
//   - [InboxService.Unread] returns a page of unread messages (experimental)
//   - [InboxService.AllUnread] returns the unread messages of all pages (experimental)
//   - [InboxService.GroupMessages] returns a page of group messages (experimental)
//   - [InboxService.AllGroupMessages] returns the group messages of all pages
//     (experimental)
type InboxService struct{ client *Client }

// Conversations returns a page of the number's chats, the one with the newest message
// first. The API cannot filter messages by chat: to read one chat, select the messages of
// [InboxService.History] by their ConversationID.
//
// Both kinds of key may make this call, so a client's first one costs one request more;
// see [NumberClient.CheckKey].
//
// Scope: number key or tenant key on a [NumberView]. Retry: [RetrySafe]. Errors:
// [CodeInvalidDateRange] for a start after the end; [CodeNumberNotFound] for a key without
// a number; and those of every call.
func (s InboxService) Conversations(ctx context.Context, opts ListInboxOptions) (*Page[Conversation], error) {
	return invokePage[Conversation](ctx, s.client, opInboxConversations, input{query: opts}, "conversations")
}

// AllConversations returns the chats of all pages, starting at opts.Page. A chat that
// receives a message meanwhile may appear twice or be missing: identify chats by ID.
//
// Both kinds of key may make this call, so a client's first one costs one request more;
// see [NumberClient.CheckKey].
func (s InboxService) AllConversations(ctx context.Context, opts ListInboxOptions) iter.Seq2[Conversation, error] {
	return allPages(ctx, opts, s.Conversations)
}

// History returns a page of the messages of all chats, inbound and outbound, newest first.
// It includes messages imported from the phone when the number was connected, up to about a
// month before the connection. It is not the delivery log of your sends: that is
// [MessagesService.Get].
//
// Both kinds of key may make this call, so a client's first one costs one request more;
// see [NumberClient.CheckKey].
//
// Scope: number key or tenant key on a [NumberView]. Retry: [RetrySafe]. Errors:
// [CodeInvalidDateRange] for a start after the end; [CodeNumberNotFound] for a key without
// a number; and those of every call.
func (s InboxService) History(ctx context.Context, opts ListInboxOptions) (*Page[HistoryMessage], error) {
	return invokePage[HistoryMessage](ctx, s.client, opInboxHistory, input{query: opts}, "messages")
}

// AllHistory returns the messages of all pages, starting at opts.Page. New messages shift
// the pages, so a message may appear twice: identify messages by ID, or set EndDate.
//
// Both kinds of key may make this call, so a client's first one costs one request more;
// see [NumberClient.CheckKey].
func (s InboxService) AllHistory(ctx context.Context, opts ListInboxOptions) iter.Seq2[HistoryMessage, error] {
	return allPages(ctx, opts, s.History)
}

// Experimental: Unread returns a page of the unread inbound messages, newest first. The
// form of the page is inferred. Total of the [Page] is not the number of rows here, but the
// sum of the unread counters of all conversations.
//
// Both kinds of key may make this call, so a client's first one costs one request more;
// see [NumberClient.CheckKey].
//
// Scope: number key or tenant key on a [NumberView]. Retry: [RetrySafe]. Errors:
// [CodeNumberNotFound] for a key without a number and those of every call.
func (s InboxService) Unread(ctx context.Context, opts ListUnreadOptions) (*Page[UnreadMessage], error) {
	return invokePage[UnreadMessage](ctx, s.client, opInboxUnread, input{query: opts}, "messages")
}

// Experimental: AllUnread returns the unread messages of all pages, starting at opts.Page.
// Messages that are read or arrive meanwhile shift the pages: identify messages by ID.
//
// Both kinds of key may make this call, so a client's first one costs one request more;
// see [NumberClient.CheckKey].
func (s InboxService) AllUnread(ctx context.Context, opts ListUnreadOptions) iter.Seq2[UnreadMessage, error] {
	return allPages(ctx, opts, s.Unread)
}

// Experimental: GroupMessages returns a page of the messages of all groups, newest first;
// the API cannot filter by group. The form of the page is inferred. [InboxService.History]
// returns these messages too.
//
// Both kinds of key may make this call, so a client's first one costs one request more;
// see [NumberClient.CheckKey].
//
// Scope: number key or tenant key on a [NumberView]. Retry: [RetrySafe]. Errors:
// [CodeInvalidDateRange] for a start after the end; [CodeNumberNotFound] for a key without
// a number; [CodeMetaGroupsNotEligible] or [CodeNotSupportedForMeta] for an official number
// without groups; and those of every call.
func (s InboxService) GroupMessages(ctx context.Context, opts ListInboxOptions) (*Page[GroupMessage], error) {
	return invokePage[GroupMessage](ctx, s.client, opInboxGroupMessages, input{query: opts}, "messages")
}

// Experimental: AllGroupMessages returns the group messages of all pages, starting at
// opts.Page. New messages shift the pages, so a message may appear twice: identify messages
// by ID, or set EndDate.
//
// Both kinds of key may make this call, so a client's first one costs one request more;
// see [NumberClient.CheckKey].
func (s InboxService) AllGroupMessages(ctx context.Context, opts ListInboxOptions) iter.Seq2[GroupMessage, error] {
	return allPages(ctx, opts, s.GroupMessages)
}
