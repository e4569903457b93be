package pilotstatustest

import (
	"time"
)

func (d *device) state() string {
	switch {
	case d.open:
		return "OPEN"
	case d.connecting:
		return "CONNECTING"
	}
	return "CLOSE"
}

// linkAnswer is the state of one device link.
type linkAnswer struct {
	State       string  `json:"state"`
	ConnectedAt *string `json:"connectedAt"`
}

func (d *device) link() linkAnswer {
	return linkAnswer{d.state(), stamp(d.connectedAt)}
}

// linkOrNull is link, also for a device that there is not.
func (d *device) linkOrNull() *linkAnswer {
	if d == nil {
		return nil
	}
	link := d.link()
	return &link
}

func (n *number) devices() []*device {
	if n.second == nil {
		return []*device{&n.device}
	}
	return []*device{&n.device, n.second}
}

func (n *number) fullyConnected() bool {
	return n.open && (n.second == nil || n.second.open)
}

// disconnect ends the connection of a number, and the wait for one.
func (s *state) disconnect(n *number, at time.Time, why string) {
	wasOpen := n.open
	n.logOut(at)
	if wasOpen {
		s.announce(n, numberDisconnected, at, why)
	}
}

func (n *number) logOut(at time.Time) {
	for _, d := range n.devices() {
		d.open, d.connecting, d.connectedAt = false, false, time.Time{}
	}
	n.checkedAt, n.updatedAt = at, at
}
