package pilotstatus

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pagedRow is a row of the lists in these tests.
type pagedRow struct {
	ID string `json:"id"`
}

func (r *pagedRow) rowID() string { return r.ID }

// pagedList is a list in parts, of which every row is one letter, and what was asked
// of it. Behind the parts comes the last one again and again.
type pagedList struct {
	parts   []string
	err     error // at the part number failsAt, from 1
	failsAt int

	mu    sync.Mutex
	asked []int
}

// from returns the rows of the pages from start on.
func (l *pagedList) from(start int) iter.Seq2[pagedRow, error] {
	return allPages(context.Background(), ListUnreadOptions{Page: start}, l.page)
}

func (l *pagedList) page(_ context.Context, opts ListUnreadOptions) (*Page[pagedRow], error) {
	number := opts.Page
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked = append(l.asked, number)
	if number == l.failsAt {
		return nil, l.err
	}
	p := new(Page[pagedRow])
	for _, id := range l.parts[min(max(number-1, 0), len(l.parts)-1)] {
		p.Items = append(p.Items, pagedRow{string(id)})
	}
	return p, nil
}

// collectRows returns the ids of the rows and the error that came with the last one.
func collectRows(rows iter.Seq2[pagedRow, error]) (ids string, err error) {
	for row, e := range rows {
		ids += row.ID
		if e != nil {
			ids += "!"
		}
		err = e
	}
	return ids, err
}

func TestWhereAllPagesEnds(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		parts []string
		want  string
		pages int // that were asked for
	}{
		"an empty list":                 {[]string{""}, "", 1},
		"an empty page":                 {[]string{"abc", "de", ""}, "abcde", 3},
		"behind an empty page":          {[]string{"ab", "", "cd"}, "ab", 2},
		"a short page is not the end":   {[]string{"ab", "c", "de", "f", ""}, "abcdef", 5},
		"a page that comes again":       {[]string{"ab", "cd"}, "abcd", 3},
		"the same page always":          {[]string{"abc"}, "abc", 2},
		"single rows":                   {[]string{"a", "b", "a", ""}, "aba", 4},
		"a single row that comes again": {[]string{"a", "b"}, "ab", 3},
		"the same first row":            {[]string{"ab", "ac", ""}, "abac", 3},
		"the same last row":             {[]string{"ac", "bc", ""}, "acbc", 3},
		"rows that moved":               {[]string{"abc", "cde", ""}, "abccde", 3},
		"the same edges, once between":  {[]string{"ab", "cd", "ab", ""}, "abcdab", 4},
	} {
		list := &pagedList{parts: test.parts}
		got, err := collectRows(list.from(0))
		require.NoError(t, err, name)
		assert.Equal(t, test.want, got, name)
		assert.Len(t, list.asked, test.pages, name)
	}
}

func TestAllPagesStopsAtAnError(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for failsAt, want := range map[int]string{1: "!", 2: "ab!", 3: "abcd!"} {
		list := &pagedList{parts: []string{"ab", "cd", "ef", ""}, err: broken, failsAt: failsAt}
		got, err := collectRows(list.from(0))
		require.ErrorIs(t, err, broken)
		assert.Equal(t, want, got)
		assert.Len(t, list.asked, failsAt, "it goes on after the error")
	}
}

func TestAllPagesStopsAtBreak(t *testing.T) {
	t.Parallel()
	for rows, pages := range map[int]int{1: 1, 2: 1, 3: 2, 4: 2, 5: 3} {
		list := &pagedList{parts: []string{"ab", "cd", "ef", ""}}
		n := 0
		for _, err := range list.from(0) {
			require.NoError(t, err)
			if n++; n == rows {
				break
			}
		}
		assert.Equal(t, rows, n)
		assert.Len(t, list.asked, pages, "the page behind row %d is not asked for in advance", rows)
	}
	list := &pagedList{parts: []string{"ab"}, err: errors.New("broken"), failsAt: 1}
	for _, err := range list.from(0) {
		require.Error(t, err)
		break // an iterator that goes on after this panics
	}
}

func TestAllPagesStartsAtAPage(t *testing.T) {
	t.Parallel()
	for start, want := range map[int][]int{0: {1, 2, 3}, 1: {1, 2, 3}, 2: {2, 3}, 3: {3}, 9: {9}} {
		list := &pagedList{parts: []string{"ab", "cd", ""}}
		_, err := collectRows(list.from(start))
		require.NoError(t, err)
		assert.Equal(t, want, list.asked, "from %d", start)
	}
}

