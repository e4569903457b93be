package pilotstatustest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

const (
	callPerson    = "+5521900000002"
	callPersonURL = "/v1/calls/permissions?to=%2B5521900000002"
	callToPerson  = `{"to":"+5521900000002"}`
	callWithOffer = `{"to":"+5521900000002","sdp":"v=0 offer","bizOpaqueCallbackData":"order 42"}`
	callAnswerSDP = `{"sdp":"v=0 answer"}`
)

// callers starts a server in which time stands still, with callers for the number
// that is paired by QR code and for the official one.
func callers(t *testing.T) (fake *pilotstatustest.Server, web, meta *caller) {
	t.Helper()
	fake, web = frozen(t)
	return fake, web, newCaller(t, fake.URL, fake.NumberKey("num_2"))
}

// start starts a call and returns its id.
func (c *caller) start(t *testing.T, body string) string {
	t.Helper()
	id, ok := c.object(t, http.StatusCreated, "POST", "/v1/calls", body)["id"].(string)
	require.True(t, ok)
	return id
}

// callAction is an action that must work.
func (c *caller) callAction(t *testing.T, id, action, body, status string) {
	t.Helper()
	r := c.do(t, "POST", "/v1/calls/"+url.PathEscape(id)+"/"+action, body)
	require.Equal(t, http.StatusOK, r.status, "%s", r.body)
	assert.JSONEq(t, fmt.Sprintf(`{"success":true,"id":%q,"status":%q}`, id, status), string(r.body))
}

// calls returns a page of the list.
func (c *caller) calls(t *testing.T, query string) []map[string]any {
	t.Helper()
	r := c.do(t, "GET", "/v1/calls"+query, "")
	require.Equal(t, http.StatusOK, r.status, "%s", r.body)
	var out struct {
		Calls []map[string]any `json:"calls"`
	}
	require.NoError(t, json.Unmarshal(r.body, &out))
	require.NotNil(t, out.Calls)
	return out.Calls
}

func TestCallToAPersonOnAnOfficialNumber(t *testing.T) {
	t.Parallel()
	fake, _, meta := callers(t)
	number := fake.Number("num_2")
	assert.JSONEq(t, `{"calls":[]}`, string(meta.do(t, "GET", "/v1/calls", "").body))

	r := meta.do(t, "POST", "/v1/calls", callWithOffer)
	assert.Equal(t, http.StatusBadRequest, r.status)
	assert.Equal(t, "META_CALL_PERMISSION_REQUIRED", r.code())
	assert.Empty(t, fake.Calls())

	number.GrantCallPermission("55 21 90000-0002", true)
	started := meta.object(t, http.StatusCreated, "POST", "/v1/calls", callWithOffer)
	id, external := started["id"].(string), started["externalCallId"].(string)
	assert.Equal(t, map[string]any{"id": id, "externalCallId": external, "status": "INITIATED"}, started)
	assert.Regexp(t, `^wacid\..*/`, external)

	fake.Advance(4 * time.Second)
	number.RingOut(id)
	assert.Equal(t, "RINGING", meta.calls(t, "")[0]["status"])
	fake.Advance(2 * time.Second)
	number.AnswerCall(external)
	fake.Advance(102*time.Second + 900*time.Millisecond)
	meta.callAction(t, id, "terminate", "", "COMPLETED")

	want := fmt.Sprintf(`"id":%q,"externalCallId":%q,"direction":"OUTBOUND","status":"COMPLETED","peerNumber":"5521900000002",
		"fromNumber":"551150006000","conversationId":null,"bizOpaqueCallbackData":"order 42","startedAt":"2026-11-03T14:05:09.120Z",
		"connectedAt":"2026-11-03T14:05:15.120Z","endedAt":"2026-11-03T14:06:58.020Z","durationSeconds":102,"errorCode":null,
		"errorMessage":null,"createdAt":"2026-11-03T14:05:09.120Z","updatedAt":"2026-11-03T14:06:58.020Z"`, id, external)
	assert.JSONEq(t, `{"calls":[{`+want+`}]}`, string(meta.do(t, "GET", "/v1/calls", "").body))
	for _, path := range []string{id, url.PathEscape(external)} {
		assert.JSONEq(t, `{`+want+`}`, string(meta.do(t, "GET", "/v1/calls/"+path, "").body))
		assert.JSONEq(t, `{`+want+`}`, string(meta.do(t, "GET", "/v1/calls/"+path+"?includeSdp=true", "").body))
		all := meta.object(t, http.StatusOK, "GET", "/v1/calls/"+path+"?includeSdp=1", "")
		assert.Equal(t, "v=0 offer", all["sdpOffer"])
		assert.Contains(t, all["sdpAnswer"], "a=setup:passive")
	}
	require.Len(t, fake.Calls(), 1)
	assert.Equal(t, "num_2", fake.Calls()[0].NumberID)
	assert.Equal(t, "order 42", fake.Calls()[0].CallbackData)
}

