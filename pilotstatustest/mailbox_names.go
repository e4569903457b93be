package pilotstatustest

import (
	"slices"
	"time"
)

// conversation finds the one with an id, or with a peer where the id is "", or returns nil.
func (b *mailbox) conversation(id string, p peer) *conversation {
	if id != "" {
		return b.ids[id]
	}
	for _, name := range p.names() {
		if chat := b.named[name]; chat != nil && chat.is(p) {
			return chat
		}
	}
	return first(b.hidden, func(c *conversation) bool { return c.is(p) })
}

// contact finds the conversation with a person by its id, or by what the person is called.
func (b *mailbox) contact(text string) *conversation {
	if chat := b.ids[text]; chat != nil {
		return chat
	}
	for _, name := range []string{text, withPlus(text)} {
		if chat := b.named[name]; chat != nil && chat.jid == "" {
			return chat
		}
	}
	return nil
}

func (b *mailbox) begin(id string, p peer, at time.Time) *conversation {
	if b.ids == nil {
		b.ids, b.named = make(map[string]*conversation), make(map[string]*conversation)
	}
	chat := &conversation{peer: p, id: id, createdAt: at}
	b.conversations = append(b.conversations, chat)
	if b.ids[id] == nil {
		b.ids[id] = chat
	}
	b.index(chat)
	return chat
}

// markAdded has a conversation stay without a row.
func (b *mailbox) markAdded(chat *conversation) {
	if !chat.added {
		chat.added = true
		b.added++
	}
}

// learn takes over what is known of a peer.
func (b *mailbox) learn(chat *conversation, p peer) {
	chat.peer.learn(p)
	b.index(chat)
}

// index lets a conversation be found by what its peer is called. It is hidden where another
// one is found by such a name.
func (b *mailbox) index(chat *conversation) {
	hidden := false
	for _, name := range chat.names() {
		if b.named[name] == nil {
			b.named[name] = chat
		}
		hidden = hidden || b.named[name] != chat
	}
	if hidden && !chat.hidden {
		chat.hidden = true
		b.hidden = append(b.hidden, chat)
	}
}

// drop drops a conversation whose rows were all dropped.
func (b *mailbox) drop(chat *conversation) {
	chat.gone = true
	b.emptied++
	b.conversationsGone++
	if b.ids[chat.id] == chat {
		delete(b.ids, chat.id)
	}
	for _, name := range chat.names() {
		if b.named[name] == chat {
			delete(b.named, name)
		}
	}
	hidden := b.hidden
	b.hidden = nil
	for _, other := range hidden {
		if other.hidden = false; !other.gone {
			b.index(other)
		}
	}
	if b.conversationsGone > len(b.conversations)/2 {
		b.sweepConversations()
	}
}

func (b *mailbox) sweepConversations() {
	if b.conversationsGone > 0 {
		b.conversations = slices.DeleteFunc(b.conversations, func(chat *conversation) bool { return chat.gone })
		b.conversationsGone = 0
	}
}

// names are what a peer is found by. Their forms differ: a phone begins with a plus, a jid
// has an @, a user id a dot or an @lid.
func (p *peer) names() []string {
	return slices.DeleteFunc([]string{p.jid, p.userID, p.phone}, func(name string) bool { return name == "" })
}
