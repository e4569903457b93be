package emulator

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

func deliveryRoutes() []route {
	return []route{
		{
			id: "listDeliveries", method: http.MethodGet, path: "/deliveries",
			summary: "What is or was delivered to webhooks, the newest first, with each attempt.",
			query: append([]param{
				{"webhook", "id of a webhook", takes{want: aWebhook}},
				{"number", "id of a number", takes{want: aKnownNumber}},
				{"message", "id of a message", takes{want: aMessage}},
				{"event", "such as message.sent", takes{only: events()}},
				{"state", "waiting, accepted, given up or dropped", takes{only: []string{"waiting", "accepted", "given up", "dropped"}}},
				{"failed", "true: the last try was not answered with 2xx", takes{kind: "boolean"}},
			}, paging()...),
			answer: deliveriesView{},
			handle: listDeliveries,
		},
		{
			id: "getDelivery", method: http.MethodGet, path: "/deliveries/{delivery}",
			summary: "One delivery. 410: it was dropped to keep no more than -keep.", answer: deliveryView{},
			handle: func(q *request) (any, error) { return q.deliveryNamed(q.PathValue("delivery")) },
		},
		{
			id: "deliverAgain", method: http.MethodPost, path: "/deliveries/{delivery}/again",
			summary: "Delivers an event once more, or more times, and answers when that is done.",
			body:    againBody{}, answer: deliveryView{},
			handle: deliverAgain,
		},
		{
			id: "deliverLater", method: http.MethodPost, path: "/deliveries/{delivery}/later",
			summary: "Takes a delivery out of its order: it goes out behind the next one of its webhook.",
			answer:  deliveryView{},
			handle:  deliverLater,
		},
		{
			id: "deliverThisNow", method: http.MethodPost, path: "/deliveries/{delivery}/now",
			summary: "Lets a delivery wait no longer for its first or next try.",
			answer:  deliveryView{},
			handle:  deliverThisNow,
		},
		{
			id: "deliverNow", method: http.MethodPost, path: "/deliver-now",
			summary: "Lets what waits for its first or next try wait no longer.", answer: nowView{},
			handle: func(q *request) (any, error) { return nowView{q.tenant.Engine.DeliverNow("")}, nil },
		},
	}
}

// deliveryView is a delivery with the address at which the page shows it.
type deliveryView struct {
	pilotstatustest.Delivery

	Page string // where the page shows it
}

func (q *request) delivered(d pilotstatustest.Delivery) deliveryView {
	return deliveryView{d, q.page("deliveries", url.Values{"delivery": {d.ID}})}
}

// deliveriesView is a page of deliveries.
type deliveriesView struct {
	Deliveries []deliveryView
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
	views := []deliveryView{}
	for _, d := range page.Deliveries {
		views = append(views, q.delivered(d))
	}
	return deliveriesView{views, page.Total, page.Waiting, page.More, page.Dropped, q.tenant.Cursor(page.Seq)}, nil
}

// deliveryNamed is the delivery with an id.
func (q *request) deliveryNamed(id string) (deliveryView, error) {
	d, err := q.tenant.Engine.Delivery(id)
	return q.delivered(d), err
}

// againBody is the body of deliverAgain.
type againBody struct {
	Times     int     // 1 if missing, at most 10
	Signature *string // in place of the right one
}

func deliverAgain(q *request) (any, error) {
	in := againBody{Times: 1}
	if err := q.read(&in); err != nil {
		return nil, err
	}
	if in.Times < 1 || in.Times > 10 {
		return nil, invalid("times is %d and must be from 1 to 10", in.Times)
	}
	options := []pilotstatustest.DeliverOption{pilotstatustest.DeliverTimes(in.Times)}
	if in.Signature != nil {
		options = append(options, pilotstatustest.DeliverSignature(*in.Signature))
	}
	id := q.PathValue("delivery")
	err := q.tenant.Engine.Redeliver(q.Context(), id, options...)
	if _, ok := errors.AsType[*pilotstatustest.UnknownIDError](err); ok {
		return nil, err
	}
	return q.deliveryNamed(id) // what the receiver answered stands in its attempts
}

func deliverLater(q *request) (any, error) {
	id := q.PathValue("delivery")
	if err := q.tenant.Engine.DeliverLater(id); err != nil {
		return nil, err
	}
	return q.deliveryNamed(id)
}

func deliverThisNow(q *request) (any, error) {
	d, err := q.deliveryNamed(q.PathValue("delivery"))
	if err == nil {
		q.tenant.Engine.DeliverNow(d.ID)
	}
	return d, err
}

// nowView is how many deliveries were let go.
type nowView struct {
	Deliveries int
}
