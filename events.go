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
// which [NewWebhookHandler] does, and let [MessageStatus.Supersedes] decide what counts.
//
// Tests make events as literals, with the name in the field Event:
//
//	&pilotstatus.MessageStatusEvent{
//		Event:        pilotstatus.EventMessageRead,
//		EventMessage: pilotstatus.EventMessage{ID: "msg_1", NumberID: "num_1"},
//	}
//
// An event is encoded as its delivery, in clear, for storage: [ParseEvent] and
// json.Unmarshal read an equal event from it. An event that was received keeps the
// members that this version does not know, as long as it is not changed. One that no
// delivery can become, as one with a name of another type, is an error. Only a
// [Secret] is never encoded in clear: store Raw of a [PhoneLineEvent] with a code. A
// [MalformedEvent] is its delivery, byte for byte, also with a code in it.
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

	// Defects names the members that could not be read, as in "$.data.content must be a
	// string": the first 20, each a JSON path and its problem. Those members have their
	// zero value. A required member that cannot be read makes the delivery a
	// [*MalformedEvent] instead. A time that is not readable keeps its text. A text that
	// was cut in the middle of a character keeps the rest, with U+FFFD in that place, also
	// where it is required.
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
	ID        string      `json:"id" required:"true"`       // the id of [MessagesService.Send] and [MessagesService.Get]
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

	Event string `json:"-"` // [EventMessageSent], [EventMessageDelivered] or [EventMessageRead]
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
// With [FailureDeliveredNotConfirmed] the contact may have it.
type MessageFailedEvent struct {
	delivery `json:"-"`

	Event string `json:"-"` // [EventMessageFailed]
	EventMessage

	From      string      `json:"from,omitzero"`                 // the number itself
	Error     string      `json:"error" required:"errorMessage"` // for people; it may change
	ErrorCode FailureCode `json:"errorCode,omitzero"`
}

// Status returns [MessageStatusFailed], "" without the event's name.
func (e *MessageFailedEvent) Status() MessageStatus {
	if e.Event != EventMessageFailed {
		return ""
	}
	return MessageStatusFailed
}

// DedupeKey implements Event.
func (e *MessageFailedEvent) DedupeKey() string { return messageKey(e, e.EventMessage) }

// InboundMessage is what inbound messages carry besides [EventMessage].
type InboundMessage struct {
	From            string `json:"from" required:"true"`     // the sender; in groups the one who wrote
	ParticipantName string `json:"participantName,omitzero"` // the sender's display name
	MediaID         string `json:"mediaId,omitzero"`         // for [MediaService.Download]; "" on web numbers
	PhoneNumberID   string `json:"phoneNumberId,omitzero"`   // for [MediaService.Download]; "" on web numbers
}

// MessageReceivedEvent is an inbound message, or one that was typed on the phone of
// the number (FromMe). Answers that quote one of your messages are
// [*MessageReplyEvent]: subscribe to both. Whether a quote may come as both is not
// documented: where it matters, guard what you do by ID across both types.
type MessageReceivedEvent struct {
	delivery `json:"-"`

	Event string `json:"-"` // [EventMessageReceived]
	EventMessage
	InboundMessage
}

// DedupeKey implements Event.
func (e *MessageReceivedEvent) DedupeKey() string { return messageKey(e, e.EventMessage) }

// MessageReplyEvent is an inbound message that quotes one of yours. See
// [MessageReceivedEvent] for what may come as both.
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

// MessageGroupEvent is an inbound message in a group. Tell the group by GroupID: what
// From and To hold is not documented for groups.
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

