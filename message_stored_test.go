package pilotstatus

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// golden returns a file under testdata/sends. With PILOT_STATUS_GOLDEN set it writes the
// file first: stored requests may gain a member, bodies may never change.
func golden(t *testing.T, name string, got []byte) []byte {
	t.Helper()
	path := "testdata/sends/" + name
	if os.Getenv("PILOT_STATUS_GOLDEN") != "" && strings.HasSuffix(name, ".request.json") {
		require.NoError(t, os.WriteFile(path, append(bytes.Clone(got), '\n'), 0o600))
	}
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return bytes.TrimSuffix(data, []byte("\n"))
}

// What goes to the API is the same to the byte in every version: Send, EncodeSend, and both
// after storage.
func TestSendsAreTheSameBytesForEver(t *testing.T) {
	t.Parallel()
	for name, request := range sendCases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			encoded, err := EncodeSend(request)
			require.NoError(t, err)
			want := string(golden(t, name+".body.json", nil))
			assert.Equal(t, want, string(encoded.Body))
			assert.Equal(t, request.IdempotencyKey, encoded.IdempotencyKey)

			stored, err := json.Marshal(request)
			require.NoError(t, err)
			var again SendRequest
			require.NoError(t, json.Unmarshal(stored, &again))
			fromStorage, err := EncodeSend(again)
			require.NoError(t, err)
			assert.Equal(t, encoded, fromStorage)

			kept, err := json.Marshal(encoded)
			require.NoError(t, err)
			var sent EncodedSend
			require.NoError(t, json.Unmarshal(kept, &sent))
			assert.Equal(t, encoded, sent)

			m := newMockAPI(t)
			m.answer(http.MethodPost, sendPath, http.StatusAccepted, testAccepted)
			number := m.number(t)
			_, err = number.Messages.Send(t.Context(), request)
			require.NoError(t, err)
			accepted, err := number.Messages.SendEncoded(t.Context(), sent)
			require.NoError(t, err)
			assert.Equal(t, request.IdempotencyKey, accepted.IdempotencyKey)
			for _, r := range m.Requests() {
				assert.Equal(t, want, string(r.Body))
				assert.Equal(t, []string{request.IdempotencyKey}, r.Header["Idempotency-Key"])
				assert.Equal(t, []string{"application/json"}, r.Header["Content-Type"])
			}
		})
	}
}

// The stored form of a request is what this file says, with both packages of JSON, and
// reads back to the same request.
func TestStoredRequests(t *testing.T) {
	t.Parallel()
	for name, request := range sendCases() {
		stored, err := json.Marshal(request)
		require.NoError(t, err, name)
		assert.Equal(t, string(golden(t, name+".request.json", stored)), string(stored), name)
		withV2, err := jsonv2.Marshal(request)
		require.NoError(t, err, name)
		assert.JSONEq(t, string(stored), string(withV2), name)

		for _, unmarshal := range []func([]byte, any) error{json.Unmarshal, func(data []byte, out any) error { return jsonv2.Unmarshal(data, out) }} {
			var again SendRequest
			require.NoError(t, unmarshal(stored, &again), name)
			assert.Equal(t, request.To, again.To, name)
			assert.True(t, request.DeliverAt.Equal(again.DeliverAt), "%s: with all digits", name)
			assert.True(t, request.DeliverUntil.Equal(again.DeliverUntil), name)
			assert.Equal(t, reflect.TypeOf(request.Content), reflect.TypeOf(again.Content), name)
			twice, err := json.Marshal(again)
			require.NoError(t, err, name)
			assert.Equal(t, string(stored), string(twice), name)
			if len(request.Extra) == 0 && !strings.HasPrefix(name, "flow") && name != "carousel" {
				assert.Equal(t, request, again, name)
			}
		}
	}
}

