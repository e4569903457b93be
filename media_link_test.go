package pilotstatus

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const linkSecret = "X-Amz-Signature=0a1b2c3d4e5f"

// newStorage serves files at a link, and returns that and a client of an API elsewhere.
func newStorage(t *testing.T, handler http.HandlerFunc, opts ...Option) (string, MediaService) {
	t.Helper()
	storage := httptest.NewServer(handler)
	t.Cleanup(storage.Close)
	opts = append([]Option{WithBaseURL("https://api.example"), fastRetries()}, opts...)
	client, err := NewNumberClient(APIKey(testNumberKey), opts...)
	require.NoError(t, err)
	return storage.URL + "/f%2Fa/b?b=%20+&a=1&" + linkSecret, client.Media
}

// A link is asked for as it is, with nothing that tells who asks.
func TestDownloadOfALink(t *testing.T) {
	t.Parallel()
	file := testFile(mediaBlock*2 + 5)
	link, media := newStorage(t, func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "/f%2Fa/b?b=%20+&a=1&"+linkSecret, r.RequestURI)
		for name, values := range r.Header {
			assert.Contains(t, []string{"Accept-Encoding", "User-Agent"}, name)
			assert.NotContains(t, strings.Join(values, ","), "pilotstatus")
			assert.NotContains(t, strings.Join(values, ","), testNumberKey)
		}
		w.Header().Set("Content-Type", "text/csv")
		w.Header().Set("Content-Disposition", `attachment; filename="../../etc/report.csv"`)
		_, _ = w.Write(file)
	})
	var got bytes.Buffer
	info, err := media.Download(t.Context(), DownloadMediaRequest{Link: link}, &got)
	require.NoError(t, err)
	assert.True(t, bytes.Equal(file, got.Bytes()))
	assert.Equal(t, &MediaInfo{MimeType: "text/csv", FileName: "report.csv", Size: int64(len(file))}, info)
}

func TestDownloadOfALinkRefuses(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	media := m.number(t).Media
	for _, link := range []string{
		"x", "/x", "http://files.example/x?" + linkSecret, "ftp://files.example/x", "file:///etc/passwd", "https:files.example", "https://",
		"https://joana:secret@files.example/x?" + linkSecret, "https://files.example/%zz?" + linkSecret, " https://files.example/" + linkSecret,
		"https://files.example/\n" + linkSecret, "http://LOCALHOST/x", "http://10.0.0.1/x",
	} {
		_, err := media.Download(t.Context(), DownloadMediaRequest{Link: link}, io.Discard)
		requireValidation(t, err, "Link")
		assert.NotContains(t, err.Error(), "example", link)
	}
	both := testDownload()
	both.Link = "https://files.example/x"
	_, err := media.Download(t.Context(), both, io.Discard)
	requireValidation(t, err, "Link")
	_, err = media.Download(t.Context(), DownloadMediaRequest{Link: both.Link}, nil)
	requireValidation(t, err, "w")
	_, err = MediaService{}.Download(t.Context(), DownloadMediaRequest{Link: both.Link}, io.Discard)
	requireValidation(t, err, "client")
	_, err = media.Download(nil, DownloadMediaRequest{Link: both.Link}, io.Discard) //nolint:staticcheck // a nil context is the case
	requireValidation(t, err, "ctx")
	assert.Empty(t, m.Requests())
}

// requireNoLink fails where anything of the link shows.
func requireNoLink(t *testing.T, value any, link string) {
	t.Helper()
	u, err := url.Parse(link)
	require.NoError(t, err)
	var b strings.Builder
	printAll(&b, value)
	if err, ok := value.(error); ok {
		for ; err != nil; err = errors.Unwrap(err) {
			fmt.Fprintf(&b, "%v %+v %#v", err, err, err)
		}
	}
	for _, part := range []string{linkSecret, "0a1b2c3d4e5f", u.EscapedPath(), "f/a/b"} {
		require.NotContains(t, b.String(), part)
	}
}

