package pilotstatustest

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"
)

func adRoutes() []route {
	return append(
		needing("integrations:manage",
			on("AdAccounts.List", "GET /v1/ads/accounts", scopeTenant, listAdAccounts),
			onBody("AdAccounts.Link", "POST /v1/ads/accounts", scopeTenant, linkAdAccount).creates(),
			on("AdAccounts.Unlink", "DELETE /v1/ads/accounts/{adAccountId}", scopeTenant, unlinkAdAccount),
		),
		needing("analytics:read", on("Ads.Summary", "GET /v1/ads/summary", scopeBothView, summarizeAds))...,
	)
}

func (g *growthState) account(id string) *adAccount {
	return first(g.accounts, func(a *adAccount) bool { return a.id == id })
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
	asked := g.lookup == lookupOK
	out := adAccountList{
		Linked: []linkedAdAccount{}, Candidates: []adAccountCandidate{},
		PartnerBusinessID: g.partnerBusinessID(), SharingLookup: g.lookup,
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

// adAccountRequest is the body of AdAccounts.Link.
type adAccountRequest struct {
	AdAccountID string `json:"adAccountId"`
}

// linkAdAccount links a candidate. One that is linked already stays as it is.
func linkAdAccount(c *call, in *adAccountRequest) (any, *failure) {
	digits, ok := strings.CutPrefix(in.AdAccountID, "act_")
	if !ok || !isMetaID(digits) {
		return nil, invalid("adAccountId is %q", in.AdAccountID)
	}
	g := &c.state.growth
	switch g.lookup {
	case lookupNotConfigured:
		return nil, refuse(http.StatusServiceUnavailable, "ADS_NOT_CONFIGURED", "The ads integration is not configured")
	case lookupUnavailable:
		return nil, refuse(http.StatusBadGateway, "ADS_LOOKUP_UNAVAILABLE", "Meta could not be asked")
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
	return map[string]any{"link": a.link()}, nil
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
		return nil, refuse(http.StatusNotFound, "NOT_FOUND", "The ad account is not linked")
	}
	a.linkedAt = time.Time{}
	return adAccountUnlinked{true, a.id}, nil
}

// maxAds is how many ads a summary has at most.
const maxAds = 200

// adSummaryRow is an ad in a summary.
type adSummaryRow struct {
	SourceID      string  `json:"sourceId"`
	SourceType    *string `json:"sourceType"`
	Conversations int     `json:"conversations"`
	Messages      int     `json:"messages"`
	FirstAt       string  `json:"firstAt"`
	LastAt        string  `json:"lastAt"`
	LastSourceURL *string `json:"lastSourceUrl"`
	LastHeadline  *string `json:"lastHeadline"`
	adNamesAnswer
	LeadCount *int `json:"leadCount,omitempty"` // of Ads.Summary
}

// adSummary is the answer of both summaries.
type adSummary struct {
	Ads       []adSummaryRow `json:"ads"`
	Total     int            `json:"total"`
	Limit     int            `json:"limit"`
	Truncated bool           `json:"truncated"`
	Notice    *string        `json:"notice,omitempty"`    // of Referrals.Summary
	PIINotice *string        `json:"piiNotice,omitempty"` // of Referrals.Summary
}

// summarizeAds sums over the workspace unless the credential or the query names a
// number.
func summarizeAds(c *call) (any, *failure) {
	n := c.number
	if c.query.Has("whatsappNumberId") {
		var refused *failure
		if n, refused = c.namedNumber(c.query.Get("whatsappNumberId")); refused != nil {
			return nil, refused
		}
	}
	dates, refused := c.span()
	if refused != nil {
		return nil, refused
	}
	leads := make(map[string]int) // by ad
	for _, l := range c.state.growth.leads {
		if (n == nil || l.number == n) && dates.holds(l.SubmittedAt) {
			leads[l.AdID]++
		}
	}
	out := c.state.adSummary(n, dates)
	for i := range out.Ads {
		count := leads[out.Ads[i].SourceID]
		out.Ads[i].LeadCount = &count
	}
	return out, nil
}

// adTally counts what one ad brought.
type adTally struct {
	first, last   *chatRow
	lastTo        *number // that last came to
	messages      int
	conversations map[*conversation]bool
}

// adSummary counts per ad what came to a number, nil being all of them. A message
// that names no ad is not counted.
func (s *state) adSummary(n *number, dates span) adSummary {
	numbers := s.numbers
	if n != nil {
		numbers = []*number{n}
	}
	tallies := make(map[string]*adTally)
	var order []*adTally
	for _, n := range numbers {
		for _, r := range slices.Backward(s.inboundReferrals(n)) {
			id := r.referral.SourceID
			if id == "" || !dates.holds(r.at) {
				continue
			}
			t := tallies[id]
			if t == nil {
				t = &adTally{conversations: make(map[*conversation]bool)}
				tallies[id] = t
				order = append(order, t)
			}
			t.add(r, n)
		}
	}
	slices.SortStableFunc(order, func(a, b *adTally) int {
		return cmp.Compare(len(b.conversations), len(a.conversations))
	})
	out := adSummary{Ads: []adSummaryRow{}, Total: len(order), Limit: maxAds, Truncated: len(order) > maxAds}
	for _, t := range order[:min(len(order), maxAds)] {
		out.Ads = append(out.Ads, s.adSummaryRow(t))
	}
	return out
}

func (t *adTally) add(r *chatRow, n *number) {
	t.messages++
	t.conversations[r.conversation] = true
	if t.first == nil || r.at.Before(t.first.at) {
		t.first = r
	}
	if t.last == nil || !r.at.Before(t.last.at) {
		t.last, t.lastTo = r, n
	}
}

func (s *state) adSummaryRow(t *adTally) adSummaryRow {
	last := t.last.referral
	row := adSummaryRow{
		SourceID: last.SourceID, SourceType: nullable(last.SourceType),
		Conversations: len(t.conversations), Messages: t.messages,
		FirstAt: stampText(t.first.at), LastAt: stampText(t.last.at), adNamesAnswer: last.names(),
	}
	if !t.lastTo.privacy.hides(t.last.at, s.clock.now()) {
		row.LastSourceURL, row.LastHeadline = nullable(last.SourceURL), nullable(last.Headline)
	}
	return row
}
