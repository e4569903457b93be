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

// causes are two errors that a call ended with: how it ended and what happened
// before.
type causes struct{ end, before error }

func (c *causes) Error() string {
	return c.end.Error() + "; before that: " + withoutAttempts(c.before.Error())
}

// withoutAttempts returns the text of an error without the number of attempts at its end:
// the error around it counts them too.
func withoutAttempts(text string) string {
	if start := strings.LastIndex(text, " ("); start >= 0 && strings.HasSuffix(text, " attempts)") {
		return text[:start]
	}
	return text
}

func (c *causes) Unwrap() []error { return []error{c.end, c.before} }

// bothCauses is causes where one of them may be missing.
func bothCauses(end, before error) error {
	switch {
	case end == nil:
		return before
	case before == nil:
		return end
	}
	return &causes{end: end, before: before}
}

// unknownEncodingError is a body in a Content-Encoding that nobody undid.
type unknownEncodingError struct{ encoding string }

// Error names the encoding.
func (e *unknownEncodingError) Error() string {
	return "its Content-Encoding is " + e.encoding + ", which this package does not read; only gzip is"
}

// maxCode is how long a code may be to be one.
const maxCode = 100

// KeyCheckError means that a call was not sent: it changes something, both kinds of key
// may call it, and the API could not be asked of which kind this key is (see
// [NumberClient.CheckKey]). Call again later: the next call asks again.
type KeyCheckError struct {
	Op  string // the operation that was not sent, as in "Webhooks.Create"
	Err error  // how the question ended; a 401 is an [*UnauthorizedError]
}

// Error says that nothing was sent and how the question ended.
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

// Unwrap returns how the question ended.
func (e *KeyCheckError) Unwrap() error {
	if e == nil {
		return nil
	}
	return e.Err
}

