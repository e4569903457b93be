package pilotstatus

import (
	"bytes"
	"strings"
)

func (m *EventMessage) filled(text []byte) bool {
	return m.NumberID != "" && m.ID != "" && m.To != "" && isTimeText(m.CreatedAt) &&
		(m.FromMe || saysFalse(text, `"fromMe"`))
}

// isTimeText reports whether a time came as a text. A number may be read as a time, but a
// delivery is refused that has one where a text is required.
func isTimeText(t Timestamp) bool { return !t.IsZero() && strings.ContainsRune(t.Text(), '-') }

// saysFalse reports whether the text has a member of that name that is false. In a
// string the quotes of the name would stand behind backslashes.
func saysFalse(text []byte, name string) bool {
	_, after, _ := bytes.Cut(text, []byte(name))
	after = bytes.TrimLeft(after, " \t\r\n")
	if !bytes.HasPrefix(after, []byte(":")) {
		return false
	}
	return bytes.HasPrefix(bytes.TrimLeft(after[1:], " \t\r\n"), []byte("false"))
}

func (e *MessageFailedEvent) filled(text []byte) bool {
	return e.EventMessage.filled(text) && e.Error != ""
}

func (e *MessageReceivedEvent) filled(text []byte) bool {
	return e.EventMessage.filled(text) && e.From != ""
}

func (e *MessageReplyEvent) filled(text []byte) bool {
	return e.EventMessage.filled(text) && e.From != ""
}

func (e *MessageGroupEvent) filled(text []byte) bool {
	return e.EventMessage.filled(text) && e.From != ""
}

func (e *MessageNewsletterEvent) filled(text []byte) bool {
	return e.EventMessage.filled(text) && e.From != ""
}

func (e *NumberEvent) filled([]byte) bool {
	return e.NumberID != "" && e.Phone != "" && e.DisplayName != "" && isTimeText(e.CreatedAt)
}

func (e *LeadEvent) filled([]byte) bool {
	for _, field := range e.Fields {
		if field.Key == "" || field.Values == nil {
			return false
		}
	}
	return e.LeadID != "" && e.LeadgenID != "" && e.WhatsAppNumberID != "" && e.PageID != "" && e.FormID != "" &&
		isTimeText(e.CreatedAt) && e.Fields != nil
}

func (e *CallEvent) filled([]byte) bool { return e.Status != "" && isTimeText(e.Timestamp) }
