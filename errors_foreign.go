package pilotstatus

import (
	"errors"
	"fmt"
	"net/url"
)

// withoutURL returns the cause of the innermost *url.Error in err. The text of a *url.Error
// has the URL, with its ids and tokens.
func withoutURL(err error) error {
	for {
		var withURL *url.Error
		if !errors.As(err, &withURL) {
			return err
		}
		switch {
		case withURL.Err == nil:
			return errors.New("the transport failed without saying why")
		case withURL.Op == "parse":
			return errBadURL
		}
		err = withURL.Err
	}
}

// leafText returns the text of the innermost error.
func leafText(err error) string {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err.Error()
		}
		err = next
	}
}

// foreignError is an error of code outside this package: of a transport, a body, a Limiter
// or a decoder. It prints its text, or that the text is withheld, and answers errors.Is and
// errors.As. The error itself is behind a closure, and there is no Unwrap: a transport's
// error may hold the request with the credential, and a program that prints every error of
// a chain would print it.
type foreignError struct {
	_     safeWord
	text  string
	cause func() error
}

// Error returns the text.
func (e *foreignError) Error() string { return e.text }

// Format writes the text, whatever the verb.
func (e *foreignError) Format(f fmt.State, _ rune) { printText(f, e.text) }

// Is matches the error and its causes.
func (e *foreignError) Is(target error) bool { return errors.Is(e.cause(), target) }

// As matches the error and its causes.
func (e *foreignError) As(target any) bool { return errors.As(e.cause(), target) }

// errBadURL replaces an error whose text shows a part of a URL.
var errBadURL = errors.New("the transport cannot read a URL; check the proxy's")
