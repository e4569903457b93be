package pilotstatus

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
)

// withoutBOM returns text without a UTF-8 byte order mark at its beginning.
func withoutBOM(text []byte) []byte { return bytes.TrimPrefix(text, []byte("\ufeff")) }

// decoded returns a reader of the decoded body for a Content-Encoding of gzip or "". Some
// transports do not decode gzip themselves. The caller must limit the reader, because a
// small body can inflate to a very large one. The error is an *unknownEncodingError, or an
// error of gzip.
func decoded(encoding string, body io.Reader) (io.Reader, error) {
	switch name := strings.ToLower(strings.TrimSpace(encoding)); name {
	case "", "identity":
		return body, nil
	case "gzip", "x-gzip":
		return gzip.NewReader(body)
	default:
		if len(name) > maxCode {
			name = "a long text"
		}
		return nil, &unknownEncodingError{encoding: name}
	}
}
