package pilotstatus

import (
	"bytes"
	"encoding/json"

	jsonv2 "github.com/go-json-experiment/json"
)

// ParseEvent reads the body of a delivery; verify it first ([VerifySignature]). An unknown
// name is an [*UnknownEvent], without an error. A body that is not a JSON object, or an
// event without a required field, is a [*MalformedEvent] together with a
// [*MalformedEventError], which names the JSON paths. The event is never nil. ParseEvent
// accepts unknown fields and new words of the API. Names are case-sensitive. An optional
// field that cannot be read, or that occurs twice, keeps its zero value and is named by
// [Event.Defects]. A whole number may be written as 12.0 or 1e1. A UTF-8 byte order mark at
// the beginning is skipped.
//
// The payload is copied; the caller may change it afterwards.
func ParseEvent(payload []byte) (Event, error) {
	raw := json.RawMessage(bytes.Clone(withoutBOM(payload)))
	d := delivery{raw: func() json.RawMessage { return raw }}
	name := likelyName(raw)
	f := form(new(metaForm))
	if len(name) > 0 {
		f = formOf(string(name))
	}
	if jsonv2.Unmarshal(raw, f) == nil && f.name() == string(name) {
		if event, whole := f.finish(string(name), d); whole {
			return event, nil
		}
	}
	return parseSlowly(raw, d)
}

// likelyName returns the name that the delivery seems to have: the first text "event" in it
// may not be the name. Decoding the delivery confirms it.
func likelyName(text []byte) []byte {
	_, after, _ := bytes.Cut(text, []byte(`"event"`))
	after = bytes.TrimLeft(after, " \t\r\n:")
	if len(after) == 0 || after[0] != '"' {
		return nil
	}
	name, _, _ := bytes.Cut(after[1:], []byte{'"'})
	return name
}

// parseSlowly reads a delivery field by field. It finds the defects and reads everything
// else.
func parseSlowly(raw []byte, d delivery) (Event, error) {
	if problem := objectProblem(raw); problem != "" {
		return malformed("", d, defect{"$", problem})
	}
	var head struct {
		Event json.RawMessage `json:"event"`
		Entry json.RawMessage `json:"entry"`
	}
	var r memberReader
	r.object("$", raw, &head)
	if len(head.Event) > 0 && head.Event[0] == '"' {
		var name string
		if jsonv2.Unmarshal(head.Event, &name) != nil {
			return malformed("", d, defect{"$.event", "must be a string"})
		}
		return parseNamed(name, raw, d)
	}
	switch {
	case len(r.odd) > 0:
		return malformed("", d, r.odd...)
	case len(head.Entry) > 0 && head.Entry[0] == '[':
		return parseInto(new(metaForm), "", "$", raw, d)
	case head.Event == nil:
		return malformed("", d, defect{"$.event", "is missing"})
	}
	return malformed("", d, defect{"$.event", "must be a string"})
}

// parseNamed reads a delivery whose name is known.
func parseNamed(name string, raw []byte, d delivery) (Event, error) {
	f := formOf(name)
	if _, ok := f.(*callMembers); ok {
		var places struct {
			Status json.RawMessage `json:"status"`
			Data   json.RawMessage `json:"data"`
		}
		new(memberReader).object("$", raw, &places)
		if places.Status == nil && beginsObject(places.Data) {
			return parseInto(f, name, "$.data", places.Data, d)
		}
	}
	return parseInto(f, name, "$", raw, d)
}

// parseInto reads the object at path into the form, member by member.
func parseInto(f form, name, path string, text []byte, d delivery) (Event, error) {
	var r memberReader
	r.object(path, text, f)
	if len(r.required) > 0 {
		return malformed(name, d, append(r.required, r.odd...)...)
	}
	d.defects = texts(r.odd)
	event, _ := f.finish(name, d)
	return event, nil
}

func malformed(name string, d delivery, defects ...defect) (Event, error) {
	d.defects = texts(defects)
	err := &MalformedEventError{Event: name, Defects: d.Defects()}
	return &MalformedEvent{delivery: d, Event: name, Err: err}, err
}

// form is the JSON of a family's deliveries: a pointer to a struct that is decoded. Fields
// with the tag required must be present and readable; the tag may name another field that
// can replace it.
type form interface {
	// name returns the name of the event that was decoded.
	name() string

	// finish makes an event with that name from the decoded form. It reports whether every
	// required field has a value. A field without a value may be missing or empty, which a
	// decoded struct does not show.
	finish(name string, d delivery) (event Event, whole bool)
}

