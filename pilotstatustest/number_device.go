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

// shows says whether there is a code to scan now.
func (d *device) shows() bool { return d.connecting && d.codes > 0 && !d.codeEnded }

// linkAnswer is the state of one device link.
type linkAnswer struct {
	State       string  `json:"state"`
	ConnectedAt *string `json:"connectedAt"`
}

// linksAnswer is the state of both devices, null for one that there is not.
type linksAnswer struct {
	PrimaryLink   *linkAnswer `json:"primaryLink"`
	SecondaryLink *linkAnswer `json:"secondaryLink"`
}

func (n *number) links() linksAnswer { return linksAnswer{n.device.link(), n.second.link()} }

func (d *device) link() *linkAnswer {
	if d == nil {
		return nil
	}
	return &linkAnswer{d.state(), stamp(d.connectedAt)}
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
		n.disconnectedAt = at
		s.announce(n, numberDisconnected, at, why)
	}
}

func (n *number) logOut(at time.Time) {
	for _, d := range n.devices() {
		d.open, d.connecting, d.connectedAt = false, false, time.Time{}
	}
	n.checkedAt, n.updatedAt = at, at
}
