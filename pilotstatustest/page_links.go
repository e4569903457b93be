package pilotstatustest

import (
	"math"
	"net/http"
	"slices"
)

// leadPageList is the answer of LeadPages.List.
type leadPageList struct {
	Linked             []leadPageLinkRow   `json:"linked"`
	Candidates         []leadPageCandidate `json:"candidates"`
	Configured         bool                `json:"configured"`
	PartnerBusinessID  *string             `json:"partnerBusinessId"`
	CandidatesLookup   string              `json:"candidatesLookup"`
	EligibilityBlocker *string             `json:"eligibilityBlocker"`
}

type leadPageCandidate struct {
	PageID       string   `json:"pageId"`
	PageName     *string  `json:"pageName"`
	MissingTasks []string `json:"missingTasks"`
}

// leadPageLinkRow is a link in an answer.
type leadPageLinkRow struct {
	PageLinkID        string  `json:"pageLinkId"`
	PageID            string  `json:"pageId"`
	PageName          string  `json:"pageName"`
	WhatsappNumberID  string  `json:"whatsappNumberId"`
	SubscribedAt      *string `json:"subscribedAt"`
	SubscriptionError *string `json:"subscriptionError"`
	LinkedAt          string  `json:"linkedAt"`
	LeadsCount        int     `json:"leadsCount"`
}

func (g *growthState) linkRow(p *leadPage) leadPageLinkRow {
	row := leadPageLinkRow{
		PageLinkID: p.link.id, PageID: p.id, PageName: p.name, WhatsappNumberID: p.link.number.id,
		SubscribedAt: stamp(p.link.subscribedAt), SubscriptionError: nullable(p.link.problem), LinkedAt: stampText(p.link.linkedAt),
	}
	if row.PageName == "" {
		row.PageName = p.id
	}
	for _, l := range g.leads {
		if l.PageID == p.id {
			row.LeadsCount++
		}
	}
	return row
}

func listLeadPages(c *call) (any, *failure) {
	g := &c.state.growth
	out := leadPageList{
		Linked: []leadPageLinkRow{}, Candidates: []leadPageCandidate{},
		Configured: g.lookupState() != lookupNotConfigured, PartnerBusinessID: g.partnerBusinessID(),
		CandidatesLookup: g.lookupState(), EligibilityBlocker: nullable(c.state.pageBlocker()),
	}
	askable := g.lookupState() == lookupOK && out.EligibilityBlocker == nil
	for _, p := range g.pages {
		switch {
		case p.link == nil && askable:
			out.Candidates = append(out.Candidates, leadPageCandidate{p.id, nullable(p.name), p.missingTasks})
		case p.link != nil && !p.link.number.gone && (c.number == nil || c.number == p.link.number):
			out.Linked = append(out.Linked, g.linkRow(p))
		}
	}
	return out, nil
}

// pageBlocker says why the workspace cannot link Pages at all, "" if it can.
func (s *state) pageBlocker() string {
	if !s.growth.noOfficial && slices.ContainsFunc(s.numbers, (*number).official) {
		return ""
	}
	return "NO_OFFICIAL_NUMBER"
}

// leadPageLinked is the answer of LeadPages.Link.
type leadPageLinked struct {
	Link leadPageLinkRow `json:"link"`
}

func linkLeadPage(c *call) (any, *failure) {
	fields, refused := c.pageFields("pageId", "whatsappNumberId")
	if refused != nil {
		return nil, refused
	}
	var in struct {
		PageID           string  `json:"pageId"`
		WhatsappNumberID *string `json:"whatsappNumberId"`
	}
	if err := decode(c.body, &in); err != nil {
		return nil, invalid("%v", err)
	}
	if !isMetaID(in.PageID) || isExplicitNull(fields["whatsappNumberId"]) {
		return nil, invalid("pageId is %q, whatsappNumberId %s", in.PageID, fields["whatsappNumberId"])
	}
	n, refused := c.leadNumber(in.WhatsappNumberID)
	if refused != nil {
		return nil, refused
	}
	p, refused := c.state.linkablePage(in.PageID)
	if refused != nil {
		return nil, refused
	}
	now := c.state.clock.now()
	p.link = &leadPageLink{id: c.state.newID("pl"), number: n, linkedAt: now}
	p.subscribe(lookupOK, now)
	p.backfillAt = now.Add(backfillDelay)
	return leadPageLinked{c.state.growth.linkRow(p)}, nil
}

