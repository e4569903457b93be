package main

import (
	"fmt"
	"net/http"
	"time"
)

// mostSkew is the largest difference of the clocks that needs no attention. A program makes
// DeliverAt and DeliverUntil of a send from its clock, and the API reads them by its own.
const mostSkew = 5 * time.Second

// mostDisagreement is how far two answers may contradict each other: clocks that are
// synchronized differ by milliseconds, and some servers write a date that is a moment old.
const mostDisagreement = time.Second

// clock compares the API's clock with the one of this machine. The header Date has whole
// seconds and was written between the request and the answer, so that each answer gives two
// bounds. All answers together give narrower ones.
type clock struct {
	least, most time.Duration // how far the API's clock is ahead
	answers     int           // that had a date
	undated     int           // answers without one, or with that of a cache
	torn        bool          // no difference fits all answers, by far
}

// observe takes the header of an answer that came between the two times.
func (c *clock) observe(start, end time.Time, header http.Header) {
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil || header.Get("Age") != "" { // a cache wrote the date earlier
		c.undated++
		return
	}
	least, most := date.Sub(end), date.Add(time.Second).Sub(start)
	if c.answers > 0 {
		least, most = max(least, c.least), min(most, c.most)
	}
	c.answers++
	if least > most {
		c.torn = c.torn || least-most > mostDisagreement
		return
	}
	c.least, c.most = least, most
}

// judge adds what the answers say about the clocks.
func (c *clock) judge(r *report) {
	const where = "clock"
	switch {
	case c.answers+c.undated == 0:
		return
	case c.answers == 0:
		r.add(note, where, "no answer has a Date, so that the clocks cannot be compared")
		return
	case c.torn:
		r.add(attention, where, "the dates of the answers contradict each other: a clock was set meanwhile, or the API's servers disagree")
	case c.least > mostSkew:
		r.add(attention, where, "this machine is behind the API by "+span(c.least, c.most)+": synchronize its clock")
	case c.most < -mostSkew:
		r.add(attention, where, "this machine is ahead of the API by "+span(-c.most, -c.least)+": synchronize its clock")
	}
	r.say("Clock", "the API's clock minus this one: from %s; no closer, because the dates of %d answers have whole seconds",
		span(c.least, c.most), c.answers)
}

func span(from, to time.Duration) string {
	return fmt.Sprintf("%s to %s", from.Round(time.Millisecond), to.Round(time.Millisecond))
}
