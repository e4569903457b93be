package pilotstatuspg

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// logEvery is how often the same cause is logged.
const logEvery = time.Minute

// causeLog logs each cause once a minute.
type causeLog struct {
	to   *slog.Logger
	mu   sync.Mutex
	last map[string]time.Time
}

// database logs a failure of the database. Its texts may repeat values: the code is enough.
func (l *causeLog) database(doing string, err error) {
	cause := "no connection"
	var answer *pgconn.PgError
	switch {
	case errors.As(err, &answer):
		cause = answer.Code
	case errors.Is(err, context.DeadlineExceeded):
		cause = "timeout"
	case errors.As(err, new(*DeploymentError)), errors.As(err, new(*SchemaError)):
		cause = err.Error()
	}
	l.warn(cause, "the outbox waits for its database", "doing", doing, "cause", cause)
}

// warn logs a line unless its cause was logged within a minute.
func (l *causeLog) warn(cause, text string, args ...any) {
	if l.isNew(cause) {
		l.to.Warn(text, args...) //nolint:sloglint // the callers have constants
	}
}

// isNew notes a cause, and reports whether it was not known within a minute.
func (l *causeLog) isNew(cause string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if now.Sub(l.last[cause]) < logEvery {
		return false
	}
	maps.DeleteFunc(l.last, func(_ string, at time.Time) bool { return now.Sub(at) >= logEvery })
	l.last[cause] = now
	return true
}