// What fails before a byte was written is repeated; what the storage refuses is not.
func TestDownloadOfALinkIsRepeated(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		serve    func(w http.ResponseWriter, r *http.Request)
		attempts int64
		check    func(t *testing.T, err error)
	}{
		"503": {func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }, 4, apiStatus(503)},
		"429": {func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusTooManyRequests) }, 4, func(t *testing.T, err error) {
			t.Helper()
			assert.True(t, isA[*RateLimitError](err))
		}},
		"too long a wait": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(http.StatusServiceUnavailable)
		}, 1, apiStatus(503)},
		"403": {func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, "<Error><StringToSign>"+r.RequestURI+"</StringToSign></Error>")
		}, 1, apiStatus(403)},
		"401": {func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusUnauthorized) }, 1, func(t *testing.T, err error) {
			t.Helper()
			apiStatus(401)(t, err)
			assert.False(t, isA[*UnauthorizedError](err), "it says nothing of the key")
		}},
		"404": {func(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }, 1, func(t *testing.T, err error) {
			t.Helper()
			assert.True(t, isA[*NotFoundError](err))
		}},
		"302": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/"+linkSecret, http.StatusFound)
		}, 1, apiStatus(302)},
		"cut off": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "10")
		}, 4, func(t *testing.T, err error) {
			t.Helper()
			require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		}},
		"cut off later": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "10")
			_, _ = io.WriteString(w, "part")
		}, 1, func(t *testing.T, err error) {
			t.Helper()
			require.ErrorIs(t, err, io.ErrUnexpectedEOF)
			assert.True(t, isA[*TransportError](err))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var attempts atomic.Int64
			var log bytes.Buffer
			var seen []Attempt
			link, media := newStorage(t, func(w http.ResponseWriter, r *http.Request) {
				attempts.Add(1)
				test.serve(w, r)
			}, WithLogger(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))),
				WithObserver(func(_ context.Context, a Attempt) { seen = append(seen, a) }))
			info, err := media.Download(t.Context(), DownloadMediaRequest{Link: link}, io.Discard)
			require.Error(t, err)
			assert.Nil(t, info)
			test.check(t, err)
			assert.Equal(t, test.attempts, attempts.Load())
			assert.Len(t, seen, int(test.attempts))
			requireNoLink(t, err, link)
			requireNoLink(t, seen, link)
			for _, a := range seen {
				assert.Empty(t, a.Origin)
			}
			requireNoLink(t, log.String(), link)
			var apiErr *APIError
			if errors.As(err, &apiErr) {
				assert.Empty(t, apiErr.Body)
				assert.Empty(t, apiErr.Header)
			}
		})
	}
}

func apiStatus(status int) func(*testing.T, error) {
	return func(t *testing.T, err error) {
		t.Helper()
		var apiErr *APIError
		require.ErrorAs(t, err, &apiErr)
		assert.Equal(t, status, apiErr.StatusCode)
	}
}

// A later attempt writes the whole file.
func TestDownloadOfALinkSucceedsLater(t *testing.T) {
	t.Parallel()
	var attempts atomic.Int64
	link, media := newStorage(t, func(w http.ResponseWriter, r *http.Request) {
		if attempts.Add(1) < 3 {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		_, _ = io.WriteString(w, "whole")
	})
	var file strings.Builder
	_, err := media.Download(t.Context(), DownloadMediaRequest{Link: link}, &file)
	require.NoError(t, err)
	assert.Equal(t, "whole", file.String())
}

// A storage that is not there, one that does not answer and a context that ends are found
// by type, and the link is not.
func TestDownloadOfALinkWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	m := newMockAPI(t)
	client, err := NewNumberClient(APIKey(testNumberKey), WithBaseURL(testBase), fastRetries())
	require.NoError(t, err)
	link := closed.URL + "/f%2Fa/b?" + linkSecret
	_, err = client.Media.Download(t.Context(), DownloadMediaRequest{Link: link}, io.Discard)
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
	requireNoLink(t, err, link)

	chatty := errors.New("cannot GET " + link)
	m.RegisterNoResponder(func(*http.Request) (*http.Response, error) {
		return nil, &url.Error{Op: "Get", URL: link, Err: chatty}
	})
	_, err = m.number(t).Media.Download(t.Context(), DownloadMediaRequest{Link: link}, io.Discard)
	require.ErrorIs(t, err, chatty)
	assert.Len(t, m.Requests(), 4)
	assert.False(t, isA[*url.Error](err))
	requireNoLink(t, err, link)

	silent, media := newStorage(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	var timeout interface{ Timeout() bool }
	_, err = media.Download(ContextWithAttemptTimeout(t.Context(), time.Millisecond), DownloadMediaRequest{Link: silent}, io.Discard)
	require.ErrorAs(t, err, &timeout)
	assert.True(t, timeout.Timeout())
	require.ErrorContains(t, err, "attempt timeout")

	cause := errors.New("the worker stops")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(5*time.Millisecond, func() { cancel(cause) })
	_, err = media.Download(ctx, DownloadMediaRequest{Link: silent}, io.Discard)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, err, cause)
	requireNoLink(t, err, silent)
}

