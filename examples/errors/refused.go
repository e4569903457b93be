package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/pilotstatus/pilotstatus-go"
)

// These calls are settled: the API, or the package before it, said no.

// forgetRecipient finds a mistake of the program; nothing was sent.
func forgetRecipient(ctx context.Context, l *lab) (string, error) {
	request := order()
	request.To = pilotstatus.Recipient{}
	_, err := l.number.Messages.Send(ctx, request)
	wrong, err := expect[*pilotstatus.ValidationError](err)
	if err != nil {
		return "", err
	}
	if asked := len(l.fake.Requests()); asked != 0 {
		return "", fmt.Errorf("%d requests went out", asked)
	}
	return "nothing was sent, correct the field " + wrong.Field, nil
}

// useWrongKey uses a key that was revoked, or never was one.
func useWrongKey(ctx context.Context, l *lab) (string, error) {
	number, err := pilotstatus.NewNumberClient(pilotstatus.APIKey("ps_revoked"), pilotstatus.WithBaseURL(l.fake.URL))
	if err != nil {
		return "", err
	}
	_, err = number.Templates.List(ctx)
	refused, err := expect[*pilotstatus.UnauthorizedError](err)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d: check where the key comes from, calling again does not help", refused.StatusCode), nil
}

// sendWithTenantKey has the workspace's key in the place of a number's.
func sendWithTenantKey(ctx context.Context, l *lab) (string, error) {
	number, err := pilotstatus.NewNumberClient(pilotstatus.APIKey(l.fake.TenantKey()), pilotstatus.WithBaseURL(l.fake.URL))
	if err != nil {
		return "", err
	}
	_, err = number.Messages.Send(ctx, order())
	if _, err := expect[*pilotstatus.TenantScopeError](err); err != nil {
		return "", err
	}
	return "this is a tenant key; TenantClient.OpenNumber returns a client that sends", nil
}

// administerWithNumberKey has a number's key in the place of the workspace's.
func administerWithNumberKey(ctx context.Context, l *lab) (string, error) {
	tenant, err := pilotstatus.NewTenantClient(pilotstatus.APIKey(l.fake.NumberKey("num_1")), pilotstatus.WithBaseURL(l.fake.URL))
	if err != nil {
		return "", err
	}
	_, err = tenant.Numbers.List(ctx)
	if _, err := expect[*pilotstatus.NumberScopeError](err); err != nil {
		return "", err
	}
	return "this is a number key; the workspace is administered with its tenant key", nil
}

func followUnknownMessage(ctx context.Context, l *lab) (string, error) {
	_, err := l.number.Messages.Get(ctx, "msg_of_somebody_else")
	missing, err := expect[*pilotstatus.NotFoundError](err)
	if err != nil {
		return "", err
	}
	return missing.Op + ": this number has no such message", nil
}

// forgetVariables tells the reason by its code, whatever the type and status.
func forgetVariables(ctx context.Context, l *lab) (string, error) {
	request := order()
	request.Content = pilotstatus.TemplateContent{ID: "onboarding-test"}
	_, err := l.number.Messages.Send(ctx, request)
	if err := expectCode(err, pilotstatus.CodeMissingTemplateVariables); err != nil {
		return "", err
	}
	refused, err := expect[*pilotstatus.APIError](err)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s, and the details name them: %s", refused.Code, refused.Details), nil
}

// sendTooFast is told to wait for longer than a call should.
func sendTooFast(ctx context.Context, l *lab) (string, error) {
	l.fake.Inject(slowDown())
	_, err := l.number.Messages.Send(ctx, order())
	limited, err := expect[*pilotstatus.RateLimitError](err)
	if err != nil {
		return "", err
	}
	if limited.RetryAfter == 0 {
		return "", errors.New("the API's Retry-After was lost")
	}
	return fmt.Sprintf("put it back into the queue for %s", limited.RetryAfter), nil
}

// payWithEmptyCard has a charge refused by the card's issuer.
func payWithEmptyCard(ctx context.Context, l *lab) (string, error) {
	l.fake.Number("num_1").BlockUnpaid()
	_, err := l.number.Messages.Send(ctx, order())
	if err := expectCode(err, pilotstatus.CodeNumberBlocked); err != nil {
		return "", err
	}
	l.fake.Number("num_1").Declined("insufficient_funds", 31.5, "BRL")
	_, err = l.tenant.Numbers.Pay(ctx, "num_1")
	declined, err := expect[*pilotstatus.PaymentError](err)
	if err != nil {
		return "", err
	}
	if declined.StatusCode != http.StatusPaymentRequired {
		return "", fmt.Errorf("the status is %d", declined.StatusCode)
	}
	return fmt.Sprintf("the card was refused (%s), ask for another one: %.2f %s",
		declined.DeclineCode, declined.ProratedTotal, declined.Currency), nil
}

// waitForFailure follows a message that WhatsApp does not take.
func waitForFailure(ctx context.Context, l *lab) (string, error) {
	l.fake.Number("num_1").FailNext(string(pilotstatus.FailureWhatsAppNotExist), "no such person")
	accepted, err := l.number.Messages.Send(ctx, order())
	if err != nil {
		return "", err
	}
	_, err = l.number.Messages.Wait(ctx, accepted.ID, pilotstatus.WaitMessageOptions{})
	ended, err := expect[*pilotstatus.MessageEndedError](err)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("the message is %s (%s), write to this contact no more", ended.Status, ended.Code), nil
}

// misspellEvent makes a webhook that would never fire.
func misspellEvent(ctx context.Context, l *lab) (string, error) {
	hook, err := l.number.Webhooks.Create(ctx, pilotstatus.CreateWebhookRequest{
		Name: "orders", URL: "https://hooks.example.com", Events: []pilotstatus.EventName{"message.recieved"},
	})
	missing, err := expect[*pilotstatus.MissingEventsError](err)
	if err != nil {
		return "", err
	}
	events := []pilotstatus.EventName{pilotstatus.EventMessageReceived}
	if _, err := l.number.Webhooks.Update(ctx, hook.ID, pilotstatus.UpdateWebhookRequest{Events: &events}); err != nil {
		return "", err
	}
	return fmt.Sprintf("the webhook was made without %s; corrected with Webhooks.Update", missing.Events), nil
}

// openNumberWithHiddenKey finds a number whose key the API does not show.
func openNumberWithHiddenKey(ctx context.Context, l *lab) (string, error) {
	l.fake.Number("num_2").HideKey()
	_, err := l.tenant.OpenNumber(ctx, "num_2")
	hidden, err := expect[*pilotstatus.KeyUnavailableError](err)
	if err != nil {
		return "", err
	}
	fresh, err := l.tenant.APIKeys.RegenerateNumber(ctx, hidden.NumberID) // the old key stops working
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("regenerated, store it with Reveal: %s", fresh.Key), nil
}
