package pilotstatus

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const mediaPath = "/v1/media/880011"

func testDownload() DownloadMediaRequest {
	return DownloadMediaRequest{MediaID: "880011", PhoneNumberID: "1020"}
}

// testFile returns n bytes in which every character of base64 stands.
func testFile(n int) []byte {
	file := make([]byte, n)
	source := rand.NewChaCha8([32]byte{1})
	_, _ = source.Read(file)
	return file
}

// download serves an answer whose "base64" is the given JSON text.
func download(t *testing.T, text string) (string, *MediaInfo, error) {
	t.Helper()
	m := newMockAPI(t)
	m.answer(http.MethodGet, mediaPath, http.StatusOK, `{"base64":`+text+`,"mimeType":"image/png","mediaId":"880011"}`)
	var file strings.Builder
	info, err := m.number(t).Media.Download(t.Context(), testDownload(), &file)
	return file.String(), info, err
}

func TestDownload(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1, 2, 3, 4, 100, mediaBlock / 4 * 3, mediaBlock/4*3 - 1, mediaBlock/4*3 + 1, mediaBlock / 4 * 6, mediaBlock*3 + 5} {
		want := testFile(size)
		text := base64.StdEncoding.EncodeToString(want)
		for name, text := range map[string]string{
			"bare":            text,
			"data URI":        "data:image/png;base64," + text,
			"data URI, case":  "DATA:image/png;Base64," + text,
			"parameters":      "data:audio/ogg;codecs=opus;base64," + text,
			"no type":         "data:;base64," + text,
			"escaped slashes": "data:image\\/png;base64," + strings.ReplaceAll(text, "/", `\/`),
			"escaped symbols": strings.NewReplacer("+", `\u002B`, "=", `\u003d`, "/", `\u002f`).Replace(text),
			"escaped letters": strings.NewReplacer("A", `\u0041`, "z", `\u007A`).Replace(text),
			"lines":           strings.Join(chunks(text, 76), `\r\n`),
			"ends with lines": text + `\n\n`,
			"all escaped":     strings.Join(chunks(text, 1), `\u000a`),
			"no padding":      strings.TrimRight(text, "="),
			"URL alphabet":    strings.NewReplacer("+", "-", "/", "_").Replace(text),
			"URL, no padding": "data:image/png;base64," + strings.NewReplacer("+", "-", "/", `\u005F`, "=", "").Replace(text),
			"mixed alphabets": strings.Replace(text, "+", "-", 1),
			"blanks":          strings.Join(chunks(text, 5), " "),
			"tabs":            strings.Join(chunks(text, 7), `\t`) + `\u0020\t `,
			"padding apart":   strings.ReplaceAll(text, "=", " ="),
			"blank behind":    "data:image/png;base64, " + text,
		} {
			file, info, err := download(t, `"`+text+`"`)
			require.NoError(t, err, "%s %d", name, size)
			require.True(t, file == string(want), "%s %d", name, size) //nolint:testifylint // the file must not be printed
			assert.Equal(t, &MediaInfo{MimeType: "image/png", MediaID: "880011", Size: int64(size)}, info, name)
		}
	}
}

func chunks(text string, size int) []string {
	var parts []string
	for len(text) > size {
		parts, text = append(parts, text[:size]), text[size:]
	}
	return append(parts, text)
}

// An empty file in a data URI is a file.
func TestDownloadOfAnEmptyFile(t *testing.T) {
	t.Parallel()
	file, info, err := download(t, `"data:text/plain;base64,"`)
	require.NoError(t, err)
	assert.Empty(t, file)
	assert.Zero(t, info.Size)
}

// countingWriter counts how often it is written to.
type countingWriter struct{ writes int }

func (w *countingWriter) Write(p []byte) (int, error) {
	w.writes++
	return len(p), nil
}

