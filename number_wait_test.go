package pilotstatus

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pairing is a number that is paired in a test, with a record of what was asked and
// shown, and when.
type pairing struct {
	*mockAPI

	mu      sync.Mutex
	start   time.Time
	events  []string
	status  func(at time.Duration) httpmock.Responder
	connect func(n int) httpmock.Responder // n counts from 1
	onCode  func(code string) error
	codes   int
}

// newPairing returns a number that is never paired and has a new code whenever it is
// asked.
func newPairing(t *testing.T) *pairing {
	t.Helper()
	p := &pairing{mockAPI: newMockAPI(t), start: time.Now()}
	p.status = func(time.Duration) httpmock.Responder { return jsonResponder(http.StatusOK, `{"state":"CONNECTING"}`) }
	p.connect = answerFreshCode
	p.onCode = func(string) error { return nil }
	const number = testBase + "/v1/numbers/num_1"
	p.RegisterResponder(http.MethodGet, number+"/status", func(req *http.Request) (*http.Response, error) {
		return p.status(p.note("status"))(req)
	})
	p.RegisterResponder(http.MethodGet, number+"/connect", func(req *http.Request) (*http.Response, error) {
		p.note("connect")
		return p.connect(p.nextCode())(req)
	})
	return p
}

// nextCode counts the codes. A responder of a call that was given up may still run.
func (p *pairing) nextCode() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.codes++
	return p.codes
}

func answerFreshCode(n int) httpmock.Responder {
	return jsonResponder(http.StatusOK, fmt.Sprintf(`{"qrcodeBase64":"data:image/png;base64,iVBORw0KGgo=","pairingCode":"code-%d"}`, n))
}

func answerNoCode() httpmock.Responder {
	return jsonResponder(http.StatusOK, `{"qrcodeBase64":null,"pairingCode":null}`)
}

func answerOpen() httpmock.Responder {
	return jsonResponder(http.StatusOK, `{"state":"open","stale":false}`)
}

func answerClosed() httpmock.Responder { return jsonResponder(http.StatusOK, `{"state":"CLOSE"}`) }

func answerCode(status int, code string) httpmock.Responder {
	return jsonResponder(status, fmt.Sprintf(`{"error":"no","code":%q}`, code))
}

// openFrom makes the number connected from then on.
func (p *pairing) openFrom(from time.Duration) {
	p.status = func(at time.Duration) httpmock.Responder {
		if at >= from {
			return answerOpen()
		}
		return answerClosed()
	}
}

// note records an event and returns when it was.
func (p *pairing) note(event string) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := time.Since(p.start)
	p.events = append(p.events, event+" "+strconv.FormatFloat(at.Seconds(), 'f', -1, 64))
	return at
}

// only returns the events that begin with one of the words.
func (p *pairing) only(words ...string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	found := []string{}
	for _, event := range p.events {
		for _, word := range words {
			if strings.HasPrefix(event, word) {
				found = append(found, event)
			}
		}
	}
	return found
}

func (p *pairing) all() []string { return p.only("") }

// wait waits with one attempt a call and a record of the codes.
func (p *pairing) wait(ctx context.Context, t *testing.T, o WaitConnectedOptions) (*NumberStatus, error) {
	t.Helper()
	o.OnCode = func(codeCtx context.Context, code PairingCodes) error {
		assert.Equal(t, ctx, codeCtx)
		p.note(code.PairingCode.Reveal())
		return p.onCode(code.PairingCode.Reveal())
	}
	return p.tenant(t, WithRetry(RetryPolicy{})).Numbers.WaitConnected(ctx, "num_1", o)
}

func testPairingCode(pairingCode string) PairingCodes {
	return PairingCodes{QRCode: QRCode{NewSecret("data:image/png;base64,x")}, PairingCode: NewSecret(pairingCode)}
}

// onFakeTime runs a test on a clock of its own.
func onFakeTime(t *testing.T, f func(t *testing.T, p *pairing)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(t, newPairing(t)) })
}

