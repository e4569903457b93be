package pilotstatus

import (
	"context"
	"io"
	"net/http"
	"strings"
)

// isStream reports whether an answer is a file, not a message of the API or of a proxy.
func isStream(resp *http.Response) bool {
	if resp.StatusCode == http.StatusNoContent || resp.ContentLength == 0 || unknownCoding(resp.Header) != nil {
		return false
	}
	// Not mime.ParseMediaType, which returns no type if a parameter is broken.
	mediaType, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
	mediaType = strings.ToLower(strings.TrimSpace(mediaType))
	return !strings.HasPrefix(mediaType, "text/") && !strings.HasSuffix(mediaType, "json") && !strings.HasSuffix(mediaType, "xml")
}

// streamBody is the body of a streamed answer. It consists of closures. Behind the body is
// the connection, and its buffers hold the request with the credential, which a printer
// that follows pointers would find.
type streamBody struct {
	read  func([]byte) (int, error)
	close func() error
}

// Read reads the body.
func (b *streamBody) Read(p []byte) (int, error) { return b.read(p) }

// Close frees the connection.
func (b *streamBody) Close() error { return b.close() }

// newStreamBody returns a body that ends the context of its attempt, with cancel, as soon
// as the body ends or is closed. A caller that reads to the end need not close it.
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
