package emulator

import (
	"html"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The form in a scheduled message brings the clock to its time, and leads back to the chat.
func TestJumpToAScheduledMessage(t *testing.T) {
	t.Parallel()
	w := newPageWorld(t)
	at := w.fake.Now().Add(43 * time.Hour).UTC().Truncate(time.Second)
	w.send("scheduled", "num_1", `"text":"Tomorrow","deliverAt":"`+at.Format(time.RFC3339)+`"`)
	w.send("later", "num_1", `"text":"The day after","deliverAt":"`+at.Add(24*time.Hour).Format(time.RFC3339)+`"`)
	id := w.chat("num_1", hers)
	chat := with("conversations", "number", "num_1", "chat", id)
	for _, here := range []string{chat, with("conversations", "number", "num_1", "chat", id, "message", w.ids["scheduled"])} {
		form := part(t, w.view(here), `<input type="hidden" name="do" value="advance"><input type="hidden" name="message" value="`+w.ids["scheduled"]+`">`, "</form>")
		assert.Contains(t, form, `name="to" value="`+at.Format(time.RFC3339)+`"`)
		back := html.UnescapeString(part(t, form, `name="back" value="`, `"`))
		view, query := new(visit).origin(back)
		assert.Equal(t, here, address(view, query))
	}
	assert.Regexp(t, `/clock/advance" -H 'content-type: application/json' -d '{"by":"4[23]h`, html.UnescapeString(w.view(chat)))

	assert.Equal(t, chat, w.acted(chat, "do", "advance", "message", w.ids["scheduled"], "to", at.Format(time.RFC3339)))
	assert.WithinDuration(t, at, w.fake.Now(), time.Minute)
	assert.False(t, w.fake.Now().Before(at))
	w.fake.Advance(time.Second)
	m, err := w.fake.Message(w.ids["scheduled"])
	require.NoError(t, err)
	assert.NotEqual(t, statusQueued, m.Status)
	got := w.view(chat)
	assert.NotContains(t, got, `name="message" value="`+w.ids["scheduled"]+`"><input type="hidden" name="to"`)
	assert.Contains(t, got, `name="message" value="`+w.ids["later"]+`"><input type="hidden" name="to"`)
}

// A time that the clock does not go to is refused in the message.
func TestAJumpTooFarIsRefusedInTheMessage(t *testing.T) {
	t.Parallel()
	w := newPageWorld(t)
	const far = "2099-01-01T00:00:00Z"
	w.send("near", "num_1", `"text":"Tomorrow","deliverAt":"`+w.fake.Now().Add(time.Hour).UTC().Format(time.RFC3339)+`"`)
	w.send("far", "num_1", `"text":"In the year 2099","deliverAt":"`+far+`"`)
	chat := with("conversations", "number", "num_1", "chat", w.chat("num_1", hers))
	got := w.act(chat, "do", "advance", "message", w.ids["far"], "to", far)
	assert.Equal(t, http.StatusUnprocessableEntity, got.Code)
	assert.Equal(t, 1, strings.Count(got.Body.String(), "Ten years at most."))
	assert.Contains(t, part(t, got.Body.String(), `id="m-`+w.ids["far"]+`"`, "</li>"), "Ten years at most.")
}
