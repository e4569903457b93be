package pilotstatus

import "encoding/json"

// Event is one delivery of a webhook. A type switch tells the families apart:
//
//	switch event := event.(type) {
//	case *pilotstatus.MessageReceivedEvent:
//		…
//	case *pilotstatus.MessageStatusEvent:
//		…
//	}
//
// Deliveries come more than once and in any order: tell them apart by DedupeKey,
// which NewWebhookHandler does, and let MessageStatus.Supersedes decide what counts.
type Event interface {
	// EventName is the name that the delivery carries, "" for Meta's envelope.
	EventName() string

	// DedupeKey is the same for every delivery of one event, and differs between
	// events. It is made of ids, never of personal data in clear.
	DedupeKey() string

	// Raw is the whole delivery as it was received. It holds personal data.
	Raw() json.RawMessage

	event()
}

// delivery is what every event knows.
type delivery struct {
	name string
	raw  func() json.RawMessage // a closure, so that printing an event does not print it twice
}

// EventName returns the name that the delivery carries.
func (d *delivery) EventName() string { return d.name }

// Raw returns the whole delivery as it was received.
func (d *delivery) Raw() json.RawMessage {
	if d.raw == nil {
		return nil
	}
	return d.raw()
}

func (d *delivery) event() {}

// EventMessage is what all message events carry.
type EventMessage struct {
	NumberID  string      `json:"numberId" required:"true"` // the number that handled the message
	MessageID string      `json:"messageId"`                // WhatsApp's id; "" where a send failed before there was one
	ID        string      `json:"id" required:"true"`       // the id of Messages.Send and Messages.Get
	Type      MessageType `json:"type"`
	FromMe    bool        `json:"fromMe" required:"true"` // from the number itself: a bot that answers it talks to itself
	CreatedAt Timestamp   `json:"createdAt" required:"true"`
	To        string      `json:"to" required:"true"` // on inbound messages the number itself
	Content   string      `json:"content"`            // the text, or the caption of a file

	// CorrelationID is that of the send. Inbound messages carry it where they answer
	// one of your sends.
	CorrelationID string `json:"correlationId"`

	// MediaLink is where the file is, for minutes only. Fetch it without any key: the
	// link is signed, and the key must not go to its host.
	MediaLink     string `json:"mediaLink"`
	MediaType     string `json:"mediaType"`
	MediaCaption  string `json:"mediaCaption"`
	MediaFileName string `json:"mediaFilename"` // from the sender: never a path to write to
}

// MessageStatusEvent says that a message was sent, delivered or read.
type MessageStatusEvent struct {
	delivery
	EventMessage

	From string `json:"from"` // the number itself
}

// Status returns the status that the event reports.
func (e *MessageStatusEvent) Status() MessageStatus {
	switch e.name {
	case EventMessageSent:
		return MessageStatusSent
	case EventMessageDelivered:
		return MessageStatusDelivered
	}
	return MessageStatusRead
}

// DedupeKey implements Event.
func (e *MessageStatusEvent) DedupeKey() string { return messageKey(&e.delivery, e.EventMessage) }

// MessageFailedEvent says that a message failed, perhaps long after it was accepted.
// With FailureDeliveredNotConfirmed the contact may have it.
type MessageFailedEvent struct {
	delivery
	EventMessage

	From      string      `json:"from"`                          // the number itself
	Error     string      `json:"error" required:"errorMessage"` // for people; it may change
	ErrorCode FailureCode `json:"errorCode"`
}

// Status returns MessageStatusFailed.
func (e *MessageFailedEvent) Status() MessageStatus { return MessageStatusFailed }

// DedupeKey implements Event.
func (e *MessageFailedEvent) DedupeKey() string { return messageKey(&e.delivery, e.EventMessage) }

// InboundMessage is what inbound messages carry besides EventMessage.
type InboundMessage struct {
	From            string `json:"from" required:"true"` // the sender; in groups the one who wrote
	ParticipantName string `json:"participantName"`      // the sender's display name
	MediaID         string `json:"mediaId"`              // for Media.Download; "" on web numbers
	PhoneNumberID   string `json:"phoneNumberId"`        // for Media.Download; "" on web numbers
}

// MessageReceivedEvent is an inbound message, or one that was typed on the phone of
// the number (FromMe). Answers that quote one of your messages are
// *MessageReplyEvent: subscribe to both. Whether a quote may come as both is not
// documented: where it matters, guard what you do by ID across both types.
type MessageReceivedEvent struct {
	delivery
	EventMessage
	InboundMessage
}

// DedupeKey implements Event.
func (e *MessageReceivedEvent) DedupeKey() string { return messageKey(&e.delivery, e.EventMessage) }

// MessageReplyEvent is an inbound message that quotes one of yours. See
// MessageReceivedEvent for what may come as both.
type MessageReplyEvent struct {
	delivery
	EventMessage
	InboundMessage

	ContentReplied  string `json:"contentReplied"`  // the text that was quoted
	QuotedMessageID string `json:"quotedMessageId"` // MessageID of the quoted message
}

// DedupeKey implements Event.
func (e *MessageReplyEvent) DedupeKey() string { return messageKey(&e.delivery, e.EventMessage) }

// MessageGroupEvent is an inbound message in a group. Tell the group by GroupID: what
// From and To hold is not documented for groups.
type MessageGroupEvent struct {
	delivery
	EventMessage
	InboundMessage

	GroupID   string `json:"groupId"`
	GroupName string `json:"groupName"`
}

// DedupeKey implements Event.
func (e *MessageGroupEvent) DedupeKey() string { return messageKey(&e.delivery, e.EventMessage) }

// MessageNewsletterEvent is an inbound message in a channel.
type MessageNewsletterEvent struct {
	delivery
	EventMessage
	InboundMessage

	NewsletterID   string `json:"newsletterId"`
	NewsletterName string `json:"newsletterName"`
}

// DedupeKey implements Event.
func (e *MessageNewsletterEvent) DedupeKey() string { return messageKey(&e.delivery, e.EventMessage) }

// NumberEvent says what became of a number. The newest CreatedAt counts.
type NumberEvent struct {
	delivery

	NumberID    string    `json:"numberId" required:"true"`
	Phone       string    `json:"phone" required:"true"`
	DisplayName string    `json:"displayName" required:"true"`
	CreatedAt   Timestamp `json:"createdAt" required:"true"` // of the event, not of the number
	ProfileName string    `json:"profileName"`
	Error       string    `json:"error"` // as of a disconnect
	ErrorCode   string    `json:"errorCode"`
}

// DedupeKey implements Event.
func (e *NumberEvent) DedupeKey() string {
	return dedupeKey("number", &e.delivery, e.name, e.NumberID, e.CreatedAt.Text())
}
