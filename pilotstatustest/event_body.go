package pilotstatustest

import "cmp"

// news is an event with its data in an envelope, as all of them are but calls.
type news struct {
	Event string `json:"event"`
	Data  any    `json:"data"`
}

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

// bytes are what is sent of an event. That of a send is made when it is looked at: most of
// those that wait for a receiver that hangs never are.
func (e *event) bytes() []byte {
	if e.body != nil {
		return e.body
	}
	m, content := e.sent, e.content
	out := messageNews{
		NumberID: m.number.id, MessageID: nullable(e.externalID), ID: m.ID, Type: content.kind, FromMe: true,
		CreatedAt: stampText(e.at), From: withPlus(m.number.phone), To: m.destination(),
		Content: content.text, CorrelationID: m.CorrelationID, mediaNews: content.media.news(content.kind, content.text),
	}
	if e.name == "message.failed" {
		text := cmp.Or(e.errorText, e.errorCode, "The message could not be delivered")
		out.Error, out.ErrorCode = &text, e.errorCode
	}
	e.body = encode(news{e.name, out})
	return e.body
}

// size is about what an event takes. One whose body is not made yet shares its text with
// the message.
func (e *event) size() int {
	if e.body == nil {
		return len(e.content.text)
	}
	return len(e.body)
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
