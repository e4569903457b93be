package pilotstatuspg

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
)

const webhookSecret = "whsec_test"

// handleFunc is what Receive calls.
type handleFunc = func(ctx context.Context, tx pgx.Tx, event pilotstatus.Event) error

// inbox is an outbox that receives, with a table "seen" of the user beside.
type inbox struct {
	*testing.T

	outbox *Outbox
	pool   *pgxpool.Pool
	log    lockedBuffer
}

func newInbox(t *testing.T) *inbox {
	t.Helper()
	outbox, pool := newOutbox(t)
	in := &inbox{T: t, outbox: outbox, pool: pool}
	in.exec("CREATE TABLE pilotstatus.seen (id bigint GENERATED ALWAYS AS IDENTITY, message text, contact text, body text, raw jsonb)")
	return in
}

// exec changes the tables by hand.
func (in *inbox) exec(statement string, args ...any) {
	in.Helper()
	_, err := in.pool.Exec(in.Context(), in.outbox.in(statement), args...)
	require.NoError(in, err)
}

func (in *inbox) count(from string, args ...any) int {
	in.Helper()
	return value[int](in, in.pool, in.outbox.in("SELECT count(*) FROM pilotstatus."+from), args...)
}

// keep is a handler that writes what it got.
func (in *inbox) keep(ctx context.Context, tx pgx.Tx, event pilotstatus.Event) error {
	var id, text string
	if m, ok := event.(pilotstatus.InboundEvent); ok {
		id, text = m.Message().ID, m.Text()
	}
	_, contact := contactOf(event)
	_, err := tx.Exec(ctx, in.outbox.in("INSERT INTO pilotstatus.seen (message, contact, body, raw) VALUES ($1, $2, $3, $4)"),
		id, contact, text, []byte(event.Raw()))
	return err
}

// receive returns a handler.
func (in *inbox) receive(handle handleFunc, options ReceiveOptions, opts ...pilotstatus.WebhookOption) http.Handler {
	in.Helper()
	logger := slog.New(slog.NewJSONHandler(&in.log, nil))
	opts = append([]pilotstatus.WebhookOption{pilotstatus.WithWebhookSecret(webhookSecret), pilotstatus.WithWebhookLogger(logger)}, opts...)
	handler, err := in.outbox.Receive(in.pool, handle, options, opts...)
	require.NoError(in, err)
	return handler
}

// lockedBuffer is a buffer for several goroutines.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// signed returns a delivery as the API makes it.
func signed(ctx context.Context, body string) *http.Request {
	mac := hmac.New(sha256.New, []byte(webhookSecret))
	_, _ = mac.Write([]byte(body)) // a hash does not fail
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set(pilotstatus.SignatureHeader, hex.EncodeToString(mac.Sum(nil)))
	return r
}

// post makes one delivery and returns the status of the answer.
func post(handler http.Handler, body string) int {
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, signed(context.Background(), body))
	return w.Code
}

// postFree is post again and again while a killed server process still has the event.
func postFree(handler http.Handler, body string) (status int) {
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if status = post(handler, body); status != http.StatusServiceUnavailable {
			break
		}
	}
	return status
}

// redeliver delivers as the API does, until it is answered with success.
func redeliver(t *testing.T, handler http.Handler, body string) (tries int) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		tries++
		switch status := post(handler, body); status {
		case http.StatusOK:
			return tries
		case http.StatusServiceUnavailable, http.StatusInternalServerError:
		default:
			assert.Fail(t, "another answer", "%d", status)
			return tries
		}
	}
	assert.Fail(t, "no success")
	return tries
}

// delivered returns the body of a message event.
func delivered(name, id string, fields ...map[string]any) string {
	data := map[string]any{
		"numberId": testNumber, "messageId": "wamid." + id, "id": id, "type": "text", "fromMe": false,
		"createdAt": "2026-11-03T14:11:07.120Z", "from": "5511900000001", "to": "+5521900000002", "content": "Hi",
	}
	for _, more := range fields {
		maps.Copy(data, more)
	}
	body, err := json.Marshal(map[string]any{"event": name, "data": data})
	if err != nil {
		return err.Error()
	}
	return string(body)
}

