package pilotstatustest

import "time"

// AddGroup puts the number into a group that exists already, with its other members.
// An id that does not end with @g.us, or a member that is no phone, fails the test
// under NewServer; otherwise nothing happens.
func (n *Number) AddGroup(id, subject string, members ...string) {
	digits, refused := phoneDigits(members)
	if refused != nil || !isJID(id, "@g.us") {
		if n.server.tb != nil {
			n.server.tb.Helper()
		}
		n.server.failf("AddGroup: malformed id %q or members %q", id, members)
		return
	}
	n.change(func(s *state, n *number, _ time.Time) { s.groups.join(n, id, subject).add(digits) })
}

// AddNewsletter gives the number a channel, as when the phone follows it. An id that
// does not end with @newsletter fails the test under NewServer; otherwise nothing
// happens.
func (n *Number) AddNewsletter(id, name string) {
	if !isJID(id, "@newsletter") {
		if n.server.tb != nil {
			n.server.tb.Helper()
		}
		n.server.failf("AddNewsletter: malformed id %q", id)
		return
	}
	n.change(func(s *state, n *number, _ time.Time) { s.groups.follow(n, id, name) })
}

// AllowGroups says whether Meta has approved the business account of an official
// number for groups. At the start it has not. Other numbers have groups anyway.
func (n *Number) AllowGroups(on bool) {
	n.change(func(s *state, n *number, _ time.Time) {
		if s.groups.eligible == nil {
			s.groups.eligible = make(map[*number]bool)
		}
		s.groups.eligible[n] = on
	})
}

// GroupsNotSupported switches the refusal of groups on official numbers to an older
// form, NOT_SUPPORTED_FOR_META, which AllowGroups does not lift.
func (t *Tenant) GroupsNotSupported(on bool) {
	t.change(func(s *state, _ time.Time) { s.groups.unsupported = on })
}

// WrapLists switches Groups.List, Groups.Create, Newsletters.List and Templates.List
// to their other form, in which an object with one member stands around the answer,
// and in which groups have a name instead of a subject.
func (t *Tenant) WrapLists(on bool) {
	t.change(func(s *state, _ time.Time) { s.groups.wrapped = on })
}
