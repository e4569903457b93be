package pilotstatus

import (
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// wireLines returns the service that streams, for base.
func wireLines(t *testing.T, base string, transport http.RoundTripper, opts ...Option) PhoneLinesService {
	t.Helper()
	return wireTenant(t, wireOptions(base, transport, opts)).PhoneLines
}

// overBothProtocols runs a test over HTTP/1.1 and HTTP/2.
func overBothProtocols(t *testing.T, handler wireHandler, test func(*testing.T, *wireServer, *http.Transport)) {
	t.Helper()
	t.Run("HTTP/1.1", func(t *testing.T) {
		t.Parallel()
		test(t, newWireServer(t, handler), wireTransport(t))
	})
	t.Run("HTTP/2", func(t *testing.T) {
		t.Parallel()
		server := newHTTP2Server(t, handler)
		test(t, server, http2Transport(t, server))
	})
}

// requireClosed checks that no call holds a connection any more.
func requireClosed(t *testing.T, server *wireServer, transport *http.Transport) {
	t.Helper()
	eventually(t, func() bool {
		transport.CloseIdleConnections() // a stream of HTTP/2 ends a moment after its body
		return server.Open() == 0
	}, "a connection is still open")
}

// answerAudio begins a recording of that length, -1 for one that does not say.
func answerAudio(w http.ResponseWriter, length int) {
	w.Header().Set("Content-Type", "audio/mpeg")
	if length >= 0 {
		w.Header().Set("Content-Length", strconv.Itoa(length))
	}
	w.WriteHeader(http.StatusOK)
	_ = http.NewResponseController(w).Flush()
}

func TestStreamLargerThanAnyAnswer(t *testing.T) {
	t.Parallel()
	const pieces, size = 180, 64 << 10 // more than 11 MiB
	piece := func(i int) string { return strings.Repeat(string(rune('a'+i%26)), size) }
	for name, length := range map[string]int{"with its length": pieces * size, "without": -1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			overBothProtocols(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
				answerAudio(w, length)
				for i := range pieces {
					_, _ = io.WriteString(w, piece(i))
				}
			}, func(t *testing.T, server *wireServer, transport *http.Transport) {
				t.Helper()
				r, err := wireLines(t, server.URL, transport).ActivationAudio(t.Context(), "act_1")
				require.NoError(t, err)
				assert.EqualValues(t, length, r.ContentLength)
				got, want := sha256.New(), sha256.New()
				_, err = io.Copy(got, r.Body)
				require.NoError(t, err)
				require.NoError(t, r.Body.Close())
				for i := range pieces {
					_, _ = io.WriteString(want, piece(i))
				}
				assert.Equal(t, want.Sum(nil), got.Sum(nil))
				assert.Len(t, server.Requests(), 1)
			})
		})
	}
}

// The attempt timeout ends with the headers: a body may take longer.
func TestStreamOutlivesTheAttemptTimeout(t *testing.T) {
	t.Parallel()
	const pieces, timeout = 6, 50 * time.Millisecond
	overBothProtocols(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		answerAudio(w, pieces)
		for i := range pieces {
			time.Sleep(timeout / 2)
			_, _ = io.WriteString(w, strconv.Itoa(i))
			_ = http.NewResponseController(w).Flush()
		}
	}, func(t *testing.T, server *wireServer, transport *http.Transport) {
		t.Helper()
		// On a busy machine the headers may need more than one attempt.
		patient := WithRetry(RetryPolicy{MaxRetries: 200, MinWait: time.Microsecond, MaxWait: time.Millisecond})
		r, err := wireLines(t, server.URL, transport, WithAttemptTimeout(timeout), patient).ActivationAudio(t.Context(), "act_1")
		require.NoError(t, err)
		start := time.Now()
		data, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		assert.Equal(t, "012345", string(data))
		assert.Greater(t, time.Since(start), timeout)
		require.NoError(t, r.Body.Close())
	})
}

