package main

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// claim claims with a lease that no test outlives.
func claim(t *testing.T, d *deduper, key string) pilotstatus.ClaimState {
	t.Helper()
	state, err := d.Claim(t.Context(), key, time.Hour)
	require.NoError(t, err)
	return state
}

// expire ends a lease as time would.
func expire(t *testing.T, s *store, key string) {
	t.Helper()
	execute(t, s, "UPDATE webhook_claims SET lease_until = clock_timestamp() WHERE key = $1", key)
}

func TestDeduper(t *testing.T) {
	t.Parallel()
	schema := newSchema(t)
	a, b := newTestStore(t, schema).claims, newTestStore(t, schema).claims

	assert.Equal(t, pilotstatus.ClaimFresh, claim(t, a, "key"))
	assert.Equal(t, pilotstatus.ClaimBusy, claim(t, a, "key"))
	assert.Equal(t, pilotstatus.ClaimBusy, claim(t, b, "key"))
	assert.Equal(t, pilotstatus.ClaimFresh, claim(t, b, "other"))

	require.NoError(t, a.Release(t.Context(), "key"))
	assert.Equal(t, pilotstatus.ClaimFresh, claim(t, b, "key"))
	assert.Equal(t, pilotstatus.ClaimBusy, claim(t, a, "key"))

	require.NoError(t, b.Done(t.Context(), "key"))
	for _, d := range []*deduper{a, b} {
		assert.Equal(t, pilotstatus.ClaimDone, claim(t, d, "key"))
		require.NoError(t, d.Release(t.Context(), "key")) // too late
		require.NoError(t, d.Done(t.Context(), "key"))    // twice
		assert.Equal(t, pilotstatus.ClaimDone, claim(t, d, "key"))
	}
	assert.Equal(t, pilotstatus.ClaimBusy, claim(t, a, "other"))
}

// A lease ends by itself, and not before its time.
func TestDeduperLeaseEnds(t *testing.T) {
	t.Parallel()
	schema := newSchema(t)
	a, b := newTestStore(t, schema).claims, newTestStore(t, schema).claims
	const lease = 300 * time.Millisecond
	for _, next := range []*deduper{b, a} {
		key := next.owner
		began := time.Now()
		state, err := a.Claim(t.Context(), key, lease)
		require.NoError(t, err)
		require.Equal(t, pilotstatus.ClaimFresh, state)
		eventually(t, func() bool {
			state, err := next.Claim(t.Context(), key, time.Hour)
			return assert.NoError(t, err) && state == pilotstatus.ClaimFresh
		}, "the lease ends")
		assert.GreaterOrEqual(t, time.Since(began), lease)
		assert.Equal(t, pilotstatus.ClaimBusy, claim(t, b, key), "the new claim has the new lease")
	}
}

// Who has lost the lease cannot release the claim of who has it now, in another process
// and in the same.
func TestDeduperLostLeaseReleasesNothing(t *testing.T) {
	t.Parallel()
	schema := newSchema(t)
	s, other := newTestStore(t, schema), newTestStore(t, schema)
	first := context.WithValue(t.Context(), ownerKey{}, s.claims.owner+"/1")
	second := context.WithValue(t.Context(), ownerKey{}, s.claims.owner+"/2")
	for name, now := range map[string]struct {
		d   *deduper
		ctx context.Context //nolint:containedctx // it stands for a delivery
	}{
		"another process":  {other.claims, t.Context()},
		"another delivery": {s.claims, second},
	} {
		key := name
		state, err := s.claims.Claim(first, key, time.Hour)
		require.NoError(t, err)
		require.Equal(t, pilotstatus.ClaimFresh, state)
		expire(t, s, key)
		state, err = now.d.Claim(now.ctx, key, time.Hour)
		require.NoError(t, err)
		require.Equal(t, pilotstatus.ClaimFresh, state)

		require.NoError(t, s.claims.Release(first, key))
		assert.Equal(t, pilotstatus.ClaimBusy, claim(t, other.claims, key), name)
		require.NoError(t, now.d.Release(now.ctx, key))
		assert.Equal(t, pilotstatus.ClaimFresh, claim(t, other.claims, key), name)
	}
}

