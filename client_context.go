package pilotstatus

import (
	"context"
	"errors"
	"time"
)

// contextEnd is the error of a context that ended with a cause, as with
// context.WithCancelCause. It matches both.
type contextEnd struct{ err, cause error }

func (e *contextEnd) Error() string { return e.err.Error() + ": " + e.cause.Error() }

func (e *contextEnd) Unwrap() []error { return []error{e.err, e.cause} }

// endOfContext returns nil until ctx ends, and then an error that matches ctx.Err() and its
// cause.
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

// withCause returns err, the error of a wait under ctx. If ctx has ended, the result also
// matches its cause.
func withCause(ctx context.Context, err error) error {
	cause := context.Cause(ctx)
	if cause == nil || errors.Is(err, cause) {
		return err
	}
	return &contextEnd{err: err, cause: cause}
}

// pause waits for d. If ctx ends first, it returns the error of ctx, with its cause.
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
