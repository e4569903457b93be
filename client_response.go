package pilotstatus

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// wantedResponse is the Response that a caller requested for one call.
type wantedResponse struct {
	response *Response // nil: not requested
	start    time.Time
}

// beginResponse empties the Response of ctx. It stays empty if the call is refused before
// its first attempt.
func beginResponse(ctx context.Context) wantedResponse {
	if ctx == nil {
		return wantedResponse{}
	}
	r := callOptionsOf(ctx).response
	if r == nil {
		return wantedResponse{}
	}
	*r = Response{}
	return wantedResponse{response: r, start: time.Now()}
}

// end fills the Response in from a call that ended.
func (w wantedResponse) end(c *call) {
	if w.response == nil {
		return
	}
	header, status := c.lastAnswer()
	w.set(Response{StatusCode: status, Header: header, Attempts: c.attempts})
}

// set fills the Response in, and its Duration.
func (w wantedResponse) set(r Response) {
	if w.response != nil {
		r.Duration = time.Since(w.start)
		*w.response = r
	}
}

// lastAnswer returns the headers, without the credential, and the status of the answer
// to the last attempt. Both are zero without one.
func (c *call) lastAnswer() (http.Header, int) {
	err := c.last.err
	if !c.last.made { // the context or the limiter ended the call before another attempt
		err = c.failure
	}
	if err == nil {
		return c.cleanHeader(c.answer), c.last.status
	}
	if refused, ok := errors.AsType[*APIError](err); ok {
		return refused.Header.Clone(), refused.StatusCode
	}
	if unread, ok := errors.AsType[*DecodeError](err); ok {
		return unread.Header.Clone(), unread.StatusCode
	}
	return nil, 0
}
