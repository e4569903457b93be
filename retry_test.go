package pilotstatus

import (
	"context"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	sendPath   = "/v1/messages/send"
	getPath    = "/v1/messages/msg_1"
	cancelPath = "/v1/messages/cancel"
	rotatePath = "/v1/api-keys/regenerate"
)

// exchange is one scripted answer or failure.
type exchange struct {
	status int
	code   string
	body   string // in place of the usual error body
	err    error
}

var (
	errReset = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	errDial  = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
)

func (e exchange) responder() httpmock.Responder {
	if e.err != nil {
		return httpmock.NewErrorResponder(e.err)
	}
	body := e.body
	if body == "" {
		body = `{"error":"said no","code":"` + e.code + `"}`
	}
	return jsonResponder(e.status, body)
}

func accepted() exchange { return exchange{status: http.StatusAccepted, body: testAccepted} }

func script(m *mockAPI, method, path string, exchanges []exchange) {
	responders := make([]httpmock.Responder, len(exchanges))
	for i, e := range exchanges {
		responders[i] = e.responder()
	}
	m.sequence(method, path, responders...)
}

// operations of each class, for tests that go through all of them.
var classes = map[RetryClass]struct {
	method, path string
	call         func(context.Context, *NumberClient) error
}{
	RetrySafe: {http.MethodGet, getPath, func(ctx context.Context, c *NumberClient) error {
		_, err := c.Messages.Get(ctx, "msg_1")
		return err
	}},
	RetryKeyed: {http.MethodPost, sendPath, func(ctx context.Context, c *NumberClient) error {
		_, err := c.Messages.Send(ctx, testSend())
		return err
	}},
	RetryUnsent: {http.MethodDelete, cancelPath, func(ctx context.Context, c *NumberClient) error {
		_, err := c.Messages.Cancel(ctx, "msg_1")
		return err
	}},
	RetryNever: {http.MethodPost, rotatePath, func(ctx context.Context, c *NumberClient) error {
		_, err := c.Key.Rotate(ctx)
		return err
	}},
}

