package pilotstatustest

import "time"

// Conversation is a contact of a number, or a group or channel, with what was exchanged
// with it, see [Server.Conversations].
type Conversation struct {
	ID       string
	NumberID string
	Kind     string // DIRECT, GROUP or NEWSLETTER

	Name     string // "": unknown, as the next ones
	Phone    string // with a plus
	UserID   string
	Username string
	JID      string // of a group or channel

	Unread   int
	Messages int          // that are kept
	Dropped  int          // of those that were listed once
	Last     *ChatMessage // the newest; nil when there is none
	LastAt   time.Time    // zero when there is none

	// WindowUntil is when the 24 hours end in which an official number may write freely to
	// the person. It is zero where no window has been opened and for other numbers.
	WindowUntil time.Time
	CreatedAt   time.Time
}

// ChatMessage is a message of a conversation, sent or received.
type ChatMessage struct {
	ID             string // of a send that of the answer of Messages.Send, else the one that Number.Receive returns
	RowID          string // in the lists of the inbox
	ExternalID     string // WhatsApp's id; "" until a send goes out
	ConversationID string
	NumberID       string
	Seq            int64 // of the change with which it came

	Direction    string // INBOUND or OUTBOUND
	Origin       string // of an outbound one: API, or the program that sent it
	Status       string
	ErrorCode    string
	ErrorMessage string
	Held         bool // it is due and stays QUEUED because its number is not connected
	ByHand       bool // it moves only by Tenant.SetMessageStatus

	SenderName   string // who wrote an inbound one, also in a group or channel
	SenderPhone  string
	SenderUserID string

	Unknown int    // members and values of its request that the server does not know
	ReplyTo string // ID of the message that it quotes; WhatsApp's id where that one is unknown
	Content Content
	Sent    *Message // what Messages.Send accepted; nil for any other message

	At          time.Time // when it happened: when it went out or, until then, was accepted
	CreatedAt   time.Time
	SentAt      time.Time
	DeliveredAt time.Time
	ReadAt      time.Time
}

// MessageQuery chooses messages for [Server.FindMessages]. What is zero chooses nothing.
type MessageQuery struct {
	NumberID       string
	ConversationID string
	To             string // the contact: a phone, with or without its plus, a user id, or the id of a group or channel
	Template       string // name of a template
	Key            string // idempotency key
	CorrelationID  string
	Direction      string // INBOUND or OUTBOUND
	Status         string
	Reached        string // a status that it is in or was in before: SENT finds READ too, a failed one has FAILED and what it was
	Text           string // in any text, id or phone of it, whatever the case
	After          int64  // that came after the change with this number

	Before string // ID of a message: only older ones. Older is what came earlier
	Limit  int    // of the page; 0 is 50
}

// MessagePage is the newest messages that a query chooses, the newest first, all from one
// moment.
type MessagePage struct {
	Messages []ChatMessage
	Total    int   // that the query chooses, whatever Before and Limit
	More     bool  // there are older ones
	Dropped  int   // messages of the server that WithKeep dropped so far
	Seq      int64 // of the last change at that moment
}

// ConversationPage is the conversations of a number at one moment, the one with the newest
// message first.
type ConversationPage struct {
	Conversations []Conversation
	OnlyDropped   int // conversations whose messages were all dropped, which are not listed
	Seq           int64
}

const defaultLimit = 50
