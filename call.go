package pilotstatus

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// call is one method call on its way: what all attempts share, and what they came
// to. It is the context of its carrier, because go-retryablehttp hands nothing
// else to CheckRetry when a connection fails. It is not pooled: net/http may
// still read the first attempt after Do returned.
type call struct {
	context.Context // the caller's

	client  *Client
	op      *operation
	in      input
	out     any
	stream  streamer      // out, where it is one
	timeout time.Duration // of one attempt
	url     url.URL
	query   url.Values
	body    []byte
	key     string // the idempotency key, "" for other classes than keyed

	carrier carrier
	first   attempt // the first attempt; further ones are allocated
	used    bool    // first is
	http2   bool    // a connection for the call speaks HTTP/2
	moved   int     // how often it went out again because the server had not processed it

	attempts int
	last     outcome
	wait     time.Duration // before the next attempt
	failure  error         // the last answer that was an error, or else the first lost attempt
	accepted *DecodeError  // an accepted answer that could not be read
	unknown  bool          // an attempt may have been processed; only a success settles it
	ended    bool          // the context ended before the call was settled
	answer   http.Header   // of the success
	reached  bool          // any attempt may have been processed
	hidden   privacy       // what errors must not show; see private
}

// String hides what the call carries: people log contexts.
func (c *call) String() string { return "pilotstatus.call(" + c.op.name + ")" }

// Format writes String, whatever the verb.
func (c *call) Format(f fmt.State, _ rune) { printText(f, c.String()) }

// attemptTransport makes one attempt of the call that a carrier belongs to. It
// answers every carrier with an empty success, whatever came of the attempt:
// http.Client then has nothing to follow, to wrap or to report, and the call
// knows the rest.
type attemptTransport struct{}

func (attemptTransport) RoundTrip(outer *http.Request) (*http.Response, error) {
	c, ok := outer.Context().(*call)
	if !ok {
		return nil, errors.New("pilotstatus: a request without a call")
	}
	c.attempt()
	c.carrier.response = http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: outer}
	return &c.carrier.response, nil
}

// attempt makes one attempt and keeps what it came to.
func (c *call) attempt() {
	// go-retryablehttp may start an attempt after the context ended.
	if err := endOfContext(c.Context); err != nil {
		c.last = outcome{err: c.transportError(err), ended: true}
		return
	}
	if limiter := c.client.core().limiter; limiter != nil {
		if err := limiter.Wait(c.Context); err != nil {
			err = withCause(c.Context, withoutURL(err))
			if c.failure != nil {
				err = &causes{end: c.foreign(err), before: c.failure}
			}
			c.last = outcome{err: c.transportError(err), ended: c.Context.Err() != nil}
			return
		}
		if err := endOfContext(c.Context); err != nil {
			c.last = outcome{err: c.transportError(err), ended: true}
			return
		}
	}
	c.attempts++
	if c.client.core().observed() {
		start := time.Now()
		c.last = c.send()
		c.last.duration = time.Since(start)
	} else {
		c.last = c.send()
	}
	c.last.made = true
	c.remember()
}

// remember keeps what later attempts must not make forgotten.
func (c *call) remember() {
	if c.last.err == nil {
		return
	}
	c.reached = c.reached || c.last.reached
	if c.last.status != 0 || c.failure == nil && !c.last.ended {
		c.failure = c.last.err
	}
	var unread *DecodeError
	if c.op.retry.changes() && errors.As(c.last.err, &unread) && unread.Accepted() {
		c.accepted = unread
	}
	if c.op.retry.changes() && c.last.reached {
		c.unknown = true
	}
}

// again decides whether another attempt follows, and after which wait.
func (c *call) again() bool {
	repeat := c.worthRepeating()
	if core := c.client.core(); core.observed() && c.last.made {
		a := Attempt{
			Op: c.op.name, Method: c.op.method, Number: c.attempts,
			StatusCode: c.last.status, Duration: c.last.duration, Err: c.last.err,
		}
		if c.op.name != opDo {
			a.Route = c.op.route
		}
		if repeat {
			a.Retry, a.Wait = true, c.wait
		}
		core.observe(c.Context, a)
	}
	return repeat
}

func (c *call) worthRepeating() bool {
	if c.last.err == nil || c.last.ended {
		c.ended = c.last.ended
		return false
	}
	policy := c.client.core().retry
	if !c.last.made || c.attempts > policy.MaxRetries || !c.op.retry.repeatable(c.last) {
		return false
	}
	if c.last.retryAfter > policy.MaxWait {
		return false
	}
	atLeast := c.last.retryAfter
	if c.last.busy {
		atLeast = max(atLeast, policy.MaxWait/2)
	}
	c.wait = policy.wait(c.attempts, atLeast)
	if c.Context.Err() != nil {
		c.ended = true
		return false
	}
	deadline, bounded := c.Deadline()
	return !bounded || time.Until(deadline) > c.wait
}

// finish returns what the call came to. stopped is why the attempts stopped, apart
// from the last one's outcome.
func (c *call) finish(stopped error) error {
	err := c.last.err
	if err == nil && stopped == nil {
		return nil
	}
	interrupted := stopped != nil || c.ended
	if err == error(c.accepted) && c.accepted != nil && (!interrupted || c.last.ended) { //nolint:errorlint // this very error
		return err
	}
	if interrupted {
		err = c.interrupted(stopped)
	}
	if c.accepted != nil {
		return c.acceptedThen(err)
	}
	if c.unknown {
		return &OutcomeUnknownError{Op: c.op.name, IdempotencyKey: c.key, Err: err}
	}
	return err
}

// interrupted returns the error of a call whose context ended: it matches the
// context's error and that of the last answer, if there was one.
func (c *call) interrupted(stopped error) error {
	end := endOfContext(c.Context)
	if end == nil {
		end = stopped
	}
	if c.failure == nil {
		return c.transportError(end)
	}
	return c.transportError(&causes{end: end, before: c.failure})
}

// acceptedThen returns the error of a call that was accepted by an answer that
// could not be read. err is how the attempts after it ended.
func (c *call) acceptedThen(err error) error {
	e := *c.accepted
	e.Err = &causes{end: err, before: c.accepted.Err}
	e.text = e.describe(c.private())
	return &e
}

// transportError makes the error of an attempt without an answer.
func (c *call) transportError(err error) error {
	e := &TransportError{Op: c.op.name, Attempts: c.attempts, IdempotencyKey: c.key, Err: err, unsent: !c.reached}
	if _, ours := err.(*causes); !ours { //nolint:errorlint // its parts are ours already
		e.Err = c.foreign(err)
	}
	e.text = e.describe(c.private())
	return e
}
