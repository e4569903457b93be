package pilotstatuspg

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
)

func TestStorableJSON(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		`{"a":"é\u00e9\n\"\\\/"}`:    `{"a":"é\u00e9\n\"\\\/"}`,
		`{"a":"\u0000"}`:             `{"a":"\ufffd"}`,
		`{"\u0000":1}`:               `{"\ufffd":1}`,
		`{"a":"\\u0000"}`:            `{"a":"\\u0000"}`,
		`{"a":"\\\u0000"}`:           `{"a":"\\\ufffd"}`,
		`{"a":"\\\\u0000"}`:          `{"a":"\\\\u0000"}`,
		`{"a":"\"\u0000"}`:           `{"a":"\"\ufffd"}`,
		`{"a":"\ud83d\ude00"}`:       `{"a":"\ud83d\ude00"}`,
		`{"a":"\uD83D\uDE00"}`:       `{"a":"\uD83D\uDE00"}`,
		`{"a":"\ud83d"}`:             `{"a":"\ufffd"}`,
		`{"a":"\ude00"}`:             `{"a":"\ufffd"}`,
		`{"a":"\ud83d\ud83d\ude00"}`: `{"a":"\ufffd\ud83d\ude00"}`,
		`{"a":"\ud83d\\ude00"}`:      `{"a":"\ufffd\\ude00"}`,
		`{"a":"\ud83dx"}`:            `{"a":"\ufffdx"}`,
		`{"a":"\ude00\ud83d"}`:       `{"a":"\ufffd\ufffd"}`,
		"{\"a\":\"\xff\"}":           `{"a":"` + "\uFFFD" + `"}`,
		"{\"a\":\"\xed\xa0\x80\"}":   `{"a":"` + "\uFFFD" + `"}`,
		"{\"a\":\"\x00\"}":           `{"a":"` + "\uFFFD" + `"}`,
		`{"a":-1.5e+30,"b":[1,2]}`:   `{"a":-1.5e+30,"b":[1,2]}`,
		`{"a":1e99999}`:              `{"a":"1e99999"}`,
		`{"a":1e-99999}`:             `{"a":"1e-99999"}`,
		`{"a":1e0000000001}`:         `{"a":1e0000000001}`,
		`{"a":"1e99999"}`:            `{"a":"1e99999"}`,
		`"\`:                         `"\`,
		`"\u00`:                      `"\u00`,
		`"\ud83d\u`:                  `"\ufffd\u`,
		``:                           ``,
	} {
		assert.Equal(t, want, string(storableJSON([]byte(given))), "%s", given)
	}
	long := strings.Repeat("9", 20_000)
	assert.Equal(t, `"`+long+`"`, string(storableJSON([]byte(long))))
}

// Whatever storableJSON makes of a JSON text, jsonb takes it; of another text, text does.
func FuzzStorableJSON(f *testing.F) {
	f.Add([]byte(`{"a":"\u0000\ud83d\\u0000","b":1e999999,"c":[true,null]}`))
	f.Add([]byte("\"\xff\x00\\"))
	pool := newPool(f, database(f).DSN)
	f.Fuzz(func(t *testing.T, raw []byte) {
		clean := storableJSON(raw)
		require.True(t, utf8.Valid(clean))
		require.Equal(t, string(clean), string(storableJSON(clean)), "it is clean")
		if json.Valid(raw) {
			require.True(t, json.Valid(clean))
		}
		kind := "text"
		if json.Valid(clean) {
			kind = "jsonb"
		}
		_, err := pool.Exec(t.Context(), "SELECT $1::text::"+kind, string(clean))
		require.NoError(t, err)
	})
}

// Nothing that a delivery may have keeps it from being stored, as text and as jsonb.
func TestReceiveStoresEverything(t *testing.T) {
	t.Parallel()
	in := newInbox(t)
	handler := in.receive(in.keep, ReceiveOptions{})
	message := func(content string) string {
		return strings.Replace(delivered(pilotstatus.EventMessageReceived, "msg_1"), `"Hi"`, content, 1)
	}
	for name, row := range map[string]struct{ body, text, raw string }{
		"NUL escape":          {body: message(`"a\u0000b"`), text: "a\uFFFDb"},
		"no NUL":              {body: message(`"a\\u0000b"`), text: `a\u0000b`},
		"backslash and NUL":   {body: message(`"a\\\u0000b"`), text: "a\\\uFFFDb"},
		"half pair":           {body: message(`"a\ud83db"`), text: "a\uFFFDb"},
		"NUL byte":            {body: message("\"a\x00b\""), text: "a\uFFFDb"},
		"no UTF-8":            {body: message("\"a\xffb\""), text: "a\uFFFDb"},
		"unknown":             {body: `{"event":"new.event","data":{"\u0000":"\ud83d","n":1e999999}}`, raw: `{"event":"new.event","data":{"` + "\uFFFD" + `":"` + "\uFFFD" + `","n":"1e999999"}}`},
		"unknown name":        {body: `{"event":"new\u0000","data":1}`, raw: `{"event":"new` + "\uFFFD" + `","data":1}`},
		"malformed":           {body: `{"event":"message.received","data":{"content":"\u0000"}}`, raw: `{"event":"message.received","data":{"content":"` + "\uFFFD" + `"}}`},
		"no JSON":             {body: "no \x00\xff\\u0000 \"JSON", raw: `"no ` + "\uFFFD\uFFFD" + `\\u0000 \"JSON"`},
		"empty":               {body: "", raw: `""`},
		"deep":                {body: `{"event":"deep","data":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + `}`},
		"Meta":                {body: `{"object":"whatsapp_business_account","entry":[{"id":"\u0000"}]}`, raw: `{"object":"whatsapp_business_account","entry":[{"id":"` + "\uFFFD" + `"}]}`},
		"line with code":      {body: `{"id":"e","event":"phone_line.code_received","createdAt":"2026-11-03T10:03:00.000Z","data":{"lineId":"l","code":"1\u00002"}}`},
		"more than a message": {body: message(`"a"`) + "\x00"},
	} {
		in.exec("TRUNCATE pilotstatus.seen, pilotstatus.event")
		require.Equal(t, http.StatusOK, post(handler, row.body), "%s: %s", name, in.log.String())
		require.Equal(t, http.StatusOK, post(handler, row.body), name)
		require.Equal(t, 1, in.count("seen"), name)
		assert.Equal(t, row.text, value[string](t, in.pool, in.outbox.in("SELECT body FROM pilotstatus.seen")), name)
		if row.raw != "" {
			assert.JSONEq(t, row.raw, value[string](t, in.pool, in.outbox.in("SELECT raw::text FROM pilotstatus.seen")), name)
		}
	}
	assert.Empty(t, in.log.String())
}

// Half a delivery stays what it is, with the reason for that.
func TestStorableMalformed(t *testing.T) {
	t.Parallel()
	given, _ := pilotstatus.ParseEvent([]byte("{\"event\":\x00"))
	event, ok := storableEvent(given).(*pilotstatus.MalformedEvent)
	require.True(t, ok)
	assert.JSONEq(t, `"{\"event\":`+"\uFFFD"+`"`, string(event.Raw()))
	assert.ErrorContains(t, event.Err, "is not valid JSON")
}
