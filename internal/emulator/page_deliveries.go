package emulator

import (
	"cmp"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// deliveriesPage is the newest deliveries, and one that is open.
type deliveriesPage struct {
	*frame
	Webhook, Event, Result pick

	Waiting  int
	CanNow   bool
	Numbers  []option
	Hooks    string
	Filtered bool
	Rows     []deliveryRow
	Older    string
	Newer    string
	Counted  string
	Dropped  string
	Look     *deliveryLook
}

func (d *deliveriesPage) status() int {
	if d.Look != nil && d.Look.code != 0 {
		return d.Look.code
	}
	return d.frame.status()
}

type deliveryRow struct {
	ID, State, At, Href, Event, What, Webhook, Attempt, Took string

	Chip      chip
	Signature *tick
	Current   bool
}

// deliveries shows ?webhook=&event=&result=&before=&delivery=.
func (v *visit) deliveries(q url.Values) shown {
	d := &deliveriesPage{frame: &v.frame, CanNow: true}
	v.Title, v.Stale = "Deliveries", always+" delivery webhook"
	query := pilotstatustest.DeliveryQuery{WebhookID: q.Get("webhook"), Event: q.Get("event"), Before: q.Get("before"), Limit: listed}
	switch q.Get("result") {
	case "failed":
		query.Failed = true
	case string(pilotstatustest.DeliveryWaiting), string(pilotstatustest.DeliveryAccepted), string(pilotstatustest.DeliveryGivenUp):
		query.State = pilotstatustest.DeliveryState(q.Get("result"))
	}
	found := v.engine.FindDeliveries(query)
	hooks := v.engine.Webhooks()
	v.deliveryFilters(d, hooks, found.Deliveries, q)
	for i := range found.Deliveries {
		d.Rows = append(d.Rows, v.deliveryRow(&found.Deliveries[i], hooks, q))
	}
	if n := len(found.Deliveries); found.More && n > 0 {
		d.Older = v.changed(q, "before", found.Deliveries[n-1].ID)
	}
	if q.Get("before") != "" {
		d.Newer = v.without(q, "before")
	}
	d.Waiting = found.Waiting
	d.Counted = grouped(len(d.Rows)) + " of " + count(found.Total, "event")
	if found.Dropped > 0 {
		d.Dropped = count(found.Dropped, "older event")
	}
	if id := q.Get("delivery"); id != "" {
		v.Pane = "look"
		d.Look = v.deliveryLook(id, hooks, v.without(q, "delivery"))
	}
	return d
}

func (v *visit) deliveryFilters(d *deliveriesPage, hooks []pilotstatustest.WebhookInfo, shown []pilotstatustest.Delivery, q url.Values) {
	all := []option{{Word: "every webhook"}}
	for _, h := range hooks {
		all = append(all, option{Value: h.ID, Word: cmp.Or(h.Name, h.ID) + ", " + hostOf(h.URL)})
	}
	d.Webhook = newPick("Webhook", "webhook", q.Get("webhook"), all...)
	events := []option{{Word: "every event"}}
	names := []string{q.Get("event")}
	for i := range shown {
		names = append(names, shown[i].Event)
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if name != "" {
			events = append(events, option{Value: name, Word: name})
		}
	}
	d.Event = newPick("Event", "event", q.Get("event"), events...)
	d.Result = newPick("Result", "result", q.Get("result"), option{Word: "every result"}, option{Value: "failed", Word: "not 2xx"},
		option{Value: "waiting", Word: "waiting"}, option{Value: "accepted", Word: "accepted"}, option{Value: "given up", Word: "given up"})
	d.Filtered = q.Get("webhook")+q.Get("event")+q.Get("result") != ""
	d.Numbers = v.numberOptions()
	if len(hooks) > 0 {
		d.Hooks = count(len(hooks), "webhook")
	}
}

func hostOf(address string) string {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		return u.Host
	}
	return address
}

func (v *visit) deliveryRow(d *pilotstatustest.Delivery, hooks []pilotstatustest.WebhookInfo, q url.Values) deliveryRow {
	row := deliveryRow{
		ID: d.ID, State: string(d.State), At: second(d.CreatedAt), Href: v.changed(q, "delivery", d.ID), Event: d.Event,
		What: v.subject(d), Webhook: hookName(hooks, d.WebhookID), Chip: deliveryChip(d), Current: q.Get("delivery") == d.ID,
	}
	n := len(d.Attempts)
	if n == 0 {
		row.Attempt = "not tried yet"
		return row
	}
	last := &d.Attempts[n-1]
	row.At, row.Took, row.Attempt = second(last.At), milliseconds(last.Took), "attempt "+strconv.Itoa(n)
	if last.ByHand {
		row.Attempt += ", by hand"
	}
	if !d.NextAt.IsZero() {
		row.Attempt += ", next in " + cmp.Or(span(d.NextAt.Sub(v.Now)), "a moment")
	}
	row.Signature = v.checks(d, last)
	return row
}

// subject says what an event tells of: of a message also with whom, while it is kept.
func (v *visit) subject(d *pilotstatustest.Delivery) string {
	if d.MessageID != "" {
		m, err := v.engine.Message(d.MessageID)
		if err != nil {
			return d.MessageID
		}
		return d.MessageID + " · " + v.contactName(m.NumberID, m.ConversationID)
	}
	if d.NumberID != "" {
		return v.numberName(d.NumberID)
	}
	return ""
}

// doAddWebhook registers a webhook of a number for all events.
func (v *visit) doAddWebhook(f *form) (string, error) {
	id := v.engine.Tenant().AddWebhook(f.Get("number"), "page", strings.TrimSpace(f.Get("url")))
	if id == "" {
		return "", errors.New("that is no address with http or https, or there are 1,000 webhooks")
	}
	return "", nil
}

// doDeliverNow lets what waits wait no longer.
func (v *visit) doDeliverNow(*form) (string, error) {
	v.engine.DeliverNow("")
	return "", nil
}