// Every range begins anew, whatever became of the one before.
func TestAllPagesCanBeRangedAgain(t *testing.T) {
	t.Parallel()
	list := &pagedList{parts: []string{"ab", "cd", ""}}
	rows := list.from(0)
	for range rows {
		break
	}
	for range 3 {
		got, err := collectRows(rows)
		require.NoError(t, err)
		assert.Equal(t, "abcd", got)
	}
	assert.Equal(t, []int{1, 1, 2, 3, 1, 2, 3, 1, 2, 3}, list.asked)
}

func TestAllPagesConcurrently(t *testing.T) {
	t.Parallel()
	list := &pagedList{parts: []string{"ab", "cd", ""}}
	rows := list.from(0)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			got, _ := collectRows(rows) // which shows an error in the ids
			assert.Equal(t, "abcd", got)
		})
	}
	wg.Wait()
	assert.Len(t, list.asked, 8*3)
}

// A list with a cursor is told where the part before ended.
func TestAllRowsHandsOnTheLastRow(t *testing.T) {
	t.Parallel()
	var cursors []string
	rows := allRows(func(n int, last *pagedRow) ([]pagedRow, error) {
		if last == nil {
			cursors = append(cursors, fmt.Sprint(n, " from the start"))
			return []pagedRow{{"a"}, {"b"}}, nil
		}
		cursors = append(cursors, fmt.Sprint(n, " after ", last.ID))
		if n == 2 {
			return nil, nil
		}
		return []pagedRow{{"c"}}, nil
	})
	for range 2 {
		cursors = nil
		got, err := collectRows(rows)
		require.NoError(t, err)
		assert.Equal(t, "abc", got)
		assert.Equal(t, []string{"0 from the start", "1 after b", "2 after c"}, cursors)
	}
}

const leadsPath = "/v1/leads"

// leadsAPI serves pages of leads, of which every one is one letter.
func leadsAPI(t *testing.T, pages ...string) *mockAPI {
	t.Helper()
	m := newMockAPI(t)
	m.RegisterResponder(http.MethodGet, testBase+leadsPath, func(req *http.Request) (*http.Response, error) {
		number, err := strconv.Atoi(req.URL.Query().Get("page"))
		if err != nil {
			number = 1
		}
		var rows []string
		if number <= len(pages) {
			for _, id := range pages[number-1] {
				rows = append(rows, `{"id":"`+string(id)+`"}`)
			}
		}
		return jsonResponder(http.StatusOK, `{"leads":[`+strings.Join(rows, ",")+`]}`)(req)
	})
	return m
}

// collectLeads returns the ids of the leads, with a ! for an error.
func collectLeads(leads iter.Seq2[Lead, error]) string {
	var ids string
	for lead, err := range leads {
		ids += lead.ID
		if err != nil {
			ids += "!"
		}
	}
	return ids
}

// The queries of all pages have the options as they were when the iterator was made.
func TestAllKeepsItsOptions(t *testing.T) {
	t.Parallel()
	m := leadsAPI(t, "ab", "cd")
	o := ListLeadsOptions{FormID: "f1", PageSize: 2, StartDate: time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC)}
	leads := m.number(t).Leads.All(t.Context(), o)
	o.FormID, o.Page, o.PageSize = "f2", 9, 50
	assert.Equal(t, "abcd", collectLeads(leads))
	assert.Equal(t, "abcd", collectLeads(leads))
	requests := m.Requests()
	require.Len(t, requests, 6)
	for i, request := range requests {
		u, err := url.Parse(request.URL)
		require.NoError(t, err)
		assert.Equal(t, url.Values{
			"formId": {"f1"}, "page": {strconv.Itoa(i%3 + 1)}, "pageSize": {"2"}, "startDate": {"2026-11-01T00:00:00.000Z"},
		}, u.Query())
	}
}

func TestAllConcurrently(t *testing.T) {
	t.Parallel()
	m := leadsAPI(t, "ab", "cd", "e")
	leads := m.tenant(t).Number("num_1").Leads.All(t.Context(), ListLeadsOptions{Page: 2})
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() { assert.Equal(t, "cde", collectLeads(leads)) })
	}
	wg.Wait()
}

