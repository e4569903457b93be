package pilotstatus

import (
	"context"
	"errors"
	"io"
	"mime"
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

// sendStream is send for an answer that is handed over unread.
func (c *call) sendStream(out streamer) outcome {
	ctx, cancel := context.WithCancel(c.Context)
	timer := time.AfterFunc(c.timeout, cancel)
	a := c.newAttempt()
	resp, o := c.exchange(ctx, cancel, a)
	if resp == nil {
		timer.Stop()
		cancel()
		return o
	}
	if !isSuccess(resp.StatusCode) || !isStream(resp) {
		defer cancel()
		defer timer.Stop()
		defer func() { _ = resp.Body.Close() }()
		return c.read(ctx, a, resp)
	}
	if !timer.Stop() { // the timeout came with the headers
		defer cancel()
		defer func() { _ = resp.Body.Close() }()
		return c.unanswered(ctx, context.Canceled, a)
	}
	c.answer = resp.Header
	out.take(resp.Header, resp.ContentLength, &streamBody{ReadCloser: resp.Body, cancel: cancel})
	return outcome{status: resp.StatusCode}
}

// isStream tells a file from what an API or a proxy says in its place.
func isStream(resp *http.Response) bool {
	mediaType, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	switch {
	case resp.StatusCode == http.StatusNoContent || resp.ContentLength == 0:
		return false
	case strings.HasPrefix(mediaType, "text/"):
		return false
	}
	return !strings.HasSuffix(mediaType, "json") && !strings.HasSuffix(mediaType, "xml")
}

// streamBody is the body of a streamed answer. Closing it frees the connection.
type streamBody struct {
	io.ReadCloser
	cancel context.CancelFunc
}

// Close closes the body and ends the call's context.
func (b *streamBody) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}
