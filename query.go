package pilotstatus

import (
	"net/url"
	"strconv"
	"time"
)

// querier are the options of a call that go into the query of its URL.
type querier interface{ query() queryValues }

// queryValues are the parameters of a query. Its methods leave out what is not set, and
// keep the first problem of a value, which ends the call.
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

func (q *queryValues) number(name string, value int) {
	if value != 0 {
		q.set(name, strconv.Itoa(value))
	}
}

// flag writes 1 for true, as the API wants it.
func (q *queryValues) flag(name string, value bool) {
	if value {
		q.set(name, "1")
	}
}

// span bounds a time. Zero is unbounded. The options call the bounds StartDate and
// EndDate.
func (q *queryValues) span(start, end time.Time) {
	q.time("startDate", "StartDate", start)
	q.time("endDate", "EndDate", end)
}

// page chooses a page. 0 is the API's default.
func (q *queryValues) page(page, size int) {
	q.number("page", page)
	q.number("pageSize", size)
}

// time sets a parameter. field is its name in the options.
func (q *queryValues) time(name, field string, value time.Time) {
	if !value.IsZero() {
		q.check(checkTime(field, value))
		q.set(name, formatTime(value))
	}
}
