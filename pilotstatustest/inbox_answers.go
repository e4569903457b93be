package pilotstatustest

// maxPreview is how much of a message the list of conversations shows.
const maxPreview = 100

// conversationsAnswer is the answer of Inbox.Conversations.
type conversationsAnswer struct {
	Conversations []conversationAnswer `json:"conversations"`
	pageAnswer
}

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

// historyAnswer is the answer of Inbox.History.
type historyAnswer struct {
	Messages []historyRow `json:"messages"`
	pageAnswer
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

// chatMedia is the file of a message.
type chatMedia struct {
	Provider string  `json:"provider"`
	ID       *string `json:"id"`
	URL      *string `json:"url"`
	MimeType *string `json:"mimeType"`
	FileName *string `json:"fileName"`
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

// unreadAnswer is the answer of Inbox.Unread.
type unreadAnswer struct {
	Messages []unreadRow `json:"messages"`
	pageAnswer
}

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

// groupMessagesAnswer is the answer of Inbox.GroupMessages.
type groupMessagesAnswer struct {
	Messages []groupRow `json:"messages"`
	pageAnswer
}

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
