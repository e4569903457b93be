package pilotstatus

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// eventNames are the names of all typed events.
func eventNames() []string {
	return []string{
		EventMessageSent, EventMessageDelivered, EventMessageRead, EventMessageFailed, EventMessageReply, EventMessageReceived,
		EventMessageGroup, EventMessageNewsletter, EventNumberCreated, EventNumberConnected, EventNumberDisconnected,
		EventNumberRemoved, EventNumberRestored, EventLeadReceived, EventCallRinging, EventCallConnected, EventCallEnded,
		EventCallMissed, EventCallPermissionUpdated, EventPhoneLinePurchased, EventPhoneLineAudioReceived,
		EventPhoneLineCodeReceived, EventPhoneLineCodeFailed, EventPhoneLineRenewed, EventPhoneLinePaymentFailed,
		EventPhoneLineSuspended, EventPhoneLineReturned, EventPhoneLineCanceled, EventPhoneLineVerificationUpdated,
	}
}

// rawEvents are literals of the events that keep their data as it is.
func rawEvents() []Event {
	return []Event{
		&FlowResponseEvent{Event: EventFlowResponseReceived, FlowToken: "ft_1", Data: json.RawMessage(`{"answers":[1,true,"<b>"]}`)},
		&FlowResponseEvent{Event: EventFlowResponseReceived, FlowToken: "ft_1"},
		&RawCallsEvent{Event: EventCalls, Data: json.RawMessage(`{"calls":[]}`)},
		&EvolutionCallEvent{Event: EventEvolutionCallOffer, Instance: "inst_1", CallID: "C1", Data: json.RawMessage(`{"CallID":"C1","From":"f"}`)},
		&MetaEnvelope{Object: "whatsapp_business_account", Entry: []json.RawMessage{json.RawMessage(`{"id":"1"}`)}},
		&UnknownEvent{Event: "message.edited", Data: json.RawMessage(`{"id":"m"}`)},
		&UnknownEvent{Event: EventNumberRecovered},
	}
}

// literals returns an event of every name, with a value in every member.
func literals(t *testing.T) []Event {
	t.Helper()
	events := rawEvents()
	for _, name := range eventNames() {
		event := newEvent(name)
		target := reflect.ValueOf(event).Elem()
		fillMembers(t, target)
		target.FieldByName("Event").SetString(name)
		events = append(events, event)
	}
	return events
}

// fillMembers gives every member a value of its own.
func fillMembers(t *testing.T, target reflect.Value) {
	t.Helper()
	for field, value := range target.Fields() {
		if !field.IsExported() {
			continue
		}
		switch known := value.Addr().Interface().(type) {
		case *Timestamp:
			*known = Timestamp{Time: time.Date(2026, 11, 3, 14, 11, 7, 120e6, time.UTC)}
		case *Secret:
			*known = NewSecret("CODEQWERTY-123")
		case **bool:
			*known = new(true)
		case **int64:
			*known = new(int64(102))
		case *bool:
			*known = true
		case *[]string:
			*known = []string{"a <b>", "é"}
		case *[]LeadField:
			*known = make([]LeadField, 2)
			fillMembers(t, reflect.ValueOf(&(*known)[0]).Elem())
			(*known)[1] = LeadField{Key: "k", Values: []string{}}
		default:
			if value.Kind() == reflect.Struct {
				fillMembers(t, value)
				continue
			}
			require.Equal(t, reflect.String, value.Kind(), field.Name)
			value.SetString(field.Name + " <é>")
		}
	}
}

// shown returns what an event says, in clear.
func shown(t *testing.T, event Event) string {
	t.Helper()
	text, err := encodeDelivery(event, revealSecret)
	require.NoError(t, err)
	return fmt.Sprintf("%T %s", event, text)
}

func requireSameEvent(t *testing.T, want, got Event) {
	t.Helper()
	require.Equal(t, shown(t, want), shown(t, got))
	require.Equal(t, want.EventName(), got.EventName())
	require.Equal(t, want.DedupeKey(), got.DedupeKey())
	require.Equal(t, want.Defects(), got.Defects())
}

// A literal is delivered as it is, and has the key that its delivery has.
func TestEventLiterals(t *testing.T) {
	t.Parallel()
	for _, event := range literals(t) {
		require.NotNil(t, event.Raw(), "%T %s", event, event.EventName())
		assert.NotEmpty(t, event.DedupeKey())
		assert.Empty(t, event.Defects())
		again, err := ParseEvent(event.Raw())
		require.NoError(t, err, string(event.Raw()))
		requireSameEvent(t, event, again)
	}
}

