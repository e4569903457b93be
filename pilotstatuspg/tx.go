package pilotstatuspg

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// DB is where a statement goes: a [pgxpool.Pool], a [pgx.Conn] or a [Tx].
//
// [pgxpool.Pool]: https://pkg.go.dev/github.com/jackc/pgx/v5/pgxpool#Pool
type DB interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// Tx is a transaction: a [pgx.Tx], or a [sql.Tx] by [SQL]. Nothing here commits it.
type Tx interface {
	DB
	// Commit tells a transaction from a pool, which would commit each statement alone.
	Commit(ctx context.Context) error
}

// planned runs f in a transaction with the settings planSQL, where db can begin one. In a
// transaction of the caller it changes no settings.
func planned(ctx context.Context, db DB, f func(db DB) error) error {
	_, isTx := db.(Tx)
	beginner, begins := db.(beginner)
	if isTx || !begins {
		return f(db)
	}
	return pgx.BeginTxFunc(ctx, beginner, pgx.TxOptions{}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, planSQL); err != nil {
			return err
		}
		return f(tx)
	})
}

// beginner is a pool or a connection.
type beginner interface {
	BeginTx(ctx context.Context, options pgx.TxOptions) (pgx.Tx, error)
}

// collect returns the rows of a statement. doing says what it is for, in an error.
func collect[T any](ctx context.Context, db DB, doing string, read pgx.RowToFunc[T], statement string, args ...any) ([]T, error) {
	rows, err := db.Query(ctx, statement, args...)
	if err != nil {
		return nil, failed(doing, err)
	}
	found, err := pgx.CollectRows(rows, read)
	if err != nil {
		return nil, failed(doing, err)
	}
	return found, nil
}

// collectPlanned is collect in a transaction of its own, where that helps the planner.
func collectPlanned[T any](
	ctx context.Context, db DB, doing string, read pgx.RowToFunc[T], statement string, args ...any,
) (found []T, err error) {
	err = planned(ctx, db, func(db DB) error {
		found, err = collect(ctx, db, doing, read, statement, args...)
		return err
	})
	return found, err
}

// exec runs a statement, and returns how many rows it changed.
func (o *Outbox) exec(ctx context.Context, db DB, doing, statement string, args ...any) (int64, error) {
	done, err := db.Exec(ctx, o.in(statement), args...)
	if err != nil {
		return 0, failed(doing, err)
	}
	return done.RowsAffected(), nil
}

// SQL returns a transaction of database/sql as a [Tx]. Any driver for PostgreSQL will do:
// arrays go to it as texts.
func SQL(tx *sql.Tx) Tx { return sqlTx{tx} }

type sqlTx struct{ tx *sql.Tx }

// Commit commits the transaction.
func (t sqlTx) Commit(context.Context) error { return t.tx.Commit() }

// Exec runs a statement that returns no rows.
func (t sqlTx) Exec(ctx context.Context, statement string, args ...any) (pgconn.CommandTag, error) {
	result, err := t.tx.ExecContext(ctx, statement, sqlArgs(args)...)
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	n, err := result.RowsAffected()
	return affected(n), err
}

// Query runs a statement that returns rows.
func (t sqlTx) Query(ctx context.Context, statement string, args ...any) (pgx.Rows, error) {
	rows, err := t.tx.QueryContext(ctx, statement, sqlArgs(args)...) //nolint:sqlclosecheck // pgx.CollectRows closes them
	if err != nil {
		return nil, err
	}
	return &sqlRows{Rows: rows}, nil
}

// sqlRows are rows of database/sql for those who read rows of pgx.
type sqlRows struct {
	*sql.Rows

	err error
	n   int64
}

// errNotInSQL is what this package does not ask of rows.
var errNotInSQL = errors.New("pilotstatuspg: rows of database/sql are only scanned")

// Next goes on to the next row.
func (r *sqlRows) Next() bool {
	if !r.Rows.Next() {
		return false
	}
	r.n++
	return true
}

// Close ends the reading.
func (r *sqlRows) Close() {
	if err := r.Rows.Close(); r.err == nil {
		r.err = err
	}
}

// Scan reads a row.
func (r *sqlRows) Scan(dest ...any) error {
	if err := r.Rows.Scan(dest...); err != nil {
		r.err = err
		return err
	}
	return nil
}

// Err returns why the reading ended early.
func (r *sqlRows) Err() error {
	if r.err != nil {
		return r.err
	}
	return r.Rows.Err()
}

// CommandTag counts the rows that were read.
func (r *sqlRows) CommandTag() pgconn.CommandTag { return affected(r.n) }

// FieldDescriptions returns nil.
func (r *sqlRows) FieldDescriptions() []pgconn.FieldDescription { return nil }

// Values is refused.
func (r *sqlRows) Values() ([]any, error) { return nil, errNotInSQL }

// RawValues returns nil.
func (r *sqlRows) RawValues() [][]byte { return nil }

// Conn returns nil.
func (r *sqlRows) Conn() *pgx.Conn { return nil }

// TypeMap returns nil.
func (r *sqlRows) TypeMap() *pgtype.Map { return nil }
