package pilotstatus

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSendOnTheWire(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 4, 15, 0, 0, 123456789, time.FixedZone("BRT", -3*60*60))
	for name, test := range map[string]struct {
		request SendRequest
		want    string
	}{
		"template": {
			SendRequest{To: Phone("+5511999990000"), Content: TemplateContent{ID: "onboarding-test", Variables: map[string]string{"name": "Joana", "day": "2"}}},
			`{"destinationNumber":"+5511999990000","templateId":"onboarding-test","variables":{"name":"Joana","day":"2"}}`,
		},
		"template with media": {
			SendRequest{To: UserID("BR.900100200300"), Content: TemplateContent{
				ID: "visit", Media: &MessageMedia{Source: "https://a.example/x.png", Type: MediaTypeImage}, AIRewrite: Ptr(false),
			}},
			`{"destinationNumber":"BR.900100200300","templateId":"visit","variables":{},"media":"https://a.example/x.png","mediaType":"image","marketingOptions":{"aiRewriteEnabled":false}}`,
		},
		"text": {
			SendRequest{To: Phone("5511999990000"), Content: TextContent{Body: "Olá <b> & 😀"}},
			`{"destinationNumber":"5511999990000","text":"Olá <b> & 😀","variables":{}}`,
		},
		"text with everything": {
			SendRequest{
				To: GroupID("120363000000000777@g.us"),
				Content: TextContent{
					Body: "Which day?", Footer: "Clinic", Header: &TextHeader{Type: TextHeaderTypeText, Content: "Visit"},
					Buttons: []TextButton{ReplyButton("Tuesday"), URLButton("Map", "https://a.example/map"), CallButton("Call", "+551130004000")},
				},
				DeliverAt: at, DeliverUntil: at.Add(time.Hour), Labels: []string{"recall"}, MarkRead: Ptr(false),
				Extra: map[string]any{"newField": map[string]any{"a": 1}},
			},
			`{"groupId":"120363000000000777@g.us","text":"Which day?","footer":"Clinic","header":{"type":"text","content":"Visit"},"variables":{},
			  "buttons":[{"type":"reply","label":"Tuesday"},{"type":"url","label":"Map","url":"https://a.example/map"},{"type":"call","label":"Call","phoneNumber":"+551130004000"}],
			  "deliverAt":"2026-11-04T18:00:00.123Z","deliverUntil":"2026-11-04T19:00:00.123Z","labels":["recall"],"markRead":false,"newField":{"a":1}}`,
		},
		"copy button": {
			SendRequest{To: Phone("+5511999990000"), Content: TextContent{Body: "Code", Buttons: []TextButton{CopyButton("Copy", "1234")}}},
			`{"destinationNumber":"+5511999990000","text":"Code","variables":{},"buttons":[{"type":"copy","label":"Copy","copyCode":"1234"}]}`,
		},
		"media": {
			SendRequest{To: NewsletterID("120363000000000999@newsletter"), Content: MediaContent{Source: "data:image/png;base64,iVBORw0KGgo=", Type: MediaTypeImage, Caption: "Here"}},
			`{"newsletterId":"120363000000000999@newsletter","media":"data:image/png;base64,iVBORw0KGgo=","mediaType":"image","caption":"Here","variables":{}}`,
		},
		"list": {
			SendRequest{To: Phone("+5511999990000"), Content: ListContent{Body: "Choose", Button: "Open", Footer: "f", Sections: []ListSection{
				{Title: "Days", Rows: []ListRow{{Title: "Mon", Description: "d", ID: "r1"}, {Title: "Tue", ID: "r2"}}},
			}}},
			`{"destinationNumber":"+5511999990000","text":"Choose","footer":"f","variables":{},"list":{"buttonText":"Open","sections":[
			  {"title":"Days","rows":[{"title":"Mon","description":"d","rowId":"r1"},{"title":"Tue","rowId":"r2"}]}]}}`,
		},
		"carousel": {
			SendRequest{To: Phone("+5511999990000"), Content: CarouselContent{
				Body: "b", Footer: "f", CardTemplate: json.RawMessage(`{"any": [1]}`),
				Cards: []CarouselCard{{Media: map[string]string{"url": "https://a.example/1"}, Body: "one", Buttons: []CarouselButton{
					{Type: CarouselButtonTypeURL, Text: "Go", URL: "https://a.example"}, {Type: CarouselButtonTypeQuickReply, Text: "Yes", Payload: "y"},
				}}},
			}},
			`{"destinationNumber":"+5511999990000","text":"b","footer":"f","variables":{},"carousel":{"cardTemplate":{"any":[1]},"cards":[
			  {"media":{"url":"https://a.example/1"},"body":"one","buttons":[{"type":"URL","text":"Go","url":"https://a.example"},{"type":"QUICK_REPLY","text":"Yes","payload":"y"}]}]}}`,
		},
		"flow": {
			SendRequest{To: Phone("+5511999990000"), Content: FlowContent{
				FlowID: "flow_1", CTA: "Start", Action: FlowActionNavigate, Screen: "FIRST", Data: map[string]any{"a": 1}, Mode: FlowModePublished, Body: "b", Footer: "f",
			}},
			`{"destinationNumber":"+5511999990000","text":"b","footer":"f","variables":{},"flow":{"flowId":"flow_1","cta":"Start","action":"navigate","screen":"FIRST","data":{"a":1},"mode":"published"}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMockAPI(t)
			m.answer(http.MethodPost, sendPath, http.StatusAccepted, testAccepted)
			_, err := m.number(t).Messages.Send(t.Context(), test.request)
			require.NoError(t, err)
			request := m.Requests()[0]
			assert.JSONEq(t, test.want, string(request.Body))
			assert.Equal(t, "application/json", request.Header.Get("Content-Type"))
			assert.Equal(t, "application/json", request.Header.Get("Accept"))
		})
	}
}

// Recipients go out byte for byte, with and without the ninth digit.
func TestRecipientsAreNotTouched(t *testing.T) {
	t.Parallel()
	for _, number := range []string{"+5511999990000", "+551199990000", "5511999990000", "+55 (11) 99999-0000", "55.11.9999.0000", "12345678", "+123456789012345"} {
		m := newMockAPI(t)
		m.answer(http.MethodPost, sendPath, http.StatusAccepted, testAccepted)
		request := testSend()
		request.To = Phone(number)
		_, err := m.number(t).Messages.Send(t.Context(), request)
		require.NoError(t, err)
		assert.Equal(t, number, bodyOf(t, m.Requests()[0])["destinationNumber"])
	}
}

func TestSendAnswer(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.RegisterResponder(http.MethodPost, testBase+sendPath, jsonResponder(http.StatusAccepted,
		`{"id":"msg_4tq81","correlationId":"corr_4tq81","status":"QUEUED","createdAt":"2026-11-04T12:30:00.215Z","origin":"Reception",
		  "sourceNumber":"5511900009876","flowToken":"ft_1","newField":[1]}`, "Idempotent-Replayed", " TRUE "))
	request := testSend()
	request.IdempotencyKey = "order-42"
	accepted, err := m.number(t).Messages.Send(t.Context(), request)
	require.NoError(t, err)
	assert.Equal(t, "2026-11-04T12:30:00.215Z", accepted.CreatedAt.Text())
	assert.True(t, accepted.CreatedAt.Equal(time.Date(2026, 11, 4, 12, 30, 0, 215e6, time.UTC)))
	accepted.CreatedAt = Timestamp{}
	assert.Equal(t, Accepted{
		ID: "msg_4tq81", CorrelationID: "corr_4tq81", Status: MessageStatusQueued, NumberLabel: "Reception",
		SourceNumber: "5511900009876", FlowToken: "ft_1", IdempotencyKey: "order-42", Replayed: true,
	}, *accepted)

	m.answer(http.MethodPost, sendPath, http.StatusAccepted, `{"id":"msg_1","sourceNumber":null,"createdAt":"nonsense","status":"NEW_STATUS"}`)
	accepted, err = m.number(t).Messages.Send(t.Context(), testSend())
	require.NoError(t, err)
	assert.False(t, accepted.Replayed)
	assert.True(t, accepted.CreatedAt.IsZero())
	assert.Equal(t, MessageStatus("NEW_STATUS"), accepted.Status)
	assert.Equal(t, m.Requests()[1].Header.Get("Idempotency-Key"), accepted.IdempotencyKey)
}

func TestEverySendHasAKeyOfItsOwn(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodPost, sendPath, http.StatusAccepted, testAccepted)
	number := m.number(t)
	seen := map[string]bool{}
	for range 100 {
		accepted, err := number.Messages.Send(t.Context(), testSend())
		require.NoError(t, err)
		seen[accepted.IdempotencyKey] = true
	}
	assert.Len(t, seen, 100)
}

func TestSendsThatAreRefusedHere(t *testing.T) {
	t.Parallel()
	buttons := []TextButton{ReplyButton("1"), ReplyButton("2"), ReplyButton("3"), ReplyButton("4")}
	type change func(*SendRequest)
	content := func(c Content) change { return func(r *SendRequest) { r.Content = c } }
	to := func(to Recipient) change { return func(r *SendRequest) { r.To = to } }
	key := func(key string) change { return func(r *SendRequest) { r.IdempotencyKey = key } }
	for _, test := range []struct {
		field  string
		change change
	}{
		{"To", to(Recipient{})},
		{"To", to(Phone(""))},
		{"To", to(Phone(" \t"))},
		{"To", to(UserID("BR.1\x00"))},
		{"To", to(GroupID("a@g.us\r\n"))},
		{"To", to(NewsletterID(""))},
		{"Content", content(nil)},
		{"Content", content(&TextContent{Body: "x"})},
		{"Content", content(&TemplateContent{ID: "x"})},
		{"Content", content((*FlowContent)(nil))},
		{"Content.Body", content(TextContent{})},
		{"Content.Buttons", content(TextContent{Body: "x", Buttons: buttons})},
		{"Content.Header", content(TextContent{Body: "x", Header: &TextHeader{Type: TextHeaderTypeText}})},
		{"Content.ID", content(TemplateContent{})},
		{"Content.Media.Source", content(TemplateContent{ID: "x", Media: &MessageMedia{}})},
		{"Content.Media.Type", content(TemplateContent{ID: "x", Media: &MessageMedia{Source: "https://a.example"}})},
		{"Content.Source", content(MediaContent{Type: MediaTypeImage})},
		{"Content.Type", content(MediaContent{Source: "https://a.example"})},
		{"Content.Body", content(ListContent{Sections: []ListSection{{}}})},
		{"Content.Sections", content(ListContent{Body: "x"})},
		{"Content.Cards", content(CarouselContent{})},
		{"Content.CardTemplate", content(CarouselContent{Cards: []CarouselCard{{}}, CardTemplate: json.RawMessage("{")})},
		{"Content.FlowID", content(FlowContent{})},
		{"Content.Data", content(FlowContent{FlowID: "x", Data: map[string]any{"a": func() {}}})},
		{"IdempotencyKey", key(strings.Repeat("k", 256))},
		{"IdempotencyKey", key(strings.Repeat("é", 128))},
		{"IdempotencyKey", key(" k")},
		{"IdempotencyKey", key("k\t")},
		{"IdempotencyKey", key(" ")},
		{"IdempotencyKey", key("a\nb")},
		{"IdempotencyKey", key("a\x7fb")},
		{"IdempotencyKey", key("a\u0085b")},
		{"IdempotencyKey", key("a\xffb")},
		{"IdempotencyKey", key("order of " + testNumberKey)},
		{"Extra", func(r *SendRequest) { r.Extra = map[string]any{"text": "x"} }},
		{"Extra", func(r *SendRequest) { r.Extra = map[string]any{"templateId": "x"} }},
		{"Extra", func(r *SendRequest) { r.Extra = map[string]any{"x": make(chan int)} }},
	} {
		m := newMockAPI(t)
		request := testSend()
		test.change(&request)
		accepted, err := m.number(t).Messages.Send(t.Context(), request)
		requireValidation(t, err, test.field)
		assert.Nil(t, accepted)
		assert.Empty(t, m.Requests())
	}
}

func TestIdempotencyKeysOfTheLimits(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"k", strings.Repeat("k", 255), strings.Repeat("é", 127) + "k", "order 42 / Ç", `"quoted"`} {
		m := newMockAPI(t)
		m.answer(http.MethodPost, sendPath, http.StatusAccepted, testAccepted)
		request := testSend()
		request.IdempotencyKey = key
		accepted, err := m.number(t).Messages.Send(t.Context(), request)
		require.NoError(t, err)
		assert.Equal(t, key, accepted.IdempotencyKey)
		assert.Equal(t, key, m.Requests()[0].Header.Get("Idempotency-Key"))
	}
}

func TestGetAnswer(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodGet, getPath, http.StatusOK, `{"id":"msg_4tq81","externalMessageId":"wamid.HBgXYZ01==","status":"DELIVERED",
		"correlationId":"corr_4tq81","destinationNumber":"+5511900001234","template":"visit_reminder","createdAt":"2026-11-04T12:30:00.215Z",
		"sentAt":"2026-11-04T12:30:03.001Z","deliveredAt":"2026-11-04T12:30:04.870Z","readAt":null,"errorCode":"NEW_CODE","errorMessage":"later",
		"origin":"API","metaPricing":{"conversationId":"c0ffee01","originType":"utility","category":"utility","type":"regular"}}`)
	message, err := m.number(t).Messages.Get(t.Context(), "msg_1")
	require.NoError(t, err)
	assert.Equal(t, "wamid.HBgXYZ01==", message.ExternalMessageID)
	assert.Equal(t, MessageStatusDelivered, message.Status)
	assert.Equal(t, "corr_4tq81", message.CorrelationID)
	assert.Equal(t, "+5511900001234", message.DestinationNumber)
	assert.Equal(t, "visit_reminder", message.Template)
	assert.Equal(t, "2026-11-04T12:30:03.001Z", message.SentAt.Text())
	assert.Equal(t, "2026-11-04T12:30:04.870Z", message.DeliveredAt.Text())
	assert.True(t, message.ReadAt.IsZero())
	assert.Equal(t, FailureCode("NEW_CODE"), message.ErrorCode)
	assert.Equal(t, "later", message.ErrorMessage)
	assert.Equal(t, MessageOriginAPI, message.Origin)
	assert.Equal(t, &MetaPricing{"c0ffee01", "utility", "utility", "regular"}, message.MetaPricing)

	m.answer(http.MethodGet, getPath, http.StatusOK, `{"id":"msg_1","externalMessageId":null,"destinationNumber":null,"origin":null,"metaPricing":null,"errorCode":null}`)
	message, err = m.number(t).Messages.Get(t.Context(), "msg_1")
	require.NoError(t, err)
	assert.Equal(t, Message{ID: "msg_1"}, *message)
}

func TestCancelBothShapes(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]CancelResult{
		`{"cancelled":["msg_1"],"failed":[{"id":"msg_2","reason":"already sent"}]}`: {
			CanceledCount: 1, Canceled: []string{"msg_1"}, Failed: []CancelFailure{{"msg_2", "already sent"}},
		},
		`{"cancelled":[],"failed":[]}`:  {Canceled: []string{}, Failed: []CancelFailure{}},
		`{"cancelled":1,"notFound":1}`:  {CanceledCount: 1, NotFoundCount: 1},
		`{"cancelled":0,"notFound":2}`:  {NotFoundCount: 2},
		`{"cancelled":2,"other":"new"}`: {CanceledCount: 2},
	} {
		m := newMockAPI(t)
		m.answer(http.MethodDelete, cancelPath, http.StatusOK, body)
		result, err := m.number(t).Messages.Cancel(t.Context(), "msg_1", "msg_2")
		require.NoError(t, err, body)
		assert.Equal(t, want, *result)
		assert.JSONEq(t, `{"messageIds":["msg_1","msg_2"]}`, string(m.Requests()[0].Body))
		assert.Equal(t, "application/json", m.Requests()[0].Header.Get("Content-Type"))
		assert.Empty(t, m.Requests()[0].Header.Values("Idempotency-Key"))
	}
	for _, body := range []string{`{"failed":[]}`, `{"cancelled":"one"}`, `[]`} {
		m := newMockAPI(t)
		m.answer(http.MethodDelete, cancelPath, http.StatusOK, body)
		_, err := m.number(t).Messages.Cancel(t.Context(), "msg_1")
		assert.True(t, isA[*DecodeError](err), "%s: %v", body, err)
	}
}

func TestCountsThatAreRefusedHere(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	number := m.number(t)
	ids := make([]string, 101)
	for i := range ids {
		ids[i] = "msg"
	}
	_, err := number.Messages.Cancel(t.Context())
	requireValidation(t, err, "ids")
	_, err = number.Messages.Cancel(t.Context(), ids...)
	requireValidation(t, err, "ids")
	_, err = number.Messages.Cancel(t.Context(), "msg_1", "")
	requireValidation(t, err, "ids")
	_, err = number.Contacts.Check(t.Context())
	requireValidation(t, err, "numbers")
	_, err = number.Contacts.Check(t.Context(), ids[:21]...)
	requireValidation(t, err, "numbers")
	_, err = number.Contacts.Check(t.Context(), " ")
	requireValidation(t, err, "numbers")
	assert.Empty(t, m.Requests())

	m.answer(http.MethodDelete, cancelPath, http.StatusOK, `{"cancelled":0}`)
	m.answer(http.MethodPost, "/v1/numbers/check", http.StatusOK, `{"results":[{"input":"+55","exists":true,"number":"55","name":null}]}`)
	_, err = number.Messages.Cancel(t.Context(), ids[:100]...)
	require.NoError(t, err)
	found, err := number.Contacts.Check(t.Context(), ids[:20]...)
	require.NoError(t, err)
	assert.Equal(t, []ContactCheck{{Input: "+55", Exists: true, Number: "55"}}, found)
}

// A request prints no recipient.
func TestRecipientsArePrivate(t *testing.T) {
	t.Parallel()
	for _, to := range []Recipient{Phone("+5511999990000"), UserID("BR.900100"), GroupID("12036@g.us"), NewsletterID("12036@newsletter"), {}} {
		request := SendRequest{To: to}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d"} {
			printed := fmt.Sprintf(verb+verb, to, request)
			assert.NotContains(t, printed, "12036")
			assert.NotContains(t, printed, "900100")
			assert.NotContains(t, printed, "5511999990000")
		}
	}
}

func TestExtraKeepsNumbersAndRefusesOtherSpellings(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodPost, sendPath, http.StatusAccepted, testAccepted)
	request := testSend()
	request.Content = FlowContent{FlowID: "f", Data: map[string]any{"order": int64(9007199254740993)}}
	request.Extra = map[string]any{"new": int64(9007199254740993)}
	_, err := m.number(t).Messages.Send(t.Context(), request)
	require.NoError(t, err)
	assert.Contains(t, string(m.Requests()[0].Body), `"order":9007199254740993`)
	assert.Contains(t, string(m.Requests()[0].Body), `"new":9007199254740993`)

	request.Extra = map[string]any{"DestinationNumber": "+5511999990000"}
	_, err = m.number(t).Messages.Send(t.Context(), request)
	requireValidation(t, err, "Extra")
	request = testSend()
	request.To = Phone("+55\xff11")
	_, err = m.number(t).Messages.Send(t.Context(), request)
	requireValidation(t, err, "To")
	assert.Len(t, m.Requests(), 1)
}
