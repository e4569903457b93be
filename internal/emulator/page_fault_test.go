package emulator

import (
	"net/http"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// The form says which requests a fault breaks, how often, and whether they are processed.
func TestTheFormSaysWhatAFaultBreaks(t *testing.T) {
	t.Parallel()
	w := newPageWorld(t)
	says := regexp.MustCompile(`id="says">(.*?)</p>`)
	for address, want := range map[string]string{
		"op=Messages.Send&to=12025550143&status=429&retry=7&times=1":                            "The next Messages.Send to 12025550143 answers 429, Retry-After 7. The request is not processed.",
		"op=Messages.Send&template=visit_reminder&status=429&code=RATE_LIMITED&retry=2&times=3": "Each of the next 3 × Messages.Send of template visit_reminder answers 429 RATE_LIMITED, Retry-After 2. The requests are not processed.",
		"number=num_1&status=500&often=always":                                                  "Every request of Front desk answers 500. The requests are not processed.",
		"op=Messages.Send&processed=yes&reset=yes":                                              "The next Messages.Send is processed, then is reset without an answer.",
		"delay=5s&often=always":                                                                 "Every request is held back for 5s.",
		"op=Messages.Send&key=order-1&often=limit&minute=60":                                    "Messages.Send with idempotency key order-1 more than 60 times a minute answers 429 with Retry-After. The requests over the limit are not processed.",
	} {
		got := says.FindStringSubmatch(w.view("faults?" + address))
		require.Len(t, got, 2, address)
		assert.Equal(t, want, regexp.MustCompile("</?(b|bdi)>").ReplaceAllString(got[1], ""), address)
	}
	w.fake.Inject(pilotstatustest.Fault{Op: "Messages.Send", To: "12025550143", Status: 503, Code: "UPSTREAM_DOWN"})
	assert.Contains(t, w.view("faults"), "to 12025550143, not processed")
}

// A message that is due later is scheduled, whatever its number does until then.
func TestAScheduledMessageIsHeldOnlyWhenDue(t *testing.T) {
	t.Parallel()
	w := newPageWorld(t)
	w.send("scheduled", "num_1", `"text":"Tomorrow","deliverAt":"2099-01-01T00:00:00Z"`)
	w.fake.Number("num_1").Disconnect()
	chat := with("conversations", "number", "num_1", "chat", w.chat("num_1", hers))
	got := w.view(chat)
	assert.Contains(t, got, "Goes out ")
	assert.NotContains(t, got, "Held:")
	w.send("held", "num_1", `"text":"Now"`)
	assert.Contains(t, w.view(chat), "Held:")
	assert.Contains(t, w.view("numbers"), "1 message held")
}

// A code without a text stands once in the bubble.
func TestAFailureShowsItsCodeOnce(t *testing.T) {
	t.Parallel()
	w := newPageWorld(t)
	w.send("failed", "num_1", `"text":"Hello"`)
	set := w.do(http.MethodPost, "/emulator/v1/messages/"+w.ids["failed"]+"/status", `{"status":"FAILED","errorCode":"INVALID_DESTINATION"}`, "Content-Type", "application/json")
	require.Less(t, set.Code, 300, set.Body)
	chat := with("conversations", "number", "num_1", "chat", w.chat("num_1", hers))
	assert.Len(t, regexp.MustCompile("INVALID_DESTINATION").FindAllString(w.view(chat), -1), 1)
}
