package pilotstatus

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync"
	"time"

	"github.com/pilotstatus/pilotstatus-go/internal/redact"
)

// input is the input of one call of an operation.
type input struct {
	path  params // values for the placeholders of the route
	query any    // options with tags, see queryOf; nil: none
	body  any    // nil: none
	key   string // the caller's idempotency key, for keyed operations

	encoded []byte // a body that was encoded before; in place of body

	// limit is the largest size of the answer, in bytes; 0 means maxAnswer.
	limit int64
}

// validator is a body or a query that can be checked before it is sent.
type validator interface{ validate() error }

// completer is an answer, or a row of one, that takes more from its text than its tags
// can say.
type completer interface{ complete(text []byte) }

// checker is an answer, or a row of one, that refuses more texts than its tags do.
type checker interface{ check(text []byte) error }

// emptyAllower is an answer whose body may be empty.
type emptyAllower interface{ allowsEmpty() }

// receipt holds results of a call other than its answer.
type receipt struct {
	key    string      // the idempotency key that was sent
	header http.Header // of the answer
}

// call is one method call: the data that all attempts share, and their results. It is not
// pooled, because net/http may still read the first attempt after Do returned.
type call struct {
	callBase

	first attempt // the first attempt; further ones are allocated
	used  bool    // first is

	last   outcome
	wait   time.Duration  // before the next attempt
	ended  bool           // the context ended before the call was settled
	answer http.Header    // of the success
	hidden redact.Private // values that errors must not show; see private
}

// callBase is the part of a call that stays when the call continues with another key; see
// call.withClient. The other fields of call start again.
type callBase struct {
	context.Context // the caller's

	client  *Client
	op      *operation
	in      input
	out     any
	stream  streamer      // out, where it is one
	timeout time.Duration // of one attempt
	policy  RetryPolicy   // of this call
	account account       // pays for its retries
	url     url.URL
	query   url.Values
	body    []byte
	key     string // the idempotency key, "" for other classes than keyed
	http2   bool   // a connection for the call speaks HTTP/2
	moved   int    // how often it went out again because the server had not processed it

	attempts int
	failure  error        // the last answer that was an error, or else the first lost attempt
	accepted *DecodeError // an accepted answer that could not be read
	unknown  bool         // an attempt may have been processed; only a success settles it
	reached  bool         // any attempt may have been processed
}

// withClient returns the call for another client to continue. It keeps the results of the
// attempts so far.
func (c *call) withClient(client *Client) *call {
	next := &call{callBase: c.callBase}
	next.client = client
	return next
}

// String hides the data of the call, because programs log contexts.
func (c *call) String() string { return "pilotstatus.call(" + c.op.name + ")" }

// Format writes String, whatever the verb.
func (c *call) Format(f fmt.State, _ rune) { printText(f, c.String()) }

// Wait returns the wait before the next attempt.
func (c *call) Wait() time.Duration { return c.wait }

// attempt is the memory of one attempt, in one allocation.
type attempt struct {
	request http.Request
	url     url.URL // of this attempt: a transport may change it
	body    bytes.Reader
	answer  io.LimitedReader
	trace   httptrace.ClientTrace
	values  [4]string // of the headers: a transport may change them
	auth    [2]string // of the headers that authenticate
	http1   bool      // the request is built for HTTP/1.1; see newRequest

	streamed bool // the reader of its answer ends its context

	mu   sync.Mutex // guards seen; the callbacks of a trace come from any goroutine
	seen sighting
}

// streamer is an answer whose body the caller reads. The attempt timeout ends with its
// headers; from then on only the caller's context limits it.
type streamer interface {
	accept() string // the content types to ask for
	take(header http.Header, length int64, body io.ReadCloser)
}

// answerReader is an answer that reads its own text. Unlike UnmarshalJSON it is called for
// a whole answer or row, with an unchecked text.
type answerReader interface{ readAnswer(text []byte) error }

// textTaker is an answer that takes long texts out of its JSON while it arrives. cutTexts
// returns a writer for the JSON of one attempt, which writes the rest of it to rest.
type textTaker interface {
	cutTexts(rest *bytes.Buffer) io.Writer
}

// sighting holds the observations of the trace of an attempt.
type sighting struct {
	asked    bool   // for a connection
	obtained bool   // a connection
	http2    bool   // the last one speaks HTTP/2
	host     string // the last one that a connection was asked for
	wroteTo  string // the last one that headers were written to
	wrote    int    // how often headers were written, to any host
	replayed bool   // net/http was about to repeat the request over HTTP/2
	unfit    bool   // the request has the form for HTTP/1.1, but the connection does not speak it
}
