package pilotstatustest

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// The directions of a message and the kinds of a conversation.
const (
	inbound  = "INBOUND"
	outbound = "OUTBOUND"

	directConversation     = "DIRECT"
	groupConversation      = "GROUP"
	newsletterConversation = "NEWSLETTER"
)

// mailbox is what one number sent and received.
type mailbox struct {
	conversations []*conversation // in the order of their creation; none is without a row
	rows          []*chatRow      // in the order in which they were stored
}

// peer is whom a number talks to: a person, or a group or channel with a jid.
type peer struct {
	jid      string
	phone    string // with a plus
	name     string
	userID   string
	username string
}

// conversation is all that was exchanged with one peer.
type conversation struct {
	peer

	id        string
	unread    int // by its counter, which may know of more than there are rows
	createdAt time.Time
	last      *chatRow // the newest one
}

// chatRow is a message in the history of a number.
type chatRow struct {
	id           string
	conversation *conversation
	direction    string
	externalID   string
	status       string
	kind         string // text, image and so on
	origin       string // "" unless it is known who sent it for the number
	text         string // or the caption
	name         string // of the participant, as are phone and userID
	phone        string
	userID       string
	repliedTo    string // external id of the message that it quotes
	media        *chatMedia
	referral     *referral
	at           time.Time // when it happened
	storedAt     time.Time
	sentAt       time.Time
	deliveredAt  time.Time
	readAt       time.Time

	message   *message // the send that it shows; nil for any other row
	marksRead bool     // the send makes what came before it read
}

// referral is the ad or post that brought a message.
type referral InboundReferral

func (p *peer) kind() string {
	switch {
	case isJID(p.jid, "@g.us"):
		return groupConversation
	case p.jid != "":
		return newsletterConversation
	}
	return directConversation
}

// is says whether two peers are the same group, channel or person. The durable id of a
// person outlives the phone.
func (p *peer) is(other peer) bool {
	switch {
	case p.jid != "" || other.jid != "":
		return p.jid == other.jid
	case p.userID != "" && other.userID != "":
		return p.userID == other.userID
	}
	return p.phone != "" && p.phone == other.phone
}

// learn takes over what is known better by now.
func (p *peer) learn(other peer) {
	p.phone = cmp.Or(other.phone, p.phone)
	p.name = cmp.Or(other.name, p.name)
	p.userID = cmp.Or(other.userID, p.userID)
	p.username = cmp.Or(other.username, p.username)
}

// withPlus writes a phone as the lists do; "" stays "".
func withPlus(phone string) string {
	if phone == "" {
		return ""
	}
	return "+" + strings.TrimPrefix(phone, "+")
}

// box returns the mailbox of a number, without what was sent meanwhile.
func (s *state) box(n *number) *mailbox {
	b := s.inbox.boxes[n]
	if b == nil {
		b = new(mailbox)
		if s.inbox.boxes == nil {
			s.inbox.boxes = make(map[*number]*mailbox)
		}
		s.inbox.boxes[n] = b
	}
	return b
}

// mailbox returns what a number sent and received, as it is now.
func (s *state) mailbox(n *number) *mailbox {
	for ; s.inbox.noted < len(s.messages); s.inbox.noted++ {
		s.noteSent(s.messages[s.inbox.noted])
	}
	b := s.box(n)
	for _, r := range b.rows {
		r.follow()
		if r.referral != nil {
			r.referral.resolve(s.growth.namesOf(r.referral.SourceID))
		}
	}
	for _, chat := range b.conversations {
		chat.last = nil
	}
	for _, r := range b.rows {
		if last := r.conversation.last; last == nil || !r.at.Before(last.at) {
			r.conversation.last = r
		}
		if r.marksRead && !r.sentAt.IsZero() {
			r.marksRead, r.conversation.unread = false, 0 // once, what comes later counts again
		}
	}
	return b
}

// store puts a row into the conversation with an id, or with a peer where the id is "".
// It is made where there is none.
func (s *state) store(n *number, id string, p peer, r *chatRow) {
	b := s.box(n)
	i := slices.IndexFunc(b.conversations, func(c *conversation) bool {
		return id != "" && c.id == id || id == "" && c.is(p)
	})
	if i < 0 {
		i = len(b.conversations)
		if id == "" {
			id = s.newID("conv")
		}
		b.conversations = append(b.conversations, &conversation{peer: p, id: id, createdAt: r.storedAt})
	}
	r.id, r.conversation = s.newID("cm"), b.conversations[i]
	r.conversation.learn(p)
	b.rows = append(b.rows, r)
}

// inboundReferrals returns the messages to a number that an ad or post brought, the
// newest first.
func (s *state) inboundReferrals(n *number) []*chatRow {
	var rows []*chatRow
	for _, r := range slices.Backward(s.mailbox(n).rows) {
		if r.direction == inbound && r.referral != nil {
			rows = append(rows, r)
		}
	}
	slices.SortStableFunc(rows, func(a, b *chatRow) int { return b.at.Compare(a.at) })
	return rows
}