func TestWhatIsRepeatedAndWhatStaysUnknown(t *testing.T) {
	t.Parallel()
	// requests are the attempts made when the same thing happens every time;
	// unknown says whether the outcome is open then.
	type want struct {
		requests int
		unknown  bool
	}
	for name, test := range map[string]struct {
		exchange exchange
		want     map[RetryClass]want
	}{
		"reset":        {exchange{err: errReset}, map[RetryClass]want{RetrySafe: {4, false}, RetryKeyed: {4, true}, RetryUnsent: {1, true}, RetryNever: {1, true}}},
		"cut short":    {exchange{err: io.ErrUnexpectedEOF}, map[RetryClass]want{RetrySafe: {4, false}, RetryKeyed: {4, true}, RetryUnsent: {1, true}, RetryNever: {1, true}}},
		"dial":         {exchange{err: errDial}, map[RetryClass]want{RetrySafe: {4, false}, RetryKeyed: {4, false}, RetryUnsent: {4, false}, RetryNever: {1, false}}},
		"408":          {exchange{status: 408}, map[RetryClass]want{RetrySafe: {4, false}, RetryKeyed: {4, true}, RetryUnsent: {1, true}, RetryNever: {1, true}}},
		"425":          {exchange{status: 425}, map[RetryClass]want{RetrySafe: {4, false}, RetryKeyed: {4, false}, RetryUnsent: {4, false}, RetryNever: {1, false}}},
		"429":          {exchange{status: 429}, map[RetryClass]want{RetrySafe: {4, false}, RetryKeyed: {4, false}, RetryUnsent: {4, false}, RetryNever: {1, false}}},
		"500":          {exchange{status: 500}, map[RetryClass]want{RetrySafe: {4, false}, RetryKeyed: {4, true}, RetryUnsent: {1, true}, RetryNever: {1, true}}},
		"501":          {exchange{status: 501}, map[RetryClass]want{RetrySafe: {1, false}, RetryKeyed: {1, false}, RetryUnsent: {1, false}, RetryNever: {1, false}}},
		"502":          {exchange{status: 502}, map[RetryClass]want{RetrySafe: {4, false}, RetryKeyed: {4, true}, RetryUnsent: {1, true}, RetryNever: {1, true}}},
		"503":          {exchange{status: 503}, map[RetryClass]want{RetrySafe: {4, false}, RetryKeyed: {4, true}, RetryUnsent: {1, true}, RetryNever: {1, true}}},
		"504":          {exchange{status: 504}, map[RetryClass]want{RetrySafe: {4, false}, RetryKeyed: {4, true}, RetryUnsent: {1, true}, RetryNever: {1, true}}},
		"505":          {exchange{status: 505}, map[RetryClass]want{RetrySafe: {1, false}, RetryKeyed: {1, true}, RetryUnsent: {1, true}, RetryNever: {1, true}}},
		"507":          {exchange{status: 507}, map[RetryClass]want{RetrySafe: {4, false}, RetryKeyed: {4, true}, RetryUnsent: {1, true}, RetryNever: {1, true}}},
		"511":          {exchange{status: 511}, map[RetryClass]want{RetrySafe: {1, false}, RetryKeyed: {1, true}, RetryUnsent: {1, true}, RetryNever: {1, true}}},
		"524":          {exchange{status: 524}, map[RetryClass]want{RetrySafe: {4, false}, RetryKeyed: {4, true}, RetryUnsent: {1, true}, RetryNever: {1, true}}},
		"permanent":    {exchange{status: 503, code: "PROVIDER_NOT_CONFIGURED"}, map[RetryClass]want{RetrySafe: {1, false}, RetryKeyed: {1, false}, RetryUnsent: {1, false}, RetryNever: {1, false}}},
		"key missing":  {exchange{status: 503, code: "EVOLUTION_API_KEY_MISSING"}, map[RetryClass]want{RetrySafe: {1, false}, RetryKeyed: {1, false}, RetryUnsent: {1, false}, RetryNever: {1, false}}},
		"ads":          {exchange{status: 503, code: "ADS_NOT_CONFIGURED"}, map[RetryClass]want{RetrySafe: {1, false}, RetryKeyed: {1, false}, RetryUnsent: {1, false}, RetryNever: {1, false}}},
		"400":          {exchange{status: 400}, map[RetryClass]want{RetrySafe: {1, false}, RetryKeyed: {1, false}, RetryUnsent: {1, false}, RetryNever: {1, false}}},
		"refused":      {exchange{status: 409, code: "NUMBER_BLOCKED"}, map[RetryClass]want{RetrySafe: {1, false}, RetryKeyed: {1, false}, RetryUnsent: {1, false}, RetryNever: {1, false}}},
		"409":          {exchange{status: 409}, map[RetryClass]want{RetrySafe: {1, false}, RetryKeyed: {4, true}, RetryUnsent: {1, false}, RetryNever: {1, false}}},
		"key in use":   {exchange{status: 409, code: "IDEMPOTENCY_KEY_IN_USE"}, map[RetryClass]want{RetryKeyed: {4, true}}},
		"key reused":   {exchange{status: 409, code: "IDEMPOTENCY_KEY_REUSED"}, map[RetryClass]want{RetryKeyed: {1, false}}},
		"redirect":     {exchange{status: 302}, map[RetryClass]want{RetrySafe: {1, false}, RetryKeyed: {1, false}, RetryUnsent: {1, false}, RetryNever: {1, false}}},
		"HTML success": {exchange{status: 200, body: "<html>hello</html>"}, map[RetryClass]want{RetrySafe: {1, false}, RetryKeyed: {1, true}, RetryUnsent: {1, true}, RetryNever: {1, true}}},
		"broken JSON":  {exchange{status: 200, body: `{"id":}`}, map[RetryClass]want{RetrySafe: {1, false}, RetryKeyed: {1, false}, RetryUnsent: {1, false}, RetryNever: {1, false}}},
		"half JSON":    {exchange{status: 200, body: `{"id":"msg_`}, map[RetryClass]want{RetrySafe: {4, false}, RetryKeyed: {4, false}, RetryUnsent: {1, false}, RetryNever: {1, false}}},
	} {
		for class, want := range test.want {
			t.Run(name+"/"+class.String(), func(t *testing.T) {
				t.Parallel()
				m := newMockAPI(t)
				op := classes[class]
				script(m, op.method, op.path, []exchange{test.exchange})
				err := op.call(t.Context(), m.number(t))
				require.Error(t, err)
				assert.Len(t, m.Requests(), want.requests)
				var unknown *OutcomeUnknownError
				assert.Equal(t, want.unknown, errors.As(err, &unknown), "%v", err)
			})
		}
	}
}

