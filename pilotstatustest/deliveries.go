package pilotstatustest

import (
	"context"
	"fmt"
	"slices"
	"time"
)

const (
	defaultRedeliveries = 3
	defaultRetryWait    = 50 * time.Millisecond
	defaultPatience     = 5 * time.Second

	// shuffleWindow is how long events are gathered that go out in another order. A
	// message gets from SENT to READ in it.
	shuffleWindow = 5 * pace
)

func newDeliveries() deliveryState {
	return deliveryState{
		retries: defaultRedeliveries, wait: defaultRetryWait, patience: defaultPatience,
	}
}

// enqueue puts an event into the queues of its webhooks.
func (s *state) enqueue(e *event) {
	d := &s.deliveries
	if d.carry == nil {
		return
	}
	now := time.Now()
	for _, hook := range e.takers {
		for range max(d.copies, 1) {
			d.underway++
			if s.keep > 0 && len(hook.queue) >= s.keep {
				s.dropWaiting(hook)
			}
			d.put(hook, parcel{now.Add(d.delay), s.slip(hook, e)})
		}
		s.startCarrying(hook)
	}
}

// startCarrying has what waits for a webhook delivered.
func (s *state) startCarrying(hook *webhook) {
	if !hook.carried && s.deliveries.carry != nil {
		hook.carried = true
		s.deliveries.carry(hook)
	}
}

// slip notes a delivery to a webhook, as one of so many.
func (s *state) slip(hook *webhook, e *event) *sending {
	d := &s.deliveries
	d.lastSlip++
	slip := &sending{
		id: idText("dlv_", d.lastSlip), serial: d.lastSlip, hook: hook, event: e,
		state: DeliveryWaiting, nextAt: s.clock.now().Add(d.delay),
	}
	if s.keep > 0 && len(hook.sends) == s.keep {
		s.dropSending(hook)
	}
	hook.sends = append(hook.sends, slip)
	s.countSending(slip, e.size())
	s.tellDelivery(slip)
	return slip
}

// put puts a parcel at the end of a queue, or at its front to mix up the order.
func (d *deliveryState) put(hook *webhook, p parcel) {
	if !d.shuffle {
		hook.queue = append(hook.queue, p)
		return
	}
	p.from, p.slip.nextAt = p.from.Add(shuffleWindow), time.Time{} // no clock but the real one ends it
	if len(hook.queue) > 0 {
		p.from = hook.queue[0].from
	}
	hook.queue = slices.Insert(hook.queue, 0, p)
}

// giveUp empties the queue of a webhook.
func (s *state) giveUp(hook *webhook) {
	for _, p := range hook.queue {
		s.settled(p.slip, DeliveryGivenUp)
	}
	for _, held := range hook.after {
		s.deliveries.underway++
		s.settled(held, DeliveryGivenUp)
	}
	hook.queue, hook.after = nil, nil
}

// whenIdle returns what is closed when nothing is on its way; nil means now.
func (d *deliveryState) whenIdle() <-chan struct{} {
	if d.underway == 0 {
		return nil
	}
	if d.idle == nil {
		d.idle = make(chan struct{})
	}
	return d.idle
}

// Flush waits until every delivery of what has happened so far was made or given up,
// with its tries and what Webhooks.Logs says of them. It fails when ctx ends or the
// server closes before. Time does not move on in it: call Advance first for what is
// to happen.
func (s *Server) Flush(ctx context.Context) error {
	s.mu.Lock()
	idle, closed := s.state.deliveries.whenIdle(), s.closed
	s.mu.Unlock()
	switch {
	case idle == nil:
		return nil
	case closed:
		return fmt.Errorf("pilotstatustest: Flush: %w", errClosed())
	}
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("pilotstatustest: Flush: %w", ctx.Err())
	case <-s.life.Done():
		return fmt.Errorf("pilotstatustest: Flush: %w", errClosed())
	}
}

// carryAlone gives a webhook a goroutine of its own for as long as its queue is
// not empty, so that a slow receiver holds up nobody else. Server.mu is held, and the
// server is not closed: Close takes this function away before it waits.
func (s *Server) carryAlone(hook *webhook) {
	s.work.Go(func() { s.carry(hook) })
}

// carry delivers what waits for a webhook, one after the other.
func (s *Server) carry(hook *webhook) {
	for {
		p, wait, more := s.nextParcel(hook)
		switch {
		case !more:
			return
		case wait > 0:
			if !s.await(p.slip, wait) {
				return
			}
		case !s.deliver(hook, p):
			return
		}
	}
}