func TestCallFromAPersonToAnOfficialNumber(t *testing.T) {
	t.Parallel()
	fake, _, meta := callers(t)
	number := fake.Number("num_2")
	id := number.Ring(callPerson)
	got := meta.object(t, http.StatusOK, "GET", "/v1/calls/"+id+"?includeSdp=1", "")
	assert.Equal(t, "INBOUND", got["direction"])
	assert.Equal(t, "RINGING", got["status"])
	assert.Equal(t, "5521900000002", got["peerNumber"])
	assert.Contains(t, got["sdpOffer"], "a=setup:actpass")
	assert.Nil(t, got["sdpAnswer"])
	assert.Contains(t, got, "sdpAnswer")

	for _, action := range []string{"pre-accept", "accept"} {
		for _, body := range []string{`{}`, `{"sdp":""}`, `{"sdp":1}`, `[]`, ""} {
			assert.Equal(t, http.StatusBadRequest, meta.do(t, "POST", "/v1/calls/"+id+"/"+action, body).status, "%s %s", action, body)
		}
	}
	fake.Advance(time.Second)
	meta.callAction(t, id, "pre-accept", `{"sdp":"v=0 early"}`, "RINGING")
	got = meta.object(t, http.StatusOK, "GET", "/v1/calls/"+id+"?includeSdp=1", "")
	assert.Equal(t, "v=0 early", got["sdpAnswer"])
	assert.Nil(t, got["connectedAt"])
	assert.Equal(t, "2026-11-03T14:05:10.120Z", got["updatedAt"])
	meta.callAction(t, id, "accept", callAnswerSDP, "ACCEPTED")
	got = meta.object(t, http.StatusOK, "GET", "/v1/calls/"+id+"?includeSdp=1", "")
	assert.Equal(t, "v=0 answer", got["sdpAnswer"])
	assert.Equal(t, "2026-11-03T14:05:10.120Z", got["connectedAt"])
	assert.Nil(t, got["durationSeconds"])

	fake.Advance(3 * time.Second)
	number.HangUp(id)
	got = meta.object(t, http.StatusOK, "GET", "/v1/calls/"+id, "")
	assert.Equal(t, "COMPLETED", got["status"])
	assert.InDelta(t, 3, got["durationSeconds"], 0)
	assert.NotContains(t, got, "sdpOffer")
}

