package pilotstatustest_test

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
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

func (w *countingWriter) Header() http.Header { return w.header }

func (w *countingWriter) Write(b []byte) (int, error) { return len(b), nil }

func (w *countingWriter) WriteHeader(status int) { w.status = status }

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

func onboarding() pilotstatus.SendRequest {
	return pilotstatus.SendRequest{
		To:      pilotstatus.Phone("+5511999999999"),
		Content: pilotstatus.TemplateContent{ID: "onboarding-test", Variables: map[string]string{"name": "John"}},
	}
}

func TestClients(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t, pilotstatustest.WithClock(epoch()))
	number, tenant := fake.NumberClient("num_1"), fake.TenantClient()

	accepted, err := number.Messages.Send(t.Context(), onboarding())
	require.NoError(t, err)
	require.Len(t, fake.Messages(), 1)
	assert.Equal(t, fake.Messages()[0].ID, accepted.ID)
	fake.Advance(time.Second)
	message, err := number.Messages.Get(t.Context(), fake.Messages()[0].ExternalID)
	require.NoError(t, err)
	assert.Equal(t, pilotstatus.MessageStatusRead, message.Status)

	numbers, err := tenant.Numbers.List(t.Context())
	require.NoError(t, err)
	assert.Len(t, numbers, 2)
	info, err := fake.PublicClient().Pairing.Info(t.Context(), fake.Tenant().PairingLink("num_1"))
	require.NoError(t, err)
	assert.NotZero(t, info)
	assert.Empty(t, fake.Requests()[len(fake.Requests())-1].Header.Get("x-api-key"))
	opened, err := tenant.OpenNumber(t.Context(), "num_2")
	require.NoError(t, err)
	_, err = opened.Messages.Send(t.Context(), onboarding())
	require.NoError(t, err)
	assert.Equal(t, "num_2", fake.Messages()[1].NumberID)
}

func TestClientOptionsComeLast(t *testing.T) {
	t.Parallel()
	fake, other := pilotstatustest.NewServer(t), pilotstatustest.NewServer(t)
	_, err := fake.TenantClient(pilotstatus.WithBaseURL(other.URL)).Numbers.List(t.Context())
	var unauthorized *pilotstatus.UnauthorizedError
	require.ErrorAs(t, err, &unauthorized)
	assert.Empty(t, fake.Requests())
	assert.Len(t, other.Requests(), 1)
}

func TestClientThatCannotBe(t *testing.T) {
	t.Parallel()
	tb := &fakeTB{}
	fake := pilotstatustest.NewServer(tb)
	defer tb.end()
	fake.NumberClient("num_9")
	fake.TenantClient(pilotstatus.WithBaseURL("ftp://nowhere"))
	fake.PublicClient(pilotstatus.WithBaseURL("ftp://nowhere"))
	require.Len(t, tb.failures, 3)
	assert.Contains(t, tb.failures[2], `pilotstatustest: public client: `)
	assert.Contains(t, tb.failures[0], `pilotstatustest: client of number "num_9": `)

	program := pilotstatustest.Start()
	defer program.Close()
	var invalid *pilotstatus.ValidationError
	_, err := program.NumberClient("num_9").Messages.Send(t.Context(), onboarding())
	require.ErrorAs(t, err, &invalid)
	_, err = program.TenantClient(pilotstatus.WithBaseURL("ftp://nowhere")).Numbers.List(t.Context())
	require.ErrorAs(t, err, &invalid)
	_, err = program.PublicClient(pilotstatus.WithBaseURL("ftp://nowhere")).Pairing.Info(t.Context(), "token")
	require.ErrorAs(t, err, &invalid)
	assert.Empty(t, program.Requests())
}

