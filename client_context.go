package pilotstatus

import (
	"context"
	"errors"
	"time"
)

// contextEnd is the end of a context with a cause of its own, as of
// context.WithCancelCause. It matches both.
type contextEnd struct{ err, cause error }

func (e *contextEnd) Error() string { return e.err.Error() + ": " + e.cause.Error() }

func (e *contextEnd) Unwrap() []error { return []error{e.err, e.cause} }

// endOfContext returns nil while ctx goes on, and then an error that matches ctx.Err()
// and its cause.
func endOfContext(ctx context.Context) error {
	err := ctx.Err()
	if err == nil {
		return nil
	}
	cause := context.Cause(ctx)
	if cause == nil || cause == err { //nolint:errorlint // without a cause it is this very error
		return err
	}
	return &contextEnd{err: err, cause: cause}
}

// withCause returns err, which a wait under ctx ended with, so that it matches the cause
// of ctx too where that has ended.
func withCause(ctx context.Context, err error) error {
	cause := context.Cause(ctx)
	if cause == nil || errors.Is(err, cause) {
		return err
	}
	return &contextEnd{err: err, cause: cause}
}

// pause waits for d. A context that ends meanwhile ends the wait; the error is its
// own, with its cause.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return endOfContext(ctx)
	case <-ctx.Done():
		return endOfContext(ctx)
	}
}