// formOf returns the form of the event with that name.
func formOf(name string) form {
	switch name {
	case EventMessageSent, EventMessageDelivered, EventMessageRead:
		return new(messageForm[statusMembers, *statusMembers])
	case EventMessageFailed:
		return new(messageForm[failedMembers, *failedMembers])
	case EventMessageReceived:
		return new(messageForm[receivedMembers, *receivedMembers])
	case EventMessageReply:
		return new(messageForm[replyMembers, *replyMembers])
	case EventMessageGroup:
		return new(messageForm[groupMembers, *groupMembers])
	case EventMessageNewsletter:
		return new(messageForm[newsletterMembers, *newsletterMembers])
	case EventNumberCreated, EventNumberConnected, EventNumberDisconnected, EventNumberRemoved, EventNumberRestored:
		return new(dataForm[numberMembers, *numberMembers])
	case EventLeadReceived:
		return new(dataForm[leadMembers, *leadMembers])
	case EventCallRinging, EventCallConnected, EventCallEnded, EventCallMissed, EventCallPermissionUpdated:
		return new(callMembers)
	case EventPhoneLinePurchased, EventPhoneLineAudioReceived, EventPhoneLineCodeReceived, EventPhoneLineCodeFailed,
		EventPhoneLineRenewed, EventPhoneLinePaymentFailed, EventPhoneLineSuspended, EventPhoneLineReturned,
		EventPhoneLineCanceled, EventPhoneLineVerificationUpdated:
		return new(phoneLineMembers)
	case EventFlowResponseReceived:
		return new(flowForm)
	case EventEvolutionCallOffer, EventEvolutionCallAccept, EventEvolutionCallTerminate:
		return new(evolutionForm)
	}
	return new(rawForm)
}

// dataForm is {"event":…,"data":{…}}.
type dataForm[M any, P interface {
	*M
	finish(name string, d delivery) (Event, bool)
}] struct {
	Event string `json:"event"`
	Data  M      `json:"data" required:"true"`
}

func (f *dataForm[M, P]) name() string { return f.Event }

func (f *dataForm[M, P]) finish(name string, d delivery) (Event, bool) {
	return P(&f.Data).finish(name, d)
}

// messageForm is a dataForm whose "fromMe" tells false from missing.
type messageForm[M any, P interface {
	*M
	message() *EventMessage
	finish(name string, d delivery) (Event, bool)
}] struct {
	Event string `json:"event"`
	Data  struct {
		Members M     `json:",embed"`
		FromMe  *bool `json:"fromMe" required:"true"`
	} `json:"data" required:"true"`
}

func (f *messageForm[M, P]) name() string { return f.Event }

func (f *messageForm[M, P]) finish(name string, d delivery) (Event, bool) {
	members, given := P(&f.Data.Members), f.Data.FromMe != nil
	members.message().FromMe = given && *f.Data.FromMe
	event, whole := members.finish(name, d)
	return event, whole && given
}

// The members of events, without the methods that encode an event as a delivery.
type (
	statusMembers     MessageStatusEvent
	receivedMembers   MessageReceivedEvent
	replyMembers      MessageReplyEvent
	groupMembers      MessageGroupEvent
	newsletterMembers MessageNewsletterEvent
	numberMembers     NumberEvent
	leadMembers       LeadEvent
	callMembers       CallEvent
	phoneLineMembers  PhoneLineEvent
)

// failedMembers are the members of a MessageFailedEvent, with the older name of its error.
type failedMembers struct {
	MessageFailedMembers messageFailedMembers `json:",embed"`
	ErrorMessage         string               `json:"errorMessage,omitzero"`
}

type messageFailedMembers MessageFailedEvent

func (m *failedMembers) message() *EventMessage { return m.MessageFailedMembers.message() }

func (m *EventMessage) message() *EventMessage { return m }

func (m *EventMessage) whole() bool {
	return m.NumberID != "" && m.ID != "" && m.To != "" && !m.CreatedAt.IsZero()
}

func (m *statusMembers) finish(name string, d delivery) (Event, bool) {
	m.Event, m.delivery = name, d
	return (*MessageStatusEvent)(m), m.whole()
}

func (m *failedMembers) finish(name string, d delivery) (Event, bool) {
	failed := (*MessageFailedEvent)(&m.MessageFailedMembers)
	failed.Event, failed.delivery = name, d
	if failed.Error == "" {
		failed.Error = m.ErrorMessage
	}
	return failed, failed.whole() && failed.Error != ""
}

func (m *receivedMembers) finish(name string, d delivery) (Event, bool) {
	m.Event, m.delivery = name, d
	return (*MessageReceivedEvent)(m), m.whole() && m.From != ""
}

func (m *replyMembers) finish(name string, d delivery) (Event, bool) {
	m.Event, m.delivery = name, d
	return (*MessageReplyEvent)(m), m.whole() && m.From != ""
}

func (m *groupMembers) finish(name string, d delivery) (Event, bool) {
	m.Event, m.delivery = name, d
	return (*MessageGroupEvent)(m), m.whole() && m.From != ""
}

