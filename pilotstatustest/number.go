package pilotstatustest

import (
	"slices"
	"time"
)

// Number is a number of the workspace, with what the world outside the API does
// to it. While the number is deleted its methods do nothing.
type Number struct {
	server *Server
	number *number // nil: unknown
}

// Number returns the number with an id, which may be one that the API created. An
// unknown id fails the test under NewServer; otherwise the methods of what is
// returned do nothing.
func (s *Server) Number(id string) *Number {
	s.mu.Lock()
	n := s.state.number(id)
	s.mu.Unlock()
	if n == nil {
		s.tb.Helper()
		s.failf("no number %q", id)
	}
	return &Number{server: s, number: n}
}

// change runs f under the lock.
func (n *Number) change(f func(s *state, n *number, now time.Time)) {
	if n.number == nil {
		return
	}
	n.server.mu.Lock()
	defer n.server.mu.Unlock()
	if n.number.gone {
		return
	}
	f(n.server.state, n.number, n.server.state.clock.now())
	n.server.trim()
}

// find is change for an f that looks something up. If f returns false, find fails the test
// with the message.
func (n *Number) find(f func(s *state, n *number, now time.Time) bool, format string, args ...any) {
	found := n.number == nil // Server.Number has failed the test
	n.change(func(s *state, n *number, now time.Time) { found = f(s, n, now) })
	if !found {
		n.server.tb.Helper()
		n.server.failf(format, args...)
	}
}

// KeyID returns the id of the number's working key, which can stand for the key
// in the header x-api-key-id.
func (n *Number) KeyID() (id string) {
	n.change(func(_ *state, n *number, _ time.Time) { id = n.key.id })
	return id
}

// HideKey makes the number's key one of the older ones that APIKeys.List cannot
// show. The key works on; one that replaces it can be shown.
func (n *Number) HideKey() {
	n.change(func(_ *state, n *number, _ time.Time) { n.key.hidden = true })
}

// Connect connects the number, as when somebody scans the QR code. Its messages
// move on, and its pairing links are used up. The first connection of a number
// beyond those that the workspace pays for is charged, see ChargeOutcome.
func (n *Number) Connect() {
	n.change(func(s *state, n *number, now time.Time) { s.connect(n, &n.device, now) })
}

// ConnectAfter lets somebody scan the QR code in so much time of the server, which
// does what Connect does: a program that waits for the connection sees it come. On a
// dual number it is the code of the first device.
func (n *Number) ConnectAfter(d time.Duration) {
	n.change(func(s *state, n *number, now time.Time) {
		if d <= 0 {
			s.connect(n, &n.device, now)
		} else if !n.open {
			n.scanAt = now.Add(d)
		}
	})
}

// ScanSecondary connects the second device of a number that Numbers.UpgradeToDual
// made dual, as when somebody scans its QR code. On any other number it does nothing.
func (n *Number) ScanSecondary() {
	n.change(func(s *state, n *number, now time.Time) {
		if n.second != nil {
			s.connect(n, n.second, now)
		}
	})
}

// ExpireQR ends the QR codes and pairing codes that the devices of the number show now, and
// what was to scan them. The devices stay CONNECTING, and the next Numbers.Connect or
// Pairing.Connect shows new codes. Where none is shown it does nothing.
func (n *Number) ExpireQR() {
	n.change(func(s *state, n *number, _ time.Time) {
		for _, d := range n.devices() {
			if d.shows() {
				d.codeEnded, d.scanAt = true, time.Time{}
				s.publish(ChangeNumber, n.id, n.id)
			}
		}
	})
}

// Disconnect ends the connection of the number, as when somebody logs the phone
// out. What is sent from now on stays QUEUED, and what was SENT gets no receipts.
func (n *Number) Disconnect() {
	n.change(func(s *state, n *number, now time.Time) { s.disconnect(n, now, "The device was unlinked.") })
}

// StatusStale lets the provider of a number that is paired by QR code not answer:
// Numbers.Status gives what is remembered from now on, with stale and lastKnownAt,
// whatever happens to the connection.
func (n *Number) StatusStale(on bool) {
	n.change(func(_ *state, n *number, _ time.Time) {
		n.stale = nil
		if on {
			n.stale = n.read()
		}
	})
}

