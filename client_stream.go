package pilotstatus

import (
	"context"
	"io"
	"net/http"
	"strings"
)

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
