package pilotstatustest

import (
	"cmp"
	"encoding/json"
	"maps"
	"mime"
	"slices"
	"strconv"
	"strings"
)

// chatView is a message that was copied under the lock, with what its content is read from.
type chatView struct {
	ChatMessage

	sent     *Message
	layout   []byte
	answers  []given
	received Content
}

// read makes the content of a send out of its request. It needs no lock: what it reads does
// not change.
func (v *chatView) read() Content {
	if v.sent == nil {
		return v.received
	}
	var in sendRequest
	if decode(v.sent.Body, &in) != nil {
		return Content{Kind: v.sent.Mode} // what did not come as a request shows no content
	}
	c := Content{Kind: v.sent.Mode, Footer: value(in.Footer)}
	c.Body = plainSpans(cmp.Or(value(in.Text), value(in.Caption)))
	if in.Media != nil {
		c.Media = mediaOf(*in.Media, value(in.MediaType), "media")
	}
	switch v.sent.Mode {
	case modeTemplate:
		c.readTemplate(v.layout, &in)
	case modeMedia:
		c.Kind = c.Media.Kind
	case modeText:
		c.readHeader(in.Header)
		for i, b := range in.Buttons {
			c.Buttons = append(c.Buttons, Button{
				ID: strconv.Itoa(i), Kind: b.Type, Label: b.Label, Target: cmp.Or(b.URL, b.PhoneNumber, b.CopyCode),
			})
		}
	case modeList:
		c.ListButton, c.Sections = in.List.ButtonText, rowsOf(in.List.Sections, readSection)
	case modeCarousel:
		c.readCards(in.Carousel.Cards)
	case modeFlow:
		c.Flow = &FlowForm{ID: in.Flow.FlowID, Label: in.Flow.CTA, Screen: in.Flow.Screen, Token: v.sent.FlowToken}
	}
	if v.sent.Mode == modeTemplate && v.sent.FlowToken != "" {
		c.Flow = &FlowForm{Label: v.sent.Template, Token: v.sent.FlowToken}
	}
	c.mark(v.answers)
	return c
}

func (c *Content) readHeader(h *sendHeader) {
	switch {
	case h == nil:
	case h.Type == "text":
		c.Header = plainSpans(h.Content)
	default:
		c.Media = mediaOf(h.Content, h.Type, "header")
	}
}

// readTemplate puts the values of a request into the template as it was then.
func (c *Content) readTemplate(layout json.RawMessage, in *sendRequest) {
	var t templateBody
	if decode(layout, &t) != nil {
		return
	}
	if t.Body != nil {
		c.Body = fillSpans(t.Body.Text, in.Variables)
	}
	if t.Footer != nil {
		c.Footer = t.Footer.Text
	}
	if h := t.Header; h != nil {
		switch {
		case h.Type == "TEXT":
			c.Header = fillSpans(h.Text, in.Variables)
		case c.Media == nil && h.URL+h.Base64 != "":
			c.Media = mediaOf(cmp.Or(h.URL, h.Base64), strings.ToLower(h.Type), "header")
		}
	}
	for i := range t.Buttons {
		c.Buttons = append(c.Buttons, t.Buttons[i].read(strconv.Itoa(i), in.Variables))
	}
}

func (b *templateButton) read(id string, values map[string]json.RawMessage) Button {
	out := Button{ID: id, Kind: buttonKind(b.Type), Label: b.Text, Target: PlainText(fillSpans(cmp.Or(b.URL, b.PhoneNumber), values))}
	if len(b.Example) == 1 && b.Type == "COPY_CODE" {
		out.Target = PlainText(fillSpans("{{"+b.Example[0]+"}}", values))
	}
	return out
}

// buttonKind is the word of a send for a kind of buttons of templates and cards.
func buttonKind(word string) string {
	switch word {
	case "QUICK_REPLY":
		return "reply"
	case "PHONE_NUMBER":
		return "call"
	case "COPY_CODE":
		return "copy"
	}
	return strings.ToLower(word)
}

