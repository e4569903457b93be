package pilotstatus

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
)

// withoutBOM returns text without the one UTF-8 byte order mark that it may begin with.
func withoutBOM(text []byte) []byte { return bytes.TrimPrefix(text, []byte("\ufeff")) }

// decoded returns a reader of the body behind a Content-Encoding: gzip, which not
// every transport undoes, or none. Whoever reads it must bound it: a small body can
// inflate to a very large one. The error is an *unknownEncodingError, or one of gzip.
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
