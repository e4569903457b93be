package emulator

import (
	"net/http"
	"time"
)

func clockRoutes() []route {
	return []route{{
		id: "advanceClock", method: http.MethodPost, path: "/clock/advance",
		summary: "Moves the one clock of the tenant, and everything that is due in that time happens.",
		body:    advanceBody{}, answer: clockView{},
		handle: advance,
	}}
}

// advanceBody is the body of advanceClock.
type advanceBody struct {
	By time.Duration // such as 48h
}

// clockView is the clock of a tenant.
type clockView struct {
	Next string // of the changes
}

func advance(q *request) (any, error) {
	var in advanceBody
	if err := q.read(&in); err != nil {
		return nil, err
	}
	if in.By <= 0 {
		return nil, invalid("by is %s and must be more than 0: the clock does not go back", in.By)
	}
	q.tenant.Engine.Advance(in.By)
	return clockView{q.tenant.Cursor(q.tenant.Engine.Seq())}, nil
}
