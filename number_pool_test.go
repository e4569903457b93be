package pilotstatus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
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

// keyAPI answers with keys that can be changed, and refuses those that are not a
// number's.
type keyAPI struct {
	*mockAPI

	mu     sync.Mutex
	keys   map[string]string // by number; "" is not revealed
	listed int
}

func newKeyAPI(t *testing.T, numbers int) *keyAPI {
	t.Helper()
	api := &keyAPI{mockAPI: newMockAPI(t), keys: map[string]string{}}
	for i := range numbers {
		api.keys[fmt.Sprint("num_", i)] = fmt.Sprintf("ps_%020d_1", i)
	}
	api.RegisterResponder(http.MethodGet, testBase+"/v1/api-keys", api.list)
	api.RegisterNoResponder(api.authorized(jsonResponder(200, `{"id":"msg_1"}`)))
	api.RegisterResponder(http.MethodDelete, testBase+"/v1/messages/cancel",
		api.authorized(jsonResponder(200, `{"cancelled":["msg_1"],"failed":[]}`)))
	api.RegisterResponder(http.MethodPost, testBase+"/v1/messages/send", api.authorized(jsonResponder(202, testAccepted)))
	return api
}

func (a *keyAPI) list(req *http.Request) (*http.Response, error) {
	time.Sleep(time.Millisecond)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.listed++
	rows := []map[string]any{}
	for id, key := range a.keys {
		row := map[string]any{"numberId": id, "keyId": "key_" + id, "revealable": key != "", "key": nil}
		if key != "" {
			row["key"] = key
		}
		rows = append(rows, row)
	}
	body, err := json.Marshal(rows)
	if err != nil {
		return nil, err
	}
	return jsonResponder(200, string(body))(req)
}

// authorized answers like next where the request carries a number's present key.
func (a *keyAPI) authorized(next httpmock.Responder) httpmock.Responder {
	return func(req *http.Request) (*http.Response, error) {
		sent := req.Header.Get("X-Api-Key")
		a.mu.Lock()
		defer a.mu.Unlock()
		for _, key := range a.keys {
			if key == sent {
				return next(req)
			}
		}
		return jsonResponder(401, `{"error":"Invalid or missing API key"}`)(req)
	}
}

func (a *keyAPI) set(id, key string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.keys[id] = key
}

func (a *keyAPI) remove(id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.keys, id)
}

func (a *keyAPI) lists() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.listed
}

func (a *keyAPI) pool(t *testing.T, opts ...Option) *NumberPool {
	t.Helper()
	pool, err := NewNumberPool(a.tenant(t), opts...)
	require.NoError(t, err)
	return pool
}

func mustGet(t *testing.T, pool *NumberPool, id string) *NumberClient {
	t.Helper()
	number, err := pool.Get(t.Context(), id)
	require.NoError(t, err)
	return number
}

func send(ctx context.Context, number *NumberClient) error {
	_, err := number.Messages.Send(ctx, testSend())
	return err
}

func cancelMessage(ctx context.Context, number *NumberClient) error {
	_, err := number.Messages.Cancel(ctx, "msg_1")
	return err
}

func requireKeyUnavailable(t *testing.T, err error, id string) {
	t.Helper()
	var unavailable *KeyUnavailableError
	require.ErrorAs(t, err, &unavailable)
	require.Equal(t, id, unavailable.NumberID)
}

// Ten thousand numbers cost one list, whoever asks and however many at once.
func TestPoolListsOnceForAllNumbers(t *testing.T) {
	t.Parallel()
	const numbers = 10_000
	api := newKeyAPI(t, numbers)
	pool := api.pool(t)
	var callers sync.WaitGroup
	clients := make([]*NumberClient, numbers)
	for worker := range 50 {
		callers.Go(func() {
			for i := worker; i < numbers; i += 50 {
				number, err := pool.Get(t.Context(), fmt.Sprint("num_", i))
				if assert.NoError(t, err) {
					clients[i] = number
				}
			}
		})
	}
	callers.Wait()
	assert.Equal(t, 1, api.lists())
	for i := 0; i < numbers; i += 999 {
		id := fmt.Sprint("num_", i)
		assert.Same(t, clients[i], mustGet(t, pool, id))
		require.NoError(t, send(t.Context(), clients[i]))
		requests := api.Requests()
		assert.Equal(t, []string{api.keys[id]}, requests[len(requests)-1].Header["X-Api-Key"])
		assert.NotContains(t, requests[len(requests)-1].Header, "X-Whatsapp-Number-Id")
		assert.Same(t, clients[0].core(), clients[i].core(), "one core, and so one transport, for all")
	}
}

