package pilotstatus

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	maxAnswer    = 10 << 20 // of JSON
	maxErrorBody = 64 << 10 // kept in an error

	// errorBodySlack is read beyond maxErrorBody, so that a credential across
	// that border is still seen and cut out whole.
	errorBodySlack = 4 << 10

	// maxPooled keeps one large answer from staying in memory for ever.
	maxPooled = 256 << 10
)

var (
	errNoList   = errors.New("the answer is an object without the expected list")
	errNoBody   = errors.New("the answer is empty")
	errHTML     = errors.New("it is an HTML page; the base URL may be wrong, the API is at " + defaultBaseURL)
	errHasNoID  = errors.New("the answer has no id")
	errHasNoKey = errors.New("the answer has no key")
)

// read reads the answer of one attempt and decodes it.
func (c *call) read(ctx context.Context, a *attempt, resp *http.Response) outcome {
	limit := int64(maxAnswer)
	if !isSuccess(resp.StatusCode) {
		limit = maxErrorBody + errorBodySlack
	}
	buffer := c.client.core.buffer()
	defer c.client.core.release(buffer)
	// One byte more than the limit tells an answer of that size from a larger one.
	a.answer = io.LimitedReader{R: resp.Body, N: limit + 1}
	_, err := buffer.ReadFrom(&a.answer)
	if err != nil {
		err = c.endOf(ctx, err)
	}
	body := buffer.Bytes()
	if !isSuccess(resp.StatusCode) {
		return c.refused(resp, body)
	}
	return c.decode(resp, body, err)
}

// buffer returns an empty buffer.
func (c *core) buffer() *bytes.Buffer {
	if b, ok := c.buffers.Get().(*bytes.Buffer); ok {
		b.Reset()
		return b
	}
	return new(bytes.Buffer)
}

// release takes a buffer back whose content nobody reads any more.
func (c *core) release(b *bytes.Buffer) {
	if b.Cap() <= maxPooled {
		c.buffers.Put(b)
	}
}

// decode decodes an answer of success into the call's out. err is how reading it
// ended.
func (c *call) decode(resp *http.Response, body []byte, err error) outcome {
	o := outcome{status: resp.StatusCode, reached: true}
	switch {
	case isHTML(resp.Header.Get("Content-Type"), body):
		o.err = c.unreadable(resp, body, errHTML)
	case err != nil:
		o.transient, o.ended = true, c.Context.Err() != nil
		o.err = c.unreadable(resp, body, fmt.Errorf("it ended early: %w", err))
	case len(body) > maxAnswer:
		o.err = c.unreadable(resp, body, ErrResponseTooLarge)
	case c.out == nil:
		c.answer = resp.Header
	default:
		if err := c.unmarshal(body); err != nil {
			o.transient = errors.Is(err, io.ErrUnexpectedEOF)
			o.err = c.unreadable(resp, body, err)
			break
		}
		c.answer = resp.Header
	}
	return o
}

// unmarshal decodes a whole answer. JSON that ends early is io.ErrUnexpectedEOF.
func (c *call) unmarshal(body []byte) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return errNoBody
	}
	err := json.Unmarshal(body, c.out)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) && syntax.Offset >= int64(len(body)) && strings.HasPrefix(syntax.Error(), "unexpected end") {
		return fmt.Errorf("it ends early: %w", io.ErrUnexpectedEOF)
	}
	if err != nil {
		return err
	}
	if expected, ok := c.out.(checker); ok {
		return expected.check()
	}
	return nil
}

// unreadable makes the error of an answer of success that is not the API's.
func (c *call) unreadable(resp *http.Response, body []byte, err error) error {
	e := &DecodeError{
		Op:             c.op.name,
		StatusCode:     resp.StatusCode,
		ContentType:    c.withoutKey(resp.Header.Get("Content-Type")),
		IdempotencyKey: c.withoutKey(c.key),
		Header:         c.cleanHeader(resp.Header),
		Body:           c.cleanBody(body),
		Err:            c.withoutCredential(err),
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
		IdempotencyKey: c.withoutKey(c.key),
		Header:         c.cleanHeader(resp.Header),
		Body:           c.cleanBody(body),
	}
	said := parseErrorBody(body)
	e.Code = ErrorCode(c.withoutKey(said.code))
	e.Details = c.cleanBody(said.details)
	e.Message = maskDigits(cutValues(said.message, c.private()))
	switch {
	case isHTML(resp.Header.Get("Content-Type"), body):
		e.Message = "received an HTML page, which is not from the API; the base URL may be wrong, the API is at " + defaultBaseURL
	case e.Message == "":
		e.Message = http.StatusText(e.StatusCode)
	}
	e.RetryAfter = parseRetryAfter(resp.Header.Get("Retry-After"), time.Now())
	if e.RetryAfter == 0 {
		e.RetryAfter = secondsToDuration(said.retryAfterSeconds)
	}
	o := judge(e)
	o.err = e.typed(said)
	return o
}

