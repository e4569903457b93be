package pilotstatus

import (
	"bytes"
	jsonv1 "encoding/json"

	"github.com/go-json-experiment/json"
)

// ParseEvent reads the body of a delivery; verify it first ([VerifySignature]). A name
// that this version does not know is an [*UnknownEvent] and no error. A body that is no
// JSON object, or an event without a member that it must have, is a [*MalformedEvent]
// beside a [*MalformedEventError] that names the JSON paths: the event is never nil.
// Members that this version does not know and new words of the API are no reason to
// refuse. Names of members count to the letter. An optional member that cannot be read,
// or that stands there twice, keeps its zero value and is named by Event.Defects. A whole
// number may be written as 12.0 or 1e1. One UTF-8 byte order mark in front is skipped.
//
// The payload is copied; the caller may change it afterwards.
func ParseEvent(payload []byte) (Event, error) {
	raw := jsonv1.RawMessage(bytes.Clone(withoutBOM(payload)))
	d := delivery{raw: func() jsonv1.RawMessage { return raw }}
	name := likelyName(raw)
	f := form(new(metaForm))
	if len(name) > 0 {
		f = formOf(string(name))
	}
	if json.Unmarshal(raw, f) == nil && f.name() == string(name) {
		if event, whole := f.finish(string(name), d); whole {
			return event, nil
		}
	}
	return parseSlowly(raw, d)
}

// likelyName returns the name that the delivery seems to have: the first text "event" in
// it may stand somewhere else than in front of the name. Decoding the delivery proves it.
func likelyName(text []byte) []byte {
	_, after, _ := bytes.Cut(text, []byte(`"event"`))
	after = bytes.TrimLeft(after, " \t\r\n:")
	if len(after) == 0 || after[0] != '"' {
		return nil
	}
	name, _, _ := bytes.Cut(after[1:], []byte{'"'})
	return name
}

// parseSlowly reads a delivery member by member. It finds out what is wrong with it, and
// reads everything else.
func parseSlowly(raw []byte, d delivery) (Event, error) {
	if problem := objectProblem(raw); problem != "" {
		return malformed("", d, defect{"$", problem})
	}
	var head struct {
		Event jsonv1.RawMessage `json:"event"`
		Entry jsonv1.RawMessage `json:"entry"`
	}
	var r memberReader
	r.object("$", raw, &head)
	if len(head.Event) > 0 && head.Event[0] == '"' {
		var name string
		if json.Unmarshal(head.Event, &name) != nil {
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

// parseNamed reads a delivery whose name is certain.
func parseNamed(name string, raw []byte, d delivery) (Event, error) {
	f := formOf(name)
	if _, ok := f.(*callMembers); ok {
		var places struct {
			Status jsonv1.RawMessage `json:"status"`
			Data   jsonv1.RawMessage `json:"data"`
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
