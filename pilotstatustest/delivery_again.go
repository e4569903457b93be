package pilotstatustest

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Redeliver sends the event of a delivery to its webhook once more, signed anew, whatever
// has become of it, and notes the tries as made by hand. What waits goes on waiting. Errors
// are those of [Server.Deliver], or an [*UnknownIDError].
func (s *Server) Redeliver(ctx context.Context, id string, opts ...DeliverOption) error {
	hook, slip, err := s.findSending(id)
	if err != nil {
		return err
	}
	s.mu.Lock()
	url, body := hook.url, slip.event.bytes()
	s.mu.Unlock()
	note := func(to receiver, o outcome) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.state.logTry(hook, slip, to, o)
		s.state.tellDelivery(slip)
	}
	if err := s.deliverByHand(ctx, url, body, note, opts); err != nil {
		return fmt.Errorf("pilotstatustest: Redeliver: %w", err)
	}
	return nil
}

// DeliverLater takes a delivery out of its order: it goes out behind the next one of its
// webhook, also where it was delivered before. While there is no next one it waits, and
// [Server.Flush] does not wait for it.
func (s *Server) DeliverLater(id string) error {
	hook, slip, err := s.findSending(id)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.Contains(hook.after, slip) {
		return nil
	}
	i := slices.IndexFunc(hook.queue, func(p parcel) bool { return p.slip == slip })
	if i < 0 && slip.state == DeliveryWaiting {
		return fmt.Errorf("pilotstatustest: the delivery %q is being tried", id)
	}
	if i >= 0 {
		hook.queue = slices.Delete(hook.queue, i, i+1)
		s.state.deliveries.arrived()
	}
	slip.state, slip.nextAt, slip.hurry = DeliveryWaiting, time.Time{}, false
	hook.after = append(hook.after, slip)
	s.state.tellDelivery(slip)
	return nil
}

// DeliverNow lets deliveries that wait for their first or next try wait no longer, also for
// [Server.DeliverLater]: one by its id, or all with "". It returns how many there are.
func (s *Server) DeliverNow(id string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	st, count := s.state, 0
	for _, hook := range st.webhooks.all {
		sends := hook.sends
		if id != "" {
			sends = nil
			if slip := hook.sending(id); slip != nil {
				sends = []*sending{slip}
			}
		}
		for _, slip := range sends {
			if slip.state == DeliveryWaiting {
				slip.hurry = true
				count++
			}
		}
		st.release(hook, func(slip *sending) bool { return slip.hurry })
	}
	st.deliveries.hurry()
	return count
}
