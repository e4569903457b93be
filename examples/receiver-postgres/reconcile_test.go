package main

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// makeDue lets the time pass after which the API is asked.
func makeDue(t *testing.T, s *store) {
	t.Helper()
	execute(t, s, "UPDATE messages SET check_at = clock_timestamp() WHERE check_at IS NOT NULL")
}

// Every event but the first is lost: the message is read back.
func TestReconcile(t *testing.T) {
	t.Parallel()
	s := newTestStore(t, newSchema(t))
	fake := pilotstatustest.NewServer(t, pilotstatustest.WithClock(time.Date(2026, 11, 3, 14, 0, 0, 0, time.UTC)))
	number := fake.NumberClient("num_1")
	accepted, err := number.Messages.Send(t.Context(), pilotstatus.SendRequest{
		To:      pilotstatus.Phone("+5511999999999"),
		Content: pilotstatus.TemplateContent{ID: "onboarding-test", Variables: map[string]string{"name": "John"}},
	})
	require.NoError(t, err)
	require.NoError(t, s.sent(t.Context(), "num_1", accepted))
	require.NoError(t, s.handle(t.Context(), event(t, pilotstatus.EventMessageSent, accepted.ID, nil)))
	assert.Equal(t, row{pilotstatus.MessageStatusSent, "", 1}, message(t, s, accepted.ID))

	got, err := s.reconcile(t.Context(), "num_1", number.Messages)
	require.NoError(t, err)
	assert.Zero(t, got, "it is too early")

	makeDue(t, s)
	got, err = s.reconcile(t.Context(), "num_1", number.Messages)
	require.NoError(t, err)
	assert.Equal(t, reconciled{asked: 1}, got)
	assert.Equal(t, row{pilotstatus.MessageStatusSent, "", 1}, message(t, s, accepted.ID), "QUEUED does not win")

	fake.Advance(time.Hour)
	makeDue(t, s)
	got, err = s.reconcile(t.Context(), "num_2", number.Messages)
	require.NoError(t, err)
	assert.Zero(t, got, "it is not a message of that number")
	got, err = s.reconcile(t.Context(), "num_1", number.Messages)
	require.NoError(t, err)
	assert.Equal(t, reconciled{asked: 1, changed: 1}, got)
	assert.Equal(t, row{pilotstatus.MessageStatusRead, "", 1}, message(t, s, accepted.ID))

	require.NoError(t, s.handle(t.Context(), event(t, pilotstatus.EventMessageDelivered, accepted.ID, nil)))
	assert.Equal(t, row{pilotstatus.MessageStatusRead, "", 2}, message(t, s, accepted.ID), "a late event changes nothing")
	makeDue(t, s)
	got, err = s.reconcile(t.Context(), "num_1", number.Messages)
	require.NoError(t, err)
	assert.Zero(t, got, "it is finished")
}

// readerFunc is a messageReader.
type readerFunc func(id string) (*pilotstatus.Message, error)

func (f readerFunc) Get(_ context.Context, id string) (*pilotstatus.Message, error) { return f(id) }

// waiting stores messages that are due.
func waiting(t *testing.T, s *store, ids ...string) {
	t.Helper()
	for _, id := range ids {
		require.NoError(t, s.sent(t.Context(), "num_1", &pilotstatus.Accepted{ID: id, Status: pilotstatus.MessageStatusQueued}))
	}
	makeDue(t, s)
}

// A failure is read back with its code; a message that the API does not know is no
// error, and holds nothing up.
func TestReconcileFailedAndUnknown(t *testing.T) {
	t.Parallel()
	s := newTestStore(t, newSchema(t))
	waiting(t, s, "unknown", "failed", "from the future")
	got, err := s.reconcile(t.Context(), "num_1", readerFunc(func(id string) (*pilotstatus.Message, error) {
		switch id {
		case "unknown":
			return nil, &pilotstatus.NotFoundError{APIError: &pilotstatus.APIError{StatusCode: 404}}
		case "failed":
			return &pilotstatus.Message{ID: id, Status: pilotstatus.MessageStatusFailed, ErrorCode: pilotstatus.FailureDeliveryTimeout}, nil
		}
		return &pilotstatus.Message{ID: id, Status: "TELEPORTED"}, nil
	}))
	require.NoError(t, err)
	assert.Equal(t, reconciled{asked: 3, changed: 1, unknown: 1}, got)
	assert.Equal(t, row{pilotstatus.MessageStatusFailed, pilotstatus.FailureDeliveryTimeout, 0}, message(t, s, "failed"))
	assert.Equal(t, row{pilotstatus.MessageStatusQueued, "", 0}, message(t, s, "unknown"))
	assert.Equal(t, row{pilotstatus.MessageStatusQueued, "", 0}, message(t, s, "from the future"))
	assert.Equal(t, 2, count(t, s, "messages WHERE check_at > clock_timestamp() + interval '50 minutes'"), "they are asked about later")
}