func TestUnknownIsSticky(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		exchanges []exchange
		requests  int
		check     func(*testing.T, error)
	}{
		"503 then 429s": {[]exchange{{status: 503}, {status: 429}}, 4, isUnknown[*RateLimitError]},
		"reset then 400": {[]exchange{{err: errReset}, {status: 400}}, 2, func(t *testing.T, err error) {
			isUnknown[*APIError](t, err)
		}},
		"timeout then 422":        {[]exchange{{err: &attemptTimeoutError{}}, {status: 422}}, 2, isUnknown[*APIError]},
		"503 then a dial failure": {[]exchange{{status: 503}, {err: errDial}}, 4, isUnknown[*TransportError]},
		"503 then 401":            {[]exchange{{status: 503}, {status: 401}}, 2, isUnknown[*UnauthorizedError]},
		"key in use then 403":     {[]exchange{{status: 409, code: "IDEMPOTENCY_KEY_IN_USE"}, {status: 403}}, 2, isUnknown[*APIError]},
		"503 then success":        {[]exchange{{status: 503}, accepted()}, 2, isSettled},
		"reset then success":      {[]exchange{{err: errReset}, accepted()}, 2, isSettled},
		"key in use then success": {[]exchange{{status: 409, code: "IDEMPOTENCY_KEY_IN_USE"}, accepted()}, 2, isSettled},
		"half then success":       {[]exchange{{status: 202, body: `{"id":"ms`}, accepted()}, 2, isSettled},
		"429 then 400":            {[]exchange{{status: 429}, {status: 400}}, 2, isKnown},
		"dial failure then 400":   {[]exchange{{err: errDial}, {status: 400}}, 2, isKnown},
		"503 then broken success": {[]exchange{{status: 503}, {status: 202, body: `nonsense`}}, 2, isAcceptedUnread},
		"half then 400":           {[]exchange{{status: 202, body: `{"id":"ms`}, {status: 400}}, 2, isAcceptedUnread},
		"half then resets":        {[]exchange{{status: 202, body: `{"id":"ms`}, {err: errReset}}, 4, isAcceptedUnread},
		"success without an id":   {[]exchange{{status: 202, body: `{"status":"QUEUED"}`}}, 1, isAcceptedUnread},
		"empty success":           {[]exchange{{status: 202, body: " "}}, 1, isAcceptedUnread},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMockAPI(t)
			script(m, http.MethodPost, sendPath, test.exchanges)
			request := testSend()
			request.IdempotencyKey = "order-42"
			answer, err := m.number(t).Messages.Send(t.Context(), request)
			assert.Equal(t, err == nil, answer != nil)
			test.check(t, err)

			requests := m.Requests()
			assert.Len(t, requests, test.requests)
			for _, r := range requests {
				assert.Equal(t, []string{"order-42"}, r.Header["Idempotency-Key"])
				assert.Equal(t, requests[0].Body, r.Body)
			}
		})
	}
}

