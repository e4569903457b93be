package emulator

import (
	"cmp"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

func opOf(r *pilotstatustest.Request) string { return cmp.Or(r.Op, r.Method+" "+short(r.Path, 60)) }

// whatOf says what a request is about: the template or text, and to whom.
func whatOf(r *pilotstatustest.Request) string {
	var in struct {
		TemplateID        string `json:"templateId"`
		Text              string `json:"text"`
		MediaType         string `json:"mediaType"`
		DestinationNumber string `json:"destinationNumber"`
	}
	if len(r.Body) > maxShown || json.Unmarshal(r.Body, &in) != nil {
		return key(r, size(len(r.Body)))
	}
	return key(r, strings.Trim(cmp.Or(in.TemplateID, in.MediaType, short(in.Text, 40))+" · "+in.DestinationNumber, " ·"))
}

func key(r *pilotstatustest.Request, what string) string {
	if k := r.Header.Get("Idempotency-Key"); k != "" {
		return strings.TrimPrefix(what+" · key "+k, " · ")
	}
	return what
}

func requestChip(r *pilotstatustest.Request) chip {
	if r.Status == 0 && r.FaultID != "" {
		return chip{"no answer", "bad"}
	}
	return statusChip(r.Status)
}

func requestIcon(r *pilotstatustest.Request) string {
	switch {
	case r.Replayed:
		return "again"
	case r.Status >= 400 || r.Status == 0:
		return "fail"
	}
	return "tick"
}

// requestFate says in words what became of a request.
func requestFate(r *pilotstatustest.Request) string {
	switch {
	case r.Replayed:
		return "repeated: nothing sent again"
	case r.Status == 0:
		return "processed, not answered"
	case r.FaultID != "" && r.Status >= 400:
		return "broken by fault " + r.FaultID
	case r.Status >= 400:
		return "refused"
	}
	return "accepted"
}

func moreOf(r *pilotstatustest.Request) string {
	var parts []string
	if r.Replayed {
		parts = append(parts, "replayed")
	}
	if r.FaultID != "" {
		parts = append(parts, "fault "+r.FaultID)
	}
	if n := len(r.Unknown); n > 0 {
		parts = append(parts, count(n, "unknown member"))
	}
	var out struct {
		Code string `json:"code"`
	}
	if r.Status >= 400 && len(r.AnswerBody) < maxShown && json.Unmarshal(r.AnswerBody, &out) == nil && out.Code != "" {
		parts = append(parts, out.Code)
	}
	return strings.Join(parts, ", ")
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
	case a.Status == 0 && strings.Contains(a.Error, "-deliver-to"):
		return chip{"refused", "bad"}
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

func hookName(hooks []pilotstatustest.WebhookInfo, id string) string {
	for _, h := range hooks {
		if h.ID == id {
			return cmp.Or(h.Name, h.ID)
		}
	}
	return id
}
