package pilotstatuspg

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
)

// newDedupers returns the dedupers of two processes on one schema.
func newDedupers(t *testing.T, options ...func(*Options)) (in *inbox, a, b *Deduper) {
	t.Helper()
	outbox, pool := newOutbox(t, options...)
	in = &inbox{T: t, outbox: outbox, pool: pool}
	var err error
	a, err = NewDeduper(pool, outbox.options)
	require.NoError(t, err)
	b, err = NewDeduper(newPool(t, database(t).DSN, "search_path="), outbox.options)
	require.NoError(t, err)
	return in, a, b
}

// claimEvent claims with a lease that no test outlives.
func claimEvent(t *testing.T, d *Deduper, key string) pilotstatus.ClaimState {
	t.Helper()
	state, err := d.Claim(t.Context(), key, time.Hour)
	require.NoError(t, err)
	return state
}

// expire ends a lease as time would.
func (in *inbox) expire(key string) {
	in.Helper()
	in.exec("UPDATE pilotstatus.event SET lease_until = clock_timestamp() WHERE key = $1 AND lease_until IS NOT NULL", key)
}

func TestDeduper(t *testing.T) {
	t.Parallel()
	_, a, b := newDedupers(t)
	assert.Equal(t, pilotstatus.ClaimFresh, claimEvent(t, a, "key"))
	assert.Equal(t, pilotstatus.ClaimBusy, claimEvent(t, a, "key"))
	assert.Equal(t, pilotstatus.ClaimBusy, claimEvent(t, b, "key"))
	assert.Equal(t, pilotstatus.ClaimFresh, claimEvent(t, b, "other"))

	require.NoError(t, b.Release(t.Context(), "key"), "it has no claim")
	assert.Equal(t, pilotstatus.ClaimBusy, claimEvent(t, b, "key"))
	require.NoError(t, a.Release(t.Context(), "key"))
	assert.Equal(t, pilotstatus.ClaimFresh, claimEvent(t, b, "key"))
	assert.Equal(t, pilotstatus.ClaimBusy, claimEvent(t, a, "key"))

	require.NoError(t, b.Done(t.Context(), "key"))
	for _, d := range []*Deduper{a, b} {
		assert.Equal(t, pilotstatus.ClaimDone, claimEvent(t, d, "key"))
		require.NoError(t, d.Release(t.Context(), "key")) // too late
		require.NoError(t, d.Done(t.Context(), "key"))    // twice
		assert.Equal(t, pilotstatus.ClaimDone, claimEvent(t, d, "key"))
	}
	assert.Equal(t, pilotstatus.ClaimBusy, claimEvent(t, a, "other"))
}

// A lease ends by itself, and not before its time.
func TestDeduperLeaseEnds(t *testing.T) {
	t.Parallel()
	_, a, b := newDedupers(t)
	const lease = 200 * time.Millisecond
	for key, next := range map[string]*Deduper{"of another process": b, "of the same": a} {
		began := time.Now()
		state, err := a.Claim(t.Context(), key, lease)
		require.NoError(t, err)
		require.Equal(t, pilotstatus.ClaimFresh, state)
		require.Eventually(t, func() bool {
			state, err := next.Claim(t.Context(), key, time.Hour)
			return assert.NoError(t, err) && state == pilotstatus.ClaimFresh
		}, time.Minute, 5*time.Millisecond)
		assert.GreaterOrEqual(t, time.Since(began), lease)
		assert.Equal(t, pilotstatus.ClaimBusy, claimEvent(t, b, key), "the new claim has the new lease")
	}
}

// A delivery that has lost its lease cannot release the claim of the next one, in another
// process and in the same.
func TestDeduperLostLeaseReleasesNothing(t *testing.T) {
	t.Parallel()
	in, a, b := newDedupers(t)
	for name, next := range map[string]*Deduper{"another process": b, "the same process": a} {
		require.Equal(t, pilotstatus.ClaimFresh, claimEvent(t, a, name))
		in.expire(name)
		require.Equal(t, pilotstatus.ClaimFresh, claimEvent(t, next, name))
		require.NoError(t, a.Release(t.Context(), name))
		assert.Equal(t, pilotstatus.ClaimBusy, claimEvent(t, b, name), name)

		// The next one may fail as well: its claim ends, at the latest with its lease.
		require.NoError(t, next.Release(t.Context(), name))
		in.expire(name)
		assert.Equal(t, pilotstatus.ClaimFresh, claimEvent(t, b, name), name)
	}
	require.NoError(t, b.Release(t.Context(), "another process"))
	assert.Equal(t, pilotstatus.ClaimFresh, claimEvent(t, a, "another process"), "released at once")
}

// A delivery that has lost its lease has handled the event all the same: it is done, and
// nothing undoes that.
func TestDeduperLostLeaseIsDone(t *testing.T) {
	t.Parallel()
	in, a, b := newDedupers(t)
	require.Equal(t, pilotstatus.ClaimFresh, claimEvent(t, a, "taken"))
	in.expire("taken")
	require.Equal(t, pilotstatus.ClaimFresh, claimEvent(t, b, "taken"))
	require.NoError(t, a.Done(t.Context(), "taken"))
	require.NoError(t, b.Release(t.Context(), "taken"))
	assert.Equal(t, pilotstatus.ClaimDone, claimEvent(t, a, "taken"))

	require.Equal(t, pilotstatus.ClaimFresh, claimEvent(t, a, "taken and released"))
	in.expire("taken and released")
	require.Equal(t, pilotstatus.ClaimFresh, claimEvent(t, b, "taken and released"))
	require.NoError(t, b.Release(t.Context(), "taken and released"))
	require.NoError(t, a.Done(t.Context(), "taken and released"))
	assert.Equal(t, pilotstatus.ClaimDone, claimEvent(t, b, "taken and released"))
}

