package pilotstatus

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// ctxLimiter waits until the context ends and returns its error, as a rate limiter does.
type ctxLimiter struct{}

func (ctxLimiter) Wait(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

// A context that somebody ended for a reason: wherever it ends a call, the error
// matches the reason and the context's own error.
func TestContextWithACause(t *testing.T) {
	t.Parallel()
	errShutdown := errors.New("the worker shuts down")
	never := func(req *http.Request) (*http.Response, error) {
		<-req.Context().Done()
		return nil, req.Context().Err()
	}
	busy := jsonResponder(http.StatusServiceUnavailable, `{"error":"later"}`, "Retry-After", "5")
	halfBody := func(req *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Request: req, Body: waitingBody{req.Context()}}, nil
	}
	send := func(ctx context.Context, c *NumberClient) error {
		_, err := c.Messages.Send(ctx, testSend())
		return err
	}
	get := func(ctx context.Context, c *NumberClient) error {
		_, err := c.Messages.Get(ctx, "msg_1")
		return err
	}
	wait := func(ctx context.Context, c *NumberClient) error {
		_, err := c.Messages.Wait(ctx, "msg_1", WaitMessageOptions{})
		return err
	}
	for name, test := range map[string]struct {
		answer httpmock.Responder
		call   func(context.Context, *NumberClient) error
		opts   []Option
	}{
		"in an attempt":          {never, get, nil},
		"in a keyed attempt":     {never, send, nil},
		"in the body":            {halfBody, get, nil},
		"between attempts":       {busy, get, nil},
		"between keyed attempts": {busy, send, nil},
		"in the limiter":         {busy, get, []Option{WithLimiter(ctxLimiter{})}},
		"in a wait":              {jsonResponder(http.StatusOK, `{"id":"msg_1","status":"QUEUED"}`), wait, nil},
	} {
		for kind, begin := range map[string]func(context.Context) (context.Context, context.CancelFunc, error){
			"canceled": func(ctx context.Context) (context.Context, context.CancelFunc, error) {
				ctx, cancel := context.WithCancelCause(ctx)
				time.AfterFunc(time.Second, func() { cancel(errShutdown) })
				return ctx, func() { cancel(nil) }, context.Canceled
			},
			"timed out": func(ctx context.Context) (context.Context, context.CancelFunc, error) {
				ctx, cancel := context.WithCancelCause(ctx)
				ctx, stop := context.WithDeadlineCause(ctx, time.Now().Add(6*time.Second), errShutdown)
				return ctx, func() { stop(); cancel(nil) }, context.DeadlineExceeded
			},
		} {
			if strings.HasPrefix(name, "between") && kind == "timed out" {
				continue // the client does not begin a wait that the deadline would end
			}
			t.Run(name+", "+kind, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					m := newMockAPI(t)
					m.RegisterRegexpResponder(http.MethodGet, regexp.MustCompile(`.`), test.answer)
					m.RegisterRegexpResponder(http.MethodPost, regexp.MustCompile(`.`), test.answer)
					ctx, cancel, want := begin(t.Context())
					defer cancel()
					opts := append([]Option{WithRetry(RetryPolicy{MaxRetries: 9})}, test.opts...)
					err := test.call(ctx, m.number(t, opts...))
					require.ErrorIs(t, err, want)
					require.ErrorIs(t, err, errShutdown)
					assert.ErrorContains(t, err, errShutdown.Error())
				})
			})
		}
	}
}

// waitingBody breaks off when its context ends.
type waitingBody struct{ ctx context.Context }

func (b waitingBody) Read([]byte) (int, error) {
	<-b.ctx.Done()
	return 0, b.ctx.Err()
}

func (waitingBody) Close() error { return nil }

// A context that had ended before the call says why, too.
func TestContextThatHadEndedWithACause(t *testing.T) {
	t.Parallel()
	errShutdown := errors.New("the worker shuts down")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errShutdown)
	for class, op := range classes {
		err := op.call(ctx, newMockAPI(t).number(t))
		require.ErrorIs(t, err, context.Canceled, class)
		require.ErrorIs(t, err, errShutdown, class)
	}
}
