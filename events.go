package pilotstatus

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Event is one delivery of a webhook. A type switch selects the kind of event:
//
//	switch event := event.(type) {
//	case *pilotstatus.MessageReceivedEvent:
//		…
//	case *pilotstatus.MessageStatusEvent:
//		…
//	}
//
// Deliveries come more than once and in any order. Find duplicates by DedupeKey, as
// [NewWebhookHandler] does, and compare statuses with [MessageStatus.Supersedes].
//
// In tests, write events as literals, with the name in the field Event:
//
//	&pilotstatus.MessageStatusEvent{
//		Event:        pilotstatus.EventMessageRead,
//		EventMessage: pilotstatus.EventMessage{ID: "msg_1", NumberID: "num_1"},
//	}
//
// The JSON of an event is its delivery, in clear, for storage. [ParseEvent] and
// json.Unmarshal read an equal event from it. A received event keeps unknown fields as long
// as you do not change it. An event that no delivery can have, such as one with the name of
// another type, is an error. Only a [Secret] is never encoded in clear: store Raw of a
// [PhoneLineEvent] with a code. The JSON of a [MalformedEvent] is its delivery, byte for
// byte, even with a code in it.
type Event interface {
	// EventName returns the name in the delivery, "" for Meta's envelope.
	EventName() string

	// DedupeKey returns a key that is the same for every delivery of one event, and differs
	// between events. It consists of ids, never of personal data in clear. It is "" for a
	// literal without ids and without a delivery.
	DedupeKey() string

	// Raw returns the whole delivery as it was received, without a byte order mark. For a
	// literal it returns the matching delivery, or nil if there cannot be one. It holds
	// personal data and secrets.
	Raw() json.RawMessage

	// Defects returns the first 20 fields that could not be read, each a JSON path and its
	// problem, as in "$.data.content must be a string". Those fields have their zero value.
	// If a required field cannot be read, the delivery is a [*MalformedEvent] instead. An
	// unreadable time keeps its text. A text that was cut in the middle of a character
	// keeps the rest, with U+FFFD in that place, even in a required field.
	Defects() []string

	received() *delivery
}

// delivery is the delivery of a received event. A literal has the zero value.
type delivery struct {
	raw     func() json.RawMessage // a closure, so that printing an event does not print it twice
	defects []string
}

// Defects returns the fields that could not be read.
func (d *delivery) Defects() []string { return slices.Clone(d.defects) }

func (d *delivery) received() *delivery { return d }

func (d *delivery) keep(raw []byte) { d.raw = func() json.RawMessage { return raw } }

// EventMessage holds the fields that all message events have.
type EventMessage struct {
	NumberID  string      `json:"numberId" required:"true"` // the number that handled the message
	MessageID string      `json:"messageId,omitzero"`       // WhatsApp's id; "" if a send failed before WhatsApp assigned one
	ID        string      `json:"id" required:"true"`       // the id of [MessagesService.Send] and [MessagesService.Get]
	Type      MessageType `json:"type,omitzero"`
	FromMe    bool        `json:"fromMe" required:"true"` // from the number itself: a bot that answers it talks to itself
	CreatedAt Timestamp   `json:"createdAt" required:"true"`
	To        string      `json:"to" required:"true"` // on inbound messages the number itself
	Content   string      `json:"content,omitzero"`   // the text, or the caption of a file

	// CorrelationID is the one of the send. Inbound messages have it if they answer one of
	// your sends.
	CorrelationID string `json:"correlationId,omitzero"`

	// MediaLink is the link of the file, valid for minutes. Fetch it without a key: the
	// link is signed, and the key must not go to its host.
	MediaLink     string `json:"mediaLink,omitzero"`
	MediaType     string `json:"mediaType,omitzero"`
	MediaCaption  string `json:"mediaCaption,omitzero"`
	MediaFileName string `json:"mediaFilename,omitzero"` // from the sender: never a path to write to
}

// MessageStatusEvent reports that a message was sent, delivered or read.
type MessageStatusEvent struct {
	delivery `json:"-"`

	Event string `json:"-"` // [EventMessageSent], [EventMessageDelivered] or [EventMessageRead]
	EventMessage

	From string `json:"from,omitzero"` // the number itself
}

