package emulator

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// pageWorld is an emulator with a world to look at.
type pageWorld struct {
	t    *testing.T
	e    *Emulator
	fake *pilotstatustest.Server
	ids  map[string]string // of messages, by a name
}

const (
	hers    = "+12025550143"
	onePNG  = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
	sendURL = "/v1/messages/send"
)

func newPageWorld(t *testing.T) *pageWorld {
	t.Helper()
	e, err := New(Config{URL: "http://127.0.0.1:4010", Keep: 10_000})
	require.NoError(t, err)
	t.Cleanup(e.Close)
	return &pageWorld{t: t, e: e, fake: e.Default().Engine, ids: map[string]string{}}
}

// do makes a request to the emulator.
func (w *pageWorld) do(method, target, body string, header ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	r := httptest.NewRequestWithContext(w.t.Context(), method, "http://127.0.0.1:4010"+target, strings.NewReader(body))
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	out := httptest.NewRecorder()
	w.e.ServeHTTP(out, r)
	return out
}

// view gets a view, which is there.
func (w *pageWorld) view(address string) string {
	w.t.Helper()
	got := w.do(http.MethodGet, "/"+address, "")
	require.Equal(w.t, http.StatusOK, got.Code, "%s: %s", address, got.Body)
	return got.Body.String()
}

// act sends a form of a view and returns the answer.
func (w *pageWorld) act(back string, pairs ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	form := url.Values{"back": {back}}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return w.do(http.MethodPost, "/act", form.Encode(), "Content-Type", "application/x-www-form-urlencoded", "Origin", "http://127.0.0.1:4010")
}

// acted sends a form that is accepted.
func (w *pageWorld) acted(back string, pairs ...string) (location string) {
	w.t.Helper()
	got := w.act(back, pairs...)
	require.Equal(w.t, http.StatusSeeOther, got.Code, "%v: %s", pairs, got.Body)
	return got.Header().Get("Location")
}

// send sends as the service does; the content has no destination.
func (w *pageWorld) send(name, number, content string, header ...string) {
	w.t.Helper()
	body := `{"destinationNumber":"` + hers + `",` + content + `}`
	if strings.Contains(content, `"groupId"`) {
		body = "{" + content + "}"
	}
	got := w.do(http.MethodPost, sendURL, body, append([]string{"X-Api-Key", w.fake.NumberKey(number), "Content-Type", "application/json"}, header...)...)
	require.Equal(w.t, http.StatusAccepted, got.Code, "%s: %s", name, got.Body)
	var out struct {
		ID string `json:"id"`
	}
	require.NoError(w.t, json.Unmarshal(got.Body.Bytes(), &out))
	w.ids[name] = out.ID
}

// chat is the id of the conversation of a number with somebody.
func (w *pageWorld) chat(number, phone string) string {
	w.t.Helper()
	for _, c := range w.fake.Conversations(number).Conversations {
		if c.Phone == phone || c.JID == phone {
			return c.ID
		}
	}
	require.Fail(w.t, "no chat", "%s of %s", phone, number)
	return ""
}

