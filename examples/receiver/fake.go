package main

import (
	"context"
	"time"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// patience is how long the conversation on the fake may take.
const patience = 30 * time.Second

// newFakeSetup starts the fake, with a contact who writes twice: a text, and after the
// answer a picture. It delivers every event twice and in any order.
func newFakeSetup() (s setup, stop func()) {
	fake := pilotstatustest.Start()
	fake.Tenant().DuplicateDeliveries(2)
	fake.Tenant().ShuffleDeliveries(true)
	picture := []byte("\x89PNG\r\n\x1a\n and so on")
	fake.Tenant().AddMedia("phone_num_2", "media_1", "image/png", "invoice.png", picture)
	contact := pilotstatustest.Inbound{From: "+5511988880000", FromName: "Lia"}
	return setup{
		number: fake.NumberClient("num_2"),
		secret: fake.WebhookSecret(),
		addr:   "127.0.0.1:0",
		talk: func(ctx context.Context, board *board) error {
			ctx, cancel := context.WithTimeout(ctx, patience)
			defer cancel()
			text := contact
			text.Text = "Hello, where is my order?"
			fake.Number("num_2").Receive(text)
			if err := board.wait(ctx, 1); err != nil {
				return err
			}
			file := contact
			file.Type, file.MediaID, file.MediaType, file.FileName = "image", "media_1", "image/png", "invoice.png"
			file.Text = "This is the invoice."
			fake.Number("num_2").Receive(file)
			return board.wait(ctx, 2)
		},
	}, fake.Close
}
