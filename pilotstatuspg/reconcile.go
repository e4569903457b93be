package pilotstatuspg

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pilotstatus/pilotstatus-go"
)

// ReconcileOptions are the settings of an [Outbox.Reconcile].
type ReconcileOptions struct {
	// After is how long after a message was accepted the API is first asked about it: 15
	// min if zero, and at least a minute.
	After time.Duration

	// Every is the time from one question to the next, of all processes and numbers
	// together: 1 s if zero.
	Every time.Duration

	// GiveUp is how long after a message was accepted it is no longer asked about: 7 days
	// if zero. Every question comes after twice the time of the one before.
	GiveUp time.Duration

	// Logger gets what an operator shall know, without phones and texts; slog.Default() if nil.
	Logger *slog.Logger
}

const (
	defaultAfter     = 15 * time.Minute
	minAfter         = time.Minute // what is accepted is in the table by then
	defaultAskEvery  = time.Second
	maxAskEvery      = time.Hour
	defaultGiveUp    = 7 * day
	askTimeout       = 10 * time.Second
	reconcileAtOnce  = 20   // messages of one look that are asked about
	reconcileBatch   = 1000 // accepted messages that are looked at with one statement
	reconcileIdle    = 5    // times Every, to the next look where nothing is due
	reconcileRelease = 2 * time.Second
)

func (o ReconcileOptions) withDefaults() (ReconcileOptions, error) {
	if o.After == 0 {
		o.After = defaultAfter
	}
	if o.Every == 0 {
		o.Every = defaultAskEvery
	}
	if o.GiveUp == 0 {
		o.GiveUp = max(defaultGiveUp, o.After)
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	switch {
	case o.After < minAfter:
		return o, invalid("After", "it is under a minute: the result of a send is written with a delay")
	case o.Every < 0 || o.Every > maxAskEvery:
		return o, invalid("Every", "it is negative, or over an hour")
	case o.GiveUp < o.After:
		return o, invalid("GiveUp", "it is shorter than After")
	}
	return o, nil
}

// Reconcile asks the API about accepted messages that no event has ended, until ctx ends:
// with [pilotstatus.MessagesService.Get], and it notes the answer as [Outbox.Record] notes
// an event. A message has ended that is delivered, read, failed or canceled. It is for
// events that were lost while a receiver was down, and finds what a webhook would have
// said; where there is no webhook at all, it is slow.
//
// Any number of processes may run it: one asks at a time, and another goes on after it. A
// number whose key is refused, or that is too fast, waits from 1 to 15 minutes, or as long
// as the API says, while the others go on. It takes one connection out of pool and keeps
// it, which no longer counts in MaxConns. It never returns for an error of the database,
// which it logs and outlasts. Options or tables that cannot be used are a
// [*pilotstatus.ValidationError] or a [*SchemaError].
func (o *Outbox) Reconcile(ctx context.Context, pool *pgxpool.Pool, clients Clients, options ReconcileOptions) error {
	options, err := options.withDefaults()
	switch {
	case err != nil:
		return err
	case pool == nil || clients == nil:
		return invalid("pool and clients", "one of them is nil")
	}
	hard, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		_ = sleep(hard, reconcileRelease) // its end is the purpose
		cancel()
	})
	defer stop()
	log := &causeLog{to: options.Logger, last: map[string]time.Time{}}
	r := &reconciler{
		outbox: o, options: options, clients: clients, log: log, hard: hard,
		token:   1 + rand.Int64N(1<<62), //nolint:gosec // unique is enough
		resting: map[string]rest{},
	}
	r.db = newConnections(pool, 1, func(ctx context.Context, conn *pgx.Conn) error { return o.checkVersion(ctx, conn) }, log)
	if err = r.db.first(ctx, hard); err == nil && ctx.Err() == nil {
		r.work(ctx)
	}
	cancel()
	r.db.close()
	return err
}

// reconciler is one Reconcile. Its goroutine owns all of it.
type reconciler struct {
	outbox  *Outbox
	options ReconcileOptions
	clients Clients
	db      *connections
	log     *causeLog
	hard    context.Context //nolint:containedctx // of statements, which end after the context of Reconcile
	token   int64           // of this process
	resting map[string]rest // numbers that are not asked about, by id
}

// rest is how long a number is not asked about.
type rest struct {
	until  time.Time
	failed int // questions in a row
}

// unconfirmed is a message that may be asked about.
type unconfirmed struct {
	id         int64
	number     string
	acceptedID string
	done       bool // it ended meanwhile, or is too old
}

// work does all that Reconcile does until ctx ends.
func (r *reconciler) work(ctx context.Context) {
	for wait := newBackoff(); ctx.Err() == nil; {
		pause, err := r.round(ctx)
		if err != nil {
			r.log.database("reconcile", err)
			wait.sleep(ctx)
			continue
		}
		wait = newBackoff()
		_ = sleep(ctx, pause) // the loop looks at ctx
	}
	_, _ = r.exec(reconcileReleaseSQL, r.token) // it is free after the lease otherwise
}

// lease is how long this process asks before another one may: from one renewal to the next
// there are a question and three statements at most.
func (r *reconciler) lease() float64 {
	return (askTimeout + 3*statementTimeout + reconcileIdle*r.options.Every).Seconds()
}

