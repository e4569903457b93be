package emulator

import (
	"net/http"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

func deliveryRoutes() []route {
	return []route{
		{
			id: "listWebhooks", method: http.MethodGet, path: "/webhooks",
			summary: "The webhooks.", answer: []pilotstatustest.WebhookInfo{},
			handle: func(q *request) (any, error) { return q.tenant.Engine.Webhooks(), nil },
		},
		{
			id: "addWebhook", method: http.MethodPost, path: "/webhooks",
			summary: "Registers a webhook of a number. Without events it gets all.",
			body:    webhookBody{}, answer: pilotstatustest.WebhookInfo{}, status: http.StatusCreated,
			handle: addWebhook,
		},
		{
			id: "listDeliveries", method: http.MethodGet, path: "/deliveries",
			summary: "What is or was delivered to webhooks, the newest first, with each attempt.",
			query: append([]param{
				{"webhook", "id of a webhook"},
				{"number", "id of a number"},
				{"message", "id of a message"},
				{"event", "such as message.sent"},
				{"state", "waiting, accepted or given up"},
				{"failed", "true: the last try was not answered with 2xx"},
			}, paging()...),
			answer: deliveriesView{},
			handle: listDeliveries,
		},
	}
}

// webhookBody is the body of addWebhook.
type webhookBody struct {
	NumberID string
	URL      string
	Name     string
	Events   []string
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
	id := q.tenant.Engine.Tenant().AddWebhook(n.ID, in.Name, in.URL, in.Events...)
	for _, hook := range q.tenant.Engine.Webhooks() {
		if hook.ID == id {
			return hook, nil
		}
	}
	return nil, invalid("url is %q and must begin with http:// or https://", in.URL)
}

// deliveriesView is a page of deliveries.
type deliveriesView struct {
	Deliveries []pilotstatustest.Delivery
	Total      int
	Waiting    int // of all webhooks
	More       bool
	Dropped    int
	Next       string
}

func listDeliveries(q *request) (any, error) {
	choice := pilotstatustest.DeliveryQuery{
		WebhookID: q.text("webhook"), NumberID: q.text("number"), MessageID: q.text("message"), Event: q.text("event"),
		State: pilotstatustest.DeliveryState(q.text("state")), Failed: q.flag("failed"),
		Before: q.text("before"), Limit: q.number("limit", 1, maxLimit, 50),
	}
	if q.err != nil {
		return nil, q.err
	}
	page := q.tenant.Engine.FindDeliveries(choice)
	return deliveriesView{page.Deliveries, page.Total, page.Waiting, page.More, page.Dropped, q.tenant.Cursor(page.Seq)}, nil
}