func TestCallsOfAPairedNumber(t *testing.T) {
	t.Parallel()
	fake, web, _ := callers(t)
	number := fake.Number("num_1")
	out := web.start(t, callToPerson) // nobody has to allow it
	in := number.Ring(callPerson)
	assert.NotEmpty(t, fake.Calls()[0].ExternalID)
	for _, id := range []string{out, in} {
		got := web.object(t, http.StatusOK, "GET", "/v1/calls/"+id+"?includeSdp=1", "")
		assert.Nil(t, got["sdpOffer"])
		assert.Nil(t, got["sdpAnswer"])
		assert.Contains(t, got, "sdpOffer")
		assert.Contains(t, got, "sdpAnswer")
		assert.Nil(t, got["bizOpaqueCallbackData"])
	}
	assert.Equal(t, http.StatusBadRequest, web.do(t, "POST", "/v1/calls/"+in+"/accept", "").status, "not even {}")
	web.callAction(t, in, "accept", `{}`, "ACCEPTED")
	web.callAction(t, out, "terminate", "", "COMPLETED")
	web.callAction(t, in, "terminate", "", "COMPLETED")
	all := web.calls(t, "")
	assert.InDelta(t, 0, all[0]["durationSeconds"], 0)
	assert.NotNil(t, all[1]["endedAt"])
	assert.Nil(t, all[1]["durationSeconds"], "nobody had answered")
	assert.Contains(t, all[1], "durationSeconds")

	// The holder of the phone can answer, too, or decline.
	number.AnswerCall(number.Ring(callPerson))
	number.DeclineCall(number.Ring(callPerson))
	all = web.calls(t, "")
	assert.Equal(t, "REJECTED", all[0]["status"])
	assert.Equal(t, "ACCEPTED", all[1]["status"])
}

func TestCallEndings(t *testing.T) {
	t.Parallel()
	fake, web, _ := callers(t)
	number := fake.Number("num_1")
	rejected := number.Ring(callPerson)
	web.callAction(t, rejected, "reject", "", "REJECTED")
	missed := number.Ring(callPerson)
	number.MissCall(missed)
	declined := web.start(t, callToPerson)
	number.DeclineCall(declined)
	broken := web.start(t, callToPerson)
	number.RingOut(broken)
	number.FailCall(broken, "NO_ROUTE", "no way there")

	for id, status := range map[string]string{rejected: "REJECTED", missed: "MISSED", declined: "REJECTED", broken: "FAILED"} {
		got := web.object(t, http.StatusOK, "GET", "/v1/calls/"+id, "")
		assert.Equal(t, status, got["status"])
		assert.Equal(t, "2026-11-03T14:05:09.120Z", got["endedAt"], status)
		assert.Nil(t, got["durationSeconds"], status)
		assert.Nil(t, got["connectedAt"], status)
		if id == broken {
			assert.Equal(t, "NO_ROUTE", got["errorCode"])
			assert.Equal(t, "no way there", got["errorMessage"])
		} else {
			assert.Nil(t, got["errorCode"])
		}
		for action, body := range map[string]string{
			"accept": `{}`, "reject": "", "terminate": "",
			"play": `{"mediaUrl":"https://example.test/a.mp3"}`, "realtime-session": `{"mode":"talk"}`,
		} {
			r := web.do(t, "POST", "/v1/calls/"+id+"/"+action, body)
			assert.Equal(t, http.StatusConflict, r.status, "%s of a call that is %s", action, status)
			assert.Empty(t, r.code())
		}
	}
}

func TestCallActionsInTheWrongState(t *testing.T) {
	t.Parallel()
	fake, web, meta := callers(t)
	inbound, outbound := fake.Number("num_1").Ring(callPerson), web.start(t, callToPerson)
	ringing := web.start(t, callToPerson)
	fake.Number("num_1").RingOut(ringing)
	running := fake.Number("num_1").Ring(callPerson)
	web.callAction(t, running, "accept", `{}`, "ACCEPTED")
	fake.Number("num_2").GrantCallPermission(callPerson, true)
	official := meta.start(t, callWithOffer)
	for _, row := range []struct {
		caller              *caller
		id, action, action2 string
	}{
		{web, inbound, "terminate", ""},
		{web, outbound, "accept", `{}`},
		{web, outbound, "reject", ""},
		{web, ringing, "accept", `{}`},
		{web, ringing, "reject", ""},
		{web, running, "accept", `{}`},
		{web, running, "reject", ""},
		{meta, official, "pre-accept", callAnswerSDP},
		{meta, official, "accept", callAnswerSDP},
	} {
		r := row.caller.do(t, "POST", "/v1/calls/"+row.id+"/"+row.action, row.action2)
		assert.Equal(t, http.StatusConflict, r.status, "%s", row.action)
		assert.JSONEq(t, `{"error":"This is not possible in the state of the call"}`, string(r.body), "%s", row.action)
	}
	assert.Equal(t, []string{"RINGING", "INITIATED", "RINGING", "ACCEPTED", "INITIATED"}, callStatuses(fake))
}

