package pilotstatus

import (
	"net/url"
	"strconv"
	"time"
)

// querier are the options of a call that go into the query of its URL.
type querier interface{ query() queryValues }

// queryValues are the parameters of a query. Its methods leave out what is not set.
type queryValues url.Values

func (q queryValues) query() queryValues { return q }

func (q queryValues) text(name, value string) {
	if value != "" {
		q[name] = []string{value}
	}
}

func (q queryValues) number(name string, value int) {
	if value != 0 {
		q[name] = []string{strconv.Itoa(value)}
	}
}

// flag writes 1 for true, as the API wants it.
func (q queryValues) flag(name string, value bool) {
	if value {
		q[name] = []string{"1"}
	}
}

// span bounds a time. Zero is unbounded.
func (q queryValues) span(start, end time.Time) {
	q.time("startDate", start)
	q.time("endDate", end)
}

// page chooses a page. 0 is the API's default.
func (q queryValues) page(page, size int) {
	q.number("page", page)
	q.number("pageSize", size)
}

func (q queryValues) time(name string, value time.Time) {
	if !value.IsZero() {
		q[name] = []string{formatTime(value)}
	}
}
