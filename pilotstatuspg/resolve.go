package pilotstatuspg

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Filter chooses parked messages.
type Filter struct {
	NumberID string   // required
	Keys     []string // nil: all parked messages of the number
}

// Resolution is what a person decides about parked messages: [WasSent], [SendAgain] or
// [Drop].
type Resolution struct {
	statement string
	args      []any
	id        string // of the API, which belongs to one message
}

// sendAgainWithin is how long after the first request the API surely knows its key, with
// time left for a worker to take the message.
const sendAgainWithin = maxDoubt - maxLease

// resolveBatch is how many messages one statement resolves.
const resolveBatch = 1000

// WasSent says that the message reached the API, which has it under that id: the message
// becomes accepted. An id belongs to one key; without one, "", any number of messages is
// taken to be sent.
func WasSent(acceptedID string) Resolution {
	return Resolution{wasSentSQL, []any{acceptedID}, acceptedID}
}

// SendAgain sends the messages again, whatever their DeliverUntil was.
//
// Within 23 hours of the first request it repeats the same request with the same key, and
// the API answers with the first result: that is safe. Later the API has forgotten the
// key, and it sends under a new one, Message.WireKey: a message that had reached the API
// arrives TWICE. A message that was emptied stays parked.
func SendAgain() Resolution {
	return Resolution{sendAgainSQL, []any{sendAgainWithin.Seconds()}, ""}
}

// Drop ends the messages as canceled. Those that had reached the API arrive all the same.
func Drop() Resolution { return Resolution{dropSQL, nil, ""} }

// Resolve decides about the parked messages that the filter chooses and returns how many
// it changed. It works in batches of 1,000: with a pool, an error leaves the earlier ones
// resolved, and calling it again does the rest.
func (o *Outbox) Resolve(ctx context.Context, db DB, filter Filter, r Resolution) (int64, error) {
	switch {
	case r.statement == "":
		return 0, invalid("Resolution", "it is WasSent, SendAgain or Drop")
	case r.id != "" && len(filter.Keys) != 1:
		return 0, invalid("Filter.Keys", "one id of the API belongs to one message")
	}
	if err := checkNumberID(filter.NumberID); err != nil {
		return 0, err
	}
	if err := checkTexts("Resolution or Filter.Keys", append([]string{r.id}, filter.Keys...)...); err != nil {
		return 0, err
	}
	if filter.Keys != nil {
		ids, err := o.ids(ctx, db, keysIDsSQL, filter.NumberID, filter.Keys)
		if err != nil {
			return 0, err
		}
		return o.resolve(ctx, db, r, ids)
	}
	resolved, last := int64(0), int64(0)
	for {
		ids, err := o.ids(ctx, db, parkedIDsSQL, filter.NumberID, last, resolveBatch)
		if err != nil || len(ids) == 0 {
			return resolved, err
		}
		n, err := o.resolve(ctx, db, r, ids)
		resolved += n
		if err != nil {
			return resolved, err
		}
		last = ids[len(ids)-1]
	}
}

func (o *Outbox) ids(ctx context.Context, db DB, statement string, args ...any) ([]int64, error) {
	return collectPlanned(ctx, db, readingParked, pgx.RowTo[int64], o.in(statement), args...)
}

func (o *Outbox) resolve(ctx context.Context, db DB, r Resolution, ids []int64) (int64, error) {
	return o.exec(ctx, db, "resolving", r.statement, append([]any{ids}, r.args...)...)
}
