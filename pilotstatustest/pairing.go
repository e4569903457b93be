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
	}
}

// pairing is a link by which a person connects a number. It is forgotten when
// the number connects.
type pairing struct {
	number  *number
	expires time.Time
}

// newPairing makes a link and returns its token.
func (s *state) newPairing(n *number) string {
	token := randomHex(16)
	s.pairings[token] = &pairing{number: n, expires: s.clock.now().Add(pairingLife)}
	return token
}

// usePairings ends the links of a number, because it is connected.
func (s *state) usePairings(n *number) {
	for token, p := range s.pairings {
		if p.number == n {
			delete(s.pairings, token)
		}
	}
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

// deadPairingAnswer is the other form of the answer for one that does not.
type deadPairingAnswer struct {
	Valid  bool   `json:"valid"`
	Reason string `json:"reason"`
}

func pairingInfo(c *call) (any, *failure) {
	p := c.state.pairings[c.params["token"]]
	if p == nil || !c.state.clock.now().Before(p.expires) {
		if c.state.shapes.pairingInvalid {
			return deadPairingAnswer{Reason: "expired"}, nil
		}
		return nil, &failure{status: http.StatusNotFound, text: "Invalid or expired pairing link"}
	}
	n := p.number
	return pairingAnswer{
		Valid: true, Name: n.name, MaskedNumber: maskPhone(n.phone), State: n.state(), PrimaryLink: n.link(),
	}, nil
}

// maskPhone writes 551160007000 as +55 11 6****-7000.
func maskPhone(digits string) string {
	if len(digits) < 10 {
		return "****"
	}
	return "+" + digits[:2] + " " + digits[2:4] + " " + digits[4:5] + "****-" + digits[len(digits)-4:]
}