// A literal needs no more than what its test is about.
func TestEventLiteralsMayBeShort(t *testing.T) {
	t.Parallel()
	for _, event := range []Event{
		&MessageStatusEvent{Event: EventMessageRead, EventMessage: EventMessage{ID: "m"}},
		&MessageFailedEvent{Event: EventMessageFailed},
		&MessageReceivedEvent{Event: EventMessageReceived, EventMessage: EventMessage{Content: "Oi"}},
		&NumberEvent{Event: EventNumberConnected},
		&LeadEvent{Event: EventLeadReceived},
		&CallEvent{Event: EventCallEnded},
		&PhoneLineEvent{Event: EventPhoneLineCanceled},
		&EvolutionCallEvent{Event: EventEvolutionCallOffer, CallID: "c"},
		&RawCallsEvent{Event: EventCalls},
	} {
		again, err := ParseEvent(event.Raw())
		require.NoError(t, err, string(event.Raw()))
		assert.IsType(t, event, again)
		assert.Equal(t, event.EventName(), again.EventName())
		assert.Equal(t, event.DedupeKey(), again.DedupeKey())
	}
}

// What no delivery can say is no event: it has no delivery and cannot be stored.
func TestEventLiteralsThatNoDeliveryCarries(t *testing.T) {
	t.Parallel()
	for name, event := range map[string]Event{
		"no name":           &MessageReceivedEvent{EventMessage: EventMessage{ID: "m"}},
		"another's name":    &MessageStatusEvent{Event: EventMessageFailed, EventMessage: EventMessage{ID: "m"}},
		"unknown name":      &CallEvent{Event: "call.held"},
		"a known name":      &UnknownEvent{Event: EventMessageSent},
		"data is no JSON":   &UnknownEvent{Event: "new.event", Data: json.RawMessage(`{`)},
		"not UTF-8":         &MessageReceivedEvent{Event: EventMessageReceived, EventMessage: EventMessage{ID: "m", Content: "\xff"}},
		"another call":      &EvolutionCallEvent{Event: EventEvolutionCallOffer, CallID: "a", Data: json.RawMessage(`{"CallID":"b"}`)},
		"without a body":    &MalformedEvent{Event: "x", Err: ErrInvalidSignature},
		"entry is no array": &MetaEnvelope{Object: "o", Entry: []json.RawMessage{json.RawMessage(`}`)}},
	} {
		assert.Nil(t, event.Raw(), name)
		_, err := json.Marshal(event)
		require.Error(t, err, name)
		_, err = jsonv2.Marshal(event)
		require.Error(t, err, name)
	}
}

// The JSON of events does not change: people store it. A line that has to change breaks
// them. A phone line's code is a secret, which no encoder shows.
func TestEventJSONIsStable(t *testing.T) {
	t.Parallel()
	file, err := os.Open("testdata/events.jsonl")
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	lines := bufio.NewScanner(file)
	for _, event := range literals(t) {
		text, err := jsonv2.Marshal(event)
		require.NoError(t, err)
		require.True(t, lines.Scan())
		require.Equal(t, lines.Text(), string(text))
		withoutEscapes, err := json.Marshal(event)
		require.NoError(t, err)
		require.JSONEq(t, string(text), string(withoutEscapes))

		stored := reflect.New(reflect.TypeOf(event).Elem())
		require.NoError(t, json.Unmarshal([]byte(lines.Text()), stored.Interface()))
		again, ok := reflect.TypeAssert[Event](stored)
		require.True(t, ok)
		if line, ok := event.(*PhoneLineEvent); ok {
			assert.NotContains(t, string(text), "CODEQWERTY")
			assert.Equal(t, []string{"$.data.code is the printed form of a secret"}, again.Defects())
			line.Code = Secret{}
			assert.Equal(t, shown(t, line), shown(t, again))
			continue
		}
		requireSameEvent(t, event, again)
	}
	assert.False(t, lines.Scan())
}

