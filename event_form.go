package pilotstatus

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// newEvent returns an event of the type that has that name.
func newEvent(name string) Event {
	switch name {
	case EventMessageSent, EventMessageDelivered, EventMessageRead:
		return new(MessageStatusEvent)
	case EventMessageFailed:
		return new(MessageFailedEvent)
	case EventMessageReceived:
		return new(MessageReceivedEvent)
	case EventMessageReply:
		return new(MessageReplyEvent)
	case EventMessageGroup:
		return new(MessageGroupEvent)
	case EventMessageNewsletter:
		return new(MessageNewsletterEvent)
	case EventNumberCreated, EventNumberConnected, EventNumberDisconnected, EventNumberRemoved, EventNumberRestored:
		return new(NumberEvent)
	case EventLeadReceived:
		return new(LeadEvent)
	case EventCallRinging, EventCallConnected, EventCallEnded, EventCallMissed, EventCallPermissionUpdated:
		return new(CallEvent)
	case EventPhoneLinePurchased, EventPhoneLineAudioReceived, EventPhoneLineCodeReceived, EventPhoneLineCodeFailed,
		EventPhoneLineRenewed, EventPhoneLinePaymentFailed, EventPhoneLineSuspended, EventPhoneLineReturned,
		EventPhoneLineCanceled, EventPhoneLineVerificationUpdated:
		return new(PhoneLineEvent)
	case EventFlowResponseReceived:
		return new(FlowResponseEvent)
	case EventEvolutionCallOffer, EventEvolutionCallAccept, EventEvolutionCallTerminate:
		return new(EvolutionCallEvent)
	case EventCalls:
		return new(RawCallsEvent)
	}
	return new(UnknownEvent)
}

// formOf returns the JSON of an event's delivery, for decoding and for encoding: a pointer
// to a struct that points to the fields of the event. Fields with the tag required must be
// present and readable; the tag may name another field that can replace it.
func formOf(e Event) any {
	switch e := e.(type) {
	case *MessageStatusEvent:
		return formOfMessage(&e.Event, &e.EventMessage, (*statusMembers)(e))
	case *MessageFailedEvent:
		return formOfMessage(&e.Event, &e.EventMessage, &failedMembers{Members: (*messageFailedMembers)(e)})
	case *MessageReceivedEvent:
		return formOfMessage(&e.Event, &e.EventMessage, (*receivedMembers)(e))
	case *MessageReplyEvent:
		return formOfMessage(&e.Event, &e.EventMessage, (*replyMembers)(e))
	case *MessageGroupEvent:
		return formOfMessage(&e.Event, &e.EventMessage, (*groupMembers)(e))
	case *MessageNewsletterEvent:
		return formOfMessage(&e.Event, &e.EventMessage, (*newsletterMembers)(e))
	case *NumberEvent:
		return &dataForm[numberMembers]{&e.Event, (*numberMembers)(e)}
	case *LeadEvent:
		return &dataForm[leadMembers]{&e.Event, (*leadMembers)(e)}
	case *CallEvent:
		return (*callMembers)(e)
	case *PhoneLineEvent:
		return (*phoneLineMembers)(e)
	case *FlowResponseEvent:
		return (*flowMembers)(e)
	case *RawCallsEvent:
		return (*rawCallsMembers)(e)
	case *EvolutionCallEvent:
		return (*evolutionMembers)(e)
	case *UnknownEvent:
		return (*unknownMembers)(e)
	case *MetaEnvelope:
		return &metaForm{Members: (*metaMembers)(e)}
	}
	return nil
}

// The fields of events, without the methods that encode an event as a delivery.
type (
	statusMembers        MessageStatusEvent
	messageFailedMembers MessageFailedEvent
	receivedMembers      MessageReceivedEvent
	replyMembers         MessageReplyEvent
	groupMembers         MessageGroupEvent
	newsletterMembers    MessageNewsletterEvent
	numberMembers        NumberEvent
	leadMembers          LeadEvent
	callMembers          CallEvent
	phoneLineMembers     PhoneLineEvent
	flowMembers          FlowResponseEvent
	rawCallsMembers      RawCallsEvent
	evolutionMembers     EvolutionCallEvent
	unknownMembers       UnknownEvent
	metaMembers          MetaEnvelope
)

// dataForm is {"event":…,"data":{…}}.
type dataForm[M any] struct {
	Event *string `json:"event"`
	Data  *M      `json:"data" required:"true"`
}

// messageForm is a dataForm that distinguishes a "fromMe" of false from a missing one.
type messageForm[M any] struct {
	Event *string        `json:"event"`
	Data  messageData[M] `json:"data" required:"true"`
}

type messageData[M any] struct {
	Members *M        `json:",embed"`
	FromMe  givenBool `json:"fromMe" required:"true"`
}

func formOfMessage[M any](name *string, m *EventMessage, members *M) *messageForm[M] {
	return &messageForm[M]{name, messageData[M]{members, givenBool{value: &m.FromMe}}}
}

// MarshalJSONTo implements json.MarshalerTo. It keeps the order of the fields.
func (f *messageForm[M]) MarshalJSONTo(enc *jsontext.Encoder) error {
	return json.MarshalEncode(enc, dataForm[M]{f.Event, f.Data.Members})
}

func (f *messageForm[M]) isGiven() bool { return f.Data.FromMe.given }

// failedMembers are the fields of a MessageFailedEvent, with the older name of its error.
type failedMembers struct {
	Members      *messageFailedMembers `json:",embed"`
	ErrorMessage string                `json:"errorMessage,omitzero"`
}

// givenBool is a required bool, which may be false.
type givenBool struct {
	value *bool
	given bool
}

// UnmarshalJSONFrom implements json.UnmarshalerFrom.
func (b *givenBool) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	b.given = dec.PeekKind() != 'n'
	return json.UnmarshalDecode(dec, b.value)
}

// metaForm is Meta's own envelope. It has no "event", or one that is not a name.
type metaForm struct {
	Event   *struct{}    `json:"event,omitzero"`
	Members *metaMembers `json:",embed"`
}
