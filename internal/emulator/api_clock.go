package emulator

import (
	"net/http"
	"time"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

func clockRoutes() []route {
	return []route{{
		id: "getClock", method: http.MethodGet, path: "/clock",
		summary: "The one clock of the tenant, which every timestamp uses.", answer: clockView{},
		handle: func(q *request) (any, error) { return q.clock(), nil },
	}, {
		id: "getTicks", method: http.MethodGet, path: "/ticks",
		summary: "Whether messages that are sent from now on wait for setMessageStatus.",
		answer:  ticksBody{},
		handle:  func(q *request) (any, error) { return ticksBody{q.tenant.Engine.Tenant().TicksAreManual()}, nil },
	}, {
		id: "setTicks", method: http.MethodPost, path: "/ticks",
		summary: "Whether messages that are sent from now on wait for setMessageStatus instead of moving by themselves.",
		body:    ticksBody{}, answer: ticksBody{},
		handle: setTicks,
	}, {
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
	Now     time.Time
	Skipped time.Duration // by advanceClock in all
	Next    string        // of the changes
}

func (q *request) clock() clockView {
	engine := q.tenant.Engine
	return clockView{engine.Now(), engine.Skipped(), q.tenant.Cursor(engine.Seq())}
}

func advance(q *request) (any, error) {
	var in advanceBody
	if err := q.read(&in); err != nil {
		return nil, err
	}
	if in.By <= 0 {
		return nil, invalid("by is %s and must be more than 0, such as 48h: the clock does not go back", in.By)
	}
	if in.By > pilotstatustest.MaxSkipped-q.tenant.Engine.Skipped() {
		return nil, invalid("by is %s; the clock may be ahead by %s in all", in.By, pilotstatustest.MaxSkipped)
	}
	q.tenant.Engine.Advance(in.By)
	return q.clock(), nil
}

// ticksBody is the body and the answer of setTicks.
type ticksBody struct {
	Manual bool
}

func setTicks(q *request) (any, error) {
	var in ticksBody
	if err := q.read(&in); err != nil {
		return nil, err
	}
	q.tenant.Engine.Tenant().ManualTicks(in.Manual)
	return in, nil
}
