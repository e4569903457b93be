package pilotstatustest

import (
	"slices"
	"time"
)

// countSending notes that a delivery has so many bytes more, unless it was dropped.
func (s *state) countSending(d *sending, bytes int) {
	if !d.gone {
		d.counted += bytes
		s.bytes.used += bytes
		s.bytes.deliveries += bytes
	}
}

// forgetSending takes a delivery out of what is counted.
func (s *state) forgetSending(d *sending) {
	s.countSending(d, -d.counted)
	d.gone = true
}

// dropSending drops the oldest delivery of a webhook, with what its log says of that time.
// It goes out no more if it is the next in the queue.
func (s *state) dropSending(hook *webhook) {
	oldest := hook.sends[0]
	if len(hook.queue) > 0 && hook.queue[0].slip == oldest && !s.deliveries.shuffle {
		s.dropWaiting(hook)
	}
	s.forgetSending(oldest)
	s.lost.Deliveries++
	hook.sends = withoutFirst(hook.sends)
	for len(hook.logs) > 0 && (len(hook.sends) == 0 || hook.logs[0].at.Before(hook.sends[0].event.at)) {
		hook.logs = withoutFirst(hook.logs)
	}
}

// dropSendings drops the deliveries of a webhook that is deleted.
func (s *state) dropSendings(hook *webhook) {
	for _, d := range hook.sends {
		s.forgetSending(d)
	}
	hook.sends = nil
}

func (s *state) tellDelivery(slip *sending) { s.publish(ChangeDelivery, slip.hook.number.id, slip.id) }

// dropWaiting drops the oldest parcel in the queue of a webhook whose receiver is slower
// than what happens.
func (s *state) dropWaiting(hook *webhook) {
	s.lost.Undelivered++
	if s.deliveries.shuffle {
		last := len(hook.queue) - 1
		s.settled(hook.queue[last].slip, DeliveryDropped)
		hook.queue = slices.Delete(hook.queue, last, last+1)
		return
	}
	s.settled(hook.queue[0].slip, DeliveryDropped)
	hook.queue = withoutFirst(hook.queue) // not slices.Delete, which would move all of a long queue for each event
}

// settled puts a delivery into its last state.
func (s *state) settled(slip *sending, as DeliveryState) {
	slip.state, slip.nextAt = as, time.Time{}
	s.tellDelivery(slip)
	s.deliveries.arrived()
}

// arrived counts a parcel that is under way no more.
func (d *deliveryState) arrived() {
	d.underway--
	if d.underway == 0 && d.idle != nil {
		close(d.idle)
		d.idle = nil
	}
}
