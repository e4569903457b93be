package pilotstatus

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// rawOf returns the received delivery, or the delivery of a literal.
func rawOf(e Event) json.RawMessage {
	if raw := e.received().raw; raw != nil {
		return raw()
	}
	if isZeroEvent(e) {
		return nil
	}
	raw, err := encodeDelivery(e, revealSecret)
	if err != nil || !carries(raw, e) {
		return nil
	}
	return raw
}

func isZeroEvent(e Event) bool { return reflect.ValueOf(e).Elem().IsZero() }

// marshalEvent encodes an event as its delivery. It uses the received delivery if that
// still equals the event and holds no secret.
func marshalEvent(e Event) ([]byte, error) {
	if isZeroEvent(e) {
		return []byte("null"), nil
	}
	line, ok := e.(*PhoneLineEvent)
	secret := ok && line.hasCode()
	if raw := e.received().raw; raw != nil && !secret && carries(raw(), e) {
		return raw(), nil
	}
	revealed, err := encodeDelivery(e, revealSecret)
	if err != nil {
		return nil, err
	}
	if !carries(revealed, e) {
		return nil, fmt.Errorf("pilotstatus: no delivery reads as this %T: "+
			"Event must be a name of that type, and ids that Data has must be in their fields", e)
	}
	return encodeDelivery(e, Secret.MarshalJSON)
}

// hasCode reports whether the delivery has a code, even an unreadable one.
func (e *PhoneLineEvent) hasCode() bool {
	return !e.Code.IsZero() || slices.ContainsFunc(e.defects, func(defect string) bool {
		return strings.HasPrefix(defect, "$.data.code ")
	})
}

// carries reports whether a delivery is read as an event equal to e.
func carries(delivery []byte, e Event) bool {
	again, err := ParseEvent(delivery)
	if err != nil || reflect.TypeOf(again) != reflect.TypeOf(e) {
		return false
	}
	// A strict encoder may refuse raw data.
	tolerant := jsonv2.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	want, err := encodeDelivery(e, revealSecret, tolerant)
	if err != nil {
		return false
	}
	read, err := encodeDelivery(again, revealSecret, tolerant)
	return err == nil && bytes.Equal(read, want)
}

// revealSecret encodes a secret in clear.
func revealSecret(s Secret) ([]byte, error) { return jsonv2.Marshal(s.Reveal()) }

// encodeDelivery encodes the members of an event as its delivery. A zero time is an empty
// text, because null would be a missing field.
func encodeDelivery(e Event, secret func(Secret) ([]byte, error), opts ...jsonv2.Options) ([]byte, error) {
	return jsonv2.Marshal(deliveryOf(e), append(opts, jsonv2.Deterministic(true), jsonv2.WithMarshalers(jsonv2.JoinMarshalers(
		jsonv2.MarshalFunc(secret),
		jsonv2.MarshalFunc(encodeTime),
	)))...)
}

// encodeTime encodes a time in the form of a delivery.
func encodeTime(t Timestamp) ([]byte, error) {
	if t.Text() == "" && !t.IsZero() {
		if err := checkTime("Timestamp", t.Time); err != nil {
			return nil, err
		}
	}
	return jsonv2.Marshal(timeText(t))
}

// deliveryOf returns the form of a copy of an event, or nil if it has none.
func deliveryOf(e Event) any {
	c := reflect.New(reflect.TypeOf(e).Elem())
	c.Elem().Set(reflect.ValueOf(e).Elem())
	e, _ = reflect.TypeAssert[Event](c)
	dropNull(e)
	if call, ok := e.(*EvolutionCallEvent); ok && !call.completeData() {
		return nil
	}
	return formOf(e)
}

// completeData sets data with the id of the call if there is none. It reports false if the
// data has another id.
func (e *EvolutionCallEvent) completeData() bool {
	if e.Data == nil && e.CallID != "" {
		e.Data, _ = jsonv2.Marshal(evolutionData{e.CallID}) // nil for an id that is not UTF-8
	}
	var data evolutionData
	readData(e.Data, &data)
	return data.CallID == e.CallID
}

