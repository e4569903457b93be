//go:build unix

package main

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// startProcess builds the program and runs it in a process of its own, with a limit of
// descriptors or "unlimited".
func startProcess(t *testing.T, descriptors string) (*exec.Cmd, readyFile, *lockedBuffer) {
	t.Helper()
	dir := t.TempDir()
	binary, file := filepath.Join(dir, "emulator"), filepath.Join(dir, "ready.json")
	text, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput()
	require.NoError(t, err, string(text))
	cmd := exec.CommandContext(t.Context(), binary, "-addr", "127.0.0.1:0", "-ready-file", file)
	if descriptors != "unlimited" {
		cmd.Args = append([]string{"sh", "-c", `ulimit -n "$0"; exec "$@"`, descriptors}, cmd.Args...)
		cmd.Path, err = exec.LookPath("sh")
		require.NoError(t, err)
	}
	out := new(lockedBuffer)
	cmd.Stdout, cmd.Stderr = out, out
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	var r readyFile
	require.Eventually(t, func() bool {
		data, err := os.ReadFile(file)
		return err == nil && json.Unmarshal(data, &r) == nil
	}, 10*time.Second, 2*time.Millisecond, out)
	return cmd, r, out
}

// An interrupt ends the program, also while streams and waits are open.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	cmd, r, out := startProcess(t, "unlimited")
	stream, err := http.Get(r.API + "/events")
	require.NoError(t, err)
	defer stream.Body.Close()
	go func() {
		if resp, err := http.Get(r.API + "/wait?wait=60s"); err == nil {
			resp.Body.Close()
		}
	}()
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	require.NoError(t, cmd.Wait())
	assert.Contains(t, out.String(), "No message was seen.")
	_, err = io.ReadAll(stream.Body)
	assert.NotErrorIs(t, err, context.DeadlineExceeded)
}

// A fault resets the connection for whoever asks, and not only where tests listen.
func TestResetOfTheProgram(t *testing.T) {
	t.Parallel()
	s := startProgram(t, nil)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.API+"/faults", strings.NewReader(`{"reset": true}`))
	require.NoError(t, err)
	resp, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusCreated, resp.StatusCode)
	err = sendOnce(t, s.readyFile)
	assert.ErrorIs(t, err, syscall.ECONNRESET)
}

// Until a slow seed is there it listens and is not ready.
func TestNotReadyBeforeItsSeed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	seed, file := filepath.Join(dir, "seed.json"), filepath.Join(dir, "ready.json")
	require.NoError(t, syscall.Mkfifo(seed, 0o600))
	port := freePort(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, program{[]string{"-addr", port, "-seed", seed, "-ready-file", file}, environ(nil), io.Discard, io.Discard})
	}()
	var errors string
	require.Eventually(t, func() bool {
		var code int
		code, _, errors = try(t, nil, "-check", "http://"+port)
		return code == exitNo && strings.Contains(errors, "starting")
	}, 10*time.Second, 5*time.Millisecond, errors)
	status, text := get(t, "http://"+port+"/v1/messages/history")
	assert.Equal(t, http.StatusServiceUnavailable, status)
	assert.Contains(t, text, "NOT_READY")
	assert.NoFileExists(t, file)

	require.NoError(t, os.WriteFile(seed, []byte(`{"numbers":[{"id":"n1","phone":"+551130004009"}]}`), 0o600))
	require.Eventually(t, func() bool {
		code, _, _ := try(t, nil, "-check", "http://"+port)
		return code == exitOK
	}, 10*time.Second, 5*time.Millisecond)
	require.Eventually(t, func() bool { return fileExists(file) }, 10*time.Second, time.Millisecond)
	cancel()
	assert.Equal(t, exitOK, <-ended)
	assert.NoFileExists(t, file)
}

// An interrupt ends the program also while its seed is a pipe that nobody writes to.
func TestInterruptBeforeItsSeed(t *testing.T) {
	t.Parallel()
	seed := filepath.Join(t.TempDir(), "seed.json")
	require.NoError(t, syscall.Mkfifo(seed, 0o600))
	port := freePort(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	var errors lockedBuffer
	go func() {
		ended <- run(ctx, program{[]string{"-addr", port, "-seed", seed}, environ(nil), io.Discard, &errors})
	}()
	require.Eventually(t, func() bool {
		_, _, errors := try(t, nil, "-check", "http://"+port)
		return strings.Contains(errors, "starting")
	}, 10*time.Second, 5*time.Millisecond)
	cancel()
	select {
	case code := <-ended:
		assert.Equal(t, exitOK, code)
		assert.Empty(t, errors.String())
	case <-time.After(10 * time.Second):
		assert.Fail(t, "it still waits for its seed")
	}
	release, err := os.OpenFile(seed, os.O_RDWR, 0)
	require.NoError(t, err)
	require.NoError(t, release.Close())
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

func fileExists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}