// Of what is not a whole file nothing is written, wherever it breaks, and the answer
// that was received stays to be looked at.
func TestDownloadOfABrokenFile(t *testing.T) {
	t.Parallel()
	whole := base64.StdEncoding.EncodeToString(testFile(mediaBlock * 2))
	block := strings.Repeat("A", mediaBlock-1) + "="
	for name, text := range map[string]string{
		"wrong character":      whole + "*AAA",
		"cut":                  whole[:len(whole)-1],
		"too much padding":     whole + "=",
		"padding of nothing":   "AAAA=",
		"only padding":         "==",
		"padding inside":       "AA=A",
		"one character":        "A",
		"after padding":        "AAA=AAAA",
		"after padded block":   block + "AAAA",
		"after padded block =": block + "=",
		"escaped quote":        `AAA\"`,
		"escaped backslash":    `AAA\\`,
		"escaped backspace":    `AA\bA`,
		"escaped form feed":    `AA\fA`,
		"one after a tab":      `AAAA\tA`,
		"far character":        `AAA\u0141`,
		"no base64":            "data:text/plain,hello",
		"no comma":             "data:image/png;base64;" + whole,
		"other encoding":       "data:image/png;base64x,AAAA",
		"glued encoding":       "data:image/pngbase64,AAAA",
		"another scheme":       "https://media.example/1",
		"only a line":          `data:image/png;base64,\nA`,
	} {
		m := newMockAPI(t)
		answer := `{"base64":"` + text + `","mimeType":"image/png","fileName":null,"mediaId":"880011"}`
		m.answer(http.MethodGet, mediaPath, http.StatusOK, answer)
		w := new(countingWriter)
		info, err := m.number(t).Media.Download(t.Context(), testDownload(), w)
		assert.Nil(t, info, name)
		var decode *DecodeError
		require.ErrorAs(t, err, &decode, name)
		require.ErrorIs(t, err, errNotBase64, name)
		require.NotErrorIs(t, err, io.ErrUnexpectedEOF, name) // or the call would be repeated
		assert.Zero(t, w.writes, name)
		assert.Len(t, m.Requests(), 1, name)
		assert.Equal(t, answer[:min(len(answer), 100)], string(decode.Body[:min(len(answer), 100)]), name)
	}
}

// An answer that ends early is asked for again, and only the whole one is written.
func TestDownloadIsRepeated(t *testing.T) {
	t.Parallel()
	const whole = `{"base64":"data:image/png;base64,QUJD","mimeType":"image/png","fileName":null,"mediaId":"880011"}`
	m := newMockAPI(t)
	m.sequence(http.MethodGet, mediaPath,
		jsonResponder(http.StatusOK, whole[:40]),
		jsonResponder(http.StatusInternalServerError, `{"error":"download failed"}`),
		jsonResponder(http.StatusOK, whole))
	var file bytes.Buffer
	info, err := m.number(t).Media.Download(t.Context(), testDownload(), &file)
	require.NoError(t, err)
	assert.Equal(t, "ABC", file.String())
	assert.Equal(t, int64(3), info.Size)
	assert.Len(t, m.Requests(), 3)
}

func TestDownloadRefuses(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	media := m.number(t).Media
	_, err := media.Download(t.Context(), testDownload(), nil)
	requireValidation(t, err, "w")
	_, err = media.Download(t.Context(), DownloadMediaRequest{MediaID: "880011"}, io.Discard)
	requireValidation(t, err, "PhoneNumberID")
	_, err = media.Download(t.Context(), DownloadMediaRequest{PhoneNumberID: "1020"}, io.Discard)
	requireValidation(t, err, "mediaId")
	assert.Empty(t, m.Requests())
}

var errFull = errors.New("disk full")

// brokenWriter takes some bytes and then fails, or says nothing of the rest.
type brokenWriter struct {
	room int
	err  error
}

func (w *brokenWriter) Write(p []byte) (int, error) {
	n := min(w.room, len(p))
	w.room -= n
	if n < len(p) {
		return n, w.err
	}
	return n, nil
}