// unmarshalEvent reads a delivery of one type of event.
func unmarshalEvent[E any](data []byte, e *E) error {
	if string(data) == "null" {
		return nil
	}
	event, err := ParseEvent(data)
	if read, ok := any(event).(*E); ok {
		*e = *read
		return nil
	}
	if err != nil {
		return err
	}
	return fmt.Errorf("pilotstatus: %q is not an event of the type %T", shortName(event.EventName()), e)
}

// MarshalJSON returns the delivery in clear, also with a code of a phone line in it. The
// delivery must be JSON: if it may not be, store Raw.
func (e MalformedEvent) MarshalJSON() ([]byte, error) {
	if raw := rawOf(&e); raw != nil {
		return raw, nil
	}
	if isZeroEvent(&e) {
		return []byte("null"), nil
	}
	return nil, errors.New("pilotstatus: a MalformedEvent without its delivery; make one with ParseEvent")
}

// MarshalJSON encodes the event as its delivery.
func (e MessageStatusEvent) MarshalJSON() ([]byte, error) { return marshalEvent(&e) }

// UnmarshalJSON reads a delivery of such an event.
func (e *MessageStatusEvent) UnmarshalJSON(data []byte) error { return unmarshalEvent(data, e) }

// MarshalJSON encodes the event as its delivery.
func (e MessageFailedEvent) MarshalJSON() ([]byte, error) { return marshalEvent(&e) }

// UnmarshalJSON reads a delivery of such an event.
func (e *MessageFailedEvent) UnmarshalJSON(data []byte) error { return unmarshalEvent(data, e) }

// MarshalJSON encodes the event as its delivery.
func (e MessageReceivedEvent) MarshalJSON() ([]byte, error) { return marshalEvent(&e) }

// UnmarshalJSON reads a delivery of such an event.
func (e *MessageReceivedEvent) UnmarshalJSON(data []byte) error { return unmarshalEvent(data, e) }

// MarshalJSON encodes the event as its delivery.
func (e MessageReplyEvent) MarshalJSON() ([]byte, error) { return marshalEvent(&e) }

// UnmarshalJSON reads a delivery of such an event.
func (e *MessageReplyEvent) UnmarshalJSON(data []byte) error { return unmarshalEvent(data, e) }

// MarshalJSON encodes the event as its delivery.
func (e MessageGroupEvent) MarshalJSON() ([]byte, error) { return marshalEvent(&e) }

// UnmarshalJSON reads a delivery of such an event.
func (e *MessageGroupEvent) UnmarshalJSON(data []byte) error { return unmarshalEvent(data, e) }

// MarshalJSON encodes the event as its delivery.
func (e MessageNewsletterEvent) MarshalJSON() ([]byte, error) { return marshalEvent(&e) }

// UnmarshalJSON reads a delivery of such an event.
func (e *MessageNewsletterEvent) UnmarshalJSON(data []byte) error { return unmarshalEvent(data, e) }

// MarshalJSON encodes the event as its delivery.
func (e NumberEvent) MarshalJSON() ([]byte, error) { return marshalEvent(&e) }

// UnmarshalJSON reads a delivery of such an event.
func (e *NumberEvent) UnmarshalJSON(data []byte) error { return unmarshalEvent(data, e) }

// MarshalJSON encodes the event as its delivery.
func (e LeadEvent) MarshalJSON() ([]byte, error) { return marshalEvent(&e) }

// UnmarshalJSON reads a delivery of such an event.
func (e *LeadEvent) UnmarshalJSON(data []byte) error { return unmarshalEvent(data, e) }

// MarshalJSON encodes the event as its delivery.
func (e CallEvent) MarshalJSON() ([]byte, error) { return marshalEvent(&e) }

// UnmarshalJSON reads a delivery of such an event.
func (e *CallEvent) UnmarshalJSON(data []byte) error { return unmarshalEvent(data, e) }

