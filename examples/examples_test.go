// Package examples_test holds what is true of every example of the root module.
package examples_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// programs builds the examples of this module and returns their paths by name.
func programs(t *testing.T) map[string]string {
	t.Helper()
	mains, err := filepath.Glob("*/main.go")
	require.NoError(t, err)
	dir := t.TempDir()
	args, found := []string{"build", "-o", dir}, map[string]string{}
	for _, main := range mains {
		name := filepath.Dir(main)
		if _, err := os.Stat(filepath.Join(name, "go.mod")); errors.Is(err, os.ErrNotExist) {
			args = append(args, "./"+name)
			found[name] = filepath.Join(dir, name)
		}
	}
	require.NotEmpty(t, found)
	out, err := exec.CommandContext(t.Context(), "go", args...).CombinedOutput()
	require.NoError(t, err, string(out))
	return found
}

// start runs a program with keys in its environment, as somebody who works with the API
// every day has them.
func start(t *testing.T, fake *pilotstatustest.Server, program string, args ...string) (exit int, printed string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), program, args...)
	command.Dir = t.TempDir()
	command.Env = append(os.Environ(),
		"PILOT_STATUS_API_KEY="+fake.NumberKey("num_1"), "PILOT_STATUS_API_KEY_ID=",
		"PILOT_STATUS_TENANT_API_KEY="+fake.TenantKey(), "PILOT_STATUS_TENANT_API_KEY_ID=",
		"PILOT_STATUS_BASE_URL="+fake.URL,
		"PILOT_STATUS_TO=+5511999999999", "PILOT_STATUS_TEMPLATE=onboarding-test",
		"PILOT_STATUS_WEBHOOK_SECRET=whsec_1",
	)
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	if err := command.Run(); err != nil {
		var ended *exec.ExitError
		require.ErrorAs(t, err, &ended)
		exit = ended.ExitCode()
	}
	return exit, output.String()
}

// No example reaches the API, which is played by a fake here, unless -send or -real says so:
// not where help is asked for, not with a flag or an argument that it does not know, and not
// for the key that happens to be in the environment. With one of them it does.
func TestExamples(t *testing.T) {
	t.Parallel()
	all := programs(t)
	for name, program := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := pilotstatustest.NewServer(t)
			for _, test := range []struct {
				args []string
				exit int
				says string
			}{
				{[]string{"-h"}, 0, "Usage of"},
				{[]string{"-help"}, 0, "Usage of"},
				{[]string{"-no-such-flag"}, 2, "flag provided but not defined"},
				{[]string{"argument"}, 1, "there are no arguments; -h shows the flags"},
				{nil, 0, ""},
			} {
				exit, printed := start(t, fake, program, test.args...)
				assert.Equal(t, test.exit, exit, "%v: %s", test.args, printed)
				assert.Contains(t, printed, test.says, "%v", test.args)
				assert.Empty(t, fake.Requests(), "%v: %s", test.args, printed)
			}
		})
	}
	for name, args := range map[string][]string{
		"quickstart": {"-send"}, "schedule-and-cancel": {"-send"}, "onboard": {"-send"}, "doctor": {"-real"},
	} {
		t.Run(name+" on purpose", func(t *testing.T) {
			t.Parallel()
			fake := pilotstatustest.NewServer(t)
			exit, printed := start(t, fake, all[name], args...)
			assert.Zero(t, exit, printed)
			assert.NotEmpty(t, fake.Requests())
			assert.NotContains(t, printed, fake.NumberKey("num_1"))
		})
	}
}
