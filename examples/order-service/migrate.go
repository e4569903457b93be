package main

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pilotstatus/pilotstatus-go/pilotstatuspg"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrationLock is a number that no other program of this database uses for a lock.
const migrationLock = 7320411

// migrate makes the tables of the outbox and those of the shop, or brings them up to date.
// Any number of processes may call it at once.
func migrate(ctx context.Context, pool *pgxpool.Pool) error {
	if err := pilotstatuspg.Migrate(ctx, pool, ""); err != nil {
		return err
	}
	files, err := fs.Glob(migrations, "migrations/*.sql") // in the order of their names
	if err != nil {
		return err
	}
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", migrationLock); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "CREATE TABLE IF NOT EXISTS migration (name text PRIMARY KEY)"); err != nil {
			return err
		}
		for _, file := range files {
			if err := apply(ctx, tx, file); err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
		}
		return nil
	})
}

// apply runs a file that has not run yet.
func apply(ctx context.Context, tx pgx.Tx, file string) error {
	tag, err := tx.Exec(ctx, "INSERT INTO migration (name) VALUES ($1) ON CONFLICT DO NOTHING", file)
	if err != nil || tag.RowsAffected() == 0 {
		return err
	}
	statements, err := migrations.ReadFile(file)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, string(statements))
	return err
}