// Every sample survives every encoder, with all that this version does not know, as long
// as nobody changes it.
func TestEventJSONRoundTrip(t *testing.T) {
	t.Parallel()
	for _, s := range webhookSamples(t) {
		event, err := ParseEvent(s.payload)
		if line, ok := event.(*PhoneLineEvent); ok && !line.Code.IsZero() {
			continue
		}
		for _, marshal := range []func(any) ([]byte, error){
			json.Marshal, func(v any) ([]byte, error) { return jsonv2.Marshal(v) },
		} {
			text, marshalErr := marshal(event)
			require.NoError(t, marshalErr, s.file)
			assert.JSONEq(t, string(s.payload), string(text), s.file)
			again, againErr := ParseEvent(text)
			assert.Equal(t, err, againErr, s.file)
			if err == nil {
				requireSameEvent(t, event, again)
			}
			assert.Equal(t, event.DedupeKey(), again.DedupeKey(), s.file)
			stored := reflect.New(reflect.TypeOf(event).Elem()).Interface()
			require.NoError(t, json.Unmarshal(text, stored), s.file)
			if string(text) == "null" {
				continue // which means no value to encoding/json
			}
			into, ok := stored.(Event)
			require.True(t, ok)
			assert.Equal(t, event.DedupeKey(), into.DedupeKey(), s.file)
		}
	}
}

// An event that was changed is stored as it is now.
func TestEventJSONAfterAChange(t *testing.T) {
	t.Parallel()
	event := mustParse(t, `{"event":"message.received","more":1,"data":{"numberId":"n","id":"m","fromMe":false,`+
		`"createdAt":"2026-11-03T14:11:07.120Z","from":"+1","to":"+2","content":"private","duration":5}}`)
	received, ok := event.(*MessageReceivedEvent)
	require.True(t, ok)
	text, err := json.Marshal(received)
	require.NoError(t, err)
	assert.Contains(t, string(text), `"more":1`)
	received.Content = ""
	for _, value := range []any{received, *received, struct{ Event *MessageReceivedEvent }{received}, []Event{received}} {
		text, err = json.Marshal(value)
		require.NoError(t, err)
		assert.NotContains(t, string(text), "private")
		assert.Contains(t, string(text), `"event":"message.received"`)
	}
}

// A code of a phone line is in no JSON, however it arrived.
func TestEventJSONShowsNoCode(t *testing.T) {
	t.Parallel()
	for _, code := range []string{`"CODEQWERTY"`, `["CODEQWERTY"]`, `{"a":"CODEQWERTY"}`, `"x","code":"CODEQWERTY"`, `"CODEQWERTY\ud800"`} {
		event, err := ParseEvent([]byte(`{"id":"e","event":"phone_line.code_received","createdAt":"2026-11-03T10:03:00.000Z","data":{"lineId":"l","code":` + code + `}}`))
		require.NoError(t, err)
		line, ok := event.(*PhoneLineEvent)
		require.True(t, ok)
		for _, value := range []any{line, *line, struct{ Event any }{line}} {
			text, err := json.Marshal(value)
			require.NoError(t, err, code)
			assert.NotContains(t, string(text), "CODEQWERTY", code)
			assert.NotContains(t, fmt.Sprintf("%v %+v %#v", value, value, value), "CODEQWERTY", code)
		}
		assert.Contains(t, string(line.Raw()), "CODEQWERTY")
	}
}

// An event of another type is no event of this one.
func TestEventUnmarshalAnotherType(t *testing.T) {
	t.Parallel()
	var received MessageReceivedEvent
	require.ErrorContains(t, json.Unmarshal([]byte(testDelivery), &received), EventNumberCreated)
	require.Error(t, json.Unmarshal([]byte(`{"event":"message.received","data":{}}`), &received))
	require.NoError(t, json.Unmarshal([]byte(`null`), &received))
	assert.Equal(t, MessageReceivedEvent{}, received)
	var malformed MalformedEvent
	require.NoError(t, json.Unmarshal([]byte(`{"event":"message.received","data":{}}`), &malformed))
	assert.Equal(t, EventMessageReceived, malformed.EventName())
}

