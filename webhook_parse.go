package pilotstatus

import (
	"bytes"
	"encoding/json"
)

// ParseEvent reads the body of a delivery; verify it first (VerifySignature). A name
// that this version does not know is an *UnknownEvent and no error. A body that cannot
// be read is a *MalformedEvent beside an error, a *MalformedEventError that names the
// JSON paths: the event is never nil. Members that this version does not know and new
// words of the API are no reason to refuse.
//
// The payload is copied; the caller may change it afterwards.
func ParseEvent(payload []byte) (Event, error) {
	raw := json.RawMessage(bytes.Clone(payload))
	p := eventParser{delivery: delivery{raw: func() json.RawMessage { return raw }}, text: raw}
	found, ok := scanMembers(raw)
	named := len(found.event) > 0 && found.event[0] == '"'
	switch {
	case !ok:
		return p.malformed(defect{"$", "is not a JSON object"})
	case !named && found.hasEntry:
		return p.metaEnvelope()
	case found.event == nil:
		return p.malformed(defect{"$.event", "is missing"})
	case !named || json.Unmarshal(found.event, &p.name) != nil:
		return p.malformed(defect{"$.event", "must be a string"})
	}
	return p.parse()
}

// eventParser reads one delivery.
type eventParser struct {
	delivery

	text []byte
}

func (p *eventParser) parse() (Event, error) {
	switch p.name {
	case EventMessageSent, EventMessageDelivered, EventMessageRead:
		return parseData(p, &MessageStatusEvent{delivery: p.delivery})
	case EventMessageFailed:
		return parseData(p, &MessageFailedEvent{delivery: p.delivery})
	case EventMessageReceived:
		return parseData(p, &MessageReceivedEvent{delivery: p.delivery})
	case EventMessageReply:
		return parseData(p, &MessageReplyEvent{delivery: p.delivery})
	case EventMessageGroup:
		return parseData(p, &MessageGroupEvent{delivery: p.delivery})
	case EventMessageNewsletter:
		return parseData(p, &MessageNewsletterEvent{delivery: p.delivery})
	case EventNumberCreated, EventNumberConnected, EventNumberDisconnected, EventNumberRemoved, EventNumberRestored:
		return parseData(p, &NumberEvent{delivery: p.delivery})
	case EventLeadReceived:
		return parseData(p, &LeadEvent{delivery: p.delivery})
	case EventCallRinging, EventCallConnected, EventCallEnded, EventCallMissed, EventCallPermissionUpdated:
		return p.call()
	case EventPhoneLinePurchased, EventPhoneLineAudioReceived, EventPhoneLineCodeReceived, EventPhoneLineCodeFailed,
		EventPhoneLineRenewed, EventPhoneLinePaymentFailed, EventPhoneLineSuspended, EventPhoneLineReturned,
		EventPhoneLineCanceled, EventPhoneLineVerificationUpdated:
		return p.phoneLine()
	}
	return p.untyped()
}

// typed is an event whose data is typed: a pointer to a struct with the members of
// the data.
type typed interface {
	Event

	// filled reports whether every member that must be there has a value. Where one
	// has none, a second look at the text says whether it is missing or empty.
	filled(text []byte) bool
}

// parseData reads {"event":…,"data":{…}}. The data goes straight into the event.
func parseData[E typed](p *eventParser, event E) (Event, error) {
	around := struct {
		Event string `json:"event"`
		Data  *E     `json:"data"`
	}{Data: &event}
	err := json.Unmarshal(p.text, &around)
	if err == nil && around.Event == p.name && around.Data == &event && event.filled(p.text) {
		return event, nil
	}
	if defects := p.dataDefects(event); len(defects) > 0 {
		return p.malformed(defects...)
	}
	if around.Data != &event { // null first, and then an object
		return p.malformed(defect{"$.data", "stands there more than once"})
	}
	if err != nil && decodeExactly(objectMembers(p.text)["data"], event) != nil {
		return p.malformed(defect{"$.data", "cannot be decoded"})
	}
	if failed, ok := any(event).(*MessageFailedEvent); ok && failed.Error == "" {
		failed.Error = textIn("errorMessage", objectMembers(objectMembers(p.text)["data"]))
	}
	return event, nil
}