// nextParcel takes the next parcel out of the queue of a webhook, or says how long it
// has to stay there. When there is none the goroutine ends.
func (s *Server) nextParcel(hook *webhook) (p parcel, wait time.Duration, more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(hook.queue) == 0 {
		hook.carried = false
		return parcel{}, 0, false
	}
	p = hook.queue[0]
	if wait := time.Until(p.from); wait > 0 && !p.slip.due(s.state.clock.now()) {
		return p, wait, true
	}
	hook.queue = withoutFirst(hook.queue)
	return p, 0, true
}

// deliver tries to deliver a parcel until it is accepted or given up. It is false
// when the server closes before.
func (s *Server) deliver(hook *webhook, p parcel) bool {
	for try := 0; s.life.Err() == nil; try++ {
		to, body, ok := s.receiver(hook, p.slip)
		if !ok {
			s.finish(hook, p, DeliveryGivenUp)
			return true
		}
		wait, state := s.noteTry(hook, p, to, s.post(s.life, to, body), try)
		if state != DeliveryWaiting {
			s.finish(hook, p, state)
			return true
		}
		s.await(p.slip, wait)
	}
	return false
}

// finish ends a delivery, after which those go out that were held back for it.
func (s *Server) finish(hook *webhook, p parcel, state DeliveryState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.settled(p.slip, state)
	s.state.release(hook, func(*sending) bool { return true })
}

// release puts deliveries that were taken out of their order at the end of the queue.
func (s *state) release(hook *webhook, wanted func(*sending) bool) {
	var still []*sending
	for _, held := range hook.after {
		if !wanted(held) {
			still = append(still, held)
			continue
		}
		s.deliveries.underway++
		hook.queue = append(hook.queue, parcel{slip: held})
		s.startCarrying(hook)
	}
	hook.after = still
}

// receiver is where a webhook sends a delivery to now, and what. A webhook that was paused
// or deleted meanwhile sends nothing.
func (s *Server) receiver(hook *webhook, slip *sending) (receiver, []byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	slip.nextAt, slip.hurry = time.Time{}, false
	if !hook.active || hook.deleted {
		return receiver{}, nil, false
	}
	before := slip.event.size()
	body := slip.event.bytes()
	s.state.countSending(slip, slip.event.size()-before)
	d := &s.state.deliveries
	return receiver{url: hook.url, signature: sign(d.secret, body), patience: d.patience}, body, true
}

// noteTry puts a try into the log of the webhook and says whether there is another,
// and when. What Server.Close cut off did not happen.
func (s *Server) noteTry(hook *webhook, p parcel, to receiver, o outcome, try int) (time.Duration, DeliveryState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o.status == 0 && s.life.Err() != nil {
		return 0, DeliveryWaiting
	}
	d := &s.state.deliveries
	s.state.logTry(hook, p.slip, to, o)
	switch wait := d.wait << min(try, 10); {
	case o.accepted():
		return 0, DeliveryAccepted
	case try >= d.retries:
		return 0, DeliveryGivenUp
	default:
		p.slip.nextAt = s.state.clock.now().Add(wait)
		s.state.tellDelivery(p.slip)
		return wait, DeliveryWaiting
	}
}

// logTry notes a try, in the log of the webhook too.
func (s *state) logTry(hook *webhook, slip *sending, to receiver, o outcome) {
	now := s.clock.now()
	hook.logDelivery(webhookDelivery{
		event: slip.event.name, statusCode: o.status, payload: slip.event.bytes(), response: o.text, took: o.took, at: now,
	}, s.keep)
	try := DeliveryAttempt{
		URL: to.url, Signature: to.signature, At: now, Took: o.took, Status: o.status, Answer: o.text, ByHand: to.byHand,
	}
	if o.err != nil {
		try.Error = o.err.Error()
	}
	slip.attempts = append(slip.attempts, try)
	s.countSending(slip, len(o.text))
}

// logDelivery notes an attempt, as one of so many. A number that keeps nothing does not keep what was
// sent and answered either.
func (hook *webhook) logDelivery(d webhookDelivery, keep int) {
	if hook.number.privacy.hides(d.at, d.at) {
		d.payload, d.response = nil, ""
	}
	hook.logs = appendNewest(hook.logs, d, keep)
	hook.lastTriggered = d.at
}
