package emulator

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// chatPane is an open chat with the field to answer in.
type chatPane struct {
	ID, NumberID, Name, Initials, Icon, Address string

	Up     string // to the contacts
	Before string // the message that the page ends before
	Close  string // the chat without the message that is open
	Older  string
	Newer  string

	Window  *window
	Manual  bool // messages move by hand
	CanTick bool
	Dropped string
	Items   []chatItem

	CanWrite bool
	NoWrite  string // why not
	Who      string
	CanCall  bool
	Members  []option // of a group: who can write
	Member   string
	Press    *bubble   // the newest with buttons
	Choose   *bubble   // the newest list
	Submit   *bubble   // the newest flow
	Next     time.Time // when the next scheduled message goes out; zero: none waits
	Curls    customerCurls

	group    string              // its JID, for a group
	selected string              // the message that is open
	href     func(string) string // opens a message
}

// customerCurls are shell lines that answer as the customer does in the forms of a chat.
type customerCurls struct {
	Say, Press, Choose, Submit, Picture, Call string

	Jump string // brings the clock to the next scheduled message
}

// chatItem is one of these.
type chatItem struct {
	Sep    string
	Jump   string
	Call   *callBubble
	Bubble *bubble
	at     time.Time
}

const chatMessages = 50 // messages of a chat on one page

// chat shows a page of a conversation, the newest one unless the address says another.
func (v *visit) chat(number *pilotstatustest.NumberInfo, chat *pilotstatustest.Conversation, q url.Values) *chatPane {
	name := nameOfContact(chat)
	here := func(pairs ...string) string {
		return with("conversations", append([]string{"number", number.ID, "chat", chat.ID, "contacts", q.Get("contacts")}, pairs...)...)
	}
	before := q.Get("before")
	c := &chatPane{
		ID: chat.ID, NumberID: number.ID, Name: name, Initials: initials(name), Icon: kindIcon(chat.Kind), Address: addressOf(chat),
		Before: before, Up: with("conversations", "number", number.ID, "contacts", q.Get("contacts")), Close: here("before", before),
		Window: v.window(number, chat), Who: name, CanWrite: chat.Kind != "NEWSLETTER",
		NoWrite: "A channel is read only: nobody answers in it.", CanCall: chat.Kind == "DIRECT",
	}
	c.Manual, c.CanTick = v.engine.Tenant().TicksAreManual(), true
	found := v.engine.FindMessages(pilotstatustest.MessageQuery{
		ConversationID: chat.ID, NumberID: number.ID, Before: before, Limit: chatMessages,
	})
	c.Dropped = droppedOf(chat, &found)
	if n := len(found.Messages); found.More && n > 0 {
		c.Older = here("before", found.Messages[n-1].ID)
	}
	if before != "" {
		c.Newer = here()
	}
	c.selected, c.href = q.Get("message"), func(id string) string { return here("before", before, "message", id) }
	v.fill(c, chat, found.Messages)
	if chat.Kind == "GROUP" {
		c.group = chat.JID
		c.members(found.Messages)
	}
	return c
}

// droppedOf says how many messages are not there any more. Those that were dropped before
// anybody looked at the chat are known as some of the server only.
func droppedOf(chat *pilotstatustest.Conversation, found *pilotstatustest.MessagePage) string {
	switch {
	case chat.Dropped > 0:
		return count(chat.Dropped, "older message")
	case found.Dropped > 0 && !found.More:
		return count(found.Dropped, "older message") + " of all chats"
	}
	return ""
}

// fill puts the messages in their order between days, jumps of the clock and calls.
func (v *visit) fill(c *chatPane, chat *pilotstatustest.Conversation, messages []pilotstatustest.ChatMessage) {
	slices.Reverse(messages)
	texts := map[string]string{}
	for i := range messages {
		m := &messages[i]
		texts[m.ID], texts[m.ExternalID] = summary(m), summary(m)
		b := v.bubble(m, c.href(m.ID), chat)
		b.mark(c.selected)
		if m.ReplyTo != "" {
			b.Quote = v.quoted(m.ReplyTo, texts)
		}
		c.Items = append(c.Items, chatItem{Bubble: b, at: m.At})
		c.remember(b)
	}
	var from time.Time
	if len(messages) > 0 && c.Older != "" {
		from = messages[0].At
	}
	if c.Newer == "" {
		c.insert(v.callBubbles(c.NumberID, chat, from))
		for _, j := range v.jumps.of(v.tenant) {
			if !j.At.Before(from) && len(messages) > 0 && j.At.After(messages[0].At) {
				text := "clock advanced by " + moved(j.By)
				c.insert([]chatItem{{Jump: text + ", " + second(j.At), at: j.At}})
			}
		}
	}
	c.separate()
}

