package pilotstatus

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// actsOnCall is every call that names a call by its id.
func actsOnCall(ctx context.Context, c CallsService, id string) map[string]func() error {
	return map[string]func() error{
		"Get":             func() error { _, err := c.Get(ctx, id, GetCallOptions{}); return err },
		"PreAccept":       func() error { _, err := c.PreAccept(ctx, id, "v=0"); return err },
		"Accept":          func() error { _, err := c.Accept(ctx, id, ""); return err },
		"Reject":          func() error { _, err := c.Reject(ctx, id); return err },
		"Terminate":       func() error { _, err := c.Terminate(ctx, id); return err },
		"Play":            func() error { _, err := c.Play(ctx, id, "https://files.example/a.mp3"); return err },
		"RealtimeSession": func() error { _, err := c.RealtimeSession(ctx, id, RealtimeModeTalk); return err },
	}
}

func TestCallIDsAreChecked(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	calls := m.number(t).Calls
	for _, id := range []string{"", " ", ".", "..", "a\nb", "settings", "permissions"} {
		for name, call := range actsOnCall(t.Context(), calls, id) {
			t.Run(fmt.Sprintf("%s of %q", name, id), func(t *testing.T) {
				t.Parallel()
				requireValidation(t, call(), "callId")
			})
		}
	}
	t.Cleanup(func() { assert.Empty(t, m.Requests()) })
}

func TestCallInputIsChecked(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	ctx, calls := t.Context(), m.number(t).Calls
	update := func(u UpdateCallSettingsRequest) error { return calls.UpdateSettings(ctx, u) }
	list := func(o ListCallsOptions) error { _, err := calls.List(ctx, o); return err }
	for i, c := range []struct {
		err   error
		field string
	}{
		{errorOf(calls.Start(ctx, StartCallRequest{})), "To"},
		{errorOf(calls.Start(ctx, StartCallRequest{To: " ", SDP: "v=0"})), "To"},
		{list(ListCallsOptions{Limit: -1}), "Limit"},
		{errorOf(calls.PreAccept(ctx, "call_1", "")), "sdp"},
		{errorOf(calls.Play(ctx, "call_1", "")), "mediaURL"},
		{errorOf(calls.RealtimeSession(ctx, "call_1", "")), "mode"},
		{errorOf(calls.Permission(ctx, "")), "to"},
		{errorOf(calls.RequestPermission(ctx, CallPermissionRequest{Text: "why"})), "To"},
		{update(UpdateCallSettingsRequest{}), "UpdateCallSettingsRequest"},
		{update(UpdateCallSettingsRequest{CallHours: json.RawMessage{}, Voicemail: json.RawMessage{}}), "UpdateCallSettingsRequest"},
		{update(UpdateCallSettingsRequest{CallHours: json.RawMessage(`null`)}), "CallHours"},
		{update(UpdateCallSettingsRequest{CallHours: json.RawMessage(`{"status":`)}), "CallHours"},
		{update(UpdateCallSettingsRequest{Status: CallSettingEnabled, Voicemail: json.RawMessage(`[]`)}), "Voicemail"},
	} {
		require.Error(t, c.err, i)
		requireValidation(t, c.err, c.field)
	}
	for _, err := range calls.All(ctx, ListCallsOptions{Limit: -1}) {
		requireValidation(t, err, "Limit")
	}
	assert.Empty(t, m.Requests())
}

// errorOf drops an answer.
func errorOf[T any](_ T, err error) error { return err }

