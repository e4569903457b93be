package pilotstatus

import (
	"context"
	"net/http"
	"time"
)

// callOptions are what a context sets for the calls under it. It has no String: what it
// points to is not for logs.
type callOptions struct {
	timeout  *time.Duration // of one attempt; nil: the client's
	retry    *RetryPolicy   // nil: the client's
	response *Response      // to fill in; nil: nobody wants it
}

type callOptionsKey struct{}

func callOptionsOf(ctx context.Context) callOptions {
	o, _ := ctx.Value(callOptionsKey{}).(callOptions)
	return o
}

// withCallOptions returns ctx with set applied to what it sets for calls. A nil ctx stays
// nil: the call answers that it has no context.
func withCallOptions(ctx context.Context, set func(*callOptions)) context.Context {
	if ctx == nil {
		return nil
	}
	o := callOptionsOf(ctx)
	set(&o)
	return context.WithValue(ctx, callOptionsKey{}, o)
}

// ContextWithAttemptTimeout returns a context under which the attempts of a call
// may take d in place of the client's attempt timeout ([WithAttemptTimeout]), for one
// slow call. d must be positive; otherwise the call is a [*ValidationError].
func ContextWithAttemptTimeout(ctx context.Context, d time.Duration) context.Context {
	return withCallOptions(ctx, func(o *callOptions) { o.timeout = &d })
}

// ContextWithRetry returns a context under which a call is repeated as p says, in place
// of the client's policy ([WithRetry]). [RetryPolicy]{} means one attempt: for a program
// that repeats calls by itself. A policy that [WithRetry] refuses makes the call a
// [*ValidationError].
//
// The retry budget belongs to the client: with a negative p.Budget the call takes no part
// in it, and its retries cost nothing; every other number means the client's budget.
func ContextWithRetry(ctx context.Context, p RetryPolicy) context.Context {
	return withCallOptions(ctx, func(o *callOptions) { o.retry = &p })
}

// Response is how a call ended on the wire; see [ContextWithResponse].
type Response struct {
	// StatusCode is the HTTP status of the last attempt, 0 without an answer.
	StatusCode int

	// Header holds the headers of the last attempt's answer, without the credential. It is
	// nil without an answer, and after the download of a link: they may repeat the link.
	Header http.Header

	// Attempts is how many requests the call made, 0 where it was refused before the
	// first.
	Attempts int

	// Duration is the time from the start of the call to its end, with the waits between
	// its attempts.
	Duration time.Duration
}

// ContextWithResponse returns a context under which a call fills in r when it ends,
// whether it succeeded or failed. A method that makes several calls, such as an iterator
// or a wait, fills it in after each. Use one Response for one call at a time. What the
// client asks for itself, such as the kind of its key, does not show in r.
func ContextWithResponse(ctx context.Context, r *Response) context.Context {
	return withCallOptions(ctx, func(o *callOptions) { o.response = r })
}

// withoutCallOptions returns ctx without what it sets for one call: what runs under it is
// done for other calls too.
func withoutCallOptions(ctx context.Context) context.Context {
	return withCallOptions(ctx, func(o *callOptions) { *o = callOptions{} })
}

// attemptTimeout returns what bounds one attempt: what the context sets, or else the
// client's.
func (o callOptions) attemptTimeout(client *options) (time.Duration, error) {
	switch {
	case o.timeout == nil:
		return client.timeout(), nil
	case *o.timeout <= 0:
		return 0, invalid("ctx", "its attempt timeout is not positive")
	}
	return *o.timeout, nil
}

// retryPolicy returns what the context sets, or else the client's policy.
func (o callOptions) retryPolicy(client *options) (RetryPolicy, error) {
	if o.retry == nil {
		return client.retry, nil
	}
	return o.retry.withDefaults()
}

// account returns what the call pays its repeats from.
func (o callOptions) account(client *options) account {
	if o.retry != nil && o.retry.Budget < 0 {
		return account{}
	}
	return account{budget: client.budget}
}