func TestNumbersOfExtraKeepTheirDigits(t *testing.T) {
	t.Parallel()
	var request SendRequest
	require.NoError(t, json.Unmarshal([]byte(`{"extra":{"a":9007199254740993,"b":1.10,"c":1e400},"content":{"kind":"flow","flowId":"f","data":{"d":0.30}}}`), &request))
	assert.Equal(t, map[string]any{"a": json.Number("9007199254740993"), "b": json.Number("1.10"), "c": json.Number("1e400")}, request.Extra)
	assert.Equal(t, FlowContent{FlowID: "f", Data: map[string]any{"d": json.Number("0.30")}}, request.Content)
}

// Each content has JSON of its own, and no content reads another one's.
func TestContentsInStorage(t *testing.T) {
	t.Parallel()
	contents := map[string]Content{}
	for _, request := range sendCases() {
		contents[reflect.TypeOf(request.Content).Name()] = request.Content
	}
	require.Len(t, contents, 6)
	for name, content := range contents {
		data, err := json.Marshal(content)
		require.NoError(t, err)
		for other, otherContent := range contents {
			out := reflect.New(reflect.TypeOf(otherContent))
			err := json.Unmarshal(data, out.Interface())
			assert.Equal(t, name == other, err == nil, "%s as %s", name, other)
			if err != nil {
				require.ErrorContains(t, err, "content of another kind")
				continue
			}
			again, err := json.Marshal(out.Elem().Interface())
			require.NoError(t, err)
			assert.JSONEq(t, string(data), string(again))
		}
	}
	_, err := json.Marshal(SendRequest{Content: &TextContent{Body: "x"}})
	require.ErrorContains(t, err, "as a value only")
}

// What a newer version wrote, or somebody changed, is not read in part. The errors show no
// value.
func TestStorageThatThisVersionDoesNotKnow(t *testing.T) {
	t.Parallel()
	const newer = "a newer version wrote it"
	for data, want := range map[string]string{
		`{"priority":"+5511999990000"}`: newer,
		`{"To":null}`:                   newer,
		`{"to":{"kind":"address","value":"+5511999990000"}}`:                             newer,
		`{"to":{"kind":"phone","value":"+5511999990000","name":"+5511999990000"}}`:       newer,
		`{"to":{"value":"+5511999990000"}}`:                                              newer,
		`{"content":{"kind":"poll","body":"+5511999990000"}}`:                            newer,
		`{"content":{"body":"+5511999990000"}}`:                                          newer,
		`{"content":{"kind":"text","body":"x","poll":"+5511999990000"}}`:                 newer,
		`{"content":{"kind":"text","body":"x","buttons":[{"color":"+5511999990000"}]}}`:  newer,
		`{"content":{"kind":"list","sections":[{"rows":[{"image":"+5511999990000"}]}]}}`: newer,
		`{"content":{"kind":"carousel","cards":[{"buttons":[{"x":"+5511999990000"}]}]}}`: newer,
		`{"content":{"kind":"flow","flowId":"f","newField":"+5511999990000"}}`:           newer,
		`{"content":{"kind":"template","id":"x","media":{"name":"+5511999990000"}}}`:     newer,
		`{"content":{"kind":"text","body":12}}`:                                          "not what MarshalJSON wrote",
		`{"content":{"kind":"template","id":"x","variables":{"a":5511999990000}}}`:       "not what MarshalJSON wrote",
		`{"content":[]}`: "not what MarshalJSON wrote",
		`{"content":{"kind":"text","kind":"text","body":"x"}}`:      "not what MarshalJSON wrote",
		`{"content":{"kind":"text","body":"+5511999990000\ud800"}}`: "not what MarshalJSON wrote",
		`{"deliverAt":"+5511999990000"}`:                            "not what MarshalJSON wrote",
		`{"labels":"+5511999990000"}`:                               "not what MarshalJSON wrote",
		`{"extra":["+5511999990000"]}`:                              "not what MarshalJSON wrote",
		`["+5511999990000"]`:                                        "not what MarshalJSON wrote",
		`{"` + strings.Repeat("+5511999990000", 100) + `":1}`:       newer,
	} {
		request := testSend()
		err := json.Unmarshal([]byte(data), &request)
		require.ErrorContains(t, err, want, data)
		assert.Less(t, len(err.Error()), 300)
		assert.Equal(t, testSend(), request, data)
		if !strings.HasPrefix(data, `{"+55`) {
			assert.NotContains(t, err.Error(), "99999", data)
		}
	}
	var sent EncodedSend
	require.ErrorContains(t, json.Unmarshal([]byte(`{"idempotencyKey":"k","body":"e30=","number":"n"}`), &sent), newer)
	require.ErrorContains(t, json.Unmarshal([]byte(`{"idempotencyKey":"k","body":"{}"}`), &sent), "not what MarshalJSON wrote")
	assert.Equal(t, EncodedSend{}, sent)
}

