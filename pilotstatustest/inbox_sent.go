package pilotstatustest

import (
	"cmp"
	"encoding/json"
	"mime"
	"strings"
)

// noteSent stores the row of an accepted send.
func (s *state) noteSent(m *message) {
	p := peer{jid: m.GroupID + m.NewsletterID} // at most one of them is set
	switch {
	case m.GroupID != "":
		if g := s.groups.find(m.number, m.GroupID); g != nil {
			p.name = g.subject
		}
	case m.NewsletterID != "":
		p.name = s.groups.channelName(m.number, m.NewsletterID)
	default:
		p = m.person()
	}
	content := s.contentOf(m)
	r := &chatRow{
		direction: outbound, kind: content.kind, origin: "API", text: content.text, media: content.media,
		message: m, storedAt: m.CreatedAt, marksRead: m.marksRead,
	}
	s.store(m.number, "", p, r)
	r.phone, r.userID = r.conversation.phone, r.conversation.userID
	if r.conversation.kind() == directConversation {
		r.name = r.conversation.name
	}
}

// person is whom a message is for, if it is not for a group or channel.
func (m *message) person() peer {
	if isUserID(m.DestinationNumber) {
		return peer{userID: m.DestinationNumber}
	}
	return peer{phone: withPlus(m.DestinationNumber)}
}

// sentContent is what a send shows.
type sentContent struct {
	kind  string
	text  string
	media *chatMedia
}

// contentOf reads the content of a send out of its request.
func (s *state) contentOf(m *message) sentContent {
	var in sendRequest
	if decode(m.Body, &in) != nil {
		in = sendRequest{} // what did not come as a request shows no content
	}
	out := sentContent{kind: "text", text: s.sentText(m, &in)}
	if in.Media != nil {
		out.kind = strings.Replace(value(in.MediaType), "voice", "audio", 1)
		out.media = &chatMedia{Provider: m.number.engine()}
		out.media.MimeType, out.media.URL = mediaSource(*in.Media)
	}
	return out
}

// sentText is what the person reads; "" where that is not one text.
func (s *state) sentText(m *message, in *sendRequest) string {
	if m.Mode != modeTemplate {
		return cmp.Or(value(in.Text), value(in.Caption))
	}
	t := s.templateOf(m.number, m.Template)
	if t == nil {
		return "" // deleted meanwhile
	}
	return t.fill(in.Variables)
}

// fill puts values into the text of a template.
func (t *template) fill(values map[string]json.RawMessage) string {
	text := t.text
	for _, name := range t.variables {
		var v string
		if json.Unmarshal(values[name], &v) == nil {
			text = strings.ReplaceAll(text, "{{"+name+"}}", v)
		}
	}
	return text
}

// mediaSource returns the type of a data URI, or else the URL.
func mediaSource(source string) (kind, url *string) {
	data, ok := strings.CutPrefix(source, "data:")
	if !ok {
		return nil, &source
	}
	head, _, _ := strings.Cut(data, ",")
	mediaType, _, _ := mime.ParseMediaType(strings.TrimSuffix(head, ";base64"))
	return nullable(mediaType), nil
}

// engine is what stands behind a number, as media rows name it.
func (n *number) engine() string {
	if n.official() {
		return providerMeta
	}
	return "EVO_GO"
}

// follow copies what became of a send into its row.
func (r *chatRow) follow() {
	m := r.message
	if m == nil {
		return
	}
	r.status, r.externalID = m.Status, m.ExternalID
	r.sentAt, r.deliveredAt, r.readAt = m.SentAt, m.DeliveredAt, m.ReadAt
	r.at = m.CreatedAt
	if !m.SentAt.IsZero() {
		r.at = m.SentAt
	}
}
