package emulator

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// dialView is the dial, which breaks some of a hundred exchanges.
type dialView struct {
	On      bool
	Percent int
	Seed    uint64
	Kinds   []option
	Label   string
	Next    []bool // of the next hundred: whether it breaks
	Broken  int
	Seen    int
	Curl    string
}

// dials are the faults that break some of a hundred requests of every operation.
func (v *visit) dials() []pilotstatustest.ActiveFault {
	var all []pilotstatustest.ActiveFault
	for _, f := range v.engine.Faults() {
		if f.OfHundred > 0 && f.Op == "" && f.NumberID+f.To+f.Template+f.Key+f.KeyID == "" {
			all = append(all, f)
		}
	}
	return all
}

// defaultSeed is that of a dial that was never set.
const defaultSeed = 4010

func (v *visit) dial() *dialView {
	d := &dialView{Seed: defaultSeed}
	var now pilotstatustest.Fault
	for _, f := range v.dials() {
		now = f.Fault
		d.On, d.Percent, d.Seed, d.Broken, d.Seen = true, f.OfHundred, f.Seed, f.Hits, f.Seen
		var places []string
		for i, one := range f.Next(100) {
			d.Next = append(d.Next, one != nil)
			if one != nil {
				places = append(places, ordinal(i+1))
			}
		}
		d.Label = "Of the next 100 exchanges none breaks"
		if n := len(places); n > 0 {
			d.Label = "Of the next 100 exchanges these break: " + strings.Join(places, ", ")
		}
	}
	d.Kinds = dialKinds(&now)
	now.OfHundred, now.Seed = max(d.Percent, 1), d.Seed
	d.Curl = v.faultCurl(&now)
	return d
}

// How the dial breaks an exchange.
const (
	dialMixed  = "mixed" // the three others by turns
	dialStatus = "500"
	dialReset  = "reset"
	dialLost   = "lost"
	dialOther  = "other" // which only a test can set
)

// dialKinds are the choices, of which that of a dial is on.
func dialKinds(now *pilotstatustest.Fault) []option {
	kinds := []option{
		{Value: dialMixed, Word: "500, reset and lost answer, mixed"}, {Value: dialStatus, Word: "500 only"},
		{Value: dialReset, Word: "reset only"}, {Value: dialLost, Word: "lost answer only"},
	}
	kind := dialKind(now)
	if kind == dialOther {
		kinds = append(kinds, option{Value: dialOther, Word: faultDoes(&pilotstatustest.Fault{
			Status: now.Status, Code: now.Code, Header: now.Header, Processed: now.Processed,
			Delay: now.Delay, Reset: now.Reset, TruncateAt: now.TruncateAt,
		}).String()})
	}
	return newPick("", "", kind, kinds...).Options
}

func dialKind(f *pilotstatustest.Fault) string {
	breaks := [...]bool{f.Status != 0, f.Processed, f.Reset, f.Delay != 0 || f.TruncateAt != 0 || f.Header != nil || f.Body != ""}
	switch breaks {
	case [...]bool{false, false, false, false}:
		return dialMixed
	case [...]bool{true, false, false, false}:
		if f.Status == http.StatusInternalServerError {
			return dialStatus
		}
	case [...]bool{false, false, true, false}:
		return dialReset
	case [...]bool{false, true, true, false}:
		return dialLost
	}
	return dialOther
}

// setKind gives a dial its kind.
func setKind(f *pilotstatustest.Fault, kind string) error {
	switch kind {
	case dialMixed, "", dialOther:
	case dialStatus:
		f.Status, f.Code = http.StatusInternalServerError, "INTERNAL_ERROR"
	case dialReset:
		f.Reset = true
	case dialLost:
		f.Processed, f.Reset = true, true
	default:
		return fmt.Errorf("the dial has no kind %q", kind)
	}
	return nil
}

// doSetDial sets or ends the dial.
func (v *visit) doSetDial(f *form) (string, error) {
	percent, err := strconv.Atoi(f.Get("percent"))
	if err != nil || percent < 0 || percent > 100 {
		return "", errors.New("the dial goes from 0 to 100")
	}
	seed, err := strconv.ParseUint(strings.TrimSpace(f.Get("seed")), 10, 64)
	if err != nil {
		return "", fmt.Errorf("%q is no seed: a number, 0 or more", f.Get("seed"))
	}
	next, kind := pilotstatustest.Fault{}, f.Get("kind")
	if err := setKind(&next, kind); err != nil {
		return "", err
	}
	for _, one := range v.dials() {
		if kind == dialOther {
			next = one.Fault
		}
		v.engine.RemoveFault(one.ID)
	}
	if f.Get("off") != "" || percent == 0 {
		return "", nil
	}
	next.OfHundred, next.Seed = percent, seed
	_, err = v.engine.InjectFault(next)
	return "", err
}