// Who has lost the lease has handled the event all the same: it is done, and nobody who
// works on it now can undo that.
func TestDeduperLostLeaseIsDone(t *testing.T) {
	t.Parallel()
	schema := newSchema(t)
	s, other := newTestStore(t, schema), newTestStore(t, schema)
	a, b := s.claims, other.claims

	require.Equal(t, pilotstatus.ClaimFresh, claim(t, a, "taken"))
	expire(t, s, "taken")
	require.Equal(t, pilotstatus.ClaimFresh, claim(t, b, "taken"))
	require.NoError(t, a.Done(t.Context(), "taken"))
	require.NoError(t, b.Release(t.Context(), "taken"))
	assert.Equal(t, pilotstatus.ClaimDone, claim(t, a, "taken"))

	require.Equal(t, pilotstatus.ClaimFresh, claim(t, a, "taken and released"))
	expire(t, s, "taken and released")
	require.Equal(t, pilotstatus.ClaimFresh, claim(t, b, "taken and released"))
	require.NoError(t, b.Release(t.Context(), "taken and released"))
	require.NoError(t, a.Done(t.Context(), "taken and released"))
	assert.Equal(t, pilotstatus.ClaimDone, claim(t, b, "taken and released"))

	// An event that is done stays so when its lease would have ended.
	expire(t, s, "taken")
	assert.Equal(t, pilotstatus.ClaimDone, claim(t, b, "taken"))
}

// Of 50 that claim at once, through two processes, one wins: a new key, one whose lease
// has ended, and one that was released.
func TestDeduperConcurrentClaims(t *testing.T) {
	t.Parallel()
	schema := newSchema(t)
	a, b := newTestStore(t, schema), newTestStore(t, schema)
	for round, before := range []func(){
		func() {},
		func() { expire(t, a, "key") },
		func() { execute(t, a, "DELETE FROM webhook_claims WHERE key = 'key'") },
	} {
		before()
		var (
			claimants sync.WaitGroup
			mu        sync.Mutex
			states    = make(map[pilotstatus.ClaimState]int)
			start     = make(chan struct{})
		)
		for i := range 50 {
			d := []*deduper{a.claims, b.claims}[i%2]
			claimants.Go(func() {
				<-start
				state, err := d.Claim(t.Context(), "key", time.Hour)
				mu.Lock()
				defer mu.Unlock()
				if assert.NoError(t, err) {
					states[state]++
				}
			})
		}
		close(start)
		claimants.Wait()
		assert.Equal(t, map[pilotstatus.ClaimState]int{pilotstatus.ClaimFresh: 1, pilotstatus.ClaimBusy: 49}, states, "round %d", round)
	}
}

func TestDeduperPrunes(t *testing.T) {
	t.Parallel()
	s := newTestStore(t, newSchema(t))
	d := s.claims
	for _, key := range []string{"old", "new", "running", "given up"} {
		require.Equal(t, pilotstatus.ClaimFresh, claim(t, d, key))
	}
	require.NoError(t, d.Done(t.Context(), "old"))
	require.NoError(t, d.Done(t.Context(), "new"))
	execute(t, s, "UPDATE webhook_claims SET done_at = done_at - interval '25 hours' WHERE key = 'old'")
	execute(t, s, "UPDATE webhook_claims SET lease_until = lease_until - interval '27 hours' WHERE key = 'given up'")
	execute(t, s, "UPDATE webhook_claims SET lease_until = lease_until - interval '27 hours' WHERE key = 'new'")

	deleted, err := d.prune(t.Context(), 24*time.Hour)
	require.NoError(t, err)
	assert.EqualValues(t, 2, deleted)
	assert.Equal(t, pilotstatus.ClaimFresh, claim(t, d, "old"))
	assert.Equal(t, pilotstatus.ClaimFresh, claim(t, d, "given up"))
	assert.Equal(t, pilotstatus.ClaimDone, claim(t, d, "new"))
	assert.Equal(t, pilotstatus.ClaimBusy, claim(t, d, "running"))

	_, err = d.prune(t.Context(), 0)
	require.Error(t, err)
}

// Every error of the database comes back: the handler answers 503 then, and the event is
// delivered again.
func TestDeduperErrors(t *testing.T) {
	t.Parallel()
	s := newTestStore(t, newSchema(t))
	execute(t, s, "DROP TABLE webhook_claims")
	state, err := s.claims.Claim(t.Context(), "key", time.Hour)
	require.Error(t, err)
	assert.NotEqual(t, pilotstatus.ClaimFresh, state)
	require.Error(t, s.claims.Done(t.Context(), "key"))
	require.Error(t, s.claims.Release(t.Context(), "key"))
	_, err = s.claims.prune(t.Context(), time.Hour)
	require.Error(t, err)
}

// Receivers that start at the same time do not disturb each other.
func TestCreateSchemaSideBySide(t *testing.T) {
	t.Parallel()
	s := newTestStore(t, newSchema(t))
	for range 20 {
		execute(t, s, "DROP TABLE webhook_claims, messages, inbound_messages, other_events")
		var starting sync.WaitGroup
		for range 4 {
			starting.Go(func() { assert.NoError(t, createSchema(t.Context(), s.pool)) })
		}
		starting.Wait()
	}
	assert.Equal(t, pilotstatus.ClaimFresh, claim(t, s.claims, "key"))
}
