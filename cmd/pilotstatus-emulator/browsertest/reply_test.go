package browsertest

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
)

// service receives webhooks as a user's service does.
type service struct {
	t      *testing.T
	events chan pilotstatus.Event
	url    string
}

func newService(t *testing.T) *service {
	t.Helper()
	s := &service{t: t, events: make(chan pilotstatus.Event, 100)}
	handler, err := pilotstatus.NewWebhookHandler(func(_ context.Context, e pilotstatus.Event) error {
		s.events <- e
		return nil
	}, pilotstatus.WithWebhookSecret("whsec_emulator_secret"))
	require.NoError(t, err)
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// next waits for the next event of a kind.
func next[E pilotstatus.Event](s *service) E {
	s.t.Helper()
	late := time.After(patience)
	for {
		select {
		case e := <-s.events:
			if wanted, ok := e.(E); ok {
				return wanted
			}
		case <-late:
			var none E
			require.Fail(s.t, "no event", "%T", none)
			return none
		}
	}
}

// text waits for what the contact says: a message, or a reply that quotes one of ours.
func (s *service) text() string {
	s.t.Helper()
	return next[pilotstatus.InboundEvent](s).Message().Content
}

// What the customer does on the page reaches the receiver of the service, as the API would
// tell of it.
func TestReply(t *testing.T) {
	t.Parallel()
	s := newService(t)
	p := start(t, "-webhook", s.url, "-ticks", "manual")
	p.as("num_2", ada, "say", object{"text": "Hello"}) // opens the window
	assert.Equal(t, "Hello", s.text())
	b := open(t, p.URL, p.chat("num_2", ada))

	b.write("#say-text", "Is the table by the window?")
	b.press(enter)
	assert.Equal(t, "Is the table by the window?", s.text())
	b.shows("#chat .in .b", "Is the table by the window?")
	b.wait(`document.getElementById("say-text").value === ""`)

	id := p.delivered("num_2", pilotstatus.TextContent{Body: "Shall we call?", Buttons: []pilotstatus.TextButton{
		pilotstatus.ReplyButton("Yes, please"), pilotstatus.ReplyButton("No"),
	}})
	b.click("#m-" + id + " .acts button.press")
	assert.Equal(t, "Yes, please", s.text())
	b.shows("#m-"+id+` button[aria-pressed="true"]`, "Yes, please")

	id = p.delivered("num_2", pilotstatus.ListContent{Body: "Which time?", Button: "Choose", Sections: []pilotstatus.ListSection{
		{Title: "Today", Rows: []pilotstatus.ListRow{{ID: "t-1", Title: "18:00"}, {ID: "t-2", Title: "20:00"}}},
	}})
	b.click("#m-" + id + ` .rows button[value="t-2"]`)
	assert.Equal(t, "20:00", s.text())
	b.shows("#m-"+id+` button[aria-pressed="true"]`, "20:00")

	id = p.delivered("num_2", pilotstatus.FlowContent{FlowID: "intake_v2", CTA: "Open the form", Body: "Four questions"})
	b.click("#m-" + id + " a.press")
	b.write("#submit textarea", "allergies: none")
	b.click("#submit button")
	assert.Contains(t, string(next[*pilotstatus.FlowResponseEvent](s).Data), `"none"`)
	b.shows("#m-"+id, "submitted")
}

// A picture of the customer is downloaded by the service and seen on the page, and a call
// rings until somebody takes it.
func TestPictureAndCall(t *testing.T) {
	t.Parallel()
	s := newService(t)
	p := start(t, "-webhook", s.url)
	p.as("num_2", ada, "say", object{"text": "Hello"})
	b := open(t, p.URL, p.chat("num_2", ada))
	file := filepath.Join(t.TempDir(), "door.png")
	picture, err := os.ReadFile("../../../internal/emulator/web/picture.png")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, picture, 0o600))

	b.click(`.ways details:has(input[type="file"]) summary`)
	b.do(chromedp.SetUploadFiles(chromedp.CSS(`.ways input[type="file"]`), []string{file}))
	b.write(`.ways input[name="caption"]`, "The door")
	b.click(`.ways form:has(input[type="file"]) button`)
	b.wait(`[...document.querySelectorAll("#chat .in img")].some((one) => one.complete && one.naturalWidth > 1)`)
	b.shows("#chat .in .b", "The door")
	assert.Equal(t, "Hello", s.text())
	event := next[*pilotstatus.MessageReceivedEvent](s)
	assert.Equal(t, "The door", event.Content)
	request, ok := event.Media()
	require.True(t, ok)
	var got bytes.Buffer
	_, err = p.number("num_2").Media.Download(t.Context(), request, &got)
	require.NoError(t, err)
	assert.Equal(t, picture, got.Bytes())

	b.click(`.ways form:has(input[value="call"]) button`)
	b.wait(`document.querySelector('#chat [data-kind="call"]')`)
	b.click(`#chat [data-kind="call"] .acts button`)
	b.wait(`document.querySelectorAll('#chat [data-kind="call"] .acts button').length >= 0`)
}

// delivered sends something and has it delivered, so that it can be answered.
func (p *program) delivered(number string, content pilotstatus.Content) string {
	p.t.Helper()
	id := p.sendContent(number, ada, content)
	p.api(http.MethodPost, "/messages/"+id+"/status", object{"status": "DELIVERED"})
	return id
}
