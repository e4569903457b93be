package browsertest

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
)

const many = 10_000

// A conversation of 10,000 messages is opened, read backwards, searched and answered as a
// short one. The times are printed; what is tested is that the page holds few of them.
func TestManyMessages(t *testing.T) {
	t.Parallel()
	p := start(t, "-keep", "20000", "-seed", longConversation(t))
	var b *tab
	step := func(what string, do func()) {
		began := time.Now()
		do()
		t.Logf("%-40s %v", what, time.Since(began).Round(time.Millisecond))
	}
	chat := p.chat("num_1", ada)
	step("the first view of the browser", func() { b = open(t, p.URL, "start") })
	step("open the chat", func() { b.visit(chat); b.shows("#chat", fmt.Sprintf("Message %d of many", many)) })
	step("a message comes in", func() {
		id := p.as("num_1", ada, "say", object{"text": "One more"})
		b.wait(`document.getElementById(%s)`, "m-"+id)
	})
	step("write as the customer", func() { b.write("#say-text", "And another"); b.press(enter); b.shows("#chat", "And another") })
	assert.Less(t, eval[int](b, `document.querySelectorAll("#chat > li").length`), 1000)
	for i := range 3 {
		step("older messages", func() {
			first := eval[string](b, `document.querySelector("#chat .m").id`)
			b.do(chromedp.Evaluate[chromedp.Void](`[...document.querySelectorAll("#flow a")].find((a) => a.textContent === "Older messages").click()`))
			b.wait(`document.querySelector("#chat .m").id !== %s`, first)
		})
		assert.Less(t, eval[int](b, `document.querySelectorAll("#chat > li").length`), 1000, i)
	}
	step("search for one of them", func() { b.visit("search?q=Message+4711+of"); b.shows("#hits", "Message 4711 of many") })
	step("open what was found", func() { b.click("#hits a"); b.shows("#chat", "Message 4711 of many") })
	step("20 messages come in at once", func() {
		b.visit(chat)
		for i := range 20 {
			p.as("num_1", ada, "say", object{"text": fmt.Sprintf("Burst %d.", i)})
		}
		b.shows("#chat", "Burst 19.")
	})
}

// longConversation is a seed with many messages between two.
func longConversation(t *testing.T) string {
	t.Helper()
	at := time.Now().Add(-many * time.Second).UTC()
	messages := make([]any, many)
	for i := range many {
		sent := at.Add(time.Duration(i) * time.Second)
		text := fmt.Sprintf("Message %d of many", i+1)
		if i%2 == 1 {
			messages[i] = object{
				"id": fmt.Sprintf("cm_seed%06d", i+1), "numberId": "num_1", "status": "DELIVERED", "createdAt": sent, "deliveredAt": sent,
				"contact": ada, "phone": ada, "type": "text", "text": text, "at": sent, "externalMessageId": fmt.Sprintf("wamid.seed%d", i),
			}
			continue
		}
		messages[i] = object{
			"id": fmt.Sprintf("msg_seed%06d", i+1), "numberId": "num_1", "status": "READ", "createdAt": sent, "sentAt": sent,
			"deliveredAt": sent, "readAt": sent, "correlationId": fmt.Sprintf("corr_seed%d", i), "externalMessageId": fmt.Sprintf("wamid.seed%d", i),
			"body": object{"destinationNumber": ada, "text": text},
		}
	}
	return seedFile(t, object{
		"numbers":  []any{object{"id": "num_1", "phone": "+551130004001", "contacts": []any{object{"phone": ada}}}},
		"messages": messages,
	})
}
