package pilotstatus

import (
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
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

// Base64 in every spelling goes to the API in the standard one, in everything that takes a
// data URI, and nothing else of it changes.
func TestDataURIsGoOutInStandardBase64(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.RegisterNoResponder(jsonResponder(http.StatusOK, `{"id":"x","status":"NONE"}`))
	number, tenant, ctx := m.number(t), m.tenant(t), t.Context()
	const head = "Data:image/png;name=a_b-c;Base64,"
	file := []byte("\xfb\xff\xbe\x00")
	standard := head + base64.StdEncoding.EncodeToString(file)
	require.Contains(t, standard, "+/")
	send := func(c Content) func(string) error {
		return func(string) error {
			return errorOf(number.Messages.Send(ctx, SendRequest{To: Phone("+5511999990000"), Content: c}))
		}
	}
	calls := func(source string) map[string]func(string) error {
		return map[string]func(string) error{
			"Content.Source":         send(MediaContent{Source: source, Type: MediaTypeImage}),
			"Content.Media.Source":   send(TemplateContent{ID: "x", Media: &MessageMedia{Source: source, Type: MediaTypeImage}}),
			"Content.Header.Content": send(TextContent{Body: "x", Header: &TextHeader{Type: TextHeaderTypeImage, Content: source}}),
			"Content.Cards[1].Media": send(CarouselContent{Cards: []CarouselCard{{}, {Media: map[string]string{"source": source}}}}),
			"Body.Header.Source": func(source string) error {
				header := &TemplateHeader{Type: TemplateHeaderTypeImage, Source: source}
				return errorOf(number.Templates.Create(ctx, SubmitTemplateRequest{Name: "x", Category: TemplateCategoryUtility, Body: TemplateBody{Header: header, Text: "x"}}))
			},
			"document": func(source string) error { return errorOf(tenant.PhoneLines.SubmitDocument(ctx, source)) },
			"Document": func(source string) error {
				v := testVerification()
				v.Document = source
				return errorOf(tenant.PhoneLines.StartVerification(ctx, v))
			},
		}
	}
	for _, source := range []string{
		standard, head + base64.RawStdEncoding.EncodeToString(file), head + base64.URLEncoding.EncodeToString(file), head + base64.RawURLEncoding.EncodeToString(file),
		head + " +/\t+-\r\nAA == ", head + "-/--AA",
		head + "%2B%2F%2B%2BAA%3D%3D", head + "%2b%2f+-AA%3d=", head + "-/%2B+AA",
	} {
		for field, call := range calls(source) {
			before := len(m.Requests())
			require.NoError(t, call(source), "%s: %q", field, source)
			require.Len(t, m.Requests(), before+1)
			assert.Contains(t, string(m.Requests()[before].Body), `"`+standard+`"`, "%s: %q", field, source)
		}
	}
	for _, broken := range []string{head + "A", head + "AA=", head + "AAA==", head + "A=AA", head + "AA*A", head + "AA%3D%3D%3D", head + "AA%3", head + "AA%253D%253D", head + "%41A==", head + "\u00e9AAA", head + "====", head + "AAAAA"} {
		for field, call := range calls(broken) {
			before := len(m.Requests())
			err := call(broken)
			requireValidation(t, err, field)
			assert.NotContains(t, err.Error(), "image/png")
			assert.Len(t, m.Requests(), before)
		}
	}
	for _, other := range []string{"https://a.example/x?y=data:a;base64,*", "data:text/plain,a b", "data:image/png;base64", "x_-*"} {
		before := len(m.Requests())
		require.NoError(t, send(MediaContent{Source: other, Type: MediaTypeImage})(""))
		assert.Equal(t, other, bodyOf(t, m.Requests()[before])["media"])
	}
	text := &TextHeader{Type: TextHeaderTypeText, Content: "data:a;base64,-_ *"}
	before := len(m.Requests())
	require.NoError(t, send(TextContent{Body: "x", Header: text})(""))
	assert.Contains(t, string(m.Requests()[before].Body), text.Content)
	cards := []CarouselCard{{Media: map[string]string{"a": head + "-_-_"}}}
	require.NoError(t, send(CarouselContent{Cards: cards})(""))
	assert.Equal(t, head+"-_-_", cards[0].Media["a"], "the caller's own value stays")
}
