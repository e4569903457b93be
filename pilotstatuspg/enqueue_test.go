package pilotstatuspg

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
)

const (
	testNumber = "num_1"
	testPhone  = "+5511999990001"
)

// request is a text to the test's phone.
func request(key string) pilotstatus.SendRequest {
	return pilotstatus.SendRequest{
		To:             pilotstatus.Phone(testPhone),
		Content:        pilotstatus.TextContent{Body: "hello"},
		IdempotencyKey: key,
	}
}

// inTx runs f in a transaction that commits.
func inTx(tb testing.TB, pool *pgxpool.Pool, f func(tx pgx.Tx) error) error {
	tb.Helper()
	return pgx.BeginFunc(tb.Context(), pool, f)
}

// enqueueOne commits one message.
func enqueueOne(tb testing.TB, o *Outbox, pool *pgxpool.Pool, r pilotstatus.SendRequest, opts ...EnqueueOption) Queued {
	tb.Helper()
	var queued Queued
	require.NoError(tb, inTx(tb, pool, func(tx pgx.Tx) (err error) {
		queued, err = o.Enqueue(tb.Context(), tx, testNumber, r, opts...)
		return err
	}))
	return queued
}

// stored is a row of the table message.
type stored struct {
	Key, WireKey, Recipient, State string
	Template                       *string
	Body, Hash                     []byte
	Priority                       int16
	DueIn, UntilIn                 *float64 // seconds from the transaction
}

func rowOf(tb testing.TB, o *Outbox, db DB, id int64) stored {
	tb.Helper()
	rows, err := db.Query(tb.Context(), o.in(`SELECT key, wire_key, recipient, state, template, body, body_hash, priority,
		CASE WHEN not_before > 'epoch' THEN extract(epoch FROM not_before - created_at)::float8 END,
		extract(epoch FROM deliver_until - created_at)::float8 FROM pilotstatus.message WHERE id = $1`), id)
	require.NoError(tb, err)
	row, err := pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (s stored, err error) {
		err = row.Scan(&s.Key, &s.WireKey, &s.Recipient, &s.State, &s.Template, &s.Body, &s.Hash, &s.Priority, &s.DueIn, &s.UntilIn)
		return s, err
	})
	require.NoError(tb, err)
	return row
}

func TestEnqueueKeepsTheBytes(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t)
	r := request("order-1")
	r.Content = pilotstatus.TemplateContent{ID: "shipped", Variables: map[string]string{"name": "<Ünï & 🚚>"}}
	queued := enqueueOne(t, o, pool, r)
	assert.Equal(t, Queued{ID: queued.ID, Key: "order-1", State: StatePending}, queued)
	encoded, err := pilotstatus.EncodeSend(r)
	require.NoError(t, err)
	row := rowOf(t, o, pool, queued.ID)
	assert.Equal(t, encoded.Body, row.Body)
	assert.Equal(t, "order-1", row.Key)
	assert.Equal(t, "order-1", row.WireKey)
	assert.Equal(t, "phone:+5511999990001", row.Recipient)
	assert.Equal(t, "shipped", *row.Template)
	assert.Equal(t, int16(Normal), row.Priority)
	assert.Nil(t, row.UntilIn)
	assert.Nil(t, row.DueIn)
}

func TestEnqueueLeavesWithTheCommitOnly(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t)
	broken := errors.New("the order fails")
	err := inTx(t, pool, func(tx pgx.Tx) error {
		_, err := o.Enqueue(t.Context(), tx, testNumber, request("order-1"))
		return errors.Join(err, broken)
	})
	require.ErrorIs(t, err, broken)
	assert.Zero(t, value[int](t, pool, o.in("SELECT count(*) FROM pilotstatus.message")))
}

func TestEnqueueMakesAKey(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t)
	first, second := enqueueOne(t, o, pool, request("")), enqueueOne(t, o, pool, request(""))
	assert.NotEmpty(t, first.Key)
	assert.NotEqual(t, first.Key, second.Key)
	assert.Equal(t, first.Key, rowOf(t, o, pool, first.ID).Key)
}

