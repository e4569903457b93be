package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/pilotstatus/pilotstatus-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Some tests kill processes. The test binary starts itself as one, with its role in the
// environment.
const (
	roleVariable   = "RECEIVER_TEST_ROLE"
	schemaVariable = "RECEIVER_TEST_SCHEMA"

	rolePostgres = "postgres" // a program that has started a throw-away server
	roleMain     = "main"     // the program itself
	roleReceiver = "receiver" // a receiver that works

	// Receivers that get stuck, for ever, in the middle of an event.
	roleClaimed     = "stuck behind the claim"
	roleUncommitted = "stuck in the transaction"
	roleCommitted   = "stuck before Done"

	stuck = "stuck" // what they write then

	shortLease = 300 * time.Millisecond
)

// playRole is what such a process does. It writes where it can be found.
func playRole(ctx context.Context, role string) error {
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(1) // the test has died
	}()
	switch role {
	case roleMain:
		main() // it takes its flags from os.Args
		return nil
	case rolePostgres:
		server, err := startPostgres(ctx)
		if err != nil {
			return err
		}
		fmt.Println(server.dir)
		<-server.ended
		return server.err
	}
	pool, err := openPool(ctx, os.Getenv("PILOT_STATUS_PG_DSN"), inSchema(os.Getenv(schemaVariable)))
	if err != nil {
		return err
	}
	s := newStore(pool, time.Hour)
	handler, err := s.newHandler(testSecret, shortLease, slog.New(slog.NewTextHandler(os.Stderr, nil)), handleAs(role, s))
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("http://" + listener.Addr().String() + webhookPath)
	return serve(ctx, listener, handler)
}

func handleAs(role string, s *store) func(context.Context, pilotstatus.Event) error {
	getStuck := func() {
		fmt.Println(stuck)
		select {}
	}
	switch role {
	case roleClaimed:
		return func(context.Context, pilotstatus.Event) error {
			getStuck()
			return nil
		}
	case roleUncommitted:
		return func(ctx context.Context, e pilotstatus.Event) error {
			return s.once(ctx, e, func(ctx context.Context, tx pgx.Tx, e pilotstatus.Event) error {
				if err := s.keep(ctx, tx, e); err != nil {
					return err
				}
				getStuck()
				return nil
			})
		}
	case roleCommitted:
		return func(ctx context.Context, e pilotstatus.Event) error {
			if err := s.handle(ctx, e); err != nil {
				return err
			}
			getStuck()
			return nil
		}
	}
	return s.handle
}

// process is a running role.
type process struct {
	cmd   *exec.Cmd
	lines chan string
	first string // line
}

// startRole starts a role that writes where it can be found.
func startRole(t *testing.T, role, schema string) *process {
	t.Helper()
	env := []string{schemaVariable + "=" + schema}
	if role != rolePostgres {
		env = append(env, "PILOT_STATUS_PG_DSN="+database(t))
	}
	p := startProcess(t, role, env)
	p.first = p.line(t)
	return p
}

func startProcess(t *testing.T, role string, env []string, args ...string) *process {
	t.Helper()
	program, err := os.Executable()
	require.NoError(t, err)
	p := &process{cmd: exec.Command(program, args...), lines: make(chan string, 100)}
	p.cmd.Env = append(append(os.Environ(), roleVariable+"="+role), env...)
	_, err = p.cmd.StdinPipe() // ends with this process
	require.NoError(t, err)
	output, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	p.cmd.Stderr = p.cmd.Stdout
	require.NoError(t, p.cmd.Start())
	t.Cleanup(p.kill)
	go func() {
		defer close(p.lines)
		for scanner := bufio.NewScanner(output); scanner.Scan(); {
			p.lines <- scanner.Text()
		}
	}()
	return p
}

// line returns the next line that the process writes.
func (p *process) line(t *testing.T) string {
	t.Helper()
	select {
	case line, ok := <-p.lines:
		require.True(t, ok, "the process ended")
		return line
	case <-time.After(patience):
		require.FailNow(t, "the process writes nothing")
		return ""
	}
}

// kill ends the process with SIGKILL: it can do nothing more. It may have ended before.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_, _ = p.wait()
}

// wait waits until the process has ended, and returns what it wrote until then.
func (p *process) wait() (output string, err error) {
	for line := range p.lines { // Wait comes after all output
		output += line + "\n"
	}
	return output, p.cmd.Wait()
}

// Two receivers, and one is killed while it works on an event. Wherever it was, the event
// is handled once: by the other one after the lease has ended, or by the killed one if it
// had come so far.
func TestKilledReceiver(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		role    string
		handled bool // before it was killed
	}{
		{roleClaimed, false},
		{roleUncommitted, false},
		{roleCommitted, true},
	} {
		t.Run(row.role, func(t *testing.T) {
			t.Parallel()
			testKilledReceiver(t, row.role, row.handled)
		})
	}
}

func testKilledReceiver(t *testing.T, role string, handled bool) {
	t.Helper()
	schema := newSchema(t)
	s := newTestStore(t, schema)
	victim, survivor := startRole(t, role, schema), startRole(t, roleReceiver, schema)
	e := event(t, pilotstatus.EventMessageSent, "msg_1", nil)
	client := newHTTPClient(t)

	began := time.Now()
	dropped := make(chan error, 1)
	go func() {
		_, err := deliver(t.Context(), client, victim.first, testSecret, string(e.Raw()))
		dropped <- err
	}()
	require.Equal(t, stuck, victim.line(t))
	victim.kill()
	require.Error(t, <-dropped, "the killed receiver cannot answer")

	busy := 0
	eventually(t, func() bool {
		status, err := deliver(t.Context(), client, survivor.first, testSecret, string(e.Raw()))
		if status == http.StatusServiceUnavailable {
			busy++
			return false
		}
		return assert.NoError(t, err) && assert.Equal(t, http.StatusOK, status)
	}, "the other receiver handles the event")
	took := time.Since(began)
	t.Logf("answered %d times that somebody is at work, 200 after %s", busy, took.Round(time.Millisecond))

	by := survivor
	if handled {
		by = victim
	} else {
		assert.GreaterOrEqual(t, took, shortLease, "the lease protects who may still live")
	}
	var owner string
	require.NoError(t, s.pool.QueryRow(t.Context(), "SELECT owner FROM webhook_claims WHERE done_at IS NOT NULL").Scan(&owner))
	assert.Contains(t, owner, "-"+strconv.Itoa(by.cmd.Process.Pid)+"-")
	assert.Equal(t, 1, message(t, s, "msg_1").events)

	status, err := deliver(t.Context(), client, survivor.first, testSecret, string(e.Raw()))
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, status)
	assert.Equal(t, 1, message(t, s, "msg_1").events)
	assert.Equal(t, 1, count(t, s, "webhook_claims"))
}

// needsInstalled skips a test of the throw-away server where another server was named
// and none is installed. Without a named server nothing is ever skipped.
func needsInstalled(t *testing.T) {
	t.Helper()
	if _, err := findPostgres(); errors.Is(err, errNoPostgres) && os.Getenv("PILOT_STATUS_PG_DSN") != "" {
		t.Skip("PILOT_STATUS_PG_DSN is set, and PostgreSQL is not installed")
	}
}