func TestLostAnswerIsNoSecondMessage(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t)
	fake.Inject(pilotstatustest.Fault{Op: "Messages.Send", Processed: true, Reset: true})
	quick := pilotstatus.WithRetry(pilotstatus.RetryPolicy{MaxRetries: 3, MinWait: time.Millisecond, MaxWait: 2 * time.Millisecond})
	accepted, err := fake.NumberClient("num_1", quick).Messages.Send(t.Context(), onboarding())
	require.NoError(t, err)
	assert.True(t, accepted.Replayed)
	assert.Len(t, fake.Messages(), 1)
	assert.Len(t, fake.Requests(), 2)
}

// slowly is an interval that a wait of a test must not keep. patience bounds the wait.
const slowly, patience = time.Hour, time.Minute

// A wait ends soon after what it waits for, whatever interval the code under test asks for
// and from whichever client it comes.
func TestWaitsLookOften(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t)
	tenant := fake.TenantClient()
	opened, err := tenant.OpenNumber(t.Context(), "num_1")
	require.NoError(t, err)
	for name, number := range map[string]*pilotstatus.NumberClient{
		"number": fake.NumberClient("num_1"), "opened": opened,
		"with options": fake.NumberClient("num_1", pilotstatus.WithUserAgent("x"), pilotstatus.WithLimiter(nil)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			accepted, err := number.Messages.Send(t.Context(), pilotstatus.SendRequest{
				To: pilotstatus.Phone("+5511999999999"), Content: pilotstatus.TextContent{Body: "Hi"},
			})
			require.NoError(t, err)
			message, err := number.Messages.Wait(ctx, accepted.ID, pilotstatus.WaitMessageOptions{Interval: slowly})
			require.NoError(t, err)
			assert.False(t, message.DeliveredAt.IsZero())
		})
	}
}

// What a test does meanwhile wakes a wait.
func TestWaitsAreWoken(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t, pilotstatustest.WithClock(epoch()))
	number, tenant := fake.NumberClient("num_1"), fake.TenantClient()
	accepted, err := number.Messages.Send(t.Context(), pilotstatus.SendRequest{
		To: pilotstatus.Phone("+5511999999999"), Content: pilotstatus.TextContent{Body: "Hi"},
	})
	require.NoError(t, err)
	fake.Number("num_2").Disconnect()
	ended := make(chan error, 2)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	go func() {
		_, err := number.Messages.Wait(ctx, accepted.ID, pilotstatus.WaitMessageOptions{Interval: slowly})
		ended <- err
	}()
	go func() {
		_, err := tenant.Numbers.WaitConnected(ctx, "num_2", pilotstatus.WaitConnectedOptions{StatusInterval: slowly})
		ended <- err
	}()
	for _, op := range []string{"Messages.Get", "Numbers.Status"} {
		require.Eventually(t, func() bool { return asked(fake, op) > 1 }, 10*time.Second, time.Millisecond, op)
	}
	fake.Advance(time.Minute)
	fake.Number("num_2").Connect()
	require.NoError(t, <-ended)
	require.NoError(t, <-ended)
}

// asked counts the requests to an operation.
func asked(fake *pilotstatustest.Server, op string) (n int) {
	for _, r := range fake.Requests() {
		if r.Op == op {
			n++
		}
	}
	return n
}

// frames is a test that notes which functions of the server stand between a failure and
// the test without having called Helper.
type frames struct {
	helpers map[string]bool
	visible []string
	failed  bool
}

func (f *frames) Cleanup(func()) {}

func (f *frames) Helper() {
	pc, _, _, _ := runtime.Caller(1)
	f.helpers[runtime.FuncForPC(pc).Name()] = true
}

func (f *frames) Fatalf(string, ...any) {
	f.failed = true
	pcs := make([]uintptr, 20)
	callers := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	for {
		frame, more := callers.Next()
		if strings.Contains(frame.Function, "/pilotstatustest.") && !f.helpers[frame.Function] {
			f.visible = append(f.visible, frame.Function)
		}
		if !more {
			return
		}
	}
}

