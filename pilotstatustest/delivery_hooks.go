package pilotstatustest

import (
	"slices"
	"time"
)

// DeliveryRetries sets how many more times a delivery is tried after an answer that
// is not 2xx or none, and how long the server waits before the first of them; each
// wait is twice the one before. At the start it is 3 times and 50 milliseconds. The
// time is real time, also under WithClock, as for all deliveries.
func (t *Tenant) DeliveryRetries(times int, wait time.Duration) {
	t.change(func(s *state, _ time.Time) { s.deliveries.retries, s.deliveries.wait = max(times, 0), max(wait, 0) })
}

// DeliveryTimeout sets how long a receiver has to answer, 5 seconds at the start.
func (t *Tenant) DeliveryTimeout(d time.Duration) {
	t.change(func(s *state, _ time.Time) { s.deliveries.patience = d })
}

// DelayDeliveries lets deliveries of what happens from now on come late by so much
// real time.
func (t *Tenant) DelayDeliveries(d time.Duration) {
	t.change(func(s *state, _ time.Time) { s.deliveries.delay = max(d, 0) })
}

// DuplicateDeliveries lets every event from now on be delivered so many times in all
// to each webhook, byte for byte the same. 1 ends it.
func (t *Tenant) DuplicateDeliveries(times int) {
	t.change(func(s *state, _ time.Time) { s.deliveries.copies = times })
}

// ShuffleDeliveries lets events be delivered out of order: the server gathers for 100
// milliseconds of real time what happens, and begins with the newest.
func (t *Tenant) ShuffleDeliveries(on bool) {
	t.change(func(s *state, _ time.Time) { s.deliveries.shuffle = on })
}

// ReportHealth sends an event of the health of the number, which only webhooks get
// that take everything: number.recovered, number.health_blocked,
// number.health_degraded or number.health_shadowban. Another one fails the test under
// NewServer; otherwise nothing happens.
func (n *Number) ReportHealth(event string) {
	if !slices.Contains([]string{"number.recovered", "number.health_blocked", "number.health_degraded", "number.health_shadowban"}, event) {
		if n.server.tb != nil {
			n.server.tb.Helper()
		}
		n.server.failf("no event %q of the health of a number", event)
		return
	}
	n.change(func(s *state, n *number, now time.Time) { s.announce(n, event, now, "") })
}

// AnswerFlow lets the person answer a flow that the number sent, by the token in the
// answer of Messages.Send: webhooks get flow.response_received, and the person counts as
// one who wrote to the number, see Receive. An unknown token fails the test under
// NewServer; otherwise nothing happens.
func (n *Number) AnswerFlow(flowToken string) {
	known := n.number == nil // has failed already
	n.change(func(s *state, n *number, now time.Time) {
		at := slices.IndexFunc(s.messages, func(m *message) bool {
			return m.number == n && m.FlowToken == flowToken && flowToken != ""
		})
		if known = at >= 0; known {
			n.hear(s.messages[at].person(), now)
			s.emit(n, "flow.response_received", now, func() any {
				return news{"flow.response_received", map[string]any{"flowToken": flowToken}}
			})
		}
	})
	if !known {
		if n.server.tb != nil {
			n.server.tb.Helper()
		}
		n.server.failf("no flow %q", flowToken)
	}
}
