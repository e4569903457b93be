package pilotstatustest

import (
	"cmp"
	"time"
)

// messageNews is what webhooks hear of a message.
type messageNews struct {
	NumberID      string  `json:"numberId"`
	MessageID     *string `json:"messageId"`
	ID            string  `json:"id"`
	Type          string  `json:"type"`
	FromMe        bool    `json:"fromMe"`
	CreatedAt     string  `json:"createdAt"` // of the event
	From          string  `json:"from"`
	To            string  `json:"to"`
	Content       string  `json:"content,omitempty"`
	CorrelationID string  `json:"correlationId,omitempty"`
	mediaNews

	Error     *string `json:"error,omitempty"` // of message.failed, as the code
	ErrorCode string  `json:"errorCode,omitempty"`

	*participantNews
	*quoteNews
	*groupNews
	*channelNews
}

type mediaNews struct {
	MediaLink     string `json:"mediaLink,omitempty"`
	MediaType     string `json:"mediaType,omitempty"`
	MediaCaption  string `json:"mediaCaption,omitempty"`
	MediaFilename string `json:"mediaFilename,omitempty"`
	MediaID       string `json:"mediaId,omitempty"` // of official numbers, as the next
	PhoneNumberID string `json:"phoneNumberId,omitempty"`
}

// participantNews is in what comes in.
type participantNews struct {
	Name *string `json:"participantName"`
}

// quoteNews is in message.reply.
type quoteNews struct {
	Text string  `json:"contentReplied,omitempty"`
	ID   *string `json:"quotedMessageId"`
}

// groupNews is in message.group.
type groupNews struct {
	ID   string  `json:"groupId"`
	Name *string `json:"groupName"`
}

// channelNews is in message.newsletter.
type channelNews struct {
	ID   string  `json:"newsletterId"`
	Name *string `json:"newsletterName"`
}

// tellStatus tells webhooks what became of a send: sent, delivered, read or failed.
func (s *state) tellStatus(m *message, name string, at time.Time) {
	s.emit(m.number, name, at, func() any {
		content := s.contentOf(m)
		out := messageNews{
			NumberID: m.number.id, MessageID: nullable(m.ExternalID), ID: m.ID, Type: content.kind, FromMe: true,
			CreatedAt: stampText(at), From: withPlus(m.number.phone), To: m.destination(),
			Content: content.text, CorrelationID: m.CorrelationID, mediaNews: content.media.news(content.kind, content.text),
		}
		if name == "message.failed" {
			text := cmp.Or(m.ErrorMessage, m.ErrorCode, "The message could not be delivered")
			out.Error, out.ErrorCode = &text, m.ErrorCode
		}
		return news{name, out}
	})
}

// destination is where the message goes, in the form of webhooks.
func (m *message) destination() string {
	if m.DestinationNumber != "" && !isUserID(m.DestinationNumber) {
		return withPlus(m.DestinationNumber)
	}
	return m.DestinationNumber + m.GroupID + m.NewsletterID // two are empty
}

// news is what webhooks hear of a file; a nil one has none.
func (f *chatMedia) news(kind, caption string) mediaNews {
	if f == nil {
		return mediaNews{}
	}
	return mediaNews{MediaLink: value(f.URL), MediaType: kind, MediaCaption: caption, MediaFilename: value(f.FileName)}
}

// tellReceived tells webhooks of a message that did not go through the API: one that
// came in, or one that the number sent from elsewhere.
func (s *state) tellReceived(n *number, r *chatRow) {
	name, quoted := "message.received", (*chatRow)(nil)
	switch kind := r.conversation.kind(); {
	case kind == groupConversation:
		name = "message.group"
	case kind == newsletterConversation && n.settings.IgnoreNewsletters:
		return
	case kind == newsletterConversation:
		name = "message.newsletter"
	case r.direction == inbound && r.repliedTo != "":
		quoted = s.box(n).byExternalID(r.repliedTo)
		if quoted == nil || quoted.direction == outbound { // else the person quotes their own
			name = "message.reply"
		}
	}
	s.emit(n, name, r.at, func() any {
		out := s.receivedNews(n, r)
		if quoted != nil && quoted.message != nil {
			out.CorrelationID = quoted.message.CorrelationID
		}
		switch name {
		case "message.reply":
			out.quoteNews = &quoteNews{ID: nullable(r.repliedTo)}
			if quoted != nil {
				out.quoteNews.Text = quoted.text
			}
		case "message.group":
			out.groupNews = &groupNews{r.conversation.jid, nullable(r.conversation.name)}
		case "message.newsletter":
			out.channelNews = &channelNews{r.conversation.jid, nullable(r.conversation.name)}
		}
		return news{name, out}
	})
}

// receivedNews is what all messages have that did not go through the API.
func (s *state) receivedNews(n *number, r *chatRow) messageNews {
	chat := r.conversation
	out := messageNews{
		NumberID: n.id, MessageID: nullable(r.externalID), ID: r.id, Type: r.kind, CreatedAt: stampText(r.at),
		From: cmp.Or(r.phone, r.userID, chat.jid, chat.phone), To: withPlus(n.phone),
		Content: r.text, mediaNews: r.media.news(r.kind, r.text), participantNews: &participantNews{nullable(r.name)},
	}
	if r.media != nil && n.official() {
		out.MediaID = value(r.media.ID)
		out.PhoneNumberID = s.media.phoneNumberOf(out.MediaID)
	}
	if r.direction == outbound {
		out.FromMe, out.From = true, out.To
		out.To = cmp.Or(chat.jid, r.phone, chat.phone, r.userID)
	}
	return out
}

// byExternalID returns the message with WhatsApp's id, or nil.
func (b *mailbox) byExternalID(id string) *chatRow {
	for _, r := range b.rows {
		if r.externalID == id {
			return r
		}
	}
	return nil
}

// phoneNumberOf returns the id under which Meta has a file in addition to its own; ""
// where the file was not added. Of several it is the first.
func (m *mediaState) phoneNumberOf(mediaID string) string {
	var found string
	for key := range m.files {
		if key.mediaID == mediaID && (found == "" || key.phoneNumberID < found) {
			found = key.phoneNumberID
		}
	}
	return found
}
