package pilotstatuspg

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatuspg/pilotstatuspgtest/pgserver"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

var chaosMessages = flag.Int("messages", 300, "how many messages TestChaos sends")

// workerEnv has the job of a test binary that is run as a worker.
const workerEnv = "PILOTSTATUSPG_WORKER"

// job is what a worker process is told.
type job struct {
	DSN, Schema, URL string
	Keys             map[string]string
	AttemptTimeout   time.Duration
}

// Get hands out clients.
func (j job) Get(_ context.Context, number string) (*pilotstatus.NumberClient, error) {
	return pilotstatus.NewNumberClient(pilotstatus.APIKey(j.Keys[number]), pilotstatus.WithBaseURL(j.URL))
}

// TestWorkerProcess is no test: it is the main function of a worker process.
func TestWorkerProcess(t *testing.T) { //nolint:paralleltest // it is alone
	text := os.Getenv(workerEnv)
	if text == "" {
		t.Skip("the process is a test")
	}
	var j job
	require.NoError(t, json.Unmarshal([]byte(text), &j))
	ctx, stop := signal.NotifyContext(t.Context(), syscall.SIGTERM)
	defer stop()
	pool, err := pgxpool.New(ctx, j.DSN)
	require.NoError(t, err)
	defer pool.Close()
	outbox, err := New(Options{Schema: j.Schema, Deployment: "test"})
	require.NoError(t, err)
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	require.NoError(t, outbox.Run(ctx, pool, j, RunOptions{AttemptTimeout: j.AttemptTimeout, Logger: logger}))
}

// process is a worker process.
type process struct {
	cmd    *exec.Cmd
	output strings.Builder
}

func startProcess(tb testing.TB, j job) *process {
	tb.Helper()
	return startRole(tb, "TestWorkerProcess", workerEnv, j)
}

// startRole runs a test of this binary in a process of its own, with its job in env.
func startRole(tb testing.TB, test, env string, job any) *process {
	tb.Helper()
	text, err := json.Marshal(job)
	require.NoError(tb, err)
	p := &process{cmd: exec.Command(os.Args[0], "-test.run=^"+test+"$")}
	p.cmd.Env = append(os.Environ(), env+"="+string(text))
	p.cmd.Stderr, p.cmd.Stdout = &p.output, &p.output
	require.NoError(tb, p.cmd.Start())
	tb.Cleanup(func() { _ = p.cmd.Process.Kill() })
	return p
}

func (p *process) kill(tb testing.TB) {
	tb.Helper()
	require.NoError(tb, p.cmd.Process.Kill())
	_ = p.cmd.Wait() // it was killed
}

func (p *process) signal(tb testing.TB, s syscall.Signal) {
	tb.Helper()
	require.NoError(tb, p.cmd.Process.Signal(s))
}

// end ends the process as an operator does.
func (p *process) end(tb testing.TB) {
	tb.Helper()
	p.signal(tb, syscall.SIGTERM)
	require.NoError(tb, p.cmd.Wait(), p.output.String())
}

// chaosFaults breaks three of ten exchanges in every way.
func chaosFaults(rnd *rand.Rand, n int, hang time.Duration) []pilotstatustest.Fault {
	broken := []pilotstatustest.Fault{
		{Reset: true},
		{Reset: true, Processed: true},
		{Status: 503, Processed: true},
		{Status: 500},
		{Status: 502, Body: "<html>\x00\xff\xfe</html>"},
		{Status: 429},
		{Delay: hang, Reset: true, Processed: true},
		{TruncateAt: 20},
	}
	faults := make([]pilotstatustest.Fault, n)
	for i := range faults {
		if rnd.IntN(10) < 3 {
			faults[i] = broken[rnd.IntN(len(broken))]
		}
		faults[i].Op = "Messages.Send"
	}
	return faults
}

// chaos is an outbox whose processes, database and API break.
type chaos struct {
	*story

	server    *pgserver.Server
	rnd       *rand.Rand
	job       job
	processes [2]*process
	enqueued  int
}

func newChaos(t *testing.T) *chaos {
	t.Helper()
	server, err := pgserver.Start(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Stop()) })
	pool := newPool(t, server.DSN)
	require.NoError(t, Migrate(t.Context(), pool, ""))
	outbox, err := New(Options{Deployment: "test"})
	require.NoError(t, err)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	c := &chaos{
		story:  &story{T: t, outbox: outbox, pool: pool, fake: pilotstatustest.NewServer(t)},
		server: server, rnd: rand.New(rand.NewPCG(seed, 0)),
	}
	c.job = job{
		DSN: server.DSN, URL: c.fake.URL, AttemptTimeout: 500 * time.Millisecond,
		Keys: map[string]string{"num_1": c.fake.NumberKey("num_1"), "num_2": c.fake.NumberKey("num_2")},
	}
	return c
}

