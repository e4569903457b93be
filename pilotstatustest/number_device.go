package pilotstatustest

import "time"

// device is a phone that a number is linked to.
type device struct {
	open        bool // connected
	connecting  bool // its code waits for somebody who scans it
	connectedAt time.Time
	scanAt      time.Time // when somebody will; zero: nobody will
	codes       int       // shown so far
	late        int       // answers that still come without a code
}

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

// linkBundle is what a person needs to link a device.
type linkBundle struct {
	QRCodeBase64 *string `json:"qrcodeBase64"`
	PairingCode  *string `json:"pairingCode"`
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

// showCode begins to connect a device and returns a code that has not been there
// before; pictures come round again.
func (s *state) showCode(n *number, d *device) linkBundle {
	now := s.clock.now()
	d.connecting = true
	n.checkedAt, n.updatedAt = now, now
	if d.late > 0 {
		d.late--
		return linkBundle{}
	}
	if after := s.workspace.scanAfter; after != nil && d.scanAt.IsZero() {
		d.scanAt = now.Add(*after)
	}
	seed := n.id
	if d == n.second {
		seed += " secondary"
	}
	bundle := linkBundle{nullable(qrCode(seed, d.codes)), nullable(pairingCode(seed, d.codes))}
	d.codes++
	return bundle
}

// connect is what happens when somebody scans the code of a device. The number can
// send as soon as the first device is connected; its pairing links end when all are.
func (s *state) connect(n *number, d *device, at time.Time) {
	d.scanAt = time.Time{}
	if d.open {
		return
	}
	d.open, d.connecting, d.connectedAt = true, false, at
	n.checkedAt, n.updatedAt = at, at
	if n.fullyConnected() {
		s.usePairings(n)
	}
	if d == n.second {
		return
	}
	s.announce(n, numberConnected, at, "")
	s.takeSeat(n, at)
	s.resume(n, at)
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
