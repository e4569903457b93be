package pilotstatustest

import (
	"slices"
	"time"
)

// binLife is how long a deleted number can be restored.
const binLife = 30 * 24 * time.Hour

// numberRemovedFailure ends the messages that a deleted number had not sent.
const numberRemovedFailure = "NUMBER_NOT_FOUND_REMOVED"

// remove takes a number out of the workspace: its devices are logged out, its key
// and its pairing links are dead, what it did not send fails.
func (s *state) remove(n *number, at time.Time) {
	s.numbers = slices.DeleteFunc(s.numbers, func(other *number) bool { return other == n })
	n.gone = true
	n.logOut(at)
	for _, d := range n.devices() {
		d.scanAt = time.Time{}
	}
	s.dropKey(n.key)
	for token, p := range s.pairings {
		if p.number == n {
			delete(s.pairings, token)
		}
	}
	for _, m := range s.moving {
		if m.number == n && m.Status == queued && !m.ended() {
			s.fail(m, messageFailure{numberRemovedFailure, "The sending number was removed"}, at)
		}
	}
	s.announce(n, numberRemoved, at, "")
}

// forgetAt is when a number in the bin is gone for good: after the last moment in
// which it can be restored.
func (n *number) forgetAt() time.Time { return n.restoreUntil.Add(1) }

// forget takes a number out of the bin.
func (s *state) forget(n *number) {
	s.workspace.bin = slices.DeleteFunc(s.workspace.bin, func(other *number) bool { return other == n })
}

// erase ends a number for good, with its leads and the links of its Pages. Its
// webhooks are out of reach, and are told of it.
func (s *state) erase(n *number) {
	s.forget(n)
	s.growth.leads = slices.DeleteFunc(s.growth.leads, func(l *lead) bool { return l.number == n })
	for _, p := range s.growth.pages {
		if p.link != nil && p.link.number == n {
			p.unlink()
		}
	}
}

// binned returns the deleted number with an id, or nil.
func (s *state) binned(id string) *number {
	for _, n := range s.workspace.bin {
		if n.id == id {
			return n
		}
	}
	return nil
}

// hasPhone says whether one of the numbers has the phone.
func hasPhone(numbers []*number, phone string) bool {
	return slices.ContainsFunc(numbers, func(n *number) bool { return n.phone == phone })
}

// okAnswer is the answer of Numbers.Purge, and the other form of Numbers.Delete.
type okAnswer struct {
	OK bool `json:"ok"`
}

type deletedAnswer struct {
	OK              bool   `json:"ok"`
	RestorableUntil string `json:"restorableUntil"`
}

type restoredAnswer struct {
	OK                bool `json:"ok"`
	RequiresReconnect bool `json:"requiresReconnect"`
}

func deleteNumber(c *call) (any, *failure) {
	n := c.state.number(c.params["id"])
	if n == nil {
		return nil, notFound("Number")
	}
	now := c.state.clock.now()
	c.state.remove(n, now)
	n.restoreUntil = now.Add(binLife)
	c.state.workspace.bin = append(c.state.workspace.bin, n)
	if c.state.workspace.otherForms {
		return okAnswer{true}, nil
	}
	return deletedAnswer{true, stampText(n.restoreUntil)}, nil
}

func restoreNumber(c *call) (any, *failure) {
	s := c.state
	n := s.binned(c.params["id"])
	switch {
	case n == nil:
		return nil, notFound("Number")
	case hasPhone(s.numbers, n.phone):
		return nil, conflict("NUMBER_ALREADY_ACTIVE", "The phone was connected again meanwhile")
	}
	s.forget(n)
	n.gone, n.restoreUntil, n.updatedAt = false, time.Time{}, s.clock.now()
	s.admitKey(n.key)
	at, _ := slices.BinarySearchFunc(s.numbers, n.place, func(other *number, place int) int { return other.place - place })
	s.numbers = slices.Insert(s.numbers, at, n)
	s.announce(n, numberRestored, n.updatedAt, "")
	return restoredAnswer{true, true}, nil
}

func purgeNumber(c *call) (any, *failure) {
	n := c.state.binned(c.params["id"])
	if active := c.state.number(c.params["id"]); active != nil {
		n = active
		c.state.remove(n, c.state.clock.now())
	}
	if n == nil {
		return nil, notFound("Number")
	}
	c.state.erase(n)
	return okAnswer{true}, nil
}