func TestCallInputThatTheAPIJudges(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.RegisterNoResponder(jsonResponder(http.StatusOK,
		`{"id":"call_1","success":true,"wsUrl":"wss://media.example/","token":"t","expiresInSeconds":1,"calls":[]}`))
	ctx, calls := t.Context(), m.number(t).Calls
	_, err := calls.Start(ctx, StartCallRequest{To: "not a phone number"})
	require.NoError(t, err)
	_, err = calls.Play(ctx, "call_1", "file.ogg")
	require.NoError(t, err)
	_, err = calls.RealtimeSession(ctx, "call_1", "whisper")
	require.NoError(t, err)
	err = calls.UpdateSettings(ctx, UpdateCallSettingsRequest{Voicemail: json.RawMessage(" {} ")})
	require.NoError(t, err)
	_, err = calls.List(ctx, ListCallsOptions{Limit: 101})
	require.NoError(t, err)
	sent := m.Requests()
	require.Len(t, sent, 5)
	assert.JSONEq(t, `{"to":"not a phone number"}`, string(sent[0].Body))
	assert.JSONEq(t, `{"mediaUrl":"file.ogg"}`, string(sent[1].Body))
	assert.JSONEq(t, `{"mode":"whisper"}`, string(sent[2].Body))
	assert.JSONEq(t, `{"voicemail":{}}`, string(sent[3].Body))
	assert.Equal(t, testBase+"/v1/calls?limit=101", sent[4].URL)
}

// callRows writes rows of calls whose createdAt is base plus the row's number, down from
// first to last, in the form of the API.
func callRows(first, last int) string {
	var rows []string
	for i := first; i >= last; i-- {
		rows = append(rows, fmt.Sprintf(`{"id":"call_%d","externalCallId":null,"direction":"INBOUND","status":"COMPLETED",`+
			`"createdAt":%q}`, i, callTime(i)))
	}
	return `{"calls":[` + strings.Join(rows, ",") + `]}`
}

// callTime has trailing zeros, which a formatted time would lose.
func callTime(i int) string { return fmt.Sprintf("2026-11-03T15:%02d:00.500000+00:00", i) }

// serveCalls answers with the calls from newest down to 1, no more than most at a time.
func serveCalls(newest, most int) httpmock.Responder {
	return func(req *http.Request) (*http.Response, error) {
		query := req.URL.Query()
		limit, err := strconv.Atoi(query.Get("limit"))
		if err != nil || limit > most {
			limit = most
		}
		first := newest
		for before := query.Get("before"); before != "" && first > 0 && callTime(first) >= before; {
			first--
		}
		return jsonResponder(http.StatusOK, callRows(first, max(first-limit+1, 1)))(req)
	}
}

// walkCalls collects the ids of a walk, and the error that it ended with.
func walkCalls(all func(yield func(Call, error) bool)) (ids []string, err error) {
	for call, e := range all {
		if e != nil {
			return append(ids, call.ID), e
		}
		ids = append(ids, call.ID)
	}
	return ids, nil
}

func TestAllCalls(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.RegisterResponder(http.MethodGet, testBase+"/v1/calls", serveCalls(7, 3))
	o := ListCallsOptions{Limit: 5, Before: callTime(7)}
	all := m.number(t).Calls.All(t.Context(), o)
	o.Limit, o.Before = 1, callTime(2) // comes too late

	want := []string{"call_6", "call_5", "call_4", "call_3", "call_2", "call_1"}
	for range 2 { // it can be walked again
		before := len(m.Requests())
		ids, err := walkCalls(all)
		require.NoError(t, err)
		assert.Equal(t, want, ids)
		var cursors []string
		for _, r := range m.Requests()[before:] {
			query := queryOfURL(t, r.URL)
			assert.Equal(t, "5", query.Get("limit"))
			cursors = append(cursors, query.Get("before"))
		}
		// The API cut 5 to 3: a short part ends nothing, an empty one does. The
		// cursors are the texts of the last rows, as received.
		assert.Equal(t, []string{callTime(7), callTime(4), callTime(1)}, cursors)
	}
}

func queryOfURL(t *testing.T, rawURL string) url.Values {
	t.Helper()
	u, err := url.Parse(rawURL)
	require.NoError(t, err)
	return u.Query()
}

