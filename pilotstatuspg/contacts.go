package pilotstatuspg

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pilotstatus/pilotstatus-go"
)

// keepContacts is how long a contact is kept after the last message.
const keepContacts = 30 * day

// storedRecipient returns a recipient as its column holds it: one text for one recipient,
// however a phone number is spelled: with or without "+", blanks or the JID of a phone.
// A ninth digit is neither added nor removed, and a hidden number ("@lid") stays a user:
// nothing says which phone it is.
func storedRecipient(r pilotstatus.Recipient) string {
	kind, value := r.Kind(), r.Value()
	if kind == pilotstatus.RecipientKindUser {
		kind, value = contactOfJID(value)
	}
	if kind == pilotstatus.RecipientKindPhone {
		value = "+" + digitsOf(value)
	}
	return string(kind) + ":" + value
}

// contactOfJID returns a user id without the device in it, or the phone that it is the JID
// of.
func contactOfJID(id string) (pilotstatus.RecipientKind, string) {
	name, server, found := strings.Cut(id, "@")
	if !found {
		return pilotstatus.RecipientKindUser, id
	}
	account, device, _ := strings.Cut(name, ":")
	switch {
	case digitsOf(account) != account || digitsOf(device) != device || account == "":
		return pilotstatus.RecipientKindUser, id
	case server == "c.us" || server == "s.whatsapp.net":
		return pilotstatus.RecipientKindPhone, account
	case server == "lid":
		return pilotstatus.RecipientKindUser, account + "@" + server
	}
	return pilotstatus.RecipientKindUser, id
}

func digitsOf(text string) string {
	return strings.Map(func(c rune) rune {
		if c < '0' || c > '9' {
			return -1
		}
		return c
	}, text)
}

// readRecipient is the inverse of storedRecipient.
func readRecipient(stored string) pilotstatus.Recipient {
	kind, value, _ := strings.Cut(stored, ":")
	switch pilotstatus.RecipientKind(kind) {
	case pilotstatus.RecipientKindPhone:
		return pilotstatus.Phone(value)
	case pilotstatus.RecipientKindUser:
		return pilotstatus.UserID(value)
	case pilotstatus.RecipientKindGroup:
		return pilotstatus.GroupID(value)
	case pilotstatus.RecipientKindNewsletter:
		return pilotstatus.NewsletterID(value)
	}
	return pilotstatus.Recipient{}
}

// inbound is when a contact wrote to a number.
type inbound struct {
	numberID string
	contact  string // "" where no contact wrote
	at       time.Time
}

// inboundOf returns who wrote, with an event of an inbound message: nobody in a group or a
// channel, or on the phone of the number itself.
func inboundOf(event pilotstatus.Event) inbound {
	switch event.(type) {
	case *pilotstatus.MessageReceivedEvent, *pilotstatus.MessageReplyEvent:
	default:
		return inbound{}
	}
	e, _ := event.(pilotstatus.InboundEvent) // they are
	to, ok := e.Recipient()
	message := e.Message()
	if !ok || !hasWindow(to) || checkNumberID(message.NumberID) != nil || !storableTime(message.CreatedAt.Time) {
		return inbound{}
	}
	contact := storedRecipient(to)
	if len(contact) > maxIndexed || contact != storable(contact) {
		return inbound{}
	}
	return inbound{numberID: message.NumberID, contact: contact, at: message.CreatedAt.Time}
}

// hasWindow reports whether a recipient is a person.
func hasWindow(r pilotstatus.Recipient) bool {
	return r.Kind() == pilotstatus.RecipientKindPhone || r.Kind() == pilotstatus.RecipientKindUser
}

// storableTime reports whether a time was read, and PostgreSQL can store it.
func storableTime(at time.Time) bool { return !at.IsZero() && at.Year() > 0 && at.Year() <= maxYear }

// contactSQL notes when a contact wrote. Older events change nothing, and no clock that
// is ahead of the database's keeps a window open for longer.
const contactSQL = `
INSERT INTO pilotstatus.contact AS c (contact, number_id, last_inbound_at) VALUES ($1, $2, least($3::timestamptz, clock_timestamp()))
ON CONFLICT (contact, number_id) DO UPDATE SET last_inbound_at = excluded.last_inbound_at
WHERE excluded.last_inbound_at > c.last_inbound_at`

func (o *Outbox) recordInbound(ctx context.Context, db DB, i inbound) error {
	_, err := o.exec(ctx, db, recording, contactSQL, i.contact, i.numberID, i.at)
	return err
}

// openCondition is whether the window of contact c is open: 24 hours after the last
// message, less 10 minutes. The API queues what it accepts, the clocks of WhatsApp and the
// database differ, and a text that comes too late fails.
const openCondition = `c.last_inbound_at > clock_timestamp() - interval '23 hours 50 minutes'`

const windowOpenSQL = `
SELECT ` + openCondition + ` FROM pilotstatus.contact c WHERE c.contact = $1 AND c.number_id = $2`

// WindowOpen reports whether a contact wrote to the number within the last 24 hours, less
// 10 minutes: the API queues what it accepts, and clocks differ. An official number sends
// free text within that window only, and later templates ([WithFallback]). It knows what
// [Outbox.Record] or [Outbox.Receive] was told of inbound messages.
//
// The spelling of a phone number does not matter, except for a ninth digit of Brazil, and
// a contact whose number is hidden is another than the phone. A contact that is not found
// counts as closed, which is the safe side: a template arrives all the same. Groups and
// channels have no window: false. Do not ask it for a web number, which sends free text at
// any time: the outbox does not know the kind of a number.
func (o *Outbox) WindowOpen(ctx context.Context, db DB, numberID string, to pilotstatus.Recipient) (bool, error) {
	if err := checkNumberID(numberID); err != nil {
		return false, err
	}
	if to.Value() == "" {
		return false, invalid("to", "a recipient is required")
	}
	contact := storedRecipient(to)
	if err := checkText("to", contact); err != nil || !hasWindow(to) {
		return false, err
	}
	open, err := collect(ctx, db, "reading a contact", pgx.RowTo[bool], o.in(windowOpenSQL),
		contact, numberID)
	return len(open) == 1 && open[0], err
}

// deleteContactsSQL forgets contacts that wrote $1 seconds ago, $2 at most.
const deleteContactsSQL = `
DELETE FROM pilotstatus.contact d
WHERE d.ctid = ANY(ARRAY(
  SELECT c.ctid FROM pilotstatus.contact c WHERE c.last_inbound_at < now() - make_interval(secs => $1::float8)
  ORDER BY c.last_inbound_at LIMIT $2 FOR UPDATE SKIP LOCKED))`
