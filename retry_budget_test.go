package pilotstatus

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"math"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// failing is a transport that answers every request with a status.
type failing struct {
	status   int
	code     string
	requests atomic.Int64
}

func (f *failing) RoundTrip(req *http.Request) (*http.Response, error) {
	f.requests.Add(1)
	return stubResponse(req, f.status, `{"error":"said no","code":"`+f.code+`"}`), nil
}

func stubResponse(req *http.Request, status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status,
		Header:     http.Header{"Content-Type": {"application/json"}},
		Body:       io.NopCloser(strings.NewReader(body)),
		Request:    req,
	}
}

// quick is a policy of many repeats that take no time worth a token.
func quick(budget int) RetryPolicy {
	return RetryPolicy{MaxRetries: 1000, MinWait: time.Microsecond, MaxWait: time.Microsecond, Budget: budget}
}

func budgetClient(t *testing.T, transport http.RoundTripper, policy RetryPolicy, opts ...Option) *NumberClient {
	t.Helper()
	opts = append([]Option{WithHTTPClient(&http.Client{Transport: transport}), WithRetry(policy)}, opts...)
	client, err := NewNumberClient(APIKey(testNumberKey), opts...)
	require.NoError(t, err)
	return client
}

func readOnce(ctx context.Context, client *NumberClient) error {
	_, err := client.Messages.Get(ctx, "msg_1")
	return err
}

func sendOnce(ctx context.Context, client *NumberClient) error {
	_, err := client.Messages.Send(ctx, testSend())
	return err
}

// A repeat costs five tokens. The last hundred are for calls with a key.
func TestRetryBudgetIsSpent(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		budget, reads, sends int // how many repeats one call after another makes
	}{
		{0, 80, 20},
		{500, 80, 20},
		{1000, 180, 20},
		{109, 1, 20},
		{104, 0, 20},
		{5, 0, 1},
		{4, 0, 0},
		{1, 0, 0},
		{-1, 1000, 1000},
		{-7, 1000, 1000},
	} {
		synctest.Test(t, func(t *testing.T) {
			api := &failing{status: http.StatusServiceUnavailable}
			client := budgetClient(t, api, quick(test.budget))
			for _, call := range []struct {
				once    func(context.Context, *NumberClient) error
				repeats int
			}{{readOnce, test.reads}, {sendOnce, test.sends}, {readOnce, min(test.reads, 1000) / 1000 * 1000}} {
				before := api.requests.Load()
				err := call.once(t.Context(), client)
				require.Error(t, err)
				assert.EqualValues(t, call.repeats+1, api.requests.Load()-before, "budget %d", test.budget)
				assert.Equal(t, test.budget >= 0, errors.Is(err, ErrRetryBudget), "budget %d: %v", test.budget, err)
			}
		})
	}
}

// What the API itself puts off costs nothing, and neither does what is not repeated.
func TestWhatCostsNoTokens(t *testing.T) {
	t.Parallel()
	for _, api := range []*failing{
		{status: http.StatusTooManyRequests, code: "RATE_LIMITED"},
		{status: http.StatusTooEarly},
		{status: http.StatusConflict, code: "IDEMPOTENCY_KEY_IN_USE"},
		{status: http.StatusNotFound},
		{status: http.StatusNotImplemented},
	} {
		synctest.Test(t, func(t *testing.T) {
			client := budgetClient(t, api, quick(5))
			for range 3 {
				require.NotErrorIs(t, sendOnce(t.Context(), client), ErrRetryBudget)
			}
			assert.Equal(t, 5, client.core().budget.tokens, api.status)
		})
	}
}

// A success gives back all that its call paid, or one token, and the bucket never holds
// more than its size. A refusal gives nothing.
func TestSuccessGivesTokensBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var answers []int
		client := budgetClient(t, stubAnswer(func(req *http.Request) (*http.Response, error) {
			status := answers[0]
			answers = answers[1:]
			return stubResponse(req, status, testAccepted), nil
		}), quick(0))
		tokens := func() int { return client.core().budget.tokens }

		answers = []int{503, 503, 202}
		require.NoError(t, sendOnce(t.Context(), client))
		assert.Equal(t, 500, tokens())
		answers = []int{503, 503, 400}
		require.Error(t, sendOnce(t.Context(), client))
		assert.Equal(t, 490, tokens())
		answers = []int{429, 202}
		require.NoError(t, sendOnce(t.Context(), client))
		assert.Equal(t, 491, tokens())
		for range 30 {
			answers = []int{202}
			require.NoError(t, sendOnce(t.Context(), client))
		}
		assert.Equal(t, 500, tokens())
	})
}

