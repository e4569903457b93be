package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Each snippet of the documentation runs. TypeScript without types is JavaScript.
func TestSnippets(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the snippets are for a Unix shell")
	}
	text, err := os.ReadFile("../../docs/emulator.md")
	require.NoError(t, err)
	runners := map[string][]string{
		"bash":       {"bash", "-euo", "pipefail", "snippet.sh"},
		"python":     {"python3", "snippet.py"},
		"typescript": {"node", "snippet.mjs"},
	}
	found := regexp.MustCompile("(?s)```(bash|python|typescript)\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	count := map[string]int{}
	for _, snippet := range found {
		count[snippet[1]]++
		t.Run(snippet[1]+strconv.Itoa(count[snippet[1]]), func(t *testing.T) {
			t.Parallel()
			runner := runners[snippet[1]]
			dir := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(dir, runner[len(runner)-1]), []byte(snippet[2]), 0o600))
			_, err := exec.LookPath(runner[0])
			require.NoError(t, err, "%s is needed to test the documentation", runner[0])
			s := startProgram(t, nil, "-quiet")
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, runner[0], runner[1:]...)
			cmd.Dir = dir
			cmd.Env = append(os.Environ(),
				"PILOT_STATUS_BASE_URL="+s.URL, "PILOT_STATUS_API_KEY="+s.APIKey, "PILOT_STATUS_WEBHOOK_SECRET="+s.WebhookSecret)
			out, err := cmd.CombinedOutput()
			assert.NoError(t, err, string(out))
		})
	}
	for name := range runners {
		assert.Greater(t, count[name], 1, name)
	}
}

// The seed that is written by hand is one.
func TestSeedOfTheDocumentation(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/emulator.md")
	require.NoError(t, err)
	found := regexp.MustCompile("(?s)```json\n(.*?)```").FindSubmatch(text)
	require.NotNil(t, found)
	file := filepath.Join(t.TempDir(), "seed.json")
	require.NoError(t, os.WriteFile(file, found[1], 0o600))
	s := startProgram(t, nil, "-quiet", "-seed", file)
	for path, says := range map[string]string{
		"/numbers": `"id":"shop"`, "/templates": `"label":"Yes"`, "/webhooks": "http://127.0.0.1:8080/webhooks",
		"/messages": "Are you open?", "/conversations?number=shop": `"name":"Ana"`,
	} {
		_, got := get(t, s.API+path)
		assert.Contains(t, got, says, path)
	}
}

// The documentation names each flag and has the keys that are printed.
func TestDocumentation(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../docs/emulator.md")
	require.NoError(t, err)
	text := string(data)
	_, help, _ := try(t, nil, "-h")
	flags := regexp.MustCompile(`(?m)^  -([a-z-]+)`).FindAllStringSubmatch(help, -1)
	require.Len(t, flags, 15)
	for _, flag := range flags {
		assert.Contains(t, text, "`-"+flag[1], flag[1])
	}
	s := startProgram(t, nil)
	for line := range strings.Lines(s.out.String()) {
		if strings.HasPrefix(line, "export ") && !strings.Contains(line, "BASE_URL") {
			assert.Contains(t, text, line)
		}
	}
	assert.Contains(t, text, s.NumberKeys["num_2"])
}

// Node resolves localhost to ::1 first.
func TestNodeReachesLocalhost(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the documentation is tested on Unix")
	}
	s := startProgram(t, nil, "-quiet")
	url := strings.Replace(s.API, "127.0.0.1", "localhost", 1) + "/ready"
	script := "fetch(process.argv[1]).then(async (answer) => console.log((await answer.json()).ready))"
	out, err := exec.CommandContext(t.Context(), "node", "-e", script, url).CombinedOutput()
	require.NoError(t, err, string(out))
	assert.Equal(t, "true\n", string(out))
}
