package browsertest

import (
	"net/http"
	"testing"
)

const ada = "+12025550143"

// What a service sends appears by itself, and its ticks move, in the chat and in the list.
func TestSend(t *testing.T) {
	t.Parallel()
	p := start(t)
	b := open(t, p.URL, "start")
	b.shows("main", "Listening for the first message")
	b.do(mark)
	id := p.send("num_1", ada, "Your table is ready")
	b.shows("main", "1 message so far")

	b.click(`#views a[href="conversations"]`)
	b.at("conversations")
	b.wait(`document.querySelector("#rail a")`)
	b.click(`#rail a[data-id="num_1"]`)
	b.click(`#contacts a[href*="chat="]`)
	b.shows("#m-"+id+" .b", "Your table is ready")
	b.do(mark)

	second := p.send("num_1", ada, "And the kitchen is open")
	b.shows("#m-"+second+" .b", "And the kitchen is open")
	b.shows("#contacts-list", "And the kitchen is open")
	p.api(http.MethodPost, "/clock/advance", object{"by": "1m"})
	b.wait(`document.getElementById(%s)?.dataset.state === "READ"`, "m-"+second)
	b.shows("#m-"+second+" .st", "read")
	b.wait(marked)
}

// With ticks by hand, each state is a step that somebody takes, and the page shows each.
func TestTicksByHand(t *testing.T) {
	t.Parallel()
	p := start(t, "-ticks", "manual")
	id := p.send("num_1", ada, "Step by step")
	b := open(t, p.URL, p.chat("num_1", ada))
	b.do(mark)
	b.click("#m-" + id + " .b") // which opens it
	for _, state := range []string{"SENT", "DELIVERED", "READ"} {
		b.click(`#look form button[value="` + state + `"]`)
		b.wait(`document.getElementById(%s)?.dataset.state === %s`, "m-"+id, state)
		b.wait(`document.querySelector(%s)?.getAttribute("aria-pressed") === "true"`, `#look form button[value="`+state+`"]`)
	}
	b.wait(marked)
}