// remember notes what the customer can answer to.
func (c *chatPane) remember(b *bubble) {
	switch {
	case b.Why != nil && !b.Why.Jump.IsZero():
		if c.Next.IsZero() || b.Why.Jump.Before(c.Next) {
			c.Next = b.Why.Jump
		}
	case !b.Open:
	case slices.ContainsFunc(b.Buttons.Buttons, func(one button) bool { return one.Press }):
		c.Press = b
	case len(b.Sections) > 0:
		c.Choose = b
	case b.Flow != nil && b.Flow.Submitted == "":
		c.Submit = b
	}
}

// insert puts items at their times, after messages of the same time.
func (c *chatPane) insert(items []chatItem) {
	for _, one := range items {
		i := len(c.Items)
		for i > 0 && c.Items[i-1].at.After(one.at) {
			i--
		}
		c.Items = slices.Insert(c.Items, i, one)
	}
}

// separate puts a line with its date before each day.
func (c *chatPane) separate() {
	var out []chatItem
	var last time.Time
	for _, one := range c.Items {
		if last.IsZero() || !sameDay(last, one.at) {
			out = append(out, chatItem{Sep: day(one.at), at: one.at})
		}
		last = one.at
		out = append(out, one)
	}
	c.Items = out
}

// quoted is what a message answers.
func (v *visit) quoted(id string, texts map[string]string) string {
	if text, ok := texts[id]; ok {
		return text
	}
	m, err := v.engine.Message(id)
	if err != nil {
		return "a message that is not kept (" + id + ")"
	}
	return summary(&m)
}

// members are the people of a group who wrote in it, as far as the page shows them.
func (c *chatPane) members(messages []pilotstatustest.ChatMessage) {
	c.CanWrite = true
	seen := map[string]bool{}
	for i := range messages {
		m := &messages[i]
		id := m.SenderPhone
		if id == "" {
			id = m.SenderUserID
		}
		if m.Direction != inbound || id == "" || seen[id] {
			continue
		}
		seen[id] = true
		c.Members = append(c.Members, option{Value: id, Word: m.SenderName})
		c.Member = id
	}
	if len(c.Members) == 0 {
		c.Members = []option{{Value: someMember, Word: "somebody"}}
	}
}

// callBubble is a call in a chat.
type callBubble struct {
	ID, Status, Text, More, Back string

	Out  bool
	Acts []option
	At   time.Time
}

// callBubbles are the calls with a contact since a time.
func (v *visit) callBubbles(numberID string, chat *pilotstatustest.Conversation, from time.Time) []chatItem {
	var items []chatItem
	for _, call := range v.engine.Calls() {
		theirs := call.Peer != "" && (call.Peer == strings.TrimPrefix(chat.Phone, "+") || call.Peer == onlyDigits(chat.UserID))
		if call.NumberID != numberID || call.CreatedAt.Before(from) || !theirs {
			continue
		}
		b := newCallBubble(&call)
		b.Back = v.Here
		items = append(items, chatItem{Call: b, at: call.CreatedAt})
	}
	return items[max(0, len(items)-chatMessages):]
}

func newCallBubble(call *pilotstatustest.Call) *callBubble {
	b := &callBubble{ID: call.ID, Status: call.Status, Out: call.Direction == outbound, At: call.CreatedAt}
	word := strings.ToLower(strings.ReplaceAll(call.Status, "_", " "))
	b.Text, b.More = "Voice call, "+word, "began "+second(call.CreatedAt)
	if !call.ConnectedAt.IsZero() {
		b.More += ", answered " + second(call.ConnectedAt)
	}
	if !call.EndedAt.IsZero() {
		b.More += ", ended " + second(call.EndedAt)
	}
	if call.ErrorCode != "" {
		b.More += ", " + call.ErrorCode
	}
	switch {
	case !call.EndedAt.IsZero():
	case !call.ConnectedAt.IsZero():
		b.Acts = []option{{Value: "hang-up", Word: "Hang up"}}
	case !b.Out:
		b.Acts = []option{{Value: "miss", Word: "Give up"}}
	default:
		if call.Status == "INITIATED" {
			b.Acts = append(b.Acts, option{Value: "ring", Word: "Let it ring"})
		}
		b.Acts = append(b.Acts, option{Value: "answer", Word: "Answer"}, option{Value: "decline", Word: "Decline"})
	}
	return b
}

// window is the 24 hours of an official number.
type window struct {
	Closed bool
	Left   string
}

func (v *visit) window(number *pilotstatustest.NumberInfo, chat *pilotstatustest.Conversation) *window {
	if !number.Official || chat.Kind != "DIRECT" {
		return nil
	}
	left := chat.WindowUntil.Sub(v.Now)
	return &window{Closed: chat.WindowUntil.IsZero() || left <= 0, Left: span(left.Round(time.Minute))}
}
