package pilotstatus

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	defaultMaxRetries = 3
	defaultMinWait    = 250 * time.Millisecond
	defaultMaxWait    = 8 * time.Second

	// tooLong represents a Retry-After that overflows a Duration.
	tooLong = time.Duration(math.MaxInt64)
)

// RetryClass decides which failures of a call are retried. Every operation has one;
// [Request].Retry sets it for [Client.Do]. In every class a request moves to another
// connection, as part of the same attempt, if none of it was written to a dead connection,
// or if HTTP/2 reports that the server did not process it.
type RetryClass uint8

const (
	// RetryNever is one attempt: the call charges, revokes a key, rings a phone, sends a
	// code or destroys.
	RetryNever RetryClass = iota

	// RetryUnsent retries only if the request was never sent (no connection was made, or
	// HTTP/2 reports that the server did not process it), and after 425 and 429, with which
	// the API refuses a request before it begins. After any other failure the API may have
	// processed the call, so it ends with an [*OutcomeUnknownError]. Before you call again,
	// look at the state that the comment of the method names.
	RetryUnsent

	// RetrySafe retries after connection failures, attempt timeouts, truncated answers,
	// 408, 425, 429 and every 5xx except 501, 505, 511 and codes that wait for the
	// operator, such as [CodeProviderNotConfigured].
	RetrySafe

	// RetryKeyed retries like [RetrySafe], always with the same Idempotency-Key and the
	// same bytes. It also retries while the API still works on the first attempt: a 409
	// with [CodeIdempotencyKeyInUse], or without a readable code.
	RetryKeyed
)

// String returns the name that the documentation uses.
func (c RetryClass) String() string {
	switch c {
	case RetryNever:
		return "never"
	case RetryUnsent:
		return "unsent"
	case RetrySafe:
		return "safe"
	case RetryKeyed:
		return "keyed"
	}
	return "RetryClass(" + strconv.Itoa(int(c)) + ")"
}

// changes reports whether the outcome of a lost call matters: the call may have had an
// effect.
func (c RetryClass) changes() bool { return c != RetrySafe }

// RetryPolicy sets the number of retries and the waits between them. The wait before retry
// n is random between MinWait and MinWait·2ⁿ, at most MaxWait. A Retry-After of the API is
// waited in full, with the same randomness on top. If it is more than MaxWait, the call
// ends at once, and the error says how long to wait. While the API still works on the first
// attempt (a 409 in use), the wait is at least half of MaxWait. A test with retries needs a
// small MaxWait too, because the default is 8 s.
//
// While much of what a client calls fails, retries would keep the API from recovering.
// Budget limits them over all calls of the client: it is a number of tokens, of which a
// retry costs 5. Retries after 429, 425 and IDEMPOTENCY_KEY_IN_USE cost nothing, because
// then the API says itself when to come again. A call that succeeds gives back what it
// paid, or 1 token where it paid nothing, and 1 token a second comes back by itself, up
// to Budget. The last 100 tokens are for calls of class [RetryKeyed], such as sends. A
// call whose retry the tokens do not cover ends with the error that it has, which
// matches [ErrRetryBudget].
type RetryPolicy struct {
	MaxRetries int           // retries after the first attempt; default 3, and RetryPolicy{} means none
	MinWait    time.Duration // default 250 ms
	MaxWait    time.Duration // default 8 s, and not less than MinWait

	// Budget is in tokens; default 500. 1 to 4 allow no retry that costs something, and a
	// negative number allows all.
	Budget int
}

// withDefaults checks the policy and fills in the waits that were not set.
func (p RetryPolicy) withDefaults() (RetryPolicy, error) {
	const field = "retry policy"
	switch {
	case p.MaxRetries < 0:
		return p, invalid(field, "MaxRetries is negative")
	case p.MinWait < 0 || p.MaxWait < 0:
		return p, invalid(field, "a wait is negative")
	}
	switch {
	case p.MinWait == 0 && p.MaxWait == 0:
		p.MinWait, p.MaxWait = defaultMinWait, defaultMaxWait
	case p.MinWait == 0:
		p.MinWait = min(defaultMinWait, p.MaxWait)
	case p.MaxWait == 0:
		p.MaxWait = max(defaultMaxWait, p.MinWait)
	}
	if p.MinWait > p.MaxWait {
		return p, invalid(field, "MinWait is greater than MaxWait")
	}
	return p, nil
}

// wait returns how long to wait before retry n, and not less than atLeast.
func (p RetryPolicy) wait(n int, atLeast time.Duration) time.Duration {
	ceiling := p.MaxWait
	if n < 62 && p.MinWait <= p.MaxWait>>n {
		ceiling = p.MinWait << n
	}
	wait := max(p.MinWait, atLeast) + rand.N(ceiling-p.MinWait+1)
	if wait < 0 { // overflow
		return tooLong
	}
	return wait
}

