package pilotstatustest

// mailbox returns what a number sent and received, as it is now, with nothing in its lists
// that is gone.
func (s *state) mailbox(n *number) *mailbox {
	b := s.noteSends(n)
	b.sweepRows()
	b.sweepConversations()
	if b.lastsGone {
		b.lastsGone = false
		for _, r := range b.rows {
			r.lead()
		}
	}
	return b
}

// noteSends gives rows to what was sent since the last time. A send that nobody looks at
// costs no row.
func (s *state) noteSends(n *number) *mailbox {
	waiting := n.box.unnoted
	n.box.unnoted = nil
	for _, m := range waiting {
		s.noteSent(m)
	}
	if len(waiting) > 0 {
		s.keepRows(&n.box)
	}
	return &n.box
}

// noteSent stores the row of an accepted send.
func (s *state) noteSent(m *message) {
	p := peer{jid: m.GroupID + m.NewsletterID} // at most one of them is set
	switch {
	case m.GroupID != "":
		if g := m.number.group(m.GroupID); g != nil {
			p.name = g.subject
		}
	case m.NewsletterID != "":
		if c := m.number.channel(m.NewsletterID); c != nil {
			p.name = c.name
		}
	default:
		p = m.person()
	}
	content := s.contentOf(m)
	r := &chatRow{
		direction: outbound, kind: content.kind, origin: "API", text: content.text, media: content.media,
		message: m, storedAt: m.CreatedAt,
	}
	m.row = r
	r.follow()
	s.store(m.number, "", p, r, m.serial)
	r.phone, r.userID = r.conversation.phone, r.conversation.userID
	if r.conversation.kind() == directConversation {
		r.name = r.conversation.name
	}
	m.number.box.know(r)
}

// unlist drops what a mailbox has of a message that is dropped, the oldest one.
func (s *state) unlist(m *message) {
	b := &m.number.box
	if r := m.row; r != nil {
		if r.conversation.count == 1 {
			s.noteSends(m.number) // one of them may be of this conversation
		}
		if !r.gone {
			s.dropRow(r)
		}
	} else if len(b.unnoted) > 0 && b.unnoted[0] == m {
		b.unnoted = withoutFirst(b.unnoted)
	}
}

// readBefore counts what came before a message as read.
func (m *message) readBefore() {
	if m.row != nil {
		m.row.conversation.unread = 0
	}
}

// person is whom a message is for, if it is not for a group or channel.
func (m *message) person() peer {
	if isUserID(m.DestinationNumber) {
		return peer{userID: m.DestinationNumber}
	}
	return peer{phone: withPlus(m.DestinationNumber)}
}
