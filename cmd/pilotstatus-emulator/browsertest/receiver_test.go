package browsertest

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
)

// receiver is the example that receives webhooks, as a process.
type receiver struct {
	t   *testing.T
	out *buffer
}

// startReceiver runs the example for a number of the emulator until the test ends.
func startReceiver(t *testing.T, p *program, number string) *receiver {
	t.Helper()
	file := filepath.Join(t.TempDir(), "receiver")
	require.NoError(t, build(file, "../../../examples/receiver"))
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr := free.Addr().String()
	require.NoError(t, free.Close())
	r := &receiver{t: t, out: new(buffer)}
	cmd := exec.Command(file, "-send", "-addr", addr, "-url", "http://"+addr+"/pilotstatus")
	cmd.Env = append(os.Environ(), "PILOT_STATUS_BASE_URL="+p.URL, "PILOT_STATUS_API_KEY="+p.NumberKeys[number],
		"PILOT_STATUS_WEBHOOK_SECRET="+p.WebhookSecret)
	cmd.Stdout, cmd.Stderr = r.out, r.out
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		require.NoError(t, cmd.Process.Signal(os.Interrupt))
		assert.NoError(t, cmd.Wait(), r.out)
		assert.NotContains(t, r.out.String(), "DATA RACE")
	})
	r.says("kinds of events")
	return r
}

// says waits until the receiver has printed a text.
func (r *receiver) says(text string) {
	r.t.Helper()
	require.Eventually(r.t, func() bool { return strings.Contains(r.out.String(), text) }, patience, 5*time.Millisecond, "%q is not said: %s", text, r.out)
}

// The example that receives webhooks handles each way in which a customer answers on the
// page, and its answers are on the page.
func TestReceiver(t *testing.T) {
	t.Parallel()
	p := start(t)
	r := startReceiver(t, p, "num_2")
	p.as("num_2", ada, "say", object{"text": "Good evening"})
	r.says(`writes: "Good evening"`)
	b := open(t, p.URL, p.chat("num_2", ada))
	answers := func(n int) {
		t.Helper()
		b.wait(`[...document.querySelectorAll("#chat .out .b")].filter((one) => one.innerText.includes("we will be with you in a minute")).length === %s`, n)
	}
	answers(1)

	b.write("#say-text", "Is the table by the window?")
	b.press(enter)
	r.says(`writes: "Is the table by the window?"`)
	answers(2)

	id := p.delivered("num_2", pilotstatus.TextContent{Body: "Shall we call?", Buttons: []pilotstatus.TextButton{
		pilotstatus.ReplyButton("Yes, please"), pilotstatus.ReplyButton("No"),
	}})
	b.click("#m-" + id + " .acts button.press")
	r.says(`writes: "Yes, please"`)
	answers(3)

	id = p.delivered("num_2", pilotstatus.ListContent{Body: "Which time?", Button: "Choose", Sections: []pilotstatus.ListSection{
		{Title: "Today", Rows: []pilotstatus.ListRow{{ID: "t-1", Title: "18:00"}, {ID: "t-2", Title: "20:00"}}},
	}})
	b.click("#m-" + id + ` .rows button[value="t-2"]`)
	r.says(`writes: "20:00"`)
	answers(4)

	id = p.delivered("num_2", pilotstatus.FlowContent{FlowID: "intake_v2", CTA: "Open the form", Body: "Four questions"})
	b.click("#m-" + id + " a.press")
	b.write("#submit textarea", "allergies: none")
	b.click("#submit button")
	b.shows("#m-"+id, "submitted")
	r.says(`allergies`)

	// What the page sends without a file of the computer is a picture of the emulator.
	b.click(`.ways details:has(input[type="file"]) summary`)
	b.write(`.ways input[name="caption"]`, "The door")
	b.click(`.ways form:has(input[type="file"]) button`)
	r.says(`writes: "The door"`)
	r.says(`Downloaded "lighthouse.png", image/png`)
	b.shows("#chat .out .b", "Thank you for the file of")
	r.says("is READ")
}