// Status returns the reported status, "" if Event is not one of the three names.
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

// MessageFailedEvent reports that a message failed, perhaps long after it was accepted.
// With [FailureDeliveredNotConfirmed] the contact may have received it.
type MessageFailedEvent struct {
	delivery `json:"-"`

	Event string `json:"-"` // [EventMessageFailed]
	EventMessage

	From      string      `json:"from,omitzero"`                 // the number itself
	Error     string      `json:"error" required:"errorMessage"` // for people; it may change
	ErrorCode FailureCode `json:"errorCode,omitzero"`
}

// Status returns [MessageStatusFailed], "" if Event is not [EventMessageFailed].
func (e *MessageFailedEvent) Status() MessageStatus {
	if e.Event != EventMessageFailed {
		return ""
	}
	return MessageStatusFailed
}

// DedupeKey implements Event.
func (e *MessageFailedEvent) DedupeKey() string { return messageKey(e, e.EventMessage) }

// InboundMessage holds the fields that inbound messages have besides [EventMessage].
type InboundMessage struct {
	From            string `json:"from" required:"true"`     // the sender; in groups the participant
	ParticipantName string `json:"participantName,omitzero"` // the sender's display name
	MediaID         string `json:"mediaId,omitzero"`         // for [MediaService.Download]; "" on web numbers
	PhoneNumberID   string `json:"phoneNumberId,omitzero"`   // for [MediaService.Download]; "" on web numbers
}

// MessageReceivedEvent is an inbound message, or one that was typed on the phone of the
// number (FromMe). An answer that quotes one of your messages is a [*MessageReplyEvent]:
// subscribe to both. The API does not document whether a quote may come as both. If that
// matters, check ID across both types.
type MessageReceivedEvent struct {
	delivery `json:"-"`

	Event string `json:"-"` // [EventMessageReceived]
	EventMessage
	InboundMessage
}

// DedupeKey implements Event.
func (e *MessageReceivedEvent) DedupeKey() string { return messageKey(e, e.EventMessage) }

// MessageReplyEvent is an inbound message that quotes one of yours. It may also come as a
// [MessageReceivedEvent].
type MessageReplyEvent struct {
	delivery `json:"-"`

	Event string `json:"-"` // [EventMessageReply]
	EventMessage
	InboundMessage

	ContentReplied  string `json:"contentReplied,omitzero"`  // the text that was quoted
	QuotedMessageID string `json:"quotedMessageId,omitzero"` // MessageID of the quoted message
}

// DedupeKey implements Event.
func (e *MessageReplyEvent) DedupeKey() string { return messageKey(e, e.EventMessage) }

// MessageGroupEvent is an inbound message in a group. Identify the group by GroupID: From
// and To are not documented for groups.
type MessageGroupEvent struct {
	delivery `json:"-"`

	Event string `json:"-"` // [EventMessageGroup]
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

	Event string `json:"-"` // [EventMessageNewsletter]
	EventMessage
	InboundMessage

	NewsletterID   string `json:"newsletterId,omitzero"`
	NewsletterName string `json:"newsletterName,omitzero"`
}

// DedupeKey implements Event.
func (e *MessageNewsletterEvent) DedupeKey() string { return messageKey(e, e.EventMessage) }

// NumberEvent reports a change of a number. The event with the newest CreatedAt is the
// current one.
type NumberEvent struct {
	delivery `json:"-"`

	// Event is [EventNumberCreated], [EventNumberConnected], [EventNumberDisconnected],
	// [EventNumberRemoved] or [EventNumberRestored].
	Event string `json:"-"`

	NumberID    string    `json:"numberId" required:"true"`
	Phone       string    `json:"phone" required:"true"`
	DisplayName string    `json:"displayName" required:"true"`
	CreatedAt   Timestamp `json:"createdAt" required:"true"` // of the event, not of the number
	ProfileName string    `json:"profileName,omitzero"`
	Error       string    `json:"error,omitzero"` // for example of a disconnect
	ErrorCode   string    `json:"errorCode,omitzero"`
}

