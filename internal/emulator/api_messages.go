package emulator

import (
	"net/http"
	"slices"
	"strings"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// maxLimit bounds a page of a list.
const maxLimit = 1000

// choosing are the parameters that choose messages.
func choosing() []param {
	return []param{
		{"number", "id of a number", takes{want: aNumber}},
		{"conversation", "id of a conversation", takes{want: aConversation}},
		{"to", "the contact: a phone, a user id, or the id of a group or channel", takes{want: aContact}},
		{"template", "name of a template", takes{want: aTemplate}},
		{"key", "idempotency key", takes{}},
		{"correlation", "correlation id", takes{}},
		{"direction", "INBOUND or OUTBOUND", takes{only: []string{"INBOUND", "OUTBOUND"}}},
		{"status", "the status of the moment: DELIVERED does not find a message that is READ already", takes{want: aStatus}},
		{"reached", "a status that the message is in or was in: SENT also finds what is DELIVERED or READ", takes{want: aStatus}},
		{"text", "in any text, id or phone of the message", takes{}},
		{"after", "only what came after this next of an answer; 0 is everything", takes{}},
	}
}

// paging are the parameters of a list.
func paging() []param {
	return []param{
		{"before", "id: only older ones, for the next page", takes{want: aRow}},
		{"limit", "of the page, 50 if missing, at most 1000", takes{kind: "integer"}},
	}
}

func messageRoutes() []route {
	return []route{
		{
			id: "listMessages", method: http.MethodGet, path: "/messages",
			summary: "Messages that were sent and received, the newest first.",
			query:   slices.Concat(choosing(), paging()),
			answer:  messagesView{},
			handle:  listMessages,
		},
		{
			id: "getMessage", method: http.MethodGet, path: "/messages/{message}",
			summary: "One message. 410: it was dropped to keep no more than -keep.",
			answer:  messageView{},
			handle:  getMessage,
		},
		{
			id: "setMessageStatus", method: http.MethodPost, path: "/messages/{message}/status",
			summary: "Sets the state of a message, which then moves only by this operation.",
			body:    statusBody{}, answer: messageView{},
			handle: setMessageStatus,
		},
		{
			id: "listConversations", method: http.MethodGet, path: "/conversations",
			summary: "Contacts, groups and channels of a number, that with the newest message first.",
			query:   []param{{"number", "id of a number", takes{want: aNumber, required: true}}},
			answer:  conversationsView{},
			handle:  listConversations,
		},
	}
}

// messagesView is a page of messages.
type messagesView struct {
	Messages []messageView
	Total    int
	More     bool
	Dropped  int    // messages of the tenant that were dropped so far, see -keep
	Next     string // for the parameter after: what comes later
}

func listMessages(q *request) (any, error) {
	choice, err := q.choice()
	if err != nil {
		return nil, err
	}
	choice.Before, choice.Limit = q.text("before"), q.number("limit", 1, maxLimit, 50)
	if q.err != nil {
		return nil, q.err
	}
	page := q.tenant.Engine.FindMessages(choice)
	return messagesView{q.allShown(page.Messages), page.Total, page.More, page.Dropped, q.tenant.Cursor(page.Seq)}, nil
}

// choice reads the parameters that choose messages.
func (q *request) choice() (pilotstatustest.MessageQuery, error) {
	c := pilotstatustest.MessageQuery{
		NumberID: q.text("number"), ConversationID: q.text("conversation"), To: q.text("to"), Template: q.text("template"),
		Key: q.text("key"), CorrelationID: q.text("correlation"), Direction: q.text("direction"), Status: q.text("status"),
		Reached: q.text("reached"), Text: q.text("text"),
	}
	after, err := q.position("after")
	c.After = after
	return c, err
}

// position reads a cursor. One of another run of the program has become meaningless.
func (q *request) position(name string) (int64, error) {
	if q.text(name) == "" {
		return 0, nil
	}
	seq, ok, err := q.tenant.Position(q.text(name))
	if err != nil {
		return 0, invalid("%s is %v", name, err)
	}
	if !ok || seq > q.tenant.Engine.Seq() {
		return 0, failf(http.StatusGone, "RESTARTED",
			"%s is %s, of an emulator or a tenant that ended; begin again without it, or with 0 for everything", name, q.text(name))
	}
	return seq, nil
}

func getMessage(q *request) (any, error) { return q.messageNamed(q.PathValue("message")) }

// statusBody is the body of setMessageStatus.
type statusBody struct {
	Status    string `emulator:"required"` // one of the API, or any other text: a status that the API does not have yet
	ErrorCode string // of FAILED
}

func setMessageStatus(q *request) (any, error) {
	var in statusBody
	if err := q.read(&in); err != nil {
		return nil, err
	}
	for _, known := range statuses() {
		if strings.EqualFold(in.Status, known) && in.Status != known {
			return nil, invalid("status is %q and must be %s", in.Status, known)
		}
	}
	m, err := q.tenant.Engine.Message(q.PathValue("message"))
	if err != nil {
		return nil, err
	}
	q.tenant.Engine.Tenant().SetMessageStatus(m.ID, in.Status, in.ErrorCode)
	return q.messageNamed(m.ID)
}

// conversationsView is the conversations of a number.
type conversationsView struct {
	Conversations []pilotstatustest.Conversation
	OnlyDropped   int // that have no message any more and are not listed
	Next          string
}

func listConversations(q *request) (any, error) {
	n, err := q.numberNamed(q.text("number"))
	if err != nil {
		return nil, err
	}
	page := q.tenant.Engine.Conversations(n.ID)
	return conversationsView{page.Conversations, page.OnlyDropped, q.tenant.Cursor(page.Seq)}, nil
}
