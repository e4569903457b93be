package pilotstatus

import (
	"errors"
	"fmt"
	"net/url"
)

// withoutURL returns the cause of the innermost *url.Error in err: its text has
// the URL, and so ids and tokens.
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

// Error returns the text.
func (e *foreignError) Error() string { return e.text }

// Format writes the text, whatever the verb.
func (e *foreignError) Format(f fmt.State, _ rune) { printText(f, e.text) }

// Is finds what the error and its causes are.
func (e *foreignError) Is(target error) bool { return errors.Is(e.cause(), target) }

// As finds what the error and its causes are.
func (e *foreignError) As(target any) bool { return errors.As(e.cause(), target) }

// errBadURL stands for what is wrong with a URL, which shows a part of it.
var errBadURL = errors.New("the transport cannot read a URL; check the proxy's")
