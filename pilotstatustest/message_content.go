package pilotstatustest

import (
	"strings"
	"time"
)

// Content is what a message shows, read out of its request or out of what was received.
// Texts, names and addresses are data of others: escape them.
type Content struct {
	// Kind is template, text, list, carousel, flow, or the type of media such as image; of
	// received messages also what Inbound.Type said, button_reply, list_reply and flow_reply.
	Kind string

	Header  []Span // text above the body
	Media   *Media // of the message or in place of the header; nil for none
	Body    []Span
	Footer  string
	Buttons []Button

	ListButton string // opens the sections
	Sections   []ListSection
	Cards      []Card
	Flow       *FlowForm
	Answer     *Answer // of a person, see Number.Press; nil for anything else
}

// Span is a piece of text. Pieces in a row make the text.
type Span struct {
	Text     string
	Variable string // whose value the text is; "" for text of the template
}

// Button is a button below a message or card.
type Button struct {
	ID      string // for Number.Press, such as 0, or 2/0 in the third card
	Kind    string // reply, url, call, copy, flow, or what the request says
	Label   string
	Target  string // URL, phone, code to copy, or payload
	Pressed time.Time
}

// ListSection is a part of a list.
type ListSection struct {
	Title string
	Rows  []ListRow
}

// ListRow is a row that a person can choose.
type ListRow struct {
	ID          string
	Title       string
	Description string
	Chosen      time.Time
}

// Card is a card of a carousel.
type Card struct {
	Media   *Media
	Body    string
	Buttons []Button
}

// FlowForm is a flow that a message opens.
type FlowForm struct {
	ID        string
	Label     string // of the button
	Screen    string
	Token     string
	Submitted time.Time
}

// Media is a file of a message. The server does not fetch one that is only named by URL.
type Media struct {
	Kind     string // image, video, audio, document or sticker
	MimeType string // "": unknown
	FileName string // "": unknown
	URL      string // "" for a file that came in the request
	ID       string // at Meta, of a received file
	Size     int    // bytes, of a file that the server has; see Server.MessageFile
	Part     string // names the file within its message
}

// File is a file of a message.
type File struct {
	Kind     string // image, video, audio, document or sticker
	MimeType string // such as image/jpeg
	FileName string // may be ""
	Data     []byte
}

// Answer is how a person answered a message.
type Answer struct {
	MessageID string         // as in ChatMessage, of what was answered
	ButtonID  string         // of a button
	RowID     string         // of a list
	Payload   string         // of a button that has one
	Form      map[string]any // of a flow
}

// PlainText is the text of spans.
func PlainText(spans []Span) string {
	var b strings.Builder
	for _, one := range spans {
		b.WriteString(one.Text)
	}
	return b.String()
}

// texts calls use with everything that can be read in the message.
func (c *Content) texts(use func(string)) {
	use(PlainText(c.Header))
	use(PlainText(c.Body))
	use(c.Footer)
	use(c.ListButton)
	buttons := func(all []Button) {
		for i := range all {
			use(all[i].Label)
			use(all[i].Target)
		}
	}
	buttons(c.Buttons)
	for _, section := range c.Sections {
		use(section.Title)
		for _, row := range section.Rows {
			use(row.ID)
			use(row.Title)
			use(row.Description)
		}
	}
	for _, card := range c.Cards {
		use(card.Body)
		buttons(card.Buttons)
	}
	if c.Flow != nil {
		use(c.Flow.Label)
		use(c.Flow.Token)
	}
	if c.Media != nil {
		use(c.Media.FileName)
	}
	if c.Answer != nil {
		use(c.Answer.RowID)
		use(c.Answer.Payload)
	}
}
