package main

import (
	"context"
	"fmt"

	"github.com/pilotstatus/pilotstatus-go"
)

// webhooks examines the webhooks and what their logs say.
func (x *examination) webhooks(ctx context.Context, s pilotstatus.WebhooksService) {
	list, ok := ask(ctx, x, "Webhooks.List", rows[pilotstatus.Webhook]("webhooks", "data"), s.List)
	if !ok {
		return
	}
	title := "Webhooks (" + x.key + ")"
	if len(list) == 0 {
		x.say(title, "none")
	}
	for i, hook := range first(x, "webhooks", list) {
		name := numbered("webhook", i)
		if i == 0 {
			ask(ctx, x, "Webhooks.Get", whole[pilotstatus.Webhook](),
				func(ctx context.Context) (*pilotstatus.Webhook, error) { return s.Get(ctx, hook.ID) })
		}
		switch {
		case !hook.Active:
			x.add(note, name, "paused")
		case hook.Events != nil && len(hook.Events) == 0:
			x.add(attention, name, "it has no events, so that nothing is delivered")
		}
		logs, ok := ask(ctx, x, "Webhooks.Logs", rows[pilotstatus.WebhookLog]("logs", "deliveries", "events", "items", "data"),
			func(ctx context.Context) ([]pilotstatus.WebhookLog, error) {
				return s.Logs(ctx, hook.ID, pilotstatus.WebhookLogsOptions{})
			})
		if ok {
			x.judgeLogs(title, name, hook, logs)
		}
	}
}

// judgeLogs counts the deliveries that failed.
func (x *examination) judgeLogs(title, name string, hook pilotstatus.Webhook, logs []pilotstatus.WebhookLog) {
	failed, silent := 0, 0
	var worst int // the last status of a failure
	for _, log := range logs {
		if log.Status != pilotstatus.WebhookLogStatusFailed {
			continue
		}
		failed++
		if log.StatusCode == 0 {
			silent++
		} else if worst == 0 {
			worst = log.StatusCode
		}
	}
	x.say(title, "%s: active %t, %d events, %d of the last %d deliveries failed", name, hook.Active, len(hook.Events), failed, len(logs))
	if failed == 0 {
		return
	}
	why := fmt.Sprintf("%d of the last %d deliveries failed: %d without an answer of your receiver", failed, len(logs), silent)
	if worst != 0 {
		why += fmt.Sprintf(", the others with a status such as %d", worst)
	}
	x.add(attention, name, why)
}

// numbered is the name of a thing of the account in the report.
func numbered(thing string, i int) string { return fmt.Sprintf("%s %d", thing, i+1) }

// first limits a list to what is examined one by one, and says so.
func first[T any](x *examination, things string, list []T) []T {
	if len(list) > most {
		x.add(note, x.key, fmt.Sprintf("only the first %d of %d %s were examined", most, len(list), things))
		return list[:most]
	}
	return list
}
