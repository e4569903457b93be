package pilotstatuspg

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pilotstatus/pilotstatus-go"
)

const (
	batch = 20 // messages that a number has claimed and not begun

	// maxUnwritten is how many results wait for one write.
	maxUnwritten = 100

	anyPriority = int16(32767)
)

// worker sends for one number as long as that is leased. Its goroutine owns all of it but
// told and done.
type worker struct {
	r      *runner
	number string
	isNew  bool // it has no row yet
	client *pilotstatus.NumberClient

	token   int64 // of this lease
	clock   clock
	pace    pace
	holds   map[string]bool // templates
	probing bool            // it is paused, and this is a try

	reading          // of the open rows
	queue   []*claim // taken and not begun, in order of priority and id
	busy    map[chain]bool
	running int       // requests
	took    int       // messages, since the number was leased
	next    time.Time // no request begins before

	results []result  // not written yet
	since   time.Time // of the oldest
	effect  effect

	stopping bool // it begins nothing more
	broken   bool // the database failed, or the lease is another's
	paused   bool // an answer paused the number

	told chan int16 // the priority of a row that is due
	done chan sent
}

// pace is how a number may send.
type pace struct {
	interval, jitter time.Duration
	parallel         int
	unknowns         int // in a row
	probes           int // that failed since it was paused
}

// effect is what results mean for the number, until it is written.
type effect struct {
	nextAt  time.Time // not before, by the API's wish or in an outage
	pause   string    // the reason to pause; "" for none
	unpause bool      // a probe succeeded

	hold, unhold []string // templates
	holdReason   string
}

// clock is the database's time, and the lease's rest by it.
type clock struct {
	database time.Time // when the statement ran that renewed the lease
	asked    time.Time // when it was sent, by the monotonic clock
	wall     time.Time // and by the other one
	lease    time.Duration
}

// set notes a renewal of the lease.
func (c *clock) set(database, asked time.Time) {
	c.database, c.asked, c.wall = database, asked, asked.Round(0)
}

// now is the database's time, too early by the way of one statement. It ends with the
// lease: nothing is begun later, and a clock of this machine that was set forward must
// not let messages expire.
func (c clock) now() time.Time { return c.database.Add(min(c.passed(), c.lease)) }

// rest is what is left of the lease.
func (c clock) rest() time.Duration { return c.lease - c.passed() }

// passed is how old the lease is, by the faster of this machine's clocks: the monotonic
// one stands still while the machine sleeps, the other may be set back.
func (c clock) passed() time.Duration { return max(time.Since(c.asked), time.Since(c.wall)) }

func newWorker(r *runner, number string, isNew bool) *worker {
	return &worker{
		r: r, number: number, isNew: isNew,
		token:   1 + rand.Int64N(1<<62), //nolint:gosec // unique is enough
		busy:    map[chain]bool{},
		reading: reading{blocked: map[chain]bool{}},
		told:    make(chan int16, 1),
		done:    make(chan sent),
	}
}

// tell lets the worker look for a row of that priority. The runner calls it.
func (w *worker) tell(priority int16) {
	select {
	case w.told <- priority:
	default:
	}
}

// run leases the number, sends until nothing is left, or ctx ends, and releases it. hard
// is for what must still be done after that.
//
// The worker's statements run under hard: one that ends in the middle leaves nobody who
// knows what it took.
func (w *worker) run(ctx, hard context.Context) {
	leased, err := w.lease(hard)
	switch {
	case err != nil:
		w.failed("lease", err)
	case !leased:
		return
	default:
		w.open(ctx)
		for w.turn(ctx, hard) {
			continue
		}
	}
	w.leave(hard)
}

// leave writes the last results and releases the number, as soon as the database is there.
func (w *worker) leave(hard context.Context) {
	for wait := newBackoff(); hard.Err() == nil; wait.sleep(hard) {
		err := w.write(hard, true)
		if err == nil {
			return
		}
		w.r.log.database("write", err)
	}
}

// rest writes results whose rows another transaction had locked, after the number was
// released, for a lease at most: then the next holder has repeated them.
func (w *worker) rest(hard context.Context) {
	end := time.Now().Add(w.clock.lease)
	for len(w.results) > 0 && time.Now().Before(end) && sleep(hard, w.r.options.writeEvery()) == nil {
		if err := w.write(hard, true); err != nil {
			w.r.log.database("write", err)
		}
	}
}

