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
	dates, refused := c.span()
	if refused != nil {
		return nil, refused
	}
	out := c.state.adSummary(c.number, dates)
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
