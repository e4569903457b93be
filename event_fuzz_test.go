package pilotstatus

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Whatever arrives becomes an event, whole, and never a panic. What is not JSON is
// never taken for an event, and the name is the one that encoding/json finds.
func FuzzParseEvent(f *testing.F) {
	for _, s := range webhookSamples(f) {
		f.Add(s.payload)
	}
	for _, text := range []string{
		"", " ", "{", `{"event"`, `{"event":`, `{"event":"message.sent`, "[]", "null", `{"event":"a","event":"b"}`, `{"\u0065vent":"x"}`,
		`{"entry":[1],"event":null}`, `{"a":{"event":"x"},"event":"y"}`, `{"a":"}","event":"y"}`, `{"event":"call.ended","data":{"status":{}}}`,
		strings.Repeat(`{"a":`, 20_000), strings.Repeat("[", 20_000), "{\"event\":\"\xff\"}", `{"EVENT":"x","event":"message.sent","data":{}}`,
		"\ufeff{}", "\ufeff\ufeff{}", `{"event":"new.event","data":{"a":1,"a":"` + "\xff" + `"}}`, `{"data":{"event":""},"entry":[]}`,
		`{"event":"call.ended","status":"s","timestamp":1793718108000,"duration":1e1}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		event, err := ParseEvent(payload)
		require.NotNil(t, event)
		payload = bytes.TrimPrefix(payload, []byte("\ufeff"))
		assert.Equal(t, string(payload), string(event.Raw()))
		assert.NotEmpty(t, event.DedupeKey())
		_, malformed := event.(*MalformedEvent)
		assert.Equal(t, err != nil, malformed)
		if err != nil {
			assert.True(t, isA[*MalformedEventError](err))
			return
		}
		require.True(t, json.Valid(payload))
		var members map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(payload, &members))
		var name string
		if raw, ok := members["event"]; ok {
			_ = json.Unmarshal(raw, &name) // Meta's envelope may have another "event"
		}
		assert.Equal(t, name, event.EventName())
		requireStored(t, event)
	})
}

// requireStored stores an event as JSON and reads it again.
func requireStored(t *testing.T, event Event) {
	t.Helper()
	if line, ok := event.(*PhoneLineEvent); ok && line.hasCode() {
		return
	}
	text, err := json.Marshal(event)
	require.NoError(t, err)
	again, err := ParseEvent(text)
	require.NoError(t, err)
	assert.IsType(t, event, again)
	assert.Equal(t, event.EventName(), again.EventName())
	assert.Equal(t, event.Defects(), again.Defects())
}

func mustParse(t *testing.T, text string) Event {
	t.Helper()
	event, err := ParseEvent([]byte(text))
	require.NoError(t, err)
	return event
}

// Two deliveries have one key where they tell of one event, and two where they do not.
func TestDedupeKeys(t *testing.T) {
	t.Parallel()
	const message = `{"numberId":"n","messageId":"w","id":"m","fromMe":false,"createdAt":"2026-11-03T14:11:07.120Z","from":"+1","to":"+2"}`
	const meta = `{"entry":[{"changes":[{"value":{"statuses":[{"id":"w","status":"sent"}]}}]}]}`
	for name, row := range map[string]struct {
		one   string
		same  []string
		other []string
	}{
		"message": {
			`{"event":"message.sent","data":` + message + `}`,
			[]string{`{"event":"message.sent","data":` + strings.Replace(message, `"w"`, `"later"`, 1) + `,"more":1}`},
			[]string{
				`{"event":"message.read","data":` + message + `}`,
				`{"event":"message.sent","data":` + strings.Replace(message, `"m"`, `"m2"`, 1) + `}`,
			},
		},
		"message without an id": {
			`{"event":"message.sent","data":` + strings.Replace(message, `"m"`, `""`, 1) + `}`,
			[]string{`{"event":"message.sent","data":` + strings.Replace(message, `"m"`, `""`, 1) + ` }`},
			[]string{`{"event":"message.sent","data":` + strings.NewReplacer(`"m"`, `""`, `"w"`, `"w2"`).Replace(message) + `}`},
		},
		"number": {
			`{"event":"number.connected","data":{"numberId":"n","phone":"p","displayName":"d","createdAt":"2026-11-02T09:30:00.000Z"}}`,
			[]string{`{"event":"number.connected","data":{"numberId":"n","phone":"q","displayName":"e","createdAt":"2026-11-02T09:30:00.000Z"}}`},
			[]string{`{"event":"number.connected","data":{"numberId":"n","phone":"p","displayName":"d","createdAt":"2026-11-02T09:31:00.000Z"}}`},
		},
		"call": {
			`{"event":"call.ended","callId":"c","status":"COMPLETED","timestamp":"2026-11-03T15:00:00.000Z"}`,
			[]string{`{"event":"call.ended","data":{"callId":"c","status":"COMPLETED","timestamp":"2026-11-03T15:00:00.000Z","duration":3}}`},
			[]string{
				`{"event":"call.ended","callId":"d","status":"COMPLETED","timestamp":"2026-11-03T15:00:00.000Z"}`,
				`{"event":"call.ended","callId":null,"externalCallId":"e","status":"COMPLETED","timestamp":"2026-11-03T15:00:00.000Z"}`,
				`{"event":"call.ended","callId":"c","status":"FAILED","timestamp":"2026-11-03T15:00:00.000Z"}`,
			},
		},
		"permission": {
			`{"event":"call.permission_updated","callId":null,"status":"TEMPORARY","from":"a","to":"b","timestamp":"2026-11-03T15:00:00.000Z"}`,
			[]string{`{"event":"call.permission_updated","callId":"x","status":"TEMPORARY","from":"a","to":"b","timestamp":"2026-11-03T15:00:00.000Z"}`},
			[]string{`{"event":"call.permission_updated","callId":null,"status":"TEMPORARY","from":"c","to":"b","timestamp":"2026-11-03T15:00:00.000Z"}`},
		},
		"phone line": {
			`{"id":"e","event":"phone_line.canceled","createdAt":"2026-11-03T10:09:00.000Z","data":{"lineId":"l"}}`,
			[]string{`{"id":"e","event":"phone_line.canceled","createdAt":"2026-11-03T10:09:00.000Z","data":{"lineId":"l","name":"n"}}`},
			[]string{`{"id":"f","event":"phone_line.canceled","createdAt":"2026-11-03T10:09:00.000Z","data":{"lineId":"l"}}`},
		},
		"flow": {
			`{"event":"flow.response_received","data":{"flowToken":"f"}}`,
			[]string{`{"event":"flow.response_received","flowToken":"f","more":1}`},
			[]string{`{"event":"flow.response_received","data":{"flowToken":"g"}}`},
		},
		"evolution": {
			`{"event":"CallOffer","data":{"CallID":"c"}}`,
			[]string{`{"event":"CallOffer","instance":"i","data":{"CallID":"c","From":"f"}}`},
			[]string{`{"event":"CallAccept","data":{"CallID":"c"}}`, `{"event":"CallOffer","data":{"callid":"c"}}`},
		},
		"meta": {
			meta,
			[]string{strings.Replace(meta, `"entry"`, `"object":"o","entry"`, 1)},
			[]string{
				strings.Replace(meta, "sent", "read", 1), strings.Replace(meta, `"w"`, `"w2"`, 1),
				strings.Replace(meta, "statuses", "messages", 1), strings.Replace(meta, "statuses", "history", 1),
				`{"entry":[]}`, `{"entry":[1]}`,
				strings.Replace(meta, `"statuses"`, `"user_preferences":[1],"statuses"`, 1),
			},
		},
		"unknown": {
			`{"event":"new.event","data":"<b>\u00e9"}`,
			[]string{`{"event":"new.event", "data":"\u003cb>é" }`},
			[]string{`{"event":"new.event","data":"<b>e"}`, `{"event":"other.event"}`},
		},
	} {
		key := mustParse(t, row.one).DedupeKey()
		family, hash, _ := strings.Cut(key, ":")
		assert.NotEmpty(t, family)
		assert.Len(t, hash, 64)
		for _, same := range row.same {
			assert.Equal(t, key, mustParse(t, same).DedupeKey(), "%s: %s", name, same)
		}
		for _, other := range row.other {
			assert.NotEqual(t, key, mustParse(t, other).DedupeKey(), "%s: %s", name, other)
		}
	}
}

// The last of two members counts for encoding/json, and the first for whoever looks
// for the name: neither may be taken for the other.
func TestParseEventRefusesTwoNames(t *testing.T) {
	t.Parallel()
	for _, payload := range []string{
		`{"event":"new.event","event":"message.sent"}`,
		`{"event":"message.sent","data":{},"event":"message.read"}`,
		`{"event":"call.ended","status":"x","timestamp":"2026-11-03T15:00:00.000Z","event":"call.missed"}`,
		`{"event":"phone_line.canceled","data":{},"event":"phone_line.returned"}`,
		`{"entry":[],"event":"message.sent","event":"new.event"}`,
		`{"event":"number.connected","data":null,"data":{"numberId":"n","phone":"p","displayName":"d","createdAt":"2026-11-02T09:30:00.000Z"}}`,
	} {
		event, err := ParseEvent([]byte(payload))
		require.Error(t, err, payload)
		assert.IsType(t, &MalformedEvent{}, event)
	}
}

// A large broken delivery costs no more than a small one does for its size, and its
// error stays short.
func TestParseEventStopsLookingForDefects(t *testing.T) {
	t.Parallel()
	for _, element := range []string{"0", "{}"} {
		fields := strings.TrimSuffix(strings.Repeat(element+",", 1<<20), ",")
		payload := `{"event":"lead.received","data":{"leadId":"l","leadgenId":"g","whatsappNumberId":"w","pageId":"p",` +
			`"formId":"f","createdAt":"2026-11-02T09:30:00.000Z","fields":[` + fields + `]}}`
		_, err := ParseEvent([]byte(payload))
		var malformed *MalformedEventError
		require.ErrorAs(t, err, &malformed)
		assert.LessOrEqual(t, len(malformed.Defects), 2*maxDefects)
		assert.Less(t, len(err.Error()), 500)
	}
	_, err := ParseEvent([]byte(`{"event":"` + strings.Repeat("x", 1<<20)))
	require.Error(t, err)
	assert.Less(t, len(err.Error()), 500)
	assert.NotEmpty(t, (*MalformedEventError)(nil).Error())
}

// A member that differs from a known one in case only is an unknown one.
func TestParseEventKnowsExactNamesOnly(t *testing.T) {
	t.Parallel()
	event := mustParse(t, `{"event":"message.sent","Event":5,"Data":5,"data":{"numberId":"n","id":"m","fromMe":true,`+
		`"createdAt":"2026-11-03T14:11:07.120Z","to":"+2","Content":5,"content":"hello"}}`)
	status, ok := event.(*MessageStatusEvent)
	require.True(t, ok, "%T", event)
	assert.Equal(t, "hello", status.Content)
	assert.Equal(t, "m", status.ID)
	event = mustParse(t, `{"ID":5,"id":"e","event":"phone_line.canceled","createdAt":"2026-11-03T10:09:00.000Z","data":{"lineId":"l","Name":5}}`)
	line, ok := event.(*PhoneLineEvent)
	require.True(t, ok, "%T", event)
	assert.Equal(t, "e", line.ID)
	assert.Equal(t, "l", line.LineID)
	event = mustParse(t, `{"entry":[{}],"Entry":5,"object":"o","OBJECT":5}`)
	envelope, ok := event.(*MetaEnvelope)
	require.True(t, ok, "%T", event)
	assert.Equal(t, "o", envelope.Object)
	event = mustParse(t, `{"event":"call.ended","status":"COMPLETED","Status":5,"timestamp":"2026-11-03T15:00:00.000Z"}`)
	call, ok := event.(*CallEvent)
	require.True(t, ok, "%T", event)
	assert.Equal(t, "COMPLETED", call.Status)
}

// Meta's envelope is told by its entries, whatever else it has.
func TestParseEventMetaEnvelopeWithAnEvent(t *testing.T) {
	t.Parallel()
	for _, payload := range []string{`{"event":null,"entry":[]}`, `{"entry":[],"event":{"a":1}}`, `{"event":5,"entry":[{}]}`} {
		assert.IsType(t, &MetaEnvelope{}, mustParse(t, payload), payload)
	}
	event, err := ParseEvent([]byte(`{"event":5,"entry":{}}`))
	require.Error(t, err)
	assert.IsType(t, &MalformedEvent{}, event)
}