func TestStreamThatHangsBeforeItsHeaders(t *testing.T) {
	t.Parallel()
	overBothProtocols(t, func(_ http.ResponseWriter, r *http.Request, _ int) { hang(r) },
		func(t *testing.T, server *wireServer, transport *http.Transport) {
			t.Helper()
			r, err := wireLines(t, server.URL, transport, hangOptions()...).ActivationAudio(t.Context(), "act_1")
			assert.Nil(t, r)
			requireTimeout(t, err)
			requireSettled(t, err)
			var failed *TransportError
			require.ErrorAs(t, err, &failed)
			assert.Equal(t, 2, failed.Attempts)
			require.ErrorContains(t, err, "attempt timeout of 100ms")
			requireClosed(t, server, transport)
		})
}

// What stands in the place of a recording is bounded like any other answer.
func TestTextThatHangsInPlaceOfAStream(t *testing.T) {
	t.Parallel()
	for status, check := range map[int]func(*testing.T, error){
		http.StatusOK: func(t *testing.T, err error) {
			t.Helper()
			requireTimeout(t, err)
			assert.True(t, isA[*DecodeError](err))
		},
		http.StatusServiceUnavailable: func(t *testing.T, err error) {
			t.Helper()
			assert.True(t, isA[*APIError](err))
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			attempts := 0
			transport := stubAnswer(func(r *http.Request) (*http.Response, error) {
				attempts++
				return &http.Response{
					StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}},
					Body: hangingBody{r.Context()}, ContentLength: -1,
				}, nil
			})
			start := time.Now()
			_, err := wireLines(t, testBase, transport, hangOptions()...).ActivationAudio(t.Context(), "act_1")
			check(t, err)
			assert.Equal(t, 2, attempts)
			assert.Less(t, time.Since(start), time.Second)
		})
	}
}

// hangingBody brings nothing until its context ends.
type hangingBody struct{ context.Context }

func (b hangingBody) Read([]byte) (int, error) {
	<-b.Done()
	return 0, b.Err()
}

func (hangingBody) Close() error { return nil }

// A timeout that comes with the headers is a timeout, and the stream is not handed over.
func TestStreamWhoseHeadersComeTooLate(t *testing.T) {
	t.Parallel()
	for _, late := range []time.Duration{0, time.Millisecond} {
		for range 50 { // at the same instant, the timer and the answer race
			synctest.Test(t, func(t *testing.T) {
				body := &closeCounter{}
				transport := stubAnswer(func(*http.Request) (*http.Response, error) {
					time.Sleep(time.Second + late) // it does not look at its context
					return &http.Response{StatusCode: http.StatusOK, Body: body, ContentLength: -1}, nil
				})
				lines := wireLines(t, testBase, transport, WithAttemptTimeout(time.Second), WithRetry(RetryPolicy{}))
				r, err := lines.ActivationAudio(t.Context(), "act_1")
				if err == nil && late == 0 {
					require.NoError(t, r.Body.Close())
				} else {
					requireTimeout(t, err)
					require.NotErrorIs(t, err, context.Canceled)
				}
				assert.EqualValues(t, 1, body.closed.Load())
			})
		}
	}
}

type closeCounter struct{ closed atomic.Int64 }

func (*closeCounter) Read([]byte) (int, error) { return 0, io.EOF }

func (c *closeCounter) Close() error {
	c.closed.Add(1)
	return nil
}

func TestStreamEndsWithItsContext(t *testing.T) {
	t.Parallel()
	errOwn := errors.New("a cause of the caller's")
	for name, c := range map[string]struct {
		begin func(context.Context) (context.Context, func())
		want  error
	}{
		"cancelled": {func(ctx context.Context) (context.Context, func()) {
			ctx, cancel := context.WithCancel(ctx)
			return ctx, cancel
		}, context.Canceled},
		"cancelled with a cause": {func(ctx context.Context) (context.Context, func()) {
			ctx, cancel := context.WithCancelCause(ctx)
			return ctx, func() { cancel(errOwn) }
		}, context.Canceled},
		"deadline": {func(ctx context.Context) (context.Context, func()) {
			late := newForeignContext(ctx)
			return late, func() { late.end(context.DeadlineExceeded) }
		}, context.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			overBothProtocols(t, func(w http.ResponseWriter, r *http.Request, _ int) {
				answerAudio(w, 1<<20)
				_, _ = io.WriteString(w, "ID3")
				_ = http.NewResponseController(w).Flush()
				hang(r)
			}, func(t *testing.T, server *wireServer, transport *http.Transport) {
				t.Helper()
				ctx, end := c.begin(t.Context())
				r, err := wireLines(t, server.URL, transport).ActivationAudio(ctx, "act_1")
				require.NoError(t, err)
				begin := make([]byte, 3)
				_, err = io.ReadFull(r.Body, begin)
				require.NoError(t, err)
				assert.Equal(t, "ID3", string(begin))
				end()
				_, err = io.ReadAll(r.Body)
				require.ErrorIs(t, err, c.want)
				require.NoError(t, r.Body.Close())
				assert.Len(t, server.Requests(), 1, "nothing is repeated once the body was handed over")
				requireClosed(t, server, transport)
			})
		})
	}
}

