package emulator

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// thing is what can be chosen in a message.
type thing struct{ id, label string }

// check refuses a button that the message does not have.
func (b *pressBody) check(q *request) error {
	return q.checkChoice(b.MessageID, "button", b.ButtonID, buttonsOf)
}

// check refuses a row that the message does not have.
func (b *chooseBody) check(q *request) error {
	return q.checkChoice(b.MessageID, "row", b.RowID, rowsOf)
}

func buttonsOf(c *pilotstatustest.Content) []thing {
	buttons := slices.Clone(c.Buttons)
	for _, card := range c.Cards {
		buttons = append(buttons, card.Buttons...)
	}
	var all []thing
	for _, b := range buttons {
		all = append(all, thing{b.ID, b.Label})
	}
	return all
}

func rowsOf(c *pilotstatustest.Content) []thing {
	var all []thing
	for _, section := range c.Sections {
		for _, row := range section.Rows {
			all = append(all, thing{row.ID, row.Title})
		}
	}
	return all
}

// checkChoice refuses what the message does not have, and lists what it has.
func (q *request) checkChoice(messageID, kind, id string, things func(*pilotstatustest.Content) []thing) error {
	m, err := q.tenant.Engine.Message(messageID)
	if err != nil {
		return err
	}
	all := things(&m.Content)
	if slices.ContainsFunc(all, func(t thing) bool { return t.id == id }) {
		return nil
	}
	if len(all) == 0 {
		return invalid("the message %q has no %ss", m.ID, kind)
	}
	var there []string
	for _, t := range all {
		there = append(there, fmt.Sprintf("%s (%s)", t.id, t.label))
	}
	return invalid("the message %q has no %s with the id %q; there are: %s", m.ID, kind, id, strings.Join(there, ", "))
}
