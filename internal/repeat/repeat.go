// Package repeat repeats the attempts of a call with go-retryablehttp, which loops and
// waits while the call decides. It is the only importer of go-retryablehttp.
package repeat

import (
	"context"
	"errors"
	"math"
	"net/http"
	"net/url"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// Call is a call that can make several attempts.
type Call interface {
	context.Context

	// Attempt makes one attempt and records its outcome.
	Attempt()

	// Again decides whether another attempt follows.
	Again() bool

	// Wait returns the wait before the next attempt, after Again returned true.
	Wait() time.Duration
}

// Repeater repeats calls. It is safe for concurrent use.
type Repeater struct {
	client   *retryablehttp.Client
	noHeader http.Header // of every carrier; shared, never changed
}

// New returns a Repeater. The call decides how many attempts it makes.
func New() *Repeater {
	c := retryablehttp.NewClient()
	c.Logger = nil
	c.RetryMax = math.MaxInt
	c.HTTPClient = &http.Client{
		// It has no CloseIdleConnections: go-retryablehttp calls that after
		// every failure, and the connections are shared with other calls.
		Transport:     Transport{},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	c.CheckRetry = checkRetry
	c.Backoff = backoff
	c.ErrorHandler = func(resp *http.Response, err error, _ int) (*http.Response, error) { return resp, err }
	return &Repeater{client: c, noHeader: http.Header{}}
}

// Do makes the attempts of a call. Its error is not the outcome of an attempt: it means
// that the context ended during a wait.
//
// Do makes the first attempt itself: nearly all calls need no other, and the path through
// go-retryablehttp and http.Client costs more than the rest of a call.
func (r *Repeater) Do(c Call, method string, u *url.URL) error {
	c.Attempt()
	if !c.Again() {
		return nil
	}
	// The carrier is the request that go-retryablehttp and http.Client see: a method, a
	// URL and the call within its context. Headers, body and timeout are made per attempt
	// below them, where they cost less and cannot be replayed.
	outer := http.Request{Method: method, URL: u, Header: r.noHeader}
	resp, err := r.client.Do(&retryablehttp.Request{Request: outer.WithContext(&loop{Call: c})})
	if resp != nil {
		_ = resp.Body.Close()
	}
	return err
}

// loop is a call in the loop of go-retryablehttp. It is the context of the carrier,
// because go-retryablehttp hands nothing else to CheckRetry when a connection fails.
type loop struct {
	Call

	entered bool // the first attempt, made before the loop, has passed
}

// String hides the call.
func (*loop) String() string { return "repeat.loop" }

// checkRetry is the CheckRetry of go-retryablehttp. It does not look at the context
// first: an answer that arrived counts although the context ended.
func checkRetry(ctx context.Context, _ *http.Response, err error) (bool, error) {
	l, ok := ctx.(*loop)
	if !ok || err != nil {
		return false, err
	}
	if !l.entered {
		l.entered = true
		return true, nil
	}
	return l.Again(), nil
}

// backoff is the Backoff of go-retryablehttp.
func backoff(_, longest time.Duration, _ int, resp *http.Response) time.Duration {
	if resp != nil && resp.Request != nil {
		if l, ok := resp.Request.Context().(*loop); ok {
			return l.Wait()
		}
	}
	return longest
}

// Transport makes one attempt of the call that a carrier belongs to. It answers every
// carrier with an empty success, whatever the outcome of the attempt. So http.Client has
// nothing to follow, to wrap or to report, and the call has the outcome.
type Transport struct{}

// RoundTrip makes the attempt, unless the carrier has just entered the loop.
func (Transport) RoundTrip(outer *http.Request) (*http.Response, error) {
	l, ok := outer.Context().(*loop)
	if !ok {
		return nil, errors.New("pilotstatus: a request without a call")
	}
	if l.entered {
		l.Attempt()
	}
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: outer}, nil
}
