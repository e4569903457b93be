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
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatuspg"
)

// The code of docs/inbox.md compiles: it stands in this file.
func TestInboxCode(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/inbox.md")
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(text), "```go\n")
	require.True(t, found)
	code, _, _ := strings.Cut(rest, "```")
	source, err := os.ReadFile("receive_docs_test.go")
	require.NoError(t, err)
	require.Contains(t, string(source), code)

	pool, err := pgxpool.New(t.Context(), "postgres:///?host=/nowhere")
	require.NoError(t, err)
	pool.Close()
	require.Error(t, serve(t.Context(), pool, "secret"))
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