// A zero event claims nothing, whatever it is asked.
func TestZeroEventsClaimNothing(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, like := range append(literals(t), new(MalformedEvent)) {
		zero := reflect.New(reflect.TypeOf(like).Elem())
		for method, value := range zero.Methods() {
			if value.Type().NumIn() > 0 || method.Name == "MarshalJSON" {
				continue
			}
			seen[method.Name] = true
			for _, result := range value.Call(nil) {
				assert.True(t, result.IsZero(), "%T.%s is %v", like, method.Name, result)
			}
		}
		text, err := json.Marshal(zero.Interface())
		require.NoError(t, err)
		assert.Equal(t, "null", string(text), "%T", like)
	}
	for _, name := range []string{"EventName", "DedupeKey", "Raw", "Defects", "Status", "PermissionStatus", "Recipient", "Media", "Text"} {
		assert.True(t, seen[name], name)
	}
}

// A status event claims the status of its own names only.
func TestEventStatusOfAnotherName(t *testing.T) {
	t.Parallel()
	assert.Empty(t, (&MessageStatusEvent{Event: "message.pinned"}).Status())
	assert.Empty(t, (&MessageFailedEvent{Event: EventMessageRead}).Status())
	assert.Empty(t, (&CallEvent{Event: EventCallRinging, Status: "RINGING"}).PermissionStatus())
	assert.Equal(t, CallPermissionStatus("TEMPORARY"), (&CallEvent{Event: EventCallPermissionUpdated, Status: "TEMPORARY"}).PermissionStatus())
	for name, status := range map[string]MessageStatus{
		EventMessageSent: MessageStatusSent, EventMessageDelivered: MessageStatusDelivered, EventMessageRead: MessageStatusRead,
	} {
		assert.Equal(t, status, (&MessageStatusEvent{Event: name}).Status())
	}
}

// object is a JSON object whose members can be changed.
type object = map[string]any

// deliveries calls f with the delivery of every literal, and with the object in it that
// holds the members: once as it is, and once with an odd member, which a strict decoder
// refuses.
func deliveries(t *testing.T, f func(name string, whole func() (delivery, members object))) {
	t.Helper()
	for _, event := range literals(t) {
		if event.EventName() == "" || isRawEvent(event) {
			continue
		}
		for _, odd := range []bool{false, true} {
			f(event.EventName(), func() (object, object) {
				var whole object
				require.NoError(t, jsonv2.Unmarshal(event.Raw(), &whole))
				members, wrapped := whole["data"].(object)
				if !wrapped {
					members = whole
				}
				if odd {
					delete(whole, "event")
					whole["\\event"] = event.EventName() // see withOddName
				}
				return whole, members
			})
		}
	}
}

// parseObject parses an object. A name "\event" in it is written with an escape, and one
// with a number of strokes behind it without them, so that it stands there twice.
func parseObject(t *testing.T, members object) (Event, error) {
	t.Helper()
	text, err := jsonv2.Marshal(members, jsonv2.Deterministic(true))
	require.NoError(t, err)
	text = bytes.ReplaceAll(text, []byte(`"\\event"`), []byte(`"\u0065vent"`))
	return ParseEvent(bytes.ReplaceAll(text, []byte(`||":`), []byte(`":`)))
}

// spellings are other ways to write a name.
func spellings(name string) []string {
	all := []string{strings.ToUpper(name), strings.ToUpper(name[:1]) + name[1:], strings.ToLower(name), "_" + name, name + " "}
	return slices.DeleteFunc(all, func(spelling string) bool { return spelling == name })
}

// A member whose name is spelled differently is another member: it is not read beside
// the known one, and not in its place.
func TestEventMembersHaveExactNames(t *testing.T) {
	t.Parallel()
	tried := 0
	deliveries(t, func(event string, whole func() (object, object)) {
		delivered, members := whole()
		want, err := parseObject(t, delivered)
		require.NoError(t, err)
		for name := range members {
			for _, spelling := range spellings(name) {
				tried++
				delivered, members := whole()
				members[spelling] = "OTHER"
				got, err := parseObject(t, delivered)
				require.NoError(t, err, "%s with %s", event, spelling)
				require.Equal(t, shown(t, want), shown(t, got), "%s with %s", event, spelling)
				require.Empty(t, got.Defects())

				members[spelling] = members[name]
				delete(members, name)
				got, err = parseObject(t, delivered)
				if err == nil {
					require.NotEqual(t, shown(t, want), shown(t, got), "%s: %s is read as %s", event, spelling, name)
				}
			}
		}
	})
	assert.Greater(t, tried, 2000)
}

