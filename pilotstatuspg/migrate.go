package pilotstatuspg

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

//go:embed migrations/*.sql
var migrations embed.FS

// schemaVersion is the newest migration that this version knows.
const schemaVersion = 3

const (
	// migrateWait is how long Migrate waits between two looks at a lock that another process
	// has. It may be twice as long.
	migrateWait = 50 * time.Millisecond

	// lockRest is how long Migrate waits after a table stayed locked for a second. While it
	// waits for the lock, everything else that uses the table waits behind it: so a long
	// pg_dump leaves other programs four fifths of the time or more.
	lockRest = 4 * time.Second
)

// Migrations returns the SQL files that [Migrate] runs, for other tools. They are written
// for the schema [DefaultSchema], which must exist; each ends by writing its number into
// the table meta.
func Migrations() fs.FS {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil { // the folder is embedded
		return migrations
	}
	return sub
}

// SchemaError is a schema whose tables do not fit this version of the package.
type SchemaError struct {
	Schema  string
	Version int // of the tables, 0 if there are none
	Known   int // the newest version that this package knows
	Oldest  int // the oldest version that can work with the tables
}

// Error says what to do.
func (e *SchemaError) Error() string {
	if e == nil {
		return "no schema error"
	}
	if e.Oldest > e.Known {
		return fmt.Sprintf("pilotstatuspg: schema %q has version %d, which needs a newer pilotstatuspg: "+
			"this one knows version %d", e.Schema, e.Version, e.Known)
	}
	return fmt.Sprintf("pilotstatuspg: schema %q has version %d, this pilotstatuspg needs %d: call Migrate", e.Schema, e.Version, e.Known)
}

// Migrate makes the tables in a schema, [DefaultSchema] if empty, or brings them up to
// date. It makes the schema where it is missing. Any number of processes may call it at
// the same time, beside programs that enqueue and send: it waits for no lock longer than
// a second, and tries again after 4 to 8 s, until ctx ends. It needs a role that may create tables in the
// schema; the other roles need less. Tables that a newer version made are left alone, and
// are a [*SchemaError] where this version cannot work with them.
func Migrate(ctx context.Context, db *pgxpool.Pool, schema string) error {
	schema, err := checkSchema(schema)
	if err != nil {
		return err
	}
	for {
		var wait bool
		rest := migrateWait
		err := pgx.BeginTxFunc(ctx, db, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(tx pgx.Tx) error {
			wait, err = migrateStep(ctx, tx, schema)
			return err
		})
		if hasCode(err, codeLockNotAvailable) {
			wait, rest, err = true, lockRest, nil
		}
		if err != nil {
			return fmt.Errorf("pilotstatuspg: migrating schema %q: %w", schema, err)
		}
		if !wait {
			return nil
		}
		if err := sleep(ctx, rest+rand.N(rest)); err != nil { //nolint:gosec // jitter
			return err
		}
	}
}

// migrateStep runs all that is missing in one transaction. It reports whether another
// process is at it, so that it must be called again.
func migrateStep(ctx context.Context, tx pgx.Tx, schema string) (wait bool, err error) {
	if _, err := tx.Exec(ctx, "SET LOCAL lock_timeout = '1s'; SET LOCAL statement_timeout = 0"); err != nil {
		return false, err
	}
	var locked, exists bool
	lock := "SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))"
	if err := tx.QueryRow(ctx, lock, channelOf(schema)).Scan(&locked); err != nil || !locked {
		return !locked, err
	}
	// In a statement of its own: one that also takes the lock looks before it has it.
	has := "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)"
	if err := tx.QueryRow(ctx, has, schema).Scan(&exists); err != nil {
		return false, err
	}
	if !exists {
		if _, err := tx.Exec(ctx, "CREATE SCHEMA "+pgx.Identifier{schema}.Sanitize()); err != nil {
			return false, err
		}
	}
	var version int
	var hasMeta bool
	has = "SELECT to_regclass($1) IS NOT NULL"
	if err := tx.QueryRow(ctx, has, pgx.Identifier{schema, "meta"}.Sanitize()).Scan(&hasMeta); err != nil {
		return false, err
	}
	if hasMeta {
		if version, err = readVersion(ctx, tx, schema); err != nil {
			return false, err
		}
	}
	return false, runMigrations(ctx, tx, schema, version)
}

// runMigrations runs the files with a higher number than version.
func runMigrations(ctx context.Context, tx pgx.Tx, schema string, version int) error {
	files, err := fs.ReadDir(migrations, "migrations") // in order of their names
	if err != nil {
		return err
	}
	for _, file := range files {
		digits, _, _ := strings.Cut(file.Name(), "_")
		number, err := strconv.Atoi(digits)
		if err != nil {
			return err
		}
		if number <= version {
			continue
		}
		text, err := migrations.ReadFile("migrations/" + file.Name())
		if err != nil {
			return err
		}
		// Without arguments, pgx sends the file as one script.
		if _, err := tx.Conn().PgConn().Exec(ctx, inSchema(string(text), schema)).ReadAll(); err != nil {
			return fmt.Errorf("%s: %w", file.Name(), err)
		}
	}
	return nil
}

// readVersion returns the version of the tables, and a *SchemaError where they need a
// newer package.
func readVersion(ctx context.Context, db DB, schema string) (int, error) {
	rows, err := db.Query(ctx, inSchema(versionSQL, schema))
	if err != nil {
		return 0, err
	}
	found := SchemaError{Schema: schema, Known: schemaVersion}
	if _, err := pgx.ForEachRow(rows, []any{&found.Version, &found.Oldest}, func() error { return nil }); err != nil {
		return 0, err
	}
	if found.Oldest > found.Known {
		return 0, &found
	}
	return found.Version, nil
}

// checkVersion is a *SchemaError unless this package can work with the tables.
func (o *Outbox) checkVersion(ctx context.Context, db DB) error {
	version, err := readVersion(ctx, db, o.options.Schema)
	if hasCode(err, codeUndefinedTable) {
		version, err = 0, nil
	}
	if err == nil && version < schemaVersion {
		err = &SchemaError{Schema: o.options.Schema, Version: version, Known: schemaVersion}
	}
	return err
}

// sleep waits, or returns why the context ended.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
