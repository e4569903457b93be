package pilotstatus

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
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
		IdempotencyKey: c.key,
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
