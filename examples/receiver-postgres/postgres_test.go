//go:build unix

package main

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// postmaster returns the process id of the server in a folder.
func postmaster(t *testing.T, dir string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid"))
	require.NoError(t, err)
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(first)
	require.NoError(t, err)
	require.NoError(t, syscall.Kill(pid, 0))
	return pid
}

// A throw-away server ends with the program that started it, also when that is killed
// and can clean up nothing.
func TestThrowawayServerOfAKilledProgram(t *testing.T) {
	t.Parallel()
	needsInstalled(t)
	program := startRole(t, rolePostgres, "")
	dir := program.first
	pid := postmaster(t, dir)
	program.kill()
	eventually(t, func() bool { return !exists(dir) }, "the folder is removed")
	assert.ErrorIs(t, syscall.Kill(pid, 0), syscall.ESRCH)
}

// A throw-away server ends when it is told to, whoever is connected.
func TestThrowawayServerStops(t *testing.T) {
	t.Parallel()
	needsInstalled(t)
	server, err := startPostgres(t.Context())
	require.NoError(t, err)
	pid := postmaster(t, server.dir)
	pool, err := openPool(t.Context(), server.dsn)
	require.NoError(t, err)
	defer pool.Close()
	require.NoError(t, server.stop())
	assert.False(t, exists(server.dir))
	require.ErrorIs(t, syscall.Kill(pid, 0), syscall.ESRCH)
	assert.Error(t, pool.Ping(t.Context()))
}

// A start that is given up leaves nothing behind.
func TestThrowawayServerIsGivenUp(t *testing.T) {
	t.Parallel()
	needsInstalled(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := startPostgres(ctx)
	assert.ErrorIs(t, err, context.Canceled)
}

// A server that cannot start says why.
func TestThrowawayServerFails(t *testing.T) {
	t.Parallel()
	server, err := launch(t.Context(), "/nowhere")
	require.NoError(t, err)
	require.ErrorContains(t, server.ready(t.Context()), "/nowhere/initdb")
	assert.False(t, exists(server.dir))
	assert.Error(t, server.stop())
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func TestVersion(t *testing.T) {
	t.Parallel()
	assert.InDelta(t, 15, version("/usr/lib/postgresql/15/bin"), 0)
	assert.InDelta(t, 9.6, version("/usr/pgsql-9.6/bin"), 0)
	assert.InDelta(t, 17, version("/opt/homebrew/opt/postgresql@17/bin"), 0)
	assert.Zero(t, version("/usr/local/bin"))
}