// WaitError is a wait that ctx ended before what it waited for came about. It says
// nothing about that: the message is still on its way, the number may still be paired.
type WaitError struct {
	Op   string // the wait, as in "Messages.Wait"
	Err  error  // how it ended; it matches ctx.Err()
	Last error  // why the last look before failed, nil where it did not
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

// Unwrap returns how the wait ended and why the last look failed.
func (e *WaitError) Unwrap() []error {
	if e == nil {
		return nil
	}
	return slices.DeleteFunc([]error{e.Err, e.Last}, func(err error) bool { return err == nil })
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

// ErrResponseTooLarge is wrapped by a [DecodeError] when an answer is larger than
// the client reads: 10 MiB, for [MediaService.Download] 160 MiB.
var ErrResponseTooLarge = errors.New("the answer is larger than the client reads")

// ErrRetryBudget is matched by the error of a call that would have been repeated, had the
// retry budget of its client not been spent: many of the client's calls fail, and more
// requests would not help the API. Call again after a minute, a send with the same
// idempotency key. See [RetryPolicy]. It says nothing about what became of the call:
// [Outcome] does.
var ErrRetryBudget = errors.New("the retry budget of the client is spent")

// budgetHint is what the text of such an error says.
const budgetHint = " (no retry: the client's retry budget is spent, because many of its calls fail; call again in a minute)"

// endByBudget makes err, in which a call ends, match ErrRetryBudget. p is what its text
// must not show.
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

// APIError is an answer that refuses or fails a call: any status but 2xx. All
// errors of this package that stand for an answer unwrap to it:
//
//	var apiErr *pilotstatus.APIError
//	if errors.As(err, &apiErr) && apiErr.StatusCode == http.StatusConflict { … }
//
// What it prints (Error, fmt, slog, JSON) shows Op, StatusCode, Code, Message, Attempts,
// RetryAfter and the names of the fields that a validation refused. It says "(message
// withheld)" in place of a Message that, letters and digits compared in one case, shares 8
// characters in a row, or a whole value of 4 to 7, with anything private of the call (its
// ids, its recipient, its texts and variables, its keys), or that holds 6 or more digits in
// a row of digit groups. Message, Details, Header and Body are as received and may hold
// phone numbers and texts of people; the credential of the client is cut out of them.
type APIError struct {
	_ safeWord

	Op         string          // the operation, as in "Messages.Send"
	StatusCode int             // the HTTP status; 0: found here, see [NumberScopeError]
	Code       ErrorCode       // the API's stable code, "" where it sends none
	Message    string          // the API's text for people
	Details    json.RawMessage // the API's details, nil where it sends none
	RetryAfter time.Duration   // how long the API asks to wait, 0 where it does not say
	Attempts   int             // how many requests were made, this answer's included

	// IdempotencyKey is the key that the call went out with, "" where the
	// operation takes none.
	IdempotencyKey string

	Header http.Header // all headers of the answer
	Body   []byte      // the answer as received, unpacked and without a byte order mark, at most 64 KiB of it

	fields                  []string // the names of the fields that a validation refused
	hidesCode, hidesMessage bool     // they repeat something private of the call
	doubtful                bool     // an attempt before may have changed what the call changes
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

// shownMessage returns the message as printers show it.
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

// shownCode returns the code as printers show it, "" for one that is private. A word in
// the API's form is never private.
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

// Is makes errors.Is(err, [CodeTemplateNotFound]) true for an answer with that
// code. An empty code matches nothing. It makes [ErrRetryBudget] true where that ended the
// call.
func (e *APIError) Is(target error) bool {
	if target == ErrRetryBudget {
		return e != nil && e.spent
	}
	code, ok := target.(ErrorCode)
	return ok && e != nil && code != "" && code == e.Code
}

// UnauthorizedError is a 401: the key is missing, wrong or revoked. Check where
// the key comes from; repeating the call does not help, except with a [NumberPool], which
// may have the new key by then. A 401 INVALID_SESSION
// speaks of a pairing token and stays a plain [APIError].
type UnauthorizedError struct{ *APIError }

// Error returns the text of the [APIError].
func (e *UnauthorizedError) Error() string { return e.APIError.Error() }

// Unwrap returns the [APIError].
func (e *UnauthorizedError) Unwrap() error { return e.cause() }

// TenantScopeError is TENANT_SCOPE_NOT_ALLOWED: the call needs a number, and the
// key is a tenant key. Use the number's own key ([NewNumberClient], or
// [TenantClient.OpenNumber]), or [TenantClient.Number] for what a view can do. With
// StatusCode 0 the client itself found it and changed nothing: see
// [NumberClient.CheckKey].
type TenantScopeError struct{ *APIError }

// Error returns the text of the [APIError].
func (e *TenantScopeError) Error() string { return e.APIError.Error() }

// Unwrap returns the [APIError].
func (e *TenantScopeError) Unwrap() error { return e.cause() }

// NumberScopeError is NUMBER_SCOPE_NOT_ALLOWED: the call needs a tenant key, and
// the key is a number's. Use the workspace's key with [NewTenantClient]. With StatusCode
// 0 the client itself found it and changed nothing: see [NumberClient.CheckKey].
type NumberScopeError struct{ *APIError }

// Error returns the text of the [APIError].
func (e *NumberScopeError) Error() string { return e.APIError.Error() }

// Unwrap returns the [APIError].
func (e *NumberScopeError) Unwrap() error { return e.cause() }

// NotFoundError is a 404: nothing with that id is within the reach of the key, or, for
// [MessagesService.Send], no such template can be sent. A page of HTML as its Body means
// that the base URL is wrong.
type NotFoundError struct{ *APIError }

// Error returns the text of the [APIError].
func (e *NotFoundError) Error() string { return e.APIError.Error() }

// Unwrap returns the [APIError].
func (e *NotFoundError) Unwrap() error { return e.cause() }

// RateLimitError is a 429 that was still there after all retries, or that asks
// to wait longer than the [RetryPolicy] does. This attempt was refused: call again
// after [RetryAfter], which is 0 where the API does not say. Inside an
// [*OutcomeUnknownError] an earlier attempt may have been processed.
type RateLimitError struct{ *APIError }

// Error returns the text of the [APIError].
func (e *RateLimitError) Error() string { return e.APIError.Error() }

// Unwrap returns the [APIError].
func (e *RateLimitError) Unwrap() error { return e.cause() }

// PaymentError is a 402: the call needs a payment or a paid plan, or a charge
// was refused.
type PaymentError struct {
	*APIError

	DeclineCode   string  // the card issuer's reason, where it gave one
	Currency      string  // the currency of ProratedTotal
	ProratedTotal float64 // the amount that was tried, in currency units, not cents
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

// ValidationError is wrong input that was found here: nothing was sent.
type ValidationError struct {
	Field  string // the field or parameter, as in "To" or "ctx"
	Reason string // what is wrong and what to do; never the value itself
}

// Error names the field and says what to do.
func (e *ValidationError) Error() string {
	if e == nil {
		return "no validation error"
	}
	return "pilotstatus: invalid " + e.Field + ": " + e.Reason
}

func invalid(field, reason string) error { return &ValidationError{Field: field, Reason: reason} }

// DecodeError is an answer with a status of success that is not what the API
// sends: an HTML page, broken or truncated JSON, or too much of it. It is also an answer
// that denies its status, as {"ok":false} does.
type DecodeError struct {
	Op             string      // the operation, as in "Messages.Send"
	StatusCode     int         // the HTTP status, 2xx
	ContentType    string      // of the answer, "" where it names none
	IdempotencyKey string      // the key that the call went out with
	Header         http.Header // all headers of the answer

	// Body is the answer as received, unpacked and without a byte order mark, at most
	// 64 KiB of it. It may hold personal
	// data and what the answer is secret for: keys, pairing codes, tokens, payment
	// pages.
	Body []byte

	Err error // what was wrong

	text  string
	spent bool // the retry budget ended the call
}

// errNotDone is the cause of an error of an answer that denies its status.
var errNotDone = errors.New("the answer says that the call was not done")

// Accepted reports whether the API accepted the call although its answer could
// not be read. Such a send is on its way: do not send it again under another
// idempotency key; the same call with the same key returns the first result. It is
// false for an HTML page, which did not come from the API, and for an answer that says
// that nothing was done.
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

// Error says what was received and whether the API took the call on.
func (e *DecodeError) Error() string {
	if e == nil {
		return "no decode error"
	}
	if e.text != "" {
		return e.text
	}
	return e.describe(nil)
}

// describe writes the text of the error without what is private of the call.
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

// Is makes errors.Is(err, [ErrRetryBudget]) true where that ended the call.
func (e *DecodeError) Is(target error) bool {
	return target == ErrRetryBudget && e != nil && (e.spent || errors.Is(e.Err, ErrRetryBudget))
}

// Unwrap returns what was wrong. A call that was accepted is no refusal: it matches no
// API error and no code, whatever later attempts were answered. Err has these too.
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
// long, the context ended or the Limiter refused. Its causes are found with errors.Is and
// errors.As (context.Canceled, syscall.ECONNREFUSED, net.Error). [Outcome] tells whether it
// is proven that nothing was sent.
type TransportError struct {
	Op             string // the operation, as in "Messages.Send"
	Attempts       int    // how many requests were made
	IdempotencyKey string // the key that the call went out with, if any
	Err            error  // the cause

	text   string
	unsent bool // it is proven that no attempt was processed
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

// describe writes the text of the error without what is private of the call.
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

// Is makes errors.Is(err, [ErrRetryBudget]) true where that ended the call.
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

// OutcomeUnknownError means that the API may or may not have processed the call:
// an attempt was lost on the way or failed at the server, and no later one
// settled it. Err says how the last attempt ended.
//
// errors.Is and errors.As find the context's error and the failures of the network in
// it, and never an API error or its code: a call that was refused in the end may have
// been processed before. Look at Err for these.
//
// With an IdempotencyKey, calling again with that key and the same content, for
// the same number and within 24 hours, is safe: the API answers with the first
// result and does not send twice. Through another number, or later, it is not
// safe. Without a key, look at the server's state before you call again.
type OutcomeUnknownError struct {
	Op             string // the operation, as in "Messages.Send"
	IdempotencyKey string // the key to call again with, "" where the operation takes none
	Err            error  // how the last attempt ended
}

// Error says how to settle the call and how its last attempt ended.
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

// Is makes errors.Is(err, [ErrRetryBudget]) true where that ended the call.
func (e *OutcomeUnknownError) Is(target error) bool {
	return target == ErrRetryBudget && e != nil && errors.Is(e.Err, ErrRetryBudget)
}

// Unwrap returns how the last attempt ended, without the answers of the API.
func (e *OutcomeUnknownError) Unwrap() error {
	if e == nil {
		return nil
	}
	return withoutAnswers(e.Err)
}

// KeyUnavailableError means that no number has the id, or that the API does not show the
// number's key. Correct a wrong id. A hidden key is taken from where it is stored, or
// regenerated (the old one stops working at once). That of a [NumberPool] says in Reason
// how old the pool's list is and when it reads the next one: do not regenerate before.
type KeyUnavailableError struct {
	NumberID string // not part of what the error prints
	Reason   string // why, and what to do
}

// Error says why and what to do.
func (e *KeyUnavailableError) Error() string {
	if e == nil {
		return "no unavailable key"
	}
	return "pilotstatus: the key of the number is unavailable: " + e.Reason
}

func trimOp(op, text string) string { return strings.TrimPrefix(text, op+": ") }

// withoutAnswers returns what errors.Is and errors.As may find in err where a refusal
// proves nothing: all but answers of the API and their codes, nil where there is nothing
// else.
func withoutAnswers(err error) error {
	_, clean := cutAnswers(err)
	return clean
}

// cutAnswers is withoutAnswers, and says first whether it cut anything out.
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

// cutAnswersOf is cutAnswers for an error that wraps others: what is left of them stands
// for it where an answer is among them.
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

// requireChange refuses a request to change something of which no field is set.
func requireChange(request any) error {
	if v := reflect.ValueOf(request); v.IsZero() {
		return invalid(v.Type().Name(), "it changes nothing; set a field")
	}
	return nil
}