func TestWaitConnectedShowsACodeUntilThePhoneScansIt(t *testing.T) {
	t.Parallel()
	onFakeTime(t, func(t *testing.T, p *pairing) {
		p.openFrom(5 * time.Second)
		status, err := p.wait(t.Context(), t, WaitConnectedOptions{})
		require.NoError(t, err)
		assert.True(t, status.Connected())
		assert.Equal(t, []string{"status 0", "connect 0", "code-1 0", "status 2", "status 4", "status 6"}, p.all())
		for _, sent := range p.Requests() {
			assert.NotContains(t, sent.URL, "?")
		}
	})
}

func TestWaitConnectedOfAConnectedNumber(t *testing.T) {
	t.Parallel()
	onFakeTime(t, func(t *testing.T, p *pairing) {
		p.openFrom(0)
		_, err := p.wait(t.Context(), t, WaitConnectedOptions{})
		require.NoError(t, err)
		assert.Equal(t, []string{"status 0"}, p.all())
	})
}

// Over minutes a code is made every 45 s, at the next look at the status, and
// never more often: a new one kills the one that is shown.
func TestWaitConnectedRenewsTheCode(t *testing.T) {
	t.Parallel()
	onFakeTime(t, func(t *testing.T, p *pairing) {
		ctx, cancel := context.WithTimeout(t.Context(), 299*time.Second)
		defer cancel()
		status, err := p.wait(ctx, t, WaitConnectedOptions{})
		assert.Equal(t, &NumberStatus{State: ConnectionStateConnecting}, status)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.EqualError(t, err, "Numbers.WaitConnected: the wait ended: context deadline exceeded")
		assert.False(t, isA[*APIError](err))
		assert.Equal(t, 299*time.Second, time.Since(p.start))
		assert.Equal(t, []string{"connect 0", "connect 46", "connect 92", "connect 138", "connect 184", "connect 230", "connect 276"},
			p.only("connect"))
		assert.Equal(t, []string{"code-1 0", "code-2 46", "code-3 92", "code-4 138", "code-5 184", "code-6 230", "code-7 276"},
			p.only("code"))
		assert.Len(t, p.only("status"), 150)
	})
}

// The code of Numbers.Create is shown before anything is asked, and lives its time.
func TestWaitConnectedShowsTheGivenCodeFirst(t *testing.T) {
	t.Parallel()
	onFakeTime(t, func(t *testing.T, p *pairing) {
		p.openFrom(60 * time.Second)
		_, err := p.wait(t.Context(), t, WaitConnectedOptions{Code: testPairingCode("created")})
		require.NoError(t, err)
		assert.Equal(t, []string{"created 0", "status 0", "status 2"}, p.all()[:3])
		assert.Equal(t, []string{"created 0", "connect 46", "code-1 46"}, p.only("created", "connect", "code"))
	})
}

// One of the two codes is enough.
func TestWaitConnectedShowsHalfACode(t *testing.T) {
	t.Parallel()
	for _, code := range []PairingCodes{{PairingCode: NewSecret("x")}, {QRCode: QRCode{NewSecret("x")}}} {
		t.Run("", func(t *testing.T) {
			onFakeTime(t, func(t *testing.T, p *pairing) {
				p.openFrom(10 * time.Second)
				_, err := p.wait(t.Context(), t, WaitConnectedOptions{Code: code})
				require.NoError(t, err)
				assert.Empty(t, p.only("connect"))
				assert.Contains(t, p.all()[0], code.PairingCode.Reveal()+" 0")
			})
		})
	}
}

func TestWaitConnectedWithoutOnCodeOnlyWaits(t *testing.T) {
	t.Parallel()
	onFakeTime(t, func(t *testing.T, p *pairing) {
		p.openFrom(2 * time.Minute)
		_, err := p.tenant(t).Numbers.WaitConnected(t.Context(), "num_1", WaitConnectedOptions{Code: testPairingCode("created")})
		require.NoError(t, err)
		assert.Empty(t, p.only("connect", "created"))
		assert.Equal(t, 2*time.Minute, time.Since(p.start))
	})
}