// The error of the writer comes back with the operation, and the call is not repeated.
func TestDownloadToABrokenWriter(t *testing.T) {
	t.Parallel()
	text := base64.StdEncoding.EncodeToString(testFile(mediaBlock * 2))
	for _, test := range []struct{ gives, want error }{{errFull, errFull}, {nil, io.ErrShortWrite}} {
		for _, room := range []int{0, 1, mediaBlock / 4 * 3, mediaBlock} {
			m := newMockAPI(t)
			m.answer(http.MethodGet, mediaPath, http.StatusOK, `{"base64":"`+text+`"}`)
			info, err := m.number(t).Media.Download(t.Context(), testDownload(), &brokenWriter{room, test.gives})
			require.ErrorIs(t, err, test.want)
			require.EqualError(t, err, "Media.Download: "+test.want.Error())
			assert.Nil(t, info)
			assert.Len(t, m.Requests(), 1)
		}
	}
}

// A contact chooses the name of a file, and must not choose its directory.
func TestFileNamesAreBaseNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"report.pdf":         "report.pdf",
		"../../etc/passwd":   "passwd",
		`..\..\boot.ini`:     "boot.ini",
		`a/b\c.txt`:          "c.txt",
		`a\b/c.txt`:          "c.txt",
		"/abs":               "abs",
		"dir/":               "",
		".":                  "",
		"..":                 "",
		"a/..":               "",
		`a\.`:                "",
		"...":                "",
		".profile":           ".profile",
		"":                   "",
		"família ação 😀.pdf": "família ação 😀.pdf",
	} {
		data, err := json.Marshal(name)
		require.NoError(t, err)
		m := newMockAPI(t)
		m.answer(http.MethodGet, mediaPath, http.StatusOK, `{"base64":"QUJD","fileName":`+string(data)+`}`)
		info, err := m.number(t).Media.Download(t.Context(), testDownload(), io.Discard)
		require.NoError(t, err)
		assert.Equal(t, want, info.FileName, name)
	}
}

// mediaTransport answers with a text that is there already, so that what a download
// allocates is its own.
type mediaTransport struct {
	text   io.ReadSeeker
	length int64
}

func (m mediaTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	_, _ = m.text.Seek(0, io.SeekStart)
	return &http.Response{
		StatusCode:    http.StatusOK,
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          io.NopCloser(m.text),
		ContentLength: m.length,
		Request:       req,
	}, nil
}

// endless is a string without end inside a JSON answer.
type endless struct {
	block string
	at    int64
}

func (e *endless) Read(p []byte) (int, error) {
	n := 0
	if e.at == 0 {
		n = copy(p, `{"base64":"`)
	}
	n += copy(p[n:], e.block)
	e.at += int64(n)
	return n, nil
}

func (e *endless) Seek(int64, int) (int64, error) {
	e.at = 0
	return 0, nil
}

// A file beyond the limit ends the call before it fills the memory.
func TestDownloadTooLarge(t *testing.T) { //nolint:paralleltest // it takes the memory that it is about
	text := &endless{block: strings.Repeat("A", 1<<20)}
	client := benchClient(t, testBase, mediaTransport{text, maxMedia})
	w := new(countingWriter)
	_, err := client.Media.Download(t.Context(), testDownload(), w)
	require.ErrorIs(t, err, ErrResponseTooLarge)
	var decode *DecodeError
	require.ErrorAs(t, err, &decode)
	assert.Len(t, decode.Body, maxErrorBody)
	assert.Zero(t, w.writes)
	assert.Less(t, text.at, int64(maxMedia+2<<20))
}

// Two downloads at a time do not share what they hold.
func TestDownloadsAreApart(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	client := m.number(t)
	m.RegisterNoResponder(func(req *http.Request) (*http.Response, error) {
		id := req.URL.Path[len("/v1/media/"):]
		text := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte(id), mediaBlock/4))
		return jsonResponder(http.StatusOK, `{"base64":"`+text+`","mediaId":"`+id+`"}`)(req)
	})
	done := make(chan error)
	for i := range 8 {
		go func() {
			id := fmt.Sprint(1000 + i)
			for range 5 {
				var file bytes.Buffer
				_, err := client.Media.Download(t.Context(), DownloadMediaRequest{MediaID: id, PhoneNumberID: "1"}, &file)
				if err != nil || file.String() != strings.Repeat(id, mediaBlock/4) {
					done <- fmt.Errorf("file %s is not its own: %w", id, err)
					return
				}
			}
			done <- nil
		}()
	}
	for range 8 {
		require.NoError(t, <-done)
	}
}
