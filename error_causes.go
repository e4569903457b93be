package pilotstatus

import (
	"errors"
	"fmt"
	"strings"
)

// foreignError is an error that was made outside of this package: by a transport, by
// reading a body, by a Limiter, by a decoder. It shows its text, or that it is withheld,
// and answers errors.Is and errors.As for it. The error itself is behind a closure, and
// there is no Unwrap: a transport's error may hold the request, and with it the
// credential, and whoever walks a chain and prints every link would print what was
// withheld.
type foreignError struct {
	_     safeWord
	text  string
	cause func() error
}

// foreign returns err as an error of this call may hold it.
func (c *call) foreign(err error) error {
	return &foreignError{text: c.private().show(err.Error()), cause: func() error { return err }}
}

// Error returns the text.
func (e *foreignError) Error() string { return e.text }

// Format writes the text, whatever the verb.
func (e *foreignError) Format(f fmt.State, _ rune) { printText(f, e.text) }

// Is finds what the error and its causes are.
func (e *foreignError) Is(target error) bool { return errors.Is(e.cause(), target) }

// As finds what the error and its causes are.
func (e *foreignError) As(target any) bool { return errors.As(e.cause(), target) }

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
