package emulator

import (
	"cmp"
	"context"
	"net/http"
	"time"
)

// Bounds of a wait.
const (
	maxWait     = 60 * time.Second
	defaultWait = 5 * time.Second
)

func waitRoutes() []route {
	return []route{{
		id: "waitForMessages", method: http.MethodGet, path: "/wait",
		summary: "Waits until messages came. 404 NOT_COME: not in time; 409 CAME: with none=true one did; 410: after is of another run.",
		query: append(choosing(),
			param{"count", "how many messages, 1 if missing", takes{kind: "integer"}},
			param{"wait", "for how long, such as 500ms or 10s, at most 60s, 5s if missing", takes{}},
			param{"none", "true: wait the whole time and fail if one comes", takes{kind: "boolean"}},
		),
		answer: waitView{},
		handle: waitForMessages,
	}}
}

// waitView is what a wait was for.
type waitView struct {
	Messages []messageView // as many as were asked for, the oldest first
	After    string        // what after was, or was taken for it
	Next     string        // for the parameter after of the next wait
}

// wait reads the parameters of a wait.
func (q *request) wait() (wait, error) {
	choice, err := q.choice()
	if q.text("after") == "" {
		choice.After = q.tenant.Engine.Seq()
	}
	w := wait{choice, q.number("count", 1, maxLimit, 1), q.duration("wait", maxWait, defaultWait), q.flag("none")}
	return w, cmp.Or(err, q.err)
}

func waitForMessages(q *request) (any, error) {
	w, err := q.wait()
	if err != nil {
		return nil, err
	}
	leave, err := q.emulator.waits.enter(q.w, "TOO_MANY_WAITS", "waits")
	if err != nil {
		return nil, err
	}
	defer leave()
	ctx, cancel := context.WithTimeout(q.Context(), w.long)
	defer cancel()
	defer context.AfterFunc(q.emulator.life, cancel)()
	found, seq, err := w.await(ctx, q.tenant.Engine)
	if q.emulator.life.Err() != nil {
		return nil, failf(http.StatusServiceUnavailable, "CLOSING", "the emulator ends")
	}
	if err != nil && ctx.Err() == nil {
		return nil, failf(http.StatusGone, "NO_SUCH_TENANT", "the tenant was deleted")
	}
	from := q.tenant.Cursor(w.choice.After)
	switch {
	case w.none && len(found) > 0:
		return nil, failf(http.StatusConflict, "CAME", "message %s came, and none should have; after was %s", found[0].ID, from)
	case w.none:
		return waitView{q.allShown(found), from, q.tenant.Cursor(seq)}, nil
	case len(found) < w.count:
		return nil, failf(http.StatusNotFound, "NOT_COME",
			"%d of %d messages came in %s; after was %s. %s", len(found), w.count, w.long, from, w.instead(q.tenant.Engine))
	}
	return waitView{q.allShown(found), from, q.tenant.Cursor(found[w.count-1].Seq)}, nil
}
