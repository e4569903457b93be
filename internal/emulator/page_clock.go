package emulator

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// dueRow is something that will happen by itself.
type dueRow struct {
	In, Text, Name, Then string

	At time.Time
}

const maxDue = 8

// due is what happens next by the clock.
func (v *visit) due() []dueRow {
	var rows []dueRow
	add := func(at time.Time, text, name, then string) {
		if left := at.Sub(v.Now); !at.IsZero() && left > 0 {
			rows = append(rows, dueRow{In: "in " + span(left.Round(time.Second)), Text: text, Name: name, Then: then, At: at})
		}
	}
	for _, m := range v.engine.FindMessages(pilotstatustest.MessageQuery{Status: statusQueued, Limit: listed}).Messages {
		if m.Sent != nil {
			add(m.Sent.DeliverAt, "scheduled send to", v.contactName(m.NumberID, m.ConversationID), "goes out")
			add(m.Sent.DeliverUntil, "waiting send to", v.contactName(m.NumberID, m.ConversationID), "expires")
		}
	}
	waiting := pilotstatustest.DeliveryQuery{State: pilotstatustest.DeliveryWaiting, Limit: listed}
	for _, d := range v.engine.FindDeliveries(waiting).Deliveries {
		add(d.NextAt, "webhook", d.Event, "is tried")
	}
	for _, n := range v.numberInfos() {
		add(n.CutOffAt, "blocked number", nameOfNumber(n), "is disconnected")
		for _, d := range n.Devices {
			add(d.ScanAt, "the code of", nameOfNumber(n), "is scanned")
		}
		if !n.Official {
			continue
		}
		for _, chat := range v.engine.Conversations(n.ID).Conversations {
			if chat.Kind == "DIRECT" {
				add(chat.WindowUntil, "window of", nameOfContact(&chat), "closes")
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b dueRow) int { return a.At.Compare(b.At) })
	return rows[:min(len(rows), maxDue)]
}

// contactName returns the name of a conversation. A view reads the conversations of a number
// once.
func (v *visit) contactName(numberID, chatID string) string {
	names, ok := v.names[numberID]
	if !ok {
		names = map[string]string{}
		for _, chat := range v.engine.Conversations(numberID).Conversations {
			names[chat.ID] = nameOfContact(&chat)
		}
		if v.names == nil {
			v.names = map[string]map[string]string{}
		}
		v.names[numberID] = names
	}
	return cmp.Or(names[chatID], chatID)
}

// maxAdvance is how far the clock moves in one step.
const maxAdvance = 10 * 366 * 24 * time.Hour

// doAdvance moves the clock by a time, or to one.
func (v *visit) doAdvance(f *form) (string, error) {
	if to := f.Get("to"); to != "" {
		at, err := time.Parse(time.RFC3339Nano, to)
		if err != nil {
			return "", fmt.Errorf("%q is no time", to)
		}
		by := at.Sub(v.engine.Now())
		return "", v.advance(max(by, 0))
	}
	by, err := duration(cmp.Or(strings.TrimPrefix(strings.TrimSpace(f.Get("by")), "+"), "0"))
	switch {
	case err != nil:
		return "", err
	case by <= 0:
		return "", errors.New("the clock only goes forward")
	}
	return "", v.advance(by)
}

// advance moves the clock, unless a slip of the hand would bring it to the end of time.
func (v *visit) advance(by time.Duration) error {
	switch {
	case by > maxAdvance:
		return errors.New("ten years at most")
	case by > pilotstatustest.MaxSkipped-v.engine.Skipped():
		return errors.New("the clock is ahead by a hundred years: begin again with a reset")
	}
	v.engine.Advance(by)
	return nil
}

// doSetTicks lets messages that are sent from now on move by hand or by themselves.
func (v *visit) doSetTicks(f *form) (string, error) {
	v.engine.Tenant().ManualTicks(f.Get("auto") == "")
	return "", nil
}

// doReset puts the tenant back to how it began.
func (v *visit) doReset(*form) (string, error) {
	v.site.tenants.reset(v.tenant)
	return "faults", nil
}
