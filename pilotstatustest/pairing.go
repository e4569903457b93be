package pilotstatustest

import (
	"net/http"
	"time"
)

// pairingLife is how long a pairing link works.
const pairingLife = 24 * time.Hour

func pairingRoutes() []route {
	return []route{
		{
			op: "Pairing.Info", method: http.MethodGet, path: "/v1/remote-pairing/{token}",
			scope: scopePublic, status: http.StatusOK, handle: pairingInfo,
		},
		{
			op: "Pairing.Connect", method: http.MethodPost, path: "/v1/remote-pairing/{token}/connect",
			scope: scopePublic, status: http.StatusOK, handle: connectPairing,
		},
		{
			op: "Pairing.Status", method: http.MethodGet, path: "/v1/remote-pairing/{token}/status",
			scope: scopePublic, status: http.StatusOK, handle: pairingStatus,
		},
		{
			op: "MetaOnboarding.Complete", method: http.MethodPost, path: "/v1/meta-embedded/{token}/complete",
			scope: scopePublic, status: http.StatusOK, body: true, handle: completeOnboarding,
		},
	}
}

// pairing is a link by which a person connects a number. It is used up when the
// number is connected, and forgotten when Pairing.Status has said so.
type pairing struct {
	number  *number
	expires time.Time
	used    bool
}

// newPairing makes a link and returns its token.
func (s *state) newPairing(n *number) string {
	token := randomHex(16)
	s.pairings[token] = &pairing{number: n, expires: s.clock.now().Add(pairingLife)}
	return token
}

// usePairings ends the links of a number, because it is connected.
func (s *state) usePairings(n *number) {
	for _, p := range s.pairings {
		if p.number == n {
			p.used = true
		}
	}
}

// pairing returns the link of the path while it lives.
func (c *call) pairing() (*pairing, *failure) {
	p := c.state.pairings[c.params["token"]]
	if p == nil || !c.state.clock.now().Before(p.expires) {
		return nil, &failure{status: http.StatusNotFound, text: "Invalid or expired pairing link"}
	}
	return p, nil
}

// pairingAnswer is the answer of Pairing.Info for a link that works.
type pairingAnswer struct {
	Valid         bool        `json:"valid"`
	Name          string      `json:"name"`
	MaskedNumber  string      `json:"maskedNumber"`
	State         string      `json:"state"`
	PrimaryLink   linkAnswer  `json:"primaryLink"`
	SecondaryLink *linkAnswer `json:"secondaryLink"`
}

// documentedPairing is the other form of that answer.
type documentedPairing struct {
	Valid  bool   `json:"valid"`
	Name   string `json:"name"`
	Number string `json:"number"`
	State  string `json:"state"`
}

// deadPairingAnswer is the other form of the answer for one that does not.
type deadPairingAnswer struct {
	Valid  bool   `json:"valid"`
	Reason string `json:"reason"`
}

func pairingInfo(c *call) (any, *failure) {
	p, refused := c.pairing()
	if refused == nil && p.used {
		refused = &failure{status: http.StatusNotFound, text: "Invalid or expired pairing link"}
	}
	if refused != nil {
		if c.state.shapes.pairingInvalid {
			return deadPairingAnswer{Reason: "expired"}, nil
		}
		return nil, refused
	}
	n := p.number
	if c.state.workspace.otherForms {
		return documentedPairing{true, n.name, maskPhone(n.phone), n.state()}, nil
	}
	return pairingAnswer{
		Valid: true, Name: n.name, MaskedNumber: maskPhone(n.phone), State: n.state(),
		PrimaryLink: n.link(), SecondaryLink: n.second.linkOrNull(),
	}, nil
}

// pairingCodes is the answer of Pairing.Connect.
type pairingCodes struct {
	linkBundle

	SecondaryLink *linkBundle `json:"secondaryLink"`
}

// connectPairing shows a code for every device that is not connected yet.
func connectPairing(c *call) (any, *failure) {
	p, refused := c.pairing()
	if refused != nil {
		return nil, refused
	}
	n := p.number
	if refused := n.checkPairable(nil); refused != nil {
		return nil, refused
	}
	var out pairingCodes
	if !n.open {
		out.linkBundle = c.state.showCode(n, &n.device)
	}
	if n.second != nil && !n.second.open {
		second := c.state.showCode(n, n.second)
		out.SecondaryLink = &second
	}
	return out, nil
}

// documentedPairingStatus is the other form of the answer of Pairing.Status.
type documentedPairingStatus struct {
	State            string `json:"state"`
	IsFullyConnected bool   `json:"isFullyConnected"`
}

type pairingStatusAnswer struct {
	documentedPairingStatus

	PrimaryLink   linkAnswer  `json:"primaryLink"`
	SecondaryLink *linkAnswer `json:"secondaryLink"`
}

// pairingStatus is the last that is heard of a link once the number is connected.
func pairingStatus(c *call) (any, *failure) {
	p, refused := c.pairing()
	if refused != nil {
		return nil, refused
	}
	n := p.number
	if p.used || n.fullyConnected() {
		delete(c.state.pairings, c.params["token"])
	}
	out := pairingStatusAnswer{
		documentedPairingStatus{n.state(), n.fullyConnected()}, n.link(), n.second.linkOrNull(),
	}
	if c.state.workspace.otherForms {
		return out.documentedPairingStatus, nil
	}
	return out, nil
}

// maskPhone writes 551160007000 as +55 11 6****-7000.
func maskPhone(digits string) string {
	if len(digits) < 10 {
		return "****"
	}
	return "+" + digits[:2] + " " + digits[2:4] + " " + digits[4:5] + "****-" + digits[len(digits)-4:]
}
