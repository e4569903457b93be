package pilotstatustest

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"
)

func leadRoutes() []route {
	return needing("chat:read",
		on("Leads.List", "GET /v1/leads", scopeNumberView, with((*call).span, listLeads)),
		on("Leads.Get", "GET /v1/leads/{id}", scopeNumberView, getLead),
	)
}

// leadRow is a lead in an answer.
type leadRow struct {
	ID string `json:"id"`
	leadHead

	AdName       *string `json:"adName"`
	AdsetName    *string `json:"adsetName"`
	CampaignName *string `json:"campaignName"`
	leadTail

	AutoSendStatus string  `json:"autoSendStatus"`
	AutoSendReason *string `json:"autoSendReason"`
	Source         string  `json:"source"`
	Redacted       bool    `json:"redacted"`
}

// leadAnswer is the answer of Leads.Get.
type leadAnswer struct {
	Lead   leadRow `json:"lead"`
	Notice *string `json:"notice,omitempty"`
}

func listLeads(c *call, dates span) (any, *failure) {
	found := newest(c.state.growth.leads, func(l *lead) bool {
		return l.number == c.number && dates.holds(l.SubmittedAt) && c.asksFor(l)
	}, func(l *lead) time.Time { return l.SubmittedAt })
	rows, out, refused := page(c, found, c.state.leadRow)
	out.Leads = rows
	return out, refused
}

// asksFor says whether the ids in the query are those of the lead.
func (c *call) asksFor(l *lead) bool {
	for name, id := range map[string]string{"formId": l.FormID, "adId": l.AdID, "pageId": l.PageID} {
		if c.query.Has(name) && c.query.Get(name) != id {
			return false
		}
	}
	return true
}

func getLead(c *call) (any, *failure) {
	id := c.params["id"]
	l := bySerial(c.state.growth.leads, serialOf(id), func(l *lead) int { return serialOf(l.id) })
	if l == nil || l.id != id || l.number != c.number {
		return nil, refuse(http.StatusNotFound, "LEAD_NOT_FOUND", "Lead not found")
	}
	return leadAnswer{Lead: c.state.leadRow(l), Notice: c.number.privacy.notice()}, nil
}

// leadRow writes a lead, without what the policy of its number hides.
func (s *state) leadRow(l *lead) leadRow {
	names := s.growth.namesOf(l.AdID)
	row := leadRow{
		ID: l.id, leadHead: s.leadHead(l), leadTail: l.tail(),
		AdName: nullable(names.Ad), AdsetName: nullable(names.Adset), CampaignName: nullable(names.Campaign),
		AutoSendStatus: l.autoSendStatus, AutoSendReason: nullable(l.autoSendReason), Source: l.source,
		Redacted: l.number.privacy.hides(l.SubmittedAt, s.clock.now()),
	}
	if row.Redacted {
		row.FullName, row.Email, row.Phone, row.Fields = nil, nil, nil, []leadField{}
	}
	for i := range row.Fields {
		row.Fields[i].Label = cmp.Or(row.Fields[i].Label, &row.Fields[i].Key)
	}
	return row
}

// How a lead reached the workspace.
const (
	leadPushed     = "WEBHOOK"
	leadBackfilled = "BACKFILL"
)

// backfillDepth is how far back a backfill asks Meta for leads.
const backfillDepth = 90 * 24 * time.Hour

// submit makes a submission out of what a person filled in.
func (s *state) submit(in Lead) *submission {
	in.SubmittedAt = wireTime(cmp.Or(in.SubmittedAt, s.clock.now()))
	in.Fields = slices.Clone(in.Fields)
	if isPhone(in.Phone) {
		in.Phone = strings.TrimPrefix(in.Phone, "+")
	}
	digits := onlyDigits(s.newID("leadgen"))
	return &submission{Lead: in, leadgenID: "770011223" + digits}
}

// storeLead gives a submission to a number. Every lead comes through here, also
// those of a backfill.
func (s *state) storeLead(n *number, in *submission, source string) *lead {
	l := &lead{Lead: in.Lead, id: s.newID("ld"), leadgenID: in.leadgenID, number: n, source: source}
	l.autoSendStatus, l.autoSendReason = "SKIPPED", ""
	config := s.growth.formConfig(l.PageID, l.FormID)
	switch {
	case config == nil: // nobody asked for an automatic message
	case !config.AutoSendEnabled:
		l.autoSendReason = "AUTO_SEND_DISABLED"
	case l.Phone == "":
		l.autoSendReason = "NO_PHONE"
	default:
		l.autoSendStatus = "SENT"
	}
	s.growth.leads = append(s.growth.leads, l)
	s.tellLead(l)
	return l
}

// backfill stores what Meta knows of a linked Page and the workspace does not.
func (s *state) backfill(p *leadPage) {
	since := p.backfillAt.Add(-backfillDepth)
	p.backfillAt = time.Time{}
	known := make(map[string]bool)
	for _, l := range s.growth.leads {
		known[l.leadgenID] = true
	}
	for _, in := range p.submitted {
		if !known[in.leadgenID] && !in.SubmittedAt.Before(since) {
			s.storeLead(p.link.number, in, leadBackfilled)
		}
	}
}

// wireTime is a time as precise as answers write it, so that the time of a row
// finds the row.
func wireTime(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

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
