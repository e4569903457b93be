package pilotstatuspg

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// adoptBatch is how many messages Adopt parks at once, of each kind.
const adoptBatch = 1000

// Adopt makes Options.Deployment the owner of the tables in place of the deployment from,
// "" where no Run has written one. It parks every message that has not ended first: the
// other deployment may have sent it, and [Outbox.Resolve] decides. End every worker of
// the tables before. Tables of another deployment are a [*DeploymentError].
func (o *Outbox) Adopt(ctx context.Context, pool *pgxpool.Pool, from string) error {
	if o.options.Deployment == "" {
		return invalid("Deployment", "Adopt needs the new one")
	}
	if err := o.checkOwner(ctx, pool, from); err != nil {
		return err
	}
	reason := fmt.Sprintf("adopted from the deployment %q", from)
	for {
		parked, err := o.exec(ctx, pool, "adopting", parkOpenSQL, storable(reason), adoptBatch)
		if err != nil {
			return err
		}
		if parked == 0 {
			break
		}
	}
	adopted, err := o.exec(ctx, pool, "adopting", adoptSQL, o.options.Deployment, from)
	if err != nil {
		return err
	}
	if adopted == 0 { // another process adopted them
		return o.checkOwner(ctx, pool, from)
	}
	return nil
}

// checkOwner is a *DeploymentError unless the tables are of that deployment.
func (o *Outbox) checkOwner(ctx context.Context, db DB, want string) error {
	owner, err := collect(ctx, db, "reading the deployment", pgx.RowTo[string], o.in(ownerSQL))
	if err != nil {
		return err
	}
	if len(owner) != 1 || owner[0] != want {
		return &DeploymentError{Schema: o.options.Schema, Owner: strings.Join(owner, ""), Name: want}
	}
	return nil
}