// The envelope's names count to the letter too.
func TestEventEnvelopeHasExactNames(t *testing.T) {
	t.Parallel()
	deliveries(t, func(event string, whole func() (object, object)) {
		for _, name := range []string{"data", "event"} {
			for _, spelling := range spellings(name) {
				delivered, _ := whole()
				if _, found := delivered[name]; !found {
					continue
				}
				want, err := parseObject(t, delivered)
				require.NoError(t, err)
				delivered[spelling] = object{"id": "OTHER"}
				got, err := parseObject(t, delivered)
				require.NoError(t, err)
				require.Equal(t, shown(t, want), shown(t, got), "%s with %s", event, spelling)
				delivered[spelling] = delivered[name]
				delete(delivered, name)
				_, err = parseObject(t, delivered)
				require.Error(t, err, "%s: %s is read as %s", event, spelling, name)
			}
		}
	})
}

// Of a name that stands there twice neither value counts: the event is malformed, or the
// member stays zero and is named.
func TestEventMembersStandThereOnce(t *testing.T) {
	t.Parallel()
	deliveries(t, func(event string, whole func() (object, object)) {
		delivered, members := whole()
		path := "$.data."
		if _, wrapped := delivered["data"]; wrapped {
			delivered["data||"] = object{"content": "OTHER", "id": "OTHER", "lineId": "OTHER"}
			got, err := parseObject(t, delivered)
			require.Error(t, err, event)
			require.Equal(t, []string{"$.data stands there more than once"}, got.Defects())
		} else {
			path = "$."
		}
		for name := range members {
			delivered, members := whole()
			if strings.HasSuffix(name, "event") {
				continue
			}
			members[name+"||"] = members[name]
			got, err := parseObject(t, delivered)
			require.Equal(t, isRequired(event, path+name) && !strings.HasPrefix(event, "phone_line."), err != nil, "%s: %s twice", event, name)
			require.Equal(t, []string{path + name + " stands there more than once"}, got.Defects(), event)
			delete(members, name)
			delete(members, name+"||")
			if err == nil {
				want, err := parseObject(t, delivered)
				require.NoError(t, err)
				require.Equal(t, shown(t, want), shown(t, got), "%s: %s", event, name)
			}
		}
	})
}

// One odd member costs that member, unless the event cannot do without it.
func TestEventOddMembers(t *testing.T) {
	t.Parallel()
	odd := []any{true, "text", 12.5, 12, object{"a": 1}, []any{1}, []any{object{}}}
	deliveries(t, func(event string, whole func() (object, object)) {
		_, members := whole()
		for name := range members {
			for _, value := range odd {
				delivered, members := whole()
				path := "$.data." + name
				if _, wrapped := delivered["data"]; !wrapped {
					path = "$." + name
				}
				_, isNumber := value.(int)
				if strings.HasSuffix(name, "event") || name == "duration" && isNumber || reflect.TypeOf(value) == reflect.TypeOf(members[name]) {
					continue
				}
				members[name] = value
				got, err := parseObject(t, delivered)
				if strings.HasSuffix(name, "At") || name == "timestamp" || name == "currentPeriodEnd" {
					continue // Timestamp decides what it reads
				}
				required := isRequired(event, path) && !strings.HasPrefix(event, "phone_line.")
				require.Equal(t, required, err != nil, "%s: %s is %v", event, path, value)
				require.NotEmpty(t, got.Defects(), "%s: %s is %v", event, path, value)
				require.Contains(t, got.Defects()[0], path, "%s: %v", event, value)
				require.Equal(t, event, got.EventName())
				delete(members, name)
				if want, err := parseObject(t, delivered); err == nil {
					require.Equal(t, shown(t, want), shown(t, got), "%s: %s is %v", event, path, value)
				}
			}
		}
	})
}

// A number is whole in any of JSON's forms. What is none costs the member.
func TestEventWholeNumbers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]*int64{
		"12": new(int64(12)), "12.0": new(int64(12)), "1e1": new(int64(10)), "1.2E+1": new(int64(12)), "0.0": new(int64(0)),
		"-0": new(int64(0)), "9007199254740993": new(int64(9007199254740993)), "null": nil,
		"12.5": nil, "1e-1": nil, "1e300": nil, "1e999999999": nil, "9007199254740993.0": nil, "9223372036854775808": nil,
		`"12"`: nil, "true": nil, "[]": nil, "{}": nil,
	} {
		event := mustParse(t, `{"event":"call.ended","callId":"c","status":"COMPLETED","timestamp":"2026-11-03T15:00:00.000Z","duration":`+text+`}`)
		call, ok := event.(*CallEvent)
		require.True(t, ok, text)
		assert.Equal(t, want, call.Duration, text)
		assert.Equal(t, want == nil && text != "null", len(call.Defects()) == 1, text)
		assert.Equal(t, "COMPLETED", call.Status)
	}
}