func TestEnqueueRefusesBeforeTheCommit(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t)
	with := func(change func(*pilotstatus.SendRequest)) pilotstatus.SendRequest {
		r := request("k")
		change(&r)
		return r
	}
	at := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		field  string
		number string
		r      pilotstatus.SendRequest
		opts   []EnqueueOption
	}{
		"no number":          {field: "numberID", r: request("k")},
		"number with NUL":    {field: "numberID", number: "a\x00", r: request("k")},
		"number not UTF-8":   {field: "numberID", number: "a\xff", r: request("k")},
		"long number":        {field: "numberID", number: strings.Repeat("n", 256), r: request("k")},
		"no recipient":       {field: "To", r: with(func(r *pilotstatus.SendRequest) { r.To = pilotstatus.Recipient{} })},
		"recipient with NUL": {field: "To", r: with(func(r *pilotstatus.SendRequest) { r.To = pilotstatus.UserID("a\x00b") })},
		"recipient no UTF-8": {field: "To", r: with(func(r *pilotstatus.SendRequest) { r.To = pilotstatus.GroupID("a\xffb@g.us") })},
		"long recipient":     {field: "To", r: with(func(r *pilotstatus.SendRequest) { r.To = pilotstatus.UserID(strings.Repeat("u", 256)) })},
		"no content":         {field: "Content", r: with(func(r *pilotstatus.SendRequest) { r.Content = nil })},
		"content with NUL": {field: "Content.Body", r: with(func(r *pilotstatus.SendRequest) {
			r.Content = pilotstatus.TextContent{Body: "a\x00"}
		})},
		"content not UTF-8": {field: "Content.Body", r: with(func(r *pilotstatus.SendRequest) {
			r.Content = pilotstatus.TextContent{Body: "a\xff"}
		})},
		"long template": {field: "Content.ID", r: with(func(r *pilotstatus.SendRequest) {
			r.Content = pilotstatus.TemplateContent{ID: strings.Repeat("t", 256)}
		})},
		"key with NUL":     {field: "IdempotencyKey", r: request("a\x00")},
		"key not UTF-8":    {field: "IdempotencyKey", r: request("a\xff")},
		"key of 251 bytes": {field: "IdempotencyKey", r: request(strings.Repeat("k", 251))},
		"key of SendAgain": {field: "IdempotencyKey", r: request("k~2")},
		"DeliverAt":        {field: "DeliverAt", r: with(func(r *pilotstatus.SendRequest) { r.DeliverAt = at })},
		"priority":         {field: "WithPriority", opts: []EnqueueOption{WithPriority(3)}, r: request("k")},
		"negative delay":   {field: "NotBeforeIn", opts: []EnqueueOption{NotBeforeIn(-1)}, r: request("k")},
		"two times":        {field: "NotBefore", opts: []EnqueueOption{NotBeforeIn(1), NotBefore(at)}, r: request("k")},
		"far future":       {field: "NotBefore", opts: []EnqueueOption{NotBefore(at.AddDate(9000, 0, 0))}, r: request("k")},
		"due when expired": {field: "DeliverUntil", opts: []EnqueueOption{NotBefore(at)}, r: with(func(r *pilotstatus.SendRequest) { r.DeliverUntil = at })},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			number := test.number
			if test.field != "numberID" {
				number = testNumber
			}
			var refused *pilotstatus.ValidationError
			tx, err := pool.Begin(t.Context())
			require.NoError(t, err)
			defer func() { assert.NoError(t, tx.Rollback(context.Background())) }()
			_, err = o.Enqueue(t.Context(), tx, number, test.r, test.opts...)
			require.ErrorAs(t, err, &refused)
			assert.Equal(t, test.field, refused.Field)
			_, err = o.EnqueueMany(t.Context(), tx, number, []pilotstatus.SendRequest{test.r}, test.opts...)
			require.ErrorAs(t, err, &refused)
			assert.True(t, strings.HasSuffix(refused.Field, test.field), refused.Field)
			// The transaction goes on: nothing was asked of the database.
			assert.Zero(t, value[int](t, tx, o.in("SELECT count(*) FROM pilotstatus.message")))
		})
	}
}

