package pilotstatustest

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// How a lead reached the workspace.
const (
	leadPushed     = "WEBHOOK"
	leadBackfilled = "BACKFILL"
)

// backfillDepth is how far back a backfill asks Meta for leads.
const backfillDepth = 90 * 24 * time.Hour

// lead is a stored lead of a number.
type lead struct {
	Lead

	id             string
	leadgenID      string
	number         *number
	source         string
	autoSendStatus string
	autoSendReason string
}

// submission is a filled form as Meta keeps it, whether or not it is stored here.
type submission struct {
	Lead

	leadgenID string
}

// submit makes a submission out of what a person filled in.
func (s *state) submit(in Lead) *submission {
	in.SubmittedAt = wireTime(cmp.Or(in.SubmittedAt, s.clock.now()))
	in.Fields = slices.Clone(in.Fields)
	if isPhone(in.Phone) {
		in.Phone = strings.TrimPrefix(in.Phone, "+")
	}
	digits := strings.TrimPrefix(s.newID("leadgen"), "leadgen_")
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
	case !config.autoSend:
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
	for _, in := range p.submitted {
		known := slices.ContainsFunc(s.growth.leads, func(l *lead) bool { return l.leadgenID == in.leadgenID })
		if !known && !in.SubmittedAt.Before(since) {
			s.storeLead(p.link.number, in, leadBackfilled)
		}
	}
}
