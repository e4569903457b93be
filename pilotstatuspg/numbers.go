package pilotstatuspg

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// Pace is how a number sends, in all processes together.
type Pace struct {
	// Every is the time from the start of one message to the start of the next, at most
	// an hour. Zero: no pace, as many as Parallel allows.
	Every time.Duration

	// Jitter is added to Every, a random part of it each time. Both together are at most an
	// hour.
	Jitter time.Duration

	// Parallel is how many messages are sent at once, to different recipients: 4 if zero,
	// at most 100.
	Parallel int
}

const (
	defaultParallel = 4
	maxParallel     = 100
	maxPace         = time.Hour
)

// SetPace sets the pace of a number. A worker that sends for the number goes on with the
// old one for what it has claimed, a few seconds at most.
func (o *Outbox) SetPace(ctx context.Context, db DB, numberID string, p Pace) error {
	if err := checkNumberID(numberID); err != nil {
		return err
	}
	if p.Parallel == 0 {
		p.Parallel = defaultParallel
	}
	switch {
	case p.Every < 0 || p.Every > maxPace:
		return invalid("Pace.Every", "it is from 0 to an hour")
	case p.Jitter < 0 || p.Every+p.Jitter > maxPace:
		return invalid("Pace.Jitter", "it is from 0 to an hour, together with Every")
	case p.Parallel < 0 || p.Parallel > maxParallel:
		return invalid("Pace.Parallel", "it is from 1 to 100")
	}
	every, jitter := wholeMilliseconds(p.Every), wholeMilliseconds(p.Jitter)
	_, err := o.exec(ctx, db, "setting the pace", paceSQL, numberID, every, jitter, p.Parallel)
	return err
}

// wholeMilliseconds rounds up: no pace is faster than it was asked for.
func wholeMilliseconds(d time.Duration) int64 {
	return (d + time.Millisecond - 1).Milliseconds()
}

// Pause stops a number until [Outbox.Resume], with a reason for people. Requests that have
// begun end, and nothing new begins within a few seconds. Give it a pool: a transaction
// that stays open holds up the worker that sends for the number.
func (o *Outbox) Pause(ctx context.Context, db DB, numberID, reason string) error {
	if err := checkNumberID(numberID); err != nil {
		return err
	}
	if reason == "" {
		return invalid("reason", "it is required: people read it in Stats")
	}
	_, err := o.exec(ctx, db, "pausing", pauseSQL, numberID, storable(reason))
	return err
}

// Resume lets a number send again, whoever paused it, and all its templates that are held.
// What is still wrong pauses or holds it again.
func (o *Outbox) Resume(ctx context.Context, db DB, numberID string) error {
	if err := checkNumberID(numberID); err != nil {
		return err
	}
	_, err := o.exec(ctx, db, "resuming", resumeSQL, numberID)
	return err
}

// Hold is a template that a number does not send, because the API refused it again and
// again. It is tried at times, and the hold ends when a try succeeds.
type Hold struct {
	NumberID string
	Template string
	Reason   string
	ProbeAt  time.Time // when it is tried
}

// Holds returns all holds.
func (o *Outbox) Holds(ctx context.Context, db DB) ([]Hold, error) {
	return collect(ctx, db, "reading holds", func(row pgx.CollectableRow) (h Hold, err error) {
		err = row.Scan(&h.NumberID, &h.Template, &h.Reason, &h.ProbeAt)
		return h, err
	}, o.in(holdsSQL))
}

// maxCount is where counts of Stats end.
const maxCount = 10_000

// NumberStats is how a number stands. Counts end at 10,000.
type NumberStats struct {
	NumberID      string
	Queued        int           // due, or waiting after a temporary failure; not those of NotBefore
	OldestDue     time.Duration // how long the oldest of them could have been sent
	InFlight      int           // claimed by a worker or being sent
	Unknown       int           // perhaps sent, and repeated under the same key until that is known
	OldestUnknown time.Duration // since the first request of the oldest of them
	Paused        string        // the reason, "" for none
	PausedUntil   time.Time     // the next try; zero: until Resume, or an event of the number
	Held          int           // their templates are held, see Holds
	Parked        int           // for a person
}

// Stats returns one row for each number that has sent or has messages to send, in order of
// their ids: also for those that have none now, so that a gauge goes back to zero. It
// reads no settled message and may be called every few seconds, with a pool: in a
// transaction of the caller it depends on the planner.
func (o *Outbox) Stats(ctx context.Context, db DB) ([]NumberStats, error) {
	return collectPlanned(ctx, db, "reading statistics", scanStats, o.in(statsSQL), maxCount)
}

func scanStats(row pgx.CollectableRow) (s NumberStats, err error) {
	var until *time.Time
	var due, first float64
	err = row.Scan(&s.NumberID, &s.Paused, &until, &s.Queued, &due, &s.InFlight, &s.Unknown, &first, &s.Held, &s.Parked)
	s.PausedUntil = orZero(until)
	s.OldestDue, s.OldestUnknown = age(due), age(first)
	return s, err
}

// age is a number of seconds, 0 where a clock was set back.
func age(s float64) time.Duration { return time.Duration(max(0, s) * float64(time.Second)) }