// DedupeKey implements Event.
func (e *NumberEvent) DedupeKey() string {
	return dedupeKey("number", e, e.Event, e.NumberID, timeText(e.CreatedAt))
}

// LeadEvent is a form of Meta Lead Ads that a person submitted.
type LeadEvent struct {
	delivery `json:"-"`

	Event string `json:"-"` // [EventLeadReceived]

	LeadID string `json:"leadId" required:"true"` // for [LeadsService.Get]
	LeadData
}

// DedupeKey implements Event.
func (e *LeadEvent) DedupeKey() string { return dedupeKey("lead", e, e.LeadgenID) }

// CallEvent reports a change of a call, or with [EventCallPermissionUpdated] the answer of
// a person to a request for permission. Deliveries do not name the number: for several
// numbers, register one URL for each.
type CallEvent struct {
	delivery `json:"-"`

	Event string `json:"event"` // [EventCallRinging] and the others

	CallID         string        `json:"callId,omitzero"`         // for [CallsService.Get]; "" for permissions
	ExternalCallID string        `json:"externalCallId,omitzero"` // the provider's id
	Direction      CallDirection `json:"direction,omitzero"`      // "" for permissions

	// Status is a [CallStatus], or for permissions NO_PERMISSION, TEMPORARY or PERMANENT.
	Status    string    `json:"status" required:"true"`
	From      string    `json:"from,omitzero"`
	To        string    `json:"to,omitzero"`
	Timestamp Timestamp `json:"timestamp" required:"true"` // of the event; the newest is the current one
	Duration  *int64    `json:"duration,omitzero"`         // in seconds; nil if the call was not answered
}

// PermissionStatus returns the status of an [EventCallPermissionUpdated], "" for any other
// event; compare it with [CallPermissionStatus.Is], because the API writes it in capitals
// here.
func (e *CallEvent) PermissionStatus() CallPermissionStatus {
	if e.Event != EventCallPermissionUpdated {
		return ""
	}
	return CallPermissionStatus(e.Status)
}

// DedupeKey implements Event.
func (e *CallEvent) DedupeKey() string {
	if e.Event == EventCallPermissionUpdated {
		return dedupeKey("call", e, e.Event, e.From, e.To, e.Status, timeText(e.Timestamp))
	}
	id := e.CallID
	if id == "" {
		id = e.ExternalCallID
	}
	return dedupeKey("call", e, e.Event, id, e.Status, timeText(e.Timestamp))
}

// PhoneLineEvent reports a change of a rented phone line or of the verification of the
// account. Its deliveries are signed with the secret of the phone lines' registry (plwh_…).
type PhoneLineEvent struct {
	delivery `json:"-"`

	Event string `json:"event"` // [EventPhoneLinePurchased] and the others

	ID            string    `json:"id"`        // of the event
	CreatedAt     Timestamp `json:"createdAt"` // the newest is the current one
	PhoneLineData `json:"data" required:"true"`
}

// PhoneLineData is the data of a [PhoneLineEvent]. Each event sets some of the fields.
type PhoneLineData struct {
	LineID           string    `json:"lineId,omitzero"`
	Number           string    `json:"number,omitzero"`
	Name             string    `json:"name,omitzero"`
	CurrentPeriodEnd Timestamp `json:"currentPeriodEnd,omitzero"` // of purchased and renewed

	ActivationID string    `json:"activationId,omitzero"` // for [PhoneLinesService.ActivationAudio]
	AudioURL     string    `json:"audioUrl,omitzero"`     // use ActivationID instead: a key must not follow a link
	CapturedAt   Timestamp `json:"capturedAt,omitzero"`

	Code          Secret `json:"code,omitzero"`          // of code_received
	FailureReason string `json:"failureReason,omitzero"` // of code_received without a code
	Reason        string `json:"reason,omitzero"`        // of code_failed and returned

	VerificationID string             `json:"verificationId,omitzero"` // of verification_updated
	Status         VerificationStatus `json:"status,omitzero"`         // of verification_updated
}

