package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// These calls did not get the answer that they should have.

// slowDown is a rate limit.
func slowDown() pilotstatustest.Fault {
	return pilotstatustest.Fault{
		Op: "Messages.Send", Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"60"}},
	}
}

// callNobody reads from a server that is gone. A read is never of unknown outcome.
func callNobody(ctx context.Context, l *lab) (string, error) {
	l.fake.Close()
	_, err := l.number.Templates.List(ctx)
	lost, err := expect[*pilotstatus.TransportError](err)
	if err != nil {
		return "", err
	}
	// Where it matters, errors.Is(err, syscall.ECONNREFUSED) tells more; not on every system.
	var refused *net.OpError
	if !errors.As(lost, &refused) || refused.Op != "dial" {
		return "", fmt.Errorf("expected a refused connection: %w", lost)
	}
	return fmt.Sprintf("no connection in %d attempts, try later", lost.Attempts), nil
}

// changeWhileTheAPIIsDown makes a webhook, which a number's key may do as well. The client
// cannot ask of which kind its key is, and sends nothing until it can.
func changeWhileTheAPIIsDown(ctx context.Context, l *lab) (string, error) {
	l.fake.Inject(pilotstatustest.Fault{Op: "Branding.Get", Status: http.StatusServiceUnavailable, Times: 2})
	webhook := pilotstatus.CreateWebhookRequest{
		Name: "crm", URL: "https://hooks.example.test/crm", WhatsAppNumberID: "num_1",
		Events: []pilotstatus.EventName{pilotstatus.EventAll},
	}
	_, err := l.tenant.Webhooks.Create(ctx, webhook)
	if _, err := expect[*pilotstatus.KeyCheckError](err); err != nil {
		return "", err
	}
	if outcome := pilotstatus.Outcome(err); outcome != pilotstatus.OutcomeNotSent {
		return "", fmt.Errorf("expected a call that was not sent, it is %s: %w", outcome, err)
	}
	if _, err := l.tenant.Webhooks.Create(ctx, webhook); err != nil {
		return "", err
	}
	return "nothing was sent while the API was down; the next call asked again and made the webhook", nil
}

// receiveBrokenAnswer sends, and cannot read what the API says about it.
func receiveBrokenAnswer(ctx context.Context, l *lab) (string, error) {
	l.fake.Inject(pilotstatustest.Fault{Op: "Messages.Send", Body: `{"id": 7, broken`})
	_, err := l.number.Messages.Send(ctx, order())
	broken, err := expect[*pilotstatus.DecodeError](err)
	if err != nil {
		return "", err
	}
	if !broken.Accepted() {
		return "", fmt.Errorf("this did not come from the API: %w", broken)
	}
	id, err := sendAgain(ctx, l, broken.IdempotencyKey)
	if err != nil {
		return "", err
	}
	return "it is on its way; the same call with its key brought the id " + id, nil
}

// loseAnswer sends, and the connection ends before the answer, each time.
func loseAnswer(ctx context.Context, l *lab) (string, error) {
	l.fake.Inject(pilotstatustest.Fault{Op: "Messages.Send", Processed: true, Reset: true, Times: 2})
	_, err := l.number.Messages.Send(ctx, order())
	unknown, err := expect[*pilotstatus.OutcomeUnknownError](err)
	if err != nil {
		return "", err
	}
	id, err := sendAgain(ctx, l, unknown.IdempotencyKey)
	if err != nil {
		return "", err
	}
	return "settled by sending again with its key: the message is " + id, nil
}

// waitTooShort sends a message for tomorrow and waits until its context ends. The wait says
// nothing about the message, which is still on its way.
func waitTooShort(ctx context.Context, l *lab) (string, error) {
	request := order()
	request.DeliverAt = time.Now().Add(24 * time.Hour)
	accepted, err := l.number.Messages.Send(ctx, request)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	message, err := l.number.Messages.Wait(ctx, accepted.ID, pilotstatus.WaitMessageOptions{})
	ended, err := expect[*pilotstatus.WaitError](err)
	if err != nil {
		return "", err
	}
	if !errors.Is(ended, context.DeadlineExceeded) {
		return "", fmt.Errorf("expected the end of the context: %w", ended)
	}
	return fmt.Sprintf("the message is %s after that time; wait again", message.Status), nil
}

// sendAgain sends the same order with the key of its first try, and shows that it went
// out once.
func sendAgain(ctx context.Context, l *lab, key string) (id string, err error) {
	request := order()
	request.IdempotencyKey = key
	accepted, err := l.number.Messages.Send(ctx, request)
	if err != nil {
		return "", err
	}
	if sent := len(l.fake.Messages()); sent != 1 || !accepted.Replayed {
		return "", fmt.Errorf("%d messages were sent (the last one a replay: %t)", sent, accepted.Replayed)
	}
	return accepted.ID, nil
}
