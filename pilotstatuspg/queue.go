package pilotstatuspg

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"
)

// claim is a message that is taken.
type claim struct {
	row

	key              string // of the request
	body             []byte
	fallback         []byte // until it begins, nil for none
	fallbackTemplate string // "" for none
	attempts         int
	createdAt        time.Time
	begun            bool // its first_at is in the table: its request may start
	wasTried         bool // before this lease
	wasHeld          bool // it tries whether its template is accepted again
}

// startable returns the message whose request is next, nil if there is none that may
// start beside those that run. What is too late by now ends.
func (w *worker) startable() *claim {
	now := w.clock.now()
	for i := 0; i < len(w.queue); i++ {
		c := w.queue[i]
		switch {
		case c.ends(now, w.clock.lease):
			w.queue = slices.Delete(w.queue, i, i+1)
			w.add(c.end(now))
			i--
		case w.running < w.parallel() && !w.busy[c.chain]:
			return c
		}
	}
	return nil
}

// parallel is how many requests may run at once.
func (w *worker) parallel() int {
	if w.probing || w.outage() {
		return 1
	}
	return max(1, w.pace.parallel)
}

// beginAll starts what may start now, as long as there are slots. A message that is taken
// does not wait for the statements that take the next ones.
func (w *worker) beginAll() {
	for {
		next := w.startable()
		if next == nil || !next.begun || time.Until(w.next) > 0 {
			return
		}
		select {
		case w.r.slots <- struct{}{}:
		default:
			return
		}
		if !w.begin(next) {
			return
		}
	}
}

// begin starts the request of a message that is in the queue and begun. Not where it
// waited for its turn too long, or the machine slept: the next turn knows what to do.
func (w *worker) begin(c *claim) bool {
	if w.clock.rest() < w.r.options.AttemptTimeout+w.r.options.margin() || c.ends(w.clock.now(), w.clock.lease) {
		<-w.r.slots
		return false
	}
	w.queue = slices.DeleteFunc(w.queue, func(q *claim) bool { return q == c })
	w.busy[c.chain] = true
	w.running++
	w.next = time.Now().Add(w.pace.interval)
	if w.pace.jitter > 0 {
		w.next = w.next.Add(rand.N(w.pace.jitter)) //nolint:gosec // jitter
	}
	go func() {
		defer func() { <-w.r.slots }()
		w.done <- w.send(c)
	}()
	return true
}

// noticed looks again for a row that is due, where that is more urgent than what is
// claimed, or nothing was left.
func (w *worker) noticed(priority int16) {
	switch {
	case len(w.queue) > 0 && priority < w.queue[0].priority:
		w.restart()
		w.upTo = priority
	case w.drained:
		w.restart()
	}
}

// enqueue puts messages into the queue.
func (w *worker) enqueue(claims ...*claim) {
	w.queue = append(w.queue, claims...)
	slices.SortFunc(w.queue, func(a, b *claim) int {
		return cmp.Or(cmp.Compare(a.priority, b.priority), cmp.Compare(a.id, b.id))
	})
}

// giveBack hands back those of the queue for which it is true, with all their rights.
func (w *worker) giveBack(which func(*claim) bool) {
	w.queue = slices.DeleteFunc(w.queue, func(c *claim) bool {
		if which(c) {
			w.add(c.back())
			return true
		}
		return false
	})
}