// NumberEvent says what became of a number. The newest CreatedAt counts.
type NumberEvent struct {
	delivery `json:"-"`

	Event string `json:"-"` // [EventNumberCreated], [EventNumberConnected], [EventNumberDisconnected], [EventNumberRemoved] or [EventNumberRestored]

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

// LeadEvent is a form of Meta Lead Ads that a person submitted.
type LeadEvent struct {
	delivery `json:"-"`

	Event string `json:"-"` // [EventLeadReceived]

	LeadID string `json:"leadId" required:"true"` // for [LeadsService.Get]
	LeadData
}

// DedupeKey implements Event.
func (e *LeadEvent) DedupeKey() string { return dedupeKey("lead", e, e.LeadgenID) }

// CallEvent says how a call goes on, or with [EventCallPermissionUpdated] that a person
// answered a request for permission. Deliveries do not name the number: with several
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
	Timestamp Timestamp `json:"timestamp" required:"true"` // of the event; the newest counts
	Duration  *int64    `json:"duration,omitzero"`         // in seconds; nil where the call was not answered
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

// PhoneLineEvent says what became of a rented phone line or of the verification of
// the account. Its deliveries are signed with the secret of the phone lines' registry
// (plwh_…).
type PhoneLineEvent struct {
	delivery `json:"-"`

	Event string `json:"event"` // [EventPhoneLinePurchased] and the others

	ID            string    `json:"id"`        // of the event
	CreatedAt     Timestamp `json:"createdAt"` // the newest counts
	PhoneLineData `json:"data" required:"true"`
}

// PhoneLineData is what a [PhoneLineEvent] is about. Each event fills a part of it.
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

// Experimental: FlowResponseEvent is the answer to a WhatsApp Flow. The API documents its
// token only, the rest stands in Data.
type FlowResponseEvent struct {
	delivery

	Event string // [EventFlowResponseReceived]

	FlowToken string          // joins it to Accepted.FlowToken
	Data      json.RawMessage // nil in deliveries without "data", or with null there
}

// DedupeKey implements Event.
func (e *FlowResponseEvent) DedupeKey() string {
	return dedupeKey("flow", e, e.Event, e.FlowToken)
}

// Experimental: RawCallsEvent is Meta's own envelope of calls, with their SDPs. Its form is
// Meta's; read it from Raw.
type RawCallsEvent struct {
	delivery

	Event string // [EventCalls]

	Data json.RawMessage // nil in deliveries without "data", or with null there
}

// DedupeKey implements Event.
func (e *RawCallsEvent) DedupeKey() string { return dedupeKey("calls", e) }

// Experimental: MetaEnvelope is Meta's own envelope, which official numbers with all events
// can get beside the events of the API. One holds several items; act on one family only.
type MetaEnvelope struct {
	delivery

	Object string            // as in "whatsapp_business_account"
	Entry  []json.RawMessage // in Meta's form
}

// DedupeKey implements Event. It is made of the ids of all items, so that the same
// items in another envelope have the same key.
func (e *MetaEnvelope) DedupeKey() string {
	return dedupeKey("meta", e, metaItems(e.Entry)...)
}

// EvolutionCallEvent is a call event of a number that was migrated from an Evolution
// GO server. It comes beside the [CallEvent] of the same call: CallID is its
// ExternalCallID.
type EvolutionCallEvent struct {
	delivery

	Event string // [EventEvolutionCallOffer], [EventEvolutionCallAccept] or [EventEvolutionCallTerminate]

	Instance string          // the engine's name of the number
	CallID   string          // "" where the delivery has none
	Data     json.RawMessage // in the engine's form; nil in deliveries without "data", or with null there
}

// DedupeKey implements Event.
func (e *EvolutionCallEvent) DedupeKey() string {
	return dedupeKey("evolution", e, e.Event, e.CallID)
}

// UnknownEvent is a delivery with a name that this version does not know. It is no
// error: acknowledge it.
type UnknownEvent struct {
	delivery

	Event string // a name that this version does not know

	Data json.RawMessage // nil in deliveries without "data", or with null there
}

// DedupeKey implements Event.
func (e *UnknownEvent) DedupeKey() string { return dedupeKey("unknown", e) }

// MalformedEvent is a delivery that could not be read: not JSON, or a known event
// without what it must have. Sending it again cannot mend it, so store Raw and
// acknowledge it.
//
// Its JSON is the delivery in clear. The place of a code cannot be told in what cannot be
// read, so that the delivery of a malformed [EventPhoneLineCodeReceived] shows its code:
// keep both out of logs.
type MalformedEvent struct {
	delivery

	Event string // the name in the delivery, "" where it has none

	Err error // a [*MalformedEventError]
}

// DedupeKey implements Event.
func (e *MalformedEvent) DedupeKey() string { return dedupeKey("malformed", e) }

// EventName is an event that a webhook can subscribe to. The set is open.
type EventName string

// The events that a webhook can subscribe to by name, and the names that deliveries
// carry. The constants have no type, so that they are EventNames and compare with
// [Event.EventName]. A delivery with another name is an [*UnknownEvent].
const (
	EventMessageSent       = "message.sent"       // accepted by WhatsApp
	EventMessageDelivered  = "message.delivered"  // on the device
	EventMessageRead       = "message.read"       // opened; never comes where read receipts are off
	EventMessageFailed     = "message.failed"     // also long after it was accepted
	EventMessageReply      = "message.reply"      // inbound, quotes one of your messages
	EventMessageReceived   = "message.received"   // inbound, and what was typed on the phone of the number
	EventMessageGroup      = "message.group"      // inbound in a group
	EventMessageNewsletter = "message.newsletter" // inbound in a channel

	EventNumberCreated      = "number.created"
	EventNumberConnected    = "number.connected"
	EventNumberDisconnected = "number.disconnected" // confirmed by the health check, not every short drop
	EventNumberRemoved      = "number.removed"
	EventNumberRestored     = "number.restored" // it is back, and disconnected

	// The payload of these four is not documented; they come with [EventAll] only, as an
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

	// EventAll subscribes to every event, also to ones invented later.
	EventAll = "*"
)

// The events of phone lines, which come from a registry of their own: a webhook of
// this API never delivers them.
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

// The call events of numbers that were migrated from an Evolution GO server. They
// come beside the events of the API for the same call.
const (
	EventEvolutionCallOffer     = "CallOffer"
	EventEvolutionCallAccept    = "CallAccept"
	EventEvolutionCallTerminate = "CallTerminate"
)

// dedupeKey returns the family and a hash of the parts. Each part goes in behind its
// length, so that no two lists of parts look alike. Without parts, or where one is missing
// or has lost characters, the whole delivery is the only part. Without a delivery there is
// no key.
func dedupeKey(family string, e Event, parts ...string) string {
	if len(parts) == 0 || slices.ContainsFunc(parts, isUncertain) {
		raw := e.Raw()
		if raw == nil {
			return ""
		}
		parts = []string{string(withoutStyle(raw))}
	}
	var text []byte
	for _, part := range parts {
		text = strconv.AppendInt(text, int64(len(part)), 10)
		text = append(text, ':')
		text = append(text, part...)
	}
	sum := sha256.Sum256(text)
	return family + ":" + hex.EncodeToString(sum[:])
}

// isUncertain reports whether a part of a key may be that of another event too.
func isUncertain(part string) bool { return part == "" || strings.ContainsRune(part, utf8.RuneError) }

// withoutStyle returns JSON without blanks between its parts and without needless
// escapes: encoders change both, and an event that was stored keeps its key. A text that
// a strict decoder refuses is returned as it is.
func withoutStyle(raw []byte) []byte {
	text := jsontext.Value(slices.Clone(raw))
	if text.Format() != nil {
		return raw
	}
	return text
}

// timeText returns a time as its delivery has it, or would have it: with milliseconds, and
// with more digits where it has more.
func timeText(t Timestamp) string {
	switch {
	case t.Text() != "" || t.IsZero():
		return t.Text()
	case t.Nanosecond()%int(time.Millisecond) != 0:
		return t.UTC().Format(time.RFC3339Nano)
	}
	return formatTime(t.Time)
}

// messageKey is the key of a message event. Its id alone does not do: sent, delivered
// and read of one message share it.
func messageKey(e Event, m EventMessage) string {
	if m.ID == "" {
		return dedupeKey("message", e, e.EventName(), m.NumberID, m.MessageID)
	}
	return dedupeKey("message", e, e.EventName(), m.ID)
}

// metaItem is what tells the items of Meta's envelope apart.
type metaItem struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	Event  string `json:"event"`
}

// metaItems returns the ids of all items of Meta's envelope, none where an item has no id,
// an entry has no items or something else than items is in it.
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

// metaValueItems returns the ids of the items in one change. It reports false where
// there are none, or one has no id.
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
