package pilotstatustest

import "time"

// UnknownUse is something that requests had and the server does not know, see
// [Server.Unknown].
type UnknownUse struct {
	ID    string
	Kind  UnknownKind
	What  string // method and path of a call; name of a member, with those around it; member and value
	Op    string // operation, "" for a call
	Did   string // what the server did
	Times int
	Last  time.Time // by the clock of the server
	Seq   int64     // of the last change of it
}

// UnknownKind is what was not known.
type UnknownKind string

// The kinds of what is not known.
const (
	UnknownCall   UnknownKind = "call"   // no operation has the method and path
	UnknownMember UnknownKind = "member" // of a body
	UnknownValue  UnknownKind = "value"  // of a member that takes some words only
)

// unknownState is what was not known so far.
type unknownState struct {
	all  []*UnknownUse
	last int
	lost int // uses that were not taken down, because the list was full
}