func TestEnqueueTimes(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t)
	now := value[time.Time](t, pool, "SELECT now()")
	for name, test := range map[string]struct {
		opts  []EnqueueOption
		until time.Duration
		want  State
		due   float64 // seconds, 0: no time
		ends  float64
	}{
		"now":               {want: StatePending},
		"in the past":       {opts: []EnqueueOption{NotBefore(now.Add(-time.Hour))}, want: StatePending, due: -3600},
		"later":             {opts: []EnqueueOption{NotBefore(now.Add(time.Hour))}, want: StateScheduled, due: 3600},
		"after a while":     {opts: []EnqueueOption{NotBeforeIn(time.Hour)}, want: StateScheduled, due: 3600},
		"at once":           {opts: []EnqueueOption{NotBeforeIn(0)}, want: StatePending, due: 0.0001},
		"until":             {until: time.Hour, want: StatePending, ends: 3600},
		"urgent":            {opts: []EnqueueOption{WithPriority(Urgent)}, want: StatePending, ends: 600},
		"urgent until":      {opts: []EnqueueOption{WithPriority(Urgent)}, until: time.Hour, want: StatePending, ends: 3600},
		"urgent later":      {opts: []EnqueueOption{WithPriority(Urgent), NotBeforeIn(time.Hour)}, want: StateScheduled, due: 3600, ends: 4200},
		"urgent and past":   {opts: []EnqueueOption{WithPriority(Urgent), NotBefore(now.Add(-time.Hour))}, want: StatePending, due: -3600, ends: 600},
		"bulk has no limit": {opts: []EnqueueOption{WithPriority(Bulk)}, want: StatePending},
	} {
		t.Run(name, func(t *testing.T) { // not parallel: the times are those of now
			r := request(name)
			if test.until > 0 {
				r.DeliverUntil = now.Add(test.until)
			}
			queued := enqueueOne(t, o, pool, r, test.opts...)
			assert.Equal(t, test.want, queued.State)
			row := rowOf(t, o, pool, queued.ID)
			for _, pair := range []struct {
				want float64
				got  *float64
			}{{test.due, row.DueIn}, {test.ends, row.UntilIn}} {
				if pair.want == 0 {
					assert.Nil(t, pair.got)
					continue
				}
				require.NotNil(t, pair.got)
				assert.InDelta(t, pair.want, *pair.got, 60)
			}
			// The default is in the column only: the API has its own.
			assert.Equal(t, test.until > 0, strings.Contains(string(row.Body), "deliverUntil"))
			assert.NotContains(t, string(row.Body), "deliverAt")
		})
	}
}

func TestEnqueueSameKey(t *testing.T) {
	t.Parallel()
	for _, state := range []State{
		StateScheduled, StatePending, StateHeld, StateClaimed, StateSending,
		StateAccepted, StateRefused, StateParked, StateCanceled, StateExpired,
	} {
		t.Run(string(state), func(t *testing.T) {
			t.Parallel()
			o, pool := newOutbox(t)
			first := enqueueOne(t, o, pool, request("k"))
			_, err := pool.Exec(t.Context(), o.in("UPDATE pilotstatus.message SET state = $1, body = ''"), state)
			require.NoError(t, err)

			again := enqueueOne(t, o, pool, request("k"))
			assert.Equal(t, Queued{ID: first.ID, Key: "k", State: state, Duplicate: true}, again)

			other := request("k")
			other.Content = pilotstatus.TextContent{Body: "secret text"}
			err = inTx(t, pool, func(tx pgx.Tx) error {
				_, err := o.Enqueue(t.Context(), tx, testNumber, other)
				return err
			})
			var used *KeyUsedError
			require.ErrorAs(t, err, &used)
			assert.Equal(t, KeyUsedError{NumberID: testNumber, Key: "k", ID: first.ID, State: state}, *used)
			assert.NotContains(t, fmt.Sprintf("%v %+v %s", err, err, err), "secret")

			require.NoError(t, inTx(t, pool, func(tx pgx.Tx) error {
				queued, err := o.Enqueue(t.Context(), tx, "num_2", other)
				assert.False(t, queued.Duplicate, "another number has its own keys")
				return err
			}))
		})
	}
}

