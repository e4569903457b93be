package pilotstatustest

import (
	"cmp"
	"slices"
)

// What a message does to a mailbox takes the same time however many rows there are: rows
// are found by their serials, conversations by their names, and what is dropped stays in
// the lists, marked as gone, until it is half of them. Only mailbox, for the lists of the
// API, looks at all of it.

// store puts a row into the conversation with an id, or with a peer where the id is "".
// It is made where there is none. The serial makes the ids, so that they do not depend on
// when the row is made.
func (s *state) store(n *number, id string, p peer, r *chatRow, serial int) {
	b := &n.box
	chat := b.conversation(id, p)
	if chat == nil {
		chat = b.begin(cmp.Or(id, s.idText("conv", serial)), p, r.storedAt)
	}
	b.learn(chat, p)
	r.id, r.serial, r.number, r.conversation = s.idText("cm", serial), serial, n, chat
	b.rows = append(b.rows, r)
	chat.count++
	b.countQueued(r, 1)
	r.lead()
}

// keepRows drops the oldest rows of which there are too many. All sends have their rows, so
// that no conversation is dropped of which one is still to come.
func (s *state) keepRows(b *mailbox) {
	for s.keep > 0 && len(b.rows)-b.rowsGone > s.keep {
		s.dropRow(b.rows[0])
	}
}

// changed tells watchers that a message is in another state, as its row is then.
func (s *state) changed(m *message) {
	if r := m.row; r != nil {
		b := &m.number.box
		b.countQueued(r, -1)
		r.follow()
		b.countQueued(r, 1)
		r.lead()
	}
	s.publish(ChangeMessage, m.NumberID, m.ID)
}

// follow copies what became of a send into its row.
func (r *chatRow) follow() {
	m := r.message
	r.status, r.externalID = m.Status, m.ExternalID
	r.sentAt, r.deliveredAt, r.readAt = m.SentAt, m.DeliveredAt, m.ReadAt
	r.at = cmp.Or(m.SentAt, m.CreatedAt)
}

// lead makes the row the last one of its conversation, if it is.
func (r *chatRow) lead() {
	last := r.conversation.last
	if last == nil || r.at.After(last.at) || r.at.Equal(last.at) && r.serial > last.serial {
		r.conversation.last = r
	}
}

func (b *mailbox) countQueued(r *chatRow, by int) {
	if r.status == queued {
		b.queued += by
	}
}

// dropRow drops a row, and its conversation if there is no other one in it.
func (s *state) dropRow(r *chatRow) {
	b, chat := &r.number.box, r.conversation
	s.droppedRow = max(s.droppedRow, r.serial)
	r.gone = true
	s.bytes.used -= r.counted
	b.rowsGone++
	b.countQueued(r, -1)
	if r.message != nil {
		r.message.row = nil
	} else {
		s.lost.Received++
	}
	if b.odd[r.externalID] == r {
		delete(b.odd, r.externalID)
	}
	chat.count--
	chat.dropped++
	if chat.last == r {
		chat.last, b.lastsGone = nil, true
	}
	if chat.count == 0 && !chat.added {
		b.drop(chat)
	}
	for len(b.rows) > 0 && b.rows[0].gone {
		b.rows = withoutFirst(b.rows)
		b.rowsGone--
	}
	if b.rowsGone > len(b.rows)/2 {
		b.sweepRows()
	}
}

func (b *mailbox) sweepRows() {
	if b.rowsGone > 0 {
		b.rows = slices.DeleteFunc(b.rows, func(r *chatRow) bool { return r.gone })
		b.rowsGone = 0
	}
}

// row finds a row by its serial; nil where there is none.
func (b *mailbox) row(serial int) *chatRow {
	r := bySerial(b.rows, serial, func(r *chatRow) int { return r.serial })
	if r == nil || r.gone {
		return nil
	}
	return r
}

// byID returns the message with an ID as in ChatMessage or in the lists of the inbox, or nil.
func (b *mailbox) byID(id string) *chatRow {
	r := b.row(serialOf(id))
	if r == nil || r.id != id && (r.message == nil || r.message.ID != id) {
		return nil
	}
	return r
}

// byExternalID returns the message with WhatsApp's id, or nil.
func (b *mailbox) byExternalID(id string) *chatRow {
	if r := b.odd[id]; r != nil {
		return r
	}
	r := b.row(serialOf(ownID(id)))
	if r == nil || r.externalID != id {
		return nil
	}
	return r
}

// know lets a row be found by an external id that is not made of its own, as snapshots
// may have it.
func (b *mailbox) know(r *chatRow) {
	if r.externalID == "" || b.byExternalID(r.externalID) != nil {
		return
	}
	if b.odd == nil {
		b.odd = make(map[string]*chatRow)
	}
	b.odd[r.externalID] = r
}
