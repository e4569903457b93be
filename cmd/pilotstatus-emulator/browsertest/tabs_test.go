package browsertest

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A browser has six connections to a server. Ten tabs share one stream, and go on when the
// tab that has it is closed.
func TestTenTabs(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.send("num_1", ada, "First")
	front, streams := countStreams(t, p.URL)
	chat := p.chat("num_1", ada)
	began := time.Now()
	tabs := []*tab{open(t, front, chat)}
	for range 9 {
		opening := time.Now()
		tabs = append(tabs, tabs[0].beside(chat))
		t.Logf("tab %d is live after %v", len(tabs), time.Since(opening).Round(time.Millisecond))
	}
	t.Logf("ten tabs after %v", time.Since(began).Round(time.Millisecond))
	all := func(text string) {
		t.Helper()
		id := p.send("num_1", ada, text)
		sent := time.Now()
		var waits sync.WaitGroup
		for _, b := range tabs {
			waits.Go(func() {
				if !b.comes(`document.getElementById("m-` + id + `")`) {
					t.Errorf("%q is not in every tab", text)
				}
			})
		}
		waits.Wait()
		t.Logf("%q is in %d tabs after %v", text, len(tabs), time.Since(sent).Round(time.Millisecond))
	}
	all("In all of them")
	require.Eventually(t, func() bool { return streams.Load() == 1 }, patience, 10*time.Millisecond, "one stream for all tabs")

	// Whichever tab has the stream: it is among those that are closed.
	for _, b := range tabs[:9] {
		b.leave()
	}
	tabs = tabs[9:]
	tabs[0].ready()
	all("In the last one")
	require.Eventually(t, func() bool { return streams.Load() == 1 }, patience, 10*time.Millisecond)
}

// countStreams is a proxy that counts the streams that are open.
func countStreams(t *testing.T, address string) (string, *atomic.Int64) {
	t.Helper()
	to, err := url.Parse(address)
	require.NoError(t, err)
	streams := new(atomic.Int64)
	proxy := &httputil.ReverseProxy{FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/events") {
			streams.Add(1)
			defer streams.Add(-1)
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, streams
}

// comes is wait for other goroutines than that of the test.
func (b *tab) comes(js string) bool {
	late := time.Now().Add(patience)
	for !b.is(js) {
		if time.Now().After(late) {
			return false
		}
	}
	return true
}

// leave closes what the tab shows, as a person who goes somewhere else.
func (b *tab) leave() {
	b.t.Helper()
	b.do(chromedp.Navigate("about:blank"))
	assert.Equal(b.t, "about:blank", eval[string](b, "location.href"))
}