func TestRecipientsInStorage(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		to     Recipient
		kind   RecipientKind
		value  string
		stored string
	}{
		{Phone("+5511999990000"), RecipientKindPhone, "+5511999990000", `{"kind":"phone","value":"+5511999990000"}`},
		{UserID("BR.900"), RecipientKindUser, "BR.900", `{"kind":"user","value":"BR.900"}`},
		{GroupID("12@g.us"), RecipientKindGroup, "12@g.us", `{"kind":"group","value":"12@g.us"}`},
		{NewsletterID("12@newsletter"), RecipientKindNewsletter, "12@newsletter", `{"kind":"newsletter","value":"12@newsletter"}`},
		{Recipient{}, "", "", `null`},
		{Phone(""), RecipientKindPhone, "", `{"kind":"phone","value":""}`},
	} {
		assert.Equal(t, test.kind, test.to.Kind())
		assert.Equal(t, test.value, test.to.Value())
		stored, err := json.Marshal(test.to)
		require.NoError(t, err)
		assert.Equal(t, test.stored, string(stored))
		again := GroupID("before")
		require.NoError(t, json.Unmarshal(stored, &again))
		if test.stored == "null" {
			continue // encoding/json may leave a value alone at null
		}
		assert.Equal(t, test.to, again)
	}
	_, err := json.Marshal(Phone("\xff"))
	require.Error(t, err)
}

// Nothing that a request says shows in what is printed of it or logged, however it is
// printed, and its shape does.
func TestSendsPrintTheirShape(t *testing.T) {
	t.Parallel()
	const secret = "Zuleika"
	request := SendRequest{
		To: UserID(secret), IdempotencyKey: secret, Labels: []string{secret}, Extra: map[string]any{secret: secret},
		DeliverAt: time.Now(), DeliverUntil: time.Now(), MarkRead: Ptr(true),
	}
	encoded := EncodedSend{IdempotencyKey: secret, Body: []byte(`{"text":"` + secret + `"}`)}
	values := []any{request, &request, encoded, &encoded, Phone(secret), []any{request}, SendRequest{}, EncodedSend{}}
	for _, content := range []Content{
		TextContent{Body: secret, Footer: secret, Buttons: []TextButton{CallButton(secret, secret)}, Header: &TextHeader{Content: secret}},
		TemplateContent{ID: secret, Variables: map[string]string{secret: secret}, Media: &MessageMedia{Source: secret}},
		MediaContent{Source: secret, Type: secret, Caption: secret},
		ListContent{Body: secret, Sections: []ListSection{{Title: secret, Rows: []ListRow{{Title: secret}}}}},
		CarouselContent{Body: secret, CardTemplate: json.RawMessage(`"` + secret + `"`), Cards: []CarouselCard{{Body: secret}}},
		FlowContent{FlowID: secret, Data: map[string]any{secret: secret}},
		&TextContent{Body: secret}, (*TextContent)(nil), nil,
	} {
		with := request
		with.Content = content
		values = append(values, with, &with)
		if reflect.ValueOf(content).Kind() == reflect.Struct {
			values = append(values, content)
		}
	}
	for _, value := range values {
		var b strings.Builder
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
			fmt.Fprintf(&b, verb, value)
		}
		if s, ok := value.(fmt.Stringer); ok {
			b.WriteString(s.String())
		}
		slog.New(slog.NewTextHandler(&b, nil)).Info("m", "v", value)
		if _, list := value.([]any); !list { // JSON is for storage, and shows everything
			slog.New(slog.NewJSONHandler(&b, nil)).Info("m", "v", value)
		}
		assert.NotContains(t, b.String(), secret)
		assert.NotContains(t, b.String(), fmt.Sprintf("%x", secret))
	}
	request.Content = TextContent{Body: "Hello", Buttons: []TextButton{ReplyButton("x")}}
	assert.Equal(t, "to=user content=[kind=text body=5 buttons=1 header=false footer=0] key=true scheduled=true labels=1 extra=1", request.String())
	assert.Equal(t, "pilotstatus.EncodedSend(18 bytes)", encoded.String())
}

