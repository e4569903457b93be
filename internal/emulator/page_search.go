package emulator

import (
	"net/url"
	"strings"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// searchPage is what was found.
type searchPage struct {
	*frame
	Counted  string
	Shown    string
	Contacts []contactRow
	Others   []tryRow
	Messages []hitRow
	Older    string
	Newer    string
	Dropped  string
}

// hitRow is a message that was found.
type hitRow struct {
	ID, Href, Name, Initials, At, State string

	Out   bool
	Parts []piece
}

const maxContactHits = 20

// search shows ?q=&before=.
func (v *visit) search(q url.Values) shown {
	s := &searchPage{frame: &v.frame}
	v.Query = strings.TrimSpace(q.Get("q"))
	v.Title, v.Stale = "Search", always+" message dropped"
	if v.Query == "" {
		return s
	}
	v.Title = v.Query + " · Search"
	found := v.engine.FindMessages(pilotstatustest.MessageQuery{Text: v.Query, Before: q.Get("before"), Limit: chatMessages})
	names := v.searchContacts(s)
	v.searchIDs(s)
	for i := range found.Messages {
		s.Messages = append(s.Messages, v.hit(&found.Messages[i], names))
	}
	s.Counted = count(found.Total, "message")
	if n := len(s.Contacts); n > 0 {
		s.Counted += ", " + count(n, "contact")
	}
	s.Shown = grouped(len(s.Messages)) + " of " + grouped(found.Total)
	if n := len(found.Messages); found.More && n > 0 {
		s.Older = v.changed(q, "before", found.Messages[n-1].ID)
	}
	if q.Get("before") != "" {
		s.Newer = v.without(q, "before")
	}
	if found.Dropped > 0 {
		s.Dropped = count(found.Dropped, "older message")
	}
	return s
}

// searchContacts finds contacts of every number, and returns the names of all.
func (v *visit) searchContacts(s *searchPage) map[string]string {
	names := map[string]string{}
	wanted, wantedPhone := strings.ToLower(v.Query), phoneWanted(v.Query)
	for _, n := range v.numberInfos() {
		for _, chat := range v.engine.Conversations(n.ID).Conversations {
			names[chat.ID] = nameOfContact(&chat)
			text := strings.ToLower(strings.Join([]string{chat.Name, chat.Phone, chat.UserID, chat.Username, chat.JID, chat.ID}, "\n"))
			if len(s.Contacts) < maxContactHits && (strings.Contains(text, wanted) || strings.Contains(text, wantedPhone)) {
				s.Contacts = append(s.Contacts, v.contactRow(&chat, ""))
			}
		}
	}
	return names
}

// searchIDs finds a request or delivery by its whole id.
func (v *visit) searchIDs(s *searchPage) {
	requests := v.engine.FindRequests(pilotstatustest.RequestQuery{Limit: newestRequest}).Requests
	if r, err := v.engine.Request(v.Query); err == nil {
		requests = append(requests, r)
	}
	seen := map[string]bool{}
	for _, r := range requests {
		if seen[r.ID] {
			continue
		}
		seen[r.ID] = true
		if r.ID == v.Query || r.Header.Get("Idempotency-Key") == v.Query {
			c := requestChip(&r)
			s.Others = append(s.Others, tryRow{
				ID: r.ID, Icon: "list", Text: "Request " + r.ID + ", " + opOf(&r), Href: with("requests", "request", r.ID), Chip: &c,
			})
		}
	}
	if d, err := v.engine.Delivery(v.Query); err == nil {
		c := deliveryChip(&d)
		s.Others = append(s.Others, tryRow{
			ID: d.ID, Icon: "out", Text: "Delivery " + d.ID + ", " + d.Event, Href: with("deliveries", "delivery", d.ID), Chip: &c,
		})
	}
}

func (v *visit) hit(m *pilotstatustest.ChatMessage, names map[string]string) hitRow {
	name := names[m.ConversationID]
	row := hitRow{
		ID: m.ID, Href: with("conversations", "number", m.NumberID, "chat", m.ConversationID, "before", v.anchor(m), "message", m.ID),
		Name: name, Initials: initials(name), At: v.about(m.At), Out: m.Direction == outbound, Parts: marked(summary(m), v.Query),
	}
	if t := tickOf(m, v.Now); t != nil {
		row.State = t.Word
	}
	return row
}

// anchor lets the chat show a page with the message: "" for the newest page.
func (v *visit) anchor(m *pilotstatustest.ChatMessage) string {
	q := pilotstatustest.MessageQuery{NumberID: m.NumberID, ConversationID: m.ConversationID, After: m.Seq, Limit: 1}
	newer := v.engine.FindMessages(q)
	if newer.Total < chatMessages {
		return ""
	}
	q.Limit = newer.Total
	page := v.engine.FindMessages(q)
	// The page that ends some messages after it.
	return page.Messages[max(0, len(page.Messages)-chatMessages/2)].ID
}

// marked splits a text around what was searched.
func marked(text, wanted string) []piece {
	var pieces []piece
	lower, wanted := strings.ToLower(text), strings.ToLower(wanted)
	if len(lower) != len(text) {
		return []piece{{Text: text}}
	}
	for {
		i := strings.Index(lower, wanted)
		if i < 0 || wanted == "" {
			return append(pieces, piece{Text: text})
		}
		pieces = append(pieces, piece{Text: text[:i]}, piece{text[i : i+len(wanted)], "mark"})
		text, lower = text[i+len(wanted):], lower[i+len(wanted):]
	}
}
