package pilotstatuspg

import (
	"crypto/sha256"
	"strings"

	"github.com/pilotstatus/pilotstatus-go"
)

// WithFallback sends a template in place of the request's content where the contact's
// 24-hour window is closed at the moment of sending, as [Outbox.WindowOpen] tells it. It is
// for official numbers, whose free text fails outside the window. On a web number, which
// has no window, leave it out: the outbox does not know the kind of a number, and would
// send the template. It needs [Outbox.Record] or [Outbox.Receive]: without inbound
// messages, every window counts as closed.
//
// Both contents are checked by Enqueue, and both belong to the key: the same content with
// another fallback is another body. The choice is stored before the first request and
// stays, also in a repetition: the API refuses another body under the same key.
// [Message].FellBack shows it. A template as the request's content, and a group or a
// channel, are a [*pilotstatus.ValidationError]: they have no window.
//
// Workers that were built before version 0.1.0 may not know this option, and send the
// request's own content. Use it once all workers know it; beside each other both versions
// send nothing twice.
func WithFallback(t pilotstatus.TemplateContent) EnqueueOption {
	return func(e *enqueue) { e.fallback = &t }
}

// addFallback encodes the request once more, with the fallback.
func (e *enqueue) addFallback(m *outgoing, r pilotstatus.SendRequest) error {
	const field = "WithFallback"
	switch {
	case m.template != nil:
		return invalid(field, "a template needs no fallback: it has no window")
	case !hasWindow(r.To):
		return invalid(field, "groups and channels have no window")
	case len(e.fallback.ID) > maxIndexed:
		return invalid(field+".ID", "it is longer than 255 bytes")
	}
	r.Content, r.IdempotencyKey = *e.fallback, m.key
	encoded, err := pilotstatus.EncodeSend(r)
	if err != nil {
		return renamed(err, func(name string) string { return strings.Replace(name, "Content", field, 1) })
	}
	m.fallback = encoded.Body
	// The first hash has a fixed length, so that two pairs of bodies differ in what is hashed.
	both := sha256.Sum256(append(m.hash, m.fallback...))
	m.hash = both[:]
	return nil
}

// fallbackTemplate is the template of the fallback, nil for none.
func (e *enqueue) fallbackTemplate() *string {
	if e.fallback == nil {
		return nil
	}
	return &e.fallback.ID
}

// A message with a fallback has both bodies until it begins: then one statement writes its
// first_at and the choice, and body and template are those that are sent, also for workers
// of an older version. One that such a worker has begun without a choice is sent as it was.
const (
	// isOpen is whether the window of message m's contact is open. It is a subquery with a
	// LIMIT, so that no plan reads all contacts; only messages with a fallback get there.
	isOpen = `coalesce((SELECT ` + openCondition + ` FROM pilotstatus.contact c
		WHERE c.contact = m.recipient AND c.number_id = m.number_id LIMIT 1), false)`

	// effectiveTemplate is the template that message m would be sent with now.
	effectiveTemplate = `CASE WHEN m.fallback IS NULL THEN m.template
		WHEN m.first_at IS NULL AND NOT ` + isOpen + ` THEN m.fallback_template END`

	// falls is the choice of message m: NULL where there is none to make.
	falls = `CASE WHEN m.fallback IS NOT NULL THEN m.first_at IS NULL AND NOT ` + isOpen + ` END`

	// chosen writes the choice l.falls into message m.
	chosen = `body = CASE WHEN l.falls THEN m.fallback ELSE m.body END,
		template = CASE WHEN l.falls IS NULL THEN m.template WHEN l.falls THEN m.fallback_template END,
		fell_back = coalesce(l.falls, m.fell_back),
		fallback = CASE WHEN l.falls IS NULL THEN m.fallback END`
)

// choose notes the choice that was stored when the message began.
func (c *claim) choose(fellBack bool) {
	if c.fallback == nil {
		return
	}
	c.template = ""
	if fellBack {
		c.body, c.template = c.fallback, c.fallbackTemplate
	}
	c.fallback = nil
}

// isHeldBack reports whether the message must wait with its template, which was chosen
// after the window was read.
func (w *worker) isHeldBack(c *claim) bool {
	return c.fallbackTemplate != "" && !c.wasTried && w.holds[c.template]
}
