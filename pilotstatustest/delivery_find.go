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
			if d.State == DeliveryWaiting {
				page.Waiting++
			}
			if q.chooses(&d.Delivery) {
				found = append(found, d)
			}
		}
	}
	slices.SortFunc(found, func(a, b *sending) int { return serialOf(b.ID) - serialOf(a.ID) })
	page.Total = len(found)
	before, limit := serialOf(q.Before), cmp.Or(max(q.Limit, 0), defaultLimit)
	for _, d := range found {
		switch {
		case before != 0 && serialOf(d.ID) >= before:
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

func (s *Server) findSending(id string) (*webhook, *sending, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	serial := serialOf(id)
	known := serial > 0 && serial <= s.state.deliveries.lastSlip && id == idText("dlv_", serial)
	for _, hook := range s.state.webhooks.all {
		if slip := bySerial(hook.sends, serial, (*sending).serial); slip != nil && known {
			return hook, slip, nil
		}
	}
	return nil, nil, &UnknownIDError{What: "delivery", ID: id, Dropped: known}
}

func (s *sending) serial() int { return serialOf(s.ID) }

func (d *Delivery) copy() Delivery {
	out := *d
	out.Attempts = slices.Clone(d.Attempts)
	return out
}

func (q *DeliveryQuery) chooses(d *Delivery) bool {
	return (q.WebhookID == "" || q.WebhookID == d.WebhookID) && (q.NumberID == "" || q.NumberID == d.NumberID) &&
		(q.MessageID == "" || q.MessageID == d.MessageID) && (q.Event == "" || q.Event == d.Event) &&
		(q.State == "" || q.State == d.State) && (!q.Failed || d.failed())
}

// failed says whether the last try was refused or not answered.
func (d *Delivery) failed() bool {
	if len(d.Attempts) == 0 {
		return false
	}
	status := d.Attempts[len(d.Attempts)-1].Status
	return status < 200 || status > 299
}