// An unknown id lists again, at most once in 30 seconds.
func TestPoolRefreshesForAnUnknownNumber(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newKeyAPI(t, 2)
		pool := api.pool(t)
		unknown := func(id string, lists int) {
			t.Helper()
			_, err := pool.Get(t.Context(), id)
			requireKeyUnavailable(t, err, id)
			require.Equal(t, lists, api.lists())
		}
		mustGet(t, pool, "num_0")
		require.Equal(t, 1, api.lists())
		api.set("num_new", "ps_new_number_key")
		mustGet(t, pool, "num_new")
		require.Equal(t, 2, api.lists())

		// Lists that bring what was wanted start nothing: the next customer is found too.
		api.set("num_next", "ps_next_number_key")
		mustGet(t, pool, "num_next")
		require.Equal(t, 3, api.lists())

		unknown("num_x", 4)
		time.Sleep(29 * time.Second)
		unknown("num_x", 4)
		time.Sleep(2 * time.Second)
		unknown("num_x", 5)
		unknown("num_y", 5)

		// A number that is gone has no client any more, and one that comes back has.
		api.remove("num_1")
		time.Sleep(31 * time.Second)
		unknown("num_x", 6)
		unknown("num_1", 6)
		api.set("num_1", "ps_back_again")
		time.Sleep(31 * time.Second)
		require.NoError(t, send(t.Context(), mustGet(t, pool, "num_1")))
	})
}

// The list that was made for an unknown id is its refresh, if it was the first one.
func TestPoolThatBeginsWithAnUnknownNumber(t *testing.T) {
	t.Parallel()
	api := newKeyAPI(t, 1)
	pool := api.pool(t)
	for range 3 {
		_, err := pool.Get(t.Context(), "num_x")
		requireKeyUnavailable(t, err, "num_x")
		require.ErrorContains(t, err, "no number with this id")
	}
	assert.Equal(t, 1, api.lists())
	mustGet(t, pool, "num_0")
}

func TestPoolWithoutAKeyToShow(t *testing.T) {
	t.Parallel()
	api := newKeyAPI(t, 1)
	api.set("num_hidden", "")
	pool := api.pool(t)
	_, err := pool.Get(t.Context(), "num_hidden")
	requireKeyUnavailable(t, err, "num_hidden")
	require.ErrorContains(t, err, "regenerate")
}

// A hidden key counts like an unknown id, each number on its own, and who regenerated
// it is not told to do it again.
func TestPoolFindsARegeneratedKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newKeyAPI(t, 1)
		api.set("num_hidden", "")
		api.set("num_other", "")
		pool := api.pool(t)
		mustGet(t, pool, "num_0")
		_, err := pool.Get(t.Context(), "num_x")
		requireKeyUnavailable(t, err, "num_x")
		require.EqualError(t, err, "pilotstatus: the key of the number is unavailable: the workspace has no number with this id, which may be wrong; "+
			"the pool's list is 0s old, a call after 30s reads it again")

		// The typo of another number is in nobody's way.
		_, err = pool.Get(t.Context(), "num_hidden")
		requireKeyUnavailable(t, err, "num_hidden")
		require.ErrorContains(t, err, "regenerate")
		require.Equal(t, 3, api.lists())
		time.Sleep(5 * time.Second)
		api.set("num_hidden", "ps_regenerated_key_1")
		_, err = pool.Get(t.Context(), "num_hidden")
		requireKeyUnavailable(t, err, "num_hidden")
		require.NotContains(t, err.Error(), "regenerate")
		require.ErrorContains(t, err, "the pool's list is 5s old, a call after 25s reads it again")
		require.Equal(t, 3, api.lists())
		time.Sleep(25 * time.Second)
		require.NoError(t, send(t.Context(), mustGet(t, pool, "num_hidden")))
		require.Equal(t, 4, api.lists())

		// The key that another number's list revealed is there without a list.
		api.set("num_other", "ps_regenerated_key_2")
		require.NoError(t, send(t.Context(), mustGet(t, pool, "num_other")))
		require.Equal(t, 5, api.lists())
	})
}

