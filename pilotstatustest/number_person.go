package pilotstatustest

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Person is somebody who writes to a number, see [Number.As]. Webhooks hear of what the
// person does as the API would tell it.
//
// The methods return the id of the message that they bring, as [Number.Receive] does. They
// fail with an [*UnknownIDError] for a number, contact or message that is not there, and
// with another error where the person could not do that on a phone.
type Person struct {
	number  *Number
	contact string
	group   string
}

// As lets a test or a page act as a contact: by the id of its conversation, its phone or
// its user id. One that wrote never before does so now.
func (n *Number) As(contact string) *Person { return &Person{number: n, contact: contact} }

// In lets the person write into a group, by its id. The person need not be a member yet.
func (p *Person) In(groupID string) *Person {
	in := *p
	in.group = groupID
	return &in
}

// act runs f under the lock with what all messages of the person have.
func (p *Person) act(f func(s *state, n *number, from Inbound, now time.Time) (string, error)) (id string, err error) {
	err = &UnknownIDError{What: "number"}
	if p.number.number != nil {
		err = &UnknownIDError{What: "number", ID: p.number.number.id}
	}
	p.number.change(func(s *state, n *number, now time.Time) {
		var from Inbound
		if from, err = p.inbound(s, n); err == nil {
			id, err = f(s, n, from, now)
		}
	})
	return id, err
}

// inbound is the sender.
func (p *Person) inbound(s *state, n *number) (Inbound, error) {
	from := Inbound{GroupID: p.group}
	chat := s.noteSends(n).contact(p.contact)
	switch {
	case chat != nil && chat.jid != "":
		return from, errors.New("pilotstatustest: a group or channel does nothing: name a person, and the group with In")
	case chat != nil:
		from.From, from.FromName, from.UserID, from.Username = chat.phone, chat.name, chat.userID, chat.username
	case isPhone(p.contact):
		from.From = p.contact
	case isUserID(p.contact):
		from.UserID = p.contact
	default:
		return from, &UnknownIDError{What: "contact", ID: p.contact}
	}
	if wrong := from.check(); wrong != "" {
		return from, fmt.Errorf("pilotstatustest: %s", wrong)
	}
	if p.group != "" && !n.official() && value(n.settings.IgnoreGroups) {
		return from, errors.New("pilotstatustest: the number ignores groups")
	}
	return from, nil
}

// Say sends a text of at most 65,536 characters. Quoting is the ID of the message that it
// answers, "" for none.
func (p *Person) Say(text, quoting string) (id string, err error) {
	if err := checkWritten(text); err != nil {
		return "", err
	}
	return p.act(func(s *state, n *number, from Inbound, now time.Time) (string, error) {
		from.Text = text
		if quoting != "" {
			r, err := s.chatRow(n, quoting)
			if err != nil {
				return "", err
			}
			from.ReplyTo = r.externalID
		}
		return s.receive(n, &from, now), nil
	})
}

// Press presses a button of a message, by its ID in [Content]. A reply button sends its
// label as an answer to the message: the reference does not say how the API tells of it, so
// it is the plainest form, message.reply with the label as content. The other buttons send
// nothing, and the id is "".
func (p *Person) Press(messageID, buttonID string) (id string, err error) {
	return p.answer(messageID, func(s *state, n *number, from *Inbound, v *chatView) (given, *Answer, error) {
		content := v.read()
		buttons := slices.Clone(content.Buttons)
		for _, card := range content.Cards {
			buttons = append(buttons, card.Buttons...)
		}
		i := slices.IndexFunc(buttons, func(b Button) bool { return b.ID == buttonID })
		switch {
		case i < 0:
			return given{}, nil, fmt.Errorf("pilotstatustest: the message %q has no button %q", messageID, buttonID)
		case buttons[i].Kind == "flow":
			return given{}, nil, errors.New("pilotstatustest: the button opens a flow, see Submit")
		case buttons[i].Kind != "reply":
			return given{buttonID: buttonID}, nil, nil
		}
		from.Text = buttons[i].Label
		return given{buttonID: buttonID}, &Answer{ButtonID: buttonID, Payload: buttons[i].Target}, nil
	})
}

// Choose chooses a row of a list, by its ID. It is told as a pressed button is, with the
// title of the row as content: the reference has no member for the id of the row.
func (p *Person) Choose(messageID, rowID string) (id string, err error) {
	return p.answer(messageID, func(_ *state, _ *number, from *Inbound, v *chatView) (given, *Answer, error) {
		for _, section := range v.read().Sections {
			for _, row := range section.Rows {
				if row.ID == rowID {
					from.Text = row.Title
					return given{rowID: rowID}, &Answer{RowID: rowID}, nil
				}
			}
		}
		return given{}, nil, fmt.Errorf("pilotstatustest: the message %q has no row %q", messageID, rowID)
	})
}

// Submit answers the flow of a message: webhooks get flow.response_received with the
// flowToken, and with the form as response where it is not empty. The reference does not
// say where the answers stand. The lists of the inbox have a row of the type interactive.
func (p *Person) Submit(messageID string, form map[string]any) (id string, err error) {
	if err := checkDepth(encode(form), maxDepth); err != nil {
		return "", fmt.Errorf("pilotstatustest: form: %w", err)
	}
	return p.answer(messageID, func(_ *state, _ *number, from *Inbound, v *chatView) (given, *Answer, error) {
		if v.sent.FlowToken == "" {
			return given{}, nil, fmt.Errorf("pilotstatustest: the message %q has no flow", messageID)
		}
		from.Type = "interactive"
		return given{flow: true}, &Answer{Form: formOf(form)}, nil
	})
}