func isUnknown[E error](t *testing.T, err error) {
	t.Helper()
	var unknown *OutcomeUnknownError
	require.ErrorAs(t, err, &unknown)
	assert.Equal(t, "Messages.Send", unknown.Op)
	assert.Equal(t, "order-42", unknown.IdempotencyKey)
	var cause E
	require.ErrorAs(t, unknown.Err, &cause)
	var answer *APIError
	assert.NotErrorAs(t, err, &answer, "it may have been processed")
}

func isKnown(t *testing.T, err error) {
	t.Helper()
	require.Error(t, err)
	var unknown *OutcomeUnknownError
	assert.NotErrorAs(t, err, &unknown)
}

func isSettled(t *testing.T, err error) {
	t.Helper()
	require.NoError(t, err)
}

func isAcceptedUnread(t *testing.T, err error) {
	t.Helper()
	isKnown(t, err)
	var unread *DecodeError
	require.ErrorAs(t, err, &unread)
	assert.True(t, unread.Accepted())
	assert.Equal(t, "order-42", unread.IdempotencyKey)
}

func TestRetryPolicy(t *testing.T) {
	t.Parallel()
	ms := time.Millisecond
	for name, test := range map[string]struct{ in, want RetryPolicy }{
		"none":     {RetryPolicy{}, RetryPolicy{0, 250 * ms, 8000 * ms, 0}},
		"retries":  {RetryPolicy{MaxRetries: 5}, RetryPolicy{5, 250 * ms, 8000 * ms, 0}},
		"min":      {RetryPolicy{MaxRetries: 1, MinWait: 10 * time.Second}, RetryPolicy{1, 10000 * ms, 10000 * ms, 0}},
		"max":      {RetryPolicy{MaxRetries: 1, MaxWait: 10 * ms}, RetryPolicy{1, 10 * ms, 10 * ms, 0}},
		"large":    {RetryPolicy{MaxRetries: 1, MaxWait: time.Minute}, RetryPolicy{1, 250 * ms, time.Minute, 0}},
		"complete": {RetryPolicy{2, ms, 2 * ms, -1}, RetryPolicy{2, ms, 2 * ms, -1}},
	} {
		got, err := test.in.withDefaults()
		require.NoError(t, err, name)
		assert.Equal(t, test.want, got, name)
	}
	for _, wrong := range []RetryPolicy{
		{MaxRetries: -1}, {MinWait: -1}, {MaxWait: -1}, {MinWait: 2, MaxWait: 1},
	} {
		_, err := NewNumberClient(APIKey(testNumberKey), WithRetry(wrong))
		requireValidation(t, err, "retry policy")
	}
}

func TestWaitsAreRandomWithinTheirBounds(t *testing.T) {
	t.Parallel()
	policy := RetryPolicy{MaxRetries: 100, MinWait: 250 * time.Millisecond, MaxWait: 8 * time.Second}
	for _, n := range []int{1, 2, 5, 6, 62, 63, 64, 1000, math.MaxInt} {
		ceiling := policy.MaxWait
		if n <= 5 {
			ceiling = policy.MinWait << n
		}
		seen := map[time.Duration]bool{}
		for range 2000 {
			wait := policy.wait(n, 0)
			require.GreaterOrEqual(t, wait, policy.MinWait)
			require.LessOrEqual(t, wait, ceiling)
			seen[wait] = true

			asked := policy.wait(n, 3*time.Second)
			require.GreaterOrEqual(t, asked, 3*time.Second)
			require.LessOrEqual(t, asked, 3*time.Second+ceiling)
		}
		assert.Greater(t, len(seen), 100, "n=%d", n)
	}
	same := RetryPolicy{MaxRetries: 1, MinWait: time.Millisecond, MaxWait: time.Millisecond}
	assert.Equal(t, time.Millisecond, same.wait(3, 0))
	endless := RetryPolicy{MaxRetries: 1, MinWait: time.Hour, MaxWait: math.MaxInt64}
	assert.Positive(t, endless.wait(60, math.MaxInt64))
}

func TestParseRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 4, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"":                              0,
		"0":                             0,
		"-5":                            0,
		"soon":                          0,
		"inf":                           0,
		"NaN":                           0,
		"0x10":                          0,
		"1e3":                           0,
		"1.2.3":                         0,
		".":                             0,
		"3600":                          time.Hour,
		" 2 ":                           2 * time.Second,
		"1.5":                           1500 * time.Millisecond,
		"9223372037":                    tooLong,
		"9223372036":                    9223372036 * time.Second,
		"12345678901234567890":          tooLong,
		"99999999999999999999999999999": tooLong,
		"Wed, 04 Nov 2026 12:00:30 GMT": 30 * time.Second,
		"Wed, 04 Nov 2026 11:00:00 GMT": 0,
		"Wed, 04 Nov 2026 12:00:30":     0,
	} {
		assert.Equal(t, want, parseRetryAfter(value, now), "%q", value)
	}
}

// What the API asks to wait is waited, and what is too long ends the call at once.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for value, test := range map[string]struct {
		requests   int
		atLeast    time.Duration
		retryAfter time.Duration
	}{
		"2":                             {2, 2 * time.Second, 2 * time.Second},
		"8":                             {2, 8 * time.Second, 8 * time.Second},
		"0":                             {2, 250 * time.Millisecond, 0},
		"-5":                            {2, 250 * time.Millisecond, 0},
		"garbage":                       {2, 250 * time.Millisecond, 0},
		"Mon, 02 Jan 1995 15:04:05 GMT": {2, 250 * time.Millisecond, 0},
		"9":                             {1, 0, 9 * time.Second},
		"3600":                          {1, 0, time.Hour},
		"9223372037":                    {1, 0, tooLong},
		"12345678901234567890":          {1, 0, tooLong},
	} {
		for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
			synctest.Test(t, func(t *testing.T) {
				m := newMockAPI(t)
				m.sequence(http.MethodGet, getPath,
					jsonResponder(status, `{"error":"wait"}`, "Retry-After", value),
					jsonResponder(http.StatusOK, `{"id":"msg_1"}`))
				client := m.number(t, WithRetry(RetryPolicy{MaxRetries: 1}))
				start := time.Now()
				_, err := client.Messages.Get(t.Context(), "msg_1")
				waited := time.Since(start)

				assert.Len(t, m.Requests(), test.requests, value)
				if test.requests > 1 {
					require.NoError(t, err, value)
					assert.GreaterOrEqual(t, waited, test.atLeast, value)
					assert.LessOrEqual(t, waited, test.atLeast+500*time.Millisecond, value)
					return
				}
				var apiErr *APIError
				require.ErrorAs(t, err, &apiErr, value)
				assert.Equal(t, test.retryAfter, apiErr.RetryAfter, value)
				assert.Zero(t, waited, value)
			})
		}
	}
}

// A date is measured by the clock that it was made with: this machine's may be wrong.
func TestRetryAfterDateIsMeasuredByTheServersClock(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		date string
		skew time.Duration // of the server's clock
		want time.Duration
	}{
		"same clock":      {date: "yes", want: 30 * time.Second},
		"an hour ahead":   {date: "yes", skew: time.Hour, want: 30 * time.Second},
		"an hour behind":  {date: "yes", skew: -time.Hour, want: 30 * time.Second},
		"no date":         {want: 30 * time.Second},
		"no date, behind": {skew: -time.Hour, want: 0},
		"unreadable date": {date: "yesterday", want: 30 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			now := time.Now().Add(test.skew).UTC()
			header := []string{"Retry-After", now.Add(30 * time.Second).Format(http.TimeFormat)}
			switch test.date {
			case "":
			case "yes":
				header = append(header, "Date", now.Format(http.TimeFormat))
			default:
				header = append(header, "Date", test.date)
			}
			m := newMockAPI(t)
			m.sequence(http.MethodGet, getPath, jsonResponder(http.StatusTooManyRequests, `{"error":"wait"}`, header...))
			_, err := m.number(t, WithRetry(RetryPolicy{})).Messages.Get(t.Context(), "msg_1")
			var limited *RateLimitError
			require.ErrorAs(t, err, &limited, name)
			assert.Equal(t, test.want, limited.RetryAfter, name)
		})
	}
}

