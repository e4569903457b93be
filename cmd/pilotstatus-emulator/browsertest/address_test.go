package browsertest

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Each view has an address: it is the same after a reload, and Back leads to the one before,
// without the page being loaded anew.
func TestBackAndReload(t *testing.T) {
	t.Parallel()
	w := newWorld(t, plain)
	b := open(t, w.URL, "start")
	chat := w.chat("num_1", ada)
	message := chat + "&message=" + w.ids["template"]
	request := "requests?request=" + w.first("/requests", "requests")
	b.do(mark)
	steps := []struct{ click, address, holds string }{
		{`#views a[href="conversations"]`, "conversations", "#rail"},
		{`#rail a[data-id="num_1"]`, "conversations?number=num_1", "#contacts-list"},
		{`#contacts a[href*="` + query(chat, "chat") + `"]`, chat, "#chat"},
		{`[data-open="` + w.ids["template"] + `"]`, message, "#look"},
		{"#view-numbers", "numbers", "#n-num_1"},
		{"#view-faults", "faults", "#new-fault"},
		{"#view-deliveries", "deliveries", "#sheet"},
		{"#view-requests", "requests", "#rows"},
		{"#rows tr:first-child a", request, "#look"},
		{"#view-unknown", "unknown", "#rows"},
		{"header .brand", "start", "#exports"},
	}
	for _, step := range steps {
		b.click(step.click)
		b.at(step.address)
		b.wait(`document.querySelector(%s)`, step.holds)
	}
	for i := len(steps) - 2; i >= 0; i-- {
		b.do(chromedp.Evaluate[chromedp.Void](`history.back()`))
		b.at(steps[i].address)
		b.wait(`document.querySelector(%s)`, steps[i].holds)
	}
	b.wait(marked)
	for _, step := range steps {
		b.visit(step.address)
		title := eval[string](b, `document.title`)
		b.do(chromedp.Reload())
		b.at(step.address)
		b.ready()
		b.wait(`document.querySelector(%s)`, step.holds)
		assert.Equal(t, title, eval[string](b, `document.title`))
	}
}

// query is a parameter of an address.
func query(address, name string) string {
	u, err := url.Parse(address)
	if err != nil {
		return err.Error()
	}
	return u.Query().Get(name)
}

// Behind a proxy that strips a prefix everything works, and nothing is asked for beside it.
func TestPrefix(t *testing.T) {
	t.Parallel()
	p := start(t)
	to, err := url.Parse(p.URL)
	require.NoError(t, err)
	proxy := &httputil.ReverseProxy{FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host
	}}
	beside := make(chan string, 100)
	front := http.NewServeMux()
	front.Handle("/tools/whatsapp/", http.StripPrefix("/tools/whatsapp", proxy))
	front.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/favicon.ico" {
			beside <- r.URL.Path
		}
		http.NotFound(w, r)
	})
	server := httptest.NewServer(front)
	t.Cleanup(server.Close)

	b := open(t, server.URL+"/tools/whatsapp", "")
	b.at("start")
	b.do(mark)
	id := p.send("num_1", ada, "Through the proxy")
	b.shows("main", "1 message so far")
	b.click(`#views a[href="conversations"]`)
	b.click(`#contacts a[href*="chat="]`)
	b.shows("#m-"+id+" .b", "Through the proxy")
	b.write("#say-text", "And back")
	b.press(enter)
	b.shows("#chat .in .b", "And back")
	b.click("#view-numbers")
	b.click(`#n-num_1 button[value="disconnect"]`)
	b.click(`#n-num_1 button[value="show-code"]`)
	b.wait(`document.querySelector("#n-num_1 .qr img")?.naturalWidth > 50`)
	b.click(`#n-num_1 button.act`)
	b.wait(`document.querySelector("#n-num_1").dataset.state === "open"`)
	b.wait(marked)
	close(beside)
	for path := range beside {
		t.Errorf("asked for beside the prefix: %s", path)
	}
}

// A change that comes in while a view is on its way takes nothing from the click.
func TestClickDuringChange(t *testing.T) {
	t.Parallel()
	p := start(t)
	to, err := url.Parse(p.URL)
	require.NoError(t, err)
	proxy := &httputil.ReverseProxy{FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }}
	asked, goOn := make(chan bool, 1), make(chan bool)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/numbers" {
			asked <- true
			<-goOn
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	b := open(t, server.URL, "start")
	b.click("#view-numbers")
	<-asked
	p.send("num_1", ada, "In between")
	b.shows("main", "1 message so far")
	close(goOn)
	b.at("numbers")
	b.wait(`document.querySelector("#n-num_1")`)
}

// An answer to a form comes when its sender has gone to another view, and stays there.
func TestVisitWhileAFormIsSent(t *testing.T) {
	t.Parallel()
	p := start(t)
	to, err := url.Parse(p.URL)
	require.NoError(t, err)
	proxy := &httputil.ReverseProxy{FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }}
	sent, goOn := make(chan bool, 1), make(chan bool)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			sent <- true
			<-goOn
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	p.as("num_1", ada, "say", object{"text": "Hello"})
	b := open(t, server.URL, p.chat("num_1", ada))
	b.write("#say-text", "I come late")
	b.press(enter)
	<-sent
	b.click("#view-numbers")
	b.wait(`document.querySelector("#n-num_1")`)
	close(goOn)
	b.wait(`!document.querySelector("[aria-busy]") && document.querySelector("#view-conversations").textContent.includes("2")`)
	b.at("numbers")
	b.wait(`document.querySelector("#n-num_1")`)
}
