package pilotstatus

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Whatever a document puts around a phone number is refused by name, in sends and in every
// other call that takes one.
func TestPhonesCopiedFromDocuments(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	number, tenant, ctx := m.number(t), m.tenant(t), t.Context()
	calls := map[string]func(phone string) error{
		"To": func(phone string) error {
			r := testSend()
			r.To = Phone(phone)
			return errorOf(number.Messages.Send(ctx, r))
		},
		"Content.Buttons[1].PhoneNumber": func(phone string) error {
			r := testSend()
			r.Content = TextContent{Body: "x", Buttons: []TextButton{ReplyButton("y"), CallButton("z", phone)}}
			return errorOf(number.Messages.Send(ctx, r))
		},
		"numbers":  func(phone string) error { return errorOf(number.Contacts.Check(ctx, "+5511999990000", phone)) },
		"calls:To": func(phone string) error { return errorOf(number.Calls.Start(ctx, StartCallRequest{To: phone})) },
		"to":       func(phone string) error { return errorOf(number.Calls.Permission(ctx, phone)) },
		"request:To": func(phone string) error {
			return errorOf(number.Calls.RequestPermission(ctx, CallPermissionRequest{To: phone}))
		},
		"Number": func(phone string) error {
			return errorOf(tenant.Numbers.Create(ctx, CreateNumberRequest{Name: "n", Number: phone}))
		},
		"link:Number": func(phone string) error {
			return errorOf(tenant.Numbers.CreatePairingLink(ctx, CreatePairingLinkRequest{Name: "n", Number: phone}))
		},
		"Participants": func(phone string) error {
			return errorOf(number.Groups.AddParticipants(ctx, "1@g.us", ChangeParticipantsRequest{Participants: []string{phone}}))
		},
		"ContactWhatsApp": func(phone string) error {
			v := testVerification()
			v.ContactWhatsApp = phone
			return errorOf(tenant.PhoneLines.StartVerification(ctx, v))
		},
	}
	for phone, character := range map[string]string{
		"\u202a+5511999990000\u202c": "U+202A",
		"+5511999990000\u202c":       "U+202C",
		"+55119\u200b99990000":       "U+200B",
		"\ufeff+5511999990000":       "U+FEFF",
		"+55\u00a011 99999-0000":     "U+00A0",
		"+5511999990000\u00a0":       "U+00A0",
		"+55 11 99999\u20110000":     "U+2011",
		"+5511999990000 ":            "U+0020",
		" +5511999990000":            "U+0020",
		"+5511999990000\n":           "U+000A",
		"+5511999990000\x00":         "U+0000",
		"+55119\x7f99990000":         "U+007F",
		"+55119999٩0000":             "U+0669",
	} {
		for field, call := range calls {
			err := call(phone)
			requireValidation(t, err, field[strings.Index(field, ":")+1:])
			require.ErrorContains(t, err, character, "%s: %q", field, phone)
			assert.NotContains(t, err.Error(), "99990")
		}
	}
	assert.Empty(t, m.Requests())
}

// What no phone number can be is refused before it is sent; what may be one is not touched.
func TestPhonesThatAreNone(t *testing.T) {
	t.Parallel()
	for _, phone := range []string{
		"", " ", "+", "+55", "1234567", "1234567890123456", "+1234567890123456", "BR.900100200300", "900100200300@lid", "5511999990000@s.whatsapp.net",
		"++5511999990000", "55+11999990000", "+5511999990000;", "+5511999990000,+5511999990001", "+55/11/999990000", "0x5511999990000", "+5511999990000 x", "+55\xff11",
	} {
		r := testSend()
		r.To = Phone(phone)
		_, err := EncodeSend(r)
		requireValidation(t, err, "To")
	}
	for _, to := range []Recipient{
		Phone("12345678"), Phone("123456789012345"), Phone("+55 (11) 9.9999-0000"), UserID("BR.900100200300"), UserID("900100200300@lid"), UserID("12"),
		UserID("a b"), GroupID("x"), NewsletterID("é@newsletter"), UserID("#?/..%"),
	} {
		r := testSend()
		r.To = to
		encoded, err := EncodeSend(r)
		require.NoError(t, err)
		assert.Contains(t, string(encoded.Body), `"`+to.Value()+`"`)
	}
}

