package browsertest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// typed presses the keys of a text.
func (b *tab) typed(text string) {
	b.t.Helper()
	b.press(strings.Split(text, "")...)
}

// tabTo presses Tab until an element has the focus.
func (b *tab) tabTo(selector string) {
	b.t.Helper()
	for range 150 {
		b.press(forth)
		if b.is(`document.activeElement.matches(` + quoteAll([]any{selector})[0].(string) + `)`) {
			return
		}
	}
	require.Fail(b.t, "Tab never reaches "+selector)
}

// focused waits until an element has the focus.
func (b *tab) focused(selector string) {
	b.t.Helper()
	b.wait(`document.activeElement?.matches(%s)`, selector)
}

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
	b.press("End")
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
