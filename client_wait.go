package pilotstatus

import (
	"context"
	"errors"
	"io"
	"net"
	"time"
)

// defaultWaitInterval is the time between two polls of a wait.
const defaultWaitInterval = 2 * time.Second

// pollEvery returns the time between two polls of a wait with interval d.
func (c *core) pollEvery(d time.Duration) time.Duration {
	if c.longestPoll > 0 {
		return min(d, c.longestPoll)
	}
	return d
}

// pollError returns nil if err is temporary and polling goes on. Otherwise it returns the
// error that ends the wait op. failures are the errors of earlier polls.
func pollError(ctx context.Context, op string, err error, failures ...error) error {
	if ctx.Err() != nil {
		return waitError(op, err, failures...)
	}
	if !isTemporary(err) {
		return err
	}
	return nil
}

// waitError returns the error of a wait whose context ended, with the first failure that
// still lasted.
func waitError(op string, err error, failures ...error) error {
	ended := &WaitError{Op: op, Err: err}
	for _, before := range failures {
		if before != nil {
			ended.Last = before
			break
		}
	}
	return ended
}

// isTemporary reports whether the same call may succeed later. The client has already
// retried it several times.
func isTemporary(err error) bool {
	var (
		unknown    *OutcomeUnknownError
		refused    *APIError
		unread     *DecodeError
		unanswered *TransportError
		network    net.Error
	)
	switch {
	case errors.As(err, &unknown):
		return isTemporary(unknown.Err)
	case errors.As(err, &refused):
		return classify(refused).transient
	case errors.As(err, &unread):
		return errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &network) // it broke off
	case errors.As(err, &unanswered):
		return !isFinalFailure(err)
	}
	return false
}

// retryAfterOf returns how long the API asks to wait, 0 if it does not say.
func retryAfterOf(err error) time.Duration {
	wait, _ := RetryAfter(err)
	return wait
}
