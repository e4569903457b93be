package browsertest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// hostile makes a text that runs where it is taken for HTML, in an element and in an attribute.
func hostile(text string) string {
	return text + ` <script>hurt()</script><img src=x onerror=hurt()>"'><svg onload=hurt()>`
}

// hurt is what hostile text would call. It is there before the page's own scripts.
const hurt = `window.hurt = () => { window.hurtBy = new Error().stack }`

// What people write is text, wherever it stands.
func TestHostileTexts(t *testing.T) {
	t.Parallel()
	s := newService(t)
	w := newWorld(t, hostile, "-webhook", s.url)
	b := open(t, w.URL, "start")
	b.before(hurt)
	for _, v := range w.views() {
		b.visit(v.address)
		b.wait(`typeof hurt === "function"`)
		b.settled()
		assert.Empty(t, eval[string](b, `window.hurtBy ?? ""`), v.name)
		assert.Empty(t, eval[[]string](b, `[...document.querySelectorAll("[onerror], [onload], img[src=x], svg[onload], body script")].map((el) => el.outerHTML)`), v.name)
	}
	b.visit(w.chat("num_1", ada))
	b.shows("#m-"+w.ids["said"], hostile("Is this the right entrance?"))
	// Also what comes in while one looks on, which goes another way.
	id := w.as("num_1", ada, "say", object{"text": hostile("And now?")})
	b.shows("#m-"+id, hostile("And now?"))
	assert.Empty(t, eval[string](b, `window.hurtBy ?? ""`))
	assert.Contains(t, eval[string](b, `document.getElementById("chat").innerText`), hostile("The entrance"))
}

// A page or a drawing that somebody sent is not opened in the browser.
func TestHostileFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t, plain)
	b := open(t, w.URL, w.chat("num_1", ada))
	files := eval[[]string](b, `[...document.querySelectorAll('#chat a[download]')].map((a) => a.href)`)
	assert.GreaterOrEqual(t, len(files), 2)
	for _, href := range files {
		ctx, stop := context.WithTimeout(b.ctx, 5*time.Second)
		err := chromedp.Do(ctx, chromedp.Navigate(href))
		stop()
		require.ErrorContains(t, err, "ERR_ABORTED", "it is a download, and no page: %s", href)
		assert.True(t, strings.HasPrefix(eval[string](b, `document.title`), "Ada Example"), "the chat is still there")
	}
}

// before has a script run in each page before all others.
func (b *tab) before(script string) {
	b.t.Helper()
	b.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error { return addScript(ctx, script) }))
}

// settled waits until pictures are there or have failed.
func (b *tab) settled() {
	b.t.Helper()
	b.wait(`document.readyState === "complete" && [...document.images].every((one) => one.complete || one.loading === "lazy")`)
}
