package pilotstatuspg

import (
	"context"
	"time"

	"github.com/pilotstatus/pilotstatus-go"
)

// numberChange is what an event says of a number.
type numberChange struct {
	numberID string // "" for another event
	at       time.Time
	down     bool
}

// numberChangeOf returns what an event says of whether a number can send.
func numberChangeOf(event pilotstatus.Event) numberChange {
	e, ok := event.(*pilotstatus.NumberEvent)
	if !ok || checkNumberID(e.NumberID) != nil || !storableTime(e.CreatedAt.Time) {
		return numberChange{}
	}
	switch e.Event {
	case pilotstatus.EventNumberConnected:
		return numberChange{numberID: e.NumberID, at: e.CreatedAt.Time}
	case pilotstatus.EventNumberDisconnected, pilotstatus.EventNumberRemoved,
		pilotstatus.EventNumberRestored: // it is back, and still to be connected
		return numberChange{numberID: e.NumberID, at: e.CreatedAt.Time, down: true}
	}
	return numberChange{}
}

// newestEvent writes an event that is newer than the one before, and down where both are
// of the same time. One from the future counts as of now, so that it wins for a moment only.
const newestEvent = `
WITH newest AS (
  INSERT INTO pilotstatus.number_event AS e (number_id, created_at, down)
  VALUES ($1, least($2::timestamptz, clock_timestamp()), $3)
  ON CONFLICT (number_id) DO UPDATE SET created_at = excluded.created_at, down = excluded.down
  WHERE (excluded.created_at, excluded.down) > (e.created_at, e.down)
  RETURNING e.number_id
)`

// downSQL pauses the number with the reason $4, unless it is paused already.
const downSQL = newestEvent + `
INSERT INTO pilotstatus.number AS n (number_id, paused) SELECT newest.number_id, $4 FROM newest
ON CONFLICT (number_id) DO UPDATE SET paused = excluded.paused WHERE n.paused IS NULL`

// upSQL ends a pause with the reason $4.
const upSQL = newestEvent + `
UPDATE pilotstatus.number n SET paused = NULL, paused_until = NULL, probes = 0
FROM newest WHERE n.number_id = newest.number_id AND n.paused = $4 AND n.paused_until IS NULL`

func (o *Outbox) recordNumber(ctx context.Context, db DB, c numberChange) error {
	statement := upSQL
	if c.down {
		statement = downSQL
	}
	_, err := o.exec(ctx, db, recording, statement, c.numberID, c.at, c.down, pilotstatus.EventNumberDisconnected)
	return err
}
