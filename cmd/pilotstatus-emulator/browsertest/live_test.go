package browsertest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// cutter is a proxy that ends the streams of changes when it is told to, and lets no new one
// through until it is told to.
type cutter struct {
	proxy *httputil.ReverseProxy

	mu   sync.Mutex
	ends []context.CancelFunc
	down bool
}

func (c *cutter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/events") {
		c.mu.Lock()
		if c.down {
			c.mu.Unlock()
			http.Error(w, "the upstream is away", http.StatusBadGateway)
			return
		}
		ctx, end := context.WithCancel(r.Context())
		defer end()
		c.ends = append(c.ends, end)
		c.mu.Unlock()
		r = r.WithContext(ctx)
	}
	c.proxy.ServeHTTP(w, r)
}

func (c *cutter) set(down bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.down = down
	for _, end := range c.ends {
		end()
	}
	c.ends = nil
}

// A proxy that cuts the stream costs no change: the page goes on after the last one that it
// knows.
func TestCutStream(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.send("num_1", ada, "Before")
	to, err := url.Parse(p.URL)
	require.NoError(t, err)
	c := &cutter{proxy: &httputil.ReverseProxy{
		FlushInterval: -1,
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(to) },
		ErrorHandler:  func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	b := open(t, server.URL, p.chat("num_1", ada))
	b.shows("#chat", "Before")
	b.do(mark)
	b.excuse(true)
	c.set(true)
	b.shows("#live", "not live")
	id := p.send("num_1", ada, "In between")
	c.set(false)
	b.wait(`document.getElementById(%s)`, "m-"+id)
	b.ready()
	b.wait(marked)
}

// A row stays under the pointer: what is new waits behind a button until the pointer leaves or
// the button is pressed.
func TestNothingMoves(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.as("num_1", ada, "say", object{"text": "First"})
	b := open(t, p.URL, "conversations?number=num_1")
	row := eval[string](b, `document.querySelector("#contacts-list li").dataset.id`)
	at := eval[[]float64](b, `(() => { const r = document.querySelector("#contacts-list li").getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2] })()`)
	b.do(chromedp.MouseEvent("mouseMoved", at[0], at[1]))
	p.as("num_1", "+12025550199", "say", object{"text": "Second"})
	b.shows(`[data-pending="contacts-list"]`, "1 new")
	under := `document.elementFromPoint(` + quoteAll([]any{at[0]})[0].(string) + `, ` + quoteAll([]any{at[1]})[0].(string) + `).closest("li")?.dataset.id`
	assert.Equal(t, row, eval[string](b, under))
	p.as("num_1", ada, "say", object{"text": "What is known changes in its place"})
	b.shows("#contacts-list", "What is known changes")
	assert.Equal(t, row, eval[string](b, under))
	b.do(chromedp.MouseEvent("mouseMoved", 2, 2))
	b.shows("#contacts-list", "Second")
	b.wait(`document.querySelector('[data-pending="contacts-list"]').hidden`)
}
