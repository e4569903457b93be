package pilotstatuspg

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
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

// The code of the README about the outbox compiles: it stands in this file.
func TestReadmeCode(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	source, err := os.ReadFile("docs_test.go")
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(readme), "## From a call to a service")
	require.True(t, found)
	_, rest, found = strings.Cut(rest, "```go\n")
	require.True(t, found)
	code, _, _ := strings.Cut(rest, "```")
	compiled := strings.NewReplacer("\n\t", "\n", "pilotstatuspg.", "").Replace(string(source))
	require.Contains(t, compiled, strings.ReplaceAll(code, "pilotstatuspg.", ""))
	o, pool := newOutbox(t)
	err = enqueueAndRun(t.Context(), o, sqlOf(t, pool), pool, nil, testNumber, request("k"))
	require.ErrorAs(t, err, new(*pilotstatus.ValidationError), "it has no clients")
}

func enqueueAndRun(
	ctx context.Context, outbox *Outbox, tx Tx, pool *pgxpool.Pool, numbers Clients, numberID string, request pilotstatus.SendRequest,
) error {
	if _, err := outbox.Enqueue(ctx, tx, numberID, request); err != nil { // in the transaction of the order
		return err
	}
	return outbox.Run(ctx, pool, numbers, RunOptions{}) // in a worker; any number of them
}
