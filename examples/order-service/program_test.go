package main

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// program returns the program with nothing of it in its environment but what is given.
func program(t *testing.T, env []string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=1", "DATABASE_URL=", "DEPLOYMENT=", "PILOT_STATUS_API_KEY=", "PILOT_STATUS_API_KEY_ID=")
	cmd.Env = append(cmd.Env, env...)
	return cmd
}

// Without -send the program shows the whole story, ends well and leaves nothing behind. It
// uses neither the database nor the key that happen to be in the environment.
func TestDemo(t *testing.T) {
	t.Parallel()
	tmp, err := os.MkdirTemp("", "order-") //nolint:usetesting // another user has no way into t.TempDir
	require.NoError(t, err)
	defer func() { assert.NoError(t, os.RemoveAll(tmp)) }()
	require.NoError(t, os.Chmod(tmp, 0o777)) // where root runs the tests, PostgreSQL is another user
	api, nobodys := pilotstatustest.NewServer(t), "host=/nowhere"
	text, err := program(t, append(environment(api, numberID, nobodys), "TMPDIR="+tmp)).CombinedOutput()
	out := string(text)
	require.NoError(t, err, out)
	for _, says := range []string{
		"process 1: 201, order 1, ", "process 2: 200, order 1, ",
		"confirmation accepted READ\n", `Lia wrote "Can I pick it up?"`,
		"it left as message ", "The API has all 32 messages, each once.\n", "1       Lia       a lamp    READ          1\n",
	} {
		assert.Contains(t, out, says)
	}
	assert.NotContains(t, out, "+55")
	assert.Empty(t, api.Requests())
	left, err := os.ReadDir(tmp)
	require.NoError(t, err)
	assert.Empty(t, left)
}

// What the program cannot start with, it names.
func TestProgramRefuses(t *testing.T) {
	t.Parallel()
	full := []string{
		"DATABASE_URL=" + postgres.DSN, "DEPLOYMENT=test", "PILOT_STATUS_NUMBER_ID=num_1", "PILOT_STATUS_WEBHOOK_SECRET=whsec_1",
	}
	for name, row := range map[string]struct {
		env, args []string
		says      string
	}{
		"help":      {full, []string{"-help"}, "Usage of"},
		"argument":  {nil, []string{"lamp"}, "there are no arguments"},
		"no -send":  {full, []string{"-addr", ":1"}, "add -send"},
		"nothing":   {nil, []string{"-send"}, "set DATABASE_URL\n"},
		"no key":    {full, []string{"-send"}, "PILOT_STATUS_API_KEY"},
		"no server": {append(full, "DATABASE_URL=host=/nowhere", "PILOT_STATUS_API_KEY=ps_1"), []string{"-send"}, "DATABASE_URL: "},
	} {
		out, err := program(t, row.env, row.args...).CombinedOutput()
		assert.Equal(t, name != "help", err != nil, name)
		assert.Contains(t, string(out), row.says, name)
	}
}
