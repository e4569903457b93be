package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/pilotstatus/pilotstatus-go"
)

// queued is how many events may wait. The API delivers again what finds no place.
const queued = 100

// worker works on events after they were acknowledged.
type worker struct {
	number *pilotstatus.NumberClient
	events chan pilotstatus.Event
	board  *board
}

func newWorker(number *pilotstatus.NumberClient) *worker {
	return &worker{number: number, events: make(chan pilotstatus.Event, queued), board: newBoard()}
}

// accept takes an event over, so that the delivery is answered at once.
func (w *worker) accept(_ context.Context, event pilotstatus.Event) error {
	select {
	case w.events <- event:
		return nil
	default:
		return errors.New("too many events are waiting")
	}
}

// work works on events until ctx ends.
func (w *worker) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case event := <-w.events:
			if err := w.handle(ctx, event); err != nil && ctx.Err() == nil {
				log.Printf("%s: %v", event.EventName(), err)
			}
		}
	}
}

func (w *worker) handle(ctx context.Context, event pilotstatus.Event) error {
	switch event := event.(type) {
	case *pilotstatus.MessageStatusEvent:
		w.board.update(event.ID, event.Status())
	case *pilotstatus.MessageFailedEvent:
		w.board.update(event.ID, event.Status())
	case pilotstatus.InboundEvent: // received, and a reply that quotes one of ours
		return w.received(ctx, event)
	case *pilotstatus.FlowResponseEvent: // the token leads to the message with the form
		fmt.Printf("The form of %s is filled in: %q\n", event.FlowToken, event.Data)
	case *pilotstatus.MalformedEvent:
		return event.Err // keep event.Raw() somewhere
	}
	return nil
}

// received answers a message of a contact. Its file, if it has one, is kept first: the
// link lives for minutes.
func (w *worker) received(ctx context.Context, event pilotstatus.InboundEvent) error {
	to, ok := event.Recipient()
	if !ok {
		return nil // typed on the phone; answering it would be talking to ourselves
	}
	// Quoted: both are a stranger's.
	fmt.Printf("%q writes: %q\n", event.Sender().ParticipantName, event.Text())
	answer := "Thank you, we will be with you in a minute."
	if event.Sender().MediaID != "" {
		size, err := w.download(ctx, event.Sender())
		if err != nil {
			return err
		}
		answer = fmt.Sprintf("Thank you for the file of %d bytes.", size)
	}
	accepted, err := w.number.Messages.Send(ctx, pilotstatus.SendRequest{
		To:             to,
		Content:        pilotstatus.TextContent{Body: answer},
		IdempotencyKey: "answer-to-" + event.Message().ID, // one answer within 24 hours, however often this runs
	})
	if err != nil {
		return err
	}
	fmt.Printf("We answer: %q\n", answer)
	w.board.update(accepted.ID, accepted.Status)
	return nil
}

// download keeps the file of a message in a directory of its own.
func (w *worker) download(ctx context.Context, from pilotstatus.InboundMessage) (size int64, err error) {
	dir, err := os.MkdirTemp("", "receiver-")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // a real receiver keeps it
	file, err := os.CreateTemp(dir, "media-*")
	if err != nil {
		return 0, err
	}
	info, err := w.number.Media.Download(ctx, pilotstatus.DownloadMediaRequest{
		MediaID: from.MediaID, PhoneNumberID: from.PhoneNumberID,
	}, file)
	if err = errors.Join(err, file.Close()); err != nil {
		return 0, err
	}
	fmt.Printf("Downloaded %q, %s, %d bytes.\n", info.FileName, info.MimeType, info.Size)
	return info.Size, nil
}
