package browsertest

import (
	"net/http"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
)

// A delivery that the page repeats is one event for the service, and one with a wrong
// signature is none; the page shows what the receiver answered.
func TestDeliverAgain(t *testing.T) {
	t.Parallel()
	s := newService(t)
	p := start(t, "-webhook", s.url)
	b := open(t, p.URL, "deliveries")
	p.as("num_1", ada, "say", object{"text": "Once"})
	assert.Equal(t, "Once", s.text())
	b.shows("#rows", "message.received")
	b.click("#rows tr a")
	b.shows("#look .tries", "200")
	b.click(`#look button[value="again"]`)
	b.wait(`document.querySelectorAll("#look .tries li").length === 2`)
	b.click(`#look button[value="wrong"]`)
	b.shows("#look .tries", "401")
	p.as("num_1", ada, "say", object{"text": "Next"})
	assert.Equal(t, "Next", s.text(), "the repeated ones were no event")
}

// Without JavaScript every view is there and the forms work.
func TestWithoutScript(t *testing.T) {
	t.Parallel()
	s := newService(t)
	p := start(t, "-webhook", s.url)
	p.send("num_1", ada, "Hello")
	b := open(t, p.URL, "start")
	_, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	require.NoError(t, err)
	b.do(chromedp.Navigate(b.base + "conversations"))
	b.click("#contacts-list a")
	b.shows("#chat", "Hello")
	b.write("#say-text", "By a plain form")
	b.click("#compose button")
	b.shows("#chat .in .b", "By a plain form")
	assert.Equal(t, "By a plain form", s.text())
	b.click("#view-numbers")
	b.click(`#n-num_1 button[value="disconnect"]`)
	b.wait(`document.querySelector("#n-num_1").dataset.state === "closed"`)
}

// The page of a tenant shows that tenant alone, and is live.
func TestTenantPage(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.send("num_1", ada, "Of the default tenant")
	made := p.api(http.MethodPost, "/tenants", object{})
	key := made["numbers"].([]any)[0].(object)["key"].(string)
	client, err := pilotstatus.NewNumberClient(pilotstatus.APIKey(key), pilotstatus.WithBaseURL(p.URL))
	require.NoError(t, err)
	b := open(t, p.URL+"/t/"+made["id"].(string), "start")
	b.do(mark)
	_, err = client.Messages.Send(t.Context(), pilotstatus.SendRequest{
		To: pilotstatus.Phone("+12025550188"), Content: pilotstatus.TextContent{Body: "Of its own tenant"},
	})
	require.NoError(t, err)
	b.shows("main", "1 message so far")
	b.click("#view-conversations")
	b.click("#contacts-list a")
	b.shows("#chat", "Of its own tenant")
	assert.NotContains(t, eval[string](b, `document.body.innerText`), ada)
	b.wait(marked)
}

// The theme that somebody chose lasts over views and reloads, and wins over the system's.
func TestTheme(t *testing.T) {
	t.Parallel()
	p := start(t)
	b := open(t, p.URL, "start")
	b.dark(true)
	dark := `getComputedStyle(document.body).backgroundColor`
	system := eval[string](b, dark)
	b.click("[data-theme-button]")
	b.wait(`document.documentElement.dataset.theme === "light"`)
	assert.NotEqual(t, system, eval[string](b, dark))
	b.visit("numbers")
	b.wait(`document.documentElement.dataset.theme === "light"`)
	b.click("[data-theme-button]")
	b.wait(`document.documentElement.dataset.theme === "dark"`)
	b.do(chromedp.Reload())
	b.wait(`document.documentElement.dataset.theme === "dark"`)
	assert.Equal(t, system, eval[string](b, dark))
}