// outcome is the result of one attempt.
type outcome struct {
	err        error         // nil: the call succeeded
	status     int           // 0: no answer
	duration   time.Duration // set only for an observer or a logger
	retryAfter time.Duration // what the answer asks for
	made       bool          // a request was made
	transient  bool          // the same request may succeed later
	reached    bool          // the API may have processed the request
	busy       bool          // the API still works on an earlier attempt with this key
	ended      bool          // the context ended the attempt
	movable    bool          // the server did not process it: another connection may take it at once
	unfit      bool          // nothing was sent: the request had the wrong form for the connection
	partial    bool          // the answer did not arrive whole
	spent      bool          // the retry budget prevented another attempt
}

// repeatable reports whether the class allows another attempt after o.
func (c RetryClass) repeatable(o outcome) bool {
	switch c {
	case RetrySafe:
		return o.transient
	case RetryKeyed:
		return o.transient || o.busy
	case RetryUnsent:
		return o.transient && !o.reached
	}
	return false
}

// classify returns the outcome of an attempt with an error answer. call.decideRetry
// decides by it whether the call is repeated, and when.
func classify(e *APIError) outcome {
	o := outcome{status: e.StatusCode, retryAfter: e.RetryAfter}
	switch {
	case e.StatusCode < http.StatusOK: // no answer to a request: nothing is known
		o.reached = true
	case isPermanent(e.Code):
		// The operator has to act first, whatever the status says.
	case e.StatusCode == http.StatusTooManyRequests, e.StatusCode == http.StatusTooEarly:
		o.transient = true // refused before the work began
	case e.StatusCode == http.StatusRequestTimeout:
		o.transient, o.reached = true, true
	case e.StatusCode == http.StatusConflict && isKeyInUse(e):
		o.busy, o.reached = true, true
	case e.StatusCode == http.StatusNotImplemented:
	case e.StatusCode >= http.StatusInternalServerError:
		o.reached = true
		o.transient = isTransientStatus(e.StatusCode)
	}
	return o
}

// isKeyInUse reports whether a 409 may mean that the API still works on an earlier attempt.
// For a call with a key this includes an unreadable answer, which may be that answer,
// damaged on the way. Only a code of the API settles the call.
func isKeyInUse(e *APIError) bool {
	switch {
	case e.Code == CodeIdempotencyKeyInUse:
		return true
	case e.IdempotencyKey == "" || e.Code == CodeIdempotencyKeyReused || e.Code == CodeIdempotencyKeyInvalid:
		return false
	}
	return !isAPICode(e.Code) || strings.HasPrefix(string(e.Code), "IDEMPOTENCY_")
}

// isAPICode reports whether a code has the form of the API's codes: upper-case words with
// underscores.
func isAPICode(code ErrorCode) bool {
	words := strings.Split(string(code), "_")
	for _, word := range words {
		if word == "" || strings.Trim(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
			return false
		}
	}
	return len(words) > 1
}

// isFinalFailure reports whether a request without an answer would fail the same way again:
// this package refused it, or the certificate of the server is wrong.
func isFinalFailure(err error) bool {
	var (
		refused  *ValidationError
		verify   *tls.CertificateVerificationError
		unknown  x509.UnknownAuthorityError
		hostname x509.HostnameError
		invalid  x509.CertificateInvalidError
		notTLS   tls.RecordHeaderError
	)
	if proxy, ok := errors.AsType[*proxyRefusal](err); ok {
		return !proxy.isTemporary()
	}
	return errors.Is(err, errProxyAddress) || errors.Is(err, errBadURL) ||
		errors.As(err, &refused) || errors.As(err, &verify) || errors.As(err, &unknown) ||
		errors.As(err, &hostname) || errors.As(err, &invalid) || errors.As(err, &notTLS)
}

// isDialFailure reports whether err says that no connection was made.
func isDialFailure(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// parseRetryAfter reads a Retry-After header: seconds, with or without a fraction, or a
// date, which is measured from now. It returns 0 for a missing or invalid header and for
// the past.
func parseRetryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if value == "" {
		return 0
	}
	if strings.Trim(value, "0123456789.") == "" {
		seconds, err := strconv.ParseFloat(value, 64)
		if err != nil && !errors.Is(err, strconv.ErrRange) {
			return 0
		}
		return secondsToDuration(seconds)
	}
	if date, err := http.ParseTime(value); err == nil {
		return max(0, date.Sub(now))
	}
	return 0
}

// sentAt returns when an answer was sent, by the clock of its server, to which its other
// dates refer. Without a readable Date it returns the local time.
func sentAt(header http.Header) time.Time {
	if date, err := http.ParseTime(strings.TrimSpace(header.Get("Date"))); err == nil {
		return date
	}
	return time.Now()
}

func secondsToDuration(seconds float64) time.Duration {
	switch {
	case !(seconds > 0): // NaN too
		return 0
	case seconds >= tooLong.Seconds():
		return tooLong
	}
	return time.Duration(seconds * float64(time.Second))
}