func TestRetryAfterInTheBody(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]time.Duration{
		`{"error":"x","retryAfterSeconds":3600}`:   time.Hour,
		`{"error":"x","retryAfterSeconds":9.5}`:    9500 * time.Millisecond,
		`{"error":"x","retryAfterSeconds":1e300}`:  tooLong,
		`{"error":"x","retryAfterSeconds":"soon"}`: 0,
		`{"error":"x","retryAfterSeconds":-3}`:     0,
	} {
		m := newMockAPI(t)
		m.answer(http.MethodPost, rotatePath, http.StatusTooManyRequests, body)
		_, err := m.number(t).Key.Rotate(t.Context())
		var limited *RateLimitError
		require.ErrorAs(t, err, &limited)
		assert.Equal(t, want, limited.RetryAfter, body)
	}
}

// While the API works on the first attempt, the next one waits half of MaxWait.
func TestKeyInUseIsWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMockAPI(t)
		script(m, http.MethodPost, sendPath, []exchange{{status: 409, code: "IDEMPOTENCY_KEY_IN_USE"}, accepted()})
		start := time.Now()
		_, err := m.number(t, WithRetry(RetryPolicy{MaxRetries: 1})).Messages.Send(t.Context(), testSend())
		require.NoError(t, err)
		assert.GreaterOrEqual(t, time.Since(start), defaultMaxWait/2)
	})
}

// Whatever cannot be read does not settle a keyed call: a 409 may be the one that says
// that an earlier attempt still runs. It is waited for, repeated, and unknown at the end.
func TestUnreadableConflictIsWaitedFor(t *testing.T) {
	t.Parallel()
	const inUse, refusal = `{"error":"busy","code":"IDEMPOTENCY_KEY_IN_USE"}`, `{"error":"no","code":"NUMBER_BLOCKED"}`
	for name, test := range map[string]struct {
		body, header string
		settled      bool
	}{
		"refused":              {body: refusal, settled: true},
		"refused, nested":      {body: `{"error":{"message":"no","code":"NUMBER_BLOCKED"}}`, settled: true},
		"refused, with a mark": {body: "\ufeff" + refusal, settled: true},
		"key reused":           {body: `{"error":"no","code":"IDEMPOTENCY_KEY_REUSED"}`, settled: true},
		"in use":               {body: inUse},
		"in use, with a mark":  {body: "\ufeff" + inUse},
		"empty":                {},
		"HTML":                 {body: "<html><h1>409</h1></html>"},
		"HTML around it":       {body: "<html>" + refusal + "</html>"},
		"text":                 {body: "NUMBER_BLOCKED"},
		"cut":                  {body: refusal[:len(refusal)-1]},
		"two values":           {body: refusal + refusal},
		"two marks":            {body: "\ufeff\ufeff" + refusal},
		"UTF-16":               {body: "\xff\xfe{\x00}\x00"},
		"an array":             {body: "[" + refusal + "]"},
		"a string":             {body: `"NUMBER_BLOCKED"`},
		"null":                 {body: "null"},
		"no code":              {body: `{"error":"Conflict"}`},
		"a code of somebody's": {body: `{"error":"Conflict","code":"conflict"}`},
		"a code of one word":   {body: `{"error":"Conflict","code":"CONFLICT"}`},
		"a code with blanks":   {body: `{"error":"Conflict","code":"NUMBER BLOCKED"}`},
		"a number":             {body: `{"error":"Conflict","code":409}`},
		"underscores":          {body: `{"error":"Conflict","code":"_"}`},
		"one of tomorrow":      {body: `{"error":"busy","code":"IDEMPOTENCY_KEY_LOCKED"}`},
		"an encoding":          {body: refusal, header: "br"},
		"too large":            {body: refusal[:len(refusal)-1] + strings.Repeat(" ", 70<<10) + "}"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := newMockAPI(t)
				m.sequence(http.MethodPost, sendPath, jsonResponder(http.StatusConflict, test.body, "Content-Encoding", test.header))
				start := time.Now()
				_, err := m.number(t, WithRetry(RetryPolicy{MaxRetries: 1})).Messages.Send(t.Context(), testSend())
				require.Error(t, err)
				assert.Equal(t, !test.settled, isA[*OutcomeUnknownError](err), "%v", err)
				if test.settled {
					assert.Len(t, m.Requests(), 1)
					return
				}
				assert.Len(t, m.Requests(), 2)
				assert.GreaterOrEqual(t, time.Since(start), defaultMaxWait/2)

				script(m, http.MethodPost, sendPath, []exchange{{status: 409, body: test.body + "\x00"}, accepted()})
				_, err = m.number(t, WithRetry(RetryPolicy{MaxRetries: 1})).Messages.Send(t.Context(), testSend())
				require.NoError(t, err)
			})
		})
	}
}