func TestEnqueueSameKeyAtOnce(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t)
	const processes = 8
	ids := make([]int64, processes)
	fresh := make([]bool, processes)
	var enqueuing sync.WaitGroup
	for i := range processes {
		enqueuing.Go(func() {
			err := pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
				queued, err := o.Enqueue(t.Context(), tx, testNumber, request("k"))
				ids[i], fresh[i] = queued.ID, !queued.Duplicate
				return err
			})
			assert.NoError(t, err)
		})
	}
	enqueuing.Wait()
	assert.Len(t, slices.Compact(ids), 1)
	assert.Len(t, slices.DeleteFunc(fresh, func(is bool) bool { return !is }), 1)
}

func TestEnqueueAfterARollback(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t)
	first, err := pool.Begin(t.Context())
	require.NoError(t, err)
	_, err = o.Enqueue(t.Context(), first, testNumber, request("k"))
	require.NoError(t, err)
	second := make(chan Queued)
	go func() {
		var queued Queued
		assert.NoError(t, pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) (err error) {
			queued, err = o.Enqueue(t.Context(), tx, testNumber, request("k"))
			return err
		}))
		second <- queued
	}()
	require.NoError(t, first.Rollback(t.Context()))
	assert.False(t, (<-second).Duplicate)
}

func TestEnqueueInRepeatableRead(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t)
	for _, level := range []pgx.TxIsoLevel{pgx.RepeatableRead, pgx.Serializable} {
		err := pgx.BeginTxFunc(t.Context(), pool, pgx.TxOptions{IsoLevel: level}, func(tx pgx.Tx) error {
			value[int](t, tx, "SELECT 1") // takes the snapshot
			enqueueOne(t, o, pool, request(string(level)))
			_, err := o.Enqueue(t.Context(), tx, testNumber, request(string(level)))
			return err
		})
		var answer *pgconn.PgError
		require.ErrorAs(t, err, &answer)
		assert.Equal(t, "40001", answer.Code)
	}
}

func TestEnqueueMany(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t)
	const n = maxPiece + 10
	requests := make([]pilotstatus.SendRequest, n)
	for i := range requests {
		requests[i] = request(fmt.Sprintf("k-%d", (i*7919)%n)) // not in the order of the keys
	}
	enqueue := func() (queued []Queued) {
		require.NoError(t, inTx(t, pool, func(tx pgx.Tx) (err error) {
			queued, err = o.EnqueueMany(t.Context(), tx, testNumber, requests, WithPriority(Bulk))
			return err
		}))
		return queued
	}
	queued := enqueue()
	require.Len(t, queued, n)
	for i, q := range queued {
		require.Equal(t, requests[i].IdempotencyKey, q.Key)
		require.False(t, q.Duplicate)
		require.True(t, i == 0 || q.ID > queued[i-1].ID, "they leave in the order of the requests")
	}
	assert.Equal(t, n, value[int](t, pool, o.in("SELECT count(*) FROM pilotstatus.message WHERE priority = 2")))

	again := enqueue()
	for i := range again {
		require.Equal(t, Queued{ID: queued[i].ID, Key: queued[i].Key, State: StatePending, Duplicate: true}, again[i])
	}
	none, err := o.EnqueueMany(t.Context(), nil, testNumber, nil)
	require.NoError(t, err)
	assert.Empty(t, none)
}

