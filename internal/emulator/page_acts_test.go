package emulator

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

func TestFormsActAsTheCustomer(t *testing.T) {
	t.Parallel()
	w := newPageWorld(t)
	w.fill(same)
	chat := w.chat("num_1", hers)
	here := with("conversations", "number", "num_1", "chat", chat)
	newest := func() pilotstatustest.ChatMessage {
		return w.fake.FindMessages(pilotstatustest.MessageQuery{NumberID: "num_1", ConversationID: chat, Limit: 1}).Messages[0]
	}

	assert.Equal(t, here, w.acted(here, "do", "say", "number", "num_1", "chat", chat, "text", "One\r\ntwo"))
	assert.Equal(t, "One\ntwo", pilotstatustest.PlainText(newest().Content.Body))
	w.acted(here, "do", "press", "message", w.ids["buttons"], "button", "0")
	assert.Equal(t, "0", newest().Content.Answer.ButtonID)
	w.acted(here, "do", "choose", "message", w.ids["list"], "row", "t-0920")
	assert.Equal(t, "t-0920", newest().Content.Answer.RowID)
	w.acted(here, "do", "file", "number", "num_1", "chat", chat, "caption", "Look")
	assert.Equal(t, "image", newest().Content.Media.Kind)
	w.acted(here, "do", "say", "number", "num_1", "chat", chat, "text", "To that one", "quoting", w.ids["buttons"])
	assert.Equal(t, w.ids["buttons"], newest().ReplyTo)
	calls := len(w.fake.Calls())
	w.acted(here, "do", "call", "number", "num_1", "chat", chat)
	require.Len(t, w.fake.Calls(), calls+1)
	w.acted(here, "do", "call-on", "call", w.fake.Calls()[calls].ID, "to", "miss")
	assert.Equal(t, "MISSED", w.fake.Calls()[calls].Status)
	group := w.chat("num_1", "120363000000000001@g.us")
	w.acted(here, "do", "say", "number", "num_1", "chat", group, "person", "+12025550188", "text", "Me too")
	assert.Contains(t, w.view(with("conversations", "number", "num_1", "chat", group)), "Me too")
	to := w.acted("conversations?number=num_1", "do", "contact", "number", "num_1", "name", "Bo", "phone", "+12025550166", "text", "Hi")
	assert.Equal(t, with("conversations", "number", "num_1", "chat", w.chat("num_1", "+12025550166")), to)
	w.send("second flow", "num_2", `"text":"Once more","flow":{"flowId":"intake_v2","cta":"Open"}`)
	w.fake.Advance(time.Minute)
	w.acted(here, "do", "submit", "message", w.ids["second flow"], "answers", "pain: no\nsince: 2 days")
	m, err := w.fake.Message(w.ids["second flow"])
	require.NoError(t, err)
	assert.False(t, m.Content.Flow.Submitted.IsZero())
}

