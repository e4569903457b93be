package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

const asProgram = "BROADCAST_TEST_AS_PROGRAM"

// TestMain lets the test binary be the program, so that a test can kill it.
func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// program is the program with its flags and environment.
func program(t *testing.T, env []string, flags ...string) (cmd *exec.Cmd, output *bytes.Buffer) {
	t.Helper()
	cmd = exec.CommandContext(t.Context(), os.Args[0], flags...)
	cmd.Env = append(os.Environ(), append([]string{asProgram + "=1", "PILOT_STATUS_API_KEY=", "PILOT_STATUS_API_KEY_ID="}, env...)...)
	output = new(bytes.Buffer)
	cmd.Stdout, cmd.Stderr = output, output
	return cmd, output
}

// When a killing takes place.
const (
	beforeSend  = iota // the request is lost
	duringSend         // the request is processed afterwards
	afterSend          // the answer is lost
	afterAnswer        // a moment after the answer, maybe at the next row
	atAnyTime          // maybe before the first request
	moments
)

// killer stands before the fake and kills the program at a request.
type killer struct {
	fake    *pilotstatustest.Server
	journal string

	mu     sync.Mutex
	early  int // requests that the journal did not announce
	kill   func()
	moment int
	pause  time.Duration
	left   int // requests until then
}

// over is how many more requests a program may make that was not killed at once.
const over = 2

func (k *killer) set(moment, left int, pause time.Duration, kill func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.kill, k.moment, k.left, k.pause = kill, moment, left, pause
}

func (k *killer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	data, err := os.ReadFile(k.journal)
	announced := err == nil && bytes.Contains(data, []byte(`"sending","key":"`+r.Header.Get("Idempotency-Key")+`"`))
	k.mu.Lock()
	if !announced {
		k.early++
	}
	k.left--
	kill, moment, left, pause := k.kill, k.moment, k.left, k.pause
	k.mu.Unlock()
	switch {
	case kill == nil:
		k.fake.ServeHTTP(w, r)
	case left <= -over, left == 0 && moment == beforeSend:
		kill()
		panic(http.ErrAbortHandler)
	case left == 0 && moment == duringSend:
		kill()
		k.fake.ServeHTTP(httptest.NewRecorder(), r.WithContext(context.WithoutCancel(r.Context())))
	case left == 0 && moment == afterSend:
		k.fake.ServeHTTP(httptest.NewRecorder(), r)
		kill()
	case left == 0 && moment == afterAnswer:
		k.fake.ServeHTTP(w, r)
		time.AfterFunc(pause, kill)
	default:
		k.fake.ServeHTTP(w, r)
	}
}

func TestKilledAndStartedAgain(t *testing.T) {
	t.Parallel()
	const rows, kills = 60, 15
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))

	fake := pilotstatustest.NewServer(t)
	dir := t.TempDir()
	journal, csv := filepath.Join(dir, "journal"), filepath.Join(dir, "rows.csv")
	k := &killer{fake: fake, journal: journal}
	server := httptest.NewServer(k)
	t.Cleanup(server.Close)
	write(t, csv, "row_id,to,name\n")
	for i := range rows {
		write(t, csv, fmt.Sprintf("c-%d,+5511999990%03d,Zuleica\n", i, i))
	}
	env := []string{"PILOT_STATUS_API_KEY=" + fake.NumberKey("num_1"), "PILOT_STATUS_BASE_URL=" + server.URL}
	start := func() (*exec.Cmd, *bytes.Buffer) {
		return program(t, env, "-csv", csv, "-campaign", "spring", "-template", "onboarding-test",
			"-journal", journal, "-rate", "1000", "-send")
	}

	var outputs strings.Builder
	for i := range kills {
		cmd, output := start()
		// The process may be gone already, which is as good.
		kill := func() { _ = cmd.Process.Kill() }
		moment, pause := i%moments, time.Duration(random.Int64N(int64(30*time.Millisecond)))
		started := make(chan struct{})
		k.set(moment, 1+random.IntN(2), pause, func() { <-started; kill() })
		require.NoError(t, cmd.Start())
		close(started)
		if moment == atAnyTime {
			time.AfterFunc(10*pause, kill)
		}
		err := cmd.Wait()
		require.EqualError(t, err, "signal: killed", output.String())
		outputs.WriteString(output.String())
		if random.IntN(2) == 0 {
			write(t, journal, `{"event":"done","key":"0`) // as if it had died while it wrote
		}
	}

	k.set(0, 0, 0, nil)
	for _, want := range []string{"failed 0, reported 0, unknown 0, left 0", "sent 0, already done 60, failed 0"} {
		cmd, output := start()
		require.NoError(t, cmd.Run(), output.String())
		assert.Contains(t, output.String(), want)
		outputs.WriteString(output.String())
		fake.Advance(25 * time.Hour) // nothing but the journal keeps the next run from sending
	}

	requireOnce(t, fake, rows)
	k.mu.Lock()
	assert.Zero(t, k.early)
	k.mu.Unlock()
	requirePrivate(t, journal, outputs.String(), fake.NumberKey("num_1"))
}

