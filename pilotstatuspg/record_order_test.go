package pilotstatuspg

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
)

// permutations returns all orders of the steps.
func permutations(steps []string) (orders [][]string) {
	if len(steps) == 0 {
		return [][]string{nil}
	}
	for i, step := range steps {
		for _, rest := range permutations(slices.Delete(slices.Clone(steps), i, i+1)) {
			orders = append(orders, append([]string{step}, rest...))
		}
	}
	return orders
}

// life is a message whose steps come in some order.
type life struct {
	*testing.T

	outbox *Outbox
	db     *pgx.Conn
	key    string
}

func (l *life) exec(statement string, args ...any) {
	l.Helper()
	_, err := l.db.Exec(l.Context(), l.outbox.in(statement), args...)
	require.NoError(l, err)
}

// do does a step: a worker writes the acceptance, or loses it and a day passes, or another
// one gets the same answer to the repeated request; or an event comes.
func (l *life) do(step string) {
	l.Helper()
	switch step {
	case "accepted", "replayed":
		var id int64
		require.NoError(l, l.db.QueryRow(l.Context(), l.outbox.in("SELECT id FROM pilotstatus.message WHERE key = $1"), l.key).Scan(&id))
		l.exec(finishSQL, testNumber, 1, []int64{id}, []string{"accepted"}, []string{l.key}, []string{""}, []float64{0}, []int16{1},
			0.0, 0.0, 3600.0, "", 60.0, false, 0)
	case "lost":
		l.exec("UPDATE pilotstatus.receipt SET recorded_at = recorded_at - interval '1 day' WHERE accepted_id = $1", l.key)
	case "retained":
		_, err := l.outbox.retainBatch(l.Context(), l.db)
		require.NoError(l, err)
	default:
		require.NoError(l, l.outbox.Record(l.Context(), l.db, statusEvent(step, l.key)))
	}
}

// Whatever the order in which the send is recorded, or is lost and repeated, and its events
// come: Get ends with the same.
func TestReceiptsInAllOrders(t *testing.T) {
	t.Parallel()
	const (
		sent, delivered, read, failed = pilotstatus.EventMessageSent, pilotstatus.EventMessageDelivered,
			pilotstatus.EventMessageRead, pilotstatus.EventMessageFailed
	)
	o, pool := newOutbox(t)
	pooled, err := pool.Acquire(t.Context())
	require.NoError(t, err)
	defer pooled.Release()
	for i, c := range []struct {
		steps   []string
		status  pilotstatus.MessageStatus
		failure pilotstatus.FailureCode
	}{
		{[]string{"accepted", sent, delivered, read}, pilotstatus.MessageStatusRead, ""},
		{[]string{"lost", "replayed", "retained", sent, failed}, pilotstatus.MessageStatusFailed, "CODE"},
		{[]string{"lost", "replayed", "retained", delivered, failed}, pilotstatus.MessageStatusDelivered, ""},
		{[]string{"lost", "accepted", "replayed", sent, delivered, failed}, pilotstatus.MessageStatusDelivered, ""},
	} {
		orders := permutations(c.steps)
		requests := make([]pilotstatus.SendRequest, len(orders))
		for j := range orders {
			requests[j] = request(fmt.Sprintf("%d-%d", i, j))
		}
		require.NoError(t, inTx(t, pool, func(tx pgx.Tx) error {
			_, err := o.EnqueueMany(t.Context(), tx, testNumber, requests)
			return err
		}))
		_, err := pool.Exec(t.Context(), o.in("UPDATE pilotstatus.message SET state = 'sending', first_at = now() WHERE state = 'pending'"))
		require.NoError(t, err)
		for j, order := range orders {
			l := &life{T: t, outbox: o, db: pooled.Conn(), key: requests[j].IdempotencyKey}
			for _, step := range order {
				l.do(step)
			}
			m := get(t, o, pool, l.key)
			require.Equal(t, StateAccepted, m.State, order)
			require.Equal(t, c.status, m.Status, order)
			require.Equal(t, c.failure, m.FailureCode, order)
		}
	}
}

// A receipt that came a day before its message was recorded is kept as long as that.
func TestRetentionKeepsReceipts(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t, func(o *Options) { o.KeepMessages = minKeepMessages })
	enqueueOne(t, o, pool, request("k"))
	require.NoError(t, o.Record(t.Context(), pool, statusEvent(pilotstatus.EventMessageRead, "msg")))
	set(t, o, pool, "k", "state = 'accepted', accepted_id = 'msg', settled_at = now() - interval '29 days 13 hours'")
	age := func(days float64) {
		_, err := pool.Exec(t.Context(), o.in("UPDATE pilotstatus.receipt SET recorded_at = now() - make_interval(secs => $1)"), days*day.Seconds())
		require.NoError(t, err)
		_, err = o.retainBatch(t.Context(), pool)
		require.NoError(t, err)
	}
	age(30.5)
	assert.Equal(t, pilotstatus.MessageStatusRead, get(t, o, pool, "k").Status)
	age(31.5)
	assert.Zero(t, value[int](t, pool, o.in("SELECT count(*) FROM pilotstatus.receipt")))
	assert.WithinDuration(t, time.Now(), get(t, o, pool, "k").SettledAt, 31*day)
}
