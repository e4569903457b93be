package pilotstatustest

import "fmt"

// UnknownIDError says that the server has nothing with an id.
type UnknownIDError struct {
	What    string // such as message
	ID      string
	Dropped bool // there was one, which was dropped to keep no more, see WithKeep
}

// Error says which id it is, and whether it was dropped.
func (e *UnknownIDError) Error() string {
	if e.Dropped {
		return fmt.Sprintf("pilotstatustest: the %s %q was dropped to keep no more", e.What, e.ID)
	}
	return fmt.Sprintf("pilotstatustest: no %s %q", e.What, e.ID)
}
