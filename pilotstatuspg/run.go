package pilotstatuspg

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// RunOptions are the settings of an [Outbox.Run].
type RunOptions struct {
	// AttemptTimeout bounds one request, 10 s if zero and at most 1 min. A number is
	// leased for three times as long: so long its messages wait after a process was killed.
	AttemptTimeout time.Duration

	// MaxInFlight is how many requests of this process run at once, 100 if zero.
	MaxInFlight int

	// Logger gets what an operator shall know, without phones and texts; slog.Default() if nil.
	Logger *slog.Logger

	// Observer is called after the end of a message was written, in the goroutine that sends
	// for its number and with Run's context without its end. It must be quick, because the
	// number's lease runs meanwhile; several numbers call it at once. nil calls nothing.
	//
	// It is not called for what [Outbox.Cancel] or [Outbox.Resolve] ended, nor where the
	// process or the connection ends before the answer to the write is read. It is never
	// called twice for one end.
	Observer func(ctx context.Context, s Settled)
}

const (
	defaultAttemptTimeout = 10 * time.Second
	maxAttemptTimeout     = time.Minute
	defaultInFlight       = 100

	// leaseAttempts is how many attempts a lease lasts.
	leaseAttempts = 3

	// maxLease, maxNextAt and maxProbePause are what is legal in the tables. Times further
	// ahead were written before the database's clock was set back, and count as past.
	maxLease      = leaseAttempts * maxAttemptTimeout
	maxNextAt     = time.Hour
	maxProbePause = 15 * time.Minute // between two probes of a paused number, or of a held template
)

func (o RunOptions) withDefaults() (RunOptions, error) {
	if o.AttemptTimeout == 0 {
		o.AttemptTimeout = defaultAttemptTimeout
	}
	if o.MaxInFlight == 0 {
		o.MaxInFlight = defaultInFlight
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	switch {
	case o.AttemptTimeout < 0 || o.AttemptTimeout > maxAttemptTimeout:
		return o, invalid("AttemptTimeout", "it is negative, or over a minute")
	case o.MaxInFlight < 0:
		return o, invalid("MaxInFlight", "it is negative")
	}
	return o, nil
}

// lease is how long a number is leased.
func (o RunOptions) lease() time.Duration { return leaseAttempts * o.AttemptTimeout }

// margin is the rest of a lease that is not sent in: 2 s of 30.
func (o RunOptions) margin() time.Duration { return o.AttemptTimeout / 5 }

// writeEvery is how long results wait for their write at most: 2 s.
func (o RunOptions) writeEvery() time.Duration { return o.AttemptTimeout / 5 }

// Run sends what is enqueued until ctx ends, in any number of processes at once. Then it
// begins no request, waits for those that run, at most an AttemptTimeout, writes their
// results, releases its numbers and returns nil; an error then says that results are not
// written, whose messages are repeated with the same key after the lease.
//
// Beside, it empties and deletes what [Options.KeepBodies] and [Options.KeepMessages] say.
//
// It takes four connections out of pool, and one for LISTEN, and keeps them. They no longer
// count in MaxConns: with [Outbox.Reconcile], which takes one, a process has at most
// MaxConns + 6. It never returns for an error of the database, which it logs and outlasts.
// Options or tables that cannot be used are a [*pilotstatus.ValidationError], a
// [*SchemaError] or a [*DeploymentError].
func (o *Outbox) Run(ctx context.Context, pool *pgxpool.Pool, clients Clients, options RunOptions) error {
	options, err := options.withDefaults()
	switch {
	case err != nil:
		return err
	case o.options.Deployment == "":
		return invalid("Deployment", "Run needs it: a copy of the database must not send to people")
	case pool == nil || clients == nil:
		return invalid("pool and clients", "one of them is nil")
	}
	hard, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	r := newRunner(o, pool, clients, options)
	stop := context.AfterFunc(ctx, func() { r.limitEnd(hard, cancel) })
	defer stop()
	if err = r.db.first(ctx, hard); err == nil {
		err = r.lookDB.first(ctx, hard)
	}
	if err == nil && ctx.Err() == nil {
		r.work(ctx, hard)
		err = r.unwritten()
	}
	cancel()
	r.db.close()
	r.lookDB.close()
	return err
}

// runner is one Run.
type runner struct {
	outbox  *Outbox
	options RunOptions
	pool    *pgxpool.Pool
	clients Clients
	db      *connections // of the workers
	lookDB  *connections // of look
	log     *causeLog
	wake    chan struct{} // one wake-up waits at most
	slots   chan struct{} // one element for each request that runs

	working sync.WaitGroup // of the workers
	moved   time.Time      // when scheduled and held rows were looked at; of look alone

	mu      sync.Mutex
	workers map[string]*worker   // by number
	quiet   map[string]time.Time // numbers whose rows all wait, and until when
	streaks map[streakOf]streak
	lost    int // results that could not be written
}

func newRunner(o *Outbox, pool *pgxpool.Pool, clients Clients, options RunOptions) *runner {
	r := &runner{
		outbox: o, options: options, pool: pool, clients: clients,
		log:     &causeLog{to: options.Logger, last: map[string]time.Time{}},
		wake:    make(chan struct{}, 1),
		slots:   make(chan struct{}, options.MaxInFlight),
		workers: map[string]*worker{},
		quiet:   map[string]time.Time{},
		streaks: map[streakOf]streak{},
	}
	r.db = newConnections(pool, workConnections, r.prepare, r.log)
	r.lookDB = newConnections(pool, lookConnections, r.prepare, r.log)
	return r
}

// work does all that Run does until ctx ends, and returns when nothing of it runs any more.
func (r *runner) work(ctx, hard context.Context) {
	var beside sync.WaitGroup
	beside.Go(func() { r.retain(ctx, hard) })
	if !r.outbox.options.NoNotify && !r.db.pooled.Load() {
		beside.Go(func() { r.listen(ctx, r.pool) })
	}
	r.look(ctx, hard)
	r.working.Wait()
	beside.Wait()
}

// limitEnd ends what is left an attempt and a margin after the end of Run's context.
func (r *runner) limitEnd(hard context.Context, cancel context.CancelFunc) {
	_ = sleep(hard, r.options.AttemptTimeout+r.options.margin()) // its end is the purpose
	cancel()
}

// unwritten is an error if results were lost.
func (r *runner) unwritten() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.lost == 0 {
		return nil
	}
	return fmt.Errorf("pilotstatuspg: the database could not be reached at the end: %d results are not written; "+
		"their messages are repeated with the same key", r.lost)
}

// wakeUp lets the next look come now.
func (r *runner) wakeUp() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// prepare makes a connection fit to send from: the tables are ours, and can be written.
func (r *runner) prepare(ctx context.Context, conn *pgx.Conn) error {
	if err := r.outbox.checkVersion(ctx, conn); err != nil {
		return err
	}
	name := r.outbox.options.Deployment
	if _, err := conn.Exec(ctx, r.outbox.in(deploySQL), name); err != nil {
		return err
	}
	return r.outbox.checkOwner(ctx, conn, name)
}

const deploySQL = `UPDATE pilotstatus.meta SET deployment = $1 WHERE deployment IS NULL`