// requireOnce requires that each row was sent, and once.
func requireOnce(t *testing.T, fake *pilotstatustest.Server, rows int) {
	t.Helper()
	sent := make(map[string]int)
	for _, message := range fake.Messages() {
		sent[message.IdempotencyKey]++
	}
	c := &campaign{name: "spring"}
	for i := range rows {
		assert.Equal(t, 1, sent[c.key(row{id: fmt.Sprintf("c-%d", i)})], "row %d", i)
	}
	assert.Len(t, sent, rows)
}

// requirePrivate requires that no person and no API key is in the journal and the output.
func requirePrivate(t *testing.T, journal, output, apiKey string) {
	t.Helper()
	data, err := os.ReadFile(journal)
	require.NoError(t, err)
	for _, private := range []string{"5511999990", "Zuleica", apiKey} {
		assert.False(t, bytes.Contains(data, []byte(private)))
		assert.NotContains(t, output, private)
	}
}

func TestDemo(t *testing.T) {
	t.Parallel()
	cmd, output := program(t, nil, "-rate", "1000")
	require.NoError(t, cmd.Run(), output.String())
	assert.Contains(t, output.String(), "sent 3, already done 0, failed 1,")
	assert.Contains(t, output.String(), "sent 0, already done 3, failed 1,")
	assert.NotContains(t, output.String(), "\r", "a file has no progress bar")
}

// A CSV of the user runs on the fake as it would on the API.
func TestCSVOnTheFake(t *testing.T) {
	t.Parallel()
	csv := filepath.Join(t.TempDir(), "rows.csv")
	write(t, csv, "row_id,to,name\nc-1,+5511999990001,José\nc-2,+5511999990002,\nc-3,letters,Ana\n,,\n")
	cmd, output := program(t, nil, "-csv", csv, "-campaign", "spring", "-template", "visit_reminder")
	require.NoError(t, cmd.Run(), output.String())
	assert.Contains(t, output.String(), "nothing is sent to anybody")
	assert.Contains(t, output.String(), "line 3: refused: ")
	assert.Contains(t, output.String(), "line 4: refused: ")
	assert.Contains(t, output.String(), "sent 1, already done 0, failed 2,")
	assert.Contains(t, output.String(), "sent 0, already done 1, failed 2,")
	write(t, csv, "c-4,+5511999990004,Jos\xe9\n")
	cmd, output = program(t, nil, "-csv", csv)
	require.Error(t, cmd.Run())
	assert.Contains(t, output.String(), "line 6: the file is not UTF-8")
	assert.NotContains(t, output.String(), "sent 1", "not even the rows before it")
}

func TestFlags(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t)
	dir := t.TempDir()
	csv, twice, latin := filepath.Join(dir, "rows.csv"), filepath.Join(dir, "twice.csv"), filepath.Join(dir, "latin.csv")
	write(t, csv, "row_id,to,name\nc-1,+5511999990001,Ana\n")
	write(t, twice, "row_id,to,name\nc-1,+5511999990001,Ana\nc-1,+5511999990002,Bia\n")
	write(t, latin, "row_id,to,name\nc-1,+5511999990001,Ana\nc-2,+5511999990002,Jos\xe9\n")
	env := []string{"PILOT_STATUS_API_KEY=" + fake.NumberKey("num_1"), "PILOT_STATUS_BASE_URL=" + fake.URL}
	all := []string{"-campaign", "c", "-template", "onboarding-test", "-journal", filepath.Join(dir, "journal"), "-csv"}
	for _, test := range []struct {
		env, flags []string
		want       string
		fails      bool
	}{
		{nil, []string{"-csv", csv, "-send"}, "-send needs PILOT_STATUS_API_KEY", true},
		{nil, []string{"send"}, "there are no arguments; -h shows the flags", true},
		{env, []string{"-yes"}, "flag provided but not defined", true},
		{env, []string{"-h"}, "Usage of", false},
		{env, nil, "in-process fake", false},
		{env, []string{"-csv", csv}, "in-process fake", false},
		{nil, append(all, csv), "-journal: for the real API only", true},
		{nil, []string{"-rate", "0"}, "-rate is from", true},
		{nil, []string{"-rate", "NaN"}, "-rate is from", true},
		{env, []string{"-csv", csv, "-send"}, "-send needs -csv, -campaign and -template", true},
		{env, append(all, twice, "-send"), "line 3: the row_id of line 2 again", true},
		{env, append(all, latin, "-send"), "line 3: the file is not UTF-8", true},
		{env, append(all, csv), "Nothing was sent", false},
	} {
		cmd, output := program(t, test.env, test.flags...)
		assert.Equal(t, test.fails, cmd.Run() != nil, output.String())
		assert.Contains(t, output.String(), test.want)
	}
	assert.Empty(t, fake.Requests())
}