func TestAllStopsWhereTheAPIFails(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.sequence(
		http.MethodGet, leadsPath,
		jsonResponder(http.StatusOK, `{"leads":[{"id":"a"}]}`),
		jsonResponder(http.StatusForbidden, `{"error":"no","code":"PERMISSION_DENIED"}`),
	)
	var ids string
	var failed error
	for lead, err := range m.number(t).Leads.All(t.Context(), ListLeadsOptions{}) {
		ids, failed = ids+lead.ID, err
	}
	assert.Equal(t, "a", ids)
	require.ErrorIs(t, failed, CodePermissionDenied)
	assert.Len(t, m.Requests(), 2)
}

// A page is a call like every other: it is repeated, and stops with its context.
func TestPagesAreCalls(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.sequence(
		http.MethodGet, leadsPath,
		jsonResponder(http.StatusOK, `{"leads":[{"id":"a"}]}`),
		jsonResponder(http.StatusServiceUnavailable, `{"error":"later"}`),
		jsonResponder(http.StatusOK, `{"leads":[{"id":"b"}]}`),
		jsonResponder(http.StatusOK, `{"leads":[]}`),
	)
	limiter := new(pageLimiter)
	assert.Equal(t, "ab", collectLeads(m.number(t, WithLimiter(limiter)).Leads.All(t.Context(), ListLeadsOptions{})))
	assert.EqualValues(t, 4, limiter.Load(), "the limiter is asked for every attempt of every page")

	m = leadsAPI(t, "ab", "cd")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var ids string
	var failed error
	for lead, err := range m.number(t).Leads.All(ctx, ListLeadsOptions{}) {
		cancel()
		ids, failed = ids+lead.ID, err
	}
	assert.Equal(t, "ab", ids)
	require.ErrorIs(t, failed, context.Canceled)
	assert.Len(t, m.Requests(), 1)
}

type pageLimiter struct{ atomic.Int64 }

func (l *pageLimiter) Wait(context.Context) error {
	l.Add(1)
	return nil
}

func TestPagesThatAreRefusedHere(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	leads := m.number(t).Leads
	for field, o := range map[string]ListLeadsOptions{"Page": {Page: -1}, "PageSize": {PageSize: -1}} {
		_, err := leads.List(t.Context(), o)
		requireValidation(t, err, field)
		n := 0
		for _, err := range leads.All(t.Context(), o) {
			requireValidation(t, err, field)
			n++
		}
		assert.Equal(t, 1, n)
	}
	for _, err := range (LeadsService{}).All(t.Context(), ListLeadsOptions{}) {
		requireValidation(t, err, "client")
	}
	assert.Empty(t, m.Requests())
}

func TestPageBareAndWrapped(t *testing.T) {
	t.Parallel()
	two := []pagedRow{{"a"}, {"b"}}
	for body, want := range map[string]Page[pagedRow]{
		`{"rows":[{"id":"a"},{"id":"b"}],"total":61,"page":2,"pageSize":2,"totalPages":31,"notice":"N"}`:            {two, 61, 2, 2, 31, "N"},
		`{"data":[{"id":"a"},{"id":"b"}],"total":2}`:                                                                {Items: two, Total: 2},
		"\n\t[{\"id\":\"a\"},{\"id\":\"b\"}]":                                                                       {Items: two},
		"\n{\"rows\":[{\"id\":\"a\"},{\"id\":\"b\"}]}":                                                              {Items: two},
		`{"rows":[{"id":"a"},{"id":"b"}],"total":null,"page":null,"pageSize":null,"totalPages":null,"notice":null}`: {Items: two},
		`{"total":7,"rows":[],"data":[{"id":"a"}]}`:                                                                 {Items: []pagedRow{}, Total: 7},
		`[]`:                                   {Items: []pagedRow{}},
		`{"rows":null}`:                        {},
		`{"total":9007199254740993,"rows":[]}`: {Items: []pagedRow{}, Total: 9007199254740993},
	} {
		m := newMockAPI(t)
		m.answer(http.MethodGet, leadsPath, http.StatusOK, body)
		page, err := invokePage[pagedRow](t.Context(), m.number(t).Client, opLeadsList, input{}, "rows")
		require.NoError(t, err, body)
		assert.Equal(t, want, *page, body)
	}
}

