package emulator

import (
	"net/url"
	"strings"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// startPage says how to connect.
type startPage struct {
	*frame
	Exports   string
	Sent      string // what came so far
	Languages []example
}

// example is a program that sends.
type example struct{ Name, Text string }

func (v *visit) start(url.Values) shown {
	s := &startPage{frame: &v.frame, Exports: v.exports()}
	v.Title, v.Stale = "Nothing sent yet", always+" message"
	if n := v.sent(); n > 0 {
		v.Title, s.Sent = "How to connect", count(n, "message")+" so far"
	}
	s.Languages = []example{
		{"curl", `curl "$PILOT_STATUS_BASE_URL/v1/messages/send" \
  -H "x-api-key: $PILOT_STATUS_API_KEY" -H "content-type: application/json" \
  -d '{"destinationNumber":"+12025550143","text":"Hello from my terminal"}'`},
		{"Python", `import json, os
from urllib.request import Request, urlopen

body = json.dumps({"destinationNumber": "+12025550143", "text": "Hello"}).encode()
headers = {"x-api-key": os.environ["PILOT_STATUS_API_KEY"], "content-type": "application/json"}
urlopen(Request(os.environ["PILOT_STATUS_BASE_URL"] + "/v1/messages/send", body, headers))`},
		{"TypeScript", `await fetch(process.env.PILOT_STATUS_BASE_URL + "/v1/messages/send", {
  method: "POST",
  headers: { "x-api-key": process.env.PILOT_STATUS_API_KEY!, "content-type": "application/json" },
  body: JSON.stringify({ destinationNumber: "+12025550143", text: "Hello" }),
});`},
	}
	return s
}

// exports are lines for a shell. The keys are for everybody: they stand in documents.
func (v *visit) exports() string {
	lines := []string{"export PILOT_STATUS_BASE_URL=" + v.engine.URL}
	for _, n := range v.numberInfos() {
		lines = append(lines, "export PILOT_STATUS_API_KEY="+n.Key)
		break
	}
	lines = append(lines, "export PILOT_STATUS_TENANT_API_KEY="+v.engine.TenantKey(),
		"export PILOT_STATUS_WEBHOOK_SECRET="+v.engine.WebhookSecret())
	return strings.Join(lines, "\n")
}

// keys lists the shortcuts.
func (v *visit) keys(url.Values) shown {
	v.Title = "Keyboard"
	return &keysPage{&v.frame}
}

type keysPage struct{ *frame }

// sent counts the messages that there are and were.
func (v *visit) sent() int {
	found := v.engine.FindMessages(pilotstatustest.MessageQuery{Limit: 1})
	return found.Total + found.Dropped
}
