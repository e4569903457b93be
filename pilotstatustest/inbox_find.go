package pilotstatustest

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

func (v *chatView) message() ChatMessage {
	v.Content = v.read()
	return v.ChatMessage
}

// FindMessages returns messages of all conversations, also of those that are not answered
// any more by the API because of a PII policy.
func (s *Server) FindMessages(q MessageQuery) MessagePage {
	page, found := s.selectMessages(&q)
	limit := cmp.Or(max(q.Limit, 0), defaultLimit)
	wanted := strings.ToLower(q.Text)
	before := serialOf(q.Before)
	for i := range found {
		v := found[i].view
		if wanted != "" {
			v.Content = v.read()
			if !v.has(wanted) {
				continue
			}
		}
		page.Total++
		switch {
		case before != 0 && found[i].serial >= before:
		case len(page.Messages) == limit:
			page.More = true
		case wanted != "":
			page.Messages = append(page.Messages, v.ChatMessage)
		default:
			page.Messages = append(page.Messages, v.message())
		}
	}
	return page
}

// foundRow is a message that a query may choose.
type foundRow struct {
	serial int
	view   *chatView // nil where it is not in the page
}

// selectMessages takes what is needed of the messages, the newest first.
func (s *Server) selectMessages(q *MessageQuery) (MessagePage, []foundRow) {
	s.mu.Lock()
	defer s.mu.Unlock()
	page := MessagePage{Messages: []ChatMessage{}, Dropped: s.state.lost.Messages, Seq: s.state.changes.last}
	return page, s.state.findRows(q)
}

// findRows returns the rows that a query chooses but for its text, the newest first. Only
// those that can be in the page are copied, all of them where the text decides.
func (s *state) findRows(q *MessageQuery) []foundRow {
	var rows []*chatRow
	for _, n := range s.numbers {
		if q.NumberID != "" && q.NumberID != n.id {
			continue
		}
		all := s.noteSends(n).rows
		from, _ := slices.BinarySearchFunc(all, q.After+1, func(r *chatRow, seq int64) int { return cmp.Compare(r.came(), seq) })
		for _, r := range all[from:] {
			if !r.gone && q.chooses(r) {
				rows = append(rows, r)
			}
		}
	}
	slices.SortFunc(rows, func(a, b *chatRow) int { return b.serial - a.serial })
	before, room := serialOf(q.Before), cmp.Or(max(q.Limit, 0), defaultLimit)
	return rowsOf(rows, func(r *chatRow) foundRow {
		out := foundRow{serial: r.serial}
		inPage := room > 0 && (before == 0 || r.serial < before)
		if inPage {
			room--
		}
		if inPage || q.Text != "" {
			out.view = s.view(r)
		}
		return out
	})
}

// chooses looks at everything but the text.
func (q *MessageQuery) chooses(r *chatRow) bool {
	if q.ConversationID != "" && q.ConversationID != r.conversation.id ||
		q.Direction != "" && q.Direction != r.direction || q.Status != "" && q.Status != r.status ||
		q.To != "" && !r.conversation.named(q.To) || q.Reached != "" && !r.reached(q.Reached) {
		return false
	}
	if q.Template+q.Key+q.CorrelationID == "" {
		return true
	}
	m := r.message
	return m != nil && (q.Template == "" || q.Template == m.Template) && (q.Key == "" || q.Key == m.IdempotencyKey) &&
		(q.CorrelationID == "" || q.CorrelationID == m.CorrelationID)
}

// reached says whether a message is in a status or was in it before. A message of a snapshot
// need not have all times.
func (r *chatRow) reached(status string) bool {
	steps := []string{queued, sent, delivered, read}
	wanted := slices.Index(steps, status)
	if r.status == status || wanted >= 0 && r.direction == outbound && slices.Index(steps, r.status) > wanted {
		return true
	}
	switch status {
	case queued:
		return r.message != nil
	case sent:
		return !r.sentAt.IsZero()
	case delivered:
		return !r.deliveredAt.IsZero()
	case read:
		return !r.readAt.IsZero()
	}
	return false
}

// came is the change with which a row came.
func (r *chatRow) came() int64 {
	if r.message != nil {
		return r.message.seq
	}
	return r.seq
}

// named says whether the peer is called so.
func (p *peer) named(to string) bool {
	return to == p.jid || to == p.userID || p.phone != "" && strings.TrimPrefix(to, "+") == p.phone[1:]
}

// view copies a row.
func (s *state) view(r *chatRow) *chatView {
	v := &chatView{ChatMessage: ChatMessage{
		ID: r.id, RowID: r.id, ExternalID: r.externalID, ConversationID: r.conversation.id, NumberID: r.number.id, Seq: r.came(),
		Direction: r.direction, Origin: r.origin, Status: r.status, ReplyTo: r.number.box.ownID(r.repliedTo),
		At: r.at, CreatedAt: r.storedAt, SentAt: r.sentAt, DeliveredAt: r.deliveredAt, ReadAt: r.readAt,
	}}
	if r.direction == inbound {
		v.SenderName, v.SenderPhone, v.SenderUserID = r.name, r.phone, r.userID
	}
	if m := r.message; m != nil {
		sent := m.Message
		v.ID, v.sent, v.Sent, v.layout, v.answers = m.ID, &sent, &sent, m.layout, slices.Clone(m.answers)
		v.ErrorCode, v.ErrorMessage, v.ByHand, v.Unknown = m.ErrorCode, m.ErrorMessage, m.byHand, m.odd
		v.Held = m.held(s.clock.now())
		return v
	}
	v.received = Content{Kind: r.contentKind(), Body: plainSpans(r.text), Answer: r.answer, Media: r.file(s)}
	return v
}

