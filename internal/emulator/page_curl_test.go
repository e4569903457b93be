package emulator

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// run does what a shell line of the page does.
func (w *pageWorld) run(line string) int {
	w.t.Helper()
	found := regexp.MustCompile(`^curl -X POST "\$PILOT_STATUS_BASE_URL(/[^"]*)"(?: -H 'content-type: application/json' -d '(.*)')?$`).FindStringSubmatch(line)
	require.NotNil(w.t, found, line)
	body := strings.ReplaceAll(found[2], `'\''`, "'")
	return w.do(http.MethodPost, found[1], body, "Content-Type", "application/json").Code
}

// What a form shows as curl the JSON API takes.
func TestTheCurlOfAFormIsTaken(t *testing.T) {
	t.Parallel()
	w := newPageWorld(t)
	w.fill(same)
	w.acted("numbers", "do", "number", "name", "Harbor Bakery", "phone", "+12025550117")
	chat := with("conversations", "number", "num_1", "chat", w.chat("num_1", hers))
	group := with("conversations", "number", "num_1", "chat", w.chat("num_1", "120363000000000001@g.us"))
	seen := 0
	w.send("form", "num_2", `"text":"Please answer again.","flow":{"flowId":"intake_v2","cta":"Open the form"}`)
	w.fake.Advance(time.Minute)
	official := with("conversations", "number", "num_2", "chat", w.chat("num_2", hers))
	var lines strings.Builder
	for _, address := range []string{
		chat, group, chat + "&message=" + w.ids["buttons"], official + "&message=" + w.ids["form"], "faults", "faults?status=500&op=Messages.Send", "numbers",
	} {
		for _, box := range regexp.MustCompile(`(?s)<pre class="sh"[^>]*aria-label="curl"[^>]*>(.*?)</pre>`).FindAllStringSubmatch(w.view(address), -1) {
			for line := range strings.Lines(html.UnescapeString(box[1])) {
				line = strings.TrimSpace(line)
				assert.Less(t, w.run(line), 300, "%s: %s", address, line)
				lines.WriteString(line + "\n")
				seen++
			}
		}
	}
	assert.Greater(t, seen, 20)
	for _, end := range []string{
		"/charge", "/health", "/picture", "/submit", "/contacts", "/call", "/say", "/press", "/choose", "/expire", "/scan", "/disconnect", "/block", "/faults", "/clock/advance",
	} {
		assert.Contains(t, lines.String(), end+`"`)
	}
}

// The curl of the form breaks what the form breaks.
func TestTheCurlOfAFaultIsTaken(t *testing.T) {
	t.Parallel()
	w := newPageWorld(t)
	for _, form := range []url.Values{
		{"op": {"Messages.Send"}, "status": {"429"}, "code": {"RATE_LIMITED"}, "retry": {"2"}, "times": {"3"}, "number": {"num_1"}, "to": {hers}},
		{"delay": {"5s"}, "often": {"always"}, "template": {"it's"}}, {"often": {"limit"}, "minute": {"9"}}, {"processed": {"yes"}, "reset": {"yes"}, "cut": {"3"}, "key": {"k"}},
	} {
		fault, err := faultOf(form)
		require.NoError(t, err)
		v := &visit{tenant: w.e.Default()}
		require.Equal(t, http.StatusCreated, w.run(v.faultCurl(&fault)))
		all := w.fake.Faults()
		taken := all[len(all)-1].Fault
		if fault.Header == nil {
			taken.Header = nil
		}
		assert.Equal(t, fault, taken)
	}
}
