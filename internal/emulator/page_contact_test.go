package emulator

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// part is the first part of a page between two texts.
func part(t *testing.T, page, from, to string) string {
	t.Helper()
	_, rest, found := strings.Cut(page, from)
	require.True(t, found, from)
	text, _, found := strings.Cut(rest, to)
	require.True(t, found, to)
	return text
}

// A message that goes out later is marked in the list, until it has gone out.
func TestTheListMarksAScheduledMessage(t *testing.T) {
	t.Parallel()
	w := newPageWorld(t)
	at := w.fake.Now().Add(43 * time.Hour).UTC().Format(time.RFC3339)
	w.send("scheduled", "num_1", `"text":"See you tomorrow","deliverAt":"`+at+`"`)
	row := func() string {
		return part(t, w.view("conversations?number=num_1"), `id="contacts-list"`, "</ul>")
	}
	assert.Regexp(t, `<use href="#i-cal"/></svg></span> <span class="vh">Scheduled: </span>See you tomorrow</span>`, row())
	w.fake.Advance(44 * time.Hour)
	assert.Contains(t, row(), `dir="auto">See you tomorrow</span>`)
	w.send("now", "num_1", `"text":"And now"`)
	assert.Contains(t, row(), `dir="auto">And now</span>`)
}

// What stands in place of a name stands once in the title of a chat, and in a row that was
// found.
func TestAContactWithoutANameIsCalledOnce(t *testing.T) {
	t.Parallel()
	w := newPageWorld(t)
	w.fake.Number("num_2").Receive(pilotstatustest.Inbound{From: hers, Text: "Hello"})
	w.fake.Number("num_1").Receive(pilotstatustest.Inbound{From: hers, FromName: "Ada Example", Text: "Hello"})
	title := func(number string) string {
		return part(t, w.view(with("conversations", "number", number, "chat", w.chat(number, hers))), `id="talk"`, `<div class="flow"`)
	}
	written := strings.ReplaceAll(phone(hers), "+", "&#43;")
	bdi := func(text string) int { return strings.Count(title("num_2"), ">"+text+"</bdi>") }
	assert.Equal(t, 1, bdi(written))
	assert.Contains(t, title("num_2"), `<p class="small mut one"><span title="of the 24-hour window">`)
	assert.Contains(t, title("num_1"), `<bdi>Ada Example</bdi></h2><p class="small mut one"><bdi class="mono">`+written+"</bdi>")
	hits := part(t, w.view("search?q=0143"), `aria-label="Contacts"`, "</ul>")
	assert.Contains(t, hits, `<span class="last one"><bdi>Hello</bdi></span>`)
	assert.Contains(t, hits, `<span class="last one"><bdi>`+written+"</bdi></span>")
}

// The address without a number opens that of the newest message, and highlights it alone.
func TestTheNumberThatIsOpenIsHighlighted(t *testing.T) {
	t.Parallel()
	w := newPageWorld(t)
	for _, number := range []string{"num_2", "num_1", "num_2"} {
		from := map[string]string{"num_1": "Of the first", "num_2": "Of the second"}[number]
		w.fake.Number(number).Receive(pilotstatustest.Inbound{From: hers, FromName: from, Text: "Hello"})
		front := w.do(http.MethodGet, "/", "").Header().Get("Location")
		for address, open := range map[string]string{front: number, "conversations?number=num_1": "num_1", "conversations?number=num_2": "num_2"} {
			got := w.view(address)
			on := regexp.MustCompile(`aria-current="page" data-key="([^"]*)"`).FindAllStringSubmatch(got, -1)
			require.Len(t, on, 1, address)
			assert.Equal(t, open, on[0][1], address)
			assert.Equal(t, 1, strings.Count(got, " selected>"), address)
			assert.Contains(t, got, `<option value="`+open+`" selected>`, address)
			assert.Contains(t, got, `data-number="`+open+`"`, address)
			if address == front {
				assert.Contains(t, part(t, got, `id="contacts-list"`, "</ul>"), ">"+from+"</strong>")
			}
		}
	}
}
