package main

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/pilotstatus/pilotstatus-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// An event is handled once even where no claim protects it: the transactions themselves
// let only one of them through.
func TestOnceWithoutClaims(t *testing.T) {
	t.Parallel()
	schema := newSchema(t)
	stores := []*store{newTestStore(t, schema), newTestStore(t, schema)}
	e := event(t, pilotstatus.EventMessageSent, "msg_1", nil)
	var handling sync.WaitGroup
	for i := range 20 {
		handling.Go(func() { assert.NoError(t, stores[i%2].handle(t.Context(), e)) })
	}
	handling.Wait()
	assert.Equal(t, row{pilotstatus.MessageStatusSent, "", 1}, message(t, stores[0], "msg_1"))
}

// What fails leaves nothing behind, neither in the tables nor as done.
func TestOnceFails(t *testing.T) {
	t.Parallel()
	s := newTestStore(t, newSchema(t))
	e := event(t, pilotstatus.EventMessageSent, "msg_1", nil)
	broken := errors.New("broken")
	require.ErrorIs(t, s.once(t.Context(), e, func(ctx context.Context, tx pgx.Tx, e pilotstatus.Event) error {
		return errors.Join(s.keep(ctx, tx, e), broken)
	}), broken)
	assert.Zero(t, count(t, s, "messages"))
	assert.Equal(t, pilotstatus.ClaimFresh, claim(t, s.claims, e.DedupeKey()))
}

// A delivery that is so slow that it loses its lease, to another delivery in the same
// process: whether it fails or succeeds in the end, the event is handled once.
func TestSlowDeliveryLosesItsLease(t *testing.T) {
	t.Parallel()
	for name, fails := range map[string]bool{"and fails": true, "and succeeds": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTestStore(t, newSchema(t))
			const messageID = "msg_1"
			e := event(t, pilotstatus.EventMessageSent, messageID, nil)
			type call struct{ goOn chan error }
			calls := make(chan call, 1)
			var number atomic.Int32
			url := newReceiver(t, s, time.Hour, func(ctx context.Context, e pilotstatus.Event) error {
				if number.Add(1) > 2 {
					t.Error("a third delivery is handled")
					return nil
				}
				c := call{make(chan error)}
				calls <- c
				if err := <-c.goOn; err != nil {
					return err
				}
				return s.handle(ctx, e)
			})
			client := newHTTPClient(t)
			post := func() <-chan int {
				answer := make(chan int, 1)
				go func() {
					status, err := deliver(t.Context(), client, url, testSecret, string(e.Raw()))
					assert.NoError(t, err)
					answer <- status
				}()
				return answer
			}

			slow := post()
			slowCall := <-calls
			assert.Equal(t, http.StatusServiceUnavailable, <-post(), "it is busy")
			expire(t, s, e.DedupeKey())
			quick := post()
			quickCall := <-calls

			if fails {
				slowCall.goOn <- errors.New("too slow")
				assert.Equal(t, http.StatusInternalServerError, <-slow)
				assert.Equal(t, http.StatusServiceUnavailable, <-post(), "the claim of the quick one is not released")
			} else {
				close(slowCall.goOn)
				assert.Equal(t, http.StatusOK, <-slow)
				assert.Equal(t, http.StatusOK, <-post(), "it was handled")
			}
			close(quickCall.goOn)
			assert.Equal(t, http.StatusOK, <-quick)
			assert.Equal(t, http.StatusOK, <-post())
			assert.Equal(t, row{pilotstatus.MessageStatusSent, "", 1}, message(t, s, messageID))
		})
	}
}

// A handler that stored the event and fails after that does not make it happen again.
func TestHandledAndFailed(t *testing.T) {
	t.Parallel()
	s := newTestStore(t, newSchema(t))
	var calls atomic.Int32
	url := newReceiver(t, s, time.Hour, func(ctx context.Context, e pilotstatus.Event) error {
		calls.Add(1)
		return errors.Join(s.handle(ctx, e), errors.New("the answer of COMMIT was lost"))
	})
	client := newHTTPClient(t)
	for _, want := range []int{http.StatusInternalServerError, http.StatusOK} {
		status, err := deliver(t.Context(), client, url, testSecret, body(t, pilotstatus.EventMessageSent, "msg_1", nil))
		require.NoError(t, err)
		assert.Equal(t, want, status)
	}
	assert.EqualValues(t, 1, calls.Load())
	assert.Equal(t, row{pilotstatus.MessageStatusSent, "", 1}, message(t, s, "msg_1"))
}

func TestReceiverRefusesAWrongSignature(t *testing.T) {
	t.Parallel()
	s := newTestStore(t, newSchema(t))
	status, err := deliver(t.Context(), newHTTPClient(t), newReceiver(t, s, time.Hour, s.handle), "another secret",
		body(t, pilotstatus.EventMessageSent, "msg_1", nil))
	require.NoError(t, err)
	assert.Equal(t, http.StatusUnauthorized, status)
	assert.Zero(t, count(t, s, "messages"))
	assert.Zero(t, count(t, s, "webhook_claims"))
}