func TestAllCallsStops(t *testing.T) {
	t.Parallel()
	refused := jsonResponder(http.StatusBadRequest, `{}`)
	rows := func(first, last int) httpmock.Responder { return jsonResponder(http.StatusOK, callRows(first, last)) }
	for name, c := range map[string]struct {
		parts    []httpmock.Responder
		take     int // 0: all
		want     int // calls
		requests int
		fails    bool
	}{
		"empty":           {parts: []httpmock.Responder{rows(0, 1)}, requests: 1},
		"repeated part":   {parts: []httpmock.Responder{rows(9, 7)}, want: 3, requests: 2},
		"repeated row":    {parts: []httpmock.Responder{rows(9, 9)}, want: 1, requests: 2},
		"break":           {parts: []httpmock.Responder{rows(9, 7), rows(6, 4)}, take: 2, want: 2, requests: 1},
		"break at border": {parts: []httpmock.Responder{rows(9, 7), rows(6, 4)}, take: 3, want: 3, requests: 1},
		"error":           {parts: []httpmock.Responder{rows(9, 7), refused}, want: 3, requests: 2, fails: true},
		"error at first":  {parts: []httpmock.Responder{refused}, requests: 1, fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMockAPI(t)
			m.sequence(http.MethodGet, "/v1/calls", c.parts...)
			var calls, failures int
			for call, err := range m.number(t).Calls.All(t.Context(), ListCallsOptions{}) {
				if err != nil {
					assert.Zero(t, call)
					assert.True(t, isA[*APIError](err))
					failures++
					continue // nothing follows an error
				}
				if calls++; calls == c.take {
					break
				}
			}
			assert.Equal(t, c.want, calls)
			assert.Equal(t, c.fails, failures == 1)
			assert.Len(t, m.Requests(), c.requests)
		})
	}
}

func TestAllCallsWithoutACursor(t *testing.T) {
	t.Parallel()
	for _, created := range []string{``, `,"createdAt":null`, `,"createdAt":""`} {
		m := newMockAPI(t)
		m.answer(http.MethodGet, "/v1/calls", http.StatusOK,
			`{"calls":[{"id":"call_2","createdAt":"2026-11-03T15:00:00.000Z"},{"id":"call_1"`+created+`}]}`)
		ids, err := walkCalls(m.number(t).Calls.All(t.Context(), ListCallsOptions{}))
		assert.Equal(t, []string{"call_2", "call_1", ""}, ids, created)
		require.ErrorIs(t, err, errHasNoCursor, created)
		var unread *DecodeError
		require.ErrorAs(t, err, &unread)
		assert.Equal(t, "Calls.List", unread.Op)
		assert.Contains(t, err.Error(), "createdAt")
		assert.Len(t, m.Requests(), 1, created)
	}
	// A text that is no time is still a cursor: it goes back as it came.
	m := newMockAPI(t)
	m.sequence(http.MethodGet, "/v1/calls",
		jsonResponder(http.StatusOK, `{"calls":[{"id":"call_1","createdAt":"yesterday, 9+1"}]}`), jsonResponder(http.StatusOK, `{"calls":[]}`))
	ids, err := walkCalls(m.number(t).Calls.All(t.Context(), ListCallsOptions{}))
	require.NoError(t, err)
	assert.Equal(t, []string{"call_1"}, ids)
	assert.Equal(t, testBase+"/v1/calls?before=yesterday%2C+9%2B1", m.Requests()[1].URL)
}

func TestListOfCallsIsNeverNil(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodGet, "/v1/calls", http.StatusOK, `{"calls":[]}`)
	calls, err := m.number(t).Calls.List(t.Context(), ListCallsOptions{})
	require.NoError(t, err)
	assert.NotNil(t, calls)
	assert.Empty(t, calls)
}

func TestCallDuration(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]*int64{
		`{"id":"a"}`: nil, `{"id":"a","durationSeconds":null}`: nil,
		`{"id":"a","durationSeconds":0}`: Ptr[int64](0), `{"id":"a","durationSeconds":102}`: Ptr[int64](102),
	} {
		m := newMockAPI(t)
		m.RegisterNoResponder(jsonResponder(http.StatusOK, text))
		call, err := m.number(t).Calls.Get(t.Context(), "a", GetCallOptions{})
		require.NoError(t, err)
		assert.Equal(t, want, call.DurationSeconds, text)
	}
}