func (m *newsletterMembers) finish(name string, d delivery) (Event, bool) {
	m.Event, m.delivery = name, d
	return (*MessageNewsletterEvent)(m), m.whole() && m.From != ""
}

func (m *numberMembers) finish(name string, d delivery) (Event, bool) {
	m.Event, m.delivery = name, d
	return (*NumberEvent)(m), m.NumberID != "" && m.Phone != "" && m.DisplayName != "" && !m.CreatedAt.IsZero()
}

func (m *leadMembers) finish(name string, d delivery) (Event, bool) {
	m.Event, m.delivery = name, d
	whole := m.LeadID != "" && m.LeadgenID != "" && m.WhatsAppNumberID != "" && m.PageID != "" && m.FormID != "" &&
		!m.CreatedAt.IsZero() && m.Fields != nil
	for _, field := range m.Fields {
		whole = whole && field.Key != "" && field.Values != nil
	}
	return (*LeadEvent)(m), whole
}

func (m *callMembers) name() string { return m.Event }

func (m *callMembers) finish(name string, d delivery) (Event, bool) {
	m.Event, m.delivery = name, d
	return (*CallEvent)(m), m.Status != "" && !m.Timestamp.IsZero()
}

func (m *phoneLineMembers) name() string { return m.Event }

func (m *phoneLineMembers) finish(name string, d delivery) (Event, bool) {
	m.Event, m.delivery = name, d
	unread := false // a text that is not a time
	for _, t := range []Timestamp{m.CreatedAt, m.CurrentPeriodEnd, m.CapturedAt} {
		unread = unread || t.IsZero() && t.Text() != ""
	}
	return (*PhoneLineEvent)(m), !unread && (m.LineID != "" || m.VerificationID != "")
}

// flowForm is the answer to a Flow. The token may be in the data.
type flowForm struct {
	Event     string          `json:"event"`
	FlowToken string          `json:"flowToken,omitzero"`
	Data      json.RawMessage `json:"data,omitzero"`
}

func (f *flowForm) name() string { return f.Event }

func (f *flowForm) finish(name string, d delivery) (Event, bool) {
	if f.FlowToken == "" {
		var data struct {
			FlowToken string `json:"flowToken"`
		}
		d.readData(f.Data, &data)
		f.FlowToken = data.FlowToken
	}
	return &FlowResponseEvent{delivery: d, Event: name, FlowToken: f.FlowToken, Data: withoutNull(f.Data)}, true
}

// evolutionForm is a call event of an Evolution GO server.
type evolutionForm struct {
	Event    string          `json:"event"`
	Instance string          `json:"instance,omitzero"`
	Data     json.RawMessage `json:"data,omitzero"`
}

func (f *evolutionForm) name() string { return f.Event }

func (f *evolutionForm) finish(name string, d delivery) (Event, bool) {
	var data struct {
		CallID string `json:"CallID"`
	}
	d.readData(f.Data, &data)
	return &EvolutionCallEvent{delivery: d, Event: name, Instance: f.Instance, CallID: data.CallID, Data: withoutNull(f.Data)}, true
}

// readData reads fields of raw data, if it is an object.
func (d *delivery) readData(data []byte, target any) {
	if !beginsObject(data) {
		return
	}
	var r memberReader
	r.object("$.data", data, target)
	d.defects = append(d.defects, texts(r.odd)...)
}

// rawForm is {"event":…,"data":…}, whose data stays as it is.
type rawForm struct {
	Event string          `json:"event"`
	Data  json.RawMessage `json:"data,omitzero"`
}

func (f *rawForm) name() string { return f.Event }

func (f *rawForm) finish(name string, d delivery) (Event, bool) {
	if name == EventCalls {
		return &RawCallsEvent{delivery: d, Event: name, Data: withoutNull(f.Data)}, true
	}
	return &UnknownEvent{delivery: d, Event: name, Data: withoutNull(f.Data)}, true
}

// withoutNull returns raw data, and nil for null.
func withoutNull(data json.RawMessage) json.RawMessage {
	if string(data) == "null" {
		return nil
	}
	return data
}

// metaForm is Meta's own envelope. It has no "event", or one that is not a name.
type metaForm struct {
	Event  json.RawMessage   `json:"event,omitzero"`
	Object string            `json:"object,omitzero"`
	Entry  []json.RawMessage `json:"entry" required:"true"`
}

// name returns a name that no event has, unless the delivery has no name.
func (f *metaForm) name() string { return string(f.Event) }

func (f *metaForm) finish(_ string, d delivery) (Event, bool) {
	return &MetaEnvelope{delivery: d, Object: f.Object, Entry: f.Entry}, f.Entry != nil
}
