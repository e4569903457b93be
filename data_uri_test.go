package pilotstatus

import (
	"bytes"
	"encoding/base64"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDataURI(t *testing.T) {
	t.Parallel()
	for contentType, want := range map[string]string{
		"image/png":                        "data:image/png;base64,",
		" Image/PNG ":                      "data:image/png;base64,",
		"image/svg+xml":                    "data:image/svg+xml;base64,",
		"audio/ogg; codecs=opus":           "data:audio/ogg;codecs=opus;base64,",
		`text/plain; charset="UTF-8"; a=b`: "data:text/plain;a=b;charset=UTF-8;base64,",
		"application/vnd.ms-excel":         "data:application/vnd.ms-excel;base64,",
		"application/x;":                   "data:application/x;base64,",
	} {
		for _, file := range []string{"", "a", "ab", "abc", "abcd", "\xff\xfe\x00", strings.Repeat("x", 100_000)} {
			uri, err := DataURI(strings.NewReader(file), contentType)
			require.NoError(t, err, contentType)
			require.Equal(t, want+base64.StdEncoding.EncodeToString([]byte(file)), uri)
		}
	}
}

// A file that comes in pieces is the same file.
func TestDataURIInPieces(t *testing.T) {
	t.Parallel()
	file := bytes.Repeat([]byte("0123456789"), 50)
	uri, err := DataURI(iotest.OneByteReader(bytes.NewReader(file)), "image/png")
	require.NoError(t, err)
	assert.Equal(t, "data:image/png;base64,"+base64.StdEncoding.EncodeToString(file), uri)
}

func TestDataURIRefuses(t *testing.T) {
	t.Parallel()
	_, err := DataURI(nil, "image/png")
	requireValidation(t, err, "r")
	for _, contentType := range []string{
		"", "png", "image/", "/png", "image/png/x", "image png", "image/p,ng", "image/png;base64", "image/png,image/jpeg",
		`image/png; name="a,b"`, `image/png; name="a b"`, `image/png; name="a; b"`, "image/png; name*=utf-8''%C3%A9", "image/png; a=b#c", "image/png\r\nX: y",
	} {
		read := false
		uri, err := DataURI(readerFunc(func([]byte) (int, error) { read = true; return 0, io.EOF }), contentType)
		requireValidation(t, err, "contentType")
		assert.Empty(t, uri)
		assert.False(t, read, contentType)
	}
}

// What the reader says comes back as it is, and no part of the file does.
func TestDataURIOfABrokenFile(t *testing.T) {
	t.Parallel()
	for _, broken := range []error{io.ErrUnexpectedEOF, io.ErrClosedPipe} {
		uri, err := DataURI(io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(broken)), "image/png")
		assert.Equal(t, broken, err)
		assert.Empty(t, uri)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
