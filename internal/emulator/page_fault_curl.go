package emulator

import (
	"net/http"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// faultBody is a fault as the JSON API takes it, without what is not set.
type faultBody struct {
	Op         string      `json:"op,omitempty"`
	Times      int         `json:"times,omitempty"`
	NumberID   string      `json:"numberId,omitempty"`
	To         string      `json:"to,omitempty"`
	Template   string      `json:"template,omitempty"`
	Key        string      `json:"key,omitempty"`
	Status     int         `json:"status,omitempty"`
	Code       string      `json:"code,omitempty"`
	Header     http.Header `json:"header,omitempty"`
	Processed  bool        `json:"processed,omitempty"`
	Delay      string      `json:"delay,omitempty"`
	Reset      bool        `json:"reset,omitempty"`
	TruncateAt int         `json:"truncateAt,omitempty"`
	PerMinute  int         `json:"perMinute,omitempty"`
	OfHundred  int         `json:"ofHundred,omitempty"`
	Seed       uint64      `json:"seed,omitempty"`
	Body       string      `json:"body,omitempty"`
}

// faultCurl is a shell line that breaks the same requests.
func (v *visit) faultCurl(f *pilotstatustest.Fault) string {
	body := faultBody{
		Op: f.Op, Times: f.Times, NumberID: f.NumberID, To: f.To, Template: f.Template, Key: f.Key, Status: f.Status, Code: f.Code,
		Header: f.Header, Processed: f.Processed, Reset: f.Reset, TruncateAt: f.TruncateAt, PerMinute: f.PerMinute,
		OfHundred: f.OfHundred, Seed: f.Seed, Body: f.Body,
	}
	if f.Delay > 0 {
		body.Delay = f.Delay.String()
	}
	return v.curl("/faults", body)
}
