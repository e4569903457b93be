package pilotstatus

import (
	"fmt"
	"strconv"
	"strings"
)

// MalformedEventError says why a delivery could not be read.
type MalformedEventError struct {
	Event   string   // the name in the delivery, "" where it has none
	Defects []string // the first 20: each a JSON path and what is wrong there, as in "$.data.id is missing"
}

// Error names the event and the paths. It shows nothing of the values.
func (e *MalformedEventError) Error() string {
	if e == nil {
		return "malformed event"
	}
	const most = 3
	defects := e.Defects
	more := ""
	if len(defects) > most {
		more = fmt.Sprintf(" and %d more", len(defects)-most)
		defects = defects[:most]
	}
	return "malformed event " + strconv.Quote(shortName(e.Event)) + ": " + strings.Join(defects, ", ") + more
}

// shortName cuts a name that is no name of an event.
func shortName(name string) string {
	const longest = 100
	if len(name) > longest {
		return strings.ToValidUTF8(name[:longest], "") + "…"
	}
	return name
}

// maxDefects is how many defects are looked for. One more makes a delivery no more
// malformed, and a large one could have millions.
const maxDefects = 20

// defect is a problem of one member of a delivery.
type defect struct{ path, problem string }

// texts returns the first defects as Event.Defects has them.
func texts(defects []defect) []string {
	var all []string
	for _, d := range defects[:min(len(defects), maxDefects)] {
		all = append(all, d.path+" "+d.problem)
	}
	return all
}
