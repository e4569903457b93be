package emulator

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

func (v *visit) deliveryLook(id string, hooks []pilotstatustest.WebhookInfo, closing string) *deliveryLook {
	l := &deliveryLook{look: look{frame: &v.frame, ID: id, Close: closing, Title: "Delivery"}}
	all := v.engine.FindDeliveries(pilotstatustest.DeliveryQuery{Limit: 1 << 20}).Deliveries
	i := slices.IndexFunc(all, func(d pilotstatustest.Delivery) bool { return d.ID == id })
	if i < 0 {
		l.Gone, l.code = "This delivery is not kept. It was dropped (-keep), or is of a run before this one.", 410
		return l
	}
	d := &all[i]
	c := deliveryChip(d)
	l.Title, l.Chip, v.Title = d.Event, &c, d.Event+" "+c.Word
	v.waysAgain(l, d)
	for n := range d.Attempts {
		a := &d.Attempts[n]
		l.Tries = append(l.Tries, tryRow{
			Icon: attemptIcon(a), Text: ordinal(n+1) + ", " + attemptWord(a), At: second(a.At), More: attemptMore(a),
		})
	}
	if d.State == pilotstatustest.DeliveryWaiting {
		next := tryRow{Icon: "hold", Text: ordinal(len(d.Attempts)+1) + ", waits", At: second(d.NextAt)}
		if !d.NextAt.IsZero() {
			next.Text = ordinal(len(d.Attempts)+1) + ", in " + cmp.Or(span(d.NextAt.Sub(v.Now)), "a moment")
		}
		l.Tries = append(l.Tries, next)
	}
	v.deliveryDetails(l, d, hooks)
	return l
}

func attemptIcon(a *pilotstatustest.DeliveryAttempt) string {
	if a.Status/100 == 2 {
		return "tick"
	}
	return "fail"
}

func attemptWord(a *pilotstatustest.DeliveryAttempt) string {
	if a.Status == 0 {
		return "no answer"
	}
	return strconv.Itoa(a.Status) + " in " + cmp.Or(milliseconds(a.Took), "0") + " ms"
}

func attemptStatus(a *pilotstatustest.DeliveryAttempt) string {
	if a.Status == 0 {
		return "none"
	}
	return strconv.Itoa(a.Status)
}

func attemptMore(a *pilotstatustest.DeliveryAttempt) string {
	more := a.Error
	if a.ByHand {
		more = strings.TrimPrefix(more+", by hand", ", ")
	}
	return more
}

func (v *visit) deliveryDetails(l *deliveryLook, d *pilotstatustest.Delivery, hooks []pilotstatustest.WebhookInfo) {
	message := mono("message", d.MessageID)
	if d.MessageID != "" {
		message.Href = v.messageHref(d.MessageID)
	}
	rows := []idRow{mono("delivery", d.ID), mono("webhook", hookName(hooks, d.WebhookID))}
	answer := panel{Name: "Answer none", Code: []piece{{Text: "Not tried yet"}}}
	address := ""
	if n := len(d.Attempts); n > 0 {
		a := &d.Attempts[n-1]
		address = a.URL
		rows = append(rows, mono("to", a.URL), mono("signature", a.Signature),
			idRow{Name: "checks out", Value: v.checks(d, a).Word + ", with " + pilotstatustest.MaskKey(v.engine.WebhookSecret())})
		text := cmp.Or(a.Error, cut(strings.ToValidUTF8(a.Answer, "�"), maxShown))
		answer = panel{Name: "Answer " + attemptStatus(a), Code: []piece{{attemptWord(a) + "\n", "h"}, {Text: text}}}
	}
	l.IDs = filled(append(rows, message, idRow{Name: "number", Value: v.numberName(d.NumberID)}))
	l.Exchange = &tabs{ID: "x", Panels: []panel{
		{Name: "Body", Code: v.maskedPieces(pretty(d.Body, nil))}, answer,
		{Name: "curl", Code: []piece{{Text: deliveryCurl(address)}}, Shell: true},
	}}
}

// deliveryCurl sends the body, saved as event.json, with its signature.
func deliveryCurl(address string) string {
	return "curl -X POST " + quote(address) + " \\\n  -H 'content-type: application/json' \\\n" +
		`  -H "x-pilot-status-signature: $(openssl dgst -sha256 -hmac "$PILOT_STATUS_WEBHOOK_SECRET" -r event.json | cut -d' ' -f1)"` +
		" \\\n  --data-binary @event.json"
}
