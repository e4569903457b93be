package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// bench is a campaign on a fake, with three rows.
type bench struct {
	*campaign

	fake *pilotstatustest.Server
	path string
	rows []row
}

func newBench(t *testing.T) *bench {
	t.Helper()
	fake := pilotstatustest.NewServer(t)
	b := &bench{fake: fake, path: filepath.Join(t.TempDir(), "journal")}
	b.campaign = &campaign{
		name: "spring", template: "onboarding-test", now: time.Now,
		number: fake.NumberClient("num_1", pilotstatus.WithRetry(pilotstatus.RetryPolicy{})),
		apiKey: fake.NumberKey("num_1"),
	}
	for i := range 3 {
		b.rows = append(b.rows, row{
			line: i + 2, id: fmt.Sprintf("c-%d", i), to: fmt.Sprintf("+551199999000%d", i), name: "Ana",
		})
	}
	return b
}

// start runs the campaign as a new process would.
func (b *bench) start(t *testing.T) (summary, error) {
	t.Helper()
	journal, err := openJournal(b.path)
	require.NoError(t, err)
	b.journal = journal
	result, err := b.run(t.Context(), b.rows, func() {})
	require.NoError(t, journal.close())
	return result, err
}

// mustStart requires that the run reached its end with these numbers.
func (b *bench) mustStart(t *testing.T, want summary) {
	t.Helper()
	got, err := b.start(t)
	require.NoError(t, err)
	assert.Len(t, got.notes, got.failed+got.reported+got.unknown)
	got.notes = nil
	require.Equal(t, want, got)
}

// sends is how many requests arrived.
func (b *bench) sends() (n int) {
	for _, r := range b.fake.Requests() {
		if r.Op == "Messages.Send" {
			n++
		}
	}
	return n
}

func TestKeyAndHash(t *testing.T) {
	t.Parallel()
	c := &campaign{name: "a", template: "t", apiKey: "k"}
	key := c.key(row{id: "bc"})
	assert.Equal(t, "3fafa1cf2f19a7c1129beb20cf0983f73a489a221fc0dd2f16d1be292d089205", key)
	assert.NotEqual(t, key, c.key(row{id: "bd"}))
	assert.NotEqual(t, key, (&campaign{name: "b"}).key(row{id: "bc"}))
	assert.NotEqual(t, key, (&campaign{name: "ab"}).key(row{id: "c"}))
	assert.Equal(t, key, c.key(row{line: 9, id: "bc", to: "+1", name: "x"}), "the key is of the campaign and the row_id only")

	r := row{id: "bc", to: "+1", name: "x"}
	hash := c.hash(r)
	assert.Equal(t, hash, c.hash(row{line: 9, id: "z", to: "+1", name: "x"}))
	assert.NotEqual(t, hash, c.hash(row{to: "+2", name: "x"}))
	assert.NotEqual(t, hash, c.hash(row{to: "+1", name: "y"}))
	assert.NotEqual(t, hash, (&campaign{template: "u", apiKey: "k"}).hash(r))
	assert.NotEqual(t, hash, (&campaign{template: "t", apiKey: "l"}).hash(r), "through another number it would be sent twice")
}

// The second run is so late that the API has forgotten the keys: only the journal helps.
func TestSecondRunSendsNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.mustStart(t, summary{sent: 3})
	sent := b.fake.Messages()
	require.Len(t, sent, 3)
	for i, message := range sent {
		assert.Equal(t, b.key(b.rows[i]), message.IdempotencyKey)
		assert.Equal(t, b.rows[i].to, message.DestinationNumber)
	}
	b.fake.Advance(25 * time.Hour)
	b.mustStart(t, summary{already: 3})
	assert.Equal(t, 3, b.sends())
}

func TestUnsettledSends(t *testing.T) {
	t.Parallel()
	now := time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		ages []time.Duration // of the sends in the journal
		name string          // that was sent then
		want summary
	}{
		"young":           {[]time.Duration{22 * time.Hour}, "Ana", summary{sent: 1}},
		"just young":      {[]time.Duration{keyLife}, "Ana", summary{sent: 1}},
		"old":             {[]time.Duration{keyLife + time.Second}, "Ana", summary{reported: 1}},
		"repeated, old":   {[]time.Duration{30 * time.Hour, time.Hour}, "Ana", summary{reported: 1}},
		"other content":   {[]time.Duration{time.Hour}, "Bia", summary{reported: 1}},
		"from the future": {[]time.Duration{-time.Hour}, "Ana", summary{reported: 1}},
		"repeated, young": {[]time.Duration{2 * time.Hour, time.Hour}, "Ana", summary{sent: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.rows = b.rows[:1]
			b.now = func() time.Time { return now }
			b.retryFailed = true // it is no way around
			then := b.rows[0]
			then.name = test.name
			journal := newJournal(t, b.path)
			for _, age := range test.ages {
				require.NoError(t, journal.append(entry{
					Event: eventSending, Key: b.key(then), Hash: b.hash(then), Time: now.Add(-age),
				}))
			}
			require.NoError(t, journal.close())
			b.mustStart(t, test.want)
			assert.Equal(t, test.want.sent, b.sends())
			b.mustStart(t, summary{already: test.want.sent, reported: test.want.reported})
		})
	}
}