// A token comes back every second.
func TestTimeGivesTokensBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newRetryBudget(10)
		require.True(t, b.take(10, 0))
		time.Sleep(4900 * time.Millisecond)
		assert.False(t, b.take(5, 0))
		time.Sleep(100 * time.Millisecond)
		assert.True(t, b.take(5, 0))
		assert.False(t, b.take(1, 0))
		time.Sleep(time.Hour)
		assert.False(t, b.take(11, 0), "more than it holds")
		assert.True(t, b.take(7, 3))
		assert.False(t, b.take(1, 3), "the reserve")
		b.give(100)
		assert.Equal(t, 10, b.tokens)
	})
}

// A budget of any size stays what it is: no sum of its tokens overflows.
func TestLargestRetryBudget(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newRetryBudget(math.MaxInt)
		b.give(5)
		assert.Equal(t, math.MaxInt, b.tokens)
		time.Sleep(time.Minute)
		assert.True(t, b.take(5, keyedReserve))
		assert.Equal(t, math.MaxInt-5, b.tokens)
		time.Sleep(time.Minute)
		b.give(3)
		assert.True(t, b.take(5, keyedReserve))
		assert.Equal(t, math.MaxInt-5, b.tokens)
	})
}

// What is paid for a repeat that is not made comes back: the context or the limiter
// ended the call before.
func TestUnmadeRepeatCostsNothing(t *testing.T) {
	t.Parallel()
	policy := RetryPolicy{MaxRetries: 3, MinWait: time.Minute, MaxWait: time.Minute}
	synctest.Test(t, func(t *testing.T) {
		api := &failing{status: http.StatusServiceUnavailable}
		client := budgetClient(t, api, policy)
		for _, call := range []func(context.Context) error{
			func(ctx context.Context) error { return sendOnce(ctx, client) },
			func(ctx context.Context) error { return downloadLink(ctx, client) },
		} {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Second, cancel)
			require.ErrorIs(t, call(ctx), context.Canceled)
			assert.Equal(t, 500, client.core().budget.tokens)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.NotErrorIs(t, sendOnce(ctx, client), ErrRetryBudget, "the wait does not fit the deadline")
		assert.Equal(t, 500, client.core().budget.tokens)
	})
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		client := budgetClient(t, &failing{status: http.StatusServiceUnavailable}, policy, WithLimiter(limiterFunc(func(context.Context) error {
			if asked++; asked%2 == 0 {
				return errors.New("closed")
			}
			return nil
		})))
		require.ErrorContains(t, sendOnce(t.Context(), client), "closed")
		require.ErrorContains(t, downloadLink(t.Context(), client), "closed")
		client.core().budget.take(0, 0)
		assert.Equal(t, 500, client.core().budget.tokens)
	})
}

// A repeat that was made stays paid, also if the call goes on with a new key and ends
// there.
func TestMadeRepeatStaysPaidWithANewKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newKeyAPI(t, 1)
		asked := 0
		pool := api.pool(t, WithRetry(RetryPolicy{MaxRetries: 3, MaxWait: time.Microsecond}), WithLimiter(limiterFunc(func(context.Context) error {
			if asked++; asked == 3 {
				return errors.New("closed")
			}
			return nil
		})))
		number := mustGet(t, pool, "num_0")
		api.sequence(http.MethodPost, "/v1/messages/send", jsonResponder(503, ""), jsonResponder(401, ""))
		api.set("num_0", "ps_rotated_key_2")
		require.ErrorContains(t, send(t.Context(), number), "closed")
		assert.Equal(t, 2, api.sent(http.MethodPost, "/v1/messages/send"))
		assert.Equal(t, 495, number.core().budget.tokens)
	})
}

func downloadLink(ctx context.Context, client *NumberClient) error {
	_, err := client.Media.Download(ctx, DownloadMediaRequest{Link: "https://storage.example/file"}, io.Discard)
	return err
}

// The download of a link pays as every other call, and says so.
func TestLinkDownloadPays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := &failing{status: http.StatusServiceUnavailable}
		var last Attempt
		client := budgetClient(t, api, quick(0), WithObserver(func(_ context.Context, a Attempt) { last = a }))
		err := downloadLink(t.Context(), client)
		require.ErrorIs(t, err, ErrRetryBudget)
		require.ErrorContains(t, err, "retry budget")
		assert.EqualValues(t, 81, api.requests.Load())
		assert.True(t, last.BudgetSpent)
		assert.False(t, last.Retry)
		api.status = http.StatusOK
		require.NoError(t, downloadLink(t.Context(), client))
		assert.Equal(t, 101, client.core().budget.tokens)
		require.Error(t, downloadLink(ContextWithRetry(t.Context(), RetryPolicy{Budget: -1}), budgetClient(t, &failing{status: 503}, quick(4))))
	})
}