// dataDefects says what is wrong with {"event":…,"data":{…}}.
func (p *eventParser) dataDefects(event Event) []defect {
	around, defects := p.members()
	if defects != nil {
		return defects
	}
	return structDefects("$.data", around["data"], event)
}

// members returns the members of the delivery, or what is wrong with the whole of it.
func (p *eventParser) members() (map[string]json.RawMessage, []defect) {
	var around map[string]json.RawMessage
	if json.Unmarshal(p.text, &around) != nil {
		return nil, []defect{{"$", "is not valid JSON"}}
	}
	if !isJSONString(around["event"], p.name) {
		return nil, []defect{{"$.event", "stands there more than once"}}
	}
	return around, nil
}

// call reads a call event, whose members stand beside "event", or in "data".
func (p *eventParser) call() (Event, error) {
	event := &CallEvent{delivery: p.delivery}
	flat := struct {
		Event string `json:"event"`
		*CallEvent
	}{CallEvent: event}
	if json.Unmarshal(p.text, &flat) == nil && flat.Event == p.name && event.filled(p.text) {
		return event, nil
	}
	return p.brokenCall(event)
}

// brokenCall reads a call event that has its members in "data", or finds out what is
// wrong with it.
func (p *eventParser) brokenCall(event *CallEvent) (Event, error) {
	around, defects := p.members()
	if defects != nil {
		return p.malformed(defects...)
	}
	path, text := "$", json.RawMessage(p.text)
	if _, flat := around["status"]; !flat && beginsObject(around["data"]) {
		path, text = "$.data", around["data"]
	}
	if defects := structDefects(path, text, event); len(defects) > 0 {
		return p.malformed(defects...)
	}
	if decodeExactly(text, event) != nil {
		return p.malformed(defect{path, "cannot be decoded"})
	}
	return event, nil
}

// phoneLine reads an event of the phone lines' registry.
func (p *eventParser) phoneLine() (Event, error) {
	members, defects := p.members()
	if defects != nil {
		return p.malformed(defects...)
	}
	var around struct {
		ID        string    `json:"id"`
		CreatedAt Timestamp `json:"createdAt"`
	}
	event := &PhoneLineEvent{delivery: p.delivery}
	defects = append(structDefects("$", p.text, &around), structDefects("$.data", members["data"], &event.PhoneLineData)...)
	if defects != nil {
		return p.malformed(defects...)
	}
	if decodeExactly(p.text, &around) != nil || decodeExactly(members["data"], &event.PhoneLineData) != nil {
		return p.malformed(defect{"$", "cannot be decoded"})
	}
	event.ID, event.CreatedAt = around.ID, around.CreatedAt
	return event, nil
}

// untyped reads an event whose inside stays as it is.
func (p *eventParser) untyped() (Event, error) {
	around, defects := p.members()
	if defects != nil {
		return p.malformed(defects...)
	}
	data := around["data"]
	switch p.name {
	case EventFlowResponseReceived:
		return &FlowResponseEvent{delivery: p.delivery, FlowToken: textIn("flowToken", around, objectMembers(data)), Data: data}, nil
	case EventCalls:
		return &RawCallsEvent{delivery: p.delivery, Data: data}, nil
	case EventCallOffer, EventCallAccept, EventCallTerminate:
		return &EvolutionCallEvent{
			delivery: p.delivery, Instance: textIn("instance", around), CallID: textIn("CallID", objectMembers(data)), Data: data,
		}, nil
	}
	return &UnknownEvent{delivery: p.delivery, Data: data}, nil
}

func (p *eventParser) metaEnvelope() (Event, error) {
	var around struct {
		Object string            `json:"object"`
		Entry  []json.RawMessage `json:"entry"`
	}
	if !json.Valid(p.text) {
		return p.malformed(defect{"$", "is not valid JSON"})
	}
	if defects := structDefects("$", p.text, &around); defects != nil {
		return p.malformed(defects...)
	}
	if decodeExactly(p.text, &around) != nil {
		return p.malformed(defect{"$", "cannot be decoded"})
	}
	return &MetaEnvelope{delivery: p.delivery, Object: around.Object, Entry: around.Entry}, nil
}

func (p *eventParser) malformed(defects ...defect) (Event, error) {
	err := &MalformedEventError{Event: p.name}
	for _, d := range defects {
		err.Defects = append(err.Defects, d.path+" "+d.problem)
	}
	return &MalformedEvent{delivery: p.delivery, Err: err}, err
}