func TestPagesThatAreNone(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{}`, `{"other":[]}`, `{"leads":{}}`, `{"leads":"x"}`, `"x"`, `1`, `{"leads":[{}]}`, `{"leads":[null]}`, `{"leads":[{"id":""}]}`,
		`{"leads":[1]}`, `{"data":{"leads":[]}}`,
	} {
		m := newMockAPI(t)
		m.answer(http.MethodGet, leadsPath, http.StatusOK, body)
		page, err := m.number(t).Leads.List(t.Context(), ListLeadsOptions{})
		assert.True(t, isA[*DecodeError](err), "%s: %v", body, err)
		assert.Nil(t, page, body)
		assert.Len(t, m.Requests(), 1, body)
	}
}

// A page that broke off is asked for again, and nothing of the first answer is left.
func TestPageThatBrokeOff(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.sequence(
		http.MethodGet, leadsPath,
		jsonResponder(http.StatusOK, `{"leads":[{"id":"a"},{"id":"b"}],"total":2,"notice":"N"`),
		jsonResponder(http.StatusOK, `{"leads":[{"id":"c"}]}`),
	)
	page, err := m.number(t).Leads.List(t.Context(), ListLeadsOptions{})
	require.NoError(t, err)
	assert.Equal(t, Page[Lead]{Items: []Lead{{ID: "c"}}}, *page)
}

func TestQueryOf(t *testing.T) {
	t.Parallel()
	type options struct {
		Text   ErrorCode `query:"text"`
		Number int       `query:"number"`
		Flag   bool      `query:"flag"`
		Word   bool      `query:"word,yes"`
		Time   time.Time `query:"time"`
		Other  string
	}
	zone := time.FixedZone("", -3*60*60)
	query, err := queryOf(options{Time: time.Time{}.In(zone), Other: "x"})
	require.NoError(t, err)
	assert.Empty(t, query, "zero values are left out")

	full := options{
		Text: "+55 é&=?#", Number: 7, Flag: true, Word: true,
		Time: time.Date(2026, time.November, 3, 23, 5, 9, 120_999_999, zone),
	}
	query, err = queryOf(full)
	require.NoError(t, err)
	encoded := "flag=1&number=7&text=%2B55+%C3%A9%26%3D%3F%23&time=2026-11-04T02%3A05%3A09.120Z&word=yes"
	assert.Equal(t, encoded, query.Encode())
	_, err = queryOf(options{Number: -7})
	requireValidation(t, err, "Number")
	_, err = queryOf(options{Text: "a\x00"})
	requireValidation(t, err, "text")
	_, err = queryOf(options{Time: time.UnixMilli(1 << 60)})
	requireValidation(t, err, "Time")
}

// Every field of options is a parameter, or is documented not to be one.
func TestOptionsAreParameters(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, options := range []any{
		AdsSummaryOptions{}, GetDashboardOptions{}, ListCallsOptions{}, GetCallOptions{}, ListInboxOptions{}, ListUnreadOptions{},
		ListLeadsOptions{}, DeviceOptions{}, GetNumberOptions{}, ListReferralsOptions{}, ReferralsSummaryOptions{}, WebhookLogsOptions{},
	} {
		for field := range reflect.TypeOf(options).Fields() {
			assert.NotEmpty(t, field.Tag.Get("query"), "%T.%s", options, field.Name)
			names[field.Tag.Get("query")] = true
		}
	}
	assert.Greater(t, len(names), 12)
}

func TestPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		for _, d := range []time.Duration{time.Hour, 0, -time.Second} {
			require.NoError(t, pause(t.Context(), d))
		}
		assert.Equal(t, time.Hour, time.Since(start))

		start = time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		require.ErrorIs(t, pause(ctx, time.Hour), context.DeadlineExceeded)
		assert.Equal(t, time.Minute, time.Since(start))
		for range 100 { // both ends of the wait are there
			require.ErrorIs(t, pause(ctx, 0), context.DeadlineExceeded)
			require.ErrorIs(t, pause(ctx, -1), context.DeadlineExceeded)
		}
		assert.Equal(t, time.Minute, time.Since(start))

		ctx, stop := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, stop)
		require.ErrorIs(t, pause(ctx, time.Hour), context.Canceled)
		assert.Equal(t, time.Minute+time.Second, time.Since(start))
	})
}

// An answer of an iterator that is lost on the way says so, and is not the end of the
// list.
func TestAllDoesNotEndInSilence(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.RegisterResponder(http.MethodGet, testBase+leadsPath, httpmock.NewStringResponder(http.StatusOK, "<html></html>"))
	n := 0
	for _, err := range m.number(t).Leads.All(t.Context(), ListLeadsOptions{}) {
		assert.True(t, isA[*DecodeError](err), "%v", err)
		n++
	}
	assert.Equal(t, 1, n)
}
