package pilotstatuspg

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/pilotstatus/pilotstatus-go"
)

// contactOf returns the number and the contact that an event is of: the group, the sender or
// the recipient, in one spelling. The contact is "" for an event without one.
func contactOf(event pilotstatus.Event) (number, contact string) {
	switch e := event.(type) {
	case *pilotstatus.MessageStatusEvent:
		return e.NumberID, contactID(e.To)
	case *pilotstatus.MessageFailedEvent:
		return e.NumberID, contactID(e.To)
	case pilotstatus.InboundEvent:
		m := e.Message()
		to, found := e.Recipient()
		switch {
		case found:
			return m.NumberID, contactID(to.Value())
		case m.FromMe: // typed on the phone of the number
			return m.NumberID, contactID(m.To)
		}
		return m.NumberID, contactID(e.Sender().From)
	}
	return "", ""
}

// contactID returns one text for all spellings of a contact: 55…, +55…, 55…@c.us and, with
// a device, 55…:1@s.whatsapp.net.
func contactID(text string) string {
	if account, _, isJID := strings.Cut(text, "@"); isJID {
		text, _, _ = strings.Cut(account, ":")
	}
	return strings.TrimPrefix(text, "+")
}

// lockOf returns the number of an advisory lock of this schema. Two that are equal by chance
// cost a wait.
func (o *Outbox) lockOf(parts ...string) int64 {
	hash := sha256.New()
	for _, part := range append([]string{o.channel}, parts...) {
		_, _ = fmt.Fprintf(hash, "%d:%s", len(part), part)
	}
	return int64(binary.BigEndian.Uint64(hash.Sum(nil))) //nolint:gosec // any number will do
}
