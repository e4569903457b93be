package emulator

import (
	"net/http"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// personRoutes are what a contact does on the phone.
func personRoutes() []route {
	return []route{
		{
			id: "addContact", method: http.MethodPost, path: "/numbers/{number}/contacts",
			summary: "Gives the number a contact, or a known one what is not empty; its conversation is there without a message.",
			body:    pilotstatustest.Contact{}, answer: contactView{}, status: http.StatusCreated,
			handle: addContact,
		},
		asPerson("say", "Sends a text.", func(p *pilotstatustest.Person, in *sayBody) (string, error) {
			return p.Say(in.Text, in.Quoting)
		}),
		asPerson("press", "Presses a button of a message.", func(p *pilotstatustest.Person, in *pressBody) (string, error) {
			return p.Press(in.MessageID, in.ButtonID)
		}),
		asPerson("choose", "Chooses a row of a list.", func(p *pilotstatustest.Person, in *chooseBody) (string, error) {
			return p.Choose(in.MessageID, in.RowID)
		}),
		asPerson("submit", "Submits the flow of a message.", func(p *pilotstatustest.Person, in *submitBody) (string, error) {
			return p.Submit(in.MessageID, in.Form)
		}),
		asPerson("file", "Sends a file, of which data is the base64.", func(p *pilotstatustest.Person, in *fileBody) (string, error) {
			return p.SendFile(pilotstatustest.File{Kind: in.Kind, MimeType: in.MimeType, FileName: in.FileName, Data: in.Data}, in.Caption)
		}),
		asPerson("picture", "Sends a picture that the emulator has.", func(p *pilotstatustest.Person, in *pictureBody) (string, error) {
			file, err := picture()
			if err != nil {
				return "", err
			}
			return p.SendFile(file, in.Caption)
		}),
		asPerson("read", "Reads a message.", func(p *pilotstatustest.Person, in *readBody) (string, error) {
			return in.MessageID, p.Read(in.MessageID)
		}),
		asPerson("call", "Calls the number; the id is that of the call.", func(p *pilotstatustest.Person, _ *inGroup) (string, error) {
			return p.Call()
		}),
	}
}

// inGroup is what all bodies have.
type inGroup struct {
	GroupID string // the group in which the contact does it; "": the conversation of the contact
}

func (g inGroup) group() string { return g.GroupID }

// checked is a body that is looked at before the person does it.
type checked interface {
	check(q *request) error
}

type sayBody struct {
	inGroup

	Text    string `emulator:"required"`
	Quoting string // id of the message that it answers
}

type pressBody struct {
	inGroup

	MessageID string `emulator:"required"`
	ButtonID  string `emulator:"required"` // as in content.buttons of the message
}

type chooseBody struct {
	inGroup

	MessageID string `emulator:"required"`
	RowID     string `emulator:"required"` // as in content.sections of the message
}

type submitBody struct {
	inGroup

	MessageID string `emulator:"required"`
	Form      map[string]any
}

type fileBody struct {
	inGroup

	Kind     string `emulator:"required"` // image, video, audio, document or sticker
	MimeType string // such as image/jpeg
	FileName string
	Data     []byte `emulator:"required"`
	Caption  string
}

type pictureBody struct {
	inGroup

	Caption string
}

type readBody struct {
	inGroup

	MessageID string `emulator:"required"`
}

// doneView is what the contact brought.
type doneView struct {
	ID      string       // of the message or call; "" for a button that sends nothing
	Message *messageView // null for a call
}

// asPerson is an operation of a contact with a body of the type B.
func asPerson[B interface{ group() string }](action, summary string, do func(*pilotstatustest.Person, *B) (string, error)) route {
	r := route{
		id: action + "AsContact", method: http.MethodPost, path: "/numbers/{number}/contacts/{contact}/" + action,
		summary: summary + " The contact is the id of a conversation, a phone or a user id.",
		body:    *new(B), answer: doneView{}, status: http.StatusCreated, large: action == "file",
	}
	r.handle = func(q *request) (any, error) {
		n, err := q.pathNumber()
		if err != nil {
			return nil, err
		}
		var in B
		if err := q.read(&in); err != nil {
			return nil, err
		}
		if c, ok := any(&in).(checked); ok {
			if err := c.check(q); err != nil {
				return nil, err
			}
		}
		person := q.tenant.Engine.Number(n.ID).As(q.PathValue("contact"))
		if group := in.group(); group != "" {
			person = person.In(group)
		}
		id, err := do(person, &in)
		if err != nil {
			return nil, err
		}
		return q.done(id), nil
	}
	return r
}

// done is what somebody brought, by its id.
func (q *request) done(id string) doneView {
	view := doneView{ID: id}
	if m, err := q.messageNamed(id); err == nil {
		view.Message = &m
	}
	return view
}

// contactView is a contact that was added.
type contactView struct {
	ConversationID string
}

func addContact(q *request) (any, error) {
	n, err := q.pathNumber()
	if err != nil {
		return nil, err
	}
	var in pilotstatustest.Contact
	if err := q.read(&in); err != nil {
		return nil, err
	}
	id := q.tenant.Engine.Number(n.ID).AddContact(in)
	if id == "" {
		return nil, invalid("a contact needs a phone such as +5511999999999, or a userId, " +
			"and names of at most 256 characters; there are at most 10,000")
	}
	return contactView{id}, nil
}