func TestUnknownOutcomeIsSettledByTheNextRun(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.fake.Inject(
		pilotstatustest.Fault{Op: "Messages.Send", Processed: true, Reset: true},  // sent
		pilotstatustest.Fault{Op: "Messages.Send", Status: http.StatusBadGateway}, // not sent
		pilotstatustest.Fault{Op: "Messages.Send", TruncateAt: 10},                // sent
	)
	b.mustStart(t, summary{unknown: 3})
	assert.Len(t, b.fake.Messages(), 2)
	b.now = func() time.Time { return time.Now().Add(24 * time.Hour) }
	b.mustStart(t, summary{reported: 3})
	assert.Equal(t, 3, b.sends())
	b.now = time.Now
	b.mustStart(t, summary{sent: 3})
	assert.Len(t, b.fake.Messages(), 3)
	b.mustStart(t, summary{already: 3})
}

func TestRefusedRows(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.rows[0].name = ""
	b.rows[1].to = "+551199\n"
	b.fake.Inject(pilotstatustest.Fault{Op: "Messages.Send", Times: 2, Status: http.StatusBadRequest, Code: "55_11999990000"})
	b.mustStart(t, summary{failed: 3})
	data, err := os.ReadFile(b.path)
	require.NoError(t, err)
	assert.Contains(t, string(data), `"code":"INVALID"`)
	assert.Contains(t, string(data), `"code":"HTTP_400"`, "the code could be anything")

	sends := b.sends()
	b.mustStart(t, summary{failed: 3})
	assert.Equal(t, sends, b.sends())

	b.retryFailed = true
	b.rows[1].to = "+5511999990007" // nothing was sent, so it may change
	b.mustStart(t, summary{sent: 2, failed: 1})
	b.mustStart(t, summary{already: 2, failed: 1})
	sent := b.fake.Messages()
	require.Len(t, sent, 2)
	assert.Equal(t, b.key(b.rows[1]), sent[0].IdempotencyKey)
}

// The key was used for another message: whether this row was sent, nobody knows.
// A refusal does not say that an earlier send, whose outcome is unknown, was refused too.
func TestRefusedAfterAnUnknownSend(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.rows = b.rows[:1]
	b.fake.Inject(pilotstatustest.Fault{Op: "Messages.Send", Reset: true})
	b.mustStart(t, summary{unknown: 1})
	b.fake.Inject(pilotstatustest.Fault{Op: "Messages.Send", Status: http.StatusBadRequest, Code: "NO"})
	b.mustStart(t, summary{reported: 1})
	b.mustStart(t, summary{reported: 1})
	assert.Equal(t, 2, b.sends())
}

func TestReusedKeyIsNeverRetried(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, err := b.number.Messages.Send(t.Context(), pilotstatus.SendRequest{
		To:             pilotstatus.Phone("+5511999990009"),
		Content:        pilotstatus.TextContent{Body: "Hello"},
		IdempotencyKey: b.key(b.rows[0]),
	})
	require.NoError(t, err)
	b.mustStart(t, summary{sent: 2, failed: 1})
	b.fake.Advance(25 * time.Hour)
	b.retryFailed = true
	b.mustStart(t, summary{already: 2, failed: 1})
}

func TestRefusalsThatStopTheRun(t *testing.T) {
	t.Parallel()
	for _, fault := range []pilotstatustest.Fault{
		{Status: http.StatusUnauthorized},
		{Status: http.StatusForbidden, Code: "TENANT_SCOPE_NOT_ALLOWED"},
		{Status: http.StatusForbidden, Code: "NUMBER_SCOPE_NOT_ALLOWED"},
		{Status: http.StatusForbidden, Code: "PERMISSION_DENIED"},
		{Status: http.StatusTooManyRequests},
		{Status: http.StatusPaymentRequired, Code: "INSUFFICIENT_FUNDS"},
		{Status: http.StatusConflict, Code: "NUMBER_BLOCKED"},
		{Status: http.StatusNotImplemented},
		{Status: http.StatusNotFound, Body: "<html>wrong path</html>"},
	} {
		t.Run(fmt.Sprint(fault.Status, fault.Code), func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			fault.Op, fault.Times = "Messages.Send", -1
			b.fake.Inject(fault)
			got, err := b.start(t)
			require.ErrorContains(t, err, "stopped at line 2")
			var apiErr *pilotstatus.APIError
			require.ErrorAs(t, err, &apiErr)
			assert.Equal(t, summary{left: 3}, got)
			assert.Equal(t, 1, b.sends())

			b.fake.ClearFaults()
			b.now = func() time.Time { return time.Now().Add(48 * time.Hour) } // it was not sent, however long ago
			b.mustStart(t, summary{sent: 3})
		})
	}
}

func TestWithoutConnection(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.fake.Close()
	got, err := b.start(t)
	var transport *pilotstatus.TransportError
	require.ErrorAs(t, err, &transport)
	assert.Equal(t, summary{left: 3}, got)
}

func TestInterrupted(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.journal = newJournal(t, b.path)
	ctx, cancel := context.WithCancel(t.Context())
	got, err := b.run(ctx, b.rows, cancel)
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, summary{sent: 1, left: 2}, got)
	require.NoError(t, b.journal.close())
	b.mustStart(t, summary{sent: 2, already: 1})
}

// What cannot be written down is not sent.
func TestJournalThatFails(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.journal = newJournal(t, b.path)
	require.NoError(t, b.journal.close())
	got, err := b.run(t.Context(), b.rows, func() {})
	require.ErrorIs(t, err, os.ErrClosed)
	assert.Equal(t, summary{left: 3}, got)
	assert.Zero(t, b.sends())
}

func TestPlanSendsNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.journal = newJournal(t, b.path)
	assert.Equal(t, summary{left: 3}, b.plan(b.rows))
	assert.Zero(t, b.sends())
}
