package pilotstatustest_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

const keyHeader = "Idempotency-Key"

func TestReplay(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	keyed := number.with(keyHeader, "order-42")

	first := keyed.do(t, "POST", sendPath, text)
	require.Equal(t, http.StatusAccepted, first.status)
	assert.Empty(t, first.header.Get("Idempotent-Replayed"))

	fake.Advance(time.Minute) // READ meanwhile: the replay still says QUEUED
	again := keyed.do(t, "POST", sendPath, text)
	assert.Equal(t, http.StatusAccepted, again.status)
	assert.Equal(t, "true", again.header.Get("Idempotent-Replayed"))
	assert.Equal(t, string(first.body), string(again.body))
	assert.Len(t, fake.Messages(), 1)
	assert.Equal(t, "order-42", fake.Messages()[0].IdempotencyKey)

	other := keyed.do(t, "POST", sendPath, text+" ")
	assert.Equal(t, http.StatusConflict, other.status)
	assert.Equal(t, "IDEMPOTENCY_KEY_REUSED", other.code())
	invalid := keyed.do(t, "POST", sendPath, `{}`)
	assert.Equal(t, "IDEMPOTENCY_KEY_REUSED", invalid.code())

	// Another number has its own keys, and without a key nothing is remembered.
	meta := newCaller(t, fake.URL, fake.NumberKey("num_2")).with(keyHeader, "order-42")
	assert.Empty(t, meta.do(t, "POST", sendPath, text).header.Get("Idempotent-Replayed"))
	number.do(t, "POST", sendPath, text)
	number.do(t, "POST", sendPath, text)
	assert.Len(t, fake.Messages(), 4)
}

func TestReplaySurvivesRotation(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	number.with(keyHeader, "k").do(t, "POST", sendPath, text)
	number.do(t, "POST", "/v1/api-keys/regenerate", "")
	r := newCaller(t, fake.URL, fake.NumberKey("num_1")).with(keyHeader, "k").do(t, "POST", sendPath, text)
	assert.Equal(t, "true", r.header.Get("Idempotent-Replayed"))
}

func TestKeyIsForgottenAfter24Hours(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	keyed := number.with(keyHeader, "k")
	keyed.do(t, "POST", sendPath, text)
	fake.Advance(24*time.Hour - time.Millisecond)
	assert.Equal(t, "true", keyed.do(t, "POST", sendPath, text).header.Get("Idempotent-Replayed"))
	fake.Advance(time.Millisecond)
	r := keyed.do(t, "POST", sendPath, text+" ")
	assert.Equal(t, http.StatusAccepted, r.status)
	assert.Empty(t, r.header.Get("Idempotent-Replayed"))
	assert.Len(t, fake.Messages(), 2)
}

func TestRefusalLeavesTheKeyFree(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	keyed := number.with(keyHeader, "k")
	assert.Equal(t, http.StatusBadRequest, keyed.do(t, "POST", sendPath, `{"text":"to nobody"}`).status)
	r := keyed.do(t, "POST", sendPath, text)
	assert.Equal(t, http.StatusAccepted, r.status)
	assert.Empty(t, r.header.Get("Idempotent-Replayed"))
	assert.Len(t, fake.Messages(), 1)
}

func TestKeysThatAreNone(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	for name, row := range map[string]struct {
		caller *caller
		status int
	}{
		"empty":      {number.with(keyHeader, ""), 400},
		"tab inside": {number.with(keyHeader, "a\tb"), 400},
		"C1 control": {number.with(keyHeader, "a\u0085b"), 400},
		"256":        {number.with(keyHeader, strings.Repeat("k", 256)), 400},
		"two":        {number.with(keyHeader, "a").with(keyHeader, "b"), 400},
		"255":        {number.with(keyHeader, strings.Repeat("k", 255)), 202},
		"accents":    {number.with(keyHeader, strings.Repeat("é", 255)), 202},
		"blank":      {number.with(keyHeader, "a b"), 202},
	} {
		r := row.caller.do(t, "POST", sendPath, text)
		assert.Equal(t, row.status, r.status, name)
		if row.status == 400 {
			assert.Equal(t, "IDEMPOTENCY_KEY_INVALID", r.code(), name)
		}
	}
	assert.Len(t, fake.Messages(), 3)
	// Only operations that take a key look at it.
	assert.Equal(t, http.StatusOK, number.with(keyHeader, "").do(t, "GET", "/v1/api-keys", "").status)
}