// DedupeKey implements Event.
func (e *PhoneLineEvent) DedupeKey() string { return dedupeKey("phone_line", e, e.ID) }

// Experimental: FlowResponseEvent is the answer to a WhatsApp Flow. The API documents only
// its token; Data has the rest.
type FlowResponseEvent struct {
	delivery `json:"-"`

	Event string `json:"event"` // [EventFlowResponseReceived]

	FlowToken string          `json:"flowToken,omitzero"` // the same as [Accepted].FlowToken
	Data      json.RawMessage `json:"data,omitzero"`      // nil in deliveries without "data", or with null there
}

// DedupeKey implements Event.
func (e *FlowResponseEvent) DedupeKey() string {
	return dedupeKey("flow", e, e.Event, e.FlowToken)
}

// Experimental: RawCallsEvent is Meta's own envelope of calls, with their SDPs. Its format
// is Meta's; read it from Raw.
type RawCallsEvent struct {
	delivery `json:"-"`

	Event string `json:"event"` // [EventCalls]

	Data json.RawMessage `json:"data,omitzero"` // nil in deliveries without "data", or with null there
}

// DedupeKey implements Event.
func (e *RawCallsEvent) DedupeKey() string { return dedupeKey("calls", e) }

// Experimental: MetaEnvelope is Meta's own envelope, which official numbers with all events
// can receive in addition to the events of the API. One envelope holds several items;
// handle only one of the two kinds.
type MetaEnvelope struct {
	delivery `json:"-"`

	Object string            `json:"object,omitzero"`       // as in "whatsapp_business_account"
	Entry  []json.RawMessage `json:"entry" required:"true"` // in Meta's format
}

// DedupeKey implements Event. It consists of the ids of all items, so the same items in
// another envelope have the same key.
func (e *MetaEnvelope) DedupeKey() string {
	return dedupeKey("meta", e, metaItems(e.Entry)...)
}

// EvolutionCallEvent is a call event of a number that was migrated from an Evolution GO
// server. It comes in addition to the [CallEvent] of the same call, whose ExternalCallID is
// this CallID.
type EvolutionCallEvent struct {
	delivery `json:"-"`

	Event string `json:"event"` // [EventEvolutionCallOffer], [EventEvolutionCallAccept] or [EventEvolutionCallTerminate]

	Instance string          `json:"instance,omitzero"` // the engine's name of the number
	CallID   string          `json:"-"`                 // "" where the delivery has none
	Data     json.RawMessage `json:"data,omitzero"`     // in the engine's format; nil in deliveries without "data", or with null there
}

// DedupeKey implements Event.
func (e *EvolutionCallEvent) DedupeKey() string {
	return dedupeKey("evolution", e, e.Event, e.CallID)
}

// UnknownEvent is a delivery with a name that this version does not know. It is not an
// error: acknowledge it.
type UnknownEvent struct {
	delivery `json:"-"`

	Event string `json:"event"` // a name that this version does not know

	Data json.RawMessage `json:"data,omitzero"` // nil in deliveries without "data", or with null there
}

// DedupeKey implements Event.
func (e *UnknownEvent) DedupeKey() string { return dedupeKey("unknown", e) }

// MalformedEvent is a delivery that could not be read: not JSON, or a known event without a
// required field. Another delivery would not help, so store Raw and acknowledge it.
//
// Its JSON is the delivery in clear. The package cannot find a code in an unreadable
// delivery, so a malformed [EventPhoneLineCodeReceived] shows its code: keep both out of
// logs.
type MalformedEvent struct {
	delivery

	Event string // the name in the delivery, "" where it has none

	Err error // a [*MalformedEventError]
}

// DedupeKey implements Event.
func (e *MalformedEvent) DedupeKey() string { return dedupeKey("malformed", e) }

// EventName is an event that a webhook can subscribe to. The set is open.
type EventName string

