package pilotstatuspg

import (
	"context"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMigrateByEightAtOnce(t *testing.T) {
	t.Parallel()
	schema := newSchema(t)
	var starting sync.WaitGroup
	for range 8 {
		pool := newPool(t, database(t).DSN, "search_path=")
		starting.Go(func() { assert.NoError(t, Migrate(t.Context(), pool, schema)) })
	}
	starting.Wait()
	pool := newPool(t, database(t).DSN)
	assert.Equal(t, schemaVersion, value[int](t, pool, inSchema("SELECT version FROM pilotstatus.meta", schema)))
	require.NoError(t, Migrate(t.Context(), pool, schema), "again")
}

// Processes that start migrate beside programs that enqueue, of which one keeps its
// transaction open: nobody waits for it.
func TestMigrateBesideAnOpenTransaction(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t)
	fill(t, o, pool, 10, 10_000, "'accepted'")
	tx, err := pool.Begin(t.Context())
	require.NoError(t, err)
	defer func() { assert.NoError(t, tx.Rollback(context.Background())) }()
	_, err = o.Enqueue(t.Context(), tx, testNumber, request("open"))
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var starting sync.WaitGroup
	for range 8 {
		starting.Go(func() { assert.NoError(t, Migrate(ctx, pool, o.Schema())) })
	}
	starting.Wait()
}

// A migration that a long transaction keeps waiting leaves others their turn: none of them
// waits for a lock longer than two seconds.
func TestMigrateLeavesOthersTheirTurn(t *testing.T) {
	t.Parallel()
	schema := newSchema(t)
	pool := newPool(t, database(t).DSN)
	_, err := pool.Exec(t.Context(), "CREATE SCHEMA "+pgx.Identifier{schema}.Sanitize())
	require.NoError(t, err)
	first, err := migrations.ReadFile("migrations/0001_outbox.sql")
	require.NoError(t, err)
	_, err = pool.Exec(t.Context(), inSchema(string(first), schema))
	require.NoError(t, err)
	read := inSchema("SELECT count(*) FROM pilotstatus.message", schema)
	long, err := pool.Begin(t.Context())
	require.NoError(t, err)
	defer func() { assert.NoError(t, long.Rollback(context.Background())) }()
	_, err = long.Exec(t.Context(), read)
	require.NoError(t, err)

	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Migrate(ctx, pool, schema) }()
	waiting := "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = $1::text::regclass)"
	waits := func() bool { return value[bool](t, pool, waiting, pgx.Identifier{schema, "message"}.Sanitize()) }
	require.Eventually(t, waits, 10*time.Second, time.Millisecond)
	_, err = pool.Exec(t.Context(), "BEGIN; SET LOCAL lock_timeout = '2s'; "+read+"; COMMIT")
	require.NoError(t, err)
	assert.False(t, waits(), "it rests")
	cancel()
	require.ErrorIs(t, <-ended, context.Canceled)
}

// A migration that another one keeps waiting ends with its context.
func TestMigrateWaitsForItsTurn(t *testing.T) {
	t.Parallel()
	schema := newSchema(t)
	pool := newPool(t, database(t).DSN)
	tx, err := pool.Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", channelOf(schema))
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, Migrate(ctx, pool, schema), context.DeadlineExceeded)
	require.NoError(t, tx.Rollback(t.Context()))
	require.NoError(t, Migrate(t.Context(), pool, schema))
}

// Any name of a schema will do.
func TestHostileSchema(t *testing.T) {
	t.Parallel()
	pool := newPool(t, database(t).DSN, "search_path=")
	for _, schema := range []string{
		`Ünï"x'; DROP SCHEMA public; --`, strings.Repeat("ü", 31), "select", "pilotstatus.", "$1", "a\nDROP SCHEMA public; --",
	} {
		require.NoError(t, Migrate(t.Context(), pool, schema), schema)
		defer func() {
			_, err := pool.Exec(context.Background(), "DROP SCHEMA "+pgx.Identifier{schema}.Sanitize()+" CASCADE")
			assert.NoError(t, err)
		}()
		o, err := New(Options{Schema: schema})
		require.NoError(t, err)
		public := "SELECT count(*) FROM pg_namespace WHERE nspname = 'public'"
		require.Equal(t, 1, value[int](t, pool, public), "the name was run as a statement")
		first := enqueueOne(t, o, pool, request("k"))
		assert.Equal(t, first.ID, enqueueOne(t, o, pool, request("k")).ID)
		assert.Equal(t, "k", get(t, o, pool, "k").Key)
		_, err = o.Stats(t.Context(), pool)
		require.NoError(t, err)
	}
}

func TestVersions(t *testing.T) {
	t.Parallel()
	pool := newPool(t, database(t).DSN)
	o, err := New(Options{Schema: newSchema(t)})
	require.NoError(t, err)
	var refused *SchemaError
	require.ErrorAs(t, o.checkVersion(t.Context(), pool), &refused)
	assert.Equal(t, SchemaError{Schema: o.Schema(), Known: schemaVersion}, *refused)
	assert.Contains(t, refused.Error(), "call Migrate")

	require.NoError(t, Migrate(t.Context(), pool, o.Schema()))
	require.NoError(t, o.checkVersion(t.Context(), pool))
	// A newer version with which this one can work.
	_, err = pool.Exec(t.Context(), o.in("UPDATE pilotstatus.meta SET version = 1000"))
	require.NoError(t, err)
	require.NoError(t, o.checkVersion(t.Context(), pool))
	require.NoError(t, Migrate(t.Context(), pool, o.Schema()))
	assert.Equal(t, 1000, value[int](t, pool, o.in("SELECT version FROM pilotstatus.meta")))
	// One with which it cannot.
	_, err = pool.Exec(t.Context(), o.in("UPDATE pilotstatus.meta SET oldest = 999"))
	require.NoError(t, err)
	require.ErrorAs(t, o.checkVersion(t.Context(), pool), &refused)
	require.ErrorAs(t, Migrate(t.Context(), pool, o.Schema()), &refused)
	assert.Equal(t, SchemaError{Schema: o.Schema(), Version: 1000, Known: schemaVersion, Oldest: 999}, *refused)
	assert.Contains(t, refused.Error(), "newer pilotstatuspg")
}

// The files are what another tool needs to do the same.
func TestMigrations(t *testing.T) {
	t.Parallel()
	schema := newSchema(t)
	pool := newPool(t, database(t).DSN, "search_path=")
	files, err := fs.Glob(Migrations(), "*.sql")
	require.NoError(t, err)
	assert.Len(t, files, schemaVersion, "schemaVersion counts the files")
	_, err = pool.Exec(t.Context(), "CREATE SCHEMA "+pgx.Identifier{schema}.Sanitize())
	require.NoError(t, err)
	for _, file := range files {
		text, err := fs.ReadFile(Migrations(), file)
		require.NoError(t, err)
		_, err = pool.Exec(t.Context(), inSchema(string(text), schema))
		require.NoError(t, err)
	}
	o, err := New(Options{Schema: schema})
	require.NoError(t, err)
	require.NoError(t, o.checkVersion(t.Context(), pool))
	require.NoError(t, Migrate(t.Context(), pool, schema))
}
