package pilotstatuspg

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pilotstatus/pilotstatus-go"
)

const (
	maxPiece      = 5000    // messages of one statement
	maxPieceBytes = 8 << 20 // bodies of one statement, unless one body alone is larger

	// notifyEvery is how often a process wakes the workers. A NOTIFY in every transaction
	// would let all commits of the database wait for each other.
	notifyEvery = 100 * time.Millisecond
)

// Queued is what became of a request.
type Queued struct {
	ID        int64  `json:"id"`                  // of the message in the outbox
	Key       string `json:"key"`                 // the request's key, or the random one that it got
	State     State  `json:"state"`               // StatePending or StateScheduled, and any state of a duplicate
	Duplicate bool   `json:"duplicate,omitempty"` // the key and the body were known: this is the first message, unchanged
}

// Enqueue writes a message into the transaction. It leaves after that commits, and never
// where it is rolled back. What Messages.Send would refuse without a request is refused
// here, as a [*pilotstatus.ValidationError], and so is DeliverAt: use [NotBefore].
//
// numberID is the API's id of the number, the one in its events. Any other text breaks
// windows and pauses silently; [OneNumber] says where to find it.
//
// The key is unique within the number for as long as the message is kept. The same key
// with the same body answers the first message, whatever became of it: a refused, expired
// or canceled key is used up. Other options change nothing of it, neither [NotBefore] nor
// [WithPriority]: look at Duplicate. To move a message, [Outbox.Cancel] it and take a key
// with a revision. With another body it is a [*KeyUsedError]; after [Outbox.Forget] any body
// is the same. Derive the key from your own record, as in "order-42-shipped", and put
// nothing personal into it. A random one repeats nothing, but an enqueue that is repeated is
// a second message.
//
// It touches no row that other transactions touch, except one with the same key: that
// waits until the first transaction ends. Under REPEATABLE READ or SERIALIZABLE it may
// fail with 40001 then: repeat the transaction.
func (o *Outbox) Enqueue(
	ctx context.Context, tx Tx, numberID string, r pilotstatus.SendRequest, opts ...EnqueueOption,
) (Queued, error) {
	e, err := newEnqueue(numberID, opts)
	if err != nil {
		return Queued{}, err
	}
	m, err := e.encode(r)
	if err != nil {
		return Queued{}, err
	}
	queued, err := o.enqueue(ctx, tx, e, []outgoing{m})
	if err != nil {
		return Queued{}, err
	}
	return queued[0], nil
}

// EnqueueMany is Enqueue for many requests of one number, in pieces of 5,000. The messages
// of one recipient leave in the order of the requests. It checks all requests before it
// writes the first; the transaction is of no use after any error of it. Messages with a
// key that the transaction wrote before are duplicates as well.
func (o *Outbox) EnqueueMany(
	ctx context.Context, tx Tx, numberID string, rs []pilotstatus.SendRequest, opts ...EnqueueOption,
) ([]Queued, error) {
	e, err := newEnqueue(numberID, opts)
	if err != nil || len(rs) == 0 {
		return nil, err
	}
	messages := make([]outgoing, len(rs))
	for i, r := range rs {
		m, err := e.encode(r)
		if err != nil {
			return nil, inRequest(i, err)
		}
		m.index = i
		messages[i] = m
	}
	if err := o.reserve(ctx, tx, messages); err != nil {
		return nil, err
	}
	// In order of their keys across the pieces too: see enqueueSQL.
	slices.SortFunc(messages, func(a, b outgoing) int {
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.id, b.id))
	})
	return o.enqueue(ctx, tx, e, messages)
}

// inRequest names the request in an error.
func inRequest(index int, err error) error {
	return renamed(err, func(field string) string { return fmt.Sprintf("rs[%d].%s", index, field) })
}

// reserve gives the messages ids in their order, which is the order in which they leave.
func (o *Outbox) reserve(ctx context.Context, tx Tx, messages []outgoing) error {
	ids, err := collect(ctx, tx, "reserving ids", pgx.RowTo[int64], reserveSQL, o.sequence(), len(messages))
	if err != nil {
		return err
	}
	slices.Sort(ids)
	for i := range messages {
		messages[i].id = ids[i]
	}
	return nil
}

