package emulator

import (
	"strconv"
	"strings"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// missing is why a row is not there. The numbers at the end of ids count up: one before
// that of the oldest row belongs to a row that was dropped.
func missing(what, id, oldest string) error {
	kind, number := serial(id)
	oldestKind, oldestNumber := serial(oldest)
	dropped := kind == oldestKind && 0 < number && number < oldestNumber
	return &pilotstatustest.UnknownIDError{What: what, ID: id, Dropped: dropped}
}

// serial splits an id before the number at its end.
func serial(id string) (kind string, number uint64) {
	kind = strings.TrimRight(id, "0123456789")
	number, _ = strconv.ParseUint(id[len(kind):], 10, 64)
	return kind, number
}
