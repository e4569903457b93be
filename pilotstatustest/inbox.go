package pilotstatustest

import (
	"net/http"
	"slices"
	"time"
)

func inboxRoutes() []route {
	return []route{
		{
			op: "Inbox.Conversations", method: http.MethodGet, path: "/v1/conversations",
			scope: scopeNumberView, status: http.StatusOK, handle: listConversations,
		},
		{
			op: "Inbox.History", method: http.MethodGet, path: "/v1/messages/history",
			scope: scopeNumberView, status: http.StatusOK, handle: listHistory,
		},
		{
			op: "Inbox.Unread", method: http.MethodGet, path: "/v1/messages/unread",
			scope: scopeNumberView, status: http.StatusOK, handle: listUnread,
		},
		{
			op: "Inbox.GroupMessages", method: http.MethodGet, path: "/v1/messages/group",
			scope: scopeNumberView, status: http.StatusOK, handle: listGroupMessages,
		},
	}
}

// inboxState is what the numbers sent and received.
type inboxState struct {
	boxes    map[*number]*mailbox
	noted    int  // how many of state.messages have their row
	withhold bool // what the PII policy hides is left out instead of redacted
}

// withheld says whether what happened at a time is left out of the lists.
func (c *call) withheld(at time.Time) bool {
	return c.state.inbox.withhold && c.hidden(at)
}

// hidden says whether the PII policy hides what happened at a time.
func (c *call) hidden(at time.Time) bool {
	return c.number.privacy.hides(at, c.state.clock.now())
}

// chatRows returns the rows of the number that keep wants, the newest first by the time
// that matters. keep sees every row, those stored last first.
func (c *call) chatRows(keep func(*chatRow) bool, when func(*chatRow) time.Time) []*chatRow {
	var rows []*chatRow
	for _, r := range slices.Backward(c.state.mailbox(c.number).rows) {
		if keep(r) && !c.withheld(r.at) {
			rows = append(rows, r)
		}
	}
	slices.SortStableFunc(rows, func(a, b *chatRow) int { return when(b).Compare(when(a)) })
	return rows
}

func listConversations(c *call) (any, *failure) {
	dates, refused := c.span()
	if refused != nil {
		return nil, refused
	}
	var found []*conversation
	for _, chat := range slices.Backward(c.state.mailbox(c.number).conversations) {
		if dates.holds(chat.last.at) && !c.withheld(chat.last.at) {
			found = append(found, chat)
		}
	}
	slices.SortStableFunc(found, func(a, b *conversation) int { return b.last.at.Compare(a.last.at) })
	rows, around, refused := page(c, found)
	if refused != nil {
		return nil, refused
	}
	out := conversationsAnswer{Conversations: make([]conversationAnswer, 0, len(rows)), pageAnswer: around}
	out.Notice = c.number.privacy.notice()
	for _, chat := range rows {
		out.Conversations = append(out.Conversations, chat.answer(c.hidden(chat.last.at)))
	}
	return out, nil
}

func listHistory(c *call) (any, *failure) {
	dates, refused := c.span()
	if refused != nil {
		return nil, refused
	}
	found := c.chatRows(func(r *chatRow) bool { return dates.holds(r.at) }, func(r *chatRow) time.Time { return r.at })
	rows, around, refused := page(c, found)
	if refused != nil {
		return nil, refused
	}
	out := historyAnswer{Messages: make([]historyRow, 0, len(rows)), pageAnswer: around}
	out.Notice = c.number.privacy.notice()
	for _, r := range rows {
		out.Messages = append(out.Messages, r.history(c.number, c.hidden(r.at)))
	}
	return out, nil
}

func listUnread(c *call) (any, *failure) {
	seen := make(map[*conversation]int)
	found := c.chatRows(func(r *chatRow) bool {
		if r.direction != inbound || seen[r.conversation] == r.conversation.unread {
			return false
		}
		seen[r.conversation]++
		return true
	}, func(r *chatRow) time.Time { return r.storedAt })
	rows, around, refused := page(c, found)
	if refused != nil {
		return nil, refused
	}
	around.Total = 0 // it counts what the conversations say, not the rows
	for _, chat := range c.state.mailbox(c.number).conversations {
		if !c.withheld(chat.last.at) {
			around.Total += chat.unread
		}
	}
	around.TotalPages = pages(around.Total, around.PageSize)
	out := unreadAnswer{Messages: make([]unreadRow, 0, len(rows)), pageAnswer: around}
	out.Notice = c.number.privacy.notice()
	for _, r := range rows {
		out.Messages = append(out.Messages, r.unread(c.hidden(r.at)))
	}
	return out, nil
}

func listGroupMessages(c *call) (any, *failure) {
	if refused := c.state.refuseGroups(c.number); refused != nil {
		return nil, refused
	}
	dates, refused := c.span()
	if refused != nil {
		return nil, refused
	}
	stored := func(r *chatRow) time.Time { return r.storedAt }
	found := c.chatRows(func(r *chatRow) bool {
		return r.conversation.kind() == groupConversation && dates.holds(r.storedAt)
	}, stored)
	rows, around, refused := page(c, found)
	if refused != nil {
		return nil, refused
	}
	out := groupMessagesAnswer{Messages: make([]groupRow, 0, len(rows)), pageAnswer: around}
	out.Notice = c.number.privacy.notice()
	for _, r := range rows {
		out.Messages = append(out.Messages, r.group(c.hidden(r.at)))
	}
	return out, nil
}
