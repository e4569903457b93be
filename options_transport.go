package pilotstatus

import (
	"net/http"
	"strconv"
	"time"
)

const (
	defaultMaxIdleConns = 512
	idleConnTimeout     = 90 * time.Second

	// pingAfter is how long an HTTP/2 connection may be silent before it gets a ping, and
	// how long it has for the answer.
	pingAfter = 15 * time.Second
)

// WithMaxIdleConns sets how many connections without a call the client keeps open, 512 by
// default. An idle connection is closed after 90 seconds. Over HTTP/1.1 each concurrent call
// has a connection of its own: where more goroutines than n make calls, connections are
// closed and opened all the time. Over HTTP/2 one connection serves many calls.
//
// Each client of [NewNumberClient], [NewTenantClient] and [NewPublicClient] has connections
// of its own, so a process with 1,000 such clients has at least 1,000 connections. These
// share connections:
//
//   - a tenant client, its views, and the clients of its [NumberPool] and of
//     [TenantClient.OpenNumber]. This is the way to call the API for many numbers.
//   - clients made with [WithHTTPClient] and the same Transport. Set the MaxIdleConns and
//     MaxIdleConnsPerHost of that Transport: net/http keeps 2 connections a host by default.
//
// In the options of [NewNumberPool] and [TenantClient.OpenNumber], WithMaxIdleConns makes
// connections of their own. The option is an error for n below 1 and with [WithHTTPClient],
// also that of the tenant client. It does nothing if the program replaced
// http.DefaultTransport by another type than *http.Transport.
func WithMaxIdleConns(n int) Option {
	return func(o *options) error {
		if n < 1 {
			return invalid("max idle conns", strconv.Itoa(n)+" is less than 1")
		}
		o.maxIdleConns = n
		return nil
	}
}

// makeTransport makes the default transport if there is no transport yet.
func (o *options) makeTransport() {
	if o.transport == nil {
		o.transport = defaultTransport(o.maxIdleConns)
	}
	o.maxIdleConns = 0 // whoever inherits the options inherits the transport
}

// defaultTransport returns a clone of http.DefaultTransport that keeps maxIdle idle
// connections; 0 means enough for a busy service. If a program replaced
// http.DefaultTransport by another type, it returns that one.
func defaultTransport(maxIdle int) http.RoundTripper {
	shared, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	if maxIdle == 0 {
		maxIdle = defaultMaxIdleConns
	}
	transport := shared.Clone()
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost = maxIdle, maxIdle
	transport.IdleConnTimeout = idleConnTimeout
	if transport.HTTP2 == nil {
		transport.HTTP2 = new(http.HTTP2Config)
	}
	if transport.HTTP2.SendPingTimeout == 0 {
		// A dead HTTP/2 connection would otherwise take every call until TCP gives up.
		transport.HTTP2.SendPingTimeout, transport.HTTP2.PingTimeout = pingAfter, pingAfter
	}
	tellRefusals(transport)
	return transport
}
