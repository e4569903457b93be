package browsertest

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// swallower is a proxy that keeps the connections of the streams open and forwards nothing
// of them after the headers, as one does that buffers.
type swallower struct {
	proxy *httputil.ReverseProxy

	swallows atomic.Bool
	asked    atomic.Int64 // streams so far
}

func (s *swallower) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/events") {
		s.asked.Add(1)
		w = &swallowed{w, &s.swallows}
	}
	s.proxy.ServeHTTP(w, r)
}

type swallowed struct {
	http.ResponseWriter

	swallows *atomic.Bool
}

func (s *swallowed) Unwrap() http.ResponseWriter { return s.ResponseWriter }

func (s *swallowed) Write(p []byte) (int, error) {
	if s.swallows.Load() {
		return len(p), nil
	}
	return s.ResponseWriter.Write(p)
}

// hasten lets a test make the long waits of the page shorter by a factor, also those that
// were begun before: the page takes a stream for dead that was silent for 40 seconds.
const hasten = `{
	const wait = setTimeout;
	window.faster = 1;
	window.setTimeout = (f, time, ...more) => {
		if (!(time > 20000)) return wait(f, time, ...more);
		const began = performance.now();
		const id = setInterval(() => {
			if ((performance.now() - began) * window.faster < time) return;
			clearInterval(id);
			f(...more);
		}, 20);
		return id;
	};
}`

func (b *tab) faster(factor int) {
	b.t.Helper()
	eval[int](b, `window.faster = %s`, factor)
}

// tryNow presses the mark, which is gone where a try that was under way got through.
func (b *tab) tryNow() {
	b.t.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#live button")?.click()`))
}

// A proxy that swallows the stream is found out by its silence: the page says that it is not
// live, tries again, and has missed nothing when the proxy lets something through.
func TestSwallowedStream(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.send("num_1", ada, "Before")
	s, address := newSwallower(t, p)
	tried := func(more int64) {
		t.Helper()
		wanted := s.asked.Load() + more
		require.Eventually(t, func() bool { return s.asked.Load() >= wanted }, patience, 10*time.Millisecond)
	}
	b := open(t, address, "start")
	b.before(hasten)
	b.visit(p.chat("num_1", ada))
	b.do(mark)

	s.swallows.Store(true)
	id := p.send("num_1", ada, "Swallowed")
	b.faster(40)
	b.shows("#live", "not live")
	tried(2)
	b.shows("#live", "not live") // the headers alone are no sign of life
	b.lacks("#m-" + id)

	// Who presses the mark need not wait until the try that is under way is over.
	b.faster(1)
	b.shows("#live", "trying")
	before := s.asked.Load()
	b.click("#live button")
	require.Eventually(t, func() bool { return s.asked.Load() > before }, patience, 10*time.Millisecond)

	s.swallows.Store(false)
	b.tryNow()
	b.ready()
	b.wait(`document.getElementById(%s)`, "m-"+id)
	later := p.send("num_1", ada, "Let through")
	b.wait(`document.getElementById(%s)`, "m-"+later)
	b.wait(marked)
}

// A page that is opened behind such a proxy never says that it is live.
func TestSwallowedFromTheStart(t *testing.T) {
	t.Parallel()
	p := start(t)
	s, address := newSwallower(t, p)
	b := open(t, address, "start")
	b.before(hasten)
	s.swallows.Store(true)
	b.do(chromedp.Navigate(b.base + "conversations"))
	b.shows("#live", "static")
	b.faster(40)
	b.shows("#live", "not live")
	b.faster(1)
	s.swallows.Store(false)
	b.tryNow()
	b.ready()
	p.send("num_1", ada, "Let through")
	b.shows("#contacts-list", "Let through")
}

func newSwallower(t *testing.T, p *program) (*swallower, string) {
	t.Helper()
	to, err := url.Parse(p.URL)
	require.NoError(t, err)
	s := &swallower{proxy: &httputil.ReverseProxy{
		FlushInterval: -1,
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(to) },
		ErrorHandler:  func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, server.URL
}
