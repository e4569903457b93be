package emulator

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// Bounds of a wait.
const (
	maxWait     = 60 * time.Second
	defaultWait = 5 * time.Second
)

func waitRoutes() []route {
	return []route{{
		id: "waitForMessages", method: http.MethodGet, path: "/wait",
		summary: "Waits until messages came. 404 NOT_COME: they did not in time; 409 CAME: with none=true one did; 410: after is of another run.",
		query: append(choosing(),
			param{"count", "how many messages, 1 if missing"},
			param{"wait", "for how long, such as 500ms or 10s, at most 60s, 5s if missing"},
			param{"none", "true: wait the whole time and fail if one comes"},
		),
		answer: waitView{},
		handle: waitForMessages,
	}}
}

// waitView is what a wait was for.
type waitView struct {
	Messages []pilotstatustest.ChatMessage // as many as were asked for, the oldest first
	After    string                        // what after was, or was taken for it
	Next     string                        // for the parameter after of the next wait
}

func waitForMessages(q *request) (any, error) {
	choice, err := q.choice()
	if err != nil {
		return nil, err
	}
	if q.text("after") == "" {
		choice.After = q.tenant.Engine.Seq()
	}
	count, wait, none := q.number("count", 1, maxLimit, 1), q.duration("wait", maxWait, defaultWait), q.flag("none")
	if q.err != nil {
		return nil, q.err
	}
	ctx, cancel := context.WithTimeout(q.Context(), wait)
	defer cancel()
	defer context.AfterFunc(q.emulator.life, cancel)()
	found, seq, err := await(ctx, q.tenant.Engine, choice, count)
	if err != nil && ctx.Err() == nil {
		return nil, failf(http.StatusGone, "NO_SUCH_TENANT", "the tenant was deleted")
	}
	return q.waited(choice.After, found, seq, count, wait, none)
}

// waited makes the answer of a wait.
func (q *request) waited(after int64, found []pilotstatustest.ChatMessage, seq int64, count int, wait time.Duration, none bool) (any, error) {
	from := q.tenant.Cursor(after)
	switch {
	case q.emulator.life.Err() != nil:
		return nil, failf(http.StatusServiceUnavailable, "CLOSING", "the emulator ends")
	case none && len(found) > 0:
		return nil, failf(http.StatusConflict, "CAME", "message %s came, and none should have; after was %s", found[0].ID, from)
	case none:
		return waitView{found, from, q.tenant.Cursor(seq)}, nil
	case len(found) < count:
		return nil, failf(http.StatusNotFound, "NOT_COME",
			"%d of %d messages came in %s; after was %s: name what was there before as after", len(found), count, wait, from)
	}
	return waitView{found, from, q.tenant.Cursor(found[count-1].Seq)}, nil
}

// await waits until count messages are there and returns them, the oldest first. When ctx
// ends it returns those that are there by then, and the error. seq is the last change that
// it looked at.
func await(ctx context.Context, engine *pilotstatustest.Server, choice pilotstatustest.MessageQuery, count int) (first []pilotstatustest.ChatMessage, seq int64, err error) {
	choice.Limit = maxLimit
	page, err := engine.WaitMessages(ctx, choice, count)
	seq = page.Seq
	all := page.Messages
	for page.More {
		choice.Before = all[len(all)-1].ID
		page = engine.FindMessages(choice)
		all = append(all, page.Messages...)
	}
	slices.Reverse(all)
	return all[:min(count, len(all))], seq, err
}
