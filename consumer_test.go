package pilotstatus_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const modulePath = "github.com/pilotstatus/pilotstatus-go"

// A program that imports the SDK or its fake links three other modules and nothing that
// belongs into tests.
func TestConsumerLinksThreeModules(t *testing.T) {
	t.Parallel()
	for _, imported := range []string{modulePath, modulePath + "/pilotstatustest"} {
		t.Run(imported, func(t *testing.T) {
			t.Parallel()
			packages, modules := linked(t, imported)
			assert.Contains(t, packages, imported)
			assert.Contains(t, packages, "net/http")
			assert.NotContains(t, packages, "testing")
			assert.NotContains(t, packages, "net/http/httptest")
			assert.NotContains(t, packages, modulePath+"/internal/emulator")
			assert.Equal(t, []string{
				"github.com/go-json-experiment/json", "github.com/hashicorp/go-cleanhttp", "github.com/hashicorp/go-retryablehttp",
			}, modules)
		})
	}
}

// linked returns the packages of a program that imports a package of this repository,
// and the modules that they come from, but for the program's own and this one.
func linked(t *testing.T, imported string) (packages, modules []string) {
	t.Helper()
	dir := newConsumer(t, imported)
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{.ImportPath}} {{with .Module}}{{.Path}}{{end}}", ".")
	list.Dir = dir
	// What the tests themselves are built with is in the module cache: nothing is fetched.
	list.Env = append(os.Environ(), "GOFLAGS=-mod=mod -buildvcs=false", "GOPROXY=off", "GOWORK=off")
	var stderr strings.Builder
	list.Stderr = &stderr
	out, err := list.Output()
	require.NoError(t, err, stderr.String())
	for line := range strings.Lines(string(out)) {
		name, module, _ := strings.Cut(strings.TrimSpace(line), " ")
		packages = append(packages, name)
		if module != "" && module != modulePath && module != "example.com/consumer" {
			modules = append(modules, module)
		}
	}
	slices.Sort(modules)
	return packages, slices.Compact(modules)
}

// newConsumer writes a program in a module of its own and returns its folder.
func newConsumer(t *testing.T, imported string) string {
	t.Helper()
	dir := t.TempDir()
	root, err := os.Getwd()
	require.NoError(t, err)
	sums, err := os.ReadFile("go.sum")
	require.NoError(t, err)
	for name, text := range map[string]string{
		"go.mod": "module example.com/consumer\n\ngo 1.26\n\n" +
			"require " + modulePath + " v0.0.0\n\nreplace " + modulePath + " => " + strconv.Quote(root) + "\n",
		"go.sum":  string(sums),
		"main.go": "package main\n\nimport _ " + strconv.Quote(imported) + "\n\nfunc main() {}\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	return dir
}
