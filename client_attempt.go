package pilotstatus

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"time"
)

// send sends the request and reads its answer within the attempt timeout. What the
// server provably did not process goes out again, on another connection.
func (c *call) send() outcome {
	deadline := time.Now().Add(c.timeout)
	for {
		var o outcome
		if c.stream != nil {
			o = c.sendStream(deadline)
		} else {
			o = c.sendWhole(deadline)
		}
		if !c.moves(o, deadline) {
			return o
		}
	}
}

func (c *call) sendWhole(deadline time.Time) outcome {
	ctx, cancel := context.WithDeadline(c.Context, deadline)
	defer cancel()
	a := c.newAttempt()
	resp, o := c.exchange(ctx, cancel, a)
	if resp == nil {
		return o
	}
	defer func() { _ = resp.Body.Close() }()
	return c.read(ctx, a, resp)
}

func (c *call) newAttempt() *attempt {
	if c.used {
		// net/http may still be reading the one before.
		return new(attempt)
	}
	c.used = true
	return &c.first
}

// exchange sends the request and returns the answer as soon as its headers are
// there, or what the lack of one means. cancel ends ctx.
func (c *call) exchange(ctx context.Context, cancel context.CancelFunc, a *attempt) (*http.Response, outcome) {
	ctx = c.traced(ctx, cancel, a)
	resp, err := c.client.transport.send(c.newRequest(ctx, a), &a.auth)
	if err == nil && resp == nil {
		err = errors.New("the transport gave neither an answer nor an error")
	}
	if err != nil {
		if resp != nil && resp.Body != nil {
			_ = resp.Body.Close()
		}
		return nil, c.unanswered(ctx, err, a)
	}
	if resp.Body == nil {
		resp.Body = http.NoBody
	}
	c.client.core().http2.Store(resp.ProtoMajor == 2)
	return resp, outcome{}
}

// newRequest builds the request of one attempt. What is no GET has two forms. Over
// HTTP/1.1 net/http may repeat it: it does so only where nothing was written to a dead
// connection. Over HTTP/2 it would repeat too much, so it gets no way to read the body
// a second time: then it says what happened instead. An empty body has to look like one
// that it cannot repeat.
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
			// A GET and what has a key would be repeated in other cases too.
			request.GetBody = c.rewind
			a.http1 = true
		}
	case http1:
		a.http1 = true
	case !isGet || c.op.retry.changes():
		// net/http repeats a GET without a body by itself, which these classes
		// forbid; it does not where it cannot see that the body is empty.
		request.Body = io.NopCloser(&a.body)
	}
	a.request = *request.WithContext(ctx)
	return &a.request
}

// newHeader returns the headers of one attempt, without the credential. Nothing of them
// is shared with another attempt.
func (c *call) newHeader(a *attempt) http.Header {
	shared := c.client.core().readHeader
	if c.body != nil {
		shared = c.client.core().writeHeader
	}
	header := maps.Clone(shared)
	values := a.values[:0]
	own := func(value string) []string {
		values = append(values, value)
		return values[len(values)-1 : len(values) : len(values)]
	}
	for name, value := range shared {
		header[name] = own(value[0])
	}
	if c.key != "" {
		header["Idempotency-Key"] = own(c.key)
	}
	if c.stream != nil {
		header["Accept"] = []string{c.stream.accept()}
	}
	return header
}

func (c *call) rewind() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(c.body)), nil }

// unanswered says what an attempt under ctx without an answer means.
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
		// Without retries of ours a GET of class safe has the one of net/http.
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

// sendStream is sendWhole for an answer that is handed over unread.
func (c *call) sendStream(deadline time.Time) outcome {
	ctx, cancel := context.WithCancel(c.Context)
	timer := time.AfterFunc(time.Until(deadline), cancel)
	a := c.newAttempt()
	resp, o := c.exchange(ctx, cancel, a)
	switch {
	case resp == nil:
	case !isSuccess(resp.StatusCode) || !isStream(resp):
		o = c.read(ctx, a, resp)
	case timer.Stop():
		c.answer = resp.Header
		body, length := streamed(resp)
		c.stream.take(resp.Header, length, c.newStreamBody(body, cancel))
		return outcome{status: resp.StatusCode}
	default: // the timeout came with the headers
		cancel() // the timer may not have got that far
		o = c.unanswered(ctx, context.Canceled, a)
	}
	if resp != nil {
		_ = resp.Body.Close()
	}
	timer.Stop()
	cancel()
	return o
}
