package pilotstatustest_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCallSettings(t *testing.T) {
	t.Parallel()
	_, _, meta := callers(t)
	const path = "/v1/calls/settings"
	want := func(text string) {
		t.Helper()
		assert.JSONEq(t, `{"calling":`+text+`}`, string(meta.do(t, "GET", path, "").body))
	}
	update := func(body string) {
		t.Helper()
		r := meta.do(t, "PUT", path, body)
		require.Equal(t, http.StatusOK, r.status, "%s", r.body)
		assert.JSONEq(t, `{"success":true}`, string(r.body))
	}
	const first = `{"status":"ENABLED","call_icon_visibility":"DEFAULT","callback_permission_status":"ENABLED","call_hours":{"status":"DISABLED"}}`
	want(first)
	update(`{}`)
	update("")
	update(`{"status":null,"call_hours":null,"callIconVisibility":"DISABLE_ALL","calling":{"status":"DISABLED"}}`)
	want(first)

	update(`{"call_icon_visibility":"DISABLE_ALL","call_hours":{"status":"ENABLED","weekly":[{"day":"MONDAY"}]},"voicemail":{"x":1.50}}`)
	update(`{"status":"DISABLED","callback_permission_status":"DISABLED"}`)
	want(`{"status":"DISABLED","call_icon_visibility":"DISABLE_ALL","callback_permission_status":"DISABLED",
		"call_hours":{"status":"ENABLED","weekly":[{"day":"MONDAY"}]},"voicemail":{"x":1.50}}`)
	assert.Contains(t, string(meta.do(t, "GET", path, "").body), "1.50", "as it was given")
	update(`{"call_hours":{"timezone":"UTC"}}`)
	for _, body := range []string{
		`{"status":"ENABLED","sip":{"status":"ENABLED"}}`, `{"sip":null}`, `{"status":"enabled"}`, `{"status":true}`,
		`{"status":"ENABLED","call_icon_visibility":"ENABLED"}`, `{"callback_permission_status":""}`,
		`{"call_hours":"x"}`, `{"voicemail":[]}`, `[]`, `null`, `{`,
	} {
		assert.Equal(t, http.StatusBadRequest, meta.do(t, "PUT", path, body).status, body)
	}
	want(`{"status":"DISABLED","call_icon_visibility":"DISABLE_ALL","callback_permission_status":"DISABLED",
		"call_hours":{"timezone":"UTC"},"voicemail":{"x":1.50}}`)
}

func TestCallPermission(t *testing.T) {
	t.Parallel()
	fake, _, meta := callers(t)
	number := fake.Number("num_2")
	want := func(permission string, starts int, possible bool) {
		t.Helper()
		assert.JSONEq(t, fmt.Sprintf(`{"permission":%s,"actions":[
			{"action_name":"send_call_permission_request","can_perform_action":true,"limits":[{"time_period":"PT24H","max_allowed":2,"current_usage":0}]},
			{"action_name":"start_call","can_perform_action":%t,"limits":[{"time_period":"PT24H","max_allowed":100,"current_usage":%d}]}]}`,
			permission, possible, starts), string(meta.do(t, "GET", callPersonURL, "").body))
		status := http.StatusBadRequest
		if possible {
			status = http.StatusCreated
		}
		r := meta.do(t, "POST", "/v1/calls", callWithOffer)
		assert.Equal(t, status, r.status)
		assert.Equal(t, !possible, r.code() == "META_CALL_PERMISSION_REQUIRED")
	}
	want(`{"status":"no_permission"}`, 0, false)
	number.GrantCallPermission(callPerson, false)
	expires := epoch().Add(7 * 24 * time.Hour).Unix()
	want(fmt.Sprintf(`{"status":"temporary","expiration_time":%d}`, expires), 0, true)
	fake.Advance(time.Unix(expires, 0).Sub(epoch()) - time.Millisecond)
	want(fmt.Sprintf(`{"status":"temporary","expiration_time":%d}`, expires), 0, true)
	fake.Advance(time.Millisecond)
	want(`{"status":"no_permission"}`, 1, false)
	number.GrantCallPermission(callPerson, true)
	want(`{"status":"permanent"}`, 1, true)
	fake.Advance(365 * 24 * time.Hour)
	want(`{"status":"permanent"}`, 0, true)
	number.RefuseCallPermission(callPerson)
	want(`{"status":"no_permission"}`, 1, false)

	// It is of this number and this person.
	number.GrantCallPermission("+5521900000003", true)
	want(`{"status":"no_permission"}`, 1, false)
	for _, query := range []string{"", "?to=", "?to=mary", "?to=+5521900000002"} {
		assert.Equal(t, http.StatusBadRequest, meta.do(t, "GET", "/v1/calls/permissions"+query, "").status, query)
	}
}

func TestCallStartLimit(t *testing.T) {
	t.Parallel()
	fake, _, meta := callers(t)
	number := fake.Number("num_2")
	number.GrantCallPermission(callPerson, true)
	number.LimitCalls(2)
	meta.start(t, callWithOffer)
	meta.start(t, callWithOffer)
	assert.Contains(t, string(meta.do(t, "GET", callPersonURL, "").body),
		`"action_name":"start_call","can_perform_action":false,"limits":[{"time_period":"PT24H","max_allowed":2,"current_usage":2}]`)
	r := meta.do(t, "POST", "/v1/calls", callWithOffer)
	assert.Equal(t, http.StatusBadRequest, r.status)
	assert.JSONEq(t, `{"error":"Too many calls to this person"}`, string(r.body))
	fake.Advance(24 * time.Hour)
	meta.start(t, callWithOffer)
}

func TestCallPermissionRequest(t *testing.T) {
	t.Parallel()
	fake, _, meta := callers(t)
	const path = "/v1/calls/permissions/request"
	ask := func(body string) reply { return meta.do(t, "POST", path, body) }
	first := ask(`{"to":"+5521900000002","text":"May we call?"}`)
	require.Equal(t, http.StatusOK, first.status)
	assert.Regexp(t, `^{"messageId":"wamid\.[^"]+"}$`, string(first.body))
	second := ask(`{"to":"5521900000002"}`)
	require.Equal(t, http.StatusOK, second.status)
	assert.NotEqual(t, string(first.body), string(second.body))
	third := ask(callToPerson)
	assert.Equal(t, http.StatusBadRequest, third.status)
	assert.Equal(t, "META_CALL_PERMISSION_REQUEST_LIMIT", third.code())
	assert.Contains(t, string(meta.do(t, "GET", callPersonURL, "").body),
		`"action_name":"send_call_permission_request","can_perform_action":false,"limits":[{"time_period":"PT24H","max_allowed":2,"current_usage":2}]`)
	assert.Equal(t, http.StatusOK, ask(`{"to":"+5521900000003"}`).status, "somebody else")
	assert.Empty(t, fake.Messages())

	fake.Number("num_2").LimitCallRequests(3)
	assert.Equal(t, http.StatusOK, ask(callToPerson).status)
	assert.Equal(t, "META_CALL_PERMISSION_REQUEST_LIMIT", ask(callToPerson).code())
	fake.Advance(24 * time.Hour)
	assert.Equal(t, http.StatusOK, ask(callToPerson).status)
	for _, body := range []string{`{}`, `{"to":"mary"}`, `{"to":"+5521900000003","text":1}`} {
		assert.Equal(t, http.StatusBadRequest, ask(body).status, body)
	}
}
