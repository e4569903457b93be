package emulator

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// wait is what is waited for.
type wait struct {
	choice pilotstatustest.MessageQuery
	count  int
	long   time.Duration
	none   bool
}

// await waits until enough messages are there and returns so many, the oldest first. When
// ctx ends it returns those that are there by then, and the error. seq is the last change
// that it looked at.
func (w *wait) await(ctx context.Context, engine *pilotstatustest.Server) (first []pilotstatustest.ChatMessage, seq int64, err error) {
	choice := w.choice
	choice.Limit = maxLimit
	page, err := engine.WaitMessages(ctx, choice, w.count)
	seq = page.Seq
	all := page.Messages
	for page.More {
		choice.Before = all[len(all)-1].ID
		page = engine.FindMessages(choice)
		all = append(all, page.Messages...)
	}
	slices.Reverse(all)
	return all[:min(w.count, len(all))], seq, err
}

// instead says of a wait that failed which message is there in place of the one that did
// not come: one of another status, or from before.
func (w *wait) instead(engine *pilotstatustest.Server) string {
	m, ok := w.newest(engine, "")
	if !ok {
		return "No message that fits was there before either."
	}
	status, reached := w.choice.Status, w.choice.Reached
	isReached := w.isNewest(engine, cmp.Or(reached, status), m)
	var why []string
	if status != "" && m.Status != status || reached != "" && !isReached {
		why = append(why, fmt.Sprintf("is %s, not %s", m.Status, cmp.Or(status, reached)))
	}
	if m.Seq <= w.choice.After {
		why = append(why, "came before after: name the next from before it was sent")
	}
	if len(why) == 0 {
		return fmt.Sprintf("The newest that fits is %s.", m.ID)
	}
	text := fmt.Sprintf("The newest that fits otherwise is %s; it %s.", m.ID, strings.Join(why, ", and it "))
	if status != "" && m.Status != status && isReached {
		text += fmt.Sprintf(" reached=%s finds what was %s and has gone on.", status, status)
	}
	return text
}

// newest returns the newest message that fits whenever it came, of those that reached a
// status; "" is any.
func (w *wait) newest(engine *pilotstatustest.Server, reached string) (m pilotstatustest.ChatMessage, ok bool) {
	choice := w.choice
	choice.After, choice.Status, choice.Reached, choice.Limit = 0, "", reached, 1
	page := engine.FindMessages(choice)
	if page.Total == 0 {
		return m, false
	}
	return page.Messages[0], true
}

func (w *wait) isNewest(engine *pilotstatustest.Server, reached string, m pilotstatustest.ChatMessage) bool {
	found, ok := w.newest(engine, reached)
	return ok && found.ID == m.ID
}
