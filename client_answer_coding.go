package pilotstatus

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strings"
)

// gzipSlack is how much larger than its content a gzip stream may be, in bytes. A gzip
// stream can be endless without any content.
const gzipSlack = 64 << 10

// contentEncoding returns the encodings that the transport left in an answer, or "".
func contentEncoding(header http.Header) string {
	return strings.Join(header["Content-Encoding"], ", ")
}

// fill copies the body of an answer into a writer, at most one byte more than limit, which
// shows that an answer is too large. It decompresses gzip; the limit applies to the
// decompressed body. A body that it cannot decompress is read unchanged, and fill returns
// an error.
func (a *attempt) fill(into io.Writer, resp *http.Response, limit int64) error {
	a.answer = io.LimitedReader{R: resp.Body, N: limit + 1}
	encoding := contentEncoding(resp.Header)
	if encoding == "" {
		_, err := io.Copy(into, &a.answer)
		return err
	}
	packed := &io.LimitedReader{R: resp.Body, N: limit + gzipSlack}
	plain, codingErr := unpack(encoding, packed)
	a.answer.R = plain
	_, err := io.Copy(into, &a.answer)
	switch {
	case codingErr != nil:
		return codingErr
	case packed.N <= 0:
		return ErrResponseTooLarge
	}
	return err
}

// unpack returns a reader of the decompressed body, or of the body itself with an error. A
// body that does not begin like gzip is read unchanged, because some transports decompress
// it and keep the header.
func unpack(encoding string, body io.Reader) (io.Reader, error) {
	buffered := bufio.NewReader(body)
	start, _ := buffered.Peek(2)
	if string(start) == "\x1f\x8b" {
		if plain, err := decoded(encoding, buffered); err == nil {
			return plain, nil
		}
	}
	return buffered, unknownCoding(http.Header{"Content-Encoding": {encoding}})
}

// isBadCoding reports whether a complete answer cannot be decompressed, so that a retry
// would not help.
func isBadCoding(err error) bool {
	_, unknown := errors.AsType[*unknownEncodingError](err)
	_, corrupt := errors.AsType[flate.CorruptInputError](err)
	return unknown || corrupt || errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum)
}

// inflater is the body of a streamed answer, decompressed while it is read. It returns
// ErrResponseTooLarge if the content is larger than any answer may be.
type inflater struct {
	encoding string
	packed   io.ReadCloser
	plain    io.Reader // nil before the first Read
	left     int64     // bytes that may still come
}

// streamed returns the body of a streamed answer and its length, -1 if it is not known in
// advance.
func streamed(resp *http.Response) (io.ReadCloser, int64) {
	encoding := contentEncoding(resp.Header)
	if encoding == "" {
		return resp.Body, resp.ContentLength
	}
	return &inflater{encoding: encoding, packed: resp.Body, left: maxMedia}, -1
}

// Read reads the content.
func (f *inflater) Read(p []byte) (int, error) {
	if f.plain == nil {
		plain, err := unpack(f.encoding, f.packed)
		if err != nil {
			return 0, err
		}
		f.plain = plain
	}
	n, err := f.plain.Read(p)
	if f.left -= int64(n); f.left < 0 {
		return 0, ErrResponseTooLarge
	}
	return n, err
}

// Close closes the body.
func (f *inflater) Close() error { return f.packed.Close() }

// unknownCoding returns an error if the client cannot decode the encoding of an answer.
func unknownCoding(header http.Header) error {
	_, err := decoded(contentEncoding(header), http.NoBody)
	if unknown, ok := errors.AsType[*unknownEncodingError](err); ok {
		return unknown
	}
	return nil
}