// Right after Create the API may have no code yet: it is asked again soon, and an
// empty one is not shown.
func TestWaitConnectedAsksAgainForAMissingCode(t *testing.T) {
	t.Parallel()
	onFakeTime(t, func(t *testing.T, p *pairing) {
		p.openFrom(time.Minute)
		p.connect = func(n int) httpmock.Responder {
			if n < 4 {
				return answerNoCode()
			}
			return answerFreshCode(n)
		}
		_, err := p.wait(t.Context(), t, WaitConnectedOptions{})
		require.NoError(t, err)
		assert.Equal(t, []string{"connect 0", "connect 2", "connect 4", "connect 6", "code-4 6", "connect 52", "code-5 52"},
			p.only("connect", "code"))
	})
}

func TestWaitConnectedShowsACodeOnce(t *testing.T) {
	t.Parallel()
	onFakeTime(t, func(t *testing.T, p *pairing) {
		p.openFrom(150 * time.Second)
		p.connect = func(n int) httpmock.Responder { return answerFreshCode(n / 3) } // 0, 0, 1, 1
		_, err := p.wait(t.Context(), t, WaitConnectedOptions{})
		require.NoError(t, err)
		assert.Equal(t, []string{"connect 0", "code-0 0", "connect 46", "connect 92", "code-1 92", "connect 138"}, p.only("connect", "code"))
	})
}

// What was OPEN when the provider was last heard is neither connected nor asked for a
// code, which could end a session that lives.
func TestWaitConnectedDoesNotBelieveAnOldState(t *testing.T) {
	t.Parallel()
	onFakeTime(t, func(t *testing.T, p *pairing) {
		p.status = func(at time.Duration) httpmock.Responder {
			return jsonResponder(http.StatusOK, fmt.Sprintf(`{"state":"OPEN","stale":%t}`, at < time.Minute))
		}
		status, err := p.wait(t.Context(), t, WaitConnectedOptions{})
		require.NoError(t, err)
		assert.False(t, status.Stale)
		assert.Equal(t, time.Minute, time.Since(p.start))
		assert.Empty(t, p.only("connect", "code"))
	})
}

// An old state that is not OPEN is no reason to keep a person waiting for a code.
func TestWaitConnectedMakesACodeOnAnOldState(t *testing.T) {
	t.Parallel()
	onFakeTime(t, func(t *testing.T, p *pairing) {
		p.status = func(at time.Duration) httpmock.Responder {
			if at >= 4*time.Second {
				return answerOpen()
			}
			return jsonResponder(http.StatusOK, `{"state":"CLOSE","stale":true}`)
		}
		_, err := p.wait(t.Context(), t, WaitConnectedOptions{})
		require.NoError(t, err)
		assert.Equal(t, []string{"connect 0", "code-1 0"}, p.only("connect", "code"))
	})
}

// With two links the number is connected when both are. The open one gets no code.
func TestWaitConnectedOfTwoLinks(t *testing.T) {
	t.Parallel()
	onFakeTime(t, func(t *testing.T, p *pairing) {
		p.status = func(at time.Duration) httpmock.Responder {
			return jsonResponder(http.StatusOK, fmt.Sprintf(`{"state":"OPEN","isFullyConnected":%t}`, at >= 10*time.Second))
		}
		_, err := p.wait(t.Context(), t, WaitConnectedOptions{})
		require.NoError(t, err)
		assert.Equal(t, 10*time.Second, time.Since(p.start))
		assert.Empty(t, p.only("connect"))
	})
}

func TestWaitConnectedOfTheSecondLink(t *testing.T) {
	t.Parallel()
	onFakeTime(t, func(t *testing.T, p *pairing) {
		p.openFrom(3 * time.Second)
		_, err := p.wait(t.Context(), t, WaitConnectedOptions{Secondary: true})
		require.NoError(t, err)
		assert.Len(t, p.only("connect"), 1)
		for _, sent := range p.Requests() {
			assert.Contains(t, sent.URL, "?link=secondary")
		}
	})
}

