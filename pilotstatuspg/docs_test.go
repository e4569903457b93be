package pilotstatuspg

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// documentedGrants returns the SQL of the roles in the documentation.
func documentedGrants(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../docs/outbox.md")
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(text), "```sql\n")
	require.True(t, found)
	grants, _, found := strings.Cut(rest, "```")
	require.True(t, found)
	return grants
}
