package pilotstatus

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// defaultWaitInterval is the time between two looks of a wait.
const defaultWaitInterval = 2 * time.Second

// pollEvery returns the time between two looks of a wait that asks for d.
func (c *core) pollEvery(d time.Duration) time.Duration {
	if c.longestPoll > 0 {
		return min(d, c.longestPoll)
	}
	return d
}

// sitOut returns nil for a failure that passes, which the wait keeps then, and the
// error to end with for any other one. what begins the error; failures are what was
// kept before.
func sitOut(ctx context.Context, what string, err error, failures ...error) error {
	if ctx.Err() != nil {
		return endedWait(what, err, failures...)
	}
	if !passes(err) {
		return err
	}
	return nil
}

// endedWait returns the error of a wait that ctx ended: it matches err and the first
// of the failures that was not over by then.
func endedWait(what string, err error, failures ...error) error {
	err = fmt.Errorf("%s: %w", what, err)
	for _, before := range failures {
		if before != nil {
			return &causes{end: err, before: before}
		}
	}
	return err
}

// passes reports whether the same call may succeed later. The client has repeated it
// several times already.
func passes(err error) bool {
	var (
		refused    *APIError
		unread     *DecodeError
		unanswered *TransportError
		network    net.Error
	)
	switch {
	case errors.As(err, &refused):
		return !isPermanent(refused.Code) && (refused.StatusCode == http.StatusTooManyRequests ||
			refused.StatusCode == http.StatusRequestTimeout ||
			refused.StatusCode >= http.StatusInternalServerError && refused.StatusCode != http.StatusNotImplemented)
	case errors.As(err, &unread):
		return errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &network) // it broke off
	case errors.As(err, &unanswered):
		return !isFinalFailure(err)
	}
	return false
}

// retryAfterOf returns how long the API asks to wait, 0 where it does not say.
func retryAfterOf(err error) time.Duration {
	var refused *APIError
	if errors.As(err, &refused) {
		return refused.RetryAfter
	}
	return 0
}