// keyOf tells of a message where it stands in its chain.
func keyOf(number int, priority Priority, recipient, i int) string {
	return fmt.Sprintf("%d/%d/%02d/%07d", number, priority, recipient, i)
}

// enqueueSome enqueues messages one after the other.
func (c *chaos) enqueueSome(n int) {
	c.Helper()
	for c.enqueued < n {
		requests := map[Priority]map[string][]pilotstatus.SendRequest{Urgent: {}, Normal: {}, Bulk: {}}
		for range min(100, n-c.enqueued) {
			number, recipient := 1+c.rnd.IntN(2), c.rnd.IntN(30)
			priority := Priority(c.rnd.IntN(3))
			id := fmt.Sprintf("num_%d", number)
			key := keyOf(number, priority, recipient, c.enqueued)
			requests[priority][id] = append(requests[priority][id], pilotstatus.SendRequest{
				To: pilotstatus.Phone(fmt.Sprintf("+55119999999%02d", recipient)), IdempotencyKey: key,
				Content:      pilotstatus.TextContent{Body: "text " + key},
				DeliverUntil: time.Now().Add(12 * time.Hour),
			})
			c.enqueued++
		}
		require.NoError(c, pgx.BeginFunc(c.Context(), c.pool, func(tx pgx.Tx) error {
			for priority, numbers := range requests {
				for number, rs := range numbers {
					if _, err := c.outbox.EnqueueMany(c.Context(), tx, number, rs, WithPriority(priority)); err != nil {
						return err
					}
				}
			}
			return nil
		}))
	}
}

// disturb kills a process, or stops it for two leases.
func (c *chaos) disturb() {
	c.Helper()
	p := &c.processes[c.rnd.IntN(2)]
	if c.rnd.IntN(3) > 0 {
		(*p).kill(c)
		*p = startProcess(c, c.job)
		return
	}
	(*p).signal(c, syscall.SIGSTOP)
	time.Sleep(2 * leaseAttempts * c.job.AttemptTimeout)
	(*p).signal(c, syscall.SIGCONT)
}

// TestChaos has two processes that are killed or stopped beyond a lease, a database that
// restarts, and an API that breaks three of ten exchanges. Run more of it with
// go test -run 'TestChaos$' -messages 10000 -timeout 2h .
func TestChaos(t *testing.T) {
	t.Parallel()
	c := newChaos(t)
	c.fake.Inject(chaosFaults(c.rnd, 2*(*chaosMessages), 2*c.job.AttemptTimeout)...)
	for number := range c.job.Keys {
		require.NoError(t, c.outbox.SetPace(t.Context(), c.pool, number, Pace{Parallel: 15}))
	}
	for i := range c.processes {
		c.processes[i] = startProcess(t, c.job)
	}
	const rounds = 8
	for round := range rounds {
		c.enqueueSome(*chaosMessages * (round + 1) / rounds)
		time.Sleep(time.Duration(c.rnd.IntN(1000)) * time.Millisecond)
		if round == rounds/2 {
			require.NoError(t, c.server.Restart(t.Context()))
			c.pool.Reset()
		}
		c.disturb()
	}
	patience := 10*time.Minute + time.Duration(*chaosMessages)*50*time.Millisecond
	for deadline := time.Now().Add(patience); c.count("open OR state = 'scheduled'") > 0; time.Sleep(100 * time.Millisecond) {
		require.True(t, time.Now().Before(deadline), "%d messages are open", c.count("open"))
		if c.rnd.IntN(50) == 0 {
			c.disturb()
		}
	}
	for _, p := range c.processes {
		p.end(t)
	}
	c.nothingLeased()
	c.check()
}

// check compares the tables with what the API has.
func (c *chaos) check() {
	c.Helper()
	accepted := map[string]string{}
	last := map[string]string{}
	sent := c.fake.Messages()
	bodies := map[string]bool{}
	disorder := 0
	for _, m := range sent {
		key := m.IdempotencyKey
		accepted[key] = m.ID
		bodies[string(m.Body)] = true
		chain := key[:strings.LastIndexByte(key, '/')]
		if key < last[chain] {
			disorder++
		}
		last[chain] = max(last[chain], key)
	}
	assert.Len(c, bodies, len(sent), "doubled")
	assert.Len(c, accepted, c.enqueued, "lost")
	assert.Zero(c, disorder, "order of a recipient broken")
	assert.Equal(c, c.enqueued, c.count("state = 'accepted'"), "unsettled")
	rows, err := c.pool.Query(c.Context(), c.outbox.in("SELECT key, accepted_id FROM pilotstatus.message"))
	require.NoError(c, err)
	var key, id string
	missing := 0
	_, err = pgx.ForEachRow(rows, []any{&key, &id}, func() error {
		if accepted[key] != id {
			missing++
		}
		return nil
	})
	require.NoError(c, err)
	assert.Zero(c, missing, "acceptances that are not in the table")
	c.Logf("%d messages, %d requests", len(sent), len(c.fake.Requests()))
}