// Characters that documents put around an id are refused by name, in every kind of id.
func TestIDsWithInvisibleCharacters(t *testing.T) {
	t.Parallel()
	for id, named := range map[string]string{
		" 1@g.us": "U+0020", "1@g.us ": "U+0020", "\u00a01": "U+00A0", "1\u00a0": "U+00A0", "1\u00a02": "U+00A0", "\u200b1": "U+200B", "1\u200b2": "U+200B",
		"\u202a1\u202c": "U+202A", "\ufeff1": "U+FEFF", "1\ufeff": "U+FEFF", "1\u2060": "U+2060", "1\u00ad2": "U+00AD", "1\u30002": "U+3000", "1\u2028": "U+2028",
	} {
		for _, to := range []Recipient{UserID(id), GroupID(id), NewsletterID(id)} {
			r := testSend()
			r.To = to
			_, err := EncodeSend(r)
			requireValidation(t, err, "To")
			require.ErrorContains(t, err, named, "%q", id)
		}
	}
}

// fillTexts sets every text in a value to text, one at a time, and calls try after each.
func fillTexts(v reflect.Value, text string, try func()) {
	switch v.Kind() {
	case reflect.String:
		before := v.String()
		v.SetString(text)
		try()
		v.SetString(before)
	case reflect.Pointer:
		if !v.IsNil() {
			fillTexts(v.Elem(), text, try)
		}
	case reflect.Struct:
		for _, field := range v.Fields() {
			fillTexts(field, text, try)
		}
	case reflect.Slice:
		for i := range v.Len() {
			fillTexts(v.Index(i), text, try)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			before := v.MapIndex(key)
			if before.Kind() != reflect.String {
				continue
			}
			v.SetMapIndex(key, reflect.ValueOf(text).Convert(before.Type()))
			try()
			v.SetMapIndex(key, before)
			bad := reflect.ValueOf(text).Convert(key.Type())
			v.SetMapIndex(bad, before)
			try()
			v.SetMapIndex(bad, reflect.Value{})
		}
	}
}

// No text of a send, wherever it stands, goes out with a NUL or with invalid UTF-8, and the
// error names its field.
func TestTextsThatCannotBeSent(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"a\x00", "a\xff", "\xed\xa0\x80"} {
		tried := 0
		for name, request := range sendCases() {
			refused := func(r SendRequest) {
				t.Helper()
				tried++
				_, err := EncodeSend(r)
				var validation *ValidationError
				require.ErrorAs(t, err, &validation, "%s", name)
				assert.Regexp(t, `^(Content\.|Labels\[)`, validation.Field)
				_, err = json.Marshal(r)
				assert.Equal(t, strings.Contains(text, "\x00"), err == nil, "%s: storage keeps a NUL", name)
			}
			content := reflect.New(reflect.TypeOf(request.Content)).Elem()
			content.Set(reflect.ValueOf(request.Content))
			fillTexts(content, text, func() {
				r := request
				r.Content = content.Interface().(Content)
				refused(r)
			})
			for i := range request.Labels {
				r := request
				r.Labels = append([]string(nil), request.Labels...)
				r.Labels[i] = text
				refused(r)
			}
		}
		assert.Greater(t, tried, 50)
		for field, change := range map[string]func(*SendRequest){
			"Extra":          func(r *SendRequest) { r.Extra = map[string]any{"x": []any{text}} },
			"To":             func(r *SendRequest) { r.To = UserID(text) },
			"IdempotencyKey": func(r *SendRequest) { r.IdempotencyKey = text },
			"Content.Data": func(r *SendRequest) {
				r.Content = FlowContent{FlowID: "f", Data: map[string]any{"x": map[string]any{text: 1}}}
			},
			"Content.CardTemplate": func(r *SendRequest) {
				r.Content = CarouselContent{Cards: []CarouselCard{{}}, CardTemplate: json.RawMessage(`"` + strings.ReplaceAll(text, "\x00", `\u0000`) + `"`)}
			},
		} {
			r := testSend()
			change(&r)
			_, err := EncodeSend(r)
			requireValidation(t, err, field)
			r.Extra, r.Labels = map[string]any{"x": 1}, []string{"ok"}
			if field != "Extra" { // with Extra the body is built another way
				_, err = EncodeSend(r)
				requireValidation(t, err, field)
			}
		}
	}
	r := testSend()
	r.Content = TextContent{Body: `a literal \u0000, a \\u0000 and ` + "\ufffd"}
	encoded, err := EncodeSend(r)
	require.NoError(t, err)
	assert.Contains(t, string(encoded.Body), `\\u0000`)
}

