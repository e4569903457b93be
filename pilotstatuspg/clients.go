package pilotstatuspg

import (
	"context"

	"github.com/pilotstatus/pilotstatus-go"
)

// Clients hands out the clients of numbers. A [pilotstatus.NumberPool] does, with a tenant
// key, and [OneNumber] with the key of one number. All processes that work on the same
// tables need the clients of all numbers in them.
type Clients interface {
	Get(ctx context.Context, numberID string) (*pilotstatus.NumberClient, error)
}

// OneNumber returns the Clients of a program with one number key.
//
// numberID is the API's id of the number, the one in its events. Any other text breaks
// windows and pauses silently: events then speak of a number that has no messages. An event
// has the id as NumberID. [pilotstatus.WebhooksService.List] has it as WhatsAppNumberIDs,
// once the number has a webhook, and [pilotstatus.NumbersService.List] of a tenant key as ID.
// Do not take the WhatsAppInstanceID of a key: it is the id of an engine behind the number.
//
// Another id is a [*pilotstatus.KeyUnavailableError]. [Outbox.Run] then pauses that number
// with the reason KEY_UNAVAILABLE, which it logs and [Outbox.Stats] shows, and tries again
// after 1 to 15 minutes; [Outbox.Resume] ends the pause at once. Its messages wait, and expire
// in time. Where Enqueue and OneNumber have the same wrong text, nothing notices.
func OneNumber(numberID string, client *pilotstatus.NumberClient) Clients {
	return oneNumber{numberID, client}
}

type oneNumber struct {
	numberID string
	client   *pilotstatus.NumberClient
}

// Get returns the client of the number.
func (n oneNumber) Get(_ context.Context, numberID string) (*pilotstatus.NumberClient, error) {
	switch {
	case n.client == nil:
		return nil, &pilotstatus.KeyUnavailableError{NumberID: numberID, Reason: "OneNumber has no client"}
	case numberID != n.numberID:
		return nil, &pilotstatus.KeyUnavailableError{
			NumberID: numberID,
			Reason:   "OneNumber has the client of another number; the numberID of Enqueue is to be the same, the API's id of the number",
		}
	}
	return n.client, nil
}
