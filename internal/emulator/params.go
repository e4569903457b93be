package emulator

import (
	"net/http"
	"slices"
	"strings"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// check refuses parameters and values that the operation does not have.
func (q *request) check() error {
	for name, given := range q.values {
		i := slices.IndexFunc(q.route.query, func(p param) bool { return p.name == name })
		switch {
		case i < 0:
			return invalid("there is no parameter %q; there are: %s", name, namesOf(q.route.query, func(p param) string { return p.name }))
		case len(given) > 1:
			return invalid("%s is there %d times and must be there once", name, len(given))
		case given[0] == "":
			return invalid("%s is empty; leave it out where it is to choose nothing", name)
		}
		given[0] = withPlus(given[0])
		if want := q.route.query[i].takes.instead(q, given[0]); want != "" {
			return invalid("%s is %q and must be %s", name, given[0], want)
		}
	}
	for _, p := range q.route.query {
		if p.takes.required && len(q.values[p.name]) == 0 {
			return invalid("%s is missing: %s", p.name, p.what)
		}
	}
	return nil
}

// withPlus gives a phone the plus that a query reads as a blank.
func withPlus(value string) string {
	if digits, ok := strings.CutPrefix(value, " "); ok && isPhone(digits) {
		return "+" + digits
	}
	return value
}

// instead is what must stand in place of a value, "" for a right one.
func (t *takes) instead(q *request, value string) string {
	switch {
	case t.only != nil && !slices.Contains(t.only, value):
		return "one of: " + strings.Join(t.only, ", ")
	case t.want != nil:
		return t.want(q, value)
	}
	return ""
}

// aNumber is the id of a number that there is.
func aNumber(q *request, id string) string {
	all := q.tenant.Engine.Numbers()
	if slices.ContainsFunc(all, func(n pilotstatustest.NumberInfo) bool { return n.ID == id }) {
		return ""
	}
	return "one of: " + namesOf(all, func(n pilotstatustest.NumberInfo) string { return n.ID })
}

// aKnownNumber is also the id of a number that was deleted and has requests or deliveries.
func aKnownNumber(q *request, id string) string {
	engine := q.tenant.Engine
	if engine.FindRequests(pilotstatustest.RequestQuery{NumberID: id, Limit: 1}).Total > 0 ||
		engine.FindDeliveries(pilotstatustest.DeliveryQuery{NumberID: id, Limit: 1}).Total > 0 {
		return ""
	}
	return aNumber(q, id)
}

// aContact is who can be written to, whether there is a conversation or not.
func aContact(_ *request, id string) string {
	if isPhone(strings.TrimPrefix(id, "+")) || isUserID(id) || isJID(id, "@g.us") || isJID(id, "@newsletter") {
		return ""
	}
	return "a phone such as +5511999990001, a user id such as BR.900100200300, or the id of a group or channel"
}

// aConversation is the id of one that there is.
func aConversation(q *request, id string) string {
	var all []pilotstatustest.Conversation
	for _, n := range q.tenant.Engine.Numbers() {
		all = append(all, q.tenant.Engine.Conversations(n.ID).Conversations...)
	}
	if slices.ContainsFunc(all, func(c pilotstatustest.Conversation) bool { return c.ID == id }) {
		return ""
	}
	return "the id of a conversation; GET conversations?number= lists those of a number"
}

// aTemplate is the name of one that there is or that a message has.
func aTemplate(q *request, name string) string {
	all := q.tenant.Engine.Templates()
	if slices.ContainsFunc(all, func(t pilotstatustest.TemplateInfo) bool { return t.Name == name }) ||
		q.finds(&pilotstatustest.MessageQuery{Template: name}) {
		return ""
	}
	return "one of: " + namesOf(all, func(t pilotstatustest.TemplateInfo) string { return t.Name })
}

// aStatus is one of the API, or one that setMessageStatus gave a message.
func aStatus(q *request, status string) string {
	if slices.Contains(statuses(), status) || q.finds(&pilotstatustest.MessageQuery{Status: status}) {
		return ""
	}
	return "one of: " + strings.Join(statuses(), ", ")
}

func (q *request) finds(choice *pilotstatustest.MessageQuery) bool {
	choice.Limit = 1
	return q.tenant.Engine.FindMessages(*choice).Total > 0
}

// aMessage is the id of one that there is or was.
func aMessage(q *request, id string) string {
	_, err := q.tenant.Engine.Message(id)
	if err == nil || failureOf(err).status == http.StatusGone {
		return ""
	}
	return "the id of a message; GET messages lists them"
}

// aWebhook is the id of one that there is or that a delivery has.
func aWebhook(q *request, id string) string {
	all := q.tenant.Engine.Webhooks()
	if slices.ContainsFunc(all, func(w pilotstatustest.WebhookInfo) bool { return w.ID == id }) ||
		q.tenant.Engine.FindDeliveries(pilotstatustest.DeliveryQuery{WebhookID: id, Limit: 1}).Total > 0 {
		return ""
	}
	return "one of: " + namesOf(all, func(w pilotstatustest.WebhookInfo) string { return w.ID })
}

// aRow is an id with a number at its end, by which rows are ordered.
func aRow(_ *request, id string) string {
	if kind := strings.TrimRight(id, "0123456789"); kind != "" && kind != id {
		return ""
	}
	return "the id of the last row of the page before"
}
