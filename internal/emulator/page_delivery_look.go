package emulator

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

func (v *visit) deliveryLook(id string, hooks []pilotstatustest.WebhookInfo, closing string) *deliveryLook {
	l := &deliveryLook{look: look{frame: &v.frame, ID: id, Close: closing, Title: "Delivery"}}
	found, err := v.engine.Delivery(id)
	if err != nil {
		l.Gone, l.code = "This delivery is not kept. It was dropped (-keep), or is of a run before this one.", 410
		return l
	}
	d := &found
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