// All that is made from one client shares its bucket, unless an option says otherwise.
func TestWhoSharesABudget(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodGet, "/v1/api-keys", http.StatusOK,
		`[{"numberId":"num_1","keyId":"key_1","key":"ps_first_key_0123456789","revealable":true}]`)
	tenant := m.tenant(t)
	own := tenant.core().budget
	require.NotNil(t, own)
	assert.Same(t, own, tenant.Number("num_1").core().budget)
	for _, test := range []struct {
		shares bool
		opts   []Option
	}{
		{true, nil},
		{true, []Option{WithUserAgent("orders/2.1")}},
		{false, []Option{WithRetry(RetryPolicy{MaxRetries: 1})}},
		{false, []Option{WithBaseURL("https://elsewhere.example")}},
	} {
		opened, err := tenant.OpenNumber(t.Context(), "num_1", test.opts...)
		require.NoError(t, err)
		assert.Equal(t, test.shares, own == opened.core().budget)
		pool, err := NewNumberPool(tenant, test.opts...)
		require.NoError(t, err)
		assert.Equal(t, test.shares, own == pool.state().core.budget)
	}
	assert.NotSame(t, own, m.tenant(t).core().budget)
	free := m.tenant(t, WithRetry(RetryPolicy{MaxRetries: 1, Budget: -1}))
	assert.Nil(t, free.core().budget)
	opened, err := free.OpenNumber(t.Context(), "num_1")
	require.NoError(t, err)
	assert.Nil(t, opened.core().budget)
}

// The bucket belongs to the client. A context says only that its calls pay nothing.
func TestBudgetOfAContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := &failing{status: http.StatusServiceUnavailable}
		client := budgetClient(t, api, quick(10))
		free := ContextWithRetry(t.Context(), RetryPolicy{MaxRetries: 7, MaxWait: time.Microsecond, Budget: -1})
		require.NotErrorIs(t, sendOnce(free, client), ErrRetryBudget)
		assert.EqualValues(t, 8, api.requests.Load())
		assert.Equal(t, 10, client.core().budget.tokens)
		paying := ContextWithRetry(t.Context(), RetryPolicy{MaxRetries: 7, MaxWait: time.Microsecond, Budget: 3})
		require.ErrorIs(t, sendOnce(paying, client), ErrRetryBudget)
		assert.EqualValues(t, 11, api.requests.Load())
		assert.Zero(t, client.core().budget.tokens)
		api.status = http.StatusOK
		require.NoError(t, client.Do(free, Request{Method: http.MethodGet, Path: "/v1/things", Retry: RetrySafe}, nil))
		assert.Zero(t, client.core().budget.tokens)
	})
}

// The error that a call has stays what it is, and every form of it says what ended the
// call and what to do.
func TestErrorOfASpentBudget(t *testing.T) {
	t.Parallel()
	const hint = "the client's retry budget is spent, because many of its calls fail; call again in a minute"
	for name, test := range map[string]struct {
		call    func(context.Context, *NumberClient) error
		api     stubAnswer
		outcome OutcomeKind
	}{
		"send, answered": {sendOnce, func(req *http.Request) (*http.Response, error) {
			return stubResponse(req, 503, `{"error":"busy"}`), nil
		}, OutcomeUnknown},
		"read, answered": {readOnce, func(req *http.Request) (*http.Response, error) {
			return stubResponse(req, 503, `{"error":"busy"}`), nil
		}, OutcomeUnknown},
		"without a text": {readOnce, func(req *http.Request) (*http.Response, error) { return stubResponse(req, 599, ``), nil }, OutcomeUnknown},
		"send, lost":     {sendOnce, func(*http.Request) (*http.Response, error) { return nil, errReset }, OutcomeUnknown},
		"send, unsent":   {sendOnce, func(*http.Request) (*http.Response, error) { return nil, errDial }, OutcomeNotSent},
		"send, cut":      {sendOnce, func(req *http.Request) (*http.Response, error) { return stubResponse(req, 202, testAccepted[:30]), nil }, OutcomeAccepted},
		"link, lost":     {downloadLink, func(*http.Request) (*http.Response, error) { return nil, errReset }, OutcomeUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var records bytes.Buffer
			var attempts []Attempt
			client := budgetClient(t, test.api, quick(4),
				WithLogger(slog.New(slog.NewJSONHandler(&records, nil))),
				WithObserver(func(_ context.Context, a Attempt) { attempts = append(attempts, a) }))
			err := test.call(t.Context(), client)
			require.ErrorIs(t, err, ErrRetryBudget)
			require.ErrorIs(t, fmt.Errorf("order 42: %w", err), ErrRetryBudget)
			assert.Equal(t, test.outcome, Outcome(err), err)
			var unknown *OutcomeUnknownError
			if errors.As(err, &unknown) {
				require.ErrorIs(t, unknown.Err, ErrRetryBudget)
				assert.NotEmpty(t, unknown.IdempotencyKey)
			}
			encoded, encodeErr := json.Marshal(err)
			require.NoError(t, encodeErr)
			var logged bytes.Buffer
			slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "err", err)
			for _, text := range []string{err.Error(), fmt.Sprintf("%+v", err), string(encoded), logged.String(), records.String()} {
				assert.Equal(t, 1, strings.Count(strings.ReplaceAll(text, `\u0027`, "'"), hint), text)
			}
			require.Len(t, attempts, 1)
			assert.True(t, attempts[0].BudgetSpent)
			assert.False(t, attempts[0].Retry)
			assert.Contains(t, records.String(), `"budget_spent":true`)
		})
	}
	err := sendOnce(t.Context(), budgetClient(t, &failing{status: 503}, RetryPolicy{}))
	require.NotErrorIs(t, err, ErrRetryBudget)
	assert.NotContains(t, err.Error(), "budget")
	for _, none := range []error{(*APIError)(nil), (*DecodeError)(nil), (*TransportError)(nil), (*OutcomeUnknownError)(nil)} {
		require.NotErrorIs(t, none, ErrRetryBudget)
	}
}

