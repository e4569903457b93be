package pilotstatuspg_test

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatuspg"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// The code of docs/inbox.md compiles: it stands in this file.
func TestInboxCode(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/inbox.md")
	require.NoError(t, err)
	source, err := os.ReadFile("receive_docs_test.go")
	require.NoError(t, err)
	for _, before := range []string{"# The inbox", "## Events to subscribe to"} {
		_, rest, found := strings.Cut(string(text), before)
		require.True(t, found, before)
		_, rest, found = strings.Cut(rest, "```go\n")
		require.True(t, found, before)
		code, _, _ := strings.Cut(rest, "```")
		require.Contains(t, string(source), code)
	}

	pool, err := pgxpool.New(t.Context(), "postgres:///?host=/nowhere")
	require.NoError(t, err)
	pool.Close()
	require.Error(t, serve(t.Context(), pool, "secret"))
}

// The fake delivers all events of the documentation, and the webhook shows the number's id to
// its key: it is that of the events.
func TestSubscribe(t *testing.T) {
	t.Parallel()
	number := pilotstatustest.NewServer(t).NumberClient("num_1")
	require.NoError(t, subscribe(t.Context(), number))
	webhooks, err := number.Webhooks.List(t.Context())
	require.NoError(t, err)
	require.Len(t, webhooks, 1)
	assert.Equal(t, pilotstatuspg.WebhookEvents(), webhooks[0].Events)
	assert.Equal(t, []string{"num_1"}, webhooks[0].WhatsAppNumberIDs)
}

// subscribe creates the webhook. Call it once: each call creates another one.
func subscribe(ctx context.Context, number *pilotstatus.NumberClient) error {
	_, err := number.Webhooks.Create(ctx, pilotstatus.CreateWebhookRequest{
		Name: "orders", URL: "https://shop.example.com/webhooks", Events: pilotstatuspg.WebhookEvents(),
	})
	return err // a *MissingEventsError where the webhook exists, without some of the events
}

func serve(ctx context.Context, pool *pgxpool.Pool, secret string) error {
	if err := pilotstatuspg.Migrate(ctx, pool, "pilotstatus"); err != nil {
		return err
	}
	outbox, err := pilotstatuspg.New(pilotstatuspg.Options{})
	if err != nil {
		return err
	}
	webhooks, err := outbox.Receive(pool, keep, pilotstatuspg.ReceiveOptions{}, pilotstatus.WithWebhookSecret(secret),
		pilotstatus.WithWebhookLogger(slog.Default()))
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/webhooks", webhooks)
	server := &http.Server{Addr: ":8080", Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	return server.ListenAndServe()
}

// keep writes in tx. It answers by Enqueue in tx, not by a call of the API.
func keep(ctx context.Context, tx pgx.Tx, event pilotstatus.Event) error {
	message, ok := event.(pilotstatus.InboundEvent)
	if !ok {
		return nil // it is recorded, and confirmed
	}
	_, err := tx.Exec(ctx, "INSERT INTO chat (message_id, body, event) VALUES ($1, $2, $3::jsonb)",
		message.Message().ID, message.Text(), string(event.Raw()))
	return err
}