// "fromMe" counts where the members are, and nowhere else.
func TestEventFromMeCountsWhereItBelongs(t *testing.T) {
	t.Parallel()
	const members = `"numberId":"n","id":"m","createdAt":"2026-11-03T14:11:07.120Z","from":"+1","to":"+2"`
	for _, text := range []string{
		`{"event":"message.received","data":{` + members + `,"context":{"fromMe":false}}}`,
		`{"event":"message.received","fromMe":false,"data":{` + members + `}}`,
		`{"event":"message.received","data":{"content":"\"fromMe\":false",` + members + `}}`,
		`{"event":"message.received","data":{` + members + `,"fromMe":null}}`,
	} {
		event, err := ParseEvent([]byte(text))
		require.Error(t, err, text)
		assert.Equal(t, []string{"$.data.fromMe is missing"}, event.Defects(), text)
	}
}

// Text that is not UTF-8 keeps its other characters, and costs nothing else.
func TestEventInvalidUTF8(t *testing.T) {
	t.Parallel()
	const members = `"numberId":"n","createdAt":"2026-11-03T14:11:07.120Z","from":"+1","to":"+2","fromMe":false`
	event := mustParse(t, `{"event":"message.received","data":{"id":"m","participantName":"Jo`+"\xe3"+`o","content":"Oi",`+members+`}}`)
	received, ok := event.(*MessageReceivedEvent)
	require.True(t, ok)
	assert.Equal(t, "Jo\ufffdo", received.ParticipantName)
	assert.Equal(t, "Oi", received.Content)
	assert.Equal(t, []string{"$.data.participantName has characters that are not valid Unicode"}, received.Defects())
	event = mustParse(t, `{"event":"message.received","more":"`+"\xe3"+`","data":{"id":"m","x`+"\xe3"+`":1,`+members+`}}`)
	assert.Empty(t, event.Defects())
	event = mustParse(t, `{"event":"message.received","data":{"id":"m`+"\xe3"+`",`+members+`}}`)
	assert.Equal(t, []string{"$.data.id has characters that are not valid Unicode"}, event.Defects())
}

// Defects belong to the reader: a change of the list changes no event.
func TestEventDefectsAreACopy(t *testing.T) {
	t.Parallel()
	event := mustParse(t, `{"event":"call.ended","status":"COMPLETED","timestamp":"2026-11-03T15:00:00.000Z","duration":true}`)
	event.Defects()[0] = "changed"
	assert.Equal(t, []string{"$.duration must be an integer"}, event.Defects())
}

// Unknown members may be odd in any way.
func TestEventUnknownMembersMayBeOdd(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"event":"call.ended","status":"s","timestamp":"2026-11-03T15:00:00.000Z","x":{"a":1,"a":2}}`,
		`{"event":"call.ended","status":"s","timestamp":"2026-11-03T15:00:00.000Z","x":1,"x":2}`,
		`{"x":{"event":"y"},"event":"call.ended","status":"s","timestamp":"2026-11-03T15:00:00.000Z"}`,
		`{"\u0065vent":"call.ended","status":"s","timestamp":"2026-11-03T15:00:00.000Z"}`,
	} {
		event := mustParse(t, text)
		assert.IsType(t, &CallEvent{}, event, text)
		assert.Empty(t, event.Defects(), text)
	}
	unknown, ok := mustParse(t, `{"event":"new.event","data":{"a":1,"a":"`+"\xff"+`"}}`).(*UnknownEvent)
	require.True(t, ok)
	assert.True(t, bytes.Equal([]byte(`{"a":1,"a":"`+"\xff"+`"}`), unknown.Data))
	nested, ok := mustParse(t, `{"data":{"event":""}, "entry":[]}`).(*MetaEnvelope)
	require.True(t, ok)
	assert.Empty(t, nested.EventName())
	_, err := ParseEvent([]byte(`{"data":{"event":""}}`))
	require.Error(t, err)
}