// The events that a webhook can subscribe to, and the names in deliveries. The constants
// have no type, so they work as [EventName] and compare with [Event.EventName]. A delivery
// with another name is an [*UnknownEvent].
const (
	EventMessageSent       = "message.sent"       // accepted by WhatsApp
	EventMessageDelivered  = "message.delivered"  // on the device
	EventMessageRead       = "message.read"       // opened; never delivered if read receipts are off
	EventMessageFailed     = "message.failed"     // also long after it was accepted
	EventMessageReply      = "message.reply"      // inbound, quotes one of your messages
	EventMessageReceived   = "message.received"   // inbound, or typed on the phone of the number
	EventMessageGroup      = "message.group"      // inbound in a group
	EventMessageNewsletter = "message.newsletter" // inbound in a channel

	EventNumberCreated      = "number.created"
	EventNumberConnected    = "number.connected"
	EventNumberDisconnected = "number.disconnected" // confirmed by the health check, not every short drop
	EventNumberRemoved      = "number.removed"
	EventNumberRestored     = "number.restored" // it is back, and disconnected

	// The payload of these four is not documented. They come only with [EventAll], as an
	// [*UnknownEvent].
	EventNumberRecovered       = "number.recovered"
	EventNumberHealthBlocked   = "number.health_blocked"
	EventNumberHealthDegraded  = "number.health_degraded"
	EventNumberHealthShadowban = "number.health_shadowban"

	EventLeadReceived = "lead.received" // a form of Meta Lead Ads was submitted

	EventCallRinging           = "call.ringing"
	EventCallConnected         = "call.connected"
	EventCallEnded             = "call.ended"
	EventCallMissed            = "call.missed"
	EventCallPermissionUpdated = "call.permission_updated" // official numbers only
	EventCalls                 = "calls"                   // Meta's own envelope of calls, with SDPs

	EventFlowResponseReceived = "flow.response_received"

	// EventAll subscribes to every event, including future ones.
	EventAll = "*"
)

// The events of phone lines. They have a separate registry: a webhook of this API never
// delivers them.
const (
	EventPhoneLinePurchased           = "phone_line.purchased"
	EventPhoneLineAudioReceived       = "phone_line.audio_received"
	EventPhoneLineCodeReceived        = "phone_line.code_received"
	EventPhoneLineCodeFailed          = "phone_line.code_failed"
	EventPhoneLineRenewed             = "phone_line.renewed"
	EventPhoneLinePaymentFailed       = "phone_line.payment_failed"
	EventPhoneLineSuspended           = "phone_line.suspended"
	EventPhoneLineReturned            = "phone_line.returned"
	EventPhoneLineCanceled            = "phone_line.canceled"
	EventPhoneLineVerificationUpdated = "phone_line.verification_updated"
)

// The call events of numbers that were migrated from an Evolution GO server. They come in
// addition to the events of the API for the same call.
const (
	EventEvolutionCallOffer     = "CallOffer"
	EventEvolutionCallAccept    = "CallAccept"
	EventEvolutionCallTerminate = "CallTerminate"
)

// dedupeKey returns the family and a hash of the parts. The length of each part precedes
// it, so no two lists of parts are equal. Without parts, or if one is missing or has lost
// characters, the whole delivery is the only part. Without a delivery there is no key.
func dedupeKey(family string, e Event, parts ...string) string {
	if len(parts) == 0 || slices.ContainsFunc(parts, isUncertain) {
		raw := e.Raw()
		if raw == nil {
			return ""
		}
		parts = []string{string(withoutStyle(raw))}
	}
	var room [128]byte // enough for ids, so that they need no allocation
	text := room[:0]
	for _, part := range parts {
		text = strconv.AppendInt(text, int64(len(part)), 10)
		text = append(text, ':')
		text = append(text, part...)
	}
	sum := sha256.Sum256(text)
	return string(hex.AppendEncode(append(append(room[:0], family...), ':'), sum[:]))
}

// isUncertain reports whether another event may have the same part of a key.
func isUncertain(part string) bool { return part == "" || strings.ContainsRune(part, utf8.RuneError) }

// withoutStyle returns JSON without blanks between its parts and without needless escapes.
// Encoders change both, but a stored event must keep its key. A text that a strict decoder
// refuses is returned unchanged.
func withoutStyle(raw []byte) []byte {
	text := jsontext.Value(slices.Clone(raw))
	if text.Format() != nil {
		return raw
	}
	return text
}