func TestConcurrentSendsWithOneKey(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t)
	keyed := newCaller(t, fake.URL, fake.NumberKey("num_1")).with(keyHeader, "k")
	replies := make([]reply, 50)
	var group sync.WaitGroup
	for i := range replies {
		group.Go(func() { replies[i] = keyed.try("POST", sendPath, text) })
	}
	group.Wait()

	var fresh int
	for _, r := range replies {
		require.NoError(t, r.err)
		assert.Equal(t, http.StatusAccepted, r.status)
		assert.Equal(t, string(replies[0].body), string(r.body))
		if r.header.Get("Idempotent-Replayed") == "" {
			fresh++
		}
	}
	assert.Equal(t, 1, fresh)
	assert.Len(t, fake.Messages(), 1)
	assert.Len(t, fake.Requests(), 50)
}

func TestKeyIsInUseWhileTheAnswerIsHeld(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	keyed := number.with(keyHeader, "k")
	fake.Inject(pilotstatustest.Fault{Op: "Messages.Send", Delay: time.Hour})
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	first := make(chan reply, 1)
	go func() { first <- keyed.until(ctx).try("POST", sendPath, text) }()
	require.Eventually(t, func() bool { return len(fake.Messages()) == 1 }, 5*time.Second, time.Millisecond)

	for _, body := range []string{text, template} {
		r := keyed.do(t, "POST", sendPath, body)
		assert.Equal(t, http.StatusConflict, r.status)
		assert.Equal(t, "IDEMPOTENCY_KEY_IN_USE", r.code())
	}
	assert.Equal(t, http.StatusAccepted, number.with(keyHeader, "other").do(t, "POST", sendPath, text).status)
	fake.Advance(48 * time.Hour)
	assert.Equal(t, "IDEMPOTENCY_KEY_IN_USE", keyed.do(t, "POST", sendPath, text).code(), "however long it takes")
	leave()
	require.ErrorIs(t, (<-first).err, context.Canceled)
}

func TestKeyIsFreeAfterTheAnswerWasHeld(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	keyed := number.with(keyHeader, "k")
	fake.Inject(pilotstatustest.Fault{Op: "Messages.Send", Delay: 5 * time.Millisecond, Times: 2})
	assert.Equal(t, http.StatusBadRequest, keyed.do(t, "POST", sendPath, `{"text":"to nobody"}`).status)
	first := keyed.do(t, "POST", sendPath, text)
	assert.Equal(t, http.StatusAccepted, first.status, "a refusal is not remembered")
	again := keyed.do(t, "POST", sendPath, text)
	assert.Equal(t, "true", again.header.Get("Idempotent-Replayed"))
	assert.Equal(t, string(first.body), string(again.body))
	assert.Len(t, fake.Messages(), 1)
}

func TestARefusalUsesTheKeyWhileItIsHeld(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	keyed := number.with(keyHeader, "k")
	fake.Inject(pilotstatustest.Fault{Delay: time.Hour})
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	first := make(chan reply, 1)
	go func() { first <- keyed.until(ctx).try("POST", sendPath, `{"text":"to nobody"}`) }()
	require.Eventually(t, func() bool { return len(fake.Requests()) == 1 }, 5*time.Second, time.Millisecond)
	assert.Equal(t, "IDEMPOTENCY_KEY_IN_USE", keyed.do(t, "POST", sendPath, text).code())
	leave()
	require.ErrorIs(t, (<-first).err, context.Canceled)
	require.Eventually(t, func() bool {
		return keyed.try("POST", sendPath, text).status == http.StatusAccepted
	}, 5*time.Second, time.Millisecond)
	assert.Len(t, fake.Messages(), 1)
}
