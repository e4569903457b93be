// Package pilotstatuspg is an outbox on PostgreSQL for messages of the Pilot Status API, and
// an inbox for the events of its webhooks.
//
// [Outbox.Enqueue] writes a message into the caller's own transaction: it leaves when that
// commits, and never when it does not. [Outbox.Run] sends, in any number of processes, at
// the pace of each number, once: a repeated request carries the same key and the same
// bytes, and where its outcome cannot be known within 24 hours the message is parked for a
// person. docs/outbox.md in the repository says what is guaranteed and what is not.
//
// The tables live in a schema of their own, which [Migrate] makes:
//
//	err := pilotstatuspg.Migrate(ctx, pool, "pilotstatus")
//	outbox, err := pilotstatuspg.New(pilotstatuspg.Options{Deployment: "production"})
//
//	// in the transaction of the order
//	_, err = outbox.Enqueue(ctx, tx, numberID, pilotstatus.SendRequest{
//		To:             pilotstatus.Phone("+5511999999999"),
//		Content:        pilotstatus.TemplateContent{ID: "order_shipped"},
//		IdempotencyKey: "order-42-shipped",
//	})
//
//	// in a worker; clients is a pilotstatus.NumberPool, or OneNumber with a number key
//	err = outbox.Run(ctx, pool, clients, pilotstatuspg.RunOptions{})
//
// [Outbox.Receive] handles each event of a webhook once, in one transaction with what the
// program writes because of it; docs/inbox.md says what is guaranteed:
//
//	webhooks, err := outbox.Receive(pool, func(ctx context.Context, tx pgx.Tx, event pilotstatus.Event) error {
//		// ... write in tx; answer with outbox.Enqueue in tx ...
//		return nil
//	}, pilotstatuspg.ReceiveOptions{}, pilotstatus.WithWebhookSecret(secret))
//	http.Handle("/webhooks", webhooks)
//
// examples/order-service in the repository is a service with both, to copy.
//
// Bodies are personal data: they are emptied after [Options.KeepBodies], and
// [Outbox.Forget] removes what is stored of one recipient.
package pilotstatuspg