// timeText returns a time in the form of its delivery: with milliseconds, or with more
// digits if it has more.
func timeText(t Timestamp) string {
	switch {
	case t.Text() != "" || t.IsZero():
		return t.Text()
	case t.Nanosecond()%int(time.Millisecond) != 0:
		return t.UTC().Format(time.RFC3339Nano)
	}
	return formatTime(t.Time)
}

// messageKey returns the key of a message event. The id alone is not enough, because sent,
// delivered and read of one message share it.
func messageKey(e Event, m EventMessage) string {
	if m.ID == "" {
		return dedupeKey("message", e, e.EventName(), m.NumberID, m.MessageID)
	}
	return dedupeKey("message", e, e.EventName(), m.ID)
}

// metaItem holds the ids of an item in Meta's envelope.
type metaItem struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	Event  string `json:"event"`
}

// metaItems returns the ids of all items of Meta's envelope. It returns nil if an item has
// no id, an entry has no items, or an entry has anything else in it.
func metaItems(entries []json.RawMessage) []string {
	var ids []string
	for _, raw := range entries {
		var entry struct {
			Changes []struct {
				Value map[string]json.RawMessage `json:"value"`
			} `json:"changes"`
		}
		if jsonv2.Unmarshal(raw, &entry) != nil || len(entry.Changes) == 0 {
			return nil
		}
		for _, change := range entry.Changes {
			found, ok := metaValueItems(change.Value)
			if !ok {
				return nil
			}
			ids = append(ids, found...)
		}
	}
	return ids
}

// metaValueItems returns the ids of the items in one change. It reports false if there are
// no items, or one has no id.
func metaValueItems(value map[string]json.RawMessage) (ids []string, ok bool) {
	for name := range value {
		switch name {
		case "messages", "message_echoes", "statuses", "calls", "messaging_product", "metadata", "contacts":
		default:
			return nil, false
		}
	}
	for _, list := range []string{"messages", "message_echoes", "statuses", "calls"} {
		var items []metaItem
		if raw, found := value[list]; found && jsonv2.Unmarshal(raw, &items) != nil {
			return nil, false
		}
		for _, item := range items {
			part := []string{list, item.ID}
			switch list {
			case "statuses":
				part = append(part, item.Status)
			case "calls":
				part = append(part, item.Event)
			}
			if slices.Contains(part, "") {
				return nil, false
			}
			ids = append(ids, part...)
		}
	}
	return ids, len(ids) > 0
}

// EventName implements Event.
func (e *MessageStatusEvent) EventName() string { return e.Event }

// EventName implements Event.
func (e *MessageFailedEvent) EventName() string { return e.Event }

// EventName implements Event.
func (e *MessageReceivedEvent) EventName() string { return e.Event }

// EventName implements Event.
func (e *MessageReplyEvent) EventName() string { return e.Event }

// EventName implements Event.
func (e *MessageGroupEvent) EventName() string { return e.Event }

// EventName implements Event.
func (e *MessageNewsletterEvent) EventName() string { return e.Event }

// EventName implements Event.
func (e *NumberEvent) EventName() string { return e.Event }

// EventName implements Event.
func (e *LeadEvent) EventName() string { return e.Event }

// EventName implements Event.
func (e *CallEvent) EventName() string { return e.Event }

// EventName implements Event.
func (e *PhoneLineEvent) EventName() string { return e.Event }

// EventName implements Event.
func (e *FlowResponseEvent) EventName() string { return e.Event }

// EventName implements Event.
func (e *RawCallsEvent) EventName() string { return e.Event }

// EventName returns "": the envelope has no name.
func (*MetaEnvelope) EventName() string { return "" }

// EventName implements Event.
func (e *EvolutionCallEvent) EventName() string { return e.Event }

// EventName implements Event.
func (e *UnknownEvent) EventName() string { return e.Event }

// EventName implements Event.
func (e *MalformedEvent) EventName() string { return e.Event }