func callStatuses(fake *pilotstatustest.Server) []string {
	var out []string
	for _, one := range fake.Calls() {
		out = append(out, one.Status)
	}
	return out
}

func TestCallsThatAreNotThere(t *testing.T) {
	t.Parallel()
	fake, web, meta := callers(t)
	foreign := fake.Number("num_2").Ring(callPerson)
	assert.Empty(t, web.calls(t, ""))
	for _, id := range []string{"call_x", foreign, "%20"} {
		for _, row := range [][3]string{
			{"GET", "", ""},
			{"POST", "/accept", `{}`},
			{"POST", "/reject", ""},
			{"POST", "/terminate", ""},
			{"POST", "/play", `{"mediaUrl":"https://example.test/a.mp3"}`},
			{"POST", "/realtime-session", `{"mode":"listen"}`},
		} {
			r := web.do(t, row[0], "/v1/calls/"+id+row[1], row[2])
			assert.Equal(t, http.StatusNotFound, r.status, "%v", row)
			assert.JSONEq(t, `{"error":"Call not found"}`, string(r.body), "%v", row)
		}
	}
	assert.Equal(t, http.StatusNotFound, meta.do(t, "POST", "/v1/calls/call_x/pre-accept", callAnswerSDP).status)
	for _, path := range []string{"/v1/calls/", "/v1/calls/settings/accept", "/v1/calls/permissions/play"} {
		assert.Equal(t, "text/html; charset=utf-8", meta.do(t, "POST", path, `{}`).header.Get("Content-Type"), path)
	}
}

func TestCallProviders(t *testing.T) {
	t.Parallel()
	fake, web, meta := callers(t)
	id := fake.Number("num_1").Ring(callPerson)
	official := fake.Number("num_2").Ring(callPerson)
	const play, open = `{"mediaUrl":"https://example.test/a.mp3"}`, `{"mode":"talk"}`
	both := [][3]string{
		{"POST", "/v1/calls", callWithOffer},
		{"GET", "/v1/calls", ""},
		{"GET", "/v1/calls/{}", ""},
		{"POST", "/v1/calls/{}/accept", callAnswerSDP},
		{"POST", "/v1/calls/{}/reject", ""},
		{"POST", "/v1/calls/{}/terminate", ""},
	}
	onlyWeb := [][3]string{{"POST", "/v1/calls/{}/play", play}, {"POST", "/v1/calls/{}/realtime-session", open}}
	onlyMeta := [][3]string{
		{"POST", "/v1/calls/{}/pre-accept", callAnswerSDP},
		{"GET", "/v1/calls/settings", ""},
		{"PUT", "/v1/calls/settings", `{}`},
		{"GET", callPersonURL, ""},
		{"POST", "/v1/calls/permissions/request", callToPerson},
	}
	code := func(c *caller, id string, row [3]string) string {
		r := c.do(t, row[0], strings.ReplaceAll(row[1], "{}", id), row[2])
		if r.code() == "FEATURE_NOT_SUPPORTED" {
			assert.Equal(t, http.StatusBadRequest, r.status)
		}
		return r.code()
	}
	for _, row := range onlyWeb {
		assert.Equal(t, "FEATURE_NOT_SUPPORTED", code(meta, official, row), "%v", row)
		assert.Empty(t, code(web, id, row), "%v", row)
	}
	for _, row := range onlyMeta {
		assert.Equal(t, "FEATURE_NOT_SUPPORTED", code(web, id, row), "%v", row)
		assert.Empty(t, code(meta, official, row), "%v", row)
	}
	for _, row := range both {
		assert.NotEqual(t, "FEATURE_NOT_SUPPORTED", code(web, id, row), "%v", row)
		assert.NotEqual(t, "FEATURE_NOT_SUPPORTED", code(meta, official, row), "%v", row)
	}
	fake.Number("num_1").WithoutCalls(true)
	fake.Number("num_2").WithoutCalls(true)
	assert.Empty(t, fake.Number("num_1").Ring(callPerson))
	for _, rows := range [][][3]string{both, onlyWeb, onlyMeta} {
		for _, row := range rows {
			assert.Equal(t, "FEATURE_NOT_SUPPORTED", code(web, id, row), "%v", row)
			assert.Equal(t, "FEATURE_NOT_SUPPORTED", code(meta, official, row), "%v", row)
		}
	}
	fake.Number("num_1").WithoutCalls(false)
	assert.Len(t, web.calls(t, ""), 2)
}