// leadNumber is the number that gets the leads. Only a credential that reaches
// several has to name it.
func (c *call) leadNumber(named *string) (*number, *failure) {
	switch {
	case named != nil:
		return c.namedNumber(*named)
	case c.number != nil:
		return c.number, nil
	case len(c.state.numbers) == 1:
		return c.state.numbers[0], nil
	}
	return nil, &failure{status: http.StatusBadRequest, code: "NUMBER_REQUIRED", text: "whatsappNumberId is required"}
}

// linkablePage finds a Page that can be linked. The reference knows no codes here.
func (s *state) linkablePage(id string) (*leadPage, *failure) {
	p := s.growth.page(id)
	refused := s.growth.askMeta()
	switch {
	case refused != nil:
		return nil, refused
	case s.pageBlocker() != "":
		return nil, conflict("", "The workspace has no official number")
	case p == nil:
		return nil, conflict("", "The Page is not shared with the platform")
	case p.link != nil:
		return nil, conflict("", "The Page is already linked")
	}
	return p, nil
}

// askMeta refuses what only Meta knows while Meta cannot be asked.
func (g *growthState) askMeta() *failure {
	switch g.lookupState() {
	case lookupNotConfigured:
		return &failure{status: http.StatusServiceUnavailable, text: "The integration is not configured"}
	case lookupUnavailable:
		return &failure{status: http.StatusBadGateway, text: "Meta could not be asked"}
	}
	return nil
}

// leadPageMoved is the answer of LeadPages.Move.
type leadPageMoved struct {
	Link             leadPageLinkRow `json:"link"`
	AutoSendDisabled bool            `json:"autoSendDisabled"`
}

// moveLeadPage gives the coming leads of a Page to another number. The leads that
// are there stay where they are.
func moveLeadPage(c *call) (any, *failure) {
	p, refused := c.linkedPage()
	if refused != nil {
		return nil, refused
	}
	if _, refused := c.pageFields("whatsappNumberId"); refused != nil {
		return nil, refused
	}
	var in struct {
		WhatsappNumberID string `json:"whatsappNumberId"`
	}
	if err := decode(c.body, &in); err != nil || in.WhatsappNumberID == "" {
		return nil, invalid("whatsappNumberId: %v", err)
	}
	n, refused := c.namedNumber(in.WhatsappNumberID)
	if refused != nil {
		return nil, refused
	}
	p.link.number = n
	out := leadPageMoved{Link: c.state.growth.linkRow(p)}
	for _, f := range p.forms {
		if f.config != nil && f.config.autoSend {
			f.config.autoSend, f.config.updatedAt = false, c.state.clock.now()
			out.AutoSendDisabled = true
		}
	}
	return out, nil
}

// leadPageUnlinked is the answer of LeadPages.Unlink.
type leadPageUnlinked struct {
	Unlinked     bool   `json:"unlinked"`
	PageLinkID   string `json:"pageLinkId"`
	DeletedLeads int    `json:"deletedLeads"`
}

// unlinkLeadPage deletes the leads of a Page, whichever number has them, and what
// was set for its forms.
func unlinkLeadPage(c *call) (any, *failure) {
	p, refused := c.linkedPage()
	if refused != nil {
		return nil, refused
	}
	g := &c.state.growth
	before := len(g.leads)
	g.leads = slices.DeleteFunc(g.leads, func(l *lead) bool { return l.PageID == p.id })
	out := leadPageUnlinked{true, p.link.id, before - len(g.leads)}
	p.unlink()
	return out, nil
}

// leadPageResynced is the answer of LeadPages.Resync. What became of the
// subscription stands in it only if it was tried again.
type leadPageResynced struct {
	Started    bool   `json:"started"`
	PageLinkID string `json:"pageLinkId"`
	*leadPageRetried
}

type leadPageRetried struct {
	SubscribedAt      *string `json:"subscribedAt"`
	SubscriptionError *string `json:"subscriptionError"`
}

func resyncLeadPage(c *call) (any, *failure) {
	p, refused := c.linkedPage()
	if refused != nil {
		return nil, refused
	}
	now := c.state.clock.now()
	if left := p.resyncFrom.Sub(now); left > 0 {
		return nil, &failure{
			status: http.StatusTooManyRequests, code: "RESYNC_COOLDOWN", text: "The Page was resynced a short time ago",
			more: map[string]any{"retryAfterSeconds": int(math.Ceil(left.Seconds()))},
		}
	}
	p.resyncFrom, p.backfillAt = now.Add(resyncCooldown), now.Add(backfillDelay)
	out := leadPageResynced{Started: true, PageLinkID: p.link.id}
	if p.link.subscribedAt.IsZero() {
		p.subscribe(c.state.growth.lookupState(), now)
		out.leadPageRetried = &leadPageRetried{stamp(p.link.subscribedAt), nullable(p.link.problem)}
	}
	return out, nil
}
