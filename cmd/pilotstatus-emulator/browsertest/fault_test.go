package browsertest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
)

// A fault of the form is the typed error of the SDK, and is used up.
func TestFault(t *testing.T) {
	t.Parallel()
	p := start(t)
	b := open(t, p.URL, "faults")
	b.shows("#active", "Nothing is broken")
	b.write(`#new-fault input[name="op"]`, "Messages.Send")
	b.write(`#new-fault input[name="to"]`, ada)
	b.write(`#new-fault input[name="status"]`, "429")
	b.write(`#new-fault input[name="retry"]`, "7")
	b.shows("#says", "429")
	b.click("#new-fault .row.end button")
	b.shows("#active", "429")
	b.shows("#view-faults", "1")

	p.send("num_1", "+12025550199", "To another recipient")
	_, err := p.number("num_1").Messages.Send(t.Context(), pilotstatus.SendRequest{
		To: pilotstatus.Phone(ada), Content: pilotstatus.TextContent{Body: "Hello"},
	})
	var limited *pilotstatus.RateLimitError
	require.ErrorAs(t, err, &limited)
	assert.Equal(t, 7*time.Second, limited.RetryAfter)
	b.shows("#active", "Nothing is broken")
	p.send("num_1", ada, "Hello")
	b.visit("requests?status=429")
	b.shows("#rows", "Messages.Send")
}

// A reset after the message was taken is an outcome that the SDK calls unknown.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	p := start(t)
	b := open(t, p.URL, "faults")
	b.write(`#new-fault input[name="op"]`, "Messages.Send")
	b.click(`#new-fault input[name="processed"]`)
	b.click(`#new-fault input[name="reset"]`)
	b.click("#new-fault .row.end button")
	b.shows("#active", "reset")
	_, err := p.number("num_1").Messages.Send(t.Context(), pilotstatus.SendRequest{
		To: pilotstatus.Phone(ada), Content: pilotstatus.TextContent{Body: "Did it come?"},
	})
	var unknown *pilotstatus.OutcomeUnknownError
	require.ErrorAs(t, err, &unknown)
	b.visit(p.chat("num_1", ada))
	b.shows("#chat", "Did it come?")
}

// What is wrong with a form stands beside it, and what was typed stays.
func TestRefusedForm(t *testing.T) {
	t.Parallel()
	p := start(t)
	b := open(t, p.URL, "faults")
	b.excuse(true) // the browser reports the status 422
	b.write(`#new-fault input[name="status"]`, "teapot")
	b.write(`#new-fault input[name="code"]`, "NO_COFFEE")
	b.click("#new-fault .row.end button")
	b.wait(`document.querySelector('#new-fault [role="alert"]')?.innerText.length > 5`)
	b.wait(`document.querySelector('#new-fault input[name="code"]').value === "NO_COFFEE"`)
	b.wait(`document.querySelector('#new-fault input[name="status"]').value === "teapot"`)
}