// A conflict means that the link is connected: the status tells.
func TestWaitConnectedAfterAConflict(t *testing.T) {
	t.Parallel()
	onFakeTime(t, func(t *testing.T, p *pairing) {
		p.openFrom(2 * time.Second)
		p.connect = func(int) httpmock.Responder { return jsonResponder(http.StatusConflict, `{"error":"already open"}`) }
		_, err := p.wait(t.Context(), t, WaitConnectedOptions{})
		require.NoError(t, err)
		assert.Equal(t, []string{"status 0", "connect 0", "status 2"}, p.all())
	})
}

// Conflicts that go on are no reason to ask more often, and the error names them.
func TestWaitConnectedAfterConflicts(t *testing.T) {
	t.Parallel()
	onFakeTime(t, func(t *testing.T, p *pairing) {
		p.connect = func(int) httpmock.Responder { return answerCode(http.StatusConflict, "CODE_OF_TOMORROW") }
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Second)
		defer cancel()
		_, err := p.wait(ctx, t, WaitConnectedOptions{})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorIs(t, err, ErrorCode("CODE_OF_TOMORROW"))
		assert.Equal(t, []string{"connect 0", "connect 46", "connect 92"}, p.only("connect"))
		assert.Empty(t, p.only("code"))
	})
}

// finalAnswers are answers that no waiting changes.
func finalAnswers() map[string]httpmock.Responder {
	return map[string]httpmock.Responder{
		"not configured":   answerCode(http.StatusServiceUnavailable, "PROVIDER_NOT_CONFIGURED"),
		"not found":        jsonResponder(http.StatusNotFound, `{"error":"no number"}`),
		"wrong key":        jsonResponder(http.StatusUnauthorized, `{"error":"no key"}`),
		"number key":       answerCode(http.StatusForbidden, "NUMBER_SCOPE_NOT_ALLOWED"),
		"no permission":    answerCode(http.StatusForbidden, "PERMISSION_DENIED"),
		"refused":          jsonResponder(http.StatusBadRequest, `{"error":"Validation error"}`),
		"not implemented":  jsonResponder(http.StatusNotImplemented, `{"error":"no"}`),
		"redirected":       jsonResponder(http.StatusFound, ``, "Location", "https://a.example"),
		"a page":           httpmock.NewStringResponder(http.StatusOK, "<html>").HeaderSet(http.Header{"Content-Type": {"text/html"}}),
		"another answer":   jsonResponder(http.StatusOK, `["state"]`),
		"a lost transport": httpmock.NewErrorResponder(&ValidationError{Field: "URL", Reason: "no"}),
	}
}

func TestWaitConnectedEndsAtFinalAnswers(t *testing.T) {
	t.Parallel()
	for name, answer := range finalAnswers() {
		t.Run(name+" of the status", func(t *testing.T) {
			onFakeTime(t, func(t *testing.T, p *pairing) {
				p.status = func(time.Duration) httpmock.Responder { return answer }
				status, err := p.wait(t.Context(), t, WaitConnectedOptions{})
				require.Error(t, err)
				assert.Nil(t, status)
				assert.Equal(t, []string{"status 0"}, p.all())
				_, same := p.tenant(t).Numbers.Status(t.Context(), "num_1", DeviceOptions{})
				assert.Equal(t, same.Error(), err.Error())
				if name == "not configured" {
					assert.ErrorIs(t, err, CodeProviderNotConfigured)
				}
			})
		})
		t.Run(name+" of the code", func(t *testing.T) {
			onFakeTime(t, func(t *testing.T, p *pairing) {
				p.connect = func(int) httpmock.Responder { return answer }
				status, err := p.wait(t.Context(), t, WaitConnectedOptions{})
				require.Error(t, err)
				assert.Equal(t, &NumberStatus{State: ConnectionStateConnecting}, status)
				assert.Equal(t, []string{"status 0", "connect 0"}, p.all())
			})
		})
	}
}