func TestReceive(t *testing.T) {
	t.Parallel()
	in := newInbox(t)
	handler := in.receive(in.keep, ReceiveOptions{})
	body := delivered(pilotstatus.EventMessageReceived, "msg_1")
	assert.Equal(t, http.StatusOK, post(handler, body))
	assert.Equal(t, http.StatusOK, post(handler, body))
	assert.Equal(t, 1, in.count("seen WHERE message = 'msg_1' AND contact = '5511900000001' AND body = 'Hi'"))
	assert.Equal(t, 1, in.count("event WHERE lease_until IS NULL"))
	assert.Empty(t, in.log.String())
	assert.Zero(t, in.pool.Stat().AcquiredConns())
}

// Two handlers with names of their own each get the event; two without share it.
func TestReceiveConsumers(t *testing.T) {
	t.Parallel()
	in := newInbox(t)
	for _, consumer := range []string{"billing", "support", "billing"} {
		handler := in.receive(in.keep, ReceiveOptions{}, pilotstatus.WithWebhookConsumer(consumer))
		assert.Equal(t, http.StatusOK, post(handler, delivered(pilotstatus.EventMessageReceived, "msg_1")))
	}
	assert.Equal(t, 2, in.count("seen"))
	assert.Equal(t, 1, in.count("event WHERE key LIKE 'billing:message:%'"))
}

// What a status says is recorded in the same transaction, also without a handler.
func TestReceiveRecords(t *testing.T) {
	t.Parallel()
	in := newInbox(t)
	enqueueOne(t, in.outbox, in.pool, request("k"))
	in.exec("UPDATE pilotstatus.message SET state = 'accepted', accepted_id = 'msg_1', settled_at = now()")
	status := func() pilotstatus.MessageStatus { return get(t, in.outbox, in.pool, "k").Status }

	failing := in.receive(func(context.Context, pgx.Tx, pilotstatus.Event) error { return errors.New("no") }, ReceiveOptions{})
	assert.Equal(t, http.StatusInternalServerError, post(failing, delivered(pilotstatus.EventMessageSent, "msg_1")))
	assert.Empty(t, status())
	assert.Equal(t, http.StatusOK, post(in.receive(nil, ReceiveOptions{}), delivered(pilotstatus.EventMessageRead, "msg_1")))
	assert.Equal(t, pilotstatus.MessageStatusRead, status())
}

// A handler finds what the event of a contact recorded. The row of a number is not locked
// while the handler works on its event: the workers of the outbox need it.
func TestReceiveRecordsInTurn(t *testing.T) {
	t.Parallel()
	in := newInbox(t)
	var open bool
	handler := in.receive(func(ctx context.Context, tx pgx.Tx, event pilotstatus.Event) (err error) {
		switch e := event.(type) {
		case *pilotstatus.MessageReceivedEvent:
			open, err = in.outbox.WindowOpen(ctx, tx, testNumber, pilotstatus.Phone(e.From))
		case *pilotstatus.NumberEvent:
			err = in.outbox.SetPace(ctx, in.pool, e.NumberID, Pace{}) // by another connection
		}
		return err
	}, ReceiveOptions{})
	now := map[string]any{"createdAt": time.Now().UTC().Format("2006-01-02T15:04:05.000Z")}
	assert.Equal(t, http.StatusOK, post(handler, delivered(pilotstatus.EventMessageReceived, "msg_1", now)))
	assert.True(t, open)
	in.exec("INSERT INTO pilotstatus.number (number_id) VALUES ($1)", testNumber)
	body := `{"event":"number.disconnected","data":{"numberId":"` + testNumber + `","phone":"5521","displayName":"n","createdAt":"2026-11-03T14:40:00.000Z"}}`
	assert.Equal(t, http.StatusOK, post(handler, body), in.log.String())
}

