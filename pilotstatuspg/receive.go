package pilotstatuspg

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pilotstatus/pilotstatus-go"
)

// ReceiveOptions are the settings of an [Outbox.Receive].
type ReceiveOptions struct {
	// Timeout bounds the transaction of one delivery, 15 s if zero and at most an hour. At
	// its end the transaction is rolled back and its connection closed, also where handle
	// ignores its context. That call goes on until it returns: beside the repetition of the
	// event, and in no place of Concurrent. Logger says so.
	Timeout time.Duration

	// Concurrent is how many deliveries hold a connection at once, half of the pool's
	// MaxConns (at least 1) if zero. Each of their handlers may take one more from the same
	// pool: MaxConns is to be twice as large.
	Concurrent int

	// NoOrder handles the deliveries of one contact side by side. What [Outbox.Record] notes
	// is written after the handler then.
	NoOrder bool

	// Logger is told at the end of Timeout that handle goes on, without phones and texts;
	// slog.Default() if nil. What a delivery came to is for WithWebhookLogger.
	Logger *slog.Logger
}

const (
	defaultReceiveTimeout = 15 * time.Second
	maxReceiveTimeout     = time.Hour

	// placeShare is the part of Timeout that a delivery waits for its place at most.
	placeShare = 10
)

func (o ReceiveOptions) withDefaults(pool *pgxpool.Pool) (ReceiveOptions, error) {
	conns := int(pool.Config().MaxConns)
	if o.Timeout == 0 {
		o.Timeout = defaultReceiveTimeout
	}
	if o.Concurrent == 0 {
		o.Concurrent = max(conns/2, 1)
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	switch {
	case o.Timeout < 0 || o.Timeout > maxReceiveTimeout:
		return o, invalid("Timeout", "it is negative, or over an hour")
	case o.Concurrent < 0 || o.Concurrent > conns:
		return o, invalid("Concurrent", "it is negative, or more than the MaxConns of the pool")
	}
	return o, nil
}

// Receive returns a handler that receives the deliveries of webhooks, each event once. One
// transaction holds all that an event changes: the event's key, what [Outbox.Record] notes
// of it, and the writes of handle in tx. It commits when handle returns nil. An error, a
// panic, a statement that failed in tx, or the end of [ReceiveOptions.Timeout] rolls all of
// it back, and the API delivers again. handle may be nil: then the event is recorded only.
//
// The deliveries of one contact of a number are handled one after the other, in all
// processes: of the sender of a message, of its group, of the recipient of a status. The
// spelling of a phone number does not matter. Two contacts never wait for each other,
// except for a place. handle finds in tx what an event of a contact recorded. Other events
// are recorded after it, and with [ReceiveOptions].NoOrder all are.
//
// The context of handle ends with Timeout, not with the request: a sender that hangs up
// finds the event handled at its next delivery. handle neither commits tx nor rolls it
// back, and does not use it after it has returned. Calls of other services in handle hold a
// connection and the contact's turn: enqueue messages in tx instead.
//
// Texts of the event are storable in columns of the types text and jsonb: the character
// U+0000, also as \u0000 in JSON, bytes that are not UTF-8, and half surrogate pairs are
// U+FFFD in all fields and in Raw. The Raw of a delivery that is no JSON is one JSON string
// of it. Numbers that jsonb refuses are strings in Raw. Duplicates are found by the
// delivery as it was received.
//
// opts are those of [pilotstatus.NewWebhookHandler], which says what proves a delivery and
// how one without proof is answered. WithWebhookDeduper and WithWebhookLease have no effect.
// Name the purpose with WithWebhookConsumer where two handlers share a schema.
//
// The other answers:
//
//   - 200: handled and committed, now or before.
//   - 500: handle failed, panicked or took too long, or the database failed while the event
//     was handled. If the answer to the commit was lost, the next delivery is a 200.
//   - 503: another delivery of the same event is being handled; no place was free for a tenth
//     of Timeout; or the database could not be asked whether the event was handled before.
//
// WithWebhookLogger logs the reasons, errors of handle unchanged, except that texts of
// PostgreSQL and pgx that repeat values are left out.
//
// A delivery now and then also deletes a batch of 1,000 events that are older than
// [Options.KeepEvents], and of what was recorded, which takes at most a twentieth of the time:
// a process that only receives needs no [Outbox.Run].
//
// Receive itself opens no connection. Tables that are missing are a [*SchemaError] in the log
// and a 503. Options that cannot be used are a [*pilotstatus.ValidationError].
func (o *Outbox) Receive(
	pool *pgxpool.Pool, handle func(ctx context.Context, tx pgx.Tx, event pilotstatus.Event) error,
	options ReceiveOptions, opts ...pilotstatus.WebhookOption,
) (http.Handler, error) {
	if pool == nil {
		return nil, invalid("pool", "it is nil")
	}
	options, err := options.withDefaults(pool)
	if err != nil {
		return nil, err
	}
	if handle == nil {
		handle = func(context.Context, pgx.Tx, pilotstatus.Event) error { return nil }
	}
	r := &receiver{
		outbox: o, pool: pool, handle: handle, options: options,
		places: make(chan struct{}, options.Concurrent), pruner: pruner{retain: o.retainInbox, every: o.retainEvery},
	}
	// The last one counts: a claim ends with its transaction, no lease is needed.
	opts = append(slices.Clip(opts), pilotstatus.WithWebhookDeduper(claims{}), pilotstatus.WithWebhookLease(maxWebhookLease))
	handler, err := pilotstatus.NewWebhookHandler(handleDelivery, opts...)
	if err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		d := &delivery{receiver: r}
		defer d.end()
		handler.ServeHTTP(w, req.WithContext(context.WithValue(req.Context(), deliveryKey{}, d)))
	}), nil
}

// maxWebhookLease is longer than any Timeout.
const maxWebhookLease = 100 * 365 * day

// receiver is one Receive.
type receiver struct {
	outbox  *Outbox
	pool    *pgxpool.Pool
	handle  func(context.Context, pgx.Tx, pilotstatus.Event) error
	options ReceiveOptions
	places  chan struct{} // one element for each delivery that holds a connection
	pruner  pruner
}

// deliveryKey is the key of the delivery in its context.
type deliveryKey struct{}

func deliveryIn(ctx context.Context) *delivery {
	d, _ := ctx.Value(deliveryKey{}).(*delivery)
	return d
}

// handleDelivery is the handler of all deliveries that were claimed.
func handleDelivery(ctx context.Context, event pilotstatus.Event) error {
	return deliveryIn(ctx).handle(ctx, event)
}

// claims is the deduper of deliveries, each of which has its own transaction.
type claims struct{}

// Claim begins the transaction.
func (claims) Claim(ctx context.Context, key string, _ time.Duration) (pilotstatus.ClaimState, error) {
	return deliveryIn(ctx).claim(ctx, key)
}

// Done follows the commit. What it returns is logged, and the answer is 200.
func (claims) Done(ctx context.Context, _ string) error {
	d := deliveryIn(ctx)
	return d.receiver.pruner.prune(ctx, d.tx.Conn())
}

// Release has nothing to do: the transaction is rolled back at the end of the delivery.
func (claims) Release(context.Context, string) error { return nil }