// sequence is the sequence of the messages' ids, for a cast to regclass.
func (o *Outbox) sequence() string {
	return pgx.Identifier{o.options.Schema, "message_id_seq"}.Sanitize()
}

// enqueue writes messages piece by piece and returns what became of them, in the order of
// the requests.
func (o *Outbox) enqueue(ctx context.Context, tx Tx, e enqueue, messages []outgoing) ([]Queued, error) {
	queued := make([]Queued, len(messages))
	for piece := range pieces(messages) {
		left := piece
		// A message that kept a key may be deleted before it is read: then the key is free.
		for try := 0; len(left) > 0; try++ {
			if try == 3 {
				return nil, failed(enqueuing, errors.New("a message with the same key comes and goes"))
			}
			created, err := o.insert(ctx, tx, e, left)
			if err != nil {
				return nil, err
			}
			left = place(queued, left, created)
			if left, err = o.placeKnown(ctx, tx, e.numberID, queued, left); err != nil {
				return nil, err
			}
		}
	}
	return queued, nil
}

const enqueuing = "enqueuing"

// known is a message that has a row.
type known struct {
	key   string
	id    int64
	state State
	hash  []byte
}

// insert returns the ids and the states of the messages that are new.
func (o *Outbox) insert(ctx context.Context, tx Tx, e enqueue, piece []outgoing) ([]known, error) {
	var c columns
	for _, m := range piece {
		c.add(m)
	}
	return collect(ctx, tx, enqueuing, func(row pgx.CollectableRow) (k known, err error) {
		var notified *string
		err = row.Scan(&k.id, &k.state, &notified)
		return k, err
	}, o.in(enqueueSQL), e.numberID, c.ids, c.keys, c.recipients, c.templates, c.bodies, c.hashes,
		c.untils, e.notBefore, o.sequence(), int16(e.priority), e.delay, o.channel, o.mayNotify(), c.fallbacks, e.fallbackTemplate())
}

// mayNotify reports whether this process has not notified for a while. Who is refused is
// found by the next poll.
func (o *Outbox) mayNotify() bool {
	if o.options.NoNotify {
		return false
	}
	last, now := o.notified.Load(), time.Now().UnixNano()
	return now-last >= int64(notifyEvery) && o.notified.CompareAndSwap(last, now)
}

// place notes what was inserted and returns the other messages. With one message, which
// has no id yet, the one row is its own.
func place(queued []Queued, piece []outgoing, rows []known) (rest []outgoing) {
	states := make(map[int64]State, len(rows))
	for _, row := range rows {
		states[row.id] = row.state
		if len(piece) == 1 {
			piece[0].id = row.id
		}
	}
	for _, m := range piece {
		if state, ok := states[m.id]; ok {
			queued[m.index] = Queued{ID: m.id, Key: m.key, State: state}
		} else {
			rest = append(rest, m)
		}
	}
	return rest
}

// placeKnown notes the messages whose keys were known, and returns those whose keys are
// free again. Another body under a known key is a *KeyUsedError.
func (o *Outbox) placeKnown(ctx context.Context, tx Tx, numberID string, queued []Queued, piece []outgoing) (rest []outgoing, err error) {
	if len(piece) == 0 {
		return nil, nil
	}
	keys := make([]string, len(piece))
	for i, m := range piece {
		keys[i] = m.key
	}
	found, err := collect(ctx, tx, enqueuing, func(row pgx.CollectableRow) (k known, err error) {
		err = row.Scan(&k.key, &k.id, &k.state, &k.hash)
		return k, err
	}, o.in(knownSQL), numberID, keys)
	if err != nil {
		return nil, err
	}
	firsts := make(map[string]known, len(found))
	for _, k := range found {
		firsts[k.key] = k
	}
	for _, m := range piece {
		first, ok := firsts[m.key]
		switch {
		case !ok:
			rest = append(rest, m)
		case len(first.hash) > 0 && !bytes.Equal(first.hash, m.hash):
			return nil, &KeyUsedError{NumberID: numberID, Key: m.key, ID: first.id, State: first.state, Index: m.index}
		default:
			queued[m.index] = Queued{ID: first.id, Key: m.key, State: first.state, Duplicate: true}
		}
	}
	return rest, nil
}
