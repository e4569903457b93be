package pilotstatuspg

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	workConnections  = 3 // of the workers; more of them take the processor from Enqueue under full load
	lookConnections  = 1 // of the looks, which must not wait behind hundreds of workers
	statementTimeout = 10 * time.Second
	minBackoff       = 100 * time.Millisecond
	maxBackoff       = 10 * time.Second
)

// Settings keep the planner to the indexes: a plan for other statistics than those of the
// moment must not read the whole table. A number that a user's open transaction has locked
// must not keep a connection from the others. Behind a pooler they are those of one
// transaction: those of a session would not last, and be another client's.
const (
	settings = `
SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED;
SET jit = off; SET enable_seqscan = off; SET enable_bitmapscan = off;
SET plan_cache_mode = force_generic_plan; SET statement_timeout = '10s'; SET lock_timeout = '200ms'`

	beginWithSettings = `
BEGIN ISOLATION LEVEL READ COMMITTED;
SET LOCAL jit = off; SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off;
SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL statement_timeout = '10s'; SET LOCAL lock_timeout = '200ms'`
)

// connections are the few that Run takes out of its pool for itself, so that a pool that
// is used up elsewhere does not stop the sends.
type connections struct {
	pool    *pgxpool.Pool
	prepare func(context.Context, *pgx.Conn) error
	log     *causeLog
	free    chan *pgx.Conn
	opening sync.WaitGroup
	pooled  atomic.Bool // they go to a pooler, and not to PostgreSQL
}

func newConnections(pool *pgxpool.Pool, n int, prepare func(context.Context, *pgx.Conn) error, log *causeLog) *connections {
	return &connections{pool: pool, prepare: prepare, log: log, free: make(chan *pgx.Conn, n)}
}

// first opens the connections, and returns when there is one, or ctx ends. Tables that
// are not ours are an error.
func (c *connections) first(ctx, hard context.Context) error {
	var conn *pgx.Conn
	for wait := newBackoff(); conn == nil; {
		var err error
		conn, err = c.open(ctx)
		var refused *DeploymentError
		var schema *SchemaError
		switch {
		case ctx.Err() != nil && err != nil:
			return nil //nolint:nilerr // Run ends
		case errors.As(err, &refused) || errors.As(err, &schema):
			return err
		case err != nil:
			c.log.database("connect", err)
			wait.sleep(ctx)
		}
	}
	c.free <- conn
	for range cap(c.free) - 1 {
		c.replace(hard)
	}
	return nil
}

// replace opens another connection in the background, however long that takes.
func (c *connections) replace(ctx context.Context) {
	c.opening.Go(func() {
		for wait := newBackoff(); ctx.Err() == nil; wait.sleep(ctx) {
			conn, err := c.open(ctx)
			if err == nil {
				c.free <- conn
				return
			}
			if ctx.Err() == nil { // else Run ended meanwhile
				c.log.database("connect", err)
			}
		}
	})
}

// open takes a connection out of the pool, which does not get it back: it has settings of
// its own.
func (c *connections) open(ctx context.Context) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, statementTimeout)
	defer cancel()
	pooled, err := c.pool.Acquire(ctx)
	if err != nil {
		c.renew(err)
		return nil, err
	}
	conn := pooled.Hijack()
	behind, err := isPooled(ctx, conn)
	switch {
	case err != nil:
	case behind:
		c.pooled.Store(true)
		c.log.warn("pooler", "the outbox works behind a pooler: it polls, and each statement is a transaction of three; "+
			"a pool that goes to PostgreSQL itself is better")
	default:
		_, err = conn.PgConn().Exec(ctx, settings).ReadAll()
	}
	if err == nil {
		err = c.prepare(ctx, conn)
	}
	if err == nil {
		return conn, nil
	}
	c.renew(err)
	_ = conn.Close(ctx) // it is of no use
	return nil, err
}

// isPooled reports whether a connection goes to a pooler: it was told to use no prepared
// statements, or who answers is not the process that it was connected to.
func isPooled(ctx context.Context, conn *pgx.Conn) (bool, error) {
	if mode := conn.Config().DefaultQueryExecMode; mode == pgx.QueryExecModeExec || mode == pgx.QueryExecModeSimpleProtocol {
		return true, nil
	}
	var pid uint32
	err := conn.QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&pid)
	return pid != conn.PgConn().PID(), err
}

// renew has the pool connect again, where its connections are to a server that shuts down
// or is no longer the primary.
func (c *connections) renew(err error) { renew(c.pool, err) }

func renew(pool *pgxpool.Pool, err error) {
	var answer *pgconn.PgError
	if !errors.As(err, &answer) {
		return
	}
	if answer.Code == codeReadOnly || answer.Code == codeStandby || strings.HasPrefix(answer.Code, codeShutdown) {
		pool.Reset()
	}
}

// withSettings is do with the settings, which a pooler does not keep.
func (c *connections) withSettings(ctx, hard context.Context, statement func(context.Context, *pgx.Conn) error) error {
	return c.do(ctx, hard, func(ctx context.Context, conn *pgx.Conn) error {
		if !c.pooled.Load() {
			return statement(ctx, conn)
		}
		return pgx.BeginTxFunc(ctx, conn, pgx.TxOptions{BeginQuery: beginWithSettings}, func(pgx.Tx) error {
			return statement(ctx, conn)
		})
	})
}

// do runs a statement on a free connection. One that is broken afterwards is replaced;
// hard is the context of that.
func (c *connections) do(ctx, hard context.Context, statement func(context.Context, *pgx.Conn) error) error {
	var conn *pgx.Conn
	select {
	case conn = <-c.free:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	limited, cancel := context.WithTimeout(ctx, statementTimeout)
	defer cancel()
	err := statement(limited, conn)
	var answer *pgconn.PgError
	if err == nil || errors.As(err, &answer) && answer.Code != codeReadOnly && !conn.IsClosed() {
		c.free <- conn
		return err
	}
	c.renew(err)
	_ = conn.Close(limited) // it is broken
	c.replace(hard)
	return err
}

// close closes what is free. Nothing uses the others any more.
func (c *connections) close() {
	c.opening.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	for {
		select {
		case conn := <-c.free:
			_ = conn.Close(ctx) // the server notices otherwise
		default:
			return
		}
	}
}

// The codes of a server that cannot be written to.
const (
	codeReadOnly = "25006"
	codeStandby  = "0A000" // it begins no transaction that may write
	codeShutdown = "57P0"
)

// backoff doubles its wait from 0.1 s to 10 s, each with jitter.
type backoff struct{ next time.Duration }

func newBackoff() *backoff { return &backoff{minBackoff} }

// sleep waits, or until ctx ends.
func (b *backoff) sleep(ctx context.Context) {
	_ = sleep(ctx, b.next/2+rand.N(b.next/2)) //nolint:gosec // jitter; the caller looks at ctx
	b.next = min(2*b.next, maxBackoff)
}