// Answers that do not show what they are for.
func TestCallAnswersWithoutTheirPoint(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	ctx, calls := t.Context(), m.number(t, WithRetry(RetryPolicy{})).Calls
	tests := actsOnCall(ctx, calls, "call_1")
	tests["Start"] = func() error { return errorOf(calls.Start(ctx, StartCallRequest{To: "+5521900000002"})) }
	tests["Settings"] = func() error { return errorOf(calls.Settings(ctx)) }
	tests["Permission"] = func() error { return errorOf(calls.Permission(ctx, "+5521900000002")) }
	tests["RequestPermission"] = func() error {
		return errorOf(calls.RequestPermission(ctx, CallPermissionRequest{To: "+5521900000002"}))
	}
	tests["List"] = func() error { return errorOf(calls.List(ctx, ListCallsOptions{})) }
	for _, text := range []string{
		`{"error":"something"}`, `{"calls":[{"status":"RINGING"}]}`, `{"calling":null,"permission":null}`,
		`{"calling":[],"permission":[]}`, `null`, `[]`, `"text"`, ``,
	} {
		m.RegisterNoResponder(jsonResponder(http.StatusOK, text))
		for name, call := range tests {
			if text == `[]` && name == "List" || text == `null` && name == "List" {
				continue // an empty list
			}
			assert.True(t, isA[*DecodeError](call()), "%s: %s", name, text)
		}
	}
}

// The inner object of the settings arrives whole, as every other answer does.
func TestCallSettingsArriveWhole(t *testing.T) {
	t.Parallel()
	seen := make(fields)
	for _, name := range []string{"Calls.Settings.json", "Calls.Settings.sparse.json", "Calls.Settings.null.json"} {
		text, ok := answerFile(t, name)
		require.True(t, ok)
		answer, ok := withUnknownMembers(requireJSON(t, name, text)).(map[string]any)
		require.True(t, ok)
		data, err := json.Marshal(answer)
		require.NoError(t, err)
		m := newMockAPI(t)
		m.answer(http.MethodGet, "/v1/calls/settings", http.StatusOK, string(data))
		settings, err := m.number(t).Calls.Settings(t.Context())
		require.NoError(t, err)
		compare := comparison{seen: seen}
		compare.value("", answer["calling"], reflect.ValueOf(settings))
		assert.Empty(t, compare.missing, name)
		assert.Contains(t, string(settings.Raw), unknownMember)
	}
	seen.requireFilled(t)
}

// Call hours can be sent back as they were read.
func TestCallHoursComeBack(t *testing.T) {
	t.Parallel()
	const hours = `{"status":"ENABLED","holiday_schedule":[{"start":9007199254740993}],"x":1.50}`
	m := newMockAPI(t)
	m.answer(http.MethodGet, "/v1/calls/settings", http.StatusOK, `{"calling":{"call_hours":`+hours+`}}`)
	m.answer(http.MethodPut, "/v1/calls/settings", http.StatusOK, `{"success":true}`)
	calls := m.number(t).Calls
	settings, err := calls.Settings(t.Context())
	require.NoError(t, err)
	require.NoError(t, calls.UpdateSettings(t.Context(), UpdateCallSettingsRequest{CallHours: settings.CallHours}))
	assert.Contains(t, string(m.Requests()[1].Body), hours, "to the letter")
}

func TestCallPermission(t *testing.T) {
	t.Parallel()
	const start = `{"action_name":"start_call","can_perform_action":%t}`
	const request = `{"action_name":"send_call_permission_request","can_perform_action":true}`
	yes, no := fmt.Sprintf(start, true), fmt.Sprintf(start, false)
	for text, want := range map[string]bool{
		`{"permission":{}}`:                                                                                          false,
		`{"permission":{"status":"no_permission"}}`:                                                                  false,
		`{"permission":{"status":"NO_PERMISSION"},"actions":[]}`:                                                     false,
		`{"permission":{"status":"no_permission"},"actions":[` + request + `]}`:                                      false,
		`{"permission":{"status":"temporary"}}`:                                                                      true,
		`{"permission":{"status":"PERMANENT"},"actions":null}`:                                                       true,
		`{"permission":{"status":"of_tomorrow"},"actions":[` + request + `]}`:                                        true,
		`{"permission":{"status":"permanent"},"actions":[` + request + `,` + no + `]}`:                               false,
		`{"permission":{"status":"temporary"},"actions":[` + yes + `]}`:                                              true,
		`{"permission":{"status":"no_permission"},"actions":[` + yes + `]}`:                                          true,
		`{"permission":{"status":"temporary","of_tomorrow":[1]},"actions":[{"action_name":"x"}],"of_tomorrow":null}`: true,
	} {
		m := newMockAPI(t)
		m.answer(http.MethodGet, "/v1/calls/permissions", http.StatusOK, text)
		permission, err := m.number(t).Calls.Permission(t.Context(), "+5521900000002")
		require.NoError(t, err, text)
		assert.Equal(t, want, permission.CanStart(), text)
		assert.JSONEq(t, text, string(permission.Raw))
	}
}

