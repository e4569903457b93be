//go:build unix

package pgserver

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// postmaster returns the process id of the server.
func postmaster(t *testing.T, s *Server) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.Dir, "data", "postmaster.pid"))
	require.NoError(t, err)
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(first)
	require.NoError(t, err)
	return pid
}

func TestServer(t *testing.T) {
	t.Parallel()
	s, err := Start(t.Context())
	require.NoError(t, err)
	connect := func() *pgx.Conn {
		conn, err := pgx.Connect(t.Context(), s.DSN)
		require.NoError(t, err)
		return conn
	}
	_, err = connect().Exec(t.Context(), "CREATE TABLE kept (n integer)")
	require.NoError(t, err)

	stays := connect() // nobody waits for it
	require.NoError(t, s.Restart(t.Context()))
	require.Error(t, stays.Ping(t.Context()))
	require.NoError(t, s.Down())
	_, err = pgx.Connect(t.Context(), s.DSN)
	require.Error(t, err)
	require.NoError(t, s.Up(t.Context()))
	require.NoError(t, s.Kill())
	require.NoError(t, s.Up(t.Context()))
	_, err = connect().Exec(t.Context(), "INSERT INTO kept VALUES (1)")
	require.NoError(t, err)

	a, err := s.NewDatabase(t.Context())
	require.NoError(t, err)
	b, err := s.NewDatabase(t.Context())
	require.NoError(t, err)
	for _, dsn := range []string{a, b} { // neither has the other's table
		conn, err := pgx.Connect(t.Context(), dsn)
		require.NoError(t, err)
		_, err = conn.Exec(t.Context(), "CREATE TABLE kept (n integer)")
		require.NoError(t, err)
	}

	pid := postmaster(t, s)
	require.NoError(t, s.Stop())
	require.ErrorIs(t, syscall.Kill(pid, 0), syscall.ESRCH)
	_, err = os.Stat(s.Dir)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NoError(t, s.Stop(), "again")
	require.Error(t, s.Down())
	_, err = s.NewDatabase(t.Context())
	require.Error(t, err)
}

// holderEnv makes the test binary a program that has a server and does nothing.
const holderEnv = "PILOTSTATUS_PGSERVER_HOLDER"

// TestHolderProcess is no test: it is the main function of such a program.
func TestHolderProcess(t *testing.T) { //nolint:paralleltest // it is alone
	if os.Getenv(holderEnv) == "" {
		t.Skip("the process is a test")
	}
	s, err := Start(t.Context())
	require.NoError(t, err)
	fmt.Println(s.Dir)
	<-s.ended
}

// A server ends with the program that started it, also when that is killed.
func TestServerOfKilledProgram(t *testing.T) {
	t.Parallel()
	program := exec.Command(os.Args[0], "-test.run=^TestHolderProcess$")
	program.Env = append(os.Environ(), holderEnv+"=1")
	output, err := program.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, program.Start())
	defer func() { _ = program.Process.Kill() }()
	dir, err := bufio.NewReader(output).ReadString('\n')
	require.NoError(t, err)
	dir = strings.TrimSpace(dir)
	pid := postmaster(t, &Server{Dir: dir})
	require.NoError(t, syscall.Kill(pid, 0))

	require.NoError(t, program.Process.Kill())
	_ = program.Wait() // it was killed
	assert.Eventually(t, func() bool {
		_, err := os.Stat(dir)
		return errors.Is(err, os.ErrNotExist)
	}, time.Minute, 10*time.Millisecond)
	assert.ErrorIs(t, syscall.Kill(pid, 0), syscall.ESRCH)
}

// A server that cannot start says why, and leaves nothing behind.
func TestServerFails(t *testing.T) {
	t.Parallel()
	s, err := launch(t.Context(), "/nowhere")
	require.NoError(t, err)
	require.ErrorContains(t, s.ready(t.Context()), "/nowhere/initdb")
	_, err = os.Stat(s.Dir)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.Error(t, s.Stop())
}

// A server without a socket ends at once, and Start would wait for it.
func TestFolderIsTooLong(t *testing.T) {
	deep := filepath.Join(t.TempDir(), strings.Repeat("x", 90))
	require.NoError(t, os.Mkdir(deep, 0o700))
	t.Setenv("TMPDIR", deep)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, err := Start(ctx)
	require.ErrorContains(t, err, "set TMPDIR to a shorter one")
	left, err := os.ReadDir(deep)
	require.NoError(t, err)
	assert.Empty(t, left)
}

func TestStartIsGivenUp(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Start(ctx)
	require.ErrorIs(t, err, context.Canceled)
}

func TestMissing(t *testing.T) {
	t.Parallel()
	assert.Contains(t, ErrMissing.Error(), "apt-get install postgresql")
	dir, err := findIn([]string{t.TempDir(), "/nowhere"})
	assert.Empty(t, dir)
	require.ErrorIs(t, err, ErrMissing)
}

func TestVersion(t *testing.T) {
	t.Parallel()
	assert.InDelta(t, 15, version("/usr/lib/postgresql/15/bin"), 0)
	assert.InDelta(t, 9.6, version("/usr/pgsql-9.6/bin"), 0)
	assert.InDelta(t, 17, version("/opt/homebrew/opt/postgresql@17/bin"), 0)
	assert.Zero(t, version("/usr/local/bin"))
}
