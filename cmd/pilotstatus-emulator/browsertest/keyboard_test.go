package browsertest

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Every view has its letters, and what is typed into a field is text.
func TestLetters(t *testing.T) {
	t.Parallel()
	w := newWorld(t, plain)
	b := open(t, w.URL, "start")
	for letter, view := range map[string]string{
		"c": "conversations", "n": "numbers", "f": "faults", "d": "deliveries", "r": "requests", "u": "unknown",
	} {
		b.typed("g" + letter)
		b.at(view)
	}
	b.typed("?")
	b.at("keys")
	b.typed("/")
	b.focused("#q")
	b.typed("gn?/")
	b.wait(`document.getElementById("q").value === "gn?/"`)
	b.press(escape)
	b.wait(`document.activeElement === document.body`)
	b.at("keys")

	b.tabTo("#letters")
	b.press(" ")
	b.wait(`!document.getElementById("letters").checked`)
	b.visit("faults")
	b.typed("gn")
	b.visit("keys")
	b.wait(`!document.getElementById("letters").checked`)
}

// A conversation is found, read, answered and looked into without a mouse.
func TestKeyboard(t *testing.T) {
	t.Parallel()
	w := newWorld(t, plain)
	b := open(t, w.URL, "conversations?number=num_1")
	b.press(forth)
	b.focused(".skip")
	b.press(enter)
	b.tabTo("#contacts-list a")
	first := eval[string](b, `document.activeElement.href`)
	b.press(down)
	b.wait(`document.activeElement.href !== %s && document.activeElement.matches("#contacts-list a")`, first)
	b.at("conversations?number=num_1") // the arrows open nothing
	b.press(up)
	b.wait(`document.activeElement.href === %s`, first)
	b.press(enter)
	b.wait(`location.href === %s && document.getElementById("chat")`, first)

	b.visit(w.chat("num_1", ada))
	b.typed("r")
	b.focused("#say-text")
	b.typed("By hand")
	b.press(enter)
	b.shows("#chat .in .b", "By hand")

	b.tabTo(".chat .meta[href]")
	b.press(end)
	b.press(up)
	row := eval[string](b, `document.activeElement.dataset.open`)
	b.press(enter)
	b.focused("#look [data-close]")
	b.wait(`document.getElementById("look").dataset.id === %s`, row)
	b.press(escape)
	b.lacks("#look")
	b.wait(`document.activeElement.dataset.open === %s`, row)

	b.tabTo("#m-" + w.ids["buttons"] + " button.press")
	b.press(enter)
	b.shows("#m-"+w.ids["buttons"]+` button[aria-pressed="true"]`, "Yes, please")
}

// Each key of the overlay does what the overlay says of it, and no key is there without a step.
func TestOverlay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, plain)
	b := open(t, w.URL, "keys")
	chat := w.chat("num_1", ada)
	rows := `[...document.querySelectorAll("#rows a")]`
	goes := func(letter, view string) func() {
		return func() { b.visit("keys"); b.typed("g" + letter); b.at(view) }
	}
	steps := map[string]func(){
		"/ search":          func() { b.typed("/"); b.focused("#q"); b.typed("entrance"); b.press(enter); b.at("search?q=entrance") },
		"g c conversations": goes("c", "conversations"), "g n numbers": goes("n", "numbers"), "g f faults": goes("f", "faults"),
		"g d deliveries": goes("d", "deliveries"), "g r requests": goes("r", "requests"), "g u unknown": goes("u", "unknown"),
		"? this": func() { b.visit("numbers"); b.typed("?"); b.at("keys") },
		"↑ ↓ move": func() {
			b.visit("requests")
			b.tabTo("#rows a")
			b.press(down, down, up)
			b.wait(rows + `[1] === document.activeElement`)
			b.at("requests")
		},
		"Home End first": func() {
			b.visit("requests")
			b.tabTo("#rows a")
			b.press(end)
			b.wait(rows + `.at(-1) === document.activeElement`)
			b.press(home)
			b.wait(rows + `[0] === document.activeElement`)
		},
		"Enter open": func() { b.visit("requests"); b.tabTo("#rows a"); b.press(enter); b.focused("#look [data-close]") },
		"Esc close": func() {
			b.visit("requests")
			b.tabTo("#rows a")
			b.press(down, enter)
			b.focused("#look [data-close]")
			b.press(escape)
			b.at("requests")
			b.wait(rows + `[1] === document.activeElement`)
		},
		"r write": func() {
			b.visit(chat)
			b.typed("r")
			b.focused("#say-text")
			b.wait(`document.activeElement.value === ""`)
		},
		"c copy": nil, // see TestCopy: one test alone has the clipboard
		"Enter in": func() {
			b.visit(chat)
			b.typed("r")
			b.typed("Sent at once")
			b.press(enter)
			b.shows("#chat .in .b", "Sent at once")
		},
		"Shift Enter in": func() {
			b.visit(chat)
			b.typed("r")
			b.typed("one")
			b.press(shiftEnter)
			b.typed("two")
			b.wait(`document.activeElement.value === "one\ntwo"`)
			b.wait(`document.activeElement.rows === 2`)
			b.press(enter)
			b.shows("#chat .in .b", "one\ntwo")
			b.wait(`document.getElementById("say-text").value === ""`)
		},
	}
	known := eval[[]string](b, `[...document.querySelectorAll(".keys > div")].map((row) =>
		[...row.querySelectorAll("kbd")].map((key) => key.textContent).join(" ") + " " + row.querySelector("dd").textContent.split(/[ ,]/)[0])`)
	for _, key := range known {
		step, ok := steps[key]
		require.True(t, ok, "%q is not tested", key)
		delete(steps, key)
		if step != nil {
			step()
		}
	}
	require.Empty(t, steps, "the overlay does not say these")
}
