package pilotstatustest

import (
	"cmp"
	"slices"
)

// FindDeliveries returns what is or was delivered to the webhooks that there are.
func (s *Server) FindDeliveries(q DeliveryQuery) DeliveryPage {
	s.mu.Lock()
	defer s.mu.Unlock()
	page := DeliveryPage{Deliveries: []Delivery{}, Dropped: s.state.lost.Deliveries, Seq: s.state.changes.last}
	var found []*sending
	for _, hook := range s.state.webhooks.all {
		for _, d := range hook.sends {
			if d.state == DeliveryWaiting {
				page.Waiting++
			}
			if q.chooses(d) {
				found = append(found, d)
			}
		}
	}
	slices.SortFunc(found, func(a, b *sending) int { return b.serial - a.serial })
	page.Total = len(found)
	before, limit := serialOf(q.Before), cmp.Or(max(q.Limit, 0), defaultLimit)
	for _, d := range found {
		switch {
		case before != 0 && d.serial >= before:
		case len(page.Deliveries) == limit:
			page.More = true
			return page
		default:
			page.Deliveries = append(page.Deliveries, d.copy())
		}
	}
	return page
}

// Delivery returns a delivery by its ID, as [Server.FindDeliveries] does. An error is an
// [*UnknownIDError].
func (s *Server) Delivery(id string) (Delivery, error) {
	_, slip, err := s.findSending(id)
	if err != nil {
		return Delivery{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return slip.copy(), nil
}

// DeliveryState returns the state of a delivery, "" for one that is not there. It costs less
// than [Server.Delivery], which makes the body.
func (s *Server) DeliveryState(id string) DeliveryState {
	_, slip, err := s.findSending(id)
	if err != nil {
		return ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return slip.state
}

func (s *Server) findSending(id string) (*webhook, *sending, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, hook := range s.state.webhooks.all {
		if slip := hook.sending(id); slip != nil {
			return hook, slip, nil
		}
	}
	serial := serialOf(id)
	known := serial > 0 && serial <= s.state.deliveries.lastSlip && id == idText("dlv_", serial)
	return nil, nil, &UnknownIDError{What: "delivery", ID: id, Dropped: known}
}

// sending finds a delivery to a webhook by its id, or returns nil.
func (hook *webhook) sending(id string) *sending {
	slip := bySerial(hook.sends, serialOf(id), func(s *sending) int { return s.serial })
	if slip == nil || slip.id != id {
		return nil
	}
	return slip
}

func (s *sending) copy() Delivery {
	return Delivery{
		ID: s.id, WebhookID: s.hook.id, NumberID: s.hook.number.id, MessageID: s.event.about, Event: s.event.name,
		Body: s.event.bytes(), State: s.state, CreatedAt: s.event.at, NextAt: s.nextAt, Attempts: slices.Clone(s.attempts),
	}
}

func (q *DeliveryQuery) chooses(d *sending) bool {
	return (q.WebhookID == "" || q.WebhookID == d.hook.id) && (q.NumberID == "" || q.NumberID == d.hook.number.id) &&
		(q.MessageID == "" || q.MessageID == d.event.about) && (q.Event == "" || q.Event == d.event.name) &&
		(q.State == "" || q.State == d.state) && (!q.Failed || d.failed())
}

// failed says whether the last try was refused or not answered.
func (s *sending) failed() bool {
	if len(s.attempts) == 0 {
		return false
	}
	status := s.attempts[len(s.attempts)-1].Status
	return status < 200 || status > 299
}