// passingFailures are failures that do not end a wait.
func passingFailures() map[string]httpmock.Responder {
	return map[string]httpmock.Responder{
		"slow provider":   answerCode(http.StatusServiceUnavailable, "UPSTREAM_TIMEOUT"),
		"failed provider": answerCode(http.StatusServiceUnavailable, "UPSTREAM_ERROR"),
		"limited":         jsonResponder(http.StatusTooManyRequests, `{"error":"slow down"}`),
		"late":            jsonResponder(http.StatusRequestTimeout, `{"error":"late"}`),
		"broken":          jsonResponder(http.StatusInternalServerError, `{"error":"oops"}`),
		"a proxy's page":  httpmock.NewStringResponder(http.StatusBadGateway, "<html>").HeaderSet(http.Header{"Content-Type": {"text/html"}}),
		"a proxy's code":  jsonResponder(522, ``),
		"refused":         httpmock.NewErrorResponder(&net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}),
		"reset":           httpmock.NewErrorResponder(syscall.ECONNRESET),
		"cut":             jsonResponder(http.StatusOK, `{"state":"OP`),
		"reset while read": func(*http.Request) (*http.Response, error) {
			body := io.MultiReader(strings.NewReader(`{"state"`), resetReader{})
			return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(body)}, nil
		},
		"no answer": func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, req.Context().Err()
		},
	}
}

type resetReader struct{}

func (resetReader) Read([]byte) (int, error) {
	return 0, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
}

// cancelingReader ends a context where a body ends.
type cancelingReader struct{ cancel context.CancelFunc }

func (r cancelingReader) Read([]byte) (int, error) {
	r.cancel()
	return 0, io.EOF
}

func TestWaitConnectedSitsFailuresOut(t *testing.T) {
	t.Parallel()
	for name, failure := range passingFailures() {
		t.Run(name+" of the status", func(t *testing.T) {
			onFakeTime(t, func(t *testing.T, p *pairing) {
				p.status = func(at time.Duration) httpmock.Responder {
					if at < 5*time.Second {
						return failure
					}
					return answerOpen()
				}
				_, err := p.wait(t.Context(), t, WaitConnectedOptions{Code: testPairingCode("created")})
				require.NoError(t, err)
				assert.GreaterOrEqual(t, len(p.only("status")), 2)
				assert.Empty(t, p.only("connect")) // nobody knows whether it is needed
			})
		})
		t.Run(name+" of the code", func(t *testing.T) {
			onFakeTime(t, func(t *testing.T, p *pairing) {
				p.openFrom(3 * time.Minute)
				p.connect = func(n int) httpmock.Responder {
					if n <= 2 {
						return failure
					}
					return answerFreshCode(n)
				}
				_, err := p.wait(t.Context(), t, WaitConnectedOptions{})
				require.NoError(t, err)
				assert.Equal(t, "connect 0", p.only("connect")[0])
				assert.Contains(t, p.only("code")[0], "code-3 ")
			})
		})
	}
}

// The error of a wait that ended says what it ended with and what was wrong.
func TestWaitConnectedNamesTheLastFailure(t *testing.T) {
	t.Parallel()
	upstream := answerCode(http.StatusServiceUnavailable, "UPSTREAM_ERROR")
	limited := answerCode(http.StatusTooManyRequests, "RATE_LIMITED")
	for name, test := range map[string]struct {
		status, connect httpmock.Responder
		want            ErrorCode
	}{
		"status": {upstream, limited, CodeUpstreamError},
		"code":   {answerClosed(), limited, CodeRateLimited},
	} {
		t.Run(name, func(t *testing.T) {
			onFakeTime(t, func(t *testing.T, p *pairing) {
				p.status = func(time.Duration) httpmock.Responder { return test.status }
				p.connect = func(int) httpmock.Responder { return test.connect }
				ctx, cancel := context.WithTimeout(t.Context(), 59*time.Second)
				defer cancel()
				_, err := p.wait(ctx, t, WaitConnectedOptions{})
				require.ErrorIs(t, err, context.DeadlineExceeded)
				require.ErrorIs(t, err, test.want)
				assert.True(t, isA[*APIError](err))
				assert.Contains(t, err.Error(), "Numbers.WaitConnected: the wait ended: context deadline exceeded; before that: Numbers.")
				assert.NotContains(t, err.Error(), "num_1")
			})
		})
	}
}

