package pilotstatus

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http/httptrace"
	"strings"
	"time"
)

// maxMoves is how often one call may be sent again because the server did not process it.
// net/http has the same limit.
const maxMoves = 7

// A server that refuses a large request may answer and close before it has read it all.
// net/http then sees that writing fails, and may drop the answer that it is about to read.
// It continues only after the trace returns.
const (
	writeBuffer    = 4 << 10 // of net/http, in bytes: what fits is written at once
	answerPatience = 200 * time.Millisecond
)

var (
	errReplay        = errors.New("the connection failed after the request went out")
	errGoAway        = errors.New("the server ended the HTTP/2 connection before it processed the request")
	errRefusedStream = errors.New("the server refused the HTTP/2 stream before it processed the request")
	errNotWritten    = errors.New("the HTTP/2 connection ended before the request was written")
)

func (a *attempt) sighted() sighting {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.seen
}

// asks records that net/http requests a connection.
func (a *attempt) asks(host string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.seen.asked, a.seen.host = true, host
}

// obtains records that net/http got a connection.
func (a *attempt) obtains() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.seen.obtained = true
}

// traced records whether the attempt requests a connection and gets one. A request without
// a connection was never sent. traced ends the attempt before anything is written if the
// request has the wrong form for the connection.
//
// It also ends the attempt when net/http takes a second HTTP/2 connection to a host that
// already received the headers. net/http does so when the server resets the stream,
// repeatedly and without our retries and limiter, and the server may have processed the
// request each time. It affects only a request that net/http can repeat: a GET of class
// safe.
func (c *call) traced(ctx context.Context, cancel context.CancelFunc, a *attempt) context.Context {
	a.trace.GetConn = a.asks
	a.trace.WroteHeaders = func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.seen.wroteTo = a.seen.host
		a.seen.wrote++
		if a.seen.http2 && !c.client.core().traces.Load() {
			c.client.core().traces.Store(true)
		}
	}
	a.trace.GotConn = func(info httptrace.GotConnInfo) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.seen.obtained = true
		a.seen.http2 = isHTTP2(info.Conn)
		if !a.seen.http2 {
			return
		}
		// net/http looks at the context before it writes the headers.
		switch {
		case a.seen.wrote > 0 && a.seen.wroteTo == a.seen.host:
			a.seen.replayed = true
			cancel()
		case a.http1:
			a.seen.unfit = true
			cancel()
		}
	}
	if len(c.body) > writeBuffer {
		a.trace.WroteRequest = func(info httptrace.WroteRequestInfo) {
			if info.Err != nil && !a.sighted().http2 {
				_ = pause(ctx, answerPatience) // ctx ends with the exchange
			}
		}
	}
	return httptrace.WithClientTrace(ctx, &a.trace)
}

// isHTTP2 checks for a method and not for a type, because the connection may be wrapped.
func isHTTP2(conn net.Conn) bool {
	c, ok := conn.(interface{ ConnectionState() tls.ConnectionState })
	return ok && c.ConnectionState().NegotiatedProtocol == "h2"
}

// unprocessed returns whether another connection may take an HTTP/2 request that ended with
// err at once, and the reason why the server did not process it, nil if the server may
// have. net/http has no types for this, so unprocessed compares the exact text of the
// innermost error. No text of the server is part of it.
func (c *call) unprocessed(err error, seen sighting) (movable bool, reason error) {
	const (
		goAway  = "http2: Transport received Server's graceful shutdown GOAWAY"
		failing = "http2: Transport received GOAWAY from server ErrCode:"
		stream  = "stream error: stream ID "
		refused = "; REFUSED_STREAM; received from peer"
	)
	if seen.wrote > 1 { // a transport may have repeated a request that was processed the first time
		return false, nil
	}
	text := leafText(err)
	if rest, ok := strings.CutPrefix(text, "http2: Transport: cannot retry err ["); ok {
		text, _, _ = strings.Cut(rest, "] after Request.Body was written;")
	}
	switch {
	case text == goAway:
		return true, errGoAway
	case strings.HasPrefix(text, failing):
		return false, errGoAway
	case strings.HasPrefix(text, stream) && strings.HasSuffix(text, refused):
		return true, errRefusedStream
	case seen.wrote > 0:
		return false, nil
	}
	switch text {
	case "http2: client conn not usable", "http2: client conn could not be established", // closed before its first stream
		"http2: no cached connection was available",
		"net/http: cannot rewind body after connection loss":
		return true, errNotWritten
	}
	if c.client.core().traces.Load() { // the trace would have seen it
		return false, withoutURL(err)
	}
	return false, nil
}

// moves reports whether the call is sent again within the same attempt, in every class: if
// the form of the request did not fit, or if the server did not process the request. From
// the second time on it waits first.
func (c *call) moves(o outcome, deadline time.Time) bool {
	if o.err == nil || o.ended {
		return false
	}
	if o.unfit {
		fits := c.http2
		c.http2 = true
		return !fits
	}
	if !o.movable || c.moved == maxMoves {
		return false
	}
	c.moved++
	if c.moved == 1 {
		return true
	}
	wait := c.policy.wait(c.moved-1, 0)
	return time.Until(deadline) > wait && pause(c.Context, wait) == nil
}