// The answer is Meta's: what is of another kind than expected does not hide the rest.
func TestCallPermissionOfOtherKinds(t *testing.T) {
	t.Parallel()
	start := []CallPermissionAction{{Name: CallPermissionActionKindStart, CanPerform: true}}
	const startText = `"actions":[{"action_name":"start_call","can_perform_action":true`
	temporary := CallPermissionGrant{Status: CallPermissionStatusTemporary, ExpirationTime: 1793800000}
	for text, want := range map[string]CallPermission{
		`{"permission":{"status":"temporary","expiration_time":"1793800000"},` + startText + `}]}`: {Permission: temporary, Actions: start},
		`{"permission":{"status":"temporary","expiration_time":"2026-11-04T13:46:40Z"}}`: {
			Permission: CallPermissionGrant{Status: CallPermissionStatusTemporary},
		},
		`{"permission":{"status":7,"expiration_time":1793800000.5},` + startText + `,"limits":{}}]}`: {Actions: start},
		`{"permission":{"status":null,"expiration_time":[]},"actions":{}}`:                           {},
		`{"permission":{},"actions":["start_call",7,null,{"action_name":1,"can_perform_action":"yes"}]}`: {
			Actions: make([]CallPermissionAction, 4),
		},
		`{"permission":{},` + startText + `,"limits":[{"time_period":24,"max_allowed":"5","current_usage":2},"x",
			{"time_period":"PT24H","max_allowed":5,"current_usage":"many"}]}]}`: {
			Actions: []CallPermissionAction{{Name: CallPermissionActionKindStart, CanPerform: true, Limits: []CallPermissionLimit{
				{MaxAllowed: 5, CurrentUsage: 2}, {}, {TimePeriod: "PT24H", MaxAllowed: 5},
			}}},
		},
	} {
		m := newMockAPI(t)
		m.answer(http.MethodGet, "/v1/calls/permissions", http.StatusOK, text)
		permission, err := m.number(t).Calls.Permission(t.Context(), "+5521900000002")
		require.NoError(t, err, text)
		want.Raw = json.RawMessage(text)
		assert.Equal(t, &want, permission, text)
	}
}

func TestCallPermissionStatusInAnyLetters(t *testing.T) {
	t.Parallel()
	assert.False(t, CallPermission{}.CanStart())
	assert.True(t, CallPermissionStatus("TEMPORARY").Is(CallPermissionStatusTemporary))
	assert.True(t, CallPermissionStatusNone.Is("No_Permission"))
	assert.False(t, CallPermissionStatusTemporary.Is(CallPermissionStatusPermanent))
}

func TestCallPermissionExpires(t *testing.T) {
	t.Parallel()
	assert.True(t, CallPermissionGrant{}.Expires().IsZero())
	expires := CallPermissionGrant{ExpirationTime: 1793800000}.Expires()
	assert.Equal(t, "2026-11-04T13:46:40Z", expires.Format(time.RFC3339Nano))
}

// The token of a realtime session, and the URL that holds it, are shown by nothing.
func TestRealtimeSessionIsNotPrinted(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.RegisterNoResponder(jsonResponder(http.StatusOK,
		`{"wsUrl":"wss://media.example/rt?token=PAIRTOKQ","token":"PAIRTOKQ","expiresInSeconds":120}`))
	session, err := m.number(t).Calls.RealtimeSession(t.Context(), "call_1", RealtimeModeTalk)
	require.NoError(t, err)
	assert.Equal(t, "wss://media.example/rt?token=PAIRTOKQ", session.WebSocketURL.Reveal())
	requireNoLeak(t, session)
}