// A call that the context cut off does not hide what was wrong before it.
func TestWaitConnectedNamesTheFailureBeforeTheEnd(t *testing.T) {
	t.Parallel()
	onFakeTime(t, func(t *testing.T, p *pairing) {
		p.status = func(at time.Duration) httpmock.Responder {
			if at == 0 {
				return answerCode(http.StatusServiceUnavailable, "UPSTREAM_TIMEOUT")
			}
			return func(req *http.Request) (*http.Response, error) {
				<-req.Context().Done()
				return nil, req.Context().Err()
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		_, err := p.wait(ctx, t, WaitConnectedOptions{})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorIs(t, err, CodeUpstreamTimeout)
		assert.Equal(t, []string{"status 0", "status 2"}, p.all())
	})
}

// What is over is not blamed.
func TestWaitConnectedForgetsWhatIsOver(t *testing.T) {
	t.Parallel()
	onFakeTime(t, func(t *testing.T, p *pairing) {
		failing := true
		p.status = func(at time.Duration) httpmock.Responder {
			if at < 3*time.Second {
				return answerCode(http.StatusServiceUnavailable, "UPSTREAM_ERROR")
			}
			return answerClosed()
		}
		p.connect = func(n int) httpmock.Responder {
			if n == 1 {
				return answerCode(http.StatusBadGateway, "UPSTREAM_TIMEOUT")
			}
			failing = false
			return answerFreshCode(n)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 19*time.Second)
		defer cancel()
		status, err := p.wait(ctx, t, WaitConnectedOptions{})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, &NumberStatus{State: ConnectionStateClosed}, status)
		assert.False(t, failing)
		assert.False(t, isA[*APIError](err))
	})
}

// A call that the context ends, in its middle, ends the wait.
func TestWaitConnectedEndsWithItsContext(t *testing.T) {
	t.Parallel()
	hang := func(req *http.Request) (*http.Response, error) {
		<-req.Context().Done()
		return nil, req.Context().Err()
	}
	for _, during := range []string{"status", "connect", "pause", "code"} {
		t.Run(during, func(t *testing.T) {
			onFakeTime(t, func(t *testing.T, p *pairing) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				time.AfterFunc(3*time.Second, cancel)
				switch during {
				case "status":
					p.status = func(time.Duration) httpmock.Responder { return hang }
				case "connect":
					p.connect = func(int) httpmock.Responder { return hang }
				case "code":
					p.onCode = func(string) error { <-ctx.Done(); return nil }
				}
				_, err := p.wait(ctx, t, WaitConnectedOptions{})
				require.ErrorIs(t, err, context.Canceled)
				assert.Contains(t, err.Error(), "Numbers.WaitConnected: the wait ended: ")
				assert.Equal(t, 3*time.Second, time.Since(p.start))
			})
		})
	}
}

// What the API says counts more than that the context ended meanwhile.
func TestWaitConnectedKeepsAnAnswerThatArrived(t *testing.T) {
	t.Parallel()
	onFakeTime(t, func(t *testing.T, p *pairing) {
		ctx, cancel := context.WithCancel(t.Context())
		p.status = func(time.Duration) httpmock.Responder {
			return func(*http.Request) (*http.Response, error) {
				body := io.MultiReader(strings.NewReader(`{"state":"OPEN"}`), cancelingReader{cancel})
				return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(body)}, nil
			}
		}
		status, err := p.wait(ctx, t, WaitConnectedOptions{})
		require.NoError(t, err)
		assert.True(t, status.Connected())
	})
}

// Retry-After is waited for, by both calls.
func TestWaitConnectedWaitsAsLongAsItIsAsked(t *testing.T) {
	t.Parallel()
	onFakeTime(t, func(t *testing.T, p *pairing) {
		limited := jsonResponder(http.StatusTooManyRequests, `{"error":"slow down"}`, "Retry-After", "10")
		p.status = func(at time.Duration) httpmock.Responder {
			switch {
			case at == 0:
				return limited
			case at < 30*time.Second:
				return answerClosed()
			}
			return answerOpen()
		}
		p.connect = func(n int) httpmock.Responder {
			if n == 1 {
				return limited
			}
			return answerFreshCode(n)
		}
		_, err := p.wait(t.Context(), t, WaitConnectedOptions{})
		require.NoError(t, err)
		assert.Equal(t, []string{"status 0", "status 10", "connect 10", "status 12"}, p.all()[:4])
		assert.Equal(t, []string{"connect 10", "connect 20", "code-2 20"}, p.only("connect", "code"))
	})
}

