package pilotstatus

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMaskDigits(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		// Counts, limits and codes stay readable.
		"":                                 "",
		"at most 100 characters":           "at most 100 characters",
		"the 24-hour window":               "the 24-hour window",
		"1 to 100 ids":                     "1 to 100 ids",
		"up to 4096 characters, 3 of 100":  "up to 4096 characters, 3 of 100",
		"Meta error 131047":                "Meta error 131047",
		"(retry after 1m30s) (4 attempts)": "(retry after 1m30s) (4 attempts)",
		"dial tcp 127.0.0.1:8080: refused": "dial tcp 127.0.0.1:8080: refused",
		"dial tcp 192.168.100.200:443: no": "dial tcp 192.168.100.200:443: no",
		"version 1.15.0":                   "version 1.15.0",
		"123456":                           "123456",
		"no digits, (only.) -marks-":       "no digits, (only.) -marks-",

		// Phone numbers do not, however they are written.
		"1234567":                 "[redacted]",
		"+5511987650432":          "+[redacted]",
		"+55 (11) 98765-0432":     "+[redacted]",
		"55 11 98765.0432":        "[redacted]",
		"11.98765.0432":           "[redacted]",
		"55.11.98.76.50":          "[redacted]",
		"555.111.987.650":         "[redacted]",
		"(11) 98765-0432":         "([redacted]",
		"(11)98765\u20110432":     "([redacted]",
		"11\u00a098765\u20130432": "[redacted]",
		"11  98765\t0432":         "[redacted]",
		"11\n98765\n0432":         "[redacted]",
		"a5511987650432b":         "a[redacted]b",
		"wa:5511987650432@s.net":  "wa:[redacted]@s.net",
		"\uff15\uff15\uff11\uff11\uff19\uff18\uff17": "[redacted]",
		"٥٥١١٩٨٧٦٥٠٤٣٢":                              "[redacted]",
		"\xff5511987650432\xfe":                      "\xff[redacted]\xfe",
		"5 5 1 1 9 8 7":                              "[redacted]",
		"from 5511987650432 to 1234567890":           "from [redacted] to [redacted]",

		// What stands around a number stays.
		"call 5511987650432.":          "call [redacted].",
		"call (5511987650432) now":     "call ([redacted]) now",
		"3 of 5511987650432 - 4 left":  "3 of [redacted] left",
		"limit 100, not 5511987650432": "limit 100, not [redacted]",
	} {
		assert.Equal(t, want, maskDigits(text), "%q", text)
		assert.Equal(t, want, maskDigits(want), "a masked text stays as it is")
	}
}

func TestCutValues(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text   string
		values []string
		want   string
	}{
		"nothing to cut":            {"no such template", nil, "no such template"},
		"empty values":              {"no such template", []string{"", ""}, "no such template"},
		"empty text":                {"", []string{"abcd"}, ""},
		"as it is":                  {"no msg_1 here, msg_1!", []string{"msg_1"}, "no [redacted] here, [redacted]!"},
		"inside a word":             {"xmsg_1y", []string{"msg_1"}, "x[redacted]y"},
		"whole text":                {"msg_1", []string{"msg_1"}, "[redacted]"},
		"longer than the text":      {"msg", []string{"msg_1"}, "msg"},
		"another case":              {"MSG_1", []string{"msg_1"}, "MSG_1"},
		"path segment":              {"GET /v1/messages/wamid.a%2Fb%3D%3D", []string{"wamid.a/b=="}, "GET /v1/messages/[redacted]"},
		"query":                     {"?name=Ana+%26+Bia", []string{"Ana & Bia"}, "?name=[redacted]"},
		"blank as %20":              {"?name=Ana%20Bia", []string{"Ana Bia"}, "?name=[redacted]"},
		"in JSON":                   {`{"text":"a \"b\"\nc"}`, []string{"a \"b\"\nc"}, `{"text":"[redacted]"}`},
		"in JSON by Go":             {`{"text":"a \u003cb\u003e"}`, []string{"a <b>"}, `{"text":"[redacted]"}`},
		"two values":                {"Ana and Joana", []string{"Joana", "Ana"}, "[redacted] and [redacted]"},
		"a short value as a word":   {"id a is no id, a.", []string{"a"}, "id [redacted] is no id, [redacted]."},
		"a short value in words":    {"a banana", []string{"an"}, "a banana"},
		"a short value twice":       {"banana", []string{"na"}, "banana"},
		"a short number twice":      {"11 of 1", []string{"1"}, "11 of [redacted]"},
		"a short value, accents":    {"Zé e José", []string{"Zé"}, "[redacted] e José"},
		"a short value, underscore": {"msg_1 and 1", []string{"1"}, "msg_1 and [redacted]"},
		"a short value at the ends": {"ab cd ab", []string{"ab"}, "[redacted] cd [redacted]"},
		"a value of regexp signs":   {"a.c* (x)", []string{"a.c*"}, "[redacted] (x)"},
	} {
		assert.Equal(t, test.want, cutValues(test.text, test.values), name)
	}
}

