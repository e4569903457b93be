package pilotstatus

import (
	"net/http"
	"strconv"
	"time"
)

// OutcomeKind says what became of a call; see [Outcome].
type OutcomeKind uint8

const (
	// OutcomeUnknown means that the API may or may not have processed the call. A send
	// is called again with the same idempotency key; see [OutcomeUnknownError].
	OutcomeUnknown OutcomeKind = iota

	// OutcomeNotSent means that the API has not processed anything: the call was refused
	// here, or provably never arrived.
	OutcomeNotSent

	// OutcomeRefused means that the API refused the call: nothing was done.
	OutcomeRefused

	// OutcomeAccepted means that the API accepted the call, also where its answer could
	// not be read, or the message failed later.
	OutcomeAccepted
)

// String returns "unknown", "not sent", "refused" or "accepted".
func (k OutcomeKind) String() string {
	switch k {
	case OutcomeUnknown:
		return "unknown"
	case OutcomeNotSent:
		return "not sent"
	case OutcomeRefused:
		return "refused"
	case OutcomeAccepted:
		return "accepted"
	}
	return "OutcomeKind(" + strconv.Itoa(int(k)) + ")"
}

// Outcome says what became of the call that ended with err, however deep the error of this
// package is wrapped. An [*OutcomeUnknownError] anywhere is [OutcomeUnknown], and so are a
// [*WaitError] and every error that is not of this package. Where err wraps several errors
// that disagree, the outcome is unknown too.
//
//   - accepted: nil, [*MessageEndedError], [*MissingEventsError], [*DecodeError] with
//     Accepted() true
//   - not sent: [*ValidationError], [*KeyUnavailableError], [*KeyCheckError], a scope error
//     with StatusCode 0, a [*TransportError] of a call of which no attempt can have been
//     processed
//   - refused: [*APIError] and its families, but 408 and the statuses from 500 on other
//     than 501 are unknown, unless their code says that the operator has to act first, and
//     so is any answer to a repeated change of class safe that an earlier attempt may have
//     made
func Outcome(err error) OutcomeKind {
	if err == nil {
		return OutcomeAccepted
	}
	kind, _ := outcomeOf(err)
	return kind
}

// outcomeTeller is an error that says what became of its call.
type outcomeTeller interface{ outcome() OutcomeKind }

// outcomeOf is Outcome, and says whether err tells. The error of this package that is
// outermost decides, but an unknown outcome anywhere is unknown.
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

// outcomeOfAll returns what those errors say that tell, unknown where they disagree.
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

// An unknown outcome is unknown, and the end of a wait says nothing about a call.
func (*OutcomeUnknownError) outcome() OutcomeKind { return OutcomeUnknown }
func (*WaitError) outcome() OutcomeKind           { return OutcomeUnknown }

// These were found before anything was sent.
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

// scopeOutcome is outcome for a scope error: with StatusCode 0 it was found before
// anything was sent.
func (e *APIError) scopeOutcome() OutcomeKind {
	if e != nil && e.StatusCode == 0 {
		return OutcomeNotSent
	}
	return e.outcome()
}

// outcome says what an answer means for its call.
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

// RetryAfter returns how long the API asked to wait before the call is made again. It
// looks everywhere in err, also in the Err of an [*OutcomeUnknownError], and is false where
// the API named no time.
func RetryAfter(err error) (time.Duration, bool) {
	e := answerIn(err)
	if e == nil || e.RetryAfter <= 0 {
		return 0, false
	}
	return e.RetryAfter, true
}

// answerIn returns the first answer in err that says how long to wait, or else the first
// one, also where errors.As does not find it; nil without any.
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