// held says whether the message is due and waits for its number to be connected.
func (m *message) held(now time.Time) bool {
	return m.Status == queued && !m.number.open && !m.DeliverAt.After(now)
}

func (r *chatRow) contentKind() string {
	switch a := r.answer; {
	case a == nil:
		return r.kind
	case a.Form != nil:
		return "flow_reply"
	case a.RowID != "":
		return "list_reply"
	}
	return "button_reply"
}

// file describes the file of a received message.
func (r *chatRow) file(s *state) *Media {
	if r.media == nil {
		return nil
	}
	m := &Media{
		Kind: r.kind, MimeType: value(r.media.MimeType), FileName: value(r.media.FileName),
		URL: value(r.media.URL), ID: value(r.media.ID), Part: "media",
	}
	if kept := s.rowFile(r); kept != nil {
		m.Size = len(kept.data)
	}
	return m
}

// rowFile finds the file of a received message; nil where the server does not have it.
func (s *state) rowFile(r *chatRow) *mediaFile {
	if r.fileKey != (mediaKey{}) || r.media == nil {
		return s.media.files[r.fileKey]
	}
	id := value(r.media.ID)
	return s.media.files[mediaKey{s.media.phoneNumberOf(id), id}]
}

// Message returns a message by its ID, or by any other id that it has.
func (s *Server) Message(id string) (ChatMessage, error) {
	v, err := s.findView(id)
	if err != nil {
		return ChatMessage{}, err
	}
	return v.message(), nil
}

func (s *Server) findView(id string) (*chatView, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.state.anyRow(id)
	if r == nil {
		return nil, s.state.unknownMessage(id)
	}
	return s.state.view(r), nil
}

// anyRow finds the row of a message of any number.
func (s *state) anyRow(id string) *chatRow {
	if m := s.message(id); m != nil {
		s.noteSends(m.number)
		return m.row
	}
	for _, n := range s.numbers {
		s.noteSends(n)
		if r := cmp.Or(n.box.byID(id), n.box.byExternalID(id)); r != nil {
			return r
		}
	}
	return nil
}

// ownID is the id under which a message with WhatsApp's id is found; an unknown one stays.
func (b *mailbox) ownID(external string) string {
	if external == "" {
		return ""
	}
	r := b.byExternalID(external)
	switch {
	case r == nil:
		return external
	case r.message != nil:
		return r.message.ID
	}
	return r.id
}

// has says whether the message has a text in lower case.
func (v *chatView) has(wanted string) bool {
	found := false
	use := func(text string) { found = found || text != "" && strings.Contains(strings.ToLower(text), wanted) }
	for _, text := range []string{
		v.ID, v.RowID, v.ExternalID, v.ConversationID, v.SenderName, v.SenderPhone, v.SenderUserID, v.ErrorCode,
	} {
		use(text)
	}
	if m := v.Sent; m != nil {
		for _, text := range []string{
			m.CorrelationID, m.DestinationNumber, m.GroupID, m.NewsletterID, m.Template, m.IdempotencyKey,
		} {
			use(text)
		}
	}
	v.Content.texts(use)
	return found
}

// Conversations returns the contacts, groups and channels of a number. It is empty for an
// unknown number.
func (s *Server) Conversations(numberID string) ConversationPage {
	s.mu.Lock()
	page := ConversationPage{Conversations: []Conversation{}, Seq: s.state.changes.last}
	var last []*chatView
	if n := s.state.number(numberID); n != nil {
		for _, chat := range s.state.mailbox(n).conversations {
			one, view := s.state.conversation(n, chat)
			page.Conversations, last = append(page.Conversations, one), append(last, view)
		}
		page.OnlyDropped = n.box.emptied
	}
	s.mu.Unlock()
	for i, view := range last {
		if view != nil {
			page.Conversations[i].Last = new(view.message())
		}
	}
	slices.SortStableFunc(page.Conversations, func(a, b Conversation) int {
		return cmp.Or(b.LastAt.Compare(a.LastAt), cmp.Compare(b.lastSeq(), a.lastSeq()), b.CreatedAt.Compare(a.CreatedAt))
	})
	return page
}

func (c *Conversation) lastSeq() int64 {
	if c.Last == nil {
		return 0
	}
	return c.Last.Seq
}

// conversation copies a conversation, without what needs no lock.
func (s *state) conversation(n *number, chat *conversation) (Conversation, *chatView) {
	out := Conversation{
		ID: chat.id, NumberID: n.id, Kind: chat.kind(), Name: chat.name, Phone: chat.phone, UserID: chat.userID,
		Username: chat.username, JID: chat.jid, Unread: chat.unread, Messages: chat.count, Dropped: chat.dropped, CreatedAt: chat.createdAt,
	}
	if heard := later(n.heard[chat.phone], n.heard[chat.userID]); n.official() && !heard.IsZero() && chat.jid == "" {
		out.WindowUntil = heard.Add(serviceWindow)
	}
	if chat.last == nil {
		return out, nil
	}
	out.LastAt = chat.last.at
	return out, s.view(chat.last)
}
