package pilotstatusotel

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
)

// constantsOf returns the values of the constants of a file of the root whose names begin so.
func constantsOf(t *testing.T, file, prefix string) map[string]string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	require.NoError(t, err)
	found := map[string]string{}
	ast.Inspect(parsed, func(n ast.Node) bool {
		spec, isSpec := n.(*ast.ValueSpec)
		if !isSpec || len(spec.Values) != 1 || !strings.HasPrefix(spec.Names[0].Name, prefix) {
			return true
		}
		if literal, isLiteral := spec.Values[0].(*ast.BasicLit); isLiteral && literal.Kind == token.STRING {
			found[spec.Names[0].Name], err = strconv.Unquote(literal.Value)
			require.NoError(t, err)
		}
		return true
	})
	return found
}

// Every name of the SDK is known, and no other.
func TestKnownNames(t *testing.T) {
	t.Parallel()
	events := constantsOf(t, "../events.go", "Event")
	require.Greater(t, len(events), 30)
	delete(events, "EventAll") // of subscriptions only
	for name, value := range events {
		assert.Equal(t, value, knownEvent(&pilotstatus.NumberEvent{Event: value}), name)
	}
	assert.Equal(t, "other", knownEvent(&pilotstatus.NumberEvent{Event: "*"}))
	errorCodes := constantsOf(t, "../error_code.go", "Code")
	require.Greater(t, len(errorCodes), 50)
	for name, value := range errorCodes {
		assert.Equal(t, value, knownCode(pilotstatus.ErrorCode(value)), name)
	}
	assert.Equal(t, "other", knownCode("ZEFIRO"))
}

// A program that measures its calls links neither PostgreSQL, nor the SDK of OpenTelemetry,
// nor what belongs into tests.
func TestLinks(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", ".").Output()
	require.NoError(t, err)
	packages := strings.Fields(string(out))
	assert.Contains(t, packages, "go.opentelemetry.io/otel/trace")
	for _, name := range packages {
		for _, other := range []string{"github.com/jackc/", "go.opentelemetry.io/otel/sdk", "testing", "net/http/httptest"} {
			assert.False(t, strings.HasPrefix(name, other), name)
		}
		assert.NotContains(t, name, "pilotstatuspg")
	}
}
