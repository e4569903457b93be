package pilotstatustest

import (
	"cmp"
	"errors"
	"net/http"
)

func pairingRoutes() []route {
	complete := with2((*call).signup, body[onboardingRequest], completeOnboarding)
	return []route{
		on("Pairing.Info", "GET /v1/remote-pairing/{token}", scopePublic, pairingInfo),
		on("Pairing.Connect", "POST /v1/remote-pairing/{token}/connect", scopePublic, with((*call).pairing, connectPairing)),
		on("Pairing.Status", "GET /v1/remote-pairing/{token}/status", scopePublic, with((*call).pairing, pairingStatus)),
		on("MetaOnboarding.Complete", "POST /v1/meta-embedded/{token}/complete", scopePublic, complete).takesBody(),
	}
}

// pairing returns the link of the path while it lives.
func (c *call) pairing() (*pairing, *failure) {
	p := c.state.pairings[c.params["token"]]
	if p == nil || !c.state.clock.now().Before(p.expires) {
		return nil, refuse(http.StatusNotFound, "", "Invalid or expired pairing link")
	}
	return p, nil
}

// pairingAnswer is the answer of Pairing.Info for a link that works.
type pairingAnswer struct {
	Valid        bool   `json:"valid"`
	Name         string `json:"name"`
	MaskedNumber string `json:"maskedNumber"`
	State        string `json:"state"`
	linksAnswer
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
		refused = refuse(http.StatusNotFound, "", "Invalid or expired pairing link")
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
		linksAnswer: n.links(),
	}, nil
}

// pairingCodes is the answer of Pairing.Connect.
type pairingCodes struct {
	linkBundle

	SecondaryLink *linkBundle `json:"secondaryLink"`
}

// connectPairing shows a code for every device that is not connected yet.
func connectPairing(c *call, p *pairing) (any, *failure) {
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

type pairingStatusAnswer struct {
	documentedStatus

	linksAnswer
}

// pairingStatus is the last that is heard of a link once the number is connected.
func pairingStatus(c *call, p *pairing) (any, *failure) {
	n := p.number
	if p.used || n.fullyConnected() {
		delete(c.state.pairings, c.params["token"])
	}
	out := pairingStatusAnswer{
		documentedStatus{n.state(), n.fullyConnected()}, n.links(),
	}
	if c.state.workspace.otherForms {
		return out.documentedStatus, nil
	}
	return out, nil
}

// onboardingRequest is the body of MetaOnboarding.Complete.
type onboardingRequest struct {
	PhoneNumberID string `json:"phoneNumberId"`
	WabaID        string `json:"wabaId"`
	Code          string `json:"code"`
}

func (in *onboardingRequest) check() error {
	if blank(in.PhoneNumberID) || blank(in.WabaID) || blank(in.Code) {
		return errors.New("phoneNumberId, wabaId or code is missing")
	}
	return nil
}

// signup returns the link of the path while it lives.
func (c *call) signup() (*signup, *failure) {
	link := c.state.workspace.signups[c.params["token"]]
	if link == nil || !c.state.clock.now().Before(link.expires) {
		return nil, refuse(http.StatusUnauthorized, "INVALID_SESSION", "The session is invalid or expired")
	}
	return link, nil
}

// completeOnboarding does not look into the bin: that the phone is at Meta's is
// proven, so a number in the bin with the same phone cannot come back.
func completeOnboarding(c *call, link *signup, _ *onboardingRequest) (any, *failure) {
	s := c.state
	if hasPhone(s.numbers, link.phone) {
		return nil, conflict("", "Number already exists")
	}
	if refused := s.roomForNumber(); refused != nil {
		return nil, refused
	}
	delete(s.workspace.signups, c.params["token"])
	n := s.newMetaNumber(link.name, cmp.Or(link.phone, s.inventPhone()))
	if s.workspace.otherForms {
		return map[string]any{"instance": s.engine(n)}, nil
	}
	return map[string]any{"numberId": n.id}, nil
}