func TestEnqueueManyWithRepeatedKeys(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t)
	known := enqueueOne(t, o, pool, request("known"))
	require.NoError(t, inTx(t, pool, func(tx pgx.Tx) error {
		queued, err := o.EnqueueMany(t.Context(), tx, testNumber,
			[]pilotstatus.SendRequest{request("b"), request("known"), request("a"), request("b")})
		require.NoError(t, err)
		assert.False(t, queued[0].Duplicate)
		assert.Equal(t, Queued{ID: known.ID, Key: "known", State: StatePending, Duplicate: true}, queued[1])
		assert.False(t, queued[2].Duplicate)
		assert.Equal(t, Queued{ID: queued[0].ID, Key: "b", State: StatePending, Duplicate: true}, queued[3])

		other := request("b")
		other.Labels = []string{"vip"}
		_, err = o.EnqueueMany(t.Context(), tx, testNumber, []pilotstatus.SendRequest{request("c"), other})
		var used *KeyUsedError
		require.ErrorAs(t, err, &used)
		assert.Equal(t, 1, used.Index)
		assert.Equal(t, queued[0].ID, used.ID)
		return nil
	}))
	assert.Equal(t, 4, value[int](t, pool, o.in("SELECT count(*) FROM pilotstatus.message")))
}

// meeting lets transactions meet before their second insert, unless one cannot come
// because it waits for another.
type meeting struct {
	pgx.Tx

	inserts int
	meet    func()
}

func (m *meeting) Query(ctx context.Context, statement string, args ...any) (pgx.Rows, error) {
	if strings.Contains(statement, "INSERT") {
		if m.inserts++; m.inserts == 2 {
			m.meet()
		}
	}
	return m.Tx.Query(ctx, statement, args...)
}

// Two transactions with the same keys in opposite order wait for each other, also where
// the keys are more than one statement takes.
func TestEnqueueManyInOppositeOrder(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t)
	requests := make([]pilotstatus.SendRequest, 2*maxPiece)
	for i := range requests {
		requests[i] = request(fmt.Sprint(i))
	}
	reversed := slices.Clone(requests)
	slices.Reverse(reversed)
	var coming atomic.Int32
	met := make(chan struct{})
	meet := func() {
		if coming.Add(1) == 2 {
			close(met)
		}
		select {
		case <-met:
		case <-time.After(500 * time.Millisecond):
		}
	}
	var enqueuing sync.WaitGroup
	for _, rs := range [][]pilotstatus.SendRequest{requests, reversed} {
		enqueuing.Go(func() {
			assert.NoError(t, pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
				_, err := o.EnqueueMany(t.Context(), &meeting{Tx: tx, meet: meet}, testNumber, rs)
				return err
			}))
		})
	}
	enqueuing.Wait()
	assert.Equal(t, len(requests), value[int](t, pool, o.in("SELECT count(*) FROM pilotstatus.message")))
}

func TestPieces(t *testing.T) {
	t.Parallel()
	large := outgoing{body: make([]byte, maxPieceBytes)}
	sizes := func(messages ...outgoing) (sizes []int) {
		for piece := range pieces(messages) {
			sizes = append(sizes, len(piece))
		}
		return sizes
	}
	assert.Empty(t, sizes())
	assert.Equal(t, []int{1, 2, 1}, sizes(large, large, outgoing{}, outgoing{body: []byte("a")}))
	assert.Equal(t, []int{maxPiece, 1}, sizes(make([]outgoing, maxPiece+1)...))
}

// A transaction of database/sql does the same.
func TestEnqueueInSQL(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t)
	db := stdlib.OpenDBFromPool(pool)
	defer func() { assert.NoError(t, db.Close()) }()
	tx, err := db.BeginTx(t.Context(), &sql.TxOptions{})
	require.NoError(t, err)
	r := request(`quote " and \ and {,}`)
	r.DeliverUntil = time.Now().Add(time.Hour)
	r.Content = pilotstatus.TemplateContent{ID: `tem"pl\ate`}
	one, err := o.Enqueue(t.Context(), SQL(tx), testNumber, r, NotBeforeIn(time.Minute))
	require.NoError(t, err)
	many, err := o.EnqueueMany(t.Context(), SQL(tx), testNumber,
		[]pilotstatus.SendRequest{request("b"), request("a")})
	require.NoError(t, err)
	again, err := o.EnqueueMany(t.Context(), SQL(tx), testNumber, []pilotstatus.SendRequest{r})
	require.NoError(t, err)
	assert.Equal(t, Queued{ID: one.ID, Key: one.Key, State: StateScheduled, Duplicate: true}, again[0])
	require.NoError(t, SQL(tx).Commit(t.Context()))

	encoded, err := pilotstatus.EncodeSend(r)
	require.NoError(t, err)
	row := rowOf(t, o, pool, one.ID)
	assert.Equal(t, encoded.Body, row.Body)
	assert.Equal(t, r.IdempotencyKey, row.Key)
	assert.Equal(t, `tem"pl\ate`, *row.Template)
	assert.InDelta(t, 3600, *row.UntilIn, 60)
	assert.Less(t, many[0].ID, many[1].ID)
}