// After an attempt that may have been processed, no refusal settles the call, least of
// all one that a proxy made.
func TestUnreadableRefusalSettlesNothing(t *testing.T) {
	t.Parallel()
	for _, before := range []exchange{{err: errReset}, {status: 503}, {status: 409, body: "<html>"}, {status: 408}} {
		for _, status := range []int{301, 400, 401, 402, 403, 404, 405, 407, 410, 413, 421, 422, 429, 451, 501, 505} {
			for _, body := range []string{"", "<html>no</html>", `{"error":"no"}`, "\ufeff\ufeff{}", `{"error":"no","code":"FORBIDDEN_BY_PROXY"}`} {
				m := newMockAPI(t)
				last := answerWith(status, "", body)
				m.sequence(http.MethodPost, sendPath, before.responder(), last)
				_, err := m.number(t).Messages.Send(t.Context(), testSend())
				assert.True(t, isA[*OutcomeUnknownError](err), "%d %q: %v", status, body, err)
			}
		}
	}
}

func TestContextEndsDuringAWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMockAPI(t)
		m.sequence(http.MethodGet, getPath, jsonResponder(http.StatusServiceUnavailable, `{"error":"wait"}`, "Retry-After", "5"))
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		start := time.Now()
		_, err := m.number(t, WithRetry(RetryPolicy{MaxRetries: 3})).Messages.Get(ctx, "msg_1")
		assert.Equal(t, time.Second, time.Since(start))
		require.ErrorIs(t, err, context.Canceled)
		var apiErr *APIError
		require.ErrorAs(t, err, &apiErr)
		assert.Equal(t, http.StatusServiceUnavailable, apiErr.StatusCode)
		assert.Len(t, m.Requests(), 1)
	})
}

func TestDeadlineThatAWaitCannotMeet(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMockAPI(t)
		m.sequence(http.MethodGet, getPath, jsonResponder(http.StatusTooManyRequests, `{"error":"wait"}`, "Retry-After", "5"))
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		start := time.Now()
		_, err := m.number(t, WithRetry(RetryPolicy{MaxRetries: 3})).Messages.Get(ctx, "msg_1")
		assert.Zero(t, time.Since(start))
		var limited *RateLimitError
		require.ErrorAs(t, err, &limited)
		assert.Equal(t, 5*time.Second, limited.RetryAfter)
		require.NotErrorIs(t, err, context.DeadlineExceeded)
		assert.Len(t, m.Requests(), 1)
	})
}

func TestContextThatEndedBefore(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for class, op := range classes {
		m := newMockAPI(t)
		err := op.call(ctx, m.number(t))
		require.ErrorIs(t, err, context.Canceled, class)
		isKnown(t, err)
		assert.Empty(t, m.Requests())
	}
}