func TestFailureIsThatOfTheTest(t *testing.T) {
	t.Parallel()
	for name, wrong := range map[string]func(*pilotstatustest.Server){
		"Number":            func(s *pilotstatustest.Server) { s.Number("x") },
		"NumberClient":      func(s *pilotstatustest.Server) { s.NumberClient("x") },
		"Inject":            func(s *pilotstatustest.Server) { s.Inject(pilotstatustest.Fault{Op: "x"}) },
		"PairingLink":       func(s *pilotstatustest.Server) { s.Tenant().PairingLink("x") },
		"SetMessageStatus":  func(s *pilotstatustest.Server) { s.Tenant().SetMessageStatus("x", "READ", "") },
		"SetUnread":         func(s *pilotstatustest.Server) { s.Number("num_1").SetUnread("x", 1) },
		"Receive":           func(s *pilotstatustest.Server) { s.Number("num_1").Receive(pilotstatustest.Inbound{}) },
		"AnswerFlow":        func(s *pilotstatustest.Server) { s.Number("num_1").AnswerFlow("x") },
		"AddGroup":          func(s *pilotstatustest.Server) { s.Number("num_1").AddGroup("x", "x") },
		"AddNewsletter":     func(s *pilotstatustest.Server) { s.Number("num_1").AddNewsletter("x", "x") },
		"RingOut":           func(s *pilotstatustest.Server) { s.Number("num_1").RingOut("x") },
		"AnswerCall":        func(s *pilotstatustest.Server) { s.Number("num_1").AnswerCall("x") },
		"DeclineCall":       func(s *pilotstatustest.Server) { s.Number("num_1").DeclineCall("x") },
		"HangUp":            func(s *pilotstatustest.Server) { s.Number("num_1").HangUp("x") },
		"MissCall":          func(s *pilotstatustest.Server) { s.Number("num_1").MissCall("x") },
		"FailCall":          func(s *pilotstatustest.Server) { s.Number("num_1").FailCall("x", "", "") },
		"ReportHealth":      func(s *pilotstatustest.Server) { s.Number("num_1").ReportHealth("x") },
		"ChargeOutcome":     func(s *pilotstatustest.Server) { s.Number("num_1").ChargeOutcome("x") },
		"WorkspaceCharge":   func(s *pilotstatustest.Server) { s.Tenant().ChargeOutcome("x") },
		"ApproveTemplate":   func(s *pilotstatustest.Server) { s.Tenant().ApproveTemplate("x") },
		"RejectTemplate":    func(s *pilotstatustest.Server) { s.Tenant().RejectTemplate("x", "") },
		"SetTemplateStatus": func(s *pilotstatustest.Server) { s.Tenant().SetTemplateStatus("x", "", "") },
		"AddTemplate":       func(s *pilotstatustest.Server) { s.Tenant().AddTemplate(pilotstatustest.Template{}) },
		"ExpireMedia":       func(s *pilotstatustest.Server) { s.Tenant().ExpireMedia("x") },
		"SubmitLead":        func(s *pilotstatustest.Server) { s.Tenant().SubmitLead(pilotstatustest.Lead{}) },
		"PageTasks":         func(s *pilotstatustest.Server) { s.Tenant().PageTasks("x", nil) },
		"FailSubscription":  func(s *pilotstatustest.Server) { s.Tenant().FailSubscription("x", "") },
		"MetaLookup":        func(s *pilotstatustest.Server) { s.Tenant().MetaLookup("x") },
		"LogDelivery":       func(s *pilotstatustest.Server) { s.Tenant().LogDelivery("x", "x", 200) },
		"SetVerification":   func(s *pilotstatustest.Server) { s.Tenant().SetVerification("APPROVED", "") },
		"DenyPermission":    func(s *pilotstatustest.Server) { s.Tenant().DenyPermission("x") },
		"FinishCheckout":    func(s *pilotstatustest.Server) { s.Tenant().FinishCheckout("x") },
	} {
		f := &frames{helpers: map[string]bool{}}
		fake := pilotstatustest.NewServer(f)
		wrong(fake)
		fake.Close()
		assert.True(t, f.failed, name)
		assert.Empty(t, f.visible, name)
	}
}