// Whatever the database's defaults are: a row that another transaction has just committed is
// seen, and rows can be written. The settings end with the transaction.
func TestReceiveIsolation(t *testing.T) {
	t.Parallel()
	in := newInbox(t)
	in.pool = newPool(t, database(t).DSN, "search_path=", "default_transaction_isolation=serializable", "default_transaction_read_only=on")
	var isolation, frozen string
	handler := in.receive(func(ctx context.Context, tx pgx.Tx, event pilotstatus.Event) error {
		row := tx.QueryRow(ctx, "SELECT current_setting('transaction_isolation'), current_setting('idle_in_transaction_session_timeout')")
		return errors.Join(row.Scan(&isolation, &frozen), in.keep(ctx, tx, event))
	}, ReceiveOptions{})
	assert.Equal(t, http.StatusOK, post(handler, delivered(pilotstatus.EventMessageReceived, "msg_1")), in.log.String())
	assert.Equal(t, "read committed", isolation)
	assert.Equal(t, "20s", frozen)
	assert.Equal(t, "0", value[string](t, in.pool, "SELECT current_setting('idle_in_transaction_session_timeout')"))
}

// A duplicate that comes while the first is being handled is neither handled nor confirmed.
func TestReceiveDuplicateMeanwhile(t *testing.T) {
	t.Parallel()
	for _, want := range []error{nil, errors.New("it fails")} {
		in := newInbox(t)
		other := newInbox(t) // another process
		other.outbox = in.outbox
		started, result := make(chan bool), make(chan error)
		first := in.receive(func(ctx context.Context, tx pgx.Tx, event pilotstatus.Event) error {
			started <- true
			return errors.Join(in.keep(ctx, tx, event), <-result)
		}, ReceiveOptions{})
		second := other.receive(in.keep, ReceiveOptions{})
		body := delivered(pilotstatus.EventMessageReceived, "msg_1")
		answer := make(chan int, 1)
		go func() { answer <- post(first, body) }()
		<-started
		assert.Equal(t, http.StatusServiceUnavailable, post(first, body))
		assert.Equal(t, http.StatusServiceUnavailable, post(second, body))
		result <- want
		if want == nil {
			assert.Equal(t, http.StatusOK, <-answer)
		} else {
			assert.Equal(t, http.StatusInternalServerError, <-answer)
			assert.Zero(t, in.count("seen")+in.count("event"))
		}
		assert.Equal(t, http.StatusOK, post(second, body))
		assert.Equal(t, 1, in.count("seen"))
	}
}

// What fails leaves nothing behind: neither writes, nor the key, nor a connection in use.
func TestReceiveRollsBack(t *testing.T) {
	t.Parallel()
	in := newInbox(t)
	body := delivered(pilotstatus.EventMessageReceived, "msg_1")
	for name, fail := range map[string]handleFunc{
		"error": func(context.Context, pgx.Tx, pilotstatus.Event) error { return errors.New("no") },
		"panic": func(context.Context, pgx.Tx, pilotstatus.Event) error { panic("Hi, 5511900000001") },
		"abort": func(context.Context, pgx.Tx, pilotstatus.Event) error { panic(http.ErrAbortHandler) },
		"failed statement": func(ctx context.Context, tx pgx.Tx, _ pilotstatus.Event) error {
			_, _ = tx.Exec(ctx, "SELECT 1/0") // which it ignores
			return nil
		},
		"value": func(ctx context.Context, tx pgx.Tx, event pilotstatus.Event) error {
			_, err := tx.Exec(ctx, "SELECT $1::text::integer", event.(pilotstatus.InboundEvent).Text()) //nolint:forcetypeassert // it is one
			return fmt.Errorf("storing: %w", err)
		},
		"argument": func(ctx context.Context, tx pgx.Tx, event pilotstatus.Event) error {
			_, err := tx.Exec(ctx, "SELECT $1::integer", []string{event.(pilotstatus.InboundEvent).Text()}) //nolint:forcetypeassert // it is one
			return fmt.Errorf("storing: %w", err)
		},
		"killed": func(ctx context.Context, tx pgx.Tx, _ pilotstatus.Event) error {
			_, err := tx.Exec(ctx, "SELECT pg_terminate_backend(pg_backend_pid())")
			return err
		},
		"rolled back": func(ctx context.Context, tx pgx.Tx, _ pilotstatus.Event) error { return tx.Rollback(ctx) },
	} {
		handler := in.receive(func(ctx context.Context, tx pgx.Tx, event pilotstatus.Event) error {
			return errors.Join(in.keep(ctx, tx, event), fail(ctx, tx, event))
		}, ReceiveOptions{})
		if name == "abort" {
			assert.PanicsWithValue(t, http.ErrAbortHandler, func() { post(handler, body) })
		} else {
			assert.Equal(t, http.StatusInternalServerError, postFree(handler, body), name)
		}
		assert.Zero(t, in.count("seen")+in.count("event"), name)
		assert.Zero(t, in.pool.Stat().AcquiredConns(), name)
	}
	assert.NotContains(t, in.log.String(), "Hi", "a text in the log")
	assert.NotContains(t, in.log.String(), "5511900000001")
	assert.Contains(t, in.log.String(), "22P02")
	assert.Equal(t, http.StatusOK, postFree(in.receive(in.keep, ReceiveOptions{}), body))
}

