package pilotstatus

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pilotstatus/pilotstatus-go/internal/redact"
)

// causes joins two errors: how a call ended, and the failure before that.
type causes struct{ end, before error }

func (c *causes) Error() string {
	return c.end.Error() + "; before that: " + withoutAttempts(c.before.Error())
}

// withoutAttempts removes the number of attempts from the end of an error text. The outer
// error prints the number too.
func withoutAttempts(text string) string {
	if start := strings.LastIndex(text, " ("); start >= 0 && strings.HasSuffix(text, " attempts)") {
		return text[:start]
	}
	return text
}

func (c *causes) Unwrap() []error { return []error{c.end, c.before} }

// bothCauses joins two errors, of which one may be nil.
func bothCauses(end, before error) error {
	switch {
	case end == nil:
		return before
	case before == nil:
		return end
	}
	return &causes{end: end, before: before}
}

// unknownEncodingError is an answer with a Content-Encoding that the client cannot decode.
type unknownEncodingError struct{ encoding string }

// Error names the encoding.
func (e *unknownEncodingError) Error() string {
	return "its Content-Encoding is " + e.encoding + ", which this package does not read; only gzip is"
}

// maxCode is the largest length of a code.
const maxCode = 100

// KeyCheckError means that a call was not sent. The call changes something and accepts both
// kinds of key, and the API did not answer which kind this key is (see
// [NumberClient.CheckKey]). Call again later: the next call asks again.
type KeyCheckError struct {
	Op  string // the operation that was not sent, as in "Webhooks.Create"
	Err error  // the failure of the question; a 401 is an [*UnauthorizedError]
}