// The attempt timeout bounds the wait for the headers, not the file.
func TestDownloadOfALinkThatTakesLong(t *testing.T) {
	t.Parallel()
	link, media := newStorage(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "slow")
		_ = http.NewResponseController(w).Flush()
		select {
		case <-r.Context().Done():
		case <-time.After(300 * time.Millisecond):
		}
		_, _ = io.WriteString(w, "ly")
	}, WithAttemptTimeout(200*time.Millisecond))
	var file strings.Builder
	_, err := media.Download(t.Context(), DownloadMediaRequest{Link: link}, &file)
	require.NoError(t, err)
	assert.Equal(t, "slowly", file.String())
}

// A file beyond the limit ends the download, announced or not, and is never held.
func TestDownloadOfALinkTooLarge(t *testing.T) { //nolint:paralleltest // it moves a lot
	link := "https://files.example/x?" + linkSecret
	for name, test := range map[string]struct{ length, written int64 }{
		"announced": {linkLimit + 1, 0},
		"unknown":   {-1, linkLimit},
	} {
		body := &endless{block: strings.Repeat("A", 1<<20)}
		client := benchClient(t, testBase, mediaTransport{body, test.length})
		w := new(discarded)
		_, err := client.Media.Download(t.Context(), DownloadMediaRequest{Link: link}, w)
		require.ErrorIs(t, err, ErrResponseTooLarge, name)
		assert.True(t, isA[*DecodeError](err), name)
		assert.LessOrEqual(t, w.n, test.written, name)
		assert.Less(t, body.at, int64(linkLimit+2<<20), name)
		requireNoLink(t, err, link)
	}
}

type discarded struct{ n int64 }

func (d *discarded) Write(p []byte) (int, error) {
	d.n += int64(len(p))
	return len(p), nil
}

// An error of the writer comes back, and the file is not asked for again.
func TestDownloadOfALinkToABrokenWriter(t *testing.T) {
	t.Parallel()
	var attempts atomic.Int64
	link, media := newStorage(t, func(w http.ResponseWriter, r *http.Request) {
		attempts.Add(1)
		_, _ = io.WriteString(w, "whole")
	})
	for _, test := range []struct{ gives, want error }{{errFull, errFull}, {nil, io.ErrShortWrite}} {
		for _, room := range []int{0, 2} {
			before := attempts.Load()
			_, err := media.Download(t.Context(), DownloadMediaRequest{Link: link}, &brokenWriter{room, test.gives})
			require.ErrorIs(t, err, test.want)
			assert.Equal(t, before+1, attempts.Load())
		}
	}
}

// A gzip that the transport left in place is undone; what nobody undoes is no file.
func TestDownloadOfALinkInAnEncoding(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	zipper := gzip.NewWriter(&packed)
	_, _ = zipper.Write([]byte("plain"))
	require.NoError(t, zipper.Close())
	for _, test := range []struct{ encoding, body, want, problem string }{
		{"gzip", packed.String(), "plain", ""},
		{"x-gzip", "plain", "plain", ""}, // undone, and named all the same
		{"identity", "plain", "plain", ""},
		{"br", "plain", "", "its Content-Encoding is br"},
		{"gzip", packed.String()[:8] + "xx broken", "", "cannot be read"},
	} {
		link, media := newStorage(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", test.encoding)
			_, _ = io.WriteString(w, test.body)
		}, WithHTTPClient(&http.Client{Transport: &http.Transport{DisableCompression: true}}))
		var file strings.Builder
		info, err := media.Download(t.Context(), DownloadMediaRequest{Link: link}, &file)
		if test.problem != "" {
			require.ErrorContains(t, err, test.problem)
			assert.True(t, isA[*DecodeError](err))
			assert.Empty(t, file.String())
			requireNoLink(t, err, link)
			continue
		}
		require.NoError(t, err, test.encoding)
		assert.Equal(t, test.want, file.String())
		assert.EqualValues(t, len(test.want), info.Size)
	}
}

