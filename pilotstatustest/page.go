package pilotstatustest

import (
	"slices"
	"strconv"
	"time"
)

const (
	defaultPageSize = 30
	maxPageSize     = 100
)

// pageAnswer is a page of rows.
type pageAnswer struct {
	Conversations any `json:"conversations,omitempty"` // the rows, under one of these names
	Messages      any `json:"messages,omitempty"`
	Leads         any `json:"leads,omitempty"`
	Referrals     any `json:"referrals,omitempty"`

	Total      int     `json:"total"`
	Page       int     `json:"page"`
	PageSize   int     `json:"pageSize"`
	TotalPages int     `json:"totalPages"`
	Notice     *string `json:"notice,omitempty"`
}

// page returns the rows of the page that the query asks for, never nil, and the answer to
// put them into. A page size above the limit is reduced to it.
func page[T, R any](c *call, all []T, row func(T) R) ([]R, pageAnswer, *failure) {
	p := pageAnswer{Total: len(all), Page: 1, PageSize: defaultPageSize, Notice: c.number.privacy.notice()}
	if refused := c.queryNumber("page", &p.Page); refused != nil {
		return nil, p, refused
	}
	if refused := c.queryNumber("pageSize", &p.PageSize); refused != nil {
		return nil, p, refused
	}
	p.PageSize = min(p.PageSize, maxPageSize)
	p.TotalPages = pages(len(all), p.PageSize)
	start := len(all)
	if p.Page <= p.TotalPages {
		start = (p.Page - 1) * p.PageSize
	}
	return rowsOf(all[start:min(start+p.PageSize, len(all))], row), p, nil
}

// newest returns the elements of a list for which keep returns true, sorted by when, the
// newest first. keep is called with the last element first.
func newest[T any](list []T, keep func(T) bool, when func(T) time.Time) []T {
	var found []T
	for _, one := range slices.Backward(list) {
		if keep(one) {
			found = append(found, one)
		}
	}
	slices.SortStableFunc(found, func(a, b T) int { return when(b).Compare(when(a)) })
	return found
}

// pages is how many pages there are.
func pages(total, size int) int { return (total + size - 1) / size }

// queryNumber reads a parameter that counts from 1 into n, which stays as it is
// without it.
func (c *call) queryNumber(name string, n *int) *failure {
	if !c.query.Has(name) {
		return nil
	}
	value, err := strconv.Atoi(c.query.Get(name))
	if err != nil || value < 1 {
		return invalid("%s is %q", name, c.query.Get(name))
	}
	*n = value
	return nil
}

// span is the time between two moments that both belong to it. A zero one is open.
type span struct{ from, to time.Time }

// span is the time that startDate and endDate ask for.
func (c *call) span() (span, *failure) {
	var s span
	if refused := c.queryTime("startDate", &s.from); refused != nil {
		return s, refused
	}
	if refused := c.queryTime("endDate", &s.to); refused != nil {
		return s, refused
	}
	if !s.to.IsZero() && s.from.After(s.to) {
		return s, badRequest("INVALID_DATE_RANGE", "startDate is after endDate")
	}
	return s, nil
}

// holds looks at a moment as answers show it, which is without microseconds.
func (s span) holds(t time.Time) bool {
	t = t.Truncate(time.Millisecond)
	return !t.Before(s.from) && (s.to.IsZero() || !t.After(s.to))
}

// queryTime reads a parameter that is a time into t, which stays as it is without it.
func (c *call) queryTime(name string, t *time.Time) *failure {
	if !c.query.Has(name) {
		return nil
	}
	value, err := time.Parse(time.RFC3339, c.query.Get(name))
	if err != nil {
		return invalid("%s is %q", name, c.query.Get(name))
	}
	*t = value
	return nil
}

// noticeRelayOnly stands beside the lists of a number that keeps nothing.
const noticeRelayOnly = "PII_RELAY_ONLY"

// notice is what lists of the number say about the policy, nil normally.
func (p privacy) notice() *string {
	if p.mode == relayOnly {
		return nullable(noticeRelayOnly)
	}
	return nil
}
