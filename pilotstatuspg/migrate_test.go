package pilotstatuspg

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMigrateByEightAtOnce(t *testing.T) {
	t.Parallel()
	schema := newSchema(t)
	var starting sync.WaitGroup
	for range 8 {
		starting.Go(func() {
			pool := newPool(t, database(t).DSN, "search_path=")
			assert.NoError(t, Migrate(t.Context(), pool, schema))
		})
	}
	starting.Wait()
	pool := newPool(t, database(t).DSN)
	assert.Equal(t, schemaVersion, value[int](t, pool, inSchema("SELECT version FROM pilotstatus.meta", schema)))
	require.NoError(t, Migrate(t.Context(), pool, schema), "again")
}
