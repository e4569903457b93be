package pilotstatus

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"
)

// attempt is what one attempt allocates, in one piece.
type attempt struct {
	request  http.Request
	url      url.URL // of this attempt: a transport may change it
	body     bytes.Reader
	answer   io.LimitedReader
	trace    httptrace.ClientTrace
	asked    atomic.Bool // for a connection
	obtained atomic.Bool
	written  atomic.Bool // the headers went out, or at least into a buffer
	replayed atomic.Bool // net/http was about to repeat the request over HTTP/2
}

// send sends the request and reads its answer within the attempt timeout.
func (c *call) send() outcome {
	ctx, cancel := context.WithTimeout(c.Context, c.timeout)
	defer cancel()
	a := &c.first
	if c.attempts > 1 {
		// net/http may still be reading the one before.
		a = new(attempt)
	}
	ctx = a.traced(ctx, cancel)
	resp, err := c.client.transport.send(c.newRequest(ctx, a))
	if err == nil && resp == nil {
		err = errors.New("the transport gave neither an answer nor an error")
	}
	if err != nil {
		if resp != nil && resp.Body != nil {
			_ = resp.Body.Close()
		}
		if a.replayed.Load() {
			err = errReplay
		} else {
			err = c.endOf(ctx, err)
		}
		return c.unanswered(err, a)
	}
	if resp.Body == nil {
		resp.Body = http.NoBody
	}
	defer func() { _ = resp.Body.Close() }()
	return c.read(ctx, a, resp)
}

// traced watches whether the attempt asks for a connection and gets one: what got
// none provably never reached the API. It also ends the attempt when net/http takes
// a second HTTP/2 connection after the headers went out: a server that resets the
// stream would be sent the same request again and again, as fast as it resets,
// past our retries and our limiter.
func (a *attempt) traced(ctx context.Context, cancel context.CancelFunc) context.Context {
	a.trace.GetConn = func(string) { a.asked.Store(true) }
	a.trace.WroteHeaders = func() { a.written.Store(true) }
	a.trace.GotConn = func(info httptrace.GotConnInfo) {
		if a.obtained.Swap(true) && a.written.Load() && isHTTP2(info.Conn) {
			a.replayed.Store(true)
			cancel() // net/http looks at the context before it writes the headers
		}
	}
	return httptrace.WithClientTrace(ctx, &a.trace)
}

var errReplay = errors.New("the connection failed after the request went out")

// isHTTP2 asks by the method and not by the type, because the connection may be
// wrapped.
func isHTTP2(conn net.Conn) bool {
	c, ok := conn.(interface{ ConnectionState() tls.ConnectionState })
	return ok && c.ConnectionState().NegotiatedProtocol == "h2"
}

// newRequest builds the request of one attempt.
func (c *call) newRequest(ctx context.Context, a *attempt) *http.Request {
	a.url = c.url
	request := http.Request{
		Method: c.op.method,
		URL:    &a.url,
		Proto:  "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: c.newHeader(),
	}
	switch {
	case c.body != nil:
		a.body.Reset(c.body)
		// A type of our own would make net/http write headers and body apart.
		request.Body = io.NopCloser(&a.body)
		request.ContentLength = int64(len(c.body))
		if c.key == "" && c.op.method != http.MethodGet {
			// It lets net/http move to another connection after nothing was
			// written to a dead one. A GET and what has a key would be repeated
			// in other cases too.
			request.GetBody = c.rewind
		}
	case c.op.method == http.MethodGet && c.op.retry.changes():
		// net/http repeats a GET without a body by itself, which these classes
		// forbid; it does not where it cannot see that the body is empty.
		request.Body = io.NopCloser(&a.body)
	}
	a.request = *request.WithContext(ctx)
	return &a.request
}

// newHeader returns the headers of one attempt, without the credential.
func (c *call) newHeader() http.Header {
	shared := c.client.core.readHeader
	if c.body != nil {
		shared = c.client.core.writeHeader
	}
	header := maps.Clone(shared)
	if c.key != "" {
		header["Idempotency-Key"] = c.keyHeader[:]
	}
	return header
}

func (c *call) rewind() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(c.body)), nil }

// unanswered says what an attempt without an answer means.
func (c *call) unanswered(err error, a *attempt) outcome {
	o := outcome{ended: c.Context.Err() != nil}
	o.reached = a.obtained.Load() || !a.asked.Load() && !isDialFailure(err)
	var refused *ValidationError
	if errors.As(err, &refused) {
		o.reached = false
	}
	o.transient = !isFinalFailure(err)
	o.err = c.transportError(err)
	return o
}

// attemptTimeoutError is an attempt that took too long while the caller's context
// goes on.
type attemptTimeoutError struct{ after time.Duration }

func (e *attemptTimeoutError) Error() string {
	return "no complete answer within the attempt timeout of " + e.after.String()
}

// Timeout makes it a net.Error with Timeout() true.
func (e *attemptTimeoutError) Timeout() bool { return true }

// Temporary completes net.Error.
func (e *attemptTimeoutError) Temporary() bool { return true }

// Is makes it match context.DeadlineExceeded, as the timeout of http.Client does.
func (e *attemptTimeoutError) Is(target error) bool { return target == context.DeadlineExceeded }

// endOf returns why an attempt under ctx ended with err: the caller's context, the
// attempt timeout, or err itself without the URL that net/url puts into it.
func (c *call) endOf(ctx context.Context, err error) error {
	if ended := c.Context.Err(); ended != nil {
		return ended
	}
	if ctx.Err() != nil {
		return &attemptTimeoutError{after: c.timeout}
	}
	return withoutURL(err)
}

// withoutURL returns the cause of the innermost *url.Error in err: its text has
// the URL, and so ids and tokens.
func withoutURL(err error) error {
	for {
		var withURL *url.Error
		if !errors.As(err, &withURL) {
			return err
		}
		if err = withURL.Err; err == nil {
			return errors.New("the transport failed without saying why")
		}
	}
}
