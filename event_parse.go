package pilotstatus

import (
	"bytes"
	"cmp"
	"encoding/json"
	"reflect"
	"slices"

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
	return parseOwned(bytes.Clone(withoutBOM(payload)))
}

// parseOwned is ParseEvent for a delivery that the caller does not change afterwards.
func parseOwned(raw []byte) (Event, error) {
	name := likelyName(raw)
	var e Event
	if len(name) > 0 {
		e = newEvent(string(name))
	} else {
		e = new(MetaEnvelope)
	}
	f := formOf(e)
	if jsonv2.Unmarshal(raw, f) != nil || e.EventName() != string(name) {
		return parseSlowly(raw)
	}
	settle(e, f)
	if !isCertain(e, f) {
		return parseSlowly(raw)
	}
	e.received().keep(raw)
	return e, nil
}

// likelyName returns the name that the delivery seems to have: the first text "event" in it
// may not be the name. Decoding the delivery confirms it.
func likelyName(text []byte) []byte {
	const blanks = " \t\r\n"
	start := bytes.TrimLeft(text, blanks+"{")
	if bytes.HasPrefix(start, []byte(`"object"`)) || bytes.HasPrefix(start, []byte(`"entry"`)) {
		return nil // Meta's envelope is long and has no name
	}
	_, after, _ := bytes.Cut(start, []byte(`"event"`))
	after = bytes.TrimLeft(after, blanks+":")
	if len(after) == 0 || after[0] != '"' {
		return nil
	}
	name, _, _ := bytes.Cut(after[1:], []byte{'"'})
	return name
}

// isCertain reports whether every field with the tag required has a value, and every text of
// a time is one. A field without a value may be missing or empty, which a decoded struct
// does not show: parseSlowly then reads the tags. Reading them here would take a third of
// the time of decoding.
func isCertain(e Event, form any) bool {
	if message, ok := form.(interface{ isGiven() bool }); ok && !message.isGiven() {
		return false
	}
	if inbound, ok := e.(InboundEvent); ok && inbound.Sender().From == "" {
		return false
	}
	known, ok := e.(interface{ isCertain() bool })
	return !ok || known.isCertain()
}

func (m *EventMessage) isCertain() bool {
	return m.NumberID != "" && m.ID != "" && m.To != "" && !m.CreatedAt.IsZero()
}

func (e *MessageFailedEvent) isCertain() bool { return e.EventMessage.isCertain() && e.Error != "" }

func (e *NumberEvent) isCertain() bool {
	return e.NumberID != "" && e.Phone != "" && e.DisplayName != "" && !e.CreatedAt.IsZero()
}

func (e *LeadEvent) isCertain() bool {
	lacking := func(f LeadField) bool { return f.Key == "" || f.Values == nil }
	return e.LeadID != "" && e.LeadgenID != "" && e.WhatsAppNumberID != "" && e.PageID != "" && e.FormID != "" &&
		!e.CreatedAt.IsZero() && e.Fields != nil && !slices.ContainsFunc(e.Fields, lacking)
}

func (e *CallEvent) isCertain() bool { return e.Status != "" && !e.Timestamp.IsZero() }

func (e *PhoneLineEvent) isCertain() bool {
	unread := func(t Timestamp) bool { return t.IsZero() && t.Text() != "" }
	return (e.LineID != "" || e.VerificationID != "") &&
		!unread(e.CreatedAt) && !unread(e.CurrentPeriodEnd) && !unread(e.CapturedAt)
}

func (e *MetaEnvelope) isCertain() bool { return e.Entry != nil }

// parseSlowly reads a delivery field by field. It finds the defects and reads everything
// else.
func parseSlowly(raw []byte) (Event, error) {
	if problem := objectProblem(raw); problem != "" {
		return malformed("", raw, defect{"$", problem})
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
			return malformed("", raw, defect{"$.event", "must be a string"})
		}
		return parseNamed(name, raw)
	}
	switch {
	case len(r.odd) > 0:
		return malformed("", raw, r.odd...)
	case len(head.Entry) > 0 && head.Entry[0] == '[':
		e := new(MetaEnvelope)
		return parseInto(e, "", (*metaMembers)(e), "$", raw, raw)
	case head.Event == nil:
		return malformed("", raw, defect{"$.event", "is missing"})
	}
	return malformed("", raw, defect{"$.event", "must be a string"})
}

// parseNamed reads a delivery whose name is known.
func parseNamed(name string, raw []byte) (Event, error) {
	e := newEvent(name)
	if _, ok := e.(*CallEvent); ok {
		var places struct {
			Status json.RawMessage `json:"status"`
			Data   json.RawMessage `json:"data"`
		}
		new(memberReader).object("$", raw, &places)
		if places.Status == nil && beginsObject(places.Data) {
			return parseInto(e, name, formOf(e), "$.data", places.Data, raw)
		}
	}
	return parseInto(e, name, formOf(e), "$", raw, raw)
}

// parseInto reads the object at path into the form of an event, field by field.
func parseInto(e Event, name string, form any, path string, text, raw []byte) (Event, error) {
	var r memberReader
	r.object(path, text, form)
	if len(r.required) > 0 {
		return malformed(name, raw, append(r.required, r.odd...)...)
	}
	if call, ok := e.(*CallEvent); ok {
		call.Event = name // "data" may have another one
	}
	d := e.received()
	d.defects = texts(r.odd)
	settle(e, form)
	d.keep(raw)
	return e, nil
}

func malformed(name string, raw []byte, defects ...defect) (Event, error) {
	err := &MalformedEventError{Event: name, Defects: texts(defects)}
	e := &MalformedEvent{delivery: delivery{defects: slices.Clone(err.Defects)}, Event: name, Err: err}
	e.keep(raw)
	return e, err
}

// settle sets the fields of an event that a delivery may have under another name or in its
// data.
func settle(e Event, form any) {
	switch e := e.(type) {
	case *MessageFailedEvent:
		if f, ok := form.(*messageForm[failedMembers]); ok && f.Data.Members != nil {
			e.Error = cmp.Or(e.Error, f.Data.Members.ErrorMessage)
		}
	case *RawCallsEvent, *UnknownEvent:
		dropNull(e)
	case *FlowResponseEvent:
		dropNull(e)
		if e.FlowToken == "" {
			var data struct {
				FlowToken string `json:"flowToken"`
			}
			e.defects = append(e.defects, readData(e.Data, &data)...)
			e.FlowToken = data.FlowToken
		}
	case *EvolutionCallEvent:
		dropNull(e)
		var data evolutionData
		e.defects = append(e.defects, readData(e.Data, &data)...)
		e.CallID = data.CallID
	}
}

// evolutionData is the known part of the data of an EvolutionCallEvent.
type evolutionData struct {
	CallID string `json:"CallID"`
}

// readData reads fields of raw data if it is an object. It returns the defects.
func readData(data []byte, target any) []string {
	if !beginsObject(data) {
		return nil
	}
	var r memberReader
	r.object("$.data", data, target)
	return texts(r.odd)
}

// dropNull removes data that is null from an event: null is no data.
func dropNull(e Event) {
	data := reflect.ValueOf(e).Elem().FieldByName("Data")
	if data.IsValid() && string(data.Bytes()) == "null" {
		data.SetZero()
	}
}