// formOf is never nil.
func formOf(form map[string]any) map[string]any {
	out := make(map[string]any, len(form))
	maps.Copy(out, form)
	return out
}

// answer lets the person answer a message that the number sent.
func (p *Person) answer(messageID string, f func(*state, *number, *Inbound, *chatView) (given, *Answer, error)) (string, error) {
	return p.act(func(s *state, n *number, from Inbound, now time.Time) (string, error) {
		r, err := s.answerable(n, messageID, &from)
		if err != nil {
			return "", err
		}
		mark, answer, err := f(s, n, &from, s.view(r))
		if err != nil {
			return "", err
		}
		mark.at = now
		m := r.message
		m.answers = append(m.answers, mark)
		s.changed(m)
		if answer == nil {
			return "", nil
		}
		answer.MessageID, from.ReplyTo = m.ID, m.ExternalID
		got := s.receiveAnswer(n, "", &from, answer, now)
		if mark.flow {
			s.tellFlow(n, m, got, answer.Form, now)
		}
		return got.id, nil
	})
}

// answerable finds a message that the person has on the phone.
func (s *state) answerable(n *number, messageID string, from *Inbound) (*chatRow, error) {
	r, err := s.chatRow(n, messageID)
	if err != nil {
		return nil, err
	}
	them := peer{phone: withPlus(from.From), userID: from.UserID, jid: from.GroupID}
	switch {
	case r.message == nil:
		return nil, fmt.Errorf("pilotstatustest: the message %q was not sent by the API", messageID)
	case !r.conversation.is(them):
		return nil, fmt.Errorf("pilotstatustest: the message %q was not sent to this person or group", messageID)
	case r.sentAt.IsZero():
		return nil, fmt.Errorf("pilotstatustest: the message %q has not gone out", messageID)
	}
	return r, nil
}

// chatRow finds a message of a number by its ID in ChatMessage.
func (s *state) chatRow(n *number, id string) (*chatRow, error) {
	r := s.noteSends(n).byID(id)
	if r == nil {
		return nil, s.unknownMessage(id)
	}
	return r, nil
}

// Read lets the person read a message that the number sent.
func (p *Person) Read(messageID string) error {
	_, err := p.act(func(s *state, n *number, from Inbound, now time.Time) (string, error) {
		r, err := s.answerable(n, messageID, &from)
		if err != nil {
			return "", err
		}
		if r.message.Status != failed && r.message.Status != read {
			s.reach(r.message, read, now)
		}
		return "", nil
	})
	return err
}

// Call calls the number and returns the id of the call, which rings from now on: see
// [Number.AnswerCall], [Number.HangUp] and [Number.MissCall] for how it goes on.
func (p *Person) Call() (callID string, err error) {
	return p.act(func(s *state, n *number, from Inbound, _ time.Time) (string, error) {
		id := s.ring(n, cmp.Or(from.From, from.UserID))
		if id == "" {
			return "", errors.New("pilotstatustest: the number is not connected or has no calls")
		}
		return id, nil
	})
}

// SendFile sends a file with a caption, which may be "". An official number gets the file
// by Media.Download; webhooks of other numbers have its link, at the URL of the server. Of a
// server that New made, the link has the host of the newest request with a key: that is the
// name by which the program under test reaches it.
func (p *Person) SendFile(file File, caption string) (id string, err error) {
	if !slices.Contains([]string{"image", "video", "audio", "document", "sticker"}, file.Kind) {
		return "", fmt.Errorf("pilotstatustest: no file of the kind %q", file.Kind)
	}
	if isLongName(file.FileName, file.MimeType) {
		return "", errors.New("pilotstatustest: the name or type of the file is longer than 256 characters")
	}
	if err := checkWritten(caption); err != nil {
		return "", err
	}
	server := p.number.server
	return p.act(func(s *state, n *number, from Inbound, now time.Time) (string, error) {
		key := mediaKey{n.phone, s.newID("media") + s.secret(8)}
		s.keepFile(key, &mediaFile{mimeType: file.MimeType, fileName: file.FileName, data: slices.Clone(file.Data)}, now)
		from.Type, from.Text, from.MediaType, from.FileName = file.Kind, caption, file.MimeType, file.FileName
		if n.official() {
			from.MediaID = key.mediaID
		} else {
			from.MediaURL = server.linkBase() + filePath + key.mediaID
		}
		r := s.receiveAnswer(n, "", &from, nil, now)
		r.fileKey = key
		return r.id, nil
	})
}

// AnswerFlow lets the person answer a flow that the number sent, by the token in the
// answer of Messages.Send: webhooks get flow.response_received, and the person counts as
// one who wrote to the number, see Receive. An unknown token fails the test under
// NewServer; otherwise nothing happens.
func (n *Number) AnswerFlow(flowToken string) {
	n.server.tb.Helper()
	n.find(func(s *state, n *number, now time.Time) bool {
		m := s.flow(flowToken)
		if m == nil || m.number != n {
			return false
		}
		n.hear(m.person(), now)
		s.tellFlow(n, m, nil, nil, now)
		return true
	}, "no flow %q", flowToken)
}