// Nothing that another number needed keeps a rotation from being found, and neither does
// the rotation before.
func TestPoolFindsEveryRotation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newKeyAPI(t, 2)
		pool := api.pool(t)
		number := mustGet(t, pool, "num_0")
		dead := mustGet(t, pool, "num_1")
		api.remove("num_1")
		assert.True(t, isA[*UnauthorizedError](send(t.Context(), dead)))
		_, err := pool.Get(t.Context(), "num_x")
		requireKeyUnavailable(t, err, "num_x")
		for i := range 3 {
			api.set("num_0", fmt.Sprint("ps_rotated_key_", i))
			require.NoError(t, send(t.Context(), number))
		}
	})
}

// The client's own Key.Rotate hands its key to the pool: no call needs a list, and a list
// that began before does not bring the old key back.
func TestPoolKnowsItsOwnRotation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newKeyAPI(t, 1)
		old := api.keys["num_0"]
		api.RegisterResponder(http.MethodPost, testBase+"/v1/api-keys/regenerate", func(req *http.Request) (*http.Response, error) {
			api.set("num_0", "ps_own_rotated_key")
			return jsonResponder(201, `{"id":"key_2","key":"ps_own_rotated_key"}`)(req)
		})
		pool, err := NewNumberPool(api.tenant(t, WithAttemptTimeout(time.Hour)))
		require.NoError(t, err)
		number := mustGet(t, pool, "num_0")
		api.RegisterResponder(http.MethodGet, testBase+"/v1/api-keys", func(req *http.Request) (*http.Response, error) {
			time.Sleep(time.Minute)
			return jsonResponder(200, `[{"numberId":"num_0","keyId":"key_1","key":"`+old+`","revealable":true}]`)(req)
		})
		var callers sync.WaitGroup
		callers.Go(func() {
			_, err := pool.Get(t.Context(), "num_x")
			assert.Error(t, err)
		})
		api.RegisterResponder(http.MethodGet, testBase+"/v1/messages/msg_1", func(req *http.Request) (*http.Response, error) {
			time.Sleep(10 * time.Second) // under the old key in flight
			return api.authorized(jsonResponder(200, `{"id":"msg_1"}`))(req)
		})
		callers.Go(func() {
			_, err := number.Messages.Get(t.Context(), "msg_1")
			assert.NoError(t, err)
		})
		time.Sleep(time.Second)
		rotated, err := number.Key.Rotate(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "ps_own_rotated_key", rotated.Key.Reveal())
		require.NoError(t, cancelMessage(t.Context(), number), "it may not be repeated, so it had the new key")
		callers.Wait()
		require.NoError(t, cancelMessage(t.Context(), number))
		assert.NotContains(t, fmt.Sprintf("%v %+v", number, pool), "ps_own")
	})
}

// What limits the requests of one caller, or ends its wait, is no other one's error.
func TestPoolAndADeadlineOfAnother(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newKeyAPI(t, 1)
		limiter := limiterFunc(func(ctx context.Context) error {
			time.Sleep(time.Second)
			if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < time.Minute {
				return errors.New("rate: Wait(n=1) would exceed context deadline")
			}
			return nil
		})
		tenant := api.tenant(t, WithLimiter(limiter))
		pool, err := NewNumberPool(tenant)
		require.NoError(t, err)
		var callers sync.WaitGroup
		callers.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			_, err := pool.Get(ctx, "num_0")
			assert.ErrorContains(t, err, "would exceed context deadline")
		})
		callers.Go(func() {
			time.Sleep(time.Millisecond)
			_, err := pool.Get(t.Context(), "num_0")
			assert.NoError(t, err)
		})
		cause := errors.New("the service stops")
		var stopped error
		callers.Go(func() {
			time.Sleep(time.Millisecond)
			ctx, cancel := context.WithTimeoutCause(t.Context(), time.Millisecond, cause)
			defer cancel()
			_, stopped = pool.Get(ctx, "num_0")
		})
		callers.Wait()
		require.ErrorIs(t, stopped, cause)
		require.ErrorIs(t, stopped, context.DeadlineExceeded)
		var ended *TransportError
		require.ErrorAs(t, stopped, &ended)
		assert.Equal(t, "NumberPool.Get", ended.Op)
		assert.Equal(t, OutcomeNotSent, Outcome(stopped))
		assert.Equal(t, 1, api.lists())
	})
}

