package emulator

import (
	"cmp"
	"strings"
	"time"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// summary is a message in one line.
func summary(m *pilotstatustest.ChatMessage) string {
	c := &m.Content
	text := short(strings.TrimSpace(pilotstatustest.PlainText(c.Body)), 90)
	var what string
	switch {
	case c.Media != nil:
		what = mediaWord(c.Media.Kind)
	case len(c.Cards) > 0:
		what = "Carousel"
	case c.Answer != nil && c.Answer.Form != nil:
		what = "Answers to a flow"
	case text == "" && c.Flow != nil:
		what = "Flow"
	case text == "" && len(c.Header) > 0:
		text = short(pilotstatustest.PlainText(c.Header), 90)
	}
	if what == "" && text == "" {
		what = "Message of type " + c.Kind
	}
	if what != "" && text != "" {
		return what + " · " + text
	}
	return what + text
}

// link is an address with its text.
type link struct{ Href, Text string }

const (
	inbound  = "INBOUND"
	outbound = "OUTBOUND"
)

const (
	statusQueued    = "QUEUED"
	statusSent      = "SENT"
	statusDelivered = "DELIVERED"
	statusRead      = "READ"
	statusFailed    = "FAILED"
)

// reason says why a message waits or failed.
type reason struct {
	Class, Icon, Code, Text string

	Link *link
	Jump time.Time // to bring the clock to; zero: nowhere
}

// whyFailed is why a message failed. A code without a text is its own text.
func whyFailed(m *pilotstatustest.ChatMessage) *reason {
	r := &reason{Icon: "fail", Code: m.ErrorCode, Text: m.ErrorMessage}
	if r.Text == r.Code {
		r.Text = "It failed."
	}
	return r
}

// tick is the state of a sent message: a word with a shape.
type tick struct{ Word, Icon, Class string }

// tickOf is the state of a sent message; nil for a received one.
func tickOf(m *pilotstatustest.ChatMessage, now time.Time) *tick {
	if m.Direction != outbound {
		return nil
	}
	switch m.Status {
	case statusQueued:
		switch {
		case m.Held:
			return &tick{"held", "hold", "warn"}
		case planned(m, now):
			return &tick{"scheduled", "cal", ""}
		}
		return &tick{"queued", "clock", ""}
	case statusSent:
		return &tick{"sent", "tick", ""}
	case statusDelivered:
		return &tick{"delivered", "ticks", ""}
	case statusRead:
		return &tick{"read", "ticks", "read"}
	case statusFailed:
		return &tick{"failed", "fail", "bad"}
	}
	word := strings.ToLower(strings.ReplaceAll(m.Status, "_", " "))
	if word == "canceled" || word == "cancelled" {
		return &tick{"canceled", "x", ""}
	}
	return &tick{word, "what", ""}
}

// planned says whether a message waits for the time that it was scheduled for.
func planned(m *pilotstatustest.ChatMessage, now time.Time) bool {
	return m.Status == statusQueued && m.Sent != nil && m.Sent.DeliverAt.After(now)
}

// notesOf are words beside the time of a message.
func notesOf(m *pilotstatustest.ChatMessage) []string {
	c := &m.Content
	var notes []string
	switch {
	case m.Sent != nil && m.Sent.Template != "":
		notes = append(notes, "template "+m.Sent.Template)
	case c.Answer != nil && c.Answer.Form != nil:
		notes = append(notes, "submitted the flow")
	case c.Answer != nil && c.Answer.RowID != "":
		notes = append(notes, "chose a row")
	case c.Answer != nil && c.Answer.ButtonID != "":
		notes = append(notes, "pressed a button")
	case c.ListButton != "":
		notes = append(notes, "list “"+c.ListButton+"”")
	case len(c.Cards) > 0:
		notes = append(notes, "carousel")
	case c.Flow != nil:
		notes = append(notes, "flow "+cmp.Or(c.Flow.ID, c.Flow.Screen))
	case c.Media != nil:
		notes = append(notes, mediaNote(c.Media))
	}
	if m.Direction == outbound && m.Origin != "" && m.Origin != "API" && m.Sent == nil {
		notes = append(notes, "by "+strings.ToLower(m.Origin))
	}
	if m.ByHand {
		notes = append(notes, "by hand")
	}
	return notes
}

type flowView struct {
	Label     string
	Submitted string
}
