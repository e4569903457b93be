package pilotstatustest

import (
	"cmp"
	"net/http"
	"time"
)

// reading is what the server remembers of the connection of a number.
type reading struct {
	states map[*device]string
	at     time.Time
}

// read takes down how the number is connected.
func (n *number) read() *reading {
	r := &reading{states: make(map[*device]string), at: cmp.Or(n.checkedAt, n.createdAt)}
	for _, d := range n.devices() {
		r.states[d] = d.state()
	}
	return r
}

// namedDevice returns the number of the path and its device that the query asks
// for.
func (c *call) namedDevice() (*number, *device, *failure) {
	n := c.state.number(c.params["id"])
	if n == nil {
		return nil, nil, notFound("Number")
	}
	switch link := c.query.Get("link"); {
	case link == "" || link == "primary":
		return n, &n.device, nil
	case link == "secondary" && n.second != nil:
		return n, n.second, nil
	default:
		return nil, nil, invalid("link is %q", link)
	}
}

func connectNumber(c *call) (any, *failure) {
	n, d, refused := c.namedDevice()
	if refused != nil {
		return nil, refused
	}
	if refused := n.checkPairable(d); refused != nil {
		return nil, refused
	}
	return c.state.showCode(n, d), nil
}

// checkPairable refuses to show a code that nobody can scan. No device is all of
// them.
func (n *number) checkPairable(d *device) *failure {
	if n.official() {
		return invalid("an official number is not paired by QR code")
	}
	if d == nil && n.fullyConnected() || d != nil && d.open {
		return conflict("", "The number is already connected")
	}
	return nil
}

// statusAnswer is the answer of Numbers.Status.
type statusAnswer struct {
	ID          string  `json:"id"`
	State       string  `json:"state"`
	Stale       bool    `json:"stale"`
	CheckedAt   *string `json:"checkedAt,omitempty"`
	LastKnownAt *string `json:"lastKnownAt,omitempty"`
}

// documentedStatus is the other form of that answer, which does not tell a
// remembered state from a live one.
type documentedStatus struct {
	State            string `json:"state"`
	IsFullyConnected bool   `json:"isFullyConnected"`
}

func numberStatus(c *call) (any, *failure) {
	n, d, refused := c.namedDevice()
	if refused != nil {
		return nil, refused
	}
	if n.statusFails != "" {
		return nil, &failure{
			status: http.StatusServiceUnavailable, code: n.statusFails, text: "The state of the connection cannot be read",
		}
	}
	out := statusAnswer{ID: n.id, State: d.state()}
	switch {
	case n.official(): // its connection is not read
	case n.stale != nil:
		out.State, out.Stale, out.LastKnownAt = cmp.Or(n.stale.states[d], "CLOSE"), true, stamp(n.stale.at)
	default:
		n.checkedAt = c.state.clock.now()
		out.CheckedAt = stamp(n.checkedAt)
	}
	if c.state.workspace.otherForms {
		return documentedStatus{out.State, n.fullyConnected()}, nil
	}
	return out, nil
}

type dualAnswer struct {
	SecondaryLink linkBundle `json:"secondaryLink"`
}

func upgradeNumber(c *call) (any, *failure) {
	n := c.state.number(c.params["id"])
	switch {
	case n == nil:
		return nil, notFound("Number")
	case n.official():
		return nil, invalid("an official number has no devices")
	case n.second != nil:
		return nil, conflict("", "The number has a second link already")
	}
	n.second = &device{}
	if c.state.workspace.lateCodes {
		n.second.late = 1
	}
	return dualAnswer{c.state.showCode(n, n.second)}, nil
}