// Error says that nothing was sent and why the question failed.
func (e *KeyCheckError) Error() string {
	if e == nil {
		return "no key check error"
	}
	text := e.Op + ": not sent, the API could not be asked of which kind the key is"
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the failure of the question.
func (e *KeyCheckError) Unwrap() error {
	if e == nil {
		return nil
	}
	return e.Err
}

// WaitError means that ctx ended before the wait was over. It says nothing about the
// message or the number: the message may still be delivered, the number may still be
// paired.
type WaitError struct {
	Op   string // the wait, as in "Messages.Wait"
	Err  error  // the error of the context; it matches ctx.Err()
	Last error  // the error of the last poll, nil if it succeeded
}

// Error says which wait ended, and why.
func (e *WaitError) Error() string {
	if e == nil {
		return "no ended wait"
	}
	text := e.Op + ": the wait ended"
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	if e.Last != nil {
		text += "; before that: " + e.Last.Error()
	}
	return text
}

// Unwrap returns the error of the context and the error of the last poll.
func (e *WaitError) Unwrap() []error {
	if e == nil {
		return nil
	}
	return slices.DeleteFunc([]error{e.Err, e.Last}, func(err error) bool { return err == nil })
}

func isSuccess(status int) bool { return status/100 == 2 }

// isHTML reports whether an answer is a page for people. The first byte of the body takes
// precedence over the content type, because a JSON value is not a page.
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

// ErrResponseTooLarge is in a [DecodeError] if an answer is larger than the client reads:
// 10 MiB, or 160 MiB for [MediaService.Download].
var ErrResponseTooLarge = errors.New("the answer is larger than the client reads")

// ErrRetryBudget matches the error of a call that was not retried because the retry budget
// of its client is spent. Many calls of the client fail, and more requests would not help
// the API. Call again after a minute, a send with the same idempotency key. See
// [RetryPolicy]. [Outcome] tells whether the API processed the call.
var ErrRetryBudget = errors.New("the retry budget of the client is spent")

// budgetHint is the part of an error text that explains ErrRetryBudget.
const budgetHint = " (no retry: the client's retry budget is spent, because many of its calls fail; call again in a minute)"

// endByBudget makes err, the error of a call, match ErrRetryBudget. p holds the values that
// its text must not show.
func endByBudget(err error, p redact.Private) {
	if e, ok := err.(interface{ endByBudget(p redact.Private) }); ok {
		e.endByBudget(p)
	}
}

func (e *APIError) endByBudget(redact.Private) { e.spent = true }

func (e *DecodeError) endByBudget(p redact.Private) {
	e.spent = true
	e.text = e.describe(p)
}

func (e *TransportError) endByBudget(p redact.Private) {
	e.spent = true
	e.text = e.describe(p)
}

// APIError is an answer with another status than 2xx. All errors of this package that stand
// for an answer unwrap to it:
//
//	var apiErr *pilotstatus.APIError
//	if errors.As(err, &apiErr) && apiErr.StatusCode == http.StatusConflict { … }
//
// Printed (Error, fmt, slog, JSON), it shows Op, StatusCode, Code, Message, Attempts,
// RetryAfter and the names of the fields that a validation refused. It prints "(message
// withheld)" in place of a Message that repeats anything private of the call (its ids, its
// recipient, its texts and variables, its keys), or that has 6 or more digits in a row of
// digit groups. A Message repeats a private value if, letters and digits compared in one
// case, it shares 8 characters in a row, or a whole value of 4 to 7. Message, Details,
// Header and Body are as received and may hold phone numbers and texts of people. The
// credential of the client is cut out of them.
type APIError struct {
	_ safeWord

	Op         string          // the operation, as in "Messages.Send"
	StatusCode int             // the HTTP status; 0: found here, see [NumberScopeError]
	Code       ErrorCode       // the API's stable code, "" if it sends none
	Message    string          // the API's text for people
	Details    json.RawMessage // the API's details, nil if it sends none
	RetryAfter time.Duration   // the wait that the API asks for, 0 if it does not say
	Attempts   int             // the number of requests, including this one

	// IdempotencyKey is the key of the call, "" if the operation takes no key.
	IdempotencyKey string

	Header http.Header // all headers of the answer
	Body   []byte      // the answer, decompressed and without a byte order mark, at most 64 KiB

	fields                  []string // the names of the fields that a validation refused
	hidesCode, hidesMessage bool     // they repeat a private value of the call
	doubtful                bool     // an earlier attempt may have made the change
	spent                   bool     // the retry budget ended the call
}

// Error returns the operation, the status, the code and the API's message.
func (e *APIError) Error() string {
	if e == nil {
		return "no API error"
	}
	var parts []string
	if e.Op != "" {
		parts = append(parts, e.Op)
	}
	switch code := e.shownCode(); {
	case e.StatusCode == 0 && code != "":
		parts = append(parts, code)
	case code != "":
		parts = append(parts, strconv.Itoa(e.StatusCode)+" "+code)
	case e.StatusCode != 0 || e.Message == "":
		parts = append(parts, strconv.Itoa(e.StatusCode))
	}
	if message := e.shownMessage(); message != "" {
		parts = append(parts, message)
	}
	text := strings.Join(parts, ": ")
	if len(e.fields) > 0 {
		text += " (fields: " + strings.Join(e.fields, ", ") + ")"
	}
	if e.RetryAfter > 0 {
		text += " (retry after " + e.RetryAfter.String() + ")"
	}
	if e.Attempts > 1 {
		text += " (" + strconv.Itoa(e.Attempts) + " attempts)"
	}
	return text
}

// shownMessage returns the message as it is printed.
func (e *APIError) shownMessage() string {
	message := redact.Withheld
	if !e.hidesMessage {
		message = redact.Private(nil).Show(e.Message)
	}
	if e.spent {
		message += budgetHint
	}
	return message
}

// shownCode returns the code as it is printed, or "" if it repeats a private value. A code
// in the form of the API's codes is never private.
func (e *APIError) shownCode() string {
	code := string(e.Code)
	if isCodeWord(code) {
		return code
	}
	if e.hidesCode || redact.Private(nil).Hides(code) {
		return ""
	}
	return redact.OneLine(code)
}

func isCodeWord(code string) bool {
	return len(code) <= maxCode && strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == ""
}

// Is makes errors.Is(err, [CodeTemplateNotFound]) true for an answer with that code. An
// empty code matches nothing. [ErrRetryBudget] matches if the budget ended the call.
func (e *APIError) Is(target error) bool {
	if target == ErrRetryBudget {
		return e != nil && e.spent
	}
	code, ok := target.(ErrorCode)
	return ok && e != nil && code != "" && code == e.Code
}

// UnauthorizedError is a 401: the key is missing, wrong or revoked. Check the source of the
// key. Calling again does not help, except with a [NumberPool], which may have the new key
// by then. A 401 with [CodeInvalidSession] is about a pairing token and stays a plain
// [APIError].
type UnauthorizedError struct{ *APIError }

// Error returns the text of the [APIError].
func (e *UnauthorizedError) Error() string { return e.APIError.Error() }

// Unwrap returns the [APIError].
func (e *UnauthorizedError) Unwrap() error { return e.cause() }

// TenantScopeError means: your key is a tenant key, and the call needs a number key (403,
// [CodeTenantScopeNotAllowed]). Use the number's own key ([NewNumberClient] or
// [TenantClient.OpenNumber]). For calls that a view has, use [TenantClient.Number]. With
// StatusCode 0 the client itself found the wrong kind and sent nothing: see
// [NumberClient.CheckKey].
type TenantScopeError struct{ *APIError }

// Error returns the text of the [APIError].
func (e *TenantScopeError) Error() string { return e.APIError.Error() }

// Unwrap returns the [APIError].
func (e *TenantScopeError) Unwrap() error { return e.cause() }

// NumberScopeError means: your key is a number key, and the call needs a tenant key (403,
// [CodeNumberScopeNotAllowed]). Use the workspace's key with [NewTenantClient]. With
// StatusCode 0 the client itself found the wrong kind and sent nothing: see
// [NumberClient.CheckKey].
type NumberScopeError struct{ *APIError }

// Error returns the text of the [APIError].
func (e *NumberScopeError) Error() string { return e.APIError.Error() }

// Unwrap returns the [APIError].
func (e *NumberScopeError) Unwrap() error { return e.cause() }

// NotFoundError is a 404: the key can reach nothing with that id. For
// [MessagesService.Send] it means that there is no such template, or no approved version of
// it. If Body is a page of HTML, the base URL is wrong.
type NotFoundError struct{ *APIError }

// Error returns the text of the [APIError].
func (e *NotFoundError) Error() string { return e.APIError.Error() }

// Unwrap returns the [APIError].
func (e *NotFoundError) Unwrap() error { return e.cause() }

// RateLimitError is a 429 that remained after all retries, or that asks for a longer wait
// than the [RetryPolicy] allows. The API refused this attempt: call again after
// [RetryAfter], which is 0 if the API does not say. Inside an [*OutcomeUnknownError] the
// API may have processed an earlier attempt.
type RateLimitError struct{ *APIError }

// Error returns the text of the [APIError].
func (e *RateLimitError) Error() string { return e.APIError.Error() }

// Unwrap returns the [APIError].
func (e *RateLimitError) Unwrap() error { return e.cause() }

// PaymentError is a 402: the call needs a payment or a paid plan, or a charge was refused.
type PaymentError struct {
	*APIError

	DeclineCode   string  // the card issuer's reason, or ""
	Currency      string  // the currency of ProratedTotal
	ProratedTotal float64 // the amount of the refused charge, in currency units, not cents
}

// Error returns the text of the [APIError].
func (e *PaymentError) Error() string { return e.APIError.Error() }

// Unwrap returns the [APIError].
func (e *PaymentError) Unwrap() error { return e.cause() }

// cause keeps a nil *APIError from becoming a non-nil error.
func (e *APIError) cause() error {
	if e == nil {
		return nil
	}
	return e
}

// ValidationError is wrong input that the client found before the call. Nothing was sent.
type ValidationError struct {
	Field  string // the field or parameter, as in "To" or "ctx"
	Reason string // the problem and the remedy; never the value itself
}

// Error returns the field and the reason.
func (e *ValidationError) Error() string {
	if e == nil {
		return "no validation error"
	}
	return "pilotstatus: invalid " + e.Field + ": " + e.Reason
}

func invalid(field, reason string) error { return &ValidationError{Field: field, Reason: reason} }

// DecodeError is an answer with a status of success that the client cannot use: an HTML
// page, broken or truncated JSON, or too much of it. It is also an answer that contradicts
// its status, such as {"ok":false}.
type DecodeError struct {
	Op             string      // the operation, as in "Messages.Send"
	StatusCode     int         // the HTTP status, 2xx
	ContentType    string      // of the answer, "" if it has none
	IdempotencyKey string      // the key of the call
	Header         http.Header // all headers of the answer

	// Body is the answer, decompressed and without a byte order mark, at most 64 KiB. It
	// may hold personal data and secrets: keys, pairing codes, tokens, payment pages.
	Body []byte

	Err error // what was wrong

	text  string
	spent bool // the retry budget ended the call
}

// errNotDone means that an answer of success says that the call was not done.
var errNotDone = errors.New("the answer says that the call was not done")

// Accepted reports whether the API accepted the call, although its answer could not be
// read. Such a send is on its way: do not send it again with another idempotency key. The
// same call with the same key returns the first result. Accepted is false for an HTML page,
// which did not come from the API, and for an answer that says that nothing was done.
func (e *DecodeError) Accepted() bool {
	if e == nil || !isSuccess(e.StatusCode) || errors.Is(e.Err, errNotDone) {
		return false
	}
	body := e.Body
	if _, unknown := errors.AsType[*unknownEncodingError](e.Err); unknown {
		body = nil // encoded; its first byte says nothing
	}
	return !isHTML(e.ContentType, body)
}

// Error describes the answer and says whether the API accepted the call.
func (e *DecodeError) Error() string {
	if e == nil {
		return "no decode error"
	}
	if e.text != "" {
		return e.text
	}
	return e.describe(nil)
}

// describe returns the text of the error without private values of the call.
func (e *DecodeError) describe(p redact.Private) string {
	received := redact.OneLine(e.ContentType)
	switch {
	case received == "":
		received = "no content type"
	case len(received) > maxCode || p.Hides(received):
		received = "a long or private content type"
	}
	verdict := " with an answer that is not the API's"
	switch {
	case e.Accepted():
		verdict = ", accepted, but its answer cannot be read"
	case errors.Is(e.Err, errNotDone):
		verdict = " with an answer that denies it"
	}
	text := ""
	if e.Err != nil {
		text = p.Show(e.Err.Error())
	}
	text = fmt.Sprintf("%s: %d%s (%s): %s", e.Op, e.StatusCode, verdict, received, text)
	if e.spent {
		text += budgetHint
	}
	return text
}

// Is makes errors.Is(err, [ErrRetryBudget]) true if the budget ended the call.
func (e *DecodeError) Is(target error) bool {
	return target == ErrRetryBudget && e != nil && (e.spent || errors.Is(e.Err, ErrRetryBudget))
}

// Unwrap returns the cause. A call that was accepted matches no API error and no code,
// because it was not refused, even if later attempts were. Err has their answers.
func (e *DecodeError) Unwrap() error {
	switch {
	case e == nil:
		return nil
	case e.Accepted():
		return withoutAnswers(e.Err)
	}
	return e.Err
}

// TransportError is a call without an answer: the connection failed, an attempt took too
// long, the context ended or the [Limiter] refused. Find its causes with errors.Is and
// errors.As (context.Canceled, syscall.ECONNREFUSED, net.Error). [Outcome] tells whether
// the client is sure that nothing was sent.
type TransportError struct {
	Op             string // the operation, as in "Messages.Send"
	Attempts       int    // how many requests were made
	IdempotencyKey string // the key of the call, if any
	Err            error  // the cause

	text   string
	unsent bool // no attempt can have been processed
	spent  bool // the retry budget ended the call
}

// Error returns the operation and the cause.
func (e *TransportError) Error() string {
	if e == nil {
		return "no transport error"
	}
	if e.text != "" {
		return e.text
	}
	return e.describe(nil)
}

// describe returns the text of the error without private values of the call.
func (e *TransportError) describe(p redact.Private) string {
	text := "no answer"
	if e.Err != nil {
		text = p.Show(trimOp(e.Op, e.Err.Error()))
	}
	text = e.Op + ": " + text
	if e.spent {
		text += budgetHint
	}
	if e.Attempts > 1 {
		text += " (" + strconv.Itoa(e.Attempts) + " attempts)"
	}
	return text
}

// Is makes errors.Is(err, [ErrRetryBudget]) true if the budget ended the call.
func (e *TransportError) Is(target error) bool {
	return target == ErrRetryBudget && e != nil && e.spent
}

// Unwrap returns the cause.
func (e *TransportError) Unwrap() error {
	if e == nil {
		return nil
	}
	return e.Err
}

// OutcomeUnknownError means that the API may or may not have processed the call. An attempt
// got no answer, or failed at the server, and no later attempt settled the call. Err is the
// failure of the last attempt.
//
// errors.Is and errors.As find the context's error and network failures in it, but never an
// API error or its code, because an earlier attempt may have been processed even if a later
// one was refused. Look at Err for these.
//
// With an IdempotencyKey it is safe to call again with that key and the same content, for
// the same number and within 24 hours: the API answers with the first result and does not
// send twice. Through another number, or later, it is not safe. Without a key, look at the
// server's state before calling again.
type OutcomeUnknownError struct {
	Op             string // the operation, as in "Messages.Send"
	IdempotencyKey string // the key to call again with, "" if the operation takes no key
	Err            error  // how the last attempt ended
}

// Error says how to settle the call and how the last attempt failed.
func (e *OutcomeUnknownError) Error() string {
	if e == nil {
		return "no unknown outcome"
	}
	text := e.Op + ": outcome unknown, the API may have processed the call"
	if e.IdempotencyKey != "" {
		text += "; call again with the same idempotency key to settle it"
	}
	if e.Err != nil {
		text += ": " + trimOp(e.Op, e.Err.Error())
	}
	return text
}

// Is makes errors.Is(err, [ErrRetryBudget]) true if the budget ended the call.
func (e *OutcomeUnknownError) Is(target error) bool {
	return target == ErrRetryBudget && e != nil && errors.Is(e.Err, ErrRetryBudget)
}

// Unwrap returns the failure of the last attempt, without answers of the API.
func (e *OutcomeUnknownError) Unwrap() error {
	if e == nil {
		return nil
	}
	return withoutAnswers(e.Err)
}

// KeyUnavailableError means that no number has the id, or that the API does not show the
// number's key. Correct a wrong id. If the API hides the key, read it from where you stored
// it, or regenerate it; the old one then stops working at once. If the error comes from a
// [NumberPool], Reason says how old the pool's list is and when the pool reads the next
// one: do not regenerate the key before.
type KeyUnavailableError struct {
	NumberID string // not part of what the error prints
	Reason   string // the cause and the remedy
}

// Error returns the reason.
func (e *KeyUnavailableError) Error() string {
	if e == nil {
		return "no unavailable key"
	}
	return "pilotstatus: the key of the number is unavailable: " + e.Reason
}

func trimOp(op, text string) string { return strings.TrimPrefix(text, op+": ") }

// withoutAnswers removes answers of the API and their codes from err, so that errors.Is and
// errors.As do not find them. It returns nil if nothing else is left.
func withoutAnswers(err error) error {
	_, clean := cutAnswers(err)
	return clean
}

// cutAnswers is withoutAnswers and also reports whether it removed anything.
func cutAnswers(err error) (cut bool, clean error) {
	switch e := err.(type) { //nolint:errorlint // it walks the tree itself
	case nil:
		return false, nil
	case ErrorCode, *APIError, *UnauthorizedError, *TenantScopeError, *NumberScopeError,
		*NotFoundError, *RateLimitError, *PaymentError:
		return true, nil
	case *TransportError:
		if e == nil {
			return false, nil
		}
		if cut, clean = cutAnswers(e.Err); !cut {
			return false, e
		}
		copied := *e
		copied.Err, copied.text = clean, e.Error()
		return true, &copied
	case interface{ Unwrap() error }:
		return cutAnswersOf(err, e.Unwrap())
	case interface{ Unwrap() []error }:
		return cutAnswersOf(err, e.Unwrap()...)
	}
	return false, err
}

// cutAnswersOf is cutAnswers for an error that wraps others. If one of them is an answer,
// the rest of them replaces err.
func cutAnswersOf(err error, wrapped ...error) (cut bool, clean error) {
	for _, inner := range wrapped {
		cutHere, kept := cutAnswers(inner)
		cut = cut || cutHere
		clean = bothCauses(clean, kept)
	}
	if cut {
		return true, clean
	}
	return false, err
}

func required(field, value string) error {
	if strings.TrimSpace(value) == "" {
		return invalid(field, "it is required")
	}
	return nil
}

// requireChange refuses a change request in which no field is set.
func requireChange(request any) error {
	if v := reflect.ValueOf(request); v.IsZero() {
		return invalid(v.Type().Name(), "it changes nothing; set a field")
	}
	return nil
}
