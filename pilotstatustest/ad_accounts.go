package pilotstatustest

import (
	"net/http"
	"strings"
	"time"
)

// adAccount is an ad account of Meta that was shared with the platform at least
// once.
type adAccount struct {
	id       string
	name     string
	shared   bool      // the platform has access now
	proven   bool      // its ads brought people to this workspace
	linkedAt time.Time // zero: not linked
}

func (g *growthState) account(id string) *adAccount {
	for _, a := range g.accounts {
		if a.id == id {
			return a
		}
	}
	return nil
}

// adAccountList is the answer of AdAccounts.List.
type adAccountList struct {
	Linked            []linkedAdAccount    `json:"linked"`
	Candidates        []adAccountCandidate `json:"candidates"`
	PartnerBusinessID *string              `json:"partnerBusinessId"`
	SharingLookup     string               `json:"sharingLookup"`
}

type linkedAdAccount struct {
	adAccountLink
	SharingActive *bool `json:"sharingActive"`
}

type adAccountLink struct {
	AdAccountID   string  `json:"adAccountId"`
	AdAccountName *string `json:"adAccountName"`
	LinkedAt      string  `json:"linkedAt"`
}

func (a *adAccount) link() adAccountLink {
	return adAccountLink{a.id, nullable(a.name), stampText(a.linkedAt)}
}

type adAccountCandidate struct {
	AdAccountID   string  `json:"adAccountId"`
	AdAccountName *string `json:"adAccountName"`
	AccountStatus *int    `json:"accountStatus"`
}

func listAdAccounts(c *call) (any, *failure) {
	g := &c.state.growth
	asked := g.lookupState() == lookupOK
	out := adAccountList{
		Linked: []linkedAdAccount{}, Candidates: []adAccountCandidate{},
		PartnerBusinessID: g.partnerBusinessID(), SharingLookup: g.lookupState(),
	}
	for _, a := range g.accounts {
		switch {
		case !a.linkedAt.IsZero():
			row := linkedAdAccount{adAccountLink: a.link()}
			if asked {
				row.SharingActive = &a.shared
			}
			out.Linked = append(out.Linked, row)
		case asked && a.shared && a.proven:
			active := 1
			out.Candidates = append(out.Candidates, adAccountCandidate{a.id, nullable(a.name), &active})
		}
	}
	return out, nil
}

// adAccountLinked is the answer of AdAccounts.Link.
type adAccountLinked struct {
	Link adAccountLink `json:"link"`
}

// linkAdAccount links a candidate. One that is linked already stays as it is.
func linkAdAccount(c *call) (any, *failure) {
	var in struct {
		AdAccountID string `json:"adAccountId"`
	}
	if err := decode(c.body, &in); err != nil {
		return nil, invalid("%v", err)
	}
	digits, ok := strings.CutPrefix(in.AdAccountID, "act_")
	if !ok || !isMetaID(digits) {
		return nil, invalid("adAccountId is %q", in.AdAccountID)
	}
	g := &c.state.growth
	switch g.lookupState() {
	case lookupNotConfigured:
		return nil, &failure{
			status: http.StatusServiceUnavailable, code: "ADS_NOT_CONFIGURED", text: "The ads integration is not configured",
		}
	case lookupUnavailable:
		return nil, &failure{status: http.StatusBadGateway, code: "ADS_LOOKUP_UNAVAILABLE", text: "Meta could not be asked"}
	}
	a := g.account(in.AdAccountID)
	switch {
	case a == nil || !a.shared:
		return nil, conflict("AD_ACCOUNT_NOT_SHARED", "The ad account is not shared with the platform")
	case !a.proven:
		return nil, conflict("AD_ACCOUNT_NOT_PROVEN", "Nothing shows that the ad account belongs to this workspace")
	}
	if a.linkedAt.IsZero() {
		a.linkedAt = c.state.clock.now()
	}
	return adAccountLinked{a.link()}, nil
}

// adAccountUnlinked is the answer of AdAccounts.Unlink.
type adAccountUnlinked struct {
	Unlinked    bool   `json:"unlinked"`
	AdAccountID string `json:"adAccountId"`
}

// unlinkAdAccount drops the link. What was resolved through it stays.
func unlinkAdAccount(c *call) (any, *failure) {
	a := c.state.growth.account(c.params["adAccountId"])
	if a == nil || a.linkedAt.IsZero() {
		return nil, &failure{status: http.StatusNotFound, code: "NOT_FOUND", text: "The ad account is not linked"}
	}
	a.linkedAt = time.Time{}
	return adAccountUnlinked{true, a.id}, nil
}

// isMetaID says whether a text can be an id of Meta.
func isMetaID(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}