func TestWaitConnectedEndsWithAnErrorOfOnCode(t *testing.T) {
	t.Parallel()
	closed := errors.New("the window was closed")
	onFakeTime(t, func(t *testing.T, p *pairing) {
		p.onCode = func(code string) error {
			if code == "code-2" {
				return closed
			}
			return nil
		}
		status, err := p.wait(t.Context(), t, WaitConnectedOptions{})
		assert.Same(t, closed, err)
		assert.Equal(t, &NumberStatus{State: ConnectionStateConnecting}, status)
		assert.Equal(t, []string{"code-1 0", "code-2 46"}, p.only("code"))
		events := p.all()
		assert.Equal(t, "code-2 46", events[len(events)-1])
		p.onCode = func(string) error { return closed }
		status, err = p.wait(t.Context(), t, WaitConnectedOptions{Code: testPairingCode("created")})
		assert.Same(t, closed, err)
		assert.Nil(t, status)
	})
}

func TestWaitConnectedAtOtherIntervals(t *testing.T) {
	t.Parallel()
	onFakeTime(t, func(t *testing.T, p *pairing) {
		p.openFrom(10 * time.Second)
		_, err := p.wait(t.Context(), t, WaitConnectedOptions{StatusInterval: 3 * time.Second, ConnectInterval: 5 * time.Second})
		require.NoError(t, err)
		assert.Equal(t, []string{
			"status 0", "connect 0", "code-1 0", "status 3", "status 6", "connect 6", "code-2 6", "status 9", "status 12",
		}, p.all())
	})
}

// With the retries of a usual client a short trouble is not even seen.
func TestWaitConnectedOnTopOfRetries(t *testing.T) {
	t.Parallel()
	onFakeTime(t, func(t *testing.T, p *pairing) {
		n := 0
		p.status = func(time.Duration) httpmock.Responder {
			if n++; n <= 3 {
				return answerCode(http.StatusServiceUnavailable, "UPSTREAM_TIMEOUT")
			}
			return answerOpen()
		}
		_, err := p.tenant(t).Numbers.WaitConnected(t.Context(), "num_1", WaitConnectedOptions{})
		require.NoError(t, err)
		assert.Less(t, time.Since(p.start), time.Second)
		assert.Len(t, p.Requests(), 4)
	})
}

// Nothing is shown and nothing is sent for what cannot be waited for.
func TestWaitConnectedChecksItsInput(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	shown := WaitConnectedOptions{
		Code:   testPairingCode("created"),
		OnCode: func(context.Context, PairingCodes) error { return errors.New("shown") },
	}
	numbers := m.tenant(t).Numbers
	with := func(change func(*WaitConnectedOptions)) WaitConnectedOptions {
		o := shown
		change(&o)
		return o
	}
	_, err := numbers.WaitConnected(t.Context(), "num_1", with(func(o *WaitConnectedOptions) { o.StatusInterval = -1 }))
	requireValidation(t, err, "StatusInterval")
	_, err = numbers.WaitConnected(t.Context(), "num_1", with(func(o *WaitConnectedOptions) { o.ConnectInterval = -1 }))
	requireValidation(t, err, "ConnectInterval")
	for _, id := range []string{"", "..", "meta", "a\x00"} {
		_, err = numbers.WaitConnected(t.Context(), id, shown)
		requireValidation(t, err, "id")
	}
	_, err = numbers.WaitConnected(nil, "num_1", shown) //nolint:staticcheck // that is the mistake
	requireValidation(t, err, "ctx")
	_, err = numbers.WaitConnected(ContextWithAttemptTimeout(t.Context(), -1), "num_1", WaitConnectedOptions{})
	requireValidation(t, err, "ctx")
	_, err = NumbersService{}.WaitConnected(t.Context(), "num_1", shown)
	requireValidation(t, err, "client")
	assert.Empty(t, m.Requests())
}