// After a rotation a call that may be repeated is, once and under the same idempotency
// key; any other one is not, and the next has the new key.
func TestPoolAfterARotation(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		call     func(context.Context, *NumberClient) error
		repeated bool
	}{
		"safe":   {func(ctx context.Context, n *NumberClient) error { _, err := n.Messages.Get(ctx, "msg_1"); return err }, true},
		"keyed":  {send, true},
		"unsent": {cancelMessage, false},
		"once": {func(ctx context.Context, n *NumberClient) error {
			return n.Do(ctx, Request{Method: http.MethodPost, Path: "/v1/messages/other"}, nil)
		}, false},
		"safe Do": {func(ctx context.Context, n *NumberClient) error {
			return n.Do(ctx, Request{Method: http.MethodGet, Path: "/v1/messages/other", Retry: RetrySafe}, nil)
		}, true},
	} {
		for _, policy := range []RetryPolicy{{}, {MaxRetries: 3, MinWait: time.Microsecond, MaxWait: time.Millisecond}} {
			api := newKeyAPI(t, 2)
			var seen attemptLog
			pool := api.pool(t, WithRetry(policy), WithObserver(seen.observe))
			number, kept := mustGet(t, pool, "num_0"), mustGet(t, pool, "num_1")
			require.NoError(t, c.call(t.Context(), number), name)
			api.set("num_0", "ps_rotated_key_2")
			before := len(api.Requests())
			err := c.call(t.Context(), number)
			assert.Equal(t, 2, api.lists(), name)
			requests := api.Requests()[before:]
			if c.repeated {
				require.NoError(t, err, name)
				require.Len(t, requests, 3, name)
				assert.Equal(t, requests[0].Header["Idempotency-Key"], requests[2].Header["Idempotency-Key"], name)
				assert.Equal(t, requests[0].Body, requests[2].Body, name)
				assert.Equal(t, []string{"ps_rotated_key_2"}, requests[2].Header["X-Api-Key"], name)
				assert.Equal(t, []int{1, 1, 2}, []int{seen.attempts[0].Index, seen.attempts[1].Index, seen.attempts[2].Index})
			} else {
				assert.True(t, isA[*UnauthorizedError](err), "%s: %v", name, err)
				require.Len(t, requests, 2, name)
			}
			require.NoError(t, c.call(t.Context(), number), name)
			require.NoError(t, c.call(t.Context(), kept), name)
			assert.Equal(t, 2, api.lists(), name)
		}
	}
}

// A 401 lists again at most once in 30 seconds where the number's key had not changed.
func TestPoolListsRarelyAfterRefusals(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newKeyAPI(t, 2)
		pool := api.pool(t)
		// A number whose key stays dead does not list again for each of its calls.
		dead := mustGet(t, pool, "num_1")
		api.remove("num_1")
		for range 3 {
			assert.True(t, isA[*UnauthorizedError](send(t.Context(), dead)))
		}
		require.Equal(t, 2, api.lists())
		time.Sleep(31 * time.Second)
		for range 3 {
			assert.True(t, isA[*UnauthorizedError](send(t.Context(), dead)))
		}
		require.Equal(t, 3, api.lists())
	})
}

// A list that failed is no answer for later: the next caller asks again, after a second.
func TestPoolForgetsAFailedList(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newKeyAPI(t, 2)
		pool := api.pool(t)
		number := mustGet(t, pool, "num_0")
		api.set("num_0", "ps_rotated_key_2")
		api.set("num_new", "ps_new_number_key")
		api.RegisterResponder(http.MethodGet, testBase+"/v1/api-keys", jsonResponder(403, `{"code":"MAINTENANCE_MODE"}`))
		for range 3 { // a refused call does not wait for the next list
			assert.True(t, isA[*UnauthorizedError](send(t.Context(), number)))
		}
		require.Equal(t, 2, api.sent(http.MethodGet, "/v1/api-keys"))
		start := time.Now()
		_, err := pool.Get(t.Context(), "num_new")
		require.ErrorIs(t, err, ErrorCode("MAINTENANCE_MODE"))
		require.Equal(t, 3, api.sent(http.MethodGet, "/v1/api-keys"))
		assert.Equal(t, time.Second, time.Since(start))
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		_, err = pool.Get(ctx, "num_new")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.True(t, isA[*TransportError](err), "%v", err)
		api.RegisterResponder(http.MethodGet, testBase+"/v1/api-keys", api.list)
		mustGet(t, pool, "num_new")
		require.NoError(t, send(t.Context(), number))
		require.Equal(t, 4, api.sent(http.MethodGet, "/v1/api-keys"))
	})
}