func TestStreamFreesItsConnection(t *testing.T) {
	t.Parallel()
	const audio = "ID3 audio"
	for name, length := range map[string]int{"with its length": len(audio), "without": -1} {
		for use, read := range map[string]func(*ActivationAudio) error{
			"read and closed": func(r *ActivationAudio) error {
				_, err := io.ReadAll(r.Body)
				return errors.Join(err, r.Body.Close())
			},
			"read and closed twice": func(r *ActivationAudio) error {
				_, err := io.ReadAll(r.Body)
				return errors.Join(err, r.Body.Close(), r.Body.Close())
			},
			"read and forgotten": func(r *ActivationAudio) error { return errorOf(io.ReadAll(r.Body)) },
		} {
			t.Run(name+", "+use, func(t *testing.T) {
				t.Parallel()
				overBothProtocols(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
					answerAudio(w, length)
					_, _ = io.WriteString(w, audio)
				}, func(t *testing.T, server *wireServer, transport *http.Transport) {
					t.Helper()
					ctx, all, reused := reuse(t.Context())
					lines := wireLines(t, server.URL, transport)
					for range 5 {
						r, err := lines.ActivationAudio(ctx, "act_1")
						require.NoError(t, err)
						require.NoError(t, read(r))
					}
					assert.EqualValues(t, 5, all.Load())
					assert.EqualValues(t, 4, reused.Load())
					assert.Equal(t, 1, server.Accepted())
				})
			})
		}
	}
}

func TestStreamClosedEarly(t *testing.T) {
	t.Parallel()
	overBothProtocols(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		answerAudio(w, 1<<30)
		_, _ = io.WriteString(w, "ID3")
		_ = http.NewResponseController(w).Flush()
		hang(r)
	}, func(t *testing.T, server *wireServer, transport *http.Transport) {
		t.Helper()
		lines := wireLines(t, server.URL, transport)
		for range 3 {
			r, err := lines.ActivationAudio(t.Context(), "act_1")
			require.NoError(t, err)
			require.NoError(t, r.Body.Close())
			_, err = r.Body.Read(make([]byte, 1))
			require.Error(t, err)
			require.NotErrorIs(t, err, io.EOF, "it does not look complete")
		}
		assert.Len(t, server.Requests(), 3)
		requireClosed(t, server, transport)
	})
}

