package emulator

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

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

type deliveryLook struct {
	look
	Ways     []wayAgain
	WaysHint string
	Tries    []tryRow
	IDs      []idRow
	Exchange *tabs
}

// wayAgain is a way to send an event again.
type wayAgain struct {
	Value, Word, Title string

	On bool
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
		What: v.about2(d), Webhook: hookName(hooks, d.WebhookID), Chip: deliveryChip(d), Current: q.Get("delivery") == d.ID,
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

// about2 says what an event tells of.
func (v *visit) about2(d *pilotstatustest.Delivery) string {
	if d.MessageID != "" {
		return d.MessageID
	}
	if d.NumberID != "" {
		return v.numberName(d.NumberID)
	}
	return ""
}

func hookName(hooks []pilotstatustest.WebhookInfo, id string) string {
	for _, h := range hooks {
		if h.ID == id {
			return cmp.Or(h.Name, h.ID)
		}
	}
	return id
}

// checks says whether the signature is the right one for the body.
func (v *visit) checks(d *pilotstatustest.Delivery, a *pilotstatustest.DeliveryAttempt) *tick {
	mac := hmac.New(sha256.New, []byte(v.engine.WebhookSecret()))
	mac.Write(d.Body)
	switch a.Signature {
	case "":
		return &tick{"none", "fail", "warn"}
	case hex.EncodeToString(mac.Sum(nil)):
		return &tick{"ok", "tick", "ok"}
	}
	return &tick{"wrong", "fail", "warn"}
}

func deliveryChip(d *pilotstatustest.Delivery) chip {
	n := len(d.Attempts)
	if n == 0 {
		return chip{"waits", ""}
	}
	return attemptChip(&d.Attempts[n-1])
}

func attemptChip(a *pilotstatustest.DeliveryAttempt) chip {
	switch {
	case a.Status == 0:
		return chip{"no answer", "bad"}
	case a.Status >= 300:
		return chip{strconv.Itoa(a.Status), "warn"}
	}
	return chip{strconv.Itoa(a.Status), "ok"}
}

func deliveryIcon(d *pilotstatustest.Delivery) string {
	switch d.State {
	case pilotstatustest.DeliveryAccepted:
		return "tick"
	case pilotstatustest.DeliveryGivenUp:
		return "fail"
	}
	return "again"
}

// doAddWebhook registers a webhook of a number for all events.
func (v *visit) doAddWebhook(f *form) (string, error) {
	id := v.engine.Tenant().AddWebhook(f.Get("number"), "page", strings.TrimSpace(f.Get("url")))
	if id == "" {
		return "", errors.New("that is no address with http or https")
	}
	return "", nil
}

// waysAgain is how the event can be sent again.
func (v *visit) waysAgain(l *deliveryLook, d *pilotstatustest.Delivery) {
	l.Ways = []wayAgain{
		{Value: "again", Word: "Again", Title: "Signed anew", On: true},
		{Value: "twice", Word: "Twice", Title: "Two times, byte for byte the same"},
		{Value: "later", Word: "Out of order", Title: "Behind the next event of this webhook"},
		{Value: "wrong", Word: "Wrong signature", Title: "Which the receiver has to refuse"},
	}
	if d.State == pilotstatustest.DeliveryWaiting {
		l.Ways = append(l.Ways, wayAgain{Value: "now", Word: "Now", Title: "Without waiting for its time"})
	}
	l.WaysHint = "Out of order: held until the next event of this webhook went out."
}

// maxRedeliver bounds how long a form waits for a receiver.
const maxRedeliver = 10 * time.Second

func (v *visit) doRedeliver(f *form) (string, error) {
	ctx, cancel := context.WithTimeout(f.request.Context(), maxRedeliver)
	defer cancel()
	id := f.Get("delivery")
	var options []pilotstatustest.DeliverOption
	switch f.Get("how") {
	case "later":
		return "", v.engine.DeliverLater(id)
	case "now":
		v.engine.DeliverNow(id)
		return "", nil
	case "twice":
		options = append(options, pilotstatustest.DeliverTimes(2))
	case "wrong":
		options = append(options, pilotstatustest.DeliverSignature(strings.Repeat("0", 64)))
	}
	err := v.engine.Redeliver(ctx, id, options...)
	if _, unknown := errors.AsType[*pilotstatustest.UnknownIDError](err); unknown {
		return "", err
	}
	return "", nil // what the receiver answered stands among the attempts
}

// doDeliverNow lets what waits wait no longer.
func (v *visit) doDeliverNow(*form) (string, error) {
	v.engine.DeliverNow("")
	return "", nil
}
