package emulator

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// bubble is a message in a chat.
type bubble struct {
	ID, Kind, Status, Href, Back string

	Class    string
	Open     bool // the customer has it on the phone, and can answer
	Selected bool
	Picture  bool

	Sender   string // in a group
	Quote    string
	Media    *mediaView
	Header   []pilotstatustest.Span
	Body     []pilotstatustest.Span
	Row      string // id of the row that it chose
	Form     []formAnswer
	Empty    string // what to show where there is nothing
	Footer   string
	Buttons  buttonRow
	Sections []pilotstatustest.ListSection
	Cards    []cardView
	Flow     *flowView
	Why      *reason
	Error    string

	Notes   []string
	Unknown int // members that the fake does not know
	At      time.Time
	State   *tick
}

type formAnswer struct{ Name, Value string }

// buttonRow is the buttons below a message or card.
type buttonRow struct {
	Message string
	Back    string
	Open    bool
	Buttons []button
}

type button struct {
	ID, Label, Target, Icon, Pressed string

	Press bool // it answers
}

type cardView struct {
	Media   *mediaView
	Body    string
	Buttons buttonRow
}

func (v *visit) bubble(m *pilotstatustest.ChatMessage, href string, chat *pilotstatustest.Conversation) *bubble {
	c := &m.Content
	out := m.Direction == outbound
	b := &bubble{
		ID: m.ID, Kind: c.Kind, Status: m.Status, Href: href, Back: v.Here, At: m.At.UTC(), Class: "m in",
		Header: c.Header, Body: c.Body, Footer: c.Footer, Sections: c.Sections, Unknown: m.Unknown,
		Open: out && m.Sent != nil && !m.SentAt.IsZero() && m.Status != statusFailed,
	}
	b.Media = newMediaView(m, c.Media)
	b.Picture = b.Media != nil && b.Media.Show == "picture" && len(b.Body) < 2
	b.Buttons = b.row(c.Buttons)
	for _, card := range c.Cards {
		b.Cards = append(b.Cards, cardView{Media: newMediaView(m, card.Media), Body: card.Body, Buttons: b.row(card.Buttons)})
	}
	if c.Flow != nil {
		b.Flow = &flowView{Label: cmp.Or(c.Flow.Label, "Open the form"), Submitted: second(c.Flow.Submitted)}
	}
	b.answered(c.Answer)
	if out {
		b.Class = "m out"
		b.state(m, v)
	} else if chat.Kind != "DIRECT" {
		b.Sender = cmp.Or(m.SenderName, phone(m.SenderPhone), m.SenderUserID)
	}
	if !out && chat.Kind == "NEWSLETTER" {
		b.Sender = cmp.Or(b.Sender, nameOfContact(chat)) // nobody in it writes but the channel
	}
	b.shape(c)
	b.Notes = notesOf(m)
	return b
}

// row are the buttons of the message or of a card of it.
func (b *bubble) row(buttons []pilotstatustest.Button) buttonRow {
	row := buttonRow{Message: b.ID, Back: b.Back, Open: b.Open}
	for _, one := range buttons {
		icons := map[string]string{"url": "link", "call": "call", "copy": "copy", "flow": "form"}
		if one.Kind == "flow" && b.Flow == nil {
			b.Flow = &flowView{Label: one.Label, Submitted: second(one.Pressed)}
			continue
		}
		row.Buttons = append(row.Buttons, button{
			ID: one.ID, Label: one.Label, Target: targetOf(one), Icon: cmp.Or(icons[one.Kind], "reply"),
			Pressed: second(one.Pressed), Press: one.Kind == "reply",
		})
	}
	return row
}

// targetOf is where a button leads; the payload of one that answers is in the request.
func targetOf(b pilotstatustest.Button) string {
	if b.Kind == "reply" {
		return ""
	}
	return b.Target
}

// answered shows how a person answered.
func (b *bubble) answered(a *pilotstatustest.Answer) {
	if a == nil {
		return
	}
	b.Row = a.RowID
	for _, name := range slices.Sorted(maps.Keys(a.Form)) {
		text, ok := a.Form[name].(string)
		if !ok {
			raw, err := json.Marshal(a.Form[name])
			if err != nil {
				raw = []byte(fmt.Sprint(a.Form[name]))
			}
			text = string(raw)
		}
		b.Form = append(b.Form, formAnswer{name, text})
	}
	if a.Form != nil && len(a.Form) == 0 {
		b.Empty = "Submitted without answers"
	}
}

// shape chooses the width, and says something where a message has nothing to show.
func (b *bubble) shape(c *pilotstatustest.Content) {
	switch {
	case len(c.Cards) > 0 || len(c.Sections) > 0:
		b.Class += " wide"
	case c.Kind == "template" || len(c.Buttons) > 0:
		b.Class += " tpl"
	}
	if b.Media == nil && len(b.Header)+len(b.Body)+len(b.Form)+len(b.Cards)+len(b.Sections) == 0 && b.Flow == nil && b.Empty == "" {
		b.Empty = "A message of the type “" + c.Kind + "”, without a text"
	}
}

// mark shows that the message is the one that is open.
func (b *bubble) mark(selected string) {
	if selected == b.ID {
		b.Selected, b.Class = true, b.Class+" sel"
	}
}

// state shows where a sent message is.
func (b *bubble) state(m *pilotstatustest.ChatMessage, v *visit) {
	b.State = tickOf(m, v.Now)
	switch b.State.Word {
	case "failed":
		b.Class += " fail"
		b.Why = whyFailed(m)
	case "held":
		b.Class += " wait"
		b.Why = &reason{
			Class: "hold", Icon: "hold", Text: "Held: the number is not connected.",
			Link: &link{"numbers#n-" + m.NumberID, "Connect the number"},
		}
	case "scheduled":
		b.Class += " wait"
		at := m.Sent.DeliverAt.UTC()
		b.Why = &reason{
			Class: "plan", Icon: "cal", Text: "Goes out " + at.Format("Mon 2 Jan, 15:04") + ", in " + span(at.Sub(v.Now)) + ".",
			Jump: m.Sent.DeliverAt,
		}
		if v.Fail.Form == "advance" && v.Typed("message") == m.ID {
			b.Error = v.Fail.Text
		}
	case "queued":
		b.Class += " wait"
	case "canceled":
		b.Class += " gone"
	}
}
