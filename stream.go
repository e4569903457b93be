package pilotstatus

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

// streamer is an answer that is handed over unread. The attempt timeout ends with
// its headers; from then on only the caller's context bounds it.
type streamer interface {
	accept() string // the content types to ask for
	take(header http.Header, length int64, body io.ReadCloser)
}

var errNotAStream = errors.New("it is a text and not the file that was asked for")

// sendStream is sendWhole for an answer that is handed over unread.
func (c *call) sendStream(deadline time.Time) outcome {
	ctx, cancel := context.WithCancel(c.Context)
	timer := time.AfterFunc(time.Until(deadline), cancel)
	a := c.newAttempt()
	resp, o := c.exchange(ctx, cancel, a)
	switch {
	case resp == nil:
	case !isSuccess(resp.StatusCode) || !isStream(resp):
		o = c.read(ctx, a, resp)
	case timer.Stop():
		c.answer = resp.Header
		body, length := streamed(resp)
		c.stream.take(resp.Header, length, c.newStreamBody(body, cancel))
		return outcome{status: resp.StatusCode}
	default: // the timeout came with the headers
		cancel() // the timer may not have got that far
		o = c.unanswered(ctx, context.Canceled, a)
	}
	if resp != nil {
		_ = resp.Body.Close()
	}
	timer.Stop()
	cancel()
	return o
}

// isStream tells a file from what an API or a proxy says in its place.
func isStream(resp *http.Response) bool {
	if resp.StatusCode == http.StatusNoContent || resp.ContentLength == 0 || unknownCoding(resp.Header) != nil {
		return false
	}
	// Not mime.ParseMediaType: it knows no type where a parameter is broken.
	mediaType, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
	mediaType = strings.ToLower(strings.TrimSpace(mediaType))
	return !strings.HasPrefix(mediaType, "text/") && !strings.HasSuffix(mediaType, "json") && !strings.HasSuffix(mediaType, "xml")
}

// streamBody is the body of a streamed answer. It is made of closures, because behind
// the body stands the connection, and in its buffers the request with the credential:
// a printer that follows pointers would find it.
type streamBody struct {
	read  func([]byte) (int, error)
	close func() error
}

// Read reads the body.
func (b *streamBody) Read(p []byte) (int, error) { return b.read(p) }

// Close frees the connection.
func (b *streamBody) Close() error { return b.close() }

// newStreamBody returns a body that ends its attempt's context, by cancel, as soon as it
// needs it no more: with its end, also if the caller never closes it, or when it is
// closed.
func (c *call) newStreamBody(body io.ReadCloser, cancel context.CancelFunc) *streamBody {
	return &streamBody{
		read: func(p []byte) (int, error) {
			n, err := body.Read(p)
			if err == nil {
				return n, nil
			}
			if err != io.EOF { //nolint:errorlint // a reader ends with this very error
				err = c.foreign(c.endOf(c.Context, err))
			}
			cancel()
			return n, err
		},
		close: func() error {
			defer cancel()
			return body.Close()
		},
	}
}
