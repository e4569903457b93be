package pilotstatus

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// unreadable makes the error of an answer of success that is not the API's.
func (c *call) unreadable(resp *http.Response, body []byte, err error) error {
	e := &DecodeError{
		Op:             c.op.name,
		StatusCode:     resp.StatusCode,
		ContentType:    c.withoutKey(resp.Header.Get("Content-Type")),
		IdempotencyKey: c.key,
		Header:         c.cleanHeader(resp.Header),
		Body:           c.cleanBody(body),
		Err:            c.withoutPrivate(err),
	}
	e.text = e.describe(c.private())
	return e
}

// maxMessage is how long a message of the API may be to stand in an error's text.
// Looking for private values in it takes time for every character.
const maxMessage = 4 << 10

// maxCode is how long a code may be to be one.
const maxCode = 100

// refused makes the outcome of an answer with another status than success.
func (c *call) refused(resp *http.Response, body []byte) outcome {
	e := &APIError{
		Op:             c.op.name,
		StatusCode:     resp.StatusCode,
		Attempts:       c.attempts,
		IdempotencyKey: c.key,
		Header:         c.cleanHeader(resp.Header),
		Body:           c.cleanBody(body),
	}
	said := parseErrorBody(withoutBOM(body))
	if err := unknownCoding(resp.Header); err != nil {
		body, said = nil, errorBody{message: "it cannot be read: " + err.Error()}
	}
	if len(said.message) > maxMessage {
		said.message = "its message has " + strconv.Itoa(len(said.message)) + " bytes; read it from Body"
	}
	said.declineCode, said.currency = c.withoutKey(said.declineCode), c.withoutKey(said.currency)
	e.Code = c.cleanCode(said.code)
	e.Details = c.cleanBody(said.details)
	e.Message = oneLine(mask(said.message, c.private()))
	switch {
	case isHTML(resp.Header.Get("Content-Type"), body):
		e.Message = "received an HTML page, which is not from the API; the base URL may be wrong, the API is at " + defaultBaseURL
	case e.Message == "":
		e.Message = http.StatusText(e.StatusCode)
	}
	e.RetryAfter = parseRetryAfter(resp.Header.Get("Retry-After"), sentAt(resp.Header))
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
		proratedTotal:     finite(number(members, "proratedTotal")),
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

// finite returns 0 for an amount that no float64 holds.
func finite(amount float64) float64 {
	if math.IsInf(amount, 0) {
		return 0
	}
	return amount
}

// number returns a number, infinity for one that no float64 holds, and 0 for what
// is none.
func number(members map[string]json.RawMessage, name string) float64 {
	value, err := strconv.ParseFloat(string(members[name]), 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0
	}
	return value
}

// private returns everything that no error of this call may show: the credential
// and the number of the client, and the key, the ids, the queries and the texts of
// the call.
func (c *call) private() []string {
	if c.cut != nil {
		return c.cut
	}
	values := append(c.client.private(), c.op.privateParams(c.in.path)...)
	values = append(values, c.key)
	for _, query := range c.query {
		values = append(values, query...)
	}
	values = append(values, bodyTexts(c.body)...)
	if c.op.name == opDo {
		values = append(values, idSegments(c.op.route)...)
	}
	// A list repeats its texts; each is looked for once.
	slices.Sort(values)
	values = slices.Compact(values)
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

// withoutPrivate returns err, or an error that shows its masked text where a
// transport put something into it that no error may show.
func (c *call) withoutPrivate(err error) error {
	text := err.Error()
	if clean := mask(text, c.private()); clean != text {
		return &maskedError{text: clean, err: err}
	}
	return err
}

// maskedError shows the masked text of an error that a transport made, and answers
// errors.Is and errors.As for it. It has no Unwrap: whoever walks a chain and
// prints every link would print what was masked.
type maskedError struct {
	text string
	err  error
}

func (e *maskedError) Error() string { return e.text }

// Format writes the masked text, whatever the verb.
func (e *maskedError) Format(f fmt.State, _ rune) { printText(f, e.text) }

func (e *maskedError) Is(target error) bool { return errors.Is(e.err, target) }

func (e *maskedError) As(target any) bool { return errors.As(e.err, target) }

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

// cleanCode returns a code of an answer. A code is a word of the API's: it is masked
// only where it is anything else.
func (c *call) cleanCode(code string) ErrorCode {
	if len(code) > maxCode {
		return ""
	}
	if strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == "" {
		return ErrorCode(c.withoutKey(code))
	}
	return ErrorCode(oneLine(mask(code, c.private())))
}

// longestEscape is how many bytes an answer may write for one byte of a secret.
const longestEscape = 6

// cleanBody returns a copy of a body without the credential, as much of it as an
// error keeps.
func (c *call) cleanBody(body []byte) []byte {
	if body == nil {
		return nil
	}
	const read = maxErrorBody + errorBodySlack
	secret := c.credential()
	whole := len(body) <= read
	body = cutBytes(body[:min(len(body), read)], secret)
	if !whole { // the end may be the beginning of a secret
		body = body[:max(0, len(body)-longestEscape*len(secret))]
	}
	return body[:min(len(body), maxErrorBody)]
}
