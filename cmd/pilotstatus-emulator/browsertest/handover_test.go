package browsertest

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/inspector"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// tabName is the header in which a tab of a test says who it is.
const tabName = "X-Tab"

// family is tabs in one window of one browser, of which the last that came to the front is
// seen and the others are hidden. It knows which of them have a stream.
type family struct {
	*program

	address string
	tabs    map[string]*tab

	mu      sync.Mutex
	streams map[string]int // by the name of the tab
}

func newFamily(t *testing.T, p *program) *family {
	t.Helper()
	to, err := url.Parse(p.URL)
	require.NoError(t, err)
	f := &family{program: p, tabs: map[string]*tab{}, streams: map[string]int{}}
	proxy := &httputil.ReverseProxy{
		FlushInterval: -1,
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(to) },
		ErrorHandler:  func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/events") {
			f.count(r.Header.Get(tabName), 1)
			defer f.count(r.Header.Get(tabName), -1)
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	f.address = server.URL
	return f
}

func (f *family) count(name string, by int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.streams[name] += by; f.streams[name] == 0 {
		delete(f.streams, name)
	}
}

// open opens a view in one more tab.
func (f *family) open(view string) {
	f.t.Helper()
	name := strconv.Itoa(len(f.tabs))
	parent, option := browser, chromedp.WithNewBrowserContext()
	if others := slices.Collect(maps.Values(f.tabs)); len(others) > 0 {
		parent, option = others[0].ctx, chromedp.WithNewWindow(false)
	}
	b := newBlank(f.t, parent, f.address, option)
	_, err := chromedp.Call(b.ctx, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{tabName: name}})
	require.NoError(f.t, err)
	b.visit(view)
	f.tabs[name] = b
}

// holder waits until one tab has a stream, and it is another one than before.
func (f *family) holder(before string) string {
	f.t.Helper()
	var now []string
	require.Eventually(f.t, func() bool {
		f.mu.Lock()
		defer f.mu.Unlock()
		now = slices.Collect(maps.Keys(f.streams))
		return len(now) == 1 && now[0] != before && f.streams[now[0]] == 1
	}, patience, 10*time.Millisecond, "one stream, and not that of %q: %q", before, &now)
	return now[0]
}

// agree sends a message, and waits until it is in every tab.
func (f *family) agree(text string) {
	f.t.Helper()
	id := f.send("num_1", ada, text)
	var waits sync.WaitGroup
	for name, b := range f.tabs {
		waits.Go(func() {
			if !b.comes(`document.getElementById("m-` + id + `") && document.querySelector("#live").textContent === "live"`) {
				f.t.Errorf("%q is not in tab %s", text, name)
			}
		})
	}
	waits.Wait()
}

// Ten tabs have one stream. When the tab that has it is hidden, closed or crashes, another one
// takes it over, and nothing is missed in between.
func TestHandover(t *testing.T) {
	t.Parallel()
	f := newFamily(t, start(t))
	f.send("num_1", ada, "First")
	chat := f.chat("num_1", ada)
	for range 10 {
		f.open(chat)
	}
	f.agree("In all of them")
	first := f.holder("")

	var next string
	for name := range f.tabs {
		if name != first {
			next = name
		}
	}
	f.front(first)
	f.front(next)
	f.agree("The one that had it is hidden")
	require.Equal(t, next, f.holder(first), "the tab that is seen has it")

	require.NoError(t, chromedp.Cancel(f.tabs[next].ctx))
	delete(f.tabs, next)
	f.agree("It is closed")
	third := f.holder(next)

	f.crash(third)
	f.agree("It has crashed")
	f.holder(third)
}

// front brings a tab to the front, which hides the others.
func (f *family) front(name string) {
	f.t.Helper()
	b := f.tabs[name]
	_, err := chromedp.Call(b.ctx, page.BringToFront, struct{}{})
	require.NoError(f.t, err)
	for other, b := range f.tabs {
		b.wait(`document.hidden === %s`, other != name)
	}
}

// crash ends the process of a tab.
func (f *family) crash(name string) {
	f.t.Helper()
	b := f.tabs[name]
	delete(f.tabs, name)
	crashed := make(chan struct{})
	var once sync.Once
	require.NoError(f.t, chromedp.Listen(b.ctx, func(event any) {
		if _, ok := event.(*inspector.EventTargetCrashed); ok {
			once.Do(func() { close(crashed) })
		}
	}))
	ctx, stop := context.WithCancel(b.ctx)
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		_, _ = chromedp.Call(ctx, page.Crash, struct{}{}) // which a tab that crashes never answers
	}()
	select {
	case <-crashed:
	case <-time.After(patience):
		require.Fail(f.t, "the tab does not crash")
	}
	stop()
	<-answered
}