func TestAFileOfTheCustomer(t *testing.T) {
	t.Parallel()
	w := newPageWorld(t)
	w.fill(same)
	chat := w.chat("num_1", hers)
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range map[string]string{"do": "file", "number": "num_1", "chat": chat, "back": "conversations"} {
		require.NoError(t, form.WriteField(name, value))
	}
	part, err := form.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="file"; filename="note.pdf"`}, "Content-Type": {"application/pdf"}})
	require.NoError(t, err)
	_, err = part.Write([]byte("%PDF-1.4"))
	require.NoError(t, err)
	require.NoError(t, form.Close())
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1:4010/act", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	got := httptest.NewRecorder()
	w.e.ServeHTTP(got, r)
	require.Equal(t, http.StatusSeeOther, got.Code, got.Body)
	media := w.fake.FindMessages(pilotstatustest.MessageQuery{ConversationID: chat, Limit: 1}).Messages[0].Content.Media
	assert.Equal(t, "document", media.Kind)
	assert.Equal(t, "note.pdf", media.FileName)
}

func TestFormsActAsTheOperator(t *testing.T) {
	t.Parallel()
	w := newPageWorld(t)
	w.fill(same)
	state := func(id string) string {
		for _, n := range w.fake.Numbers() {
			if n.ID == id {
				return stateOf(n).Word
			}
		}
		return ""
	}
	for _, step := range []struct{ do, state string }{
		{"disconnect", "closed"}, {"connect", "open"}, {"block", "blocked"}, {"unblock", "open"}, {"disconnect", "closed"}, {"show-code", "scan QR"}, {"scan", "open"},
	} {
		w.acted("numbers", "do", step.do, "number", "num_1")
		assert.Equal(t, step.state, state("num_1"), step.do)
	}
	w.acted("numbers", "do", "charge", "number", "num_1", "outcome", "INSUFFICIENT_FUNDS")
	assert.Equal(t, "INSUFFICIENT_FUNDS", w.fake.Numbers()[0].NextCharge)
	w.acted("numbers", "do", "number", "name", "Harbor Bakery", "phone", "+1 202 555 0117")
	made := w.fake.Numbers()[2]
	assert.Equal(t, "scan QR", stateOf(made).Word)
	assert.Contains(t, w.view("numbers"), "Scan as the phone")
	code := w.do(http.MethodGet, "/"+with("qr", "number", made.ID, "device", "0"), "")
	assert.Equal(t, "image/png", code.Header().Get("Content-Type"))

	chat := with("conversations", "number", "num_1", "chat", w.chat("num_1", hers))
	w.acted(chat, "do", "state", "message", w.ids["failed"], "state", "READ")
	m, err := w.fake.Message(w.ids["failed"])
	require.NoError(t, err)
	assert.Equal(t, "READ", m.Status)
	w.acted(chat, "do", "ticks")
	assert.True(t, w.fake.Tenant().TicksAreManual())
	before := w.fake.Now()
	assert.Equal(t, "faults", w.acted("faults", "do", "advance", "by", "48h"))
	assert.GreaterOrEqual(t, w.fake.Now().Sub(before), 48*time.Hour)
	assert.Contains(t, w.view("requests"), "<b>+48 h 4 min")
	w.fake.Number("num_1").Receive(pilotstatustest.Inbound{From: hers, Text: "After it"})
	assert.Contains(t, w.view(chat), "clock advanced by 48 h")
}

func TestFaultsAndTheDial(t *testing.T) {
	t.Parallel()
	w := newPageWorld(t)
	w.acted("faults?op=x", "do", "fault", "op", "Messages.Send", "status", "429", "code", "RATE_LIMITED", "retry", "2", "times", "3", "often", "times")
	w.acted("faults", "do", "fault", "often", "always", "delay", "5s")
	w.acted("faults", "do", "fault", "often", "limit", "minute", "60", "op", "Messages.Send")
	all := w.fake.Faults()
	require.Len(t, all, 3)
	assert.Equal(t, 3, all[0].Left)
	assert.Equal(t, "2", all[0].Header.Get("Retry-After"))
	assert.Equal(t, 5*time.Second, all[1].Delay)
	assert.Equal(t, 60, all[2].PerMinute)
	got := w.view("faults")
	assert.Contains(t, got, "3 of 3 left")
	assert.Contains(t, got, `aria-label="3 faults on"`)
	w.acted("faults", "do", "fault-remove", "fault", all[0].ID)
	assert.Len(t, w.fake.Faults(), 2)
	w.acted("faults", "do", "dial", "percent", "7", "seed", "4010")
	assert.Contains(t, w.view("faults"), "Of the next 100 exchanges these break")
	w.acted("faults", "do", "dial", "percent", "9", "seed", "1")
	assert.Len(t, w.fake.Faults(), 3, "one dial")
	w.acted("faults", "do", "faults-clear")
	assert.Empty(t, w.fake.Faults())
}

func TestDeliveriesAgain(t *testing.T) {
	t.Parallel()
	w := newPageWorld(t)
	got := make(chan string, 100)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- r.Header.Get("X-Pilot-Status-Signature") }))
	t.Cleanup(receiver.Close)
	w.acted("deliveries", "do", "webhook", "number", "num_1", "url", receiver.URL)
	w.fake.Number("num_1").Receive(pilotstatustest.Inbound{From: hers, FromName: "Ada Example", Text: "Hello"})
	require.NoError(t, w.fake.Flush(t.Context()))
	first := <-got
	d := w.fake.FindDeliveries(pilotstatustest.DeliveryQuery{Event: "message.received"}).Deliveries[0]
	here := "deliveries?delivery=" + d.ID
	view := w.view(here)
	assert.Contains(t, view, "message.received")
	assert.Contains(t, view, first)
	assert.Contains(t, view, "ok, with ")
	assert.Contains(t, view, "<bdi>"+d.MessageID+" · Ada Example</bdi>")
	w.acted(here, "do", "redeliver", "delivery", d.ID, "how", "twice")
	assert.Equal(t, first, <-got)
	assert.Equal(t, first, <-got)
	w.acted(here, "do", "redeliver", "delivery", d.ID, "how", "wrong")
	assert.NotEqual(t, first, <-got)
	view = w.view(here)
	assert.Contains(t, view, "by hand")
	assert.Contains(t, view, "wrong, with ")
}

// A form that is refused says why beside it, with the status of an error, and keeps what was
// typed.
func TestARefusedFormSaysWhy(t *testing.T) {
	t.Parallel()
	w := newPageWorld(t)
	w.fill(same)
	w.fake.Inject(pilotstatustest.Fault{Op: "Numbers.Create", Reset: true, Times: 2})
	chat := w.chat("num_1", hers)
	here := with("conversations", "number", "num_1", "chat", chat)
	for _, c := range []struct {
		back string
		form []string
		says string
	}{
		{here, []string{"do", "say", "number", "num_1", "chat", chat, "text", " "}, "There is no text."},
		{here, []string{"do", "press", "message", w.ids["held"], "button", "7"}, `class="bad small"`},
		{here, []string{"do", "press", "message", "msg_9", "button", "0"}, `class="bad small"`},
		{"conversations?number=num_1", []string{"do", "contact", "number", "num_1", "name", "Typed before", "phone", "12"}, "Typed before"},
		{"faults", []string{"do", "fault", "op", "Nothing.There", "status", "500", "template", "kept_name"}, "kept_name"},
		{"faults", []string{"do", "fault", "op", "Messages.Send"}, "Nothing would break"},
		{"faults", []string{"do", "fault", "status", "7"}, "a number from 200 to 999"},
		{"faults", []string{"do", "advance", "by", "tomorrow"}, "no time"},
		{"faults", []string{"do", "advance", "by", "-1h"}, "only goes forward"},
		{"numbers", []string{"do", "number", "name", "Kept", "phone", "1"}, "The API answers 500: without a reason"},
		{"numbers", []string{"do", "number", "name", "Broken", "phone", "+12025550118"}, "The API answers 500: without a reason"},
		{"deliveries", []string{"do", "webhook", "number", "num_1", "url", "kept.example"}, "kept.example"},
		{"deliveries?delivery=dlv_9", []string{"do", "redeliver", "delivery", "dlv_9"}, "not kept"},
	} {
		got := w.act(c.back, c.form...)
		assert.GreaterOrEqual(t, got.Code, 400, "%v", c.form)
		assert.Contains(t, got.Body.String(), c.says, "%v", c.form)
	}
	assert.Equal(t, http.StatusBadRequest, w.act("numbers", "do", "nothing").Code)
	assert.Equal(t, http.StatusForbidden, w.do(http.MethodPost, "/act", "do=faults-clear", "Content-Type", "application/x-www-form-urlencoded", "Origin", "https://evil.example").Code)
	for _, back := range []string{"https://evil.example/", "//evil.example", "/numbers", "act", "javascript:alert(1)"} {
		assert.Equal(t, "conversations", w.acted(back, "do", "faults-clear"), back)
	}
}

func TestWhatTheFakeDidNotKnowIsMarked(t *testing.T) {
	t.Parallel()
	w := newPageWorld(t)
	w.send("odd", "num_1", `"text":"Hello","colour":"teal"`)
	w.do(http.MethodGet, "/v1/flows/7/responses", "", "X-Api-Key", w.fake.NumberKey("num_1"))
	got := w.view("unknown")
	for _, text := range []string{`aria-label="2 unknown"`, "colour", "Messages.Send", "/v1/flows/7/responses", "members 1", "calls 1", "values 0"} {
		assert.Contains(t, got, text)
	}
	assert.NotContains(t, w.view("unknown?kind=member"), "/v1/flows/7/responses")
	chat := with("conversations", "number", "num_1", "chat", w.chat("num_1", hers))
	assert.Contains(t, w.view(chat), "1 unknown")
	assert.Contains(t, w.view(chat+"&message="+w.ids["odd"]), `">&#34;colour&#34;</mark>`)
	assert.Contains(t, w.view("requests"), "1 unknown member")
	w.acted("unknown", "do", "clear-unknown")
	assert.Contains(t, w.view("unknown"), "Nothing unknown since the start")
}

func TestResetEmptiesTheTenant(t *testing.T) {
	t.Parallel()
	w := newPageWorld(t)
	w.fill(same)
	key := w.fake.NumberKey("num_1")
	assert.Equal(t, "faults", w.acted("faults", "do", "reset"))
	assert.Equal(t, key, w.fake.NumberKey("num_1"))
	assert.Contains(t, w.view("conversations"), "Nobody yet")
	assert.NotContains(t, w.view("faults"), "chip warn")
}
