package pilotstatustest

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
)

// checkMore checks files, calls and leads.
func (f *snapshotForm) checkMore(known func(id string) error) (int64, error) {
	files := make(map[mediaKey]bool)
	for i := range f.Files {
		one := &f.Files[i]
		key := mediaKey{one.Owner, one.ID}
		if one.ID == "" {
			return one.at, errors.New("a file has no id")
		}
		if files[key] {
			return one.at, fmt.Errorf("the file %q is there twice", one.ID)
		}
		files[key] = true
	}
	last := 0
	for i := range f.Calls {
		c := &f.Calls[i]
		if err := cmp.Or(known(c.NumberID), grows(c.ID, &last), c.check()); err != nil {
			return c.at, err
		}
	}
	last = 0
	for i := range f.Leads {
		l := &f.Leads[i]
		if err := cmp.Or(known(l.NumberID), grows(l.ID, &last)); err != nil {
			return l.at, err
		}
	}
	return 0, nil
}

func (c *callForm) check() error {
	states := []string{callInitiated, callRinging, callAccepted, callRejected, callCompleted, callFailed, callMissed}
	if !slices.Contains(states, c.Status) || c.Direction != callInbound && c.Direction != callOutbound {
		return fmt.Errorf("a call of the direction %q with the status %q", c.Direction, c.Status)
	}
	return nil
}

// grows takes the number in the id of the one before, and sets that of this one.
func grows(id string, last *int) error {
	if id == "" {
		return nil
	}
	serial := serialOf(id)
	if serial <= *last {
		return fmt.Errorf("the number at the end of id %q does not grow", id)
	}
	*last = serial
	return countable(id)
}

// maxSerial is the largest number in an id: the next ones count up from there.
const maxSerial = min(1<<53, math.MaxInt/2)

func countable(id string) error {
	if serialOf(id) > maxSerial {
		return fmt.Errorf("the number at the end of id %q is above %d", id, maxSerial)
	}
	return nil
}

// checkCounts refuses more than what a workspace can have.
func (f *snapshotForm) checkCounts() (int64, error) {
	if len(f.Numbers) > maxNumbers {
		return f.Numbers[maxNumbers].at, fmt.Errorf("more than %d numbers", maxNumbers)
	}
	contacts := 0
	for _, n := range f.Numbers {
		if contacts += len(n.Contacts); contacts > maxContacts {
			return n.at, fmt.Errorf("more than %d contacts", maxContacts)
		}
	}
	if len(f.Templates) > maxTemplates {
		return f.Templates[maxTemplates].at, fmt.Errorf("more than %d templates", maxTemplates)
	}
	if len(f.Webhooks) > maxWebhooks {
		return f.Webhooks[maxWebhooks].at, fmt.Errorf("more than %d webhooks", maxWebhooks)
	}
	return 0, nil
}