// quietFor is how long the number needs no look, after one that found only rows that wait.
func (w *worker) quietFor() time.Duration {
	if w.later.IsZero() {
		return pollEvery
	}
	return max(minWait, min(pollEvery, w.later.Sub(w.clock.now())))
}

// open gets the number's client. Without one, nothing is taken.
func (w *worker) open(ctx context.Context) {
	limited, cancel := context.WithTimeout(ctx, w.r.options.AttemptTimeout)
	defer cancel()
	client, err := w.r.clients.Get(limited, w.number)
	if err == nil {
		w.client = client
		return
	}
	w.stopping = true
	if ctx.Err() != nil {
		return
	}
	if reason := pauseReason(err); reason != "" {
		w.pause(reason)
		return
	}
	w.r.log.warn("client "+w.number, "the outbox has no client for a number", "number", w.number,
		"outcome", pilotstatus.Outcome(err).String())
	w.delay(max(clientAgain, retryAfter(err)))
}

// turn does what can be done now and waits for the next thing. It reports whether
// anything is left.
func (w *worker) turn(ctx, hard context.Context) bool {
	if !w.broken && time.Until(w.writeAt(w.startable())) <= 0 {
		if err := w.write(hard, false); err != nil {
			w.failed("write", err)
		}
	}
	farAway := w.running == 0 && time.Until(w.next) > w.clock.lease/2
	w.stopping = w.stopping || ctx.Err() != nil || farAway
	if w.stopping {
		w.giveBack(func(*claim) bool { return true })
	} else {
		w.beginAll()
		w.fill(hard)
	}
	next := w.startable()
	if w.running == 0 && (w.stopping || w.drained && len(w.queue) == 0) {
		return false
	}
	w.wait(ctx, next)
	return true
}

func (w *worker) outage() bool { return w.pace.unknowns >= outageAfter }

// writeAt is when results must be written: the lease has to be renewed, or the next message
// begun, or they have waited long enough.
func (w *worker) writeAt(next *claim) time.Time {
	at := time.Now().Add(w.clock.rest() - w.clock.lease/2)
	if next != nil && !next.begun {
		at = earlier(at, w.next.Add(-w.r.options.margin()/2))
	}
	switch {
	case len(w.results) >= maxUnwritten:
		at = w.since
	case len(w.results) > 0:
		at = earlier(at, w.since.Add(w.r.options.writeEvery()))
	}
	return at
}

// wait sleeps until a request ends, the next one may start, or there is something to do.
func (w *worker) wait(ctx context.Context, next *claim) {
	until := time.Now().Add(w.r.options.writeEvery())
	if !w.broken {
		until = earlier(until, w.writeAt(next))
	}
	stop := ctx.Done()
	switch {
	case w.stopping:
		stop = nil
	case w.drained:
		until = earlier(until, w.began.Add(rereadEvery))
	}
	var slots chan struct{}
	switch {
	case next == nil || !next.begun:
	case time.Until(w.next) <= 0:
		slots = w.r.slots
	default:
		until = earlier(until, w.next)
	}
	timer := time.NewTimer(max(time.Until(until), minWait))
	defer timer.Stop()
	select {
	case slots <- struct{}{}:
		w.begin(next)
	case s := <-w.done:
		w.settle(s)
	case priority := <-w.told:
		w.noticed(priority)
	case <-timer.C:
	case <-stop:
	}
}

// minWait keeps a time that has passed from becoming a busy loop.
const minWait = time.Millisecond

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// delay keeps the number from sending for so long.
func (w *worker) delay(d time.Duration) {
	at := time.Now().Add(min(d, maxNextAt-time.Minute))
	if at.After(w.effect.nextAt) {
		w.effect.nextAt = at
	}
}

// do runs statements for the number.
func (w *worker) do(hard context.Context, statements func(context.Context, *pgx.Conn) error) error {
	return w.r.db.withSettings(hard, hard, statements)
}

// failed ends the work after a failure of the database.
func (w *worker) failed(doing string, err error) {
	w.r.log.database(doing, err)
	w.stopping, w.broken = true, true
}