func TestSendEncodedRefuses(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	messages := m.number(t).Messages
	for body, field := range map[string]string{
		"": "Body", " ": "Body", "[]": "Body", "null": "Body", `"{}"`: "Body", "{": "Body", "{}{}": "Body", "{} x": "Body", `{"a":}`: "Body", "{\"a\":\"\xff\"}": "Body",
	} {
		_, err := messages.SendEncoded(t.Context(), EncodedSend{IdempotencyKey: "k", Body: []byte(body)})
		requireValidation(t, err, field)
	}
	for _, key := range []string{"", " k", "a\nb", strings.Repeat("k", 256), strings.Repeat("é", 128), "for " + testNumberKey} {
		_, err := messages.SendEncoded(t.Context(), EncodedSend{IdempotencyKey: key, Body: []byte("{}")})
		requireValidation(t, err, "IdempotencyKey")
	}
	_, err := MessagesService{}.SendEncoded(t.Context(), EncodedSend{IdempotencyKey: "k", Body: []byte("{}")})
	requireValidation(t, err, "client")
	assert.Empty(t, m.Requests())
}

// A caller may use the bytes again after the call, and what stands in them is the API's to
// judge.
func TestSendEncodedKeepsItsOwnBytes(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	body := []byte(" {\"a\":1,\"a\": 1.0}\n")
	want := string(body)
	m.sequence(http.MethodPost, sendPath, func(req *http.Request) (*http.Response, error) {
		copy(body, "xxxxxxxx")
		return jsonResponder(http.StatusServiceUnavailable, `{}`)(req)
	}, jsonResponder(http.StatusAccepted, testAccepted))
	_, err := m.number(t).Messages.SendEncoded(t.Context(), EncodedSend{IdempotencyKey: "k", Body: body})
	require.NoError(t, err)
	require.Len(t, m.Requests(), 2)
	for _, r := range m.Requests() {
		assert.Equal(t, want, string(r.Body))
	}
}

// EncodeSend makes a key of its own each time, and refuses what Send refuses.
func TestEncodeSend(t *testing.T) {
	t.Parallel()
	first, err := EncodeSend(testSend())
	require.NoError(t, err)
	second, err := EncodeSend(testSend())
	require.NoError(t, err)
	assert.NotEmpty(t, first.IdempotencyKey)
	assert.NotEqual(t, first.IdempotencyKey, second.IdempotencyKey)
	assert.Equal(t, first.Body, second.Body)

	for _, change := range []func(*SendRequest){
		func(r *SendRequest) { r.To = Phone("x") },
		func(r *SendRequest) { r.Content = nil },
		func(r *SendRequest) { r.IdempotencyKey = " " },
		func(r *SendRequest) { r.Extra = map[string]any{"text": "x"} },
	} {
		request := testSend()
		change(&request)
		encoded, err := EncodeSend(request)
		assert.True(t, isA[*ValidationError](err))
		assert.Equal(t, EncodedSend{}, encoded)
	}
}
