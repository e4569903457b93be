package browsertest

import (
	"net/http"
	"os"
	"os/exec"
	"testing"
	"time"

	permissions "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// clipboard lets the page of a tab use the clipboard, which is one for all tabs: only one test
// may use it.
func (b *tab) clipboard() {
	b.t.Helper()
	c := chromedp.FromContext(b.ctx)
	for _, name := range []string{"clipboard-read", "clipboard-write"} {
		_, err := cdp.Call(b.ctx, c.Browser, permissions.SetPermission, permissions.SetPermissionParams{
			Permission: &permissions.PermissionDescriptor{Name: name}, Setting: permissions.PermissionSettingGranted, BrowserContextID: c.BrowserContextID,
		})
		require.NoError(b.t, err)
	}
	_, err := chromedp.Call(b.ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	require.NoError(b.t, err)
}

// copied empties the clipboard, does something, and waits for what it copies.
func (b *tab) copied(do func()) string {
	b.t.Helper()
	const nothing = "nothing was copied"
	eval[bool](b, `navigator.clipboard.writeText(%s).then(() => true)`, nothing)
	do()
	text := nothing
	for late := time.Now().Add(patience); text == nothing && time.Now().Before(late); {
		text = eval[string](b, `navigator.clipboard.readText()`)
	}
	require.NotEqual(b.t, nothing, text)
	return text
}

// What is open is copied as curl by a letter, and what stands beside a button by the button;
// keys are masked in it.
func TestCopy(t *testing.T) {
	t.Parallel()
	s := newService(t)
	w := newWorld(t, plain, "-webhook", s.url)
	b := open(t, w.URL, "start")
	b.clipboard()
	letter := func() string {
		t.Helper()
		return b.copied(func() { b.typed("c") })
	}

	got := b.copied(func() { b.click("#exports [data-copy-code]") })
	assert.Contains(t, got, "export PILOT_STATUS_BASE_URL="+w.URL)
	b.shows("#exports button", "Copied")

	request := w.first("/requests", "requests")
	b.visit("requests?request=" + request)
	got = letter()
	sent := got
	assert.Contains(t, got, "curl ")
	assert.Contains(t, got, "Your result is ready.")
	assert.NotContains(t, got, w.NumberKeys["num_1"])
	assert.Equal(t, got, b.copied(func() {
		b.click(`#look [role="tab"][id$="-t2"]`)
		b.click("#look [data-copy-panel]")
	}), "the button copies the same")
	got = b.copied(func() {
		b.click(`#look [role="tab"][id$="-t1"]`)
		b.click("#look [data-copy-panel]")
	})
	assert.Contains(t, got, "correlationId")
	assert.Equal(t, request, b.copied(func() { b.click("#look .ids [data-copy]") }))

	b.visit(w.chat("num_1", ada) + "&message=" + w.ids["template"])
	got = letter()
	assert.Contains(t, got, "visit-7731")
	assert.NotContains(t, got, w.NumberKeys["num_1"])

	b.visit("deliveries?delivery=" + w.first("/deliveries", "deliveries"))
	assert.Contains(t, letter(), "x-pilot-status-signature")
	b.visit("unknown")
	assert.Contains(t, letter(), "/emulator/v1/unknown")

	w.api(http.MethodDelete, "/faults", nil)
	b.visit("faults")
	b.write(`#new-fault input[name="op"]`, "Messages.Send")
	b.write(`#new-fault input[name="status"]`, "503")
	b.shows("#says", "503")
	b.click("#fault-curl summary")
	line := b.copied(func() { b.click("#fault-curl [data-copy-code]") })
	w.shell("num_1", line)
	b.shows("#active", "503")
	w.api(http.MethodDelete, "/faults", nil)
	w.shell("num_1", sent)
	b.visit(w.chat("num_1", ada))
	b.wait(`[...document.querySelectorAll("#chat .b")].filter((one) => one.innerText.includes("Your result is ready.")).length === 2`)
}

// shell runs a line as somebody who pasted it beside the exports of the program.
func (p *program) shell(number, line string) {
	p.t.Helper()
	cmd := exec.CommandContext(p.t.Context(), "sh", "-c", line)
	cmd.Env = append(os.Environ(), "PILOT_STATUS_BASE_URL="+p.URL, "PILOT_STATUS_API_KEY="+p.NumberKeys[number])
	out, err := cmd.CombinedOutput()
	require.NoError(p.t, err, "%s\n%s", line, out)
}
