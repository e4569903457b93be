package emulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"path"
	"strings"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// person is who acts: the contact of a chat, or in a group the one that the form names.
func (v *visit) person(numberID, chatID, member string) (*pilotstatustest.Person, error) {
	for _, chat := range v.engine.Conversations(numberID).Conversations {
		if chat.ID != chatID {
			continue
		}
		n := v.engine.Number(numberID)
		if chat.Kind == "GROUP" {
			if member = strings.TrimSpace(member); member == "" {
				return nil, errors.New("say who in the group writes")
			}
			return n.As(member).In(chat.JID), nil
		}
		return n.As(chatID), nil
	}
	return nil, errors.New("the chat is not there any more")
}

func (v *visit) formPerson(f *form) (*pilotstatustest.Person, error) {
	return v.person(f.Get("number"), f.Get("chat"), f.Get("person"))
}

// receiver is who got a message.
func (v *visit) receiver(f *form) (*pilotstatustest.Person, error) {
	m, err := v.engine.Message(f.Get("message"))
	if err != nil {
		return nil, err
	}
	member := f.Get("person")
	if member == "" {
		member = v.lastMember(m.ConversationID)
	}
	return v.person(m.NumberID, m.ConversationID, member)
}

// someMember is who writes where nobody is known.
const someMember = "+12025550143"

// lastMember is who wrote last in a group, or somebody where nobody did.
func (v *visit) lastMember(chatID string) string {
	q := pilotstatustest.MessageQuery{ConversationID: chatID, Direction: inbound, Limit: 1}
	for _, m := range v.engine.FindMessages(q).Messages {
		if m.SenderPhone != "" {
			return m.SenderPhone
		}
	}
	return someMember
}

func (v *visit) doSay(f *form) (string, error) {
	text := strings.ReplaceAll(f.Get("text"), "\r\n", "\n")
	if strings.TrimSpace(text) == "" {
		return "", errors.New("there is no text")
	}
	who, err := v.formPerson(f)
	if err != nil {
		return "", err
	}
	_, err = who.Say(text, f.Get("quoting"))
	return "", err
}

func (v *visit) doPress(f *form) (string, error) {
	who, err := v.receiver(f)
	if err != nil {
		return "", err
	}
	_, err = who.Press(f.Get("message"), f.Get("button"))
	return "", err
}

func (v *visit) doChoose(f *form) (string, error) {
	who, err := v.receiver(f)
	if err != nil {
		return "", err
	}
	_, err = who.Choose(f.Get("message"), f.Get("row"))
	return "", err
}

func (v *visit) doSubmit(f *form) (string, error) {
	answers, err := answersOf(f.Get("answers"))
	if err != nil {
		return "", err
	}
	who, err := v.receiver(f)
	if err != nil {
		return "", err
	}
	_, err = who.Submit(f.Get("message"), answers)
	return "", err
}

// answersOf reads the answers to a flow: a JSON object, or a name and a value on each line.
func answersOf(text string) (map[string]any, error) {
	answers := map[string]any{}
	if strings.HasPrefix(strings.TrimSpace(text), "{") {
		if err := json.Unmarshal([]byte(text), &answers); err != nil {
			return nil, fmt.Errorf("the answers are no JSON: %w", err)
		}
		return answers, nil
	}
	for line := range strings.Lines(text) {
		name, value, found := strings.Cut(strings.TrimSpace(line), ":")
		switch {
		case name == "" && !found:
		case !found:
			return nil, fmt.Errorf("the line %q has no colon between name and value", short(name, 40))
		default:
			answers[strings.TrimSpace(name)] = strings.TrimSpace(value)
		}
	}
	return answers, nil
}

const maxUpload = 16 << 20 // of a customer

func (v *visit) doSendFile(f *form) (string, error) {
	who, err := v.formPerson(f)
	if err != nil {
		return "", err
	}
	file, err := fileOf(f)
	if err != nil {
		return "", err
	}
	_, err = who.SendFile(file, f.Get("caption"))
	return "", err
}

// fileOf is the file of a form, or a picture of the emulator where none was chosen.
func fileOf(f *form) (pilotstatustest.File, error) {
	upload, header, err := f.request.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) || err == nil && header.Filename == "" {
		return picture()
	}
	if err != nil {
		return pilotstatustest.File{}, err
	}
	defer func() { _ = upload.Close() }()
	data, err := io.ReadAll(io.LimitReader(upload, maxUpload+1))
	if err != nil {
		return pilotstatustest.File{}, err
	}
	if len(data) == 0 || len(data) > maxUpload {
		return pilotstatustest.File{}, errors.New("the file is empty, or larger than 16 MB")
	}
	kind := header.Header.Get("Content-Type")
	if kind == "" {
		kind = mime.TypeByExtension(path.Ext(header.Filename))
	}
	word, _, _ := strings.Cut(kind, "/")
	if word != "image" && word != "video" && word != "audio" {
		word = "document"
	}
	return pilotstatustest.File{Kind: word, MimeType: kind, FileName: header.Filename, Data: data}, nil
}

func (v *visit) doCall(f *form) (string, error) {
	who, err := v.formPerson(f)
	if err != nil {
		return "", err
	}
	_, err = who.Call()
	return "", err
}

// doCallOn lets a call go on as the customer wants.
func (v *visit) doCallOn(f *form) (string, error) {
	id := f.Get("call")
	for _, one := range v.engine.Calls() {
		if one.ID != id {
			continue
		}
		n := v.engine.Number(one.NumberID)
		switch f.Get("to") {
		case "ring":
			n.RingOut(id)
		case "answer":
			n.AnswerCall(id)
		case "decline":
			n.DeclineCall(id)
		case "hang-up":
			n.HangUp(id)
		case "miss":
			n.MissCall(id)
		}
		return "", nil
	}
	return "", errors.New("the call is not there any more")
}

// doNewContact lets somebody new write first, or only be known.
func (v *visit) doNewContact(f *form) (string, error) {
	phone := strings.TrimSpace(f.Get("phone"))
	if phone != "" && phone[0] != '+' {
		phone = "+" + phone
	}
	n := v.engine.Number(f.Get("number"))
	id := n.AddContact(pilotstatustest.Contact{Name: strings.TrimSpace(f.Get("name")), Phone: phone})
	if id == "" {
		return "", fmt.Errorf("%q is no phone (a plus, the country code and the rest, digits only), "+
			"the name is too long, or there are 10,000 contacts", phone)
	}
	if text := strings.TrimSpace(f.Get("text")); text != "" {
		if _, err := n.As(id).Say(text, ""); err != nil {
			return "", err
		}
	}
	return with("conversations", "number", f.Get("number"), "chat", id), nil
}

// doSetState sets the state of a message by hand.
func (v *visit) doSetState(f *form) (string, error) {
	m, err := v.engine.Message(f.Get("message"))
	if err != nil {
		return "", err
	}
	state, code := f.Get("state"), strings.TrimSpace(f.Get("code"))
	if state != statusFailed {
		code = ""
	} else if code == "" {
		return "", errors.New("a failed message needs a code")
	}
	v.engine.Tenant().SetMessageStatus(m.ID, state, code)
	return "", nil
}
