package pilotstatustest_test

import (
	"fmt"
	"net/http"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

var _ pilotstatustest.TB = testing.TB(nil)

// fakeTB is a test that goes on after Fatalf.
type fakeTB struct {
	mu       sync.Mutex
	failures []string
	cleanups []func()
}

func (tb *fakeTB) Helper() {}

func (tb *fakeTB) Cleanup(f func()) { tb.cleanups = append(tb.cleanups, f) }

func (tb *fakeTB) Fatalf(format string, args ...any) {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	tb.failures = append(tb.failures, fmt.Sprintf(format, args...))
}

func (tb *fakeTB) end() {
	for _, f := range tb.cleanups {
		f()
	}
}

func TestRequests(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	number.with("X-Marker", "m").do(t, "GET", "/v1/messages/wamid.a%2Fb%3D?x=%2B1&y", "")
	number.do(t, "POST", sendPath, text)
	number.do(t, "POST", sendPath, "\x00 { any bytes \r\n")

	all := fake.Requests()
	require.Len(t, all, 3)
	assert.Equal(t, "Messages.Get", all[0].Op)
	assert.Equal(t, "GET", all[0].Method)
	assert.Equal(t, "/v1/messages/wamid.a%2Fb%3D", all[0].Path)
	assert.Equal(t, "x=%2B1&y", all[0].RawQuery)
	assert.Equal(t, "m", all[0].Header.Get("X-Marker"))
	assert.Empty(t, all[0].Body)
	assert.Equal(t, 404, all[0].Status)
	assert.Equal(t, "Message not found", all[0].Refusal)

	assert.JSONEq(t, text, string(all[1].Body))
	assert.Equal(t, fake.NumberKey("num_1"), all[1].Header.Get("x-api-key"))
	assert.Equal(t, 202, all[1].Status)
	assert.Empty(t, all[1].Refusal)
	assert.Equal(t, "\x00 { any bytes \r\n", string(all[2].Body))
}

func TestStatusIsRecordedBeforeTheAnswerArrives(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	for range 100 {
		number.do(t, "GET", "/v1/api-keys", "")
		require.Equal(t, 200, lastRequest(fake).Status)
	}
}

func TestServersDoNotShareState(t *testing.T) {
	t.Parallel()
	one, number := frozen(t)
	other, _ := frozen(t)
	number.do(t, "POST", sendPath, text)
	assert.Len(t, one.Messages(), 1)
	assert.Empty(t, other.Messages())
	assert.Empty(t, other.Requests())
	assert.Equal(t, 401, newCaller(t, other.URL, one.TenantKey()).do(t, "GET", "/v1/numbers", "").status)
}

func TestUnknownNumberFailsTheTest(t *testing.T) {
	t.Parallel()
	tb := &fakeTB{}
	fake := pilotstatustest.NewServer(tb)
	defer tb.end()
	fake.Number("num_9").Disconnect()
	assert.Empty(t, fake.Tenant().PairingLink("num_9"))
	fake.Tenant().SetMessageStatus("msg_x", "READ", "")
	assert.Equal(t, []string{
		`pilotstatustest: no number "num_9"`,
		`pilotstatustest: no number "num_9"`,
		`pilotstatustest: no message "msg_x"`,
	}, tb.failures)

	program := pilotstatustest.Start()
	defer program.Close()
	program.Number("num_9").Disconnect()
	assert.Empty(t, program.Number("num_9").KeyID())
	program.Tenant().SetMessageStatus("msg_x", "READ", "")
}

func TestCleanupCloses(t *testing.T) {
	t.Parallel()
	tb := &fakeTB{}
	fake := pilotstatustest.NewServer(tb)
	c := newCaller(t, fake.URL, fake.TenantKey())
	c.do(t, "GET", "/v1/numbers", "")
	tb.end()
	require.Error(t, c.try("GET", "/v1/numbers", "").err)
	fake.Close()
	assert.Len(t, fake.Requests(), 1, "what was recorded stays")
	fake.Advance(time.Hour)
	assert.Empty(t, tb.failures)
}

func TestCloseWaitsForRequests(t *testing.T) {
	t.Parallel()
	for range 20 {
		fake := pilotstatustest.Start()
		fake.Inject(pilotstatustest.Fault{Delay: time.Hour})
		w := &countingWriter{header: http.Header{}}
		req, err := http.NewRequest(http.MethodGet, "/v1/numbers", http.NoBody)
		require.NoError(t, err)
		go fake.ServeHTTP(w, req)
		require.Eventually(t, func() bool { return len(fake.Requests()) == 1 }, 5*time.Second, time.Millisecond)
		fake.Close()
		require.NotZero(t, w.status, "still being answered")
	}
}

func TestClosedServerAnswersNobody(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.Start()
	fake.Close()
	w := &countingWriter{header: http.Header{}}
	req, err := http.NewRequest(http.MethodGet, "/v1/numbers", http.NoBody)
	require.NoError(t, err)
	fake.ServeHTTP(w, req)
	assert.Equal(t, http.StatusInternalServerError, w.status)
	assert.Empty(t, fake.Requests())
}

type countingWriter struct {
	header http.Header
	status int
}

func (w *countingWriter) Header() http.Header         { return w.header }
func (w *countingWriter) Write(b []byte) (int, error) { return len(b), nil }
func (w *countingWriter) WriteHeader(status int)      { w.status = status }

// It counts the goroutines of the process.
func TestCloseLeavesNoGoroutine(t *testing.T) { //nolint:paralleltest // other tests would be counted
	before := runtime.NumGoroutine()
	for range 20 {
		fake := pilotstatustest.Start()
		fake.Inject(pilotstatustest.Fault{Op: "Messages.Send", Delay: time.Hour, Times: 3})
		c := newCaller(t, fake.URL, fake.NumberKey("num_1"))
		c.do(t, "GET", "/v1/api-keys", "")
		replies := make(chan reply, 3)
		for range cap(replies) {
			go func() { replies <- c.try("POST", sendPath, text) }()
		}
		require.Eventually(t, func() bool { return len(fake.Messages()) == 3 }, 5*time.Second, time.Millisecond)
		fake.Close() // ends the three that are held, too
		for range cap(replies) {
			r := <-replies
			require.Error(t, r.err, "a held answer got out: %d %s", r.status, r.body)
		}
		for _, request := range fake.Requests()[1:] {
			assert.Zero(t, request.Status)
		}
	}
	// Not assert.Eventually, which counts as a goroutine itself.
	after := runtime.NumGoroutine()
	for deadline := time.Now().Add(5 * time.Second); after > before && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
		after = runtime.NumGoroutine()
	}
	assert.LessOrEqual(t, after, before)
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t)
	number := newCaller(t, fake.URL, fake.NumberKey("num_1"))
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 20 {
				number.try("POST", sendPath, text)
				fake.Inject(pilotstatustest.Fault{Op: "Messages.Get", Status: 500})
				fake.Number("num_1").Disconnect()
				fake.Number("num_1").Connect()
				fake.Advance(time.Millisecond)
				fake.Messages()
				fake.Requests()
			}
		})
	}
	group.Wait()
	assert.Len(t, fake.Messages(), 160)
}
