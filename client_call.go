package pilotstatus

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// prepare builds a call after it has checked the input.
func (c *Client) prepare(ctx context.Context, op *operation, in input, out any) (*call, error) {
	c = c.current()
	if err := c.ready(ctx, op, in); err != nil {
		return nil, err
	}
	return c.newCall(ctx, op, in, out)
}

// perform makes the call. It returns the call that ended, which is a new one if the key of
// the number had changed.
func (c *call) perform() (*call, error) {
	err := c.finish(c.client.core().repeater.Do(c, c.op.method, &c.url))
	if next := c.withNewKey(); next != nil {
		return next, next.finish(next.client.core().repeater.Do(next, next.op.method, &next.url))
	}
	return c, err
}

// ready refuses an invalid call before any part of it is built.
func (c *Client) ready(ctx context.Context, op *operation, in input) error {
	if c == nil || c.core == nil {
		return errNoClient()
	}
	if ctx == nil {
		return errNoContext()
	}
	if c.problem != nil {
		return c.problem
	}
	if err := c.checkScope(op.name, op.scopes); err != nil {
		return err
	}
	if v, ok := in.query.(validator); ok {
		if err := v.validate(); err != nil {
			return err
		}
	}
	if v, ok := in.body.(validator); ok {
		return v.validate()
	}
	return nil
}

// newCall builds the parts that all attempts share.
func (c *Client) newCall(ctx context.Context, op *operation, in input, out any) (*call, error) {
	own := callOptionsOf(ctx)
	timeout, err := own.attemptTimeout(&c.core().options)
	if err != nil {
		return nil, err
	}
	policy, err := own.retryPolicy(&c.core().options)
	if err != nil {
		return nil, err
	}
	path, escaped, err := op.path(in.path)
	if err != nil {
		return nil, err
	}
	sent := &call{callBase: callBase{
		Context: ctx, client: c, op: op, in: in, out: out,
		timeout: timeout, policy: policy, account: own.account(&c.core().options),
	}}
	sent.stream, _ = out.(streamer)
	sent.url = *c.core().baseURL
	sent.url.Path += path
	if sent.url.RawPath != "" || path != escaped {
		sent.url.RawPath = c.core().baseURL.EscapedPath() + escaped
	}
	if in.query != nil {
		if sent.query, err = queryOf(in.query); err != nil {
			return nil, err
		}
		sent.url.RawQuery = sent.query.Encode()
	}
	if in.encoded != nil {
		sent.body = in.encoded
	} else if err := sent.setBody(in.body); err != nil {
		return nil, err
	}
	return sent, sent.setKey(in.key)
}

// setBody encodes the body once, so that every attempt sends the same bytes.
func (c *call) setBody(body any) error {
	if body == nil {
		return nil
	}
	body, err := withExtra(body, extraOf(body))
	if err != nil {
		return err
	}
	if c.op.name == opDo {
		c.body, err = marshalOwn("Body", body)
		return err
	}
	data, err := marshalBody(body)
	if err != nil {
		return unencodable(err)
	}
	if hasNUL(data) {
		return invalid("body", "a text in it: "+reasonNUL)
	}
	c.body = data
	return nil
}

// setKey chooses the idempotency key of a keyed call.
func (c *call) setKey(key string) error {
	switch {
	case c.op.retry != RetryKeyed:
		return nil
	case key == "":
		key = rand.Text()
	default:
		if err := validateIdempotencyKey(key); err != nil {
			return err
		}
		if secret := c.credential(); secret != "" && strings.Contains(key, secret) {
			return invalid("IdempotencyKey", "it holds the credential, which would be stored as a key of yours")
		}
	}
	c.key = key
	return nil
}

// maxIdempotencyKey is the API's limit. The API documents characters and does not say how
// it counts a character of several bytes, so the limit here is in bytes.
const maxIdempotencyKey = 255

func validateIdempotencyKey(key string) error {
	const field = "IdempotencyKey"
	switch {
	case key == "":
		return invalid(field, "it is empty")
	case len(key) > maxIdempotencyKey:
		return invalid(field, "it is longer than 255 bytes; a letter with an accent has two")
	case strings.TrimSpace(key) != key:
		return invalid(field, "it has blanks at an end, which a header loses")
	case strings.ContainsFunc(key, unicode.IsControl) || !utf8.ValidString(key):
		return invalid(field, "it has control characters")
	}
	return nil
}

// admit asks the Limiter before an attempt.
func (c *core) admit(ctx context.Context) error {
	if c.limiter == nil {
		return nil
	}
	if err := c.limiter.Wait(ctx); err != nil {
		return withCause(ctx, withoutURL(err))
	}
	return endOfContext(ctx)
}

// Again decides whether another attempt follows, and after which wait.
func (c *call) Again() bool {
	repeat := c.decideRetry()
	if core := c.client.core(); core.observed() && c.last.made {
		a := Attempt{
			Op: c.op.name, Origin: core.origin.String(), Method: c.op.method, Index: c.attempts,
			StatusCode: c.last.status, Duration: c.last.duration, Err: c.last.err, BudgetSpent: c.last.spent,
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

func (c *call) decideRetry() bool {
	if c.last.err == nil {
		c.account.succeed()
		return false
	}
	if !c.last.made {
		c.account.refund()
	}
	if c.last.ended {
		c.ended = true
		return false
	}
	policy := c.policy
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
	if deadline, bounded := c.Deadline(); bounded && time.Until(deadline) <= c.wait {
		return false
	}
	if !c.account.pay(c.op.retry, c.last) {
		c.last.spent = true
		endByBudget(c.last.err, c.private())
		return false
	}
	return true
}

// finish returns the error of the call. stopped is the reason why the attempts stopped,
// other than the outcome of the last one.
func (c *call) finish(stopped error) error {
	err := c.last.err
	if err == nil && stopped == nil {
		return nil
	}
	if stopped != nil { // during the wait for an attempt
		c.account.refund()
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

// interrupted returns the error of a call whose context ended. It matches the context's
// error and the error of the last answer, if there was one.
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

// acceptedThen returns the error of a call that the API accepted with an unreadable answer.
// err is the error of the attempts after it.
func (c *call) acceptedThen(err error) error {
	e := *c.accepted
	e.Err = &causes{end: err, before: c.accepted.Err}
	e.text = e.describe(c.private())
	return &e
}

// withNewKey returns the call again with a new key, if the API refused the key of the call
// and the pool has another one. Otherwise it returns nil.
func (c *call) withNewKey() *call {
	if c.client.pooled == nil || c.last.status != http.StatusUnauthorized {
		return nil
	}
	if _, dead := errors.AsType[*UnauthorizedError](c.last.err); !dead {
		return nil // of a pairing session, not of the key
	}
	client := c.client.pooled().renew(c.Context, c.client)
	if client == nil || c.op.retry != RetrySafe && c.op.retry != RetryKeyed {
		return nil
	}
	return c.withClient(client)
}
