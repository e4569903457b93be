package pilotstatustest

import (
	"cmp"
	"slices"
	"time"
)

// event is something that webhooks hear of.
type event struct {
	name   string
	at     time.Time
	body   []byte     // the exact bytes that are sent
	takers []*webhook // that had subscribed when it happened
}

// emit sends an event of a number to the webhooks that take it. The payload is made
// only if there is one.
func (s *state) emit(n *number, name string, at time.Time, payload func() any) {
	var takers []*webhook
	for _, hook := range s.webhooks.all {
		if hook.active && hook.takes(name) && hook.hearsOf(n, name) {
			takers = append(takers, hook)
		}
	}
	if takers == nil {
		return
	}
	e := event{name: name, at: at, body: jsonAnswer(0, payload()).body, takers: takers}
	if s.deliveries.catchingUp {
		s.deliveries.caught = append(s.deliveries.caught, e)
		return
	}
	s.deliveries.enqueue(e)
}

// takes says whether the webhook has subscribed to an event. Some events have no
// name that can be subscribed to, see number.emits, and come with everything else.
func (hook *webhook) takes(name string) bool {
	return slices.Contains(hook.events, "*") || slices.Contains(hook.events, name)
}

// hearsOf says whether the webhook hears of a number. A number has no webhooks when
// it is created, so those of the other numbers hear of that.
func (hook *webhook) hearsOf(n *number, name string) bool {
	return hook.number == n || name == numberCreated && !hook.number.gone
}

// inOrder runs f, in which time goes on, and sends what happened in it in the order
// of its times. f itself takes one message after the other.
func (s *state) inOrder(f func()) {
	s.deliveries.catchingUp = true
	f()
	s.deliveries.catchingUp = false
	caught := s.deliveries.caught
	s.deliveries.caught = nil
	slices.SortStableFunc(caught, func(a, b event) int { return cmp.Compare(a.at.UnixNano(), b.at.UnixNano()) })
	for _, e := range caught {
		s.deliveries.enqueue(e)
	}
}

// news is an event with its data in an envelope, as all of them are but calls.
type news struct {
	Event string `json:"event"`
	Data  any    `json:"data"`
}
