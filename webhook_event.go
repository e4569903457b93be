package pilotstatus

import (
	"encoding/json"
	"slices"
)

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
//
// Tests make events as literals, with the name in the field Event:
//
//	&pilotstatus.MessageStatusEvent{
//		Event:        pilotstatus.EventMessageRead,
//		EventMessage: pilotstatus.EventMessage{ID: "msg_1", NumberID: "num_1"},
//	}
//
// An event is encoded as its delivery, in clear, for storage: ParseEvent and
// json.Unmarshal read an equal event from it. An event that was received keeps the
// members that this version does not know, as long as it is not changed. One that no
// delivery can become, as one with a name of another type, is an error. Only a
// [Secret] is never encoded in clear: store Raw of a [PhoneLineEvent] with a code.
type Event interface {
	// EventName is the name that the delivery carries, "" for Meta's envelope.
	EventName() string

	// DedupeKey is the same for every delivery of one event, and differs between
	// events. It is made of ids, never of personal data in clear. It is "" for a
	// literal that has neither ids nor a delivery.
	DedupeKey() string

	// Raw is the whole delivery as it was received, without a byte order mark. For a
	// literal it is the delivery that carries it, nil where none can. It holds personal
	// data and secrets.
	Raw() json.RawMessage

	// Defects names the members that could not be read, as in "$.data.content must be
	// a string": the first 20, each a JSON path and its problem. Those members have
	// their zero value. A required member that cannot be read makes the delivery a
	// *MalformedEvent instead. A time that is not readable keeps its text.
	Defects() []string

	received() *delivery
}

// delivery is what a received event knows of its delivery. The zero value is that of a
// literal.
type delivery struct {
	raw     func() json.RawMessage // a closure, so that printing an event does not print it twice
	defects []string
}

// Defects names the members that could not be read.
func (d *delivery) Defects() []string { return slices.Clone(d.defects) }

func (d *delivery) received() *delivery { return d }

// EventMessage is what all message events carry.
type EventMessage struct {
	NumberID  string      `json:"numberId" required:"true"` // the number that handled the message
	MessageID string      `json:"messageId,omitzero"`       // WhatsApp's id; "" where a send failed before there was one
	ID        string      `json:"id" required:"true"`       // the id of Messages.Send and Messages.Get
	Type      MessageType `json:"type,omitzero"`
	FromMe    bool        `json:"fromMe" required:"true"` // from the number itself: a bot that answers it talks to itself
	CreatedAt Timestamp   `json:"createdAt" required:"true"`
	To        string      `json:"to" required:"true"` // on inbound messages the number itself
	Content   string      `json:"content,omitzero"`   // the text, or the caption of a file

	// CorrelationID is that of the send. Inbound messages carry it where they answer
	// one of your sends.
	CorrelationID string `json:"correlationId,omitzero"`

	// MediaLink is where the file is, for minutes only. Fetch it without any key: the
	// link is signed, and the key must not go to its host.
	MediaLink     string `json:"mediaLink,omitzero"`
	MediaType     string `json:"mediaType,omitzero"`
	MediaCaption  string `json:"mediaCaption,omitzero"`
	MediaFileName string `json:"mediaFilename,omitzero"` // from the sender: never a path to write to
}

// MessageStatusEvent says that a message was sent, delivered or read.
type MessageStatusEvent struct {
	delivery `json:"-"`

	Event string `json:"-"` // EventMessageSent, EventMessageDelivered or EventMessageRead
	EventMessage

	From string `json:"from,omitzero"` // the number itself
}

// Status returns the status that the event reports, "" without one of its names.
func (e *MessageStatusEvent) Status() MessageStatus {
	switch e.Event {
	case EventMessageSent:
		return MessageStatusSent
	case EventMessageDelivered:
		return MessageStatusDelivered
	case EventMessageRead:
		return MessageStatusRead
	}
	return ""
}

// DedupeKey implements Event.
func (e *MessageStatusEvent) DedupeKey() string { return messageKey(e, e.EventMessage) }

