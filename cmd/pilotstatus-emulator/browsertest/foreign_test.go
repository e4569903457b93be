package browsertest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Another page in the same browser reads nothing from the emulator and changes nothing in it.
func TestForeignPage(t *testing.T) {
	t.Parallel()
	p := start(t)
	id := p.send("num_1", ada, "Not for others")
	before := p.api(http.MethodGet, "/messages/"+id, nil)
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!doctype html><title>Another page</title>")
	}))
	t.Cleanup(other.Close)
	b := open(t, p.URL, "start")
	b.excuse(true) // the browser reports each refusal
	b.do(chromedp.Navigate(other.URL))
	try := func(path, options string) string {
		t.Helper()
		return eval[string](b, `fetch(%s, `+options+`).then((r) => r.text(), (e) => "refused: " + e.name)`, p.URL+path)
	}
	for _, path := range []string{"/conversations", "/emulator/v1/messages", "/emulator/v1/events", "/emulator/v1/snapshot"} {
		assert.Equal(t, "refused: TypeError", try(path, `{}`), path)
	}
	form := `{method: "POST", mode: "no-cors", body: new URLSearchParams({do: "reset", back: "faults"})}`
	assert.Equal(t, "refused: TypeError", try("/act", form))
	assert.Equal(t, "refused: TypeError", try("/emulator/v1/reset", `{method: "POST", mode: "no-cors", body: "{}"}`))
	assert.Equal(t, "refused: TypeError", try("/v1/messages/send", `{method: "POST", mode: "no-cors", body: "{}"}`))
	assert.Equal(t, before["id"], p.api(http.MethodGet, "/messages/"+id, nil)["id"], "it is still there")
	assert.InDelta(t, 1, p.api(http.MethodGet, "/messages", nil)["total"], 0)
}

// What was dropped is said, where it would stand and where it is asked for, and the chat goes on.
func TestDropped(t *testing.T) {
	t.Parallel()
	p := start(t, "-keep", "20")
	first := p.send("num_1", ada, "The first")
	b := open(t, p.URL, p.chat("num_1", ada)+"&message="+first)
	b.shows("#chat", "The first")
	b.excuse(true)
	for i := range 25 {
		p.send("num_1", ada, fmt.Sprintf("Number %d.", i))
	}
	b.shows("#flow .drop", "dropped (-keep)")
	b.shows("#chat", "Number 24.")
	b.write("#say-text", "Still here")
	b.press(enter)
	b.shows("#chat .in .b", "Still here")
	b.visit(p.chat("num_1", ada) + "&message=" + first) // which answers 410
	b.shows("#look", "dropped")
	require.NotEmpty(t, eval[string](b, `document.getElementById("chat").innerText`))
}