// A handler that hangs and ignores its context loses its connection at the timeout: others
// get it, and the event can be handled again, while the handler still hangs.
func TestReceiveTimeout(t *testing.T) {
	t.Parallel()
	for name, hang := range map[string]func(tx pgx.Tx, until chan bool){
		"in Go": func(_ pgx.Tx, until chan bool) { <-until },
		"in a statement": func(tx pgx.Tx, until chan bool) {
			_, _ = tx.Exec(context.Background(), "SELECT pg_sleep(600)")
			<-until
		},
	} {
		in := newInbox(t)
		config := in.pool.Config()
		config.MaxConns = 1
		pool, err := pgxpool.NewWithConfig(t.Context(), config)
		require.NoError(t, err)
		t.Cleanup(pool.Close)
		in.pool = pool
		started, until, body := make(chan bool), make(chan bool), delivered(pilotstatus.EventMessageReceived, "msg_1")
		var late error
		hanging := in.receive(func(ctx context.Context, tx pgx.Tx, event pilotstatus.Event) error {
			if err := in.keep(ctx, tx, event); err != nil {
				return err
			}
			close(started)
			hang(tx, until)
			late = in.keep(context.WithoutCancel(ctx), tx, event)
			return nil
		}, ReceiveOptions{Timeout: 300 * time.Millisecond, Logger: slog.New(slog.NewJSONHandler(&in.log, nil))})
		answer := make(chan int, 1)
		go func() { answer <- post(hanging, body) }()
		<-started
		assert.Positive(t, redeliver(t, in.receive(in.keep, ReceiveOptions{}), body), name)
		assert.Equal(t, 1, in.count("seen"), name)
		assert.Zero(t, value[int](t, pool, "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)' AND state = 'active'"), name)
		assert.Eventually(t, func() bool { return strings.Count(in.log.String(), "goes on after its timeout") == 1 },
			30*time.Second, time.Millisecond, name)
		close(until)
		assert.Equal(t, http.StatusInternalServerError, <-answer, name)
		require.Error(t, late, name)
		assert.Equal(t, 1, in.count("seen"), name)
		assert.Contains(t, in.log.String(), "not handled within 300ms", name)
		assert.NotContains(t, in.log.String(), "5511900000001", name)
	}
}

// A sender that hangs up does not undo what is being done.
func TestReceiveOutlastsTheRequest(t *testing.T) {
	t.Parallel()
	in := newInbox(t)
	body := delivered(pilotstatus.EventMessageReceived, "msg_1")
	ctx, hangUp := context.WithCancel(t.Context())
	handler := in.receive(func(ctx context.Context, tx pgx.Tx, event pilotstatus.Event) error {
		hangUp()
		return in.keep(ctx, tx, event)
	}, ReceiveOptions{})
	handler.ServeHTTP(httptest.NewRecorder(), signed(ctx, body))
	assert.Equal(t, 1, in.count("seen"))
	assert.Equal(t, http.StatusOK, post(handler, body))
	assert.Equal(t, 1, in.count("seen"))
}