// StatusFails lets Numbers.Status answer 503 with a code: PROVIDER_NOT_CONFIGURED,
// which is for good, UPSTREAM_TIMEOUT or UPSTREAM_ERROR. "" ends it.
func (n *Number) StatusFails(code string) {
	n.change(func(_ *state, n *number, _ time.Time) { n.statusFails = code })
}

// SyncFails lets the connected devices of the number refuse settings, which
// Numbers.Update counts as failed.
func (n *Number) SyncFails(on bool) {
	n.change(func(_ *state, n *number, _ time.Time) { n.syncFails = on })
}

// SetCoexistence sets what is known of the use of an official number in the WhatsApp
// Business app: CONFIRMED, LIKELY, NO or UNKNOWN, with the evidence, "" for null.
func (n *Number) SetCoexistence(status, evidence string) {
	n.change(func(_ *state, n *number, _ time.Time) {
		n.coexists = coexistenceAnswer{status, nullable(evidence)}
	})
}

// Refreshes returns how often Numbers.Get was asked to fetch the official number from
// Meta.
func (n *Number) Refreshes() (count int) {
	n.change(func(_ *state, n *number, _ time.Time) { count = n.refreshes })
	return count
}

// SetPIIMode sets how long the number keeps the content of messages and what it knows
// of people, as Numbers.Update does: RELAY_ONLY, STORE_X_DAYS with a number of days,
// or STORE_INDEFINITE.
func (n *Number) SetPIIMode(mode string, days int) {
	n.change(func(s *state, n *number, _ time.Time) {
		n.privacy = privacy{mode: mode}
		if mode == storeDays {
			n.privacy.days = days
		}
		s.publish(ChangeNumber, n.id, n.id)
	})
}

// BlockUnpaid stops sending from the number because the charge of an extra
// number was refused: Messages.Send answers 409 NUMBER_BLOCKED. A number that is
// paired by QR code is disconnected after 7 days.
func (n *Number) BlockUnpaid() {
	n.change(func(s *state, n *number, now time.Time) {
		n.block(now)
		s.publish(ChangeNumber, n.id, n.id)
	})
}

// Unblock ends the effect of BlockUnpaid and of a refused charge, as when the
// server's own next attempt goes through. It does not connect the number.
func (n *Number) Unblock() {
	n.change(func(s *state, n *number, now time.Time) {
		n.charge = charge{}
		s.collect(n, now)
	})
}

// ChargeOutcome sets what becomes of the charges of this number from now on: of the
// first, when it is connected and is beyond what the workspace pays for, and of those
// of Numbers.Pay. It is "" for paid, or the code with which Numbers.Pay then fails:
// PAYMENT_FAILED, INSUFFICIENT_FUNDS, PAYMENT_PROVIDER_ERROR or PAYMENT_IN_PROGRESS.
// The first two are refusals, after which the first charge blocks the number. Any
// other outcome fails the test under NewServer; otherwise nothing happens.
func (n *Number) ChargeOutcome(code string) {
	n.server.tb.Helper()
	n.setCharge(charge{code: code})
}

// Declined is ChargeOutcome for PAYMENT_FAILED with the reason of the card's issuer
// and the amount that was tried; what is empty is left out of the answer.
func (n *Number) Declined(declineCode string, amount float64, currency string) {
	n.server.tb.Helper()
	n.setCharge(charge{paymentFailed, declineCode, amount, currency})
}

func (n *Number) setCharge(c charge) {
	if !c.known() {
		n.server.tb.Helper()
		n.server.failf("no outcome %q of a charge", c.code)
		return
	}
	n.change(func(s *state, n *number, _ time.Time) {
		n.charge = c
		s.publish(ChangeNumber, n.id, n.id)
	})
}

// FailNext lets the next message that the number accepts end as FAILED with this
// errorCode and errorMessage. Called several times it is for as many messages.
// DELIVERED_NOT_CONFIRMED comes after SENT, every other code straight after
// QUEUED.
func (n *Number) FailNext(code, message string) {
	n.change(func(_ *state, n *number, _ time.Time) {
		n.nextFailures = append(n.nextFailures, messageFailure{code, message})
	})
}

