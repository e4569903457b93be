package pilotstatus

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/pilotstatus/pilotstatus-go/internal/redact"
)

// transportError makes the error of an attempt without an answer.
func (c *call) transportError(err error) error {
	e := &TransportError{Op: c.op.name, Attempts: c.attempts, IdempotencyKey: c.key, Err: err, unsent: !c.reached}
	if _, ours := err.(*causes); !ours { //nolint:errorlint // its parts are ours already
		e.Err = c.foreign(err)
	}
	e.text = e.describe(c.private())
	return e
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

// endOf returns the reason why an attempt under ctx ended with err: the caller's context,
// the attempt timeout, or err itself without the URL that net/url puts into it.
func (c *call) endOf(ctx context.Context, err error) error {
	if ended := endOfContext(c.Context); ended != nil {
		return ended
	}
	if ctx.Err() != nil {
		return &attemptTimeoutError{after: c.timeout}
	}
	return withoutUserinfo(withoutURL(err))
}

var errNotAStream = errors.New("it is a text and not the file that was asked for")

// unreadable makes the error of an answer of success that cannot be read.
func (c *call) unreadable(resp *http.Response, body []byte, err error) error {
	e := &DecodeError{
		Op:             c.op.name,
		StatusCode:     resp.StatusCode,
		ContentType:    c.withoutKey(resp.Header.Get("Content-Type")),
		IdempotencyKey: c.key,
		Header:         c.cleanHeader(resp.Header),
		Body:           c.cleanBody(body),
		Err:            c.foreign(err),
	}
	e.text = e.describe(c.private())
	return e
}

// refused makes the outcome of an answer with another status than success.
func (c *call) refused(resp *http.Response, body []byte) outcome {
	e := &APIError{
		Op:             c.op.name,
		StatusCode:     resp.StatusCode,
		Attempts:       c.attempts,
		IdempotencyKey: c.key,
		Header:         c.cleanHeader(resp.Header),
		Body:           c.cleanBody(body),
		doubtful:       c.reached && c.op.retry == RetrySafe && c.op.method != http.MethodGet,
	}
	said := parseErrorBody(body)
	if err := unknownCoding(resp.Header); err != nil {
		body, said = nil, errorBody{message: "it cannot be read: " + err.Error()}
	}
	said.declineCode, said.currency = c.withoutKey(said.declineCode), c.withoutKey(said.currency)
	if len(said.code) <= maxCode {
		e.Code = ErrorCode(c.withoutKey(said.code))
	}
	e.Details = c.cleanBody(said.details)
	e.Message = c.withoutKey(said.message)
	e.hidesCode, e.hidesMessage = c.private().Hides(said.code), c.private().Hides(said.message)
	e.fields = c.refusedFields(e.StatusCode, body)
	switch {
	case isHTML(resp.Header.Get("Content-Type"), body):
		hint, page := c.pageOf(resp, body)
		e.Message, e.hidesMessage = strings.Replace(page.Error(), "it is", "received", 1)+", which is not from the API"+hint, false
	case e.Message == "":
		e.Message, e.hidesMessage = http.StatusText(e.StatusCode), false
	}
	e.RetryAfter = cmp.Or(parseRetryAfter(resp.Header.Get("Retry-After"), sentAt(resp.Header)), secondsToDuration(said.retryAfterSeconds))
	o := classify(e)
	o.err = e.typed(said)
	return o
}

// pageOf describes an answer for which isHTML is true, and its possible cause. A wrong base
// URL or path returns HTML; other markup comes from a proxy or a network.
func (c *call) pageOf(resp *http.Response, body []byte) (hint string, page error) {
	start := strings.ToLower(string(bytes.TrimLeft(body[:min(len(body), 1<<10)], " \t\r\n\ufeff")))
	isPage := strings.HasPrefix(start, "<!doctype html") || strings.HasPrefix(start, "<html") ||
		strings.Contains(strings.ToLower(resp.Header.Get("Content-Type")), "html")
	switch {
	case !isPage:
		return "", errMarkup
	case c.op.name == opDo:
		return "; the path or the base URL may be wrong, the API is at " + defaultBaseURL, errHTML
	}
	return "; the base URL may be wrong, the API is at " + defaultBaseURL, errHTML
}

// typed returns the error in its most specific type.
func (e *APIError) typed(said errorBody) error {
	client := 400 <= e.StatusCode && e.StatusCode < 500
	switch {
	case client && e.Code == CodeTenantScopeNotAllowed:
		return &TenantScopeError{e}
	case client && e.Code == CodeNumberScopeNotAllowed:
		return &NumberScopeError{e}
	case e.StatusCode == http.StatusUnauthorized && e.Code != CodeInvalidSession:
		return &UnauthorizedError{e}
	case e.StatusCode == http.StatusPaymentRequired:
		return &PaymentError{
			APIError: e, DeclineCode: said.declineCode,
			Currency: said.currency, ProratedTotal: said.proratedTotal,
		}
	case e.StatusCode == http.StatusNotFound:
		return &NotFoundError{e}
	case e.StatusCode == http.StatusTooManyRequests:
		return &RateLimitError{e}
	}
	return e
}

// errorBody holds the readable fields of an error answer.
type errorBody struct {
	message, code         string
	details               json.RawMessage
	retryAfterSeconds     float64
	declineCode, currency string
	proratedTotal         float64
}

// parseErrorBody reads an error answer and never fails: it skips a field of an undocumented
// type. It reads an object in "error" like the body itself.
func parseErrorBody(body []byte) errorBody {
	members := membersOf(body)
	said := errorBody{
		message:           firstText(members, "error", "message", "errorMessage"),
		code:              firstText(members, "code"),
		details:           json.RawMessage(members["details"]),
		retryAfterSeconds: number(members, "retryAfterSeconds"),
		declineCode:       firstText(members, "declineCode"),
		currency:          firstText(members, "currency"),
		proratedTotal:     finite(number(members, "proratedTotal")),
	}
	if said.message == "" || said.code == "" {
		nested := membersOf(members["error"])
		said.message = cmp.Or(said.message, firstText(nested, "message", "error"))
		said.code = cmp.Or(said.code, firstText(nested, "code"))
		if said.details == nil {
			said.details = json.RawMessage(nested["details"])
		}
	}
	return said
}

func firstText(members map[string]jsontext.Value, names ...string) string {
	for _, name := range names {
		if text := textOf(members[name]); strings.TrimSpace(text) != "" {
			return text
		}
	}
	return ""
}

// finite returns 0 for an amount that overflows a float64.
func finite(amount float64) float64 {
	if math.IsInf(amount, 0) {
		return 0
	}
	return amount
}

// number returns the field as a float64: ±Inf if it overflows, 0 if it is not a number.
func number(members map[string]jsontext.Value, name string) float64 {
	value, err := strconv.ParseFloat(string(members[name]), 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0
	}
	return value
}

// withoutKey cuts the credential out of a text of the answer.
func (c *call) withoutKey(text string) string {
	return redact.CutSecret(text, c.credential())
}

// cleanHeader returns a copy of the answer's headers without the credential.
func (c *call) cleanHeader(header http.Header) http.Header {
	clean := header.Clone()
	for _, values := range clean {
		for i, value := range values {
			values[i] = c.withoutKey(value)
		}
	}
	return clean
}

// cleanBody returns a copy of a body without the credential, cut to the size that an error
// keeps.
func (c *call) cleanBody(body []byte) []byte {
	if body == nil {
		return nil
	}
	const read = maxErrorBody + errorBodySlack
	secret := c.credential()
	whole := len(body) <= read
	body = []byte(redact.CutSecret(string(body[:min(len(body), read)]), secret))
	if !whole { // the end may be the beginning of a secret
		body = body[:max(0, len(body)-redact.LongestEscape*len(secret))]
	}
	return body[:min(len(body), maxErrorBody)]
}

// foreign returns err in the form in which an error of this call may hold it.
func (c *call) foreign(err error) error {
	return &foreignError{text: c.private().Show(err.Error()), cause: func() error { return err }}
}

var (
	errHTML   = errors.New("it is an HTML page")
	errMarkup = errors.New("it is markup that is no HTML")
)

const (
	maxErrorBody = 64 << 10 // kept in an error

	// errorBodySlack is read beyond maxErrorBody, so that a credential across that limit is
	// found and cut out completely.
	errorBodySlack = 4 << 10
)