// sendMany starts sends at a rate for some time and returns what became of them.
func sendMany(t *testing.T, client *NumberClient, rate int, during time.Duration) []error {
	t.Helper()
	results := make([]error, int(during.Seconds())*rate)
	var group sync.WaitGroup
	for i := range results {
		group.Go(func() {
			request := testSend()
			request.IdempotencyKey = fmt.Sprintf("order-%d", i)
			_, results[i] = client.Messages.Send(t.Context(), request)
		})
		time.Sleep(time.Second / time.Duration(rate))
	}
	group.Wait()
	return results
}

// With the API down nearly every send makes one request.
func TestBudgetWithTheAPIDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := &failing{status: http.StatusServiceUnavailable}
		client := budgetClient(t, api, RetryPolicy{MaxRetries: 3})
		results := sendMany(t, client, 1000, 50*time.Second)
		require.Len(t, results, 50_000)
		perSend := float64(api.requests.Load()) / float64(len(results))
		t.Logf("%.3f requests a send", perSend)
		assert.LessOrEqual(t, perSend, 1.1)
		for _, err := range results {
			require.Error(t, err)
			require.Equal(t, OutcomeUnknown, Outcome(err))
		}
	})
}

// unreliable fails three requests of ten. Which ones depends on the key and on how often
// it came, so that every run is the same.
type unreliable struct {
	timeouts bool // in place of 503

	mu   sync.Mutex
	seen map[string]int
}

func (u *unreliable) RoundTrip(req *http.Request) (*http.Response, error) {
	key := req.Header.Get("Idempotency-Key")
	u.mu.Lock()
	u.seen[key]++
	hash := fnv.New64a()
	_, _ = fmt.Fprintf(hash, "%d of %s", u.seen[key], key)
	u.mu.Unlock()
	switch {
	case hash.Sum64()%1009%10 >= 3:
		return stubResponse(req, http.StatusAccepted, testAccepted), nil
	case u.timeouts:
		<-req.Context().Done()
		return nil, req.Context().Err()
	}
	return stubResponse(req, http.StatusServiceUnavailable, `{"error":"busy"}`), nil
}

// Where three requests of ten fail, the budget leaves hardly more calls unsettled than
// would be without one.
func TestBudgetWithManyFailures(t *testing.T) {
	t.Parallel()
	for _, timeouts := range []bool{false, true} {
		unsettled := func(budget int) (count int) {
			synctest.Test(t, func(t *testing.T) {
				api := &unreliable{timeouts: timeouts, seen: map[string]int{}}
				client := budgetClient(t, api, RetryPolicy{MaxRetries: 3, Budget: budget}, WithAttemptTimeout(time.Second))
				results := sendMany(t, client, 100, time.Minute)
				for _, err := range results {
					if err != nil {
						count++
					}
				}
				total := 0
				for _, n := range api.seen {
					total += n
				}
				assert.Greater(t, total, len(results)*13/10)
			})
			return count
		}
		without, with := unsettled(-1), unsettled(0)
		t.Logf("timeouts %v: %d unsettled without a budget, %d with one", timeouts, without, with)
		assert.Greater(t, without, 20)
		assert.LessOrEqual(t, float64(with), 1.5*float64(without))
	}
}
