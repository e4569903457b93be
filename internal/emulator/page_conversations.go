package emulator

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// conversationsPage is the numbers, the contacts of one, a chat and a message of it.
type conversationsPage struct {
	*frame
	Numbers      []numberTab
	MoreNumbers  int
	Contacts     []contactRow
	Total        int
	MoreContacts *link
	OnlyDropped  string
	ContactCurl  string
	Chat         *chatPane
	Look         *messageLook
	Gone         string // why the chat that the address names is not there

	code int
}

func (c *conversationsPage) status() int { return max(c.code, c.frame.status()) }

// numberTab is a number to choose.
type numberTab struct {
	ID, Name, Initials string

	State   numberState
	Current bool
}

const (
	railNumbers  = 100
	contactsStep = 100 // contacts that a list shows at first, and with each more
)

// conversations shows ?number=&chat=&message=&before=&contacts=.
func (v *visit) conversations(q url.Values) shown {
	c := &conversationsPage{frame: &v.frame}
	v.Title, v.Stale = "Conversations", always+" message call dropped"
	number := v.rail(c, q)
	if number == nil {
		return c
	}
	v.NumberID, c.ContactCurl = number.ID, v.contactCurl(number.ID)
	all := v.engine.Conversations(number.ID)
	c.Total = len(all.Conversations)
	if all.OnlyDropped > 0 {
		c.OnlyDropped = count(all.OnlyDropped, "contact")
	}
	chat := v.contacts(c, all.Conversations, q)
	if chat == nil {
		if q.Get("chat") != "" {
			c.Gone, c.code = "This chat is not there. It may be of a run before this one.", 404
		}
		return c
	}
	v.Pane, v.Title = "chat", nameOfContact(chat)
	c.Chat = v.chat(number, chat, q)
	c.Chat.Curls = v.customerCurls(c.Chat)
	if id := q.Get("message"); id != "" {
		v.Pane = "look"
		c.Look = v.messageLook(id, c.Chat)
		c.code = c.Look.code
	}
	return c
}

// openHeader names the number that is open to a request for an address that names none.
const openHeader = "X-Open-Number"

// rail lists the numbers and returns the one that is chosen: where the address names none, the
// one that is open, and else the busiest.
func (v *visit) rail(c *conversationsPage, q url.Values) *pilotstatustest.NumberInfo {
	all := v.numberInfos()
	asked := cmp.Or(q.Get("number"), v.open)
	chosen := slices.IndexFunc(all, func(n pilotstatustest.NumberInfo) bool { return n.ID == asked })
	if chosen < 0 && q.Get("number") == "" {
		chosen = v.busiest(all)
	}
	for i, n := range all {
		if i >= railNumbers && i != chosen {
			c.MoreNumbers++
			continue
		}
		name := nameOfNumber(n)
		c.Numbers = append(c.Numbers, numberTab{ID: n.ID, Name: name, Initials: initials(name), State: stateOf(n), Current: i == chosen})
	}
	if chosen < 0 {
		if q.Get("number") != "" {
			c.Gone, c.code = "There is no such number. It may be deleted, or of a run before this one.", 404
		}
		return nil
	}
	return &all[chosen]
}

// busiest is the number of the newest message, or the first one.
func (v *visit) busiest(all []pilotstatustest.NumberInfo) int {
	newest := v.engine.FindMessages(pilotstatustest.MessageQuery{Limit: 1}).Messages
	for i := range all {
		if len(newest) > 0 && all[i].ID == newest[0].NumberID {
			return i
		}
	}
	return min(0, len(all)-1)
}

// contacts lists the newest conversations and returns the one that is open.
func (v *visit) contacts(c *conversationsPage, all []pilotstatustest.Conversation, q url.Values) (open *pilotstatustest.Conversation) {
	limit, _ := strconv.Atoi(q.Get("contacts"))
	limit = min(max(limit, contactsStep), 10*contactsStep)
	for i := range all {
		chat := &all[i]
		current := chat.ID == q.Get("chat")
		if current {
			open = chat
		}
		if i >= limit && !current {
			continue
		}
		row := v.contactRow(chat, q.Get("contacts"))
		row.Current = current
		c.Contacts = append(c.Contacts, row)
	}
	if rest := len(all) - len(c.Contacts); rest > 0 {
		c.MoreContacts = &link{
			Href: with("conversations", "number", v.NumberID, "chat", q.Get("chat"), "contacts", strconv.Itoa(limit+contactsStep)),
			Text: count(rest, "older contact"),
		}
		if limit == 10*contactsStep {
			c.MoreContacts.Href, c.MoreContacts.Text = "search", c.MoreContacts.Text+": search for them"
		}
	}
	return open
}
