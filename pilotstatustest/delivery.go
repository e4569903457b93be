package pilotstatustest

import (
	"context"
	"errors"
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

// deliveryState is how events get to webhooks, and what is on its way.
type deliveryState struct {
	carry  func(*webhook) // begins to deliver what waits for a webhook; nil: nothing is delivered
	secret string         // signs everything

	retries  int           // after the first try
	wait     time.Duration // before the first of them; it doubles
	patience time.Duration // with a receiver that does not answer
	delay    time.Duration
	copies   int // of each event; below 1 is 1
	shuffle  bool

	catchingUp bool // time goes on: events are caught, to be sorted
	caught     []event

	underway int           // parcels that were neither delivered nor given up
	idle     chan struct{} // is closed when there are none; nil: nobody waits for that
}

func newDeliveries() deliveryState {
	return deliveryState{
		secret:  "whsec_" + randomHex(24),
		retries: defaultRedeliveries, wait: defaultRetryWait, patience: defaultPatience,
	}
}

// parcel is one delivery of an event to a webhook.
type parcel struct {
	event string
	body  []byte
	from  time.Time // of the real clock: not before
}

// enqueue puts an event into the queues of its webhooks.
func (d *deliveryState) enqueue(e event) {
	if d.carry == nil {
		return
	}
	now := time.Now()
	for _, hook := range e.takers {
		for range max(d.copies, 1) {
			d.underway++
			d.put(hook, parcel{e.name, e.body, now.Add(d.delay)})
		}
		if !hook.carried {
			hook.carried = true
			d.carry(hook)
		}
	}
}

// put puts a parcel at the end of a queue, or at its front to mix up the order.
func (d *deliveryState) put(hook *webhook, p parcel) {
	if !d.shuffle {
		hook.queue = append(hook.queue, p)
		return
	}
	p.from = p.from.Add(shuffleWindow)
	if len(hook.queue) > 0 {
		p.from = hook.queue[0].from
	}
	hook.queue = slices.Insert(hook.queue, 0, p)
}

// settled notes that so many parcels are delivered or given up.
func (d *deliveryState) settled(count int) {
	d.underway -= count
	if d.underway == 0 && d.idle != nil {
		close(d.idle)
		d.idle = nil
	}
}

// giveUp empties the queue of a webhook.
func (d *deliveryState) giveUp(hook *webhook) {
	d.settled(len(hook.queue))
	hook.queue = nil
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

// startCarrying gives a webhook a goroutine of its own for as long as its queue is
// not empty, so that a slow receiver holds up nobody else. Server.mu is held, and the
// server is not closed: Close takes this function away before it waits.
func (s *Server) startCarrying(hook *webhook) {
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
			if !s.hold(s.life, wait) {
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
	if wait := time.Until(hook.queue[0].from); wait > 0 {
		return parcel{}, wait, true
	}
	p, hook.queue = hook.queue[0], hook.queue[1:]
	return p, 0, true
}

// deliver tries to deliver a parcel until it is accepted or given up. It is false
// when the server closes before.
func (s *Server) deliver(hook *webhook, p parcel) bool {
	for try := 0; s.life.Err() == nil; try++ {
		to, ok := s.receiver(hook, p.body)
		if !ok {
			s.settled()
			return true
		}
		wait, again := s.noteTry(hook, p, s.post(s.life, to, p.body), try)
		if !again {
			s.settled()
			return true
		}
		s.hold(s.life, wait)
	}
	return false
}

func (s *Server) settled() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.deliveries.settled(1)
}

// receiver is where a webhook sends to now. A webhook that was paused or deleted
// meanwhile sends nothing.
func (s *Server) receiver(hook *webhook, body []byte) (receiver, bool) {
	signature := sign(s.WebhookSecret(), body)
	s.mu.Lock()
	defer s.mu.Unlock()
	return receiver{hook.url, signature, s.state.deliveries.patience}, hook.active && !hook.deleted
}

// noteTry puts a try into the log of the webhook and says whether there is another,
// and when. What Server.Close cut off did not happen.
func (s *Server) noteTry(hook *webhook, p parcel, o outcome, try int) (time.Duration, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o.status == 0 && s.life.Err() != nil {
		return 0, true
	}
	d := &s.state.deliveries
	hook.logDelivery(webhookDelivery{
		event: p.event, statusCode: o.status, payload: p.body, response: o.text, took: o.took, at: s.state.clock.now(),
	})
	return d.wait << min(try, 10), !o.accepted() && try < d.retries
}

func errClosed() error { return errors.New("the server is closed") }
