package emulator

import (
	"cmp"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// contactRow is a conversation in a list.
type contactRow struct {
	ID, Href, Name, Initials, Icon, Address, At, Last string

	Planned bool // the newest message goes out later
	Unread  int
	Current bool
}

func (v *visit) contactRow(chat *pilotstatustest.Conversation, contacts string) contactRow {
	name := nameOfContact(chat)
	return contactRow{
		ID: chat.ID, Name: name, Initials: initials(name), Icon: kindIcon(chat.Kind), Address: addressOf(chat),
		Href: with("conversations", "number", chat.NumberID, "chat", chat.ID, "contacts", contacts),
		At:   v.about(chat.LastAt), Last: lastLine(chat), Planned: chat.Last != nil && planned(chat.Last, v.Now), Unread: chat.Unread,
	}
}

// kindIcon stands for a group or channel; a person has initials.
func kindIcon(kind string) string {
	switch kind {
	case "GROUP":
		return "group"
	case "NEWSLETTER":
		return "send"
	}
	return ""
}

// addressOf is what WhatsApp knows a contact by; "" where it is shown as its name.
func addressOf(chat *pilotstatustest.Conversation) string {
	address := cmp.Or(phone(chat.Phone), chat.UserID, chat.JID, chat.Username)
	if address == nameOfContact(chat) {
		return ""
	}
	return address
}

// lastLine says in a list what the newest message is.
func lastLine(chat *pilotstatustest.Conversation) string {
	m := chat.Last
	if m == nil {
		return "Nothing written yet"
	}
	text := summary(m)
	if m.Status == "FAILED" {
		text = "Failed: " + text
	}
	if chat.Kind == "GROUP" && m.SenderName != "" && m.Direction == inbound {
		text = m.SenderName + ": " + text
	}
	return text
}
