package pilotstatustest

import (
	"slices"
	"time"
)

// Lead is what a person filled into an Instant Form. What is left out is null in
// the API unless its comment says otherwise.
type Lead struct {
	PageID         string // "": the first Page that is linked to the number
	FormID         string // "": the first form of the Page
	AdID           string
	Platform       string // fb or ig
	Organic        *bool
	SubmittedAt    time.Time // zero: now
	FullName       string
	Email          string
	Phone          string
	Fields         []LeadField
	Consent        *bool // nil: unknown
	ConversationID string
}

// LeadField is the answer to a question of the form.
type LeadField struct {
	Key    string
	Label  string // "": the key
	Values []string
}

// AddLead lets a lead arrive at the number and returns its id. Its Page need not
// be linked: the API then shows an id without a name.
func (n *Number) AddLead(in Lead) string {
	var id string
	n.change(func(s *state, n *number, _ time.Time) {
		for _, p := range s.growth.pages {
			if in.PageID == "" && p.link != nil && p.link.number == n {
				in.PageID = p.id
			}
		}
		if in.PageID == "" {
			in.PageID = "100200300400"
		}
		s.growth.completeForm(&in)
		id = s.storeLead(n, s.submit(in), leadPushed).id
	})
	return id
}

// SubmitLead lets a person fill in a form of a Page that was shared with
// SharePage. Where the Page is linked and Meta pushes its leads, the lead arrives
// at the number of the Page and its id is returned. Otherwise it waits for
// LeadPages.Link or LeadPages.Resync, which bring the leads of 90 days a moment
// later, and the id is "". An unknown Page fails the test under NewServer;
// otherwise nothing happens.
func (t *Tenant) SubmitLead(in Lead) string {
	var id string
	known := t.withPage(in.PageID, func(s *state, p *leadPage) {
		s.growth.completeForm(&in)
		submitted := s.submit(in)
		p.submitted = append(p.submitted, submitted)
		if p.link != nil && !p.link.subscribedAt.IsZero() && !p.link.number.gone {
			id = s.storeLead(p.link.number, submitted, leadPushed).id
		}
	})
	if !known {
		t.noPage(in.PageID)
	}
	return id
}

// completeForm gives a lead the first form of its Page.
func (g *growthState) completeForm(in *Lead) {
	if in.FormID != "" {
		return
	}
	in.FormID = "900800700"
	if p := g.page(in.PageID); p != nil && len(p.forms) > 0 {
		in.FormID = p.forms[0].ID
	}
}

// Referral is an inbound text message that an ad or a post brought. What is left
// out is null in the API unless its comment says otherwise.
type Referral struct {
	SourceID     string // of the ad or the post; without it the summaries do not count the message
	SourceType   string // ad or post
	SourceURL    string
	Headline     string
	Body         string
	MediaType    string
	ImageURL     string
	VideoURL     string
	ThumbnailURL string
	ClickID      string // ctwaClid

	From           string // phone of the sender
	Name           string
	UserID         string
	Text           string
	ConversationID string    // "": the conversation of the sender
	At             time.Time // when it happened; zero: now
}

// AddReferral lets a message arrive at the number that an ad or a post brought,
// and returns its id. It is [Number.Receive] with less to fill in.
func (n *Number) AddReferral(in Referral) string {
	var id string
	n.change(func(s *state, n *number, now time.Time) { id = s.addReferral(n, &in, now) })
	return id
}

// BareReferrals switches Referrals.List to rows that are the referral alone,
// without the message around it.
func (t *Tenant) BareReferrals(on bool) {
	t.change(func(s *state, _ time.Time) { s.growth.bareReferrals = on })
}

// AdNames are the names around an ad.
type AdNames struct {
	Ad         string
	AdsetID    string
	Adset      string
	CampaignID string
	Campaign   string
}

// ResolveAdNames says what Meta answered when it was asked for the names of an
// ad: leads and referrals of the ad have them from now on. The zero AdNames is
// for an ad of which Meta told nothing.
func (t *Tenant) ResolveAdNames(adID string, names AdNames) {
	t.change(func(s *state, _ time.Time) {
		if s.growth.adNames == nil {
			s.growth.adNames = make(map[string]adNames)
		}
		s.growth.adNames[adID] = adNames{AdNames: names, resolvedAt: s.clock.now()}
	})
}

// ShareAdAccount gives the platform access to an ad account, such as act_5550001.
// Where it is proven that its ads brought people to this workspace, it can be
// linked.
func (t *Tenant) ShareAdAccount(id, name string, proven bool) {
	t.change(func(s *state, _ time.Time) {
		a := s.growth.account(id)
		if a == nil {
			a = &adAccount{id: id}
			s.growth.accounts = append(s.growth.accounts, a)
		}
		a.name, a.shared, a.proven = name, true, proven
	})
}

// UnshareAdAccount takes the access back. A link of the account stays, and
// AdAccounts.List says that sharing is not active.
func (t *Tenant) UnshareAdAccount(id string) {
	t.change(func(s *state, _ time.Time) {
		if a := s.growth.account(id); a != nil {
			a.shared = false
		}
	})
}

// MetaLookup sets what asking Meta about ad accounts and Pages gives: ok,
// unavailable or not_configured. Another word fails the test under NewServer;
// otherwise nothing happens.
func (t *Tenant) MetaLookup(outcome string) {
	if !slices.Contains([]string{lookupOK, lookupUnavailable, lookupNotConfigured}, outcome) {
		if t.server.tb != nil {
			t.server.tb.Helper()
		}
		t.server.failf("no lookup outcome %q", outcome)
		return
	}
	t.change(func(s *state, _ time.Time) { s.growth.lookup = outcome })
}
