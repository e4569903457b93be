package pilotstatustest

import (
	"net/http"
	"time"
)

// Fault breaks one exchange, or Times of them. Its fields combine: with Delay
// and Reset the connection is held open and then reset.
//
// Status and Reset keep the request from being processed, unless Processed says
// otherwise. With any other fault it is processed as usual.
type Fault struct {
	Op    string // operation to break, such as "Messages.Send"; "" is every request, whatever its path
	Times int    // how many requests: 0 is one, below 0 all until ClearFaults

	// What is not "" chooses among the requests. A request whose body says nothing of a
	// recipient or a template has none.
	NumberID string // that the request acts on
	To       string // recipient of a send: a phone, with or without its plus, a user id, or the id of a group or channel
	Template string // of a send, as the request names it
	Key      string // Idempotency-Key
	KeyID    string // id of the API key, see [Number.KeyID]

	// PerMinute above 0 makes the fault a limit of the rate, without end: by the clock of the
	// server each API key may make so many of the chosen requests in a minute. One more is
	// answered 429 with Retry-After, unless Status and the rest say otherwise.
	PerMinute int
	// OfHundred above 0 makes the fault a dial, without end: of every hundred chosen requests
	// it breaks so many, at places that Seed decides. Without Status, Reset, Body and the
	// other breaks it answers 500, resets, and loses the answer of a processed request, in turn
	// as Seed decides. The same calls in the same order meet the same breaks.
	OfHundred int
	Seed      uint64

	// Status is answered instead of the API's answer. 0 keeps the API's status.
	Status int
	// Code is the code of the error that is answered with Status when Body is "".
	Code string
	// Header is added to the answer: Retry-After, or Location for a redirect.
	Header http.Header
	// Body replaces the body. It is sent as it is, as text/html where it begins
	// with '<' and as application/json otherwise, unless Header says more.
	Body string

	// Processed has the request processed before Status or Reset: what it asks
	// for happens, an idempotent answer is stored, and the client does not hear
	// of it.
	Processed bool

	// Delay holds the answer back for so long, in real time also under WithClock.
	// The idempotency key of a request that was processed is in use meanwhile. The
	// hold ends early, without an answer, when the client goes away or the server
	// closes.
	Delay time.Duration
	// Reset closes the connection with a TCP reset instead of answering.
	Reset bool
	// TruncateAt above 0 announces the whole body, sends so many bytes of it, in
	// any case less than all, and closes the connection. An answer that announces
	// no length, see Tenant.ChunkAudio, can be cut over HTTP/1.1 only.
	TruncateAt int
}

// ActiveFault is a fault that waits for requests, see [Server.Faults].
type ActiveFault struct {
	Fault

	ID   string
	Left int // requests that it will still break; below 0: without end
	Hits int // requests that it broke
	Seen int // requests that a limit or dial chose, broken or not

	full map[string]time.Time // by key: when a limit will have no request left to forget
}
