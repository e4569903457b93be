package pilotstatus

import (
	"net/url"
	"strconv"
	"time"
)

// queryValues are the parameters of a query. Its methods leave out zero values, and keep
// the first invalid one, which ends the call.
type queryValues struct {
	values  url.Values
	problem error
}

func (q queryValues) query() queryValues { return q }

func (q *queryValues) set(name, value string) {
	if q.values == nil {
		q.values = url.Values{}
	}
	q.values[name] = []string{value}
}

// check keeps the problem, unless there is one already.
func (q *queryValues) check(problem error) {
	if q.problem == nil {
		q.problem = problem
	}
}

func (q *queryValues) text(name, value string) {
	if value != "" {
		q.check(checkText(name, value))
		q.set(name, value)
	}
}

// number sets a count. 0 leaves it to the API. field is its name in the options.
func (q *queryValues) number(name, field string, value int) {
	if value < 0 {
		q.check(invalid(field, "it is negative; 0 stands for the API's default"))
	}
	if value != 0 {
		q.set(name, strconv.Itoa(value))
	}
}

// flag writes 1 for true, as the API expects.
func (q *queryValues) flag(name string, value bool) {
	if value {
		q.set(name, "1")
	}
}

// spanQuery limits a period. A zero time means no limit. The options call the limits
// StartDate and EndDate.
func spanQuery(start, end time.Time) (q queryValues) {
	q.time("startDate", "StartDate", start)
	q.time("endDate", "EndDate", end)
	return q
}

// time sets a parameter. field is its name in the options.
func (q *queryValues) time(name, field string, value time.Time) {
	if !value.IsZero() {
		q.check(checkTime(field, value))
		q.set(name, formatTime(value))
	}
}

// pageFields are the fields that options of lists have in common. start and end are zero if
// the options have no period.
type pageFields struct {
	page       *int
	size       int
	start, end time.Time
}

// query returns the parameters of the fields. 0 means the API's default.
func (f pageFields) query() queryValues {
	q := spanQuery(f.start, f.end)
	q.number("page", "Page", *f.page)
	q.number("pageSize", "PageSize", f.size)
	return q
}
