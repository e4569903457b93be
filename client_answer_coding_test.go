package pilotstatus

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const bom = "\ufeff"

// gzipped returns text as a gzip.
func gzipped(t *testing.T, text string) string {
	t.Helper()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err := io.WriteString(w, text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return packed.String()
}

// encoded answers with a body whose encoding no transport undoes.
func encoded(status int, encoding, body string) httpmock.Responder {
	return jsonResponder(status, body, "Content-Encoding", encoding)
}

// A byte order mark and a gzip that the transport left in place do not change what an
// answer says.
func TestAnswersBehindMarksAndGzip(t *testing.T) {
	t.Parallel()
	for name, responder := range map[string]httpmock.Responder{
		"mark":                   jsonResponder(http.StatusAccepted, bom+testAccepted),
		"gzip":                   encoded(http.StatusAccepted, "gzip", gzipped(t, testAccepted)),
		"x-gzip":                 encoded(http.StatusAccepted, " X-GZIP ", gzipped(t, testAccepted)),
		"gzip of two parts":      encoded(http.StatusAccepted, "gzip", gzipped(t, testAccepted[:9])+gzipped(t, testAccepted[9:])),
		"mark in a gzip":         encoded(http.StatusAccepted, "gzip", gzipped(t, bom+testAccepted)),
		"identity":               encoded(http.StatusAccepted, "identity", testAccepted),
		"gzip undone, name left": encoded(http.StatusAccepted, "gzip", testAccepted),
	} {
		m := newMockAPI(t)
		m.sequence(http.MethodPost, sendPath, responder)
		answer, err := m.number(t).Messages.Send(t.Context(), testSend())
		require.NoError(t, err, name)
		assert.Equal(t, "msg_1", answer.ID, name)
		assert.Len(t, m.Requests(), 1, name)
	}
	const refusal = `{"error":"said no","code":"SOME_CODE","retryAfterSeconds":2}`
	for name, responder := range map[string]httpmock.Responder{
		"mark":           jsonResponder(http.StatusForbidden, bom+refusal),
		"gzip":           encoded(http.StatusForbidden, "gzip", gzipped(t, refusal)),
		"mark in a gzip": encoded(http.StatusForbidden, "gzip", gzipped(t, bom+refusal)),
	} {
		m := newMockAPI(t)
		m.sequence(http.MethodPost, sendPath, responder)
		_, err := m.number(t).Messages.Send(t.Context(), testSend())
		require.EqualError(t, err, "Messages.Send: 403 SOME_CODE: said no (retry after 2s)", name)
	}
	m := newMockAPI(t)
	m.sequence(http.MethodGet, getPath, jsonResponder(http.StatusOK, bom+bom+`{"id":"msg_1"}`))
	_, err := m.number(t).Messages.Get(t.Context(), "msg_1")
	require.Error(t, err, "exactly one mark is skipped")
}

// An encoding that nobody undid is named, and does not make an accepted send a failed
// one.
func TestAnswerInAnUnknownEncoding(t *testing.T) {
	t.Parallel()
	for _, encoding := range []string{"br", "zstd", "deflate", "gzip, br", strings.Repeat("x", 200)} {
		for _, body := range []string{"\x0b\x02\x80", "<\x02\x80", `{"error":"x","code":"SOME_CODE"}`, ""} {
			m := newMockAPI(t)
			m.sequence(http.MethodPost, sendPath, encoded(http.StatusAccepted, encoding, body))
			_, err := m.number(t).Messages.Send(t.Context(), testSend())
			var unread *DecodeError
			require.ErrorAs(t, err, &unread)
			assert.True(t, unread.Accepted())
			assert.Equal(t, body, string(unread.Body))
			assert.False(t, isA[*OutcomeUnknownError](err))
			assert.Len(t, m.Requests(), 1, "it is accepted, and the next answer would be no better")
			assertNamesEncoding(t, err, encoding)

			m = newMockAPI(t)
			m.sequence(http.MethodPost, sendPath, encoded(http.StatusForbidden, encoding, body))
			_, err = m.number(t).Messages.Send(t.Context(), testSend())
			var refused *APIError
			require.ErrorAs(t, err, &refused)
			assert.Empty(t, refused.Code)
			assertNamesEncoding(t, err, encoding)
		}
	}
	m := newMockAPI(t)
	m.sequence(http.MethodPost, sendPath, encoded(http.StatusAccepted, "br", "\x0b\x02\x80"))
	require.NoError(t, m.number(t).Do(t.Context(), Request{Method: http.MethodPost, Path: sendPath}, nil), "nobody reads it")
	m.sequence(http.MethodPost, sendPath, answerWith(http.StatusAccepted, "text/html", "\x0b\x02\x80"))
	_, err := m.number(t).Messages.Send(t.Context(), testSend())
	assert.True(t, isA[*OutcomeUnknownError](err), "a page did not come from the API")
}

func assertNamesEncoding(t *testing.T, err error, encoding string) {
	t.Helper()
	if len(encoding) > maxCode {
		encoding = "a long text"
	}
	assert.ErrorContains(t, err, "Content-Encoding is "+encoding+",")
}

// A gzip that is cut is an answer that ends early; one that is broken is an answer that
// cannot be read.
func TestBrokenGzip(t *testing.T) {
	t.Parallel()
	whole := gzipped(t, testAccepted)
	spoiled := []byte(whole)
	spoiled[len(spoiled)-5] ^= 0xff
	for name, test := range map[string]struct {
		body     string
		requests int
		is       error
	}{
		"cut":      {whole[:len(whole)-9], 4, io.ErrUnexpectedEOF},
		"no end":   {whole[:12], 4, io.ErrUnexpectedEOF},
		"checksum": {string(spoiled), 1, gzip.ErrChecksum},
		"garbage":  {whole[:10] + "garbage, garbage", 1, nil},
		"header":   {"\x1f\x8bnonsense and more of it", 1, nil},
	} {
		m := newMockAPI(t)
		m.sequence(http.MethodPost, sendPath, encoded(http.StatusAccepted, "gzip", test.body))
		_, err := m.number(t).Messages.Send(t.Context(), testSend())
		var unread *DecodeError
		require.ErrorAs(t, err, &unread, name)
		assert.True(t, unread.Accepted(), name)
		assert.Len(t, m.Requests(), test.requests, name)
		if test.is != nil {
			assert.ErrorIs(t, err, test.is, name)
		}
	}
}

// countedReader counts the bytes that are read from it.
type countedReader struct {
	io.Reader

	read int
}

func (r *countedReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.read += n
	return n, err
}

// repeated repeats a text for ever.
type repeated struct{ text, rest string }

func (e *repeated) Read(p []byte) (int, error) {
	if e.rest == "" {
		e.rest = e.text
	}
	n := copy(p, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

// What a gzip becomes is bounded like any answer, and what it takes to read it is too:
// a gzip can go on without content.
func TestGzipIsBounded(t *testing.T) {
	t.Parallel()
	var bomb bytes.Buffer
	w, err := gzip.NewWriterLevel(&bomb, flate.BestSpeed)
	require.NoError(t, err)
	_, err = io.CopyN(w, &repeated{text: strings.Repeat(" ", 1<<20)}, 64<<20)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	for name, body := range map[string]io.Reader{
		"a bomb":                  &bomb,
		"empty members for ever":  &repeated{text: gzipped(t, "")},
		"empty blocks for ever":   io.MultiReader(strings.NewReader(gzipped(t, "")[:10]), &repeated{text: "\x00\x00\x00\xff\xff"}),
		"a small text, then more": io.MultiReader(strings.NewReader(gzipped(t, testAccepted)), &repeated{text: gzipped(t, "")}),
	} {
		for _, status := range []int{http.StatusOK, http.StatusForbidden} {
			counted := &countedReader{Reader: body}
			m := newMockAPI(t)
			m.sequence(http.MethodGet, getPath, func(req *http.Request) (*http.Response, error) {
				return &http.Response{
					StatusCode: status, Header: http.Header{"Content-Encoding": {"gzip"}},
					Body: io.NopCloser(counted), ContentLength: -1, Request: req,
				}, nil
			})
			_, err := m.number(t).Messages.Get(t.Context(), "msg_1")
			require.Error(t, err, name)
			assert.Len(t, m.Requests(), 1, name)
			assert.LessOrEqual(t, counted.read, maxAnswer+gzipSlack, name)
			var refused *APIError
			if status == http.StatusOK {
				require.ErrorIs(t, err, ErrResponseTooLarge, name)
			} else if assert.ErrorAs(t, err, &refused, name) {
				assert.LessOrEqual(t, len(refused.Body), maxErrorBody, name)
			}
		}
	}
}

// Audio in a gzip that the transport left in place is audio all the same.
func TestRecordingInAGzip(t *testing.T) {
	t.Parallel()
	const audio = "ID3 audio"
	record := func(body io.Reader, encoding string) (*ActivationAudio, error) {
		m := newMockAPI(t)
		m.RegisterNoResponder(func(req *http.Request) (*http.Response, error) {
			return &http.Response{
				StatusCode: http.StatusOK, Body: io.NopCloser(body), ContentLength: 100, Request: req,
				Header: http.Header{"Content-Type": {"audio/mpeg"}, "Content-Encoding": {encoding}},
			}, nil
		})
		return m.tenant(t).PhoneLines.ActivationAudio(t.Context(), "line_1")
	}
	for name, body := range map[string]string{
		"gzip": gzipped(t, audio), "gzip undone, name left": audio,
	} {
		recording, err := record(strings.NewReader(body), "gzip")
		require.NoError(t, err, name)
		assert.EqualValues(t, -1, recording.ContentLength, "the length of what is packed says nothing")
		data, err := io.ReadAll(recording.Body)
		require.NoError(t, err, name)
		assert.Equal(t, audio, string(data), name)
		require.NoError(t, recording.Body.Close())
	}
	recording, err := record(strings.NewReader(gzipped(t, audio)[:20]), "gzip")
	require.NoError(t, err)
	_, err = io.ReadAll(recording.Body)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)

	_, err = record(strings.NewReader("packed"), "br")
	var unread *DecodeError
	require.ErrorAs(t, err, &unread)
	assertNamesEncoding(t, err, "br")

	recording, err = record(&repeated{text: gzipped(t, strings.Repeat(" ", 1<<20))}, "gzip")
	require.NoError(t, err)
	n, err := io.Copy(io.Discard, recording.Body)
	require.ErrorIs(t, err, ErrResponseTooLarge)
	assert.LessOrEqual(t, n, int64(maxMedia))
}

// A byte order mark hides nothing that is looked for in a refusal.
func TestRefusalsBehindAMark(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodPost, "/v1/messages/send", http.StatusBadRequest, bom+`{"error":"no","details":[{"path":["to"]}]}`)
	_, err := m.number(t).Messages.Send(t.Context(), testSend())
	require.ErrorContains(t, err, "(fields: to)")

	m.answer(http.MethodPost, "/v1/subscription/extra-numbers", http.StatusConflict,
		bom+`{"error":"confirm","code":"CONFIRMATION_REQUIRED","requested":2,"billedQuantity":3}`)
	_, err = m.tenant(t).ExtraNumbers.Buy(t.Context(), BuyExtraNumbersRequest{Quantity: 2})
	preview, ok := ExtraNumbersPreviewOf(err)
	require.True(t, ok, "%v", err)
	require.EqualValues(t, 3, preview.BilledQuantity)
}
