package pilotstatuspg

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pilotstatus/pilotstatus-go"
)

// KeyUsedError is an Enqueue under a key that another message of the number has: its body
// differs. Nothing says which of the two is meant, so neither changes.
type KeyUsedError struct {
	NumberID string
	Key      string
	ID       int64 // of the message that has the key
	State    State // of that message
	Index    int   // of the request in [Outbox.EnqueueMany], 0 in Enqueue
}

// Error names the message that has the key, without the key.
func (e *KeyUsedError) Error() string {
	if e == nil {
		return "no key error"
	}
	return fmt.Sprintf("pilotstatuspg: number %s: request %d has the key of message %d (%s), which has another body",
		e.NumberID, e.Index, e.ID, e.State)
}

// NotFoundError is a message that the outbox does not have, or no longer.
type NotFoundError struct {
	NumberID string // "" for an event that is no status event
	Key      string // "" for the message of an event
}

// Error names the number, without the key.
func (e *NotFoundError) Error() string {
	switch {
	case e == nil:
		return "no search error"
	case e.Key == "" && e.NumberID == "":
		return "pilotstatuspg: the event is no status event of a message"
	case e.Key == "":
		return fmt.Sprintf("pilotstatuspg: number %s: the event is of no message that the outbox has recorded", e.NumberID)
	}
	return fmt.Sprintf("pilotstatuspg: number %s has no message with that key", e.NumberID)
}

// DeploymentError is tables that another deployment sends from, as in a copy of the
// production database, which must not send to people. See [Outbox.Adopt].
type DeploymentError struct {
	Schema string
	Owner  string // the deployment in the tables, "" where no Run has written one
	Name   string // Options.Deployment, or what Adopt was told
}

// Error names both and says what to do.
func (e *DeploymentError) Error() string {
	if e == nil {
		return "no deployment error"
	}
	return fmt.Sprintf("pilotstatuspg: schema %q is of the deployment %q, not of %q: nothing is sent; "+
		"Adopt takes a copy over and parks its open messages", e.Schema, e.Owner, e.Name)
}

// The codes of PostgreSQL's errors that this package knows.
const (
	codeLockNotAvailable = "55P03"
	codeUndefinedTable   = "42P01"
)

// hasCode reports whether PostgreSQL answered with that error code.
func hasCode(err error, code string) bool {
	var answer *pgconn.PgError
	return errors.As(err, &answer) && answer.Code == code
}

// failed says what was being done when the database refused. PostgreSQL's errors stay
// within reach of errors.As.
func failed(doing string, err error) error { return fmt.Errorf("pilotstatuspg: %s: %w", doing, err) }

// renamed changes the field of a validation error.
func renamed(err error, rename func(field string) string) error {
	var refused *pilotstatus.ValidationError
	if !errors.As(err, &refused) {
		return err
	}
	return invalid(rename(refused.Field), refused.Reason)
}
