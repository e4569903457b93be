package browsertest

import "testing"

// When the program is gone the page says so quietly and keeps what it shows; when it is back
// the page is live again by itself, and says that it is another run.
func TestRestart(t *testing.T) {
	t.Parallel()
	p := start(t)
	id := p.send("num_1", ada, "Before")
	b := open(t, p.URL, p.chat("num_1", ada))
	b.shows("#m-"+id, "Before")
	b.do(mark)
	b.excuse(true)
	p.stop()
	b.shows("#live", "not live")
	b.wait(`document.getElementById(%s)`, "m-"+id)

	b.write("#say-text", "Is anybody there?")
	b.press(enter)
	b.shows("#compose", "The emulator does not answer")
	b.wait(`document.getElementById("say-text").value === "Is anybody there?"`)

	p.again()
	b.click("#live button")
	b.ready()
	b.shows("#notes", "restarted")
	b.lacks("#m-" + id)
	b.excuse(false)
	b.click(`#views a[href="conversations"]`)
	next := p.send("num_1", ada, "After")
	b.shows("#contacts-list", "After")
	b.click("#notes button")
	b.lacks("#notes .note")
	b.visit(p.chat("num_1", ada))
	b.shows("#m-"+next, "After")
}
