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
	"sync"
	"time"
)

// attempt is what one attempt allocates, in one piece.
type attempt struct {
	request http.Request
	url     url.URL // of this attempt: a transport may change it
	body    bytes.Reader
	answer  io.LimitedReader
	trace   httptrace.ClientTrace

	mu       sync.Mutex // guards what follows; the callbacks of a trace come from any goroutine
	asked    bool       // for a connection
	obtained bool       // a connection
	host     string     // the last one that a connection was asked for
	wroteTo  string     // the last one that headers were written to
	replayed bool       // net/http was about to repeat the request over HTTP/2
}

// send sends the request and reads its answer within the attempt timeout.
func (c *call) send() outcome {
	if c.stream != nil {
		return c.sendStream()
	}
	ctx, cancel := context.WithTimeout(c.Context, c.timeout)
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
	if c.attempts > 1 {
		// net/http may still be reading the one before.
		return new(attempt)
	}
	return &c.first
}

// exchange sends the request and returns the answer as soon as its headers are
// there, or what the lack of one means. cancel ends ctx.
func (c *call) exchange(ctx context.Context, cancel context.CancelFunc, a *attempt) (*http.Response, outcome) {
	ctx = a.traced(ctx, cancel)
	resp, err := c.client.transport.send(c.newRequest(ctx, a))
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
	return resp, outcome{}
}

// traced watches whether the attempt asks for a connection and gets one: what got
// none provably never reached the API.
//
// It also ends the attempt when net/http takes a second HTTP/2 connection to a host
// that the headers were written to. net/http does so when the server resets the
// stream, again and again, past our retries and our limiter, and the server may have
// processed the request each time. After GOAWAY and REFUSED_STREAM it has not, but
// nothing tells these apart here: that such a call is unknown is the price.
func (a *attempt) traced(ctx context.Context, cancel context.CancelFunc) context.Context {
	a.trace.GetConn = func(host string) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.asked, a.host = true, host
	}
	a.trace.WroteHeaders = func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.wroteTo = a.host
	}
	a.trace.GotConn = func(info httptrace.GotConnInfo) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.obtained = true
		if a.wroteTo != "" && a.wroteTo == a.host && isHTTP2(info.Conn) {
			a.replayed = true
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
	if c.stream != nil {
		header["Accept"] = []string{c.stream.accept()}
	}
	return header
}

func (c *call) rewind() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(c.body)), nil }

// unanswered says what an attempt under ctx without an answer means.
func (c *call) unanswered(ctx context.Context, err error, a *attempt) outcome {
	a.mu.Lock()
	asked, obtained, replayed := a.asked, a.obtained, a.replayed
	a.mu.Unlock()
	if replayed {
		err = errReplay
	} else {
		err = c.endOf(ctx, err)
	}
	o := outcome{ended: c.Context.Err() != nil}
	o.reached = obtained || !asked && !isDialFailure(err)
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
	if ended := endOfContext(c.Context); ended != nil {
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