func TestStreamThatIsATextIsADecodeError(t *testing.T) {
	t.Parallel()
	const page = "<!DOCTYPE html><title>Not here</title>"
	for name, c := range map[string]struct {
		contentType, body string
		want              error
	}{
		"JSON":                    {"application/json", `{"audioUrl":"https://x.example"}`, errNotAStream},
		"JSON with a charset":     {"Application/JSON; charset=utf-8", `{}`, errNotAStream},
		"JSON, broken parameters": {"application/json; charset=utf-8; charset=latin1", `{}`, errNotAStream},
		"JSON of a kind":          {"application/problem+json", `{}`, errNotAStream},
		"HTML":                    {"text/html; charset=utf-8", page, errHTML},
		"HTML, broken parameters": {"text/html;;; =", page, errHTML},
		"XHTML":                   {"application/xhtml+xml", page, errHTML},
		"plain text":              {"text/plain", "not found", errNotAStream},
		"XML":                     {"application/xml", "<error/>", errMarkup},
		"nothing":                 {"audio/mpeg", "", errNoBody},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := newWireServer(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
				w.Header()["Content-Type"] = []string{c.contentType}
				_, _ = io.WriteString(w, c.body)
			})
			r, err := wireLines(t, server.URL, wireTransport(t)).ActivationAudio(t.Context(), "act_1")
			assert.Nil(t, r)
			var unread *DecodeError
			require.ErrorAs(t, err, &unread)
			require.ErrorIs(t, err, c.want)
			assert.Equal(t, "PhoneLines.ActivationAudio", unread.Op)
			assert.Equal(t, http.StatusOK, unread.StatusCode)
			assert.Equal(t, c.contentType, unread.ContentType)
			assert.Equal(t, c.body, string(unread.Body))
			assert.Len(t, server.Requests(), 1, "it is not repeated")
		})
	}
}

func TestStreamThatIsEmptyOrTooLarge(t *testing.T) {
	t.Parallel()
	server := newWireServer(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		if n == 1 {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, strings.Repeat("x", maxAnswer+1))
	})
	transport := wireTransport(t)
	lines := wireLines(t, server.URL, transport)
	require.ErrorIs(t, errorOf(lines.ActivationAudio(t.Context(), "act_1")), errNoBody)
	require.ErrorIs(t, errorOf(lines.ActivationAudio(t.Context(), "act_1")), ErrResponseTooLarge)
	requireClosed(t, server, transport)
}

// A recording whose headers say nothing about it is one.
func TestStreamWithoutHeaders(t *testing.T) {
	t.Parallel()
	server := newWireServer(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.Header()["Content-Type"] = nil // net/http would guess one
		_, _ = io.WriteString(w, "ID3")
		_ = http.NewResponseController(w).Flush()
	})
	r, err := wireLines(t, server.URL, wireTransport(t)).ActivationAudio(t.Context(), "act_1")
	require.NoError(t, err)
	data, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	assert.Equal(t, "ID3", string(data))
	assert.Equal(t, ActivationAudio{ContentType: "application/octet-stream", ContentLength: -1, Body: r.Body}, *r)
}

// net/http asks for compression by itself and undoes it; the length is then not known.
func TestCompressedStream(t *testing.T) {
	t.Parallel()
	server := newWireServer(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		assert.Equal(t, "gzip", r.Header.Get("Accept-Encoding"))
		w.Header().Set("Content-Type", "audio/wav")
		w.Header().Set("Content-Encoding", "gzip")
		packer := gzip.NewWriter(w)
		_, _ = io.WriteString(packer, "RIFF audio")
		_ = packer.Close()
	})
	ctx, _, reused := reuse(t.Context())
	lines := wireLines(t, server.URL, wireTransport(t))
	for range 2 {
		r, err := lines.ActivationAudio(ctx, "act_1")
		require.NoError(t, err)
		data, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		assert.Equal(t, "RIFF audio", string(data))
		assert.EqualValues(t, -1, r.ContentLength)
	}
	assert.EqualValues(t, 1, reused.Load())
}

func TestStreamThatIsRefused(t *testing.T) {
	t.Parallel()
	server := newWireServer(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		assert.Equal(t, "audio/*, application/json", r.Header.Get("Accept"))
		answerJSON(w, http.StatusNotFound, `{"error":"Activation not found","code":"ACTIVATION_NOT_FOUND"}`)
	})
	ctx, _, reused := reuse(t.Context())
	lines := wireLines(t, server.URL, wireTransport(t))
	for range 3 {
		r, err := lines.ActivationAudio(ctx, "act_1")
		assert.Nil(t, r)
		var missing *NotFoundError
		require.ErrorAs(t, err, &missing)
		require.ErrorIs(t, err, CodeActivationNotFound)
	}
	assert.Len(t, server.Requests(), 3)
	assert.EqualValues(t, 2, reused.Load())
}