// An error of the API ends the run. The next one goes on where it ended, and not with
// the same message.
func TestReconcileStopsAtAnError(t *testing.T) {
	t.Parallel()
	s := newTestStore(t, newSchema(t))
	waiting(t, s, "a", "b", "c")
	down := errors.New("the API is down")
	asked := make(map[string]int)
	reader := readerFunc(func(id string) (*pilotstatus.Message, error) {
		asked[id]++
		if len(asked) == 1 {
			return nil, down
		}
		return &pilotstatus.Message{ID: id, Status: pilotstatus.MessageStatusRead}, nil
	})
	got, err := s.reconcile(t.Context(), "num_1", reader)
	require.ErrorIs(t, err, down)
	assert.Equal(t, reconciled{asked: 1}, got)
	got, err = s.reconcile(t.Context(), "num_1", reader)
	require.NoError(t, err)
	assert.Equal(t, reconciled{asked: 2, changed: 2}, got)
	assert.Equal(t, map[string]int{"a": 1, "b": 1, "c": 1}, asked)
}

// A run ends, however soon its messages are due again.
func TestReconcileAsksOnce(t *testing.T) {
	t.Parallel()
	s := newStore(newPool(t, newSchema(t)), 0)
	waiting(t, s, "a", "b", "c")
	got, err := s.reconcile(t.Context(), "num_1", readerFunc(func(id string) (*pilotstatus.Message, error) {
		return &pilotstatus.Message{ID: id, Status: pilotstatus.MessageStatusSent}, nil
	}))
	require.NoError(t, err)
	assert.Equal(t, reconciled{asked: 3, changed: 3}, got)
}

// The older a message, the later it is asked about again.
func TestReconcileAsksOldMessagesRarely(t *testing.T) {
	t.Parallel()
	s := newTestStore(t, newSchema(t))
	waiting(t, s, "young", "old")
	execute(t, s, "UPDATE messages SET seen_at = seen_at - interval '10 days' WHERE id = 'old'")
	_, err := s.reconcile(t.Context(), "num_1", readerFunc(func(id string) (*pilotstatus.Message, error) {
		return &pilotstatus.Message{ID: id, Status: pilotstatus.MessageStatusSent}, nil
	}))
	require.NoError(t, err)
	assert.Equal(t, 1, count(t, s, "messages WHERE id = 'young' AND check_at < clock_timestamp() + interval '2 hours'"))
	assert.Equal(t, 1, count(t, s, "messages WHERE id = 'old' AND check_at > clock_timestamp() + interval '4 days'"))
}

// Receivers that read back at the same time share the work.
func TestReconcileSideBySide(t *testing.T) {
	t.Parallel()
	schema := newSchema(t)
	a, b := newTestStore(t, schema), newTestStore(t, schema)
	var ids []string
	for i := range 40 {
		ids = append(ids, "msg_"+string(rune('A'+i)))
	}
	waiting(t, a, ids...)
	var mu sync.Mutex
	asked := make(map[string]int)
	reader := readerFunc(func(id string) (*pilotstatus.Message, error) {
		mu.Lock()
		defer mu.Unlock()
		asked[id]++
		return &pilotstatus.Message{ID: id, Status: pilotstatus.MessageStatusDelivered}, nil
	})
	var running sync.WaitGroup
	for _, s := range []*store{a, b, a, b} {
		running.Go(func() {
			_, err := s.reconcile(t.Context(), "num_1", reader)
			assert.NoError(t, err)
		})
	}
	running.Wait()
	for _, id := range ids {
		assert.Equal(t, 1, asked[id], id)
	}
	assert.Equal(t, len(ids), count(t, a, "messages WHERE status = 'DELIVERED'"))
}
