package pilotstatuspg

import (
	"crypto/sha256"
	"iter"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/pilotstatus/pilotstatus-go"
)

// EnqueueOption is a setting of one [Outbox.Enqueue] or [Outbox.EnqueueMany].
type EnqueueOption func(*enqueue)

// WithPriority sets which messages of the number go first, [Normal] without it. An urgent
// message without DeliverUntil expires 10 minutes after it is due. It changes no message
// that has the key already, see [Outbox.Enqueue].
func WithPriority(p Priority) EnqueueOption { return func(e *enqueue) { e.priority = p } }

// NotBefore lets the message leave at that time by the database's clock. A time that has
// passed is now. It changes no message that has the key already, see [Outbox.Enqueue].
func NotBefore(at time.Time) EnqueueOption {
	return func(e *enqueue) { e.notBefore = &at }
}

// NotBeforeIn lets the message leave that long after the transaction began, by the
// database's clock. It does not need clocks that agree, as [NotBefore] does. It changes no
// message that has the key already, see [Outbox.Enqueue].
func NotBeforeIn(d time.Duration) EnqueueOption {
	return func(e *enqueue) {
		seconds := d.Seconds()
		e.delay = &seconds
	}
}

// enqueue is what the messages of one call share.
type enqueue struct {
	numberID  string
	priority  Priority
	notBefore *time.Time
	delay     *float64 // in seconds, in place of notBefore
	fallback  *pilotstatus.TemplateContent
}

// outgoing is a message before it has a row.
type outgoing struct {
	index     int   // of the request
	id        int64 // 0: not yet known
	key       string
	recipient string
	template  *string
	body      []byte
	fallback  []byte // its body with the fallback, nil for none
	hash      []byte // of both
	until     *time.Time
}

const (
	// maxIndexed bounds what goes into the rows of an index, in bytes.
	maxIndexed = 255
	// maxKey leaves room for what SendAgain appends to an idempotency key.
	maxKey = 250

	maxYear = 9999
)

func newEnqueue(numberID string, opts []EnqueueOption) (enqueue, error) {
	e := enqueue{numberID: numberID, priority: Normal}
	for _, opt := range opts {
		opt(&e)
	}
	if err := checkNumberID(numberID); err != nil {
		return e, err
	}
	switch {
	case e.priority < Urgent || e.priority > Bulk:
		return e, invalid("WithPriority", "it is Urgent, Normal or Bulk")
	case e.delay != nil && e.notBefore != nil:
		return e, invalid("NotBefore", "there is a NotBeforeIn as well")
	case e.delay != nil && *e.delay < 0:
		return e, invalid("NotBeforeIn", "it is negative")
	case e.notBefore != nil && e.notBefore.IsZero():
		e.notBefore = nil
	case e.notBefore != nil && (e.notBefore.Year() < 0 || e.notBefore.Year() > maxYear):
		return e, invalid("NotBefore", "its year has more than four digits")
	}
	return e, nil
}

// checkNumberID refuses what is no id of a number.
func checkNumberID(id string) error {
	const field = "numberID"
	switch {
	case strings.TrimSpace(id) == "":
		return invalid(field, "an id is required")
	case len(id) > maxIndexed:
		return invalid(field, "it is longer than 255 bytes")
	case strings.ContainsFunc(id, unicode.IsControl) || !utf8.ValidString(id):
		return invalid(field, "an id is valid UTF-8 without control characters")
	}
	return nil
}

// encode checks a request and makes its bytes.
func (e *enqueue) encode(r pilotstatus.SendRequest) (outgoing, error) {
	if !r.DeliverAt.IsZero() {
		return outgoing{}, invalid("DeliverAt", "the outbox waits itself: use NotBefore")
	}
	encoded, err := pilotstatus.EncodeSend(r)
	if err != nil {
		return outgoing{}, err
	}
	m := outgoing{key: encoded.IdempotencyKey, body: encoded.Body, recipient: storedRecipient(r.To)}
	if content, ok := r.Content.(pilotstatus.TemplateContent); ok {
		m.template = &content.ID
	}
	if !r.DeliverUntil.IsZero() {
		m.until = &r.DeliverUntil
	}
	if err := e.check(m); err != nil {
		return outgoing{}, err
	}
	hash := sha256.Sum256(m.body)
	m.hash = hash[:]
	if e.fallback != nil {
		err = e.addFallback(&m, r)
	}
	return m, err
}

// check refuses what Messages.Send takes and the outbox cannot.
func (e *enqueue) check(m outgoing) error {
	switch {
	case len(m.key) > maxKey:
		return invalid("IdempotencyKey", "the outbox takes 250 bytes of the 255: SendAgain may append to it")
	case looksSentAgain(m.key):
		return invalid("IdempotencyKey", "its end looks like what SendAgain appends: ~ and digits")
	case len(m.recipient) > maxIndexed:
		return invalid("To", "it is longer than 240 bytes")
	case m.template != nil && len(*m.template) > maxIndexed:
		return invalid("Content.ID", "it is longer than 255 bytes")
	case m.until != nil && e.notBefore != nil && !m.until.After(*e.notBefore):
		return invalid("DeliverUntil", "it is not after NotBefore")
	}
	return nil
}

// looksSentAgain reports whether a key ends in ~ and digits.
func looksSentAgain(key string) bool {
	rest := strings.TrimRight(key, "0123456789")
	return len(rest) < len(key) && strings.HasSuffix(rest, "~")
}

// columns are messages as the arguments of enqueueSQL.
type columns struct {
	ids        []int64
	keys       []string
	recipients []string
	templates  []*string
	bodies     [][]byte
	hashes     [][]byte
	untils     []*time.Time
	fallbacks  [][]byte
}

func (c *columns) add(m outgoing) {
	c.ids = append(c.ids, m.id)
	c.keys = append(c.keys, m.key)
	c.recipients = append(c.recipients, m.recipient)
	c.templates = append(c.templates, m.template)
	c.bodies = append(c.bodies, m.body)
	c.hashes = append(c.hashes, m.hash)
	c.untils = append(c.untils, m.until)
	c.fallbacks = append(c.fallbacks, m.fallback)
}

// pieces cuts messages into what one statement takes.
func pieces(messages []outgoing) iter.Seq[[]outgoing] {
	return func(yield func([]outgoing) bool) {
		start, size := 0, 0
		for i, m := range messages {
			size += len(m.body) + len(m.fallback)
			if i > start && (i-start == maxPiece || size > maxPieceBytes) {
				if !yield(messages[start:i]) {
					return
				}
				start, size = i, len(m.body)+len(m.fallback)
			}
		}
		if start < len(messages) {
			yield(messages[start:])
		}
	}
}