func TestCallsOfANumberThatIsNotConnected(t *testing.T) {
	t.Parallel()
	fake, web, meta := callers(t)
	id := fake.Number("num_1").Ring(callPerson)
	fake.Number("num_1").Disconnect()
	fake.Number("num_2").Disconnect()
	for path, body := range map[string]string{
		"":                             callToPerson,
		"/" + id + "/accept":           `{}`,
		"/" + id + "/reject":           "",
		"/" + id + "/terminate":        "",
		"/" + id + "/play":             `{"mediaUrl":"https://example.test/a.mp3"}`,
		"/" + id + "/realtime-session": `{"mode":"talk"}`,
	} {
		r := web.do(t, "POST", "/v1/calls"+path, body)
		assert.Equal(t, http.StatusConflict, r.status, path)
		assert.Equal(t, "WHATSAPP_INSTANCE_NOT_CONNECTED", r.code(), path)
	}
	assert.Empty(t, fake.Number("num_1").Ring(callPerson), "it does not ring")
	assert.Len(t, web.calls(t, ""), 1, "what was stored can be read")
	assert.NotEmpty(t, fake.Number("num_2").Ring(callPerson), "an official number has no phone")
	fake.Number("num_2").GrantCallPermission(callPerson, true)
	meta.callAction(t, meta.start(t, callWithOffer), "terminate", "", "COMPLETED")
	fake.Number("num_1").Connect()
	web.callAction(t, id, "reject", "", "REJECTED")
}

func TestCallStartRequests(t *testing.T) {
	t.Parallel()
	fake, web, meta := callers(t)
	fake.Number("num_2").GrantCallPermission(callPerson, true)
	for body, good := range map[string][2]bool{ // web, meta
		`{}`:                               {},
		`{"to":"mary"}`:                    {},
		`{"to":1}`:                         {},
		`{"TO":"+5521900000002"}`:          {},
		`x`:                                {},
		callToPerson:                       {true, false},
		callWithOffer:                      {true, true},
		`{"to":"+5521900000002","sdp":""}`: {},
		`{"to":"+5521900000002","sdp":"v","sdpType":"offer"}`:     {true, true},
		`{"to":"+5521900000002","sdp":"v","sdpType":"answer"}`:    {},
		`{"to":"5521900000002","sdp":"v","fieldOfTomorrow":true}`: {true, true},
	} {
		for i, c := range []*caller{web, meta} {
			want := http.StatusBadRequest
			if good[i] {
				want = http.StatusCreated
			}
			r := c.do(t, "POST", "/v1/calls", body)
			assert.Equal(t, want, r.status, "%s %d", body, i)
			assert.Empty(t, r.code(), "%s %d", body, i)
		}
	}
	for _, one := range fake.Calls() {
		assert.Equal(t, "5521900000002", one.Peer)
	}
	assert.Len(t, fake.Calls(), 7)
}

