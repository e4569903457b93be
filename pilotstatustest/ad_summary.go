package pilotstatustest

import (
	"cmp"
	"slices"
)

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

func summarizeReferrals(c *call) (any, *failure) {
	span, refused := c.growthSpan()
	if refused != nil {
		return nil, refused
	}
	out := c.state.adSummary(c.number, span)
	out.PIINotice = c.number.privacy.notice()
	if out.Truncated {
		out.Notice = nullable("Only the 200 ads with the most conversations are listed. Narrow the dates to see the others.")
	}
	return out, nil
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
	span, refused := c.growthSpan()
	if refused != nil {
		return nil, refused
	}
	leads := make(map[string]int) // by ad
	for _, l := range c.state.growth.leads {
		if (n == nil || l.number == n) && span.has(l.SubmittedAt) {
			leads[l.AdID]++
		}
	}
	out := c.state.adSummary(n, span)
	for i := range out.Ads {
		count := leads[out.Ads[i].SourceID]
		out.Ads[i].LeadCount = &count
	}
	return out, nil
}

// adTally counts what one ad brought.
type adTally struct {
	first, last   *adMessage
	messages      int
	conversations map[adConversation]bool
}

type adConversation struct {
	number *number
	id     string
}

// adSummary counts per ad what came to a number, nil being all of them. A message
// that names no ad is not counted.
func (s *state) adSummary(n *number, span growthSpan) adSummary {
	tallies := make(map[string]*adTally)
	var order []*adTally
	for _, m := range s.growth.referrals {
		if m.SourceID == "" || n != nil && m.number != n || !span.has(m.At) {
			continue
		}
		t := tallies[m.SourceID]
		if t == nil {
			t = &adTally{first: m, last: m, conversations: make(map[adConversation]bool)}
			tallies[m.SourceID] = t
			order = append(order, t)
		}
		t.messages++
		t.conversations[adConversation{m.number, m.ConversationID}] = true
		if m.At.Before(t.first.At) {
			t.first = m
		}
		if !m.At.Before(t.last.At) {
			t.last = m
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

func (s *state) adSummaryRow(t *adTally) adSummaryRow {
	row := adSummaryRow{
		SourceID: t.last.SourceID, SourceType: nullable(t.last.SourceType),
		Conversations: len(t.conversations), Messages: t.messages,
		FirstAt: stampText(t.first.At), LastAt: stampText(t.last.At),
		adNamesAnswer: s.growth.namesOf(t.last.SourceID).answer(),
	}
	if !t.last.number.privacy.hides(t.last.At, s.clock.now()) {
		row.LastSourceURL, row.LastHeadline = nullable(t.last.SourceURL), nullable(t.last.Headline)
	}
	return row
}
