package pilotstatuspg

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	listenCheck   = 10 * time.Second
	listenTimeout = 5 * time.Second
)

// listen wakes Run where an Enqueue has committed, until ctx ends. Without it Run polls.
func (r *runner) listen(ctx context.Context, pool *pgxpool.Pool) {
	for wait := newBackoff(); ctx.Err() == nil; wait.sleep(ctx) {
		began := time.Now()
		if err := r.listenOnce(ctx, pool); ctx.Err() == nil {
			r.log.database("listen", err)
		}
		if time.Since(began) > r.outbox.listenCheck {
			wait = newBackoff()
		}
	}
}

// listenOnce listens on one connection until that fails.
func (r *runner) listenOnce(ctx context.Context, pool *pgxpool.Pool) error {
	opening, cancel := context.WithTimeout(ctx, listenTimeout)
	defer cancel()
	pooled, err := pool.Acquire(opening)
	if err != nil {
		return err
	}
	conn := pooled.Hijack()
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = conn.Close(closing) // the server notices otherwise
	}()
	if _, err := conn.Exec(opening, "LISTEN "+pgx.Identifier{r.outbox.channel}.Sanitize()); err != nil {
		return err
	}
	r.wakeUp() // what was committed before
	for {
		waiting, cancel := context.WithTimeout(ctx, r.outbox.listenCheck)
		_, err := conn.WaitForNotification(waiting)
		cancel()
		switch {
		case err == nil:
			r.wakeUp()
		case ctx.Err() != nil:
			return ctx.Err()
		case !errors.Is(err, context.DeadlineExceeded):
			return err
		default:
			if err := r.checkListening(ctx, conn); err != nil {
				return err
			}
		}
	}
}

var errNotListening = errors.New("pilotstatuspg: the connection no longer listens")

// checkListening asks whether the connection still listens: a half-open one says nothing,
// and neither does one behind a pooler.
func (r *runner) checkListening(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, min(listenTimeout, r.outbox.listenCheck))
	defer cancel()
	var listens bool
	ask := "SELECT EXISTS (SELECT FROM pg_listening_channels() c WHERE c = $1)"
	if err := conn.QueryRow(ctx, ask, r.outbox.channel).Scan(&listens); err != nil {
		return err
	}
	if !listens {
		return errNotListening
	}
	return nil
}