// Of 50 that claim at once, through two processes, one wins: a new key, and one whose lease
// has ended. Receive is one more that asks.
func TestDeduperConcurrentClaims(t *testing.T) {
	t.Parallel()
	in, a, b := newDedupers(t)
	for _, before := range []func(){func() {}, func() { in.expire("key") }} {
		before()
		var claimants sync.WaitGroup
		var states [3]atomic.Int64
		for i := range 50 {
			claimants.Go(func() {
				state, err := []*Deduper{a, b}[i%2].Claim(t.Context(), "key", time.Hour)
				if assert.NoError(t, err) {
					states[state].Add(1)
				}
			})
		}
		claimants.Wait()
		assert.EqualValues(t, 1, states[pilotstatus.ClaimFresh].Load())
		assert.EqualValues(t, 49, states[pilotstatus.ClaimBusy].Load())
	}
}

// A program may change from a Deduper to Receive: they share the table.
func TestDeduperBesideReceive(t *testing.T) {
	t.Parallel()
	in, d, _ := newDedupers(t)
	var calls atomic.Int64
	handler := in.receive(func(context.Context, pgx.Tx, pilotstatus.Event) error {
		calls.Add(1)
		return nil
	}, ReceiveOptions{})
	body := delivered(pilotstatus.EventMessageSent, "msg_1")
	event, err := pilotstatus.ParseEvent([]byte(body))
	require.NoError(t, err)
	key := event.DedupeKey()

	require.Equal(t, pilotstatus.ClaimFresh, claimEvent(t, d, key))
	assert.Equal(t, http.StatusServiceUnavailable, post(handler, body), "the other one is at work")
	in.expire(key)
	assert.Equal(t, http.StatusOK, post(handler, body))
	assert.EqualValues(t, 1, calls.Load())
	require.NoError(t, d.Release(t.Context(), key))
	assert.Equal(t, pilotstatus.ClaimDone, claimEvent(t, d, key))

	done := delivered(pilotstatus.EventMessageSent, "msg_2")
	event, err = pilotstatus.ParseEvent([]byte(done))
	require.NoError(t, err)
	require.NoError(t, d.Done(t.Context(), event.DedupeKey()))
	assert.Equal(t, http.StatusOK, post(handler, done))
	assert.EqualValues(t, 1, calls.Load())
}

// The handler of the root package with a Deduper: a slow delivery loses its lease to
// another one in the same process; the event is handled, and no claim is released that is
// another's.
func TestDeduperSlowDelivery(t *testing.T) {
	t.Parallel()
	in, d, _ := newDedupers(t)
	body := delivered(pilotstatus.EventMessageSent, "msg_1")
	event, err := pilotstatus.ParseEvent([]byte(body))
	require.NoError(t, err)
	calls := make(chan chan error, 1)
	handler, err := pilotstatus.NewWebhookHandler(func(context.Context, pilotstatus.Event) error {
		result := make(chan error)
		calls <- result
		select {
		case err := <-result:
			return err
		case <-time.After(10 * time.Second):
			return errors.New("a call too many")
		}
	}, pilotstatus.WithWebhookSecret(webhookSecret), pilotstatus.WithWebhookDeduper(d), pilotstatus.WithWebhookLease(time.Hour))
	require.NoError(t, err)
	start := func() (chan error, <-chan int) {
		answer := make(chan int, 1)
		go func() { answer <- post(handler, body) }()
		return <-calls, answer
	}

	slow, slowAnswer := start()
	assert.Equal(t, http.StatusServiceUnavailable, post(handler, body), "it is busy")
	in.expire(event.DedupeKey())
	quick, quickAnswer := start()
	slow <- errors.New("too slow")
	assert.Equal(t, http.StatusInternalServerError, <-slowAnswer)
	assert.Equal(t, http.StatusServiceUnavailable, post(handler, body), "the claim of the quick one is not released")
	quick <- nil
	assert.Equal(t, http.StatusOK, <-quickAnswer)
	assert.Equal(t, http.StatusOK, post(handler, body))
}

// Lost claims do not fill the memory.
func TestDeduperForgetsLostClaims(t *testing.T) {
	t.Parallel()
	_, d, _ := newDedupers(t)
	for i := range 100 {
		d.open(string(rune('a'+i)), openClaim{lease: 1, until: time.Now()})
	}
	assert.LessOrEqual(t, len(d.claims), 3)
}

// Every error of the database comes back, and a claim is not taken for fresh.
func TestDeduperErrors(t *testing.T) {
	t.Parallel()
	in, d, _ := newDedupers(t)
	require.Equal(t, pilotstatus.ClaimFresh, claimEvent(t, d, "key"))
	in.exec("DROP TABLE pilotstatus.event")
	state, err := d.Claim(t.Context(), "other", time.Hour)
	require.Error(t, err)
	assert.NotEqual(t, pilotstatus.ClaimFresh, state)
	require.Error(t, d.Release(t.Context(), "key"))
	require.Error(t, d.Done(t.Context(), "key"))
}

func TestNewDeduperRefuses(t *testing.T) {
	t.Parallel()
	_, pool := newOutbox(t)
	_, err := NewDeduper(nil, Options{})
	require.ErrorAs(t, err, new(*pilotstatus.ValidationError))
	_, err = NewDeduper(pool, Options{KeepEvents: -1})
	require.ErrorAs(t, err, new(*pilotstatus.ValidationError))
	var _ pilotstatus.Deduper = (*Deduper)(nil)
}