// A caller that was about to list when another one did does not.
func TestPoolListsNotForALateCaller(t *testing.T) {
	t.Parallel()
	api := newKeyAPI(t, 1)
	pool := api.pool(t)
	mustGet(t, pool, "num_0")
	late := need{since: time.Now(), met: func() bool { return pool.state().has("num_0") }}
	require.NoError(t, pool.state().refresh(t.Context(), late))
	assert.Equal(t, 1, api.lists())
}

// A list that ended with its caller's context does not count.
func TestPoolListsAgainAfterAnAbandonedList(t *testing.T) {
	t.Parallel()
	api := newKeyAPI(t, 1)
	pool := api.pool(t)
	number := mustGet(t, pool, "num_0")
	api.set("num_0", "ps_rotated_key_2")
	ctx, cancel := context.WithCancel(t.Context())
	api.sequence(http.MethodGet, "/v1/api-keys", func(*http.Request) (*http.Response, error) {
		cancel()
		return nil, ctx.Err()
	}, api.list)
	err := send(ctx, number)
	assert.True(t, isA[*UnauthorizedError](err), "%v", err)
	require.NoError(t, send(t.Context(), number))
}

// Many calls that are refused at once list once, and all go on.
func TestPoolListsOnceForManyRefusals(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newKeyAPI(t, 100)
		pool := api.pool(t)
		for i := range 100 {
			mustGet(t, pool, fmt.Sprint("num_", i))
			api.set(fmt.Sprint("num_", i), fmt.Sprintf("ps_%020d_2", i))
		}
		var callers sync.WaitGroup
		for i := range 100 {
			callers.Go(func() { assert.NoError(t, send(t.Context(), mustGet(t, pool, fmt.Sprint("num_", i)))) })
		}
		callers.Wait()
		assert.Equal(t, 2, api.lists())
	})
}

// What an attempt under the old key left open, only a success under the new one settles.
func TestPoolKeepsAnUnknownOutcome(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]httpmock.Responder{
		"settled": jsonResponder(202, testAccepted),
		"refused": jsonResponder(400, `{"error":"no","code":"REFUSED"}`),
	} {
		api := newKeyAPI(t, 1)
		pool := api.pool(t)
		number := mustGet(t, pool, "num_0")
		api.sequence(http.MethodPost, "/v1/messages/send",
			httpmock.NewErrorResponder(syscall.ECONNRESET), jsonResponder(401, ""), end)
		api.set("num_0", "ps_rotated_key_2")
		err := send(t.Context(), number)
		assert.Equal(t, 3, api.sent(http.MethodPost, "/v1/messages/send"))
		if name == "settled" {
			require.NoError(t, err)
			continue
		}
		var unknown *OutcomeUnknownError
		require.ErrorAs(t, err, &unknown)
		assert.NotEmpty(t, unknown.IdempotencyKey)
	}
}

// Nothing that a repeated call ends with shows the key before or after.
func TestPoolShowsNoKey(t *testing.T) {
	t.Parallel()
	const oldKey, newKey = "ps_old_key_ofthisnumber", "ps_new_key_ofthisnumber"
	api := newKeyAPI(t, 0)
	api.set("num_0", oldKey)
	var seen attemptLog
	pool := api.pool(t, WithObserver(seen.observe))
	number := mustGet(t, pool, "num_0")
	api.set("num_0", newKey)
	api.sequence(http.MethodPost, "/v1/messages/send",
		jsonResponder(401, `{"error":"dead: `+oldKey+`"}`), jsonResponder(400, `{"error":"`+oldKey+` became `+newKey+`"}`))
	err := send(t.Context(), number)
	require.Error(t, err)
	require.Len(t, seen.attempts, 2)
	texts := []string{fmt.Sprintf("%v %+v %#v", err, err, err), fmt.Sprintf("%v %+v %#v", number, number, number), fmt.Sprintf("%v %+v %#v", pool, pool, pool)}
	for _, a := range seen.attempts {
		texts = append(texts, a.Err.Error())
	}
	for _, v := range []any{number, pool, struct{ P *NumberPool }{pool}, struct{ P NumberPool }{}} {
		data, err := json.Marshal(v)
		require.NoError(t, err)
		texts = append(texts, string(data), fmt.Sprintf("%+v %#v", v, v))
	}
	for _, text := range texts {
		assert.NotContains(t, text, "_key_ofthisnumber")
	}
	var refused *APIError
	require.ErrorAs(t, err, &refused)
	assert.NotContains(t, string(refused.Body), newKey)
}