// MessageFailedEvent says that a message failed, perhaps long after it was accepted.
// With FailureDeliveredNotConfirmed the contact may have it.
type MessageFailedEvent struct {
	delivery `json:"-"`

	Event string `json:"-"` // EventMessageFailed
	EventMessage

	From      string      `json:"from,omitzero"`                 // the number itself
	Error     string      `json:"error" required:"errorMessage"` // for people; it may change
	ErrorCode FailureCode `json:"errorCode,omitzero"`
}

// Status returns MessageStatusFailed, "" without the event's name.
func (e *MessageFailedEvent) Status() MessageStatus {
	if e.Event != EventMessageFailed {
		return ""
	}
	return MessageStatusFailed
}

// DedupeKey implements Event.
func (e *MessageFailedEvent) DedupeKey() string { return messageKey(e, e.EventMessage) }

// InboundMessage is what inbound messages carry besides EventMessage.
type InboundMessage struct {
	From            string `json:"from" required:"true"`     // the sender; in groups the one who wrote
	ParticipantName string `json:"participantName,omitzero"` // the sender's display name
	MediaID         string `json:"mediaId,omitzero"`         // for Media.Download; "" on web numbers
	PhoneNumberID   string `json:"phoneNumberId,omitzero"`   // for Media.Download; "" on web numbers
}

// MessageReceivedEvent is an inbound message, or one that was typed on the phone of
// the number (FromMe). Answers that quote one of your messages are
// *MessageReplyEvent: subscribe to both. Whether a quote may come as both is not
// documented: where it matters, guard what you do by ID across both types.
type MessageReceivedEvent struct {
	delivery `json:"-"`

	Event string `json:"-"` // EventMessageReceived
	EventMessage
	InboundMessage
}

// DedupeKey implements Event.
func (e *MessageReceivedEvent) DedupeKey() string { return messageKey(e, e.EventMessage) }

// MessageReplyEvent is an inbound message that quotes one of yours. See
// MessageReceivedEvent for what may come as both.
type MessageReplyEvent struct {
	delivery `json:"-"`

	Event string `json:"-"` // EventMessageReply
	EventMessage
	InboundMessage

	ContentReplied  string `json:"contentReplied,omitzero"`  // the text that was quoted
	QuotedMessageID string `json:"quotedMessageId,omitzero"` // MessageID of the quoted message
}

// DedupeKey implements Event.
func (e *MessageReplyEvent) DedupeKey() string { return messageKey(e, e.EventMessage) }

// MessageGroupEvent is an inbound message in a group. Tell the group by GroupID: what
// From and To hold is not documented for groups.
type MessageGroupEvent struct {
	delivery `json:"-"`

	Event string `json:"-"` // EventMessageGroup
	EventMessage
	InboundMessage

	GroupID   string `json:"groupId,omitzero"`
	GroupName string `json:"groupName,omitzero"`
}

// DedupeKey implements Event.
func (e *MessageGroupEvent) DedupeKey() string { return messageKey(e, e.EventMessage) }

// MessageNewsletterEvent is an inbound message in a channel.
type MessageNewsletterEvent struct {
	delivery `json:"-"`

	Event string `json:"-"` // EventMessageNewsletter
	EventMessage
	InboundMessage

	NewsletterID   string `json:"newsletterId,omitzero"`
	NewsletterName string `json:"newsletterName,omitzero"`
}

// DedupeKey implements Event.
func (e *MessageNewsletterEvent) DedupeKey() string { return messageKey(e, e.EventMessage) }

// NumberEvent says what became of a number. The newest CreatedAt counts.
type NumberEvent struct {
	delivery `json:"-"`

	Event string `json:"-"` // EventNumberCreated, EventNumberConnected, EventNumberDisconnected, EventNumberRemoved or EventNumberRestored

	NumberID    string    `json:"numberId" required:"true"`
	Phone       string    `json:"phone" required:"true"`
	DisplayName string    `json:"displayName" required:"true"`
	CreatedAt   Timestamp `json:"createdAt" required:"true"` // of the event, not of the number
	ProfileName string    `json:"profileName,omitzero"`
	Error       string    `json:"error,omitzero"` // as of a disconnect
	ErrorCode   string    `json:"errorCode,omitzero"`
}

// DedupeKey implements Event.
func (e *NumberEvent) DedupeKey() string {
	return dedupeKey("number", e, e.Event, e.NumberID, timeText(e.CreatedAt))
}