// A value that is part of a phone number does not leave the rest of it readable.
func TestCutsDoNotBreakUpNumbers(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"98765", "5511", "0432", "32"} {
		m := newMockAPI(t)
		m.answer(http.MethodPost, "/v1/messages/send", http.StatusBadRequest, `{"error":"5511987653232, 5511987650432 and +55 (11) 98765-0432 blocked"}`)
		_, err := m.number(t).Messages.Send(t.Context(), SendRequest{
			To: Phone(privatePhone), Content: TemplateContent{ID: "t", Variables: map[string]string{"code": value}},
		})
		require.Error(t, err)
		for _, part := range []string{"5511", "9876", "8765", "0432", "3232"} {
			assert.NotContains(t, err.Error(), part, "without %s", value)
		}
	}
}

// The API's own words, which a request repeats, stay readable in its errors.
func TestOwnWordsStayReadable(t *testing.T) {
	t.Parallel()
	const text = "mediaType video, type call, action navigate and mode draft are not supported"
	for name, content := range map[string]Content{
		"media":    MediaContent{Source: "https://files.example/1", Type: MediaTypeVideo},
		"template": TemplateContent{ID: "t", Media: &Media{Source: "https://files.example/1", Type: MediaTypeVideo}},
		"buttons":  TextContent{Body: "x", Buttons: []Button{CallButton("y", "+5511987650432")}, Header: &Header{Type: HeaderTypeVideo, Content: "z"}},
		"flow":     FlowContent{FlowID: "f", CTA: "go", Action: FlowActionNavigate, Mode: FlowModeDraft},
	} {
		m := newMockAPI(t)
		m.answer(http.MethodPost, "/v1/messages/send", http.StatusBadRequest, `{"error":"`+text+`"}`)
		_, err := m.number(t).Messages.Send(t.Context(), SendRequest{To: Phone(privatePhone), Content: content})
		assert.EqualError(t, err, "Messages.Send: 400: "+text, name)
	}
}

func TestBodyTexts(t *testing.T) {
	t.Parallel()
	for body, want := range map[string][]string{
		``:                   nil,
		`{`:                  nil,
		`null`:               nil,
		`7`:                  nil,
		`{"a":true,"b":1.5}`: nil,
		`{"a":" "}`:          nil,
		`"one"`:              {"one"},
		`["one",["two"],{"a":"three","b":{"c":["four"]}}]`: {"one", "two", "three", "four"},
		`{"list":{"sections":[{"rows":[{"rowId":"r"}]}]}}`: {"r"},
	} {
		assert.ElementsMatch(t, want, bodyTexts([]byte(body)), body)
	}
}

// A credential is cut out of bytes in every form, and the bytes of the caller stay.
func TestCutBytes(t *testing.T) {
	t.Parallel()
	const secret = `k/"e"+y=`
	body := []byte(`a k/"e"+y= b k/\"e\"+y= c ` + escapeSegment(secret) + " d")
	before := string(body)
	assert.Equal(t, "a [redacted] b [redacted] c [redacted] d", string(cutBytes(body, secret)))
	assert.Equal(t, before, string(body))
	assert.Equal(t, before, string(cutBytes(body, "")))
	assert.Empty(t, cutBytes(nil, secret))
	assert.Equal(t, strings.Repeat(redacted, 3), string(cutBytes([]byte(strings.Repeat(secret, 3)), secret)))
}
