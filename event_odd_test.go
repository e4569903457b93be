package pilotstatus

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// An odd member that is not the code is stored as it came, with all that this version does
// not know.
func TestOddPhoneLineEventsAreStoredWhole(t *testing.T) {
	t.Parallel()
	for _, payload := range []string{
		`{"id":12,"event":"phone_line.suspended","createdAt":"2026-11-03T10:07:00.000Z","data":{"lineId":"l","number":"+551130000001","name":"R","extra":"x"}}`,
		`{"id":"e","event":"phone_line.suspended","createdAt":"soon","data":{"lineId":"l","name":["R"],"extra":"x"}}`,
		`{"id":"e","id":"e","event":"phone_line.code_received","createdAt":"2026-11-03T10:07:00.000Z","data":{"lineId":"l","code":null}}`,
	} {
		event := mustParse(t, payload)
		require.NotEmpty(t, event.Defects())
		text, err := json.Marshal(event)
		require.NoError(t, err)
		assert.Equal(t, payload, string(text))
		var again PhoneLineEvent
		require.NoError(t, json.Unmarshal(text, &again))
		requireSameEvent(t, event, &again)
	}
}

// What could not be read is stored as it came, whatever is in it: nobody can tell its code
// from the rest.
func TestMalformedEventIsStoredInClear(t *testing.T) {
	t.Parallel()
	const payload = `{"id":"e","event":"phone_line.code_received","data":["CODEQWERTY"]}`
	event, err := ParseEvent([]byte(payload))
	require.Error(t, err)
	text, err := json.Marshal(event)
	require.NoError(t, err)
	assert.JSONEq(t, payload, string(text))
}

// A text that was cut in the middle of a character keeps the rest of it, in every member,
// and never costs the event.
func TestCutTextsAreKept(t *testing.T) {
	t.Parallel()
	const bad = "…order 7 \ufffd"
	for _, cut := range []string{`…order 7 \ud83d`, "…order 7 \xf0", "…order 7 \xff"} {
		event := mustParse(t, `{"event":"message.received","data":{"numberId":"n","id":"m","fromMe":false,`+
			`"createdAt":"2026-11-03T14:11:07.120Z","from":"+1","to":"+2","content":"`+cut+`"}}`)
		received, ok := event.(*MessageReceivedEvent)
		require.True(t, ok)
		assert.Equal(t, bad, received.Content)
		assert.Equal(t, []string{"$.data.content has characters that are not valid Unicode"}, event.Defects())

		event = mustParse(t, `{"event":"number.disconnected","data":{"numberId":"n","phone":"p","displayName":"`+cut+
			`","createdAt":"2026-11-02T09:30:00.000Z","error":"`+cut+`"}}`)
		number, ok := event.(*NumberEvent)
		require.True(t, ok)
		assert.Equal(t, bad, number.DisplayName)
		assert.Equal(t, bad, number.Error)
		assert.Len(t, event.Defects(), 2)

		event = mustParse(t, `{"event":"lead.received","data":{"leadId":"l","leadgenId":"g","whatsappNumberId":"w","pageId":"p",`+
			`"formId":"f","createdAt":"2026-11-02T09:30:00.000Z","fields":[{"key":"`+cut+`","values":["a","`+cut+`"]}]}}`)
		lead, ok := event.(*LeadEvent)
		require.True(t, ok)
		assert.Equal(t, []LeadField{{Key: bad, Values: []string{"a", bad}}}, lead.Fields)
		assert.Len(t, event.Defects(), 2)

		event = mustParse(t, `{"event":"message.failed","data":{"numberId":"n","id":"m","fromMe":true,`+
			`"createdAt":"2026-11-03T14:11:07.120Z","to":"+2","errorMessage":"`+cut+`"}}`)
		failed, ok := event.(*MessageFailedEvent)
		require.True(t, ok)
		assert.Equal(t, bad, failed.Error)
	}
}

// Two ids that were cut look alike, and are two ids all the same.
func TestCutIDsAreNotOneKey(t *testing.T) {
	t.Parallel()
	key := func(id string) string {
		return mustParse(t, `{"event":"message.sent","data":{"numberId":"n","id":"`+id+`","fromMe":true,`+
			`"createdAt":"2026-11-03T14:11:07.120Z","to":"+2"}}`).DedupeKey()
	}
	assert.NotEqual(t, key(`m\ud83d`), key(`m\ud83e`))
	first := key(`m\ud83d`)
	assert.Equal(t, first, key(`m\ud83d`))
}

