package pilotstatus

import (
	"context"
	"net/http"
	"time"
)

// callOptions are the settings in a context for its calls. It has no String, because it
// points to values that must not be logged.
type callOptions struct {
	timeout  *time.Duration // of one attempt; nil: the client's
	retry    *RetryPolicy   // nil: the client's
	response *Response      // to fill in; nil: not requested
}

type callOptionsKey struct{}

func callOptionsOf(ctx context.Context) callOptions {
	o, _ := ctx.Value(callOptionsKey{}).(callOptions)
	return o
}

// withCallOptions returns ctx with set applied to its call options. A nil ctx stays nil,
// and the call refuses it.
func withCallOptions(ctx context.Context, set func(*callOptions)) context.Context {
	if ctx == nil {
		return nil
	}
	o := callOptionsOf(ctx)
	set(&o)
	return context.WithValue(ctx, callOptionsKey{}, o)
}

// ContextWithAttemptTimeout returns a context under which each attempt of a call may take
// d, in place of the attempt timeout of the client ([WithAttemptTimeout]). It is for single
// slow calls. If d is not positive, the call is a [*ValidationError].
func ContextWithAttemptTimeout(ctx context.Context, d time.Duration) context.Context {
	return withCallOptions(ctx, func(o *callOptions) { o.timeout = &d })
}

// ContextWithRetry returns a context under which calls use the policy p in place of the
// client's policy ([WithRetry]). [RetryPolicy]{} means one attempt, for a program that
// retries calls itself. If [WithRetry] would refuse p, the call is a [*ValidationError].
//
// The retry budget belongs to the client. With a negative p.Budget the retries of the call
// cost nothing. Any other number means the client's budget.
func ContextWithRetry(ctx context.Context, p RetryPolicy) context.Context {
	return withCallOptions(ctx, func(o *callOptions) { o.retry = &p })
}

// Response describes the HTTP exchange of a call; see [ContextWithResponse].
type Response struct {
	// StatusCode is the HTTP status of the last attempt, 0 without an answer.
	StatusCode int

	// Header holds the headers of the last attempt's answer, without the credential. It is
	// nil without an answer. It is also nil after the download of a link, because the
	// headers may repeat the link.
	Header http.Header

	// Attempts is the number of requests, 0 if the call was refused before the first.
	Attempts int

	// Duration is the time from the start of the call to its end, with the waits between
	// its attempts.
	Duration time.Duration
}

// ContextWithResponse returns a context under which a call fills in r when it ends, with
// success or failure. A method that makes several calls, such as an iterator or a wait,
// fills it in after each. A call with a [*ValidationError] may leave r as it was. Use one
// Response for one call at a time. Requests that the client makes for itself, such as the
// question for the kind of its key, do not change r.
func ContextWithResponse(ctx context.Context, r *Response) context.Context {
	return withCallOptions(ctx, func(o *callOptions) { o.response = r })
}

// withoutCallOptions returns ctx without its call options, for work that serves other calls
// too.
func withoutCallOptions(ctx context.Context) context.Context {
	return withCallOptions(ctx, func(o *callOptions) { *o = callOptions{} })
}

// attemptTimeout returns the attempt timeout of the context, or else the client's.
func (o callOptions) attemptTimeout(client *options) (time.Duration, error) {
	switch {
	case o.timeout == nil:
		return client.timeout(), nil
	case *o.timeout <= 0:
		return 0, invalid("ctx", "its attempt timeout is not positive")
	}
	return *o.timeout, nil
}

// retryPolicy returns the policy of the context, or else the client's.
func (o callOptions) retryPolicy(client *options) (RetryPolicy, error) {
	if o.retry == nil {
		return client.retry, nil
	}
	return o.retry.withDefaults()
}

// account returns the account that pays for the retries of the call.
func (o callOptions) account(client *options) account {
	if o.retry != nil && o.retry.Budget < 0 {
		return account{}
	}
	return account{budget: client.budget}
}