func readSection(s sendSection) ListSection {
	return ListSection{Title: s.Title, Rows: rowsOf(s.Rows, func(r sendRow) ListRow {
		return ListRow{ID: r.RowID, Title: r.Title, Description: r.Description}
	})}
}

func (c *Content) readCards(cards []sendCard) {
	for i, card := range cards {
		out := Card{Body: card.Body, Media: cardMedia(card.Media, cardPart(i))}
		for j, b := range card.Buttons {
			out.Buttons = append(out.Buttons, Button{
				ID: strconv.Itoa(i) + "/" + strconv.Itoa(j), Kind: buttonKind(b.Type), Label: b.Text, Target: cmp.Or(b.URL, b.Payload),
			})
		}
		c.Cards = append(c.Cards, out)
	}
}

func cardPart(i int) string { return "card " + strconv.Itoa(i) }

func cardMedia(media map[string]string, part string) *Media {
	kind := strings.ToLower(cmp.Or(media["type"], media["mediaType"], "image"))
	if source := cardSource(media); source != "" {
		return mediaOf(source, kind, part)
	}
	return &Media{Kind: kind, Part: part}
}

// cardSource finds the file of a card. The reference does not name the members: it is the
// first one whose value is an address or a data URI.
func cardSource(media map[string]string) string {
	for _, name := range slices.Sorted(maps.Keys(media)) {
		if text := media[name]; strings.HasPrefix(text, "data:") || isWebhookURL(text) {
			return text
		}
	}
	return ""
}

// mediaOf describes the file that a send names by its URL or has in a data URI.
func mediaOf(source, kind, part string) *Media {
	m := &Media{Kind: strings.Replace(kind, "voice", "audio", 1), Part: part}
	mimeType, data, ok := cutDataURI(source)
	if !ok {
		m.URL = source
		return m
	}
	m.MimeType, m.Size = mimeType, len(data)*3/4-strings.Count(data[max(len(data)-2, 0):], "=")
	return m
}

// cutDataURI returns the type and the base64 of a data URI.
func cutDataURI(source string) (mimeType, data string, ok bool) {
	rest, ok := strings.CutPrefix(source, "data:")
	if !ok {
		return "", "", false
	}
	head, data, _ := strings.Cut(rest, ",")
	mimeType, _, _ = mime.ParseMediaType(strings.TrimSuffix(head, ";base64"))
	return mimeType, data, true
}

func plainSpans(text string) []Span {
	if text == "" {
		return nil
	}
	return []Span{{Text: text}}
}

// fillSpans puts values into a text with placeholders. One without a value stays as it is.
func fillSpans(text string, values map[string]json.RawMessage) []Span {
	var spans []Span
	for text != "" {
		before, rest, found := strings.Cut(text, "{{")
		name, after, closed := strings.Cut(rest, "}}")
		if !found || !closed {
			return append(spans, Span{Text: text})
		}
		if before != "" {
			spans = append(spans, Span{Text: before})
		}
		var v string
		if json.Unmarshal(values[name], &v) != nil {
			v = "{{" + name + "}}"
		}
		spans, text = append(spans, Span{Text: v, Variable: name}), after
	}
	return spans
}

// mark notes what people pressed, chose and submitted.
func (c *Content) mark(answers []given) {
	for _, one := range answers {
		one.press(c.Buttons)
		for i := range c.Cards {
			one.press(c.Cards[i].Buttons)
		}
		for i := range c.Sections {
			one.choose(c.Sections[i].Rows)
		}
		if c.Flow != nil && one.flow {
			c.Flow.Submitted = one.at
		}
	}
}

func (g *given) press(buttons []Button) {
	for i := range buttons {
		if g.buttonID != "" && buttons[i].ID == g.buttonID {
			buttons[i].Pressed = g.at
		}
	}
}

func (g *given) choose(rows []ListRow) {
	for i := range rows {
		if g.rowID != "" && rows[i].ID == g.rowID {
			rows[i].Chosen = g.at
		}
	}
}
