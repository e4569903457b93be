package pilotstatus

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

const (
	contentJSON = "application/json"
	maxHeaders  = 6 // of an attempt, those of the credential too
)

// Attempt makes one attempt of the call and records its outcome.
func (c *call) Attempt() {
	if o, admitted := c.admitted(); !admitted {
		c.last = o
		return
	}
	c.attempts++
	c.account.due = 0
	start := time.Now()
	deadline := start.Add(c.timeout)
	for {
		c.last = c.exchange(deadline)
		if !c.moves(c.last, deadline) {
			break
		}
	}
	if c.client.core().observed() {
		c.last.duration = time.Since(start)
	}
	c.last.made = true
	c.record()
}

// exchange sends the request once and reads its answer. It is the sequence of one attempt,
// after the limiter and before the decision about the next one. A request that the server
// did not process is sent again within the same attempt.
func (c *call) exchange(deadline time.Time) outcome {
	a := c.newAttempt()

	// The timeout ends with the answer, or with the headers of a streamed one.
	ctx, cancel, lift := c.bounded(deadline)
	defer func() {
		if !a.streamed {
			cancel()
		}
	}()

	// The trace tells later what reached the API.
	ctx = c.traced(ctx, cancel, a)

	// The request is this attempt's own, so that the transport may keep and change it.
	request := c.newRequest(ctx, a)

	// The auth transport checks the origin and adds the credential, last of all.
	resp, err := c.client.transport.send(request, &a.auth)

	// Without an answer the trace decides what may have happened.
	if err := answerError(resp, err); err != nil {
		return c.unanswered(ctx, err, a)
	}
	c.client.core().http2.Store(resp.ProtoMajor == 2)

	// A streamed answer goes to its reader, with the context.
	if c.stream != nil && isSuccess(resp.StatusCode) && isStream(resp) {
		if lift() {
			a.streamed = true
			return c.handOver(resp, cancel)
		}
		_ = resp.Body.Close()
		cancel() // the timer may not have got that far
		return c.unanswered(ctx, context.Canceled, a)
	}

	// Every other answer is read to its end and classified, before the context ends:
	// that would lose the connection.
	defer func() { _ = resp.Body.Close() }()
	return c.read(ctx, a, resp)
}

// admitted asks the context and the Limiter whether the attempt may be made. If not, it
// returns the outcome.
func (c *call) admitted() (outcome, bool) {
	// go-retryablehttp may start an attempt after the context ended.
	if err := endOfContext(c.Context); err != nil {
		return outcome{err: c.transportError(err), ended: true}, false
	}
	err := c.client.core().admit(c.Context)
	if err == nil {
		return outcome{}, true
	}
	if c.failure != nil {
		err = &causes{end: c.foreign(err), before: c.failure}
	}
	return outcome{err: c.transportError(err), ended: c.Context.Err() != nil}, false
}

// bounded returns the context of an attempt, which ends at the deadline or with cancel.
// lift removes the deadline and reports whether it was in time; it is for streamed answers
// only.
func (c *call) bounded(deadline time.Time) (ctx context.Context, cancel context.CancelFunc, lift func() bool) {
	if c.stream == nil {
		ctx, cancel = context.WithDeadline(c.Context, deadline)
		return ctx, cancel, nil
	}
	ctx, end := context.WithCancel(c.Context)
	timer := time.AfterFunc(time.Until(deadline), end)
	cancel = func() {
		timer.Stop()
		end()
	}
	return ctx, cancel, timer.Stop
}

