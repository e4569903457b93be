package emulator

import (
	"net/url"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// messageView is a message with the address at which the page shows it.
type messageView struct {
	pilotstatustest.ChatMessage

	Page string // where the page shows it
}

// shown adds the address in the page.
func (q *request) shown(m pilotstatustest.ChatMessage) messageView {
	return messageView{m, q.page("conversations", url.Values{"number": {m.NumberID}, "chat": {m.ConversationID}, "message": {m.ID}})}
}

func (q *request) allShown(messages []pilotstatustest.ChatMessage) []messageView {
	views := make([]messageView, len(messages))
	for i, m := range messages {
		views[i] = q.shown(m)
	}
	return views
}

// page is an address in the page of the tenant, by the name that the client knows.
func (q *request) page(view string, parameters url.Values) string {
	return "http://" + q.Host + "/" + q.tenant.under() + view + "?" + parameters.Encode()
}

// messageNamed is the message with an id.
func (q *request) messageNamed(id string) (messageView, error) {
	m, err := q.tenant.Engine.Message(id)
	return q.shown(m), err
}