// fill puts a message of every kind into the world.
func (w *pageWorld) fill(wild func(string) string) {
	w.t.Helper()
	template := `{"name":"visit_reminder","category":"UTILITY","language":"en_US","body":{"header":{"type":"TEXT","text":"Your visit"},` +
		`"body":{"text":"Hello {{name}}, your visit is on {{day}} at {{time}}."},"footer":{"text":"Answer STOP to end reminders."},` +
		`"buttons":[{"type":"QUICK_REPLY","text":"Keep my time"},{"type":"QUICK_REPLY","text":"Another time"},{"type":"URL","text":"Our page","url":"https://clinic.example/visit"}]},` +
		`"examples":{"name":"Ada","day":"Tuesday","time":"09:20"}}`
	made := w.do(http.MethodPost, "/v1/templates", template, "X-Api-Key", w.fake.NumberKey("num_1"), "Content-Type", "application/json")
	require.Less(w.t, made.Code, 300, made.Body)
	n := w.fake.Number("num_1")
	n.AddContact(pilotstatustest.Contact{Name: wild("Ada Example"), Phone: hers})
	q := func(text string) string {
		out, err := json.Marshal(wild(text))
		require.NoError(w.t, err)
		return string(out)
	}
	var tpl struct {
		ID string `json:"id"`
	}
	require.NoError(w.t, json.Unmarshal(made.Body.Bytes(), &tpl))
	w.send("template", "num_1", `"templateId":"`+tpl.ID+`","variables":{"name":`+q("Ada")+`,"day":"Tuesday, 10 November","time":"09:20"}`, "Idempotency-Key", "visit-7731")
	w.send("template again", "num_1", `"templateId":"`+tpl.ID+`","variables":{"name":`+q("Ada")+`,"day":"Tuesday, 10 November","time":"09:20"}`, "Idempotency-Key", "visit-7731")
	w.send("list", "num_1", `"text":`+q("These times are free. Which one suits you?")+`,"list":{"buttonText":"Choose a time","sections":[{"title":`+q("Tuesday, 10 November")+
		`,"rows":[{"title":`+q("09:20")+`,"description":`+q("Dr. Testerson, room 2")+`,"rowId":"t-0920"},{"title":"16:40","description":"Room 2","rowId":"t-1640"}]}]}`)
	w.send("buttons", "num_1", `"text":`+q("Shall we call you?")+`,"footer":`+q("Shore Road 1")+`,"buttons":[{"type":"reply","label":`+q("Yes, please")+`},{"type":"reply","label":"No"}]`)
	w.send("carousel", "num_1", `"text":"Three ways to get here:","carousel":{"cards":[{"media":{"type":"image","image":"`+onePNG+`"},"body":`+q("Bus 12 stops at the door.")+
		`,"buttons":[{"type":"QUICK_REPLY","text":"Bus times","payload":"bus"}]},{"media":{"type":"image","image":"https://media.example/car.jpg"},"body":"Free parking behind the house.","buttons":[{"type":"URL","text":"Map","url":"https://clinic.example/map"}]}]}`)
	w.send("picture", "num_1", `"media":"`+onePNG+`","mediaType":"image","caption":`+q("The entrance"))
	w.send("address", "num_1", `"media":"https://media.example/x-ray.jpg","mediaType":"image","caption":"Your picture"`)
	w.send("document", "num_1", `"media":"data:application/pdf;base64,JVBERi0xLjQK","mediaType":"document","caption":"Directions"`)
	w.send("vector", "num_1", `"media":"data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+","mediaType":"image"`)
	w.send("sound", "num_1", `"media":"data:audio/ogg;base64,T2dnUw==","mediaType":"audio"`)
	w.fake.Advance(time.Minute)
	ada := n.As(hers)
	w.answer("said", func() (string, error) {
		return ada.Say(wild("Is this the right entrance?\nThe blue one"), w.ids["picture"])
	})
	w.answer("pressed", func() (string, error) { return ada.Press(w.ids["template"], "1") })
	w.answer("chosen", func() (string, error) { return ada.Choose(w.ids["list"], "t-1640") })
	w.answer("received picture", func() (string, error) {
		return ada.SendFile(pilotstatustest.File{Kind: "image", MimeType: "image/png", FileName: wild("entrance.png"), Data: content("web/picture.png")}, wild("Here"))
	})
	w.answer("received page", func() (string, error) {
		return ada.SendFile(pilotstatustest.File{Kind: "document", MimeType: "text/html", FileName: "page.html", Data: []byte("<script>alert(1)</script>")}, "")
	})
	_, err := ada.Call()
	require.NoError(w.t, err)
	n.FailNext("INVALID_DESTINATION", wild("There is no such number."))
	w.send("failed", "num_1", `"text":"Do you still need the space?"`)
	w.fake.Advance(time.Minute)
	w.send("scheduled", "num_1", `"text":"A reminder: tomorrow at 16:40.","deliverAt":"`+w.fake.Now().Add(43*time.Hour).UTC().Format(time.RFC3339)+`"`)
	n.Disconnect()
	w.send("held", "num_1", `"text":"Your result is ready."`)
	w.send("canceled", "num_1", `"text":"Never mind."`)
	w.fake.Tenant().SetMessageStatus(w.ids["canceled"], "CANCELED", "")
	w.fill2(wild)
}

// fill2 fills the official number: with a flow, a group and a channel.
func (w *pageWorld) fill2(wild func(string) string) {
	w.t.Helper()
	meta := w.fake.Number("num_2")
	bo := meta.As("+12025550199")
	w.answer("first", func() (string, error) { return bo.Say("Hello", "") })
	ada := meta.As(hers)
	w.answer("hello", func() (string, error) { return ada.Say("مرحبًا! رقم الطلب ORDER-1042", "") })
	w.send("flow", "num_2", `"text":"Please answer four questions.","flow":{"flowId":"intake_v2","cta":"Open the form"}`)
	w.fake.Advance(time.Minute)
	w.answer("submitted", func() (string, error) {
		return ada.Submit(w.ids["flow"], map[string]any{"allergies": wild("none"), "arrives_by": "bus", "count": 2})
	})
	w.fake.Number("num_1").Connect()
	w.fake.Number("num_1").AddGroup("120363000000000001@g.us", wild("Sample Parents"), "+12025550177")
	w.fake.Number("num_1").Receive(pilotstatustest.Inbound{From: "+12025550177", FromName: wild("Cleo Sample"), GroupID: "120363000000000001@g.us", GroupName: wild("Sample Parents"), Text: "Is it open on Friday?"})
	w.fake.Number("num_1").Receive(pilotstatustest.Inbound{NewsletterID: "120363000000000002@newsletter", NewsletterName: wild("Tide Times"), Text: "High water at 16:40"})
	w.send("group", "num_1", `"groupId":"120363000000000001@g.us","text":"Yes, until noon."`)
	w.fake.Advance(time.Minute)
}

func (w *pageWorld) answer(name string, act func() (string, error)) {
	w.t.Helper()
	id, err := act()
	require.NoError(w.t, err, name)
	w.ids[name] = id
}