// A NUL is refused in the bodies and queries of all other calls, but for those of Do, which
// are the caller's.
func TestNULInOtherCalls(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	number, tenant, ctx := m.number(t), m.tenant(t), t.Context()
	requireValidation(t, errorOf(tenant.Projects.Create(ctx, CreateProjectRequest{Name: "a\x00"})), "body")
	requireValidation(t, errorOf(tenant.Numbers.Create(ctx, CreateNumberRequest{Name: "a\x00", Number: "+5511999990000"})), "body")
	requireValidation(t, errorOf(number.Leads.List(ctx, ListLeadsOptions{FormID: "a\x00"})), "formId")
	requireValidation(t, errorOf(number.Leads.List(ctx, ListLeadsOptions{FormID: "a\xff"})), "formId")
	assert.Empty(t, m.Requests())
	m.answer(http.MethodPost, "/v1/new", http.StatusOK, `{}`)
	require.NoError(t, number.Do(ctx, Request{Method: http.MethodPost, Path: "/v1/new", Body: map[string]string{"a": "\x00"}}, nil))
}

func TestEscapesAreFound(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]bool{
		`"\u0000"`: true, `"a\u0000b"`: true, `"\\u0000"`: false, `"\\\u0000"`: true, `"\\\\u0000"`: false, `"\\u0000\u0000"`: true,
		`""`: false, `"\u000"`: false, `"\n\u0000"`: true, `{"\u0000":1}`: true,
	} {
		assert.Equal(t, want, hasNUL([]byte(data)), data)
	}
}

// farTimes are times that have no form in a request.
func farTimes() []time.Time {
	return []time.Time{
		time.Unix(time.Date(2026, 11, 4, 0, 0, 0, 0, time.UTC).UnixMilli(), 0), // the year 58815
		time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(-1, 12, 31, 0, 0, 0, 0, time.UTC),
		time.Date(9999, 12, 31, 23, 0, 0, 0, time.FixedZone("", -2*60*60)), time.Date(0, 1, 1, 0, 0, 0, 0, time.FixedZone("", 60*60)),
		time.Unix(1<<60, 0), time.Unix(-1<<60, 0),
	}
}

// A time outside the years 0 to 9999 in UTC is refused by its field, in the body and in every
// query that takes one.
func TestTimesThatNoRequestCanHold(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	number, tenant, ctx := m.number(t), m.tenant(t), t.Context()
	for _, at := range farTimes() {
		for field, err := range map[string]error{
			"DeliverAt":    errorOf(EncodeSend(SendRequest{To: testSend().To, Content: testSend().Content, DeliverAt: at})),
			"DeliverUntil": errorOf(EncodeSend(SendRequest{To: testSend().To, Content: testSend().Content, DeliverUntil: at})),
		} {
			requireValidation(t, err, field)
		}
		_, err := json.Marshal(SendRequest{DeliverAt: at})
		require.Error(t, err)
		_, err = json.Marshal(Timestamp{Time: at})
		require.Error(t, err)
		for _, err := range []error{
			errorOf(number.Inbox.History(ctx, ListInboxOptions{StartDate: at})), errorOf(number.Leads.List(ctx, ListLeadsOptions{StartDate: at})),
			errorOf(number.Referrals.List(ctx, ListReferralsOptions{StartDate: at})), errorOf(number.Referrals.Summary(ctx, ReferralsSummaryOptions{StartDate: at})),
			errorOf(tenant.Ads.Summary(ctx, AdsSummaryOptions{StartDate: at})),
		} {
			requireValidation(t, err, "StartDate")
		}
		for _, err := range number.Leads.All(ctx, ListLeadsOptions{EndDate: at}) {
			requireValidation(t, err, "EndDate")
		}
	}
	assert.Empty(t, m.Requests())
	for _, at := range []time.Time{time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC), time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)} {
		encoded, err := EncodeSend(SendRequest{To: testSend().To, Content: testSend().Content, DeliverAt: at})
		require.NoError(t, err)
		assert.Contains(t, string(encoded.Body), fmt.Sprintf(`"deliverAt":"%04d-`, at.Year()))
	}
}
