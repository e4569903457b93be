package pilotstatus

import (
	"net/http"
	"strconv"
	"time"
)

// OutcomeKind tells whether the API processed a call; see [Outcome].
type OutcomeKind uint8

const (
	// OutcomeUnknown means that the API may or may not have processed the call. Repeat a
	// send with the same idempotency key; see [OutcomeUnknownError].
	OutcomeUnknown OutcomeKind = iota

	// OutcomeNotSent means that the API processed nothing: the client refused the call, or
	// no request was sent.
	OutcomeNotSent

	// OutcomeRefused means that the API refused the call and did nothing.
	OutcomeRefused

	// OutcomeAccepted means that the API accepted the call, even if its answer could not be
	// read or the message failed later.
	OutcomeAccepted
)

// String returns "unknown", "not sent", "refused" or "accepted".
func (k OutcomeKind) String() string {
	names := []string{"unknown", "not sent", "refused", "accepted"} // in the order of the constants
	if int(k) < len(names) {
		return names[k]
	}
	return "OutcomeKind(" + strconv.Itoa(int(k)) + ")"
}

// Outcome tells whether the API processed the call that ended with err. It finds errors of
// this package however deep they are wrapped. An [*OutcomeUnknownError] anywhere is
// [OutcomeUnknown], and so are a [*WaitError] and every error of another package. If err
// wraps several errors that disagree, the outcome is unknown too.
//
//   - accepted: nil, [*MessageEndedError], [*MissingEventsError], [*DecodeError] with
//     Accepted() true
//   - not sent: [*ValidationError], [*KeyUnavailableError], [*KeyCheckError], a scope error
//     with StatusCode 0, a [*TransportError] if no attempt can have been processed
//   - refused: [*APIError] and the types that unwrap to it
//   - unknown: a 408 and the statuses from 500 on, except 501 and codes that wait for the
//     operator; also any error answer to a repeated change of class [RetrySafe], because an
//     earlier attempt may have made the change
func Outcome(err error) OutcomeKind {
	if err == nil {
		return OutcomeAccepted
	}
	kind, _ := outcomeOf(err)
	return kind
}

// outcomeTeller is an error that knows the outcome of its call. While the call runs,
// call.record collects what its attempts came to, and call.finish makes the error of it.
type outcomeTeller interface{ outcome() OutcomeKind }

// outcomeOf is Outcome and also reports whether err knows. The outermost error of this
// package decides, but an unknown outcome anywhere is unknown.
func outcomeOf(err error) (kind OutcomeKind, tells bool) {
	switch e := err.(type) { //nolint:errorlint // it walks the tree itself
	case outcomeTeller:
		return e.outcome(), true
	case interface{ Unwrap() error }:
		return outcomeOf(e.Unwrap())
	case interface{ Unwrap() []error }:
		return outcomeOfAll(e.Unwrap())
	}
	return OutcomeUnknown, false
}

// outcomeOfAll returns the outcome on which all errors that know it agree, and unknown if
// they disagree.
func outcomeOfAll(errs []error) (kind OutcomeKind, tells bool) {
	for _, err := range errs {
		found, tellsToo := outcomeOf(err)
		switch {
		case !tellsToo:
		case tells && found != kind:
			return OutcomeUnknown, true
		default:
			kind, tells = found, true
		}
	}
	return kind, tells
}

// The end of a wait says nothing about a call.
func (*OutcomeUnknownError) outcome() OutcomeKind { return OutcomeUnknown }
func (*WaitError) outcome() OutcomeKind           { return OutcomeUnknown }

// The client returns these before it sends anything.
func (*ValidationError) outcome() OutcomeKind     { return OutcomeNotSent }
func (*KeyUnavailableError) outcome() OutcomeKind { return OutcomeNotSent }
func (*KeyCheckError) outcome() OutcomeKind       { return OutcomeNotSent }

func (e *DecodeError) outcome() OutcomeKind {
	if e.Accepted() {
		return OutcomeAccepted
	}
	return OutcomeUnknown
}

func (e *TransportError) outcome() OutcomeKind {
	if e != nil && e.unsent {
		return OutcomeNotSent
	}
	return OutcomeUnknown
}

func (e *TenantScopeError) outcome() OutcomeKind { return e.scopeOutcome() }
func (e *NumberScopeError) outcome() OutcomeKind { return e.scopeOutcome() }

// scopeOutcome is outcome for a scope error. With StatusCode 0 the client found it before
// it sent anything.
func (e *APIError) scopeOutcome() OutcomeKind {
	if e != nil && e.StatusCode == 0 {
		return OutcomeNotSent
	}
	return e.outcome()
}

// outcome returns the outcome of a call with this answer.
func (e *APIError) outcome() OutcomeKind {
	switch {
	case e == nil || e.doubtful || e.StatusCode < http.StatusMultipleChoices:
		return OutcomeUnknown
	case isPermanent(e.Code) || e.StatusCode == http.StatusNotImplemented:
		return OutcomeRefused
	case e.StatusCode == http.StatusRequestTimeout || e.StatusCode >= http.StatusInternalServerError:
		return OutcomeUnknown
	}
	return OutcomeRefused
}

// RetryAfter returns how long the API asked to wait before the next call. It looks
// everywhere in err, also in the Err of an [*OutcomeUnknownError]. The bool is false if the
// API named no time.
func RetryAfter(err error) (time.Duration, bool) {
	e := answerIn(err)
	if e == nil || e.RetryAfter <= 0 {
		return 0, false
	}
	return e.RetryAfter, true
}

// answerIn returns the first answer in err that has a RetryAfter, or else the first answer,
// or nil. It finds answers that errors.As does not find.
func answerIn(err error) *APIError {
	var inner []error
	switch e := err.(type) { //nolint:errorlint // it walks the tree itself
	case nil:
		return nil
	case *APIError:
		return e
	case *OutcomeUnknownError:
		if e != nil {
			inner = []error{e.Err}
		}
	case *DecodeError:
		if e != nil {
			inner = []error{e.Err}
		}
	case interface{ Unwrap() error }:
		inner = []error{e.Unwrap()}
	case interface{ Unwrap() []error }:
		inner = e.Unwrap()
	}
	var first *APIError
	for _, err := range inner {
		found := answerIn(err)
		if found != nil && found.RetryAfter > 0 {
			return found
		}
		if first == nil {
			first = found
		}
	}
	return first
}