// A small gzip that becomes a large file ends at the limit.
func TestDownloadOfALinkThatInflates(t *testing.T) { //nolint:paralleltest // it moves a lot
	link, media := newStorage(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		zipper := gzip.NewWriter(w)
		block := make([]byte, 1<<20)
		for range linkLimit/len(block) + 1 {
			_, _ = zipper.Write(block)
		}
		_ = zipper.Close()
	}, WithHTTPClient(&http.Client{Transport: &http.Transport{DisableCompression: true}}))
	_, err := media.Download(t.Context(), DownloadMediaRequest{Link: link}, io.Discard)
	require.ErrorIs(t, err, ErrResponseTooLarge)
}

// The storage's clock decides about its dates.
func TestDownloadOfALinkWaitsByTheClockOfTheStorage(t *testing.T) {
	t.Parallel()
	link, media := newStorage(t, func(w http.ResponseWriter, _ *http.Request) {
		sent := time.Now().Add(-48 * time.Hour).UTC()
		w.Header().Set("Date", sent.Format(http.TimeFormat))
		w.Header().Set("Retry-After", sent.Add(time.Hour).Format(http.TimeFormat))
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	_, err := media.Download(t.Context(), DownloadMediaRequest{Link: link}, io.Discard)
	wait, ok := RetryAfter(err)
	require.True(t, ok)
	assert.Equal(t, time.Hour, wait)
}

// A proxy that refuses is told from the link's host, and repeated like everywhere.
func TestDownloadOfALinkThroughAProxyThatRefuses(t *testing.T) {
	t.Parallel()
	for answer, attempts := range map[string]int{"407 Proxy Authentication Required": 1, "403 Forbidden": 1, "503 Service Unavailable": 4} {
		for _, own := range []bool{true, false} {
			transport := wireTransport(t)
			if own {
				shared, ok := defaultTransport(0).(*http.Transport)
				require.True(t, ok)
				transport = shared
			}
			transport.Proxy = http.ProxyURL(refusingProxy(t, answer))
			media := wireNumber(t, "https://api.example", transport).Media
			const link = "https://files.example/f%2Fa/b?" + linkSecret
			_, err := media.Download(t.Context(), DownloadMediaRequest{Link: link}, io.Discard)
			require.ErrorContains(t, err, "the proxy refused to connect to the link's host: "+answer[:3])
			var failed *TransportError
			require.ErrorAs(t, err, &failed)
			assert.Equal(t, attempts, failed.Attempts, answer)
			assertNoProxySecret(t, err)
			requireNoLink(t, err, link)
		}
	}
}

// countingLimiter lets a number of attempts pass.
type countingLimiter struct{ left atomic.Int64 }

var errLimited = errors.New("enough for today")

func (l *countingLimiter) Wait(context.Context) error {
	if l.left.Add(-1) < 0 {
		return errLimited
	}
	return nil
}

// The Limiter is asked before every attempt.
func TestDownloadOfALinkAsksTheLimiter(t *testing.T) {
	t.Parallel()
	for _, allowed := range []int64{0, 2} {
		var attempts atomic.Int64
		limiter := &countingLimiter{}
		limiter.left.Store(allowed)
		link, media := newStorage(t, func(w http.ResponseWriter, _ *http.Request) {
			attempts.Add(1)
			w.WriteHeader(http.StatusServiceUnavailable)
		}, WithLimiter(limiter))
		_, err := media.Download(t.Context(), DownloadMediaRequest{Link: link}, io.Discard)
		require.ErrorIs(t, err, errLimited)
		require.ErrorContains(t, err, "enough for today")
		assert.Equal(t, allowed, attempts.Load())
		assert.Equal(t, allowed > 0, errors.As(err, new(*APIError)))
		requireNoLink(t, err, link)
	}
}