// The type of an error is not believed: audio with a status of failure is an error.
func TestStreamWithAStatusOfFailure(t *testing.T) {
	t.Parallel()
	server := newWireServer(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.Header().Set("Content-Type", "audio/mpeg")
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, "ID3")
	})
	r, err := wireLines(t, server.URL, wireTransport(t)).ActivationAudio(t.Context(), "act_1")
	assert.Nil(t, r)
	assert.True(t, isA[*APIError](err))
}

func TestStreamFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	elsewhere := newWireServer(t, func(w http.ResponseWriter, _ *http.Request, _ int) { answerAudio(w, -1) })
	for _, status := range []int{http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect} {
		server := newWireServer(t, func(w http.ResponseWriter, r *http.Request, _ int) {
			http.Redirect(w, r, elsewhere.URL+"/signed.mp3", status)
		})
		r, err := wireLines(t, server.URL, wireTransport(t)).ActivationAudio(t.Context(), "act_1")
		assert.Nil(t, r)
		var apiErr *APIError
		require.ErrorAs(t, err, &apiErr)
		assert.Equal(t, status, apiErr.StatusCode)
		assert.Len(t, server.Requests(), 1)
	}
	assert.Empty(t, elsewhere.Requests())
}

func TestStreamIsRepeatedUntilItsHeaders(t *testing.T) {
	t.Parallel()
	server := newWireServer(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		switch n {
		case 1:
			reset(t, w) // a new connection, so that net/http does not repeat the GET by itself
		case 2:
			answerJSON(w, http.StatusServiceUnavailable, `{"error":"later"}`)
		case 3:
			answerPart(w, http.StatusOK, `{"a"`) // JSON that breaks off
			panic(http.ErrAbortHandler)
		default:
			answerAudio(w, 3)
			_, _ = io.WriteString(w, "ID3")
		}
	})
	var log attemptLog
	lines := wireLines(t, server.URL, wireTransport(t), WithObserver(log.observe))
	r, err := lines.ActivationAudio(t.Context(), "act_1")
	require.NoError(t, err)
	data, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	assert.Equal(t, "ID3", string(data))
	assert.Len(t, server.Requests(), 4)
	require.Len(t, log.attempts, 4)
	assert.Equal(t, http.StatusOK, log.attempts[3].StatusCode)
	assert.NoError(t, log.attempts[3].Err)
}

func TestTruncatedStream(t *testing.T) {
	t.Parallel()
	for name, length := range map[string]int{"with its length": 100, "without": -1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := newWireServer(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
				answerAudio(w, length)
				_, _ = io.WriteString(w, "ID3")
				_ = http.NewResponseController(w).Flush()
				panic(http.ErrAbortHandler)
			})
			r, err := wireLines(t, server.URL, wireTransport(t)).ActivationAudio(t.Context(), "act_1")
			require.NoError(t, err)
			data, err := io.ReadAll(r.Body)
			require.ErrorIs(t, err, io.ErrUnexpectedEOF)
			assert.Equal(t, "ID3", string(data), "what came is there")
			require.NoError(t, r.Body.Close())
			assert.Len(t, server.Requests(), 1)
		})
	}
}

// An error of a transport's body says no more than any other error.
func TestStreamErrorsHideTheCredential(t *testing.T) {
	t.Parallel()
	cause := errors.New("proxy refused " + testTenantKey)
	transport := stubAnswer(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(&failingReader{err: cause}), ContentLength: -1}, nil
	})
	r, err := wireLines(t, testBase, transport).ActivationAudio(t.Context(), "act_1")
	require.NoError(t, err)
	_, err = r.Body.Read(make([]byte, 1))
	require.ErrorIs(t, err, cause)
	assert.NotContains(t, err.Error(), testTenantKey)
}