// exec runs a statement and returns how many rows it changed.
func (r *reconciler) exec(statement string, args ...any) (n int64, err error) {
	err = r.db.withSettings(r.hard, r.hard, func(ctx context.Context, conn *pgx.Conn) error {
		n, err = r.outbox.exec(ctx, conn, "reconciling", statement, args...)
		return err
	})
	return n, err
}

// round looks for messages that are due and asks about some of them. It returns the time
// to the next one.
func (r *reconciler) round(ctx context.Context) (time.Duration, error) {
	idle := reconcileIdle * r.options.Every
	leased, err := r.exec(reconcileLeaseSQL, r.token, r.lease())
	if err != nil || leased == 0 {
		return idle, err
	}
	began := time.Now()
	seen, err := r.exec(reconcileLookSQL, r.token, r.options.GiveUp.Seconds(), r.options.After.Seconds(), reconcileBatch, endedStatuses())
	if err != nil {
		return 0, err
	}
	took := time.Since(began)
	due, err := r.due()
	if err != nil {
		return 0, err
	}
	for _, u := range due {
		if !u.done && (time.Now().Before(r.resting[u.number].until) || sleep(ctx, r.options.Every) != nil) {
			continue
		}
		if leased, err := r.settle(ctx, u); err != nil || !leased {
			return idle, err
		}
	}
	switch {
	case seen > 0:
		return (pollShare - 1) * took, nil
	case len(due) > 0:
		return 0, nil
	}
	return idle, nil
}

// due returns the messages that are due, of numbers that do not rest.
func (r *reconciler) due() (due []unconfirmed, err error) {
	resting := []string{}
	for number, rest := range r.resting {
		if time.Now().Before(rest.until) {
			resting = append(resting, number)
		}
	}
	err = r.db.withSettings(r.hard, r.hard, func(ctx context.Context, conn *pgx.Conn) error {
		due, err = collect(ctx, conn, "reconciling", func(row pgx.CollectableRow) (u unconfirmed, err error) {
			err = row.Scan(&u.id, &u.number, &u.acceptedID, &u.done)
			return u, err
		}, r.outbox.in(reconcileDueSQL), reconcileAtOnce, resting, endedStatuses(), r.options.GiveUp.Seconds())
		return err
	})
	return due, err
}

// settle asks about a message, unless that is done, and writes when to ask again. It
// reports whether this process may go on.
func (r *reconciler) settle(ctx context.Context, u unconfirmed) (leased bool, err error) {
	done := u.done
	if !done {
		if done, err = r.ask(ctx, u); err != nil || ctx.Err() != nil {
			return false, err
		}
	}
	_, err = r.exec(reconcileNextSQL, u.id, done, r.options.After.Seconds())
	if err != nil {
		return false, err
	}
	n, err := r.exec(reconcileLeaseSQL, r.token, r.lease())
	return n > 0, err
}

// ask asks the API about a message and notes the answer. It reports whether the message
// has ended. An error is one of the database.
func (r *reconciler) ask(ctx context.Context, u unconfirmed) (done bool, err error) {
	limited, cancel := context.WithTimeout(pilotstatus.ContextWithRetry(ctx, pilotstatus.RetryPolicy{}), askTimeout)
	defer cancel()
	message, err := r.get(limited, u)
	switch {
	case ctx.Err() != nil:
		return false, nil
	case errors.As(err, new(*pilotstatus.ValidationError)): // no id of the API, which a person gave
		return true, nil
	case errors.As(err, new(*pilotstatus.NotFoundError)):
		delete(r.resting, u.number)
		return false, nil
	case err != nil:
		r.restNumber(u.number, err)
		return false, nil
	}
	delete(r.resting, u.number)
	receipt := receipt{id: u.acceptedID, status: message.Status, failure: message.ErrorCode}
	if !receipt.usable() {
		return false, nil
	}
	err = r.db.withSettings(r.hard, r.hard, func(ctx context.Context, conn *pgx.Conn) error {
		return r.outbox.report(ctx, conn, receipt)
	})
	if hasCode(err, codeLockNotAvailable) { // an event of the message is being written
		return false, nil
	}
	return hasEnded(message.Status), err
}

func (r *reconciler) get(ctx context.Context, u unconfirmed) (*pilotstatus.Message, error) {
	client, err := r.clients.Get(ctx, u.number)
	if err != nil {
		return nil, err
	}
	return client.Messages.Get(ctx, u.acceptedID)
}

// restNumber has a number wait after a question that failed.
func (r *reconciler) restNumber(number string, err error) {
	failed := r.resting[number].failed
	pause := max(probeAfter(failed), retryAfter(err))
	r.resting[number] = rest{until: time.Now().Add(pause), failed: failed + 1}
	r.log.warn("reconcile "+number, "the outbox cannot ask about the messages of a number", "number", number,
		"outcome", pilotstatus.Outcome(err).String(), "again", pause.String())
}

// endedStatuses are those after which a message is not asked about.
func endedStatuses() []string {
	return []string{
		string(pilotstatus.MessageStatusDelivered), string(pilotstatus.MessageStatusRead),
		string(pilotstatus.MessageStatusFailed), string(pilotstatus.MessageStatusCanceled),
	}
}

func hasEnded(status pilotstatus.MessageStatus) bool {
	return slices.Contains(endedStatuses(), string(status))
}
