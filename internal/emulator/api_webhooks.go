package emulator

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

func webhookRoutes() []route {
	return []route{
		{
			id: "listWebhooks", method: http.MethodGet, path: "/webhooks",
			summary: "The webhooks.", answer: []pilotstatustest.WebhookInfo{},
			handle: func(q *request) (any, error) { return q.tenant.Engine.Webhooks(), nil },
		},
		{
			id: "addWebhook", method: http.MethodPost, path: "/webhooks",
			summary: "Registers a webhook of a number. Without events it gets all.",
			body:    webhookBody{}, answer: webhookView{}, status: http.StatusCreated,
			handle: addWebhook,
		},
	}
}

// webhookBody is the body of addWebhook.
type webhookBody struct {
	NumberID string `emulator:"required"`
	URL      string `emulator:"required"`
	Name     string
	Events   []string
}

// webhookView is a webhook that was added.
type webhookView struct {
	pilotstatustest.WebhookInfo

	Warning string // why its deliveries are refused as things are; "" where they are not
}

func addWebhook(q *request) (any, error) {
	var in webhookBody
	if err := q.read(&in); err != nil {
		return nil, err
	}
	n, err := q.numberNamed(in.NumberID)
	if err != nil {
		return nil, err
	}
	for _, event := range in.Events {
		if known := append(events(), pilotstatus.EventAll); !slices.Contains(known, event) {
			return nil, invalid("events has %q and may have: %s", event, strings.Join(known, " "))
		}
	}
	id := q.tenant.Engine.Tenant().AddWebhook(n.ID, in.Name, in.URL, in.Events...)
	for _, hook := range q.tenant.Engine.Webhooks() {
		if hook.ID == id {
			ctx, cancel := context.WithTimeout(q.Context(), LookupTimeout)
			defer cancel()
			return webhookView{hook, q.emulator.Undeliverable(ctx, in.URL)}, nil
		}
	}
	return nil, invalid("url is %q and must begin with http:// or https://, and there are at most 1,000 webhooks", in.URL)
}