// Nothing that prints shows the key, and nothing that follows pointers finds it.
func TestRecordingPrintsNoKey(t *testing.T) {
	t.Parallel()
	overBothProtocols(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		answerAudio(w, -1)
		_, _ = io.WriteString(w, "the code is QWERTYCODE")
	}, func(t *testing.T, server *wireServer, transport *http.Transport) {
		t.Helper()
		opts := wireOptions(server.URL, transport, nil)
		client, err := NewTenantClient(APIKey(privateKey), opts...)
		require.NoError(t, err)
		r, err := client.PhoneLines.ActivationAudio(t.Context(), "act_1")
		require.NoError(t, err)
		seen := func(when string) {
			requireNoLeak(t, r)
			requireNoLeak(t, r.Body)
			for _, text := range []string{printouts(r), printouts(r.Body), strings.Join(reachableTexts(reflect.ValueOf(r), nil), "\n")} {
				assert.NotContains(t, text, privateKey, when)
				assert.NotContains(t, text, "QWERTYCODE", when)
			}
			assert.Contains(t, reachableTexts(reflect.ValueOf(r), nil), "audio/mpeg", "it looks everywhere")
		}
		seen("before it was read")
		_, err = r.Body.Read(make([]byte, 5))
		require.NoError(t, err)
		seen("half read")
		_, err = io.ReadAll(r.Body)
		require.NoError(t, err)
		require.NoError(t, r.Body.Close())
		seen("read")
	})
}

// reachableTexts returns every text that can be reached from v without a call.
func reachableTexts(v reflect.Value, been []uintptr) []string {
	var found []string
	switch v.Kind() {
	case reflect.String:
		return []string{v.String()}
	case reflect.Interface:
		return reachableTexts(v.Elem(), been)
	case reflect.Pointer:
		if !v.IsNil() && !slices.Contains(been, v.Pointer()) {
			return reachableTexts(v.Elem(), append(been, v.Pointer()))
		}
	case reflect.Struct:
		for _, field := range v.Fields() {
			found = append(found, reachableTexts(field, been)...)
		}
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 && v.Kind() == reflect.Slice {
			return []string{string(v.Bytes())}
		}
		for i := range v.Len() {
			found = append(found, reachableTexts(v.Index(i), been)...)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			found = append(found, reachableTexts(key, been)...)
			found = append(found, reachableTexts(v.MapIndex(key), been)...)
		}
	default:
	}
	return found
}

//nolint:paralleltest // it counts the goroutines of the process
func TestStreamsLeaveNothingBehind(t *testing.T) {
	const rounds = 40
	uses := []func(*ActivationAudio, func()) error{
		func(r *ActivationAudio, _ func()) error { return errorOf(io.ReadAll(r.Body)) },
		func(r *ActivationAudio, _ func()) error { return r.Body.Close() },
		func(r *ActivationAudio, end func()) error {
			end()
			_, err := io.ReadAll(r.Body)
			if err == nil || errors.Is(err, context.Canceled) {
				return r.Body.Close()
			}
			return err
		},
	}
	server := newWireServer(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		if n%4 == 0 {
			answerJSON(w, http.StatusNotFound, `{}`)
			return
		}
		answerAudio(w, -1)
		_, _ = io.WriteString(w, strings.Repeat("x", 100<<10))
	})
	before := runtime.NumGoroutine()
	transport := wireTransport(t)
	lines := wireLines(t, server.URL, transport)
	parent := newForeignContext(t.Context()) // a child of it costs a goroutine until it ends
	for i := range rounds {
		ctx, cancel := context.Context(parent), func() {}
		if i%2 == 0 {
			ctx, cancel = context.WithCancel(parent)
		}
		r, err := lines.ActivationAudio(ctx, "act_1")
		if err == nil {
			err = uses[i%len(uses)](r, cancel)
		} else if isA[*NotFoundError](err) {
			err = nil
		}
		require.NoError(t, err)
		cancel()
	}
	requireClosed(t, server, transport)
	eventually(t, func() bool { return runtime.NumGoroutine() <= before }, "a goroutine is still there")
}

// foreignContext is a context of a kind that the context package does not know. It ends
// when the test says so.
type foreignContext struct {
	context.Context

	done chan struct{}
	err  error
}

func newForeignContext(parent context.Context) *foreignContext {
	return &foreignContext{Context: parent, done: make(chan struct{})}
}

func (c *foreignContext) end(err error) {
	c.err = err
	close(c.done)
}

func (c *foreignContext) Done() <-chan struct{} { return c.done }

func (c *foreignContext) Err() error {
	select {
	case <-c.done:
		return c.err
	default:
		return nil
	}
}