// typed returns the error type that the answer belongs to.
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

// errorBody is what an error answer says, as far as it could be read.
type errorBody struct {
	message, code         string
	details               json.RawMessage
	retryAfterSeconds     float64
	declineCode, currency string
	proratedTotal         float64
}

// parseErrorBody reads an error answer and never fails: a member of another type
// than documented is passed over. An object in "error" is read like the body
// itself.
func parseErrorBody(body []byte) errorBody {
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil {
		return errorBody{}
	}
	said := errorBody{
		message:           firstText(members, "error", "message", "errorMessage"),
		code:              firstText(members, "code"),
		details:           members["details"],
		retryAfterSeconds: number(members, "retryAfterSeconds"),
		declineCode:       firstText(members, "declineCode"),
		currency:          firstText(members, "currency"),
		proratedTotal:     number(members, "proratedTotal"),
	}
	if said.message == "" || said.code == "" {
		var nested map[string]json.RawMessage
		if json.Unmarshal(members["error"], &nested) == nil {
			said.message = cmp.Or(said.message, firstText(nested, "message", "error"))
			said.code = cmp.Or(said.code, firstText(nested, "code"))
			if said.details == nil {
				said.details = nested["details"]
			}
		}
	}
	return said
}

func firstText(members map[string]json.RawMessage, names ...string) string {
	for _, name := range names {
		var text string
		if json.Unmarshal(members[name], &text) == nil && strings.TrimSpace(text) != "" {
			return text
		}
	}
	return ""
}

func number(members map[string]json.RawMessage, name string) float64 {
	var value float64
	if json.Unmarshal(members[name], &value) != nil {
		return 0
	}
	return value
}

func isSuccess(status int) bool { return status/100 == 2 }

// isHTML reports whether an answer is a page for people. What the body begins with
// counts more than its content type: a JSON value is no page.
func isHTML(contentType string, body []byte) bool {
	start := bytes.TrimLeft(body, " \t\r\n\ufeff")
	if len(start) > 0 && start[0] == '<' {
		return true
	}
	if len(start) > 0 && (start[0] == '{' || start[0] == '[') {
		return false
	}
	mediaType, _, _ := mime.ParseMediaType(contentType)
	return mediaType == "text/html" || mediaType == "application/xhtml+xml"
}

// private returns everything that no error of this call may show: the credential
// and the number of the client, and the ids, queries and texts of the call. Longer
// values come first, so that a short one cannot break up a long one.
func (c *call) private() []string {
	if c.cut != nil {
		return c.cut
	}
	values := append(c.client.private(), c.in.path...)
	for _, query := range c.in.query {
		values = append(values, query...)
	}
	values = append(values, bodyTexts(c.body)...)
	if c.op.name == opDo {
		values = append(values, idSegments(c.op.route)...)
	}
	slices.SortFunc(values, func(a, b string) int { return len(b) - len(a) })
	c.cut = values
	return values
}

// idSegments returns the segments of a path of Client.Do that look like ids.
func idSegments(path string) []string {
	var ids []string
	for segment := range strings.SplitSeq(path, "/") {
		if segment != "v1" && strings.ContainsAny(segment, "0123456789_@%=") {
			plain, _ := url.PathUnescape(segment)
			ids = append(ids, segment, plain)
		}
	}
	return ids
}

// credential returns the credential of the call's client, "" without one.
func (c *call) credential() string {
	if c.client.cred.reveal == nil {
		return ""
	}
	return c.client.cred.reveal()
}

// withoutKey cuts the credential out of a text of the answer.
func (c *call) withoutKey(text string) string {
	return cutValues(text, []string{c.credential()})
}

// withoutCredential returns err, or an error with its masked text alone where a
// transport put the credential into it.
func (c *call) withoutCredential(err error) error {
	text := err.Error()
	if clean := c.withoutKey(text); clean != text {
		return errors.New(clean)
	}
	return err
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

// cleanBody returns a copy of a body without the credential, as much of it as an
// error keeps.
func (c *call) cleanBody(body []byte) []byte {
	if body == nil {
		return nil
	}
	body = cutBytes(body[:min(len(body), maxErrorBody+errorBodySlack)], c.credential())
	return bytes.Clone(body[:min(len(body), maxErrorBody)])
}