// Receive lets a message reach the number and returns the id of its row in the lists
// of the inbox. It begins the conversation, or goes on with it, and counts as unread. On an
// official number it opens the 24 hours in which the number may write freely to the person.
// A group or channel that it names becomes one of the number. A number whose setting
// ignoreGroups is on gets no message of a group, and the id is "". A message without a
// sender, or with malformed ids, fails the test under NewServer; otherwise nothing
// happens and the id is "".
func (n *Number) Receive(m Inbound) string {
	if wrong := m.check(); wrong != "" {
		n.server.tb.Helper()
		n.server.failf("Receive: %s", wrong)
		return ""
	}
	var id string
	n.change(func(s *state, n *number, now time.Time) {
		if m.GroupID == "" || n.official() || !value(n.settings.IgnoreGroups) {
			id = s.receive(n, &m, now)
		}
	})
	return id
}

// SetUnread sets the unread counter of a conversation, as when somebody reads it on
// the phone (0), or when the phone was connected with more unread messages than were
// imported. Inbox.Unread shows the newest messages that the counter covers. An
// unknown id fails the test under NewServer; otherwise nothing happens.
func (n *Number) SetUnread(conversationID string, count int) {
	n.server.tb.Helper()
	n.find(func(s *state, n *number, _ time.Time) bool {
		chat := s.noteSends(n).conversation(conversationID, peer{})
		if chat != nil {
			chat.unread = max(count, 0)
			s.publish(ChangeConversation, n.id, chat.id)
		}
		return chat != nil
	}, "no conversation %q", conversationID)
}

// AddGroup puts the number into a group that exists already, with its other members.
// An id that does not end with @g.us, or a member that is no phone, fails the test
// under NewServer; otherwise nothing happens.
func (n *Number) AddGroup(id, subject string, members ...string) {
	digits, refused := phoneDigits(members)
	if refused != nil || !isJID(id, "@g.us") {
		n.server.tb.Helper()
		n.server.failf("AddGroup: malformed id %q or members %q", id, members)
		return
	}
	n.change(func(_ *state, n *number, _ time.Time) { n.join(id, subject).add(digits) })
}

// AddNewsletter gives the number a channel, as when the phone follows it. An id that
// does not end with @newsletter fails the test under NewServer; otherwise nothing
// happens.
func (n *Number) AddNewsletter(id, name string) {
	if !isJID(id, "@newsletter") {
		n.server.tb.Helper()
		n.server.failf("AddNewsletter: malformed id %q", id)
		return
	}
	n.change(func(_ *state, n *number, _ time.Time) { n.follow(id, name) })
}

// AllowGroups says whether Meta has approved the business account of an official
// number for groups. At the start it has not. Other numbers have groups anyway.
func (n *Number) AllowGroups(on bool) {
	n.change(func(_ *state, n *number, _ time.Time) { n.hasGroups = on })
}

// AddLead lets a lead arrive at the number and returns its id. Its Page need not
// be linked: the API then shows an id without a name.
func (n *Number) AddLead(in Lead) (id string) {
	n.change(func(s *state, n *number, _ time.Time) {
		for _, p := range s.growth.pages {
			if in.PageID == "" && p.link != nil && p.link.number == n {
				in.PageID = p.id
			}
		}
		if in.PageID == "" {
			in.PageID = "100200300400"
		}
		s.growth.completeForm(&in)
		id = s.storeLead(n, s.submit(in), leadPushed).id
	})
	return id
}

// AddReferral lets a message arrive at the number that an ad or a post brought,
// and returns its id. It is [Number.Receive] with less to fill in.
func (n *Number) AddReferral(in Referral) (id string) {
	n.change(func(s *state, n *number, now time.Time) { id = s.addReferral(n, &in, now) })
	return id
}

// ReportHealth sends an event of the health of the number, which only webhooks get
// that take everything: number.recovered, number.health_blocked,
// number.health_degraded or number.health_shadowban. Another one fails the test under
// NewServer; otherwise nothing happens.
func (n *Number) ReportHealth(event string) {
	if !slices.Contains([]string{"number.recovered", "number.health_blocked", "number.health_degraded", "number.health_shadowban"}, event) {
		n.server.tb.Helper()
		n.server.failf("no event %q of the health of a number", event)
		return
	}
	n.change(func(s *state, n *number, now time.Time) { s.announce(n, event, now, "") })
}