// Data that is null is no data, however the delivery is read: an odd member beside it makes
// no difference.
func TestNullDataIsNoData(t *testing.T) {
	t.Parallel()
	for _, name := range []string{EventFlowResponseReceived, EventCalls, EventEvolutionCallOffer, "new.event"} {
		for _, odd := range []string{"", `"x":1,"x":2,`} {
			event := mustParse(t, `{`+odd+`"event":"`+name+`","data":null}`)
			data := reflect.ValueOf(event).Elem().FieldByName("Data")
			assert.True(t, data.IsNil(), "%s %s: %s", name, odd, data.Bytes())
			text, err := json.Marshal(event)
			require.NoError(t, err)
			assert.Equal(t, string(event.Raw()), string(text))
		}
		text, err := json.Marshal(literalWithNullData(name))
		require.NoError(t, err)
		assert.NotContains(t, string(text), "data")
	}
}

func literalWithNullData(name string) Event {
	null := json.RawMessage("null")
	switch name {
	case EventFlowResponseReceived:
		return &FlowResponseEvent{Event: name, Data: null}
	case EventCalls:
		return &RawCallsEvent{Event: name, Data: null}
	case EventEvolutionCallOffer:
		return &EvolutionCallEvent{Event: name, Data: null}
	}
	return &UnknownEvent{Event: name, Data: null}
}

// An entry without items is told from others by what it has.
func TestMetaEntriesWithoutItemsHaveKeysOfTheirOwn(t *testing.T) {
	t.Parallel()
	const item = `{"changes":[{"value":{"statuses":[{"id":"w","status":"sent"}]}}]}`
	keys := map[string]string{}
	for _, entries := range []string{
		item, item + `,{"id":"1"}`, item + `,{"id":"2"}`, item + `,{"id":"2","changes":[]}`, item + `,{"messaging":[{"mid":"a"}]}`, item + `,null`,
	} {
		key := mustParse(t, `{"entry":[`+entries+`]}`).DedupeKey()
		assert.Empty(t, keys[key], entries)
		keys[key] = entries
	}
}

// A literal keeps the time that it was given, and has no delivery with one that has no form.
func TestEventLiteralsKeepTheirTimes(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 3, 11, 11, 7, 123456789, time.FixedZone("", -3*60*60))
	for when, want := range map[time.Time]string{
		at: "2026-11-03T14:11:07.123456789Z", at.Truncate(time.Microsecond): "2026-11-03T14:11:07.123456Z",
		at.Truncate(time.Millisecond): "2026-11-03T14:11:07.123Z", at.Truncate(time.Second): "2026-11-03T14:11:07.000Z",
	} {
		event := &NumberEvent{Event: EventNumberConnected, NumberID: "n", CreatedAt: Timestamp{Time: when}}
		text, err := json.Marshal(event)
		require.NoError(t, err)
		assert.Contains(t, string(text), want)
		var again NumberEvent
		require.NoError(t, json.Unmarshal(text, &again))
		assert.True(t, when.Equal(again.CreatedAt.Time))
		assert.Equal(t, event.DedupeKey(), again.DedupeKey())
	}
	for _, year := range []int{58879, -1, 10000} {
		event := &NumberEvent{Event: EventNumberConnected, NumberID: "n", CreatedAt: Timestamp{Time: time.Date(year, 1, 2, 0, 0, 0, 0, time.UTC)}}
		text, err := json.Marshal(event)
		require.ErrorContains(t, err, "time.UnixMilli", string(text))
		assert.Nil(t, event.Raw())
	}
}

// Many elements are no reason to lose an event, many odd ones are; raw ones are never odd.
func TestManyElementsOfOddDeliveries(t *testing.T) {
	t.Parallel()
	lead := func(element string, count int) (Event, error) {
		return ParseEvent([]byte(`{"event":"lead.received","data":{"leadId":"l","leadgenId":"g","whatsappNumberId":"w","pageId":"p","adId":5,"formId":"f",` +
			`"createdAt":"2026-11-02T09:30:00.000Z","fields":[` + element + strings.Repeat(","+element, count-1) + `]}}`))
	}
	event, err := lead(`{"key":"k","values":["a"]}`, 5*maxOddElements)
	require.NoError(t, err)
	read, ok := event.(*LeadEvent)
	require.True(t, ok)
	assert.Len(t, read.Fields, 5*maxOddElements)
	assert.Equal(t, LeadField{Key: "k", Values: []string{"a"}}, read.Fields[maxOddElements])
	const odd = `{"key":"k","label":5,"values":["a"]}`
	_, err = lead(odd, maxOddElements)
	require.NoError(t, err)
	_, err = lead(odd, maxOddElements+1)
	require.ErrorContains(t, err, "$.data.fields has too many elements")
	event = mustParse(t, `{"x":1,"x":2,"entry":[0`+strings.Repeat(`,{"a":1,"a":2}`, 2*maxOddElements)+`]}`)
	envelope, ok := event.(*MetaEnvelope)
	require.True(t, ok)
	assert.Len(t, envelope.Entry, 2*maxOddElements+1)
	assert.Equal(t, `{"a":1,"a":2}`, string(envelope.Entry[2*maxOddElements]))
}
