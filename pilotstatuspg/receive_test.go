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
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
)

const webhookSecret = "whsec_test" //nolint:gosec // no credential

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

// post makes one delivery and returns the status of the answer.
func post(handler http.Handler, body string) int {
	mac := hmac.New(sha256.New, []byte(webhookSecret))
	_, _ = mac.Write([]byte(body)) // a hash does not fail
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set(pilotstatus.SignatureHeader, hex.EncodeToString(mac.Sum(nil)))
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w.Code
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

var _ = []any{errors.New, fmt.Sprint, atomic.Bool{}}