// A context that ends while an answer arrives does not throw the answer away.
func TestAnswerBeatsTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	m := newMockAPI(t)
	m.sequence(http.MethodPost, sendPath, func(req *http.Request) (*http.Response, error) {
		resp, err := accepted().responder()(req)
		if err == nil {
			resp.Body = io.NopCloser(io.MultiReader(resp.Body, cancelingReader{cancel})) // httpmock itself looks at the context
		}
		return resp, err
	})
	answer, err := m.number(t).Messages.Send(ctx, testSend())
	require.NoError(t, err)
	assert.Equal(t, "msg_1", answer.ID)
}

func TestNoRetriesMeansOneRequest(t *testing.T) {
	t.Parallel()
	for class, op := range classes {
		m := newMockAPI(t)
		script(m, op.method, op.path, []exchange{{status: 503}})
		err := op.call(t.Context(), m.number(t, WithRetry(RetryPolicy{})))
		require.Error(t, err)
		assert.Len(t, m.Requests(), 1, class)
		assert.Equal(t, 1, requireAnswer(t, err).Attempts)
	}
}

func TestAttemptsAreCounted(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	script(m, http.MethodGet, getPath, []exchange{{status: 503}})
	_, err := m.number(t).Messages.Get(t.Context(), "msg_1")
	var apiErr *APIError
	require.ErrorAs(t, err, &apiErr)
	assert.Equal(t, 4, apiErr.Attempts)

	m = newMockAPI(t)
	script(m, http.MethodGet, getPath, []exchange{{err: errDial}})
	_, err = m.number(t).Messages.Get(t.Context(), "msg_1")
	var transportErr *TransportError
	require.ErrorAs(t, err, &transportErr)
	assert.Equal(t, 4, transportErr.Attempts)
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
}

// A context that ends after an accepted answer broke off: the error says both.
func TestContextEndsAfterAnAcceptedAnswerBrokeOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMockAPI(t)
		script(m, http.MethodPost, sendPath, []exchange{{status: 202, body: `{"id":"ms`}})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Millisecond, cancel)
		_, err := m.number(t, WithRetry(RetryPolicy{MaxRetries: 3, MinWait: time.Second})).Messages.Send(ctx, testSend())
		require.ErrorIs(t, err, context.Canceled)
		var unread *DecodeError
		require.ErrorAs(t, err, &unread)
		assert.True(t, unread.Accepted())
		assert.False(t, isA[*OutcomeUnknownError](err))
	})
}

// However a call ends, its text counts the attempts once.
func TestAttemptsAreCountedOnceInAText(t *testing.T) {
	t.Parallel()
	for name, exchanges := range map[string][]exchange{
		"failures":             {{status: 503}},
		"resets":               {{err: errReset}},
		"half answers":         {{status: 202, body: `{"id":"ms`}},
		"half, then failures":  {{status: 202, body: `{"id":"ms`}, {status: 503}},
		"failures, then reset": {{status: 503}, {status: 503}, {err: errReset}},
	} {
		for _, limited := range []bool{false, true} {
			for _, class := range []RetryClass{RetrySafe, RetryKeyed} {
				synctest.Test(t, func(t *testing.T) {
					ctx, cancel := context.WithCancel(t.Context())
					time.AfterFunc(4500*time.Millisecond, cancel)
					op := classes[class]
					m := newMockAPI(t)
					script(m, op.method, op.path, exchanges)
					opts := []Option{WithRetry(RetryPolicy{MaxRetries: 9, MinWait: time.Second, MaxWait: time.Second})}
					if limited {
						limiter := &stubLimiter{err: errors.New("no more turns")}
						limiter.passes.Store(3)
						opts = append(opts, WithLimiter(limiter))
					}
					err := op.call(ctx, m.number(t, opts...))
					require.Error(t, err)
					assert.Equal(t, 1, strings.Count(err.Error(), "attempts)"), "%s: %v", name, err)
				})
			}
		}
	}
}