// No more than Concurrent deliveries hold a connection; one that finds no place is told to
// come again.
func TestReceiveConcurrent(t *testing.T) {
	t.Parallel()
	in := newInbox(t)
	started, goOn := make(chan bool, 10), make(chan bool)
	handler := in.receive(func(ctx context.Context, _ pgx.Tx, _ pilotstatus.Event) error {
		started <- true
		select {
		case <-goOn:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}, ReceiveOptions{Concurrent: 2, NoOrder: true})
	var deliveries sync.WaitGroup
	for i := range 2 {
		deliveries.Go(func() {
			assert.Equal(t, http.StatusOK, post(handler, delivered(pilotstatus.EventMessageReceived, fmt.Sprint(i))))
		})
		<-started
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, signed(ctx, delivered(pilotstatus.EventMessageReceived, "third")))
	assert.Equal(t, http.StatusServiceUnavailable, w.Code)
	assert.EqualValues(t, 2, in.pool.Stat().AcquiredConns())
	// One that comes shortly before a place is free need not come again.
	deliveries.Go(func() {
		assert.Equal(t, http.StatusOK, post(handler, delivered(pilotstatus.EventMessageReceived, "third")))
	})
	close(goOn)
	<-started
	deliveries.Wait()
}

// A pool of two, whose handlers ask the pool for a second connection: 50 deliveries at once
// do not wait for each other for ever.
func TestReceiveSmallPool(t *testing.T) {
	t.Parallel()
	in := newInbox(t)
	config := in.pool.Config()
	config.MaxConns = 2
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	in.pool = pool
	handler := in.receive(func(ctx context.Context, tx pgx.Tx, event pilotstatus.Event) error {
		if _, err := pool.Exec(ctx, "SELECT 1"); err != nil {
			return err
		}
		return in.keep(ctx, tx, event)
	}, ReceiveOptions{})
	var deliveries sync.WaitGroup
	for i := range 50 {
		deliveries.Go(func() { redeliver(t, handler, delivered(pilotstatus.EventMessageReceived, fmt.Sprint(i))) })
	}
	deliveries.Wait()
	assert.Equal(t, 50, in.count("seen"))
	assert.Equal(t, 50, value[int](t, pool, in.outbox.in("SELECT count(DISTINCT message) FROM pilotstatus.seen")))
	assert.Empty(t, in.log.String())
}

// Tables that are missing say so in the log. So does a database that cannot be reached.
func TestReceiveWithoutTables(t *testing.T) {
	t.Parallel()
	in := newInbox(t)
	handler := in.receive(in.keep, ReceiveOptions{})
	in.exec("DROP TABLE pilotstatus.event; DROP TABLE pilotstatus.meta")
	body := delivered(pilotstatus.EventMessageReceived, "msg_1")
	assert.Equal(t, http.StatusServiceUnavailable, post(handler, body))
	assert.Contains(t, in.log.String(), "call Migrate")
	in.pool.Close()
	assert.Equal(t, http.StatusServiceUnavailable, post(handler, body))
	assert.Contains(t, in.log.String(), "closed pool")
	assert.Zero(t, in.pool.Stat().AcquiredConns())
}

func TestReceiveRefuses(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t)
	for field, options := range map[string]ReceiveOptions{
		"Timeout":    {Timeout: time.Hour + 1},
		"Concurrent": {Concurrent: 11},
	} {
		_, err := o.Receive(pool, nil, options, pilotstatus.WithWebhookSecret(webhookSecret))
		var refused *pilotstatus.ValidationError
		require.ErrorAs(t, err, &refused)
		assert.Equal(t, field, refused.Field)
	}
	_, err := o.Receive(nil, nil, ReceiveOptions{}, pilotstatus.WithWebhookSecret(webhookSecret))
	require.ErrorAs(t, err, new(*pilotstatus.ValidationError))
	_, err = o.Receive(pool, nil, ReceiveOptions{})
	require.ErrorContains(t, err, "nothing proves who sends")

	handler, err := o.Receive(pool, nil, ReceiveOptions{}, pilotstatus.WithWebhookSecret("another_secret"))
	require.NoError(t, err)
	assert.Equal(t, http.StatusUnauthorized, post(handler, delivered(pilotstatus.EventMessageSent, "msg_1")))
	assert.Zero(t, value[int](t, pool, o.in("SELECT count(*) FROM pilotstatus.event")))
}