// record keeps the facts about this attempt that later attempts cannot undo: the last
// error answer, an accepted answer, an unknown outcome.
func (c *call) record() {
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

func (c *call) newAttempt() *attempt {
	if c.used {
		// net/http may still be reading the previous one.
		return new(attempt)
	}
	c.used = true
	return &c.first
}

// answerError returns the error of an attempt without an answer. If it returns nil, the
// body of the answer is not nil.
func answerError(resp *http.Response, err error) error {
	switch {
	case err != nil && resp != nil && resp.Body != nil:
		_ = resp.Body.Close()
	case err == nil && resp == nil:
		return errors.New("the transport gave neither an answer nor an error")
	case err == nil && resp.Body == nil:
		resp.Body = http.NoBody
	}
	return err
}

// newRequest builds the request of one attempt. Requests other than GET have two forms.
// Over HTTP/1.1 net/http may repeat the request, because it does so only if nothing was
// written to a dead connection. Over HTTP/2 it would repeat too often. So it gets no way to
// read the body a second time and returns the error instead. An empty body must look like
// one that it cannot repeat.
func (c *call) newRequest(ctx context.Context, a *attempt) *http.Request {
	a.url = c.url
	request := http.Request{
		Method: c.op.method,
		URL:    &a.url,
		Proto:  "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: c.newHeader(a),
	}
	isGet := c.op.method == http.MethodGet
	http1 := !isGet && !c.http2 && !c.client.core().http2.Load()
	switch {
	case c.body != nil:
		a.body.Reset(c.body)
		// A type of our own would make net/http write headers and body apart.
		request.Body = io.NopCloser(&a.body)
		request.ContentLength = int64(len(c.body))
		if c.key == "" && http1 {
			// net/http would repeat a GET, or a request with a key, in other cases too.
			request.GetBody = c.rewind
			a.http1 = true
		}
	case http1:
		a.http1 = true
	case !isGet || c.op.retry.changes():
		// net/http itself repeats a GET without a body, which these classes forbid. It does
		// not if it cannot see that the body is empty.
		request.Body = io.NopCloser(&a.body)
	}
	a.request = *request.WithContext(ctx)
	return &a.request
}

// newHeader returns the headers of one attempt, without the credential. Attempts share no
// part of them.
func (c *call) newHeader(a *attempt) http.Header {
	header := make(http.Header, maxHeaders)
	a.values = [...]string{contentJSON, c.client.core().userAgent, contentJSON, c.key}
	value := func(i int) []string { return a.values[i : i+1 : i+1] }
	header["Accept"] = value(0)
	header["User-Agent"] = value(1)
	if c.body != nil {
		header["Content-Type"] = value(2)
	}
	if c.key != "" {
		header["Idempotency-Key"] = value(3)
	}
	if c.stream != nil {
		a.values[0] = c.stream.accept()
	}
	return header
}

func (c *call) rewind() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(c.body)), nil }

// unanswered returns the outcome of an attempt under ctx without an answer.
func (c *call) unanswered(ctx context.Context, err error, a *attempt) outcome {
	seen := a.sighted()
	o := outcome{ended: c.Context.Err() != nil}
	o.reached = seen.obtained || !seen.asked && !isDialFailure(err)
	var (
		movable bool
		reason  error
	)
	if seen.http2 && ctx.Err() == nil {
		movable, reason = c.unprocessed(err, seen)
	}
	switch {
	case seen.unfit && seen.wrote == 0:
		o.reached, o.unfit = false, true
		err = c.endOf(ctx, err)
	case seen.replayed:
		err = errReplay
		// If the policy has no retries, a GET of class safe has the retry of net/http.
		o.movable = c.op.retry == RetrySafe && c.moved == 0 && c.policy.MaxRetries == 0
	case reason != nil:
		o.reached, o.movable = false, movable
		err = reason
	case !seen.obtained && ctx.Err() == nil && proxyFailure(err, seen.asked) != nil:
		o.reached = false
		err = proxyFailure(err, seen.asked)
	default:
		err = c.endOf(ctx, err)
	}
	if _, refused := errors.AsType[*ValidationError](err); refused {
		o.reached = false
	}
	o.transient = !isFinalFailure(err)
	c.reached = c.reached || o.reached
	o.err = c.transportError(err)
	return o
}

// handOver gives a streamed answer to its reader, which calls cancel at the end.
func (c *call) handOver(resp *http.Response, cancel context.CancelFunc) outcome {
	c.answer = resp.Header
	body, length := streamed(resp)
	c.stream.take(resp.Header, length, c.newStreamBody(body, cancel))
	return outcome{status: resp.StatusCode}
}
