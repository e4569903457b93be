package emulator

import (
	"net/http"
	"strings"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// groupRoutes are the groups and newsletters that a number is in or follows.
func groupRoutes() []route {
	return []route{
		{
			id: "addGroup", method: http.MethodPost, path: "/numbers/{number}/groups",
			summary: "Puts the number into a group that is there already. What a member says there is sayAsContact with a groupId.",
			body:    groupBody{}, answer: groupBody{}, status: http.StatusCreated,
			handle: addGroup,
		},
		{
			id: "addNewsletter", method: http.MethodPost, path: "/numbers/{number}/newsletters",
			summary: "Lets the number follow a newsletter, which WhatsApp shows as a channel.",
			body:    newsletterBody{}, answer: newsletterBody{}, status: http.StatusCreated,
			handle: addNewsletter,
		},
		{
			id: "sayInNewsletter", method: http.MethodPost, path: "/numbers/{number}/newsletters/{newsletter}/say",
			summary: "Writes a text into a newsletter, as its owner does. The number follows it from then on.",
			body:    postBody{}, answer: doneView{}, status: http.StatusCreated,
			handle: sayInNewsletter,
		},
	}
}

// groupBody is the body and the answer of addGroup.
type groupBody struct {
	ID      string // ends with @g.us
	Subject string
	Members []string // phones
}

func addGroup(q *request) (any, error) {
	n, err := q.pathNumber()
	if err != nil {
		return nil, err
	}
	var in groupBody
	if err := q.read(&in); err != nil {
		return nil, err
	}
	if err := checkID(in.ID, "@g.us"); err != nil {
		return nil, err
	}
	for _, member := range in.Members {
		if !isPhone(strings.TrimPrefix(member, "+")) {
			return nil, invalid("the member %q is no phone such as +5511999990001", member)
		}
	}
	q.tenant.Engine.Number(n.ID).AddGroup(in.ID, in.Subject, in.Members...)
	return in, nil
}

// newsletterBody is the body and the answer of addNewsletter.
type newsletterBody struct {
	ID   string // ends with @newsletter
	Name string
}

func addNewsletter(q *request) (any, error) {
	n, err := q.pathNumber()
	if err != nil {
		return nil, err
	}
	var in newsletterBody
	if err := q.read(&in); err != nil {
		return nil, err
	}
	if err := checkID(in.ID, "@newsletter"); err != nil {
		return nil, err
	}
	q.tenant.Engine.Number(n.ID).AddNewsletter(in.ID, in.Name)
	return in, nil
}

// postBody is the body of sayInNewsletter.
type postBody struct {
	Text string `emulator:"required"`
}

func sayInNewsletter(q *request) (any, error) {
	n, err := q.pathNumber()
	if err != nil {
		return nil, err
	}
	var in postBody
	if err := q.read(&in); err != nil {
		return nil, err
	}
	id := q.PathValue("newsletter")
	if err := checkID(id, "@newsletter"); err != nil {
		return nil, err
	}
	return q.done(q.tenant.Engine.Number(n.ID).Receive(pilotstatustest.Inbound{NewsletterID: id, Text: in.Text})), nil
}

// checkID refuses an id without its end or its beginning.
func checkID(id, end string) error {
	if !isJID(id, end) {
		return invalid("the id is %q and must end with %s", id, end)
	}
	return nil
}