func TestCallList(t *testing.T) {
	t.Parallel()
	fake, web, _ := callers(t)
	number := fake.Number("num_1")
	var ids []string // newest first
	for range 120 {
		ids = append([]string{number.Ring(callPerson)}, ids...)
		fake.Advance(time.Second + 500*time.Microsecond)
	}
	assert.True(t, fake.Calls()[1].CreatedAt.Equal(epoch().Add(time.Second)), "as exact as the answer")
	fake.Number("num_2").Ring(callPerson)
	page := func(query string) (got []string, last string) {
		for _, row := range web.calls(t, query) {
			assert.NotContains(t, row, "sdpOffer")
			got, last = append(got, row["id"].(string)), row["createdAt"].(string)
		}
		return got, last
	}
	got, last := page("")
	assert.Equal(t, ids[:25], got)
	got, last = page("?before=" + last)
	assert.Equal(t, ids[25:50], got)
	got, _ = page("?limit=2&before=" + last)
	assert.Equal(t, ids[50:52], got)
	got, last = page("?limit=100")
	assert.Equal(t, ids[:100], got)
	capped, _ := page("?limit=101")
	assert.Equal(t, got, capped)
	got, last = page("?limit=100&before=" + last)
	assert.Equal(t, ids[100:], got)
	got, _ = page("?before=" + last)
	assert.Empty(t, got)
	got, _ = page("?limit=1&before=2026-11-03T12:05:10-02:00")
	assert.Equal(t, ids[119:], got)

	for _, query := range []string{"?limit=0", "?limit=-1", "?limit=x", "?limit=", "?before=", "?before=yesterday", "?before=2026-11-03"} {
		assert.Equal(t, http.StatusBadRequest, web.do(t, "GET", "/v1/calls"+query, "").status, query)
	}
}

// A cursor is the text of an answer, so it must not lose calls of the same
// millisecond but those of its own.
func TestCallCursorInRealTime(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t)
	web := newCaller(t, fake.URL, fake.NumberKey("num_1"))
	number := fake.Number("num_1")
	older := number.Ring(callPerson)
	fake.Advance(2 * time.Millisecond)
	number.Ring(callPerson)
	rows := web.calls(t, "?before="+web.calls(t, "")[0]["createdAt"].(string))
	require.Len(t, rows, 1)
	assert.Equal(t, older, rows[0]["id"])
}

func TestCallShapes(t *testing.T) {
	t.Parallel()
	fake, web, meta := callers(t)
	fake.Tenant().SparseCalls(true)
	fake.Tenant().LateCallIDs(true)
	started := web.object(t, http.StatusCreated, "POST", "/v1/calls", callToPerson)
	assert.Nil(t, started["externalCallId"])
	assert.Contains(t, started, "externalCallId")
	id := started["id"].(string)
	assert.JSONEq(t, fmt.Sprintf(`{"calls":[{"id":%q,"externalCallId":null,"direction":"OUTBOUND","status":"INITIATED",
		"peerNumber":"5521900000002","fromNumber":"551130004000","startedAt":"2026-11-03T14:05:09.120Z",
		"createdAt":"2026-11-03T14:05:09.120Z","updatedAt":"2026-11-03T14:05:09.120Z"}]}`, id), string(web.do(t, "GET", "/v1/calls", "").body))
	fake.Number("num_1").RingOut(id)
	row := web.calls(t, "")[0]
	require.NotNil(t, row["externalCallId"])
	assert.Equal(t, id, web.object(t, http.StatusOK, "GET", "/v1/calls/"+row["externalCallId"].(string)+"?includeSdp=1", "")["id"])
	assert.NotEmpty(t, fake.Calls()[0].ExternalID)
	fake.Number("num_1").Ring(callPerson)
	assert.NotNil(t, web.calls(t, "")[0]["externalCallId"], "that of an inbound call is known at once")

	assert.JSONEq(t, `{"permission":{"status":"no_permission"}}`, string(meta.do(t, "GET", callPersonURL, "").body))
	fake.Tenant().SparseCalls(false)
	assert.Contains(t, web.calls(t, "")[0], "errorCode")
	fake.Tenant().LateCallIDs(false)
	assert.NotNil(t, web.object(t, http.StatusCreated, "POST", "/v1/calls", callToPerson)["externalCallId"])
	fake.Tenant().UnknownFields(true)
	assert.Contains(t, web.calls(t, "")[0], "fieldOfTomorrow")
}