// A list that fails is the error of those who need it, and is tried again by the next.
func TestPoolWhoseListFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newKeyAPI(t, 1)
		working := api.list
		api.RegisterResponder(http.MethodGet, testBase+"/v1/api-keys", jsonResponder(503, `{"code":"BUSY"}`))
		pool := api.pool(t)
		for range 2 {
			before := len(api.Requests())
			_, err := pool.Get(t.Context(), "num_0")
			require.ErrorIs(t, err, ErrorCode("BUSY"))
			assert.Len(t, api.Requests(), before+4, "it is repeated like any read")
		}
		api.RegisterResponder(http.MethodGet, testBase+"/v1/api-keys", working)
		mustGet(t, pool, "num_0")
	})
}

// A Get that waits obeys its own context, and goes on where the one that lists gives up.
func TestPoolGetObeysItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newKeyAPI(t, 1)
		api.RegisterResponder(http.MethodGet, testBase+"/v1/api-keys", func(req *http.Request) (*http.Response, error) {
			select {
			case <-req.Context().Done():
				return nil, req.Context().Err()
			case <-time.After(5 * time.Second):
				return api.list(req)
			}
		})
		pool := api.pool(t)
		var callers sync.WaitGroup
		for i, timeout := range []time.Duration{2 * time.Second, time.Second, time.Minute} {
			callers.Go(func() {
				time.Sleep(time.Duration(i) * time.Millisecond)
				ctx, cancel := context.WithTimeout(t.Context(), timeout)
				defer cancel()
				_, err := pool.Get(ctx, "num_0")
				if timeout < time.Minute {
					assert.ErrorIs(t, err, context.DeadlineExceeded)
				} else {
					assert.NoError(t, err)
				}
			})
		}
		callers.Wait()
		assert.Equal(t, 1, api.lists())
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := pool.Get(ended, "num_0")
		require.NoError(t, err, "nothing is sent")
	})
}

// A pooled client never asks of which kind its key is, and its CheckKey takes a rotation
// like any call.
func TestPoolNeverAsksForTheKind(t *testing.T) {
	t.Parallel()
	api := newKeyAPI(t, 1)
	pool := api.pool(t)
	number := mustGet(t, pool, "num_0")
	api.RegisterResponder(http.MethodGet, testBase+"/v1/webhooks", api.authorized(jsonResponder(200, `[]`)))
	_, err := number.Webhooks.List(t.Context())
	require.NoError(t, err)
	assert.Zero(t, api.asked())
	api.set("num_0", "ps_rotated_key_2")
	require.NoError(t, number.CheckKey(t.Context()))
	assert.Equal(t, 2, api.asked())
}

func TestPoolRefusesWhatItCannotServe(t *testing.T) {
	t.Parallel()
	api := newKeyAPI(t, 1)
	for _, tenant := range []*TenantClient{nil, {}, {Client: api.number(t).Client}} {
		_, err := NewNumberPool(tenant)
		requireValidation(t, err, "client")
	}
	_, err := NewNumberPool(api.tenant(t), WithAttemptTimeout(-1))
	requireValidation(t, err, "attempt timeout")
	var none *NumberPool
	for _, pool := range []*NumberPool{none, {}} {
		_, err := pool.Get(t.Context(), "num_0")
		requireValidation(t, err, "pool")
		assert.Equal(t, "pilotstatus: zero number pool", pool.String())
	}
	pool := api.pool(t)
	assert.Equal(t, "pilotstatus: number pool for api.example", pool.String())
	_, err = pool.Get(nil, "num_0") //nolint:staticcheck // a nil context is what is tried
	requireValidation(t, err, "ctx")
	for _, id := range []string{"", " ", "a b", "..", "a\nb", strings.Repeat(" ", 3)} {
		_, err = pool.Get(t.Context(), id)
		requireValidation(t, err, "id")
	}
	assert.Zero(t, api.lists())

	m := newMockAPI(t)
	m.answer(http.MethodGet, "/v1/api-keys", 200, `[{"id":"key_1","name":"Default","keyPrefix":"ps_9f1c"}]`)
	pool, err = NewNumberPool(m.tenant(t))
	require.NoError(t, err)
	_, err = pool.Get(t.Context(), "num_0")
	assert.True(t, isA[*NumberScopeError](err), "%v", err)
}
