package emulator

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// dialView is the dial, which breaks some of a hundred exchanges.
type dialView struct {
	On      bool
	Percent int
	Seed    uint64
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
	for _, f := range v.dials() {
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
	d.Curl = v.curl("/faults", map[string]any{"ofHundred": max(d.Percent, 1), "seed": d.Seed})
	return d
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
	for _, one := range v.dials() {
		v.engine.RemoveFault(one.ID)
	}
	if f.Get("off") != "" || percent == 0 {
		return "", nil
	}
	_, err = v.engine.InjectFault(pilotstatustest.Fault{OfHundred: percent, Seed: seed})
	return "", err
}