func TestCallPlay(t *testing.T) {
	t.Parallel()
	fake, web, _ := callers(t)
	id := web.start(t, callToPerson)
	play := func(name, status string) {
		web.callAction(t, id, "play", `{"mediaUrl":"https://example.test/`+name+`"}`, status)
	}
	play("a.mp3", "INITIATED")
	fake.Number("num_1").RingOut(id)
	play("b.WAV?sig=1", "RINGING")
	before := fake.Calls()[0]
	assert.Equal(t, []string{"https://example.test/a.mp3", "https://example.test/b.WAV?sig=1"}, before.Queued)
	assert.Empty(t, before.Played)
	fake.Number("num_1").AnswerCall(id)
	play("c.opus", "ACCEPTED")
	after := fake.Calls()[0]
	assert.Empty(t, after.Queued)
	assert.Equal(t, append(before.Queued, "https://example.test/c.opus"), after.Played)

	for _, body := range []string{
		`{}`, `{"mediaUrl":""}`, `{"mediaUrl":"example.test/a.mp3"}`, `{"mediaUrl":"ftp://example.test/a.mp3"}`,
		`{"mediaUrl":"https://example.test/a.ogg"}`, `{"mediaUrl":"https:///a.mp3"}`, `{"mediaUrl":"https://example.test/?a.mp3"}`, `[]`,
	} {
		assert.Equal(t, http.StatusBadRequest, web.do(t, "POST", "/v1/calls/"+id+"/play", body).status, body)
	}
	assert.Len(t, fake.Calls()[0].Played, 3)
}

func TestCallRealtimeSession(t *testing.T) {
	t.Parallel()
	fake, web, _ := callers(t)
	id := fake.Number("num_1").Ring(callPerson)
	path := "/v1/calls/" + id + "/realtime-session"
	open := func(mode string) string {
		out := web.object(t, http.StatusOK, "POST", path, `{"mode":"`+mode+`"}`)
		token, ok := out["token"].(string)
		require.True(t, ok)
		assert.Equal(t, map[string]any{
			"wsUrl": "wss://media.pilotstatus.test/rt/" + id + "?token=" + token, "token": token, "expiresInSeconds": 120.0,
		}, out)
		return token
	}
	talk, listen, late := open("talk"), open("listen"), open("talk")
	require.NotEqual(t, talk, late)
	assert.Equal(t, "talk", fake.Tenant().ConnectAudio(talk))
	assert.Empty(t, fake.Tenant().ConnectAudio(talk), "it is used up")
	fake.Advance(2*time.Minute - time.Millisecond)
	assert.Equal(t, "listen", fake.Tenant().ConnectAudio(listen))
	fake.Advance(time.Millisecond)
	assert.Empty(t, fake.Tenant().ConnectAudio(late))
	assert.Empty(t, fake.Tenant().ConnectAudio("rt_x"))
	for _, body := range []string{`{}`, `{"mode":"TALK"}`, `{"mode":"both"}`, `x`} {
		assert.Equal(t, http.StatusBadRequest, web.do(t, "POST", path, body).status, body)
	}
}