// MarshalJSON encodes the event as its delivery.
func (e PhoneLineEvent) MarshalJSON() ([]byte, error) { return marshalEvent(&e) }

// UnmarshalJSON reads a delivery of such an event.
func (e *PhoneLineEvent) UnmarshalJSON(data []byte) error { return unmarshalEvent(data, e) }

// MarshalJSON encodes the event as its delivery.
func (e FlowResponseEvent) MarshalJSON() ([]byte, error) { return marshalEvent(&e) }

// UnmarshalJSON reads a delivery of such an event.
func (e *FlowResponseEvent) UnmarshalJSON(data []byte) error { return unmarshalEvent(data, e) }

// MarshalJSON encodes the event as its delivery.
func (e RawCallsEvent) MarshalJSON() ([]byte, error) { return marshalEvent(&e) }

// UnmarshalJSON reads a delivery of such an event.
func (e *RawCallsEvent) UnmarshalJSON(data []byte) error { return unmarshalEvent(data, e) }

// MarshalJSON encodes the event as its delivery.
func (e MetaEnvelope) MarshalJSON() ([]byte, error) { return marshalEvent(&e) }

// UnmarshalJSON reads a delivery of such an event.
func (e *MetaEnvelope) UnmarshalJSON(data []byte) error { return unmarshalEvent(data, e) }

// MarshalJSON encodes the event as its delivery.
func (e EvolutionCallEvent) MarshalJSON() ([]byte, error) { return marshalEvent(&e) }

// UnmarshalJSON reads a delivery of such an event.
func (e *EvolutionCallEvent) UnmarshalJSON(data []byte) error { return unmarshalEvent(data, e) }

// MarshalJSON encodes the event as its delivery.
func (e UnknownEvent) MarshalJSON() ([]byte, error) { return marshalEvent(&e) }

// UnmarshalJSON reads a delivery of such an event.
func (e *UnknownEvent) UnmarshalJSON(data []byte) error { return unmarshalEvent(data, e) }

// UnmarshalJSON reads a delivery of such an event.
func (e *MalformedEvent) UnmarshalJSON(data []byte) error { return unmarshalEvent(data, e) }

// Raw implements Event.
func (e *MessageStatusEvent) Raw() json.RawMessage { return rawOf(e) }

// Raw implements Event.
func (e *MessageFailedEvent) Raw() json.RawMessage { return rawOf(e) }

// Raw implements Event.
func (e *MessageReceivedEvent) Raw() json.RawMessage { return rawOf(e) }

// Raw implements Event.
func (e *MessageReplyEvent) Raw() json.RawMessage { return rawOf(e) }

// Raw implements Event.
func (e *MessageGroupEvent) Raw() json.RawMessage { return rawOf(e) }

// Raw implements Event.
func (e *MessageNewsletterEvent) Raw() json.RawMessage { return rawOf(e) }

// Raw implements Event.
func (e *NumberEvent) Raw() json.RawMessage { return rawOf(e) }

// Raw implements Event.
func (e *LeadEvent) Raw() json.RawMessage { return rawOf(e) }

// Raw implements Event.
func (e *CallEvent) Raw() json.RawMessage { return rawOf(e) }

// Raw implements Event.
func (e *PhoneLineEvent) Raw() json.RawMessage { return rawOf(e) }

// Raw implements Event.
func (e *FlowResponseEvent) Raw() json.RawMessage { return rawOf(e) }

// Raw implements Event.
func (e *RawCallsEvent) Raw() json.RawMessage { return rawOf(e) }

// Raw implements Event.
func (e *MetaEnvelope) Raw() json.RawMessage { return rawOf(e) }

// Raw implements Event.
func (e *EvolutionCallEvent) Raw() json.RawMessage { return rawOf(e) }

// Raw implements Event.
func (e *UnknownEvent) Raw() json.RawMessage { return rawOf(e) }

// Raw implements Event.
func (e *MalformedEvent) Raw() json.RawMessage { return rawOf(e) }
