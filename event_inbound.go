package pilotstatus

import (
	"strings"
)

// InboundEvent is an event of an inbound message: a [*MessageReceivedEvent], a
// [*MessageReplyEvent], a [*MessageGroupEvent] or a [*MessageNewsletterEvent]. A bot
// answers with it:
//
//	case pilotstatus.InboundEvent:
//		to, ok := event.Recipient()
//		if !ok {
//			return nil // typed on the phone of the number, or no recipient
//		}
//		_, err := number.Messages.Send(ctx, pilotstatus.SendRequest{
//			To: to, Content: pilotstatus.TextContent{Body: "Thank you"},
//			IdempotencyKey: "answer-to-" + event.Message().ID,
//		})
type InboundEvent interface {
	Event

	// Message returns the fields that all message events have.
	Message() EventMessage

	// Sender returns the sender, and Meta's ids of the file.
	Sender() InboundMessage

	// Recipient returns the recipient of an answer: the group of a group message, the
	// channel of a channel message, otherwise the sender. A sender is a phone number, or a
	// user id if the number is hidden. The bool is false for a message that was typed on
	// the phone of the number itself (FromMe), which a bot must not answer, and for an
	// event without a sender.
	Recipient() (Recipient, bool)

	// Text returns the text, or the caption of a file.
	Text() string

	// Media returns the file for [MediaService.Download]. The bool is false for a message
	// without a file, or with neither a link nor both ids. The link of a file is valid for
	// minutes.
	Media() (DownloadMediaRequest, bool)
}

// Message implements [InboundEvent].
func (e *MessageReceivedEvent) Message() EventMessage { return e.EventMessage }

// Sender implements [InboundEvent].
func (e *MessageReceivedEvent) Sender() InboundMessage { return e.InboundMessage }

// Recipient returns the sender.
func (e *MessageReceivedEvent) Recipient() (Recipient, bool) { return recipientOf(e.FromMe, e.From) }

// Text implements [InboundEvent].
func (e *MessageReceivedEvent) Text() string { return e.EventMessage.text() }

// Media implements [InboundEvent].
func (e *MessageReceivedEvent) Media() (DownloadMediaRequest, bool) { return e.media(e.MediaLink) }

// Message implements [InboundEvent].
func (e *MessageReplyEvent) Message() EventMessage { return e.EventMessage }

// Sender implements [InboundEvent].
func (e *MessageReplyEvent) Sender() InboundMessage { return e.InboundMessage }

// Recipient returns the sender.
func (e *MessageReplyEvent) Recipient() (Recipient, bool) { return recipientOf(e.FromMe, e.From) }

// Text implements [InboundEvent]. The quoted text is ContentReplied.
func (e *MessageReplyEvent) Text() string { return e.EventMessage.text() }

// Media implements [InboundEvent].
func (e *MessageReplyEvent) Media() (DownloadMediaRequest, bool) { return e.media(e.MediaLink) }

// Message implements [InboundEvent].
func (e *MessageGroupEvent) Message() EventMessage { return e.EventMessage }

// Sender implements [InboundEvent].
func (e *MessageGroupEvent) Sender() InboundMessage { return e.InboundMessage }

// Recipient returns the group, never the participant who wrote. The bool is false if the
// event does not name the group.
func (e *MessageGroupEvent) Recipient() (Recipient, bool) {
	switch {
	case e.FromMe:
		return Recipient{}, false
	case e.GroupID != "":
		return GroupID(e.GroupID), true
	case isGroupID(e.From):
		return GroupID(e.From), true
	}
	return Recipient{}, false
}

// Text implements [InboundEvent].
func (e *MessageGroupEvent) Text() string { return e.EventMessage.text() }

// Media implements [InboundEvent].
func (e *MessageGroupEvent) Media() (DownloadMediaRequest, bool) { return e.media(e.MediaLink) }

// Message implements [InboundEvent].
func (e *MessageNewsletterEvent) Message() EventMessage { return e.EventMessage }

// Sender implements [InboundEvent].
func (e *MessageNewsletterEvent) Sender() InboundMessage { return e.InboundMessage }

// Recipient returns the channel. The bool is false if the event does not name the channel.
// Official numbers cannot send to channels ([CodeNotSupportedForMeta]).
func (e *MessageNewsletterEvent) Recipient() (Recipient, bool) {
	switch {
	case e.FromMe:
		return Recipient{}, false
	case e.NewsletterID != "":
		return NewsletterID(e.NewsletterID), true
	case isNewsletterID(e.From):
		return NewsletterID(e.From), true
	}
	return Recipient{}, false
}

// Text implements [InboundEvent].
func (e *MessageNewsletterEvent) Text() string { return e.EventMessage.text() }

// Media implements [InboundEvent].
func (e *MessageNewsletterEvent) Media() (DownloadMediaRequest, bool) { return e.media(e.MediaLink) }

// recipientOf returns the sender of a message. From is documented as a phone number, but
// ids of groups and of contacts without a phone number occur too.
func recipientOf(fromMe bool, from string) (Recipient, bool) {
	switch {
	case fromMe || isBlank(from):
		return Recipient{}, false
	case isGroupID(from):
		return GroupID(from), true
	case isNewsletterID(from):
		return NewsletterID(from), true
	case isPhoneNumber(from):
		return Phone(from), true
	}
	return UserID(from), true
}

func isGroupID(id string) bool { return strings.HasSuffix(id, "@g.us") }

func isNewsletterID(id string) bool { return strings.HasSuffix(id, "@newsletter") }

// isPhoneNumber reports whether a text is a number in E.164 form, with or without the +.
func isPhoneNumber(text string) bool {
	digits := strings.TrimPrefix(text, "+")
	return len(digits) >= minPhoneDigits && len(digits) <= maxPhoneDigits && strings.Trim(digits, "0123456789") == ""
}

func (m *EventMessage) text() string {
	if m.Content == "" {
		return m.MediaCaption
	}
	return m.Content
}

// media returns the file of a message: a file at Meta by its ids, a file of a web number by
// its link.
func (m *InboundMessage) media(link string) (DownloadMediaRequest, bool) {
	switch {
	case !isBlank(m.MediaID) && !isBlank(m.PhoneNumberID):
		return DownloadMediaRequest{MediaID: m.MediaID, PhoneNumberID: m.PhoneNumberID}, true
	case !isBlank(link):
		return DownloadMediaRequest{Link: link}, true
	}
	return DownloadMediaRequest{}, false
}

func isBlank(text string) bool { return strings.TrimSpace(text) == "" }