// Errors of calls repeat neither phone numbers nor SDP nor what stands in a URL.
func TestCallErrorsHideWhatWasSent(t *testing.T) {
	t.Parallel()
	const media = "https://files.example/a.mp3?signature=PAIRTOKQ"
	ctx := t.Context()
	for name, c := range map[string]struct {
		sent string
		call func(CallsService) error
	}{
		"Start": {privatePhone + " " + privateBody + " " + privateName, func(c CallsService) error {
			return errorOf(c.Start(ctx, StartCallRequest{To: privatePhone, SDP: privateBody, BizOpaqueCallbackData: privateName}))
		}},
		"Get": {privateID, func(c CallsService) error { return errorOf(c.Get(ctx, privateID, GetCallOptions{})) }},
		"PreAccept": {privateID + privateBody, func(c CallsService) error {
			return errorOf(c.PreAccept(ctx, privateID, privateBody))
		}},
		"Accept":     {privateID + privateBody, func(c CallsService) error { return errorOf(c.Accept(ctx, privateID, privateBody)) }},
		"Play":       {privateID + " " + media, func(c CallsService) error { return errorOf(c.Play(ctx, privateID, media)) }},
		"Permission": {privatePhone, func(c CallsService) error { return errorOf(c.Permission(ctx, privatePhone)) }},
		"RequestPermission": {privatePhone + " " + privateBody, func(c CallsService) error {
			return errorOf(c.RequestPermission(ctx, CallPermissionRequest{To: privatePhone, Text: privateBody}))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.NotEmpty(t, leaks(c.sent))
			text, err := json.Marshal(c.sent)
			require.NoError(t, err)
			m := newMockAPI(t)
			m.RegisterNoResponder(jsonResponder(http.StatusBadRequest, `{"error":`+string(text)+`,"code":"VALIDATION_ERROR"}`))
			err = c.call(m.number(t).Calls)
			require.ErrorIs(t, err, CodeValidationError)
			requireNoLeak(t, err)
		})
	}
}

func TestMetaCallCodesAreFoundByTheirCode(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusBadRequest, http.StatusForbidden, http.StatusConflict} {
		m := newMockAPI(t)
		m.answer(http.MethodPost, "/v1/calls", status, `{"error":"no","code":"META_CALL_PERMISSION_REQUIRED"}`)
		m.answer(http.MethodPost, "/v1/calls/permissions/request", status, `{"error":"no","code":"META_CALL_PERMISSION_REQUEST_LIMIT"}`)
		calls := m.number(t).Calls
		_, err := calls.Start(t.Context(), StartCallRequest{To: "+5521900000002", SDP: "v=0"})
		require.ErrorIs(t, err, CodeMetaCallPermissionRequired)
		_, err = calls.RequestPermission(t.Context(), CallPermissionRequest{To: "+5521900000002"})
		require.ErrorIs(t, err, CodeMetaCallPermissionRequestLimit)
		assert.Len(t, m.Requests(), 2)
	}
}

// The constants are what the reference says.
func TestCallWords(t *testing.T) {
	t.Parallel()
	words := []string{
		string(CallDirectionInbound), string(CallDirectionOutbound),
		string(CallStatusInitiated), string(CallStatusRinging), string(CallStatusAccepted), string(CallStatusRejected),
		string(CallStatusCompleted), string(CallStatusFailed), string(CallStatusMissed),
		string(RealtimeModeTalk), string(RealtimeModeListen), string(CallSettingEnabled), string(CallSettingDisabled),
		string(CallIconVisibilityDefault), string(CallIconVisibilityDisableAll),
		string(CallPermissionStatusNone), string(CallPermissionStatusTemporary), string(CallPermissionStatusPermanent),
		string(CallPermissionActionKindRequest), string(CallPermissionActionKindStart),
	}
	want := "INBOUND OUTBOUND INITIATED RINGING ACCEPTED REJECTED COMPLETED FAILED MISSED talk listen ENABLED DISABLED DEFAULT " +
		"DISABLE_ALL no_permission temporary permanent send_call_permission_request start_call"
	assert.Equal(t, want, strings.Join(words, " "))
	assert.Len(t, words, len(slices.Compact(slices.Sorted(slices.Values(words)))))
}
