package outboxotel_test

import (
	"context"
	"log"
	"net/http"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatusotel"
	"github.com/pilotstatus/pilotstatus-go/pilotstatusotel/outboxotel"
	"github.com/pilotstatus/pilotstatus-go/pilotstatuspg"
)

// A worker that sends from the outbox and shows all of it.
func Example() {
	worker := func(ctx context.Context, outbox *pilotstatuspg.Outbox, pool *pgxpool.Pool, tenant *pilotstatus.TenantClient) error {
		clients, err := pilotstatus.NewNumberPool(tenant, pilotstatusotel.Client())
		if err != nil {
			return err
		}
		registration, err := outboxotel.Gauges(outbox, pool)
		if err != nil {
			return err
		}
		defer func() {
			if err := registration.Unregister(); err != nil {
				log.Print(err)
			}
		}()
		return outbox.Run(ctx, pool, clients, pilotstatuspg.RunOptions{Observer: outboxotel.Observer()})
	}
	_ = worker
}

// The events that the inbox receives.
func Example_receive() {
	receive := func(outbox *pilotstatuspg.Outbox, pool *pgxpool.Pool, secret string) (http.Handler, error) {
		handle := func(ctx context.Context, tx pgx.Tx, event pilotstatus.Event) error {
			_, err := tx.Exec(ctx, "INSERT INTO events (name) VALUES ($1)", event.EventName())
			return err
		}
		handler, err := outbox.Receive(pool, pilotstatusotel.HandleTx(handle), pilotstatuspg.ReceiveOptions{},
			pilotstatus.WithWebhookSecret(secret))
		if err != nil {
			return nil, err
		}
		return pilotstatusotel.Handler(handler), nil
	}
	_ = receive
}
