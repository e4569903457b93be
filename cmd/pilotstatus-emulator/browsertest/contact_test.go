package browsertest

import (
	"net/http"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
)

// The jump in a scheduled message lets it go out, in the chat that is open.
func TestJumpInAChat(t *testing.T) {
	t.Parallel()
	p := start(t)
	at := time.Now().Add(43 * time.Hour).UTC().Format(time.RFC3339)
	id, _ := p.call(http.MethodPost, p.URL+"/v1/messages/send", object{"destinationNumber": ada, "text": "Tomorrow", "deliverAt": at},
		"X-Api-Key", p.NumberKeys["num_1"])["id"].(string)
	chat := p.chat("num_1", ada)
	b := open(t, p.URL, chat)
	b.do(mark)
	b.wait(`document.querySelector("#contacts-list .last").textContent.endsWith("Scheduled: Tomorrow")`)
	b.do(chromedp.Focus(chromedp.CSS("#m-" + id + " .why button")))
	b.press(enter)
	b.wait(`["SENT", "DELIVERED", "READ"].includes(document.getElementById(%s).dataset.state)`, "m-"+id)
	b.lacks("#m-" + id + " .why")
	b.wait(`document.querySelector("#contacts-list .last").textContent === "Tomorrow"`)
	b.shows("#clock-now", "+4") // 43 hours, less what passed since then
	b.at(chat)
	b.wait(`document.activeElement.id === "flow"`) // not lost with the button
	b.wait(marked)
}

// The address without a number stays with the number that it opened, whatever comes to another
// one.
func TestTheOpenNumberStays(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.as("num_1", ada, "say", object{"text": "To the first"})
	b := open(t, p.URL, "conversations")
	const current = `document.querySelector("#rail [aria-current]").dataset.id`
	assert.Equal(t, "num_1", eval[string](b, current))
	p.as("num_2", ada, "say", object{"text": "To the second"})
	b.shows("#view-conversations", "2")
	assert.Equal(t, "num_1", eval[string](b, current))
	b.shows("#contacts-list", "To the first")
	b.at("conversations")
	b.visit("conversations")
	assert.Equal(t, "num_2", eval[string](b, current))
	b.shows("#contacts-list", "To the second")
	p.call(http.MethodDelete, p.URL+"/v1/numbers/num_2", nil, "X-Api-Key", p.TenantAPIKey)
	b.shows("#contacts-list", "To the first")
	assert.Equal(t, "num_1", eval[string](b, current), "the one that was open is gone")
}

// Every view counts what is unread, of whichever number, though a message changes nothing else
// of it.
func TestEveryViewCountsTheUnread(t *testing.T) {
	t.Parallel()
	p := start(t)
	b := open(t, p.URL, "requests")
	p.as("num_1", ada, "say", object{"text": "Hello"})
	b.shows("#view-conversations .n", "1")
	b.visit("unknown")
	p.as("num_2", ada, "say", object{"text": "Hello"})
	b.shows("#view-conversations .n", "2")
}
