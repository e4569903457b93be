package emulator

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// faultsPage is the faults, the dial and the clock.
type faultsPage struct {
	*frame
	F       url.Values // what the form begins with
	Presets []preset
	Ops     []string
	Numbers []option
	Says    saying
	Oftens  []option
	Curl    string
	Active  []faultRow
	Dial    *dialView

	Computer    string
	Due         []dueRow
	CanReset    bool
	AdvanceCurl string
}

// preset is a fault to begin with.
type preset struct{ Word, Href string }

// faultRow is a fault that waits for requests.
type faultRow struct {
	ID, Text, Where, Left string

	Marks []bool // used or not, of a fault with an end
	Hits  int
}

const maxMarks = 20

// faults shows the form with what its address has: ?op=&status=&code=&times= and so on.
func (v *visit) faults(q url.Values) shown {
	f := &faultsPage{frame: &v.frame, F: q, Ops: pilotstatustest.Operations(), Numbers: v.numberOptions(), Dial: v.dial(), CanReset: true}
	f.AdvanceCurl = v.curl("/clock/advance", map[string]string{"by": "24h"})
	v.Title, v.Stale = "Faults and clock", always+" request delivery message"
	if v.Fail.Form == "fault" {
		f.F = v.typed
	}
	f.Presets = []preset{
		{"429", "faults?op=Messages.Send&status=429&code=RATE_LIMITED&retry=2"},
		{"3 × 500", "faults?status=500&code=INTERNAL_ERROR&times=3"},
		{"Lost answer", "faults?op=Messages.Send&processed=yes&reset=yes"},
		{"Slow", "faults?delay=5s&often=always"},
	}
	if fault, err := faultOf(f.F); err == nil && len(f.F) > 0 {
		f.Says, f.Curl = v.faultSays(&fault), v.faultCurl(&fault)
	}
	f.Oftens = newPick("", "", oftenOf(f.F), option{Value: "once", Word: "once"}, option{Value: "times", Word: "n times"},
		option{Value: "always", Word: "always"}, option{Value: "limit", Word: "rate limit"}).Options
	if f.Says == nil {
		f.Says = saying{}.plain("Give a status, a delay, a reset or a cut, and say which requests.")
	}
	for _, one := range v.engine.Faults() {
		f.Active = append(f.Active, v.faultRow(&one))
	}
	f.Computer = time.Now().UTC().Format("Mon 2 Jan, 15:04:05")
	f.Due = v.due()
	return f
}

func (v *visit) faultRow(a *pilotstatustest.ActiveFault) faultRow {
	row := faultRow{ID: a.ID, Text: faultText(&a.Fault), Hits: a.Hits, Left: "until you remove it"}
	var where []string
	for _, one := range v.chosen(&a.Fault) {
		where = append(where, one.word+one.value)
	}
	if len(where) == 0 {
		where = []string{"whoever asks"}
	}
	if unprocessed(&a.Fault) {
		where = append(where, "not processed")
	}
	row.Where = strings.Join(where, ", ")
	if a.PerMinute > 0 || a.OfHundred > 0 {
		row.Left += ", saw " + grouped(a.Seen)
	} else if a.Left >= 0 {
		all := max(a.Times, 1)
		row.Left = fmt.Sprintf("%d of %d left", a.Left, all)
		for i := range min(all, maxMarks) {
			row.Marks = append(row.Marks, i < all-a.Left)
		}
	}
	return row
}

// oftenOf is the choice of how often a fault breaks. Without one a count of times is one.
func oftenOf(q url.Values) string {
	switch often := strings.TrimSpace(q.Get("often")); {
	case often == "always", often == "limit", often == "times":
		return often
	case often == "" && strings.TrimSpace(q.Get("times")) != "" && strings.TrimSpace(q.Get("times")) != "1":
		return "times"
	}
	return "once"
}

// faultOf reads a fault out of a form.
func faultOf(q url.Values) (pilotstatustest.Fault, error) {
	get := func(name string) string { return strings.TrimSpace(q.Get(name)) }
	f := pilotstatustest.Fault{
		Op: get("op"), NumberID: get("number"), To: get("to"), Template: get("template"), Key: get("key"),
		Code: get("code"), Processed: get("processed") != "", Reset: get("reset") != "",
	}
	var err error
	whole := func(name, what string, from, to int) int {
		text := get(name)
		if text == "" || err != nil {
			return 0
		}
		n, wrong := strconv.Atoi(text)
		if wrong != nil || n < from || n > to {
			err = fmt.Errorf("%s is not %q: a number from %d to %d", what, text, from, to)
		}
		return n
	}
	f.Status = whole("status", "the status", 200, 999)
	f.TruncateAt = whole("cut", "the count of bytes", 1, 1<<30)
	switch oftenOf(q) {
	case "once":
		f.Times = 1
	case "always":
		f.Times = -1
	case "limit":
		f.PerMinute = whole("minute", "the count a minute", 1, 1_000_000)
	default:
		f.Times = whole("times", "the count of times", 1, 1_000_000)
	}
	if after := get("retry"); after != "" {
		f.Header = http.Header{"Retry-After": {after}}
	}
	if text := get("delay"); text != "" && err == nil {
		if f.Delay, err = duration(text); err == nil && f.Delay < 0 {
			err = errors.New("nothing is held back for less than no time")
		}
	}
	return f, err
}

func (v *visit) doInject(f *form) (string, error) {
	fault, err := faultOf(f.Values)
	switch {
	case err != nil:
		return "", err
	case fault.Status == 0 && fault.Delay == 0 && !fault.Reset && fault.TruncateAt == 0 && fault.Header == nil && fault.PerMinute == 0:
		return "", errors.New("nothing would break: give a status, a delay, a reset or a cut")
	case fault.Status == 0 && fault.Code != "":
		return "", errors.New("a code needs a status")
	}
	if _, err := v.engine.InjectFault(fault); err != nil {
		return "", err
	}
	return "faults", nil
}

func (v *visit) doRemoveFault(f *form) (string, error) {
	v.engine.RemoveFault(f.Get("fault")) // one that is used up meanwhile is gone as wanted
	return "", nil
}

func (v *visit) doClearFaults(_ *form) (string, error) {
	v.engine.ClearFaults()
	return "", nil
}
