package pilotstatustest

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// serviceWindow is how long an official number may write freely to a person who wrote
// to it.
const serviceWindow = 24 * time.Hour

const (
	outsideWindow = "META_OUTSIDE_24H_WINDOW"
	flowClosed    = "FLOW_WINDOW_CLOSED"
	noDestination = "INVALID_DESTINATION"
)

// hear notes that a person wrote to the number, which opens the window for all that the
// person is known by.
func (n *number) hear(from peer, at time.Time) {
	if n.heard == nil {
		n.heard = make(map[string]time.Time)
	}
	for _, name := range []string{from.phone, from.userID} {
		if name != "" && n.heard[name].Before(at) {
			n.heard[name] = at
		}
	}
}

// mayWrite says whether the number may write freely at a time. Only Meta has a window,
// and it is one for persons.
func (n *number) mayWrite(destination string, at time.Time) bool {
	if !n.official() || destination == "" {
		return true
	}
	if !isUserID(destination) {
		destination = withPlus(destination)
	}
	heard, ok := n.heard[destination]
	return ok && at.Before(heard.Add(serviceWindow))
}

// checkWindow refuses a Flow that could not be delivered. Other content is accepted and
// fails later.
func (in *sendRequest) checkWindow(c *call, mode string) *failure {
	if mode != modeFlow || c.number.mayWrite(value(in.DestinationNumber), c.state.clock.now()) {
		return nil
	}
	return &failure{status: http.StatusBadRequest, code: flowClosed, text: "The 24-hour window is closed"}
}

// undeliverable says why a message fails when it is to go out at a time, nil if it does
// not.
func (m *message) undeliverable(at time.Time) *messageFailure {
	phone := m.DestinationNumber
	switch {
	case phone != "" && !isUserID(phone) && !canExist(phone):
		return &messageFailure{noDestination, "The destination cannot be used"}
	case m.Mode == modeTemplate || m.number.mayWrite(phone, at):
		return nil
	case m.Mode == modeFlow:
		return &messageFailure{flowClosed, "The 24-hour window is closed"}
	}
	return &messageFailure{outsideWindow, "The contact did not write within the last 24 hours"}
}

// canExist says whether a phone in the form of E.164 can be one: there is such a country
// code, and it has the digits of the plans that are known best.
func canExist(phone string) bool {
	digits := strings.TrimPrefix(phone, "+")
	switch {
	case strings.HasPrefix(digits, "1"):
		return len(digits) == len("14155550100")
	case strings.HasPrefix(digits, "55"):
		return len(digits) == len("551130004000") || len(digits) == len("5511900001234")
	}
	return !slices.ContainsFunc(unassigned(), func(code string) bool { return strings.HasPrefix(digits, code) })
}

// unassigned are the beginnings that are no country's, freephone numbers included.
func unassigned() []string {
	return strings.Fields("210 214 215 217 219 259 28 292 293 294 295 296 384 388 422 424 425 426 427 428 429 " +
		"671 684 693 694 695 696 697 698 699 80 83 851 854 857 858 859 871 872 873 874 875 876 877 879 " +
		"884 885 887 888 889 89 969 978 979 990 991 997 999")
}