// Workers are woken at the commit, at most once in a while for each process.
func TestEnqueueNotifies(t *testing.T) {
	t.Parallel()
	notifications := func(o *Outbox, pool *pgxpool.Pool, act func()) int {
		conn, err := pool.Acquire(t.Context())
		require.NoError(t, err)
		defer conn.Release()
		_, err = conn.Exec(t.Context(), "LISTEN "+pgx.Identifier{o.channel}.Sanitize())
		require.NoError(t, err)
		act()
		// A notification of the test's own ends the wait.
		_, err = pool.Exec(t.Context(), "SELECT pg_notify($1, 'end')", o.channel)
		require.NoError(t, err)
		for n := 0; ; n++ {
			notification, err := conn.Conn().WaitForNotification(t.Context())
			require.NoError(t, err)
			if notification.Payload == "end" {
				return n
			}
		}
	}
	o, pool := newOutbox(t)
	assert.Equal(t, 1, notifications(o, pool, func() {
		o.notified.Store(0)
		enqueueOne(t, o, pool, request("a"))
		o.notified.Store(time.Now().UnixNano())
		enqueueOne(t, o, pool, request("b"))
	}))
	assert.Zero(t, notifications(o, pool, func() {
		o.notified.Store(0)
		enqueueOne(t, o, pool, request("c"), NotBeforeIn(time.Hour))
		o.notified.Store(0)
		enqueueOne(t, o, pool, request("a")) // a duplicate
	}))
	silent, pool := newOutbox(t, func(o *Options) { o.NoNotify = true })
	assert.Zero(t, notifications(silent, pool, func() { enqueueOne(t, silent, pool, request("a")) }))
}

// With NoNotify, a transaction can be prepared for two-phase commit.
func TestEnqueueInAPreparedTransaction(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t, func(o *Options) { o.NoNotify = true })
	tx, err := pool.Begin(t.Context())
	require.NoError(t, err)
	_, err = o.Enqueue(t.Context(), tx, testNumber, request("k"))
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), "PREPARE TRANSACTION 'enqueue'")
	require.NoError(t, err)
	require.NoError(t, tx.Commit(t.Context()))
	_, err = pool.Exec(t.Context(), "COMMIT PREPARED 'enqueue'")
	require.NoError(t, err)
	assert.True(t, enqueueOne(t, o, pool, request("k")).Duplicate)
}

// Behind a pooler in transaction mode, statements are not prepared.
func TestEnqueueWithoutPreparedStatements(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t)
	for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol, pgx.QueryExecModeDescribeExec} {
		config := pool.Config()
		config.ConnConfig.DefaultQueryExecMode = mode
		direct, err := pgxpool.NewWithConfig(t.Context(), config)
		require.NoError(t, err)
		defer direct.Close()
		r := request(mode.String())
		r.DeliverUntil = time.Now().Add(time.Hour)
		queued := enqueueOne(t, o, direct, r, NotBefore(time.Now().Add(time.Minute)))
		assert.Equal(t, StateScheduled, queued.State)
		assert.Equal(t, "phone:"+testPhone, rowOf(t, o, direct, queued.ID).Recipient)
		queued = enqueueOne(t, o, direct, request("second "+mode.String()), NotBeforeIn(time.Minute))
		assert.Equal(t, StateScheduled, queued.State)
	}
}