func TestCallScopes(t *testing.T) {
	t.Parallel()
	fake, _, _ := callers(t)
	tenant := newCaller(t, fake.URL, fake.TenantKey())
	rows := map[string][3]string{
		"Calls.Start":             {"POST", "/v1/calls", callToPerson},
		"Calls.List":              {"GET", "/v1/calls", ""},
		"Calls.Get":               {"GET", "/v1/calls/x", ""},
		"Calls.PreAccept":         {"POST", "/v1/calls/x/pre-accept", callAnswerSDP},
		"Calls.Accept":            {"POST", "/v1/calls/x/accept", `{}`},
		"Calls.Reject":            {"POST", "/v1/calls/x/reject", ""},
		"Calls.Terminate":         {"POST", "/v1/calls/x/terminate", ""},
		"Calls.Play":              {"POST", "/v1/calls/x/play", `{}`},
		"Calls.RealtimeSession":   {"POST", "/v1/calls/x/realtime-session", `{}`},
		"Calls.Settings":          {"GET", "/v1/calls/settings", ""},
		"Calls.UpdateSettings":    {"PUT", "/v1/calls/settings", `{}`},
		"Calls.Permission":        {"GET", "/v1/calls/permissions", ""},
		"Calls.RequestPermission": {"POST", "/v1/calls/permissions/request", `{}`},
	}
	for op, row := range rows {
		for _, c := range []*caller{tenant, tenant.with("x-whatsapp-number-id", "num_1")} {
			r := c.do(t, row[0], row[1], row[2])
			assert.Equal(t, http.StatusForbidden, r.status, op)
			assert.Equal(t, "TENANT_SCOPE_NOT_ALLOWED", r.code(), op)
			assert.Equal(t, op, lastRequest(fake).Op)
		}
	}
	assert.Len(t, rows, 13)
	assert.Empty(t, fake.Calls())
	assert.Equal(t, http.StatusBadRequest, newCaller(t, fake.URL, fake.NumberKey("num_1")).do(t, "POST", "/v1/calls/x/reject", `{}`).status)
}

func TestCallHooksThatCannotBe(t *testing.T) {
	t.Parallel()
	tb := &fakeTB{}
	fake := pilotstatustest.NewServer(tb)
	defer tb.end()
	web, meta := fake.Number("num_1"), fake.Number("num_2")
	in, official := web.Ring(callPerson), meta.Ring(callPerson)
	web.RingOut(in)
	web.HangUp(in)
	web.AnswerCall(official)
	meta.AnswerCall(official)
	meta.DeclineCall(official)
	web.MissCall("")
	out := newCaller(t, fake.URL, fake.NumberKey("num_1")).start(t, callToPerson)
	web.MissCall(out)
	web.AnswerCall(out)
	web.FailCall(out, "X", "")
	assert.Equal(t, []string{
		fmt.Sprintf("pilotstatustest: no call %q that can become RINGING", in),
		fmt.Sprintf("pilotstatustest: no call %q that can become COMPLETED", in),
		fmt.Sprintf("pilotstatustest: no call %q that can become ACCEPTED", official),
		fmt.Sprintf("pilotstatustest: no call %q that can become ACCEPTED", official),
		fmt.Sprintf("pilotstatustest: no call %q that can become REJECTED", official),
		`pilotstatustest: no call "" that can become MISSED`,
		fmt.Sprintf("pilotstatustest: no call %q that can become MISSED", out),
		fmt.Sprintf("pilotstatustest: no call %q that can become FAILED", out),
	}, tb.failures)
	assert.Equal(t, []string{"RINGING", "RINGING", "ACCEPTED"}, callStatuses(fake))

	program := pilotstatustest.Start()
	defer program.Close()
	program.Number("num_1").HangUp("call_x")
	nobody := program.Number("num_9")
	nobody.HangUp("call_x")
	nobody.GrantCallPermission(callPerson, true)
	assert.Empty(t, nobody.Ring(callPerson))
	assert.Empty(t, program.Calls())
}
